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
    sure = mine[mine["confidence"] == "verified"]
    assert set(zip(sure["city_name"], sure["batch"], strict=True)) <= theirs
    left_out = theirs - set(zip(mine["city_name"], mine["batch"], strict=True))
    assert len(left_out) == 17  # 1999, transfers of parts before 2007, and 那曲
