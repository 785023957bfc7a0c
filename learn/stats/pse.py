"""Points of subjective equality: the lambda_f that looks 50/50, by class pair and paradigm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from elicit.psychometric.function import Prior, estimate
from elicit.psychometric.pairs import (
    NamedAnswers,
    estimate_midpoint,
    estimate_named_pairs,
    split_named_pair,
)
from elicit.psychometric.pooled import pool_answers
from elicit.psychometric.two_way import split_mean
from learn.arrays import Codes, Numbers
from learn.study.schema import (
    CHOICES,
    CHOOSES_LAMBDA_F,
    CLASS_PAIR,
    IMAGE_PAIR,
    names_class_i,
    number_groups,
    number_participants,
)

ALL = "all"  # in place of a class or an image, where a row is over all pairs
ESTIMATES = ("pse", "pse_low", "pse_high", "slope", "slope_low", "slope_high")


def participant_pses(
    judgements: pd.DataFrame, by: Sequence[str] = CLASS_PAIR, prior: Prior | None = None
) -> pd.DataFrame:
    """Return each participant's PSE of each pair, from every paradigm that measures one.

    Discriminate's answers, pair by pair, give PSE and slope of a psychometric function with 95%
    intervals (`elicit.psychometric.function.estimate`, with its lapses). In Construct and
    Select-Shuffled the PSE is the mean lambda_f called 50/50, and there is no slope. Infer names no
    such point: its curves are `learn.policies.fit`'s. Practice is left out.

    Args:
        judgements: rows of `learn.study.table.read_study` that count.
        by: what has a PSE of its own: CLASS_PAIR, or IMAGE_PAIR, of `learn.study.schema`.
        prior: what is believed of Discriminate's curves before (`learn.stats.pse_prior` tells what
            the study's protocol states). The default one where None.

    Returns:
        paradigm, participant, `by`, trials and ESTIMATES, NaN where there is none; sorted.
    """
    asked = _select_choices(judgements)
    keys = ["paradigm", "participant", *by]
    found = [
        (*which, len(its), *_of_one(str(which[0]), its, prior))
        for which, its in asked.groupby(keys, sort=True)
    ]
    return pd.DataFrame(found, columns=[*keys, "trials", *ESTIMATES]).astype(
        dict.fromkeys(ESTIMATES, "float64")
    )


def pair_pses(
    judgements: pd.DataFrame, by: Sequence[str] = CLASS_PAIR, prior: Prior | None = None
) -> pd.DataFrame:
    """Return the PSE of each pair over participants, by paradigm.

    Discriminate's answers of two or more participants give the PSE and slope of their population
    (`elicit.psychometric.population.estimate_populations`), with intervals of the posterior: own
    curves are not averaged, as each is pulled towards a prior, and a participant counts for what
    their answers tell; how much people differ and lapse is the same for all pairs. From Construct
    and Select-Shuffled the PSE is the mean of the participants', each counted once. Where a pair
    has several pairs of images, intervals are over other people and other images of the same
    classes (`elicit.psychometric.two_way`), else over other people, for these images. Where there
    is one participant, the interval is their own, and says nothing of other people; from Construct
    and Select-Shuffled it is NaN then. A preferred side shifts a participant's PSE, but not the
    population's if as many prefer either side.

    Args:
        judgements: rows of `learn.study.table.read_study` that count.
        by: what has a PSE of its own.
        prior: as `participant_pses` takes it; used where there is one participant.

    Returns:
        paradigm, `by`, participants, image_pairs, trials and ESTIMATES; sorted.
    """
    keys = ["paradigm", *by]
    asked = _select_choices(judgements)
    groups = [(which, its) for which, its in asked.groupby(keys, sort=True)]
    named = _estimate_named([its for _, its in groups])
    found = [
        (
            *which,
            *_count_people_and_images(its),
            len(its),
            *(of_named or _of_people(its, by, prior)),
        )
        for (which, its), of_named in zip(groups, named, strict=True)
    ]
    columns = [*keys, "participants", "image_pairs", "trials", *ESTIMATES]
    return pd.DataFrame(found, columns=columns).astype(dict.fromkeys(ESTIMATES, "float64"))


def list_pses(
    judgements: pd.DataFrame, by: Sequence[str] = CLASS_PAIR, prior: Prior | None = None
) -> pd.DataFrame:
    """Return the PSE of all pairs of each paradigm (`pool_pses`), then of each (`pair_pses`).

    A paradigm that asked about one pair has no row of all.
    """
    pairs = pair_pses(judgements, by, prior)
    several = pairs.groupby("paradigm")["trials"].transform("size") > 1
    if not several.any():
        return pairs
    whole = pool_pses(judgements, pairs[several])
    together = pd.concat([whole, pairs]).sort_values("paradigm", kind="stable")
    return together.reset_index(drop=True)


def pool_pses(judgements: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean PSE, and of Discriminate the slope, over all pairs, by paradigm.

    Intervals are over other people and other pairs (`elicit.psychometric.pooled`); slopes are
    averaged by their logarithm. They are NaN where there is one person or one pair.

    Args:
        judgements: as `pair_pses` takes them.
        pairs: what it returns.

    Returns:
        The columns of `pairs`, ALL in place of a class or an image; a row a paradigm.
    """
    asked = _select_choices(judgements)
    by = [name for name in pairs.columns if name in IMAGE_PAIR]
    found = []
    for paradigm, its in pairs.groupby("paradigm", sort=True):
        rows = asked[asked["paradigm"] == paradigm]
        people, images = _count_people_and_images(rows)
        row = {"paradigm": paradigm, **dict.fromkeys(by, ALL), "participants": people}
        row |= {"image_pairs": images, "trials": len(rows)}
        found.append(row | _pool(rows, its.reset_index(drop=True), by))
    return pd.DataFrame(found, columns=pairs.columns).astype(dict.fromkeys(ESTIMATES, "float64"))


def _pool(rows: pd.DataFrame, pairs: pd.DataFrame, by: list[str]) -> dict[str, float]:
    """Return ESTIMATES over the pairs of one paradigm."""
    pair, person = number_groups(rows, by), number_participants(rows)
    image = number_groups(rows, IMAGE_PAIR)
    parts = np.full((2, len(rows)), np.nan)
    for number in range(int(pair.max()) + 1):
        here = pair == number
        parts[:, here] = _split(rows[here], person[here])
    found: dict[str, float] = {}
    for name, part in zip(("slope", "pse"), parts, strict=True):
        ends = pairs[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)
        if np.isnan(ends[:, 0]).all():
            continue
        scale, back = (np.log, np.exp) if name == "slope" else (np.asarray, np.asarray)
        pooled = pool_answers(scale(ends), part, pair, person, image)
        found |= {
            name: float(back(pooled.mean)),
            f"{name}_low": float(back(pooled.low)),
            f"{name}_high": float(back(pooled.high)),
        }
    return found


def _split(its: pd.DataFrame, person: Codes) -> Numbers:
    """Return (2, N) each answer's part in a pair's log slope and PSE."""
    shown = its["lambda_f"].to_numpy(float)
    if its["paradigm"].iloc[0] not in CHOOSES_LAMBDA_F:
        return split_named_pair(shown, names_class_i(its))
    of_mean = split_mean(shown, np.unique(person, return_inverse=True)[1].reshape(-1))[1]
    return np.stack([np.full(len(its), np.nan), of_mean])


def check_has_choices(judgements: pd.DataFrame) -> None:
    """Check that a study measured PSEs.

    Raises:
        ElicitError: no row is of a paradigm that measures one.
    """
    there = set(judgements["paradigm"])
    if not there & set(CHOICES):
        raise ElicitError(
            f"paradigm: must be discriminate, construct or select_shuffled in some rows, got "
            f"{', '.join(sorted(there))} only; the curves of Infer come from learn fit-policy"
        )


def _select_choices(judgements: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that measure a PSE."""
    return judgements[judgements["paradigm"].isin(CHOICES) & ~judgements["practice"]]


def _of_one(paradigm: str, its: pd.DataFrame, prior: Prior | None) -> Iterator[float]:
    shown = its["lambda_f"].to_numpy(float)
    if paradigm in CHOOSES_LAMBDA_F:
        yield float(shown.mean())
        yield from [np.nan] * (len(ESTIMATES) - 1)
        return
    found = estimate(shown.tolist(), names_class_i(its).tolist(), prior)
    for name in ESTIMATES:
        yield getattr(found, name)


def _count_people_and_images(its: pd.DataFrame) -> tuple[int, int]:
    return its["participant"].nunique(), its.groupby(IMAGE_PAIR).ngroups


def _estimate_named(groups: Sequence[pd.DataFrame]) -> list[Sequence[float] | None]:
    """Return ESTIMATES of each pair whose class two or more people named; None of other groups."""
    found: list[Sequence[float] | None] = [None] * len(groups)
    places = [
        k
        for k, its in enumerate(groups)
        if its["paradigm"].iloc[0] not in CHOOSES_LAMBDA_F and its["participant"].nunique() > 1
    ]
    answers = [
        NamedAnswers(
            its["lambda_f"].to_numpy(float),
            names_class_i(its).astype(np.float64),
            number_participants(its),
            number_groups(its, IMAGE_PAIR),
        )
        for its in (groups[k] for k in places)
    ]
    for k, each in zip(places, estimate_named_pairs(answers), strict=True):
        found[k] = [getattr(each, name) for name in ESTIMATES]
    return found


def _of_people(its: pd.DataFrame, by: Sequence[str], prior: Prior | None) -> Sequence[Any]:
    """Return ESTIMATES of mixes that people chose for one pair, or of one person's answers."""
    if its["participant"].nunique() == 1:
        return participant_pses(its, by, prior)[list(ESTIMATES)].iloc[0].tolist()
    shown = its["lambda_f"].to_numpy(float)
    found = estimate_midpoint(shown, number_participants(its), number_groups(its, IMAGE_PAIR))
    return [*found, *[np.nan] * 3]
