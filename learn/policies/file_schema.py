"""What a label policy's JSON holds."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from learn.files import MAX_QUOTED_CHARS, describe_wrong_value
from learn.policies.policy import POLICY_NAMES

FORMAT: Final = "human-mixup label policy"
VERSION: Final = 1
FORMULA = (
    "lambda_g = lapse/2 + (1 - lapse) / (1 + exp(-(slope * c * (lambda_f - 1/2) + shift + d))), "
    "lambda the share of the first class of the pair; c = exp(clarity_i + clarity_j), "
    "d = dominance_i - dominance_j, each the sum of weight * (feature - mean) / sd; "
    "c = 1 and d = 0 without features"
)

MAX_JUDGEMENTS = 10**9  # no study has as many

Text = Annotated[str, Field(min_length=1)]


class _PolicyModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class PairCurve(_PolicyModel):
    """The curve of one pair of classes."""

    classes: Annotated[list[Text], Field(min_length=2, max_length=2)]
    judgements: int = Field(ge=0, le=MAX_JUDGEMENTS)  # behind the curve
    slope: float = Field(ge=0)  # logits for a unit of lambda_f
    shift: float  # logits


class FeatureWeights(_PolicyModel):
    """How one feature of an endpoint moves the curve."""

    name: Text
    mean: float
    sd: float = Field(gt=0)
    dominance: float
    clarity: float


class PolicyFile(_PolicyModel):
    """A label policy as it stands in its file, in this order."""

    format: Literal["human-mixup label policy"]
    version: Literal[1]
    policy: str
    formula: Text
    classes: list[Text]
    fitted_to: dict[str, Any]
    lapse: float = Field(ge=0, lt=1)
    pairs: list[PairCurve]
    features: list[FeatureWeights]

    @field_validator("policy")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if name not in POLICY_NAMES:
            raise ValueError(f"must be one of {', '.join(POLICY_NAMES)}")
        return name

    @field_validator("classes")
    @classmethod
    def _once_each(cls, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise ValueError("each must be named once")
        return names

    @field_validator("fitted_to")
    @classmethod
    def _texts_and_counts(cls, values: dict[str, Any]) -> dict[str, Any]:
        if not all(type(each) in (str, int) for each in values.values()):
            raise ValueError("must be texts and whole numbers by name")
        return values

    @model_validator(mode="after")
    def _complete(self) -> PolicyFile:
        needed = [] if self.policy == "mixup" else [list(p) for p in combinations(self.classes, 2)]
        if sorted(pair.classes for pair in self.pairs) != sorted(needed):
            raise ValueError("pairs: each two of classes must be there once, in their order")
        if bool(self.features) != (self.policy == "image_aware"):
            raise ValueError("features: must be there for image_aware, and for no other policy")
        return self


def describe_problem(error: ValidationError) -> str:
    """Return the first mistake of a file: key, what is allowed, what came."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(each) for each in problem["loc"])
    key += ": " if key else ""
    if problem["type"] == "missing":
        return f"{key}must be there"
    if problem["type"] == "extra_forbidden":
        part = (
            PairCurve if "pairs." in key else FeatureWeights if "features." in key else PolicyFile
        )
        return f"{key}must be left out; allowed: {', '.join(part.model_fields)}"
    if problem["type"] == "model_type":
        return f"{key}must be an object, got {problem['input']!r:.{MAX_QUOTED_CHARS}}"
    told = describe_wrong_value(problem)
    if not problem["loc"]:  # a mistake of the whole file, which is too long to quote
        return told
    return f"{key}{told}, got {problem['input']!r:.{MAX_QUOTED_CHARS}}"
