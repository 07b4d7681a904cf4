"""Collinear and absorbed regressors, residuals."""

import numpy as np
import pytest

from nianjian.numerics.collinear import find_collinear, residualize


def columns(n=60, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2)).T


def within(x):
    return x - x.mean(axis=0)


def test_the_first_named_stays_and_partners_are_named():
    a, b = columns()
    x = np.column_stack([a, b, 2 * a - 3 * b, a + 1e-3 * b**2])
    assert find_collinear(["a", "b", "mix", "other"], x, within(x), np.ones(60), []) == {
        "mix": "collinear with a, b"
    }
    turned = x[:, [2, 0, 1, 3]]
    assert find_collinear(["mix", "a", "b", "other"], turned, within(turned), np.ones(60), []) == {
        "b": "collinear with mix, a"
    }


@pytest.mark.parametrize(
    ("absorbed", "reason"),
    [([], "absorbed by the constant"), (["city", "year"], "absorbed by city and year")],
)
def test_what_partialling_out_leaves_nothing_of_is_absorbed(absorbed, reason):
    a, b = columns()
    x = np.column_stack([a, np.full(60, 0.1 + 0.2), b])
    left = within(x)
    left[:, 1] = 1e-17
    assert find_collinear(["a", "fixed", "b"], x, left, np.ones(60), absorbed) == {"fixed": reason}


def test_a_large_mean_hides_no_variation_and_scales_do_not_matter():
    a, b = columns()
    x = np.column_stack([1e10 + a, 1e-9 * b])
    assert find_collinear(["a", "b"], x, within(x), np.ones(60), []) == {}


def test_weights_count():
    a, b = columns()
    x = np.column_stack([a, np.where(np.arange(60) < 59, a, b)])
    w = np.ones(60)
    assert find_collinear(["a", "b"], x, within(x), w, []) == {}
    w[59] = 1e-14
    assert find_collinear(["a", "b"], x, x - np.average(x, axis=0, weights=w), w, []) == {
        "b": "collinear with a"
    }


def test_residuals_are_those_of_least_squares():
    rng = np.random.default_rng(1)
    values, on = rng.normal(size=(40, 3)), rng.normal(size=(40, 4)) * [1, 1e6, 1e-6, 1]
    known = values - on @ np.linalg.lstsq(on, values, rcond=None)[0]
    np.testing.assert_allclose(residualize(values, on), known, atol=1e-12)
    assert residualize(values, on[:, :0]) is values
