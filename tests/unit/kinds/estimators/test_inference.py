"""Errors by bootstrap, jackknife, bias reduction and distance, of every kind that is a least-squares regression or has instruments."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import small_specs
from montecarlo import panels
from nianjian.errors import NianjianError
from nianjian.estimators.adoption import FIRST
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.kinds.tables import regression as kind
from nianjian.language import Text
from nianjian.publish import regression
from small_tables import estimated, labels_of, place

CITIES = Path(__file__).resolve().parents[4] / "config" / "reference" / "cities.csv"
COMMON = {"outcome": "y", "treatment": "policy", "controls": ["x"]}
NUMBERS = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df"]
METHODS = {
    "wild": {"method": "wild_cluster", "draws": 199},
    "webb": {"method": "wild_cluster", "draws": 199, "weights": "webb", "restricted": False},
    "cr2": {"method": "cr2"},
    "cv3": {"method": "cv3"},
    "conley": {"method": "conley", "cutoff_km": 300, "kernel": "bartlett", "pairs": "year_or_place"},
}
STAGGERED = {"estimator": "sun_abraham", "bands": "pointwise", "window": [-3, 3], "controls": []}


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(5)
    known = pd.read_csv(CITIES).dropna(subset=["lon"])["city"].drop_duplicates().sort_values().to_numpy()
    frame = panels.staggered(rng, cities=60, years=10).drop(columns=["since", "effect"])
    frame["block"], frame["odd"] = frame["city"] % 12, frame["city"] % 2
    frame["third"] = frame["city"] % 3
    frame["city"] = known[100 + frame["city"]]
    frame["w"] = rng.uniform(0.5, 2, size=len(frame))
    frame["one"] = 1.0
    frame["same"] = frame["policy"]
    frame["z"] = frame["policy"] + rng.normal(size=len(frame))
    frame["m"] = 0.5 * frame["policy"] + rng.normal(size=len(frame))
    return frame


def run(panel, **own):
    return small_specs.run(panel, COMMON | own, cities=CITIES)


def refused(panel, **own):
    with pytest.raises(NianjianError) as error:
        run(panel, **own)
    return str(error.value)


def assert_same(one, other, rtol=1e-7):
    np.testing.assert_allclose(
        one[NUMBERS].astype(float), other[NUMBERS].astype(float), rtol=rtol, atol=1e-10
    )


# -- instruments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["wild", "webb", "cv3", "conley"])
@pytest.mark.parametrize("cluster", ["city", "block"])
def test_a_regressor_that_is_its_own_instrument_is_least_squares(panel, method, cluster):
    own = {"inference": METHODS[method], "weights": "w", "cluster": cluster}
    plain = run(panel, estimator="twfe", **own).loc["coefficient"]
    iv = run(panel, estimator="iv", instruments=["same"], **own).loc["coefficient"]
    assert_same(iv.loc["policy"], plain.loc["policy"], rtol=2e-6)
    if "wild_cluster" in METHODS[method].values():
        # Intervals of controls are not inverted.
        assert np.isnan(iv.loc["x", "conf_low"])
        np.testing.assert_allclose(iv.loc["x", "p_value"], plain.loc["x", "p_value"], atol=1e-12)
    else:
        assert_same(iv.loc["x"], plain.loc["x"])


def test_the_jackknife_of_instruments_leaves_out_a_cluster_from_both_stages(panel):
    found = run(panel, estimator="iv", instruments=["z"], cluster="block", inference=METHODS["cv3"])
    all_rows = run(panel, estimator="iv", instruments=["z"], cluster="block").loc[("coefficient", "policy")]
    without = [
        run(panel[panel["block"] != block], estimator="iv", instruments=["z"]).loc[
            ("coefficient", "policy"), "estimate"
        ]
        for block in range(12)
    ]
    variance = 11 / 12 * ((np.array(without) - all_rows["estimate"]) ** 2).sum()
    own = found.loc[("coefficient", "policy")]
    assert own["estimate"] == all_rows["estimate"]
    assert own["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-8) and own["df"] == 11


@pytest.mark.parametrize("weights", ["rademacher", "webb"])
def test_bootstrap_draws_of_instruments_are_those_of_refitted_data(panel, weights):
    """The restricted efficient bootstrap by its definition: data drawn, both stages and errors by clusters estimated anew."""
    from nianjian.estimators.prepare import codes_of
    from nianjian.numerics.absorb import partial_out
    from nianjian.numerics.by_cluster import by_cluster
    from nianjian.numerics.instrumented import instrumented, wild_instrumented
    from nianjian.numerics.wild_bootstrap import cluster_weights

    frame = panel.sort_values(["block", "city", "year"])
    effects = [codes_of(frame, "city"), codes_of(frame, "year")]
    columns = frame[["y", "policy", "x", "z", "m"]].to_numpy(dtype=float)
    clusters = codes_of(frame, "block")

    def within(values):
        return partial_out(values, effects)

    y, x, control, *z = within(columns).T
    z = np.column_stack(z)
    data = by_cluster(y, np.column_stack([x, control, z]), effects, clusters, np.ones(len(frame)))
    one = instrumented(data, 2, [1]).without_controls([0], [1])
    options = {"draws": 99, "weights": weights, "with_interval": False}
    found = wild_instrumented(one, 0, np.random.default_rng(3), **options)
    vectors = cluster_weights(12, np.random.default_rng(3), 99, weights)[0]

    def t_of(outcome, endogenous):
        """t of the endogenous regressor by plain two-stage least squares."""
        right, instruments = np.column_stack([endogenous, control]), np.column_stack([z, control])
        fitted = instruments @ np.linalg.lstsq(instruments, right, rcond=None)[0]
        bread = np.linalg.inv(fitted.T @ fitted)
        b = bread @ fitted.T @ outcome
        scores = fitted * (outcome - right @ b)[:, None]
        sums = np.stack([scores[clusters == g].sum(axis=0) for g in range(12)])
        return b[0] / np.sqrt((bread @ sums.T @ sums @ bread)[0, 0])

    exogenous = control[:, None]
    u = y - exogenous @ np.linalg.lstsq(exogenous, y, rcond=None)[0]
    stage = np.column_stack([z, control, u])
    v = x - stage[:, :3] @ np.linalg.lstsq(stage, x, rcond=None)[0][:3]
    drawn = [
        abs(t_of(*within(np.column_stack([y - u + w[clusters] * u, x - v + w[clusters] * v])).T))
        for w in vectors.T
    ]
    np.testing.assert_allclose(found.drawn, drawn, rtol=1e-7)
    assert abs(found.t) == pytest.approx(abs(t_of(y, x)), rel=1e-9)
    assert found.p_value == pytest.approx(np.mean(np.array(drawn) > abs(found.t)))


def test_the_anderson_rubin_test_of_one_instrument_is_the_bootstrap_of_the_reduced_form(panel):
    wild = {"method": "wild_cluster", "draws": 4096}
    iv = run(panel, estimator="iv", instruments=["z"], cluster="block", inference=wild)
    reduced = run(panel, estimator="twfe", treatment="z", cluster="block", inference=wild)
    test = iv.loc[("test", "anderson_rubin_wild")]
    assert test["p_value"] == pytest.approx(reduced.loc[("coefficient", "z"), "p_value"])
    assert test["statistic"] == iv.loc[("test", "anderson_rubin"), "statistic"]
    assert test["conf_low"] < iv.loc[("coefficient", "policy"), "estimate"] < test["conf_high"]
    assert iv.loc[("fit", "bootstrap_enumerated"), "estimate"] == 1
    assert (
        iv.loc[("fit", "treated_clusters"), "estimate"] == panel.loc[panel["policy"] == 1, "block"].nunique()
    )


def test_instruments_refuse_what_is_not_defined_for_them(panel):
    told = refused(panel, estimator="iv", instruments=["z"], inference=METHODS["cr2"])
    assert "not cr2" in told and "taken as given" in told
    told = refused(panel, estimator="iv", instruments=["z"], inference=METHODS["wild"] | {"variance": "cv3"})
    assert "variance: cv1" in told


# -- groups, matching, mediation -------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_groups_are_one_regression_with_interactions(panel, method):
    own = {"inference": METHODS[method], "cluster": "block"}
    found = run(panel, estimator="heterogeneity", by="odd", **own)
    # The same regression with the groups' columns and effects written out.
    columns = {f"{x}[{g}]": panel[x] * (panel["odd"] == g) for x in ("policy", "x") for g in (0, 1)}
    wide = panel.assign(**columns)
    plain = run(
        wide, estimator="twfe", treatment="policy[0]", controls=["policy[1]", "x[0]", "x[1]"],
        absorb=["odd#city", "odd#year"], **own,
    )  # fmt: skip
    for g in ("0", "1"):
        assert_same(found.loc[("effect", f"effect[{g}]")], plain.loc[("coefficient", f"policy[{g}]")])
    # What is added for the second group is the coefficient of the treatment there beside the treatment itself.
    added = run(
        wide, estimator="twfe", treatment="policy[1]", controls=["policy", "x[0]", "x[1]"],
        absorb=["odd#city", "odd#year"], **own,
    )  # fmt: skip
    exact = [name for name in NUMBERS if name not in ("p_value", "conf_low", "conf_high")]
    difference, known = found.loc[("test", "difference")], added.loc[("coefficient", "policy[1]")]
    compared = exact if method == "webb" else NUMBERS
    rtol = 1e-7 if method in ("cr2", "cv3", "conley") else 0.2  # draws go by the name of what is tested
    np.testing.assert_allclose(difference[exact].astype(float), known[exact].astype(float), rtol=1e-7)
    np.testing.assert_allclose(
        difference[compared].astype(float),
        known[compared].astype(float),
        rtol=rtol,
        atol=0.1 if rtol > 0.1 else 0,
    )
    assert found.loc[("fit", "treated_clusters[0]"), "estimate"] > 0


def test_enumerated_draws_of_a_difference_are_those_of_the_interaction(panel):
    few = panel.assign(block=panel["block"] // 2)
    own = {"inference": {"method": "wild_cluster", "draws": 99}, "cluster": "block"}
    found = run(few, estimator="heterogeneity", by="odd", **own)
    columns = {f"x[{g}]": few["x"] * (few["odd"] == g) for g in (0, 1)} | {"more": few["policy"] * few["odd"]}
    added = run(
        few.assign(**columns), estimator="twfe", treatment="more", controls=["policy", "x[0]", "x[1]"],
        absorb=["odd#city", "odd#year"], **own,
    )  # fmt: skip
    assert found.loc[("fit", "bootstrap_enumerated"), "estimate"] == 1
    assert_same(found.loc[("test", "difference")], added.loc[("coefficient", "more")])


def test_several_groups_are_tested_together_by_the_bootstrap_too(panel):
    own = {"estimator": "heterogeneity", "by": "third", "cluster": "block"}
    wild, plain = run(panel, **own, inference=METHODS["wild"]), run(panel, **own)
    assert wild.loc[("test", "difference"), "statistic"] == pytest.approx(
        plain.loc[("test", "difference"), "statistic"]
    )
    assert 0 <= wild.loc[("test", "difference"), "p_value"] <= 1
    # A joint test of one difference is the test of that difference.
    two = panel[panel["third"] < 2].assign(block=lambda rows: rows["block"] // 2)
    from nianjian.estimators.prepare import codes_of
    from nianjian.numerics.absorb import partial_out
    from nianjian.numerics.by_cluster import by_cluster
    from nianjian.numerics.wild_bootstrap import wild_bootstrap, wild_joint

    effects = [codes_of(two, "city"), codes_of(two, "year")]
    columns = partial_out(two[["y", "policy", "x"]].to_numpy(dtype=float), effects)
    data = by_cluster(columns[:, 0], columns[:, 1:], effects, codes_of(two, "block"), np.ones(len(two)))
    rng = np.random.default_rng(0)
    for restricted in (True, False):
        joint = wild_joint(data, np.array([[0.0, 1.0]]), rng, draws=64, restricted=restricted)
        one = wild_bootstrap(data, 1, rng, draws=64, restricted=restricted)
        assert joint.wald == pytest.approx(one.t**2) and joint.p_value == pytest.approx(one.p_value)
    turned, j = data.turned(np.array([1.0, -2.0]))
    assert turned.slopes[j] == pytest.approx(data.slopes @ [1, -2])


def test_cr2_has_no_joint_test_and_says_so(panel):
    told = refused(panel, estimator="heterogeneity", by="third", inference=METHODS["cr2"])
    assert "two groups under groups with inference cr2" in told
    told = refused(panel, estimator="heterogeneity", by="third", groups=[0, 1, 2], inference=METHODS["cr2"])
    assert "two groups under groups with inference cr2, not 3" in told


@pytest.mark.parametrize("method", METHODS)
def test_weights_of_one_are_no_weights_and_matching_weighs(panel, method):
    own = {"estimator": "twfe", "inference": METHODS[method]}
    assert_same(
        run(panel, weights="one", **own).loc["coefficient"].iloc[:2],
        run(panel, **own).loc["coefficient"].iloc[:2],
    )
    match = {"estimator": "psm_did", "covariates": ["x"], "inference": METHODS[method]}
    weighted = run(panel, **match).loc[("coefficient", "policy")]
    alike = run(panel, **match, regression="matched").loc[("coefficient", "policy")]
    assert weighted["estimate"] != alike["estimate"] and weighted["p_value"] <= 1


def test_the_matched_regression_is_the_weighted_one(panel):
    from nianjian.estimators import matching

    fitted = matching.fit(panel, outcome="y", treatment="policy", covariates=["x"], first_year=FIRST)
    weights = fitted.matches.weights[np.unique(panel["city"], return_inverse=True)[1]]
    used = panel.assign(match=weights)[weights > 0]
    for method in ("wild", "cr2", "cv3", "conley"):
        own = {"inference": METHODS[method], "controls": []}
        found = run(panel, estimator="psm_did", covariates=["x"], **own)
        known = run(used, estimator="twfe", weights="match", **own)
        assert_same(found.loc[("coefficient", "policy")], known.loc[("coefficient", "policy")])


@pytest.mark.parametrize("method", METHODS)
def test_equations_of_mediation_are_regressions(panel, method):
    own = {"inference": METHODS[method]}
    found = run(panel, estimator="mediation", mediators=["m"], draws=20, **own)
    total, first = run(panel, estimator="twfe", **own), run(panel, estimator="twfe", **own | {"outcome": "m"})
    second = run(panel, estimator="twfe", **own | {"controls": ["x", "m"]})
    effects = found.loc["effect"]
    assert_same(effects.loc["total"], total.loc[("coefficient", "policy")])
    assert_same(effects.loc["a[m]"], first.loc[("coefficient", "policy")])
    assert_same(effects.loc["direct[m]"], second.loc[("coefficient", "policy")])
    assert_same(effects.loc["b[m]"], second.loc[("coefficient", "m")])
    plain = run(panel, estimator="mediation", mediators=["m"], draws=20).loc["effect"]
    assert_same(effects.loc["indirect[m]"], plain.loc["indirect[m]"])


# -- staggered adoption ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("estimator", ["sun_abraham", "stacked", "etwfe"])
def test_effects_of_staggered_regressions_are_sums_of_coefficients(panel, estimator, method):
    own = STAGGERED | {"estimator": estimator}
    if estimator == "stacked":
        own["window"] = [-3, 1]
    plain = run(panel, **own)
    found = run(panel, **own, inference=METHODS[method])
    effects, known = found.loc["effect"], plain.loc["effect"]
    np.testing.assert_allclose(effects["estimate"], known.loc[effects.index, "estimate"], rtol=1e-9)
    assert effects["p_value"].between(0, 1).all()
    assert (effects["conf_low"] < effects["conf_high"]).all()
    errors_stay = "wild_cluster" in METHODS[method].values()
    assert np.allclose(effects["std_error"], known.loc[effects.index, "std_error"]) == errors_stay
    # Effects before the treatment are tested together, which CR2 cannot; etwfe with controls not treated yet has none.
    tested = ("test", "pretrend") in found.index
    assert tested == (estimator != "etwfe" and method != "cr2")
    if tested:
        joint, before = found.loc[("test", "pretrend")], plain.loc[("test", "pretrend")]
        assert 0 <= joint["p_value"] <= 1
        assert np.isclose(joint["statistic"], before["statistic"]) == errors_stay


@pytest.mark.parametrize("method", ["wild", "cr2", "cv3", "conley"])
def test_one_cohort_alone_is_the_event_study(panel, method):
    """With one cohort beside the never treated an average over cohorts is a coefficient of the event study."""
    first = panel[FIRST].dropna().min()
    one = panel[panel[FIRST].isna() | (panel[FIRST] == first)].assign(block=lambda rows: rows["city"] % 6)
    own = {"inference": METHODS[method] | ({"draws": 99} if method == "wild" else {}), "cluster": "block"}
    found = run(one, **STAGGERED | {"window": None}, **own).loc["coefficient"]
    dummies = {
        f"e{k:.0f}": (one["year"] - one[FIRST] == k).astype(float)
        for k in sorted((one["year"] - one[FIRST]).dropna().unique())
        if k != -1
    }
    names = list(dummies)
    known = run(
        one.assign(**dummies), estimator="twfe", treatment=names[0], **own | {"controls": names[1:]}
    ).loc["coefficient"]
    for name in names:
        assert_same(found.loc[f"event[{name[1:]}]"], known.loc[name])


def test_staggered_estimators_refuse_what_they_cannot_have(panel):
    for estimator in ("callaway_santanna", "imputation", "two_stage", "dcdh"):
        told = refused(panel, **STAGGERED | {"estimator": estimator}, inference=METHODS["cr2"])
        assert (
            f"{estimator} has no key 'inference'" in told and "no coefficients of one least-squares" in told
        )
    told = refused(panel, **STAGGERED | {"bands": "simultaneous"}, inference=METHODS["wild"])
    assert "bands: pointwise with inference wild_cluster" in told
    told = refused(panel, **STAGGERED | {"estimator": "etwfe", "family": "poisson"}, inference=METHODS["cr2"])
    assert "no inference with family poisson" in told


@pytest.mark.parametrize(
    "estimator, why",
    [
        ("placebo", "from random assignments"),
        ("synthetic_did", "weights of cities and years are estimated"),
        ("bacon_decomposition", "has no errors"),
        ("twfe_weights", "what the estimate is made of"),
        ("truncated_regression", "likelihood is truncated"),
        ("spatial_panel", "dependence in space is in the model itself"),
        ("dynamic_spatial_panel", "dependence in space is in the model itself"),
        ("romano_wolf", "write draws, bootstrap_weights"),
    ],
)
def test_others_have_one_reason_each(panel, estimator, why):
    told = refused(panel, estimator=estimator, inference=METHODS["cr2"])
    assert f"{estimator} has no key 'inference': " in told and why in told


# -- families of outcomes in a table of regressions ------------------------------------------------

LABELS = {name: {"en": name, "zh": name} for name in ("y", "m", "policy", "x", "city", "block")}


def table(found, own, **params):
    entries = [
        Entry(name, each.kind, each.params, Text.of(en=name, zh=name))
        for name, each in ((name, small_specs.declared(COMMON | given)) for name, given in own.items())
    ]
    rows = [row | {"spec": name} for name in own for row in found[name].to_dict("records")]
    columns = [name for name in own if name != "family"]
    shown = (
        kinds()
        .get("tables", "regression")
        .params.model_validate({"title": {"en": "T", "zh": "T"}, "columns": columns, **params})
    )
    assert isinstance(shown, kind.Params)
    return regression.table(shown, estimated(shown, columns, rows, place(entries, LABELS)))


@pytest.mark.parametrize("options", [{}, {"restricted": False}, {"scores": "jackknife"}, {"variance": "cv3"}])
def test_adjusted_p_values_of_a_family_stand_below_the_regressions(panel, options):
    own = {
        "first": {"estimator": "twfe"},
        "second": {"estimator": "twfe", "outcome": "m"},
        "family": {
            "estimator": "romano_wolf",
            "outcomes": ["m"],
            "draws": 199,
            "cluster": "block",
            **options,
        },
    }
    rows = {name: run(panel, **each) for name, each in own.items()}
    family = rows["family"].loc["test"]
    line = {"term": "romano_wolf", "kind": "test", "family": "family", "decimals": 3}
    made = table(rows, own, statistics=[line, {**line, "term": "wild_bootstrap"}, "nobs"])
    foot = {row.key: row for panel_ in made.panels for row in panel_.rows}
    for term in ("romano_wolf", "wild_bootstrap"):
        (cells,) = foot[term].lines
        printed = [cell[0].value for cell in cells]
        assert printed == [family.loc[f"{term}[{outcome}]", "p_value"] for outcome in ("y", "m")]
    assert labels_of(made, "en")["romano_wolf"] == "Romano–Wolf p"
    assert labels_of(made, "zh")["romano_wolf"] == "Romano–Wolf调整的p值"
    # One hypothesis adds to another: no adjusted p-value is below its own.
    for outcome in ("y", "m"):
        assert (
            family.loc[f"romano_wolf[{outcome}]", "p_value"]
            >= family.loc[f"wild_bootstrap[{outcome}]", "p_value"]
        )


# -- random assignments ----------------------------------------------------------------------------

RANDOM = {"method": "randomisation", "draws": 199}


@pytest.fixture
def with_treatment(monkeypatch):
    monkeypatch.setattr(small_specs.SomeStudy, "treatment", "policy", raising=False)


@pytest.mark.parametrize("cluster", ["city", "block", None])
@pytest.mark.parametrize("scheme", ["permute", "simple"])
def test_random_assignments_are_those_of_a_placebo(panel, with_treatment, cluster, scheme):
    own = {"cluster": cluster, "weights": "w" if scheme == "permute" else None}
    found = run(panel, estimator="twfe", inference=RANDOM | {"scheme": scheme}, **own)
    known = run(panel, estimator="placebo", draws=199, scheme=scheme, **own)
    coefficient = found.loc[("coefficient", "policy")]
    assert coefficient["p_value"] == known.loc[("test", "randomisation_t"), "p_value"]
    for term in ("randomisation", "randomisation_t"):
        assert found.loc[("test", term), "p_value"] == known.loc[("test", term), "p_value"]
    plain = run(panel, estimator="twfe", **own).loc["coefficient"]
    assert_same(found.loc[("coefficient", "x")], plain.loc["x"])
    assert coefficient["std_error"] == plain.loc["policy", "std_error"]
    # The interval holds what is not rejected: at its ends the p-value of the outcome less that effect is 5 %.
    for end, side in (("conf_low", -1), ("conf_high", 1)):
        inside, outside = (coefficient[end] + side * step for step in (-1e-3, 1e-3))
        p_values = [
            run(panel.assign(y=panel["y"] - r * panel["policy"]), estimator="placebo", draws=199, scheme=scheme, **own)
            .loc[("test", "randomisation_t"), "p_value"]
            for r in (inside, outside)
        ]  # fmt: skip
        assert p_values[0] > 0.05 >= p_values[1]


def test_random_assignments_need_the_studys_treatment_and_a_single_coefficient(panel, with_treatment):
    told = refused(panel, estimator="twfe", treatment="z", inference=RANDOM)
    assert "assigns the study's treatment anew, not 'z'" in told
    told = refused(panel, estimator="heterogeneity", by="odd", inference=RANDOM)
    assert "no single t statistic" in told
    told = refused(panel, **STAGGERED, inference=RANDOM)
    assert "no single t statistic" in told
    told = refused(panel, estimator="twfe", cluster=["city", "year"], inference=RANDOM)
    assert "draws are clustered one way" in told


def test_notes_say_few_clusters_and_what_the_policy_is_assigned_by(panel, with_treatment, monkeypatch):
    from dataclasses import replace

    import small_tables

    own = {
        "plain": {"estimator": "twfe", "cluster": "block"},
        "wild": {"estimator": "twfe", "cluster": "block", "inference": METHODS["wild"]},
        "random": {"estimator": "twfe", "inference": RANDOM},
        "groups": {"estimator": "heterogeneity", "by": "odd", "cluster": "block"},
        "iv": {"estimator": "iv", "endogenous": ["policy"], "instruments": ["z"]},
        "none": {"estimator": "twfe", "cluster": None},
    }
    few = panel[(panel["policy"] == 0) | (panel["block"] < 2)]
    few = few[~few["city"].isin(few.loc[few["policy"] == 1, "city"]) | (few["block"] < 2)]
    rows = {name: run(few, **each) for name, each in own.items()}
    plain = small_tables.place

    def place(*given, **more):
        context = plain(*given, **more)
        facts = replace(context.facts, treatment="policy", assigned_by="province")
        facts.__dict__["specs"] = context.facts.specs
        return replace(context, facts=facts)

    monkeypatch.setitem(table.__globals__, "place", place)
    monkeypatch.setitem(LABELS, "province", {"en": "Province", "zh": "省份"})
    made = table(rows, own, rows=["policy"])
    notes = {language: " ".join(note[language] for note in made.notes) for language in ("en", "zh")}
    english, chinese = notes["en"], notes["zh"]
    assert (
        "Columns (1) and (4): only 12 clusters, with which clustered standard errors are too small; p-values"
        in english
    )
    assert "Column (2): only 12 clusters, which is why p-values and intervals come from the wild" in english
    assert "Columns (1) and (4): only" in english and "treated clusters" in english
    assert "Column (2): only 2 treated clusters, with which the wild bootstrap, too" in english
    below = "below the level at which the policy is assigned (Province), and may be too small."
    assert f"Columns (3) and (5): standard errors are by city, {below}" in english
    assert (
        "Column (3): p-value and interval of the treatment from the t statistics of 199 random assignments"
        in english
    )
    assert "低于政策的分配层级" in chinese and "wild聚类自助法的p值更可靠" in chinese


# -- space and time --------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["uniform", "bartlett"])
def test_conley_pairs_years_of_a_place_up_to_a_lag(kernel):
    from nianjian.numerics.conley import conley_meat

    rng = np.random.default_rng(2)
    calendar = np.array([2001.0, 2002.0, 2004.0, 2008.0])
    places, years = np.repeat(np.arange(5), 4), np.tile(np.arange(4), 5)
    distances = np.abs(rng.uniform(0, 100, size=5)[:, None] - rng.uniform(0, 100, size=5))
    distances = (distances + distances.T) * (1 - np.eye(5))
    scores = rng.normal(size=(20, 2))
    options = {"kernel": kernel, "years": years}

    def by_definition(lag):
        total = np.zeros((2, 2))
        for i in range(20):
            for j in range(20):
                apart, km = abs(calendar[years[i]] - calendar[years[j]]), distances[places[i], places[j]]
                if apart == 0:
                    weight = float(km <= 60) if kernel == "uniform" else max(1 - km / 60, 0)
                else:
                    near = places[i] == places[j] and apart <= lag
                    weight = near * (1 if kernel == "uniform" else 1 - apart / (lag + 1))
                total += weight * np.outer(scores[i], scores[j])
        return total

    for lag in (0, 1, 2, 7):
        found = conley_meat(
            scores, places, distances, 60, pairs="year_or_place", calendar=calendar, lag=lag, **options
        )
        np.testing.assert_allclose(found, by_definition(lag), atol=1e-12)
    one_year = conley_meat(scores, places, distances, 60, pairs="year", **options)
    np.testing.assert_allclose(by_definition(0), one_year, atol=1e-12)


def test_the_lag_of_conley_is_declared_and_noted(panel):
    own = METHODS["conley"]
    errors = [
        run(panel, estimator="twfe", inference=own | more).loc[("coefficient", "policy"), "std_error"]
        for more in ({}, {"lag_years": 9}, {"lag_years": 0}, {"pairs": "year"})
    ]
    assert errors[2] == pytest.approx(errors[3]) and len({round(each, 9) for each in errors}) == 3
    told = refused(panel, estimator="twfe", inference=own | {"lag_years": 2, "pairs": "all"})
    assert "lag_years with pairs: year_or_place, not all" in told
    specs = {"space": {"estimator": "twfe", "inference": own | {"lag_years": 2}}}
    made = table({"space": run(panel, **specs["space"])}, specs)
    assert any("of a city up to 2 years apart" in note["en"] for note in made.notes)
    assert any("相隔不超过2年" in note["zh"] for note in made.notes)
