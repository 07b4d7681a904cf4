"""Compiled panels as they circulate: each is read by a small declaration, or refused in words; values read off the files by eye."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nianjian import schemas
from nianjian.declarations.models.items import PanelValue
from nianjian.errors import InputError
from nianjian.kinds.registry import kinds
from nianjian.panel.assemble import map_cells
from nianjian.panel.declared import PanelDeclarations
from nianjian.panel.observations import candidates
from small_books import CONFIG, PAGE_WORDS

PANELS = CONFIG.parents[1] / "shared" / "panels"
JINAN, BEIJING = 370100, 110000
GDP = {"item": "gdp_compiled", "unit": "10^8 yuan"}
ROAD = {"item": "road_area_pc", "unit": "m^2/person", "scope": "districts"}
CO2 = {"item": "co2", "unit": "10^6 t"}
INDEX = {"item": "pm25_grid", "unit": "ug/m^3"}  # stands for any number that is not converted
COUNT = {"item": "patents_total", "unit": "patent"}


def declared(
    file: str, city: str, year: str | int | None, values: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {"file": file, "city": city, "year": year, "values": values, **more}


# What is declared; city, year, item and value in the item's unit of some cells; cities that are found.
READABLE = [
    (declared("1996-*FDI*.xlsx", "地级市", "year", {"外商直接投资": {"item": "fdi_compiled", "unit": "10^6 usd"}}),
     [(JINAN, 2010, 120_903.0)], 290),
    (declared("1997-*清单*.xlsx", "city", "year", {"emission": CO2}, sheet="emission vector"),
     [(BEIJING, 1997, 6191.8115152276634), (JINAN, 2010, 6255.3271139373294)], 262),
    (declared("1997-*清单*.xlsx", "city", None, {"any": CO2}, sheet="emission matrix", layout="wide"),
     [(JINAN, 2010, 6255.3271139373294)], 262),
    (declared("2000-2023*产业结构*.xlsx", "城市代码", "年度标识", {"gdp（亿元人民币）": GDP}, sheet="面板数据2000-2023"),
     [(BEIJING, 2000, 32_778_000), (JINAN, 2010, 39_105_300)], 290),
    (declared("296*.xlsx", "城市", "年份", {"名义GDP": GDP}), [(JINAN, 2010, 44_390_500)], 290),
    (declared("298*.xlsx", "城市代码", "年份", {"常住人口（万人）": {"item": "pop_resident_compiled", "unit": "10^4 person"}}),
     [(BEIJING, 1998, 1245.6), (JINAN, 2010, 681.83)], 290),
    (declared("CRE_Gdpct.xlsx", "Ctnm_id", "Sgnyea", {"国内生产总值": GDP}), [(JINAN, 2010, 39_105_271)], 280),
    (declared("CRE_Gdpct.xlsx", "城市名称", "年度标识", {"Gdpct01": GDP}), [(JINAN, 2010, 39_105_271)], 280),
    (declared("CRE_Eplwagct.xlsx", "城市名称", "Sgnyea", {"人口密度": {"item": "pop_density_compiled", "unit": "人/平方公里"}}),
     [(JINAN, 2010, 738.76)], 280),
    (declared("URC_*.xlsx", "CityCode", "统计年度", {"建成区面积": {"item": "area_builtup", "unit": "km^2", "scope": "districts"}}),
     [(JINAN, 2010, 347.0)], 280),
    (declared("co2_prefecture_sum*.csv", "city_code", "year", {"co2_mt": CO2}), [(JINAN, 2010, 6022.33086154537)], 290),
    (declared("gdp_2017*.csv", "city_code", 2017, {"gdp_100m": GDP}), [(JINAN, 2017, 71_516_300)], 285),
    (declared("green_patents*.csv", "city_code", "year", {"gpat_count": COUNT}), [(230900, 2010, 5), (JINAN, 2015, 2922)], 265),
    (declared("ming_stations*.csv", "city_name", 1600 + 349, {"ming_stations": INDEX}), [(BEIJING, 1949, 9)], 180),
    (declared("municipal_rates*.csv", "city_name_yb", "year", {"road_pc": ROAD}), [(JINAN, 2015, 27.58)], 280),
    (declared("patents_granted*.csv", "city_name", "year", {"patents_granted": COUNT}), [(JINAN, 2015, 15146.98331357956)], 220),
    (declared("pm25*.csv", "city_code", "year", {"pm25_ugm3": INDEX}), [(JINAN, 2010, 80.63521575927734)], 280),
    (declared("relief*.csv", "city_code", 2000, {"relief_mean": INDEX}), [(JINAN, 2000, 0.1166273)], 285),
    (declared("各省*.xlsx", "城市代码", "年份", {"人均道路面积（平方米）": ROAD}), [(JINAN, 2010, 20.95), (500000, 2010, 9.37)], 285),
    (declared("地级市碳排放强度.xlsx", "城市", "年份", {"碳排放量_吨": {"item": "co2_edgar", "unit": "t"}}),
     [(JINAN, 2010, 8470.0664)], 285),
    (declared("金融发展*.xlsx", "城市", "年份", {"地区生产总值(万元)": {"item": "gdp_compiled", "unit": "10^4 yuan"}}),
     [(JINAN, 2010, 39_105_271)], 290),
]  # fmt: skip
PROVINCES = [
    declared("CRE_Pi01.xlsx", "Prvcnm_id", "Sgnyea", {"Pi0101": INDEX}),
    declared("CRE_Pi01.xlsx", "省份名称", "Sgnyea", {"居民消费价格指数(上年＝100)": INDEX}),
    declared("！00-23年*.xlsx", "省份", "year", {"GDP/亿元": GDP}),
]
REFUSED = [
    (declared("汇率.xlsx", "城市", "年份", {"1美元兑人民币（元）": INDEX}),
     r"汇率\.xlsx, sheet Sheet1: no row among the first 30 names the city column '城市'.*the columns are 年份, 1美元兑人民币（元）"),
    (declared("gdp_2017*.csv", "city_code", "year", {"gdp_100m": GDP}), r"column 'year' \(year\) is not there; the columns are city_code"),
    (declared("relief*.csv", "city_code", None, {"any": INDEX}, layout="wide"), "no column is headed by a year"),
    (declared("1997-*清单*.xlsx", "city", "year", {"emission": CO2}),
     r"sheet NOTE: no row among the first 30 names the city column 'city'; sheet emission vector, emission matrix does"),
]  # fmt: skip


def read(raw: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, PanelValue]]:
    kind = kinds().get("sources", "panel")
    params = kind.read({"title": "made up", "source": "made up", **raw})
    file = kind.module.units(params, PANELS, "made_up.yaml")["panel"]["about"]["file"]
    rows, _ = kind.module.build(params, {"root": PANELS, "file": file, "words": PAGE_WORDS}, "made_up")
    return rows, params.values


def mapped(raw: dict[str, Any]) -> Any:
    rows, values = read(raw)
    told = PanelDeclarations.load(CONFIG, panels={"made_up": values})
    return map_cells(pd.DataFrame.from_records(rows, columns=list(schemas.EXTRACT)), told)


@pytest.mark.parametrize(
    ("raw", "cells", "cities"), READABLE, ids=lambda value: value["file"] if isinstance(value, dict) else ""
)
def test_a_panel_is_read_by_a_small_declaration(raw, cells, cities):
    found = candidates(mapped(raw), PanelDeclarations.load(CONFIG).cities)
    value = (found["number"] * found["factor"]).groupby([found["city"], found["year"]]).first()
    for city, year, wanted in cells:
        assert value[city, year] == pytest.approx(wanted, rel=1e-9)
    assert found["city"].nunique() >= cities
    assert found["year"].between(1949, 2024).all()


@pytest.mark.parametrize("raw", PROVINCES, ids=lambda raw: raw["city"])
def test_a_panel_of_provinces_is_said_to_be_one(raw):
    regions = mapped(raw).regions
    named = regions[regions["kind"] == "province"]
    assert named["city_name"].nunique() == 27 and "吉林省" in set(named["city_name"])
    # The four municipalities are cities too.
    assert set(regions.loc[regions["kind"] == "city", "city"]) == {110000, 120000, 310000, 500000}
    assert set(regions["kind"]) == {"province", "city"}


def test_county_level_cities_are_told_from_cities():
    regions = mapped(READABLE[-3][0]).regions
    yiwu = regions[regions["label"] == "330782"]
    assert len(yiwu) and (yiwu["city"].fillna(0) != 330700).all()


@pytest.mark.parametrize(
    ("raw", "says"), REFUSED, ids=lambda value: value["file"] if isinstance(value, dict) else ""
)
def test_what_is_no_panel_of_cities_is_refused_in_words(raw, says):
    with pytest.raises(InputError, match=says):
        read(raw)


def test_every_file_at_hand_is_tried():
    tried = [raw["file"] for raw, *_ in (*READABLE, *REFUSED)] + [raw["file"] for raw in PROVINCES]
    # A list of pilots is a policy list: one row a city, and no number.
    files = {path for path in PANELS.iterdir() if path.suffix != ".md" and "试点" not in path.name}
    assert files == {path for pattern in tried for path in Path(PANELS).glob(pattern)}
