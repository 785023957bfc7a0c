"""A session's rows, made again from its events: to compare them, or where files are lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from elicit.design.adaptive import Adaptive, CurveSpec
from elicit.design.build import PlannedBlock, SessionPlan
from elicit.design.practice import find_trial
from elicit.errors import ElicitError, LogError
from elicit.log.rows import EventRow, PageRow, TrialRow, split_classes
from elicit.paradigms import PARADIGMS, State
from elicit.questions import Choice
from elicit.session import events as trial_events
from elicit.session.records import (
    PageResult,
    RowContext,
    class_cells,
    page_result,
    page_row,
    phase_cells,
    trial_row,
)
from elicit.session.stages import Stage, TrialStage, find_page
from elicit.session.trial_run import TIME_STEP_S, TrialEnding, TrialResult, make_result
from elicit.trial import Trial
from elicit.visual_angle import PictureSize
from stimuli.mixing import Pair

_UNKNOWN = datetime.min.replace(tzinfo=timezone.utc)  # until the onset is filled in
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
    acts = _group_by_trial(events)
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


def _group_by_trial(events: Iterable[EventRow]) -> dict[int, list[EventRow]]:
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
    ending, missed = _find_ending(trial, acts), bool(row.missed)
    if ending.state.done == missed or ending.missed != missed:
        is_done = ending.state.done
        return ["the events answer it" if is_done else "the events end before an answer"]
    result = make_result(trial, ending, acts, _UNKNOWN, 0)
    compared = () if missed else COMPARED_COLUMNS
    made: dict[str, Any] = {name: getattr(result.response, name) for name in compared}
    if not missed:
        made |= class_cells(result.response.named)
    made["rt_s"] = result.rt_s
    if row.pauses is not None:  # else of a log from before this column
        made |= {"pauses": result.pauses, "paused_s": result.paused_s}
    if _has_phases(acts):
        made |= phase_cells(result)
    if acts[-1].event == trial_events.ANSWERED:
        made |= {"side_px": acts[-1].side_px, "side_deg": acts[-1].side_deg}
    return [
        f"{name}: {getattr(row, name)} in the log, {value} from the events"
        for name, value in made.items()
        if not _same(value, getattr(row, name))
    ]


def _find_ending(trial: Trial, acts: Sequence[EventRow]) -> TrialEnding:
    """Return where the events of a trial lead."""
    shown = acts[trial_events.find_onset(acts) :]
    state, ended_s = _replay(PARADIGMS[trial.paradigm](trial), shown)
    late = [act.at_s for act in acts if act.event == trial_events.MISSED]
    return TrialEnding(state, late[-1] if late else ended_s, bool(late))


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
        *(row.trial, 0, row.block, row.paradigm, "", pair, lambdas, start),
        mirrored=row.mirrored,
        class_order=split_classes(row.class_order),
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= TIME_STEP_S * 1.000001
    return bool(one == other)


@dataclass(frozen=True)
class RecoveredTrials:
    """Rows that a trial log has lost."""

    rows: tuple[TrialRow, ...]
    is_complete: bool  # whether the events state all; else what they do not state is blank
    without_events: int  # trials of the log whose events are lost


def recover_trials(
    plan: SessionPlan, rows: Sequence[TrialRow], events: Sequence[EventRow], context: RowContext
) -> RecoveredTrials:
    """Return the rows of trials that were answered and are not in the log, in order.

    Args:
        plan: the session's.
        rows: of its log.
        events: of its events file.
        context: what all rows of the session have in common.

    Raises:
        ElicitError: a trial was answered on other images than there are now.
    """
    acts, known = _group_by_trial(events), {row.trial: row for row in rows}
    specs = [block.curve_spec for block in plan.blocks]
    adaptive = Adaptive(spec for spec in specs if spec is not None)
    recovered: list[tuple[int, TrialRow]] = []
    for block in plan.blocks:
        for trial in (*block.trials, *_list_repeated(plan, block, acts)):
            its, row = acts.get(trial.number, []), known.get(trial.number)
            if row is None and its:
                row = _recover(plan, block, adaptive, trial, its, context)
                if row is not None:
                    recovered.append((its[-1].row or 0, row))  # missed trials come out of order
            if row is not None:
                adaptive.take(row)
            elif its and not _says_all(its):
                break  # the mixes that follow depend on this answer
    recovered.sort(key=lambda each: each[0])
    made = tuple(row for _, row in recovered)
    is_complete = all(row.onset_utc is not None for row in made)
    return RecoveredTrials(made, is_complete, len(known.keys() - acts.keys()))


def _list_repeated(plan: SessionPlan, block: PlannedBlock, acts: Iterable[int]) -> Iterator[Trial]:
    """Return the practice trials of a block that were asked again, of those with such numbers."""
    for number in sorted(acts):
        trial = find_trial(plan, number) if number >= len(plan.trials) else None
        if trial is not None and trial.block == block.name:
            yield trial


def _says_all(acts: Sequence[EventRow]) -> bool:
    """Whether events are of today's form, which says all that a row has beside them."""
    return any(act.row is not None for act in acts)


def _recover(
    plan: SessionPlan,
    block: PlannedBlock,
    adaptive: Adaptive,
    trial: Trial,
    acts: Sequence[EventRow],
    context: RowContext,
) -> TrialRow | None:
    """Return the row of a trial; None where its events lead to no answer."""
    is_older = not _says_all(acts)
    answered = acts[-1] if acts[-1].event == trial_events.ANSWERED and not is_older else None
    if answered is None and not is_older:
        return None
    trial = adaptive.choose(trial)
    if answered is not None:
        if answered.item != trial_events.name_images(trial):
            now = trial_events.name_images(trial)
            raise ElicitError(
                f"trial {trial.number}: was answered on images {answered.item}, the images now "
                f"give {now}; use the images that the session began with"
            )
        if answered.lambda_f is not None and len(trial.lambdas) == 1:
            trial = replace(trial, lambdas=(answered.lambda_f,))
        trial = replace(trial, missed_before=answered.value or 0)
    result = _result(trial, acts)
    if result is None:
        return None
    if answered is None:
        row = trial_row(plan, block, trial, result, replace(context, resumed=True))
        return row.model_copy(update={"onset_utc": None, "dropped_frames": None})
    assert answered.at_utc is not None
    result = replace(
        result,
        onset_utc=answered.at_utc,
        dropped_frames=answered.dropped_frames or 0,
        picture=_picture_size(answered),
    )
    resumed = bool(answered.resumed)
    return trial_row(plan, block, trial, result, replace(context, resumed=resumed))


def _picture_size(answered: EventRow) -> PictureSize | None:
    """Return how large the image was; None where nothing was drawn, or an older file."""
    return None if answered.side_px is None else PictureSize(answered.side_px, answered.side_deg)


def _result(trial: Trial, acts: Sequence[EventRow]) -> TrialResult | None:
    """Return what the events of a trial lead to, but for its onset; None where to nothing."""
    ending = _find_ending(trial, acts)
    if ending.state.done == ending.missed:
        return None
    return make_result(trial, ending, acts, _UNKNOWN, 0)


def recover_pages(
    stages: Sequence[Stage],
    rows: Iterable[PageRow],
    events: Iterable[EventRow],
    context: RowContext,
) -> tuple[PageRow, ...]:
    """Return the rows of pages that were done and are not in the pages file, in order.

    Args:
        stages: everything that the session shows.
        rows: of its pages file.
        events: of its events file.
        context: what all rows of the session have in common.
    """
    known = {(row.page, row.item, row.at_utc) for row in rows}
    recovered = []
    acts: dict[int, list[EventRow]] = {}
    for event in events:
        number = event.page
        if number is None or number >= len(stages):
            continue
        if event.event == trial_events.SHOWN:
            acts[number] = []
        elif event.event != trial_events.TURNED:
            acts.setdefault(number, []).append(event)
        elif event.at_utc is not None and (number, event.item, event.at_utc) not in known:
            result = _page_result(stages[number], event, acts.get(number, []))
            recovered.append(page_row(result, context, event.at_utc))
    return tuple(recovered)


def _page_result(stage: Stage, turned: EventRow, acts: Sequence[EventRow]) -> PageResult:
    """Return what was done on a page; one that is shown between trials asks for more care."""
    assert turned.page is not None
    rt_s = max(turned.at_s - sum(trial_events.list_pauses(acts), 0.0), 0.0)
    page = find_page(stage, turned.item)
    kind = "care" if isinstance(stage, TrialStage) else stage.kind
    if page is None:
        return PageResult(turned.page, kind, turned.item, rt_s)
    correct = None
    if isinstance(page, Choice) and page.right is not None:
        correct = turned.value == page.right
    result = page_result(turned.page, kind, turned.item, page, rt_s)
    return replace(result, item=turned.item, answer=turned.answer, correct=correct)
