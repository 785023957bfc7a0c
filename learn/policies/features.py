"""Features of endpoint images that may predict which endpoint dominates a blend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elicit.errors import ElicitError
from learn.arrays import Ids, Numbers
from stimuli.mixing import Pixels
from stimuli.sources.endpoints import EndpointSource

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_CHUNK = 500  # images at a time
_LEAST = 0.01  # added before a logarithm: a flat image has little contrast, not minus infinity

# name: what it is. Sizes are shares of the image's side, so that any source can be measured.
FEATURES: dict[str, str] = {
    "luminance": "mean luminance, 0 to 1",
    "luminance_centre": "mean luminance, the middle weighing most",
    "luminance_border": "mean luminance of the rim and corners",
    "dark": "share of pixels with luminance below 0.2",
    "bright": "share of pixels with luminance above 0.8",
    "contrast": "log of the standard deviation of luminance",
    "contrast_fine": "log sd of what a blur of 1/32 of the side takes away",
    "contrast_mid": "log sd of what a blur of 1/16 takes away",
    "contrast_coarse": "log sd of luminance after a blur of 1/8",
    "skewness": "third standardised moment of luminance",
    "edges": "log of mean edge energy (length of the luminance gradient)",
    "edges_centre": "log of mean edge energy, the middle weighing most",
    "edges_border": "log of mean edge energy at the rim and corners",
    "edge_entropy": "entropy of where the edge energy is, nats: low where it is concentrated",
    "edge_spread": "mean distance of the edge energy from the middle",
    "edge_top": "share of the edge energy in the tenth of pixels that have most",
    "edge_direction": "log of horizontal over vertical change",
    "saturation": "mean of largest minus smallest channel",
    "saturation_centre": "the same, the middle weighing most",
    "saturation_border": "the same at the rim and corners",
    "red": "mean red less luminance",
    "blue": "mean blue less luminance",
    "red_centre": "red less luminance, the middle weighing most",
    "blue_centre": "blue less luminance, the middle weighing most",
    "colour_contrast": "log of the spread of colour after luminance is taken away",
    "figure": "mean distance in colour of the middle from the border's mean",
    "figure_luminance": "luminance of the middle less that of the border",
    "figure_luminance_size": "its size without its sign",
    "ground": "log of the spread of colour at the border",
    "symmetry": "correlation of luminance with its mirror image, left to right",
}


def endpoint_features(source: EndpointSource, image_ids: Sequence[int] | Ids) -> Numbers:
    """Return (N, F) features of endpoint images, in the order of FEATURES.

    Args:
        source: where the images are.
        image_ids: (N,) ids in it.

    Raises:
        StimulusError: an image that the source does not have.
    """
    parts = [
        measure_features(
            np.stack([source.image(int(each)) for each in image_ids[start : start + _CHUNK]])
        )
        for start in range(0, len(image_ids), _CHUNK)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, len(FEATURES)))


def measure_features(images: Pixels) -> Numbers:
    """Return (N, F) features of (N, H, W, 3) uint8 images, in the order of FEATURES."""
    colour = images.astype(np.float64) / 255
    luma = colour @ _LUMA
    side = max(images.shape[1:3])
    distance, middle, rim = _places(*images.shape[1:3])
    across, down = np.gradient(luma, axis=2), np.gradient(luma, axis=1)
    saturation = colour.max(axis=3) - colour.min(axis=3)
    chroma = colour - luma[..., None]
    from_rim = colour - np.tensordot(colour, rim, axes=([1, 2], [0, 1]))[:, None, None, :]
    figure_luma = _mean(luma, middle) - _mean(luma, rim)
    found = {
        "luminance": luma.mean(axis=(1, 2)),
        "luminance_centre": _mean(luma, middle),
        "luminance_border": _mean(luma, rim),
        "dark": (luma < 0.2).mean(axis=(1, 2)),
        "bright": (luma > 0.8).mean(axis=(1, 2)),
        "contrast": _log(luma.std(axis=(1, 2))),
        "contrast_fine": _log((luma - _blur(luma, side / 32)).std(axis=(1, 2))),
        "contrast_mid": _log((luma - _blur(luma, side / 16)).std(axis=(1, 2))),
        "contrast_coarse": _log(_blur(luma, side / 8).std(axis=(1, 2))),
        "skewness": _skewness(luma),
        **_edges(np.hypot(across, down), distance, middle, rim),
        "edge_direction": _log(np.abs(across).mean(axis=(1, 2)))
        - _log(np.abs(down).mean(axis=(1, 2))),
        "saturation": saturation.mean(axis=(1, 2)),
        "saturation_centre": _mean(saturation, middle),
        "saturation_border": _mean(saturation, rim),
        "red": chroma[..., 0].mean(axis=(1, 2)),
        "blue": chroma[..., 2].mean(axis=(1, 2)),
        "red_centre": _mean(chroma[..., 0], middle),
        "blue_centre": _mean(chroma[..., 2], middle),
        "colour_contrast": _log(np.sqrt(chroma.var(axis=(1, 2)).sum(axis=1))),
        "figure": _mean(np.sqrt((from_rim**2).sum(axis=3)), middle),
        "figure_luminance": figure_luma,
        "figure_luminance_size": np.abs(figure_luma),
        "ground": _log(np.sqrt(_mean((from_rim**2).sum(axis=3), rim))),
        "symmetry": _symmetry(luma),
    }
    return np.stack([found[name] for name in FEATURES], axis=-1)


def check_known(names: Sequence[str]) -> None:
    """Raise ElicitError unless every name is one of FEATURES."""
    unknown = [name for name in names if name not in FEATURES]
    if unknown:
        raise ElicitError(
            f"features: must be among {', '.join(FEATURES)}; got {unknown[0]!r}; "
            "fit the policy again with this version"
        )


def _edges(energy: Numbers, distance: Numbers, middle: Numbers, rim: Numbers) -> dict[str, Numbers]:
    total = energy.sum(axis=(1, 2), keepdims=True)
    even = 1 / energy[0].size
    share = np.where(total > 0, energy / np.where(total > 0, total, 1), even)
    most = np.sort(share.reshape(len(share), -1), axis=1)[:, ::-1]
    logs = np.log(np.where(share > 0, share, 1))
    return {
        "edges": _log(energy.mean(axis=(1, 2))),
        "edges_centre": _log(_mean(energy, middle)),
        "edges_border": _log(_mean(energy, rim)),
        "edge_entropy": -(share * logs).sum(axis=(1, 2)),
        "edge_spread": _mean(share, distance),
        "edge_top": most[:, : max(1, most.shape[1] // 10)].sum(axis=1),
    }


def _places(height: int, width: int) -> tuple[Numbers, Numbers, Numbers]:
    """Return each pixel's distance from the middle (1 at a side), and two weights summing to 1."""
    from_top = (np.arange(height, dtype=np.float64)[:, None] + 0.5) / height
    from_left = (np.arange(width, dtype=np.float64) + 0.5) / width
    distance = np.asarray(2 * np.hypot(from_top - 0.5, from_left - 0.5), dtype=np.float64)
    middle = np.exp(-2 * distance**2)
    rim = np.asarray(distance >= min(0.95, float(distance.max())), dtype=np.float64)
    return distance, middle / middle.sum(), rim / rim.sum()


def _mean(values: Numbers, weights: Numbers) -> Numbers:
    mean = np.tensordot(values, weights, axes=([1, 2], [0, 1]))
    return np.asarray(mean, dtype=np.float64)


def _log(values: Numbers) -> Numbers:
    logs: Numbers = np.log(values + _LEAST)
    return logs


def _blur(luma: Numbers, pixels: float) -> Numbers:
    from scipy.ndimage import gaussian_filter  # slow to import, and few commands need it

    blurred: Numbers = gaussian_filter(luma, (0, pixels, pixels))
    return blurred


def _skewness(luma: Numbers) -> Numbers:
    off = luma - luma.mean(axis=(1, 2), keepdims=True)
    skewness: Numbers = (off**3).mean(axis=(1, 2)) / (luma.std(axis=(1, 2)) + _LEAST) ** 3
    return skewness


def _symmetry(luma: Numbers) -> Numbers:
    off = luma - luma.mean(axis=(1, 2), keepdims=True)
    together = (off * off[:, :, ::-1]).mean(axis=(1, 2))
    symmetry: Numbers = together / (off.var(axis=(1, 2)) + _LEAST**2)
    return symmetry
