"""The one loop: state, view, log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elicit.design.adaptive import Adaptive, estimates
from elicit.design.build import Plan, PlannedBlock
from elicit.log.rows import EventRow, PageRow, TrialRow
from elicit.log.writer import Writer
from elicit.pages import AnyPage, Choice, Consent
from elicit.screen.view import View
from elicit.session.interruption_pages import back
from elicit.session.presenting import SessionStoppedError, run_trial, show_page, system_clock
from elicit.session.records import Turned, Who, page_row, trial_row, turned
from elicit.session.saving import Part, Unsaved, UnsavedError, save, save_what_is_left
from elicit.session.stages import CheckStage, ConsentStage, PageStage, Stage, TrialStage
from elicit.trial import Trial, Wording


class ConsentWithheldError(Exception):
    """The participant does not want to take part."""


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
            UnsavedError: somebody stopped it where something could not be saved.
            SessionStoppedError: somebody stopped it, or closed the window.
            ConsentWithheldError: the participant does not want to take part.
        """
        left = [k for k, stage in enumerate(stages) if not self._is_done(stage)]
        if self.resumed and left:
            show_page(back(self.wording), self.view, self.wording)
        for k in left:
            stage = stages[k]
            match stage:
                case PageStage("closing"):
                    self._close(k, stage)
                case PageStage(kind, item, page):
                    self._prepare_next(stages[k + 1 :])
                    self._show(k, kind, item, page)
                case ConsentStage():
                    self._consent(k, stage)
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
            self._leave(record)
            raise
        row = trial_row(self.plan, block, trial, answer, self.who, self.resumed)
        self._save((self.events, record), (self.trials, [row]))  # no answer without its events
        self._adaptive.take(row)
        self._rows.append(row)

    def _show(self, number: int, kind: str, item: str, page: AnyPage) -> AnyPage:
        """Show one page; record what was said and done on it."""
        record: list[EventRow] = []
        try:
            done, rt_s = show_page(page, self.view, self.wording, record, number)
        except SessionStoppedError:
            self._leave(record)
            raise
        row = self._row(turned(number, kind, item, done, rt_s))
        self._save((self.events, record), (self.pages, [row]))
        return done

    def _consent(self, number: int, stage: ConsentStage) -> None:
        """Ask for consent until it is given, or withheld for sure; that holds after a crash too."""
        if (stage.kind, "declined") in self.turned:
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
            show_page(stage.farewell, self.view, self.wording)
        raise ConsentWithheldError

    def _check(self, number: int, stage: CheckStage) -> None:
        """Ask until all answers are right; in between, the instructions come again."""
        while True:
            right = True
            for k, question in enumerate(stage.questions):
                done = self._show(number, "check", str(k + 1), question)
                assert isinstance(done, Choice)
                right = right and done.chosen == done.right
            if right:
                self._settle(number, stage.kind, stage.item)
                return
            self._show(number, "check", "again", stage.again)
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
        left = Unsaved((self.events, record))
        if self.patient:
            save_what_is_left(left)
        else:
            left.write()

    def _settle(self, number: int, kind: str, item: str) -> None:
        self._save((self.pages, [self._row(Turned(number, kind, item))]))

    def _row(self, what: Turned) -> PageRow:
        return page_row(what, self.who, self.clock())

    def _save(self, *parts: Part) -> None:
        """Write rows; where that fails, say so and wait until it can be done.

        Raises:
            SessionStoppedError: somebody gave up waiting; see `elicit.saving.save`.
        """
        unsaved = Unsaved(*parts)
        if self.patient:
            save(unsaved, self.view, self.wording)
        else:
            unsaved.write()
