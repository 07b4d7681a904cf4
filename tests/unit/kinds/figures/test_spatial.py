"""Local Moran's I as scatter plot and map, weight matrices as links and squares, and their comparison."""

import numpy as np
import pandas as pd
import pytest

from drawn import CITIES, a_study, draw, inside, rows
from nianjian.errors import DeclarationError, EstimationError, SampleError
from nianjian.kinds.registry import kinds
from nianjian.publish.figures import matrices as squares
from nianjian.spatial import weights
from nianjian.spatial.boundaries import albers
from nianjian.spatial.geographic import inverse_distance, k_nearest
from nianjian.spatial.seats import seats

CODES = [110000, 120000, 130100, 210100, 310000, 320100, 410100, 500000, 610100]
Z = (2.0, 1.5, -1.0, 0.5, -0.2, -0.6, -0.7, -0.8, -0.7)
LAG = (0.75, 0.5, 1.0, -0.6, -0.1, -0.4, -0.7, -0.7, -0.8)
INSIDE = (1, 0, 1, 1, 0, 0, 1, 1, 0)
QUADRANT = ("HH", "ns", "LH", "HL", "ns", "ns", "LL", "LL", "ns")


def local(year=2023):
    """Nine cities: z, the lag of z, and which are significant."""
    found = []
    for city, z, lag, inside_cluster in zip(CODES, Z, LAG, INSIDE, strict=True):
        of = {"kind": "effect", "city": city, "year": year}
        p = 0.1 if inside_cluster else 0.6
        found += [
            of | {"term": "z", "estimate": z},
            of | {"term": "lag_z", "estimate": lag},
            of | {"term": "local", "estimate": z * lag, "p_value": p},
            of | {"term": "cluster", "estimate": float(inside_cluster)},
        ]
    slope = float(np.dot(Z, LAG) / np.dot(Z, Z))
    return rows(*found, {"kind": "fit", "term": "slope", "year": year, "estimate": slope}, spec="s")


SPECS = {"specs": {"s": {"outcome": "icr", "years": [2023], "treatment": None}}}
YEAR = {"spec": "s", "year": 2023}


def scatter(given, language="en", estimates=None, **declared):
    data = given.data(estimates=local() if estimates is None else estimates)
    return draw("moran_scatter", YEAR | declared, data, language, **SPECS)


@pytest.mark.parametrize(("language", "foreign"), [("en", "不显著"), ("zh", "Spatial lag")])
def test_the_scatter_shows_every_city_inside_the_page(given, language, foreign):
    found = scatter(given, language)
    assert foreign not in found.words
    assert sum(len(drawn.get_offsets()) for drawn in found.axes[0].collections) == len(CODES)
    assert inside(found.page)


def test_the_scatter_counts_clusters_and_prints_the_slope(given):
    found = scatter(given)
    assert {"High-High (1)", "Low-Low (2)", "Not significant (4)"} <= set(found.legend)
    slope = np.dot(Z, LAG) / np.dot(Z, Z)
    assert f"Moran's I = {slope:.3f}" in found.words
    assert "不显著（4）" in scatter(given, "zh").legend
    assert found.axes[0].get_xlabel() == "Resilience, standardised"


def test_points_of_the_scatter_are_rows_of_the_estimates(given):
    found = scatter(given)
    cities = found.drawn("cities")
    assert cities["x"].tolist() == list(Z) and cities["y"].tolist() == list(LAG)
    assert cities["word"].tolist() == list(QUADRANT)
    terms = found.sources("cities").groupby("order")["term"].apply(set).tolist()
    assert terms == [{"z", "lag_z", "cluster"}] * len(CODES)
    counted = found.drawn("cities_counted").set_index("word")["y"].to_dict()
    assert counted == {"HH": 1, "HL": 1, "LH": 1, "LL": 2, "ns": 4}
    assert found.drawn("slope")["term"].tolist() == ["slope"]


def test_a_year_without_results_names_those_there_are(given):
    with pytest.raises(EstimationError, match=r"figures\.1: .*no local results of 2006; there is 2023"):
        scatter(given, year=2006)
    with pytest.raises(EstimationError, match=r"has no fit 'slope\[2023\]'"):
        scatter(given, estimates=local().query("kind == 'effect'"))


@pytest.mark.parametrize("name", ["moran_scatter", "cluster_map"])
def test_the_year_is_one_of_the_specification(name):
    kind = kinds().get("figures", name)
    study = a_study(specs={"s": ("local_moran", {"years": [2006, 2023]}), "b": ("twfe", {})})
    assert kind.complete(kind.read({"title": "a", "spec": "s"}), study).year == 2023
    assert kind.complete(kind.read({"title": "a", "spec": "s", "year": 2006}), study).year == 2006
    with pytest.raises(DeclarationError, match=r"'s' has no year 2007; there is \[2006, 2023\]"):
        kind.complete(kind.read({"title": "a", "spec": "s", "year": 2007}), study)
    with pytest.raises(DeclarationError, match="needs estimator local_moran, 'b' has twfe"):
        kind.complete(kind.read({"title": "a", "spec": "b"}), study)


def test_the_map_has_all_five_categories_and_cities_left_out(given):
    sample = pd.DataFrame({"city": [*CODES, 330100], "year": 2023})
    data = given.data(maps=True, estimates=local(), sample=sample, cities=CITIES)
    found = draw("cluster_map", YEAR, data, **SPECS)
    assert found.legend == [
        "High-High (1)", "High-Low (1)", "Low-High (1)", "Low-Low (2)", "Not significant (4)", "No data (1)", "Not in the sample",
    ]  # fmt: skip
    assert found.legend_title == "Local clusters of resilience"
    cities = found.drawn("cities").set_index("x_word")
    assert cities.loc[[str(code) for code in CODES], "word"].tolist() == list(QUADRANT)
    assert cities.loc["330100", ["word", "file"]].tolist() == ["no_data", "sample.parquet"]
    assert found.drawn("cities_counted")["y"].sum() == len(sample)


def test_a_map_of_no_clusters_still_shows_the_categories(given):
    none = local().assign(estimate=lambda frame: frame["estimate"].mask(frame["term"] == "cluster", 0.0))
    sample = pd.DataFrame({"city": CODES, "year": 2023})
    data = given.data(maps=True, estimates=none, sample=sample, cities=CITIES)
    words = draw("cluster_map", YEAR, data, **SPECS).legend
    assert words[0] == "High-High (0)" and words[3] == "Low-Low (0)" and words[4] == "Not significant (9)"


# -- comparison of matrices


def criteria():
    found = []
    for name, aic in (("a=0", 12.0), ("a=0.5", 9.0), ("a=1", 11.0), ("queen", 10.0), ("geographic", 11.0)):
        found += [
            {"kind": "fit", "term": term, "matrix": name, "estimate": value}
            for term, value in (("aic", aic), ("bic", aic + 1), ("loglik", -aic / 2))
        ]
        if name.startswith("a="):
            found.append({"kind": "fit", "term": "share", "matrix": name, "estimate": float(name[2:])})
    return rows(*found)


GRID = {"specs": {"s": {"grid": ["geographic", "economic"]}}}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_best_mixture_is_marked(given, language):
    found = draw("compare_matrices", {"spec": "s"}, given.data(estimates=criteria()), language, **GRID)
    assert list(found.axes[0].lines[0].get_ydata()) == [12.0, 9.0, 11.0]
    assert found.axes[0].texts[0].get_text() == "a = 0.5"
    assert inside(found.page)
    assert (
        found.axes[0].get_xlabel()
        == {"en": "Share a of inverse distance", "zh": "距离倒数所占份额a"}[language]
    )


def test_points_of_a_comparison_are_shares_and_criteria(given):
    found = draw(
        "compare_matrices", {"spec": "s", "criterion": "bic"}, given.data(estimates=criteria()), **GRID
    )
    assert found.axes[0].get_ylabel() == "BIC"
    assert found.drawn("mixtures")[["x", "y"]].to_numpy().tolist() == [[0, 13], [0.5, 10], [1, 12]]
    assert found.sources("best")["term"].tolist() == ["share", "bic"]
    # A matrix that stands in the mixtures has no level of its own.
    assert found.drawn("others")[["x_word", "y"]].to_numpy().tolist() == [["queen", 11.0]]


def test_a_comparison_without_mixtures_cannot_be_drawn():
    kind = kinds().get("figures", "compare_matrices")
    study = a_study(
        specs={"s": ("compare_matrices", {"grid": None}), "g": ("compare_matrices", {"grid": ["a", "b"]})}
    )
    with pytest.raises(DeclarationError, match="mixes no matrices; give it key 'grid'"):
        kind.complete(kind.read({"title": "a", "spec": "s"}), study)
    read = kind.read({"title": "a", "spec": "g"})
    assert kind.complete(read, study) == read
    with pytest.raises(DeclarationError, match="'weight_choice' is now called 'compare_matrices'"):
        kinds().get("figures", "weight_choice")


# -- weight matrices


@pytest.fixture(scope="module")
def made():
    where = seats(CITIES, CODES)
    return {"near": k_nearest(where, 2), "far": inverse_distance(where)}


def stored(made):
    return {name: weights.to_frame(each) for name, each in made.items()}


def links_of(axis):
    return next(each for each in axis.collections if each.get_label() == "links")


def test_a_link_map_draws_lines_between_seats(given, made):
    data = given.data(maps=True, matrices=stored(made), cities=CITIES)
    found = draw("link_map", {"matrices": ["near", "far"], "strongest": 2}, data)
    near, far = (links_of(axis) for axis in found.axes[:2])
    segments = np.array(near.get_segments())
    assert segments.shape == (2 * len(CODES), 2, 2) and len(far.get_segments()) == 2 * len(CODES)
    seat = CITIES.set_index("city").loc[[110000, 120000], ["lon", "lat"]]
    beijing, tianjin = albers(seat.to_numpy())
    assert any(np.allclose(segment, [beijing, tianjin]) for segment in segments)
    # Equal weights are equally thick; distances are not.
    assert len(set(near.get_linewidths())) == 1 and len(set(far.get_linewidths())) > 5
    assert found.axes[1].texts[0].get_text() == "(b) Distance"
    drawn = found.drawn("far", panel=1)
    dense, place = made["far"].matrix.toarray(), {code: i for i, code in enumerate(made["far"].cities)}
    for link in drawn.to_dict("records"):
        assert link["y"] == dense[place[link["city"]], place[link["neighbour"]]]
    assert set(drawn["file"]) == {"spatial_weights/far.parquet"}
    assert found.sources("seats").groupby("order")["field"].apply(list).tolist()[0] == ["lon", "lat"]


def test_a_city_without_a_seat_is_an_error(given, made):
    data = given.data(maps=True, matrices=stored(made), cities=CITIES[CITIES["city"] != 110000])
    with pytest.raises(
        SampleError, match=r"figures\.1: city 110000 has no seat in config/reference/cities\.csv"
    ):
        draw("link_map", {"matrices": ["near"], "strongest": 1}, data)


def test_a_heat_map_shows_every_weight_in_its_place(given, made):
    found = draw("matrix", {"matrices": ["near", "far"]}, given.data(matrices=stored(made)), "zh")
    first, second = (axis.get_images()[0].get_array() for axis in found.axes[:2])
    dense = made["far"].matrix.toarray()
    assert np.ma.is_masked(second[0, 0]) and not np.ma.is_masked(second[0, 1])
    np.testing.assert_allclose(second.filled(0.0), dense)
    assert (first.count(axis=1) == 2).all()
    assert [each.get_text() for each in found.axes[0].get_yticklabels()] == [
        "华北",
        "东北",
        "华东",
        "中南",
        "西南",
        "西北",
    ]
    # Great regions begin where the first digit of the code changes.
    assert [line.get_ydata()[0] for line in found.axes[0].get_lines()[::2]] == [2.5, 3.5, 5.5, 6.5, 7.5]
    assert len(found.drawn("far", panel=1)) == (dense > 0).sum()
    assert len(found.drawn("near")) == 2 * len(CODES)


def test_very_light_weights_are_drawn_at_the_floor_of_the_scale(given):
    frame = pd.DataFrame({"city": [110000, 120000], "neighbour": [120000, 110000], "weight": [1.0, 1e-9]})
    found = draw("matrix", {"matrices": ["near"]}, given.data(matrices={"near": frame}))
    image = found.axes[0].get_images()[0]
    assert image.get_array()[1, 0] == image.norm.vmin == squares.FLOOR
    assert found.drawn("near")["y"].tolist() == [1.0, 1e-9]
