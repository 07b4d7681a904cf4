"""Entropy balancing: means are met, weights are as even as may be, what cannot be met is said."""

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.numerics.entropy_balance import entropy_balance


@pytest.fixture
def controls():
    rng = np.random.default_rng(0)
    return np.column_stack([rng.normal(size=200), rng.random(200) < 0.3, 1e6 * rng.normal(size=200)])


def test_means_are_met_and_log_weights_are_linear(controls):
    target = np.array([0.4, 0.5, 2e5])
    found = entropy_balance(controls, target)
    np.testing.assert_allclose(found.weights @ controls, target, rtol=1e-8)
    assert found.weights.sum() == pytest.approx(1) and (found.weights > 0).all()
    columns = np.column_stack([np.ones(200), controls / controls.std(axis=0)])
    left = np.log(found.weights) - columns @ np.linalg.lstsq(columns, np.log(found.weights), rcond=None)[0]
    np.testing.assert_allclose(left, 0, atol=1e-8)
    assert 1 < found.effective < 200 and found.entropy > 0


def test_balance_that_holds_leaves_weights_alone(controls):
    found = entropy_balance(controls, controls.mean(axis=0))
    np.testing.assert_allclose(found.weights, 1 / 200, rtol=1e-8)
    assert found.entropy == pytest.approx(0, abs=1e-12)
    base = np.random.default_rng(1).uniform(1, 2, size=200)
    found = entropy_balance(controls, base @ controls / base.sum(), base)
    np.testing.assert_allclose(found.weights, base / base.sum(), rtol=1e-8)


def test_collinear_covariates_do_no_harm(controls):
    target = np.array([0.4, 0.5, 2e5])
    doubled = np.column_stack([controls, controls[:, 0] + controls[:, 1]])
    found = entropy_balance(doubled, np.append(target, 0.9))
    np.testing.assert_allclose(found.weights, entropy_balance(controls, target).weights, rtol=1e-6)


def test_means_beyond_the_controls_are_refused(controls):
    with pytest.raises(EstimationError, match="no weights of the controls reach"):
        entropy_balance(controls, np.array([50.0, 0.5, 0.0]))
    constant = np.column_stack([controls, np.ones(200)])
    with pytest.raises(EstimationError, match="spec 'm': a covariate is constant"):
        entropy_balance(constant, np.array([0.0, 0.3, 0.0, 0.5]), context="spec 'm': ")
