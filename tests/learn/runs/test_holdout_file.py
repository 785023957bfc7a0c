"""holdout.csv: what was measured is read back as it was; damage is told with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from elicit.errors import ElicitError
from learn.runs.holdout_file import format_scores, read_scores
from learn.training.image_scores import COLUMNS, ImageScores


def write_scores(path: Path) -> ImageScores:
    rng = np.random.default_rng(0)
    scores = ImageScores(*(rng.random(4).astype(np.float32).astype(float) for _ in COLUMNS))
    path.write_bytes(format_scores(np.array([7, 3, 9, 1]), scores))
    return scores


def test_scores_are_read_back_as_they_were(tmp_path: Path) -> None:
    scores = write_scores(tmp_path / "holdout.csv")
    found = read_scores(tmp_path / "holdout.csv")
    for name in COLUMNS:
        assert (getattr(found, name).astype(np.float32) == getattr(scores, name)).all()
    assert (tmp_path / "holdout.csv").read_text(encoding="utf-8").splitlines()[1][:2] == "7,"


@pytest.mark.parametrize(
    ("before", "after"),
    [("brier", "bier"), ("\n7,", "\n7,x"), ("\n9,", "\n9,,"), ("image", "\x00")],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "holdout.csv"
    write_scores(path)
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    with pytest.raises(ElicitError, match=r"holdout\.csv: cannot be read: .*; delete it to go on"):
        read_scores(path)
