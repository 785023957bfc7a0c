"""What a person may write in the options of the commands that train."""

from __future__ import annotations

from pathlib import Path

import pytest

from elicit.errors import ElicitError
from learn.commands.training_options import (
    read_named_file,
    read_named_labels,
    read_seeds,
    read_types,
)
from learn.labels.types import PAPER_TYPES, TYPES


def test_types_may_be_named_with_hyphens_beside_the_papers() -> None:
    names, whole = read_types("paper, mixup-omega,average")
    assert names == [*PAPER_TYPES, "mixup_omega"]
    assert not whole
    assert read_types("all") == ([*TYPES], True)


@pytest.mark.parametrize(("text", "seeds"), [("3", (0, 1, 2)), ("5:7", (5, 6)), ("1", (0,))])
def test_seeds_are_how_many_or_from_to(text: str, seeds: tuple[int, ...]) -> None:
    assert read_seeds(text) == seeds


def test_seeds_up_to_the_limit_are_taken() -> None:
    assert len(read_seeds("1000")) == 1000
    assert read_seeds("2147483646:2147483647") == (2147483646,)


@pytest.mark.parametrize("text", ["0", "five", "4:4", "-2", ":", ""])
def test_seeds_that_are_none_are_told(text: str) -> None:
    with pytest.raises(ElicitError, match=r"^--seeds: must be how many, or FIRST:LAST"):
        read_seeds(text)


@pytest.mark.parametrize("text", ["1001", "0:1001", "2147483640:2147483648", "9" * 30])
def test_more_seeds_or_larger_ones_than_the_limit_are_told(text: str) -> None:
    with pytest.raises(ElicitError, match=r"^--seeds: must be at most 1000 seeds, none above 2147"):
        read_seeds(text)


def test_a_type_that_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(ElicitError, match=r"^--types: must be one of none, random.* got 'avg'"):
        read_types("paper,avg")
    with pytest.raises(ElicitError, match=r"^--types: must name a label type"):
        read_types(" , ")


@pytest.mark.parametrize(
    "spec", ["beyond", "beyond=labels.npz", "a b=labels.npz:mixup", "a" * 65 + "=x:mixup"]
)
def test_a_further_row_that_cannot_be_read_is_told(spec: str) -> None:
    with pytest.raises(ElicitError, match=r"^--more: must be NAME=FILE"):
        read_named_labels(spec)


def test_a_further_row_is_a_name_a_file_and_a_type() -> None:
    found = read_named_labels("beyond=blends/labels.npz:mixup-omega")
    assert found == ("beyond", Path("blends/labels.npz"), "mixup_omega")


def test_a_policy_without_a_name_is_called_as_its_file() -> None:
    assert read_named_file("--policy", "fits/pooled.json") == ("pooled", Path("fits/pooled.json"))
    assert read_named_file("--policy", "people=fit.json") == ("people", Path("fit.json"))
