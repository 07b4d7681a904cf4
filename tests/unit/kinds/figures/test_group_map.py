"""Maps of categories: every city has its place and is counted."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely

from drawn import CITIES, a_study, draw, map_sample, prepared
from nianjian.errors import DeclarationError, SampleError
from nianjian.kinds.registry import kinds
from nianjian.publish.figures import canvas, geography, mapping


def seen(given, sample, language="en", **declared):
    return draw("group_map", declared, given.data(maps=True, sample=sample, cities=CITIES), language)


def rgba(colour):
    return tuple(np.round([*[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], 1.0], 3))


@cache
def seats():
    """A point well within each shape of the main map."""
    shapes = geography.country(prepared=prepared() / "shapes.parquet").within(mapping.PAGE).shapes
    return shapely.get_coordinates(shapely.point_on_surface(shapes))


def painted(axis):
    """How many shapes have each colour on a map; each has one."""
    layers = [each for each in axis.patches if each.get_label() == "cities"]
    within = np.array([layer.get_path().contains_points(seats()) for layer in layers])
    assert (within.sum(axis=0) == 1).all()
    counts = within.sum(axis=1).tolist()
    found = {tuple(np.round(layer.get_facecolor(), 3)): n for layer, n in zip(layers, counts, strict=True)}
    assert len(found) == len(layers)
    return found


def test_groups_are_counted_and_coloured(given):
    sample = map_sample()
    found = seen(given, sample, values="region")
    counts = sample.drop_duplicates("city")["region"].value_counts()
    assert found.legend[:2] == [f"Western ({counts['west']})", f"Eastern ({counts['east']})"]
    assert found.legend[-1] == "Not in the sample"
    assert painted(found.axes[0])[rgba(canvas.GROUPS[1])] == counts["east"]
    assert seen(given, sample, "zh", values="region").legend[1] == f"东部 ({counts['east']})"


def test_every_city_is_a_point_with_its_row(given):
    sample = map_sample()
    found = seen(given, sample, values="region")
    cities = found.drawn("cities").set_index("city")
    assert sorted(cities.index) == sorted(sample["city"].unique())
    assert set(cities["year"]) == {2002} and set(cities["field"]) == {"region"}
    assert (
        cities["word"] == sample.drop_duplicates("city").set_index("city")["region"].reindex(cities.index)
    ).all()
    counts = found.drawn("cities_counted").set_index("word")
    assert counts["y"].to_dict() == sample.drop_duplicates("city")["region"].value_counts().to_dict()
    assert counts.loc["east", ["field", "how", "column", "level"]].tolist() == [
        "city", "distinct", "region", "east",
    ]  # fmt: skip


def test_a_last_known_value_is_that_of_its_year(given):
    sample = map_sample()
    some = sample.assign(region=sample["region"].mask(sample["year"] == 2002))
    some.loc[some["city"] == some["city"].iloc[0], "region"] = None
    cities = seen(given, some, values="region").drawn("cities").set_index("city")
    assert cities["how"].tolist() == ["computed", *["value"] * 59]
    assert set(cities["year"].dropna()) == {2001}


def test_cities_without_a_value_are_what_the_declaration_says(given):
    sample = map_sample()
    some = sample.assign(region=sample["region"].mask(sample["region"] == "west"))
    west = sample.drop_duplicates("city")["region"].eq("west").sum()
    found = seen(given, some, values="region")
    assert f"No data ({west})" in found.legend
    assert found.drawn("cities_counted").set_index("word").loc["no_data", ["y", "how"]].tolist() == [
        west,
        "computed",
    ]
    others = {"en": "Not treated", "zh": "未实施"}
    assert f"Not treated ({west})" in seen(given, some, values="region", others=others).legend
    found = seen(given, sample, values="region", rest="west")
    assert painted(found.axes[0])[rgba(mapping.REST_COLOUR)] == west
    with pytest.raises(
        DeclarationError, match=r"figures\.1\.rest: 'wset' is no value of region; did you mean 'west'"
    ):
        seen(given, sample, values="region", rest="wset")


def test_a_dummy_is_drawn_in_its_year(given):
    sample = map_sample()
    late = seen(given, sample, values="policy", year=2002).legend
    treated = int(sample.loc[sample["year"] == 2002, "policy"].sum())
    assert f"Policy ({treated})" in late
    assert late == seen(given, sample, values="policy").legend  # left out: the last year
    early = seen(given, sample, values="policy", year=2001)
    assert f"Other cities of the sample ({sample['city'].nunique()})" in early.legend
    assert set(early.drawn("cities")["year"]) == {2001} and set(early.drawn("cities")["y"]) == {0}
    with pytest.raises(SampleError, match="no year 1999; there is 2001 to 2002"):
        seen(given, sample, values="policy", year=1999)


def test_abolished_cities_are_named_in_the_legend(given):
    sample = map_sample()
    row = sample.iloc[[0]].assign(city=341400, city_name="巢湖市")
    found = seen(given, pd.concat([sample, row]), values="region")
    assert any("boundary" in entry for entry in found.legend)
    chinese = seen(given, pd.concat([sample, row]), "zh", values="region")
    assert "无边界：巢湖市" in chinese.legend


def test_numbers_are_no_categories(given):
    with pytest.raises(SampleError, match="a group_map draws text or 0 and 1"):
        seen(given, map_sample(), values="score")


def test_it_needs_the_cities_and_the_shapes():
    kind, study = kinds().get("figures", "group_map"), a_study(indices={"idx": ("efficiency", {})})
    found = kind.inputs(kind.read({"title": "a", "values": "idx"}), study)
    assert found == {
        "sample": ["R/studies/demo/sample.parquet"],
        "indices": ["R/studies/demo/indices/idx.parquet"],
        "cities": [study.reference("cities.csv")],
        "shapes": ["R/drawing/shapes.parquet"],
    }
