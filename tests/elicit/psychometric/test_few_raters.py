"""What few raters say of an image: intervals cover what they say, also with two raters."""

import numpy as np
import pytest

from elicit.psychometric import Numbers
from elicit.psychometric.few_raters import (
    ImageMeans,
    compare_image_means,
    estimate_image_means,
)
from learn.stats.findings import count_findings

IMAGES = 250


def simulated(
    raters: int, spread: float, step: float, seed: int
) -> tuple[Numbers, Numbers, ImageMeans]:
    """Return the true means of images, their raters' plain means, and the estimates.

    Raters differ more about some images than about others, and answer in steps.
    """
    rng = np.random.default_rng(seed)
    truth = 0.5 + spread * rng.standard_normal(IMAGES)
    within = 0.12 * np.sqrt(3 / rng.chisquare(5, IMAGES))
    answers = truth[:, None] + within[:, None] * rng.standard_normal((IMAGES, raters))
    answers = np.round(answers / step) * step
    image, rater = (each.ravel() for each in np.indices(answers.shape))
    return truth, answers.mean(axis=1), estimate_image_means(answers.ravel(), image, rater, 0.5)


@pytest.mark.parametrize("raters", [2, 3, 4, 8])
@pytest.mark.parametrize("step", [0.01, 0.1])
def test_intervals_of_images_with_few_raters_cover_the_truth(raters: int, step: float) -> None:
    covered, better = [], []
    for seed in range(5):
        truth, plain, found = simulated(raters, 0.07, step, seed)
        covered.append((found.low <= truth) & (truth <= found.high))
        better.append(((found.mean - truth) ** 2).mean() < ((plain - truth) ** 2).mean())
        assert (found.high - found.low > 0.01).all()  # no interval without a width
    assert 0.91 <= np.mean(covered) <= 0.985
    assert all(better)


@pytest.mark.parametrize("raters", [2, 4])
def test_where_all_images_are_alike_none_is_found_to_differ(raters: int) -> None:
    found = [count_findings(simulated(raters, 0.0, 0.1, seed)[2].p_value) for seed in range(5)]
    assert sum(each.adjusted > 0 for each in found) <= 2
    assert 0.02 < np.mean([each.raw / each.tested for each in found]) < 0.08


def test_a_variance_of_zero_is_no_certainty() -> None:
    answers = np.array([0.2, 0.2, 0.4, 0.6, 0.5, 0.8, 0.1, 0.4])
    image = np.repeat(np.arange(4), 2)
    found = estimate_image_means(answers, image, np.tile([0, 1], 4), 0.5)
    assert found.low[0] < 0.2 < found.high[0]
    assert found.p_value[0] > 0.01


def test_a_rater_who_answers_twice_counts_once() -> None:
    answers, image, rater = np.array([0.2, 0.4, 0.7, 0.1, 0.3]), [0, 0, 0, 1, 1], [0, 0, 1, 0, 1]
    twice = estimate_image_means(answers, np.array(image), np.array(rater), 0.5)
    once = estimate_image_means(
        np.array([0.3, 0.7, 0.1, 0.3]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), 0.5
    )
    np.testing.assert_allclose(twice.mean, once.mean, atol=0.02)
    assert twice.mean[0] > np.average([0.2, 0.4, 0.7]) - 0.1


def test_one_rater_an_image_says_nothing_of_how_far_they_agree() -> None:
    found = estimate_image_means(np.array([0.2, 0.9]), np.array([0, 1]), np.array([0, 0]), 0.5)
    np.testing.assert_array_equal(found.mean, [0.2, 0.9])
    assert np.isnan([found.low, found.high, found.p_value]).all()


def test_answers_that_are_all_the_same_have_a_mean_and_no_width() -> None:
    found = estimate_image_means(np.full(6, 0.5), np.repeat([0, 1, 2], 2), np.tile([0, 1], 3), 0.5)
    np.testing.assert_allclose([found.mean, found.low, found.high], 0.5, atol=1e-5)
    np.testing.assert_array_equal(found.p_value, 1)


def test_an_image_of_one_rater_borrows_the_variance_of_the_others() -> None:
    answers, image = np.array([0.2, 0.3, 0.5, 0.7, 0.1, 0.2, 0.9]), np.array([0, 0, 1, 1, 2, 2, 3])
    found = estimate_image_means(answers, image, np.array([0, 1, 0, 1, 0, 1, 0]), 0.5)
    widths = found.high - found.low
    assert widths[3] > widths[:3].max()
    assert np.isfinite(found.p_value).all()


def test_differences_are_tested_with_the_variance_that_their_kind_of_image_has() -> None:
    rng = np.random.default_rng(5)
    expected = np.repeat([0.001, 0.05], 500)
    noise = np.sqrt(expected)[:, None] * rng.standard_normal((1000, 2))
    image, rater = (each.ravel() for each in np.indices(noise.shape))
    p_values = compare_image_means(noise.ravel(), image, rater, expected)
    for kind in (p_values[:500], p_values[500:]):
        assert (kind < 0.05).mean() == pytest.approx(0.05, abs=0.03)
    moved = compare_image_means((noise + 0.2).ravel(), image, rater, expected)
    assert (moved[:500] < 0.05).all()
    assert (moved[500:] < 0.05).mean() < 0.5
