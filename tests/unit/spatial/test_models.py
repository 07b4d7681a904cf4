"""Spatial panel models: known parameters, dense likelihoods, properties, errors."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from montecarlo.spatial import NAMES, neighbours, simulate
from nianjian.errors import EstimationError
from nianjian.estimates import ESTIMATE_KEY, ESTIMATES, by_address
from nianjian.spatial import prepared_weights, spatial_panel
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.likelihood import likelihood, within
from nianjian.spatial.models import MODELS
from nianjian.spatial.prepared_weights import prepare

BOTH = ("city", "year")
CITIES, YEARS = 100, 10
TRUTH = {
    "sdm": {"rho": 0.4, "theta": (0.3, -0.2)},
    "sar": {"rho": 0.4},
    "sem": {"lambda_": 0.5},
    "sac": {"rho": 0.4, "lambda_": -0.3},
    "sdem": {"lambda_": 0.5, "theta": (0.3, -0.2)},
    "slx": {"theta": (0.3, -0.2)},
    "ols": {},
}


@pytest.fixture(scope="module")
def weights():
    return neighbours(CITIES)


@pytest.fixture(scope="module")
def panel(weights):
    return simulate(weights, YEARS, np.random.default_rng(0), **TRUTH["sdm"])


@pytest.fixture(scope="module")
def frame(panel):
    y, x = panel
    rows = pd.MultiIndex.from_product([range(CITIES), range(2001, 2001 + YEARS)], names=["city", "year"])
    table = pd.DataFrame(x.reshape(-1, 2), index=rows, columns=NAMES).assign(y=y.ravel())
    return table.reset_index().sample(frac=1, random_state=0)


def fit_frame(frame, weights, **options):
    defaults = {"outcome": "y", "regressors": NAMES, "cities": range(len(weights))}
    return spatial_panel.fit_frame(frame, weights=weights, **(defaults | options))


@pytest.mark.parametrize("model", TRUTH)
def test_recovers_known_parameters(weights, model):
    truth = TRUTH[model]
    y, x = simulate(weights, YEARS, np.random.default_rng(5), **truth)
    fit = fit_model(y, x, weights, model=model, regressors=NAMES, lee_yu="transform")
    known = [
        1.0,
        -0.5,
        *truth.get("theta", ()),
        *(truth[name] for name in ("rho", "lambda_") if name in truth),
        1,
    ]
    assert len(known) == len(fit.names)
    assert (np.abs(fit.params - known) < 3.5 * fit.std_errors).all()
    assert (fit.std_errors < 0.25).all()


def test_leaving_the_lag_out_biases_the_slopes(weights):
    y, x = simulate(weights, 40, np.random.default_rng(1), rho=0.6, theta=(0.5, 0.0))
    ols = fit_model(y, x, weights, model="ols")
    assert ols.beta[0] - 1 > 3 * ols.std_errors[0]


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    weights = prepare(neighbours(49))
    hits = np.zeros(5)
    for draw in range(100):
        y, x = simulate(weights.matrix, 6, np.random.default_rng([3, draw]), rho=0.4, theta=(0.3, 0.0))
        fit = fit_model(y, x, weights, lee_yu="transform")
        hits += np.abs(fit.params - [1, -0.5, 0.3, 0, 0.4, 1])[:5] < 1.96 * fit.std_errors[:5]
    assert (hits >= 88).all() and hits.mean() <= 99


def test_clustered_errors_cover_where_conventional_ones_do_not():
    weights = prepare(neighbours(64))
    # A regressor that is as persistent as the errors makes the conventional errors too small.
    hits = {"ml": 0, "cluster": 0}
    for draw in range(80):
        rng = np.random.default_rng([4, draw])
        y, x = simulate(weights.matrix, 8, rng, rho=0.3, serial=0.9)
        x = x.copy()
        trend = rng.normal(size=(64, 8)).cumsum(axis=1)
        y = y + np.linalg.solve(np.eye(64) - 0.3 * weights.matrix, trend - x[:, :, 1] * -0.5)
        x[:, :, 1] = trend
        for errors in hits:
            fit = fit_model(y, x, weights, model="sar", errors=errors, lee_yu="transform")
            hits[errors] += abs(fit.beta[1] - 1) < 1.96 * fit.std_errors[1]
    assert hits["cluster"] >= 70 and hits["ml"] <= 64


def test_clustered_equal_conventional_errors_on_average_if_errors_are_independent(weights):
    ratios = []
    for draw in range(15):
        y, x = simulate(weights, YEARS, np.random.default_rng([5, draw]), rho=0.4, lambda_=0.3)
        fit = fit_model(y, x, weights, model="sac", errors="cluster", lee_yu="transform")
        ratios.append(fit.std_errors / np.sqrt(np.diag(fit.vcov_ml)))
    # With the plain products of city scores the ratio of rho and lambda would be near 0.7.
    np.testing.assert_allclose(np.mean(ratios, axis=0), 1, atol=0.08)


# Dense likelihoods, written down as they stand in a textbook.

SMALL, FEW = 12, 4


def small_panel(seed=0, **options):
    weights = neighbours(SMALL, seed, 3)
    y, x = simulate(weights, FEW, np.random.default_rng(seed), rho=0.3, lambda_=0.2, **options)
    return weights, y, x


def dummies(n, years, absorb):
    columns = [np.ones((n * years, 1))]
    if "city" in absorb:
        columns.append(np.kron(np.eye(n), np.ones((years, 1))))
    if "year" in absorb:
        columns.append(np.kron(np.ones((n, 1)), np.eye(years)))
    return np.hstack(columns)


@pytest.mark.parametrize("absorb", [(), ("city",), ("year",), BOTH])
@pytest.mark.parametrize("rho, lam", [(0.3, -0.4), (0.0, 0.6), (-0.5, 0.2)])
def test_likelihood_is_that_of_dummy_variables(absorb, rho, lam):
    weights, y, x = small_panel()
    w = np.kron(weights, np.eye(FEW))  # cities first
    a, b = np.eye(len(w)) - rho * w, np.eye(len(w)) - lam * w
    design = b @ np.hstack([x.reshape(-1, 2), dummies(SMALL, FEW, absorb)])
    target = b @ a @ y.ravel()
    rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    variance = rest @ rest / len(rest)
    known = -len(rest) / 2 * (np.log(2 * np.pi * variance) + 1)
    known += np.linalg.slogdet(a)[1] + np.linalg.slogdet(b)[1]
    problem = likelihood(y, x, prepare(weights), lag=True, error=True, absorb=absorb, random=False)
    assert problem.at([rho, lam]).loglik == pytest.approx(known, rel=1e-12)


def orthonormal(size):
    """(size, size - 1) eigenvectors of the demeaning matrix."""
    return np.linalg.eigh(np.eye(size) - 1 / size)[1][:, 1:]


def transformed(weights, y, z, absorb):
    """Lee and Yu's observations: y* (n*, T*), z*, W*."""
    if "city" in absorb:
        right = orthonormal(y.shape[1])
        y, z = y @ right, np.einsum("itk,ts->isk", z, right)
    if "year" in absorb:
        left = orthonormal(len(y))
        y, z, weights = left.T @ y, np.einsum("ij,itk->jtk", left, z), left.T @ weights @ left
    return weights, y, z


@pytest.mark.parametrize("absorb", [("city",), ("year",), BOTH])
def test_transform_is_the_likelihood_of_the_transformed_observations(absorb):
    weights, y, x = small_panel()
    rho = 0.35
    w, ys, xs = transformed(weights, y, x, absorb)
    a = np.eye(len(w)) - rho * w
    design, target = xs.reshape(-1, 2), (a @ ys).ravel()
    rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    variance = rest @ rest / len(rest)
    known = -len(rest) / 2 * (np.log(2 * np.pi * variance) + 1) + ys.shape[1] * np.linalg.slogdet(a)[1]
    problem = likelihood(
        y, x, prepare(weights), lag=True, error=False, absorb=absorb, random=False, transform=True
    )
    assert problem.at([rho]).loglik == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize("absorb", [("city",), BOTH])
def test_errors_of_transform_come_from_the_transformed_information(absorb):
    weights, y, x = small_panel()
    fit = fit_model(y, x, weights, model="sar", absorb=absorb, lee_yu="transform")
    w, ys, xs = transformed(weights, y, x, absorb)
    a = np.eye(len(w)) - fit.rho * w
    g = w @ np.linalg.inv(a)
    years, s2 = ys.shape[1], fit.sigma2
    # Effects leave only Zb in the mean of Wy once they are transformed away.
    mean = g @ ((a @ ys) - (a @ ys - xs @ fit.beta))
    design = np.column_stack([xs.reshape(-1, 2), mean.ravel()])
    information = np.zeros((4, 4))
    information[:3, :3] = design.T @ design / s2
    information[2, 2] += years * ((g * g.T).sum() + (g * g).sum())
    information[2, 3] = information[3, 2] = years * g.trace() / s2
    information[3, 3] = ys.size / (2 * s2**2)
    np.testing.assert_allclose(fit.vcov, np.linalg.inv(information), rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize("absorb", [(), ("year",)])
def test_random_effects_likelihood_is_that_of_the_normal_distribution(absorb):
    weights, y, x = small_panel(correlated=0.0)
    fit = fit_model(y, x, weights, model="sac", absorb=absorb, random=True)
    a = np.eye(SMALL) - fit.rho * weights
    b = np.eye(SMALL) - fit.lambda_ * weights
    between = fit.sigma2 * (1 / fit.phi**2 - 1) / FEW
    small = np.kron(np.eye(SMALL), fit.sigma2 * np.eye(FEW) + between * np.ones((FEW, FEW)))
    filtered = np.kron(np.linalg.inv(b), np.eye(FEW))
    covariance = filtered @ small @ filtered.T
    design = np.hstack([x.reshape(-1, 2), dummies(SMALL, FEW, absorb)])
    target = (a @ y).ravel()
    inverse = np.linalg.inv(covariance)
    slopes = np.linalg.pinv(design.T @ inverse @ design) @ design.T @ inverse @ target
    rest = target - design @ slopes
    known = -0.5 * (len(rest) * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + rest @ inverse @ rest)
    known += FEW * np.linalg.slogdet(a)[1]
    assert fit.loglik == pytest.approx(known, rel=1e-8)
    np.testing.assert_allclose(fit.beta, slopes[:2], rtol=1e-6)


@pytest.mark.parametrize("model, random", [("sac", False), ("sdm", False), ("sdm", True), ("sac", True)])
def test_score_is_the_slope_of_the_likelihood(model, random):
    weights, y, x = small_panel()
    form = MODELS[model]
    absorb = ("year",) if random else BOTH
    problem = likelihood(
        y,
        x,
        prepare(weights),
        lag=form.lag,
        error=form.error,
        absorb=absorb,
        random=random,
        transform=not random,
    )
    point = np.array([{"rho": 0.2, "lambda": -0.3, "phi": 0.6}[name] for name in problem.active])
    for j, step in enumerate(1e-6 * np.eye(len(point))):
        slope = (problem.at(point + step).loglik - problem.at(point - step).loglik) / 2e-6
        assert problem.at(point).score[j] == pytest.approx(slope, rel=1e-6, abs=1e-6)
    best = problem.maximise()
    assert np.abs(problem.at(best).score).max() < 1e-5


def test_the_maximum_is_the_highest_of_a_fine_grid():
    weights, y, x = small_panel(seed=3)
    problem = likelihood(y, x, prepare(weights), lag=True, error=True, absorb=BOTH, random=False)
    top = problem.at(problem.maximise()).loglik
    grid = np.linspace(problem.bounds()[0][0], problem.bounds()[0][1], 60)
    assert top >= max(problem.at([rho, lam]).loglik for rho in grid for lam in grid)


def test_two_way_demeaning_commutes_with_row_standardised_weights(weights, panel):
    y, _ = panel
    lagged_first = within(weights @ y, BOTH)
    lagged_last = weights @ within(y, BOTH)
    np.testing.assert_allclose(lagged_first, within(lagged_last, BOTH), atol=1e-12)
    assert np.abs(lagged_first - lagged_last).max() > 0.01


# Lee and Yu's corrections.


def test_corrections_scale_the_variance_as_they_say(weights, panel):
    y, x = panel
    none, sigma2, correct, transform = (
        fit_model(y, x, weights, absorb=("city",), lee_yu=kind)
        for kind in ("none", "sigma2", "correct", "transform")
    )
    factor = YEARS / (YEARS - 1)
    for other in (sigma2, correct, transform):
        np.testing.assert_allclose(other.params[:-1], none.params[:-1], rtol=1e-7)
        assert other.sigma2 == pytest.approx(none.sigma2 * factor, rel=1e-7)
        assert other.sigma2_lee_yu == pytest.approx(other.sigma2, rel=1e-7)
    np.testing.assert_allclose(sigma2.std_errors[:2], none.std_errors[:2] * factor**0.5, rtol=0.01)
    year = fit_model(y, x, weights, absorb=("year",), lee_yu="sigma2")
    assert year.sigma2 == pytest.approx(
        fit_model(y, x, weights, absorb=("year",)).sigma2 * CITIES / (CITIES - 1), rel=1e-9
    )


def test_correct_and_transform_agree_and_move_rho_up():
    weights = prepare(neighbours(40))
    gaps = []
    for draw in range(40):
        y, x = simulate(weights.matrix, 6, np.random.default_rng([6, draw]), rho=0.4, theta=(0.3, 0.0))
        rhos = [fit_model(y, x, weights, lee_yu=kind).rho for kind in ("none", "correct", "transform")]
        gaps.append(rhos)
    none, correct, transform = np.mean(gaps, axis=0)
    assert abs(correct - transform) < 0.015 < 0.03 < transform - none
    assert abs(transform - 0.4) < 0.03


# Properties.


@pytest.mark.parametrize("model", ["sdm", "sac"])
def test_relabelling_cities_changes_nothing(weights, panel, model):
    y, x = panel
    order = np.random.default_rng(2).permutation(CITIES)
    fit = fit_model(y, x, weights, model=model, errors="cluster")
    other = fit_model(y[order], x[order], weights[np.ix_(order, order)], model=model, errors="cluster")
    np.testing.assert_allclose(other.params, fit.params, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(other.std_errors, fit.std_errors, rtol=1e-6)
    assert other.loglik == pytest.approx(fit.loglik, rel=1e-10)


def test_scaling_and_shifting_columns(weights, panel):
    y, x = panel
    fit = fit_model(y, x, weights)
    scaled = fit_model(1e6 * y + 7, x * [1e8, 1e-5] + 3, weights)
    factors = np.array([1e-2, 1e11, 1e-2, 1e11, 1, 1e12])
    np.testing.assert_allclose(scaled.params, fit.params * factors, rtol=1e-6)
    np.testing.assert_allclose(scaled.std_errors, fit.std_errors * factors, rtol=1e-6)


def test_what_effects_absorb_changes_nothing(weights, panel):
    y, x = panel
    rng = np.random.default_rng(3)
    moved = y + 10 * rng.normal(size=(CITIES, 1)) + 10 * rng.normal(size=YEARS)
    fit, other = fit_model(y, x, weights), fit_model(moved, x, weights)
    np.testing.assert_allclose(other.params, fit.params, rtol=1e-6, atol=1e-9)
    assert other.r2_within == pytest.approx(fit.r2_within) and other.r2_overall < fit.r2_overall


def test_larger_models_fit_better_and_without_spatial_terms_it_is_least_squares(weights, panel):
    y, x = panel
    logliks = {model: fit_model(y, x, weights, model=model).loglik for model in MODELS}
    assert logliks["sdm"] > logliks["sar"] > logliks["ols"]
    assert logliks["sdm"] > logliks["slx"] > logliks["ols"]
    assert logliks["sdm"] > logliks["sem"] and logliks["sac"] > max(logliks["sar"], logliks["sem"])
    ols = fit_model(y, x, weights, model="ols")
    slopes = np.linalg.lstsq(within(x, BOTH).reshape(-1, 2), within(y, BOTH).ravel(), rcond=None)[0]
    np.testing.assert_allclose(ols.beta, slopes, rtol=1e-10)
    assert ols.aic == pytest.approx(2 * 3 - 2 * ols.loglik)
    assert ols.bic == pytest.approx(np.log(CITIES * YEARS) * 3 - 2 * ols.loglik)


def test_r_squared_are_squared_correlations_of_the_reduced_form(weights, panel):
    y, x = panel
    fit = fit_model(y, x, weights)
    z = np.concatenate([x, np.einsum("ij,jtk->itk", weights, x)], axis=2)
    reduced = np.linalg.solve(np.eye(CITIES) - fit.rho * weights, z @ np.concatenate([fit.beta, fit.theta]))
    assert fit.r2_overall == pytest.approx(np.corrcoef(y.ravel(), reduced.ravel())[0, 1] ** 2)
    both = np.corrcoef(within(y, BOTH).ravel(), within(reduced, BOTH).ravel())[0, 1] ** 2
    assert fit.r2_within == pytest.approx(both)


@pytest.mark.parametrize("kept_sparse", [False, True])
def test_sparse_and_dense_weights_give_the_same(weights, panel, monkeypatch, kept_sparse):
    y, x = panel
    fit = fit_model(y, x, weights, errors="cluster")
    if kept_sparse:
        monkeypatch.setattr(prepared_weights, "DENSE_CITIES", 0)
    other = fit_model(y, x, sparse.csr_matrix(weights), errors="cluster")
    assert sparse.issparse(other.weights.matrix) is kept_sparse
    np.testing.assert_allclose(other.params, fit.params, rtol=1e-7)
    np.testing.assert_allclose(other.std_errors, fit.std_errors, rtol=1e-9)


def test_only_the_declared_regressors_are_lagged(frame, weights):
    fit = fit_frame(frame, weights, lagged=["b"])
    assert fit.names == ("a", "b", "W*b", "rho", "sigma2")
    assert fit_frame(frame, weights, model="sar").names == ("a", "b", "rho", "sigma2")


# The frame.


def test_frame_and_arrays_give_the_same_whatever_the_order_of_rows(frame, weights, panel):
    y, x = panel
    fit = fit_frame(frame, weights)
    direct = fit_model(y, x, weights, regressors=NAMES)
    np.testing.assert_array_equal(fit.params, direct.params)
    again = fit_frame(frame.sample(frac=1, random_state=9), weights)
    np.testing.assert_array_equal(again.vcov, fit.vcov)
    np.testing.assert_array_equal(again.impacts.simulated, fit.impacts.simulated)


def test_cities_may_come_in_any_order_of_the_matrix(frame, weights):
    order = np.random.default_rng(4).permutation(CITIES)
    fit = fit_frame(frame, weights)
    other = fit_frame(frame, weights[np.ix_(order, order)], cities=order.tolist())
    np.testing.assert_allclose(other.params, fit.params, rtol=1e-6, atol=1e-9)


def test_tidy_rows(frame, weights):
    fit = fit_frame(frame, weights, tests=spatial_panel.TESTS, study="s", spec="one")
    rows = fit.tidy("s", "one", "near")
    assert list(rows.columns) == list(ESTIMATES)
    assert not rows.duplicated(list(ESTIMATE_KEY)).any()
    assert all(rows[name].dtype == float for name, kind in ESTIMATES.items() if kind == "float64")
    named = by_address(rows)
    terms = {kind: [term for _, own, term in named if own == kind] for kind in set(rows["kind"])}
    assert terms["coefficient"] == ["a", "b", "W*a", "W*b", "rho"]
    assert set(terms["test"]) == {
        "lm_lag", "lm_error", "robust_lm_lag", "robust_lm_error",
        "lr_sar", "lr_sem", "wald_sar", "wald_sem", "hausman",
    }  # fmt: skip
    plain = {f"{kind}[{name}]" for kind in ("direct", "indirect", "total") for name in NAMES}
    assert set(terms["effect"]) == plain | {term.replace("]", "|delta]") for term in plain}
    assert {
        "nobs", "units", "periods", "loglik", "aic", "bic", "r2_within", "r2_overall",
        "sigma2", "sigma2_lee_yu", "islands", "rho_at_edge", "draws_rejected",
    } == set(terms["fit"])  # fmt: skip
    assert named["one", "fit", "nobs"]["estimate"] == CITIES * YEARS
    assert named["one", "fit", "rho_at_edge"]["estimate"] == 0
    rho = named["one", "coefficient", "rho"]
    assert rho["conf_high"] - rho["estimate"] == pytest.approx(1.959964 * rho["std_error"], rel=1e-6)
    assert named["one", "test", "lr_sar"]["df"] == 2
    random = by_address(fit_frame(frame, weights, absorb=["year"], random=True).tidy("s", "r"))
    assert 0 < random["r", "fit", "phi"]["estimate"] < 1
    error = by_address(fit_frame(frame, weights, model="sem").tidy("s", "e"))
    assert not any(kind == "effect" for _, kind, _ in error) and ("e", "fit", "lambda_at_edge") in error
    # Without a spatial parameter the variance of the variance is 2 sigma^4 / N.
    lagged = fit_frame(frame, weights, model="slx")
    row = by_address(lagged.tidy("s", "x"))["x", "fit", "sigma2"]
    counted = 2 * lagged.sigma2**2 / row["std_error"] ** 2
    assert 0.9 * lagged.nobs < counted <= lagged.nobs * (1 + 1e-9)


def test_columns_say_what_a_row_is_of(frame, weights):
    fit = fit_frame(frame, weights, lagged=["b"], study="s", spec="one")
    rows = fit.tidy("s", "one", "near").astype({"variable": object, "matrix": object, "group": object})
    rows = rows.where(rows.notna(), None)
    of = [tuple(row) for row in rows[["kind", "term", "variable", "matrix", "group"]].itertuples(index=False)]
    assert of[:4] == [
        ("coefficient", "a", "a", None, None),
        ("coefficient", "b", "b", None, None),
        ("coefficient", "lag", "b", "near", None),
        ("coefficient", "rho", None, "near", None),
    ]
    assert ("effect", "direct", "a", None, None) in of and ("effect", "total", "b", None, "delta") in of
    unused = ["event_time", "other", "equation", "city", "year", "draw"]
    assert rows[unused].isna().all(axis=None)
    np.testing.assert_array_equal(rows["estimate"][:4].astype(float), fit.params[:4])
    np.testing.assert_array_equal(rows["std_error"][:4].astype(float), fit.std_errors[:4])


def test_spatial_did_lags_the_treatment(weights):
    rng = np.random.default_rng(8)
    y, x = simulate(weights, YEARS, rng, rho=0.3)
    start = rng.integers(3, 2 * YEARS, size=CITIES)
    did = (np.arange(YEARS) >= start[:, None]).astype(float)
    y = y + np.linalg.solve(np.eye(CITIES) - 0.3 * weights, 0.8 * did + 0.4 * weights @ did)
    rows = pd.MultiIndex.from_product([range(CITIES), range(YEARS)], names=["city", "year"])
    data = pd.DataFrame(
        {"y": y.ravel(), "did": did.ravel(), "a": x[:, :, 0].ravel(), "b": x[:, :, 1].ravel()}, rows
    ).reset_index()
    options = {"regressors": ["did", *NAMES]}
    fit = fit_frame(data, weights, **options)
    assert fit.names[:6] == ("did", "a", "b", "W*did", "W*a", "W*b")
    a1, a2 = fit.beta[0], fit.theta[0]
    assert abs(a1 - 0.8) < 3.5 * fit.std_errors[0] and abs(a2 - 0.4) < 3.5 * fit.std_errors[3]
    assert fit.impacts.estimates[2, 0] == pytest.approx((a1 + a2) / (1 - fit.rho), rel=1e-9)
    assert fit.impacts.estimates[2, 0] > 1.2 * (a1 + a2)
    some = fit_frame(data, weights, lagged=["did"], **options)
    assert some.lagged == ("did",)
    lag = fit_frame(data, weights, model="sar", **options)
    assert lag.lagged == () and fit_frame(data, weights, model="sem", **options).names[3] == "lambda"


# Messages.


def test_rho_at_the_edge_is_flagged_and_warned_about():
    rng = np.random.default_rng(0)
    weights = neighbours(30)
    y = rng.normal(size=12) * 10 + 0.01 * rng.normal(size=(30, 12))
    x = rng.normal(size=(30, 12, 1))
    with pytest.warns(UserWarning, match=r"rho = .* lies at the edge of its interval"):
        fit = fit_model(y, x, weights, model="sar", absorb=("city",))
    assert fit.at_edge == ("rho",)
    assert by_address(fit.tidy("s", "e"))["e", "fit", "rho_at_edge"]["estimate"] == 1


BROKEN = {
    "hole": lambda frame: frame[~((frame["city"] == 7) & frame["year"].isin([2003, 2004]))],
    "twice": lambda frame: pd.concat([frame, frame[(frame["city"] == 7) & (frame["year"] == 2003)]]),
    "missing": lambda frame: frame.assign(a=frame["a"].where((frame["city"] != 7) | (frame["year"] != 2003))),
    "text": lambda frame: frame.assign(a="x"),
    "stranger": lambda frame: frame.assign(city=frame["city"].replace(7, 999)),
    "empty": lambda frame: frame[:0],
    "constant": lambda frame: frame.assign(a=5.0),
    "by city": lambda frame: frame.assign(a=frame["city"] * 1.0),
    "by year": lambda frame: frame.assign(a=frame["year"] * 1.0),
    "sum": lambda frame: frame.assign(a=frame["year"] * 1.0 + frame["city"] ** 2),
    "collinear": lambda frame: frame.assign(a=2 * frame["b"] + frame["city"]),
    "flat": lambda frame: frame.assign(y=frame["year"] + frame["city"] * 2.0),
}
"""What makes a panel unfit, by name."""


@pytest.mark.parametrize(
    "what, message",
    [
        (
            "hole",
            r"not balanced: 2 of 1000 city-years are absent, first \(7, 2003\), \(7, 2004\); fill them in",
        ),
        ("twice", r"1 rows repeat a city and year, first \(7, 2003\); keep one"),
        ("missing", r"missing or infinite cells: a 1; first \(7, 2003\)"),
        ("text", "a is not numeric; make dummy"),
        ("stranger", "999 only in the sample, 7 only in the matrix; build the matrix"),
        ("empty", "the sample is empty"),
        ("constant", "regressor 'a' is constant and absorbed by city and year"),
        ("by city", "regressor 'a' is constant within every city and absorbed"),
        ("by year", "regressor 'a' is the same in all cities each year and absorbed"),
        ("sum", "regressor 'a' is a sum of city and year terms and absorbed"),
        ("collinear", "regressor 'b' is collinear with a within city and year"),
        ("flat", "outcome 'y' does not vary within city and year"),
    ],
)
def test_messages_about_the_panel(frame, weights, what, message):
    with pytest.raises(EstimationError, match=f"spec 'one': .*{message}"):
        fit_frame(BROKEN[what](frame), weights, spec="one")


@pytest.mark.parametrize(
    "options, message",
    [
        ({"regressors": ["a", "c"]}, "the sample has no column c"),
        ({"regressors": ["a", "a"]}, "a is named more than once"),
        ({"cities": [0, *range(CITIES - 1)]}, "names a city twice"),
        ({"weights": neighbours(CITIES - 1)}, "weight matrix has 99 rows and 100 cities are named"),
        ({"model": "sarma"}, "spatial model 'sarma' is unknown; choose one of ols"),
        ({"errors": "robust"}, "errors 'robust' is unknown; choose one of ml, cluster"),
        ({"lee_yu": "yes"}, "lee_yu 'yes' is unknown"),
        ({"lagged": ["c"]}, "lagged c not among the regressors"),
        ({"absorb": ["province"]}, "choose from city and year"),
        ({"random": True}, "city not both fixed and random"),
        ({"random": True, "absorb": ["year"], "errors": "cluster"}, "random effects go with errors: ml"),
        ({"absorb": [], "lee_yu": "sigma2"}, "lee_yu: sigma2 needs fixed effects"),
        ({"tests": ["moran"]}, "tests moran unknown; choose from lm"),
        ({"impact_errors": "bootstrap"}, "impact_errors 'bootstrap' is unknown"),
        ({"model": "sar", "tests": ["lr"]}, "tests lr and wald compare an sdm"),
        ({"absorb": ["year"], "tests": ["hausman"]}, "test hausman compares fixed with random"),
        ({"model": "slx", "tests": ["hausman"]}, "test hausman compares fixed with random"),
        ({"draws": 1}, "1 draws give no standard error"),
    ],
)
def test_messages_about_options(frame, weights, options, message):
    with pytest.raises(EstimationError, match=message):
        fit_frame(frame, **({"weights": weights, "cities": range(CITIES)} | options))


def test_messages_about_arrays(weights, panel):
    y, x = panel
    with pytest.raises(EstimationError, match="weight matrix has 100 cities and the panel 99"):
        fit_model(y[1:], x[1:], weights)
    with pytest.raises(EstimationError, match="expected cities x years"):
        fit_model(y, x[:, :, 0], weights)
    with pytest.raises(EstimationError, match="missing or infinite values"):
        fit_model(np.where(y > 2, np.nan, y), x, weights)
    with pytest.raises(EstimationError, match="one year only"):
        fit_model(y[:, :1], x[:, :1], weights)


def test_one_year_is_a_cross_section(weights, panel):
    y, x = panel
    fit = fit_model(y[:, :1], x[:, :1], weights, absorb=())
    assert fit.periods == 1 and np.isfinite(fit.std_errors).all()
