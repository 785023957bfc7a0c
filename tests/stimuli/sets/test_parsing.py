"""What a person may write where a command takes a list."""

import pytest

from stimuli.errors import StimulusError
from stimuli.sets.parsing import parse_names, parse_numbers


def test_names_stand_between_commas_and_quotes_hide_one() -> None:
    assert parse_names("cat, dog") == ("cat", "dog")
    assert parse_names('"cat, grey",dog') == ("cat, grey", "dog")
    assert parse_names("") == ()


def test_numbers_are_decimals_between_commas() -> None:
    assert parse_numbers("--lambdas", ".2, 0.5,1") == (0.2, 0.5, 1.0)


@pytest.mark.parametrize("text", ["half", "0.1;0.5", "", "0.1,", "nan", "-0.5", "1e-1", "٣"])
def test_anything_else_is_told_with_its_option(text: str) -> None:
    with pytest.raises(StimulusError, match=r"^--lambdas: must be numbers with commas between"):
        parse_numbers("--lambdas", text)
