"""Propensity-score matching: known effects, brute force, properties, separation and other errors."""

import numpy as np
import pandas as pd
import pytest

from nianjian import storage
from nianjian.errors import EstimationError
from nianjian.estimators import logit, matching, twfe
from nianjian.schemas import ESTIMATE_KEY, ESTIMATES

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


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(8)
    treated = rng.random(60) < 0.4
    return np.clip(rng.beta(2, 3, size=60) + 0.15 * treated, 0.01, 0.99), treated


def test_matching_takes_out_the_trend_that_goes_with_treatment():
    frame = simulate(cities=300, trend=0.15, select=0.6, seed=2)
    plain = twfe.fit(
        frame,
        outcome="y",
        regressors=["policy"],
        effects=["city", "year"],
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
    np.testing.assert_allclose(other.balance.bias_after, fit.balance.bias_after, rtol=1e-5)


def test_matching_makes_the_groups_more_alike(panel):
    fit = matching.fit(panel, **SPEC)
    b = fit.balance
    assert (np.abs(b.bias_after) < np.abs(b.bias_before) / 2).all()
    assert fit.pseudo_r2_after < fit.logit.pseudo_r2 / 5
    assert (b.p_before < 0.05).all() and (b.p_after > 0.3).all()


def test_balance_before_is_the_two_sample_t_test(panel):
    from scipy.stats import ttest_ind

    fit = matching.fit(panel, **SPEC, unit="city_year")
    for j, name in enumerate(SPEC["covariates"]):
        x = panel.sort_values(["city", "year"])[name].to_numpy()
        known = ttest_ind(x[fit.treated], x[~fit.treated])
        assert fit.balance.t_before[j] == pytest.approx(known.statistic, rel=1e-10)
        assert fit.balance.p_before[j] == pytest.approx(known.pvalue, rel=1e-8)


def brute_force(score, treated, neighbours, caliper):
    weights = np.zeros(len(score))
    for i in np.flatnonzero(treated):
        near = sorted(np.flatnonzero(~treated), key=lambda j: (abs(score[j] - score[i]), score[j], j))
        near = [j for j in near[:neighbours] if abs(score[j] - score[i]) < caliper]
        if near:
            weights[i] = 1
            weights[near] += 1 / len(near)
    return weights


@pytest.mark.parametrize("neighbours", [1, 3, 100])
@pytest.mark.parametrize("caliper", [None, 0.03])
def test_nearest_neighbours_are_those_of_a_plain_loop(scores, neighbours, caliper):
    score, treated = scores[0].round(2), scores[1]  # with ties
    found = matching.match(
        score, treated, method="nearest", neighbours=neighbours, caliper=caliper, common_support="none"
    )
    known = brute_force(score, treated, neighbours, caliper or np.inf)
    np.testing.assert_allclose(found.weights, known, atol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kernel": "gaussian", "common_support": "overlap"},
        {"method": "nearest", "neighbours": 4, "caliper": 0.05},
        {"method": "nearest", "replacement": False},
        {"method": "nearest", "ties": True, "neighbours": 2},
    ],
    ids=str,
)
def test_controls_weigh_as_much_as_the_treated(scores, options):
    score, treated = scores
    found = matching.match(score, treated, **options)
    assert found.weights[~treated].sum() == pytest.approx(found.weights[treated].sum(), rel=1e-12)
    assert set(found.weights[treated]) <= {0.0, 1.0} and (found.weights >= 0).all()
    assert (found.weights[~found.support] == 0).all()


def test_large_samples_are_matched_in_blocks(scores, monkeypatch):
    score, treated = scores
    known = matching.match(score, treated).weights
    monkeypatch.setattr(matching, "BLOCK", 100)
    np.testing.assert_allclose(matching.match(score, treated).weights, known, rtol=1e-12)


def test_common_support_cuts_off_the_treated_or_both_sides():
    score = np.array([0.05, 0.2, 0.5, 0.6, 0.3, 0.55, 0.9])
    treated = np.array([False, False, False, False, True, True, True])
    options = {"kernel": "gaussian"}
    assert list(matching.match(score, treated, **options).support) == [True] * 6 + [False]
    both = matching.match(score, treated, **options, common_support="overlap")
    assert list(both.support) == [False, False, True, True, True, True, False]
    assert matching.match(score, treated, **options, common_support="none").support.all()


def test_without_replacement_no_control_serves_twice(scores):
    score, treated = scores[0], scores[1] & (np.arange(60) < 30)
    options = {"method": "nearest", "replacement": False, "common_support": "none"}
    found = matching.match(score, treated, **options)
    assert set(found.weights) == {0.0, 1.0} and found.support.all()
    turned = matching.match(score, ~treated, **options)  # more treated units than controls
    assert (turned.weights[~treated] > 0).sum() == treated.sum()
    assert (~turned.support).sum() == (~treated).sum() - treated.sum()


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
    known = matching.match(on_score.logit.index, on_score.treated, **options)
    assert (on_index.matches.weights == known.weights).all()
    sd = on_index.logit.index.std(ddof=1)
    narrow = matching.fit(panel, **SPEC, **options, scale="index", caliper=0.2, caliper_in_sd=True)
    known = matching.match(on_index.logit.index, on_index.treated, **options, caliper=0.2 * sd)
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
        storage.write_table(rows, tmp_path / "e.parquet", ESTIMATES, ESTIMATE_KEY)
        by = rows.set_index(["kind", "term"])["estimate"]
        assert by["coefficient", "policy"] == fit.did.params[0]
        assert by["effect", "logit[density]"] == fit.logit.params[1]
        assert by["test", "bias_after[income]"] == fit.balance.bias_after[0]
        assert by["fit", "on_support"] + by["fit", "off_support"] == len(fit.units)
        assert by["fit", "treated_units"] == (fit.matches.weights[fit.treated] > 0).sum()
        assert by["fit", "control_units"] == (fit.matches.weights[~fit.treated] > 0).sum()
        assert by["fit", "pseudo_r2_before"] == fit.logit.pseudo_r2
        assert by["fit", "mean_bias_before"] == np.abs(fit.balance.bias_before).mean()
        assert by["fit", "nobs"] == fit.did.nobs
        assert (("effect", "att") in by.index) == (unit == "city_year")


def test_a_weighted_logit_counts_rows():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2))
    y = (x[:, 0] + rng.logistic(size=50) > 0).astype(float)
    counts = rng.integers(1, 4, size=50)
    weighted = logit.fit(y, x, ["a", "b"], weights=counts.astype(float))
    repeated = logit.fit(np.repeat(y, counts), np.repeat(x, counts, axis=0), ["a", "b"])
    for name in ("params", "std_errors", "pseudo_r2", "loglik", "nobs"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-9)


def test_a_logit_solves_its_score_equations():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 3)) * [1, 1e6, 1e-6]
    y = (rng.random(200) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    fit = logit.fit(y, x, ["a", "b", "c"])
    score = x.T @ (y - fit.scores) / np.linalg.norm(x, axis=0)
    np.testing.assert_allclose(score, 0, atol=1e-10)
    assert fit.scores.mean() == pytest.approx(y.mean(), abs=1e-12)
    assert 0 < fit.pseudo_r2 < 1 and fit.loglik > fit.loglik_null


def test_complete_and_partial_separation_are_found():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    y = (x[:, 0] + x[:, 1] > 0.2).astype(float)
    assert set(logit.separators(y, x, ["a", "b", "c"])) >= {"a", "b"}
    assert logit.separators((x[:, 2] > 0).astype(float), x, ["a", "b", "c"]) == ["c"]
    # A dummy that only treated units have: no maximum, though most units overlap.
    y = (rng.random(80) < 0.5).astype(float)
    dummy = np.where((np.arange(80) % 5 == 0) & (y == 1), 1.0, 0.0)
    assert logit.separators(y, np.column_stack([x, dummy]), ["a", "b", "c", "d"]) == ["d"]
    # Two dummies that do it only together.
    one, two = rng.integers(0, 2, size=(2, 80)).astype(float)
    y[(one == 1) & (two == 1)] = 1.0
    y[(one == 0) & (two == 0)] = 0.0
    assert set(logit.separators(y, np.column_stack([one, two]), ["one", "two"])) == {"one", "two"}


@pytest.mark.parametrize("seed", range(20))
def test_overlapping_units_are_not_called_separated(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 4))
    y = (rng.random(60) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(float)
    assert logit.separators(y, x, list("abcd")) == []
    assert np.abs(logit.fit(y, x, list("abcd")).params).max() < 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "province"}, "unit 'province' is unknown; write one of city, city_year"),
        ({"method": "radius"}, "method 'radius' is unknown"),
        ({"kernel": "normal"}, "kernel 'normal' is unknown"),
        ({"scale": "odds"}, "scale 'odds' is unknown"),
        ({"common_support": "trim"}, "common_support 'trim' is unknown"),
        ({"regression": "ols"}, "regression 'ols' is unknown"),
        ({"covariates": []}, "no covariate to match on"),
        ({"covariates": ["income", "wealth"]}, "no column wealth"),
        ({"covariates": ["income", "income"]}, "named twice"),
        ({"first_year": "start"}, "no column start"),
        ({"period": "base_year"}, "period 'base_year' is unknown"),
        ({"period": [2012, 2010]}, "must be a first and a last year"),
        ({"period": [1990, 1991]}, "no value in 1990 to 1991: income in 150"),
        ({"bandwidth": 0}, "bandwidth must be above zero, not 0"),
        ({"caliper": -1.0}, "caliper must be above zero"),
        ({"neighbours": 1.5}, "neighbours must be a whole number"),
        ({"method": "nearest", "ties": True, "replacement": False}, "only with replacement"),
        ({"method": "nearest", "caliper": 1e-15}, "no treated unit finds a control: the treated lie at"),
        ({"outcome": "z"}, "no column z"),
    ],
    ids=str,
)
def test_options_out_of_range_are_refused(panel, options, message):
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


def test_scores_without_overlap_have_no_support():
    score, treated = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    with pytest.raises(EstimationError, match=r"the treated lie at 0.8 to 0.9, the controls at 0.1 to 0.2"):
        matching.match(score, treated)


def test_a_treatment_that_the_matched_sample_lacks_is_named(panel):
    with pytest.raises(EstimationError, match="spec 'psm, matched sample': treatment 'policy' never holds"):
        matching.fit(panel.assign(policy=0), **SPEC)


def test_gaps_of_matched_city_years_are_named(panel):
    gap = panel.assign(density=panel["density"].mask(panel["year"] == 2011))
    with pytest.raises(
        EstimationError, match=r"no value in the sample: density in 150 \(first 110000 2011\)"
    ):
        matching.fit(gap, **SPEC, unit="city_year")
