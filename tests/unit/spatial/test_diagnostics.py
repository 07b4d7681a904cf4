"""Tests of spatial panel models: Lagrange multiplier, likelihood ratio, Wald, Hausman."""

import numpy as np
import pytest

from montecarlo.spatial import neighbours, simulate
from nianjian.spatial.diagnostics import SpatialTest, durbin_tests, hausman, lm_tests
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.information import Design, Estimate, information
from nianjian.spatial.likelihood import counts, likelihood, within
from nianjian.spatial.models import MODELS
from nianjian.spatial.prepared_weights import prepare

CITIES, YEARS, BOTH = 80, 8, ("city", "year")


@pytest.fixture(scope="module")
def weights():
    return neighbours(CITIES)


@pytest.fixture(scope="module")
def panel(weights):
    return simulate(weights, YEARS, np.random.default_rng(1), rho=0.4, theta=(0.3, -0.2))


@pytest.mark.parametrize("absorb", [(), ("city",), BOTH])
def test_lagrange_multipliers_are_the_stated_formulas(weights, panel, absorb):
    y, x = panel
    n, years = y.shape
    ys, xs = within(y, absorb), within(x, absorb)
    flat = xs.reshape(-1, 2)
    slopes = np.linalg.solve(flat.T @ flat, flat.T @ ys.ravel())
    e = (ys.ravel() - flat @ slopes).reshape(n, years)
    s2 = (e**2).mean()
    trace = years * np.trace(weights @ weights + weights.T @ weights)
    mean = within(weights @ (x @ slopes), absorb).ravel()
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
    found = lm_tests(y, x, prepare(weights), absorb=absorb)
    np.testing.assert_allclose([test.statistic for test in found], known, rtol=1e-9)


@pytest.mark.parametrize("transform", [False, True])
def test_the_lagrange_multiplier_is_the_squared_score_over_its_variance(weights, panel, transform):
    """LM lag is score' I^-1 score at rho = 0, from the model's own likelihood and information."""
    y, x = panel
    prepared = prepare(weights)
    ols = fit_model(y, x, prepared, model="ols", lee_yu="transform" if transform else "none")
    estimate = Estimate(ols.beta, 0.0, 0.0, ols.sigma2)
    design = Design(y, x, prepared, MODELS["sar"], BOTH, counts(CITIES, YEARS, BOTH, transform))
    expected = information(estimate, design).matrix
    problem = likelihood(
        y, x, prepared, lag=True, error=False, absorb=BOTH, random=False, transform=transform
    )
    score = problem.at([0.0]).score[0]
    # The concentrated score has the trace of W over n in it, which is zero but for the transformation.
    known = score**2 * np.linalg.inv(expected)[2, 2]
    found = lm_tests(y, x, prepared, absorb=BOTH, transform=transform)[0]
    assert found.name == "lm_lag"
    assert found.statistic == pytest.approx(known, rel=0.01 if transform else 1e-9)


def test_lagrange_multipliers_reject_a_true_null_at_their_size():
    weights = prepare(neighbours(49))
    statistics = []
    for draw in range(400):
        y, x = simulate(weights.matrix, 6, np.random.default_rng([7, draw]))
        tests = lm_tests(y, x, weights, absorb=BOTH, transform=True)
        statistics.append([test.statistic for test in tests])
    rates = (np.array(statistics) > 3.841).mean(axis=0)
    assert ((rates > 0.02) & (rates < 0.09)).all(), rates


def test_lagrange_multipliers_tell_lag_from_error():
    weights = prepare(neighbours(100))
    lag = {
        t.name: t.p_value
        for t in lm_tests(
            *simulate(weights.matrix, 10, np.random.default_rng(0), rho=0.3), weights, absorb=BOTH
        )
    }
    error = {
        t.name: t.p_value
        for t in lm_tests(
            *simulate(weights.matrix, 10, np.random.default_rng(0), lambda_=0.4), weights, absorb=BOTH
        )
    }
    assert lag["robust_lm_lag"] < 1e-3 and lag["robust_lm_error"] > 0.01
    assert error["robust_lm_error"] < 1e-3 and error["robust_lm_lag"] > 0.01


def test_durbin_tests(weights, panel):
    y, x = panel
    sdm, sar, sem = (fit_model(y, x, weights, model=name) for name in ("sdm", "sar", "sem"))
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
    partly = fit_model(y, x, weights, model="sdm", lagged=["x0"])
    assert [test.name for test in durbin_tests(partly, sar, sem)] == ["lr_sar", "wald_sar"]


def test_durbin_tests_keep_a_true_null():
    weights = prepare(neighbours(49))
    over = np.zeros(4)
    for draw in range(100):
        for column, options in ((0, {"rho": 0.4}), (2, {"lambda_": 0.4})):
            y, x = simulate(weights.matrix, 6, np.random.default_rng([8, draw]), **options)
            fits = [
                fit_model(y, x, weights, model=name, lee_yu="transform") for name in ("sdm", "sar", "sem")
            ]
            tests = durbin_tests(*fits)
            over[column : column + 2] += [test.p_value < 0.05 for test in tests[column : column + 2]]
    assert ((over >= 1) & (over <= 12)).all(), over


@pytest.mark.parametrize("model, absorb", [("sdm", BOTH), ("sar", BOTH), ("sem", BOTH)])
def test_hausman_keeps_a_true_null_and_rejects_a_false_one(model, absorb):
    weights = prepare(neighbours(49))
    statistics = {0.0: [], 1.5: []}
    for correlated, found in statistics.items():
        for draw in range(60 if correlated == 0 else 3):
            rng = np.random.default_rng([9, draw])
            options = {"lambda_": 0.4} if model == "sem" else {"rho": 0.4}
            y, x = simulate(weights.matrix, 6, rng, correlated=correlated, **options)
            test = hausman(y, x, weights, model=model, absorb=absorb)
            assert test.df == (5 if model == "sdm" else 3)
            found.append(test.p_value)
    assert np.mean(np.array(statistics[0.0]) < 0.05) <= 0.15 and np.median(statistics[0.0]) > 0.25
    assert max(statistics[1.5]) < 1e-3


def test_a_statistic_without_information_has_no_p_value():
    assert np.isnan(SpatialTest("hausman", float("nan"), 0).p_value)
    assert SpatialTest("lm_lag", 3.841459, 1).p_value == pytest.approx(0.05, abs=1e-6)
