"""The rows that a session writes for a trial and for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elicit.design.build import PlannedBlock, SessionPlan
from elicit.log.rows import PageRow, TrialRow, join_classes
from elicit.pages import AnyPage, Booklet, Consent, Page
from elicit.protocol.study_protocol import StudyProtocol
from elicit.questions import Choice, Choices, FreeText, Number, Scale, Slider, StatementGrid
from elicit.session.trial_run import TrialResult
from elicit.trial import NamedClasses, Trial
from stimuli.processes import make_process
from stimuli.processes.process import ImageDescription, Process
from stimuli.sources.endpoints import EndpointSource


@dataclass(frozen=True)
class RowContext:
    """What all rows of a session have in common."""

    participant: str
    session: int
    protocol: str
    protocol_sha256: str
    source: str
    image_size: int
    simulated: bool
    resumed: bool  # whether the session was interrupted before
    process: Process

    @classmethod
    def of(
        cls,
        protocol: StudyProtocol,
        source: EndpointSource,
        plan: SessionPlan,
        *,
        simulated: bool,
        resumed: bool,
    ) -> RowContext:
        """Return the context of a planned session's rows.

        Args:
            protocol: the study.
            source: endpoint images.
            plan: whose session, and which.
            simulated: whether a program answers.
            resumed: whether the session was interrupted before.
        """
        return cls(
            plan.participant,
            plan.session,
            protocol.name,
            protocol.sha256,
            source.name,
            source.image_size,
            simulated,
            resumed,
            make_process(protocol.stimuli.process, source, protocol.seed),
        )


@dataclass(frozen=True)
class PreviousRows:
    """What was written of a session before it was interrupted."""

    trials: tuple[TrialRow, ...] = ()
    pages: tuple[PageRow, ...] = ()


@dataclass(frozen=True)
class PageResult:
    """What a participant did on one page, or what several pages led to, such as consent."""

    number: int  # place in the session's order of pages and trials, from 0
    kind: str
    item: str
    rt_s: float = 0.0
    question: str = ""
    answer: str = ""
    correct: bool | None = None  # None where no answer is right


def page_result(number: int, kind: str, item: str, page: AnyPage, rt_s: float) -> PageResult:
    """Return what was said on a page.

    Args:
        number: place of the page in the session, from 0.
        kind: of the page, such as survey.
        item: which of its kind.
        page: as it was left.
        rt_s: seconds from the flip that showed it.
    """
    match page:
        case Choice():
            correct = None if page.right is None else page.chosen == page.right
            return PageResult(number, kind, item, rt_s, page.question, page.answer, correct)
        case Choices() | Scale() | StatementGrid() | Number() | Slider() | FreeText():
            return PageResult(number, kind, item, rt_s, page.question, page.answer)
        case Consent():
            item = "declining" if page.declined else item
            return PageResult(number, kind, item, rt_s, page.title)
        case Page() | Booklet():
            return PageResult(number, kind, item, rt_s)


def page_row(what: PageResult, context: RowContext, at_utc: datetime) -> PageRow:
    """Return the pages file's row of a page that was turned at a time of day."""
    return PageRow(
        participant=context.participant,
        session=context.session,
        page=what.number,
        kind=what.kind,
        item=what.item,
        question=what.question,
        answer=what.answer,
        correct=what.correct,
        rt_s=round(what.rt_s, 6),
        at_utc=at_utc,
    )


def class_cells(named: NamedClasses | None) -> dict[str, Any]:
    """Return the cells of a trial log about the classes named in a trial, by column."""
    if named is None:
        return {"chosen_1": "", "share_1": None, "chosen_2": "", "share_2": None, "excluded": ""}
    return {
        "chosen_1": named.first,
        "share_1": named.first_share,
        "chosen_2": named.other,
        "share_2": named.other_share,
        "excluded": join_classes(named.excluded),
    }


def phase_cells(answer: TrialResult) -> dict[str, Any]:
    """Return the cells of a trial log about the phases of a trial, by column."""
    interval_s = answer.interval_s
    exposure_s, frames, late_frames = answer.exposure or (None, None, None)
    return {
        "interval_s": None if interval_s is None else round(interval_s, 6),
        "exposure_ms": None if exposure_s is None else round(1e3 * exposure_s, 3),
        "exposure_frames": frames,
        "exposure_dropped_frames": late_frames,
        "restarts": answer.restarts,
    }


def describe_image(trial: Trial, lambda_f: float | None, process: Process) -> ImageDescription:
    """Return what a row states of the image judged; nothing where none was.

    Args:
        trial: what was asked.
        lambda_f: of the image, in [0, 1]; None where none was chosen by the deadline.
        process: that made it.
    """
    if lambda_f is None:
        return ImageDescription()
    return process.describe(trial.pair.images, lambda_f)


def trial_row(
    plan: SessionPlan, block: PlannedBlock, trial: Trial, answer: TrialResult, context: RowContext
) -> TrialRow:
    """Return the trial log's row of an answered trial.

    Args:
        plan: the session's.
        block: of the trial.
        trial: what was asked.
        answer: the participant's, with its times.
        context: what all rows of the session have in common.
    """
    response, pair, timing = answer.response, trial.pair, trial.timing
    has_deadline = timing.deadline_s is not None
    too_fast = timing.too_fast_s is not None and answer.rt_s < timing.too_fast_s
    picture = answer.picture
    lambda_f = None if answer.missed and len(trial.lambdas) > 1 else response.lambda_f
    image = describe_image(trial, lambda_f, context.process)
    return TrialRow(
        participant=context.participant,
        session=context.session,
        protocol=context.protocol,
        protocol_sha256=context.protocol_sha256,
        allocation=plan.allocation,
        block=trial.block,
        batch=block.batch,
        trial=trial.number,
        paradigm=trial.paradigm,
        practice=trial.practice,
        practice_round=trial.practice_round,
        repeat=trial.repeat,
        missed=answer.missed if has_deadline else None,
        simulated=context.simulated,
        source=context.source,
        image_size=context.image_size,
        process=context.process.name,
        class_i=pair.class_i,
        image_i=pair.image_i,
        fingerprint_i=trial.fingerprints[0],
        class_j=pair.class_j,
        image_j=pair.image_j,
        fingerprint_j=trial.fingerprints[1],
        lambda_f=lambda_f,
        box=image.box,
        fingerprint_shown=image.fingerprint,
        lambda_g=response.lambda_g,
        chose_i=response.chose_i,
        omega=response.omega,
        start_value=None if trial.start is None else trial.lambdas[trial.start],
        order_shown=trial.lambdas if trial.paradigm == "select_shuffled" else None,
        mirrored=trial.mirrored,
        side_px=None if picture is None else picture.side_px,
        side_deg=None if picture is None else picture.side_deg,
        position=response.position,
        confidence_position=response.confidence_position,
        position_touched=response.position_touched,
        confidence_touched=response.confidence_touched,
        confidence_of=trial.confidence_of,
        **class_cells(response.named),
        class_order=join_classes(trial.class_order),
        steps=response.steps,
        rt_s=round(answer.rt_s, 6),
        onset_utc=answer.onset_utc,
        dropped_frames=answer.dropped_frames,
        pauses=answer.pauses,
        paused_s=round(answer.paused_s, 6),
        **phase_cells(answer),
        missed_before=trial.missed_before if has_deadline else None,
        too_fast=None if timing.too_fast_s is None else too_fast,
        resumed=context.resumed,
    )
