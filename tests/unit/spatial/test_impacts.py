"""Direct, indirect and total impacts in spatial panel models."""

import math
from dataclasses import replace

import numpy as np
import pytest

from montecarlo.spatial import NAMES, neighbours, simulate
from nianjian.errors import EstimationError
from nianjian.estimates import Rows, by_address
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.impacts import seed_of, spatial_impacts

CITIES, YEARS = 80, 8


@pytest.fixture(scope="module")
def weights():
    return neighbours(CITIES)


@pytest.fixture(scope="module")
def panel(weights):
    return simulate(weights, YEARS, np.random.default_rng(1), rho=0.4, theta=(0.3, -0.2))


@pytest.fixture(scope="module")
def fit(weights, panel):
    return fit_model(*panel, weights, regressors=NAMES, lagged=["b"])


def dense_impacts(beta, theta, rho, weights):
    n = len(weights)
    multiplier = np.linalg.solve(np.eye(n) - rho * weights, beta * np.eye(n) + theta * weights)
    direct, total = multiplier.trace() / n, multiplier.sum() / n
    return np.array([direct, total - direct, total])


def test_effects_are_partial_derivatives(fit, weights):
    impacts = spatial_impacts(fit)
    np.testing.assert_allclose(
        impacts.estimates[:, 0], dense_impacts(fit.beta[0], 0, fit.rho, weights), rtol=1e-9
    )
    known = dense_impacts(fit.beta[1], fit.theta[0], fit.rho, weights)
    np.testing.assert_allclose(impacts.estimates[:, 1], known, rtol=1e-9)
    assert impacts.estimates[2, 1] == pytest.approx((fit.beta[1] + fit.theta[0]) / (1 - fit.rho))


def test_delta_errors_follow_numerical_derivatives(fit, weights):
    start = np.array([fit.beta[1], fit.theta[0], fit.rho])
    columns = []
    for step in 1e-6 * np.eye(3):
        up, down = dense_impacts(*(start + step), weights), dense_impacts(*(start - step), weights)
        columns.append((up - down) / 2e-6)
    jacobian = np.array(columns).T
    vcov = fit.vcov[np.ix_([1, 2, 3], [1, 2, 3])]
    known = np.sqrt(np.diag(jacobian @ vcov @ jacobian.T))
    np.testing.assert_allclose(spatial_impacts(fit).delta[:, 1], known, rtol=1e-5)


def test_simulated_errors_approach_those_of_the_delta_method(fit):
    impacts = spatial_impacts(fit, draws=20000)
    np.testing.assert_allclose(impacts.simulated, impacts.delta, rtol=0.05)
    middle = (impacts.simulated_low + impacts.simulated_high) / 2
    assert (np.abs(middle - impacts.estimates) < 0.3 * impacts.simulated).all()
    assert impacts.rejected == 0


def test_draws_depend_on_study_and_spec_only(fit):
    one, same, other = (
        spatial_impacts(fit, seed=seed_of(*names)).simulated
        for names in (("s", "base"), ("s", "base"), ("s", "other"))
    )
    assert (one == same).all() and (one != other).all()
    assert (spatial_impacts(fit, seed=seed_of("base", "s")).simulated != one).all()


def test_without_rho_effects_are_the_coefficients(weights, panel):
    fit = fit_model(*panel, weights, model="slx", regressors=NAMES)
    impacts = spatial_impacts(fit, draws=5000)
    np.testing.assert_allclose(impacts.estimates, [fit.beta, fit.theta, fit.beta + fit.theta], rtol=1e-12)
    np.testing.assert_allclose(impacts.delta[:2], [fit.std_errors[:2], fit.std_errors[2:4]], rtol=1e-9)
    np.testing.assert_allclose(impacts.simulated, impacts.delta, rtol=0.05)


def test_either_kind_of_errors_can_carry_the_plain_rows(fit):
    found = {}
    for primary in ("simulated", "delta"):
        rows = Rows("s", primary)
        spatial_impacts(fit, primary=primary).add_to(rows)
        found |= by_address(rows.table())
    numbers = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]

    def of(primary, term):
        return [found[primary, "effect", term][name] for name in numbers]

    assert of("simulated", "direct[a|delta]") == of("delta", "direct[a]") != of("simulated", "direct[a]")
    assert of("delta", "total[b|simulated]") == of("simulated", "total[b]")
    estimate, error, z, p, low, high = of("delta", "total[b]")
    assert z == pytest.approx(estimate / error) and low < estimate < high
    assert p == pytest.approx(math.erfc(abs(z) / 2**0.5))


def test_every_impact_comes_with_both_kinds_of_errors(fit):
    rows = list(spatial_impacts(fit).rows())
    assert [(one.errors, one.variable, one.term) for one in rows] == [
        (errors, name, term)
        for errors in ("simulated", "delta")
        for name in NAMES
        for term in ("direct", "indirect", "total")
    ]


def test_draws_outside_the_interval_of_rho_are_drawn_again(fit):
    vcov = fit.vcov.copy()
    vcov[3, :3] = vcov[:3, 3] = 0
    vcov[3, 3] = 0.3**2
    near = replace(fit, rho=0.8, vcov=vcov)
    impacts = spatial_impacts(near, draws=500)
    # A quarter of N(0.8, 0.3) lies above one.
    assert 100 < impacts.rejected < 250
    assert np.isfinite(impacts.simulated).all() and (impacts.simulated_high[2, 0] > 0)
    vcov[3, 3] = 1e4
    with pytest.raises(EstimationError, match="nine of ten draws of rho lie outside"):
        spatial_impacts(replace(near, vcov=vcov))
