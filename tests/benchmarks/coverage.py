"""Whether 95 % intervals hold the truth in 95 % of studies; a person runs it.

    python -m tests.benchmarks.coverage [--studies 400] [--jobs 2] [--only population]

Simulates studies whose truth is known and prints, for each case, the bias, the error (root mean
square) and the share of intervals that hold the truth. With 400 studies a share of .95 is known to
about .02 either way. Exits with 1 where a share is below what its group promises.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
from rich.console import Console
from rich.table import Table

from elicit.psychometric.few_raters import estimate_image_means
from elicit.psychometric.function import estimate
from elicit.psychometric.least_squares import fit_logistics, midpoint
from elicit.psychometric.population import estimate_population
from elicit.psychometric.two_way import estimate_two_way_error, split_curve, split_mean
from learn.arrays import Numbers
from learn.stats.pse import list_pses, pair_pses
from tests.benchmarks.coverage_studies import (
    Discriminations,
    Judgements,
    Midpoints,
    PairDiscriminations,
    Ratings,
    SimulatedStudies,
)

STUDIES = 400
PROMISED = dict.fromkeys(
    ("population", "pair", "pooled", "end_to_end", "midpoint", "curve", "image", "person"), 0.93
)
MARGIN = 2.0  # standard errors of a share, by which chance may miss what is promised

Outcomes = Numbers  # (E, 4): truth, estimate, low, high; one row an estimated number
Study = Callable[[np.random.Generator], Outcomes]


@dataclass(frozen=True)
class Case:
    """One kind of study, and what is estimated from it."""

    group: str
    name: str
    numbers: tuple[str, ...]  # what the rows of the outcomes are, again and again
    run: Study


def list_cases() -> Iterator[Case]:
    """Yield the cases that are simulated."""
    for pse, slope, people, trials in (
        (0.35, 8, 20, 16),
        (0.35, 8, 20, 50),
        (0.2, 8, 20, 50),
        (0.5, 15, 20, 16),
        (0.1, 8, 20, 50),
        (0.5, 12, 5, 16),
    ):
        study = Discriminations(pse, slope, people, trials)
        name = f"{people} people x {trials} trials, PSE {pse}, slope {slope}"
        yield Case("population", name, ("PSE", "slope"), partial(estimate_people, study))
    for people, images, trials in ((20, 5, 20), (20, 12, 24), (60, 6, 12)):
        study = Discriminations(0.4, 10, people, trials, images, 0.065)
        name = f"{people} people x {trials} trials, {images} pairs of images"
        yield Case("pair", name, ("PSE",), partial(estimate_pair, study))
    for people, pairs, trials in ((20, 6, 16), (40, 4, 8), (10, 10, 12)):
        of_pairs = PairDiscriminations(0.4, 10, people, pairs, trials)
        name = f"{people} people x {trials} trials about each of {pairs} class pairs"
        yield Case("pooled", name, ("PSE", "slope"), partial(estimate_pooled, of_pairs))
    for people, trials in ((12, 16), (20, 30)):
        name = f"{people} people x {trials} adaptive trials about each of 3 class pairs"
        of_logs = partial(estimate_logs, SimulatedStudies(people, trials))
        yield Case("end_to_end", name, ("PSE", "slope"), of_logs)
    for people, images, each in ((20, 5, 5), (60, 6, 2), (20, 30, 5)):
        name = f"{people} people, {images} pairs of images, {each} a person"
        run = partial(estimate_mean, Midpoints(people, images, each))
        yield Case("midpoint", name, ("mean",), run)
    for people, images, answers in ((60, 46, 92), (60, 6, 120), (20, 10, 60), (200, 10, 400)):
        name = f"{people} people, {images} pairs of images, {answers} answers"
        of_ratings = partial(estimate_curve, Ratings(people, images, answers))
        yield Case("curve", name, ("k", "x0"), of_ratings)
    for raters in (2, 3, 4, 8):
        for step in (0.01, 0.1):
            name = f"{raters} raters, answers in steps of {step}"
            yield Case("image", name, ("mean",), partial(estimate_images, Judgements(raters, step)))
    for pse, slope in ((0.5, 12), (0.35, 8), (0.2, 8), (0.1, 8), (0.1, 15), (0.5, 3)):
        study = Discriminations(pse, slope, 1, 16)
        name = f"16 trials, PSE {pse}, slope {slope}"
        yield Case("person", name, ("PSE", "slope"), partial(estimate_person, study))


def estimate_people(study: Discriminations, rng: np.random.Generator) -> Outcomes:
    """Return the PSE and slope of a population."""
    rows = study.simulate(rng)
    found = estimate_population(rows["lambda_f"], rows["chose_i"], rows["participant"])
    return np.array(
        [
            (study.pse, found.pse, found.pse_low, found.pse_high),
            (study.slope, found.slope, found.slope_low, found.slope_high),
        ]
    )


def estimate_pair(study: Discriminations, rng: np.random.Generator) -> Outcomes:
    """Return the PSE of a class pair with several pairs of images, as `learn pse` does."""
    (found,) = pair_pses(study.simulate(rng)).to_dict("records")
    return np.array([(study.pse, found["pse"], found["pse_low"], found["pse_high"])])


def estimate_pooled(study: PairDiscriminations, rng: np.random.Generator) -> Outcomes:
    """Return the PSE and slope of all class pairs, as `learn pse` does."""
    found = list_pses(study.simulate(rng)).iloc[0]
    return np.array(
        [
            (truth, found[name], found[f"{name}_low"], found[f"{name}_high"])
            for truth, name in ((study.pse, "pse"), (study.slope, "slope"))
        ]
    )


def estimate_logs(study: SimulatedStudies, rng: np.random.Generator) -> Outcomes:
    """Return the PSE and slope of each class pair, as `learn pse` does with the logs of a study."""
    truth = dict(study.pses)
    found = pair_pses(study.simulate(rng)).to_dict("records")
    return np.array(
        [
            (wanted, each[name], each[f"{name}_low"], each[f"{name}_high"])
            for each in found
            for name, wanted in (
                ("pse", truth[f"{each['class_i']}-{each['class_j']}"]),
                ("slope", study.slope),
            )
        ]
    )


def estimate_person(study: Discriminations, rng: np.random.Generator) -> Outcomes:
    """Return the PSE and slope of one participant."""
    rows, own = study.simulate_person(rng)
    found = estimate(rows["lambda_f"].tolist(), rows["chose_i"].tolist())
    return np.array(
        [
            (own[0], found.pse, found.pse_low, found.pse_high),
            (own[1], found.slope, found.slope_low, found.slope_high),
        ]
    )


def estimate_mean(study: Midpoints, rng: np.random.Generator) -> Outcomes:
    """Return the mean lambda_f that is called 50/50."""
    answers, person, image = study.simulate(rng)
    mean, parts = split_mean(answers, person)
    ends = estimate_two_way_error(parts, person, image).interval(mean)
    return np.array([(study.truth, mean, *ends)])


def estimate_curve(study: Ratings, rng: np.random.Generator) -> Outcomes:
    """Return slope and midpoint of a class pair's logistic."""
    x, y, person, image = study.simulate(rng)
    levels, level = np.unique(x, return_inverse=True)
    n = np.bincount(level).astype(np.float64)
    curve = fit_logistics(levels, n[None], (np.bincount(level, y) / n)[None])[0]
    estimates = float(curve[0]), float(midpoint(curve))
    return np.array(
        [
            (truth, at, *estimate_two_way_error(parts, person, image).interval(at))
            for truth, at, parts in zip(
                study.truth, estimates, split_curve(x, y, curve), strict=True
            )
        ]
    )


def estimate_images(study: Judgements, rng: np.random.Generator) -> Outcomes:
    """Return the mean of each image."""
    truth, answers, image, rater = study.simulate(rng)
    found = estimate_image_means(answers, image, rater, 0.5)
    return np.stack([truth, found.mean, found.low, found.high], axis=1)


def run_study(case: Case, seed: int) -> Outcomes:
    """Return the outcomes of one study of a case."""
    return case.run(np.random.default_rng([seed, len(case.name)]))


def main() -> None:
    """Print the table, and say whether each group covers what it promises."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--studies", type=int, default=STUDIES)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", choices=[*PROMISED])
    chosen = options.parse_args()
    table = Table("group", "case", "of", "bias", "error", "covered", box=None)
    below = 0
    with ProcessPoolExecutor(chosen.jobs, mp_context=get_context("spawn")) as pool:
        for case in list_cases():
            if chosen.only not in {None, case.group}:
                continue
            found = [*pool.map(partial(run_study, case), range(chosen.studies), chunksize=5)]
            outcomes = np.concatenate([each[None] for each in found])  # (studies, E, 4)
            outcomes = outcomes.reshape(-1, len(case.numbers), 4)
            for number, name in enumerate(case.numbers):
                truth, at, low, high = outcomes[:, number].T
                covered = float(((low <= truth) & (truth <= high)).mean())
                chance = MARGIN * np.sqrt(0.05 * 0.95 / chosen.studies)
                short = bool(covered < PROMISED.get(case.group, 0.0) - chance)
                below += short
                bias, error = (at - truth).mean(), np.sqrt(((at - truth) ** 2).mean())
                numbers = f"{bias:+.3f}", f"{error:.3f}", f"{covered:.3f}{' <' * short}"
                table.add_row(case.group, case.name, name, *numbers)
    Console(width=110).print(table)
    raise SystemExit(below > 0)


if __name__ == "__main__":
    main()
