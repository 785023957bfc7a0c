"""How carefully each participant answered, as scores; `learn.qc.criteria` judges them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from learn.qc.chance_level import evidence_of_a_curve
from learn.qc.named_classes import NAMED_SCORES, score_named_classes
from learn.qc.repeats import WHO as WHO
from learn.qc.repeats import join_repeats
from learn.study.schema import (
    CHOOSES_LAMBDA_F,
    IMAGE_PAIR,
    names_a_class,
    names_classes,
    with_classes_as_shares,
)

SCORES = {
    "repeat_difference": "mean difference between the two answers to a repeated stimulus",
    "untouched": "share of answers given without moving anything",
    "default_answer": "share of answers where the slider starts, at 50",
    "end_answer": "share of answers at 0 or 1",
    "same_answer": "share of the most frequent answer",
    "lambda_f_correlation": "correlation of lambda_g with lambda_f",
    "curve_evidence": "log evidence of curves that rise with lambda_f, against a coin, in nats",
    "agreement": "correlation with the mean of the others' answers to the same stimulus",
    "disagreement": "mean difference from the mean of the others' answers to the same stimulus",
    "rt_ratio": "median response time, in medians of the group",
    "too_fast": "share of answers that came sooner than the protocol's too_fast.s",
    "long_trials": "share of trials longer than ten medians of the group",
}

OF_OTHERS = ("agreement", "disagreement")
_LONG = 10  # medians of the group


def score_participants(
    table: pd.DataFrame, astray: Collection[tuple[str, str]] = frozenset()
) -> pd.DataFrame:
    """Return one row for each participant and paradigm, sorted; a participant's sessions joined.

    An answer is the coefficient a participant chose: lambda_f in Construct and Select-Shuffled,
    lambda_g in the others; in Discriminate it is 1 where class i was named and 0 where class j
    was. In Categorize it is the label that the answer implies (`learn.qc.named_classes`). The
    group is everybody in the same paradigm.

    Args:
        table: rows of `learn.study.table.read_study` that count (`learn.study.selection.select`).
        astray: participant and paradigm of those with whom nobody is expected to agree.

    Returns:
        `WHO`, `trials`, `repeats`, and `SCORES`: NaN where a score has no meaning or nothing to be
        computed from (no repeats, no shared stimulus, a score of another paradigm).
    """
    rows = _with_answers(table)
    first = rows[~rows["repeat"]]
    groups = rows.groupby(WHO, sort=True)
    scored = pd.DataFrame({"trials": groups.size(), "repeats": groups["repeat"].sum()})
    scored["repeat_difference"] = _repeat_difference(rows)
    scored[["untouched", "default_answer", "end_answer"]] = _shares(rows)
    scored["same_answer"] = _same_answer(rows)
    scored["lambda_f_correlation"] = correlations(
        first[~first["paradigm"].isin(CHOOSES_LAMBDA_F)], "answer", "lambda_f"
    )
    scored["curve_evidence"] = evidence_of_a_curve(first, WHO)
    judged = _with_others(first, astray)
    scored["agreement"] = correlations(judged, "answer", "others")
    scored["disagreement"] = _mean_by_who(judged, (judged["answer"] - judged["others"]).abs())
    scored[["rt_ratio", "too_fast", "long_trials"]] = _times(rows)
    named = score_named_classes(table, astray)
    scored.loc[named.index, [*NAMED_SCORES]] = named[[*NAMED_SCORES]]
    return scored[["trials", "repeats", *SCORES]].reset_index()


def correlations(rows: pd.DataFrame, x: str, y: str) -> pd.Series[Any]:
    """Return each participant's Pearson correlation of two columns, by `WHO`.

    NaN where there are fewer than two rows, or one of the columns does not vary.
    """
    both = rows[[*WHO, x, y]].dropna()
    centred = both[[x, y]] - both.groupby(WHO)[[x, y]].transform("mean")
    # rounding leaves a speck of spread where all answers are equal
    centred = centred.where(centred.abs() > 1e-12, 0.0)
    products = pd.DataFrame(
        {"xy": centred[x] * centred[y], "xx": centred[x] ** 2, "yy": centred[y] ** 2}
    )
    sums = products.groupby([both[who] for who in WHO]).sum()
    spread = (sums["xx"] * sums["yy"]) ** 0.5
    correlation: pd.Series[Any] = (sums["xy"] / spread.where(spread > 0)).clip(-1, 1)
    return correlation


def match_repeats(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each repeat with the answer to the stimulus's first showing, as `answer_before`.

    Args:
        rows: rows of `learn.study.table.read_study`, repeats among them.
    """
    return join_repeats(_with_answers(rows))


def _with_answers(table: pd.DataFrame) -> pd.DataFrame:
    chooses_lambda_f = table["paradigm"].isin(CHOOSES_LAMBDA_F)
    said = with_classes_as_shares(table)["lambda_g"]
    return table.assign(
        answer=table["lambda_f"].where(chooses_lambda_f, said),
        # what was asked about is the pair where lambda_f is the answer, else the mix
        stimulus_lambda_f=table["lambda_f"].mask(chooses_lambda_f, -1.0),
    )


def _mean_by_who(rows: pd.DataFrame, values: Any) -> Any:
    return values.groupby([rows[who] for who in WHO]).mean()


def _repeat_difference(rows: pd.DataFrame) -> pd.Series[Any]:
    pairs = match_repeats(rows)
    difference: pd.Series[Any] = _mean_by_who(
        pairs, (pairs["answer"] - pairs["answer_before"]).abs()
    )
    return difference


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    stayed = 1 - rows["position_touched"].astype("Float64").astype("float64")
    # Construct: what was on screen first; the steps were not always recorded
    at_start = (rows["lambda_f"] == rows["start_value"]).astype("float64")
    stayed = stayed.where(rows["start_value"].isna(), at_start)
    slider, names = rows["position"].notna(), names_a_class(rows) | names_classes(rows)
    shares = pd.DataFrame(
        {
            "untouched": stayed,
            "default_answer": (rows["position"] == 50).astype("float64").where(slider),
            "end_answer": rows["answer"].isin([0.0, 1.0]).astype("float64").where(~names),
        }
    )
    return pd.DataFrame(_mean_by_who(rows, shares))


def _same_answer(rows: pd.DataFrame) -> pd.Series[Any]:
    each = rows.groupby([*WHO, "answer"]).size()
    by_who = each.groupby(level=WHO)
    share: pd.Series[Any] = by_who.max() / by_who.sum()
    return share


def _with_others(first: pd.DataFrame, astray: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Return one row a participant and stimulus, with the mean of the others' answers if any."""
    stimulus = ["paradigm", *IMAGE_PAIR, "stimulus_lambda_f"]
    own = first.groupby(["participant", *stimulus], as_index=False)["answer"].mean()
    who = zip(own["participant"], own["paradigm"], strict=True)
    own["counts"] = [float(each not in astray) for each in who]
    own["counted"] = own["answer"] * own["counts"]
    of_stimulus = own.groupby(stimulus)[["counts", "counted"]]
    others = of_stimulus.transform("sum") - own[["counts", "counted"]]
    n = others["counts"]
    return pd.DataFrame(own.assign(others=others["counted"] / n.where(n > 0)))


def _times(rows: pd.DataFrame) -> pd.DataFrame:
    group = rows.groupby("paradigm")["rt_s"].transform("median")
    ratio = rows["rt_s"] / group
    by_who = ratio.groupby([rows[who] for who in WHO])
    long = (ratio > _LONG).astype("float64")
    fast = rows["too_fast"].astype("Float64").astype("float64")  # NaN where there is no limit
    return pd.DataFrame(
        {
            "rt_ratio": by_who.median(),
            "too_fast": _mean_by_who(rows, fast),
            "long_trials": _mean_by_who(rows, long),
        }
    )
