"""Run a session: show each page and trial, and write its row before the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from elicit.design.adaptive import Adaptive, estimate_curves
from elicit.design.build import PlannedBlock, SessionPlan
from elicit.design.practice import repeat_practice
from elicit.log.rows import EventRow, PageRow
from elicit.log.writer import RowWriters
from elicit.markers import MarkerSender
from elicit.pages import AnyPage, Consent
from elicit.protocol.study_protocol import StudyProtocol
from elicit.questions import Choice
from elicit.screen.view import View
from elicit.session.clock import SteadyClock
from elicit.session.events import answer_row, page_end_row
from elicit.session.interruption_pages import back_page, care_page, feedback_page
from elicit.session.presenting import SessionStoppedError, show_page
from elicit.session.records import (
    PageResult,
    PreviousRows,
    RowContext,
    page_result,
    page_row,
    trial_row,
)
from elicit.session.saving import Part, PendingWrite, UnsavedError, save, save_what_is_left
from elicit.session.stages import (
    CheckStage,
    ConsentStage,
    FeedbackStage,
    PageStage,
    PracticeStage,
    Stage,
    TrialStage,
    build_stages,
)
from elicit.session.trial_run import run_trial
from elicit.trial import Trial, Wording
from stimuli.sources.endpoints import EndpointSource

MAX_MISSED_REPEATS = 3  # of a trial whose deadline passes; then it is recorded as missed


class ConsentWithheldError(Exception):
    """The participant does not want to take part."""


class SessionRunner:
    """One participant's session while it runs: screen, files, and what was answered before."""

    def __init__(
        self,
        protocol: StudyProtocol,
        source: EndpointSource,
        plan: SessionPlan,
        view: View,
        writers: RowWriters,
        *,
        simulated: bool,
        previous: PreviousRows | None = None,
        clock: Callable[[], datetime] | None = None,
        wait_for_disk: bool = True,
        markers: MarkerSender | None = None,
    ) -> None:
        """Prepare a new session, or one that was interrupted.

        Args:
            protocol: the study.
            source: endpoint images.
            plan: the session's trials.
            view: the screen.
            writers: where its rows go.
            simulated: whether a program answers.
            previous: what was written before the session was interrupted; None of a new one.
            clock: returns the time of day, UTC, that rows state; a `SteadyClock` where None.
            wait_for_disk: where a row cannot be written, whether to say so on screen and wait.
            markers: gets a code at each onset and each answer.
        """
        done = previous or PreviousRows()
        resumed = previous is not None
        self._plan, self._view, self._writers = plan, view, writers
        self._context = RowContext.of(protocol, source, plan, simulated=simulated, resumed=resumed)
        self._wording: Wording = protocol.wording
        self._clock, self._wait_for_disk = clock or SteadyClock(), wait_for_disk
        self._markers = markers or MarkerSender()
        self._stages = build_stages(protocol, plan, source)
        self._answered = frozenset(row.trial for row in done.trials)
        self._turned = {(row.kind, row.item): row.answer for row in done.pages}
        specs = [block.curve_spec for block in plan.blocks]
        self._curve_specs = [spec for spec in specs if spec is not None]
        self._adaptive = Adaptive(self._curve_specs, done.trials)
        self._rows = list(done.trials)
        self._missed: list[Trial] = []  # of the block, to be asked again at its end
        self._too_fast = 0  # answers in a row
        self._care_pages = 0  # of the block

    @property
    def answered(self) -> int:
        """How many of the planned trials are answered, before an interruption too."""
        return sum((row.practice_round or 1) == 1 for row in self._rows)

    def estimate_curves(self) -> list[dict[str, Any]]:
        """Return PSE and slope of each curve that Discriminate blocks measured, for the record."""
        return estimate_curves(self._curve_specs, self._rows)

    def run(self) -> None:
        """Show every page and trial that is not done yet, each on disk before the next shows.

        Raises:
            UnsavedError: the session was stopped and something could not be saved.
            SessionStoppedError: the session was stopped, or the window was closed.
            ConsentWithheldError: the participant does not want to take part.
        """
        left = [k for k, stage in enumerate(self._stages) if not self._is_done(stage)]
        if self._context.resumed and left:
            show_page(back_page(self._wording), self._view, self._wording)
        for place, k in enumerate(left):
            stage = self._stages[k]
            match stage:
                case PageStage("closing"):
                    self._close(k, stage)
                case PageStage(kind, item, page):
                    self._prepare_next(self._stages[k + 1 :])
                    self._show(k, kind, item, page)
                case ConsentStage():
                    self._consent(k, stage)
                case CheckStage():
                    self._check(k, stage)
                case FeedbackStage() | PracticeStage():
                    self._prepare_next(self._stages[k + 1 :])
                    self._follow_practice(k, stage)
                case TrialStage(trial, block, following):
                    self._ask(k, trial, block, following)
                    if not any(_is_of(self._stages[each], block) for each in left[place + 1 :]):
                        self._ask_missed(k, block)

    def _is_done(self, stage: Stage) -> bool:
        if isinstance(stage, TrialStage):
            return stage.trial.number in self._answered
        if isinstance(stage, PracticeStage):
            begin = stage.page.options[0]
            return begin in [self._turned.get(("practice", item)) for item in self._ends_of(stage)]
        return (stage.kind, stage.item) in self._turned

    def _ends_of(self, stage: PracticeStage) -> list[str]:
        """Return the items of the pages after rounds of practice that were done before."""
        items = [item for kind, item in self._turned if kind == stage.kind]
        return [item for item in items if item.split()[0] == stage.block.name]

    def _prepare_next(self, following: Sequence[Stage]) -> None:
        if following and isinstance(following[0], TrialStage):
            self._view.prepare(self._adaptive.choose(following[0].trial))

    def _ask_missed(self, number: int, block: PlannedBlock) -> None:
        """Ask the missed trials of a block again, each until it is answered, or recorded."""
        while self._missed:
            trial, *rest = self._missed
            self._missed = rest
            self._ask(number, trial, block, rest[0] if rest else None)
        self._too_fast = self._care_pages = 0

    def _ask(
        self, number: int, planned: Trial, block: PlannedBlock, following: Trial | None
    ) -> None:
        """Ask one trial and record its answer; one that is missed may be asked again later.

        Args:
            number: place in the session's order of pages and trials.
            planned: the trial; its mix is chosen now, where it is adaptive.
            block: of the trial.
            following: the trial to get ready meanwhile.
        """
        trial = self._adaptive.choose(planned)
        if following is not None:
            self._view.prepare(self._adaptive.possible_mixes(following, trial))
        record: list[EventRow] = []
        try:
            answer = run_trial(trial, self._view, self._wording, record, self._clock, self._markers)
        except SessionStoppedError:
            self._leave(record)
            raise
        times_missed = trial.missed_before + answer.missed
        if answer.missed and trial.timing.repeats_missed and times_missed <= MAX_MISSED_REPEATS:
            self._missed.append(replace(planned, missed_before=times_missed))
            self._save((self._writers.events, record))
            return
        row = trial_row(self._plan, block, trial, answer, self._context)
        record.append(answer_row(trial, row))
        # no answer without its events
        self._save((self._writers.events, record), (self._writers.trials, [row]))
        self._adaptive.take(row)
        self._rows.append(row)
        self._too_fast = self._too_fast + 1 if row.too_fast else 0
        if self._too_fast >= trial.timing.too_fast_in_a_row:
            self._too_fast, self._care_pages = 0, self._care_pages + 1
            item = f"{block.name} {self._care_pages}"
            self._show(number, "care", item, care_page(self._wording))

    def _follow_practice(self, number: int, stage: FeedbackStage | PracticeStage) -> None:
        if isinstance(stage, FeedbackStage):
            self._give_feedback(number, stage.trial)
        else:
            self._end_practice(number, stage)

    def _give_feedback(self, number: int, trial: Trial) -> None:
        """Say whether the answer to a practice trial was right."""
        row = next(row for row in self._rows if row.trial == trial.number)
        page = feedback_page(trial, row, self._wording)
        self._show(number, "feedback", str(trial.number), page)

    def _end_practice(self, number: int, stage: PracticeStage) -> None:
        """Say that the practice is over, and repeat it as often as the participant wants.

        Args:
            number: place of the stage in the session; those of the practice stand before it.
            stage: the page.
        """
        practice_round, begin = 1, stage.page.options[0]
        while True:
            item = stage.name_round(practice_round)
            said = self._turned.get((stage.kind, item))
            if said is None:
                done = self._show(number, stage.kind, item, stage.page)
                assert isinstance(done, Choice)
                said = done.answer
            if said == begin:
                return
            practice_round += 1
            self._practise(number, stage.block, practice_round)

    def _practise(self, number: int, block: PlannedBlock, practice_round: int) -> None:
        """Ask a block's practice trials once more, but for those that this round has answered."""
        trials = repeat_practice(self._plan, block.name, practice_round)
        with_feedback = any(trial.feedback_within is not None for trial in trials)
        first = number - len(trials) * (2 if with_feedback else 1)
        for k, trial in enumerate(trials):
            place = first + k * (2 if with_feedback else 1)
            if trial.number not in self._answered:
                self._ask(place, trial, block, trials[k + 1] if k + 1 < len(trials) else None)
            if with_feedback and ("feedback", str(trial.number)) not in self._turned:
                self._give_feedback(place + 1, trial)

    def _show(self, number: int, kind: str, item: str, page: AnyPage) -> AnyPage:
        """Show one page; record what was said and done on it."""
        record: list[EventRow] = []
        try:
            done, rt_s = show_page(page, self._view, self._wording, record, number, self._markers)
        except SessionStoppedError:
            self._leave(record)
            raise
        row = self._row(page_result(number, kind, item, done, rt_s))
        ended_s = max(event.at_s for event in record if event.counted)
        record.append(page_end_row(row, ended_s, done.chosen if isinstance(done, Choice) else None))
        self._save((self._writers.events, record), (self._writers.pages, [row]))
        return done

    def _consent(self, number: int, stage: ConsentStage) -> None:
        """Ask for consent until it is given, or withheld for sure; that holds after a crash too."""
        if (stage.kind, "declined") in self._turned:
            raise ConsentWithheldError
        page = stage.page
        while True:
            done = self._show(number, stage.kind, stage.item, page)
            assert isinstance(done, Consent)
            if not done.declined:
                return
            sure = self._show(number, stage.kind, "sure", stage.sure)
            assert isinstance(sure, Choice)
            if sure.chosen != stage.sure.chosen:
                break
            page = done.again()
        self._settle(number, stage.kind, "declined")
        with suppress(SessionStoppedError):
            show_page(stage.farewell, self._view, self._wording)
        raise ConsentWithheldError

    def _check(self, number: int, stage: CheckStage) -> None:
        """Ask until all answers are right; in between, the instructions come again."""
        while True:
            answered = []
            for k, question in enumerate(stage.questions):
                done = self._show(number, "check", str(k + 1), question)
                assert isinstance(done, Choice)
                answered.append(done)
            if all(each.chosen == each.right for each in answered):
                self._settle(number, stage.kind, stage.item)
                return
            self._show(number, "check", "again", stage.name_wrong(answered))
            if stage.instructions is not None:
                self._show(number, "check", "instructions", stage.instructions)

    def _close(self, number: int, stage: PageStage) -> None:
        """Show the last page; as everything is answered by now, to stop there is to end."""
        try:
            self._show(number, stage.kind, stage.item, stage.page)
        except UnsavedError:
            raise
        except SessionStoppedError:
            pass

    def _leave(self, record: list[EventRow]) -> None:
        left = PendingWrite((self._writers.events, record))
        if self._wait_for_disk:
            save_what_is_left(left)
        else:
            left.write()

    def _settle(self, number: int, kind: str, item: str) -> None:
        row = self._row(PageResult(number, kind, item))
        self._save(
            (self._writers.events, [page_end_row(row, 0.0, None)]), (self._writers.pages, [row])
        )

    def _row(self, what: PageResult) -> PageRow:
        return page_row(what, self._context, self._clock())

    def _save(self, *parts: Part) -> None:
        """Write rows; where that fails, say so and wait until it can be done.

        Raises:
            SessionStoppedError: the session was stopped while it waited; see `saving.save`.
        """
        unsaved = PendingWrite(*parts)
        if self._wait_for_disk:
            save(unsaved, self._view, self._wording)
        else:
            unsaved.write()


def _is_of(stage: Stage, block: PlannedBlock) -> bool:
    return isinstance(stage, TrialStage) and stage.block.name == block.name
