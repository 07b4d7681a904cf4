"""Policy lists beside the reference lists and panels at hand; those have errors of their own, counted here."""

from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "config" / "reference"
SHARED = ROOT.parent / "shared" / "reference"
PANELS = ROOT.parent / "shared" / "panels"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference lists are not at hand")


def ours(name: str, **where) -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "policies" / f"{name}.csv", keep_default_na=False)
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame


def stems(names: pd.Series) -> pd.Series:
    return names.str.removesuffix("市").replace({"襄樊": "襄阳"})


def test_broadband_batches_agree_with_the_reference_list():
    listed = pd.read_csv(SHARED / "broadband_china.csv").astype({"sub_prefecture_flag": str})
    listed = listed[(listed["sub_prefecture_flag"] == "0") & ~listed["city"].str.contains("州$", regex=True)]
    whole = pd.read_csv(SHARED / "broadband_china.csv")
    names = set(zip(whole["year"], whole["city"], strict=True))
    mine = ours("broadband_china", level="city")
    pairs = set(zip(mine["batch"] + 2013, stems(mine["city_name"]), strict=True))
    assert pairs <= names
    assert not set(zip(listed["year"], listed["city"], strict=True)) - pairs


def test_innovative_cities_agree_with_the_reference_list():
    listed = pd.read_csv(SHARED / "innovative_cities.csv")
    listed = listed[listed["sub_prefecture_flag"] == 0]
    mine = ours("innovative_cities", listed_cities=True)
    years = mine["batch"].map({"list of 2016": 2016, "new in 2018": 2018})
    assert set(zip(listed["list_year"], listed["city"], strict=True)) == set(
        zip(years, stems(mine["city_name"]), strict=True)
    )


def test_low_carbon_provinces_agree_and_the_transcription_misses_listed_cities():
    listed = pd.read_csv(SHARED / "low_carbon_pilots_transcribed.csv")
    first = set(stems(listed.loc[listed["year"] == 2010, "city"]))
    mine = ours("low_carbon", with_provinces=True, batch=1)
    assert set(stems(mine["city_name"])) <= first | {"保定"}
    pilots = set(stems(ours("low_carbon", city_pilot=True)["city_name"]))
    assert pilots - set(stems(listed["city"])) == {
        "景德镇",
        "池州",
        "衢州",
        "赣州",
        "金华",
        "黄山",
        "六安",
        "宣城",
        "三明",
        "抚州",
        "烟台",
        "潍坊",
        "遵义",
    }


def test_low_carbon_pilots_agree_with_the_compiled_panel():
    panel = pd.read_excel(PANELS / "试点城市名单.xlsx", engine="openpyxl")
    mine = ours("low_carbon", with_provinces=True)
    # The panel leaves out all of 辽宁 but agrees on every city that it names.
    assert set(panel["city_name"]) <= set(mine["city_name"])


def test_county_to_district_years_agree_with_the_crosswalk():
    breaks = pd.read_csv(SHARED / "prefecture_crosswalk" / "fixed_boundary_district_breaks_1999_2020.csv")
    breaks = breaks[breaks["county_to_district_count"] > 0]
    theirs = set(zip(breaks["prefecture_name"], breaks["year"], strict=True))
    mine = ours("county_to_district")
    pairs = set(zip(mine["city_name"], mine["batch"], strict=True))
    # Its summary leaves them out, though its events have all but 淮安 and 青岛; it ends with 2020.
    assert {pair for pair in pairs - theirs if pair[1] <= 2020} == {
        ("无锡市", 2000),
        ("淮安市", 2000),
        ("莆田市", 2002),
        ("哈尔滨市", 2006),
        ("重庆市", 2006),
        ("南通市", 2009),
        ("青岛市", 2012),
        ("济宁市", 2013),
        ("河池市", 2016),
        ("烟台市", 2020),
    }
    assert len(theirs - pairs) == 16  # 1999, transfers of parts before 2007, and 那曲


def counties(years: pd.Series, cities: pd.Series, units: pd.Series) -> set[tuple[int, str, str]]:
    return {
        (year, city, county) for year, city, unit in zip(years, cities, units, strict=True) for county in unit
    }


def test_county_to_district_agrees_with_the_reference_list_but_for_what_is_explained():
    listed = pd.read_csv(SHARED / "撤县设区数据.csv")
    units = listed["被撤并县"].str.replace("（部分）", "").str.split("、")
    theirs = {
        unit for unit in counties(listed["年份"], listed["地级市"], units) if not unit[2].endswith("区")
    }
    frame = ours("county_to_district")
    frame = frame[frame["batch"] >= listed["年份"].min()]
    mine = counties(frame["batch"], frame["city_name"], frame["unit"].str.split(" → ").str[0].str.split())
    assert len(mine & theirs) == 134 and len(mine) == 144 and len(theirs) == 152
    explained = pd.read_csv(ROOT / "tests" / "data" / "county_to_district_differences.csv")
    assert explained["reason"].str.len().gt(10).all()
    for side, found in (("reference", theirs - mine), ("ours", mine - theirs)):
        rows = explained[explained["only_in"] == side]
        assert found == set(zip(rows["year"], rows["city"], rows["county"], strict=True)), side
    # No county of both lists has two years.
    years = {unit[1:]: unit[0] for unit in theirs}
    assert all(years.get((city, county), year) == year for year, city, county in mine)


def test_urban_agglomerations_agree_with_the_reference_list():
    listed = pd.read_csv(SHARED / "urban_agglomerations.csv")
    mine = ours("urban_agglomerations", official=True)
    theirs = set(zip(listed["agglomeration"], listed["year_from_brief"], listed["city"], strict=True))
    years = mine["approval_date"].str[:4].astype(int)
    pairs = set(zip(mine["agglomeration"], years, stems(mine["city_name"]), strict=True))
    # Units that are no prefecture-level cities are left out of ours.
    outside = {"济源", "东方", "临高", "昌江", "澄迈", "延边", "仙桃", "天门", "潜江"}
    assert {city for _, _, city in theirs - pairs if not city.endswith("州")} == outside
    # The reference has 京津冀 as the study codes it, and no 粤港澳.
    added = {city for name, _, city in pairs - theirs if name != "粤港澳大湾区"}
    assert added == {"邯郸", "邢台", "衡水"}
