"""The parameters of the observers fitted to H-Mix, as hmix.json states them.

They are fitted to all judgements together by `python -m tests.benchmarks.fit_observers.fit`; they
contain no judgement.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

FILE = "hmix.json"


@dataclass(frozen=True)
class ParameterTable:
    """The value of a measure at each z, for each value of a condition.

    The value reaches each of `edges` at the z beside it, and rises evenly in between; rows of `z`
    belong to values of the condition, and are weighed between them. Where people use one answer
    often, its edges lie far apart in z: the habit of answering 0, 50 or 100 is in here, and that
    of calling 0.5 the middle.
    """

    edges: tuple[float, ...]  # E, increasing
    at: tuple[float, ...]  # C values of the condition, increasing
    z: tuple[tuple[float, ...], ...]  # (C, E), rows never falling

    def __call__(self, z: float, at: float = 0.0) -> float:
        """Return the value; beyond the table's ends it is that of the end."""
        row, following, share = self._rows(at)
        k = bisect_right(row, z) if share == 0 else self._found(z, row, following, share)
        if k == 0 or k == len(row):
            return self.edges[min(k, len(row) - 1)]
        low = row[k - 1] + share * (following[k - 1] - row[k - 1])
        high = row[k] + share * (following[k] - row[k])
        part = (z - low) / (high - low) if high > low else 0.0
        return self.edges[k - 1] + part * (self.edges[k] - self.edges[k - 1])

    def _rows(self, at: float) -> tuple[tuple[float, ...], tuple[float, ...], float]:
        k = bisect_right(self.at, at)
        if k == 0 or k == len(self.at):
            row = self.z[max(k - 1, 0)]
            return row, row, 0.0
        return self.z[k - 1], self.z[k], (at - self.at[k - 1]) / (self.at[k] - self.at[k - 1])

    def _found(
        self, z: float, row: tuple[float, ...], following: tuple[float, ...], share: float
    ) -> int:
        below, above = 0, len(row)
        while below < above:
            k = (below + above) // 2
            if z < row[k] + share * (following[k] - row[k]):
                above = k
            else:
                below = k + 1
        return below


@dataclass(frozen=True)
class EvidenceSpreads:
    """Standard deviations of what moves an answer, in units of the noise from trial to trial."""

    bias: float  # between participants
    image: float  # between pairs of images, the same for everybody
    own: float  # what one participant sees in one pair of images, each time
    style: float  # of the logarithm of how far a participant's answers go from the middle
    gain: float  # of the logarithm of how much a participant makes of lambda_f
    middle: float  # of the logarithm of how much farther it is from the middle than from the ends


@dataclass(frozen=True)
class AnswerParameters:
    """How one paradigm is answered."""

    spreads: EvidenceSpreads
    pairs: Mapping[str, tuple[float, float]]  # by class pair: shift, and how much steeper (factor)
    lambda_f: tuple[float, ...]  # Infer: the mixes that `evidence` is of; else empty
    evidence: tuple[float, ...]  # Infer: mean z at them
    table: ParameterTable


@dataclass(frozen=True)
class RatingParameters:
    """A measure that a participant has a level of, and a trial a share in: confidence, time."""

    bias: float  # standard deviation between participants, in units of the noise between trials
    practice: float  # how much z falls with the logarithm of the trial's number
    table: ParameterTable


@dataclass(frozen=True)
class ConfidenceParameters(RatingParameters):
    """Confidence, which also goes by the image that is seen, and by how long an answer took."""

    image: float  # standard deviation between images, the same for everybody, in the same units
    time: float  # how much z falls where an answer takes one standard deviation longer than usual
    slow: float  # correlation between people of being sure and of being slow


@dataclass(frozen=True)
class NamedClassesParameters:
    """Which classes are named where all are offered.

    Sequences have a value for each of `dominant`, and are weighed in between.
    """

    dominant: tuple[float, ...]  # larger share of the two classes in the mix, increasing
    first: tuple[tuple[float, float], ...]  # how often the stronger class comes first, the weaker
    none: tuple[float, ...]  # how often there is no alternative
    other: tuple[float, ...]  # how often the alternative is in the mix
    third: Mapping[str, int]  # weights of classes that are not in the mix
    share_1: RatingParameters
    share_2: RatingParameters  # in share_1
    excluded: RatingParameters  # share of the classes not named that is excluded


@dataclass(frozen=True)
class HMixParameters:
    """All fitted parameters."""

    fitted_to: str
    classes: tuple[str, ...]
    answers: Mapping[str, AnswerParameters]  # by paradigm
    rt_s: Mapping[str, RatingParameters]  # by paradigm
    confidence: ConfidenceParameters  # by distance of the answer from 0.5
    named_classes: NamedClassesParameters
    page_s: float  # median time on a page
    page_spread: float  # standard deviation of its logarithm between participants


@cache
def load_parameters() -> HMixParameters:
    """Return the parameters in the package."""
    text = resources.files("elicit.observers").joinpath(FILE).read_text(encoding="utf-8")
    return parse_parameters(json.loads(text))


def parse_parameters(found: Mapping[str, Any]) -> HMixParameters:
    """Return the parameters in a file that `tests.benchmarks.fit_observers.fit` wrote."""
    return HMixParameters(
        fitted_to=found["fitted_to"],
        classes=tuple(found["classes"]),
        answers={name: _answers(each) for name, each in found["answers"].items()},
        rt_s={name: _ratings(each) for name, each in found["rt_s"].items()},
        confidence=_confidence(found["confidence"]),
        named_classes=_named_classes(found["named_classes"]),
        page_s=found["page_s"],
        page_spread=found["page_spread"],
    )


def _answers(found: Mapping[str, Any]) -> AnswerParameters:
    return AnswerParameters(
        EvidenceSpreads(**found["spreads"]),
        {name: (shift, steeper) for name, (shift, steeper) in found["pairs"].items()},
        tuple(found["lambda_f"]),
        tuple(found["evidence"]),
        _table(found["table"]),
    )


def _named_classes(found: Mapping[str, Any]) -> NamedClassesParameters:
    return NamedClassesParameters(
        tuple(found["dominant"]),
        tuple((strong, weak) for strong, weak in found["first"]),
        tuple(found["none"]),
        tuple(found["other"]),
        found["third"],
        *(_ratings(found[name]) for name in ("share_1", "share_2", "excluded")),
    )


def _ratings(found: Mapping[str, Any]) -> RatingParameters:
    return RatingParameters(found["bias"], found["practice"], _table(found["table"]))


def _confidence(found: Mapping[str, Any]) -> ConfidenceParameters:
    links = {name: found[name] for name in ("image", "time", "slow")}
    return ConfidenceParameters(found["bias"], found["practice"], _table(found["table"]), **links)


def _table(found: Mapping[str, Any]) -> ParameterTable:
    rows = tuple(tuple(row) for row in found["z"])
    return ParameterTable(tuple(found["edges"]), tuple(found["at"]), rows)
