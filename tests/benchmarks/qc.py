"""How many careless participants quality control finds among H-Mix's, and how many careful ones.

    python -m tests.benchmarks.qc [--seeds 20] [--n 3] [--people 150]

Mixes `n` simulated careless participants of each kind into the published H-Mix, once a seed, and
prints the share of each kind that is left out (hits) and the share of H-Mix's own participants
that is (false alarms; H-Mix alone: the first line). They have the stimuli and response times of a
real participant each, so only their answers give them away. H-Mix has no Discriminate: `people`
simulated participants of each kind do protocols/discriminate.yaml, careless ones and careful ones.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from elicit.protocol.study_protocol import StudyProtocol, load
from learn.hmix.import_study import import_hmix
from learn.qc import check as qc
from learn.qc import criteria as qc_criteria
from learn.study.table import read_study
from tests.conftest import SHARED_DATA
from tests.elicit.helpers.factories import PROTOCOLS
from tests.helpers.simulated_studies import cohort, simulate_study
from tests.learn.helpers.careless_participants import KINDS, make_careless

SPREAD = {"pse_sd": 0.07, "log_slope_sd": 0.3}  # between participants, about as in H-Mix
WHO_NAMES_A_CLASS: dict[str, tuple[str, dict[str, float]]] = {
    "careless: random": ("random", {}),
    "careless: masher": ("masher", {}),
    "careless: same": ("same", {}),
    "half of the time": ("psychometric", SPREAD | {"slope": 10.0, "lapse_rate": 0.5}),
    "careful: ideal": ("ideal", {}),
    "careful: hmix": ("hmix", {}),
    "careful: slope 20, many lapses": ("psychometric", SPREAD | {"slope": 20.0, "lapse_rate": 0.1}),
    "careful: slope 10": ("psychometric", SPREAD | {"slope": 10.0, "lapse_rate": 0.03}),
    "careful: slope 10, to one side": ("psychometric", SPREAD | {"slope": 10.0, "side_bias": 2.0}),
    "careful: slope 5": ("psychometric", SPREAD | {"slope": 5.0, "lapse_rate": 0.05}),
    "careful: slope 3, next to blind": ("psychometric", SPREAD | {"slope": 3.0}),
}


def main() -> None:
    """Print hit and false-alarm rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--n", type=int, default=3, help="careless participants of each kind")
    parser.add_argument("--people", type=int, default=150, help="of each kind in Discriminate")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        import_hmix(SHARED_DATA / "h-mix", Path(folder, "study"))
        trials = read_study(Path(folder, "study"))
    alone = len(qc.check_quality(trials, qc_criteria.read_criteria()).excluded)
    print(f"H-Mix alone: {alone} of {len(participants(trials))} left out")
    hits, alarms = rates(trials, options.seeds, options.n)
    print(f"{options.seeds} times {options.n} careless participants of each kind among H-Mix's:")
    for (paradigm, kind), share in hits.items():
        print(f"  hits, {paradigm}, {kind.replace('_', ' ')}: {share:.1%}")
    print(f"  false alarms: {alarms:.1%}")
    print(f"{options.people} simulated participants of each kind, protocols/discriminate.yaml:")
    asked = load(PROTOCOLS / "discriminate.yaml")
    for name, (observer, settings) in WHO_NAMES_A_CLASS.items():
        share, evidence = discriminating(asked, observer, settings, options.people)
        print(f"  {name}: {share:.1%} left out, median curve_evidence {evidence:.1f}")


def participants(trials: pd.DataFrame) -> set[tuple[str, str]]:
    """Return who did which paradigm."""
    return set(zip(trials["participant"], trials["paradigm"], strict=True))


def rates(trials: pd.DataFrame, seeds: int, n: int) -> tuple[dict[tuple[str, str], float], float]:
    """Return the share left out of each kind of careless participants, and of the others.

    Args:
        trials: rows of careful participants, as `learn.study.table.read_study` gives them.
        seeds: how often careless ones are mixed in.
        n: how many of each kind at a time.
    """
    kinds = [(paradigm, kind) for paradigm, all_kinds in KINDS.items() for kind in all_kinds]
    found: Counter[tuple[str, str]] = Counter()
    alarms = 0
    for seed in range(seeds):
        made = [make_careless(trials, paradigm, kind, n, seed) for paradigm, kind in kinds]
        mixed = pd.concat([trials, *made], ignore_index=True)
        excluded = qc.check_quality(mixed, qc_criteria.read_criteria()).excluded
        for (paradigm, kind), rows in zip(kinds, made, strict=True):
            found[paradigm, kind.__name__] += len(excluded & participants(rows))
        alarms += len(excluded & participants(trials))
    hits = {(paradigm, kind.__name__): found[paradigm, kind.__name__] for paradigm, kind in kinds}
    return (
        {kind: number / (seeds * n) for kind, number in hits.items()},
        alarms / (seeds * len(participants(trials))),
    )


def discriminating(
    asked: StudyProtocol, observer: str, settings: Mapping[str, float], people: int
) -> tuple[float, float]:
    """Return the share of simulated participants that is left out, and their median evidence."""
    with tempfile.TemporaryDirectory() as folder:
        trials = read_study(
            simulate_study(Path(folder), asked, [cohort(observer, people, settings)])
        )
    checked = qc.check_quality(trials, qc_criteria.read_criteria())
    return len(checked.excluded) / people, float(checked.scores["curve_evidence"].median())


if __name__ == "__main__":
    main()
