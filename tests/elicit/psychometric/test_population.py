"""What the answers of a population say: intervals that cover, and no pull towards a prior."""

import numpy as np
import pytest

from elicit.psychometric.likelihoods import AnswerCounts
from elicit.psychometric.population import (
    PopulationEstimate,
    count_named,
    estimate_population,
    estimate_populations,
)

MIXES = np.arange(1, 10) / 10


def answers_of(
    rng: np.random.Generator, people: int, trials: int, pse: float, slope: float
) -> PopulationEstimate:
    """Return the estimate from a study of constant stimuli, with people who differ and lapse."""
    return estimate_populations([count_pair(rng, people, trials, pse, slope)])[0]


def count_pair(
    rng: np.random.Generator, people: int, trials: int, pse: float, slope: float
) -> AnswerCounts:
    """Return the answers of such a study to one pair."""
    own_pse = pse + 0.08 * rng.normal(size=people)
    own_slope = slope * np.exp(0.3 * rng.normal(size=people))
    who = np.repeat(np.arange(people), trials)
    shown = np.tile(np.resize(MIXES, trials), people)
    chance = 0.01 + 0.98 / (1 + np.exp(-own_slope[who] * (shown - own_pse[who])))
    return count_named(shown, rng.random(len(shown)) < chance, who)


@pytest.mark.parametrize(("trials", "pse", "slope"), [(18, 0.35, 8.0), (54, 0.2, 8.0)])
def test_the_intervals_of_twenty_people_cover_the_population_s_pse_and_slope(
    trials: int, pse: float, slope: float
) -> None:
    rng = np.random.default_rng(7)
    found = [answers_of(rng, 20, trials, pse, slope) for _ in range(20)]
    assert sum(each.pse_low <= pse <= each.pse_high for each in found) >= 17
    assert sum(each.slope_low <= slope <= each.slope_high for each in found) >= 17
    assert np.mean([each.pse for each in found]) == pytest.approx(pse, abs=0.02)
    assert (found[0].participants, found[0].trials) == (20, 20 * trials)


def test_more_people_make_the_interval_narrower() -> None:
    few, many = (answers_of(np.random.default_rng(1), n, 18, 0.4, 10.0) for n in (4, 40))
    assert many.pse_high - many.pse_low < 0.6 * (few.pse_high - few.pse_low)


def test_turning_the_classes_round_turns_the_pse_round() -> None:
    rng = np.random.default_rng(3)
    shown, who = np.tile(MIXES, 10), np.repeat(np.arange(10), 9)
    said = rng.random(90) < 1 / (1 + np.exp(-9 * (shown - 0.3)))
    one, other = estimate_population(shown, said, who), estimate_population(1 - shown, ~said, who)
    assert one.pse == pytest.approx(1 - other.pse, abs=0.005)
    assert one.slope == pytest.approx(other.slope, rel=0.01)


def test_one_answer_leaves_nearly_everything_possible() -> None:
    found = estimate_population([0.5], [True], ["P01"])
    assert found.pse_high - found.pse_low > 0.8


def test_no_answers_and_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="must be one answer and one participant a mix, got 0"):
        estimate_population([], [], [])
    with pytest.raises(ValueError, match="got 2, 1, 2"):
        estimate_population([0.5, 0.4], [True], ["P01", "P01"])


def test_pairs_together_tell_lapses_from_shallow_curves() -> None:
    """9 trials of 20 people about each of 5 pairs: alone, slopes come out a good deal too steep."""
    rng = np.random.default_rng(3)
    pairs = [count_pair(rng, 20, 9, 0.4, 10.0) for _ in range(5)]
    together = np.log([each.slope / 10 for each in estimate_populations(pairs)])
    alone = np.log([estimate_populations([each])[0].slope / 10 for each in pairs])
    assert abs(together.mean()) < 0.6 * alone.mean()
    assert np.sqrt((together**2).mean()) < 0.8 * np.sqrt((alone**2).mean())


def test_pairs_are_estimated_alike_in_any_order() -> None:
    rng = np.random.default_rng(5)
    pairs = [count_pair(rng, 8, 9, pse, 10.0) for pse in (0.3, 0.5, 0.6)]
    forth, back = estimate_populations(pairs), estimate_populations(pairs[::-1])[::-1]
    for one, other in zip(forth, back, strict=True):
        assert (one.pse, one.slope_high) == pytest.approx((other.pse, other.slope_high))
