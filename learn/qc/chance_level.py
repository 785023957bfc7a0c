"""Whether the classes that a participant named depend on lambda_f, or could be random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaln, logsumexp

from elicit.psychometric.function import Grid, Prior, grid
from learn.arrays import Numbers
from learn.study.schema import CLASS_PAIR, IMAGE_PAIR, names_a_class, names_class_i

_SIZE = (60, 24, 5)  # of PSE, slope and lapse: a finer grid moves evidences by 0.2 nats


def evidence_of_a_curve(rows: pd.DataFrame, who: Sequence[str]) -> pd.Series[Any]:
    """Return how much likelier the classes named are under curves than under a coin, in nats.

    A Bayes factor's logarithm (Kass & Raftery 1995). Under curves, each class pair has a rising
    psychometric function of its own, or each image pair where that tells more, drawn
    as `elicit.psychometric.function.Prior` says; under a coin, one key is pressed with the same
    probability in every trial, all probabilities equally likely. Nothing is fitted, so nothing is
    overfitted, and it makes no difference how many mixes were shown, which, and why: of
    participants with such curves, at most a share of exp(-x) has an evidence below -x (by Markov's
    inequality).

    Args:
        rows: rows of `learn.study.table.read_study`; those of Discriminate count.
        who: what makes a participant: the result is by these columns.
    """
    named = rows[names_a_class(rows)]
    mirrored = named["mirrored"].astype("boolean").fillna(False).to_numpy(bool)
    named = named.assign(right=names_class_i(named) == mirrored)  # the key pressed
    curves = grid(Prior(), _SIZE)
    found = [(*key, _evidence(its, curves)) for key, its in named.groupby(list(who), sort=True)]
    table = pd.DataFrame(found, columns=[*who, "evidence"]).astype({"evidence": "float64"})
    evidence: pd.Series[Any] = table.set_index(list(who))["evidence"]
    return evidence


def _evidence(its: pd.DataFrame, curves: Grid) -> float:
    said_i = names_class_i(its)
    shown, level = np.unique(its["lambda_f"].to_numpy(float), return_inverse=True)
    chance = curves.chances(shown.tolist()).reshape(len(shown), -1)
    logs, before = np.log([chance, 1 - chance]), np.log(curves.weight).ravel()

    def under_curves(keys: Sequence[str]) -> float:
        unit = its.groupby(list(keys), sort=False).ngroup().to_numpy()
        counts = np.zeros((2, unit.max() + 1, len(shown)))
        np.add.at(counts, (np.where(said_i, 0, 1), unit, level), 1)
        each: Numbers = logsumexp(before + np.einsum("aux,axc->uc", counts, logs), axis=1)
        return float(each.sum())

    right, n = int(its["right"].sum()), len(its)
    under_a_coin = float(betaln(right + 1, n - right + 1))
    return max(under_curves(CLASS_PAIR), under_curves(IMAGE_PAIR)) - under_a_coin
