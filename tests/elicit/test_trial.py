"""The nouns of a session."""

from dataclasses import FrozenInstanceError

import pytest

from tests.elicit.helpers.factories import construct_trial, select_trial


@pytest.mark.parametrize(
    ("mirrored", "sides"), [(False, ("cat", "dog")), (True, ("dog", "cat")), (None, ("cat", "dog"))]
)
def test_class_i_stands_on_the_left_unless_the_sides_are_mirrored(
    mirrored: bool | None, sides: tuple[str, str]
) -> None:
    trial = construct_trial(mirrored=mirrored)
    assert (trial.left, trial.right) == sides


def test_a_trial_cannot_be_changed_once_it_is_made() -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'start'"):
        select_trial().start = 3  # type: ignore[misc]
