"""The judgements of each blend, pooled: means, standard deviation and confidence."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from learn.study.schema import describe_blends, number_blends


def pool(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each image that was judged, sorted by image.

    All judgements of an image weigh the same. A repeat is a judgement like any other, as in
    H-Mix's own aggregate, so a participant who saw an image twice counts twice in it. Sums are
    exact before they are rounded, so the order of judgements changes nothing.

    Columns: those of `learn.study.schema.describe_blends`; `n`, judgements; `mean_lambda_g`;
    `sd_lambda_g` (ddof 0); `mean_omega`, over the judgements that have one, NaN where none has;
    and two averages weighted by confidence: `hmix_lambda_g`, H-Mix's mean(omega * lambda_g), which
    is not divided by the weights, and `weighted_lambda_g`, sum(omega * lambda_g) / sum(omega). In
    these a judgement without confidence has the image's mean omega, 1 where nobody was asked; where
    nobody is at all sure, `weighted_lambda_g` is the mean.
    """
    numbers = number_blends(table)
    order = np.argsort(numbers, kind="stable")
    bounds = [*np.flatnonzero(np.diff(numbers[order], prepend=-1)).tolist(), len(order)]
    seen = table["lambda_g"].to_numpy()[order].tolist()
    sure = table["omega"].to_numpy()[order].tolist()
    figures = [_percept(seen[start:end], sure[start:end]) for start, end in pairwise(bounds)]
    images = describe_blends(table).iloc[order[bounds[:-1]]].reset_index(drop=True)
    return pd.concat([images, pd.DataFrame(figures)], axis=1)


def _percept(seen: list[float], sure: list[float]) -> dict[str, float]:
    # plain Python: most images have a handful of judgements, and fsum is exact
    n, mean = len(seen), _mean(seen)
    asked = [omega for omega in sure if not math.isnan(omega)]
    mean_omega = _mean(asked) if asked else math.nan
    typical = mean_omega if asked else 1.0
    weights = [typical if math.isnan(omega) else omega for omega in sure]
    weight = math.fsum(weights)
    weighted = math.fsum(omega * each for omega, each in zip(weights, seen, strict=True))
    return {
        "n": n,
        "mean_lambda_g": mean,
        "sd_lambda_g": math.sqrt(math.fsum((each - mean) ** 2 for each in seen) / n),
        "mean_omega": mean_omega,
        "hmix_lambda_g": min(weighted / n, 1.0),
        "weighted_lambda_g": _within(seen, weighted / weight) if weight > 0 else mean,
    }


def _mean(values: list[float]) -> float:
    n = len(values)
    mean = math.fsum(values) / n
    rest = math.fsum([*values, *[-mean] * n])  # of the division's rounding; nearly always 0
    return _within(values, mean + rest / n)


def _within(values: list[float], mean: float) -> float:
    """Return `mean` within the range of `seen`, which rounding may have left by a digit."""
    return min(max(mean, min(values)), max(values))
