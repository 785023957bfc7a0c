"""What a person may write where a command takes a list."""

import pytest

from stimuli.errors import StimulusError
from stimuli.sets.parsing import names, numbers


def test_names_stand_between_commas_and_quotes_hide_one() -> None:
    assert names("cat, dog") == ("cat", "dog")
    assert names('"cat, grey",dog') == ("cat, grey", "dog")
    assert names("") == ()


def test_numbers_are_decimals_between_commas() -> None:
    assert numbers("--lambdas", ".2, 0.5,1") == (0.2, 0.5, 1.0)


@pytest.mark.parametrize("text", ["half", "0.1;0.5", "", "0.1,", "nan", "-0.5", "1e-1", "٣"])
def test_anything_else_is_told_with_its_option(text: str) -> None:
    with pytest.raises(StimulusError, match=r"^--lambdas: must be numbers with commas between"):
        numbers("--lambdas", text)
