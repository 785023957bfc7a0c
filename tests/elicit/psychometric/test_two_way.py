"""Intervals over people and images cover what holds for other people and other images."""

import numpy as np
import pytest
from scipy.stats import t

from elicit.psychometric import Codes, Numbers
from elicit.psychometric.least_squares import fit_logistics, midpoint
from elicit.psychometric.two_way import (
    estimate_two_way_error,
    split_curve,
    split_mean,
    widen_for_images,
)

STUDIES = 400


def crossed(people: int, images: int, each: int, seed: int) -> tuple[Numbers, Codes, Codes]:
    """Return answers about 0.5, who gave them and to what: everybody judges some of the images."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    image = np.concatenate([rng.permutation(images)[:each] for _ in range(people)])
    of_person, of_image = 0.05 * rng.standard_normal(people), 0.065 * rng.standard_normal(images)
    noise = 0.1 * rng.standard_normal(people * each)
    return 0.5 + of_person[person] + of_image[image] + noise, person, image


@pytest.mark.parametrize(("people", "images", "each"), [(20, 5, 5), (60, 6, 2), (12, 12, 6)])
def test_an_interval_of_a_mean_holds_for_other_people_and_other_images(
    people: int, images: int, each: int
) -> None:
    both, of_people = [], []
    for seed in range(STUDIES):
        answers, person, image = crossed(people, images, each, seed)
        mean, parts = split_mean(answers, person)
        low, high = estimate_two_way_error(parts, person, image).interval(mean)
        both.append(low <= 0.5 <= high)
        low, high = estimate_two_way_error(parts, person, np.zeros_like(image)).interval(mean)
        of_people.append(low <= 0.5 <= high)
    assert 0.92 <= np.mean(both) <= 0.99
    assert np.mean(of_people) < np.mean(both) - 0.05


def test_the_interval_of_one_image_s_mean_is_student_s_over_people() -> None:
    answers, person = np.array([0.2, 0.4, 0.5, 0.7, 0.8]), np.array([0, 0, 1, 2, 2])
    mean, parts = split_mean(answers, person)
    own = np.array([0.3, 0.5, 0.75])
    assert mean == pytest.approx(own.mean())
    found = estimate_two_way_error(parts, person, np.zeros(5, dtype=np.int64))
    half = t.ppf(0.975, 2) * own.std(ddof=1) / np.sqrt(3)
    assert found.interval(mean) == pytest.approx((own.mean() - half, own.mean() + half))
    assert (found.both, found.df) == (False, 2)


def test_the_variance_of_a_small_table_is_the_one_worked_out_by_hand() -> None:
    # Two people, two images, each answer a part: rows add up to 3 and -3, columns to -1 and 1.
    parts, person, image = np.array([1.0, 2.0, -2.0, -1.0]), [0, 0, 1, 1], [0, 1, 0, 1]
    found = estimate_two_way_error(parts, np.array(person), np.array(image))
    people, images, answers = 2 * (9 + 9), 2 * (1 + 1), 4 / 3 * (1 + 4 + 4 + 1)
    assert found.error**2 == pytest.approx(max(people + images - answers, people))
    assert (found.both, found.df) == (True, 1)


def test_one_person_gives_no_interval() -> None:
    mean, parts = split_mean(np.array([0.2, 0.6]), np.array([0, 0]))
    found = estimate_two_way_error(parts, np.array([0, 0]), np.array([0, 1]))
    assert np.isnan(found.interval(mean)).all()


def test_parts_in_a_curve_are_what_leaving_out_an_answer_changes() -> None:
    rng = np.random.default_rng(2)
    x = rng.choice([0.1, 0.25, 0.5, 0.75, 0.9], 400)
    y = np.clip(1 / (1 + np.exp(-6 * (x - 0.45))) + 0.15 * rng.standard_normal(400), 0, 1)
    curve = fit(x, y)
    parts = split_curve(x, y, curve)
    np.testing.assert_allclose(parts.sum(axis=1), 0, atol=1e-3)
    left_out = [fit(np.delete(x, k), np.delete(y, k)) for k in range(0, 400, 20)]
    moved = np.array([[curve[0] - c[0], midpoint(curve) - midpoint(c)] for c in left_out])
    np.testing.assert_allclose(parts[:, ::20].T, moved, rtol=0.1, atol=1e-3)


def fit(x: Numbers, y: Numbers) -> Numbers:
    """Return the slope and shift of a logistic fitted to answers."""
    levels, level = np.unique(x, return_inverse=True)
    n = np.bincount(level).astype(np.float64)
    mean = np.bincount(level, y) / n
    found: Numbers = fit_logistics(levels, n[None], mean[None], tolerance=1e-9)[0]
    return found


def test_a_flat_curve_has_no_parts() -> None:
    x = np.array([0.1, 0.5, 0.9])
    for curve in ([0.0, 0.0], [np.nan, np.nan]):
        assert np.isnan(split_curve(x, np.full(3, 0.5), np.array(curve))).all()


def test_images_widen_an_interval_over_people_and_never_narrow_it() -> None:
    for seed in range(20):
        answers, person, image = crossed(20, 5, 5, seed)
        mean, parts = split_mean(answers, person)
        ends = (mean - 0.02, mean + 0.03)
        low, high = widen_for_images(ends, mean, parts, person, image)
        assert low <= ends[0] < ends[1] <= high
        alone = widen_for_images(ends, mean, parts, person, np.zeros_like(image))
        assert alone == ends


def test_a_widened_interval_is_that_worked_out_by_hand() -> None:
    """Two people judge four images; what both say of one moves the estimate by .01, or by -.01.

    Sums over images: 4 * .02^2 * 4/3 = .0021333. Over answers: 8 * .01^2 * 8/7 = .0009143. So
    images add .0012190 to .02^2 of people; .0016190 has (.0016190 / .0021333)^2, at least 1, times
    4 - 2 degrees of freedom, and Student's factor for 2 is 4.302653.
    """
    parts = np.tile([0.01, -0.01, 0.01, -0.01], 2)
    person, image = np.repeat([0, 1], 4), np.tile(np.arange(4), 2)
    ends = 0.4 - 1.959964 * 0.02, 0.4 + 1.959964 * 0.02
    half = 4.302653 * np.sqrt(0.0016190476)
    found = widen_for_images(ends, 0.4, parts, person, image)
    assert found == pytest.approx((0.4 - half, 0.4 + half), abs=1e-6)
