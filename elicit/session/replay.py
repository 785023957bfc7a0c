"""A session's answers, made again from its events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from elicit.design.adaptive import Adaptive, CurveSpec
from elicit.errors import LogError
from elicit.log.rows import EventRow, TrialRow
from elicit.paradigms import PARADIGMS, State
from elicit.session import events as trial_events
from elicit.trial import Trial
from stimuli.mixing import Pair

ROUNDING = 1e-6  # what is logged has six decimals
COMPARED_COLUMNS = (
    "lambda_f",
    "lambda_g",
    "chose_i",
    "omega",
    "steps",
    "position",
    "confidence_position",
    "position_touched",
    "confidence_touched",
)


@dataclass(frozen=True)
class ReplayDifference:
    """What the events of a trial make of it, where the log says something else."""

    trial: int
    words: str


def find_differences(
    rows: Iterable[TrialRow], events: Sequence[EventRow], grids: dict[str, tuple[float, ...]]
) -> list[ReplayDifference]:
    """Return where the events of a session do not lead to the answers of its trial log.

    Args:
        rows: the trial log.
        events: the events file.
        grids: lambda_grid of each block that has one, by the block's name.

    Raises:
        LogError: a trial cannot be made again.
    """
    acts = _by_trial(events)
    return [
        ReplayDifference(row.trial, words)
        for row in rows
        for words in _compare(row, acts.get(row.trial, []), _trial(row, grids))
    ]


def find_wrong_mixes(
    rows: Sequence[TrialRow], blocks: Iterable[CurveSpec]
) -> list[ReplayDifference]:
    """Return where an adaptive block showed another mix than the answers before it lead to.

    Args:
        rows: the trial log, in order.
        blocks: the session's Discriminate blocks, from its record.
    """
    adaptive, found = Adaptive(blocks), []
    for row in rows:
        chosen = adaptive.better_choice(row)
        if chosen is not None:
            words = f"lambda_f: {row.lambda_f} in the log, {chosen} chosen after the answers before"
            found.append(ReplayDifference(row.trial, words))
        adaptive.take(row)
    return found


def _by_trial(events: Iterable[EventRow]) -> dict[int, list[EventRow]]:
    """Return each trial's events; where it was begun anew, as after an interruption, the last."""
    acts: dict[int, list[EventRow]] = {}
    for event in events:
        if event.trial is None:
            continue
        if event.event in {trial_events.BEGINS, trial_events.SHOWN}:
            begun = acts.get(event.trial, [])
            if not (event.event == trial_events.SHOWN and _has_phases(begun)):
                acts[event.trial] = []
        acts.setdefault(event.trial, []).append(event)
    return acts


def _has_phases(acts: Sequence[EventRow]) -> bool:
    return len(acts) > 0 and acts[0].event == trial_events.BEGINS


def _compare(row: TrialRow, acts: Sequence[EventRow], trial: Trial) -> list[str]:
    if not acts:
        return ["no events"]
    shown = acts[trial_events.find_onset(acts) :]
    state, ended_s = _replay(PARADIGMS[trial.paradigm](trial), shown)
    late = [act.at_s for act in acts if act.event == trial_events.MISSED]
    if state.done == bool(row.missed) or bool(late) != bool(row.missed):
        return ["the events end before an answer" if not state.done else "the events answer it"]
    if late:
        made, ended_s = dict[str, Any](), late[-1]
    else:
        response = state.response()
        made = {name: getattr(response, name) for name in COMPARED_COLUMNS}
    made["rt_s"] = max(trial_events.measure_rt(acts, ended_s), ROUNDING)
    if row.pauses is not None:  # else of a log from before this column
        pauses_s = trial_events.list_pauses(acts)
        made |= {"pauses": len(pauses_s), "paused_s": sum(pauses_s, 0.0)}
    if _has_phases(acts):
        made |= _phases(acts)
    return [
        f"{name}: {getattr(row, name)} in the log, {value} from the events"
        for name, value in made.items()
        if not _same(value, getattr(row, name))
    ]


def _phases(acts: Sequence[EventRow]) -> dict[str, Any]:
    """Return what the events of a trial with phases say in the columns about them."""
    seconds, frames, late_frames = trial_events.measure_exposure(acts) or (None, None, None)
    return {
        "interval_s": trial_events.measure_interval(acts),
        "exposure_ms": None if seconds is None else round(1e3 * seconds, 3),
        "exposure_frames": frames,
        "exposure_dropped_frames": late_frames,
        "restarts": trial_events.count_restarts(acts),
    }


def _replay(state: State, acts: Iterable[EventRow]) -> tuple[State, float]:
    """Return the state after a trial's events, and the time of the one that confirmed."""
    confirmed = 0.0
    for act in acts:
        event = trial_events.from_row(act)
        if act.counted and event is not None and not state.done:
            state, confirmed = state.step(event), act.at_s
    return state, confirmed


def _trial(row: TrialRow, grids: dict[str, tuple[float, ...]]) -> Trial:
    pair = Pair(row.image_i, row.image_j, row.class_i, row.class_j)
    one = (row.lambda_f,) if row.start_value is None and row.lambda_f is not None else ()
    lambdas = row.order_shown or one
    start = None
    if row.start_value is not None:
        lambdas = grids.get(row.block, ())
        if row.start_value not in lambdas:
            raise LogError(
                f"trial {row.trial}: lambda_grid of block {row.block!r}: must be in the session's "
                f"_session.json and hold the start value {row.start_value}, got {list(lambdas)}"
            )
        start = lambdas.index(row.start_value)
    if row.paradigm not in PARADIGMS:
        raise LogError(
            f"trial {row.trial}: paradigm: must be one of {', '.join(PARADIGMS)}, "
            f"got {row.paradigm!r}"
        )
    return Trial(
        row.trial, 0, row.block, row.paradigm, "", pair, lambdas, start, mirrored=row.mirrored
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= ROUNDING * 1.000001
    return bool(one == other)
