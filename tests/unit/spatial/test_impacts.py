"""Effects and tests of spatial panel models."""

import math
from dataclasses import replace

import numpy as np
import pytest

from montecarlo.spatial import NAMES, neighbours, simulate
from nianjian.errors import EstimationError
from nianjian.spatial import models
from nianjian.spatial.diagnostics import SpatialTest, durbin_tests, lm_tests
from nianjian.spatial.effects import seed_of, spatial_effects
from nianjian.spatial.likelihood import counts, likelihood, prepare, within

CITIES, YEARS, BOTH = 80, 8, ("city", "year")


@pytest.fixture(scope="module")
def weights():
    return neighbours(CITIES)


@pytest.fixture(scope="module")
def panel(weights):
    return simulate(weights, YEARS, np.random.default_rng(1), rho=0.4, theta=(0.3, -0.2))


@pytest.fixture(scope="module")
def fit(weights, panel):
    return models.fit(*panel, weights, regressors=NAMES, lagged=["b"])


def dense_effects(beta, theta, rho, weights):
    n = len(weights)
    multiplier = np.linalg.solve(np.eye(n) - rho * weights, beta * np.eye(n) + theta * weights)
    direct, total = multiplier.trace() / n, multiplier.sum() / n
    return np.array([direct, total - direct, total])


def test_effects_are_partial_derivatives(fit, weights):
    effects = spatial_effects(fit)
    np.testing.assert_allclose(
        effects.estimates[:, 0], dense_effects(fit.beta[0], 0, fit.rho, weights), rtol=1e-9
    )
    known = dense_effects(fit.beta[1], fit.theta[0], fit.rho, weights)
    np.testing.assert_allclose(effects.estimates[:, 1], known, rtol=1e-9)
    assert effects.estimates[2, 1] == pytest.approx((fit.beta[1] + fit.theta[0]) / (1 - fit.rho))


def test_delta_errors_follow_numerical_derivatives(fit, weights):
    start = np.array([fit.beta[1], fit.theta[0], fit.rho])
    columns = []
    for step in 1e-6 * np.eye(3):
        up, down = dense_effects(*(start + step), weights), dense_effects(*(start - step), weights)
        columns.append((up - down) / 2e-6)
    jacobian = np.array(columns).T
    vcov = fit.vcov[np.ix_([1, 2, 3], [1, 2, 3])]
    known = np.sqrt(np.diag(jacobian @ vcov @ jacobian.T))
    np.testing.assert_allclose(spatial_effects(fit).delta[:, 1], known, rtol=1e-5)


def test_simulated_errors_approach_those_of_the_delta_method(fit):
    effects = spatial_effects(fit, draws=20000)
    np.testing.assert_allclose(effects.simulated, effects.delta, rtol=0.05)
    middle = (effects.simulated_low + effects.simulated_high) / 2
    assert (np.abs(middle - effects.estimates) < 0.3 * effects.simulated).all()
    assert effects.rejected == 0


def test_draws_depend_on_study_and_spec_only(fit):
    one, same, other = (
        spatial_effects(fit, seed=seed_of(*names)).simulated
        for names in (("s", "base"), ("s", "base"), ("s", "other"))
    )
    assert (one == same).all() and (one != other).all()
    assert (spatial_effects(fit, seed=seed_of("base", "s")).simulated != one).all()


def test_without_rho_effects_are_the_coefficients(weights, panel):
    fit = models.fit(*panel, weights, model="slx", regressors=NAMES)
    effects = spatial_effects(fit, draws=5000)
    np.testing.assert_allclose(effects.estimates, [fit.beta, fit.theta, fit.beta + fit.theta], rtol=1e-12)
    np.testing.assert_allclose(effects.delta[:2], [fit.std_errors[:2], fit.std_errors[2:4]], rtol=1e-9)
    np.testing.assert_allclose(effects.simulated, effects.delta, rtol=0.05)


def test_either_kind_of_errors_can_carry_the_plain_rows(fit):
    simulated = {row[0]: row for row in spatial_effects(fit).rows()}
    delta = {row[0]: row for row in spatial_effects(fit, primary="delta").rows()}
    assert simulated["direct_delta[a]"][1:] == delta["direct[a]"][1:]
    assert delta["total_simulated[b]"][1:] == simulated["total[b]"][1:]
    _, estimate, error, z, p, low, high = delta["total[b]"]
    assert z == pytest.approx(estimate / error) and low < estimate < high
    assert p == pytest.approx(math.erfc(abs(z) / 2**0.5))


def test_draws_outside_the_interval_of_rho_are_drawn_again(fit):
    vcov = fit.vcov.copy()
    vcov[3, :3] = vcov[:3, 3] = 0
    vcov[3, 3] = 0.3**2
    near = replace(fit, rho=0.8, vcov=vcov)
    effects = spatial_effects(near, draws=500)
    # A quarter of N(0.8, 0.3) lies above one.
    assert 100 < effects.rejected < 250
    assert np.isfinite(effects.simulated).all() and (effects.simulated_high[2, 0] > 0)
    vcov[3, 3] = 1e4
    with pytest.raises(EstimationError, match="nine of ten draws of rho lie outside"):
        spatial_effects(replace(near, vcov=vcov))


# Tests.


@pytest.mark.parametrize("effects", [(), ("city",), BOTH])
def test_lagrange_multipliers_are_the_stated_formulas(weights, panel, effects):
    y, x = panel
    n, years = y.shape
    ys, xs = within(y, effects), within(x, effects)
    flat = xs.reshape(-1, 2)
    slopes = np.linalg.solve(flat.T @ flat, flat.T @ ys.ravel())
    e = (ys.ravel() - flat @ slopes).reshape(n, years)
    s2 = (e**2).mean()
    trace = years * np.trace(weights @ weights + weights.T @ weights)
    mean = within(weights @ (x @ slopes), effects).ravel()
    maker = np.eye(n * years) - flat @ np.linalg.inv(flat.T @ flat) @ flat.T
    j = (mean @ maker @ mean) / s2 + trace
    lag = np.einsum("it,it->", e, weights @ y) / s2
    error = np.einsum("it,it->", e, weights @ e) / s2
    known = [
        lag**2 / j,
        error**2 / trace,
        (lag - error) ** 2 / (j - trace),
        (error - trace / j * lag) ** 2 / (trace * (1 - trace / j)),
    ]
    found = lm_tests(y, x, prepare(weights), effects=effects)
    np.testing.assert_allclose([test.statistic for test in found], known, rtol=1e-9)


@pytest.mark.parametrize("transform", [False, True])
def test_the_lagrange_multiplier_is_the_squared_score_over_its_variance(weights, panel, transform):
    """LM lag is score' I^-1 score at rho = 0, from the model's own likelihood and information."""
    y, x = panel
    prepared = prepare(weights)
    ols = models.fit(y, x, prepared, model="ols", lee_yu="transform" if transform else "none")
    estimate = models._Estimate(ols.beta, 0.0, 0.0, ols.sigma2)
    counted = counts(CITIES, YEARS, BOTH, transform)
    information = models._information(estimate, y, x, prepared, models.MODELS["sar"], BOTH, counted, 1.0)[0]
    problem = likelihood(
        y, x, prepared, lag=True, error=False, effects=BOTH, random=False, transform=transform
    )
    score = problem.at([0.0]).score[0]
    # The concentrated score has the trace of W over n in it, which is zero but for the transformation.
    known = score**2 * np.linalg.inv(information)[2, 2]
    found = lm_tests(y, x, prepared, effects=BOTH, transform=transform)[0]
    assert found.name == "lm_lag"
    assert found.statistic == pytest.approx(known, rel=0.01 if transform else 1e-9)


def test_lagrange_multipliers_reject_a_true_null_at_their_size():
    weights = prepare(neighbours(49))
    statistics = []
    for draw in range(400):
        y, x = simulate(weights.matrix, 6, np.random.default_rng([7, draw]))
        tests = lm_tests(y, x, weights, effects=BOTH, transform=True)
        statistics.append([test.statistic for test in tests])
    rates = (np.array(statistics) > 3.841).mean(axis=0)
    assert ((rates > 0.02) & (rates < 0.09)).all(), rates


def test_lagrange_multipliers_tell_lag_from_error():
    weights = prepare(neighbours(100))
    lag = {
        t.name: t.p_value
        for t in lm_tests(
            *simulate(weights.matrix, 10, np.random.default_rng(0), rho=0.3), weights, effects=BOTH
        )
    }
    error = {
        t.name: t.p_value
        for t in lm_tests(
            *simulate(weights.matrix, 10, np.random.default_rng(0), lambda_=0.4), weights, effects=BOTH
        )
    }
    assert lag["robust_lm_lag"] < 1e-3 and lag["robust_lm_error"] > 0.01
    assert error["robust_lm_error"] < 1e-3 and error["robust_lm_lag"] > 0.01


def test_durbin_tests(weights, panel):
    y, x = panel
    sdm, sar, sem = (models.fit(y, x, weights, model=name) for name in ("sdm", "sar", "sem"))
    found = {test.name: test for test in durbin_tests(sdm, sar, sem)}
    assert found["lr_sar"].statistic == pytest.approx(2 * (sdm.loglik - sar.loglik))
    inverse = np.linalg.inv(sdm.vcov[2:4, 2:4])
    assert found["wald_sar"].statistic == pytest.approx(sdm.theta @ inverse @ sdm.theta)
    common = sdm.theta + sdm.rho * sdm.beta
    jacobian = np.hstack([sdm.rho * np.eye(2), np.eye(2), sdm.beta[:, None]])
    spread = jacobian @ sdm.vcov[:5, :5] @ jacobian.T
    assert found["wald_sem"].statistic == pytest.approx(common @ np.linalg.solve(spread, common))
    for kind in ("sar", "sem"):  # asymptotically the same
        assert found[f"lr_{kind}"].statistic == pytest.approx(found[f"wald_{kind}"].statistic, rel=0.15)
        assert found[f"lr_{kind}"].df == 2 and found[f"lr_{kind}"].p_value < 0.05
    partly = models.fit(y, x, weights, model="sdm", lagged=["x0"])
    assert [test.name for test in durbin_tests(partly, sar, sem)] == ["lr_sar", "wald_sar"]


def test_durbin_tests_keep_a_true_null():
    weights = prepare(neighbours(49))
    over = np.zeros(4)
    for draw in range(100):
        for column, options in ((0, {"rho": 0.4}), (2, {"lambda_": 0.4})):
            y, x = simulate(weights.matrix, 6, np.random.default_rng([8, draw]), **options)
            fits = [
                models.fit(y, x, weights, model=name, lee_yu="transform") for name in ("sdm", "sar", "sem")
            ]
            tests = durbin_tests(*fits)
            over[column : column + 2] += [test.p_value < 0.05 for test in tests[column : column + 2]]
    assert ((over >= 1) & (over <= 12)).all(), over


@pytest.mark.parametrize("model, effects", [("sdm", BOTH), ("sar", BOTH), ("sem", BOTH)])
def test_hausman_keeps_a_true_null_and_rejects_a_false_one(model, effects):
    weights = prepare(neighbours(49))
    statistics = {0.0: [], 1.5: []}
    for correlated, found in statistics.items():
        for draw in range(60 if correlated == 0 else 3):
            rng = np.random.default_rng([9, draw])
            options = {"lambda_": 0.4} if model == "sem" else {"rho": 0.4}
            y, x = simulate(weights.matrix, 6, rng, correlated=correlated, **options)
            test = models.hausman(y, x, weights, model=model, effects=effects)
            assert test.df == (5 if model == "sdm" else 3)
            found.append(test.p_value)
    assert np.mean(np.array(statistics[0.0]) < 0.05) <= 0.15 and np.median(statistics[0.0]) > 0.25
    assert max(statistics[1.5]) < 1e-3


def test_a_statistic_without_information_has_no_p_value():
    assert np.isnan(SpatialTest("hausman", float("nan"), 0).p_value)
    assert SpatialTest("lm_lag", 3.841459, 1).p_value == pytest.approx(0.05, abs=1e-6)
