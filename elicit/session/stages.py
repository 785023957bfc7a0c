"""What a session shows, in order: pages around the trials, and the trials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar
from zlib import crc32

import numpy as np

from elicit.design.build import PlannedBlock, SessionPlan, StimulusSets
from elicit.design.variants import list_name_variants
from elicit.pages import AnyPage, Booklet, Consent, Example, Page
from elicit.paradigms import PARADIGMS, State
from elicit.protocol.pages import ConsentModel, ExampleModel, PageModel
from elicit.protocol.study_protocol import StudyProtocol
from elicit.protocol.survey import (
    ChoiceItem,
    ChoicesItem,
    GridItem,
    NumberItem,
    ScaleItem,
    SliderItem,
    SurveyItem,
    SurveyModel,
    TextItem,
)
from elicit.questions import (
    Choice,
    Choices,
    FreeText,
    Number,
    Question,
    Scale,
    Slider,
    StatementGrid,
)
from elicit.session.interruption_pages import (
    list_interruption_pages,
    make_longest_feedback,
    practice_end_page,
)
from elicit.trial import Trial, Wording, fill_text
from stimuli.errors import StimulusError
from stimuli.processes import make_process
from stimuli.processes.process import Process
from stimuli.sources.endpoints import EndpointSource

CHECK_SEED = 3  # sets the order of options apart from what else a participant is given
FEW_ROWS = 4  # of a list that any window shows all of
_Listing = TypeVar("_Listing", bound=Choice | Choices | StatementGrid)
EXAMPLE_INSTANCE = 999  # instance for examples of a class without end: no study's set comes so far


@dataclass(frozen=True)
class PageStage:
    """One page, or one booklet of pages."""

    kind: str  # instructions, ready, block, break, survey, closing
    item: str  # which of its kind
    page: AnyPage


@dataclass(frozen=True)
class ConsentStage:
    """Consent; a participant who declines is asked to confirm on a second page.

    To go back is its default and its last option, so that neither the key or click that took the
    way out, done once more, nor going down and on withholds anything.
    """

    page: Consent
    sure: Choice
    farewell: Page
    kind: str = "consent"
    item: str = "agreed"


@dataclass(frozen=True)
class CheckStage:
    """Questions about the task; the instructions come again until all answers are right."""

    questions: tuple[Choice, ...]
    again: Page  # without the answers that were not right
    wrong_answer: str  # how it names one of them, with {question} and {answer}
    instructions: Booklet | None
    kind: str = "check"
    item: str = "passed"

    def name_wrong(self, answered: Iterable[Choice]) -> Page:
        """Return the page that says which answers were not right."""
        said = [
            fill_text(self.wrong_answer, question=each.question, answer=each.answer)
            for each in answered
            if each.chosen != each.right
        ]
        return replace(self.again, text="\n\n".join([self.again.text, *said]))

    def make_longest_again(self) -> Page:
        """Return the same page where every answer is wrong, and as long as can be."""
        return self.name_wrong(
            replace(
                each,
                chosen=max(
                    (k for k in range(len(each.options)) if k != each.right),
                    key=lambda k: len(each.options[k]),
                ),
            )
            for each in self.questions
        )


@dataclass(frozen=True)
class FeedbackStage:
    """The page after a practice trial that says whether the answer was right."""

    trial: Trial
    longest: Page  # with the texts that take most room
    kind: str = "feedback"

    @property
    def item(self) -> str:
        """The trial's number."""
        return str(self.trial.number)


@dataclass(frozen=True)
class PracticeStage:
    """The page after a block's practice, on which the practice can be repeated."""

    page: Choice  # its first option: the trials that count
    block: PlannedBlock
    kind: str = "practice"

    def name_round(self, practice_round: int) -> str:
        """Return the item that the page after one round of practice has."""
        return f"{self.block.name} {practice_round}"


@dataclass(frozen=True)
class TrialStage:
    """One trial, and the trial to get ready meanwhile."""

    trial: Trial
    block: PlannedBlock
    following: Trial | None


Stage: TypeAlias = (
    PageStage | ConsentStage | CheckStage | TrialStage | FeedbackStage | PracticeStage
)


def build_stages(
    protocol: StudyProtocol, plan: SessionPlan, source: EndpointSource
) -> tuple[Stage, ...]:
    """Return everything that a session shows, in order.

    Args:
        protocol: the study.
        plan: this participant's trials.
        source: endpoint images, for the examples on pages.
    """
    process = make_process(protocol.stimuli.process, source, protocol.seed)
    return (
        *_before(protocol, plan, process),
        *_blocks(protocol, plan, process),
        *_after(protocol, process),
    )


def _before(protocol: StudyProtocol, plan: SessionPlan, process: Process) -> Iterator[Stage]:
    words = protocol.wording
    if protocol.consent is not None:
        yield _consent(protocol.consent, words)
    pages = tuple(_page(page, "", process) for page in protocol.instructions)
    booklet = make_booklet(pages, words) if pages else None
    if booklet is not None:
        yield PageStage("instructions", "read", booklet)
    if protocol.check is not None:
        check = protocol.check
        questions = tuple(
            Choice(check.title, each.question, each.options, right=each.answer - 1)
            for each in check.questions
        )
        if check.shuffle:
            questions = _shuffle_options(questions, protocol.seed, plan)
        again = _page(check.again, words.page_hint, process)
        yield CheckStage(questions, again, words.wrong_answer, booklet)
    if protocol.ready is not None:
        yield PageStage("ready", "read", _page(protocol.ready, words.page_hint, process))


def _shuffle_options(
    questions: tuple[Choice, ...], seed: int, plan: SessionPlan
) -> tuple[Choice, ...]:
    """Return questions with their options in an order that the participant keeps."""
    who = crc32(plan.participant.encode())
    rng = np.random.default_rng([seed, who, plan.session, CHECK_SEED])
    shuffled = []
    for each in questions:
        order = rng.permutation(len(each.options)).tolist()
        right = None if each.right is None else order.index(each.right)
        options = tuple(each.options[k] for k in order)
        shuffled.append(replace(each, options=options, right=right))
    return tuple(shuffled)


def make_booklet(pages: tuple[Page, ...], words: Wording) -> Booklet:
    """Return pages to leaf through, each with the hint of its place."""
    hints = [words.first_page_hint, *[words.pages_hint] * (len(pages) - 2), words.last_page_hint]
    if len(pages) == 1:
        hints = [words.page_hint]
    return Booklet(tuple(replace(page, hint=hint) for page, hint in zip(pages, hints, strict=True)))


def _consent(consent: ConsentModel, words: Wording) -> ConsentStage:
    options = words.decline_leave, words.decline_back
    return ConsentStage(
        Consent.start(consent.title, consent.text, consent.points),
        Choice(words.decline_title, words.decline_question, options, chosen=1),
        Page(words.declined_title, words.declined_text, words.page_hint),
    )


def _blocks(protocol: StudyProtocol, plan: SessionPlan, process: Process) -> Iterator[Stage]:
    words, trials = protocol.wording, plan.trials
    for settings, block in zip(protocol.blocks, plan.blocks, strict=True):
        yield PageStage("block", block.name, Page(block.title, block.instructions, words.page_hint))
        practice = [trial for trial in block.trials if trial.practice]
        for trial in practice:
            yield TrialStage(trial, block, _find_following(trials, trial))
            if trial.feedback_within is not None:
                yield FeedbackStage(trial, make_longest_feedback(trial, words))
        if practice:
            yield PracticeStage(practice_end_page(words), block)
        for k, trial in enumerate(block.trials[len(practice) :]):
            rest = settings.rest
            if rest is not None and k > 0 and k % rest.every == 0:
                page = replace(
                    _page(rest.page, words.page_hint, process),
                    earliest_s=rest.seconds,
                    progress=trial.progress,
                )
                yield PageStage("break", f"{block.name} {k // rest.every}", page)
            yield TrialStage(trial, block, _find_following(trials, trial))


def _find_following(trials: tuple[Trial, ...], trial: Trial) -> Trial | None:
    after = trial.number + 1
    return trials[after] if after < len(trials) else None


def _after(protocol: StudyProtocol, process: Process) -> Iterator[Stage]:
    words = protocol.wording
    if protocol.survey is not None:
        yield from _survey(protocol.survey)
    if protocol.closing is None:
        closing = Page(words.end_title, words.end_text, words.page_hint)
    else:
        closing = _page(protocol.closing, words.page_hint, process)
    yield PageStage("closing", "read", closing)


def _survey(survey: SurveyModel) -> Iterator[Stage]:
    for item in survey.items:
        yield PageStage("survey", item.name, _question(survey.title, item))


def _question(title: str, item: SurveyItem) -> Question:
    """Return a survey's question as a page."""
    match item:
        case TextItem():
            return FreeText(title, item.question)
        case ChoiceItem():
            return Choice(title, item.question, item.options, optional=item.optional)
        case ChoicesItem():
            return Choices(title, item.question, item.options, optional=item.optional)
        case NumberItem(low=low, high=high):
            return Number(title, item.question, low, high, item.unit, optional=item.optional)
        case SliderItem(low_label=low_label, high_label=high_label):
            return Slider(title, item.question, low_label, high_label, optional=item.optional)
        case ScaleItem(low=low, high=high):
            return Scale(
                title, item.question, low, high, item.low_label, item.high_label,
                optional=item.optional,
            )  # fmt: skip
        case GridItem(low=low, high=high):
            return StatementGrid(
                title, item.question, item.statements, low, high, item.low_label,
                item.high_label, optional=item.optional,
            )  # fmt: skip


def _page(page: PageModel, hint: str, process: Process) -> Page:
    examples = tuple(_example(example, process) for example in page.examples)
    return Page(page.title, page.text, hint, examples)


def _example(example: ExampleModel, process: Process) -> Example:
    pair = find_example_pair(example, process.source)
    process.describe(pair, example.lambda_f)  # an image that is not there is told now
    return Example(*pair, example.lambda_f, example.caption)


def find_example_pair(example: ExampleModel, source: EndpointSource) -> tuple[int, int]:
    """Return the ids of both images of an example.

    Where a source says which pairs there are, `image_i` counts the pairs of both classes.

    Args:
        example: on a page.
        source: endpoint images, which have both classes.

    Raises:
        StimulusError: the source has no pair of these classes.
    """
    pairs = source.pairs(example.class_i, example.class_j)
    if pairs is None:
        return (
            source.image_id(example.class_i, _instance(example.class_i, example.image_i, source)),
            source.image_id(example.class_j, _instance(example.class_j, example.image_j, source)),
        )
    if not pairs:
        raise StimulusError(
            f"{source.name}: must have a pair of {example.class_i} and {example.class_j}, got none"
        )
    wanted = example.image_i
    return pairs[-1 if wanted is None or wanted >= len(pairs) else wanted]


def _instance(class_name: str, wanted: int | None, source: EndpointSource) -> int:
    """Return which image of its class an example shows: the last, where no other is wanted.

    A protocol may be shown with other images than its own, of which there may be fewer.
    """
    count = source.count(class_name)
    last = EXAMPLE_INSTANCE if count is None else count - 1
    return last if wanted is None or (count is not None and wanted > last) else wanted


def find_page(stage: Stage, item: str) -> AnyPage | None:
    """Return the page of a stage that a row of the pages file is about; None of no page.

    Args:
        stage: of the session.
        item: what that row calls it.
    """
    match stage:
        case PageStage(page=page):
            return page
        case ConsentStage(page, sure):
            return {"sure": sure, "declined": None}.get(item, page)
        case CheckStage(questions, again, instructions=instructions):
            others: dict[str, AnyPage | None] = {"again": again, "instructions": instructions}
            return questions[int(item) - 1] if item.isdigit() else others.get(item)
        case PracticeStage(page=page):
            return page
        case TrialStage() | FeedbackStage():
            return None


def list_all_screens(sets: StimulusSets, plan: SessionPlan) -> list[State | AnyPage]:
    """Return everything that a session may show, and its trials as other sessions ask them.

    Args:
        sets: the protocol's stimulus sets.
        plan: the session's.
    """
    shown = list_screens(build_stages(sets.protocol, plan, sets.source))
    between = list_interruption_pages(sets.protocol.wording).values()
    others = (PARADIGMS[each.paradigm](each) for each in list_name_variants(sets, plan))
    return [*shown, *between, *others]


def list_screens(all_stages: Iterable[Stage]) -> Iterator[State | AnyPage]:
    """Return everything as it first stands on screen."""
    for stage in all_stages:
        match stage:
            case TrialStage(trial):
                yield PARADIGMS[trial.paradigm](trial)
            case ConsentStage(page, sure, farewell):
                yield from (page, sure, farewell)
            case CheckStage(questions):
                yield from questions
                yield stage.make_longest_again()
            case FeedbackStage(longest=page) | PracticeStage(page=page):
                yield page
            case PageStage(page=Booklet(pages) as booklet):
                yield from (replace(booklet, index=k) for k in range(len(pages)))
            case PageStage(page=Choice() | Choices() as page):
                yield from _list_parts(page, len(page.options))
            case PageStage(page=StatementGrid() as page):
                yield from _list_parts(page, len(page.statements))
            case PageStage(page=page):
                yield page


def _list_parts(page: _Listing, rows: int) -> Iterator[_Listing]:
    """Return a page with a list of so many rows, with each part of the list that is shown."""
    yield page
    yield from (replace(page, first=k) for k in range(FEW_ROWS, rows))


def collect_text(protocol: StudyProtocol) -> str:
    """Return everything that a protocol writes on the screen, to find a font that has it."""
    shown = protocol.model_dump(exclude={"sha256", "stimuli", "keys", "font"})
    return " ".join(_strings(shown))


def collect_own_text(protocol: StudyProtocol) -> str:
    """Return the texts that were written for this protocol: their letters tell how it runs.

    Without the names of classes, which may be in another script, and the words that every protocol
    shares, which may be in English still.
    """
    shared = {"name", "sha256", "stimuli", "keys", "font", "class_names", "wording"}
    names = {"__all__": {"name", "paradigm", "classes", "manifest"}}
    shown = protocol.model_dump(exclude={**dict.fromkeys(shared, True), "blocks": names})
    return " ".join(_strings(shown))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)
