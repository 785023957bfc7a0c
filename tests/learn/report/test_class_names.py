"""Letters of class names in a PDF, which has no browser to find them."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from elicit.psychometric.function import logistic
from learn.plots import find_fonts
from learn.report.figures import draw_curves


def some_curves(names: tuple[str, ...]) -> tuple[pd.DataFrame, dict[tuple[str, str], pd.DataFrame]]:
    """Return curves of all pairs of these classes, and their points."""
    x = np.array([0.1, 0.5, 0.9])
    pairs = [*combinations(names, 2)]
    i, j = zip(*pairs, strict=True)
    table = pd.DataFrame({"class_i": i, "class_j": j, "k": 6.0, "x0": 0.5, "own": True})
    mean = logistic(6 * (x - 0.5))
    points = pd.DataFrame({"lambda_f": x, "mean": mean, "low": mean - 0.1, "high": mean + 0.1})
    return table, dict.fromkeys(pairs, points)


def test_letters_that_the_usual_font_lacks_come_from_another_one_of_this_computer() -> None:
    assert find_fonts(frozenset("airplane كلب קוף λ")) == ("DejaVu Sans",)
    found = find_fonts(frozenset("猫cat"))
    if len(found) == 1:
        pytest.skip("no font of this computer has Chinese letters")
    whole, _ = draw_curves(*some_curves(("cat", "猫")))
    assert re.search(found[1].replace(" ", ""), whole.files["pdf"].decode("latin-1"))
    assert b"LastResort" not in whole.files["pdf"]
