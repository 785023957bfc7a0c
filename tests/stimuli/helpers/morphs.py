"""Face morphs between two pictograms, as a person's own frames."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stimuli.mixing import Pixels, mix
from stimuli.sources.endpoints import Pictograms

# Both eyes and the nose of cat 0 and dog 5, (x, y) as shares of the side.
CAT_FACE = ((0.42, 0.45), (0.70, 0.45), (0.56, 0.56))
DOG_FACE = ((0.41, 0.40), (0.65, 0.39), (0.54, 0.57))

Points = Sequence[tuple[float, float]]


def morph(
    image_i: Pixels,
    image_j: Pixels,
    lambda_f: float,
    face_i: Points = CAT_FACE,
    face_j: Points = DOG_FACE,
) -> Pixels:
    """Return a step of a morph: both faces moved to a face between them, then mixed.

    Args:
        image_i: (S, S, 3) uint8.
        image_j: the same shape.
        lambda_f: share of image i, in [0, 1]; 1 is image i, 0 is image j.
        face_i: three points of image i, as shares of its side.
        face_j: the same points of image j.
    """
    if lambda_f in (0, 1):
        return image_i if lambda_f else image_j
    between = lambda_f * np.array(face_i) + (1 - lambda_f) * np.array(face_j)
    return mix(
        _move(image_i, between, np.array(face_i)),
        _move(image_j, between, np.array(face_j)),
        lambda_f,
    )


def write_frames(
    folder: Path,
    lambdas: Sequence[float] = (0, 0.25, 0.5, 0.75, 1),
    *,
    classes: Sequence[str] = ("cat", "dog"),
    per_combination: int = 3,
    side: int = 32,
) -> Path:
    """Write a folder of frames, and return it.

    Args:
        folder: to make.
        lambdas: of the frames of each continuum.
        classes: of pictograms; every two have continua.
        per_combination: continua of every two classes.
        side: of a frame, px.
    """
    source = Pictograms(side)
    for class_i, class_j in combinations(sorted(classes), 2):
        for number in range(per_combination):
            continuum = folder / f"{class_i}__{class_j}" / f"{number:04d}"
            continuum.mkdir(parents=True)
            image_i = source.image(source.image_id(class_i, number))
            image_j = source.image(source.image_id(class_j, number))
            for lambda_f in lambdas:
                frame = Image.fromarray(morph(image_i, image_j, lambda_f))
                frame.save(continuum / f"{lambda_f:.2f}.png")
    return folder


def _move(image: Pixels, to: NDArray[np.float64], face: NDArray[np.float64]) -> Pixels:
    """Return an image moved, turned and stretched so that its face is at other points."""
    side = len(image)
    padded = np.pad(image, ((side, side), (side, side), (0, 0)), mode="edge")
    target = np.column_stack([to * side, np.ones(3)])
    matrix = np.linalg.solve(target, face * side + side).T  # from output to input
    moved = Image.fromarray(padded).transform(
        (side, side), Image.Transform.AFFINE, matrix.ravel().tolist(), Image.Resampling.BILINEAR
    )
    return np.asarray(moved)
