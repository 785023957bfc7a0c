"""A label policy as one small JSON file that a person can read."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from elicit.errors import ElicitError
from learn.files import parse_json, write_atomic
from learn.policies.file_schema import (
    FORMAT,
    FORMULA,
    VERSION,
    FeatureWeights,
    PairCurve,
    PolicyFile,
    describe_problem,
)
from learn.policies.policy import Appearance, Policy, pair_tables
from stimuli.files import read_text

_REMEDY = "make the file with: learn fit-policy LOGS --out FILE"

# Policies that come with this package, fitted to the published judgements; see the cards beside
# them. A file of such a name is reached by its whole path, or in Python as the text "./hmix".
PUBLISHED = {
    name: Path(__file__).parent / "published" / f"{file}.json"
    for name, file in (
        ("hmix", "hmix_pooled"),
        ("hmix_per_pair", "hmix_per_pair"),
        ("hmix_pooled", "hmix_pooled"),
        ("hmix_image_aware", "hmix_image_aware"),
    )
}


def write_policy(policy: Policy, path: Path) -> None:
    """Write the policy to `path`; an older file there is replaced whole.

    Raises:
        ElicitError: the file cannot be written.
    """
    write_atomic(path, to_json(policy).encode("utf-8"))


def find_policy(spec: str | Path) -> Path:
    """Return the file of a policy: `spec` itself, or that of a policy of `PUBLISHED`."""
    return PUBLISHED.get(str(spec)) or Path(spec)


def load_policy(spec: str | Path) -> Policy:
    """Return a policy.

    Args:
        spec: a file that `learn fit-policy` wrote, or a policy that comes with this package:
            "hmix" (the pooled one), "hmix_pooled", "hmix_per_pair" or "hmix_image_aware".

    Raises:
        ElicitError: no such file, or not a policy's JSON; named by key.
    """
    path = find_policy(spec)
    try:
        content = parse_json(read_text(path))
    except (OSError, ValueError) as error:  # JSON's and UTF-8's own errors are ValueErrors
        reason = " ".join(str(error).split())
        raise ElicitError(
            f"{path}: cannot be read as a label policy: {reason}; "
            "make one with: learn fit-policy LOGS --out FILE"
        ) from error
    try:
        return _policy(PolicyFile.model_validate(content))
    except ValidationError as error:
        raise ElicitError(f"{path}: {describe_problem(error)}; {_REMEDY}") from error


def to_json(policy: Policy) -> str:
    """Return the file's text: one line a pair, one line a feature."""
    content = _file(policy).model_dump()
    lines = [f'  "{key}": {_lines(value)}' for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {json.dumps(each)}" for each in value) + "\n  ]"
    return json.dumps(value, ensure_ascii=False)


def _file(policy: Policy) -> PolicyFile:
    numbered = [] if policy.name == "mixup" else list(combinations(range(len(policy.classes)), 2))
    appearance, judged = policy.appearance, policy.judged
    return PolicyFile(
        format=FORMAT,
        version=VERSION,
        policy=policy.name,
        formula="lambda_g = lambda_f" if policy.name == "mixup" else FORMULA,
        classes=list(policy.classes),
        fitted_to=dict(policy.fitted_to),
        lapse=policy.lapse,
        pairs=[
            PairCurve(
                classes=[policy.classes[i], policy.classes[j]],
                judgements=0 if judged is None else int(judged[i, j]),
                slope=float(policy.slope[i, j]),
                shift=float(policy.shift[i, j]),
            )
            for i, j in numbered
        ],
        features=[] if appearance is None else _features(appearance),
    )


def _features(look: Appearance) -> list[FeatureWeights]:
    rows = zip(look.features, look.mean, look.sd, look.dominance, look.clarity, strict=True)
    return [
        FeatureWeights(name=n, mean=float(m), sd=float(s), dominance=float(d), clarity=float(c))
        for n, m, s, d, c in rows
    ]


def _policy(file: PolicyFile) -> Policy:
    classes = tuple(file.classes)
    place = {name: number for number, name in enumerate(classes)}
    pairs = np.array([[place[name] for name in pair.classes] for pair in file.pairs], np.int64)
    pairs = pairs.reshape(-1, 2)
    slope, shift = pair_tables(
        classes,
        pairs,
        np.array([pair.slope for pair in file.pairs], dtype=np.float64),
        np.array([pair.shift for pair in file.pairs], dtype=np.float64),
    )
    judged = np.zeros(slope.shape, dtype=np.int64)
    for (i, j), pair in zip(pairs, file.pairs, strict=True):
        judged[i, j] = judged[j, i] = pair.judgements
    appearance = _appearance(file.features)
    return Policy(
        file.policy, classes, slope, shift, file.lapse, judged, appearance, file.fitted_to
    )


def _appearance(features: list[FeatureWeights]) -> Appearance | None:
    if not features:
        return None
    columns = (
        np.array([getattr(feature, key) for feature in features], dtype=np.float64)
        for key in ("mean", "sd", "dominance", "clarity")
    )
    return Appearance(tuple(feature.name for feature in features), *columns)
