"""A small labels.npz of pictogram blends, as `learn relabel` writes one, made without a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stimuli.mixing import mix
from stimuli.sources.endpoints import open_source


def write(path: Path, blends: int = 12, **more: object) -> Path:
    """Write blends of drawings 0 to 2 * `blends`, with labels of a made-up crowd.

    Args:
        path: the file.
        blends: how many.
        more: further arrays.
    """
    source, rng = open_source("pictograms", 32), np.random.default_rng(0)
    classes = list(source.classes)
    image_i, image_j = np.arange(blends), np.arange(blends) + blends + 1
    lambda_f = rng.choice([0.25, 0.5, 0.75], blends)
    eye = np.eye(len(classes))
    of_i = eye[[classes.index(source.class_of(int(each))) for each in image_i]]
    of_j = eye[[classes.index(source.class_of(int(each))) for each in image_j]]
    seen, omega = (0.2 + 0.6 * rng.random((blends, 1)) for _ in range(2))
    average = seen * of_i + (1 - seen) * of_j
    arrays = {
        "images": np.stack(
            [
                mix(source.image(int(i)), source.image(int(j)), float(share))
                for i, j, share in zip(image_i, image_j, lambda_f, strict=True)
            ]
        ),
        "mixup": lambda_f[:, None] * of_i + (1 - lambda_f[:, None]) * of_j,
        "average": average,
        "average_omega": omega * average + (1 - omega) / len(classes),
        "classes": np.array(classes),
        "lambda_f": lambda_f,
        "image_i": image_i,
        "image_j": image_j,
    }
    np.savez(path, **(arrays | more))  # type: ignore[arg-type]
    return path
