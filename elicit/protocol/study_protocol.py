"""The shape of a study's YAML; a protocol that loads can run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from elicit.fields import MAX_SEED, NAME
from elicit.key_names import PLACEHOLDERS, fill_key_names, find_key_placeholders
from elicit.markers import CODES, MAX_CODE, MIN_CODE, MarkerEvent
from elicit.protocol import validation as mistakes
from elicit.protocol import yaml_document as located
from elicit.protocol.base import (
    MAX_BLOCKS,
    MAX_ENTRIES,
    ClassName,
    ImageSide,
    Line,
    Model,
    Text,
    Whole,
    fillable,
    list_known,
)
from elicit.protocol.blocks import Block, InferBlock
from elicit.protocol.own_keys import OwnKeys, find_key_mistakes, has_held_keys
from elicit.protocol.pages import CheckModel, ConsentModel, PageModel
from elicit.protocol.partial import collect_valid
from elicit.protocol.survey import SurveyModel
from elicit.protocol.yaml_nodes import Problem, Trail, join_keys
from elicit.trial import Wording
from stimuli.mixing import ProcessName

MarkerCode = Annotated[int, Field(ge=MIN_CODE, le=MAX_CODE, strict=True)]
BUILT_IN = ("pictograms", "cifar10")  # endpoint images that are no folder
NO_NAMES = dict.fromkeys(PLACEHOLDERS, "")


class Stimuli(Model):
    """Where the endpoint images come from."""

    source: Annotated[Line, Field(min_length=1)]
    """Where the endpoint images are: `pictograms`, `cifar10`, or a folder."""
    image_size: ImageSide = 32
    """Side of an endpoint image in pixels; CIFAR-10's is 32. That of frames must be their own."""
    process: ProcessName = "mixup"
    """How an image is made: by mixup, by CutMix, or it is one of your own `frames`."""
    side_px: Whole | None = None
    """Largest side of an image on screen in px, at least `image_size`. Default: as fits."""
    side_deg: Annotated[float, Field(gt=0, le=60)] | None = None
    """The same in degrees of visual angle, for screens measured with `elicit calibrate`."""

    @model_validator(mode="after")
    def _size_is_said_once(self) -> Stimuli:
        if self.side_px is not None and self.side_deg is not None:
            raise ValueError("side_deg: must not be given beside side_px")
        return self

    @model_validator(mode="after")
    def _frames_are_in_a_folder(self) -> Stimuli:
        if self.process == "frames" and self.source in BUILT_IN:
            raise ValueError(
                f"source: must be a folder of frames where process is frames, got {self.source!r}"
            )
        return self

    @model_validator(mode="after")
    def _side_shows_every_pixel(self) -> Stimuli:
        if self.side_px is not None and self.side_px < self.image_size:
            raise ValueError(
                f"side_px: must be at least image_size, {self.image_size}, got {self.side_px}"
            )
        return self


class KeyRepeat(Model):
    """What a held arrow key does."""

    delay_s: float = Field(default=0.4, gt=0, le=5)
    """Seconds from the press of an arrow key to its first repeat."""
    rate_hz: float = Field(default=12.0, gt=0, le=100)
    """Repeats per second while the key is held. On a slider they come faster and faster."""


class Markers(Model):
    """Codes for a recorder of brain or eye data, at each onset and each answer."""

    serial: Annotated[Line, Field(min_length=1)] | None = None
    """Serial port that gets each code as one byte, such as `COM3` or `/dev/ttyUSB0`."""
    baud_rate: Annotated[int, Field(ge=300, le=4_000_000, strict=True)] = 115_200
    """Speed of the serial port, bits per second."""
    lsl: Annotated[Line, Field(min_length=1)] | None = None
    """Name of a Lab Streaming Layer stream that gets each code as an integer."""
    codes: dict[MarkerEvent, MarkerCode] = Field(default_factory=dict)
    """Codes of events that differ from the built-in ones, such as `shown: 21`; no two the same."""

    @model_validator(mode="after")
    def _go_somewhere(self) -> Markers:
        if self.serial is None and self.lsl is None:
            raise ValueError("must have serial, lsl or both, got neither")
        return self

    @field_validator("codes")
    @classmethod
    def _are_distinct(cls, codes: dict[MarkerEvent, int]) -> dict[MarkerEvent, int]:
        events: dict[int, list[str]] = {}
        for event, code in {**CODES, **codes}.items():
            events.setdefault(code, []).append(event)
        for code, several in events.items():
            if len(several) > 1:
                raise ValueError(
                    f"must differ from each other and from the codes of events that are not given, "
                    f"got {code} for {' and '.join(several)}"
                )
        return codes

    @property
    def all_codes(self) -> dict[MarkerEvent, int]:
        """The code of each event."""
        return {**CODES, **self.codes}


class StudyProtocol(Model):
    """What a study asks, of everyone who takes part."""

    name: str = Field(pattern=NAME)
    """Letters and digits. The name is part of the file names."""
    title: Text
    """Title of the study, for experimenters."""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED, strict=True)]
    """Seed of every random choice: pairs, batches, orders."""
    stimuli: Stimuli
    """The endpoint images."""
    blocks: Annotated[tuple[Block, ...], Field(max_length=MAX_BLOCKS)]
    """The blocks of trials, in the order shown. Each block has its own name."""
    font: Line | None = None
    """A font file, or a font of the computer. Default: one with every letter of the protocol."""
    class_names: dict[ClassName, str] = Field(default_factory=dict)
    """What classes are called on screen, such as `cat: Katze`."""
    keys: OwnKeys = Field(default_factory=dict)
    """Additional keys, such as `g: left`."""
    consent: ConsentModel | None = None
    """The consent page."""
    instructions: Annotated[tuple[PageModel, ...], Field(max_length=MAX_ENTRIES)] = ()
    """Pages to read before the first trial."""
    check: CheckModel | None = None
    """Comprehension check after the instructions."""
    ready: PageModel | None = None
    """Page before the first trial."""
    survey: SurveyModel | None = None
    """Questions after the last trial."""
    closing: PageModel | None = None
    """Last page, instead of the built-in one."""
    key_repeat: KeyRepeat = KeyRepeat()
    """Timing of an arrow key that is held down."""
    markers: Markers | None = None
    """Codes for a recorder of brain or eye data, at each onset and each answer."""
    wording: Wording = Wording()
    """All other words on screen."""
    sha256: str = ""
    """SHA-256 of the file; `load` fills it in."""
    text: str = Field(default="", exclude=True, repr=False)
    """All of the file; `load` fills it in."""

    @field_validator("blocks")
    @classmethod
    def _some_blocks(cls, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        names = list_known(blocks, "name")
        if len(blocks) == 0 or len(set(names)) < len(names):
            raise ValueError(f"must be at least one block, each with its own name, got {names}")
        return blocks

    @field_validator("wording")
    @classmethod
    def _wording_can_be_filled(cls, wording: Wording) -> Wording:
        for key, text in _find_unfilled(wording):
            raise ValueError(f"{key}: {text}")
        return wording


@cache  # its making takes most of the time that reading a protocol takes
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a protocol's YAML; all callers share it and leave it as it is."""
    schema = StudyProtocol.model_json_schema()
    for key in ("sha256", "text"):  # of the file, so never in it
        del schema["properties"][key]
    return schema


@dataclass(frozen=True)
class ProtocolReading:
    """A protocol's file, and the protocol that it holds, with all mistakes."""

    document: located.Document
    protocol: StudyProtocol  # with problems, it may lack values; see `elicit.protocol.partial`
    problems: tuple[Problem, ...]


def load(path: Path) -> StudyProtocol:
    """Return the protocol that a YAML file holds.

    Raises:
        ProtocolError: one line a mistake, all of them: file and line, key, what is allowed, what
            came.
    """
    reading = read_protocol(path)
    if reading.problems:
        raise located.protocol_error(path, reading.problems)
    return reading.protocol


def read_protocol(path: Path) -> ProtocolReading:
    """Return the protocol that a YAML file holds, and all mistakes in it.

    Raises:
        ProtocolError: there is no such file, or it is no YAML.
    """
    document = located.read(path)
    asked, problems = mistakes.examine(document, StudyProtocol, json_schema())
    checks = (
        _find_mistaken_keys,
        _find_idle_repeat,
        _find_idle_confidence_question,
        _find_mistaken_wording,
        _find_unknown_key_names,
    )
    found = [each for check in checks for each in collect_valid(check(asked))]
    for trail, text in found:
        problems.append(Problem(document.line(trail), f"{join_keys(trail)}: {text}"))
    problems = document.parsed.list_certain(problems)
    changes: dict[str, Any] = {"sha256": document.sha256, "text": document.text}
    for blocks in list_known([asked], "blocks"):
        changes["blocks"] = tuple(_beside(path, block) for block in blocks)
    return ProtocolReading(document, asked.model_copy(update=changes), tuple(problems))


def _find_mistaken_keys(asked: StudyProtocol) -> Iterator[tuple[Trail, str]]:
    """Return the added keys that take no effect, or take another's."""
    for key, text in find_key_mistakes(asked):
        yield ("keys", key), text


def _find_mistaken_wording(asked: StudyProtocol) -> Iterator[tuple[Trail, str]]:
    for key, text in _find_unfilled(asked.wording):
        yield ("wording", key), text


def _find_unknown_key_names(asked: StudyProtocol) -> Iterator[tuple[Trail, str]]:
    """Return the texts with the placeholder of a key that there is not."""
    for trail, text in _list_texts(asked, ()):
        for name in find_key_placeholders(text):
            if name not in PLACEHOLDERS:
                known = ", ".join(f"{{{each}}}" for each in sorted(PLACEHOLDERS))
                yield trail, f"must name keys by {known}, got {{{name}}}"


def _list_texts(value: object, trail: Trail) -> Iterator[tuple[Trail, str]]:
    """Return every text within a value, with the keys that lead to it."""
    if isinstance(value, str):
        yield trail, value
    elif isinstance(value, tuple | list):
        for k, each in enumerate(value):
            yield from _list_texts(each, (*trail, k))
    elif isinstance(value, Model | Wording):
        for key, each in vars(value).items():
            if key != "text" or not isinstance(value, StudyProtocol):  # all of the file
                yield from _list_texts(each, (*trail, key))


def _find_unfilled(wording: Wording) -> Iterator[tuple[str, str]]:
    """Return the texts with a placeholder that nothing fills, and what is wrong with it."""
    placeholders = {
        "whole": ("name",),
        "half": ("left", "right"),
        "unwritable_text": ("reason",),
        "leave_unsaved_text": ("reason",),
        "unsaved_again_text": ("number", "reason"),
        "saved_text": ("number",),
        "wait_hint": ("seconds",),
        "number_hint": ("low", "high"),
        "number_range_hint": ("low", "high"),
        "progress": ("done", "total"),
        "wrong_answer": ("question", "answer"),
        "feedback_text": ("share_left", "left", "share_right", "right"),
    }
    for key, names in placeholders.items():
        try:
            fillable(fill_key_names(getattr(wording, key), NO_NAMES), *names)
        except ValueError as error:
            yield key, str(error)


def _find_idle_repeat(asked: StudyProtocol) -> Iterator[tuple[Trail, str]]:
    if "key_repeat" in asked.model_fields_set and not has_held_keys(asked):
        yield (
            ("key_repeat",),
            "must not be given, as no key of this protocol repeats while it is held down",
        )


def _find_idle_confidence_question(asked: StudyProtocol) -> Iterator[tuple[Trail, str]]:
    """Return the confidence question that was reworded where only the other one is asked."""
    whose = {block.confidence_of for block in asked.blocks if isinstance(block, InferBlock)}
    keys = {"self": "confidence_question", "others": "confidence_of_others_question"}
    own = {whom: getattr(asked.wording, key) != getattr(Wording, key) for whom, key in keys.items()}
    for idle, used in (("self", "others"), ("others", "self")):
        if whose == {used} and own[idle] and not own[used]:
            yield (
                ("wording", keys[idle]),
                f"must be {keys[used]}, as every Infer block says confidence_of: {used}",
            )


def _beside(path: Path, block: Block) -> Block:
    """Return the block with its manifest's path taken from the protocol's folder."""
    for name in list_known([block], "manifest"):
        if name is not None:
            return block.model_copy(update={"manifest": str(path.parent / name)})
    return block
