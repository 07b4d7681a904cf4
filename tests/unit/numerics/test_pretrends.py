"""Power of pre-tests and boxes of the normal distribution, against simulation and closed forms."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from nianjian.numerics.normal_box import normal_box
from nianjian.numerics.pretrends import pretrend_test, slope_for_power


def covariance(seed, d):
    loads = np.random.default_rng(seed).normal(size=(d, 2 * d))
    return loads @ loads.T / d


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 6])
def test_a_box_has_the_probability_that_genz_gives_it(d):
    sigma = covariance(d, d)
    ends = 1.96 * np.sqrt(np.diag(sigma))
    mean = 0.4 * np.arange(d) / d
    known = multivariate_normal.cdf(
        ends, mean, sigma, lower_limit=-ends, maxpts=50_000 * d, abseps=1e-7, releps=1e-7
    )
    assert normal_box(mean, sigma, -ends, ends).probability == pytest.approx(
        known, abs=2e-5 if d > 4 else 1e-6
    )


def test_one_dimension_and_independence_have_closed_forms():
    found = normal_box(np.array([0.3]), np.array([[4.0]]), np.array([-1.0]), np.array([2.0]))
    a, b = (-1 - 0.3) / 2, (2 - 0.3) / 2
    assert found.probability == pytest.approx(norm.cdf(b) - norm.cdf(a), rel=1e-12)
    assert found.mean[0] == pytest.approx(
        0.3 + 2 * (norm.pdf(a) - norm.pdf(b)) / found.probability, rel=1e-12
    )
    three = normal_box(np.zeros(3), np.eye(3), np.full(3, -1.0), np.full(3, 2.0))
    assert three.probability == pytest.approx((norm.cdf(2) - norm.cdf(-1)) ** 3, rel=1e-10)
    far = normal_box(np.array([12.0]), np.eye(1), np.array([-1.0]), np.array([1.0]))
    assert far.probability == pytest.approx(norm.cdf(-11) - norm.cdf(-13), rel=1e-9)
    assert 0.8 < far.mean[0] < 1


@pytest.mark.parametrize("d", [2, 3, 6])
def test_the_mean_within_a_box_is_that_of_draws(d):
    sigma = covariance(10 + d, d)
    ends = np.sqrt(np.diag(sigma))
    mean = np.linspace(-0.5, 1, d)
    drawn = np.random.default_rng(0).multivariate_normal(mean, sigma, size=400_000)
    inside = drawn[(np.abs(drawn) < ends).all(axis=1)]
    error = inside.std(axis=0) / np.sqrt(len(inside))
    assert (np.abs(normal_box(mean, sigma, -ends, ends).mean - inside.mean(axis=0)) < 4.5 * error).all()


def test_the_slope_has_the_power_asked_for_and_passing_leaves_bias():
    sigma = 0.04 * covariance(1, 6)
    times = np.array([-3.0, -2, -1, 1, 2, 3])
    slope = slope_for_power(sigma, 3, times, 0.8)
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_normal(slope * times, sigma, size=300_000)
    passed = (np.abs(drawn[:, :3]) < 1.96 * np.sqrt(np.diag(sigma)[:3])).all(axis=1)
    assert 1 - passed.mean() == pytest.approx(0.8, abs=0.004)
    found = pretrend_test(np.zeros(6), sigma, 3, slope * times)
    assert found.power == pytest.approx(0.8, abs=1e-9)
    error = drawn[passed].std(axis=0) / np.sqrt(passed.sum())
    assert (np.abs(found.after_passing - drawn[passed].mean(axis=0)) < 4.5 * error).all()
    assert found.bayes_factor < 1 and found.likelihood_ratio < 1


def test_without_a_trend_nothing_is_learnt_and_the_test_has_its_size():
    sigma = 0.04 * covariance(2, 4)
    found = pretrend_test(np.array([0.1, 0.0, 0.3, 0.4]), sigma, 2, np.zeros(4))
    assert found.bayes_factor == found.likelihood_ratio == 1
    np.testing.assert_allclose(found.after_passing, 0, atol=1e-12)
    assert 0.05 <= found.power <= 0.1
    assert slope_for_power(sigma, 2, np.array([-2.0, -1, 1, 2]), found.power - 1e-3) == 0


def test_a_slope_that_cannot_be_found_says_so(monkeypatch):
    monkeypatch.setattr("nianjian.numerics.pretrends.STEEPEST", 0.1)
    with pytest.raises(ValueError, match="no slope up to"):
        slope_for_power(np.eye(2), 1, np.array([-1.0, 1]), 0.99)
