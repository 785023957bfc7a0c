"""The one loop: state, view, log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pydantic import BaseModel

from elicit.adaptive import Adaptive, estimates
from elicit.design import Plan, PlannedBlock
from elicit.errors import LogUnwritableError
from elicit.log import EventRow, PageRow, TrialRow, Writer, event_row
from elicit.paradigms import PARADIGMS, State
from elicit.screen.pages import (
    AnyPage,
    Booklet,
    Choice,
    Consent,
    FreeText,
    LeavePage,
    Page,
    Scale,
)
from elicit.screen.view import View
from elicit.stages import CheckStage, PageStage, Stage, TrialStage
from elicit.trial import Closed, Confirm, Erase, Leave, Response, Timed, Trial, Wording, Write


class SessionStoppedError(Exception):
    """The session was stopped before its end; every answer so far is on disk."""


class ConsentWithheldError(Exception):
    """The participant does not want to take part."""


def system_clock() -> datetime:
    """Return the time now, UTC, by this computer's clock."""
    return datetime.now(timezone.utc)


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


@dataclass
class Session:
    """One participant's session while it runs: screen, files, and what is done already."""

    plan: Plan
    view: View
    who: Who
    trials: Writer
    events: Writer
    pages: Writer
    wording: Wording
    answered: frozenset[int] = frozenset()  # numbers of trials that are on disk from before
    turned: frozenset[tuple[str, str]] = frozenset()  # kind and item of pages done before
    resumed: bool = False  # whether the session was interrupted before
    rows: tuple[TrialRow, ...] = ()  # trials on disk from before; adaptive blocks go on from them
    clock: Callable[[], datetime] = system_clock  # tells the time of day that rows state
    patient: bool = True  # where a row cannot be written: whether to say so and wait

    def __post_init__(self) -> None:
        measured = [block.measured for block in self.plan.blocks if block.measured is not None]
        adaptive = {block.block for block in measured if block.target is not None}
        known = {row.trial for row in self.rows}
        if any(t.block in adaptive and t.number in self.answered - known for t in self.plan.trials):
            raise ValueError("rows: an adaptive block goes on from all of its answers")
        self._measured = tuple(measured)
        self._adaptive = Adaptive(self._measured, self.rows)
        self._rows = list(self.rows)

    def estimates(self) -> list[dict[str, Any]]:
        """Return PSE and slope of each curve that Discriminate blocks measured, for the record."""
        return estimates(self._measured, self._rows)

    def run(self, stages: Sequence[Stage]) -> None:
        """Show every page and trial that is not done yet, each on disk before the next shows.

        Raises:
            SessionStoppedError: somebody stopped it, or closed the window.
            ConsentWithheldError: the participant does not want to take part.
        """
        left = [k for k, stage in enumerate(stages) if not self._is_done(stage)]
        if self.resumed and left:
            words = self.wording
            show_page(Page(words.back_title, words.back_text, words.page_hint), self.view, words)
        for k in left:
            stage = stages[k]
            match stage:
                case PageStage("closing", item, page):
                    with suppress(SessionStoppedError):  # everything is answered by now
                        self._show(k, "closing", item, page)
                case PageStage(kind, item, page):
                    self._prepare_next(stages[k + 1 :])
                    self._show(k, kind, item, page)
                case CheckStage():
                    self._check(k, stage)
                case TrialStage(trial, block, following):
                    trial = self._adaptive.chosen(trial)
                    if following is not None:
                        self.view.prepare(self._adaptive.possible(following, trial))
                    self._ask(trial, block)

    def _is_done(self, stage: Stage) -> bool:
        if isinstance(stage, TrialStage):
            return stage.trial.number in self.answered
        return (stage.kind, stage.item) in self.turned

    def _prepare_next(self, stages: Sequence[Stage]) -> None:
        if stages and isinstance(stages[0], TrialStage):
            self.view.prepare(self._adaptive.chosen(stages[0].trial))

    def _ask(self, trial: Trial, block: PlannedBlock) -> None:
        record: list[EventRow] = []
        try:
            answer = run_trial(trial, self.view, self.wording, record, self.clock)
        except SessionStoppedError:
            self._save(self.events, *record)
            raise
        row = _row(self.plan, block, trial, answer, self.who, self.resumed)
        self._save(self.events, *record)  # first: no answer is ever without its events
        self._save(self.trials, row)
        self._adaptive.take(row)
        self._rows.append(row)

    def _show(self, number: int, kind: str, item: str, page: AnyPage) -> AnyPage:
        """Show one page; record what was said and done on it."""
        record: list[EventRow] = []
        try:
            done, rt_s = show_page(page, self.view, self.wording, record, number)
        finally:
            self._save(self.events, *record)
        self._save(self.pages, self._said(number, kind, item, done, rt_s))
        if isinstance(done, Consent) and done.declined:
            words = self.wording
            farewell = Page(words.declined_title, words.declined_text, words.page_hint)
            with suppress(SessionStoppedError):
                show_page(farewell, self.view, words)
            raise ConsentWithheldError
        return done

    def _check(self, number: int, stage: CheckStage) -> None:
        """Ask until all answers are right; in between, the instructions come again."""
        while True:
            right = True
            for k, question in enumerate(stage.questions):
                done = self._show(number, "check", str(k + 1), question)
                assert isinstance(done, Choice)
                right = right and done.chosen == done.right
            if right:
                self._save(self.pages, self._page_row(number, "check", stage.item, "", "", None, 0))
                return
            self._show(number, "check", "again", stage.again)
            if stage.instructions is not None:
                self._show(number, "check", "instructions", stage.instructions)

    def _said(self, number: int, kind: str, item: str, page: AnyPage, rt_s: float) -> PageRow:
        question, answer, correct = "", "", None
        match page:
            case Choice():
                question, answer = page.question, page.answer
                correct = None if page.right is None else page.chosen == page.right
            case Scale() | FreeText():
                question, answer = page.question, page.answer
            case Consent():
                item, question = ("declined" if page.declined else item), page.title
            case Page() | Booklet():
                pass
        return self._page_row(number, kind, item, question, answer, correct, rt_s)

    def _page_row(
        self,
        number: int,
        kind: str,
        item: str,
        question: str,
        answer: str,
        correct: bool | None,
        rt_s: float,
    ) -> PageRow:
        return PageRow(
            participant=self.who.participant,
            session=self.who.session,
            page=number,
            kind=kind,
            item=item,
            question=question,
            answer=answer,
            correct=correct,
            rt_s=round(rt_s, 6),
            at_utc=self.clock(),
        )

    def _save(self, file: Writer, *rows: BaseModel) -> None:
        """Write rows; where that fails, say so and wait until it can be done.

        Raises:
            SessionStoppedError: somebody gave up waiting; what could be written is on disk.
        """
        words = self.wording
        while True:
            try:
                file.append(*rows)
            except LogUnwritableError as error:
                if not self.patient:
                    raise
                text = words.unwritable_text.format(reason=error.reason)
                show_page(Page(words.unwritable_title, text, ""), self.view, words)
            else:
                return


def run_trial(
    trial: Trial,
    view: View,
    wording: Wording,
    record: list[EventRow] | None = None,
    clock: Callable[[], datetime] = system_clock,
) -> Answer:
    """Return what the participant answered.

    An act counts after the flip that shows the trial, until the act that confirms; others are
    recorded, and change nothing. Before the trial's earliest_s no Confirm counts, and nothing else
    that would be the answer.

    Args:
        trial: what to ask.
        view: the screen.
        wording: the words that are the same in every trial.
        record: takes everything that happens, also where the trial is not answered.
        clock: tells the time of day, UTC.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    record = [] if record is None else record
    late_before = view.dropped_frames
    state = PARADIGMS[trial.paradigm](trial)
    onset = since = confirmed = view.show(state)
    onset_utc = clock()
    record.append(_shown(trial))
    while not state.done:
        for timed in view.events():
            event = timed.event
            counted = timed.at > since and not state.done and _counts(timed, onset, state)
            record.append(event_row(trial.number, onset, timed, counted))
            if isinstance(event, Closed):
                raise SessionStoppedError
            if not counted:
                continue
            if isinstance(event, Leave):
                went_on = _leave_or_go_on(view, wording)
                record.append(event_row(trial.number, onset, went_on, False))
                since = view.show(state)  # what was done before it is back does not count
            elif event is not None and not isinstance(event, Write | Erase):
                state, confirmed = state.step(event), timed.at
        if not state.done:
            view.show(state)
    return Answer(
        state.response(),
        max(confirmed - onset, 1e-6),
        onset_utc,
        view.dropped_frames - late_before,
        tuple(record),
    )


def _counts(timed: Timed, onset: float, state: State) -> bool:
    event = timed.event
    if event is None or isinstance(event, Write | Erase):
        return False
    if isinstance(event, Leave | Closed) or timed.at >= onset + state.trial.earliest_s:
        return True
    return not isinstance(event, Confirm) and not state.step(event).done


def _shown(trial: Trial) -> EventRow:
    """Return the row that begins a trial in the events file, each time it is shown anew."""
    return EventRow(
        trial=trial.number,
        at_s=0.0,
        cause="flip",
        event="shown",
        value=None,
        slider=None,
        counted=False,
    )


def show_page(
    page: AnyPage,
    view: View,
    wording: Wording,
    record: list[EventRow] | None = None,
    number: int = 0,
) -> tuple[AnyPage, float]:
    """Show a page until it is done; return it as it then is, and the seconds it took.

    Args:
        page: what to show.
        view: the screen.
        wording: the words that are the same in every trial.
        record: takes everything that happens, also where the page is not done.
        number: place of the page in the session.

    Raises:
        SessionStoppedError: the participant left, or closed the window.
    """
    record = [] if record is None else record
    onset = since = ended = view.show(page)
    earliest = onset + (page.earliest_s if isinstance(page, Page) else 0.0)
    while not page.done:
        for timed in view.events():
            event = timed.event
            counted = event is not None and timed.at > since and not page.done
            counted = counted and (not isinstance(event, Confirm) or timed.at >= earliest)
            record.append(event_row(None, onset, timed, counted, page=number))
            if isinstance(event, Closed):
                raise SessionStoppedError
            if event is None or not counted:
                continue
            if isinstance(event, Leave):
                _leave_or_go_on(view, wording)
                since = view.show(page)
            else:
                page, ended = page.step(event), timed.at
        if not page.done:
            view.show(page)
    return page, ended - onset


def _leave_or_go_on(view: View, wording: Wording) -> Timed:
    """Ask whether to stop; return the act that went on.

    Raises:
        SessionStoppedError: yes, stop.
    """
    page: Page = LeavePage(wording.leave_title, wording.leave_text, "")
    onset = view.show(page)
    while True:
        for timed in view.events():
            event = timed.event
            if isinstance(event, Closed):
                raise SessionStoppedError
            if event is None or timed.at <= onset:
                continue
            if isinstance(event, Leave):
                raise SessionStoppedError
            page = page.step(event)
            if page.done:
                return timed
        view.show(page)


def _row(
    plan: Plan, block: PlannedBlock, trial: Trial, answer: Answer, who: Who, resumed: bool
) -> TrialRow:
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
        resumed=resumed,
    )
