"""Attributes of cities: files, columns, owners of values, numbers."""

from __future__ import annotations

from typing import Any

import pytest

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import attributes, cities

CONTEXT = "config/studies/demo.yaml, attributes.region"


def values(layers: Layers, file: str, column: str, **more: Any) -> tuple[tuple[int, str | float], ...]:
    found = attributes.values(layers, cities.load(layers), file, column, CONTEXT, **more)
    return tuple((code, value) for (code, _), value in found)


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
        ('city,x\n110000,"1,53.8"\n', "city", "line 2: column 'x' holds '1,53.8', which is no number; write one without a unit"),
        ("city,x\n110000,inf\n", "city", "line 2: column 'x' holds 'inf', which is no number"),
    ],
)  # fmt: skip
def test_a_wrong_row_names_its_line(write, content, by, message):
    with pytest.raises(DeclarationError) as caught:
        values(write("reference/own.csv", content), "own.csv", "x", by=by, words=False)
    assert message in str(caught.value)


def own(layers: Layers, **more: Any) -> Any:
    return attributes.values(layers, cities.load(layers), "data/own.csv", "站数", CONTEXT, **more)


def test_a_file_of_the_workspace_with_columns_of_any_names(write):
    layers = write("../data/own.csv", '地区名,站数\n襄樊,"1,200"\nXi\'an,３\n2101,4\n'.encode("gbk"))
    assert own(layers, words=False) == (((210100, 0), 4.0), ((420600, 0), 1200.0), ((610100, 0), 3.0))
    assert own(layers, words=False, city="地区名") == own(layers, words=False)
    with pytest.raises(DeclarationError, match="column '站数' holds numbers; say in which unit, unit: \"1\""):
        own(layers, words=None)
    write("../data/own.csv", "城市,站数\n襄樊,many\n")
    assert own(layers, words=None) == (((420600, 0), "many"),)


def test_of_a_workspaces_file_every_mistake_is_named_at_once(write):
    layers = write("../data/own.csv", "城市,站数\n苏洲,1\n济南,2\n恩施州,3\n义乌,4\n")
    with pytest.raises(DeclarationError) as caught:
        own(layers, words=False)
    assert str(caught.value).splitlines() == [
        f"{CONTEXT}.file: data/own.csv: 3 rows cannot be read",
        "  line 2: no prefecture-level city is called '苏洲'; did you mean '苏州市'?; known names stand in "
        "config/reference/city_names.csv; mend it or take the row out",
        "  line 4: no prefecture-level city is called '恩施州'; 恩施土家族苗族自治州 is a prefecture, but no city; known names stand in "
        "config/reference/city_names.csv; mend it or take the row out",
        "  line 5: no prefecture-level city is called '义乌'; 义乌市 is a county-level city of 浙江省; known names stand in "
        "config/reference/city_names.csv; mend it or take the row out",
    ]


def test_a_city_with_two_values_is_an_error_with_both_lines(write):
    layers = write("../data/own.csv", "城市,站数\n襄樊,1\n济南,2\n襄阳,3\n济南,2\n")
    with pytest.raises(
        DeclarationError, match="lines 2 and 4 are of one place and hold '1' and '3'; keep one"
    ):
        own(layers, words=False)


def test_values_by_city_and_year_and_by_year_alone(write):
    layers = write("../data/own.csv", "城市,年份,站数\n襄樊,2010年,1\n襄阳,2011,2\n")
    assert own(layers, words=False, by="city_year") == (((420600, 2010), 1.0), ((420600, 2011), 2.0))
    write("../data/own.csv", "年份,站数\n2010,1\n2011,2\n")
    assert own(layers, words=False, by="year") == (((0, 2010), 1.0), ((0, 2011), 2.0))
    write("../data/own.csv", "年份,站数\n41275,1\n")
    with pytest.raises(DeclarationError, match="it counts days as a spreadsheet does, 2013-01-01 if so"):
        own(layers, words=False, by="year")


def test_a_list_of_cities_and_one_whose_heads_are_missing(write):
    layers = write("../data/own.csv", "城市\n北京\n上海市\n北京市\n")
    found = attributes.listed(layers, cities.load(layers), "data/own.csv", CONTEXT)
    assert found == (110000, 310000)
    write("../data/own.csv", "北京\n上海\n")
    with pytest.raises(DeclarationError, match="'北京' is a city and stands where the columns are named"):
        attributes.listed(layers, cities.load(layers), "data/own.csv", CONTEXT)


def test_a_file_that_the_workspace_lacks_names_those_that_it_has(write):
    layers = write("../data/stations.csv", "城市,站数\n北京,1\n")
    with pytest.raises(DeclarationError) as caught:
        attributes.values(layers, cities.load(layers), "data/station.csv", "站数", CONTEXT)
    assert str(caught.value) == (
        f"{CONTEXT}.file: the workspace has no data/station.csv; did you mean 'data/stations.csv'?"
    )
