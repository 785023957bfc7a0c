"""A label policy as one small JSON file that a person can read."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from elicit.errors import ElicitError
from learn.policies import Appearance, Numbers, Policy, tables

Share = Annotated[float, Field(ge=0, lt=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Pair(_Model):
    """The curve of one pair of classes; the first named is class i."""

    classes: tuple[str, str]
    judgements: Annotated[int, Field(ge=0)]
    slope: Annotated[float, Field(ge=0)]
    shift: float


class _Feature(_Model):
    """What one look of an endpoint is worth."""

    name: str
    mean: float
    sd: Annotated[float, Field(gt=0)]
    dominance: float
    clarity: float


class _File(_Model):
    """The file's shape."""

    format: Literal["human-mixup label policy"] = "human-mixup label policy"
    version: Literal[1] = 1
    policy: Literal["mixup", "global", "per_pair", "pooled", "image_aware"]
    formula: str
    classes: tuple[str, ...]
    fitted_to: dict[str, str | int]
    lapse: Share
    pairs: tuple[_Pair, ...]
    features: tuple[_Feature, ...]

    @model_validator(mode="after")
    def _every_pair_once(self) -> _File:
        wanted = [] if self.policy == "mixup" else list(combinations(self.classes, 2))
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("classes: each must be named once")
        if sorted(pair.classes for pair in self.pairs) != sorted(wanted):
            raise ValueError("pairs: each two of classes must be there once, in their order")
        if bool(self.features) != (self.policy == "image_aware"):
            raise ValueError("features: must be there for image_aware, and for no other policy")
        return self


FORMULA = (
    "lambda_g = lapse/2 + (1 - lapse) / (1 + exp(-(slope * c * (lambda_f - 1/2) + shift + d))), "
    "lambda the share of the first class of the pair; c = exp(clarity_i + clarity_j), "
    "d = dominance_i - dominance_j, each the sum of weight * (feature - mean) / sd; "
    "c = 1 and d = 0 without features"
)


def save(policy: Policy, path: Path) -> None:
    """Write the policy to `path`; an older file there is replaced whole.

    Raises:
        ElicitError: the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(to_json(policy), encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ElicitError(
            f"{path}: cannot be written: {error.strerror}; choose another place with --out"
        ) from error


def load(path: Path) -> Policy:
    """Return the policy that `path` holds.

    Raises:
        ElicitError: no such file, or not a policy's JSON; named by key.
    """
    try:
        return _policy(_File.model_validate(json.loads(path.read_text(encoding="utf-8"))))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        raise ElicitError(
            f"{path}: {place + ': ' if place else ''}{said}; "
            "make the file with: learn fit-policy LOGS --out FILE"
        ) from error
    except (OSError, ValueError) as error:  # JSON's and UTF-8's own errors are ValueErrors
        raise ElicitError(
            f"{path}: cannot be read as a label policy: {error}; "
            "make one with: learn fit-policy LOGS --out FILE"
        ) from error


def to_json(policy: Policy) -> str:
    """Return the file's text: one line a pair, one line a feature."""
    content = _file(policy).model_dump(mode="json")
    lines = [f'  "{key}": {_listed(value)}' for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _listed(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {json.dumps(each)}" for each in value) + "\n  ]"
    return json.dumps(value, ensure_ascii=False)


def _file(policy: Policy) -> _File:
    numbered = [] if policy.name == "mixup" else list(combinations(range(len(policy.classes)), 2))
    look, judged = policy.appearance, policy.judged
    return _File(
        policy=policy.name,  # type: ignore[arg-type]  # checked by the model
        formula="lambda_g = lambda_f" if policy.name == "mixup" else FORMULA,
        classes=policy.classes,
        fitted_to=dict(policy.fitted_to),
        lapse=policy.lapse,
        pairs=tuple(
            _Pair(
                classes=(policy.classes[i], policy.classes[j]),
                judgements=0 if judged is None else int(judged[i, j]),
                slope=float(policy.slope[i, j]),
                shift=float(policy.shift[i, j]),
            )
            for i, j in numbered
        ),
        features=() if look is None else _features(look),
    )


def _features(look: Appearance) -> tuple[_Feature, ...]:
    rows = zip(look.features, look.mean, look.sd, look.dominance, look.clarity, strict=True)
    return tuple(
        _Feature(name=n, mean=float(m), sd=float(s), dominance=float(d), clarity=float(c))
        for n, m, s, d, c in rows
    )


def _policy(file: _File) -> Policy:
    place = {name: number for number, name in enumerate(file.classes)}
    pairs = np.array([[place[i] for i in pair.classes] for pair in file.pairs], dtype=np.int64)
    pairs = pairs.reshape(-1, 2)
    slope, shift = tables(
        file.classes,
        pairs,
        np.array([pair.slope for pair in file.pairs]),
        np.array([pair.shift for pair in file.pairs]),
    )
    judged = np.zeros(slope.shape, dtype=np.int64)
    for (i, j), pair in zip(pairs, file.pairs, strict=True):
        judged[i, j] = judged[j, i] = pair.judgements
    return Policy(
        file.policy, file.classes, slope, shift, file.lapse, judged, _look(file), file.fitted_to
    )


def _look(file: _File) -> Appearance | None:
    def column(key: str) -> Numbers:
        return np.array([getattr(feature, key) for feature in file.features])

    if not file.features:
        return None
    names = tuple(feature.name for feature in file.features)
    return Appearance(names, column("mean"), column("sd"), column("dominance"), column("clarity"))
