"""The shape of a study's YAML; a protocol that loads can run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from elicit.fields import NAME
from elicit.protocol import validation as mistakes
from elicit.protocol import yaml_document as located
from elicit.protocol.base import Model, Whole, fillable
from elicit.protocol.blocks import Block
from elicit.protocol.pages import CheckModel, ConsentModel, PageModel, SurveyModel
from elicit.trial import Wording

NAMED_KEYS = frozenset(
    {"left", "right", "up", "down", "home", "end", "space", "enter", "tab", "escape"}
)


class Stimuli(Model):
    """Where the endpoint images come from."""

    source: str = Field(min_length=1)  # pictograms, cifar10, or a folder
    image_size: Whole = 32  # side in pixels; CIFAR-10's is 32
    side_px: Whole | None = None  # of an image on screen; as large as fits where nothing is said
    side_deg: Annotated[float, Field(gt=0, le=60)] | None = None  # in degrees of visual angle
    monitor: str | None = None  # its name in PsychoPy's Monitor Center; side_deg needs one

    @model_validator(mode="after")
    def _size_is_said_once(self) -> Stimuli:
        if self.side_px is not None and self.side_deg is not None:
            raise ValueError("side_deg: must not be given beside side_px")
        if self.side_deg is not None and self.monitor is None:
            raise ValueError("monitor: is needed where side_deg is given")
        return self


class KeyRepeat(Model):
    """What a held arrow key does."""

    delay_s: float = Field(default=0.4, gt=0, le=5)  # from the press to the first repeat
    rate_hz: float = Field(default=12.0, gt=0, le=100)  # repeats a second


class StudyProtocol(Model):
    """What a study asks, of everyone who takes part."""

    name: str = Field(pattern=NAME)  # letters and digits: it is part of file names
    title: str = Field(min_length=1)
    seed: Annotated[int, Field(ge=0, strict=True)]
    stimuli: Stimuli
    blocks: tuple[Block, ...]
    font: str | None = None  # a file, or a font of the computer; found by its letters otherwise
    class_names: dict[str, str] = Field(default_factory=dict)  # what classes are called on screen
    keys: dict[str, str] = Field(default_factory=dict)  # other keys, such as g: left
    consent: ConsentModel | None = None
    instructions: tuple[PageModel, ...] = ()
    check: CheckModel | None = None
    ready: PageModel | None = None  # before the first trial
    survey: SurveyModel | None = None
    closing: PageModel | None = None
    key_repeat: KeyRepeat = KeyRepeat()
    wording: Wording = Wording()
    sha256: str = ""  # of the file; filled in by load

    @field_validator("blocks")
    @classmethod
    def _some_blocks(cls, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        names = [block.name for block in blocks]
        if len(blocks) == 0 or len(set(names)) < len(names):
            raise ValueError(f"must be at least one block, each with its own name, got {names}")
        return blocks

    @field_validator("keys")
    @classmethod
    def _keys_have_a_meaning(cls, keys: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(keys.values()) - NAMED_KEYS)
        if unknown:
            raise ValueError(f"must name one of {sorted(NAMED_KEYS)}, got {unknown[0]!r}")
        return keys

    @field_validator("wording")
    @classmethod
    def _wording_can_be_filled(cls, wording: Wording) -> Wording:
        placeholders = {
            "whole": ("name",),
            "half": ("left", "right"),
            "unwritable_text": ("reason",),
            "leave_unsaved_text": ("reason",),
        }
        for key, names in placeholders.items():
            try:
                fillable(getattr(wording, key), *names)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from error
        return wording


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a protocol's YAML."""
    schema = StudyProtocol.model_json_schema()
    del schema["properties"]["sha256"]  # of the file, so never in it
    return schema


def load(path: Path) -> StudyProtocol:
    """Return the protocol that a YAML file holds.

    Raises:
        ProtocolError: one line a mistake, all of them: file and line, key, what is allowed, what
            came.
    """
    document = located.read(path)
    checked = mistakes.check(document, StudyProtocol, json_schema())
    blocks = tuple(_beside(path, block) for block in checked.blocks)
    return checked.model_copy(update={"sha256": document.sha256, "blocks": blocks})


def _beside(path: Path, block: Block) -> Block:
    """Return the block with its manifest's place told from where the protocol is."""
    if block.manifest is None:
        return block
    return block.model_copy(update={"manifest": str(path.parent / block.manifest)})
