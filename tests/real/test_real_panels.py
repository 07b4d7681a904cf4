"""Panels of the construction yearbook, patents, air and terrain beside the city yearbook: agreement, spans, known faults."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

PANELS = Path(__file__).parents[3] / "shared" / "panels"
pytestmark = pytest.mark.skipif(not PANELS.is_dir(), reason="the compiled panels are not at hand")
MUNICIPALITIES = {110000, 120000, 310000, 500000}


def both(value: pd.Series, compiled: pd.Series, item: str, scope: str, other: str | None = None) -> pd.Series:
    """Ratio of the yearbook's value to the panel's, by city and year."""
    pair = pd.concat([value.loc[item].xs(scope, level="scope"), compiled.loc[other or item]], axis=1).dropna()
    pair = pair[(pair > 0).all(axis=1)]
    return pair.iloc[:, 0] / pair.iloc[:, 1]


def of_prefectures(values: pd.Series) -> pd.Series:
    """Those of prefecture-level cities, whose codes end in 00."""
    return values[values.index.get_level_values("city") % 100 == 0]


@pytest.mark.parametrize(
    ("item", "scope", "tolerance", "share", "least"),
    [
        ("sewage_central", "city", 0.05, 0.74, 2500),
        ("green_cover_rate", "districts", 0.05, 0.80, 4000),
        ("patents_granted", "city", 0.05, 0.60, 120),
    ],
)
def test_panels_print_what_the_yearbook_prints(value, compiled, item, scope, tolerance, share, least):
    ratio = both(value, compiled, item, scope)
    assert len(ratio) > least and ratio.median() == pytest.approx(1, abs=0.02)
    assert ((ratio - 1).abs() < tolerance).mean() > share


def test_the_ground_measures_more_fine_dust_than_the_satellite_sees(value, compiled):
    ratio = both(value, compiled, "pm25", "city", "pm25_grid")
    assert len(ratio) > 400 and ratio.median() == pytest.approx(1 / 0.79, abs=0.06)


def test_the_sum_of_counties_understates_cities_of_steel(compiled):
    assert compiled["co2_county_sum", 130200, 2010] / compiled["co2", 130200, 2010] < 0.6


def test_densities_of_drains_of_both_yearbooks_agree(value, compiled):
    length, area = (
        value.loc[item].xs("districts", level="scope") for item in ("drain_pipe_len", "area_builtup")
    )
    pair = pd.concat([length / area, compiled.loc["drain_pipe_density"]], axis=1).dropna()
    ratio = pair.iloc[:, 0] / pair.iloc[:, 1]
    assert len(ratio) > 2500 and ratio.median() == pytest.approx(1, abs=0.01)


def test_years_that_must_not_be_used_are_not_read(compiled):
    years = {item: set(compiled.loc[item].index.get_level_values("year")) for item in (
        "green_pat_app", "pop_urban_area", "area_district", "pm25_grid", "co2_county_sum", "relief", "ming_stations",
    )}  # fmt: skip
    assert years["green_pat_app"] == set(range(2009, 2019))
    assert years["pop_urban_area"] == years["area_district"] == set(range(2006, 2023))
    assert max(years["pm25_grid"]) == 2018 and max(years["co2_county_sum"]) == 2017
    assert years["relief"] == years["ming_stations"] == {2010}


def test_the_construction_yearbook_s_tables_of_cities_lack_the_municipalities(compiled):
    for item in ("gas_cover", "sewage_rate", "park_green_pc", "area_district"):
        cities = set(compiled.loc[item].index.get_level_values("city"))
        assert 270 < len(cities) < 300 and not cities & MUNICIPALITIES, item


def test_patents_are_whole_numbers(compiled):
    patents = compiled.loc["patents_granted"]
    assert len(patents) > 2500
    assert ((patents - patents.round()).abs() < 0.01).mean() > 0.95


def test_gdp_of_2017_stands_from_another_source_where_the_yearbook_prints_the_districts_alone(
    value, compiled
):
    printed = of_prefectures(value.loc["gdp"].xs(2017, level="year"))
    assert "city" not in printed.index.get_level_values("scope")
    whole = compiled.loc["gdp"].xs(2017, level="year")
    districts = printed.xs("districts", level="scope")
    pair = pd.concat([whole, districts], axis=1).dropna()
    assert len(pair) > 240 and (pair.iloc[:, 0] > 0.97 * pair.iloc[:, 1]).mean() > 0.99


def test_stations_of_the_ming_are_those_of_the_list(compiled):
    stations = of_prefectures(compiled.loc["ming_stations"])
    assert len(stations) == 194 and stations.sum() == pytest.approx(961, abs=1)
