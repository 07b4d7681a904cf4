"""Attributes of cities: files, columns, owners of values, numbers."""

from __future__ import annotations

from typing import Any

import pytest

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import attributes, cities

CONTEXT = "config/studies/demo.yaml, attributes.region"


def values(layers: Layers, file: str, column: str, **more: Any) -> attributes.Values:
    return attributes.values(layers, cities.load(layers), file, column, CONTEXT, **more)


def test_words_and_numbers_by_city_and_by_province():
    regions = dict(values(Layers(), "regions.csv", "region4", by="province"))
    assert regions[110000] == "east" and len(regions) == 31
    assert dict(values(Layers(), "cities.csv", "lon", words=False))[110000] == 116.40
    assert dict(values(Layers(), "attributes.csv", "agglomeration"))[120000] == "Beijing-Tianjin-Hebei"


def test_owners_may_be_named_and_empty_cells_are_no_values(write):
    layers = write("reference/own.csv", "city,stations\n襄樊,3\n南昌,\n110100,0.5\n天津市,NA\n")
    assert values(layers, "own.csv", "stations", words=False) == ((110000, 0.5), (420600, 3.0))
    write("reference/own.csv", "province,kind\n湖北,none\n江西省,b\n")
    assert values(layers, "own.csv", "kind", by="province") == ((360000, "b"), (420000, "none"))


def test_of_several_rows_the_last_that_has_a_value_counts(write):
    layers = write("reference/own.csv", "city,plan\n襄樊,first\n襄阳,last\n襄阳,\n")
    assert values(layers, "own.csv", "plan") == ((420600, "last"),)


@pytest.mark.parametrize(
    ("file", "column", "options", "message"),
    [
        ("region.csv", "region4", {}, "attributes.region.file: there is no config/reference/region.csv; did you mean 'regions.csv'?"),
        ("nothing.csv", "a", {}, "there is no config/reference/nothing.csv; write it, or name another file"),
        ("regions.csv", "region_4", {"by": "province"}, "attributes.region.column: config/reference/regions.csv has no column 'region_4'; did you mean 'region4'?; it has province"),
        ("regions.csv", "region4", {"by": "city"}, "attributes.region.file: config/reference/regions.csv has no column 'city'"),
        ("regions.csv", "region4", {"by": "province", "words": False}, "regions.csv, line 2: column 'region4' holds 'east', which is no number"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named_with_a_suggestion(file, column, options, message):
    with pytest.raises(DeclarationError) as caught:
        values(Layers(), file, column, **options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "by", "message"),
    [
        ("city,x\n110000,1\n北平,2\n", "city", "own.csv, line 3: no prefecture-level city is called '北平'"),
        ("province,x\n黑龙汪省,2\n", "province", "own.csv, line 2: no province has the code or name '黑龙汪省'; did you mean '黑龙江省'"),
        ('city,x\n110000,"1,533.8"\n', "city", "line 2: column 'x' holds '1,533.8', which is no number; write one without commas"),
        ("city,x\n110000,inf\n", "city", "line 2: column 'x' holds 'inf', which is no number"),
    ],
)  # fmt: skip
def test_a_wrong_row_names_its_line(write, content, by, message):
    with pytest.raises(DeclarationError) as caught:
        values(write("reference/own.csv", content), "own.csv", "x", by=by, words=False)
    assert message in str(caught.value)
