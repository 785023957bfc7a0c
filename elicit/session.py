"""The one loop: state, view, log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise

from elicit.design import Plan, PlannedBlock
from elicit.log import EventRow, TrialRow, Writer, event_row
from elicit.paradigms import PARADIGMS, State
from elicit.screen.pages import LeavePage, Page
from elicit.screen.view import View
from elicit.trial import Closed, Event, Leave, Response, Trial, Wording


class SessionStoppedError(Exception):
    """The session was stopped before its end; every answer so far is on disk."""


@dataclass(frozen=True)
class Answer:
    """What came of one trial."""

    response: Response
    rt_s: float  # from the flip that showed the trial to the act that confirmed
    onset_utc: datetime
    dropped_frames: int
    events: tuple[EventRow, ...]


@dataclass(frozen=True)
class Who:
    """What every row of a session says alike."""

    participant: str
    session: int
    protocol: str
    protocol_sha256: str
    source: str
    image_size: int
    simulated: bool


def run_trial(trial: Trial, view: View, wording: Wording) -> Answer:
    """Return what the participant answered.

    An act counts from the flip that shows the trial, until the act that confirms; others are
    recorded, and change nothing.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    late_before = view.dropped_frames
    state = PARADIGMS[trial.paradigm](trial)
    onset = confirmed = view.show(state)
    onset_utc = datetime.now(timezone.utc)
    record: list[EventRow] = []
    while not state.done:
        for timed in view.events():
            counted = timed.event is not None and timed.at >= onset and not state.done
            record.append(event_row(trial.number, onset, timed, counted))
            if counted and timed.event is not None:
                state, confirmed = _after(state, timed.event, view, wording), timed.at
        if not state.done:
            view.show(state)
    return Answer(
        state.response(),
        confirmed - onset,
        onset_utc,
        view.dropped_frames - late_before,
        tuple(record),
    )


def show_page(page: Page, view: View, wording: Wording) -> None:
    """Show a page until it is turned.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    onset = view.show(page)
    while not page.done:
        for timed in view.events():
            if timed.at < onset or timed.event is None:
                continue
            if isinstance(timed.event, Leave | Closed):
                _leave_or_go_on(timed.event, view, wording)
            else:
                page = page.step(timed.event)
        if not page.done:
            view.show(page)


def run(plan: Plan, view: View, who: Who, trials: Writer, events: Writer, wording: Wording) -> None:
    """Run a session: each block's page and trials, each row on disk before the next trial.

    Args:
        plan: what to ask.
        view: the screen.
        who: what every row says alike.
        trials: the trial log.
        events: the events file.
        wording: the words that are the same in every trial.

    Raises:
        SessionStoppedError: the session ended early; what was answered is on disk.
    """
    following = dict(pairwise(plan.trials))
    for block in plan.blocks:
        if block.trials:
            view.prepare(block.trials[0])
        show_page(Page(block.title, block.instructions, wording.page_hint), view, wording)
        for trial in block.trials:
            if trial in following:
                view.prepare(following[trial])
            answer = run_trial(trial, view, wording)
            trials.append(_row(plan, block, trial, answer, who))
            events.append(*answer.events)
    show_page(Page(wording.end_title, wording.end_text, wording.page_hint), view, wording)


def _after(state: State, event: Event | Leave | Closed, view: View, wording: Wording) -> State:
    if isinstance(event, Leave | Closed):
        _leave_or_go_on(event, view, wording)
        return state
    return state.step(event)


def _leave_or_go_on(event: Leave | Closed, view: View, wording: Wording) -> None:
    """Ask whether to stop, unless the window is gone.

    Raises:
        SessionStoppedError: yes.
    """
    if isinstance(event, Closed):
        raise SessionStoppedError
    page: Page = LeavePage(wording.leave_title, wording.leave_text, "")
    onset = view.show(page)
    while not page.done:
        for timed in view.events():
            if timed.at < onset or timed.event is None:
                continue
            if isinstance(timed.event, Leave | Closed):
                raise SessionStoppedError
            page = page.step(timed.event)
        if not page.done:
            view.show(page)


def _row(plan: Plan, block: PlannedBlock, trial: Trial, answer: Answer, who: Who) -> TrialRow:
    response, pair = answer.response, trial.pair
    return TrialRow(
        participant=who.participant,
        session=who.session,
        protocol=who.protocol,
        protocol_sha256=who.protocol_sha256,
        allocation=plan.allocation,
        block=trial.block,
        batch=block.batch,
        trial=trial.number,
        paradigm=trial.paradigm,
        practice=trial.practice,
        repeat=trial.repeat,
        simulated=who.simulated,
        source=who.source,
        image_size=who.image_size,
        class_i=pair.class_i,
        image_i=pair.image_i,
        fingerprint_i=pair.fingerprint_i,
        class_j=pair.class_j,
        image_j=pair.image_j,
        fingerprint_j=pair.fingerprint_j,
        lambda_f=response.lambda_f,
        lambda_g=response.lambda_g,
        omega=response.omega,
        start_value=None if trial.start is None else trial.lambdas[trial.start],
        order_shown=trial.lambdas if trial.paradigm == "select_shuffled" else None,
        mirrored=trial.mirrored,
        position=response.position,
        confidence_position=response.confidence_position,
        position_touched=response.position_touched,
        confidence_touched=response.confidence_touched,
        steps=response.steps,
        rt_s=round(answer.rt_s, 6),
        onset_utc=answer.onset_utc,
        dropped_frames=answer.dropped_frames,
        resumed=False,
    )
