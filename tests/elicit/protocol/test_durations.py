"""Keys of a block that say how long something is on screen, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.preflight.durations import find_partial_frames
from elicit.timing import UNTIMED, Timing
from stimuli.sources.endpoints import Pictograms
from tests.elicit.commands.test_validate import validate
from tests.elicit.helpers.factories import block, load_protocol, study, write_protocol
from tests.elicit.protocol.test_study_protocol import problem

MASKED: dict[str, Any] = {"exposure_s": 0.1, "mask": "scrambled", "mask_s": 0.2}
ALL: dict[str, Any] = MASKED | {"fixation_s": 0.4, "interval_s": [0.4, 0.8], "deadline_s": 2}


def timings(folder: Path, *blocks: dict[str, Any], participant: str = "P01") -> list[Timing]:
    asked = load_protocol(folder, study(*blocks))
    plan = design.build(asked, Pictograms(), participant, 1, 0)
    return [trial.timing for trial in plan.trials]


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled", "infer", "discriminate"])
def test_a_block_that_says_no_durations_has_none(tmp_path: Path, paradigm: str) -> None:
    assert set(timings(tmp_path, block(paradigm))) == {UNTIMED}


def test_a_trial_gets_its_block_s_durations(tmp_path: Path) -> None:
    for timing in timings(tmp_path, block("discriminate", **ALL, missed="record")):
        assert (timing.fixation_s, timing.exposure_s, timing.mask_s) == (0.4, 0.1, 0.2)
        assert (timing.mask, timing.deadline_s, timing.repeats_missed) == ("scrambled", 2, False)
        assert 0.4 <= timing.interval_s <= 0.8


def test_intervals_and_masks_are_drawn_anew_for_each_trial_and_participant(tmp_path: Path) -> None:
    first = timings(tmp_path, block("infer", **ALL))
    assert len({timing.interval_s for timing in first}) == len(first)
    assert len({timing.mask_seed for timing in first}) == len(first)
    assert timings(tmp_path, block("infer", **ALL)) == first
    other = timings(tmp_path, block("infer", **ALL), participant="P02")
    assert not {timing.interval_s for timing in first} & {timing.interval_s for timing in other}


def test_durations_leave_a_session_s_other_random_choices_as_they_were(tmp_path: Path) -> None:
    def plan(**changes: Any) -> list[tuple[object, ...]]:
        blocks = [block(each, **changes) for each in ("discriminate", "infer")]
        asked = load_protocol(tmp_path, study(*blocks, block("select_shuffled")))
        trials = design.build(asked, Pictograms(), "P01", 1, 0).trials
        return [(trial.pair, trial.lambdas, trial.mirrored) for trial in trials]

    assert plan() == plan(**ALL)


def test_practice_that_is_missed_is_not_asked_again(tmp_path: Path) -> None:
    found = timings(tmp_path, block("discriminate", deadline_s=2, practice=1, batch_size=1,
                                    classes=["cat", "dog"]))  # fmt: skip
    assert [timing.repeats_missed for timing in found] == [False] + [True] * (len(found) - 1)


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled"])
@pytest.mark.parametrize(("key", "value"), list(MASKED.items()))
def test_an_exposure_of_images_that_must_stay_is_refused_with_the_reason(
    tmp_path: Path, paradigm: str, key: str, value: Any
) -> None:
    reason = {
        "construct": "whose image changes with each key and stays until the answer",
        "select_shuffled": "whose images are what the participant chooses among",
    }[paradigm]
    said = problem(tmp_path, study(block(paradigm, **{key: value})))
    place = f"blocks.0.{paradigm}.{key}"
    assert said == f"{place}: must not be given in {paradigm}, {reason}; remove it"


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled", "infer", "discriminate"])
def test_every_paradigm_may_have_fixation_interval_and_deadline(
    tmp_path: Path, paradigm: str
) -> None:
    (timing,) = set(timings(tmp_path, block(paradigm, fixation_s=1, interval_s=2, deadline_s=3)))
    assert (timing.fixation_s, timing.interval_s, timing.deadline_s) == (1, 2, 3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fixation_s": -1}, "fixation_s: must be at least 0, got -1"),
        ({"fixation_s": 61}, "fixation_s: must be at most 60, got 61"),
        ({"exposure_s": 0}, "exposure_s: must be above 0, got 0"),
        ({"exposure_s": "brief"}, "exposure_s: must be a number, got 'brief'"),
        ({"exposure_s": 0.1, "mask": "grey"},
         "mask: must be one of none, noise, scrambled, got 'grey'"),
        ({"mask": "noise", "mask_s": 0.1}, "exposure_s: is needed where mask is given"),
        ({"mask": "noise", "exposure_s": 0.1}, "mask_s: is needed where mask is given"),
        ({"mask_s": 0.1}, "mask_s: must not be given without mask"),
        ({"missed": "record"}, "missed: must not be given without deadline_s"),
        ({"missed": "again", "deadline_s": 1},
         "missed: must be one of repeat_at_end, record, got 'again'"),
        ({"deadline_s": 0.2, "earliest_s": 0.2},
         "deadline_s: must be above earliest_s 0.2, got 0.2"),
        ({"deadline_s": 0.2, "exposure_s": 0.3},
         "deadline_s: must be at least exposure_s 0.3, got 0.2"),
        ({"too_fast": {"s": 0.2}, "earliest_s": 0.2},
         "too_fast.s: must be above earliest_s 0.2, got 0.2"),
        ({"too_fast": {"s": 2}, "deadline_s": 2},
         "too_fast.s: must be below deadline_s 2, got 2"),
        ({"too_fast": {"s": 0.3, "in_a_row": 0}},
         "too_fast.in_a_row: must be at least 1, got 0"),
        ({"too_fast": 0.3}, "too_fast: must be a mapping, got 0.3"),
        *(({"interval_s": value},
           "interval_s: must be seconds from 0 to 60, or a range of them such as [0.4, 0.8], "
           f"got {value!r}")
          for value in (-0.1, 60.1, "long", True, [0.4], [0.8, 0.4], [0.1, 0.2, 0.3], [0, 61])),
        ({"interval_s": None},
         "interval_s: must be seconds from 0 to 60, or a range of them such as [0.4, 0.8], "
         "got nothing"),
    ],
)  # fmt: skip
def test_a_wrong_duration_is_one_line_that_names_key_and_value(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    told = problem(tmp_path, study(block("discriminate", **changes)))
    assert told == f"blocks.0.discriminate.{said}"


@pytest.mark.parametrize("interval", [0, 0.5, [0, 0], [0.5, 0.5], [0, 60]])
def test_an_interval_is_one_value_or_a_range(tmp_path: Path, interval: Any) -> None:
    low, high = interval if isinstance(interval, list) else (interval, interval)
    for timing in timings(tmp_path, block("infer", interval_s=interval)):
        assert low <= timing.interval_s <= high


def test_durations_that_are_no_whole_number_of_frames_are_told_and_others_are_not(
    tmp_path: Path,
) -> None:
    partial = block("infer", fixation_s=0.5, exposure_s=0.03, deadline_s=1.01)
    path = write_protocol(tmp_path, study(partial, block("discriminate", **ALL)))
    ended = validate(tmp_path, path)
    assert (ended.code, ended.said) == (0, "")
    assert [line for line in ended.shown.splitlines() if "frames" in line] == [
        "  blocks.0.exposure_s: 0.03 s is 1.80 frames at 60 Hz and becomes 2, 33.3 ms",
        "  blocks.0.deadline_s: 1.01 s is 60.60 frames at 60 Hz and becomes 61, 1016.7 ms",
    ]


def test_which_durations_are_whole_frames_is_the_screen_s(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("discriminate", **ALL)))
    assert list(find_partial_frames(asked, 60)) == []
    told = [line.split(" s ")[0] for line in find_partial_frames(asked, 144)]
    assert told == [
        "blocks.0.fixation_s: 0.4", "blocks.0.exposure_s: 0.1", "blocks.0.mask_s: 0.2",
    ]  # fmt: skip


def test_the_minutes_of_a_session_have_intervals_and_fixations_in_them(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"times": 8, "batch_size": 1, "classes": ["cat", "dog"]}  # 88 trials
    said = []
    timed: dict[str, Any] = {"fixation_s": 1, "interval_s": [0, 4]}
    for changes in ({}, timed):
        path = write_protocol(tmp_path, study(block("discriminate", **settings, **changes)))
        said.append(validate(tmp_path, path).shown)
    assert "88 trials a session, about 2 min" in said[0]
    assert "88 trials a session, about 7 min" in said[1]
