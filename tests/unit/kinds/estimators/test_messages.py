"""What a user reads where a causal specification cannot be estimated, or only with a reservation.

Specifications are declared here as a study declares them, with all defaults, and run as ``estimate_specs`` does: the
message must name the study's file, the specification, the column and what to do. ``test_samples`` goes through the
same cases estimator by estimator, and the tests of each estimator call its function.
"""

import logging

import numpy as np
import pandas as pd
import pytest

import small_specs
from montecarlo import panels
from nianjian.errors import EstimationError, NianjianError, SampleError
from nianjian.estimators import event_study, heterogeneity, logit, matching, mediation, placebo, twfe
from nianjian.estimators.assignment import assign
from nianjian.estimators.errors import declared_at
from nianjian.kinds.tables import regression as regression_kind
from nianjian.publish import regression
from small_tables import entry, estimated, place, printed

PLACE = "(config/studies/demo.yaml, specs.one)"
CITIES, YEARS = 40, 10
EVENTS = {"estimator": "event_study", "window": [-3, 3]}
SPECS = {
    "twfe": {"estimator": "twfe"},
    "event_study": EVENTS,
    "sun_abraham": EVENTS | {"method": "interaction_weighted"},
    "psm_did": {"estimator": "psm_did", "covariates": ["size"]},
    "iv": {"estimator": "iv", "treatment": None, "endogenous": ["d"], "instruments": ["z"]},
    "mediation": {"estimator": "mediation", "mediators": ["m"], "draws": 20},
    "heterogeneity": {"estimator": "heterogeneity", "by": "odd"},
    "placebo": {"estimator": "placebo", "draws": 20},
}


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    frame = panels.staggered(rng, cities=CITIES, years=YEARS).drop(columns=["since", "effect"])
    frame["m"] = 0.4 * frame["policy"] + rng.normal(size=len(frame))
    frame["z"] = rng.normal(size=len(frame))
    frame["d"] = frame["z"] + rng.normal(size=len(frame))
    frame["size"] = rng.normal(size=CITIES)[frame["city"]]
    frame["odd"] = frame["city"] % 2 == 1
    frame["word"] = "much"
    return frame


@pytest.fixture
def run():
    """Run a specification, declared as in a study, on a frame; returns its rows."""

    def rows(frame, name, study="demo", **changes):
        own = {"outcome": "y", "treatment": "policy", "controls": ["x"]} | SPECS[name] | changes
        return small_specs.run(frame, own, study=study)

    return rows


def never(frame):
    return frame.assign(policy=0.0, first_treated_year=np.nan)


def always(frame):
    return frame.assign(policy=1.0, first_treated_year=float(frame["year"].min()))


def few(frame, treated, controls):
    """The first so many treated and never treated cities."""
    first = frame.groupby("city")["first_treated_year"].first()
    kept = [*first[first.notna()].index[:treated], *first[first.isna()].index[:controls]]
    return frame[frame["city"].isin(kept)]


def ever(frame):
    return frame["first_treated_year"].notna()


def first_cell(frame, column, value):
    return frame.assign(**{column: frame[column].where(frame.index != 5, value)})


MESSAGES = {
    "never": (never, "twfe", {}, "treatment 'policy' never holds", "check `where`, the sample's cities"),
    "never, events": (never, "event_study", {}, "'first_treated_year' is empty", "check the study's `treatment`"),
    "always": (always, "twfe", {}, "treatment 'policy' always holds", "and how the treatment is declared"),
    "always, events": (always, "sun_abraham", {}, "nobody is observed before treatment", "add earlier years"),
    "always, match": (always, "psm_did", {}, "0 city of 40 is never treated", "check `where`, the sample's cities"),
    "one city, match": (lambda f: few(f, 1, 9), "psm_did", {}, "1 city of 10 is treated", "check `where`"),
    "subsample of treated": (
        lambda f: f, "twfe", {"where": "policy == 1"}, "treatment 'policy' always holds", "check `where`",
    ),
    "subsample of treated, placebo": (
        lambda f: f, "placebo", {"where": "policy == 1"}, "treatment 'policy' always holds", "check `where`",
    ),
    "subsample of treated, match": (
        lambda f: f, "psm_did", {"where": "first_treated_year > 0"}, "is never treated", "check `where`",
    ),
    "subsample of treated, groups": (
        lambda f: f, "heterogeneity", {"where": "policy == 1"},
        "group False: treatment 'policy' always holds", "leave the group out with `groups`",
    ),
    "subsample of treated, cohorts": (
        lambda f: f[f["first_treated_year"] == f["first_treated_year"].min()], "sun_abraham", {},
        "no cohort is left beside the control", "or write `method: twfe`",
    ),
    "one year": (lambda f: f, "twfe", {"where": "year == 2010"}, "alone in one of the effects", "`where`"),
    "treatment fixed in the city": (
        lambda f: f.assign(policy=ever(f) * 1.0), "twfe", {},
        "treatment 'policy' is absorbed by city and year", "leave out the effect or the control",
    ),
    "only control is fixed": (
        lambda f: f, "twfe", {"treatment": None, "controls": ["size"]},
        "no regressor is left", "size is absorbed by city and year",
    ),
    "half of the years": (
        lambda f: f.assign(x=f["x"].where(f["year"] < 2010)), "twfe", {}, "x 200", "declare `missing: drop`",
    ),
    "repeated key": (
        lambda f: pd.concat([f, f.head(2)]), "twfe", {}, "2 rows repeat a key, first {'city': 0, 'year': 2005}",
        "must identify a row",
    ),
    "one cluster": (
        lambda f: f.assign(region=1), "twfe", {"cluster": "region"}, "'region' has one cluster only",
        "more levels under `cluster`, or write `cluster: null`",
    ),
    "one cluster, iv": (
        lambda f: f.assign(region=1), "iv", {"cluster": "region"}, "'region' has one cluster only", "`cluster: null`",
    ),
    "two clusters that mirror each other, iv": (
        lambda f: few(f, 1, 1),
        "iv",
        {},
        "'d' has no clustered standard error",
        "(there are 2 of 'city'); name a column with more levels under `cluster`",
    ),
    "one cluster a group": (
        lambda f: f.assign(half=f["city"] % 2), "heterogeneity", {"cluster": "half"},
        "group False: 'policy' has no clustered standard error", "name a column with more levels under `cluster`",
    ),
    "separation": (
        lambda f: f.assign(size=ever(f) + 0.01 * f["city"]), "psm_did", {},
        "size separates treated from untreated units", "leave the covariate out, make it coarser",
    ),
    "no common support": (
        lambda f: f, "psm_did", {"bandwidth": 1e-12}, "no treated unit finds a control: the treated lie at",
        "widen the bandwidth or caliper",
    ),
    "covariate in words": (
        lambda f: f, "psm_did", {"covariates": ["word"]}, "covariate word is not numeric", "make dummy variables",
    ),
    "instrument fixed in the city": (
        lambda f: f.assign(z=f["size"]), "iv", {}, "instrument 'z' is absorbed by city and year",
        "such as its product with a trend",
    ),
    "endogenous fixed in the city": (
        lambda f: f.assign(d=f["size"]), "iv", {}, "endogenous 'd' is absorbed by city and year", "leave out the effect",
    ),
    "one assignment": (
        lambda f: f.assign(first_treated_year=2009.0, policy=(f["year"] >= 2009) * 1.0), "placebo",
        {"absorb": ["city"]}, "scheme permute has one possible assignment only", "keep cities that are never treated",
    ),
    "one assignment of years": (
        lambda f: f.assign(first_treated_year=2009.0, policy=(f["year"] >= 2009) * 1.0), "placebo",
        {"absorb": ["city"], "scheme": "simple"}, "scheme simple has one possible assignment only",
        "or use scheme in_time",
    ),
    "too many pseudo-treated": (
        lambda f: f, "placebo", {"scheme": "simple", "treated": 41}, "treated is 41, but the sample has 40 cities",
        "write a smaller `treated`",
    ),
    "constant mediator": (
        lambda f: f.assign(m=2.0), "mediation", {}, "mediator 'm': outcome 'm' is 2 in all 400 observations",
        "take it out of `mediators`",
    ),
    "mediator fixed in the city": (
        lambda f: f.assign(m=f["size"]), "mediation", {}, "mediator 'm': outcome 'm' does not vary within",
        "take it out of `mediators`",
    ),
    "mediator is a control": (
        lambda f: f.assign(m=3 * f["x"]), "mediation", {}, "mediator 'm': 'm' is collinear with x",
        "take it out of `mediators`",
    ),
    "constant outcome": (lambda f: f.assign(y=1.0), "twfe", {}, "outcome 'y' is 1 in all 400", "choose an outcome"),
    "outcome in words": (
        lambda f: f, "twfe", {"outcome": "word"}, "outcome 'word' is not numeric", "name a column of numbers",
    ),
    "control in words": (
        lambda f: f, "twfe", {"controls": ["word"]}, "word is not numeric", "make dummy variables of it",
    ),
    "weights in words": (
        lambda f: f, "twfe", {"weights": "word"}, "column of weights 'word' is not numeric", "name a column of numbers",
    ),
    "weights below zero": (
        lambda f: f, "twfe", {"weights": "z"}, "weights in 'z' are not positive", "leave these rows out with `where`",
    ),
    "unknown effect": (
        lambda f: f, "twfe", {"absorb": ["city", "regoin"]}, "no column regoin", "correct the name",
    ),
    "unknown group": (
        lambda f: f, "heterogeneity", {"by": "regoin"}, "no column regoin", "or correct the name",
    ),
    "one group": (
        lambda f: f, "heterogeneity", {"by": "word"}, "'word' has one group, ['much']", "another column under `by`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MESSAGES)
def test_messages_name_place_and_remedy(panel, run, case):
    change, name, options, wrong, remedy = MESSAGES[case]
    with pytest.raises(EstimationError) as caught:
        run(change(panel), name, **options)
    text = str(caught.value)
    assert text.startswith("spec 'one") and text.endswith(PLACE)
    assert wrong in text and remedy in text.partition(wrong)[2]


@pytest.mark.parametrize("name", SPECS)
def test_the_declared_specs_can_be_estimated(panel, run, name):
    rows = run(panel, name)
    assert rows.loc[["coefficient"], "std_error"].gt(1e-6).all()
    assert not any(term.startswith(("without_std_error", "few_assignments")) for _, term in rows.index)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("missing", ["error", "drop"])
def test_the_logarithm_of_zero(panel, run, name, missing):
    with np.errstate(divide="ignore"):
        frame = first_cell(panel, "y", np.log(0.0))
    with pytest.raises(EstimationError) as caught:
        run(frame, name, missing=missing)
    text = str(caught.value)
    assert "400 observations: y 1; y is infinite, first {'city': 0, 'year': 2010" in text
    assert "correct its formula, or leave these rows out with `where`" in text and text.endswith(PLACE)


@pytest.mark.parametrize(
    ("name", "column"), [("twfe", "x"), ("iv", "z"), ("iv", "d"), ("mediation", "m"), ("heterogeneity", "x")]
)
def test_infinite_regressors_are_named(panel, run, name, column):
    with pytest.raises(
        EstimationError, match=rf"{column}\S* 1; {column}\S* is infinite, first .*'year': 2010"
    ):
        run(first_cell(panel, column, np.inf), name)


def test_a_condition_on_an_unknown_column_names_it(panel, run):
    with pytest.raises(NianjianError, match=r"^spec 'one', where: no column regoin to compute `regoin == 1`"):
        run(panel, "twfe", where="regoin == 1")


def test_the_variant_is_part_of_the_place(panel, run):
    with pytest.raises(EstimationError, match=r"config/studies/demo.yaml \(variant real\), specs.one\)$"):
        run(never(panel), "twfe", study="demo-real")


@pytest.mark.parametrize("name", ["twfe", "psm_did", "iv", "mediation", "heterogeneity", "placebo"])
@pytest.mark.parametrize("kind", ["city", "year"])
def test_controls_that_the_effects_absorb_are_left_out_and_named(panel, run, name, kind, caplog):
    frame = panel.assign(fixed=panel["size"] if kind == "city" else (panel["year"] > 2008) * 1.0)
    with caplog.at_level(logging.WARNING):
        rows = run(frame, name, controls=["x", "fixed"])
    dropped = [
        term for which, term in rows.index if which == "fit" and term.startswith("dropped[fixed|absorbed")
    ]
    assert len(dropped) == (2 if name == "heterogeneity" else 1)
    assert "is left out: absorbed by " in caplog.text
    plain = run(panel, name)
    plain = plain[plain.index.get_level_values("kind").isin(["coefficient", "effect"])]
    shared = plain.index.intersection(rows.index)
    np.testing.assert_allclose(rows.loc[shared, "estimate"], plain.loc[shared, "estimate"], rtol=1e-8)


def test_a_control_absent_in_every_other_year_leaves_the_others(panel, run):
    gappy = panel.assign(x=panel["x"].where(panel["year"] % 2 == 0))
    rows = run(gappy, "twfe", missing="drop")
    kept = run(panel[panel["year"] % 2 == 0], "twfe")
    assert rows.loc[("fit", "nobs_dropped_missing"), "estimate"] == 200
    assert rows.loc[("coefficient", "policy"), "estimate"] == kept.loc[("coefficient", "policy"), "estimate"]


# Errors that are no errors


@pytest.mark.parametrize("name", ["twfe", "placebo"])
def test_two_clusters_that_mirror_each_other_leave_no_error(panel, run, name, caplog):
    with caplog.at_level(logging.WARNING):
        rows = run(few(panel, 1, 1), name)
    assert rows.loc[("fit", "without_std_error[policy]"), "estimate"] == 1
    coefficient = rows.loc[("coefficient", "policy")]
    assert (
        np.isfinite(coefficient["estimate"])
        and coefficient[["std_error", "p_value", "conf_low"]].isna().all()
    )
    assert (
        "'policy' has no clustered standard error" in caplog.text and "there are 2 of 'city'" in caplog.text
    )
    assert "write `cluster: null`, or widen the sample" in caplog.text
    # The conventional error is there, as the advice says.
    assert run(few(panel, 1, 1), name, cluster=None).loc[("coefficient", "policy"), "std_error"] > 0


def test_a_table_does_not_print_what_has_no_error(panel, run):
    params = regression_kind.Params.model_validate(
        {
            "title": {"en": "Baseline", "zh": "基准回归"},
            "columns": ["one"],
            "rows": [{"term": "policy", "label": {"en": "Policy", "zh": "政策"}}],
            "statistics": ["nobs"],
        }
    )
    spec = {"outcome": "y", "treatment": "policy", "controls": ["x"], "absorb": ["city", "year"]}
    context = place([entry("one", cluster="city", **spec)], {}, name="1")

    def table(frame):
        rows = run(frame, "twfe").reset_index(drop=True).to_dict("records")
        return regression.table(params, estimated(params, ["one"], rows, context))

    assert printed(table(panel))["policy"]
    message = r"tables.1.* of coefficient 'policy' in specification 'one' is nan; look into that specification's log"
    with pytest.raises(EstimationError, match=message):
        table(few(panel, 1, 1))


def test_the_message_on_missing_errors_is_also_that_of_the_functions(panel):
    two = few(panel, 1, 1)
    given = {"outcome": "y", "absorb": ["city", "year"], "cluster": "city"}
    fitted = twfe.fit(two, regressors=["policy", "x"], treatment="policy", **given)
    assert fitted.without_std_error == ("policy", "x") and np.isnan(fitted.std_errors).all()
    assert twfe.fit(panel, regressors=["policy", "x"], **given).without_std_error == ()
    events = {"first_year": "first_treated_year", "window": [-2, 2], "spec": "s"}
    with pytest.raises(
        EstimationError, match=r"spec 's': 'event\[.*' has no clustered standard error.* `cluster: null`"
    ):
        event_study.fit(two, **given, **events)
    with pytest.raises(
        EstimationError, match=r"spec 's': 'policy' has no clustered standard error.*of 'city'"
    ):
        mediation.fit(two, **given, treatment="policy", mediators=["m"], draws=20, spec="s")
    with pytest.raises(
        EstimationError, match=r"spec 's': group True: 'policy' has no clustered standard error.*of 'half'"
    ):
        heterogeneity.fit(
            panel.assign(half=panel["city"] % 2), **given | {"cluster": "half"}, treatment="policy", by="odd",
            groups=[True, False], spec="s",
        )  # fmt: skip


def test_one_matched_pair_has_no_error_and_says_so(panel, run, caplog):
    apart = panel.assign(size=panel["size"] + 3.2 * ever(panel))
    with caplog.at_level(logging.WARNING):
        rows = run(apart, "psm_did")
    assert (
        rows.loc[("fit", "treated_units"), "estimate"] == rows.loc[("fit", "control_units"), "estimate"] == 1
    )
    assert rows.loc[("fit", "without_std_error[policy]"), "estimate"] == 1
    assert "'policy' has no clustered standard error" in caplog.text and "RuntimeWarning" not in caplog.text


def test_more_event_times_than_clusters_cannot_be_tested_together(panel, run, caplog):
    with caplog.at_level(logging.WARNING):
        rows = run(panel.assign(block=panel["city"] % 3), "event_study", cluster="block")
    assert np.isnan(rows.loc[("test", "posttrend"), "estimate"])
    assert "spec 'one': posttrend: 4 event times cannot be tested together with 3 clusters" in caplog.text
    assert "pretrend" not in caplog.text and np.isfinite(rows.loc[("test", "pretrend"), "estimate"])


# Placebo


def test_fewer_assignments_than_draws_are_flagged(panel, run, caplog):
    with caplog.at_level(logging.WARNING):
        rows = run(few(panel, 1, 3), "placebo", draws=100)
    assert rows.loc[("fit", "few_assignments"), "estimate"] == 4
    assert "100 draws of 4 possible assignments: p-values below 0.250 cannot be reached" in caplog.text
    assert rows.loc[("test", "randomisation"), "p_value"] > 0.15


def test_a_placebo_without_cities_never_treated_permutes_the_years(panel, run):
    rows = run(panel[ever(panel)], "placebo")
    assert np.isfinite(rows.loc[("test", "randomisation"), "p_value"])
    cohorts = panel.loc[ever(panel)].groupby("city")["first_treated_year"].first()
    drawn = assign(cohorts.to_numpy(), draws=range(5))
    assert (np.sort(drawn, axis=0) == np.sort(cohorts.to_numpy())[:, None]).all()


def test_one_assignment_stops_the_function_too(panel):
    alike = panel.assign(first_treated_year=2009.0, policy=(panel["year"] >= 2009) * 1.0)
    with pytest.raises(EstimationError, match=r"^spec 's': scheme permute has one possible .* in the sample"):
        placebo.run(alike, outcome="y", treatment="policy", absorb=["city"], draws=5, spec="s")


# Functions: what only the last lines of a message say


def test_functions_say_what_to_do(panel):
    given = {"outcome": "y", "absorb": ["city", "year"], "cluster": "city", "spec": "s"}
    with pytest.raises(
        EstimationError, match=r"^spec 's': outcome 'word' is not numeric; name a column of numbers$"
    ):
        twfe.fit(panel, regressors=["policy"], **given | {"outcome": "word"})
    with pytest.raises(EstimationError, match=r"^spec 's': column of weights 'word' is not numeric; name"):
        twfe.fit(panel, regressors=["policy"], weights="word", **given)
    with pytest.raises(
        EstimationError, match="y 1; y is infinite, like the logarithm of zero: correct its formula"
    ):
        twfe.fit(first_cell(panel, "y", -np.inf), regressors=["policy"], key=(), **given)
    with pytest.raises(
        EstimationError, match=r"mediator 'm': 'm' is collinear with policy .* out of `mediators`"
    ):
        mediation.fit(panel.assign(m=panel["policy"]), treatment="policy", mediators=["m"], **given)
    with pytest.raises(EstimationError, match="matching needs two of each kind: check `where`"):
        matching.fit(never(panel), treatment="policy", covariates=["size"], **given)
    with pytest.raises(EstimationError, match="needs both kinds of units; all 3 have 1: widen the sample"):
        logit.fit(np.ones(3), np.arange(3.0)[:, None], ["a"])


# What runs a specification


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (SampleError("no weights"), SampleError, r"^spec 'a': no weights \(config/studies/b.yaml, specs.a\)$"),
        (EstimationError("spec 'a': gone"), EstimationError, r"^spec 'a': gone \(config/studies/b.yaml, specs.a\)$"),
        (
            np.linalg.LinAlgError("Singular"), EstimationError,
            r"cannot be inverted \(Singular\).*leave out controls.*specs.a\)$",
        ),
        (ZeroDivisionError("ours"), ZeroDivisionError, "^ours$"),  # a mistake of ours keeps its trace
    ],
)  # fmt: skip
def test_errors_of_every_kind_get_place_and_words(raised, kind, message):
    with pytest.raises(kind, match=message), declared_at("b", "a"):
        raise raised


def test_the_place_names_the_variant(run, panel):
    with pytest.raises(
        EstimationError, match=r"no city-year .* \(config/studies/demo.yaml \(variant small\), specs.one\)$"
    ):
        run(panel, "twfe", study="demo-small", where="city > 999999")
