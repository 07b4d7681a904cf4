"""Kinds of modern inference and difference-in-differences: what they report, print and refuse."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import small_specs
from montecarlo import panels
from nianjian.errors import NianjianError
from nianjian.estimators import event_study, twfe
from nianjian.estimators.prepare import codes_of
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.kinds.tables import regression as kind
from nianjian.language import Text
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.conley import conley_meat
from nianjian.publish import regression
from nianjian.spatial.seats import great_circle_distances
from small_tables import estimated, labels_of, place

CITIES = Path(__file__).resolve().parents[4] / "config" / "reference" / "cities.csv"
COMMON = {"outcome": "y", "treatment": "policy"}
EVENTS = {"window": [-4, 3]}
WILD = {"method": "wild_cluster", "draws": 999}
SPECS = {
    "plain": {"estimator": "twfe", "controls": ["x"]},
    "wild": {"estimator": "twfe", "controls": ["x"], "inference": WILD},
    "cr2": {"estimator": "twfe", "controls": ["x"], "inference": {"method": "cr2"}},
    "cv3": {"estimator": "twfe", "controls": ["x"], "inference": {"method": "cv3"}},
    "conley": {"estimator": "twfe", "controls": ["x"], "inference": {"method": "conley", "cutoff_km": 300}},
    "bacon": {"estimator": "bacon_decomposition", "controls": ["x"]},
    "weights": {"estimator": "twfe_weights", "controls": ["x"]},
    "events": {"estimator": "event_study", **EVENTS},
    "honest": {"estimator": "honest_did", "bounds": [0.5, 1], **EVENTS},
    "smooth": {"estimator": "honest_did", "restriction": "sd", "bounds": [0, 0.1], **EVENTS},
    "power": {"estimator": "pretrends_power", **EVENTS},
    "sdid": {"estimator": "synthetic_did", "draws": 20},
    "family": {"estimator": "romano_wolf", "outcomes": ["y2", "y3"], "draws": 999},
    "rings": {"estimator": "spillover_rings", "bands": [[0, 150], [150, 400]]},
}


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    known = pd.read_csv(CITIES).dropna(subset=["lon"])["city"].drop_duplicates().sort_values().to_numpy()
    frame = panels.staggered(rng, cities=60, years=10).drop(columns=["since", "effect"])
    frame["block"] = frame["city"] % 12
    frame["city"] = known[100 + frame["city"]]
    frame["y2"], frame["y3"] = frame["y"] + rng.normal(size=len(frame)), rng.normal(size=len(frame))
    frame.loc[frame["year"] == 2005, "y3"] = np.nan
    return frame


@pytest.fixture(scope="module")
def found(panel):
    return {name: small_specs.run(panel, COMMON | own, cities=CITIES) for name, own in SPECS.items()}


def run(panel, name, **changes):
    return small_specs.run(panel, COMMON | SPECS[name] | changes, cities=CITIES)


def refused(panel, name, **changes):
    with pytest.raises(NianjianError) as error:
        run(panel, name, **changes)
    return str(error.value)


# -- errors by other methods -----------------------------------------------------------------------


def test_other_errors_leave_the_estimate_and_take_the_constants_error_away(found):
    for name in ("wild", "cr2", "cv3", "conley"):
        own, plain = found[name].loc["coefficient"], found["plain"].loc["coefficient"]
        np.testing.assert_allclose(own["estimate"], plain["estimate"], rtol=1e-12)
        assert np.isnan(own.loc["_cons", "p_value"])
        assert (own.loc[["policy", "x"], "conf_low"] < own.loc[["policy", "x"], "estimate"]).all()
    assert found["cr2"].loc[("coefficient", "policy"), "df"] < 59
    assert found["cv3"].loc[("coefficient", "policy"), "df"] == 59
    assert np.isnan(found["cr2"].loc[("fit", "f"), "estimate"])
    assert found["cv3"].loc[("fit", "f"), "estimate"] > 0
    wild = found["wild"].loc["coefficient"]
    assert wild.loc["policy", "std_error"] == found["plain"].loc[("coefficient", "policy"), "std_error"]
    assert found["wild"].loc[("fit", "bootstrap_draws"), "estimate"] == 999


def test_conley_takes_the_seats_of_the_cities(panel, found):
    seats = pd.read_csv(CITIES).drop_duplicates("city").set_index("city").loc[sorted(panel["city"].unique())]
    distances = great_circle_distances(seats["lon"], seats["lat"])
    effects = [codes_of(panel, "city"), codes_of(panel, "year")]
    within = partial_out(panel[["y", "policy", "x"]].to_numpy(dtype=float), effects)
    y, x = within[:, 0], within[:, 1:]
    bread = np.linalg.inv(x.T @ x)
    scores = x * (y - x @ bread @ (x.T @ y))[:, None]
    df = len(y) - 2 - 69
    vcov = bread @ conley_meat(scores, effects[0], distances, 300) @ bread * len(y) / df
    own = found["conley"].loc[("coefficient", "policy")]
    assert own["std_error"] == pytest.approx(np.sqrt(vcov[0, 0]))
    assert own["df"] == df


def test_few_clusters_are_enumerated_and_the_same_seed_gives_the_same_draws(panel, found):
    few = run(panel, "wild", cluster="block", inference={"method": "wild_cluster", "draws": 4096})
    assert few.loc[("fit", "bootstrap_enumerated"), "estimate"] == 1
    assert few.loc[("fit", "bootstrap_draws"), "estimate"] == 4096
    again = run(panel, "wild")
    pd.testing.assert_frame_equal(again, found["wild"])


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"cluster": ["city", "year"]}, "one column under cluster with inference cr2"),
        ({"cluster": None}, "one column under cluster with inference cr2"),
        ({"cluster": "robust"}, "one column under cluster with inference cr2"),
        ({"inference": {"method": "conley"}}, "cutoff_km with method conley"),
        ({"inference": {"method": "cr2", "draws": 99}}, "keys of method cr2 only"),
        ({"inference": {"method": "conley", "cutoff_km": 9, "weights": "webb"}}, "cutoff_km, kernel, pairs"),
        ({"inference": {"method": "cr9"}}, "cr9"),
        ({"inference": {"method": "wild_cluster", "draws": 5}}, "inference.draws"),
    ],
)
def test_declarations_that_cannot_be_are_refused(panel, changes, told):
    assert told in refused(panel, "cr2", **changes)


def test_the_jackknife_says_where_one_cluster_alone_identifies_a_regressor(panel):
    alone = panel.assign(x=np.where(panel["city"] == panel["city"].iloc[0], panel["x"], 0.0))
    rows = run(alone, "cv3")
    assert np.isnan(rows.loc[("coefficient", "x"), "std_error"])
    assert rows.loc[("fit", "without_std_error[x]"), "estimate"] == 1
    told = refused(alone, "wild", inference=WILD | {"variance": "cv3"}, controls=["x"])
    assert "cannot be estimated without one of the clusters" in told or "has no clustered" in told


def test_cities_without_a_seat_are_named(panel):
    assert "999999" in refused(
        panel.assign(city=panel["city"].replace(panel["city"].max(), 999999)), "conley"
    )


def test_event_studies_take_what_has_a_covariance(panel):
    plain = run(panel, "events")
    for own in ({"method": "cv3"}, {"method": "conley", "cutoff_km": 300}):
        rows = run(panel, "events", inference=own)
        events = rows.loc["coefficient"].filter(like="event[", axis=0)
        known = plain.loc["coefficient"].loc[events.index]
        np.testing.assert_allclose(events["estimate"], known["estimate"], rtol=1e-10)
        assert (events["std_error"] != known["std_error"]).all() and (events["std_error"] > 0).all()
        assert rows.loc[("test", "pretrend"), "p_value"] != plain.loc[("test", "pretrend"), "p_value"]
    rows = run(panel, "honest", inference={"method": "cv3"})
    assert rows.loc[("effect", "parallel"), "std_error"] > 0
    told = refused(panel, "honest", inference={"method": "conley", "cutoff_km": 300})
    assert "has not full rank" in told and "kernel is uniform" in told
    assert "gives no covariance" in refused(panel, "events", inference=WILD)
    assert "degrees of freedom of its own" in refused(panel, "events", inference={"method": "cr2"})


# -- what two-way fixed effects are made of --------------------------------------------------------


def test_parts_add_up_to_the_coefficient(panel, found):
    coefficient = found["plain"].loc[("coefficient", "policy"), "estimate"]
    bacon = found["bacon"]
    assert bacon.loc[("effect", "twfe"), "estimate"] == pytest.approx(coefficient)
    weights = bacon.loc["fit", "estimate"].filter(regex=r"^weight\[")
    assert weights.sum() + bacon.loc[("fit", "weight_within"), "estimate"] == pytest.approx(1)
    assert "comparison_never[2009]" in bacon.loc["effect"].index
    own = found["weights"]
    assert own.loc[("coefficient", "policy"), "estimate"] == coefficient
    assert own.loc["fit", "estimate"].filter(like="effect_weight[").sum() == pytest.approx(1)
    counts = own.loc["fit", "estimate"]
    assert counts["positive_weights"] + counts["negative_weights"] == panel["policy"].sum()


def test_late_years_of_early_cohorts_have_negative_weights(panel):
    treated = panel[panel.groupby("city")["policy"].transform("max") > 0]
    rows = run(treated, "weights")
    assert rows.loc[("fit", "negative_weights"), "estimate"] > 0
    assert rows.loc[("fit", "sum_negative"), "estimate"] < 0 < rows.loc[("fit", "sd_sign"), "estimate"]


@pytest.mark.parametrize("name", ["bacon", "sdid"])
def test_a_panel_with_a_gap_is_refused_by_name(panel, name):
    city = panel["city"].iloc[0]
    told = refused(panel.drop(index=panel.index[3]), name)
    assert f"city {city} has 9 of 10 years" in told and "balance: true" in told


@pytest.mark.parametrize("name", ["bacon", "sdid"])
def test_a_treatment_that_ends_or_is_no_dummy_is_refused(panel, name):
    ended = panel.copy()
    ended.loc[(ended["year"] == ended["year"].max()), "policy"] = 0.0
    assert "ends in city" in refused(ended, name)
    assert "must be 0 or 1" in refused(panel.assign(policy=panel["policy"] * 2), name)
    assert "never holds" in refused(panel.assign(policy=0.0), name)


def test_all_treated_at_once_cannot_be_decomposed(panel):
    assert "same year" in refused(panel.assign(policy=(panel["year"] > 2009).astype(float)), "bacon")
    for name in ("bacon", "sdid"):
        assert "city and year under absorb" in refused(panel, name, absorb=["city"])


# -- trends that need not be parallel --------------------------------------------------------------


def test_the_event_study_stays_and_intervals_widen(panel, found):
    fitted = event_study.fit(
        panel, outcome="y", first_year="first_treated_year", window=[-4, 3], study="demo", spec="one"
    )
    for name, term in (("honest", "honest_rm"), ("smooth", "honest_sd")):
        own = found[name]
        np.testing.assert_allclose(
            own.loc["coefficient", "estimate"].filter(like="event["), fitted.params, rtol=1e-10
        )
        effects = own.loc["effect"].filter(like=term, axis=0)
        assert (effects["conf_high"] - effects["conf_low"]).is_monotonic_increasing
        assert own.loc[("effect", "parallel"), "estimate"] == pytest.approx(fitted.mean_post()[0])
        assert own.loc[("fit", "breakdown"), "estimate"] >= 0
    first = run(panel, "honest", target="first", bounds=[1])
    assert first.loc[("effect", "parallel"), "estimate"] == pytest.approx(fitted.params[3])
    same = run(panel, "honest", target=[1, 0, 0, 0], bounds=[1])
    assert (
        same.loc[("effect", "honest_rm[1]"), "conf_low"] == first.loc[("effect", "honest_rm[1]"), "conf_low"]
    )


def test_power_grows_with_the_slope(found):
    own = found["power"].loc["effect", "estimate"]
    assert own["slope_for_power[0.8]"] > own["slope_for_power[0.5]"] > 0
    assert own["trend[-4|0.8]"] == pytest.approx(-3 * own["slope_for_power[0.8]"])
    assert found["power"].loc[("test", "bayes_factor[0.8]"), "estimate"] < 1


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"interval": "flci"}, "with restriction sd only"),
        ({"bounds": [1, 1]}, "each of bounds once"),
        ({"target": [1, 0]}, "holds 2 weights for 4 event times"),
        ({"base": -2}, "write `base: -1`"),
        ({"window": [-1, 3]}, "before the base and after it"),
        ({"window": [-8, 3], "outside": "omit"}, ""),
    ],
)
def test_what_honest_did_cannot_do_is_refused(panel, changes, told):
    assert (
        told in refused(panel, "honest", **changes) if told else run(panel, "honest", **changes) is not None
    )


# -- synthetic controls, families, rings -----------------------------------------------------------


def test_synthetic_did_reports_cohorts_weights_and_errors(panel, found):
    own = found["sdid"]
    assert own.loc[("effect", "att"), "std_error"] > 0
    assert {"att[2009]", "att[2011]", "att[2013]"} <= set(own.loc["effect"].index)
    weights = own.loc["fit"][own.loc["fit", "term"] == "unit_weight"].groupby("group")["estimate"].sum()
    np.testing.assert_allclose(weights, 1)
    jackknife = run(panel, "sdid", errors="jackknife")
    assert jackknife.loc[("effect", "att"), "estimate"] == own.loc[("effect", "att"), "estimate"]
    assert np.isnan(run(panel, "sdid", errors="none").loc[("effect", "att"), "std_error"])
    pd.testing.assert_frame_equal(own, run(panel, "sdid"))


def test_synthetic_did_says_what_it_lacks(panel):
    treated = panel[panel.groupby("city")["policy"].transform("max") > 0]
    assert "no city is never treated" in refused(treated, "sdid")
    early = panel.assign(policy=np.where(panel["city"] == panel["city"].iloc[0], 1.0, panel["policy"]))
    assert "from the first year on" in refused(early, "sdid")
    never = panel.groupby("city")["policy"].transform("max") == 0
    few = panel[~never | panel["city"].isin(panel.loc[never, "city"].unique()[:5])]
    assert "errors: jackknife" in refused(few, "sdid")
    assert "controls" in refused(panel, "sdid", controls=["x"])
    one = panel[
        never | (panel["first_treated_year"] == 2009) & (panel["city"] == panel.loc[~never, "city"].min())
    ]
    if one["policy"].any():
        assert "errors: placebo" in refused(one, "sdid", errors="jackknife")


def test_a_family_is_adjusted_together_and_gaps_of_one_outcome_are_its_own(panel, found):
    own = found["family"]
    for outcome in ("y", "y2", "y3"):
        plain, adjusted = (
            own.loc[("test", f"{term}[{outcome}]"), "p_value"] for term in ("wild_bootstrap", "romano_wolf")
        )
        assert plain <= adjusted + 1e-3
        direct = twfe.fit(
            panel.dropna(subset=[outcome]),
            outcome=outcome,
            regressors=["policy"],
            absorb=["city", "year"],
            cluster="city",
        )
        assert own.loc[("coefficient", f"{outcome}:policy"), "std_error"] == pytest.approx(
            direct.std_errors[0]
        )
    assert own.loc[("fit", "nobs[y3]"), "estimate"] == 540
    assert "each outcome once" in refused(panel, "family", outcomes=["y"])
    assert "one column under cluster" in refused(panel, "family", cluster=None)


def test_rings_are_effects_on_neighbours(panel, found):
    own = found["rings"].loc["coefficient"]
    assert {"policy", "ring[0-150]", "ring[150-400]", "_cons"} == set(own.index)
    assert "no city-year has a treated neighbour 0-1 km" in refused(panel, "rings", bands=[[0, 1]])
    assert "the smaller first" in refused(panel, "rings", bands=[[5, 1]])
    assert "each of bands once" in refused(panel, "rings", bands=[[0, 9], [0, 9]])


# -- tables ----------------------------------------------------------------------------------------

LABELS = {
    name: {"en": name.capitalize(), "zh": name} for name in ("y", "y2", "y3", "policy", "x", "city", "block")
}


def table(found, *names):
    entries = []
    for name in names:
        entry = small_specs.declared(COMMON | SPECS[name])
        entries.append(Entry(name, entry.kind, entry.params, Text.of(en=name, zh=name)))
    rows = [row | {"spec": name} for name in names for row in found[name].to_dict("records")]
    params = (
        kinds()
        .get("tables", "regression")
        .params.model_validate({"title": {"en": "T", "zh": "T"}, "columns": list(names)})
    )
    assert isinstance(params, kind.Params)
    return regression.table(params, estimated(params, names, rows, place(entries, LABELS)))


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_has_a_table_without_a_line_of_declaration(found, name, language):
    made = table(found, name)
    labels = labels_of(made, language)
    assert labels and all(labels.values())
    assert not any("{" in text for text in labels.values())


def test_notes_say_how_errors_were_made(found):
    notes = [note["en"] for note in table(found, "plain", "wild", "cr2", "conley").notes]
    assert (
        "Column (2): p-values and intervals from the wild cluster bootstrap (Rademacher weights, 999 draws)."
        in notes
    )
    assert (
        "Column (3): bias-reduced clustered standard errors (CR2) with Satterthwaite degrees of freedom."
        in notes
    )
    said = "Conley standard errors (uniform kernel, cut-off 300 km, pairs of all years), not clustered"
    assert f"Column (4): {said}." in notes
    alone = [note["zh"] for note in table(found, "cv3").notes]
    assert any("CV3" in note for note in alone)


def test_few_clusters_and_negative_weights_are_noted(panel, found):
    rows = {
        "plain": run(panel, "plain", cluster="block"),
        "weights": run(panel[panel.groupby("city")["policy"].transform("max") > 0], "weights"),
    }
    notes = " ".join(note["en"] for note in table(rows, "plain", "weights").notes)
    assert "Column (1): only 12 clusters" in notes
    assert "have negative weights in the two-way fixed effects estimate" in notes
    assert "only" not in " ".join(note["en"] for note in table(found, "plain").notes)
