"""Event studies: known effects, bands, cohorts, properties, errors."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from estimate_rows import addressed
from nianjian import estimates
from nianjian.errors import EstimationError
from nianjian.estimators import event_study, twfe

MODEL = {"outcome": "y", "first_year": "first", "window": [-4, 5], "controls": ["a"], "spec": "dynamics"}
COHORTS = {**MODEL, "method": "interaction_weighted"}


def simulate(cities=60, years=14, seed=0, present=0.97, effect=lambda k, g: 0.3 * (k + 1), first=None):
    """Staggered treatment; ``effect`` of event time and first year, autocorrelated errors."""
    rng = np.random.default_rng(seed)
    if first is None:
        first = np.array([np.nan, 2008, 2010, 2011])[np.arange(cities) % 4]
    city, year = np.repeat(np.arange(cities), years), 2003 + np.tile(np.arange(years), cities)
    frame = pd.DataFrame({"city": city, "year": year, "first": first[city], "province": city % 9})
    k = year - frame["first"]
    level = rng.normal(size=cities)[city]
    frame["a"] = level + rng.normal(size=len(frame))
    noise = 0.2 * rng.normal(size=(cities, years)).cumsum(axis=1).ravel() + 0.2 * rng.normal(size=len(frame))
    frame["y"] = np.where(k >= 0, effect(k, frame["first"]), 0) + frame["a"] + level + 0.1 * year + noise
    frame["w"] = 0.5 + rng.random(len(frame))
    return frame[(rng.random(len(frame)) < present) | (k == -1)].reset_index(drop=True)


@pytest.fixture(scope="module")
def panel():
    return simulate()


@pytest.fixture(scope="module")
def fit(panel):
    return event_study.fit(panel, **MODEL)


def rows_of(fit):
    return addressed(fit.tidy("s", "dynamics"))


@pytest.mark.parametrize("method", ["twfe", "interaction_weighted"])
def test_recovers_a_known_path(method):
    # Constant beyond the window's end, so that the bin is right for both.
    panel = simulate(cities=280, seed=2, effect=lambda k, g: 0.3 * (np.minimum(k, 4) + 1))
    panel = panel[panel["year"] - panel["first"].fillna(9999) < 5]
    fit = event_study.fit(panel, **{**MODEL, "window": [-4, 4], "method": method})
    truth = np.where(fit.times >= 0, 0.3 * (fit.times + 1), 0)
    assert (np.abs(fit.params - truth) < 3.5 * fit.std_errors).all() and fit.std_errors.max() < 0.1
    rows = rows_of(fit)
    assert rows.loc[("test", "pretrend"), "p_value"] > 0.01
    assert rows.loc[("test", "posttrend"), "p_value"] < 1e-10
    assert rows.loc[("effect", "mean_post"), "estimate"] == pytest.approx(0.9, abs=0.1)


def test_cohorts_with_different_paths_mislead_two_way_effects_only():
    first = np.array([2006, 2010])[np.arange(60) % 2].astype(float)
    first[:6] = np.nan

    def effect(k, g):
        return np.where(g == 2006, 1.0 * (k + 1), 0.0)

    panel = simulate(effect=effect, first=first, seed=3, present=1.0)
    options = {**COHORTS, "window": [-3, 3], "outside": "omit"}
    robust = event_study.fit(panel, **options)
    plain = event_study.fit(panel, **{**options, "method": "twfe"})
    truth = np.where(robust.times >= 0, 0.5 * (robust.times + 1), 0)
    assert np.abs(robust.params - truth).max() < 0.4
    assert np.abs(plain.params - truth).max() > 0.8
    for (cohort, time), (estimate, variance) in robust.cohort_effects.items():
        if time >= 0 and cohort == 2010:
            assert abs(estimate) < 4 * np.sqrt(variance) + 0.3


def test_a_window_over_all_event_times_is_the_regression_on_all_dummies(panel):
    k = panel["year"] - panel["first"]
    times = sorted(set(k.dropna()) - {-1})
    dummies = {f"d{t:g}": (k == t).astype(float) for t in times}
    known = twfe.fit(
        panel.assign(**dummies),
        outcome="y",
        regressors=[*dummies, "a"],
        absorb=["city", "year"],
        cluster="city",
    )
    fit = event_study.fit(panel, **{**MODEL, "window": [int(min(times)), int(max(times))]})
    assert fit.names == tuple(f"event[{t:g}]" for t in times)
    q = len(times)
    np.testing.assert_allclose(fit.params, known.params[:q], rtol=1e-10)
    np.testing.assert_allclose(fit.vcov, known.vcov[:q, :q], rtol=1e-9)
    # Joint tests by hand.
    leads = np.array(times) < 0
    b, v = known.params[:q][leads], known.vcov[:q, :q][np.ix_(leads, leads)]
    f = b @ np.linalg.inv(v) @ b / leads.sum()
    row = rows_of(fit).loc[("test", "pretrend")]
    assert row["statistic"] == pytest.approx(f, rel=1e-8)
    assert row["p_value"] == pytest.approx(f_distribution.sf(f, leads.sum(), 59), rel=1e-6)


def test_one_cohort_makes_both_methods_one():
    panel = simulate(first=np.where(np.arange(40) % 2, 2009.0, np.nan), cities=40)
    options = {"window": [-6, 7], "spec": "one"}
    plain = event_study.fit(panel, **{**MODEL, **options})
    robust = event_study.fit(panel, **{**COHORTS, **options})
    np.testing.assert_allclose(robust.params, plain.params, rtol=1e-9)
    np.testing.assert_allclose(robust.vcov, plain.vcov, rtol=1e-8)


def test_bins_hold_what_lies_beyond_the_window(panel, fit):
    assert fit.names[0] == "event[<=-4]" and fit.names[-1] == "event[>=5]" and len(fit.names) == 9
    assert fit.terms == ("event_until", *["event"] * 7, "event_from")
    k = panel["year"] - panel["first"]
    assert fit.counts["outside_window"] == ((k < -4) | (k > 5)).sum() > 0
    short = panel[~((k < -4) | (k > 5))]
    plain = event_study.fit(short, **MODEL)
    assert plain.names[0] == "event[-4]" and plain.names[-1] == "event[5]"
    # Effects that go on growing pull the omitted reference up, and all coefficients down.
    omitted = event_study.fit(panel, **{**MODEL, "outside": "omit"})
    assert omitted.terms == plain.terms
    assert omitted.params[omitted.times == 2] < fit.params[fit.times == 2] - 0.2


def test_cohort_cells_do_not_depend_on_the_window(panel):
    wide = event_study.fit(panel, **COHORTS)
    narrow = event_study.fit(panel, **{**COHORTS, "window": [-2, 2], "outside": "omit"})
    assert wide.cohort_effects == narrow.cohort_effects and wide.att == narrow.att
    np.testing.assert_allclose(narrow.params, wide.params[np.isin(wide.times, narrow.times)])


def test_the_average_is_the_mean_of_the_lags_with_its_error(fit):
    row = rows_of(fit).loc[("effect", "mean_post")]
    lags = fit.times >= 0
    assert row["estimate"] == pytest.approx(fit.params[lags].mean())
    assert row["std_error"] == pytest.approx(np.sqrt(fit.vcov[np.ix_(lags, lags)].mean()))


def test_weights_are_used(panel):
    same = event_study.fit(panel.assign(w=3.0), **COHORTS, weights="w")
    plain = event_study.fit(panel, **COHORTS)
    np.testing.assert_allclose(same.params, plain.params, rtol=1e-9)
    other = event_study.fit(panel, **COHORTS, weights="w")
    assert np.abs(other.params / plain.params - 1).max() > 1e-3
    # A cohort's share is that of its weights.
    now = panel[panel["year"] == panel["first"]].groupby("first")["w"].sum()
    by_hand = sum(other.cohort_effects[(int(g), 0)][0] * w for g, w in now.items()) / now.sum()
    assert other.params[other.times == 0] == pytest.approx(by_hand)


def test_sup_t_lies_between_one_interval_and_bonferroni(fit):
    pointwise, q = t_distribution.ppf(0.975, 59), len(fit.terms)
    assert pointwise < fit.critical < t_distribution.ppf(1 - 0.025 / q, 59)
    rows = rows_of(fit)
    band, interval = rows.loc[("effect", "event[2]")], rows.loc[("coefficient", "event[2]")]
    assert band["conf_low"] < interval["conf_low"] < interval["conf_high"] < band["conf_high"]
    half = (band["conf_high"] - band["conf_low"]) / 2
    assert half == pytest.approx(fit.critical * band["std_error"])
    assert rows.loc[("fit", "sup_t_critical"), "estimate"] == fit.critical


def test_the_band_covers_the_whole_path_as_often_as_it_says():
    hits = 0
    for seed in range(80):
        panel = simulate(
            cities=40, years=8, seed=300 + seed, first=np.where(np.arange(40) % 2, 2007.0, np.nan)
        )
        fit = event_study.fit(panel, **{**MODEL, "window": [-4, 3], "controls": []})
        truth = np.where(fit.times >= 0, 0.3 * (fit.times + 1), 0)
        hits += (np.abs(fit.params - truth) <= fit.critical * fit.std_errors).all()
    assert 69 <= hits <= 80  # 76 are expected; pointwise intervals cover the path far less often


def test_the_same_names_give_the_same_band_and_others_another(panel, fit):
    assert event_study.fit(panel.sample(frac=1, random_state=1), **MODEL).critical == fit.critical
    assert event_study.fit(panel, **{**MODEL, "spec": "other"}).critical != fit.critical


@pytest.mark.parametrize("model", [MODEL, COHORTS])
def test_order_and_names_of_cities_change_nothing(panel, model):
    fit = event_study.fit(panel, **model)
    other = panel.assign(city="c" + panel["city"].mul(37).mod(101).astype(str)).sample(frac=1, random_state=2)
    again = event_study.fit(other, **model)
    np.testing.assert_allclose(again.params, fit.params, rtol=1e-9)
    np.testing.assert_allclose(again.vcov, fit.vcov, rtol=1e-8, atol=1e-14)


def test_without_never_treated_it_says_so(panel, caplog):
    treated = panel[panel["first"].notna()]
    fit = event_study.fit(treated, **MODEL)
    assert fit.counts["never_treated_units"] == 0 and "no city is never treated" in caplog.text
    assert rows_of(fit).loc[("fit", "never_treated_units"), "estimate"] == 0
    robust = event_study.fit(treated, **COHORTS)
    # The last cohort is the control, until its own treatment.
    assert {cohort for cohort, _ in robust.cohort_effects} == {2008, 2010}
    assert robust.regression.nobs == (treated["year"] < 2011).sum()
    assert robust.times.max() == 2


def test_cities_always_treated_are_counted_and_left_out_by_cohort(panel):
    early = panel.assign(first=panel["first"].where(panel["city"] % 10 > 0, 2001))
    fit, robust = event_study.fit(early, **MODEL), event_study.fit(early, **COHORTS)
    assert fit.counts["always_treated_units"] == 6 and fit.regression.nobs == len(early)
    assert robust.regression.nobs == (early["first"] != 2001).sum()


@pytest.mark.parametrize("model", [MODEL, COHORTS])
def test_cities_treated_after_the_last_year_are_never_treated(panel, model):
    later = panel.assign(first=panel["first"].fillna(2017))
    fit, known = event_study.fit(later, **model), event_study.fit(panel, **model)
    np.testing.assert_array_equal(fit.params, known.params)
    assert fit.counts["later_treated_units"] == fit.counts["never_treated_units"] == 15
    assert known.counts["later_treated_units"] == 0


def test_one_treated_cluster_is_flagged(panel, caplog):
    one = panel.assign(first=panel["first"].where(panel["city"] == 5))
    fit = event_study.fit(one, **MODEL)
    assert fit.counts["treated_clusters"] == fit.counts["treated_units"] == 1
    assert "only one city is treated" in caplog.text


def test_event_times_nobody_is_observed_at_are_listed(panel):
    k = panel["year"] - panel["first"]
    fit = event_study.fit(panel[k != 2], **{**MODEL, "window": [-9, 8]})
    assert fit.absent == (-9, 2)
    row = rows_of(fit).loc[("fit", "absent[2]")]
    assert row["estimate"] == 0 and row["event_time"] == 2


def test_a_control_collinear_with_an_event_time_goes_and_not_the_event_time(panel):
    frame = panel.assign(a=((panel["year"] - panel["first"]) == 2).astype(float))
    fit = event_study.fit(frame, **MODEL)
    assert fit.regression.dropped == {"a": "collinear with event[2]"} and "event[2]" in fit.names


@pytest.mark.parametrize("model", [MODEL, COHORTS])
def test_tidy_has_the_schema_of_estimates(panel, model, tmp_path):
    fit = event_study.fit(panel, **model, treatment="policy")
    estimates.write(fit.tidy("s", "dynamics"), tmp_path / "e.parquet")
    rows = rows_of(fit)
    first = rows.loc[("coefficient", "event[<=-4]")]
    assert (first["term"], first["event_time"], first["variable"]) == ("event_until", -4, "policy")
    assert rows.loc[("coefficient", "event[0]"), "df"] == 59
    assert rows.loc[("fit", "base_period"), "estimate"] == -1
    assert rows.loc[("fit", "pretrend_terms"), "estimate"] == 3
    assert (
        rows.loc[("fit", "treated_units"), "estimate"] == 45 and rows.loc[("fit", "cohorts"), "estimate"] == 3
    )
    assert ("coefficient", "a") in rows.index and ("coefficient", "event[-1]") not in rows.index
    assert (("effect", "att") in rows.index) == (model is COHORTS)
    assert (("effect", "cohort[2010]:event[1]") in rows.index) == (model is COHORTS)
    if model is COHORTS:
        assert rows.loc[("effect", "cohort[2010]:event[1]"), "group"] == "2010"


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f, {"first_year": "start"}, "no column start"),
        (lambda f: f.assign(first="2008"), {}, "'first' must hold years"),
        (lambda f: f.assign(first=f["first"] + 0.5), {}, "'first' must hold whole years"),
        (
            lambda f: f.assign(first=f["first"].where(f["year"] > 2005)),
            {},
            "city 1 has several values of 'first'; a city adopts once",
        ),
        (lambda f: f.assign(first=np.nan), {}, "nobody is treated: 'first' is empty in all"),
        (lambda f: f, {"window": [-30, -20], "base": -21}, "no treated city-year lies in the window"),
        (lambda f: f[f["year"] != f["first"] - 1], {}, "no treated city-year is observed at the base -1"),
        (
            lambda f: f[f["first"].notna()],
            {"window": [-8, 8]},
            "not every event time is identified: .*known up to a linear trend",
        ),
        (
            lambda f: f[~((f["first"] == 2010) & (f["year"] == 2009))],
            {"method": "interaction_weighted"},
            "cohort 2010 is not observed at the base -1",
        ),
        (
            lambda f: f,
            {"method": "interaction_weighted", "base": -4},
            "base -4 is an end bin; with interaction_weighted",
        ),
        (
            lambda f: f[f["first"] == 2008],
            {"method": "interaction_weighted"},
            "no cohort is left beside the control",
        ),
        (lambda f: f.assign(**{"event[0]": 1.0}), {}, r"the sample has columns event\[0\]; rename"),
        (lambda f: f.assign(a=f["a"].where(f["year"] > 2006)), {}, r"missing or infinite .* a \d+"),
        (lambda f: pd.concat([f, f.head(2)]), {}, "2 rows repeat a key"),
    ],
)
def test_errors_say_what_is_wrong(panel, change, options, message):
    with pytest.raises(EstimationError, match=f"spec 'dynamics': .*{message}"):
        event_study.fit(change(panel), **{**MODEL, **options})


def test_an_empty_sample_is_an_error(panel):
    with pytest.raises(EstimationError, match="sample is empty"):
        event_study.fit(panel.head(0), **MODEL)
