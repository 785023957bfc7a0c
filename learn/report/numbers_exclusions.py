"""What changes with the participants whom a list of exclusions leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from elicit.psychometric.least_squares import midpoint
from learn.labels.categorical import names_third
from learn.policies.fit import fit_global
from learn.study.exclusions import Exclusions
from learn.study.judgements import to_arrays
from learn.study.schema import CHOOSES_LAMBDA_F, names_a_class, names_classes

Measure = tuple[str, Callable[[pd.DataFrame], float]]  # what it is, and how it is found


def list_excluded(exclusions: Exclusions) -> pd.DataFrame:
    """Return who is left out of which paradigm, and why; one row a reason that holds."""
    columns = ["participant", "paradigm", "reason"]
    rows = [
        (each.participant, each.paradigm or "all", each.reason or each.criterion)
        for each in exclusions
        if each.exclude == "yes"
    ]
    return pd.DataFrame(rows, columns=columns)


def compare_with_excluded(used: pd.DataFrame, everybody: pd.DataFrame) -> pd.DataFrame:
    """Return the main numbers of each paradigm without those left out, and with them.

    Of Construct and Select-Shuffled: the mean lambda_f called 50/50, and the share of answers at
    the lambda_f where it changes most. Of Infer: slope and midpoint of the logistic of all
    answers, and mean confidence. Of Discriminate: the share of answers that name class i. Of
    Categorize: the share of answers that name a class not in the mix.

    Args:
        used: first answers that count.
        everybody: the same with those left out.

    Returns:
        paradigm, what, without, with; NaN where a number cannot be found.
    """
    found = []
    for paradigm in sorted(set(everybody["paradigm"])):
        its, all_of_them = (rows[rows["paradigm"] == paradigm] for rows in (used, everybody))
        if len(its) == len(all_of_them):
            continue
        for what, measure in _measures(its, all_of_them):
            found.append((paradigm, what, measure(its), measure(all_of_them)))
    return pd.DataFrame(found, columns=["paradigm", "what", "without", "with"])


def _measures(its: pd.DataFrame, everybody: pd.DataFrame) -> Iterator[Measure]:
    if everybody["paradigm"].iloc[0] in CHOOSES_LAMBDA_F:
        yield "mean lambda_f called 50/50", lambda rows: float(rows["lambda_f"].mean())
        levels = sorted(set(everybody["lambda_f"]))
        moved = [abs(_share(its, each) - _share(everybody, each)) for each in levels]
        most = levels[int(np.nan_to_num(moved).argmax())]
        yield f"share of answers at lambda_f {most:g}", lambda rows: _share(rows, most)
    elif names_a_class(everybody).any():
        yield "share of answers that name class i", lambda rows: float(rows["chose_i"].mean())
    elif names_classes(everybody).all():
        what = "share of answers that name a class not in the mix"
        yield what, lambda rows: float(names_third(rows).mean())
    else:
        yield "slope k of all answers", lambda rows: _curve(rows)[0]
        yield "midpoint x0 of all answers", lambda rows: _curve(rows)[1]
        yield "mean omega", lambda rows: float(rows["omega"].mean())


def _share(rows: pd.DataFrame, lambda_f: float) -> float:
    return float((rows["lambda_f"] == lambda_f).mean())


def _curve(rows: pd.DataFrame) -> tuple[float, float]:
    """Return slope and midpoint; NaN where all answers are the same, or nobody is left."""
    try:
        fitted = fit_global(to_arrays(rows))
    except (ElicitError, ValueError):
        return np.nan, np.nan
    curve = np.array([fitted.slope[0, 1], fitted.shift[0, 1]])
    return float(curve[0]), float(midpoint(curve))
