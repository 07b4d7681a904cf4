"""What must hold of every panel."""

from __future__ import annotations

import pandas as pd
import pytest

import check_panel
from nianjian import schemas, storage
from nianjian.errors import InputError
from nianjian.panel import coverage
from nianjian.panel.reference import CityTables
from small_books import REFERENCE

CITIES = CityTables.read(REFERENCE)
ROSTER = CITIES.roster()


def seen_in(year: int, codes: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": codes, "level": "city", "year": year, "item": "gdp", "scope": "city", "value": 1.0, "edition": year + 1,
        }
    )  # fmt: skip


def wide_of(seen: pd.DataFrame) -> pd.DataFrame:
    return seen[["city", "year"]].assign(city_name="x", gdp=seen["value"])


def test_cities_that_an_edition_does_not_print_are_named():
    alive = [city.city for city in CITIES.alive(2012)]
    (line,) = check_panel.check_cities(seen_in(2012, alive[:-1]), ROSTER)
    assert line == f"2012: {len(alive) - 1} cities; not printed: {CITIES.canonical_names()[alive[-1]]}"


def test_a_year_without_half_of_its_cities_stops_the_run():
    few = [city.city for city in CITIES.alive(2012)][:100]
    with pytest.raises(InputError, match=r"2012: only 100 of 28[0-9] cities are there"):
        check_panel.check_cities(seen_in(2012, few), ROSTER)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda seen, wide: (pd.concat([seen, seen[:1]]), wide), "repeat the key"),
        (lambda seen, wide: (seen.assign(value=float("inf")), wide), "not finite"),
        (lambda seen, wide: (seen, pd.concat([wide, wide[:1]])), "city_year repeats"),
        (lambda seen, wide: (seen, wide.assign(gdp=None)), "city_year holds 0 values, observations 2"),
    ],
)
def test_tables_that_contradict_each_other_stop_the_run(change, message):
    seen = seen_in(2012, [110000, 120000])
    check_panel.check_keys(seen, wide_of(seen), "city_year")
    check_panel.check_keys(seen, wide_of(seen).assign(unit=seen["city"]), "county_city_year")
    with pytest.raises(InputError, match=message):
        check_panel.check_keys(*change(seen, wide_of(seen)), "city_year")


def test_the_report_says_what_was_found(tmp_path):
    codes = [city.city for city in CITIES.alive(2012)]
    seen = seen_in(2012, codes)
    full = {name: seen.get(name, "x") for name in schemas.OBSERVATIONS}
    observations = pd.DataFrame(full)
    storage.write_table(observations, tmp_path / "o.parquet", schemas.OBSERVATIONS, schemas.OBSERVATION_KEY)
    wide = {level: tmp_path / f"{level}.parquet" for level in schemas.LEVELS}
    for level, path in wide.items():
        storage.write_wide(wide_of(seen[seen["level"] == level]), path, ["city", "year"])
    for name, schema, key in (
        ("t", coverage.TABLES, coverage.TABLE_KEY),
        ("l", coverage.LABELS, coverage.LABEL_KEY),
    ):
        storage.write_table(pd.DataFrame(columns=list(schema)), tmp_path / f"{name}.parquet", schema, key)
    paths = [tmp_path / f"{name}.parquet" for name in "otl"]
    check_panel.check(paths[0], wide, *paths[1:], ROSTER, tmp_path / "out")
    lines = (tmp_path / "out").read_text(encoding="utf8").splitlines()
    assert lines == [
        f"observations: {len(codes)}; items: 1",
        f"city_year: {len(codes)} rows",
        "county_city_year: 0 rows",
        "province_year: 0 rows",
        f"2012: {len(codes)} cities",
    ]
