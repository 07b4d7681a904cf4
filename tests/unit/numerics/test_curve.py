"""Statistics of specification curves beside a plain loop, as the paper's text has them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nianjian.numerics.curve import Curve, curve, explained, joint_p_values


def looped(estimates: list[float], p_values: list[float], level: float = 0.05) -> tuple[float, float, float]:
    """The three statistics, one specification after the other."""
    middle = sorted(estimates)
    n = len(middle)
    median = middle[n // 2] if n % 2 else (middle[n // 2 - 1] + middle[n // 2]) / 2
    count, total = 0, 0.0
    for b, p in zip(estimates, p_values, strict=True):
        if p < level and (b > 0) == (median > 0):
            count += 1
        # One-sided in the direction of the estimate, from where its distance is a quantile of the normal.
        total += stats.norm.isf(p / 2) * (1 if b > 0 else -1)
    return median, count / n, total / n**0.5


@pytest.mark.parametrize("count", [7, 40])
def test_statistics_are_those_of_a_plain_loop(count: int) -> None:
    rng = np.random.default_rng(count)
    b = rng.normal(0.3, 1, count)
    p = 2 * stats.norm.sf(np.abs(b) * rng.uniform(0.5, 4, count))
    found = curve(b, p)
    assert (float(found.median), float(found.share), float(found.stouffer)) == pytest.approx(
        looped(b.tolist(), p.tolist()), rel=1e-12
    )


def test_many_curves_are_each_of_them_by_itself() -> None:
    rng = np.random.default_rng(1)
    b, p = rng.normal(size=(12, 5)), rng.uniform(size=(12, 5))
    whole = curve(b, p)
    for d in range(5):
        own = curve(b[:, d], p[:, d])
        assert float(whole.median[d]) == float(own.median)
        assert float(whole.share[d]) == float(own.share)
        assert float(whole.stouffer[d]) == pytest.approx(float(own.stouffer), rel=1e-14)


def test_what_has_no_standard_error_is_not_significant_and_in_no_sum() -> None:
    b, p = np.array([1.0, 2.0, 3.0]), np.array([0.01, np.nan, 0.02])
    found = curve(b, p)
    assert float(found.share) == pytest.approx(2 / 3)
    assert float(found.stouffer) == pytest.approx((stats.norm.isf(0.005) + stats.norm.isf(0.01)) / 2**0.5)


def test_a_p_value_of_zero_has_a_quantile() -> None:
    assert np.isfinite(curve(np.array([1.0, 2.0]), np.array([0.0, 0.0])).stouffer)


def test_joint_p_values_count_the_observed_curve_as_one_of_the_draws() -> None:
    observed = Curve(np.array(2.0), np.array(0.5), np.array(-3.0))
    draws = Curve(np.array([-2.0, 1, 3, 0]), np.array([0.5, 0.6, 0.1, 0]), np.array([1.0, 2, 3, 4]))
    found = joint_p_values(observed, draws)
    assert float(found.median) == (1 + 2) / 5  # -2 and 3: both sides count
    assert float(found.share) == (1 + 2) / 5
    assert float(found.stouffer) == (1 + 2) / 5


def test_explained_is_the_share_of_the_variance_between_options() -> None:
    b = np.array([1.0, 1, 5, 5])
    assert explained(b, np.array([0, 0, 1, 1])) == pytest.approx(1)
    assert explained(b, np.array([0, 1, 0, 1])) == pytest.approx(0)
    rng = np.random.default_rng(2)
    b, codes = rng.normal(size=50), rng.integers(0, 3, 50)
    dummies = np.eye(3)[codes]
    fitted = dummies @ np.linalg.lstsq(dummies, b, rcond=None)[0]
    assert explained(b, codes) == pytest.approx(fitted.var() / b.var())
    assert np.isnan(explained(np.ones(4), np.array([0, 0, 1, 1])))
