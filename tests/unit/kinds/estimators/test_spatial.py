"""What a user reads where a spatial specification cannot be estimated, or only with a reservation.

Specifications are declared as in a study, with all defaults, and run as ``estimate_specs`` does: messages must name the
study's file and key, the city or variable, and what to do.
"""

import logging
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from estimate_specs import estimate
from nianjian.errors import DeclarationError, EstimationError, SampleError
from nianjian.estimates import ESTIMATE_KEY, ESTIMATES, address
from nianjian.estimators.errors import declared_at
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.spatial import weights
from nianjian.spatial.reading import weights_of
from small_space import YEARS, N, distances, island, line, line_panel

PLACE = "(config/studies/demo.yaml, specs.one)"


@pytest.fixture(scope="module")
def panel():
    return line_panel()


@pytest.fixture
def matrices(tmp_path):
    """Write two matrices; returns their files."""

    def written(near=None, far=None):
        files = []
        for name, matrix in (
            ("near", line() if near is None else near),
            ("far", distances() if far is None else far),
        ):
            file = tmp_path / f"{name}.parquet"
            made = weights.from_matrix(range(len(matrix)), matrix, name=name, islands="keep")
            weights.write(made, file)
            files.append(file)
        return files

    return written


PANEL = {
    "estimator": "spatial_panel",
    "treatment": "policy",
    "controls": ["x"],
    "matrix": "near",
    "draws": 100,
}
SPECS = {
    "sdm": PANEL | {"model": "sdm"},
    "sar": PANEL | {"model": "sar"},
    "sem": PANEL | {"model": "sem"},
    "sac": PANEL | {"model": "sac"},
    "slx": PANEL | {"model": "slx"},
    "choice": {
        "estimator": "compare_matrices", "treatment": "policy", "controls": ["x"], "model": "sar",
        "matrices": ["near", "far"], "grid": ["near", "far"],
    },
    "dynamic": PANEL | {"estimator": "dynamic_spatial_panel"},
    "models": {
        "estimator": "compare_models", "treatment": "policy", "controls": ["x"], "matrices": ["near", "far"],
    },
    "moran": {"estimator": "global_autocorrelation", "matrix": "near", "permutations": 19},
    "lisa": {"estimator": "local_moran", "matrix": "near", "permutations": 19, "years": [2006]},
}  # fmt: skip
PATTERN = ("moran", "lisa")


@pytest.fixture
def run(matrices):
    """Run a specification, declared as in a study, on a frame; returns its rows."""

    def rows(frame, name, *, near=None, far=None, **changes):
        own = {"outcome": "y"} | SPECS[name] | changes
        kind = kinds().get("estimators", own.pop("estimator"))
        entry = Entry("one", kind, kind.read(own, "config/studies/demo.yaml", "specs.one"))
        files = {file.stem: file for file in matrices(near, far)}
        context = EstimatorContext("demo", "specs", "one", matrices=files)
        with declared_at("demo", "one"):
            found = estimate(entry, frame, context)
        assert list(found) == list(ESTIMATES) and not found.duplicated(list(ESTIMATE_KEY)).any()
        named = [address(row) for row in found.to_dict("records")]
        return found.assign(term=named).set_index(["kind", "term"])

    return rows


def without(frame, row):
    return frame[frame.index != row]


def steady(frame):
    """A column that is the same in all cities each year."""
    return frame.assign(after=(frame["year"] > 2007) * 1.0)


def lagged(frame):
    """A control that is the spatial lag of another."""
    matrix = line() / line().sum(axis=1, keepdims=True)
    return frame.assign(wx=(matrix @ frame["x"].to_numpy().reshape(N, YEARS)).ravel())


MESSAGES = {
    "an unbalanced panel": (
        lambda f: without(f, 7), "sdm", {}, "not balanced: 1 of 72 city-years are absent, first (1, 2006)",
        "fill them in the sample, or drop the cities or years",
    ),
    "an unbalanced panel, by year": (
        lambda f: without(f, 7), "moran", {}, "y, 2006: weights near are for other cities: the sample lacks 1",
        "balance the sample",
    ),
    "a gap in x": (
        lambda f: f.assign(x=f["x"].mask(f.index == 7)), "sdm", {}, "cells: x 1; first (1, 2006)",
        "fill them in the sample",
    ),
    "a gap in x that is dropped": (
        lambda f: f.assign(x=f["x"].mask(f.index == 7)), "sar", {"missing": "drop"},
        "not balanced: 1 of 72 city-years are absent, first (1, 2006)", "fill them in the sample",
    ),
    "a gap in y": (
        lambda f: f.assign(y=f["y"].mask(f.index == 7)), "lisa", {}, "y, 2006: no value for 1", "fill the gaps",
    ),
    "the logarithm of zero": (
        lambda f: f.assign(y=f["y"].mask(f.index == 7, -np.inf)), "sem", {}, "cells: y 1; first (1, 2006)",
        "fill them in the sample",
    ),
    "a constant": (
        lambda f: f.assign(one=1.0), "sdm", {"controls": ["one"]}, "regressor 'one' is constant", "leave it out",
    ),
    "a constant without effects": (
        lambda f: f.assign(one=1.0), "slx", {"controls": ["one"], "absorb": []}, "regressor 'one' is constant",
        "leave it out",
    ),
    "a dummy of years": (
        steady, "sdm", {"controls": ["after"]}, "regressor 'after' is the same in all cities each year", "leave it out",
    ),
    "the lag of a dummy of years": (
        steady, "sdm", {"controls": ["after"], "absorb": ["city"]}, "regressor 'W*after' is collinear with after",
        "or its spatial lag out of `lagged`",
    ),
    "a control that is a lag": (
        lagged, "sdm", {"controls": ["x", "wx"]}, "regressor 'W*x' is collinear with wx", "out of `lagged`",
    ),
    "a fixed property": (
        lambda f: f.assign(fixed=f["city"] * 1.0), "sar", {"controls": ["fixed"]},
        "regressor 'fixed' is constant within every city", "leave it out or drop the effect",
    ),
    "many collinear columns": (
        lambda f: f.assign(**{f"k{j}": np.random.default_rng(j).normal(size=len(f)) for j in range(40)}), "sdm",
        {"controls": [f"k{j}" for j in range(40)]}, " more within city and year", "leave one out",
    ),
    "one year": (lambda f: f, "sdm", {"where": "year == 2006"}, "one year only", "write `absorb: []`"),
    "two cities": (
        lambda f: f, "sar", {"where": "city < 2"}, "the spatial lag of 'y' is -1 times itself",
        "leave out effects of years, or choose another `matrix` or more cities",
    ),
    "two cities, error": (
        lambda f: f, "sem", {"where": "city < 2"}, "the spatial lag of 'y' is -1 times itself", "more cities",
    ),
    "two cities, durbin": (
        lambda f: f, "sdm", {"where": "city < 2"}, "'W*policy' is collinear with policy", "out of `lagged`",
    ),
    "two cities, by year": (lambda f: f, "moran", {"where": "city < 2"}, "y, 2005: 2 cities", "widen the sample"),
    "equal weights for all": (
        lambda f: f, "sar", {"near": np.ones((N, N)) - np.eye(N)}, "the spatial lag of 'y' is -0.0909 times itself",
        "choose another `matrix`",
    ),
    "lag and error alike": (
        lambda f: f, "slx", {"where": "city < 3", "tests": ["lm"]}, "tests lm: W times the fitted values",
        "take lm out of `tests`",
    ),
    "a city without weights": (
        lambda f: f.assign(city=f["city"].replace(3, 99)), "sdm", {}, "weights near: no weights for 99",
        "build the matrix for the sample's cities",
    ),
    "a condition that isolates": (
        lambda f: f, "sdm", {"where": "city != 1"},
        "no neighbours for 0: the sample used holds 11 of the matrix's 12 cities", "leave these out with `where` too",
    ),
    "an unknown matrix": (
        lambda f: f, "sdm", {"matrix": "neer"}, "weight matrix 'neer' is not among the inputs, which are far, near",
        "declare it under spatial_weights",
    ),
    "an unknown matrix to choose": (
        lambda f: f, "choice", {"matrices": ["near", "neer"], "grid": None}, "weight matrix 'neer'",
        "declare it under spatial_weights",
    ),
    "an island and errors": (
        lambda f: f, "sem", {"near": island()}, "1 cities without neighbours (11)",
        "drop these cities, or write `islands: nearest`",
    ),
    "an island and Lee and Yu": (
        lambda f: f, "sdm", {"near": island(), "lee_yu": "transform"}, "1 cities without neighbours (11)",
        "write `islands: nearest` with the matrix",
    ),
    "y in words": (lambda f: f, "sdm", {"outcome": "word"}, "word is not numeric", "make dummy variables"),
    "a pattern of words": (lambda f: f, "moran", {"outcome": "word"}, "word is not numeric", "name a column of numbers"),
    "a local pattern of words": (
        lambda f: f, "lisa", {"outcome": "word"}, "word is not numeric", "name a column of numbers",
    ),
    "an unknown outcome": (
        lambda f: f, "moran", {"outcome": "uer"}, "no column 'uer' in the sample", "declare it under variables",
    ),
    "a year that is not there": (
        lambda f: f, "lisa", {"years": [2030]}, "the sample has no 2030; it has 2005 to 2010", "correct `years`",
    ),
    "a constant pattern": (
        lambda f: f.assign(y=1.0), "lisa", {}, "y, 2006: the values do not vary", "choose a variable that does",
    ),
    "a constant outcome": (
        lambda f: f.assign(y=1.0), "sar", {}, "outcome 'y' does not vary within city and year", "another outcome",
    ),
    "a year out of the middle": (
        lambda f: f[f["year"] != 2007], "dynamic", {}, "no year between 2006 and 2008",
        "use years that follow each other",
    ),
    "too few years for a lag": (
        lambda f: f[f["year"] < 2008], "dynamic", {}, "3 years; a dynamic model needs four", "widen the years",
    ),
    "an island and a lag in time": (
        lambda f: f, "dynamic", {"near": island()}, "1 cities without neighbours (11)",
        "write `islands: nearest` with the matrix",
    ),
    "no regressor": (
        lambda f: f, "sdm", {"treatment": None, "controls": []}, "there is no regressor",
        "declare a treatment or controls",
    ),
    "a repeated key": (
        lambda f: pd.concat([f, f.head(1)]), "sdm", {}, "1 rows repeat a city and year, first (0, 2005)", "keep one",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MESSAGES)
def test_messages_about_models_name_place_and_remedy(panel, run, case):
    change, name, options, wrong, remedy = MESSAGES[case]
    with pytest.raises((EstimationError, SampleError)) as caught:
        run(change(panel), name, **options)
    text = str(caught.value)
    assert text.startswith("spec 'one': ") and text.endswith(PLACE)
    assert wrong in text and remedy in text.partition(wrong)[2]


@pytest.mark.parametrize("name", SPECS)
def test_the_declared_specs_can_be_estimated(panel, run, name):
    rows = run(panel, name)
    edges = [value for (_, term), value in rows["estimate"].items() if "at_edge" in term]
    assert not any(edges) and bool(edges) == (name not in (*PATTERN, "slx"))


# Results with a reservation


@pytest.mark.parametrize("name", ["sdm", "sar", "slx", "moran", "lisa"])
def test_islands_that_are_kept_are_counted_and_named(panel, run, name, caplog):
    with caplog.at_level(logging.WARNING):
        rows = run(panel, name, near=island())
    assert rows.loc[("fit", "islands"), "estimate"] == 1
    assert "weights near: no neighbours for 11" in caplog.text
    assert run(panel, name).loc[("fit", "islands"), "estimate"] == 0


def test_impacts_with_an_island_need_no_interpolation_without_rho(panel, run, recwarn):
    rows = run(panel, "slx", near=island())
    assert not [warning for warning in recwarn if "poorly conditioned" in str(warning.message)]
    theta, linked = rows.loc[("coefficient", "W*x"), "estimate"], (N - 1) / N
    indirect = rows.loc[("effect", "indirect[x]")]
    assert indirect["estimate"] == pytest.approx(theta * linked)
    # 100 draws of an error that is known but for the draws.
    error = rows.loc[("coefficient", "W*x"), "std_error"] * linked
    assert indirect["std_error"] == pytest.approx(error, rel=0.25)


def test_an_island_takes_part_in_the_choice_of_weights(panel, run):
    rows = run(panel, "choice", near=island())
    alone = run(panel, "sar", near=island())
    assert rows.loc[("fit", "aic[near]"), "estimate"] == pytest.approx(alone.loc[("fit", "aic"), "estimate"])


def test_models_compared_by_matrix_are_those_compared_at_once(panel, run, matrices):
    kind = kinds().get("estimators", "compare_models")
    params = kind.read(
        {"outcome": "y", **{key: value for key, value in SPECS["models"].items() if key != "estimator"}}
    )
    files = {file.stem: file for file in matrices()}
    context = EstimatorContext("demo", "specs", "one", matrices=files)
    draw = kind.member("drawer")(params, panel, context)
    assert list(kind.pieces(params)) == [0, 1]
    drawn = pd.concat([draw(range(0, 1)), draw(range(1, 2))], ignore_index=True)
    rows = kind.member("build")(params, panel, context, drawn)
    whole = run(panel, "models").reset_index()
    whole = whole[whole["term"] != "nobs_dropped_missing"]
    merged = rows.assign(term=[address(row) for row in rows.to_dict("records")]).set_index("term")["estimate"]
    pd.testing.assert_series_equal(merged, whole.set_index("term")["estimate"])
    assert merged["probability[near]"] + merged["probability[far]"] == pytest.approx(1)


def test_a_condition_may_make_islands_where_they_are_kept(matrices, panel):
    near, _ = matrices(near=island())
    assert weights_of("near", {"near": near}, panel[panel["city"] != 1]).islands == (0, 11)


@pytest.mark.parametrize("end", [1, -1])
@pytest.mark.parametrize(("name", "parameter"), [("sdm", "rho"), ("sar", "rho"), ("sem", "lambda")])
def test_parameters_at_the_edge_are_flagged(panel, run, name, parameter, end):
    common = np.tile(np.random.default_rng(0).normal(size=YEARS), N)
    y = 100 * common * np.where(panel["city"] % 2, end, 1) + 0.001 * panel["y"]
    with pytest.warns(
        UserWarning, match=rf"spec 'one': {parameter} = .* edge .*choose another `model` or `matrix`"
    ):
        rows = run(panel.assign(y=y), name, absorb=[])
    assert rows.loc[("fit", f"{parameter}_at_edge"), "estimate"] == 1
    assert np.sign(rows.loc[("coefficient", parameter), "estimate"]) == end


def test_parameters_at_the_edge_are_flagged_in_the_choice_of_weights(panel, run):
    common = np.tile(np.random.default_rng(0).normal(size=YEARS), N)
    with pytest.warns(
        UserWarning, match=r"spec 'one': weights (near|far): rho = .* lies at the edge"
    ) as told:
        rows = run(panel.assign(y=100 * common + 0.001 * panel["y"]), "choice", grid=None, absorb=[])
    assert {str(warning.message).split(": ")[1] for warning in told} == {"weights near", "weights far"}
    assert (
        rows.loc[("fit", "at_edge[near]"), "estimate"] == rows.loc[("fit", "at_edge[far]"), "estimate"] == 1
    )


@pytest.mark.parametrize("absorb", [[], ["year"]])
def test_one_year_is_a_cross_section_without_effects_of_cities(panel, run, absorb):
    rows = run(panel, "sar", where="year == 2006", absorb=absorb)
    assert rows.loc[("fit", "periods"), "estimate"] == 1
    assert rows.loc[["coefficient"], "std_error"].gt(0).all()


def test_two_cities_can_be_told_apart_without_effects_of_years(panel, run):
    rows = run(panel, "sar", where="city < 2", absorb=["city"])
    assert rows.loc[("fit", "rho_at_edge"), "estimate"] == 0


# Declarations


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("sdm", {"absorb": ["city", "word"]}, r"specs\.one\.absorb: .*city and year, each once"),
        ("sdm", {"absorb": ["city", "city"]}, r"specs\.one\.absorb: .*each once"),
        ("sdm", {"effects": ["city"]}, "key 'effects' is now called 'absorb'"),
        ("sdm", {"effect_errors": "delta"}, "key 'effect_errors' is now called 'impact_errors'"),
        ("sdm", {"cluster": "province"}, r"specs\.one\.cluster"),
        ("sdm", {"draws": 99}, r"specs\.one\.draws: .*at least 100"),
        ("sar", {"tests": ["wald"]}, "no test lr or wald with model sar"),
        ("slx", {"tests": ["hausman"]}, "test hausman with city in absorb"),
        ("models", {"models": ["sar", "sar"]}, "each once; 'sar' stands in models twice"),
        ("models", {"matrices": ["near"], "models": ["sar"]}, "two matrices or two models, at least"),
        ("models", {"models": ["sac"]}, r"specs\.one\.models"),
        ("models", {"cluster": "city"}, r"specs\.one\.cluster"),
        ("dynamic", {"absorb": ["year"]}, "city in absorb: the model is one with effects of cities"),
        ("dynamic", {"absorb": ["city", "word"]}, r"specs\.one\.absorb: .*city and year, each once"),
        ("dynamic", {"cluster": "city"}, r"specs\.one\.cluster"),
        ("dynamic", {"model": "sem"}, r"specs\.one\.model"),
        ("sdm", {"tests": ["hausman"], "absorb": ["year"]}, "test hausman with city in absorb"),
        ("choice", {"matrices": ["near", "near"], "grid": None}, "'near' stands in matrices twice"),
        ("choice", {"grid": ["near", "other"]}, "'other' is not among them"),
        ("choice", {"cluster": "city"}, r"specs\.one\.cluster"),
        ("moran", {"statistics": []}, r"specs\.one\.statistics"),
        ("moran", {"treatment": "policy"}, "unknown key 'treatment'"),
        ("lisa", {"alpha": 1.0}, r"specs\.one\.alpha: .*less than 1"),
        ("lisa", {"years": []}, r"specs\.one\.years"),
    ],
)
def test_a_wrong_declaration_stops_before_anything_is_estimated(name, changes, message):
    own = {"outcome": "y"} | SPECS[name] | changes
    kind = kinds().get("estimators", own.pop("estimator"))
    with pytest.raises(DeclarationError, match=message):
        kind.read(own, "config/studies/demo.yaml", "specs.one")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight_choice", "compare_matrices"),
        ("spatial_association", "global_autocorrelation"),
        ("local_association", "local_moran"),
    ],
)
def test_an_estimator_of_an_earlier_release_is_told_its_name(old, new):
    with pytest.raises(DeclarationError, match=f"'{old}' is now called '{new}'"):
        kinds().get("estimators", old, "config/studies/demo.yaml, specs.one.estimator")


class Declared:
    """As much of a study as specifications look at."""

    years = (2005, 2010)
    matrices: ClassVar = {}

    def fail(self, key, what):
        return DeclarationError(f"{key}: {what}")

    def check_known(self, key, name, known, what):
        if name not in known:
            raise self.fail(key, f"'{name}' is no {what}")


def completed(name, **changes):
    own = {"outcome": "y"} | SPECS[name] | changes
    kind = kinds().get("estimators", own.pop("estimator"))
    return kind.complete(kind.read(own), Declared())


def test_what_is_lagged_is_a_regressor_and_years_are_the_samples():
    assert completed("sdm", lagged=["x"]).lagged == ["x"]
    with pytest.raises(DeclarationError, match=r"lagged\[1\]: 'z' is no regressor"):
        completed("sdm", lagged=["x", "z"])
    assert completed("lisa", years=[2005, 2010]).years == [2005, 2010]
    with pytest.raises(
        DeclarationError, match=r"years\[1\]: 2011 lies outside the sample's years 2005 to 2010"
    ):
        completed("lisa", years=[2005, 2011])


def test_names_that_a_specification_uses_are_marked():
    kind = kinds().get("estimators", "compare_matrices")
    params = kind.read({"outcome": "y"} | {k: v for k, v in SPECS["choice"].items() if k != "estimator"})
    found = [(each.what, each.name) for each in kind.references(params)]
    assert ("matrix", "near") in found and ("matrix", "far") in found
    assert kind.columns(params) == ["y", "policy", "x", "city", "year"]
    assert params.regressors == ["policy", "x"]


def test_mixtures_have_their_share_as_a_number(panel, run):
    rows = run(panel, "choice")
    shares = rows.loc[rows.index.get_level_values("term").str.startswith("share[")]
    assert dict(zip(shares["matrix"], shares["estimate"], strict=True)) == {
        f"a={share:g}": share for share in np.round(np.arange(11) / 10, 1)
    }
