"""What other images would have changed, and what a perfectly calibrated classifier scores."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn.arrays import Codes
from learn.training import measures
from learn.training.image_scores import (
    ImageScores,
    find_calibration_nulls,
    find_standard_errors,
    resample_measures,
)


def some_scores(n: int, seed: int = 0) -> ImageScores:
    """Return scores of a classifier that is right as often as it says."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.3, 1, n)
    right = (rng.random(n) < confidence).astype(np.float64)
    ce, fgsm_ce, pgd_ce = (rng.gamma(2, 0.5, n) for _ in range(3))
    brier, entropy, of_label = (rng.random(n) for _ in range(3))
    return ImageScores(ce, fgsm_ce, pgd_ce, right, brier, confidence, entropy, of_label)


def repeat_each(scores: ImageScores, times: Codes) -> ImageScores:
    return ImageScores(*(np.repeat(each, times) for each in vars(scores).values()))


def test_the_error_of_a_mean_is_its_sd_over_the_root_of_the_images() -> None:
    scores = some_scores(400)
    found = find_standard_errors(scores)
    for name in ("ce", "fgsm_ce", "accuracy", "brier"):
        by_hand = getattr(scores, name).std(ddof=0) / 20
        assert found[name] == pytest.approx(by_hand, rel=0.1)


def test_a_draw_has_the_measures_of_the_images_that_are_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = some_scores(250)
    times = np.random.default_rng(3).multinomial(250, np.full(250, 1 / 250))
    monkeypatch.setattr("learn.training.image_scores._draw", lambda n: iter([times[None]]))
    found = {name: float(each[0, 0]) for name, each in resample_measures([scores]).items()}
    drawn = repeat_each(scores, times)
    confidence, right = torch.from_numpy(drawn.confidence), torch.from_numpy(drawn.accuracy == 1)
    assert found["ce"] == pytest.approx(drawn.ce.mean())
    assert found["calibration"] == pytest.approx(
        float(measures.rms_calibration_error(confidence, right))
    )
    assert found["ece"] == pytest.approx(
        float(measures.expected_calibration_error(confidence, right))
    )
    assert found["entropy_correlation"] == pytest.approx(
        np.corrcoef(drawn.entropy, drawn.label_entropy)[0, 1]
    )


def test_two_classifiers_have_the_same_draws_so_that_a_shared_difference_has_no_error() -> None:
    first = some_scores(60)
    second = ImageScores(*(each + 0.25 for each in vars(first).values()))
    ours, theirs = resample_measures([second, first])["ce"]
    assert ours - theirs == pytest.approx(0.25)
    assert ours.std() > 0.02


def test_draws_are_the_same_however_many_are_held_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = some_scores(130)
    whole, nulls = resample_measures([scores]), find_calibration_nulls(scores.confidence)
    monkeypatch.setattr("learn.training.image_scores.MAX_COUNTS", 1300)
    for name, each in resample_measures([scores]).items():
        assert each == pytest.approx(whole[name])
    assert find_calibration_nulls(scores.confidence) == nulls


def test_a_calibrated_classifier_is_off_by_what_chance_gives_its_bins() -> None:
    """A bin of 100 at confidence c is off by sqrt(c (1 - c) / 100), by the root mean square."""
    found = find_calibration_nulls(np.full(3000, 0.8))["calibration"]
    assert found.mean == pytest.approx(np.sqrt(0.8 * 0.2 / 100), rel=0.02)
    # the sd of the root of a mean of 30 squares, each sigma^2 chi^2(1): sigma / sqrt(60)
    assert found.sd == pytest.approx(0.04 / np.sqrt(60), rel=0.1)


def test_the_null_of_3000_images_whose_confidence_varies_is_that_of_the_benchmark() -> None:
    confidence = np.random.default_rng(1).uniform(0.3, 1, 3000)
    found = find_calibration_nulls(confidence)["calibration"]
    assert (round(found.mean, 3), round(found.sd, 3)) == (0.043, 0.006)


def test_one_image_has_no_error_and_a_sure_classifier_no_null() -> None:
    assert np.isnan(find_standard_errors(some_scores(1))["ce"])
    assert find_calibration_nulls(np.ones(10))["calibration"].mean == 0
