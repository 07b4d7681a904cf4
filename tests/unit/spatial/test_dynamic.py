"""Dynamic spatial panel models: against a dense likelihood, under what must not change them, and where they stop."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import minimize

from montecarlo.spatial import NAMES, neighbours, simulate_dynamic
from nianjian.errors import EstimationError
from nianjian.estimates import by_address
from nianjian.spatial import dynamic, dynamic_effects
from nianjian.spatial.factors import FactorLogDet
from nianjian.spatial.prepared_weights import prepare

CITIES, YEARS = 30, 9


@pytest.fixture(scope="module")
def weights():
    return neighbours(CITIES)


@pytest.fixture(scope="module")
def panel(weights):
    return simulate_dynamic(weights, YEARS, np.random.default_rng(1))


def frame(y, x, first=2005):
    n, years = y.shape
    keys = pd.MultiIndex.from_product([range(n), range(first, first + years)], names=["city", "year"])
    columns = {"y": y.ravel(), "a": x[:, :, 0].ravel(), "b": x[:, :, 1].ravel()}
    return pd.DataFrame(columns, index=keys).reset_index()


class Dense:
    """The likelihood, information and bias of the transformed model with all matrices written out."""

    def __init__(self, y, x, weights, *, by_year):
        n = len(y)
        basis = np.eye(n)
        if by_year:  # n - 1 columns orthogonal to the ones
            basis = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, 1:]]))[0][:, 1:]
        self.w = basis.T @ weights @ basis
        lag = np.einsum("ij,jt->it", weights, y)
        z = np.stack([y[:, :-1], lag[:, :-1], *np.moveaxis(x[:, 1:], 2, 0)], axis=2)
        z = np.concatenate([z, np.einsum("ij,jtk->itk", weights, x[:, 1:])], axis=2)

        def reduced(values):
            values = np.einsum("ij,it...->jt...", basis, values)
            return values - values.mean(axis=1, keepdims=True)

        self.y, self.z = reduced(y[:, 1:]), reduced(z)
        self.m, self.years = self.y.shape

    def loglik(self, params):
        *slopes, rho, s2 = params
        s = np.eye(self.m) - rho * self.w
        rest = s @ self.y - self.z @ np.array(slopes)
        count = self.m * self.years
        return (
            -count / 2 * np.log(2 * np.pi * s2)
            + self.years * np.linalg.slogdet(s)[1]
            - (rest**2).sum() / (2 * s2)
        )

    def corrected(self, params):
        """Add n times the inverse information times the bias, with explicit inverses."""
        *slopes, rho, s2 = params
        tau, eta = slopes[:2]
        one = np.eye(self.m)
        inverse = np.linalg.inv(one - rho * self.w)
        g = self.w @ inverse
        flat = self.z.reshape(-1, self.z.shape[2])
        mean = (g @ (self.z @ np.array(slopes))).reshape(-1)
        p = flat.shape[1]
        info = np.zeros((p + 2, p + 2))
        info[:p, :p] = flat.T @ flat / s2
        info[p, :p] = info[:p, p] = flat.T @ mean / s2
        info[p, p] = mean @ mean / s2 + self.years * np.trace(g @ g + g.T @ g)
        info[p, p + 1] = info[p + 1, p] = self.years * np.trace(g) / s2
        info[p + 1, p + 1] = self.m * self.years / (2 * s2**2)
        settled = np.linalg.inv(one - inverse @ (tau * one + eta * self.w)) @ inverse
        bias = np.zeros(p + 2)
        bias[0], bias[1] = np.trace(settled), np.trace(self.w @ settled)
        bias[p] = tau * np.trace(g @ settled) + eta * np.trace(g @ self.w @ settled) + np.trace(g)
        bias[p + 1] = self.m / (2 * s2)
        return np.array(params) + np.linalg.solve(info, bias)


@pytest.mark.parametrize("absorb", [("city", "year"), ("city",)])
def test_a_dense_likelihood_has_the_same_maximum_and_correction(weights, panel, absorb):
    y, x = panel
    if "year" not in absorb:
        y = simulate_dynamic(weights, YEARS, np.random.default_rng(2))[0]
    dense = Dense(y, x, weights, by_year="year" in absorb)
    found = dynamic.fit(y, x, weights, regressors=NAMES, absorb=absorb, errors="ml")
    assert dense.loglik(found.uncorrected) == pytest.approx(found.loglik, abs=1e-8)
    searched = minimize(
        lambda params: -dense.loglik(params), found.uncorrected * 0.9 + 0.01, method="L-BFGS-B",
        bounds=[(None, None)] * 6 + [(-0.95, 0.95), (1e-3, None)], options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-9},
    )  # fmt: skip
    np.testing.assert_allclose(found.uncorrected, searched.x, atol=2e-5)
    np.testing.assert_allclose(found.params, dense.corrected(found.uncorrected), rtol=1e-9)
    assert found.names == ("tau", "eta", "a", "b", "W*a", "W*b", "rho", "sigma2")
    assert found.nobs == CITIES * YEARS and found.periods == YEARS


def test_effects_of_cities_and_years_and_units_change_nothing(weights, panel):
    """Constants of cities carry over into the lag, so they are of the model; units only scale slopes."""
    y, x = panel
    rng = np.random.default_rng(4)
    first = dynamic.fit(y, x, weights, regressors=NAMES)
    moved = y + rng.normal(size=(CITIES, 1)) + rng.normal(size=(1, YEARS + 1))
    second = dynamic.fit(moved, x + rng.normal(size=(CITIES, 1, 1)), weights, regressors=NAMES)
    np.testing.assert_allclose(first.params, second.params, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(first.std_errors, second.std_errors, rtol=1e-6)
    third = dynamic.fit(1e4 * y, 1e-2 * x, weights, regressors=NAMES)
    scale = np.array([1, 1, 1e6, 1e6, 1e6, 1e6, 1, 1e8])
    np.testing.assert_allclose(third.params, first.params * scale, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(third.std_errors, first.std_errors * scale, rtol=1e-5)


def test_effects_are_what_a_lasting_change_does_in_the_model(weights, panel):
    y, x = panel
    fitted = dynamic.fit(y, x, weights, regressors=NAMES)
    found = dynamic_effects.effects(fitted, draws=400, seed=1)
    tau, eta, rho = (fitted.value(name) for name in ("tau", "eta", "rho"))
    own = fitted.value("a") * np.eye(CITIES) + fitted.value("W*a") * weights
    inverse = np.linalg.inv(np.eye(CITIES) - rho * weights)
    response, level = inverse @ own, np.zeros((CITIES, CITIES))
    for _ in range(300):  # a change of a by one that stays
        level = inverse @ (tau * level + eta * weights @ level + own)
    for name, made in (("short_run", response), ("long_run", level)):
        direct, total = made.trace() / CITIES, made.sum() / CITIES
        np.testing.assert_allclose(found[name].estimates[:, 0], [direct, total - direct, total], rtol=1e-9)
        # Two ways to the same errors: linear, and drawn.
        np.testing.assert_allclose(found[name].simulated, found[name].delta, rtol=0.35)
    again = dynamic_effects.effects(fitted, draws=400, seed=1)
    np.testing.assert_array_equal(again["long_run"].simulated, found["long_run"].simulated)


def test_without_the_space_time_lag_and_with_lags_of_some(weights, panel):
    y, x = panel
    fitted = dynamic.fit(y, x, weights, regressors=NAMES, space_time_lag=False, lagged=["b"])
    assert fitted.names == ("tau", "a", "b", "W*b", "rho", "sigma2") and fitted.value("eta") == 0
    found = dynamic_effects.effects(fitted, draws=200)
    left, r = 1 - fitted.value("tau"), fitted.value("rho") / (1 - fitted.value("tau"))
    total = fitted.value("a") / left / (1 - r)
    assert found["long_run"].estimates[2, 0] == pytest.approx(total, rel=1e-9)
    sar = dynamic.fit(y, x, weights, regressors=NAMES, model="sar")
    assert sar.names == ("tau", "eta", "a", "b", "rho", "sigma2")


def test_errors_that_are_not_normal_widen_those_of_the_variance(weights):
    y, x = simulate_dynamic(weights, 40, np.random.default_rng(5), heavy=True)
    ml, qml = (dynamic.fit(y, x, weights, regressors=NAMES, errors=errors) for errors in ("ml", "qml"))
    np.testing.assert_array_equal(ml.params, qml.params)
    assert qml.std_errors[-1] > 1.2 * ml.std_errors[-1]
    np.testing.assert_allclose(qml.std_errors[:-2], ml.std_errors[:-2], rtol=0.05)


def test_factors_of_a_large_sparse_matrix_give_the_same():
    rng = np.random.default_rng(6)
    matrix = neighbours(520, count=4)
    y, x = simulate_dynamic(matrix, 4, rng)
    by_factors = prepare(sparse.csr_array(matrix))
    assert isinstance(by_factors.logdet, FactorLogDet)
    first = dynamic.fit(y, x, by_factors, regressors=NAMES)
    second = dynamic.fit(y, x, matrix, regressors=NAMES)
    np.testing.assert_allclose(first.params, second.params, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(first.std_errors, second.std_errors, rtol=1e-6)
    one, two = (dynamic_effects.effects(fit, draws=100) for fit in (first, second))
    np.testing.assert_allclose(one["long_run"].estimates, two["long_run"].estimates, rtol=1e-6)


def test_rows_say_which_run_and_whether_the_outcome_is_stationary(weights, panel):
    y, x = panel
    fitted = dynamic_effects.fit_frame(
        frame(y, x).sample(frac=1, random_state=0), outcome="y", regressors=list(NAMES), weights=weights,
        cities=range(CITIES), study="s", spec="one", draws=200,
    )  # fmt: skip
    rows = by_address(fitted.tidy("s", "one", "near"))
    for address in ("tau", "eta", "a", "W*a", "rho"):
        assert rows["one", "coefficient", address]["std_error"] > 0
    short, long = (rows["one", "effect", f"direct[{run}|a]"] for run in ("short_run", "long_run"))
    assert long["estimate"] > short["estimate"] > 0 and long["conf_low"] < long["estimate"]
    assert rows["one", "effect", "total[long_run|a|delta]"]["std_error"] > 0
    assert rows["one", "fit", "not_stationary"]["estimate"] == 0
    root = rows["one", "fit", "largest_root"]["estimate"]
    a = np.linalg.inv(np.eye(CITIES) - fitted.value("rho") * weights) @ (
        fitted.value("tau") * np.eye(CITIES) + fitted.value("eta") * weights
    )
    assert root == pytest.approx(np.abs(np.linalg.eigvals(a)).max(), rel=1e-9)
    wald = rows["one", "test", "unit_sum"]
    assert wald["p_value"] < 1e-3 and wald["df"] == 1
    j = [fitted.names.index(name) for name in ("tau", "eta", "rho")]
    spread = fitted.vcov[np.ix_(j, j)].sum()
    assert wald["statistic"] == pytest.approx((fitted.params[j].sum() - 1) ** 2 / spread)


def test_an_outcome_that_grows_without_end_has_no_correction_and_no_long_run(weights):
    rng = np.random.default_rng(7)
    y, x = simulate_dynamic(weights, YEARS, rng, tau=0.2, eta=0.0, rho=0.2)
    walk = np.cumsum(1.0 * y + np.linspace(0, 60, YEARS + 1), axis=1)
    walk = walk * np.exp(0.1 * np.arange(YEARS + 1))
    with pytest.raises(EstimationError, match=r"not stationary, .* `bias_corrected: false`"):
        dynamic.fit(walk, x, weights, regressors=NAMES)
    with pytest.warns(UserWarning, match="there are no long-run effects"):
        fitted = dynamic.fit(walk, x, weights, regressors=NAMES, corrected=False)
    assert fitted.largest_root >= 1
    assert list(dynamic_effects.effects(fitted, draws=100)) == ["short_run"]


def test_a_correction_that_leads_out_of_the_interval(weights, panel, monkeypatch):
    y, x = panel
    monkeypatch.setattr(dynamic, "_bias", lambda estimate, design, lag: np.array([0, 0, 0, 0, 0, 0, 1e5, 0]))
    with pytest.raises(
        EstimationError, match=r"less its bias, rho = .* outside its interval .* another `matrix`"
    ):
        dynamic.fit(y, x, weights, regressors=NAMES)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "sem"}, "model 'sem' is unknown; choose one of sar, sdm"),
        ({"errors": "cluster"}, "errors 'cluster' is unknown"),
        ({"absorb": ["year"]}, "effects of cities"),
        ({"lagged": ["c"]}, "lagged c not among"),
    ],
)
def test_options_that_there_are_not(weights, panel, options, words):
    y, x = panel
    with pytest.raises(EstimationError, match=words):
        dynamic.fit(y, x, weights, **{"regressors": NAMES} | options)


def test_panels_that_are_too_short_have_gaps_or_islands(weights, panel):
    y, x = panel
    with pytest.raises(EstimationError, match="3 years; a dynamic model needs four"):
        dynamic.fit(y[:, :3], x[:, :3], weights, regressors=NAMES)
    own = {"outcome": "y", "regressors": list(NAMES), "weights": weights, "cities": range(CITIES)}
    rows = frame(y, x)
    with pytest.raises(EstimationError, match="no year between 2008 and 2010"):
        dynamic_effects.fit_frame(rows[rows["year"] != 2009], **own)
    alone = weights.copy()
    alone[0] = 0
    with pytest.raises(EstimationError, match="1 cities without neighbours"):
        dynamic.fit(y, x, alone, regressors=NAMES, islands="keep")
    kept = dynamic.fit(y, x, alone, regressors=NAMES, islands="keep", absorb=["city"])
    assert np.isfinite(kept.params).all()
    fitted = dynamic.fit(y, x, weights, regressors=NAMES)
    with pytest.raises(EstimationError, match="1 draws give no standard error"):
        dynamic_effects.effects(fitted, draws=1)
