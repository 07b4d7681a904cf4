"""Estimators of staggered adoption: properties, effects that they recover, errors."""

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian.errors import EstimationError
from nianjian.estimators import twfe
from nianjian.estimators.staggered import fits
from nianjian.estimators.staggered.effects import multiplier_critical

METHODS = {
    "callaway_santanna": lambda frame, own: fits.callaway_santanna(frame, own, control="not_yet"),
    "imputation": fits.impute,
    "two_stage": fits.two_stage,
    "sun_abraham": fits.sun_abraham,
    "stacked": fits.stack,
    "etwfe": fits.extended,
    "dcdh": fits.dcdh,
}


def setting(**own) -> fits.Setting:
    return fits.Setting(
        **{"outcome": "y", "first_year": "first", "draws": 199, "study": "demo", "spec": "one"} | own
    )


def panel(
    seed=0, *, cities=60, years=9, cohorts=(2004, 2006, np.nan), effect=lambda g, k: 1.0 + k, noise=1.0
):
    """Cities adopt in turn; x moves the outcome, w is a weight, zone is coarser than the city."""
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(2001, 2001 + years), cities)
    first = np.array(cohorts, dtype=float)[np.arange(cities) % len(cohorts)][city]
    k = year - first
    x = rng.normal(size=cities * years)
    base = rng.normal(size=cities)[city] + 0.3 * (year - 2001) + 0.5 * x
    y = base + noise * rng.normal(size=len(city)) + np.where(k >= 0, effect(first, np.maximum(k, 0)), 0.0)
    z = rng.normal(size=cities)[city]
    return pd.DataFrame(
        {
            "city": city,
            "year": year,
            "first": first,
            "y": y,
            "x": x,
            "z": z,
            "w": rng.uniform(0.5, 2, size=cities)[city],
            "zone": city // 5,
            "treated": (k >= 0).astype(float),
        }
    )


@pytest.mark.parametrize("method", METHODS)
def test_adding_effects_of_cities_and_years_changes_nothing(method):
    frame = panel()
    shifted = frame.assign(y=frame["y"] + 100 * np.sin(frame["city"]) + 7 * (frame["year"] - 2001) ** 2)
    one, other = (METHODS[method](each, setting()) for each in (frame, shifted))
    assert one.events.at == other.events.at
    np.testing.assert_allclose(one.events.params, other.events.params, atol=1e-10)
    np.testing.assert_allclose(one.events.vcov, other.events.vcov, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(one.att, other.att, rtol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_and_scale_of_weights_change_nothing(method):
    frame = panel()
    turned = frame.sample(frac=1, random_state=1).assign(w=10 * frame["w"])
    one, other = (METHODS[method](each, setting(weights="w")) for each in (frame, turned))
    np.testing.assert_allclose(one.events.params, other.events.params, rtol=1e-9)
    np.testing.assert_allclose(one.events.vcov, other.events.vcov, rtol=1e-8, atol=1e-15)
    assert one.events.critical == pytest.approx(other.events.critical)


@pytest.mark.parametrize("method", METHODS)
def test_integer_weights_are_repeated_cities(method):
    frame = panel(cities=24)
    count = 1 + frame["city"] % 2
    repeated = frame.loc[frame.index.repeat(count)].copy()
    copy = repeated.groupby(["city", "year"]).cumcount()
    repeated["zone"] = repeated["city"]
    repeated["city"] = repeated["city"] * 10 + copy
    weighted = frame.assign(w=count.astype(float), zone=frame["city"])
    one = METHODS[method](weighted, setting(weights="w", cluster="zone"))
    other = METHODS[method](repeated, setting(cluster="zone"))
    np.testing.assert_allclose(one.events.params, other.events.params, rtol=1e-9, atol=1e-12)
    # The factor of regressions counts rows; imputation weighs the effects within a cohort by v squared, city by city.
    if method not in ("sun_abraham", "stacked", "etwfe", "imputation"):
        np.testing.assert_allclose(one.events.std_errors, other.events.std_errors, rtol=1e-9)


@pytest.mark.parametrize("never", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_recovers_effects_that_grow_where_two_way_has_the_wrong_sign(method, never):
    """40 cities, cohorts 3 and 7, effects 1, 2, 3, …: two-way says −1/6."""
    rows = [(c, year, 3.0 if c < 20 else 7.0) for c in range(40) for year in range(1, 11)]
    frame = pd.DataFrame(rows, columns=["city", "year", "first"])
    k = frame["year"] - frame["first"]
    frame = frame.assign(y=np.maximum(k + 1, 0.0), treated=(k >= 0).astype(float))
    static = twfe.fit(frame, outcome="y", regressors=["treated"], absorb=["city", "year"], cluster="city")
    assert static.params[0] == pytest.approx(-1 / 6)
    assert frame.loc[k >= 0, "y"].mean() == pytest.approx(3.8333333)
    if never:
        extra = frame[frame["city"] < 20].assign(
            city=lambda d: d["city"] + 100, first=np.nan, y=0.0, treated=0.0
        )
        frame = pd.concat([frame, extra], ignore_index=True)
    window = (-2, 3) if method in ("stacked",) and never else None
    fit = METHODS[method](frame, setting(window=window, bands="pointwise"))
    after = [k for k in fit.events.at if k >= 0]
    np.testing.assert_allclose([fit.event(k)[0] for k in after], [k + 1 for k in after], atol=1e-9)
    before = [k for k in fit.events.at if k < 0]
    np.testing.assert_allclose([fit.event(k)[0] for k in before], 0, atol=1e-9)
    # Without cities never treated only the years before the last cohort's treatment say anything: 1, 2, 3, 4.
    if method != "stacked":
        truth = 2.5 if not never else 23 / 6
        assert fit.att[0] == pytest.approx(truth, abs=1e-9)


def test_imputation_and_two_stage_share_points():
    frame = panel()
    one, other = (METHODS[name](frame, setting(controls=["x"])) for name in ("imputation", "two_stage"))
    assert one.att[0] == pytest.approx(other.att[0], rel=1e-12)
    for k in (0, 1, 2, 3):
        assert one.event(k)[0] == pytest.approx(other.event(k)[0], rel=1e-10)


def test_intertemporal_effects_are_those_of_callaway_santanna_not_yet_treated():
    frame = panel(cohorts=(2004, 2006, 2007, np.nan))
    one, other = (METHODS[name](frame, setting()) for name in ("dcdh", "callaway_santanna"))
    for k in (0, 1, 2, 3):
        assert one.event(k)[0] == pytest.approx(other.event(k)[0], rel=1e-10)


def test_saturated_event_study_is_callaway_santanna_never_treated_with_a_universal_base():
    frame = panel()
    one = fits.sun_abraham(frame, setting())
    other = fits.callaway_santanna(frame, setting(), control="never", base="universal")
    np.testing.assert_allclose(one.events.params, other.events.params, atol=1e-10)


def test_extended_effects_are_those_of_imputation():
    frame = panel()
    one, other = (METHODS[name](frame, setting()) for name in ("etwfe", "imputation"))
    assert one.att[0] == pytest.approx(other.att[0], rel=1e-10)
    city = fits.extended(frame, setting(), level="city")
    cohort = fits.extended(frame, setting(), level="cohort")
    np.testing.assert_allclose(city.events.params, cohort.events.params, rtol=1e-9)


def test_corrected_weights_give_the_same_points_with_effects_of_cities_and_of_groups():
    frame = panel(cohorts=(2004, 2005, 2006, 2008, np.nan), cities=100)
    own = setting(window=(-2, 1))
    one, other = (fits.stack(frame, own, level=level) for level in ("city", "group"))
    np.testing.assert_allclose(one.events.params, other.events.params, rtol=1e-9, atol=1e-12)
    assert one.events.at == (-2, 0, 1)


def test_one_cohort_is_the_simple_difference_of_differences():
    frame = panel(cohorts=(2005, np.nan), cities=20)
    means = (
        frame.assign(post=frame["year"] >= 2005, own=frame["first"].notna())
        .groupby(["own", "post"])["y"]
        .mean()
    )
    simple = means[True, True] - means[True, False] - means[False, True] + means[False, False]
    for method in ("imputation", "two_stage", "etwfe"):
        assert METHODS[method](frame, setting()).att[0] == pytest.approx(simple, rel=1e-10)


@pytest.mark.parametrize(
    "method", ["callaway_santanna", "imputation", "two_stage", "sun_abraham", "stacked", "etwfe"]
)
def test_anticipation_moves_the_base(method):
    """Cities answer one year ahead: only with anticipation is the effect right."""
    frame = panel(cohorts=(2005, 2007, np.nan), noise=0.0)
    ahead = frame["year"] == frame["first"] - 1
    frame = frame.assign(y=frame["y"] - 0.5 * frame["x"] + 2.0 * ahead)
    fit = METHODS[method](frame, setting(anticipation=1, window=(-3, 1) if method == "stacked" else None))
    for k in (0, 1):
        assert fit.event(k)[0] == pytest.approx(1.0 + k, abs=1e-9)
    assert METHODS[method](frame, setting()).event(0)[0] < 0.9
    if -1 in fit.events.at:
        assert fit.event(-1)[0] == pytest.approx(2.0, abs=1e-9)


def test_covariates_mend_trends_that_depend_on_them():
    frame = panel(noise=0.01, cities=300)
    drift = 0.3 * frame["z"] * (frame["year"] - 2001)
    tilted = np.where(frame["first"].notna(), 0.8, 0.0) + frame["z"]
    frame = frame.assign(
        z=tilted,
        y=frame["y"] - 0.5 * frame["x"] + drift + 0.3 * (tilted - frame["z"]) * (frame["year"] - 2001),
    )
    truth = (1 + frame["year"] - frame["first"])[frame["treated"] == 1].mean()
    assert abs(METHODS["callaway_santanna"](frame, setting()).att[0] - truth) > 0.3
    for way in ("dr", "dr_improved", "reg", "ipw"):
        fit = fits.callaway_santanna(frame, setting(controls=["z"]), method=way)
        assert fit.att[0] == pytest.approx(truth, abs=0.15 if way == "ipw" else 0.02), way
    assert fits.extended(frame, setting(controls=["z"])).att[0] == pytest.approx(truth, abs=0.02)


def test_unbalanced_panels():
    whole = panel(cities=90)
    rng = np.random.default_rng(3)
    gaps = whole[rng.random(len(whole)) > 0.05]
    found = {
        way: fits.callaway_santanna(gaps, setting(), unbalanced=way)
        for way in ("pairs", "drop", "cross_sections")
    }
    complete = gaps.groupby("city")["year"].transform("size") == whole["year"].nunique()
    alone = fits.callaway_santanna(gaps[complete], setting())
    np.testing.assert_allclose(found["drop"].events.params, alone.events.params, rtol=1e-12)
    full = fits.callaway_santanna(whole, setting())
    for way, fit in found.items():
        assert fit.att[0] == pytest.approx(full.att[0], abs=0.5), way
    # In a complete panel two samples have the same points, and larger errors.
    two = fits.callaway_santanna(whole, setting(), unbalanced="cross_sections")
    np.testing.assert_allclose(two.events.params, full.events.params, rtol=1e-12)
    for method in METHODS:
        assert np.isfinite(METHODS[method](gaps, setting(window=(-2, 2))).events.params).all()


def test_cross_sections_are_used_in_unbalanced_panels_with_every_method():
    gaps = panel(cities=90).drop(index=[3, 40, 77, 200, 301])
    for way in ("dr", "dr_improved", "reg", "ipw"):
        fit = fits.callaway_santanna(gaps, setting(controls=["z"]), method=way, unbalanced="cross_sections")
        assert np.isfinite(fit.att).all()


def test_balance_keeps_the_same_cohorts_behind_each_event_time():
    frame = panel(cohorts=(2004, 2006, 2008, np.nan), effect=lambda g, k: g - 2000.0, noise=0.0)
    frame = frame.assign(y=frame["y"] - 0.5 * frame["x"])
    fit = fits.callaway_santanna(frame, setting(), balance=3)
    after = {k: fit.event(k)[0] for k in fit.events.at if k >= 0}
    assert sorted(after) == [0, 1, 2, 3]
    np.testing.assert_allclose(list(after.values()), 5.0, atol=1e-9)  # cohorts 2004 and 2006


def test_cohorts_of_few_cities_always_treated_and_without_base_are_left_out_and_said():
    frame = panel(cohorts=(2004, 2006, np.nan))
    frame.loc[frame["city"] == 2, "first"] = 2007  # one city
    frame.loc[frame["city"] == 5, "first"] = 1990  # always
    frame.loc[frame["city"].isin([8, 11]), "first"] = 2003  # not seen in 2002
    frame = frame[~(frame["city"].isin([8, 11]) & (frame["year"] == 2002))]
    fit = fits.sun_abraham(frame, setting(smallest_cohort=2))
    assert fit.left_out == {("always_treated", 1990): 1, ("small_cohort", 2007): 1, ("no_base", 2003): 2}
    rows = fit.tidy("demo", "one")
    said = rows[rows["term"] == "left_out"].set_index(["group", "other"])["estimate"].to_dict()
    assert said == {("always_treated", "1990"): 1.0, ("small_cohort", "2007"): 1.0, ("no_base", "2003"): 2.0}
    assert {2003, 2007} & set(fits.impute(frame, setting(smallest_cohort=2)).cohorts.at) == {2003}


def test_cities_treated_after_the_last_year_are_never_treated():
    frame = panel()
    later = frame.assign(first=frame["first"].fillna(2050))
    for method, fit in METHODS.items():
        np.testing.assert_allclose(fit(frame, setting()).att, fit(later, setting()).att, err_msg=method)


def test_rows_of_the_schema():
    fit = fits.callaway_santanna(panel(), setting(treatment="did"), base="universal")
    table = fit.tidy("demo", "one")
    rows = addressed(table)
    assert rows.loc[("effect", "att"), "estimate"] == fit.att[0]
    pointwise, band = rows.loc[("coefficient", "event[0]")], rows.loc[("effect", "event[0]")]
    assert band["conf_high"] - band["estimate"] > pointwise["conf_high"] - pointwise["estimate"]
    assert rows.loc[("fit", "base_period"), "estimate"] == -1
    assert ("coefficient", "event[-1]") not in rows.index
    for name in (
        "cohort[2004]",
        "calendar[2006]",
        "cohort[2004]:event[2]",
        "mean_cohort",
        "mean_year",
        "mean_post",
    ):
        assert np.isfinite(rows.loc[("effect", name), "std_error"])
    assert set(table["variable"].dropna()) == {"did"}
    assert 0 < rows.loc[("test", "pretrend"), "p_value"] <= 1


def test_bands_are_seeded_and_wider_than_pointwise_intervals():
    frame = panel()
    one, same = (fits.impute(frame, setting()) for _ in range(2))
    assert one.events.critical == same.events.critical > 1.96
    assert fits.impute(frame, setting(seed=1)).events.critical != one.events.critical
    assert fits.impute(frame, setting(bands="pointwise")).events.critical == pytest.approx(1.959964, abs=1e-6)


def test_multiplier_bootstrap_approaches_the_band_of_independent_normals():
    rng = np.random.default_rng(0)
    psi = rng.normal(size=(400, 5)) / 400
    critical = multiplier_critical(psi, 20_000, np.random.default_rng(1))
    assert critical == pytest.approx(2.569, abs=0.05)  # (1 + .95 ** (1 / 5)) / 2 quantile
    assert multiplier_critical(psi[:, :1], 100, rng) == pytest.approx(1.959964, abs=1e-6)
    assert np.isnan(multiplier_critical(np.zeros((10, 2)), 100, rng))


def test_coarser_clusters():
    frame = panel()
    for method, fit in METHODS.items():
        city, zone = fit(frame, setting()), fit(frame, setting(cluster="zone"))
        np.testing.assert_allclose(city.events.params, zone.events.params, err_msg=method)
        assert not np.allclose(city.events.std_errors, zone.events.std_errors)
        assert zone.counts["clusters"] == 12


def test_imputation_leaves_out_what_untreated_rows_do_not_identify():
    frame = panel(cohorts=(2004, 2006))
    fit = fits.impute(frame, setting())
    assert set(fit.years.at) == {2004, 2005}
    assert {year for _, year in fit.missing} == {2006, 2007, 2008, 2009}
    absorbed = panel().assign(province=lambda d: d["city"] % 2)
    wide = fits.impute(absorbed, setting(), absorb=["city", "province#year"])
    assert np.isfinite(wide.att).all()


@pytest.mark.parametrize("trends", [True, False])
def test_trends_of_the_cities(trends):
    frame = panel(noise=0.0)
    frame = frame.assign(
        y=frame["y"] - 0.5 * frame["x"] + 0.4 * (frame["year"] - 2001) * frame["first"].notna()
    )
    fit = fits.dcdh(frame, setting(window=(-2, 2)), city_trends=trends)
    right = all(abs(fit.event(k)[0] - (k + 1)) < 1e-9 for k in (0, 1, 2))
    assert right == trends
    assert ("att" in fit.overall) == (not trends)


def test_poisson_recovers_a_ratio():
    rng = np.random.default_rng(0)
    frame = panel(cities=300, noise=0.0)
    mean = np.exp(0.5 * np.sin(frame["first"].fillna(0)) + 0.1 * (frame["year"] - 2001) + 1)
    frame = frame.assign(y=rng.poisson(mean * np.where(frame["treated"] == 1, 1.5, 1.0)).astype(float))
    fit = fits.extended(frame, setting(), family="poisson")
    truth = (0.5 * mean)[frame["treated"] == 1].mean()
    assert abs(fit.att[0] - truth) < 3 * np.sqrt(fit.att[1])
    with pytest.raises(EstimationError, match="needs numbers >= 0"):
        fits.extended(frame.assign(y=-1.0 * frame["y"]), setting(), family="poisson")


ERRORS = {
    "nobody": (lambda f: f.assign(first=np.nan), {}, "nobody is treated"),
    "always": (
        lambda f: f[f["year"] >= f["first"].fillna(0)].dropna(),
        {},
        "nobody is observed before treatment",
    ),
    "small": (
        lambda f: f.assign(first=f["first"].where(f["city"] == 0)),
        {"smallest_cohort": 2},
        "smallest_cohort",
    ),
    "two clusters": (lambda f: f, {"cluster": ["city", "zone"]}, "clustered in one way"),
    "missing": (lambda f: f.assign(y=f["y"].where(f["city"] > 0)), {}, "missing or infinite"),
    "text": (lambda f: f.assign(y="a"), {}, "not numeric"),
    "column": (lambda f: f.drop(columns="first"), {}, "no column first"),
    "several": (lambda f: f.assign(first=f["year"].astype(float)), {}, "several values"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_all_methods(method, name):
    change, own, told = ERRORS[name]
    with pytest.raises(EstimationError, match=told):
        METHODS[method](change(panel()), setting(**own))


def test_without_cities_never_treated():
    frame = panel(cohorts=(2004, 2006))
    for fit in (
        lambda: fits.callaway_santanna(frame, setting(), control="never"),
        lambda: fits.extended(frame, setting(), control="never"),
    ):
        with pytest.raises(EstimationError, match="control_group: not_yet"):
            fit()
    with pytest.raises(EstimationError, match="clean controls"):
        fits.stack(frame, setting(), control="never")
    for method in ("callaway_santanna", "imputation", "two_stage", "sun_abraham", "etwfe", "dcdh"):
        assert np.isfinite(METHODS[method](frame, setting()).att).all(), method


@pytest.mark.parametrize("method", METHODS)
def test_one_cohort_and_nobody_else_is_refused(method):
    with pytest.raises(EstimationError, match=r"control|never treated|not treated yet|identified"):
        METHODS[method](panel(cohorts=(2005,)), setting())


def test_errors_of_one_method():
    frame = panel()
    with pytest.raises(EstimationError, match="changes within a city"):
        fits.impute(frame.assign(zone=frame["year"]), setting(cluster="zone"))
    with pytest.raises(EstimationError, match="has a slope"):
        fits.two_stage(frame, setting(), absorb=["city[year]", "year"])
    with pytest.raises(EstimationError, match="city is not among them"):
        fits.impute(frame, setting(), absorb=["year"])
    with pytest.raises(EstimationError, match="no cohort has the years"):
        fits.stack(frame, setting(window=(-9, 3)))
    with pytest.raises(EstimationError, match="not in the window"):
        fits.stack(frame, setting(window=(-1, 1), anticipation=1))
    with pytest.raises(EstimationError, match="no event time is left"):
        fits.callaway_santanna(frame, setting(), balance=30)
