"""What a row of each file says: the only place that knows columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from elicit.fields import (
    FINGERPRINT,
    MAX_COUNT,
    NAME,
    PARTICIPANT,
    SHA256,
    WHOSE_CONFIDENCE,
    Unit,
)
from stimuli.limits import MAX_IMAGE_ID, MAX_IMAGE_SIDE
from stimuli.mixing import ProcessName

SliderPosition = Annotated[int, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Pixel = Annotated[int, Field(ge=0, le=MAX_IMAGE_SIDE)]
Box = tuple[Pixel, Pixel, Pixel, Pixel]
Round = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Seconds = Annotated[float, Field(ge=0)]
SidePx = Annotated[int, Field(ge=1, le=MAX_COUNT)]
SideDeg = Annotated[float, Field(gt=0, lt=180)]
WhoseConfidence = Annotated[str, Field(pattern=WHOSE_CONFIDENCE)]
Sha256 = Annotated[str, Field(pattern=SHA256)]
Fingerprint = Annotated[str, Field(pattern=FINGERPRINT)]
Blank = BeforeValidator(lambda value: None if value == "" else value)

Unstated = BeforeValidator(lambda value: "mixup" if value == "" else value)

SECONDS: dict[str, Any] = {"unit": "s"}
PIXELS: dict[str, Any] = {"unit": "px"}
DEGREES: dict[str, Any] = {"unit": "deg"}
MILLISECONDS: dict[str, Any] = {"unit": "ms"}
PERCENT: dict[str, Any] = {"unit": "% of the slider's length"}

ROW_NUMBER = "row"  # the column that numbers the rows of a file

NAMES_A_CLASS = ("discriminate",)  # paradigms whose answer is class i or class j, in chose_i
# Paradigms whose answer is one or two of all classes, in chosen_1 and share_1 and the columns after
# them. The answer of every other paradigm is a share, in lambda_g.
NAMES_CLASSES = ("categorize",)
ANSWERS = ("lambda_f", "lambda_g", "chose_i", "chosen_1", "share_1")  # columns of an answer, or not
CLASS_SEPARATOR = "/"  # between classes in one cell: no folder's name has it

# Columns about the image judged, the process that has each, and what stands there.
OF_PROCESS = {
    "box": ("cutmix", "x1 y1 x2 y2"),
    "fingerprint_shown": ("frames", "16 hexadecimal digits"),
}


def _numbers(cell: Any) -> Any:
    return tuple(cell.split()) if isinstance(cell, str) else cell


def _corners(cell: Any) -> Any:
    """Return the four numbers of a rectangle's cell."""
    if not isinstance(cell, str):
        return cell
    found = re.fullmatch(r"(\d{1,4}) (\d{1,4}) (\d{1,4}) (\d{1,4})", cell, re.ASCII)
    x1, y1, x2, y2 = map(int, found.groups()) if found else (1, 1, 0, 0)
    if x1 > x2 or y1 > y2:
        problem = "must be four whole numbers, x1 y1 x2 y2, with x1 <= x2 and y1 <= y2"
        raise PydanticCustomError("own_words", "{problem}", {"problem": problem})
    return x1, y1, x2, y2


def _whole(text: Any) -> Any:
    """Return what every CSV file gives back as it is.

    Halves of a character, which some keyboards send one by one, are put together; what is left
    of them, and NUL, which no text holds, becomes the sign for an unknown character.
    """
    if not isinstance(text, str):
        return text
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return paired.replace("\0", "\ufffd")


Text = Annotated[str, BeforeValidator(_whole)]


def join_classes(classes: Iterable[str]) -> str:
    """Return the cell that lists some classes, in this order."""
    return CLASS_SEPARATOR.join(classes)


def split_classes(cell: str) -> tuple[str, ...]:
    """Return the classes that a cell lists; none of a blank one."""
    return tuple(cell.split(CLASS_SEPARATOR)) if cell else ()


class LogRow(BaseModel):
    """A row of a CSV file; columns are the fields, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TrialRow(LogRow):
    """One answered trial."""

    participant: str = Field(pattern=PARTICIPANT, description="Pseudonym of the participant")
    session: int = Field(ge=1, le=MAX_COUNT, description="Visit of the participant, from 1")
    protocol: str = Field(pattern=NAME, description="Name of the protocol")
    protocol_sha256: Annotated[Sha256 | None, Blank] = Field(
        description="SHA-256 of the protocol's file; blank where there was none"
    )
    allocation: Annotated[Count | None, Blank] = Field(
        description="Place in the counterbalancing order, from 0; blank where not known"
    )
    block: str = Field(min_length=1, description="Name of the block")
    batch: int = Field(ge=0, le=MAX_COUNT, description="Batch of the block's stimulus set, from 0")
    trial: int = Field(
        ge=0,
        le=MAX_COUNT,
        description="Trial within the session, from 0; practice done again has higher ones",
    )
    paradigm: str = Field(min_length=1, description="How the question was put")
    practice: bool = Field(description="Whether the trial was practice")
    practice_round: Annotated[Round | None, Blank] = Field(
        default=None,
        description="Round of the practice, from 1; blank where it is none, or was not recorded",
    )
    repeat: bool = Field(description="Whether the pair came before in this block")
    missed: Annotated[bool | None, Blank] = Field(
        default=None,
        description="Whether the deadline passed without an answer; blank where there is none",
    )
    simulated: bool = Field(description="Whether a program answered instead of a person")
    source: str = Field(min_length=1, description="Where the endpoint images come from")
    image_size: int = Field(
        ge=1,
        le=MAX_IMAGE_SIDE,
        json_schema_extra=PIXELS,
        description="Side of the images, in source pixels",
    )
    process: Annotated[ProcessName, Unstated] = Field(
        default="mixup",
        description="How the image was made at lambda_f: mixup, cutmix or frames; mixup where it "
        "was not recorded",
    )
    class_i: str = Field(min_length=1, description="Class of endpoint i")
    image_i: int = Field(ge=0, le=MAX_IMAGE_ID, description="Id of endpoint i in the source")
    fingerprint_i: str = Field(
        pattern=FINGERPRINT, description="First 16 hex digits of SHA-256 of image i's pixels"
    )
    class_j: str = Field(min_length=1, description="Class of endpoint j")
    image_j: int = Field(ge=0, le=MAX_IMAGE_ID, description="Id of endpoint j in the source")
    fingerprint_j: str = Field(
        pattern=FINGERPRINT, description="First 16 hex digits of SHA-256 of image j's pixels"
    )
    lambda_f: Annotated[Unit | None, Blank] = Field(
        description="Share of image i in the image judged, 0 to 1; blank where none was chosen "
        "by the deadline"
    )
    box: Annotated[Box | None, BeforeValidator(_corners), Blank] = Field(
        default=None,
        description="Where image j is in the image judged, x1 y1 x2 y2 in pixels of the image, "
        "x2 and y2 not included; cutmix only",
    )
    fingerprint_shown: Annotated[Fingerprint | None, Blank] = Field(
        default=None,
        description="First 16 hex digits of SHA-256 of the pixels of the image judged; frames only",
    )
    lambda_g: Annotated[Unit | None, Blank] = Field(
        description="Share of class i that the participant saw in it, 0 to 1; blank in "
        "Discriminate and Categorize"
    )
    chose_i: Annotated[bool | None, Blank] = Field(
        description="Whether class i was named, rather than class j; Discriminate only"
    )
    omega: Annotated[Unit | None, Blank] = Field(
        description="Confidence, 0 to 1; blank where not asked"
    )
    start_value: Annotated[Unit | None, Blank] = Field(
        description="lambda_f shown first; Construct only"
    )
    order_shown: Annotated[tuple[Unit, ...] | None, BeforeValidator(_numbers), Blank] = Field(
        description="lambda_f of each image on screen in reading order; Select-Shuffled only"
    )
    mirrored: Annotated[bool | None, Blank] = Field(
        description="Whether class i stood on the right; blank where no side had a class"
    )
    side_px: Annotated[SidePx | None, Blank] = Field(
        default=None,
        json_schema_extra=PIXELS,
        description="Side of the image on screen, of each one in Select-Shuffled; blank where "
        "nothing was drawn, or not recorded",
    )
    side_deg: Annotated[SideDeg | None, Blank] = Field(
        default=None,
        json_schema_extra=DEGREES,
        description="The same in degrees of visual angle; blank where the screen was not "
        "calibrated",
    )
    position: Annotated[SliderPosition | None, Blank] = Field(
        json_schema_extra=PERCENT,
        description="Raw place of the mixing slider, 0 (left) to 100 (right); Infer only",
    )
    confidence_position: Annotated[SliderPosition | None, Blank] = Field(
        json_schema_extra=PERCENT,
        description="Raw place of the confidence slider, 0 (left) to 100 (right); Infer only",
    )
    position_touched: Annotated[bool | None, Blank] = Field(
        description="Whether the mixing slider was moved; Infer only"
    )
    confidence_touched: Annotated[bool | None, Blank] = Field(
        description="Whether the confidence slider was moved; Infer only"
    )
    confidence_of: Annotated[WhoseConfidence | None, Blank] = Field(
        default=None,
        description="Whose confidence was asked: self, or others (those whose view the "
        "participant gives); Infer only; blank where not recorded",
    )
    chosen_1: str = Field(default="", description="Class called the most probable; Categorize only")
    share_1: Annotated[Unit | None, Blank] = Field(
        default=None, description="Its probability, 0 to 1; Categorize only"
    )
    chosen_2: str = Field(
        default="", description="The alternative; blank where there is none; Categorize only"
    )
    share_2: Annotated[Unit | None, Blank] = Field(
        default=None, description="Its probability, 0 to 1; blank where none was given"
    )
    excluded: str = Field(
        default="",
        description="Classes definitely not in the image, with / between them; Categorize only",
    )
    class_order: str = Field(
        default="",
        description="Classes offered, in the order on screen, with / between them; Categorize only",
    )
    steps: Annotated[Count | None, Blank] = Field(
        description="Acts that moved something; blank where not recorded"
    )
    rt_s: float = Field(
        gt=0,
        json_schema_extra=SECONDS,
        description="Response time in seconds, from the flip with the image, without pauses; "
        "of a missed trial, the time that it waited",
    )
    onset_utc: Annotated[AwareDatetime | None, Blank] = Field(
        description="When the image appeared, UTC, ISO 8601; blank where not recorded"
    )
    dropped_frames: Annotated[Count | None, Blank] = Field(
        description="Frames that came late during the trial; blank where not recorded"
    )
    pauses: Annotated[Count | None, Blank] = Field(
        default=None,
        description="How often the trial was paused with Escape; blank where not recorded",
    )
    paused_s: Annotated[Seconds | None, Blank] = Field(
        default=None,
        json_schema_extra=SECONDS,
        description="Seconds of these pauses, part of no rt_s; blank where not recorded",
    )
    interval_s: Annotated[Seconds | None, Blank] = Field(
        default=None,
        json_schema_extra=SECONDS,
        description="Seconds of empty screen before the trial, as shown; blank where none",
    )
    exposure_ms: Annotated[Seconds | None, Blank] = Field(
        default=None,
        json_schema_extra=MILLISECONDS,
        description="From the flip with the image to the flip without it; blank where no "
        "exposure_s limits it",
    )
    exposure_frames: Annotated[Count | None, Blank] = Field(
        default=None,
        description="The same in frames of the screen; blank where no exposure_s limits it",
    )
    exposure_dropped_frames: Annotated[Count | None, Blank] = Field(
        default=None,
        description="Frames that came late within it; blank where no exposure_s limits it",
    )
    restarts: Annotated[Count | None, Blank] = Field(
        default=None,
        description="How often the trial began again, after a pause or with the keyboard "
        "elsewhere; blank where it would not",
    )
    missed_before: Annotated[Count | None, Blank] = Field(
        default=None,
        description="How often the trial was missed before; blank where it has no deadline",
    )
    too_fast: Annotated[bool | None, Blank] = Field(
        default=None,
        description="Whether the answer came sooner than the block's too_fast.s; blank where it "
        "has none",
    )
    resumed: bool = Field(description="Whether the session was interrupted before this trial")

    @field_validator(*ANSWERS)
    @classmethod
    def _check_answer(cls, value: Any, info: ValidationInfo) -> Any:
        paradigm = info.data.get("paradigm")
        missed = bool(info.data.get("missed"))
        problem = paradigm and answer_problem(
            paradigm, str(info.field_name), blank=value in (None, ""), missed=missed
        )
        if problem:
            raise PydanticCustomError("own_words", "{problem}", {"problem": problem})
        return value

    @field_validator(*OF_PROCESS)
    @classmethod
    def _check_image(cls, value: Any, info: ValidationInfo) -> Any:
        problem = image_problem(
            info.data.get("process", ""),
            str(info.field_name),
            blank=value in (None, ""),
            judged=info.data.get("lambda_f") is not None,
        )
        if problem:
            raise PydanticCustomError("own_words", "{problem}", {"problem": problem})
        return value


def image_problem(process: str, column: str, *, blank: bool, judged: bool) -> str | None:
    """Return what is wrong with a cell about the image judged; None where nothing is.

    Args:
        process: of the row; "" where it is not known.
        column: of `OF_PROCESS`.
        blank: whether the cell is blank.
        judged: whether there was an image to judge: lambda_f is not blank.
    """
    its, allowed = OF_PROCESS[column]
    if not blank and process not in (its, ""):
        return f"must be blank where process is {process}"
    if blank and judged and process == its:
        return f"must be {allowed} where process is {process}"
    return None


def answer_problem(paradigm: str, column: str, *, blank: bool, missed: bool = False) -> str | None:
    """Return what is wrong with a cell of an answer; None where nothing is.

    A row has exactly one answer: chose_i where the paradigm names one of two classes, chosen_1 and
    share_1 where it names one of all, else lambda_g. A missed trial's row has none, and no lambda_f
    where the participant was to choose it.

    Args:
        paradigm: of the row.
        column: of `ANSWERS`.
        blank: whether the cell is blank.
        missed: whether the trial's deadline passed without an answer.
    """
    if column == "lambda_f":
        return "must be a number from 0 to 1" if blank and not missed else None
    if missed:
        return None if blank else "must be blank where missed is true"
    answers = _list_answers(paradigm)
    if column not in answers:
        named = " and ".join(answers)
        return None if blank else f"must be blank in {paradigm}, whose answer is {named}"
    if not blank:
        return None
    allowed = {"chose_i": "true or false", "chosen_1": "a class"}
    must = allowed.get(column, "a number from 0 to 1")
    return f"must be {must}, as it is the answer of {paradigm}"


def _list_answers(paradigm: str) -> tuple[str, ...]:
    """Return the columns that the answer of a paradigm is in, none of them blank."""
    if paradigm in NAMES_CLASSES:
        return ("chosen_1", "share_1")
    return ("chose_i",) if paradigm in NAMES_A_CLASS else ("lambda_g",)


OF_NAMED_CLASSES = ("chosen_2", "share_2", "excluded", "class_order")  # not always answered


def list_wrong_classes(cells: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the columns of a trial row whose classes are not among those offered.

    A row of a paradigm that names classes lists in class_order what was offered, both classes of
    the mix among it; what is named and excluded is of these. In other rows all is blank, and where
    the trial was missed, all but class_order.

    Args:
        cells: by column, typed; blank is "", None or NaN.

    Yields:
        The column and what it must be.
    """
    paradigm = cells["paradigm"]
    filled = [name for name in OF_NAMED_CLASSES if not _is_blank(cells[name])]
    if paradigm not in NAMES_CLASSES:
        for column in filled:
            yield column, f"blank in {paradigm}, which does not ask for classes out of all"
        return
    for column in filled if cells["missed"] else ():
        if column != "class_order":
            yield column, "blank where missed is true"
    offered = split_classes(cells["class_order"])
    listed = f"of class_order ({', '.join(offered):.200})"
    if not _are_different(offered) or not {cells["class_i"], cells["class_j"]} <= {*offered}:
        both = f"{cells['class_i']} and {cells['class_j']}"
        yield "class_order", f"the classes offered, each once, {both} too, with / between them"
        return
    for column in ("chosen_1", "chosen_2"):
        if cells[column] and cells[column] not in offered:
            yield column, f"one {listed}"
    excluded = split_classes(cells["excluded"])
    if not _are_different(excluded) or not {*excluded} <= {*offered}:
        yield "excluded", f"{listed}, each once, with / between them"


def _is_blank(cell: Any) -> bool:
    return cell is None or cell == "" or cell != cell  # NaN


def _are_different(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


class EventRow(LogRow):
    """One thing a participant did, in a trial or on a page."""

    trial: Annotated[Count | None, Blank] = Field(
        description="Trial within the session, from 0; blank on a page"
    )
    page: Annotated[Count | None, Blank] = Field(
        default=None,
        description="Place in the session's order of pages and trials, from 0; blank in a trial",
    )
    at_s: float = Field(
        json_schema_extra=SECONDS,
        description="Seconds from the flip that showed the trial or the page; below 0: before it",
    )
    cause: str = Field(description="The key, or the pointer's act")
    event: str = Field(description="What it meant to the trial or page; blank where nothing")
    value: Annotated[int | None, Blank] = Field(
        description="How far, which one, or where to; blank where the event has none"
    )
    slider: Annotated[int | None, Blank] = Field(
        description="Which slider, from the top; blank where it was none"
    )
    counted: bool = Field(
        description="Whether the trial took it: not what means nothing, is before or after"
    )
    marker: Annotated[Count | None, Blank] = Field(
        default=None, description="Code that was sent as this happened; blank where none was"
    )
    marker_s: Annotated[float | None, Blank] = Field(
        default=None,
        json_schema_extra=SECONDS,
        description="When it was handed over, as at_s; blank where none was",
    )
    item: Text = Field(
        default="",
        description="Which page of its kind was done, or the fingerprints of the trial's images; "
        "blank but in the last row of a page or trial, as all that follow but row",
    )
    answer: Text = Field(default="", description="What was answered on the page")
    lambda_f: Annotated[Unit | None, Blank] = Field(
        default=None, description="Share of image i in the image judged, 0 to 1"
    )
    at_utc: Annotated[AwareDatetime | None, Blank] = Field(
        default=None,
        description="When the trial appeared, or the page was done, UTC, ISO 8601",
    )
    dropped_frames: Annotated[Count | None, Blank] = Field(
        default=None, description="Frames that came late during the trial"
    )
    side_px: Annotated[SidePx | None, Blank] = Field(
        default=None, json_schema_extra=PIXELS, description="Side of the image on screen"
    )
    side_deg: Annotated[SideDeg | None, Blank] = Field(
        default=None,
        json_schema_extra=DEGREES,
        description="The same in degrees of visual angle; blank where not known",
    )
    resumed: Annotated[bool | None, Blank] = Field(
        default=None, description="Whether the session was interrupted before this trial"
    )
    row: Annotated[Count | None, Blank] = Field(
        default=None, description="Number of the row within the file, from 0"
    )


class PageRow(LogRow):
    """One thing said on a page, or one page read."""

    participant: str = Field(pattern=PARTICIPANT, description="Pseudonym of the participant")
    session: int = Field(ge=1, le=MAX_COUNT, description="Visit of the participant, from 1")
    page: int = Field(
        ge=0, le=MAX_COUNT, description="Place in the session's order of pages and trials, from 0"
    )
    kind: str = Field(
        description="consent, instructions, check, ready, block, feedback, practice, break, ..."
    )
    item: Text = Field(description="Which of its kind")
    question: Text = Field(description="What was asked; blank where nothing was")
    answer: Text = Field(
        description="What was answered, in the participant's words; several choices as a JSON "
        "list, a grid as a JSON object of each statement's number, a slider as 0 to 100"
    )
    correct: Annotated[bool | None, Blank] = Field(
        description="Whether the answer is right; blank where there is no right one"
    )
    rt_s: float = Field(
        ge=0,
        json_schema_extra=SECONDS,
        description="Seconds from the flip that showed the page, without pauses",
    )
    at_utc: AwareDatetime = Field(description="When it was done, UTC, ISO 8601")


@cache
def list_text_columns(kind: type[LogRow]) -> frozenset[str]:
    """Return the columns whose cells are text, which `stimuli.formulas` escapes and unescapes."""
    return frozenset(name for name, its in kind.model_fields.items() if its.annotation is str)


COLUMNS = tuple(TrialRow.model_fields)
EVENT_COLUMNS = tuple(EventRow.model_fields)
PAGE_COLUMNS = tuple(PageRow.model_fields)
