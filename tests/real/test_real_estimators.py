"""Estimators on other people's data with known answers, read from beside the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian.estimators import event_study, iv

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "replication"
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the replication folder is not beside the repository"
)
PILOT = {"outcome": "co2", "absorb": ["id", "year"], "cluster": "id", "key": ("id", "year")}


@pytest.fixture(scope="module")
def pilot():
    frame = pd.read_csv(FOLDER / "low_carbon_pilot" / "panel.csv")
    frame["first"] = frame["policy"].where(frame["policy"] < 2100)
    frame["first_2013"] = frame["policy"].where(frame["group"] == 1)
    return frame


@pytest.fixture(scope="module")
def fixest():
    return pd.read_csv(FOLDER / "low_carbon_pilot" / "fixest_0.14.2.csv").set_index(["spec", "term"])


def test_binned_event_study_matches_fixest(pilot, fixest):
    fit = event_study.fit(
        pilot, first_year="first_2013", window=[-5, 5], controls=["ind", "es", "pop", "citylabor"], **PILOT
    )
    known = fixest.loc["event_study_binned"]
    known = known.loc[[f"relb::{k}:group" for k in fit.times]]
    np.testing.assert_allclose(fit.params, known["estimate"], rtol=1e-9)
    np.testing.assert_allclose(fit.std_errors, known["std_error"], rtol=1e-9)


def test_average_effect_matches_fixest_sunab(pilot, fixest):
    # The stored numbers take the 2013 cohort as treated and all other cities as never treated.
    fit = event_study.fit(
        pilot, first_year="first_2013", window=[-5, 5], method="interaction_weighted", **PILOT
    )
    known = fixest.loc[("sunab_att", "ATT")]
    assert fit.att[0] == pytest.approx(known["estimate"], rel=1e-9)
    assert np.sqrt(fit.att[1]) == pytest.approx(known["std_error"], rel=1e-9)
    assert fit.regression.r2_within == pytest.approx(known["r2_within"], rel=1e-9)


def test_cohort_effects_match_the_authors(pilot):
    stored = pd.read_excel(FOLDER / "low_carbon_pilot" / "stored_estimates.xlsx", engine="calamine")
    stored = stored[(stored["policy"] < 2100) & (stored["time_to_treat"] != -1)]
    fit = event_study.fit(pilot, first_year="first", window=[-5, 5], method="interaction_weighted", **PILOT)
    ours = [
        fit.cohort_effects[cell][0] for cell in zip(stored["policy"], stored["time_to_treat"], strict=True)
    ]
    assert len(ours) == len(fit.cohort_effects) == 36
    np.testing.assert_allclose(ours, stored["TWFE"], atol=1e-12)


@pytest.fixture(scope="module")
def mpdta():
    frame = pd.read_csv(FOLDER / "mpdta" / "mpdta.csv")
    frame["first"] = frame["first.treat"].where(frame["first.treat"] > 0)
    return event_study.fit(
        frame,
        outcome="lemp",
        first_year="first",
        window=[-4, 3],
        absorb=["countyreal", "year"],
        cluster="countyreal",
        key=("countyreal", "year"),
        method="interaction_weighted",
    )


def test_cohort_effects_are_callaway_and_santannas(mpdta):
    """Balanced, without covariates, against the never treated: the same numbers from year of treatment on."""
    known = pd.read_csv(FOLDER / "mpdta" / "ref_attgt.csv").query("scenario == 'mpdta_nev_dr' and t >= group")
    assert len(known) == 7
    for row in known.itertuples():
        estimate, variance = mpdta.cohort_effects[(row.group, row.t - row.group)]
        assert estimate == pytest.approx(row.att, rel=1e-9)
        # R did has no small-sample factor and bootstraps; the errors are close, not equal.
        assert np.sqrt(variance) == pytest.approx(row.se, rel=0.02)


def test_averages_are_callaway_and_santannas(mpdta):
    known = pd.read_csv(FOLDER / "mpdta" / "ref_aggte.csv").query("scenario == 'mpdta_nev_dr'")
    dynamic = known[(known["type"] == "dynamic") & (known["egt"] >= 0)].set_index("egt")["att_egt"]
    np.testing.assert_allclose(mpdta.params[mpdta.times >= 0], dynamic, rtol=1e-9)
    simple = known.loc[known["type"] == "simple", "overall_att"].iloc[0]
    assert mpdta.att[0] == pytest.approx(simple, rel=1e-9)
    overall = known.loc[known["type"] == "dynamic", "overall_att"].iloc[0]
    assert mpdta.mean_post()[0] == pytest.approx(overall, rel=1e-9)


def test_two_stage_least_squares_matches_ivreg(pilot):
    """R AER on 285 cities, made by tests/golden/iv_panel/low_carbon_pilot.R; a check, not a study."""
    known = pd.read_csv(GOLDEN / "iv_panel" / "low_carbon_pilot.csv").set_index("term")
    fit = iv.fit(pilot, endogenous=["ind"], instruments=["pop", "citylabor"], controls=["es"], **PILOT)
    rows = addressed(fit.tidy("golden", "pilot"))
    rows = rows.loc[["coefficient", "effect"]].droplevel("kind").loc[known.index]
    np.testing.assert_allclose(rows["estimate"], known["estimate"], rtol=1e-8)
    np.testing.assert_allclose(rows["std_error"], known["std_error"], rtol=1e-8)
