"""What cannot be estimated is refused in words, or flagged in a row, by the function behind the rule."""

import logging

import numpy as np
import pandas as pd
import pytest

import small_specs
from montecarlo import panels
from nianjian.errors import EstimationError

COMMON = {
    "outcome": "y",
    "treatment": "policy",
    "controls": ["x"],
    "absorb": ["city", "year"],
    "cluster": "city",
    "missing": "error",
}
EVENTS = {"estimator": "event_study", "window": [-3, 3], "base": -1, "outside": "bin"}
SPECS = {
    "twfe": {"estimator": "twfe"},
    "event_study": EVENTS | {"method": "twfe"},
    "sun_abraham": EVENTS | {"method": "interaction_weighted"},
    "psm_did": {"estimator": "psm_did", "covariates": ["size"]},
    "iv": {"estimator": "iv", "treatment": None, "endogenous": ["d"], "instruments": ["z"]},
    "mediation": {"estimator": "mediation", "mediators": ["m"], "draws": 20},
    "heterogeneity": {"estimator": "heterogeneity", "by": "odd"},
    "placebo": {"estimator": "placebo", "scheme": "permute", "draws": 20},
}
TREATED = [name for name in SPECS if name != "iv"]


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    frame = panels.staggered(rng, cities=40, years=10).drop(columns=["since", "effect"])
    frame["m"] = 0.4 * frame["policy"] + rng.normal(size=len(frame))
    frame["z"] = rng.normal(size=len(frame))
    frame["d"] = frame["z"] + rng.normal(size=len(frame))
    frame["size"] = rng.normal(size=40)[frame["city"]]
    frame["odd"] = frame["city"] % 2 == 1
    return frame


@pytest.fixture
def run():
    """Estimates of a specification on a frame, by kind and address."""

    def rows(frame, name, **changes):
        return small_specs.run(frame, COMMON | SPECS[name] | changes)["estimate"]

    return rows


def never(frame):
    return frame.assign(policy=0.0, first_treated_year=np.nan)


def always(frame):
    return frame.assign(policy=1.0, first_treated_year=float(frame["year"].min()))


def one_city(frame):
    """Only the first treated city stays treated."""
    there = frame["city"] == frame.loc[frame["policy"] == 1, "city"].min()
    return frame.assign(
        policy=frame["policy"] * there, first_treated_year=frame["first_treated_year"].where(there)
    )


@pytest.mark.parametrize("name", SPECS)
def test_the_panel_itself_can_be_estimated(panel, run, name):
    assert run(panel, name)[("fit", "nobs_dropped_missing")] == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("twfe", "treatment 'policy' never holds in the 400 observations"),
        ("event_study", "nobody is treated: 'first_treated_year' is empty in all 400 rows"),
        ("sun_abraham", "nobody is treated"),
        ("psm_did", "0 city of 40 is treated; matching needs two of each kind"),
        ("mediation", "treatment 'policy' never holds"),
        ("heterogeneity", "group False: treatment 'policy' never holds in its 200 rows"),
        ("placebo", "treatment 'policy' never holds"),
    ],
)
def test_a_treatment_that_never_holds(panel, run, name, message):
    with pytest.raises(EstimationError, match=f"^spec 'one': {message}"):
        run(never(panel), name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("twfe", "treatment 'policy' always holds in the 400 observations"),
        ("event_study", "nobody is observed before treatment: 'first_treated_year' is not after"),
        ("sun_abraham", "nobody is observed before treatment"),
        ("psm_did", "0 city of 40 is never treated; matching needs two of each kind"),
        ("mediation", "treatment 'policy' always holds"),
        ("heterogeneity", "group False: treatment 'policy' always holds in its 200 rows"),
        ("placebo", "treatment 'policy' always holds"),
    ],
)
def test_a_treatment_that_always_holds(panel, run, name, message):
    with pytest.raises(EstimationError, match=f"^spec 'one': {message}"):
        run(always(panel), name)


@pytest.mark.parametrize("name", ["twfe", "event_study", "sun_abraham", "mediation", "placebo"])
def test_one_treated_cluster_is_flagged(panel, run, name, caplog):
    with caplog.at_level(logging.WARNING):
        rows = run(one_city(panel), name)
    assert rows[("fit", "treated_clusters")] == 1
    assert "its clustered standard error means nothing" in caplog.text
    assert run(panel, name)[("fit", "treated_clusters")] > 10


def test_treated_clusters_are_those_of_the_fewest_kind(panel, run):
    frame = panel.assign(block=panel["city"] % 4)
    assert run(frame, "twfe", cluster=["city", "block"])[("fit", "treated_clusters")] == 4
    assert ("fit", "treated_clusters") not in run(frame, "twfe", cluster=None).index
    assert ("fit", "treated_clusters") not in run(frame, "twfe", treatment="d").index


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("psm_did", "1 city of 40 is treated; matching needs two"),
        ("heterogeneity", "group (True|False): treatment 'policy' never holds in its 200 rows"),
    ],
)
def test_one_treated_cluster_is_too_few_to_match_or_to_compare(panel, run, name, message):
    with pytest.raises(EstimationError, match=f"^spec 'one': {message}"):
        run(one_city(panel), name)


@pytest.mark.parametrize("name", ["event_study", "sun_abraham"])
def test_event_studies_without_never_treated_units_say_so(panel, run, name, caplog):
    treated = panel[panel["first_treated_year"].notna()]
    with caplog.at_level(logging.WARNING):
        rows = run(treated, name)
    assert rows[("fit", "never_treated_units")] == 0
    assert "no city is never treated; only cities not yet treated are controls" in caplog.text
    assert run(panel, name)[("fit", "never_treated_units")] > 0


def test_event_times_known_up_to_a_trend_only_are_refused(panel, run):
    treated = panel[panel["first_treated_year"].notna()]
    with pytest.raises(EstimationError, match=r"not every event time is identified: .*bin the ends"):
        run(treated, "event_study", window=[-8, 5])


@pytest.mark.parametrize("name", SPECS)
def test_a_collinear_control_is_left_out_and_named(panel, run, name, caplog):
    frame = panel.assign(copy=2 * panel["x"] + 1)
    with caplog.at_level(logging.WARNING):
        rows = run(frame, name, controls=["x", "copy"])
    groups = ["|False", "|True"] if name == "heterogeneity" else [""]
    assert all(rows[("fit", f"dropped[copy|collinear{group}]")] == 0 for group in groups)
    # The others' estimates are as if it had never been named.
    plain = run(panel, name)
    shared = plain.loc[["coefficient"]].index.intersection(rows.index)
    assert len(shared)
    np.testing.assert_allclose(rows[shared], plain[shared], rtol=1e-9)
    assert f"copy{'[False]' if name == 'heterogeneity' else ''} is left out: collinear with " in caplog.text


def test_a_control_that_is_the_treatment_goes_and_not_the_treatment(panel, run):
    rows = run(panel.assign(copy=panel["policy"]), "twfe", controls=["copy", "x"])
    assert ("coefficient", "policy") in rows.index and ("fit", "dropped[copy|collinear]") in rows.index


@pytest.mark.parametrize("name", SPECS)
def test_a_control_absent_in_half_of_the_years(panel, run, name):
    half = panel.assign(x=panel["x"].where(panel["year"] < 2010))
    with pytest.raises(EstimationError, match=r"^spec 'one': .*400 observations: x.* `missing: drop`"):
        run(half, name)
    if name not in ("psm_did", "event_study", "sun_abraham"):
        rows = run(half, name, missing="drop")
        assert rows[("fit", "nobs_dropped_missing")] == rows[("fit", "nobs")] == 200


@pytest.mark.parametrize("name", SPECS)
def test_a_control_that_is_absent_altogether_leaves_nothing(panel, run, name):
    with pytest.raises(
        EstimationError, match=r"^spec 'one': none of 400 city-years is complete; missing are x 400;"
    ):
        run(panel.assign(x=np.nan), name, missing="drop")


@pytest.mark.parametrize("name", SPECS)
def test_an_empty_sample_or_subsample(panel, run, name):
    with pytest.raises(EstimationError, match=r"^spec 'one': no city-year satisfies 'year > 2100'; change"):
        run(panel, name, where="year > 2100")
    for missing in ("error", "drop"):
        with pytest.raises(EstimationError, match=r"^spec 'one': the sample is empty; check the study's"):
            run(panel.head(0), name, missing=missing)


@pytest.mark.parametrize("name", SPECS)
def test_repeated_keys(panel, run, name):
    twice = pd.concat([panel, panel.head(3)], ignore_index=True)
    with pytest.raises(EstimationError, match=r"^spec 'one': 3 rows repeat a key, first \{'city': 0"):
        run(twice, name)


def test_complete_separation(panel, run):
    treated = panel["first_treated_year"].notna()
    with pytest.raises(EstimationError, match=r"^spec 'one': size separates treated from untreated units"):
        run(panel.assign(size=treated + 0.01 * panel["city"]), "psm_did")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f["size"],
            "instrument 'z' is absorbed by city and year; a fixed property of cities needs",
        ),
        (lambda f: f["year"] ** 2.0, "instrument 'z' is absorbed by city and year"),
        (lambda f: 0.0, "instrument 'z' is 0 in all 400 observations; take it out"),
        (lambda f: 3 * f["x"], "instrument 'z' is collinear with x; take it out"),
    ],
)
def test_an_instrument_without_variation_of_its_own(panel, run, change, message):
    with pytest.raises(EstimationError, match=f"^spec 'one': {message}"):
        run(panel.assign(z=change(panel)), "iv")
