"""Adaptive against constant stimuli, in simulation: python -m tests.benchmarks.adaptive [PEOPLE].

Observers are drawn from the default prior of `elicit.psychometric.function.Prior`: PSE normal
(.5, .15), cut off at 0 and 1; slope log-normal, median 12, a standard deviation a factor of 2;
lapses Beta(1, 19), mean 5%. Each answers both kinds of block with a chooser and grids as a session
has them; both are estimated by the same posterior.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from elicit.design.adaptive import CHOICE_GRID, AdaptiveCurve
from elicit.protocol.study_protocol import load
from elicit.psychometric.function import Estimate, Prior, estimate, grid
from learn.stats.pse import participant_pses
from learn.study import table as logs
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.helpers.simulated_studies import cohort, simulate_study

PRIOR = Prior()
FINE_GRID = tuple(round(k / 20, 2) for k in range(21))
COARSE_GRID = tuple(round(k / 10, 1) for k in range(11))
LOOKS = (*range(5, 60, 5), *range(60, 241, 10))  # trials after which the answers are weighed
COVERED = (30, 60, 120, 240)
PSE_GOAL, SLOPE_GOAL = 0.05, 0.20
CHOICES = 5000
Person = tuple[float, float, float]
Numbers = NDArray[np.float64]
Clock = Callable[[], float]
console = Console(width=100)


def main() -> None:
    """Print trials needed, coverage, time to choose, and what whole sessions find."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    began = time.perf_counter()
    rng = np.random.default_rng(2026)
    drawn = [PRIOR.draw(rng) for _ in range(people)]
    designs: dict[str, Callable[[Person, int], list[tuple[float, bool]]]] = {
        "adaptive, pse_and_slope": lambda who, seed: adaptive(who, "pse_and_slope", seed),
        "adaptive, pse": lambda who, seed: adaptive(who, "pse", seed),
        "constant, 11 mixes 0 to 1": lambda who, seed: constant(who, COARSE_GRID, seed),
        "constant, 9 mixes .3 to .7": lambda who, seed: constant(who, FINE_GRID[6:15], seed),
    }
    found = {
        name: [weighed(answers(who, number)) for number, who in enumerate(drawn)]
        for name, answers in designs.items()
    }
    truth = np.array([who[:2] for who in drawn])
    console.print(f"{people} observers from the prior; {LOOKS[-1]} trials each and design")
    tell_errors(found, truth)
    tell_needed(found, truth)
    tell_coverage(found, truth)
    tell_times()
    tell_sessions()
    console.print(f"took {time.perf_counter() - began:.0f} s")


def says_i(who: Person, lambda_f: float, rng: np.random.Generator) -> bool:
    """Return one answer: a lapse names either class as often."""
    pse, slope, lapse = who
    if rng.random() < lapse:
        return bool(rng.random() < 0.5)
    return bool(rng.random() < 1 / (1 + np.exp(-slope * (lambda_f - pse))))


def adaptive(who: Person, target: str, seed: int) -> list[tuple[float, bool]]:
    """Return LOOKS[-1] answers to mixes that the chooser chose."""
    rng = np.random.default_rng([1, seed])
    curve = AdaptiveCurve.start(FINE_GRID, target, PRIOR)
    for _ in range(LOOKS[-1]):
        lambda_f = curve.choice()
        curve = curve.after(lambda_f, says_i(who, lambda_f, rng))
    return list(curve.answers)


def constant(who: Person, grid: Sequence[float], seed: int) -> list[tuple[float, bool]]:
    """Return LOOKS[-1] answers to a grid, every mix once in each round, shuffled."""
    rng = np.random.default_rng([2, seed])
    rounds = -(-LOOKS[-1] // len(grid))
    shown = [grid[k] for _ in range(rounds) for k in rng.permutation(len(grid))]
    return [(lambda_f, says_i(who, lambda_f, rng)) for lambda_f in shown[: LOOKS[-1]]]


def weighed(answers: Sequence[tuple[float, bool]]) -> list[Estimate]:
    """Return what the answers say after each number of LOOKS."""
    shown, said = [each for each, _ in answers], [each for _, each in answers]
    return [estimate(shown[:n], said[:n], PRIOR) for n in LOOKS]


def errors(found: Sequence[Sequence[Estimate]], truth: Numbers) -> tuple[Numbers, Numbers]:
    """Return, after each number of LOOKS, RMSE of the PSE and relative error of the slope.

    The latter is the root mean square of log(estimate / truth): .2 is 20% off, up or down.
    """
    pse = np.array([[each.pse for each in person] for person in found])
    slope = np.array([[each.slope for each in person] for person in found])
    of_pse = np.sqrt(np.mean((pse - truth[:, :1]) ** 2, axis=0))
    return of_pse, np.sqrt(np.mean(np.log(slope / truth[:, 1:]) ** 2, axis=0))


def tell_errors(found: dict[str, list[list[Estimate]]], truth: Numbers) -> None:
    """Print errors by number of trials."""
    shown = [n for n in (20, 40, 60, 80, 120, 160, 240) if n in LOOKS]
    for which, what in enumerate(("RMSE of the PSE", "relative error of the slope, RMS")):
        table = Table(f"{what} after", *(str(n) for n in shown), box=None)
        for name, its in found.items():
            error = errors(its, truth)[which]
            table.add_row(name, *(f"{error[LOOKS.index(n)]:.3f}" for n in shown))
        console.print(table)


def tell_needed(found: dict[str, list[list[Estimate]]], truth: Numbers) -> None:
    """Print the trials a curve after which the errors are as small as wanted."""
    slope = f"slope {SLOPE_GOAL:.0%}"
    table = Table("trials a curve for", f"PSE RMSE {PSE_GOAL}", f"{slope}, RMS", f"{slope}, median")
    for name, its in found.items():
        of_pse, of_slope = errors(its, truth)
        slopes = np.array([[each.slope for each in person] for person in its])
        middle = np.median(np.abs(np.log(slopes / truth[:, 1:])), axis=0)
        goals = ((of_pse, PSE_GOAL), (of_slope, SLOPE_GOAL), (middle, SLOPE_GOAL))
        table.add_row(name, *(needed(error, goal) for error, goal in goals))
    console.print(table)


def needed(error: Numbers, goal: float) -> str:
    """Return after how many trials an error is at most `goal`, between two looks by a line."""
    if error[-1] > goal:
        return f"over {LOOKS[-1]} (then {error[-1]:.3f})"
    k = int(np.argmax(error <= goal))
    if k == 0:
        return f"at most {LOOKS[0]}"
    return f"{np.interp(-goal, [-error[k - 1], -error[k]], LOOKS[k - 1 : k + 1]):.0f}"


def tell_coverage(found: dict[str, list[list[Estimate]]], truth: Numbers) -> None:
    """Print how many of the 95% intervals hold the truth: PSE and slope."""
    table = Table("95% intervals hold PSE / slope after", *(str(n) for n in COVERED), box=None)
    for name, its in found.items():
        cells = []
        for n in COVERED:
            here = [person[LOOKS.index(n)] for person in its]
            pse = [e.pse_low <= t <= e.pse_high for e, t in zip(here, truth[:, 0], strict=True)]
            slope = [
                e.slope_low <= t <= e.slope_high for e, t in zip(here, truth[:, 1], strict=True)
            ]
            cells.append(f"{np.mean(pse):.1%} / {np.mean(slope):.1%}")
        table.add_row(name, *cells)
    console.print(table)


def tell_times() -> None:
    """Print how long the choice of a mix takes, and beside it the questplus package's.

    By the wall clock other programs' turns count too; the processor's own time is what it takes.
    """
    table = Table("ms to learn an answer and choose", "median", "99%", "longest", box=None)
    for name, clock in (("wall clock", time.perf_counter), ("processor", time.thread_time)):
        for target in ("pse_and_slope", "pse"):
            table.add_row(f"elicit.adaptive, {target}, {name}", *in_ms(own_times(target, clock)))
        theirs = questplus_times(clock)
        if theirs:
            table.add_row(f"questplus, same grids, {name}", *in_ms(theirs))
    console.print(table)


def in_ms(seconds: Sequence[float]) -> Iterator[str]:
    """Return median, 99% quantile and longest."""
    for value in (*np.quantile(seconds, [0.5, 0.99]), max(seconds)):
        yield f"{value * 1000:.2f}"


def own_times(target: str, clock: Clock) -> list[float]:
    """Return seconds of each choice, an answer learnt before it."""
    rng, took = np.random.default_rng(3), list[float]()
    while len(took) < CHOICES:
        who, curve = PRIOR.draw(rng), AdaptiveCurve.start(FINE_GRID, target, PRIOR)
        curve.choice()
        for _ in range(50):
            answer = says_i(who, lambda_f := curve.choice(), rng)
            began = clock()
            curve = curve.after(lambda_f, answer)
            curve.choice()
            took.append(clock() - began)
    return took


def questplus_times(clock: Clock) -> list[float]:
    """Return seconds of each choice of the questplus package; nothing where it is missing."""
    try:
        questplus: Any = import_module("questplus")  # PsychoPy brings it along
    except ImportError:
        return []
    its = grid(PRIOR, CHOICE_GRID)
    # its own logistic-like function: cumulative normal, standard deviation for our slope
    staircase = questplus.QuestPlus(
        stim_domain={"intensity": list(FINE_GRID)},
        param_domain={
            "mean": its.pse.tolist(),
            "sd": (1.7 / its.slope).tolist(),
            "lower_asymptote": [0.025],
            "lapse_rate": its.lapse.tolist(),
        },
        outcome_domain={"response": ["Yes", "No"]},
        func="norm_cdf",
        stim_scale="linear",
        stim_selection_method="min_entropy",
        param_estimation_method="mean",
    )
    rng, took = np.random.default_rng(3), []
    for _ in range(40):
        who = PRIOR.draw(rng)
        shown = staircase.next_stim
        answer = "Yes" if says_i(who, shown["intensity"], rng) else "No"
        began = clock()
        staircase.update(stim=shown, outcome={"response": answer})
        _ = staircase.next_stim
        took.append(clock() - began)
    return took


def tell_sessions() -> None:
    """Print what `learn` finds in the logs of whole sessions with an observer who is known."""
    truth = {"cat-dog": 0.42, "cat-frog": 0.55, "dog-frog": 0.61}
    known = {"pse": truth, "slope": 12.0, "lapse_rate": 0.04}
    how = {"target": "pse_and_slope", "trials": 50}
    asked = block("discriminate", lambda_grid=list(FINE_GRID), adaptive=how)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        protocol = load(write_protocol(folder, study(asked)))
        groups = [cohort("psychometric", 40, known)]
        rows = logs.read_study(simulate_study(folder / "logs", protocol, groups))
    found = participant_pses(rows)
    table = Table("whole sessions, 40 people x 50 trials a pair", "truth", "mean", "RMSE", "held")
    for (i, j), its in found.groupby(["class_i", "class_j"]):
        true = truth[f"{i}-{j}"]
        held = (its["pse_low"] <= true) & (true <= its["pse_high"])
        rmse = float(np.sqrt(np.mean((its["pse"] - true) ** 2)))
        table.add_row(
            f"{i}-{j} PSE", f"{true:.2f}", f"{its['pse'].mean():.3f}", f"{rmse:.3f}",
            f"{held.mean():.0%}",
        )  # fmt: skip
    slopes = np.log(found["slope"] / 12.0)
    held = (found["slope_low"] <= 12) & (found["slope_high"] >= 12)
    middle = f"{12 * np.exp(slopes.mean()):.1f}"
    error = f"{np.sqrt(np.mean(slopes**2)):.0%}"
    table.add_row("slope, all pairs", "12", middle, error, f"{held.mean():.0%}")
    console.print(table)


if __name__ == "__main__":
    main()
