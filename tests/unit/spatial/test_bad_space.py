"""What a user reads where weights or a spatial model cannot be had, or only with a reservation.

Matrices and specifications are declared as in a study, with all defaults, and run by ``build_weights`` and
``estimate_spec``: messages must name the study's file and key, the city or variable, and what to do. The functions
have their tests in ``test_weights``, ``test_prepared_weights`` (matrices), ``test_models`` (panels)
and ``test_global_autocorrelation``; matrices and samples that do not fit each other are in ``test_bad_input`` too.
"""

import logging
import re

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from build_weights import build_weights
from estimate_spec import estimate_spec
from nianjian import storage
from nianjian.declarations.models.spatial_weights import SpatialMatrix
from nianjian.declarations.models.specs import ESTIMATORS
from nianjian.errors import EstimationError, NianjianError, SampleError
from nianjian.estimates import address
from nianjian.spatial import diagnostics, weights
from nianjian.spatial.combined import composite
from nianjian.spatial.economic import mean_over_years
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.geographic import inverse_distance
from nianjian.spatial.global_autocorrelation import by_year
from nianjian.spatial.local_moran import local_by_year
from nianjian.spatial.panels import panel_arrays
from nianjian.spatial.prepared_weights import prepare
from nianjian.spatial.seats import place
from nianjian.specs.common import Context
from nianjian.specs.matrices import weights_of

PLACE = "(config/studies/demo.yaml, specs.one)"
N, YEARS = 12, 6

# Building weights

SEATS = {
    110000: ("北京市", 116.40, 39.90),
    120000: ("天津市", 117.19, 39.08),
    130100: ("石家庄市", 114.51, 38.04),
    130200: ("唐山市", 118.18, 39.63),
    140100: ("太原市", 112.55, 37.87),
    310000: ("上海市", 121.47, 31.23),
}
ALIKE = {"kind": "economic", "variable": "gdp", "years": [2005, 2006]}
MIXED = {"kind": "composite", "first": "near", "second": "alike", "share": 0.5}
PARTS = {"near": {"kind": "k_nearest", "k": 2}, "alike": ALIKE}


def reference(**changes):
    table = pd.DataFrame.from_dict(SEATS, orient="index", columns=["name_zh", "lon", "lat"])
    for column, cells in changes.items():
        for city, value in cells.items():
            table.loc[city, column] = value
    return table.rename_axis("city").reset_index()


def sample(cities=tuple(SEATS), years=(2005, 2006, 2007)):
    keys = [(city, year) for city in cities for year in years]
    frame = pd.DataFrame(keys, columns=["city", "year"])
    return frame.assign(gdp=np.random.default_rng(0).gamma(3, size=len(frame)))


@pytest.fixture
def build(tmp_path):
    """Build a matrix as a study declares it; returns the properties in its summary."""

    def built(declared, frame=None, cities=None, parts=PARTS):
        spec = SpatialMatrix.model_validate(declared).plain()
        used = [spec[key] for key in ("first", "second") if spec[key]]
        spec["parts"] = {name: SpatialMatrix.model_validate(parts[name]).plain() for name in used}
        (sample() if frame is None else frame).to_parquet(tmp_path / "sample.parquet", index=False)
        (reference() if cities is None else cities).to_csv(tmp_path / "cities.csv", index=False)
        out, summary = tmp_path / "near.parquet", tmp_path / "near.summary.parquet"
        files = (tmp_path / "sample.parquet", tmp_path / "cities.csv")
        try:
            build_weights(*files, "w", spec, out, summary, study="demo")
        except NianjianError:
            assert not out.exists() and not summary.exists()
            raise
        return storage.read_table(summary).set_index("property")["value"]

    return built


def equal(frame):
    """Shijiazhuang and Tangshan with the same values."""
    values = frame.loc[frame["city"] == 130100, "gdp"].to_numpy()
    return frame.assign(gdp=frame["gdp"].mask(frame["city"] == 130200, np.resize(values, len(frame))))


WEIGHTS = {
    "k as large as the sample": (
        {"kind": "k_nearest", "k": 6}, {}, "weights w: k is 6, the sample has 6 cities", "write a k below",
    ),
    "k of a part": (
        MIXED, {"parts": PARTS | {"near": {"kind": "k_nearest", "k": 9}}}, "weights near: k is 9", "write a k below",
    ),
    "islands of the map": (
        {"kind": "contiguity"}, {}, "no neighbours for 石家庄市 (130100), 太原市 (140100), 上海市 (310000)",
        "set islands: nearest to link each with the nearest city, or keep",
    ),
    "islands of a part": (
        MIXED, {"parts": PARTS | {"near": {"kind": "contiguity"}}}, "weights near: no neighbours for 石家庄市",
        "set islands: nearest",
    ),
    "islands of a product": (
        {"kind": "product", "first": "near", "second": "alike"},
        {"parts": PARTS | {"near": {"kind": "contiguity", "islands": "keep"}}},
        "weights w: no neighbours for 石家庄市", "or set islands: keep",
    ),
    "a cut-off that isolates": (
        {"kind": "inverse_distance", "cutoff_km": 200}, {}, "no neighbours for 上海市 (310000); within 200 km",
        "raise cutoff_km, write cutoff_km: minimum, or islands: keep",
    ),
    "a cut-off that isolates all": (
        {"kind": "inverse_distance", "cutoff_km": 1, "islands": "keep"}, {}, "no neighbours for 北京市 (110000), 天津市",
        "write cutoff_km: minimum",
    ),
    "weights below the smallest number": (
        {"kind": "inverse_distance", "power": 400}, {}, "1/d^400 is too small for a number", "lower power",
    ),
    "no coordinates": (
        {"kind": "inverse_distance"}, {"cities": reference(lat={130100: np.nan})},
        "no coordinates for 石家庄市 (130100)", "fill lon and lat in degrees",
    ),
    "no column of coordinates": (
        {"kind": "inverse_distance"}, {"cities": reference().drop(columns="lon")},
        "config/reference/cities.csv has no column lon", "add it",
    ),
    "two cities at one point": (
        {"kind": "inverse_distance"}, {"cities": reference(lon={130100: 116.40}, lat={130100: 39.90})},
        "at one point 北京市 (110000) and 石家庄市 (130100)", "correct lon and lat of one of them",
    ),
    "coordinates exchanged": (
        {"kind": "inverse_distance"}, {"cities": reference().rename(columns={"lon": "lat", "lat": "lon"})},
        "北京市 (110000)", "are lon and lat exchanged?",
    ),
    "a city without seat": (
        {"kind": "inverse_distance"}, {"frame": sample([110000, 999999])}, "999999 not in config/reference/cities.csv",
        "add a row with lon and lat",
    ),
    "a city without boundary": (
        {"kind": "contiguity"},
        {"frame": sample([110000, 371200]), "cities": reference(lon={371200: 117.68}, lat={371200: 36.2})},
        "has no boundary of 371200", "or use weights by distance",
    ),
    "equal economies": (
        ALIKE, {"frame": equal(sample())}, "no value where cities are equal: 石家庄市 (130100) = 唐山市 (130200)",
        "set a floor",
    ),
    "an economy without a value": (
        ALIKE, {"frame": sample().assign(gdp=lambda f: f["gdp"].mask(f.index == 4))}, "no gdp for 120000 2006",
        "choose years in which all cities have one",
    ),
    "an infinite economy": (
        ALIKE, {"frame": sample().assign(gdp=lambda f: f["gdp"].mask(f.index == 4, np.inf))},
        "no gdp for 120000 2006", "choose years",
    ),
    "years outside the sample": (ALIKE | {"years": [1999, 2001]}, {}, "no gdp for 110000 1999", "choose years"),
    "an unknown variable": (
        ALIKE | {"variable": "gdpp"}, {}, "no column 'gdpp' in the panel", "declare it under variables",
    ),
    "an economy in words": (
        ALIKE, {"frame": sample().assign(gdp="high")}, "gdp is not numeric", "name a column of numbers",
    ),
    "a repeated key": (
        ALIKE, {"frame": pd.concat([sample(), sample().head(1)])}, "city 110000 stands twice in 2005",
        "keep one row each",
    ),
    "one city": (
        {"kind": "inverse_distance"}, {"frame": sample([110000])}, "the sample has 1 cities", "widen the study's cities",
    ),
    "no city": (ALIKE, {"frame": sample([])}, "the sample has 0 cities, weights need two", "widen the study's cities"),
}  # fmt: skip


@pytest.mark.parametrize("case", WEIGHTS)
def test_messages_about_matrices_name_place_and_remedy(build, case):
    declared, given, wrong, remedy = WEIGHTS[case]
    with pytest.raises(SampleError) as caught:
        build(declared, **given)
    text = str(caught.value)
    assert text.startswith("config/studies/demo.yaml, spatial_weights.w: ")
    assert wrong in text and remedy in text.partition(wrong)[2]


@pytest.mark.parametrize("share", [-0.1, 1.2])
def test_a_share_outside_the_unit_interval_stops_at_the_declaration(share):
    with pytest.raises(ValidationError, match=r"share\n.*(less|greater) than or equal to [01]"):
        SpatialMatrix.model_validate(MIXED | {"share": share})


@pytest.mark.parametrize("share", [0, 1])
def test_the_ends_of_the_unit_interval_are_the_parts(build, share):
    assert float(build(MIXED | {"share": share})["parameter a"]) == share


def test_islands_that_are_kept_or_linked_are_named_in_summary_and_log(build, caplog):
    with caplog.at_level(logging.WARNING):
        kept = build({"kind": "contiguity", "islands": "keep"})
    assert kept["islands"] == "3" and kept["island 310000"] == "without neighbours"
    assert "w: 310000 has no neighbour" in caplog.text
    linked = build({"kind": "contiguity", "islands": "nearest"})
    assert linked["islands"] == "0" and linked["linked 130100"] == "140100"
    parts = PARTS | {"near": {"kind": "contiguity", "islands": "keep"}}
    product = {"kind": "product", "first": "near", "second": "alike", "islands": "keep"}
    assert build(product, parts=parts)["islands"] == "3"


def test_two_cities_are_each_others_neighbour(build):
    for declared in (
        {"kind": "inverse_distance"},
        {"kind": "k_nearest", "k": 1},
        ALIKE,
        {"kind": "contiguity"},
    ):
        told = build(declared, frame=sample([110000, 120000]))
        assert told["links"] == "2" and float(told["eigenvalue_min"]) == pytest.approx(-1)


def test_equal_economies_count_as_the_floor(build):
    told = build(ALIKE | {"floor": 0.1}, frame=sample().assign(gdp=1.0))
    assert (told["parameter pairs_at_floor"], told["links"]) == ("15", "30")


# Estimating


def line(n=N):
    """Each city on a line is linked with the next one."""
    return np.eye(n, k=1) + np.eye(n, k=-1)


def distances(n=N):
    apart = np.abs(np.arange(n)[:, None] - np.arange(n))
    return np.divide(1.0, apart**2, out=np.zeros((n, n)), where=apart > 0)


def island(n=N):
    """The last city is alone."""
    matrix = line(n)
    matrix[-1] = matrix[:, -1] = 0
    return matrix


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame([(i, 2005 + t) for i in range(N) for t in range(YEARS)], columns=["city", "year"])
    frame["x"], frame["policy"], error = rng.normal(size=(3, len(frame)))
    multiplier = np.linalg.inv(np.eye(N) - 0.4 * line() / line().sum(axis=1, keepdims=True))
    mean = (0.8 * frame["x"] + 0.5 * frame["policy"] + error).to_numpy().reshape(N, YEARS)
    return frame.assign(y=(multiplier @ mean).ravel(), word="much")


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
        "estimator": "weight_choice", "treatment": "policy", "controls": ["x"], "model": "sar",
        "matrices": ["near", "far"], "grid": ["near", "far"],
    },
    "moran": {"estimator": "spatial_association", "matrix": "near", "permutations": 19},
    "lisa": {"estimator": "local_association", "matrix": "near", "permutations": 19, "years": [2006]},
}  # fmt: skip
PATTERN = ("moran", "lisa")


@pytest.fixture
def run(tmp_path, matrices):
    """Run a specification, declared as in a study, on a frame; returns its rows."""

    def rows(frame, name, *, near=None, far=None, **changes):
        given = {"outcome": "y"} | SPECS[name] | changes
        spec = ESTIMATORS[given["estimator"]].model_validate(given).plain()
        frame.to_parquet(tmp_path / "sample.parquet", index=False)
        out = tmp_path / "estimates.parquet"
        out.unlink(missing_ok=True)
        try:
            files = (tmp_path / "sample.parquet", [], "demo", "one", spec, out)
            estimate_spec(*files, matrices=matrices(near, far))
        except NianjianError:
            assert not out.exists()
            raise
        found = storage.read_table(out)
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
        lambda f: f.assign(one=1.0), "slx", {"controls": ["one"], "effects": []}, "regressor 'one' is constant",
        "leave it out",
    ),
    "a dummy of years": (
        steady, "sdm", {"controls": ["after"]}, "regressor 'after' is the same in all cities each year", "leave it out",
    ),
    "the lag of a dummy of years": (
        steady, "sdm", {"controls": ["after"], "effects": ["city"]}, "regressor 'W*after' is collinear with after",
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
    "one year": (lambda f: f, "sdm", {"where": "year == 2006"}, "one year only", "write `effects: []`"),
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
    "no regressor": (
        lambda f: f, "sdm", {"treatment": None, "controls": []}, "there is no regressor",
        "declare a treatment or controls",
    ),
    "an effect that is none": (
        lambda f: f, "sdm", {"effects": ["city", "word"]}, "effects ['city', 'word']", "choose from city and year",
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


def test_effects_with_an_island_need_no_interpolation_without_rho(panel, run, recwarn):
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


def test_a_condition_may_make_islands_where_they_are_kept(matrices, panel):
    near, _ = matrices(near=island())
    context = Context(matrices={"near": near})
    assert weights_of("near", context, panel[panel["city"] != 1]).islands == (0, 11)


@pytest.mark.parametrize("end", [1, -1])
@pytest.mark.parametrize(("name", "parameter"), [("sdm", "rho"), ("sar", "rho"), ("sem", "lambda")])
def test_parameters_at_the_edge_are_flagged(panel, run, name, parameter, end):
    common = np.tile(np.random.default_rng(0).normal(size=YEARS), N)
    y = 100 * common * np.where(panel["city"] % 2, end, 1) + 0.001 * panel["y"]
    with pytest.warns(
        UserWarning, match=rf"spec 'one': {parameter} = .* edge .*choose another `model` or `matrix`"
    ):
        rows = run(panel.assign(y=y), name, effects=[])
    assert rows.loc[("fit", f"{parameter}_at_edge"), "estimate"] == 1
    assert np.sign(rows.loc[("coefficient", parameter), "estimate"]) == end


def test_parameters_at_the_edge_are_flagged_in_the_choice_of_weights(panel, run):
    common = np.tile(np.random.default_rng(0).normal(size=YEARS), N)
    with pytest.warns(
        UserWarning, match=r"spec 'one': weights (near|far): rho = .* lies at the edge"
    ) as told:
        rows = run(panel.assign(y=100 * common + 0.001 * panel["y"]), "choice", grid=None, effects=[])
    assert {str(warning.message).split(": ")[1] for warning in told} == {"weights near", "weights far"}
    assert (
        rows.loc[("fit", "at_edge[near]"), "estimate"] == rows.loc[("fit", "at_edge[far]"), "estimate"] == 1
    )


@pytest.mark.parametrize("effects", [[], ["year"]])
def test_one_year_is_a_cross_section_without_effects_of_cities(panel, run, effects):
    rows = run(panel, "sar", where="year == 2006", effects=effects)
    assert rows.loc[("fit", "periods"), "estimate"] == 1
    assert rows.loc[["coefficient"], "std_error"].gt(0).all()


def test_two_cities_can_be_told_apart_without_effects_of_years(panel, run):
    rows = run(panel, "sar", where="city < 2", effects=["city"])
    assert rows.loc[("fit", "rho_at_edge"), "estimate"] == 0


# Functions


def arrays(panel, n=N):
    x = panel[["x", "policy"]].to_numpy().reshape(N, YEARS, 2)[:n]
    return panel["y"].to_numpy().reshape(N, YEARS)[:n], x


def test_equal_weights_tell_nothing_about_rho(panel):
    y, x = arrays(panel)
    alike = (np.ones((N, N)) - np.eye(N)) / (N - 1)
    for model in ("sar", "sem", "sac"):
        with pytest.raises(
            EstimationError, match=r"^here: within city and year .* -0.0909 times itself.*more cities$"
        ):
            fit_model(y, x, alike, model=model, context="here: ")
    # The likelihood has no maximum inside: it only falls as rho rises from the lower end.
    values = [profile(y, x, alike, rho) for rho in (-0.9, -0.5, 0.0, 0.5, 0.9)]
    assert (np.diff(values) < 0).all()
    assert fit_model(y, x, alike, model="sar", absorb=("city",)).at_edge == ()
    assert np.isfinite(fit_model(y, x, alike, model="slx", lagged=[]).loglik)


def profile(y, x, matrix, rho):
    """Log-likelihood of a SAR model with two-way effects at one rho, up to a constant."""

    def free(values):
        values = values - values.mean(axis=0, keepdims=True)
        return values - values.mean(axis=1, keepdims=True)

    target, columns = free(y - rho * matrix @ y).ravel(), free(x).reshape(y.size, -1)
    rest = target - columns @ np.linalg.lstsq(columns, target, rcond=None)[0]
    determinant = np.linalg.slogdet(np.eye(len(y)) - rho * matrix)[1]
    return y.shape[1] * determinant - y.size / 2 * np.log(rest @ rest)


def test_lag_and_error_that_are_alike_stop_the_lm_tests(panel):
    y, x = arrays(panel, 3)
    chain = line(3) / line(3).sum(axis=1, keepdims=True)
    prepared = prepare(chain)
    wide = np.concatenate([x, prepared.lag(x)], axis=2)
    with pytest.raises(EstimationError, match=r"^tests lm: .*\(few cities.*take lm out of `tests`$"):
        diagnostics.lm_tests(y, wide, prepared, absorb=["city", "year"])
    found = diagnostics.lm_tests(
        *arrays(panel), prepare(line() / line().sum(axis=1)[:, None]), absorb=["city"]
    )
    assert all(np.isfinite(test.statistic) for test in found)


def test_islands_have_the_names_of_their_cities(panel):
    y, x = arrays(panel)
    rows = island().sum(axis=1, keepdims=True)
    matrix = np.divide(island(), rows, out=np.zeros((N, N)), where=rows > 0)
    prepared = prepare(matrix, islands="keep", names=[*"abcdefghijk", "Zhoushan"])
    assert prepared.named() == "Zhoushan"
    with pytest.raises(
        EstimationError, match=re.escape("1 cities without neighbours (Zhoushan): with year effects")
    ):
        fit_model(y, x, prepared, model="sem", islands="keep")


def test_functions_on_frames_say_what_to_do(panel, matrices):
    near = weights.read(matrices()[0], name="near")
    with pytest.raises(EstimationError, match=r"^word is not numeric; name a column of numbers as outcome$"):
        by_year(panel, "word", near, draws=0)
    with pytest.raises(EstimationError, match=r"^no column 'uer' in the sample; declare it under variables"):
        local_by_year(panel, "uer", near, draws=0)
    with pytest.raises(
        EstimationError, match=r"^spec 's': there is no regressor; declare a treatment or controls$"
    ):
        panel_arrays(panel, outcome="y", regressors=[], cities=range(N), context="spec 's': ")
    with pytest.raises(SampleError, match=r"weights: gdp is not numeric; name a column of numbers"):
        mean_over_years(sample().assign(gdp="high"), "gdp", [2005], list(SEATS))
    with pytest.raises(SampleError, match=r"weights: city 110000 stands twice in 2005; keep one row each"):
        mean_over_years(pd.concat([sample(), sample().head(1)]), "gdp", [2005], list(SEATS))
    with pytest.raises(
        SampleError, match=r"weights composite: no neighbours for 12; they are islands in both parts"
    ):
        places = place([10, 11, 12], [110, 111, 120], [30, 30, 30])
        part = inverse_distance(places, cutoff_km=200, islands="keep")
        composite(part, part, 0.5)
    with pytest.raises(
        SampleError, match=r"weights near: no weights for 99; build them for the sample's cities"
    ):
        near.restrict([0, 1, 99])
