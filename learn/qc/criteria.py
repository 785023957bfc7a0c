"""The criteria for excluding a participant: their YAML file, and applying them to scores."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    ValidationError,
    field_validator,
    model_validator,
)

from elicit.errors import ElicitError
from learn.files import MAX_QUOTED_CHARS, describe_wrong_value, parse_yaml
from learn.qc.scores import SCORES
from learn.study.exclusions import Exclusion
from stimuli.files import read_text as read_text_file


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Limit(_Model):
    """How far a score may go; beyond it, the participant is left out."""

    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _one(self) -> Limit:
        if (self.above is None) == (self.below is None):
            raise ValueError("must be either {above: number} or {below: number}")
        return self

    def excludes(self, score: float) -> bool:
        """Return whether a score is beyond the limit; one that is NaN never is."""
        if self.above is not None:
            return score > self.above
        return self.below is not None and score < self.below

    def __str__(self) -> str:
        """Return the limit as a person reads it."""
        return f"above {self.above:g}" if self.above is not None else f"below {self.below:g}"


class ParadigmLimits(RootModel[dict[str, Limit]]):
    """The limits of one paradigm, by score."""

    @field_validator("root")
    @classmethod
    def _known(cls, limits: dict[str, Limit]) -> dict[str, Limit]:
        for score in limits:
            if score not in SCORES:
                raise ValueError(f"scores must be of {', '.join(SCORES)}, got {score!r}")
        return limits


class Criteria(BaseModel):
    """All reasons to exclude a participant."""

    model_config = ConfigDict(frozen=True, extra="allow")

    __pydantic_extra__: dict[str, ParadigmLimits] = Field(init=False)
    least_trials: int = Field(default=10, ge=1)

    @property
    def limits(self) -> dict[str, dict[str, Limit]]:
        """The limits by paradigm, then score."""
        return {paradigm: its.root for paradigm, its in self.__pydantic_extra__.items()}


def read_criteria(path: Path | None = None) -> Criteria:
    """Return the criteria of a file; None for the project's own.

    Raises:
        ElicitError: the file cannot be read, or holds keys or values that are not allowed.
    """
    name = "learn/qc/defaults.yaml" if path is None else str(path)
    try:
        said: Any = parse_yaml(read_text(path))
    except ValueError as error:
        told = " ".join(str(error).split())
        raise ElicitError(f"{name}: cannot be read as criteria: {told}") from error
    try:
        return Criteria.model_validate(said)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(str(each) for each in problem["loc"] if each != "root") or "criteria"
        told = describe_wrong_value(problem)
        raise ElicitError(
            f"{name}: {key}: {told}, got {problem['input']!r:.{MAX_QUOTED_CHARS}}"
        ) from error


def read_text(path: Path | None = None) -> str:
    """Return a file of criteria as it is; None for the project's own, with the reasons for each.

    Raises:
        ElicitError: the file cannot be read.
    """
    if path is None:
        return resources.files("learn.qc").joinpath("defaults.yaml").read_text(encoding="utf-8")
    try:
        return read_text_file(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ElicitError(f"{path}: cannot be read as criteria: {error}") from error


def find_exclusions(scores: pd.DataFrame, criteria: Criteria) -> list[Exclusion]:
    """Return every reason to leave somebody out, by paradigm and participant.

    Args:
        scores: as `learn.qc.scores.score_participants` gives them.
        criteria: the limits.
    """
    return [
        exclusion
        for row in scores.to_dict("records")
        if row["trials"] >= criteria.least_trials
        for exclusion in _broken({str(key): value for key, value in row.items()}, criteria)
    ]


def _broken(row: dict[str, Any], criteria: Criteria) -> Iterator[Exclusion]:
    for score, limit in criteria.limits.get(row["paradigm"], {}).items():
        if limit.excludes(row[score]):
            yield Exclusion(
                participant=row["participant"],
                paradigm=row["paradigm"],
                criterion=score,
                value=f"{row[score]:.3f}",
                limit=str(limit),
                reason=SCORES[score],
            )
