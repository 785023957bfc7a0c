"""Careless participants, made from careful ones: their stimuli and times, other answers."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

Answers = NDArray[np.float64]
PLACES = np.arange(101) / 100  # of a slider
MIXES = np.arange(11) / 10  # of the grid


def at_random(own: Answers, choices: Answers, rng: Generator) -> Answers:
    """Answer anything."""
    return rng.choice(choices, len(own))


def always_the_same(own: Answers, choices: Answers, rng: Generator) -> Answers:
    """Answer one thing, whatever is shown."""
    return np.full(len(own), rng.choice(choices))


def always_the_middle(own: Answers, choices: Answers, rng: Generator) -> Answers:
    """Leave everything at 50."""
    return np.full(len(own), 0.5)


def without_looking(own: Answers, choices: Answers, rng: Generator) -> Answers:
    """Answer as people answer, but not to what is shown."""
    return rng.permutation(own)


def half_of_the_time(own: Answers, choices: Answers, rng: Generator) -> Answers:
    """Answer carefully every other time, anything else."""
    return np.where(np.arange(len(own)) % 2 == 0, own, rng.choice(choices, len(own)))


Kind = Callable[[Answers, Answers, Generator], Answers]
KINDS: dict[str, tuple[Kind, ...]] = {
    "infer": (
        at_random,
        always_the_same,
        always_the_middle,
        without_looking,
        half_of_the_time,
    ),
    "construct": (at_random, always_the_same),
    "select_shuffled": (at_random, always_the_same),
}


def make_careless(
    table: pd.DataFrame, paradigm: str, kind: Kind, n: int, seed: int
) -> pd.DataFrame:
    """Return the rows of `n` careless participants, made from as many of the table's.

    Args:
        table: rows as `learn.study.table.read_study` gives them.
        paradigm: which paradigm they do.
        kind: how they answer.
        n: how many.
        seed: of the draw of participants and of their answers.

    Returns:
        Rows like the table's; participants are named x0, x1, ... after their kind.
    """
    rng = np.random.default_rng(seed)
    its = table[table["paradigm"] == paradigm]
    chosen = rng.choice(sorted(set(its["participant"])), n, replace=False)
    name = kind.__name__.replace("_", "")
    made = []
    for number, participant in enumerate(chosen):
        rows = its[its["participant"] == participant].copy()
        rows["participant"] = f"x{name}{number}"
        made.append(_answered(rows, kind, rng))
    return pd.concat(made, ignore_index=True)


def _answered(rows: pd.DataFrame, kind: Kind, rng: Generator) -> pd.DataFrame:
    if rows["paradigm"].iloc[0] != "infer":
        return rows.assign(lambda_f=kind(rows["lambda_f"].to_numpy(), MIXES, rng))
    answers = kind(rows["lambda_g"].to_numpy(), PLACES, rng)
    places = pd.Series(np.rint(100 - 100 * answers), index=rows.index).astype("Int64")
    return rows.assign(lambda_g=answers, position=places)
