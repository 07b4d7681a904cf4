"""The page that says how much of the books reached the panel."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from nianjian.declarations.models.items import Item
from nianjian.panel import coverage
from nianjian.panel.coverage_page import render

TABLE = {
    "edition": 2013, "title": "GDP", "numeric_cells": 200, "other_cells": 0, "extracted": 190, "mapped": 180,
    "ignored": 0, "unmapped": 10, "mapped_by_position": 0, "unmatched_cells": 0, "unreadable": 0, "cities": 95,
}  # fmt: skip
RANKING = TABLE | {
    "title": "ranking", "numeric_cells": 900, "other_cells": 900, "extracted": 0, "mapped": 0, "unmapped": 0, "cities": 0,
}  # fmt: skip
ITEM = {
    "item": "gdp", "zh": "地区生产总值", "level": "city", "scope": "city", "cities": 100, "printed": 0,
    "suspect": 0, "corrected": 0,
}  # fmt: skip
EMPTY = {
    "by_column": "item scope unit unit_source how edition table title header cells first_cell",
    "by_label": "edition label kind city_name how problem file sheet first_cell",
    "suspects": "rule item city year scope value raw detail edition file sheet cell",
    "contested": "item city year scope value other relation source edition file sheet cell",
    "corrections": "correction cells status reason reference",
    "units": "edition item scope decision log10_ratio reference cells",
    "unreadable": "item scope city_name year raw edition file sheet cell",
    "checksums": "agrees item scope year province printed cities edition file sheet cell",
}


@pytest.fixture
def page():
    sheet = {"edition": 2013, "numeric_cells": 900, "file": "a.xlsx", "sheet": "1"}
    conflict = dict.fromkeys(["item", "city", "scope", "kept", "source", "file", "sheet", "cell"], "x") | {
        "value": 1.5,
        "year": 2012,
    }
    tables = {name: pd.DataFrame(columns=held.split()) for name, held in EMPTY.items()}
    tables["breaks"] = pd.DataFrame([{"item": "gdp", "year": 2010, "what_en": "wider", "what_zh": "扩大"}])
    tables["breaks"] = pd.DataFrame([{"item": "gdp", "year": 2010, "what_en": "wider", "what_zh": "扩大"}])
    tables["units"]["log10_ratio"] = tables["units"]["log10_ratio"].astype(float)
    tables["checksums"]["agrees"] = tables["checksums"]["agrees"].astype(bool)
    tables |= {
        "by_table": pd.DataFrame([TABLE, RANKING]),
        "by_item": pd.DataFrame(
            [
                ITEM | {"year": 2011},
                ITEM | {"year": 2009, "printed": 3},
                ITEM | {"year": 2009, "printed": 3},
                ITEM | {"year": 2012, "printed": 95, "suspect": 2, "corrected": 1},
            ]
        ),
        "conflicts": pd.DataFrame([conflict | {"edition": 2013.0}, conflict | {"edition": float("nan")}]),
        "sheets": pd.DataFrame(
            [
                sheet | {"status": "skipped", "title": "ranking", "reason": "no table of cities: a ranking"},
                sheet | {"status": "skipped", "title": "empty", "reason": "no numbers", "numeric_cells": 0},
                sheet | {"status": "extracted", "title": "GDP", "reason": "2 hidden rows"},
                sheet | {"status": "extracted", "title": "silent", "reason": ""},
            ]
        ),
    }
    return render(tables, "real: a book")


def section(page: str, heading: str) -> str:
    return page.split(f"<h2>{heading}")[1].split("<h2>")[0]


def test_shares_are_of_the_cells_in_tables_of_cities(page):
    assert "<b>95.000 %</b>extracted" in page and "<b>90.000 %</b>mapped" in page
    row = re.findall(r"<td[^>]*>([^<]*)</td>", section(page, "Editions").split("<details>")[0])
    assert row[:6] == ["2013", "1", "200", "900", "95.00 %", "90.00 %"]


def test_pages_without_a_table_are_listed_with_their_reason_and_what_was_said_of_the_others(page):
    other = section(page, "Sheets that are no table of cities")
    assert "a ranking" in other and "no numbers" not in other
    said = section(page, "What was said of sheets that were read")
    assert "2 hidden rows" in said and "silent" not in said


def test_a_year_without_print_is_an_empty_cell_and_the_others_say_their_counts(page):
    grid = section(page, "Items by year")
    assert '</td><td></td><td class="s4 new" title="2012: 95 of 100 cities, 2 suspect, 1 corrected; ' in grid


def test_a_change_of_meaning_stands_at_the_next_printed_year_and_in_a_list(page):
    grid = section(page, "Items by year")
    assert re.findall(r'new" title="(\d+)', grid) == ["2012"] and "from 2010 on: wider · 扩大" in grid
    assert re.findall(r">([^<]*)</td>", section(page, "Series that change their meaning")) == [
        "gdp", "2010", "wider", "扩大",
    ]  # fmt: skip


def test_breaks_between_printed_years_are_listed():
    words = {"en": "wider", "zh": "扩大"}
    declared = {"zh": "甲", "en": "A", "unit": "person", "kind": "stock"}
    items = {
        "a": Item.model_validate(
            declared | {"breaks": [{"year": y, "what": words} for y in (2001, 2005, 2010)]}
        ),
        "b": Item.model_validate(declared | {"breaks": [{"year": 2005, "what": "narrower"}]}),
        "c": Item.model_validate(declared),
    }
    printed = pd.DataFrame(
        [(item, year, year != 2010) for item in "abc" for year in (2001, 2004, 2008, 2010)],
        columns=["item", "year", "printed"],
    )
    assert coverage.breaks(printed, items).to_numpy().tolist() == [
        ["a", 2005, "wider", "扩大"],
        ["b", 2005, "narrower", "narrower"],
    ]


def test_years_of_breaks_rise():
    words = {"zh": "甲", "en": "A", "unit": "person", "kind": "stock"}
    with pytest.raises(ValueError, match="years that rise"):
        Item.model_validate(words | {"breaks": [{"year": 2005, "what": "b"}, {"year": 2004, "what": "a"}]})


def test_editions_are_whole_numbers_where_a_source_has_none(page):
    assert re.findall(r">(2013|2013\.0|)</td>", section(page, "Cells that contradict")) == ["2013", ""]
