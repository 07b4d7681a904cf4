"""Truncated regression: against a general optimiser, its derivatives, what must not change it, and where it has no maximum."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.stats import kstest, truncnorm

from nianjian.errors import EstimationError
from nianjian.numerics import truncated


@pytest.fixture(scope="module")
def given():
    rng = np.random.default_rng(0)
    z = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
    return truncated.draw(z @ [1.3, 0.4, -0.2], 0.5, rng), z


def loglik(params, y, z, point=1.0):
    """By scipy's truncated normal density."""
    mean, sigma = z @ params[:-1], params[-1]
    return truncnorm.logpdf(y, (point - mean) / sigma, np.inf, loc=mean, scale=sigma).sum()


def test_a_general_optimiser_finds_the_same(given):
    y, z = given
    found = truncated.fit(y, z)
    searched = minimize(
        lambda params: -loglik(params, y, z), [1.0, 0, 0, 1.0], method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000, "maxfev": 20_000},
    )  # fmt: skip
    np.testing.assert_allclose(found.params, searched.x, atol=1e-6)
    assert found.loglik == pytest.approx(-searched.fun, abs=1e-8)
    hessian = np.array(
        [
            approx_fprime(found.params, lambda p, j=j: approx_fprime(p, loglik, 1e-4, y, z)[j], 1e-4)
            for j in range(4)
        ]
    )
    np.testing.assert_allclose(
        np.sqrt(np.diag(found.vcov)), np.sqrt(np.diag(np.linalg.inv(-hessian))), rtol=2e-3
    )


def test_gradient_and_hessian_are_derivatives(given):
    y, z = given
    theta = np.array([2.0, 0.5, -0.3, 1.7])
    _, score, hessian = truncated._likelihood(theta, y, z, 1.0)
    for j in range(4):
        shift = np.eye(4)[j] * 1e-6
        high, low = (truncated._likelihood(theta + sign * shift, y, z, 1.0) for sign in (1, -1))
        assert score[j] == pytest.approx((high[0] - low[0]) / 2e-6, rel=1e-5)
        np.testing.assert_allclose(hessian[j], (high[1] - low[1]) / 2e-6, rtol=1e-5, atol=1e-3)


def test_shifts_scales_and_starts_change_nothing_else(given):
    y, z = given
    found = truncated.fit(y, z)
    moved = truncated.fit(10 * y + 3, z, point=13.0)
    np.testing.assert_allclose(moved.params, 10 * found.params + [3, 0, 0, 0], rtol=1e-6)
    scaled = truncated.fit(y, z * [1, 1e5, 1e-4])
    np.testing.assert_allclose(scaled.params * [1, 1e5, 1e-4, 1], found.params, rtol=1e-6)
    np.testing.assert_allclose(np.diag(scaled.vcov) * [1, 1e10, 1e-8, 1], np.diag(found.vcov), rtol=1e-5)
    near = truncated.fit(y, z, start=np.array([0.2, 0.0, 0.0, 2.0]))
    np.testing.assert_allclose(near.params, found.params, rtol=1e-6)


def test_far_below_the_outcomes_it_is_least_squares(given):
    y, z = given
    found = truncated.fit(y, z, point=-50.0)
    slopes = np.linalg.lstsq(z, y, rcond=None)[0]
    np.testing.assert_allclose(found.params[:-1], slopes, atol=1e-9)
    assert found.params[-1] == pytest.approx(np.sqrt(((y - z @ slopes) ** 2).mean()), rel=1e-8)


@pytest.mark.parametrize("mean", [3.0, 1.0, -1.0, -12.0])
def test_draws_have_the_truncated_distribution(mean):
    drawn = truncated.draw(np.full(20_000, mean), 0.8, np.random.default_rng(1))
    assert (drawn > 1).all()
    law = truncnorm((1 - mean) / 0.8, np.inf, loc=mean, scale=0.8)
    assert kstest(drawn, law.cdf).pvalue > 1e-3


def test_outcomes_without_a_maximum_and_below_the_point():
    rng = np.random.default_rng(2)
    heavy = 1 + rng.pareto(1.2, size=300)
    with pytest.raises(EstimationError, match=r"has no maximum: .* leave out regressors"):
        truncated.fit(heavy, np.ones((300, 1)))
    with pytest.raises(ValueError, match="1 outcomes are not above 1"):
        truncated.fit(np.array([1.0, 2.0, 3.0]), np.ones((3, 1)))
