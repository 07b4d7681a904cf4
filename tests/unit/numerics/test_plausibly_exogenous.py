"""Nearly excluded instruments: each direct effect by two-stage least squares of its own, and what must not matter."""

import numpy as np
import pytest

from nianjian.numerics.plausibly_exogenous import grid_of, local_to_zero, on_grid, shift


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(2)
    z = rng.normal(size=(200, 2))
    shared = rng.normal(size=200)
    x = (z @ [0.8, 0.5] + shared + rng.normal(size=200))[:, None]
    y = 0.7 * x[:, 0] + shared + rng.normal(size=200)
    return y, x, z, np.repeat(np.arange(20), 10)


def two_stage(y, x, z):
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    return np.linalg.lstsq(fitted, y, rcond=None)[0]


def test_each_direct_effect_is_taken_off_the_outcome(made):
    y, x, z, clusters = made
    gamma = grid_of([(-0.2, 0.2), (0.0, 0.3)], 3)
    assert gamma.shape == (9, 2)
    found = on_grid(y, x, z, gamma, [clusters], 1.0)
    for own, params in zip(gamma, found.params, strict=True):
        np.testing.assert_allclose(params, two_stage(y - z @ own, x, z), rtol=1e-10)


def test_coefficients_fall_by_the_shift(made):
    y, x, z, clusters = made
    moved = shift(x, z)
    gamma = np.array([[0.0, 0.0], [0.3, 0.0], [0.0, -0.4]])
    found = on_grid(y, x, z, gamma, [clusters], 1.0)
    np.testing.assert_allclose(found.params - found.params[0], -(gamma @ moved.T), atol=1e-12)


def test_the_union_holds_each_interval_and_grows_with_the_range(made):
    y, x, z, clusters = made
    narrow = on_grid(y, x, z, grid_of([(-0.1, 0.1), (0, 0)], 11), [clusters], 1.0)
    wide = on_grid(y, x, z, grid_of([(-0.2, 0.2), (0, 0)], 11), [clusters], 1.0)
    (low, high), (lower, higher) = narrow.union(1.96), wide.union(1.96)
    half = 1.96 * np.sqrt(narrow.variances)
    assert (low <= narrow.params - half).all() and (high >= narrow.params + half).all()
    assert lower < low < high < higher


def test_no_direct_effect_and_no_doubt_leave_the_estimate_alone(made):
    _, x, z, _ = made
    moved = shift(x, z)
    params, vcov = np.array([0.7]), np.array([[0.04]])
    same = local_to_zero(params, vcov, moved, np.zeros(2), np.zeros(2))
    np.testing.assert_array_equal(same[0], params)
    np.testing.assert_array_equal(same[1], vcov)
    doubt = local_to_zero(params, vcov, moved, np.array([0.1, 0.0]), np.array([0.04, 0.0]))
    np.testing.assert_allclose(doubt[0], params - 0.1 * moved[:, 0])
    np.testing.assert_allclose(doubt[1], vcov + 0.04 * moved[0, 0] ** 2)


def test_units_of_instrument_and_outcome_turn_direct_effects_only(made):
    y, x, z, clusters = made
    gamma = grid_of([(0.0, 0.3), (-0.1, 0.1)], 3)
    plain = on_grid(y, x, z, gamma, [clusters], 1.0)
    scaled = on_grid(10 * y, x, z * [4, 1], gamma * 10 / [4, 1], [clusters], 1.0)
    np.testing.assert_allclose(scaled.params, 10 * plain.params, rtol=1e-10)
    np.testing.assert_allclose(scaled.variances, 100 * plain.variances, rtol=1e-9)
