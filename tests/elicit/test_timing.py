"""Phases of a trial, and durations in whole frames."""

import pytest

from elicit.timing import (
    UNTIMED,
    Phase,
    Timing,
    count_frames,
    is_whole_number_of_frames,
)


def test_a_trial_without_durations_shows_its_image_until_the_answer() -> None:
    assert UNTIMED.phases == ((Phase.PICTURE, None),)
    assert not UNTIMED.has_phases


def test_phases_come_in_order_and_the_last_one_waits() -> None:
    timing = Timing(0.5, 0.4, 0.1, "noise", 0.2)
    assert timing.phases == (
        (Phase.INTERVAL, 0.5),
        (Phase.FIXATION, 0.4),
        (Phase.PICTURE, 0.1),
        (Phase.MASK, 0.2),
        (Phase.BLANK, None),
    )


@pytest.mark.parametrize(
    ("timing", "phases"),
    [
        (Timing(exposure_s=0.1), [Phase.PICTURE, Phase.BLANK]),
        (Timing(fixation_s=0.1), [Phase.FIXATION, Phase.PICTURE]),
        (Timing(interval_s=0.1, deadline_s=2.0), [Phase.INTERVAL, Phase.PICTURE]),
        (Timing(deadline_s=2.0), [Phase.PICTURE]),
    ],
)
def test_what_a_trial_lacks_is_left_out(timing: Timing, phases: list[Phase]) -> None:
    assert [phase for phase, _ in timing.phases] == phases
    assert timing.phases[-1][1] is None


@pytest.mark.parametrize(
    ("seconds", "hz", "frames", "whole"),
    [
        (0.1, 60, 6, True),
        (0.05, 60, 3, True),
        (0.03, 60, 2, False),
        (0.001, 60, 1, False),
        (0.1, 144, 14, False),
        (0.1, 59.94, 6, True),  # 5.994 frames
        (0.1, 75, 8, False),
    ],
)
def test_a_duration_is_the_nearest_whole_number_of_frames_and_one_at_least(
    seconds: float, hz: float, frames: int, whole: bool
) -> None:
    assert count_frames(seconds, hz) == frames
    assert is_whole_number_of_frames(seconds, hz) == whole
