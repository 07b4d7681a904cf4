"""Two-way fixed effects: known effects, properties, errors, and the script around it."""

import numpy as np
import pandas as pd
import pytest

from estimate_rows import stored
from nianjian import estimates
from nianjian.errors import EstimationError
from nianjian.estimators import twfe
from nianjian.estimators.prepare import codes_of
from nianjian.numerics.absorb import partial_out

TWFE = {"outcome": "y", "regressors": ["policy", "a", "b"], "absorb": ["city", "year"], "cluster": "city"}


def simulate(cities=40, years=10, effect=0.5, seed=0, present=0.9):
    """An unbalanced panel with city and year effects, autocorrelated errors and a staggered policy."""
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    start = np.where(np.arange(cities) % 2, rng.integers(2, years, size=cities), years)
    level, trend = rng.normal(size=cities), rng.normal(size=years)
    frame = pd.DataFrame({"city": 110000 + 100 * city, "year": 2003 + year})
    frame["policy"] = (year >= start[city]).astype(int)
    frame["a"] = level[city] + rng.normal(size=len(frame))
    frame["b"] = trend[year] + rng.normal(size=len(frame))
    noise = 0.3 * rng.normal(size=(cities, years)).cumsum(axis=1).ravel()
    frame["y"] = (
        effect * frame["policy"] + 2 * frame["a"] - frame["b"] + 3 * level[city] + trend[year] + noise
    )
    frame["province"] = city % 5
    return frame[rng.random(len(frame)) < present].reset_index(drop=True)


@pytest.fixture(scope="module")
def panel():
    return simulate()


def test_recovers_a_known_effect():
    frame = simulate(cities=285, years=18, seed=3)
    fit = twfe.fit(frame, **TWFE)
    assert (np.abs(fit.params[:3] - [0.5, 2, -1]) < 3.5 * fit.std_errors[:3]).all()
    assert fit.std_errors[0] < 0.15
    # Without city effects a picks up the level that it is correlated with.
    pooled = twfe.fit(frame, **{**TWFE, "absorb": ["year"]})
    assert pooled.params[1] - 2 > 10 * pooled.std_errors[1]


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    hits = 0
    for seed in range(100):
        fit = twfe.fit(simulate(cities=30, years=8, seed=100 + seed), **TWFE)
        hits += fit.conf_low[0] <= 0.5 <= fit.conf_high[0]
    assert 89 <= hits <= 99  # 94; conventional errors 85


def test_coefficients_match_linearmodels_panel_ols(panel):
    from linearmodels.panel import PanelOLS

    data = panel.set_index(["city", "year"])
    known = PanelOLS(data["y"], data[["policy", "a", "b"]], entity_effects=True, time_effects=True).fit()
    fit = twfe.fit(panel, **{**TWFE, "cluster": None})
    np.testing.assert_allclose(fit.params[:3], known.params, rtol=1e-10)
    np.testing.assert_allclose(fit.std_errors[:3], known.std_errors, rtol=1e-10)
    assert fit.r2_within == pytest.approx(known.rsquared, rel=1e-10)


def test_the_within_r_squared_of_xtreg_counts_year_dummies_as_regressors(panel):
    from linearmodels.panel import PanelOLS

    data = panel.set_index(["city", "year"])
    years = pd.get_dummies(panel["year"], dtype=float).iloc[:, 1:].set_index(data.index)
    known = PanelOLS(
        data["y"], pd.concat([data[["policy", "a", "b"]], years], axis=1), entity_effects=True
    ).fit()
    fit = twfe.fit(panel, **TWFE)
    assert fit.r2_within_unit == pytest.approx(known.rsquared, rel=1e-10)
    assert fit.r2_within < fit.r2_within_unit < fit.r2
    rows = fit.tidy("s", "m").set_index("term")["estimate"]
    assert rows["r2_within_unit"] == fit.r2_within_unit
    pooled = twfe.fit(panel, **{**TWFE, "absorb": ["year"]})
    assert np.isnan(pooled.r2_within_unit) and "r2_within_unit" not in set(pooled.tidy("s", "m")["term"])


def test_order_of_rows_changes_no_bit(panel):
    fit, other = twfe.fit(panel, **TWFE), twfe.fit(panel.sample(frac=1, random_state=1), **TWFE)
    for name in ("params", "vcov", "p_values", "conf_low"):
        assert (getattr(fit, name) == getattr(other, name)).all()
    assert (fit.residuals.sort_index() == other.residuals.sort_index()).all()
    assert list(fit.residuals.index) == list(panel.index)


@pytest.mark.parametrize("cluster", ["city", ["city", "year"], "province"])
def test_relabelling_cities_changes_nothing(panel, cluster):
    labels = np.random.default_rng(2).permutation(panel["city"].nunique())
    other = panel.assign(city=[f"city {labels[code]}" for code in pd.factorize(panel["city"])[0]])
    options = {**TWFE, "cluster": cluster}
    fit, again = twfe.fit(panel, **options), twfe.fit(other, **options)
    np.testing.assert_allclose(again.params, fit.params, rtol=1e-10)
    np.testing.assert_allclose(again.std_errors, fit.std_errors, rtol=1e-9)
    assert again.clusters == fit.clusters


@pytest.mark.parametrize("factor", [1e-8, 100, 1e12])
def test_scaling_the_outcome_scales_coefficients_and_errors(panel, factor):
    fit, scaled = twfe.fit(panel, **TWFE), twfe.fit(panel.assign(y=panel["y"] * factor), **TWFE)
    np.testing.assert_allclose(scaled.params, factor * fit.params, rtol=1e-9)
    np.testing.assert_allclose(scaled.std_errors, factor * fit.std_errors, rtol=1e-9)
    np.testing.assert_allclose(scaled.p_values, fit.p_values, rtol=1e-8)
    assert scaled.rmse == pytest.approx(factor * fit.rmse) and scaled.f == pytest.approx(fit.f)


def test_scaling_a_control_leaves_the_others_alone(panel):
    fit = twfe.fit(panel, **TWFE)
    scaled = twfe.fit(panel.assign(a=panel["a"] * 1e10, b=panel["b"] * 1e-9), **TWFE)
    np.testing.assert_allclose(scaled.params[:3], fit.params[:3] * [1, 1e-10, 1e9], rtol=1e-9)
    np.testing.assert_allclose(scaled.std_errors[:3], fit.std_errors[:3] * [1, 1e-10, 1e9], rtol=1e-9)
    assert not scaled.dropped


def test_what_is_constant_within_a_city_or_a_year_moves_only_the_constant(panel):
    moved = panel.assign(y=panel["y"] + 0.01 * (panel["city"] - 110000) + 5 * (panel["year"] - 2003))
    fit, other = twfe.fit(panel, **TWFE), twfe.fit(moved, **TWFE)
    np.testing.assert_allclose(other.params[:3], fit.params[:3], rtol=1e-10)
    np.testing.assert_allclose(other.std_errors, fit.std_errors, rtol=1e-9)
    assert other.rmse == pytest.approx(fit.rmse) and other.r2_within == pytest.approx(fit.r2_within)
    assert other.params[3] - fit.params[3] == pytest.approx((moved["y"] - panel["y"]).mean())


def test_coefficients_of_dimensions_add_up_to_that_of_the_score(panel):
    parts = np.random.default_rng(5).normal(size=(3, len(panel)))
    parts[2] = panel["y"] - parts[0] - parts[1]
    fits = [twfe.fit(panel.assign(y=part), **TWFE) for part in parts]
    np.testing.assert_allclose(sum(f.params for f in fits), twfe.fit(panel, **TWFE).params, rtol=1e-9)


def test_the_constant_is_the_grand_mean_one(panel):
    fit = twfe.fit(panel, **TWFE)
    means = panel[["policy", "a", "b"]].mean()
    assert fit.names[-1] == "_cons"
    assert fit.params[-1] == pytest.approx(panel["y"].mean() - means @ fit.params[:3])
    # City effects make each city's residuals sum to zero, so mean(y) adds nothing to its variance.
    assert fit.vcov[-1, -1] == pytest.approx(means @ fit.vcov[:3, :3] @ means)


def test_equal_weights_are_no_weights_and_weights_are_repeated_rows(panel):
    fit = twfe.fit(panel, **TWFE)
    equal = twfe.fit(panel.assign(w=7.0), **TWFE, weights="w")
    np.testing.assert_allclose(equal.vcov, fit.vcov, rtol=1e-9)
    count = 1 + np.arange(len(panel)) % 3
    weighted = twfe.fit(panel.assign(w=count), **TWFE, weights="w")
    repeated = twfe.fit(panel.loc[panel.index.repeat(count)], **TWFE, key=())
    np.testing.assert_allclose(weighted.params, repeated.params, rtol=1e-9)
    assert weighted.dep_mean == pytest.approx(repeated.dep_mean)
    assert weighted.r2_within == pytest.approx(repeated.r2_within)


def test_two_ways_with_the_same_clusters_are_one_way(panel):
    fit = twfe.fit(panel, **TWFE)
    both = twfe.fit(panel.assign(same=panel["city"]), **{**TWFE, "cluster": ["city", "same"]})
    np.testing.assert_allclose(both.vcov, fit.vcov, rtol=1e-9, atol=1e-12)


def test_degrees_of_freedom_follow_reghdfe(panel):
    cities, years = panel["city"].nunique(), panel["year"].nunique()
    nested = twfe.fit(panel, **TWFE)
    assert (nested.df_resid, nested.df_absorbed) == (cities - 1, years - 1)
    plain = twfe.fit(panel, **{**TWFE, "cluster": None})
    assert plain.df_resid == len(panel) - 3 - cities - years + 1
    # The scores of three clusters add up to zero: a covariance of rank two cannot test three coefficients.
    few = twfe.fit(panel.assign(region=panel["province"] % 3), **{**TWFE, "cluster": "region"})
    assert few.df_resid == 2 and np.isnan(few.f) and np.isnan(few.f_p_value)


def test_two_unconnected_groups_of_years_have_two_redundant_levels():
    old, new = simulate(cities=12, years=5, seed=8), simulate(cities=12, years=5, seed=9)
    both = pd.concat([old, new.assign(city=new["city"] + 50, year=new["year"] + 20)])
    fit = twfe.fit(both, **{**TWFE, "cluster": None})
    assert fit.df_absorbed == 24 + 10 - 2


def test_singletons_are_dropped_until_none_is_left(panel):
    # The new city is alone in 2030 and, without that row, seen once.
    extra = panel.head(2).assign(city=999999, year=[2003, 2030])
    fit, grown = twfe.fit(panel, **TWFE), twfe.fit(pd.concat([panel, extra], ignore_index=True), **TWFE)
    assert grown.singletons == 2 and grown.nobs == fit.nobs == len(panel)
    assert (grown.vcov == fit.vcov).all()
    assert len(grown.residuals) == len(panel) and grown.residuals.index.max() == len(panel) - 1


def test_collinear_and_absorbed_regressors_are_dropped_by_name(panel):
    frame = panel.assign(
        mix=3 * panel["a"] - panel["policy"] + panel["year"], area=np.sqrt(panel["city"]), fixed=0.1 + 0.2
    )
    options = {**TWFE, "regressors": ["policy", "area", "a", "mix", "fixed", "b"]}
    fit = twfe.fit(frame, **options, treatment="policy")
    assert fit.names == ("policy", "a", "b", "_cons")
    assert fit.dropped == {
        "area": "absorbed by city and year",
        "mix": "collinear with policy, a",
        "fixed": "absorbed by city and year",
    }
    np.testing.assert_allclose(fit.vcov, twfe.fit(panel, **TWFE).vcov, rtol=1e-9)
    first = twfe.fit(frame, **{**options, "regressors": ["policy", "mix", "a", "b"]})
    assert first.names == ("policy", "mix", "b", "_cons") and first.dropped == {
        "a": "collinear with policy, mix"
    }


def test_tidy_has_the_schema_of_estimates(panel, tmp_path):
    frame = panel.assign(copy=panel["a"], area=panel["city"])
    options = {**TWFE, "regressors": ["policy", "a", "b", "copy", "area"], "cluster": ["city", "year"]}
    fit = twfe.fit(frame, **options)
    table = fit.tidy("uer", "baseline")
    assert list(table) == list(estimates.ESTIMATES)
    estimates.write(table, tmp_path / "e.parquet")
    rows = stored(tmp_path / "e.parquet")
    policy = rows.loc[("coefficient", "policy")]
    assert policy["estimate"] == fit.params[0] and policy["df"] == panel["year"].nunique() - 1
    assert policy["conf_low"] < policy["estimate"] < policy["conf_high"]
    assert policy["statistic"] == pytest.approx(policy["estimate"] / policy["std_error"])
    fits = rows.loc["fit"]
    assert fits.loc["nobs", "estimate"] == len(panel) and fits.loc["units", "estimate"] == 40
    assert fits.loc["clusters", "estimate"] == fits.loc["clusters[year]", "estimate"] == 10
    assert fits.loc["clusters[city]", "estimate"] == 40
    assert {"dropped[copy|collinear]", "dropped[area|absorbed]"} <= set(fits.index)
    dropped = table[table["term"] == "dropped"].set_index("variable")
    assert dict(dropped["group"]) == {"copy": "collinear", "area": "absorbed"}
    variables = table.loc[table["kind"] == "coefficient", ["term", "variable"]].to_numpy().tolist()
    assert variables[:3] == [["policy", "policy"], ["a", "a"], ["b", "b"]]
    assert variables[3][0] == "_cons" and pd.isna(variables[3][1])
    assert "clusters" not in twfe.fit(panel, **{**TWFE, "cluster": None}).tidy("uer", "x")["term"].tolist()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f.head(0), {}, "the sample is empty"),
        (lambda f: f.drop(columns="b"), {}, "no column b;"),
        (lambda f: f.assign(y=f["y"].where(f["year"] > 2003)), {}, r"missing or infinite .* y 3\d;"),
        (lambda f: f.assign(a=f["a"].replace(f["a"].iloc[0], -np.inf)), {}, "a 1;"),
        (
            lambda f: f.assign(province=f["province"].replace(1, np.nan)),
            {"cluster": "province"},
            r"province \d\d;",
        ),
        (lambda f: pd.concat([f, f.head(3)]), {}, r"3 rows repeat a key, first \{'city': 110000"),
        (lambda f: f.assign(one=1), {"cluster": "one"}, "'one' has one cluster only"),
        (lambda f: f.assign(y=0.3), {}, "outcome 'y' is 0.3 in all"),
        (lambda f: f.assign(y=f["city"] / 7), {}, "outcome 'y' does not vary within"),
        (lambda f: f.assign(policy=0), {"treatment": "policy"}, "treatment 'policy' never holds"),
        (lambda f: f.assign(policy=True), {"treatment": "policy"}, "treatment 'policy' always holds"),
        (
            lambda f: f.assign(policy=f["city"] % 3),
            {"treatment": "policy"},
            "'policy' is absorbed by city and year",
        ),
        (
            lambda f: f.assign(policy=f["a"]),
            {"treatment": "b", "regressors": ["a", "policy"]},
            "'b' is not among",
        ),
        (
            lambda f: f.assign(policy=f["a"]),
            {"treatment": "policy", "regressors": ["a", "policy"]},
            "'policy' is collinear with a",
        ),
        (lambda f: f.assign(a=f["city"]), {"regressors": ["a"]}, "no regressor is left: a is absorbed"),
        (lambda f: f, {"regressors": []}, "there is no regressor"),
        (lambda f: f, {"regressors": ["a", "b", "a", "y"]}, "a, y is named more than once"),
        (lambda f: f.assign(a="high"), {}, "a is not numeric"),
        (lambda f: f, {"cluster": ["city", "year", "province"]}, "one or two ways"),
        (lambda f: f.assign(w=f["a"]), {"weights": "w"}, r"\d+ weights in 'w' are not positive"),
        (lambda f: f.drop_duplicates("city"), {}, "all 40 observations are alone"),
        (lambda f: f[f["city"] < 110200].groupby("city").head(2), {}, "leave no degree of freedom"),
    ],
)
def test_errors_name_spec_and_variable(panel, change, options, message):
    with pytest.raises(EstimationError, match=rf"^spec 'baseline': .*{message}"):
        twfe.fit(change(panel), **{**TWFE, **options}, spec="baseline")


@pytest.mark.parametrize("cluster", [None, "city", ["city", "province"]])
def test_the_sandwich_is_that_of_linearmodels(panel, cluster):
    from linearmodels.iv import IV2SLS

    frame = panel.dropna().assign(w=1 + panel["year"] % 3)
    fitted = twfe.fit(frame, **TWFE | {"cluster": cluster, "weights": "w"})
    w = frame["w"].to_numpy(dtype=float) / frame["w"].mean()
    names = list(fitted.names[:-1])
    effects = [codes_of(frame, name) for name in ("city", "year")]
    columns = frame[["y", *names]].to_numpy(dtype=float)
    within = partial_out(columns - np.average(columns, axis=0, weights=w), effects, w)
    model = IV2SLS(within[:, 0], np.column_stack([within[:, 1:], np.ones(len(frame))]), None, None, weights=w)
    if cluster is None:
        result = model.fit(cov_type="unadjusted", debiased=False)
    else:
        codes = [codes_of(frame, name) for name in ([cluster] if isinstance(cluster, str) else cluster)]
        result = model.fit(cov_type="clustered", clusters=np.column_stack(codes), debiased=False)
    np.testing.assert_allclose(fitted.params[:-1], result.params.to_numpy()[:-1], rtol=1e-9)
    ours, theirs = fitted.vcov[:-1, :-1], result.cov.to_numpy()[:-1, :-1]
    # reghdfe's factor is the same for every element.
    np.testing.assert_allclose(ours / theirs, ours[0, 0] / theirs[0, 0], rtol=1e-8)
