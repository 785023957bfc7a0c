"""How alike variances are is weighed, and each borrows from the others."""

import numpy as np
import pytest
from scipy.stats import chi2, f

from elicit.psychometric.variances import VarianceModel, _log_likelihood, moderate_variances


def believed(models: list[VarianceModel], df: float) -> float:
    """Return the harmonic mean, by weight, of the prior degrees of freedom."""
    return float(1 / sum(model.weight / (model.df[0] - df) for model in models))


@pytest.mark.parametrize("raters", [2, 4])
def test_variances_borrow_as_much_from_each_other_as_they_are_alike(raters: int) -> None:
    rng = np.random.default_rng(3)
    df, floor = np.full(1000, raters - 1.0), np.zeros(1000)
    alike = chi2.rvs(raters - 1, size=1000, random_state=rng) / (raters - 1)
    of_alike = moderate_variances(alike, df, floor)
    assert sum(model.weight for model in of_alike) == pytest.approx(1)
    assert believed(of_alike, raters - 1) > 40  # nearly one variance for all
    true = 6 / chi2.rvs(6, size=1000, random_state=rng)  # 6 degrees of freedom, scale 1
    models = moderate_variances(true * alike, df, floor)
    assert 4 < believed(models, raters - 1) < 9
    moderated = sum(model.weight * model.variance for model in models)
    expected = (6 + (raters - 1) * true * alike) / (6 + raters - 1)
    assert np.median(moderated / expected) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("prior", [1.5, 6.0, 1e6])
def test_the_likelihood_of_a_variance_is_that_of_the_f_distribution(prior: float) -> None:
    ratio, df = np.array([[0.02, 0.5], [1.0, 7.0], [0.1, 2.0]]), np.array([[1.0], [2.0], [7.0]])
    log = _log_likelihood(ratio, df, prior, np.array([False, False, True]))
    np.testing.assert_allclose(log[:2], f.logpdf(ratio[:2], df[:2], prior), rtol=1e-6)
    np.testing.assert_allclose(log[2:], f.logcdf(ratio[2:], df[2:], prior), rtol=1e-6)
