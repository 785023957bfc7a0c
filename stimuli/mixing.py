"""The one place where two endpoint images become a mixed image."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Pixels = NDArray[np.uint8]
# How an image is made of two endpoints at lambda_f; `mix` is mixup, the others are in
# `stimuli.processes`.
ProcessName = Literal["mixup", "cutmix", "frames"]

_CHUNK_BYTES = 8 * 2**20  # of float64 pixels at a time, so that a long stack needs little memory


@dataclass(frozen=True)
class Pair:
    """Two endpoint images of different classes; coefficients are always the share of image i.

    In every set and log the alphabetically first class is class i.
    """

    image_i: int  # the source's id
    image_j: int
    class_i: str
    class_j: str

    @property
    def images(self) -> tuple[int, int]:
        """The ids of both images, that of image i first."""
        return self.image_i, self.image_j

    @property
    def classes(self) -> tuple[str, str]:
        """The names of both classes, class i first."""
        return self.class_i, self.class_j


def mix(image_i: Pixels, image_j: Pixels, lambda_f: ArrayLike) -> Pixels:
    """Return `lambda_f * image_i + (1 - lambda_f) * image_j` (Eq. 1 of the paper).

    The sum is taken in float64 and rounded once, to the nearest integer, a half to the even one
    (`np.rint`), so that a training image is the image the participant saw, pixel for pixel.
    Mixing an image with itself, and lambda_f 1 or 0, changes nothing.

    Args:
        image_i: (H, W, 3) uint8, or a stack (N, H, W, 3).
        image_j: the same shape and dtype.
        lambda_f: share of image i in [0, 1]; one number for an image, (N,) for a stack.

    Returns:
        uint8, shaped like image_i.

    Raises:
        ValueError: shapes or dtypes do not fit, or a lambda_f lies outside [0, 1].
    """
    image_i, image_j = np.asarray(image_i), np.asarray(image_j)
    share = np.asarray(lambda_f, dtype=np.float64)
    _check(image_i, image_j, share)
    if image_i.ndim == 3:
        return _blend(image_i, image_j, share)
    mixed = np.empty_like(image_i)
    chunk = max(1, _CHUNK_BYTES // max(1, 8 * image_i[:1].size))
    for start in range(0, len(mixed), chunk):
        part = slice(start, start + chunk)
        mixed[part] = _blend(image_i[part], image_j[part], share[part, None, None, None])
    return mixed


def digest(image: Pixels) -> str:
    """Return the 64 hex digits that only this image has: sha256 over its shape and pixels.

    Args:
        image: uint8, any shape; its memory layout does not matter.

    Raises:
        ValueError: the image is not uint8.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8:
        raise ValueError(f"fingerprint: image must be uint8, got {image.dtype}")
    shape = "x".join(str(side) for side in image.shape)
    return hashlib.sha256(f"{shape}:".encode("ascii") + image.tobytes()).hexdigest()


def fingerprint(image: Pixels) -> str:
    """Return the first 16 hex digits of `digest`: short enough for a log, long enough for it."""
    return digest(image)[:16]


def _blend(image_i: Pixels, image_j: Pixels, share: NDArray[np.float64]) -> Pixels:
    mixed: NDArray[np.float64] = share * image_i + (1 - share) * image_j
    return np.rint(mixed).astype(np.uint8)


def _check(image_i: Pixels, image_j: Pixels, share: NDArray[np.float64]) -> None:
    if image_i.dtype != np.uint8 or image_j.dtype != np.uint8:
        raise ValueError(f"mix: images must be uint8, got {image_i.dtype} and {image_j.dtype}")
    if image_i.shape != image_j.shape:
        raise ValueError(
            f"mix: images must have the same shape, got {image_i.shape} and {image_j.shape}"
        )
    if image_i.ndim not in (3, 4) or image_i.shape[-1] != 3:
        raise ValueError(f"mix: images must be (H, W, 3) or (N, H, W, 3), got {image_i.shape}")
    if share.shape != image_i.shape[:-3]:
        raise ValueError(
            f"mix: lambda_f must be one number an image, shape {image_i.shape[:-3]}, "
            f"got shape {share.shape}"
        )
    outside = share[~((share >= 0) & (share <= 1))]  # so that nan is outside too
    if outside.size:
        raise ValueError(f"mix: lambda_f must lie in [0, 1], got {outside.flat[0]}")
