"""A label policy as one small JSON file that a person can read."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from elicit.errors import ElicitError
from learn.arrays import Numbers
from learn.files import write_atomic
from learn.policies.file_schema import Each, Number, OneOf, Shape, Text, Words, WrongError, check
from learn.policies.policy import NAMES, Appearance, Policy, tables

FORMAT, VERSION = "human-mixup label policy", 1
_REMEDY = "make the file with: learn fit-policy LOGS --out FILE"

FORMULA = (
    "lambda_g = lapse/2 + (1 - lapse) / (1 + exp(-(slope * c * (lambda_f - 1/2) + shift + d))), "
    "lambda the share of the first class of the pair; c = exp(clarity_i + clarity_j), "
    "d = dominance_i - dominance_j, each the sum of weight * (feature - mean) / sd; "
    "c = 1 and d = 0 without features"
)


_PAIR: Shape = {
    "classes": Each(Text(), exactly=2),
    "judgements": Number(whole=True, least=0),
    "slope": Number(least=0),
    "shift": Number(),
}
_FEATURE: Shape = {
    "name": Text(),
    "mean": Number(),
    "sd": Number(above=0),
    "dominance": Number(),
    "clarity": Number(),
}
FILE: Shape = {
    "format": OneOf((FORMAT,)),
    "version": OneOf((VERSION,)),
    "policy": OneOf(NAMES),
    "formula": Text(),
    "classes": Each(Text()),
    "fitted_to": Words(),
    "lapse": Number(least=0, below=1),
    "pairs": Each(_PAIR),
    "features": Each(_FEATURE),
}


def save(policy: Policy, path: Path) -> None:
    """Write the policy to `path`; an older file there is replaced whole.

    Raises:
        ElicitError: the file cannot be written.
    """
    write_atomic(path, to_json(policy).encode("utf-8"))


def load(path: Path) -> Policy:
    """Return the policy that `path` holds.

    Raises:
        ElicitError: no such file, or not a policy's JSON; named by key.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # JSON's and UTF-8's own errors are ValueErrors
        reason = " ".join(str(error).split())
        raise ElicitError(
            f"{path}: cannot be read as a label policy: {reason}; "
            "make one with: learn fit-policy LOGS --out FILE"
        ) from error
    try:
        return _policy(content)
    except WrongError as error:
        raise ElicitError(f"{path}: {error}; {_REMEDY}") from error


def to_json(policy: Policy) -> str:
    """Return the file's text: one line a pair, one line a feature."""
    content = _content(policy)
    lines = [f'  "{key}": {_listed(value)}' for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _listed(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {json.dumps(each)}" for each in value) + "\n  ]"
    return json.dumps(value, ensure_ascii=False)


def _content(policy: Policy) -> dict[str, object]:
    numbered = [] if policy.name == "mixup" else list(combinations(range(len(policy.classes)), 2))
    look, judged = policy.appearance, policy.judged
    return {
        "format": FORMAT,
        "version": VERSION,
        "policy": policy.name,
        "formula": "lambda_g = lambda_f" if policy.name == "mixup" else FORMULA,
        "classes": list(policy.classes),
        "fitted_to": dict(policy.fitted_to),
        "lapse": policy.lapse,
        "pairs": [
            {
                "classes": [policy.classes[i], policy.classes[j]],
                "judgements": 0 if judged is None else int(judged[i, j]),
                "slope": float(policy.slope[i, j]),
                "shift": float(policy.shift[i, j]),
            }
            for i, j in numbered
        ],
        "features": [] if look is None else _features(look),
    }


def _features(look: Appearance) -> list[dict[str, object]]:
    rows = zip(look.features, look.mean, look.sd, look.dominance, look.clarity, strict=True)
    return [
        {"name": n, "mean": float(m), "sd": float(s), "dominance": float(d), "clarity": float(c)}
        for n, m, s, d, c in rows
    ]


def _policy(content: object) -> Policy:
    file = _checked(content)
    classes = tuple(file["classes"])
    place = {name: number for number, name in enumerate(classes)}
    pairs = np.array([[place[i] for i in pair["classes"]] for pair in file["pairs"]], np.int64)
    pairs = pairs.reshape(-1, 2)
    slope, shift = tables(
        classes, pairs, _column(file["pairs"], "slope"), _column(file["pairs"], "shift")
    )
    judged = np.zeros(slope.shape, dtype=np.int64)
    for (i, j), pair in zip(pairs, file["pairs"], strict=True):
        judged[i, j] = judged[j, i] = pair["judgements"]
    look = _look(file["features"])
    lapse = float(file["lapse"])
    return Policy(file["policy"], classes, slope, shift, lapse, judged, look, file["fitted_to"])


def _look(features: list[dict[str, Any]]) -> Appearance | None:
    if not features:
        return None
    names = tuple(feature["name"] for feature in features)
    columns = (_column(features, key) for key in ("mean", "sd", "dominance", "clarity"))
    return Appearance(names, *columns)


def _column(rows: list[dict[str, Any]], key: str) -> Numbers:
    return np.array([row[key] for row in rows], dtype=np.float64)


def _checked(content: object) -> dict[str, Any]:
    """Return what a file holds, every key and value checked."""
    file: dict[str, Any] = check("", content, FILE)
    names, pairs = file["classes"], [tuple(pair["classes"]) for pair in file["pairs"]]
    if len(set(names)) < len(names):
        raise WrongError("classes: each must be named once")
    wanted = [] if file["policy"] == "mixup" else list(combinations(names, 2))
    if sorted(pairs) != sorted(wanted):
        raise WrongError("pairs: each two of classes must be there once, in their order")
    if bool(file["features"]) != (file["policy"] == "image_aware"):
        raise WrongError("features: must be there for image_aware, and for no other policy")
    return file
