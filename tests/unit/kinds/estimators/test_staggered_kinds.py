"""Estimators of staggered adoption as a study declares them."""

import logging

import numpy as np
import pytest

import small_specs
from montecarlo import panels
from nianjian.errors import DeclarationError, EstimationError

KINDS = ("callaway_santanna", "imputation", "two_stage", "sun_abraham", "stacked", "etwfe", "dcdh")
MODEL = {"outcome": "y", "treatment": "policy", "draws": 199}


@pytest.fixture(scope="module")
def panel():
    frame = panels.staggered(np.random.default_rng(0), cities=60, years=10)
    return frame.drop(columns=["since", "effect"]).assign(province=lambda own: own["city"] % 6, w=1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_rows(panel, kind):
    rows = small_specs.run(panel, MODEL | {"estimator": kind, "controls": ["x"], "window": [-3, 3]})
    att = rows.loc[("effect", "att")]
    assert att["conf_low"] < 0.5 < att["conf_high"]
    events = [name for kind_, name in rows.index if kind_ == "coefficient" and name.startswith("event")]
    assert (
        {"event[0]", "event[1]"}
        <= set(events)
        == {name for kind_, name in rows.index if kind_ == "effect" and name.startswith("event")}
    )
    assert rows.loc[("coefficient", "event[0]"), "variable"] == "policy"
    assert rows.loc[("fit", "units"), "estimate"] <= 60
    for name in ("nobs", "clusters", "cohorts", "never_treated_units", "treated_units"):
        assert rows.loc[("fit", name), "estimate"] > 0
    assert kind == "etwfe" or rows.loc[("test", "pretrend"), "p_value"] >= 0
    assert rows.loc[rows["kind"] != "fit", "estimate"].notna().all()


@pytest.mark.parametrize("kind", KINDS)
def test_options_reach_the_estimator(panel, kind):
    base = MODEL | {"estimator": kind}
    plain = small_specs.run(panel, base)
    changed = {
        "cluster": "province",
        "bands": "pointwise",
        "smallest_cohort": 9,
        "seed": None,
    }
    for key, value in changed.items():
        own = base if key == "seed" else base | {key: value}
        other = small_specs.run(panel, own, seed=1 if key == "seed" else 0)
        column = "estimate" if key == "smallest_cohort" else "std_error" if key == "cluster" else "conf_high"
        one = plain.loc[("effect", "event[0]"), column]
        if (
            kind == "stacked"
            and key in ("bands", "seed")
            and one == other.loc[("effect", "event[0]"), column]
        ):
            continue
        assert one != other.loc[("effect", "event[0]"), column], key


@pytest.mark.parametrize(
    ("kind", "changes", "key"),
    [
        ("callaway_santanna", {"base": "varying"}, "event[-2]"),
        ("callaway_santanna", {"control_group": "never"}, "event[1]"),
        ("callaway_santanna", {"anticipation": 1}, "event[0]"),
        ("callaway_santanna", {"controls": ["x"], "method": "reg"}, "event[0]"),
        ("callaway_santanna", {"balance": 4}, "event[0]"),
        ("imputation", {"absorb": ["city", "province#year"]}, "event[0]"),
        ("two_stage", {"anticipation": 1}, "event[0]"),
        ("sun_abraham", {"absorb": ["city", "province#year"]}, "event[0]"),
        ("stacked", {"weighting": "equal"}, "event[0]"),
        ("stacked", {"control_group": "never"}, "event[0]"),
        ("etwfe", {"control_group": "never"}, "event[0]"),
        ("etwfe", {"controls": ["x"], "interact": False}, "event[0]"),
        ("dcdh", {"normalised": True}, "event[1]"),
        ("dcdh", {"city_trends": True}, "event[1]"),
    ],
)
def test_options_of_one_kind_move_its_estimates(panel, kind, changes, key):
    base = MODEL | {"estimator": kind}
    one, other = (
        small_specs.run(panel, own).loc[("effect", key), "estimate"] for own in (base, base | changes)
    )
    assert one != pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("callaway_santanna", {"control_group": "all"}, "expected one of never, not_yet, got 'all'"),
        ("callaway_santanna", {"method": "ols"}, "expected one of dr, dr_improved, reg, ipw, got 'ols'"),
        ("callaway_santanna", {"base": "first"}, "expected one of universal, varying, got 'first'"),
        ("callaway_santanna", {"anticipation": -1}, "anticipation: .*at least 0"),
        ("callaway_santanna", {"absorb": ["city"]}, "unknown key 'absorb'"),
        ("imputation", {"window": [1, 3]}, "two event times, the first before 0"),
        ("imputation", {"leads": -1}, "leads: .*at least 0"),
        ("imputation", {"cluster": ["city", "year"]}, r"specs\.one\.cluster"),
        ("imputation", {"cluster": "robust"}, "errors are sums over cities, not robust"),
        ("stacked", {"weighting": "none"}, "expected one of corrected, equal, got 'none'"),
        ("etwfe", {"family": "logit"}, "expected one of gaussian, poisson, got 'logit'"),
        ("dcdh", {"anticipation": 1}, "unknown key 'anticipation'"),
        ("two_stage", {"draws": 10}, "draws: .*at least 100"),
        ("sun_abraham", {"smallest_cohort": 0}, "smallest_cohort: .*at least 1"),
    ],
)
def test_declarations_that_are_refused(kind, changes, told):
    with pytest.raises(DeclarationError, match=told):
        small_specs.declared(MODEL | {"estimator": kind} | changes)


def test_errors_name_the_specification(panel):
    treated = panel[panel["first_treated_year"].notna()]
    with pytest.raises(
        EstimationError, match=r"spec 'one': no city is never treated.*config/studies/demo\.yaml, specs\.one"
    ):
        small_specs.run(treated, MODEL | {"estimator": "callaway_santanna", "control_group": "never"})


def test_what_is_left_out_is_logged(panel, caplog):
    frame = panel.copy()
    lone = frame.loc[frame["first_treated_year"].isna(), "city"].iloc[0]
    frame.loc[frame["city"] == lone, "first_treated_year"] = 2012
    with caplog.at_level(logging.WARNING):
        rows = small_specs.run(frame, MODEL | {"estimator": "imputation"})
    assert (
        "cohorts left out, too few cities were treated first in that year (cities): 2012 (1)" in caplog.text
    )
    assert rows.loc[("fit", "left_out[small_cohort|2012]"), "estimate"] == 1
