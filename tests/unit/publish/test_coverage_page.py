"""The page that says how much of the books reached the panel."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest

from nianjian.declarations.models.items import Item
from nianjian.panel import coverage
from nianjian.publish import coverage_page, pages
from nianjian.publish.coverage_page import render
from nianjian.publish.panel_names import Names

TABLE = {
    "edition": 2013, "title": "GDP", "numeric_cells": 200, "other_cells": 0, "extracted": 190, "mapped": 180,
    "ignored": 0, "unmapped": 10, "mapped_by_position": 0, "unmatched_cells": 0, "unreadable": 0, "cities": 95,
}  # fmt: skip
RANKING = TABLE | {
    "title": "ranking", "numeric_cells": 900, "other_cells": 900, "extracted": 0, "mapped": 0, "unmapped": 0, "cities": 0,
}  # fmt: skip
ITEM = {
    "item": "gdp", "zh": "地区生产总值", "level": "city", "scope": "city", "cities": 100, "printed": 0,
    "compiled": 0, "suspect": 0, "corrected": 0,
}  # fmt: skip
EMPTY = {
    "by_column": "item scope unit unit_source how edition table title header cells first_cell problem",
    "by_label": "edition label kind city_name how problem file sheet first_cell",
    "suspects": "rule item city year scope value raw detail edition file sheet cell",
    "contested": "item city year scope value other relation source edition file sheet cell",
    "corrections": "correction cells status reason reference",
    "units": "edition item scope decision log10_ratio reference cells",
    "unreadable": "item scope city_name year raw edition file sheet cell",
    "checksums": "agrees item scope year province printed cities edition file sheet cell",
}


NAMES = Names.read(
    {
        "items": [
            ["gdp", "地区生产总值", "Gross regional product", "10^4 yuan", 0],
            ["own", "自有", "Of my own", "1", -1],
        ],
        "topics": [{"en": "Economy", "zh": "经济"}],
        "regions": [[360900, "宜春市", "Yichun (Jiangxi)"], [130000, "河北省", "Hebei"]],
        "seats": [],
    }
)


def tables() -> dict[str, pd.DataFrame]:
    sheet = {"edition": 2013, "numeric_cells": 900, "file": "a.xlsx", "sheet": "1"}
    conflict = dict.fromkeys(["scope", "kept", "source", "file", "sheet", "cell"], "x") | {
        "item": "gdp",
        "city": 360900,
        "value": 1234567.5,
        "year": 2012,
    }
    suspect = {
        "rule": "jump", "item": "gdp", "city": 360900, "year": 2012, "scope": "districts", "value": 83.0, "raw": "83",
        "detail": "1.6 times as much; the years before lead to expect 52", "edition": 2013, "file": "book/a.xlsx",
        "sheet": "1", "cell": "C6",
    }  # fmt: skip
    found = {name: pd.DataFrame(columns=held.split()) for name, held in EMPTY.items()}
    found["breaks"] = pd.DataFrame([{"item": "gdp", "year": 2010, "what_en": "wider", "what_zh": "扩大"}])
    found["units"]["log10_ratio"] = found["units"]["log10_ratio"].astype(float)
    found["checksums"]["agrees"] = found["checksums"]["agrees"].astype(bool)
    found["suspects"] = pd.DataFrame([suspect])
    return found | {
        "by_table": pd.DataFrame([TABLE, RANKING]),
        "by_item": pd.DataFrame(
            [
                ITEM | {"year": 2011},
                ITEM | {"year": 2009, "printed": 3},
                ITEM | {"year": 2012, "printed": 90, "compiled": 5, "suspect": 2, "corrected": 1},
                ITEM | {"item": "own", "year": 2012, "compiled": 40},
            ]
        ),
        "conflicts": pd.DataFrame([conflict | {"edition": 2013.0}, conflict | {"edition": float("nan")}]),
        "sheets": pd.DataFrame(
            [
                sheet | {"status": "skipped", "title": "ranking", "reason": "no table of cities: a ranking"},
                sheet | {"status": "skipped", "title": "empty", "reason": "no numbers", "numeric_cells": 0},
                sheet | {"status": "extracted", "title": "GDP", "reason": "hidden rows are read too: 7"},
                sheet | {"status": "extracted", "title": "silent", "reason": ""},
            ]
        ),
    }


@pytest.fixture
def page() -> str:
    return render(tables(), NAMES, "real: a book", "en")


@pytest.fixture
def chinese() -> str:
    return render(tables(), NAMES, "real: a book", "zh")


def section(page: str, heading: str) -> str:
    return re.split(rf"<h2[^>]*>{heading}", page)[1].split("<h2")[0]


def cells(text: str) -> list[str]:
    return [html.unescape(each).strip() for each in re.findall(r"<td[^>]*>([^<]*)", text)]


def test_shares_are_of_the_cells_in_tables_of_cities(page):
    assert "<b>95.000 %</b>extracted" in page and "<b>90.000 %</b>mapped" in page
    row = cells(section(page, "Editions").split("<details")[0])
    assert row[:5] == ["1", "200", "900", "95.00 %", "90.00 %"]


def test_pages_without_a_table_are_listed_with_their_reason_and_what_was_said_of_the_others(page):
    other = section(page, "Sheets that are no table of cities")
    assert "a ranking" in other and "no numbers" not in other
    said = section(page, "What was said of sheets that were read")
    assert "hidden rows are read too: 7" in said and "silent" not in said


def test_compiled_values_are_not_counted_as_printed(page):
    assert "<b>93</b>values that the yearbook prints" in page
    assert "<b>45</b>values of compiled panels and own files" in page


def test_a_year_without_print_is_an_empty_cell_and_the_others_say_their_counts(page):
    grid = section(page, "Items by year")
    (gdp, own) = re.findall(r'<tr data-n="([^"]*)">', grid)
    # printed, of cities, compiled, suspect, corrected
    assert gdp == "3/100||90/100/5/2/1" and own == "||0/100/40"
    assert (
        'data-parts="{printed} of {all} printed|{compiled} from compiled panels|{suspect} suspect|{corrected} corrected"'
        in grid
    )
    first = grid.split("<tr data-n")[1]
    assert (
        cells(first) == ["3", "", "95"] and '<td class="s4 d new" data-new="from 2010 on: wider">95' in first
    )
    assert '<td class="s1 o">40' in grid


def test_items_stand_below_their_topics_with_names_and_units_in_the_language(page, chinese):
    assert re.findall(r"<h3>([^<]*)</h3>", page) == ["Economy (1)", "Of your own (1)"]
    assert 'data-name="Gross regional product">Gross regional product <span>gdp, 10,000 yuan</span>' in page
    assert 'data-name="地区生产总值">地区生产总值 <span>gdp, 万元</span>' in chinese
    assert '<option value="0">Economy</option>' in page and '<option value="0">经济</option>' in chinese


def test_a_change_of_meaning_stands_in_a_list(page, chinese):
    assert cells(section(page, "Series that change their meaning"))[1:] == ["2010", "wider"]
    assert cells(section(chinese, "口径变化"))[1:] == ["2010", "扩大"]


def test_suspects_say_city_evidence_and_place_in_the_language(page, chinese):
    assert cells(section(page, "Suspect values <small>")) == [
        "jump", "Gross regional product (gdp, 10,000 yuan)", "Yichun (Jiangxi) 360900", "2012", "districts", "83", "83",
        "1.6 times as much; the years before lead to expect 52", "2013", "a.xlsx", "1", "C6",
    ]  # fmt: skip
    assert cells(section(chinese, "存疑值明细")) == [
        "跳变", "地区生产总值 (gdp, 万元)", "宜春市 360900", "2012", "市辖区", "83", "83",
        "为预期的1.6倍；此前年份推算应为52", "2013", "a.xlsx", "1", "C6",
    ]  # fmt: skip
    assert '<tr data-topic="0" data-edition="2013" data-rule="jump">' in page


def test_numbers_have_marks_between_thousands(page):
    assert "1,234,567.5" in section(page, "Cells that contradict")


def test_lists_say_how_many_rows_more_there_are(monkeypatch):
    monkeypatch.setattr(coverage_page, "SHOWN", 1)
    assert "1 more rows in conflicts.parquet" in section(
        render(tables(), NAMES, "real: a book", "en"), "Cells that contradict"
    )


def test_pages_lead_to_each_other_and_to_their_parts(page):
    page = render(
        tables(),
        NAMES,
        "real: a book",
        "en",
        pages.siblings("coverage.en.html", ["coverage.en.html", "coverage.zh.html"]),
    )
    assert '<a href="coverage.zh.html" lang="zh-Hans" hreflang="zh-Hans">中文</a>' in page
    targets = re.findall(r'<li><a href="#([^"]+)">', page)
    assert len(targets) == 17 and all(f'id="{target}"' in page for target in targets)


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
    ).assign(compiled=0)
    assert coverage.breaks(printed, items).to_numpy().tolist() == [
        ["a", 2005, "wider", "扩大"],
        ["b", 2005, "narrower", "narrower"],
    ]


def test_years_of_breaks_rise():
    words = {"zh": "甲", "en": "A", "unit": "person", "kind": "stock"}
    with pytest.raises(ValueError, match="years that rise"):
        Item.model_validate(words | {"breaks": [{"year": 2005, "what": "b"}, {"year": 2004, "what": "a"}]})


def test_editions_are_whole_numbers_where_a_source_has_none(page):
    assert cells(section(page, "Cells that contradict"))[7::11] == ["2013", ""]
