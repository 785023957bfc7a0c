"""Labels are taken for the images at hand only where these mix to the blends again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elicit.errors import ElicitError
from learn.labels.file import read_labels
from learn.labels.verification import fingerprint_ends
from stimuli.sources.endpoints import open_source
from tests.learn.helpers.tiny_runs import K, blends, draw_pictograms, labels_file

MADE = blends()
PRINTS = fingerprint_ends(draw_pictograms(MADE["image_i"]), draw_pictograms(MADE["image_j"]))
KEPT = {"fingerprint_i": PRINTS[:, 0], "fingerprint_j": PRINTS[:, 1]}
REMEDY = "point --stimuli to the images that the labels were made from$"


def brightened(row: int) -> Any:
    images = MADE["images"].copy()
    images[row, 0, 0, 0] ^= 1
    return images


@pytest.mark.parametrize("prints", [{}, KEPT])
def test_blends_of_the_images_at_hand_are_taken(tmp_path: Path, prints: dict[str, Any]) -> None:
    path = labels_file(tmp_path / "labels.npz", **prints, source=np.array("pictograms"))
    assert len(read_labels(path, open_source("pictograms"))["images"]) == 12


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"source": np.array("cifar10")}, "source: the blends were mixed from cifar10, and --st"),
        (KEPT | {"image_i": MADE["image_i"] + 10}, "fingerprint_i: row 0: pictograms image .* is"),
        (KEPT | {"image_j": MADE["image_j"] + 10}, "fingerprint_j: row 0: pictograms image .* is"),
        ({"image_j": MADE["image_j"] + 10}, "images: row 0: is not the mix of pictograms images"),
        ({"lambda_f": 1 - MADE["lambda_f"]}, "images: row .: is not the mix of pictograms images"),
        ({"class_j": (MADE["image_j"] + 1) % K}, "class_j: row 0: pictograms image .* was .* and"),
        (KEPT | {"images": brightened(7)}, "images: row 7: is not the mix of pictograms images"),
    ],
)
def test_blends_of_other_images_are_refused(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    path = labels_file(tmp_path / "labels.npz", **change)
    with pytest.raises(ElicitError, match=rf"labels\.npz: {told}.*{REMEDY}"):
        read_labels(path, open_source("pictograms"))


@pytest.mark.parametrize("kept", [PRINTS[:3, 0], np.zeros(12), PRINTS])
def test_fingerprints_that_are_none_are_told(tmp_path: Path, kept: Any) -> None:
    path = labels_file(tmp_path / "labels.npz", fingerprint_i=kept)
    with pytest.raises(ElicitError, match=r"fingerprint_i: must be 12 texts, one a blend, got \("):
        read_labels(path, open_source("pictograms"))
