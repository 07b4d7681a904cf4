"""Least squares against numpy and closed forms."""

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.numerics.least_squares import least_squares, ols, two_stage_least_squares


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(80, 2))
    x = z @ [[1.0], [0.5]] + rng.normal(size=(80, 1))
    exogenous = rng.normal(size=(80, 1))
    y = 2 * x[:, 0] - exogenous[:, 0] + rng.normal(size=80)
    return y, x, z, exogenous


@pytest.mark.parametrize("scale", [1.0, 1e10, 1e-9])
def test_weighted_slopes_and_covariance(data, scale):
    y, x, _, exogenous = data
    design = np.hstack([x * scale, exogenous])
    w = np.linspace(0.5, 1.5, 80)
    mean = np.average(design, axis=0, weights=w)
    y, design = y - np.average(y, weights=w), design - mean
    slopes, vcov = least_squares(y, design, [], w)
    root = np.sqrt(w)
    known = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    np.testing.assert_allclose(slopes, known, rtol=1e-9)
    bread = np.linalg.inv(design.T @ (w[:, None] * design))
    rss = w @ (y - design @ known) ** 2
    np.testing.assert_allclose(vcov[:2, :2], bread * rss / 80, rtol=1e-8)
    assert vcov[2, 2] == pytest.approx(rss / 80**2)


def test_several_targets_are_several_regressions(data):
    y, x, z, _ = data
    codes = [np.arange(80) % 16]
    params, vcov = ols(np.column_stack([y, x]), z, codes)
    for j, target in enumerate((y, x[:, 0])):
        alone, own = ols(target, z, codes)
        np.testing.assert_allclose(params[:, j], alone, rtol=1e-12)
        np.testing.assert_allclose(vcov[2 * j : 2 * j + 2, 2 * j : 2 * j + 2], own, rtol=1e-10)
        np.testing.assert_allclose(alone, np.linalg.lstsq(z, target, rcond=None)[0], rtol=1e-10)


def test_two_stages_are_the_closed_form(data):
    y, x, z, exogenous = data
    second = two_stage_least_squares(y, x, z, exogenous, [])
    regressors, every = np.hstack([x, exogenous]), np.hstack([z, exogenous])
    fitted = every @ np.linalg.lstsq(every, regressors, rcond=None)[0]
    known = np.linalg.solve(fitted.T @ regressors, fitted.T @ y)
    np.testing.assert_allclose(second.params, known, rtol=1e-10)
    residuals = y - regressors @ known
    np.testing.assert_allclose(second.residuals, residuals, rtol=1e-8, atol=1e-12)
    variance = residuals @ residuals / 80 * np.linalg.inv(fitted.T @ fitted)
    np.testing.assert_allclose(second.vcov, variance, rtol=1e-8)
    np.testing.assert_allclose(second.conventional, np.diag(variance), rtol=1e-8)


def test_two_way_covariances_have_no_negative_variance(data):
    y, x, z, exogenous = data
    second = two_stage_least_squares(y, x, z, exogenous, [np.arange(80) % 2, np.arange(80) // 40])
    assert np.linalg.eigvalsh(second.vcov)[0] > -1e-12


def test_a_first_stage_without_rank_is_an_error(data):
    y, x, z, exogenous = data
    basis = np.linalg.qr(np.hstack([x, exogenous]))[0]
    useless = z - basis @ (basis.T @ z)
    useless = useless - basis @ (basis.T @ useless)
    with pytest.raises(EstimationError, match="spec 's': the instruments do not move"):
        two_stage_least_squares(y, x, useless, exogenous, [], context="spec 's': ")
