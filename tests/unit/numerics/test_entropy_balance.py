"""Entropy balancing: means are met, weights are as even as may be, what cannot be met is said."""

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.numerics.entropy_balance import POWERS, balancing_weights, entropy_balance


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
    names = ["income", "share", "relief"]
    with pytest.raises(
        EstimationError, match=r"no weights of the controls reach .*: income cannot be balanced"
    ):
        entropy_balance(controls, np.array([50.0, 0.5, 0.0]), names=names)
    with pytest.raises(EstimationError, match="covariate 1 cannot be balanced"):
        entropy_balance(controls, np.array([50.0, 0.5, 0.0]))
    constant = np.column_stack([controls, np.ones(200)])
    with pytest.raises(EstimationError, match=r"spec 'm': port is 1 in all controls and 0\.5 in the mean"):
        target = np.array([0.0, 0.3, 0.0, 0.5])
        entropy_balance(constant, target, names=[*names, "port"], context="spec 'm': ")


def test_moments_up_to_the_asked_one_are_those_of_the_treated():
    rng = np.random.default_rng(4)
    treated = np.repeat([True, False], [60, 400])
    x = np.column_stack(
        [rng.normal(0.3 * treated, 1 - 0.2 * treated), rng.gamma(2, 3, size=460), rng.random(460) < 0.3]
    )
    names = ["a", "b", "dummy"]
    for moments, powers in POWERS.items():
        w = balancing_weights(x, treated, moments, names)
        assert (w[treated] == 1).all() and w[~treated].sum() == pytest.approx(60)
        for power in range(1, powers + 1):
            found = np.average(x[~treated] ** power, axis=0, weights=w[~treated])
            np.testing.assert_allclose(found, (x[treated] ** power).mean(axis=0), rtol=1e-8)
    # The next moment is left alone.
    means = balancing_weights(x, treated, "means", names)
    gap = np.average(x[~treated] ** 2, axis=0, weights=means[~treated]) - (x[treated] ** 2).mean(axis=0)
    assert np.abs(gap[0]) > 0.05


def test_the_covariate_in_the_way_is_named_among_others():
    rng = np.random.default_rng(6)
    treated = np.repeat([True, False], [30, 100])
    x = rng.normal(size=(130, 3))
    x[treated, 1] += 9
    with pytest.raises(EstimationError, match="treated units: far cannot be balanced; leave out"):
        balancing_weights(x, treated, "means", ["near", "far", "other"])
    x[treated, 1] -= 9
    x[treated, 2] *= 9
    with pytest.raises(EstimationError, match="the square of other cannot be balanced"):
        balancing_weights(x, treated, "variances", ["near", "far", "other"])
