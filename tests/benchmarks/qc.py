"""How many careless participants quality control finds among H-Mix's, and how many careful ones.

    python -m tests.benchmarks.qc [--seeds 20] [--n 3]

Mixes `n` simulated careless participants of each kind into the published H-Mix, once a seed, and
prints the share of each kind that is left out (hits) and the share of H-Mix's own participants
that is (false alarms; H-Mix alone: the first line). They have the stimuli and response times of a
real participant each, so only their answers give them away.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import pandas as pd

from learn import qc, qc_criteria
from learn.hmix import import_hmix
from learn.table import read
from tests.conftest import SHARED_DATA
from tests.learn.careless import KINDS, careless


def main() -> None:
    """Print hit and false-alarm rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--n", type=int, default=3, help="careless participants of each kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        import_hmix(SHARED_DATA / "h-mix", Path(folder, "study"))
        trials = read(Path(folder, "study"))
    alone = len(qc.check(trials, qc_criteria.load()).excluded)
    print(f"H-Mix alone: {alone} of {len(participants(trials))} left out")
    hits, alarms = rates(trials, options.seeds, options.n)
    print(f"{options.seeds} times {options.n} careless participants of each kind among H-Mix's:")
    for (paradigm, kind), share in hits.items():
        print(f"  hits, {paradigm}, {kind.replace('_', ' ')}: {share:.1%}")
    print(f"  false alarms: {alarms:.1%}")


def participants(trials: pd.DataFrame) -> set[tuple[str, str]]:
    """Return who did which paradigm."""
    return set(zip(trials["participant"], trials["paradigm"], strict=True))


def rates(trials: pd.DataFrame, seeds: int, n: int) -> tuple[dict[tuple[str, str], float], float]:
    """Return the share left out of each kind of careless participants, and of the others.

    Args:
        trials: rows of careful participants, as `learn.table.read` gives them.
        seeds: how often careless ones are mixed in.
        n: how many of each kind at a time.
    """
    kinds = [(paradigm, kind) for paradigm, all_kinds in KINDS.items() for kind in all_kinds]
    found: Counter[tuple[str, str]] = Counter()
    alarms = 0
    for seed in range(seeds):
        made = [careless(trials, paradigm, kind, n, seed) for paradigm, kind in kinds]
        mixed = pd.concat([trials, *made], ignore_index=True)
        excluded = qc.check(mixed, qc_criteria.load()).excluded
        for (paradigm, kind), rows in zip(kinds, made, strict=True):
            found[paradigm, kind.__name__] += len(excluded & participants(rows))
        alarms += len(excluded & participants(trials))
    hits = {(paradigm, kind.__name__): found[paradigm, kind.__name__] for paradigm, kind in kinds}
    return (
        {kind: number / (seeds * n) for kind, number in hits.items()},
        alarms / (seeds * len(participants(trials))),
    )


if __name__ == "__main__":
    main()
