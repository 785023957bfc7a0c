"""Simulated studies whose truth is known, for the benchmark of intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from elicit.psychometric.function import logistic
from elicit.psychometric.least_squares import fit_logistics, midpoint
from learn.arrays import Codes, Numbers
from learn.study.table import read_study
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.helpers.simulated_studies import cohort, simulate_study

MIXES = np.arange(1, 10) / 10  # constant stimuli of Discriminate
LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])  # of Infer
LARGE = 200_000  # answers, that a population's curve is found from


@dataclass(frozen=True)
class Discriminations:
    """Which-class answers of people who differ and lapse, about images that differ."""

    pse: float  # of the population
    slope: float
    people: int
    trials: int  # of each
    images: int = 1  # pairs of images
    image_sd: float = 0.0  # between their PSEs
    person_sd: float = 0.08
    log_slope_sd: float = 0.3
    lapse: float = 0.02

    def simulate(self, rng: np.random.Generator, shift: Numbers | float = 0.0) -> pd.DataFrame:
        """Return the answers as rows of a trial log, with the columns that estimates look at.

        Args:
            rng: of what is drawn.
            shift: (people,) what is added to each one's PSE.
        """
        own_pse = self.pse + shift + self.person_sd * rng.standard_normal(self.people)
        own_slope = self.slope * np.exp(self.log_slope_sd * rng.standard_normal(self.people))
        of_image = self.image_sd * rng.standard_normal(self.images)
        who = np.repeat(np.arange(self.people), self.trials)
        image = np.tile(np.resize(np.arange(self.images), self.trials), self.people)
        shown = np.concatenate(
            [rng.permutation(np.resize(MIXES, self.trials)) for _ in range(self.people)]
        )
        at = own_slope[who] * (shown - own_pse[who] - of_image[image])
        chance = self.lapse / 2 + (1 - self.lapse) * logistic(at)
        return pd.DataFrame(
            {
                "paradigm": "discriminate",
                "practice": False,
                "participant": [f"P{each:03}" for each in who],
                "class_i": "cat",
                "image_i": image,
                "class_j": "dog",
                "image_j": image + 1000,
                "lambda_f": shown,
                "chose_i": rng.random(len(shown)) < chance,
            }
        )

    def simulate_person(self, rng: np.random.Generator) -> tuple[pd.DataFrame, tuple[float, float]]:
        """Return one participant's answers, and their PSE and slope: those of the population."""
        alike = Discriminations(self.pse, self.slope, 1, self.trials, 1, 0.0, 0.0, 0.0, self.lapse)
        return alike.simulate(rng), (self.pse, self.slope)


@dataclass(frozen=True)
class PairDiscriminations:
    """Which-class answers about pairs of classes that differ, by people who judge each pair."""

    pse: float  # of all pairs
    slope: float
    people: int
    pairs: int
    trials: int  # of each person about each pair
    pair_sd: float = 0.065  # between the pairs' PSEs
    person_sd: float = 0.06  # between people, the same in all pairs
    own_sd: float = 0.05  # of a person in a pair
    log_slope_sd: float = 0.2  # between pairs

    def simulate(self, rng: np.random.Generator) -> pd.DataFrame:
        """Return the answers as `Discriminations` does."""
        person = self.person_sd * rng.standard_normal(self.people)
        parts = []
        for number in range(self.pairs):
            at = self.pse + self.pair_sd * rng.standard_normal()
            slope = self.slope * np.exp(self.log_slope_sd * rng.standard_normal())
            of_pair = Discriminations(at, slope, self.people, self.trials, person_sd=self.own_sd)
            parts.append(of_pair.simulate(rng, person).assign(class_j=f"dog{number}"))
        return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class SimulatedStudies:
    """Studies of an adaptive Discriminate block, as `elicit simulate` runs and writes them."""

    people: int
    trials: int  # of each person about each of three class pairs
    pses: tuple[tuple[str, float], ...] = (("cat-dog", 0.35), ("cat-frog", 0.5), ("dog-frog", 0.6))
    slope: float = 8.0
    person_sd: float = 0.08
    log_slope_sd: float = 0.3
    lapse: float = 0.02

    def simulate(self, rng: np.random.Generator) -> pd.DataFrame:
        """Return the rows that `learn` reads from the study folder."""
        how = {"target": "pse_and_slope", "trials": self.trials}
        settings = {
            "pse": dict(self.pses),
            "pse_sd": self.person_sd,
            "slope": self.slope,
            "log_slope_sd": self.log_slope_sd,
            "lapse_rate": self.lapse,
        }
        people = cohort("psychometric", self.people, settings, seed=int(rng.integers(2**31)))
        with TemporaryDirectory() as folder:
            asked = load_protocol(Path(folder), study(block("discriminate", adaptive=how)))
            return read_study(simulate_study(Path(folder, "logs"), asked, [people]))


@dataclass(frozen=True)
class Midpoints:
    """Mixes called 50/50 by people who differ, about images that differ."""

    people: int
    images: int
    each: int  # pairs of images that a person judges
    truth: float = 0.5
    person_sd: float = 0.05
    image_sd: float = 0.065
    noise_sd: float = 0.1

    def simulate(self, rng: np.random.Generator) -> tuple[Numbers, Codes, Codes]:
        """Return (N,) answers, who gave each and about which pair of images."""
        person = np.repeat(np.arange(self.people), self.each)
        image = np.concatenate(
            [rng.permutation(self.images)[: self.each] for _ in range(self.people)]
        )
        answers = (
            self.truth
            + self.person_sd * rng.standard_normal(self.people)[person]
            + self.image_sd * rng.standard_normal(self.images)[image]
            + self.noise_sd * rng.standard_normal(len(person))
        )
        return answers, person, image


@dataclass(frozen=True)
class Ratings:
    """Shares that people see, on a logistic scale on which people, images and answers differ."""

    people: int
    images: int
    answers: int
    slope: float = 5.0
    person_sd: float = 0.4
    image_sd: float = 0.5
    noise_sd: float = 0.8
    log_slope_sd: float = 0.3  # between images

    @cached_property
    def truth(self) -> tuple[float, float]:
        """Slope and midpoint of the logistic of all people and images."""
        rng = np.random.default_rng(1)
        spread = np.sqrt(self.person_sd**2 + self.image_sd**2 + self.noise_sd**2)
        at = spread * rng.standard_normal(LARGE)
        slope = self.slope * np.exp(self.log_slope_sd * rng.standard_normal(LARGE))
        mean = np.array([[logistic(slope * (x - 0.5) + at).mean() for x in LEVELS]])
        curve = fit_logistics(LEVELS, np.ones_like(mean), mean)[0]
        return float(curve[0]), float(midpoint(curve))

    def simulate(self, rng: np.random.Generator) -> tuple[Numbers, Numbers, Codes, Codes]:
        """Return (N,) lambda_f and lambda_g, who answered and about which pair of images."""
        person = rng.integers(self.people, size=self.answers)
        image = np.arange(self.answers) % self.images
        x = rng.choice(LEVELS, self.answers)
        slope = self.slope * np.exp(self.log_slope_sd * rng.standard_normal(self.images))
        at = (
            slope[image] * (x - 0.5)
            + self.person_sd * rng.standard_normal(self.people)[person]
            + self.image_sd * rng.standard_normal(self.images)[image]
            + self.noise_sd * rng.standard_normal(self.answers)
        )
        return x, logistic(at), person, image


@dataclass(frozen=True)
class Judgements:
    """Answers of few raters to each of many images, about some of which they differ more."""

    raters: int
    step: float  # of the answers' grid
    images: int = 250
    image_sd: float = 0.07

    def simulate(self, rng: np.random.Generator) -> tuple[Numbers, Numbers, Codes, Codes]:
        """Return (G,) true means; then (N,) answers, the image and the rater of each."""
        truth = 0.5 + self.image_sd * rng.standard_normal(self.images)
        within = 0.12 * np.sqrt(3 / rng.chisquare(5, self.images))
        answers = truth[:, None] + within[:, None] * rng.standard_normal((self.images, self.raters))
        image, rater = (each.ravel() for each in np.indices(answers.shape))
        return truth, np.round(answers / self.step).ravel() * self.step, image, rater
