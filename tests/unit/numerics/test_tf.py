"""The tF procedure: the printed table against the curve that its size condition implies, printed examples, properties."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from nianjian.numerics.tf import TABLE, tf, tf_factor


def curve(level, points=4000):
    """F and factor along the curve that makes the test's size exact at the worst endogeneity.

    With perfectly correlated errors t = f (f - m) / m, where f is normal around m with variance one. It is rejected above some
    f_up(m) and below some -f_down(m); the critical value c(f) must give both together the size for every m, which is an
    equation in the curve itself, solved here by iteration.
    """
    size = 1 - level
    m = np.geomspace(1e-6, 40, points)
    up = np.full(points, ndtri(level))
    for _ in range(400):
        f = m + up
        log_c = np.log(f * up / m)
        low, high = np.full(points, f[0]), f.copy()
        for _ in range(60):
            middle = (low + high) / 2
            below = np.log(middle * (middle + m) / m) < np.interp(middle, f, log_c)
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        new = -ndtri(np.maximum(size - ndtr(-low - m), 1e-300))
        if np.abs(new - up).max() < 1e-12:
            break
        up = (up + new) / 2
    return f**2, np.exp(log_c) / ndtri(1 - size / 2)


@pytest.mark.parametrize("level", [95, 99])
def test_the_table_is_the_curve_of_exact_size(level):
    at, factors = curve(level / 100)
    known, printed = np.array(TABLE[level]).T
    # Both are printed with three digits, rounded up; the curve is steep at its lower end.
    low, high = (np.exp(np.interp(known + step, at, np.log(factors))) for step in (0, -1.05e-3))
    assert (printed >= low - 1e-4).all() and (printed <= high + 1.05e-3).all()
    assert len(known) == 100 and (np.diff(known) > 0).all() and (np.diff(printed) < 0).all()


def test_printed_numbers():
    # Lee et al. (2022): t needs to exceed 3.43 where F is 10, and 1.96 serves from F = 104.7 on.
    assert 1.96 * tf_factor(10.0) == pytest.approx(3.43, abs=0.01)
    assert tf_factor(104.7) == 1 and tf_factor(1e6) == 1
    # Their critical value at F = 4 is 18.66, that at F = 6.25 (root 2.5) 4.92.
    assert 1.96 * tf_factor(4.0) == pytest.approx(18.66, abs=0.01)
    assert 1.96 * tf_factor(6.25) == pytest.approx(4.92, abs=0.015)
    assert tf_factor(1e6, 99) == 1.059


def test_between_two_rows_lies_a_line_above_the_curve():
    at, factors = curve(0.95)
    for f in (4.5, 7.0, 12.0, 30.0, 95.0):
        assert tf_factor(f) >= np.exp(np.interp(f, at, np.log(factors))) - 1e-3
    assert tf_factor((70.0 + 80.0) / 2) == pytest.approx((tf_factor(70.0) + tf_factor(80.0)) / 2)


def test_a_weak_first_stage_leaves_no_ends():
    for f in (0.0, 3.9, float("nan")):
        found = tf(1.0, 0.1, f)
        assert (found.low, found.high) == (-np.inf, np.inf) and found.std_error == np.inf
    assert np.isfinite(tf(1.0, 0.1, 6.0).high) and np.isinf(tf(1.0, 0.1, 6.0, 99).high)


@pytest.mark.parametrize("level", [95, 99])
def test_its_size_is_no_larger_than_it_says(level):
    """Worst case by Fieller's identity: with correlation one and mean m of f, t is f (f - m) / m."""
    rng = np.random.default_rng(5)
    critical = ndtri((1 + level / 100) / 2)
    for m in (0.3, 1.0, 2.0, 3.0, 5.0, 8.0, 14.0):
        f = m + rng.normal(size=40_000)
        factor = np.array([tf_factor(each, level) for each in f[:8000] ** 2])
        t = f[:8000] * (f[:8000] - m) / m
        rejected = np.mean(np.abs(t) > critical * factor)
        assert rejected <= (1 - level / 100) + 3 * np.sqrt((1 - level / 100) / 8000)
