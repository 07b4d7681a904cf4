"""Rows and columns of compiled panels: which city a code or name is, what is said of what is none, units in the heads."""

from __future__ import annotations

import logging

import pandas as pd
import pytest

import build_panel
from nianjian import schemas, storage
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_items
from nianjian.declarations.models.items import PanelValue
from nianjian.errors import DeclarationError, InputError
from nianjian.extract.compiled_panel import PanelTable, extract_panel
from nianjian.panel.compiled import declared_columns, resolve_compiled, tell
from nianjian.panel.declared import PanelDeclarations
from nianjian.panel.region_codes import read_former_codes
from nianjian.plan.reading import COVERAGE
from small_books import CONFIG, UNITS, WORDS, city_book

FORMER = read_former_codes(Layers((CONFIG,)))


def resolve(*labels: str, year: object = 2010) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"label": labels, "period": str(year), "source": "mine", "file": "mine.csv", "sheet": ""}
    )
    rows = rows.assign(first_cell=[f"C{at}" for at in range(2, len(rows) + 2)], row=range(2, len(rows) + 2))
    return resolve_compiled(rows, city_book(), FORMER)


def one(label: str, year: object = 2010) -> pd.Series:
    return resolve(label, year=year).iloc[0]


@pytest.mark.parametrize(
    ("label", "city"),
    [
        ("370100", 370100), ("370100.0", 370100), (" 370100 ", 370100), ("３７０１００", 370100), ("'370100", 370100),
        ("3701", 370100), ("370100000000", 370100), ("110000", 110000), ("110100", 110000), ("1101", 110000), ("11", 110000),
        ("120100", 120000), ("310100", 310000), ("500100", 500000), ("500200", 500000), ("510200", 500000),
        ("142600", 141000), ("513700", 511900), ("632100", 630200), ("152300", 150500),
        ("济南", 370100), ("济南市", 370100), ("山东济南", 370100), ("襄樊", 420600), ("丽水地区", 331100), ("哲里木盟", 150500),
        ("Jinan", 370100), ("jinan city", 370100), ("Xi'an", 610100), ("Xian", 610100),
    ],
)  # fmt: skip
def test_a_city_by_code_or_name_in_any_usual_form(label, city):
    found = one(label)
    assert (found["kind"], found["city"]) == ("city", city)


@pytest.mark.parametrize("label", ["130000", "13", "130000.0", "河北省", "河北", "Hebei", "内蒙古自治区"])
def test_a_province_is_said_to_be_one(label):
    found = one(label)
    assert found["kind"] == "province" and pd.isna(found["city"])
    assert found["city_name"] in ("河北省", "内蒙古自治区")


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("330726", "no prefecture-level city has the code 330726; it lies in 金华市 (330700)"),
        ("310115", "it lies in 上海市 (310000)"),
        ("422800", "422800: 恩施土家族苗族自治州 is a prefecture, but no city"),
        ("132400", "132400: 保定地区 was a prefecture until 1993, but no city; stood beside 保定市 (130600)"),
        ("370102001000", "the code of a town or street; it lies in 济南市"),
        ("999999", "no prefecture-level city has the code 999999"),
        ("12345", "no code of a region: 12345"),
        ("恩施州", "恩施土家族苗族自治州 is a prefecture, but no city"),
        ("浦东新区", "a county-level unit: 浦东新区 of 上海市"),
        ("湖北恩施州", "恩施土家族苗族自治州 is a prefecture, but no city"),
        ("Suzhou", "the English name of 苏州市 (320500) and 宿州市 (341300)"),
        ("Jinann", "nearest names: 济南市 (370100)"),
        ("攀枝草市", "nearest names: 攀枝花市"),
    ],
)
def test_what_is_no_city_is_told_with_what_is_near(label, says):
    found = one(label)
    assert found["kind"] == "unknown" and pd.isna(found["city"])
    assert says in found["problem"]


@pytest.mark.parametrize("label", ["义乌", "浙江义乌", "义乌市", "330782"])
def test_a_county_level_city_is_one_of_its_level(label):
    found = one(label)
    assert (found["kind"], found["city"], found["city_name"]) == ("county_city", 330782, "义乌市")


def test_a_city_before_it_was_one_is_marked():
    assert one("341400", 2015)["problem"] == "巢湖市 was not a prefecture-level city in 2015"
    assert one("371200", 2015)["problem"] == ""


def test_the_name_of_a_province_and_a_city_is_the_city_among_cities_and_the_province_among_provinces():
    def jilin(*others: str) -> str:
        found = resolve("吉林", *others)
        return str(found.set_index("label").loc["吉林", "kind"])

    assert jilin("长春", "沈阳", "北京") == "city"
    assert jilin("辽宁", "黑龙江", "北京", "上海") == "province"
    assert jilin("辽宁", "黑龙江", "长春", "吉林市", "沈阳", "济南") == "province"


@pytest.mark.parametrize("period", ["0", "10", "", "40543"])
def test_a_period_that_is_no_year_is_an_error_and_never_year_zero(period):
    with pytest.raises(InputError, match=r"mine\.csv, sheet , row of C2: the year"):
        resolve("济南", year=period)


def test_years_of_other_sources_are_read_as_they_are_written():
    assert one("济南", "2010年")["year"] == 2010
    assert one("济南", "2010-12-31")["year"] == 2010


def columns(note: str, unit: str, item: str = "gdp") -> pd.Series:
    frame = pd.DataFrame([{"source": "mine", "header": "v", "note": note}])
    declared = {"mine": {"v": PanelValue(item=item, unit=unit)}}
    return declared_columns(frame, declared, read_items(CONFIG), UNITS).iloc[0]


def test_a_unit_in_the_heads_that_contradicts_the_declared_one_is_said():
    agrees = columns("国内生产总值 › Gdpct01 › 亿元", "亿元")
    assert agrees["problem"] == "" and agrees["factor"] == 10_000
    assert columns("国内生产总值(亿元)", "10^8 yuan")["problem"] == ""
    assert columns("国内生产总值", "亿元")["problem"] == ""
    assert columns("国内生产总值 › 没有单位", "亿元")["problem"] == ""
    assert columns("人均GDP(元)", "yuan/person", "gdp_pc")["problem"] == ""
    wrong = columns("国内生产总值 › 万元", "亿元")
    assert wrong["factor"] == 10_000
    assert "the heads print the unit 10^4 yuan, declared is 亿元, which stands" in wrong["problem"]
    assert "measures something else" in columns("国内生产总值 › 万人", "亿元")["problem"]


def test_the_last_lines_of_the_log_count_and_list_what_matches_no_city(caplog):
    found = resolve("恩施州", "恩施州", "义乌", "浦东新区", "河北省", "济南")
    labels = found.assign(edition=0, cells=3, file="mine.xlsx", sheet="a", first_cell="B7")
    heads = pd.DataFrame(
        [{"source": "mine", "header": "v", "unit_source": "declared", "problem": "the heads print 万元"}]
    )
    with caplog.at_level(logging.WARNING):
        tell(labels, heads)
    unit, provinces, counties, unknown = (record.getMessage() for record in caplog.records)
    assert unit == "mine, v: the heads print 万元"
    assert provinces == "mine: 1 labels are provinces, whose 3 cells stand in province_year: 河北省"
    assert counties == "mine: 1 labels are county-level cities, whose 3 cells stand in county_city_year: 义乌"
    first, enshi, pudong = unknown.split("\n")
    assert first == "mine: 2 labels match no city, 9 cells left out"
    assert (
        enshi.startswith("恩施州: 6 cells, first mine.xlsx, sheet a, row 7; ")
        and "恩施土家族苗族自治州" in enshi
    )
    assert pudong.startswith("浦东新区: 3 cells, first mine.xlsx, sheet a, row 7; ") and "上海市" in pudong


def test_of_a_name_of_two_characters_one_is_enough_to_be_near():
    (found,) = resolve("苏洲")["problem"]
    assert "nearest names: 苏州市" in found


def test_a_panel_of_codes_reaches_the_panel_and_says_what_does_not(tmp_path, caplog):
    lines = [
        "code,year,GDP(万元)",
        "110100,2010年,5.5",
        "370100.0,2010-12-31,6.5",
        "142600,2010,7.5",
        "130000,2010,99",
        "330782,2010,8",
        "330726,2010,8",
    ]
    (tmp_path / "mine.csv").write_text("\n".join(lines) + "\n", encoding="gbk")
    table = PanelTable("mine.csv", "mine", "code", "year", {"GDP(万元)": "亿元"})
    rows, reports = extract_panel(tmp_path, table, WORDS, "mine")
    declared = PanelDeclarations.load(
        CONFIG, panels={"mine": {"GDP(万元)": PanelValue(item="gdp_compiled", unit="亿元")}}
    )
    frame = pd.DataFrame.from_records(rows, columns=list(schemas.EXTRACT)).astype({"edition": "Int32"})
    sheets = pd.DataFrame.from_records(reports, columns=list(schemas.SHEETS)).astype({"edition": "Int32"})
    storage.write_table(frame, tmp_path / "cells.parquet", schemas.EXTRACT, ["file", "sheet", "row", "col"])
    storage.write_table(sheets, tmp_path / "sheets.parquet", schemas.SHEETS, ["file", "sheet"])
    (tmp_path / "panel.json").write_text(declared.to_json(), encoding="utf8")
    names = ("observations", *schemas.LEVELS.values(), *schemas.BESIDE, *COVERAGE)
    outputs = {name: tmp_path / f"{name}.parquet" for name in names}
    with caplog.at_level(logging.WARNING):
        build_panel.build(
            [tmp_path / "cells.parquet"], [tmp_path / "sheets.parquet"], tmp_path / "panel.json", outputs
        )
    observed = pd.read_parquet(outputs["observations"])
    assert dict(zip(observed["city"], observed["value"], strict=True)) == {
        110000: 55_000,
        130000: 990_000,
        141000: 75_000,
        330782: 80_000,
        370100: 65_000,
    }
    assert set(observed["year"]) == {2010} and observed["edition"].isna().all()
    assert pd.read_parquet(outputs["by_table"])[
        ["province_cells", "unmatched_cells"]
    ].to_numpy().tolist() == [[1, 1]]
    labels = pd.read_parquet(outputs["by_label"]).set_index("label")
    assert "it lies in 金华市" in labels.loc["330726", "problem"]
    said = [record.getMessage() for record in caplog.records]
    assert said[-4].startswith("mine, GDP(万元): the heads print the unit 10^4 yuan, declared is 亿元")
    assert said[-3] == "mine: 1 labels are provinces, whose 1 cells stand in province_year: 130000"
    assert (
        said[-2] == "mine: 1 labels are county-level cities, whose 1 cells stand in county_city_year: 330782"
    )
    assert said[-1].startswith(
        "mine: 1 labels match no city, 1 cells left out\n330726: 1 cells, first mine.csv, row 7; "
    )


def test_the_former_codes_lead_to_cities_and_travel_with_the_declarations(tmp_path):
    cities = {row.city for row in city_book().tables.cities}
    assert {own.city for own in FORMER.values()} - {None} <= cities
    assert not cities & set(FORMER)
    declared = PanelDeclarations.load(CONFIG)
    (tmp_path / "panel.json").write_text(declared.to_json(), encoding="utf8")
    assert PanelDeclarations.from_json(tmp_path / "panel.json").former_codes == FORMER


def test_a_former_code_that_is_no_number_names_its_line(tmp_path):
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "former_codes.csv").write_text(
        "code,name_zh,to_year,city,note\n14260o,临汾地区,1999,141000,\n", encoding="utf8"
    )
    with pytest.raises(DeclarationError, match=r"former_codes\.csv, line 2: code and city are six digits"):
        read_former_codes(Layers((tmp_path,)))
