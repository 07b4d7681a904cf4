"""Estimators of staggered adoption against the authors' own packages; see README.md."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import small_specs
from nianjian.estimators.staggered import fits

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv", keep_default_na=False, na_values=["", "NA"])
EXPECTED["variant"] = EXPECTED["variant"].fillna("")
SHARED = HERE.parents[2].parent / "shared" / "replication" / "did_references"


@cache
def data(name: str) -> pd.DataFrame:
    """City-years by the names that estimators take."""
    if name == "mpdta":
        frame = pd.read_csv(HERE / "mpdta.csv").rename(columns={"county": "city", "lemp": "y"})
        for year in range(2004, 2008):
            frame[f"lpop_{year}"] = frame["lpop"] * (frame["year"] == year)
        return frame.assign(first=frame["first_treat"].where(frame["first_treat"] > 0))
    frame = pd.read_csv(HERE / "castle.csv").rename(columns={"sid": "city", "l_homicide": "y"})
    first = frame[frame["post"] == 1].groupby("city")["year"].min()
    frame["first"] = frame["city"].map(first)
    if name.startswith("castle_no_never"):
        frame = frame[frame["first"].notna()]
    return frame[frame["year"] < 2010] if name.endswith("_lt2010") else frame


def cases(source: str, *by: str) -> list[tuple[str, ...]]:
    return list(
        EXPECTED.query("source == @source")[["dataset", *by]]
        .drop_duplicates()
        .itertuples(index=False, name=None)
    )


def numbers(fit, *, events="", cohorts="", years="", cells="", **overall) -> dict[str, tuple[float, float]]:
    """Estimates and errors by the names that a package gives them."""
    found = {}
    for pattern, effects in ((events, fit.events), (cohorts, fit.cohorts), (years, fit.years)):
        if pattern and effects is not None:
            for at, estimate, error in zip(effects.at, effects.params, effects.std_errors, strict=True):
                found[pattern.format(at)] = (estimate, error)
    if cells:
        for cell in fit.cells:
            name = cells.format(g=cell.cohort, k=cell.time, t=cell.cohort + cell.time)
            found[name] = (cell.estimate, np.sqrt(cell.variance))
    for term, name in overall.items():
        if term in fit.overall:
            found[name] = (fit.overall[term][0], np.sqrt(fit.overall[term][1]))
    return found


def assert_agrees(
    found: Mapping[str, tuple[float, float]],
    where: str,
    *,
    ours: int | None = None,
    rtol: float = 1e-9,
    error_rtol: float = 1e-9,
    skip: tuple[str, ...] = (),
) -> None:
    """Every expected number is found; base periods and what is missing in the reference have no row here."""
    expected = EXPECTED.query(where)
    expected = expected[expected["estimate"].notna() & ~expected["term"].isin(skip)]
    base = (expected["estimate"] == 0) & expected["std_error"].isna()
    expected = expected[~base].set_index("term")
    assert len(expected) and set(expected.index) <= set(found), set(expected.index) - set(found)
    table = pd.DataFrame(found, index=["estimate", "std_error"]).T.loc[expected.index]
    np.testing.assert_allclose(table["estimate"], expected["estimate"], rtol=rtol, atol=rtol)
    # fixest says 1e-8 where residuals cancel, which is no error.
    known = expected["std_error"] > 1e-7
    np.testing.assert_allclose(
        table["std_error"][known], expected["std_error"][known], rtol=error_rtol, atol=error_rtol * 0.1
    )


def setting(**own) -> fits.Setting:
    return fits.Setting(outcome="y", first_year="first", draws=100, study="golden", **own)


def by_year(covariate: str) -> list[str]:
    if covariate == "lpop by year":
        return [f"lpop_{year}" for year in range(2004, 2008)]
    return [covariate] if covariate else []


OF_DID = {
    "events": "dynamic:{}",
    "cohorts": "group:{}",
    "cells": "ATT({g},{t})",
    "att": "simple:overall",
    "mean_post": "dynamic:overall",
    "mean_cohort": "group:overall",
}
"""What R's did calls its effects."""


@pytest.mark.parametrize(("dataset", "variant"), cases("callaway_santanna", "variant"))
def test_callaway_santanna(dataset, variant):
    control, base, method, covariate, anticipation = variant.split("|")
    fit = fits.callaway_santanna(
        data(dataset),
        setting(controls=by_year(covariate), anticipation=int(anticipation)),
        control=control,
        base=base,
        method=method,
    )
    found = numbers(fit, **OF_DID, years="calendar:{}", mean_year="calendar:overall")
    full_rank = dataset == "mpdta"
    if full_rank:
        found["pretest_W"] = (fit.joint(fit.pretrend)[0], np.nan)
    where = "source == 'callaway_santanna' and dataset == @dataset and variant == @variant"
    assert_agrees(
        found,
        where.replace("@dataset", repr(dataset)).replace("@variant", repr(variant)),
        skip=() if full_rank else ("pretest_W",),
    )


MORE = pd.read_csv(HERE / "did_more.csv")
GROUPS = {"nevertreated": "never", "notyettreated": "not_yet"}


def with_weights_and_gaps(case: str) -> pd.DataFrame:
    """The data of ``more.R``."""
    frame = data("mpdta").assign(w=lambda own: 0.5 + own["city"] % 5 / 2)
    kept = ((frame["city"] * 7 + frame["year"]) % 23 != 0) | (frame["year"] == 2003)
    return frame[kept] if case.startswith("gaps") else frame


@pytest.mark.parametrize(
    ("case", "control", "method"),
    MORE.query("case != 'band'")[["case", "control", "method"]].drop_duplicates().to_numpy().tolist(),
)  # fmt: skip
def test_callaway_santanna_with_weights_gaps_and_anticipation(case, control, method):
    how, covariate = method.split("|")
    fit = fits.callaway_santanna(
        with_weights_and_gaps(case),
        setting(
            controls=[covariate],
            weights="w" if "weights" in case else None,
            anticipation=1 if case == "anticipation" else 0,
        ),
        control=GROUPS[control],
        base="universal" if control == "nevertreated" else "varying",
        method=how,
        unbalanced="cross_sections",
    )
    found = numbers(fit, **OF_DID)
    expected = MORE.query("case == @case and control == @control and method == @method").set_index("term")
    assert set(expected.index) <= set(found)
    table = pd.DataFrame(found, index=["estimate", "std_error"]).T.loc[expected.index]
    # Its logit stops early, at 3e-5 of an error; did 2.1.1 has another error of the mean over cohorts, which later releases mended.
    rtol, error_rtol = (1e-9, 1e-9) if how == "reg" else (2e-7, 5e-5)
    np.testing.assert_allclose(table["estimate"], expected["estimate"], rtol=rtol, atol=rtol * 0.1)
    own = expected.index != "group:overall"
    np.testing.assert_allclose(table["std_error"][own], expected["std_error"][own], rtol=error_rtol)


@pytest.mark.parametrize("control", GROUPS)
def test_the_band_over_event_times_is_as_wide_as_dids(control):
    """Both draw: did with 200,000 multipliers, whose errors are those of quartiles."""
    expected = MORE.query("case == 'band' and control == @control")["estimate"].item()
    own = fits.Setting(outcome="y", first_year="first", draws=20_000, study="golden")
    fit = fits.callaway_santanna(data("mpdta"), own, control=GROUPS[control], base="universal")
    assert fit.events.critical == pytest.approx(expected, rel=0.02)


def at(source: str, dataset: str, variant: str, method: str | None = None) -> str:
    where = f"source == {source!r} and dataset == {dataset!r} and variant == {variant!r}"
    return where if method is None else f"{where} and method == {method!r}"


@pytest.mark.parametrize(("dataset", "method", "variant"), cases("imputation", "method", "variant"))
def test_imputation(dataset, method, variant):
    leads = 3 if method == "horizons_pretrends" else 0
    fit = fits.impute(data(dataset), setting(controls=by_year(variant)), leads=leads)
    found = numbers(fit, events="{}", att="treat")
    exact = 1e-11 if method == "exact_own" else 1e-8
    assert_agrees(found, at("imputation", dataset, variant, method), rtol=exact, error_rtol=1e-7)


@pytest.mark.parametrize(("dataset", "method", "variant"), cases("gardner_did2s", "method", "variant"))
def test_two_stage(dataset, method, variant):
    fit = fits.two_stage(data(dataset), setting(controls=by_year(variant)))
    found = numbers(fit, events="rel::{}", att="D::1")
    assert_agrees(found, at("gardner_did2s", dataset, variant, method), rtol=1e-8, error_rtol=1e-7)


@pytest.mark.parametrize(("dataset", "variant"), cases("sun_abraham", "variant"))
def test_sun_abraham(dataset, variant):
    # Without cities never treated the years before the last cohort are all that we use: no need to cut them.
    whole = dataset.removesuffix("_lt2010")
    fit = fits.sun_abraham(data(whole), setting(controls=by_year(variant)))
    found = numbers(fit, events="year::{}", cohorts="cohort::{}", cells="year::{k}:cohort::{g}", att="ATT")
    for name in by_year(variant):
        variable = f"year::{name[-4:]}:lpop" if name.startswith("lpop_") else name
        estimate, variance = fit.regression.estimate(name)
        found[variable] = (estimate, np.sqrt(variance))
    assert_agrees(found, at("sun_abraham", dataset, variant), error_rtol=1e-7)


@pytest.mark.parametrize(("dataset", "method", "variant"), cases("stacked", "method", "variant"))
def test_stacked(dataset, method, variant):
    window = tuple(map(int, variant.split("|")))
    weighting, level = ("equal", "city") if "cengiz" in method else ("corrected", "group")
    fit = fits.stack(data(dataset), setting(window=window), weighting=weighting, level=level)
    found = numbers(fit, events="e::{}:treat", att="treatpost", mean_post="mean_post")
    assert_agrees(found, at("stacked", dataset, variant, method))


UNIDENTIFIED = {
    ("castle", "never|unemployrt"): {"group:2007", "group:2008", "group:2009"},
    ("castle_no_never", "not_yet|unemployrt"): set(),
}
"""Variants in which some cells are not identified, with the terms that are untouched by it."""


@pytest.mark.parametrize(("dataset", "method", "variant"), cases("etwfe", "method", "variant"))
def test_etwfe(dataset, method, variant):
    control, covariate = variant.split("|")
    poisson = method == "etwfe_poisson"
    frame = data(dataset)
    if poisson:
        frame = frame.assign(y=np.exp(frame["y"]))
    fit = fits.extended(
        frame,
        setting(controls=by_year(covariate)),
        control=control,
        level="cohort",
        family="poisson" if poisson else "gaussian",
    )
    found = numbers(fit, events="event:{}", cohorts="group:{}", years="calendar:{}", att="simple")
    where = at("etwfe", dataset, variant, method)
    if (dataset, variant) in UNIDENTIFIED:
        assert set(fit.missing.values()) == {"singular"}
        same = UNIDENTIFIED[dataset, variant]
        if not same:
            return
        where += f" and term in {sorted(same)}"
    assert_agrees(found, where, rtol=1e-7 if poisson else 1e-9, error_rtol=5e-4 if poisson else 1e-6)


@pytest.mark.parametrize(("dataset", "variant"), cases("dcdh_dyn", "variant"))
def test_dcdh(dataset, variant):
    effects, placebos, option = variant.split("|")
    own = {
        "normalized": {"normalised": True},
        "same_switchers": {"same_switchers": True},
        "trends_lin": {"city_trends": True},
    }.get(option, {})
    covariates = [option] if option == "unemployrt" else []
    window = (-1 - int(placebos), int(effects) - 1)
    fit = fits.dcdh(data(dataset), setting(controls=covariates, window=window), **own)
    names = {k: f"Effect_{k + 1}" if k >= 0 else f"Placebo_{-1 - k}" for k in fit.events.at}
    found = {names[int(k)]: value for k, value in numbers(fit, events="{}").items()}
    found |= numbers(fit, att="Av_tot_eff")
    from scipy.stats import chi2

    for term, before in (("p_jointeffects", False), ("p_jointplacebo", True)):
        found[term] = (chi2.sf(*fit.joint(fit.subset(before=before))), np.nan)
    assert_agrees(found, at("dcdh_dyn", dataset, variant))


SAMPLES = ("lalonde_experimental", "lalonde_evaluation_bias_psid")
COVARIATES = ["age", "educ", "black", "married", "nodegree", "hisp", "re74"]


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="the replication folder is not beside the repository")
@pytest.mark.parametrize("sample", SAMPLES)
def test_doubly_robust(sample):
    from nianjian.estimators.staggered import cross_sections, doubly_robust

    frame = pd.read_csv(SHARED / "data" / f"{sample}.csv").query("year in (1975, 1978)")
    expected = pd.read_csv(SHARED / "drdid_balance.csv").query("dataset == @sample").set_index("method")
    early = frame[frame["year"] == 1975].set_index("id")
    late = frame[frame["year"] == 1978].set_index("id").loc[early.index]

    def design(rows):
        return np.column_stack([np.ones(len(rows)), rows[COVARIATES].to_numpy(dtype=float)])

    panel = {
        "dr_improved": "drdid_imp",
        "dr": "drdid_trad",
        "reg": "ordid",
        "ipw": "ipwdid_normalized",
        "ipw_unnormalised": "ipwdid",
    }
    found = {}
    for method, name in panel.items():
        dy = (late["re"] - early["re"]).to_numpy()
        d = early["d"].to_numpy(dtype=float)
        found[name] = doubly_robust.att(method, dy, d, design(early), np.ones(len(d)))
    for method, name in {"dr_improved": "drdid_rc_imp", "dr": "drdid_rc_trad"}.items():
        post, d = (frame["year"] == 1978).to_numpy(dtype=float), frame["d"].to_numpy(dtype=float)
        y = frame["re"].to_numpy()
        found[name] = cross_sections.att(method, y, post, d, design(frame), np.ones(len(d)))
    for name, effect in found.items():
        assert effect.att == pytest.approx(expected.loc[name, "estimate"], rel=1e-9)
        error = np.sqrt(effect.influence @ effect.influence) / len(effect.influence)
        assert error == pytest.approx(expected.loc[name, "std_error"], rel=2e-9)


BLOCK = {"estimator": "callaway_santanna", "outcome": "y", "treatment": "policy", "control_group": "never"}


@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
def test_two_years_and_one_cohort_give_the_cell_of_the_whole_panel(method):
    """A block design as a study declares it: the effect is did's cell of that cohort and year."""
    frame = data("mpdta").query("year >= 2006 and (first == 2007 or first != first)")
    frame = frame.assign(
        first_treated_year=frame["first"], policy=(frame["year"] >= frame["first"]).astype(float)
    )
    rows = small_specs.run(frame, BLOCK | {"controls": ["lpop"], "method": method})
    where = at("callaway_santanna", "mpdta", f"never|varying|{method}|lpop|0", "att_gt")
    known = EXPECTED.query(where).set_index("term").loc["ATT(2007,2007)"]
    estimate, error = known["estimate"], known["std_error"]
    for term in ("att", "mean_post", "event[0]"):
        found = rows.loc[("effect", term)]
        assert found["estimate"] == pytest.approx(estimate, rel=1e-9)
        assert found["std_error"] == pytest.approx(error, rel=1e-9)
    assert rows.loc[("fit", "cohorts"), "estimate"] == 1


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="the replication folder is not beside the repository")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_block_design_with_covariates_is_drdids(name):
    """The same declaration on Sant'Anna and Zhao's data: their own package's estimates and analytical errors."""
    expected = pd.read_csv(SHARED / "drdid_balance.csv").query("dataset == @name").set_index("method")
    frame = pd.read_csv(SHARED / "data" / f"{name}.csv").query("year in (1975, 1978)")
    frame = frame.rename(columns={"id": "city", "re": "y"})
    frame["first_treated_year"] = np.where(frame["d"] == 1, 1978.0, np.nan)
    frame["policy"] = ((frame["d"] == 1) & (frame["year"] == 1978)).astype(float)
    names = {"dr_improved": "drdid_imp", "dr": "drdid_trad", "reg": "ordid", "ipw": "ipwdid_normalized"}
    for method, known in names.items():
        rows = small_specs.run(frame, BLOCK | {"controls": COVARIATES, "method": method})
        found = rows.loc[("effect", "att")]
        assert found["estimate"] == pytest.approx(expected.loc[known, "estimate"], rel=1e-9)
        assert found["std_error"] == pytest.approx(expected.loc[known, "std_error"], rel=1e-8)
