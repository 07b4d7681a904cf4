"""Which city a code or name stands for."""

from __future__ import annotations

import pytest

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import cities
from nianjian.reference.cities import UnknownCity


@pytest.fixture(scope="module")
def book() -> cities.Cities:
    return cities.load(Layers())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (420600, 420600),
        ("420600", 420600),
        ("420600.0", 420600),
        ("４２０６００", 420600),
        ("襄阳市", 420600),
        ("襄阳", 420600),
        ("襄樊", 420600),
        ("襄樊市", 420600),
        ("湖北省襄樊市", 420600),
        ("湖北襄阳", 420600),
        ("Xiangyang", 420600),
        (" xiangyang ", 420600),
        ("北京", 110000),
        (110100, 110000),
        ("500100", 500000),
        ("吉林", 220200),
        ("吉林省吉林市", 220200),
        ("思茅", 530800),
    ],
)
def test_a_city_is_known_by_code_and_by_every_name(book, given, code):
    assert book.code(given) == code


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("999999", "no city has the code '999999'"),
        (320101, r"no city has the code '320101'; did you mean '320100' \(南京市\)\?"),
        ("310115", r"no city has the code '310115'; did you mean '310000' \(上海市\)\?"),
        (325500, "no city has the code '325500'; did you mean '3.*'"),
        ("襄洋市", "no prefecture-level city is called '襄洋市'; did you mean '襄阳市'?"),
        ("延边州", "no prefecture-level city is called '延边州'.*config/reference/city_names.csv"),
        ("Suzhou", "'Suzhou' is the name of several cities .*320500 苏州市.*give the code"),
        ("江苏省襄阳市", "no prefecture-level city"),
    ],
)
def test_an_unknown_city_says_what_is_near(book, given, message):
    with pytest.raises(UnknownCity, match=message):
        book.code(given)


def test_every_former_name_leads_to_its_city(book):
    from nianjian.reference import tables

    rows = tables.read(Layers(), cities.NAMES).rows
    assert len(rows) > 300
    assert all(book.code(row["name_zh"]) == int(row["city"]) for row in rows)


@pytest.mark.parametrize(
    ("given", "code"), [("420000", 420000), ("湖北省", 420000), ("湖北", 420000), ("广西", 450000)]
)
def test_a_province_is_known_by_code_and_name(book, given, code):
    assert book.province(given) == code
    with pytest.raises(
        UnknownCity, match="no province has the code or name '黑龙汪省'; did you mean '黑龙江省'"
    ):
        book.province("黑龙汪省")


CITIES = "city,name_zh,name_en,province,from_year,to_year\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("city,name_zh\n110000,北京市\n", "config/reference/cities.csv has no column 'name_en'"),
        (
            f"{CITIES}110000,北京市,Beijing,110000,,\n110000,北京市,Beijing,110000,,\n",
            "line 3: city 110000 stands in two",
        ),
        (
            f"{CITIES}110000,北京市,Beijing,110000,since 2000,\n",
            "line 2: from_year 'since 2000' is no whole number",
        ),
        (f"{CITIES},北京市,Beijing,110000,,\n", "line 2: city and province are six-digit codes"),
    ],
)
def test_a_wrong_list_of_cities_names_its_line(write, content, message):
    with pytest.raises(DeclarationError, match=message):
        cities.load(write("reference/cities.csv", content))


def test_a_name_of_a_city_that_is_not_listed_is_named(write):
    with pytest.raises(
        DeclarationError, match=r"city_names.csv, line 2: city '999999' is not in config/reference/cities"
    ):
        cities.load(write("reference/city_names.csv", "city,name_zh\n999999,某市\n"))


def test_county_level_cities_are_told_by_any_name_or_code_and_keep_one_id():
    counties = cities.load(Layers(), "county_city")
    assert {counties.code(given) for given in ("义乌", "义乌市", "330782", "339007", "浙江省义乌市")} == {
        330782
    }
    jinhua = counties.by_code[counties.code("金华")]
    assert jinhua.to_year == 1984 and jinhua.province == 330000
    with pytest.raises(UnknownCity, match=r"no county-level city is called '杭州'.*county_cities\.csv"):
        counties.code("杭州")
    assert 330100 not in counties.by_code


def test_provinces_are_regions_of_their_own_level():
    provinces = cities.load(Layers(), "province")
    assert len(provinces.by_code) == 31
    assert {provinces.code(given) for given in ("广西", "广西壮族自治区", 450000)} == {450000}
