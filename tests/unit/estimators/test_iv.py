"""Two-stage least squares: known effects, other implementations, properties, errors."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import f as f_distribution

from estimate_rows import addressed, stored
from nianjian import estimates
from nianjian.errors import EstimationError
from nianjian.estimators import iv, twfe
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.covariance import wald
from nianjian.numerics.plausibly_exogenous import Prior
from nianjian.numerics.tf import tf_factor

MODEL = {
    "outcome": "y",
    "endogenous": ["x"],
    "instruments": ["z1", "z2"],
    "controls": ["c"],
    "spec": "iv",
}


def simulate(cities=50, years=8, seed=0, strength=0.5, present=0.95, direct=0.0):
    """An endogenous regressor, three instruments (the third may act on its own), effects, weights."""
    rng = np.random.default_rng(seed)
    n = cities * years
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    frame = pd.DataFrame({"city": city, "year": 2003 + year, "province": city % 8})
    level, common = rng.normal(size=cities)[city], rng.normal(size=n)
    persistent = rng.normal(size=cities)[city] * year / 6
    for name in ("z1", "z2", "z3"):
        frame[name] = rng.normal(size=n) + level
    frame["c"] = rng.normal(size=n) + 0.3 * frame["z1"]
    frame["x"] = strength * (frame["z1"] + frame["z2"] / 2 + frame["z3"] / 2) + common + level + persistent
    frame["x2"] = strength * (frame["z2"] - frame["z3"]) - common + rng.normal(size=n)
    frame["y"] = 1.5 * frame["x"] - frame["c"] + level + 0.2 * year + 1.5 * common + persistent
    frame["y"] += rng.normal(size=n) + direct * frame["z3"]
    frame["w"] = 0.5 + rng.random(n)
    frame["fixed"] = level
    return frame[rng.random(n) < present].reset_index(drop=True)


@pytest.fixture(scope="module")
def panel():
    return simulate()


def demeaned(panel, names, weights=None):
    codes = [pd.factorize(panel[name], sort=True)[0] for name in ("city", "year")]
    w = None if weights is None else panel[weights].to_numpy()
    return pd.DataFrame(partial_out(panel[names].to_numpy(), codes, w), columns=names)


def test_recovers_a_known_effect_where_least_squares_does_not():
    fit = iv.fit(simulate(cities=285, years=12, seed=1), **MODEL)
    assert abs(fit.params[0] - 1.5) < 3.5 * fit.std_errors[0] < 0.3
    estimate, variance = fit.ols["x"]
    assert estimate - 1.5 > 10 * np.sqrt(variance)
    assert fit.interval[0][0] < 1.5 < fit.interval[0][1]
    assert fit.tests["endogeneity"].p_value < 1e-6


@pytest.mark.parametrize("weights", [None, "w"])
def test_coefficients_are_those_of_two_regressions_on_dummy_variables(panel, weights):
    fit = iv.fit(panel, **MODEL, weights=weights)
    root = np.sqrt(np.ones(len(panel)) if weights is None else panel[weights].to_numpy())[:, None]
    dummies = np.hstack([pd.get_dummies(panel[name]).to_numpy(float) for name in ("city", "year")])
    y, x, exogenous, z = (
        root * block
        for block in (panel[["y"]], panel[["x"]], np.hstack([panel[["c"]], dummies]), panel[["z1", "z2"]])
    )
    first = np.hstack([z, exogenous])
    fitted = first @ np.linalg.lstsq(first, x, rcond=None)[0]
    known = np.linalg.lstsq(np.hstack([fitted, exogenous]), y, rcond=None)[0][:2, 0]
    np.testing.assert_allclose(fit.params, known, rtol=1e-9)


@pytest.mark.parametrize("weights", [None, "w"])
def test_errors_match_linearmodels_on_demeaned_data(panel, weights):
    from linearmodels.iv import IV2SLS

    fit = iv.fit(panel, **MODEL, weights=weights)
    data = demeaned(panel, ["y", "x", "c", "z1", "z2"], weights)
    model = IV2SLS(
        data["y"],
        data[["c"]],
        data[["x"]],
        data[["z1", "z2"]],
        weights=None if weights is None else panel["w"],
    )
    known = model.fit(cov_type="clustered", clusters=panel["city"], debiased=False)
    n, g = len(panel), 50
    factor = (n - 1) / (n - 2 - 7 - 1) * g / (g - 1)
    np.testing.assert_allclose(fit.std_errors, known.std_errors[["x", "c"]] * np.sqrt(factor), rtol=1e-10)
    assert fit.df_resid == 49
    # linearmodels' first stage is a chi2; with its factor it is ivreghdfe's Kleibergen-Paap F.
    stage = known.first_stage.diagnostics.loc["x", "f.stat"]
    kp = stage / (n - 1) * (n - 3 - 7 - 1) * (g - 1) / g / 2
    assert fit.tests["kleibergen_paap_f"].statistic == pytest.approx(kp, rel=1e-9)


@pytest.mark.parametrize("cluster", ["city", None])
def test_hansen_matches_linearmodels_gmm(panel, cluster):
    from linearmodels.iv import IVGMM

    fit = iv.fit(panel, **{**MODEL, "instruments": ["z1", "z2", "z3"]}, cluster=cluster)
    data = demeaned(panel, ["y", "x", "c", "z1", "z2", "z3"])
    free = {
        name: data[name] - data["c"] * (data["c"] @ data[name]) / (data["c"] @ data["c"])
        for name in ("y", "x", "z1", "z2", "z3")
    }
    free = pd.DataFrame(free)
    options = {} if cluster is None else {"clusters": panel["city"]}
    kind = "unadjusted" if cluster is None else "clustered"
    model = IVGMM(
        free["y"], None, free[["x"]], free[["z1", "z2", "z3"]], weight_type=kind, center=False, **options
    )
    known = model.fit(iter_limit=2)
    assert fit.tests["hansen_j"].statistic == pytest.approx(known.j_stat.stat, rel=1e-6)
    assert fit.tests["hansen_j"].df == 2


def test_one_instrument_makes_the_three_f_statistics_one(panel):
    fit = iv.fit(panel, **{**MODEL, "instruments": ["z1"]})
    first, variance = fit.first_stage[("x", "z1")]
    for name in ("kleibergen_paap_f", "effective_f"):
        assert fit.tests[name].statistic == pytest.approx(first**2 / variance, rel=1e-10)
    reduced = fit.reduced_form["z1"]
    assert fit.params[0] == pytest.approx(reduced[0] / first, rel=1e-10)
    assert fit.tests["anderson_rubin"].statistic == pytest.approx(reduced[0] ** 2 / reduced[1], rel=1e-10)
    assert fit.tests["effective_f_critical"].statistic == pytest.approx(23.1085, abs=1e-4)
    assert fit.tests["stock_yogo_10"].statistic == 16.38 and fit.tests["stock_yogo_25"].statistic == 5.53
    assert "hansen_j" not in fit.tests


def test_first_stage_and_reduced_form_are_regressions(panel):
    fit = iv.fit(panel, **MODEL, cluster="province")
    options = {"regressors": ["z1", "z2", "c"], "absorb": ["city", "year"], "cluster": "province"}
    first, reduced = (twfe.fit(panel, outcome=name, **options) for name in ("x", "y"))
    for j, name in enumerate(("z1", "z2")):
        np.testing.assert_allclose(
            fit.first_stage[("x", name)], (first.params[j], first.vcov[j, j]), rtol=1e-9
        )
        np.testing.assert_allclose(fit.reduced_form[name], (reduced.params[j], reduced.vcov[j, j]), rtol=1e-9)
    ols = twfe.fit(panel, outcome="y", **{**options, "regressors": ["x", "c"]})
    np.testing.assert_allclose(fit.ols["x"], (ols.params[0], ols.vcov[0, 0]), rtol=1e-9)
    f = wald(reduced.params[:2], reduced.vcov[:2, :2]) / 2
    test = fit.tests["anderson_rubin"]
    assert test.statistic == pytest.approx(f, rel=1e-9)
    assert test.p_value == pytest.approx(f_distribution.sf(f, 2, 7)) and test.df == 7


def test_instruments_that_are_the_regressor_give_least_squares(panel):
    fit = iv.fit(panel.assign(z1=panel["x"]), **{**MODEL, "instruments": ["z1"]})
    known = twfe.fit(panel, outcome="y", regressors=["x", "c"], absorb=["city", "year"], cluster="city")
    np.testing.assert_allclose(fit.params, known.params[:2], rtol=1e-10)
    np.testing.assert_allclose(fit.vcov, known.vcov[:2, :2], rtol=1e-9)
    assert fit.statistics["r2"] == pytest.approx(known.r2, rel=1e-10)
    assert fit.statistics["r2_within"] == pytest.approx(known.r2_within, rel=1e-10)
    assert fit.statistics["rmse"] == pytest.approx(known.rmse, rel=1e-10)
    assert fit.statistics["dep_sd"] == pytest.approx(known.dep_sd, rel=1e-12)


def accepted(panel, b, instruments, cluster="city", size=0.05):
    """Whether the Anderson-Rubin test does not reject b, by a regression of y - x b."""
    regression = twfe.fit(
        panel.assign(u=panel["y"] - b * panel["x"]),
        outcome="u",
        regressors=[*instruments, "c"],
        absorb=["city", "year"],
        cluster=cluster,
    )
    k = len(instruments)
    f = wald(regression.params[:k], regression.vcov[:k, :k]) / k
    return f_distribution.sf(f, k, regression.df_resid) >= size


@pytest.mark.parametrize(
    ("options", "pieces"),
    [
        ({"strength": 0.5}, 1),
        ({"strength": 0.0, "seed": 2}, 1),  # useless instruments: everything
        ({"strength": 0.04, "seed": 5}, None),
        ({"strength": 0.08, "seed": 3}, None),
        ({"strength": 0.1, "seed": 7}, None),
    ],
)
@pytest.mark.parametrize("instruments", [["z1"], ["z1", "z2"], ["z1", "z2", "z3"]])
def test_the_anderson_rubin_set_is_what_the_test_accepts(options, pieces, instruments):
    panel = simulate(**options)
    fit = iv.fit(panel, **{**MODEL, "instruments": instruments})
    ends = [end for piece in fit.interval for end in piece if np.isfinite(end)]
    step = 1e-4 * max([1.0, *np.abs(ends)])
    points = {*np.linspace(-6, 8, 15), -1e4, 1e4, *(e - step for e in ends), *(e + step for e in ends)}
    for b in points:
        inside = any(low <= b <= high for low, high in fit.interval)
        assert inside == accepted(panel, b, instruments)
    if pieces is not None:
        assert len(fit.interval) == pieces
    if options["strength"] == 0.5:
        assert np.isfinite(ends).all() and len(ends) == 2


def test_a_disjoint_set_is_reported_piece_by_piece():
    panel = simulate(strength=0.06, seed=3)
    for seed in range(40):
        panel = simulate(strength=0.05, seed=seed)
        fit = iv.fit(panel, **{**MODEL, "instruments": ["z1"]})
        if len(fit.interval) == 2:
            break
    rows = addressed(fit.tidy("s", "iv"))
    assert rows.loc[("fit", "anderson_rubin_pieces"), "estimate"] == 2
    hull = rows.loc[("test", "anderson_rubin_interval")]
    assert hull["conf_low"] == -np.inf and hull["conf_high"] == np.inf
    ends = [rows.loc[("test", f"anderson_rubin_interval[{j}]")] for j in (1, 2)]
    assert ends[0]["conf_low"] == -np.inf and ends[1]["conf_high"] == np.inf
    assert ends[0]["conf_high"] < ends[1]["conf_low"]


def test_effective_f_is_the_cragg_donald_one_without_clusters(panel):
    fit = iv.fit(panel, **MODEL, cluster=None)
    assert fit.tests["effective_f"].statistic == pytest.approx(
        fit.tests["cragg_donald_f"].statistic, rel=1e-9
    )
    assert fit.tests["kleibergen_paap_f"].statistic == pytest.approx(
        fit.tests["cragg_donald_f"].statistic, rel=1e-9
    )


def test_hansen_notices_an_instrument_that_acts_on_its_own():
    options = {**MODEL, "instruments": ["z1", "z2", "z3"]}
    assert iv.fit(simulate(cities=200, seed=6), **options).tests["hansen_j"].p_value > 0.01
    assert iv.fit(simulate(cities=200, seed=6, direct=0.5), **options).tests["hansen_j"].p_value < 1e-4


def test_hansen_is_the_smallest_distance_of_the_moments(panel):
    data = demeaned(panel, ["y", "x", "z1", "z2"])
    y, x, z = data["y"].to_numpy(), data["x"].to_numpy(), data[["z1", "z2"]].to_numpy()
    fit = iv.fit(panel, **{**MODEL, "controls": []})
    residuals = y - fit.params[0] * x
    sums = np.zeros((50, 2))
    np.add.at(sums, panel["city"].to_numpy(), z * residuals[:, None])
    weight = np.linalg.inv(sums.T @ sums)

    def distance(b):
        g = z.T @ (y - b[0] * x)
        return g @ weight @ g

    known = minimize(distance, fit.params[:1], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12})
    assert fit.tests["hansen_j"].statistic == pytest.approx(known.fun, rel=1e-7)


@pytest.mark.parametrize("cluster", ["city", ["city", "year"], None])
def test_scales_and_order_change_nothing_but_units(panel, cluster):
    fit = iv.fit(panel, **MODEL, cluster=cluster)
    other = panel.sample(frac=1, random_state=1)
    other = other.assign(y=other["y"] * 1e8, x=other["x"] * 1e-6, z1=other["z1"] * 1e10)
    scaled = iv.fit(other, **MODEL, cluster=cluster)
    assert scaled.params[0] == pytest.approx(fit.params[0] * 1e14, rel=1e-9)
    assert scaled.std_errors[0] == pytest.approx(fit.std_errors[0] * 1e14, rel=1e-9)
    for name, test in fit.tests.items():
        assert scaled.tests[name].statistic == pytest.approx(test.statistic, rel=1e-7), name
    np.testing.assert_allclose(np.array(scaled.interval), np.array(fit.interval) * 1e14, rtol=1e-7)


def test_collinear_controls_are_dropped_by_name(panel):
    frame = panel.assign(c2=2 * panel["c"], area=panel["fixed"])
    fit = iv.fit(frame, **{**MODEL, "controls": ["c", "c2", "area"]})
    assert fit.names == ("x", "c")
    assert fit.dropped == {"c2": "collinear with c", "area": "absorbed by city and year"}
    np.testing.assert_allclose(fit.vcov, iv.fit(panel, **MODEL).vcov, rtol=1e-9)


def test_more_instruments_than_clusters_leave_no_rank(panel):
    frame = panel.assign(half=panel["city"] % 3)
    fit = iv.fit(frame, **{**MODEL, "instruments": ["z1", "z2", "z3"]}, cluster="half")
    assert np.isnan(fit.tests["kleibergen_paap_lm"].statistic)
    assert np.isnan(fit.tests["kleibergen_paap_f"].statistic) and fit.interval is None
    assert np.isfinite(fit.std_errors[0])


def test_tidy_has_the_schema_of_estimates(panel, tmp_path):
    fit = iv.fit(panel, **MODEL)
    estimates.write(fit.tidy("s", "iv"), tmp_path / "e.parquet")
    rows = stored(tmp_path / "e.parquet")
    assert rows.loc[("coefficient", "x"), "df"] == 49
    first = rows.loc[("effect", "first_stage[x|z2]")]
    assert first["estimate"] == fit.first_stage[("x", "z2")][0]
    assert (first["equation"], first["variable"]) == ("x", "z2")
    assert rows.loc[("effect", "reduced_form[z1]"), "estimate"] == fit.reduced_form["z1"][0]
    assert rows.loc[("effect", "ols[x]"), "estimate"] == fit.ols["x"][0]
    tests = {
        "kleibergen_paap_lm", "kleibergen_paap_f", "cragg_donald_f", "effective_f", "effective_f_critical",
        "anderson_rubin", "anderson_rubin_chi2", "anderson_rubin_interval", "hansen_j", "endogeneity",
        "stock_yogo_10", "stock_yogo_15", "stock_yogo_20", "stock_yogo_25",
    }  # fmt: skip
    assert set(rows.loc["test"].index) == tests
    assert rows.loc[("test", "kleibergen_paap_lm"), "df"] == 2
    assert rows.loc[("test", "stock_yogo_10"), "estimate"] == 19.93
    fits = rows.loc["fit", "estimate"]
    assert fits["nobs"] == len(panel) and fits["clusters"] == fits["units"] == 50 and fits["instruments"] == 2


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (
            lambda f: f,
            {"instruments": ["fixed"]},
            "'fixed' is absorbed by city and year; a fixed property of",
        ),
        (lambda f: f.assign(z2=f["z1"] - f["c"]), {}, "instrument 'z2' is collinear with c, z1; take it out"),
        (lambda f: f, {"endogenous": ["fixed"]}, "endogenous 'fixed' is absorbed by city and year"),
        (lambda f: f, {"instruments": ["z1", "c"]}, "c is named more than once"),
        (lambda f: f.assign(y=f["fixed"]), {}, "outcome 'y' does not vary within"),
        (lambda f: f.assign(c=f["c"].where(f["year"] > 2006)), {}, r"missing or infinite .* c \d+"),
        (lambda f: pd.concat([f, f.head(2)]), {}, "2 rows repeat a key"),
        (lambda f: f.head(0), {}, "the sample is empty"),
        (lambda f: f.assign(one=1), {"cluster": "one"}, "one cluster only"),
        (lambda f: f.drop(columns="z2"), {}, "no column z2"),
        (lambda f: simulate(cities=2, years=4, present=1.0), {}, "8 observations leave no degree of freedom"),
        (
            lambda f: f.assign(z1=orthogonal(f), z2=0),
            {"instruments": ["z1"]},
            "the instruments do not move the endogenous regressors at all",
        ),
    ],
)
def test_errors_say_what_is_wrong(panel, change, options, message):
    with pytest.raises(EstimationError, match=f"spec 'iv': .*{message}"):
        iv.fit(change(panel), **{**MODEL, **options})


def orthogonal(panel):
    """A column that effects, control and endogenous regressor leave no common variation with."""
    data = demeaned(panel, ["x", "c", "z1"])
    basis = np.linalg.qr(data[["c", "x"]].to_numpy())[0]
    left = data["z1"].to_numpy()
    for _ in range(3):
        left = left - basis @ (basis.T @ left)
    return left


ONE = MODEL | {"instruments": ["z1"]}


def test_tf_stretches_the_error_by_the_first_stages_f(panel):
    fit = iv.fit(panel, **ONE, with_tf=True)
    plain = iv.fit(panel, **ONE)
    assert plain.tf == {} and fit.params[0] == plain.params[0]
    rows = addressed(fit.tidy("demo", "iv"))
    f = rows.loc[("test", "kleibergen_paap_f"), "statistic"]
    stage = rows.loc[("effect", "first_stage[x|z1]")]
    assert f == pytest.approx((stage["estimate"] / stage["std_error"]) ** 2, rel=1e-10)
    factor = rows.loc[("fit", "tf_factor"), "estimate"]
    assert factor == pytest.approx(tf_factor(f)) and factor > 1
    error = rows.loc[("fit", "tf_std_error"), "estimate"]
    assert error == pytest.approx(factor * fit.std_errors[0])
    interval = rows.loc[("test", "tf_interval")]
    assert (interval["conf_high"] - interval["conf_low"]) / 2 == pytest.approx(1.959964 * error, rel=1e-6)
    wider = rows.loc[("test", "tf_interval_99")]
    assert wider["conf_high"] > interval["conf_high"] and rows.loc[("fit", "tf_unbounded"), "estimate"] == 0


def test_tf_of_a_weak_instrument_has_no_ends_and_says_so():
    fit = iv.fit(simulate(seed=3, strength=0.02), **ONE, with_tf=True)
    rows = addressed(fit.tidy("demo", "iv"))
    assert rows.loc[("test", "kleibergen_paap_f"), "statistic"] < 4
    assert np.isinf(rows.loc[("test", "tf_interval"), ["conf_low", "conf_high"]].astype(float)).all()
    assert rows.loc[("fit", "tf_unbounded"), "estimate"] == 1
    assert ("fit", "tf_std_error") not in rows.index


def test_tf_refuses_several_instruments(panel):
    with pytest.raises(
        EstimationError, match="one endogenous regressor and one instrument; here are 1 and 2"
    ):
        iv.fit(panel, **MODEL, with_tf=True)


def test_bounds_are_estimates_on_the_outcome_less_the_direct_effect(panel):
    prior = Prior(((-0.5, 0.5),), 5, (0.1,), (0.04,))
    rows = addressed(iv.fit(panel, **ONE, prior=prior).tidy("demo", "iv"))
    ends = []
    for gamma in (-0.5, -0.25, 0, 0.25, 0.5):
        moved = iv.fit(panel.assign(y=panel["y"] - gamma * panel["z1"]), **ONE)
        own = rows.loc[("effect", f"plausible[x|{gamma:g}]")]
        assert own["estimate"] == pytest.approx(moved.params[0], rel=1e-9)
        assert own["std_error"] == pytest.approx(moved.std_errors[0], rel=1e-9)
        ends += [own["conf_low"], own["conf_high"]]
    union = rows.loc[("test", "plausible_union[x]")]
    assert (union["conf_low"], union["conf_high"]) == (min(ends), max(ends))
    # With one instrument the coefficient falls by the direct effect over the first stage.
    stage = rows.loc[("effect", "first_stage[x|z1]"), "estimate"]
    base, near = rows.loc[("coefficient", "x")], rows.loc[("effect", "local_to_zero[x]")]
    assert near["estimate"] == pytest.approx(base["estimate"] - 0.1 / stage, rel=1e-9)
    assert near["std_error"] ** 2 == pytest.approx(base["std_error"] ** 2 + 0.04 / stage**2, rel=1e-9)


def test_a_true_direct_effect_is_taken_out():
    frame = simulate(cities=200, seed=8, direct=0.6)
    options = MODEL | {"instruments": ["z3"]}
    rows = addressed(iv.fit(frame, **options, prior=Prior(((0.4, 0.8),), 3)).tidy("demo", "iv"))
    right = rows.loc[("effect", "plausible[x|0.6]")]
    assert abs(right["estimate"] - 1.5) < 3.5 * right["std_error"] < 0.6
    assert (
        rows.loc[("coefficient", "x"), "estimate"] - 1.5 > 3.5 * rows.loc[("coefficient", "x"), "std_error"]
    )
    union = rows.loc[("test", "plausible_union[x]")]
    assert union["conf_low"] < 1.5 < union["conf_high"]
