"""The shape of a study's YAML; a protocol that loads can run."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from elicit.errors import ProtocolError
from elicit.fields import NAME, Unit
from elicit.trial import Wording

Whole = Annotated[int, Field(ge=1, strict=True)]


class Model(BaseModel):
    """Settings that do not change; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class BlockBase(Model):
    """What every block says: its set of pairs, and how many of them one participant sees."""

    name: str = Field(pattern=NAME)
    prompt: str = Field(min_length=1)
    title: str = Field(min_length=1)  # of the page before the block
    instructions: str = Field(min_length=1)
    classes: tuple[str, ...] | None = None  # of the source; all of them where none are named
    per_combination: Whole  # items in the set for each combination of two classes
    batch_size: Whole  # items one participant sees, at most
    repeats: tuple[Whole, ...] = ()  # positions, from 1, whose items come again at the end
    practice: Annotated[int, Field(ge=0, strict=True)] = 0  # trials before the block

    @field_validator("prompt")
    @classmethod
    def _prompt_can_be_filled(cls, prompt: str) -> str:
        return _fillable(prompt, "left", "right")

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


Block = Annotated[
    ConstructBlock | SelectShuffledBlock | InferBlock, Field(discriminator="paradigm")
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

    @field_validator("wording")
    @classmethod
    def _wording_can_be_filled(cls, wording: Wording) -> Wording:
        _fillable(wording.whole, "name")
        _fillable(wording.half, "left", "right")
        return wording


def load(path: Path) -> StudyProtocol:
    """Return the protocol that a YAML file holds.

    Raises:
        ProtocolError: one line a mistake: the file, the key, what is allowed and what came.
    """
    try:
        raw = path.read_bytes()
        content = yaml.safe_load(raw)
    except OSError as error:
        raise ProtocolError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 2023-13-45, a date
        raise ProtocolError(f"{path}{_yaml_problem(error)}") from error
    if not isinstance(content, dict):
        raise ProtocolError(f"{path}: must be a mapping of keys such as name, stimuli, blocks")
    try:
        checked = StudyProtocol.model_validate({key: content[key] for key in content})
    except ValidationError as error:
        raise ProtocolError("\n".join(f"{path}: {line}" for line in _lines(error))) from error
    return checked.model_copy(update={"sha256": hashlib.sha256(raw).hexdigest()})


def _yaml_problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f":{mark.line + 1}" if mark is not None else ""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{place}: not valid YAML: {problem}"


def _lines(error: ValidationError) -> list[str]:
    return [_line(problem) for problem in error.errors(include_url=False)]


def _line(problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    shown = f", got {problem['input']!r}"
    if problem["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        return f"{key}: unknown key; remove it or correct its name"
    if problem["type"] == "union_tag_not_found":
        return f"{key}.paradigm: is needed and not given"
    if problem["type"] == "missing":
        return f"{key}: is needed and not given"
    if problem["type"] == "value_error" or len(shown) > 80:
        shown = ""
    return f"{key}: {message}{shown}"
