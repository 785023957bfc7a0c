"""The shape of a study's YAML; a protocol that loads can run."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from elicit import located, mistakes
from elicit.fields import NAME, Unit
from elicit.page_models import (
    BreakModel,
    CheckModel,
    ConsentModel,
    Model,
    PageModel,
    SurveyModel,
)
from elicit.psychometric import Prior
from elicit.trial import Wording

NAMED_KEYS = frozenset(
    {"left", "right", "up", "down", "home", "end", "space", "enter", "tab", "escape"}
)
Whole = Annotated[int, Field(ge=1, strict=True)]


def _increasing(grid: tuple[float, ...]) -> tuple[float, ...]:
    if len(grid) < 2 or any(b <= a for a, b in pairwise(grid)):
        raise ValueError(f"must be at least two increasing values, got {list(grid)}")
    return grid


def _fillable(text: str, *allowed: str) -> str:
    """Refuse a text with a placeholder that no trial can fill."""
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None and (name not in allowed or form or conversion):
            names = " and ".join(f"{{{name}}}" for name in allowed)
            raise ValueError(f"may use the placeholders {names} only, as they are, got {text!r}")
    return text


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


class BlockBase(Model):
    """What every block says: its set of pairs, and how many of them one participant sees."""

    name: str = Field(pattern=NAME)
    prompt: str = Field(min_length=1)
    title: str = Field(min_length=1)  # of the page before the block
    instructions: str = Field(min_length=1)
    classes: tuple[str, ...] | None = None  # of the source; all of them where none are named
    manifest: str | None = None  # the set's CSV, beside the protocol; else it is dealt as follows
    per_combination: Whole | None = None  # items in the set for each combination of two classes
    batch_size: Whole | None = None  # items one participant sees, at most
    repeats: tuple[Whole, ...] = ()  # positions, from 1, whose items come again at the end
    practice: Annotated[int, Field(ge=0, strict=True)] = 0  # trials before the block
    rest: BreakModel | None = None  # breaks between its trials
    earliest_s: float = Field(default=0.0, ge=0, le=60)  # before which no answer counts

    @field_validator("prompt")
    @classmethod
    def _prompt_can_be_filled(cls, prompt: str) -> str:
        return _fillable(prompt, "left", "right")

    @model_validator(mode="after")
    def _set_is_said(self) -> BlockBase:
        for key in ("per_combination", "batch_size"):
            if self.manifest is None and getattr(self, key) is None:
                raise ValueError(f"{key}: is needed and not given, as there is no manifest")
            if self.manifest is not None and getattr(self, key) is not None:
                raise ValueError(f"{key}: must not be given beside manifest")
        if self.manifest is not None and self.classes is not None:
            raise ValueError("classes: must not be given beside manifest")
        return self

    @field_validator("classes")
    @classmethod
    def _two_classes(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if classes is not None and len(set(classes)) < max(2, len(classes)):
            raise ValueError(f"must be at least two different classes, got {list(classes)}")
        return classes


class ConstructBlock(BlockBase):
    """Step through `lambda_grid` to the mix that looks 50/50."""

    paradigm: Literal["construct"]
    lambda_grid: tuple[Unit, ...]
    starts: tuple[Unit, ...]  # between participants: lambda_f of the mix shown first

    @field_validator("lambda_grid")
    @classmethod
    def _increases(cls, grid: tuple[float, ...]) -> tuple[float, ...]:
        return _increasing(grid)

    @model_validator(mode="after")
    def _starts_on_the_grid(self) -> ConstructBlock:
        if not self.starts or any(start not in self.lambda_grid for start in self.starts):
            raise ValueError(
                f"starts: must be values of lambda_grid {list(self.lambda_grid)}, "
                f"at least one, got {list(self.starts)}"
            )
        return self


class SelectShuffledBlock(BlockBase):
    """Pick the mix that looks 50/50 among all of `lambda_grid`, shuffled."""

    paradigm: Literal["select_shuffled"]
    lambda_grid: tuple[Unit, ...]

    @field_validator("lambda_grid")
    @classmethod
    def _increases(cls, grid: tuple[float, ...]) -> tuple[float, ...]:
        return _increasing(grid)


class InferBlock(BlockBase):
    """Say which mix an image is, and how sure one is of it."""

    paradigm: Literal["infer"]
    lambdas: tuple[Unit, ...]  # the mixing coefficients of the set, drawn evenly

    @field_validator("lambdas")
    @classmethod
    def _some(cls, lambdas: tuple[float, ...]) -> tuple[float, ...]:
        if len(lambdas) == 0 or len(set(lambdas)) < len(lambdas):
            raise ValueError(f"must be at least one value, each once, got {list(lambdas)}")
        return lambdas


class AdaptiveModel(Model):
    """Choose each mix from the answers so far, by QUEST+."""

    target: Literal["pse_and_slope", "pse"]  # what the answers are to tell most about
    trials: Whole  # of each curve
    prior: Prior = Prior()  # what is believed of a curve before its first answer

    @field_validator("prior")
    @classmethod
    def _prior_makes_sense(cls, prior: Prior) -> Prior:
        problem = prior.problem()
        if problem is not None:
            raise ValueError(problem)
        return prior


class DiscriminateBlock(BlockBase):
    """Say, of one mix at a time, which of its two classes it looks more like."""

    paradigm: Literal["discriminate"]
    lambda_grid: tuple[Unit, ...]  # the mixes that may be shown
    curve_for: Literal["class_pair", "image_pair"] = "class_pair"  # what has a PSE of its own
    times: Whole | None = None  # constant stimuli: how often each mix comes, for each curve
    adaptive: AdaptiveModel | None = None  # instead of times: each mix chosen from the answers

    @field_validator("lambda_grid")
    @classmethod
    def _increases(cls, grid: tuple[float, ...]) -> tuple[float, ...]:
        return _increasing(grid)

    @model_validator(mode="after")
    def _trials_are_said(self) -> DiscriminateBlock:
        if self.times is None and self.adaptive is None:
            raise ValueError("times: is needed and not given, as there is no adaptive")
        if self.times is not None and self.adaptive is not None:
            raise ValueError("times: must not be given beside adaptive")
        if self.repeats:
            raise ValueError("repeats: must not be given with discriminate; its pairs come again")
        return self

    @model_validator(mode="after")
    def _a_curve_comes_whole(self) -> DiscriminateBlock:
        if self.per_combination is None or self.batch_size is None:
            return self
        if self.curve_for == "class_pair" and self.batch_size < self.per_combination:
            raise ValueError(
                f"batch_size: must be at least per_combination {self.per_combination}, as one "
                f"participant sees all pairs of a curve's two classes, got {self.batch_size}"
            )
        return self

    @property
    def trials_per_curve(self) -> int:
        """How many trials each psychometric function gets."""
        if self.adaptive is not None:
            return self.adaptive.trials
        return len(self.lambda_grid) * (self.times or 0)


Block = Annotated[
    ConstructBlock | SelectShuffledBlock | InferBlock | DiscriminateBlock,
    Field(discriminator="paradigm"),
]


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
        }
        for key, names in placeholders.items():
            try:
                _fillable(getattr(wording, key), *names)
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
