"""What answers say of a psychometric function."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.psychometric.function import ESTIMATE_GRID_SIZE, Prior, estimate, grid, logistic
from tests.elicit.helpers.factories import GRID

PRIOR = Prior()


def answered(pse: float, slope: float, times: int) -> tuple[list[float], list[bool]]:
    """Return answers to GRID whose shares are the curve's, as nearly as `times` allows."""
    shown, said = [], []
    for lambda_f in GRID:
        named = round(times / (1 + np.exp(-slope * (lambda_f - pse))))
        shown += [lambda_f] * times
        said += [k < named for k in range(times)]
    return shown, said


def test_without_an_answer_an_estimate_is_the_prior_s() -> None:
    found = estimate([], [])
    assert found.trials == 0
    assert found.pse == pytest.approx(PRIOR.pse_mean, abs=1e-3)
    assert found.slope == pytest.approx(PRIOR.slope_median, rel=1e-3)
    assert (found.pse_low, found.pse_high) == (0, 1)  # nothing is known, whatever the prior says
    assert found.slope_high > 100 * found.slope_low


@pytest.mark.parametrize(
    ("pse", "slope", "prior"),
    [(0.1, 8.0, None), (0.9, 15.0, None), (0.35, 8.0, None), (0.2, 8.0, Prior(pse_sd=0.05))],
)
def test_one_participant_s_sixteen_trials_hold_the_truth_at_the_edges_too(
    pse: float, slope: float, prior: Prior | None
) -> None:
    rng = np.random.default_rng(4)
    held = []
    for _ in range(80):
        shown = rng.permutation(np.resize(np.arange(1, 10) / 10, 16))
        said = rng.random(16) < 0.01 + 0.98 / (1 + np.exp(-slope * (shown - pse)))
        found = estimate(shown.tolist(), said.tolist(), prior)
        held.append(
            (
                found.pse_low <= pse <= found.pse_high,
                found.slope_low <= slope <= found.slope_high,
                found.pse_low <= found.pse <= found.pse_high,
            )
        )
    of_pse, of_slope, of_own = np.mean(held, axis=0)
    assert of_pse >= 0.91
    assert of_slope >= 0.88
    assert of_own == 1


@pytest.mark.parametrize(("pse", "slope"), [(0.35, 8.0), (0.5, 12.0), (0.62, 25.0)])
def test_a_curve_s_own_answers_give_back_its_pse_and_slope(pse: float, slope: float) -> None:
    found = estimate(*answered(pse, slope, times=200))
    assert found.pse == pytest.approx(pse, abs=0.01)
    assert found.slope == pytest.approx(slope, rel=0.1)
    assert found.pse_low < pse < found.pse_high
    assert found.slope_low < slope < found.slope_high


@given(st.lists(st.tuples(st.sampled_from(GRID), st.booleans()), max_size=30), st.randoms())
def test_the_order_of_answers_changes_nothing(
    answers: list[tuple[float, bool]], any_: object
) -> None:
    turned = answers[::-1]
    one = estimate([a for a, _ in answers], [b for _, b in answers])
    other = estimate([a for a, _ in turned], [b for _, b in turned])
    assert one.pse == pytest.approx(other.pse, abs=1e-9)
    assert one.slope == pytest.approx(other.slope, rel=1e-9)


@given(st.lists(st.tuples(st.sampled_from(GRID), st.booleans()), max_size=30))
def test_classes_exchanged_turn_the_pse_round_and_keep_the_slope(
    answers: list[tuple[float, bool]],
) -> None:
    one = estimate([a for a, _ in answers], [b for _, b in answers])
    other = estimate([1 - a for a, _ in answers], [not b for _, b in answers])
    assert other.pse == pytest.approx(1 - one.pse, abs=1e-6)
    assert other.slope == pytest.approx(one.slope, rel=1e-6)


def test_one_lapse_far_from_the_pse_moves_it_little() -> None:
    shown, said = answered(0.5, 15.0, times=8)
    lapsed = estimate([*shown, 1.0], [*said, False])
    assert lapsed.pse == pytest.approx(estimate(shown, said).pse, abs=0.02)


def test_the_lapses_of_the_grid_have_the_prior_s_mean() -> None:
    assert grid(PRIOR, ESTIMATE_GRID_SIZE).lapse.mean() == pytest.approx(PRIOR.lapse_mean, rel=0.05)


def test_people_drawn_from_a_prior_are_as_it_says() -> None:
    rng = np.random.default_rng(0)
    pse, slope, lapse = np.array([PRIOR.draw(rng) for _ in range(4000)]).T
    assert ((pse >= 0) & (pse <= 1)).all()
    assert pse.mean() == pytest.approx(0.5, abs=0.01)
    assert np.median(slope) == pytest.approx(12, rel=0.05)
    assert lapse.mean() == pytest.approx(0.05, rel=0.1)


def test_the_logistic_does_not_overflow() -> None:
    assert logistic(np.array([-1e4, 0.0, 1e4])) == pytest.approx([0, 0.5, 1])
