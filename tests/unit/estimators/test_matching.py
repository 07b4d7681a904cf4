"""Propensity-score matching: known effects, brute force, properties, separation and other errors."""

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian import estimates
from nianjian.errors import EstimationError
from nianjian.estimators import logit, matching, twfe
from nianjian.numerics.balance import balance
from nianjian.numerics.matches import match

SPEC = {"outcome": "y", "treatment": "policy", "covariates": ["income", "density"], "spec": "psm"}


def simulate(cities=150, years=10, effect=0.5, seed=0, trend=0.0, select=1.0):
    """Richer cities are treated more often (``select``) and grow faster (``trend``)."""
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(2010, 2010 + years), cities)
    income, density = rng.normal(size=(2, cities))
    ever = rng.random(cities) < 1 / (1 + np.exp(0.3 - select * income - 0.5 * density))
    start = rng.choice([2015, 2016], size=cities)
    frame = pd.DataFrame({"city": 110000 + 100 * city, "year": year})
    frame["first_treated_year"] = pd.array([s if e else pd.NA for s, e in zip(start, ever, strict=True)])[
        city
    ]
    frame["first_treated_year"] = frame["first_treated_year"].astype("Int32")
    frame["policy"] = (ever[city] & (year >= start[city])).astype(int)
    frame["income"] = income[city] + 0.1 * rng.normal(size=len(frame)) + 0.3 * frame["policy"]
    frame["density"] = density[city]
    frame["a"] = rng.normal(size=len(frame))
    growth = trend * income[city] * (year - 2010)
    frame["y"] = effect * frame["policy"] + income[city] + growth + 0.3 * rng.normal(size=len(frame))
    return frame


@pytest.fixture(scope="module")
def panel():
    return simulate()


def test_matching_takes_out_the_trend_that_goes_with_treatment():
    frame = simulate(cities=300, trend=0.15, select=0.6, seed=2)
    plain = twfe.fit(
        frame,
        outcome="y",
        regressors=["policy"],
        absorb=["city", "year"],
        cluster="city",
        treatment="policy",
    )
    for options in ({}, {"method": "nearest", "neighbours": 4}):
        did = matching.fit(frame, **SPEC, **options).did
        assert abs(did.params[0] - 0.5) < 3.5 * did.std_errors[0]
        assert plain.params[0] - 0.5 > 3 * abs(did.params[0] - 0.5)


def test_without_selection_all_regressions_recover_the_effect():
    frame = simulate(cities=300, select=0.2, seed=4)
    for regression in ("weighted", "matched", "common_support"):
        for unit in ("city", "city_year"):
            did = matching.fit(frame, **SPEC, unit=unit, regression=regression).did
            assert abs(did.params[0] - 0.5) < 3.5 * did.std_errors[0] < 0.2


def test_covariates_are_means_before_treatment(panel):
    fit = matching.fit(panel, **SPEC)
    start = panel["first_treated_year"].astype(float).fillna(2015)
    means = panel[panel["year"] < start].groupby("city")[["income", "density"]].mean()
    ever = panel.groupby("city")["first_treated_year"].first().notna().to_numpy()
    assert (fit.treated == ever).all() and list(fit.units) == list(means.index)
    known = logit.fit(ever.astype(float), means.to_numpy(), ["income", "density"])
    assert (fit.logit.params == known.params).all()
    # What the policy does to a covariate later changes no match.
    moved = panel.assign(income=panel["income"] + 5 * panel["policy"])
    assert (matching.fit(moved, **SPEC).matches.weights == fit.matches.weights).all()


def test_a_period_of_the_same_years_for_all(panel):
    fit = matching.fit(panel, **SPEC, period=[2010, 2012])
    means = panel[panel["year"] <= 2012].groupby("city")[["income", "density"]].mean().to_numpy()
    known = logit.fit(fit.treated.astype(float), means, ["income", "density"])
    np.testing.assert_allclose(fit.logit.params, known.params, rtol=1e-12)


def test_gaps_are_left_out_of_the_mean(panel):
    gap = panel.assign(density=panel["density"].mask(panel["year"] == 2011))
    known = matching.fit(panel, **SPEC).logit.params
    np.testing.assert_allclose(matching.fit(gap, **SPEC).logit.params, known, rtol=1e-9)


def test_a_city_that_adopts_after_the_sample_is_a_control(panel):
    never = panel.loc[panel["first_treated_year"].isna(), "city"].iloc[0]
    late = panel.assign(first_treated_year=panel["first_treated_year"].mask(panel["city"] == never, 2030))
    known, fit = matching.fit(panel, **SPEC), matching.fit(late, **SPEC)
    assert (known.matches.weights == fit.matches.weights).all() and (known.did.params == fit.did.params).all()


def test_the_order_of_rows_changes_nothing(panel):
    for options in ({}, {"unit": "city_year", "method": "nearest", "neighbours": 2}):
        fit = matching.fit(panel, **SPEC, **options)
        other = matching.fit(panel.sample(frac=1, random_state=1), **SPEC, **options)
        assert (fit.did.params == other.did.params).all()
        assert (fit.matches.weights == other.matches.weights).all() and fit.units.equals(other.units)


def test_units_of_covariates_change_nothing(panel):
    fit = matching.fit(panel, **SPEC)
    other = matching.fit(
        panel.assign(income=panel["income"] * 1e9 + 1e10, density=panel["density"] / 1e6), **SPEC
    )
    np.testing.assert_allclose(other.logit.scores, fit.logit.scores, rtol=1e-8)
    np.testing.assert_allclose(other.logit.params[0], fit.logit.params[0] / 1e9, rtol=1e-7)
    np.testing.assert_allclose(other.after.bias, fit.after.bias, rtol=1e-5)


def test_matching_makes_the_groups_more_alike(panel):
    fit = matching.fit(panel, **SPEC)
    before, after = fit.before, fit.after
    assert (np.abs(after.bias) < np.abs(before.bias) / 2).all()
    assert fit.pseudo_r2_after < fit.logit.pseudo_r2 / 5
    assert (before.p_values < 0.05).all() and (after.p_values > 0.3).all()


def test_balance_before_is_the_two_sample_t_test(panel):
    from scipy.stats import ttest_ind

    fit = matching.fit(panel, **SPEC, unit="city_year")
    for j, name in enumerate(SPEC["covariates"]):
        x = panel.sort_values(["city", "year"])[name].to_numpy()
        known = ttest_ind(x[fit.treated], x[~fit.treated])
        assert fit.before.t[j] == pytest.approx(known.statistic, rel=1e-10)
        assert fit.before.p_values[j] == pytest.approx(known.pvalue, rel=1e-8)


def test_off_support_cities_and_unused_controls_leave_the_regression(panel):
    fits = {
        regression: matching.fit(panel, **SPEC, bandwidth=0.005, regression=regression)
        for regression in ("weighted", "matched", "common_support")
    }
    m = fits["matched"].matches
    assert fits["matched"].did.units == fits["weighted"].did.units == (m.weights > 0).sum()
    assert fits["common_support"].did.units == m.support.sum() > (m.weights > 0).sum()
    assert (~m.support).sum() > 0


def test_matching_on_the_index_reaches_as_the_scores_do_not(panel):
    options = {"method": "nearest", "common_support": "none"}
    on_score, on_index = (matching.fit(panel, **SPEC, **options, scale=s) for s in ("score", "index"))
    known = match(on_score.logit.index, on_score.treated, **options)
    assert (on_index.matches.weights == known.weights).all()
    sd = on_index.logit.index.std(ddof=1)
    narrow = matching.fit(panel, **SPEC, **options, scale="index", caliper=0.2, caliper_in_sd=True)
    known = match(on_index.logit.index, on_index.treated, **options, caliper=0.2 * sd)
    assert (narrow.matches.weights == known.weights).all()


def test_effect_on_the_treated_in_levels_of_city_years(panel):
    fit = matching.fit(panel, **SPEC, unit="city_year", method="nearest")
    frame = panel.sort_values(["city", "year"])
    y, w, d = frame["y"].to_numpy(), fit.matches.weights, fit.treated
    assert fit.att == pytest.approx(y[d & (w > 0)].mean() - np.average(y[~d], weights=w[~d]), rel=1e-12)
    assert fit.att_std_error > 0
    assert np.isnan(matching.fit(panel, **SPEC).att)


def test_tidy_rows_fit_the_schema(panel, tmp_path):
    for unit in ("city", "city_year"):
        fit = matching.fit(panel, **SPEC, controls=["a"], unit=unit)
        rows = fit.tidy("s", "psm")
        estimates.write(rows, tmp_path / "e.parquet")
        by = addressed(rows)["estimate"]
        assert by["coefficient", "policy"] == fit.did.params[0]
        assert by["effect", "logit[density]"] == fit.logit.params[1]
        assert by["test", "bias[income|after]"] == fit.after.bias[0]
        assert by["fit", "on_support"] + by["fit", "off_support"] == len(fit.units)
        assert by["fit", "treated_units"] == (fit.matches.weights[fit.treated] > 0).sum()
        assert by["fit", "control_units"] == (fit.matches.weights[~fit.treated] > 0).sum()
        assert by["fit", "pseudo_r2[before]"] == fit.logit.pseudo_r2
        assert by["fit", "pseudo_r2[after]"] == fit.pseudo_r2_after
        assert by["fit", "mean_bias[before]"] == np.abs(fit.before.bias).mean()
        assert by["fit", "mean_treated[density|before]"] == fit.before.treated[1]
        assert by["fit", "mean_control[density|after]"] == fit.after.control[1]
        bias = rows[rows["term"] == "bias"]
        assert set(zip(bias["variable"], bias["group"], strict=True)) == {
            (name, when) for name in ("income", "density") for when in ("before", "after")
        }
        assert by["fit", "nobs"] == fit.did.nobs
        assert (("effect", "att") in by.index) == (unit == "city_year")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariates": ["income", "wealth"]}, "no column wealth"),
        ({"first_year": "start"}, "no column start"),
        ({"period": [1990, 1991]}, "no value in 1990 to 1991: income in 150"),
        ({"method": "nearest", "caliper": 1e-15}, "no treated unit finds a control: the treated lie at"),
        ({"outcome": "z"}, "no column z"),
    ],
    ids=str,
)
def test_options_that_do_not_fit_the_sample_are_refused(panel, options, message):
    with pytest.raises(EstimationError, match=message) as caught:
        matching.fit(panel, **SPEC | options)
    assert str(caught.value).startswith("spec 'psm': ")


def first_treated(frame):
    """The first city that is ever treated."""
    return frame.loc[frame["first_treated_year"].notna(), "city"].iloc[0]


def first_cities(frame, treated):
    """The frame with so many treated cities."""
    ever = frame.loc[frame["first_treated_year"].notna(), "city"].unique()[:treated]
    stays = frame["city"].isin(ever) | frame["first_treated_year"].isna()
    return frame[stays]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: first_cities(f, 0), r"0 city of \d+ is treated; matching needs two"),
        (lambda f: first_cities(f, 1), r"1 city of \d+ is treated; matching needs two"),
        (lambda f: f[f["first_treated_year"].notna()], r"0 city of \d+ is never treated"),
        (lambda f: pd.concat([f, f.iloc[[0]]]), "repeat a key"),
        (lambda f: f.assign(first_treated_year=f["year"]), "has several values of 'first_treated_year'"),
        (lambda f: f.assign(income="high"), "covariate income is not numeric"),
        (
            lambda f: f.assign(density=f["density"].mask(f["year"] < 2015)),
            r"no value before treatment: density in \d+ \(first 110\d+\)",
        ),
        (
            lambda f: f.assign(
                first_treated_year=f["first_treated_year"].mask(f["city"] == first_treated(f), 2009)
            ),
            r"1 of \d+ treated cities have no year before treatment, first 110",
        ),
        (lambda f: f.assign(density=1.0), "covariate density does not vary"),
        (lambda f: f.assign(density=2 * f["income"]), "density is collinear with income"),
        (
            lambda f: f.assign(density=f["first_treated_year"].notna() + 0.0),
            "density separates treated from untreated units",
        ),
    ],
)
def test_samples_that_cannot_be_matched_are_refused(panel, change, message):
    with pytest.raises(EstimationError, match=message) as caught:
        matching.fit(change(panel), **SPEC)
    assert str(caught.value).startswith("spec 'psm': ")


def test_a_treatment_that_the_matched_sample_lacks_is_named(panel):
    with pytest.raises(EstimationError, match="spec 'psm, matched sample': treatment 'policy' never holds"):
        matching.fit(panel.assign(policy=0), **SPEC)


def test_gaps_of_matched_city_years_are_named(panel):
    gap = panel.assign(density=panel["density"].mask(panel["year"] == 2011))
    with pytest.raises(
        EstimationError, match=r"no value in the sample: density in 150 \(first 110000 2011\)"
    ):
        matching.fit(gap, **SPEC, unit="city_year")


def test_rows_may_be_matched_by_what_they_are(panel):
    """psmatch2 on the dummy of the regression: rows before a city's treatment are controls."""
    options = {"unit": "city_year", "method": "nearest", "common_support": "none", "regression": "matched"}
    fit = matching.fit(panel, **SPEC, **options, status="current")
    treated = panel.sort_values(["city", "year"])[SPEC["treatment"]].to_numpy() == 1
    assert (fit.treated == treated).all()
    assert fit.treated.sum() < matching.fit(panel, **SPEC, **options).treated.sum()
    used = fit.matches.weights > 0
    assert fit.did.nobs + fit.did.singletons == used.sum()
    half = panel.assign(**{SPEC["treatment"]: panel[SPEC["treatment"]] / 2})
    with pytest.raises(EstimationError, match="is not 0 or 1 in every city-year"):
        matching.fit(half, **SPEC, **options, status="current")


YEARS = SPEC | {"unit": "city_year", "within": "year"}


def by_loop(panel, scores, reach=np.inf, neighbours=1):
    """Nearest neighbours of ever-treated city-years among the controls of their year, by loops over rows."""
    weights = np.zeros(len(panel))
    ever = panel["first_treated_year"].notna().to_numpy()
    year = panel["year"].to_numpy()
    for i in np.flatnonzero(ever):
        rivals = [j for j in range(len(panel)) if year[j] == year[i] and not ever[j]]
        low, high = min(scores[rivals]), max(scores[rivals])
        if not low <= scores[i] <= high:
            continue
        ranked = sorted(rivals, key=lambda j: abs(scores[j] - scores[i]))[:neighbours]
        own = [j for j in ranked if abs(scores[j] - scores[i]) < reach]
        for j in own:
            weights[j] += 1 / len(own)
        weights[i] = float(bool(own))
    return weights


@pytest.mark.parametrize("propensity", ["within", "pooled"])
def test_within_years_neighbours_are_sought_in_the_same_year_only(propensity):
    frame = simulate(cities=40, years=7, seed=11, select=0.5).sort_values(["city", "year"], ignore_index=True)
    ever = frame["first_treated_year"].notna().astype(float)
    x, scores = frame[["income", "density"]].to_numpy(), np.full(len(frame), np.nan)
    for year in frame["year"].unique():
        at = (frame["year"] == year).to_numpy() if propensity == "within" else np.ones(len(frame), dtype=bool)
        scores[at] = logit.fit(ever.to_numpy()[at], x[at], ["income", "density"]).scores
    near = {"method": "nearest", "neighbours": 2, "caliper": 0.08, "propensity": propensity}
    fit = matching.fit(frame, **YEARS, **near)
    np.testing.assert_allclose(fit.matches.weights, by_loop(frame, scores, 0.08, 2), atol=1e-12)
    # Without the restriction some partners are of other years.
    assert (
        np.abs(
            matching.fit(frame, **SPEC, unit="city_year", **{**near, "propensity": "within"}).matches.weights
            - fit.matches.weights
        ).max()
        > 0.4
    )
    rows = addressed(fit.tidy("demo", "psm"))
    for year in frame["year"].unique():
        at = (frame["year"] == year).to_numpy()
        count = (fit.matches.weights[at & (ever == 1).to_numpy()] > 0).sum()
        assert rows.loc[("fit", f"matched_treated[{year}]"), "estimate"] == count
        known = balance(x[at], (ever == 1).to_numpy()[at], fit.matches.weights[at])
        found = rows.loc[("test", f"bias[income|after|{year}]")]
        assert found["estimate"] == pytest.approx(known.bias[0]) and found["p_value"] == pytest.approx(
            known.p_values[0]
        )
    models = {
        address for kind, address in rows.index if kind == "effect" and address.startswith("logit[income")
    }
    assert len(models) == (frame["year"].nunique() if propensity == "within" else 1)


def test_a_caliper_in_deviations_counts_those_of_the_year():
    frame = simulate(cities=40, years=7, seed=12, select=0.5).sort_values(["city", "year"], ignore_index=True)
    # Scores spread more and more.
    frame["income"] *= 1 + (frame["year"] - 2010) / 3
    options = {
        "method": "nearest",
        "caliper_in_sd": True,
        "caliper": 0.03,
        "propensity": "pooled",
        "common_support": "none",
    }
    fit = matching.fit(frame, **YEARS, **options)
    scores, ever = fit.logit.scores, frame["first_treated_year"].notna().to_numpy()
    for year in frame["year"].unique():
        at = (frame["year"] == year).to_numpy()
        reach = 0.03 * scores[at].std(ddof=1)
        for i in np.flatnonzero(at & ever):
            gap = np.abs(scores[at & ~ever] - scores[i]).min()
            assert (fit.matches.weights[i] > 0) == (gap < reach)


def test_years_without_support_are_left_out_and_said(panel):
    frame = panel.sort_values(["city", "year"], ignore_index=True)
    # In 2011 income separates the groups; nobody is treated before 2015 by the dummy itself.
    ever = frame["first_treated_year"].notna()
    apart = frame.assign(
        income=frame["income"].where(frame["year"] != 2011, np.where(ever, 50.0, -50.0) + frame["a"])
    )
    fit = matching.fit(apart, **YEARS)
    assert fit.without_support == {2011: "logit"}
    assert (fit.matches.weights[frame["year"] == 2011] == 0).all() and 2011 not in fit.logits
    assert fit.did.nobs < (frame["year"] != 2011).sum()
    rows = addressed(fit.tidy("demo", "psm"))
    assert rows.loc[("fit", "year_without_support[logit|2011]"), "estimate"] == 1
    assert ("test", "bias[income|after|2011]") not in rows.index
    now = matching.fit(frame, **YEARS, status="current")
    assert now.without_support == dict.fromkeys(range(2010, 2015), "one_kind")
    balanced = matching.fit(apart, **YEARS, method="entropy")
    assert balanced.without_support == {2011: "not_balanced"}
    poor = frame.assign(income=frame["income"] - 40 * (~ever & (frame["year"] == 2012)))
    far = matching.fit(poor, **YEARS, propensity="pooled")
    assert far.without_support == {2012: "no_match"}


def test_without_any_year_of_support_it_stops_with_the_first_reason(panel):
    ever = panel["first_treated_year"].notna()
    apart = panel.assign(income=np.where(ever, 50.0, -50.0) + panel["a"])
    with pytest.raises(
        EstimationError, match=r"no year has treated units and controls alike: .*2010: income separates"
    ):
        matching.fit(apart, **YEARS)


def test_entropy_balancing_balances_exactly_and_takes_out_the_trend():
    frame = simulate(cities=300, trend=0.15, select=0.6, seed=2)
    plain = twfe.fit(
        frame, outcome="y", regressors=["policy"], absorb=["city", "year"], cluster="city", treatment="policy"
    )
    for moments in ("means", "variances"):
        fit = matching.fit(frame, **SPEC, method="entropy", moments=moments)
        assert np.abs(fit.after.bias).max() < 1e-6 and np.abs(fit.before.bias).max() > 20
        assert fit.logits == {} and fit.whole == 2 and fit.did.nobs == len(frame)
        assert abs(fit.did.params[0] - 0.5) < 3.5 * fit.did.std_errors[0]
        assert plain.params[0] - 0.5 > 3 * abs(fit.did.params[0] - 0.5)
        kinds = {(kind, address.split("[")[0]) for kind, address in addressed(fit.tidy("demo", "psm")).index}
        assert ("effect", "logit") not in kinds and ("fit", "pseudo_r2") not in kinds


def test_entropy_balancing_names_the_covariate_that_cannot_be_balanced(panel):
    ever = panel["first_treated_year"].notna()
    apart = panel.assign(density=np.where(ever, 50.0, 0.0) + panel["density"])
    with pytest.raises(EstimationError, match=r"spec 'psm': .*: density cannot be balanced"):
        matching.fit(apart, **SPEC, method="entropy")


def test_a_matched_sample_that_is_the_whole_one_says_so(panel):
    few = simulate(cities=60, select=0.1, seed=9)
    everyone = {"kernel": "gaussian", "common_support": "none"}
    assert matching.fit(few, **SPEC, **everyone, regression="matched").whole == 1
    assert matching.fit(few, **SPEC, **everyone).whole == 2
    fit = matching.fit(panel, **SPEC, method="nearest")
    assert fit.whole == 0
    assert addressed(fit.tidy("demo", "psm")).loc[("fit", "whole_sample"), "estimate"] == 0
