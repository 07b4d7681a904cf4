"""Compiled panels as people share them: each kind of mess is read rightly, or refused with file, row and column."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from nianjian.errors import InputError
from nianjian.extract.compiled_panel import PanelTable, extract_panel
from small_books import WORDS
from stata_files import Variable, stata

LONG = {"city": "城市", "year": "年份", "units": {"GDP": "亿元"}}


def read(path: Path, **declared: Any) -> list[tuple[str, int, float | None]]:
    """City, year and number of each cell that is found."""
    return [(row["label"], int(row["period"]), row["number"]) for row in rows_of(path, **declared)[0]]


def rows_of(path: Path, **declared: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    table = PanelTable(path.name, "made up", **(LONG | declared))
    return extract_panel(path.parent, table, WORDS, "made_up")


@pytest.fixture
def text(tmp_path):
    def write(content: str | bytes, name: str = "panel.csv", encoding: str = "utf8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    def write(sheets: dict[str, list[list[Any]]] | list[list[Any]], merges: tuple[str, ...] = ()) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in (sheets if isinstance(sheets, dict) else {"Sheet1": sheets}).items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
            for merge in merges:
                sheet.merge_cells(merge)
        path = tmp_path / "panel.xlsx"
        book.save(path)
        return path

    return write


ROWS = [("济南市", 2010, 3910.5), ("青岛市", 2010, 5666.2)]
PLAIN = "城市,年份,GDP\n济南市,2010,3910.5\n青岛市,2010,5666.2\n"


# -- text: encodings, delimiters, rows


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_text_of_any_encoding(text, encoding):
    assert read(text(PLAIN, encoding=encoding)) == ROWS


@pytest.mark.parametrize("name", ["panel.csv", "panel.txt", "panel.tsv", "panel.xls"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_text_of_any_delimiter_under_any_name(text, name, delimiter):
    assert read(text(PLAIN.replace(",", delimiter), name)) == ROWS


def test_columns_between_blanks_and_ends_of_lines_of_any_system(text):
    assert read(text(PLAIN.replace(",", "   "), "panel.txt")) == ROWS
    assert read(text(PLAIN.replace("\n", "\r\n"))) == ROWS
    assert read(text(PLAIN.replace("\n", "\r"))) == ROWS


def test_a_separator_line_notes_blank_lines_and_footnotes(text):
    notes = (
        "sep=,\r\n表1 各市GDP，单位：亿元\n,,\n\n"
        + PLAIN
        + "\n,,\n注：数据来自2011年年鉴\n资料来源：统计局,,\n"
    )
    assert read(text(notes)) == ROWS


def test_delimiters_behind_every_row_are_no_column(text):
    assert read(text(PLAIN.replace("\n", ",\n"))) == ROWS
    assert read(text("城市,年份,GDP\n济南市,2010,3910.5,\n青岛市,2010,5666.2,\n")) == ROWS


def test_quoted_thousands_are_read_and_unquoted_ones_refused(text):
    assert read(text('城市,年份,GDP\n济南市,2010,"1,533.8"\n')) == [("济南市", 2010, 1533.8)]
    for row in ("济南市,2010,1,533.8", "济南市,2010,1,533.8,"):
        with pytest.raises(
            InputError,
            match=r"panel\.csv, row 3: has \d cells where the heads in row 1 have 3 \(columns 3 and 4: '1,533\.8'",
        ):
            read(text(f"城市,年份,GDP\n青岛市,2010,5\n{row}\n"))


def test_a_cut_number_that_fills_the_place_of_a_missing_remark_is_refused(text):
    rows = "城市,年份,GDP,备注\n青岛市,2010,5,\n济南市,2010,1,533.8\n"
    with pytest.raises(
        InputError,
        match=r"panel\.csv, row 3: columns 3 and 4 hold '1,533\.8', and no other row has a number in column '备注'",
    ):
        read(text(rows))


def test_a_title_that_is_a_columns_name_is_no_head(text, workbook):
    assert read(text("城市\n" + PLAIN)) == ROWS
    assert read(workbook([["城市"], ["城市", "年份", "GDP"], ["济南市", 2010, 5]])) == [("济南市", 2010, 5.0)]


def test_a_row_that_ends_early_is_refused_where_it_holds_a_value(text):
    four = "城市,年份,GDP,人口\n济南市,2010,5,7\n"
    assert read(text(four + "青岛市,2010\n")) == [("济南市", 2010, 5.0)]
    with pytest.raises(InputError, match=r"panel\.csv, row 3: has 3 cells where the heads in row 1 have 4"):
        read(text(four + "青岛市,2010,5\n"))


@pytest.mark.parametrize(
    "rows",
    ['济南市,2010,"5\n青岛市,2010,6\n', '"济南市,2010,5\n"青岛市",2010,6\n', '济南市,2010,"5\n青岛市,2010,"6"\n',
     '济南市,2010,"5\n青岛市,2010,6\n烟台市,2010,"\n'],
)  # fmt: skip
def test_a_quotation_mark_that_is_never_closed(text, rows):
    with pytest.raises(InputError, match=r"panel\.csv, line 2: .*quotation mark that is never closed"):
        read(text("城市,年份,GDP\n" + rows))


def test_utf8_with_a_damaged_character_is_not_taken_for_gbk(text):
    damaged = (PLAIN * 3).encode()
    damaged = damaged[:-30] + b"\xe5" + damaged[-30:]
    with pytest.raises(InputError, match=r"panel\.csv, line \d: is UTF-8 but for 1 damaged"):
        read(text(damaged))


def test_decimal_commas(text):
    rows = "城市;年份;GDP\n济南市;2010;3.910,5\n青岛市;2010;5666,2\n烟台市;2010;1.234\n"
    assert read(text(rows)) == [*ROWS, ("烟台市", 2010, 1234.0)]
    assert read(text('城市,年份,GDP\n济南市,2010,"0,5"\n')) == [("济南市", 2010, 0.5)]
    with pytest.raises(
        InputError,
        match=r"panel\.csv, C2: nothing tells whether '1,533' is a thousand or a decimal; declare `decimal`",
    ):
        read(text("城市;年份;GDP\n济南市;2010;1,533\n"))
    assert read(text("城市;年份;GDP\n济南市;2010;1,533\n"), decimal=",") == [("济南市", 2010, 1.533)]
    assert read(text("城市;年份;GDP\n济南市;2010;1,533\n"), decimal=".") == [("济南市", 2010, 1533.0)]
    with pytest.raises(
        InputError, match=r"C2: '12,5' marks decimals by a comma, '12\.5' in panel\.csv, C3 by a point"
    ):
        read(text("城市;年份;GDP\n济南市;2010;12,5\n青岛市;2010;12.5\n"))


def test_numbers_as_text_are_read_by_the_rule_of_the_yearbooks(text):
    given = ["１２３４．５", " 1 234.5 ", "1,234.5", "'1234.5", "1234.50"]
    rows = "".join(f"济南市\t{2001 + at}\t{number}\n" for at, number in enumerate(given))
    assert [number for *_, number in read(text("城市\t年份\tGDP\n" + rows))] == [1234.5] * len(given)


def test_percent_signs_want_a_unit_of_percent(text):
    shares = "城市,年份,GDP\n济南市,2010,45.5%\n"
    assert read(text(shares), units={"GDP": "percent"}) == [("济南市", 2010, 45.5)]
    with pytest.raises(
        InputError,
        match=r"panel\.csv, C2: '45\.5%' has a percent sign, but the unit of 'GDP' is declared as '1'",
    ):
        read(text(shares), units={"GDP": "1"})


def test_what_binary_numbers_leave_is_cut_back(workbook):
    path = workbook(
        [["城市", "年份", "GDP"], ["济南市", 2010, 79.3000030517578], ["济南市", 2011, 0.1 + 0.2], ["济南市", 2012, 1 / 3],
         ["济南市", 2013, 13.17903804779053], ["济南市", 2014, 123456789012.25]]
    )  # fmt: skip
    assert [number for *_, number in read(path)] == [79.3, 0.3, 1 / 3, 13.17903804779053, 123456789012.25]
    assert rows_of(path)[0][0]["raw"] == "79.3000030517578"


# -- years


def test_years_in_any_usual_form(workbook):
    forms = [
        2010,
        2010.0,
        "2010",
        "2010年",
        "2010-12-31",
        date(2010, 12, 31),
        datetime(2010, 1, 1),
        "２０１０",
    ]
    path = workbook(
        [["城市", "年份", "GDP"], *([f"城{at}市", form, at + 1] for at, form in enumerate(forms))]
    )
    assert {year for _, year, _ in read(path)} == {2010}
    assert len(read(path)) == len(forms)


@pytest.mark.parametrize("year", ["10", 40543, "2010-2011", "FY2010", 2010.5, 0])
def test_a_doubtful_year_names_its_cell(workbook, year):
    path = workbook([["城市", "年份", "GDP"], ["济南市", 2009, 1], ["济南市", year, 2]])
    with pytest.raises(InputError, match=r"panel\.xlsx, sheet Sheet1, B3: the year '.*' "):
        read(path)
    path = workbook([["城市", "年份", "GDP"], ["济南市", year, 2], ["济南市", 2009, 1]])
    with pytest.raises(InputError, match=r"B2: the year"):
        read(path)


def test_quarters_are_not_years(workbook):
    rows = [["城市", "年份", "GDP"], ["济南市", "2010Q1", 1], ["济南市", "2010Q2", 2]]
    with pytest.raises(
        InputError, match=r"B3: '2010Q2' is a second period of 2010 for 济南市, beside '2010Q1' in .*B2"
    ):
        read(workbook(rows))
    assert read(workbook(rows[:2])) == [("济南市", 2010, 1.0)]


def test_a_row_without_year_is_below_the_table_or_an_error(workbook):
    rows = [
        ["城市", "年份", "GDP"],
        ["济南市", 2010, 1],
        ["青岛市", None, 2],
        ["烟台市", 2010, 3],
        ["合计", None, 4],
        ["注：", "来源", ""],
    ]
    with pytest.raises(InputError, match=r"B3: '青岛市' has a value but no year"):
        read(workbook(rows))
    del rows[2]
    found, (report,) = rows_of(workbook(rows))
    assert [row["label"] for row in found] == ["济南市", "烟台市"]
    assert report["reason"] == "1 rows with numbers but without a year are left out (first B4)"


def test_all_rows_may_be_of_one_year(text):
    path = text("城市,GDP\n济南市,5\n青岛市,6\n")
    assert read(path, year=2017) == [("济南市", 2017, 5.0), ("青岛市", 2017, 6.0)]


# -- heads


DATABASE = [
    ["Sgnyea", "Ctnm", "Ctnm_id", "Gdpct01", "Eect01"],
    ["年度标识", "城市名称", "城市代码", "国内生产总值", "年末总人口"],
    ["没有单位", "没有单位", "没有单位", "亿元", "万人"],
    ["2010", "济南市", "370100", 3910.5, 604.1],
    ["2011", "济南市", "370100", 4406.3, 606.6],
]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize(("city", "year", "value"), [("Ctnm", "Sgnyea", "Gdpct01"), ("城市名称", "年度标识", "国内生产总值"), ("城市代码", "Sgnyea", "国内生产总值")])  # fmt: skip
def test_heads_of_databases_in_any_order(workbook, order, city, year, value):
    path = workbook([*(DATABASE[row] for row in order), *DATABASE[3:]])
    found, _ = rows_of(path, city=city, year=year, units={value: "亿元"})
    assert [(row["period"], row["number"], row["cell"]) for row in found] == [
        ("2010", 3910.5, "D4"),
        ("2011", 4406.3, "D5"),
    ]
    assert "亿元" in found[0]["note"] and "万人" not in found[0]["note"]


def test_a_wrong_column_or_sheet_is_named_with_what_there_is(workbook):
    path = workbook({"说明": [["数据说明"]], "数据": [["城市", "年份", "GDP"], ["济南市", 2010, 1]]})
    with pytest.raises(
        InputError,
        match=r"sheet 说明: no row among the first 30 names the city column '城市'; sheet 数据 does",
    ):
        read(path)
    with pytest.raises(InputError, match=r"has no sheet '表1', only 说明, 数据 \(数据 has column '城市'\)"):
        read(path, sheet="表1")
    with pytest.raises(
        InputError, match=r"column 'FDI' \(values\) is not there; the columns are 城市, 年份, GDP"
    ):
        read(path, sheet="数据", units={"FDI": "万元"})


def test_a_hidden_sheet_is_not_the_first(workbook):
    path = workbook(
        {
            "旧": [["城市", "年份", "GDP"], ["济南市", 2010, 1]],
            "新": [["城市", "年份", "GDP"], ["济南市", 2010, 2]],
        }
    )
    book = openpyxl.load_workbook(path)
    book["旧"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    assert read(path) == [("济南市", 2010, 2.0)]
    assert read(path, sheet="旧") == [("济南市", 2010, 1.0)]


# -- years side by side


WIDE = {"year": None, "units": {"any": "亿元"}}


@pytest.mark.parametrize(
    "heads",
    [[2010, 2011], ["2010年", "2011年"], ["2010", "2011"], [datetime(2010, 12, 31), datetime(2011, 12, 31)],
     ["GDP2010", "GDP2011"], ["2010年GDP", "2011年GDP"], ["y2010", "y2011"], ["GDP（2010）", "GDP（2011）"]],
)  # fmt: skip
def test_columns_headed_by_years_in_any_form(workbook, heads):
    path = workbook([["城市", *heads], ["济南市", 5, 6]])
    assert read(path, **WIDE) == [("济南市", 2010, 5.0), ("济南市", 2011, 6.0)]


@pytest.mark.parametrize("heads", [["10年", "11年"], ["10", "11"], [10, 11], ["'10", "'11"]])
def test_heads_of_two_digits_are_refused(workbook, heads):
    with pytest.raises(InputError, match=r"B1: the head .* has two digits"):
        read(workbook([["城市", *heads], ["济南市", 5, 6]]), **WIDE)


def test_a_year_that_stands_twice_is_refused(workbook):
    with pytest.raises(InputError, match=r"C1: heads the year 2010 of 'any', as .*B1 does"):
        read(workbook([["城市", 2010, "2010年"], ["济南市", 5, 6]]), **WIDE)


def test_several_values_beside_their_years(workbook):
    path = workbook(
        [["城市", "gdp2010", "gdp2011", "人口_2010", "人口_2011", "排名2011"], ["济南市", 1, 2, 3, 4, 9]]
    )
    found, (report,) = rows_of(path, year=None, units={"gdp": "亿元", "人口": "万人"})
    assert [(row["header"], row["period"], row["number"]) for row in found] == [
        ("gdp", "2010", 1.0), ("gdp", "2011", 2.0), ("人口", "2010", 3.0), ("人口", "2011", 4.0),
    ]  # fmt: skip
    assert report["reason"] == "columns headed 排名2011 are left out: no declared value"


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("merged", [True, False])
def test_values_above_their_years(workbook, above, merged):
    top = [
        ["" if above else "城市", "GDP", "", "人口", ""],
        ["城市" if above else "", 2010, 2011, 2010, 2011],
    ]
    rows = [["各市主要指标"], *top, ["济南市", 1, 2, 3, 4], ["青岛市", 5, 6, 7, 8]]
    path = workbook(rows, ("B2:C2", "D2:E2") if merged else ())
    found, _ = rows_of(path, year=None, units={"GDP": "亿元", "人口": "万人"})
    assert [(row["label"], row["header"], row["period"], row["number"]) for row in found if row["period"] == "2011"] == [
        ("济南市", "GDP", "2011", 2.0), ("济南市", "人口", "2011", 4.0), ("青岛市", "GDP", "2011", 6.0), ("青岛市", "人口", "2011", 8.0),
    ]  # fmt: skip


def test_the_first_citys_values_are_no_years(workbook):
    path = workbook([["城市", 2010], ["济南市", 2005], ["青岛市", 1999]])
    assert read(path, **WIDE) == [("济南市", 2010, 2005.0), ("青岛市", 2010, 1999.0)]


def test_items_down_and_years_across_with_merged_cities(workbook):
    rows = [
        ["城市", "指标", "2010年", "2011年"],
        ["济南市", "GDP", 1, 2],
        [None, "人口", 3, 4],
        ["青岛市", "GDP", 5, 6],
        [None, "人口", 7, 8],
    ]
    path = workbook(rows, ("A2:A3", "A4:A5"))
    found, _ = rows_of(path, year=None, items="指标", units={"GDP": "亿元", "人口": "万人"})
    assert [(row["label"], row["header"], row["number"]) for row in found if row["period"] == "2011"] == [
        ("济南市", "GDP", 2.0), ("济南市", "人口", 4.0), ("青岛市", "GDP", 6.0), ("青岛市", "人口", 8.0),
    ]  # fmt: skip
    assert len({(row["block"], row["col"]) for row in found}) == 4
    with pytest.raises(
        InputError, match=r"no row of column '指标' names 'FDI' \(values\); there is GDP, 人口"
    ):
        rows_of(path, year=None, items="指标", units={"FDI": "万元"})


def test_one_item_a_row_and_one_number(text):
    path = text("城市,年份,指标,数值\n济南市,2010,GDP,5\n济南市,2010,人口,6\n济南市,2010,其他,7\n")
    found, _ = rows_of(
        path, items="指标", value="数值", units={"GDP": "亿元", "pop": "万人"}, columns={"pop": "人口"}
    )
    assert [(row["header"], row["number"]) for row in found] == [("GDP", 5.0), ("pop", 6.0)]


def test_cities_and_years_in_merged_cells(workbook):
    rows = [
        ["城市", "年份", "GDP"],
        ["济南市", 2010, 1],
        [None, 2011, 2],
        ["青岛市", 2010, 3],
        [None, 2011, 4],
    ]
    assert read(workbook(rows, ("A2:A3", "A4:A5"))) == [
        ("济南市", 2010, 1.0), ("济南市", 2011, 2.0), ("青岛市", 2010, 3.0), ("青岛市", 2011, 4.0),
    ]  # fmt: skip


# -- several sheets


def test_one_sheet_a_year(workbook):
    page = [["城市", "GDP"], ["济南市", 5]]
    path = workbook({"说明": [["来源"]], "2010": page, "2011年": [["城市", "GDP"], ["济南市", 6]]})
    found, reports = rows_of(path, year=None, layout="sheets")
    assert [(row["sheet"], row["period"], row["number"]) for row in found] == [
        ("2010", "2010", 5.0),
        ("2011年", "2011", 6.0),
    ]
    assert [report["sheet"] for report in reports] == ["2010", "2011年"]
    with pytest.raises(InputError, match=r"sheet 总表: its name says no year"):
        rows_of(workbook({"2010": page, "总表": page}), year=None, layout="sheets")
    with pytest.raises(InputError, match=r"sheet 2010年: is of 2010, as sheet 2010 is"):
        rows_of(workbook({"2010": page, "2010年": page}), year=None, layout="sheets")


def test_one_sheet_an_item_and_all_sheets_of_a_pattern(workbook):
    wide = {"GDP": [["城市", 2010], ["济南市", 5]], "人口": [["城市", 2010], ["济南市", 6]]}
    found, _ = rows_of(
        workbook(wide), year=None, units={"gdp": "亿元", "pop": "万人"}, sheets={"gdp": "GDP", "pop": "人口"}
    )
    assert [(row["header"], row["sheet"], row["number"]) for row in found] == [
        ("gdp", "GDP", 5.0),
        ("pop", "人口", 6.0),
    ]
    parts = {
        "山东1": [["城市", "年份", "GDP"], ["济南市", 2010, 5]],
        "山东2": [["城市", "年份", "GDP"], ["青岛市", 2010, 6]],
    }
    assert len(read(workbook(parts), sheet="山东*")) == 2


# -- Stata and Parquet


def test_a_stata_panel_in_gbk_with_labelled_cities_and_dates(text):
    variables = [
        Variable("city", "i1", [0, 1], label="城市", labels={0: "济南市", 1: "青岛市"}),
        Variable("t", "i4", [18627, 18992], format="%td", label="年份"),
        Variable("gdp", "f4", [0.1, bytes.fromhex("7f000000")], label="国内生产总值(亿元)"),
    ]
    path = text(stata(variables, 114), "panel.dta")
    for declared in (
        {"city": "city", "year": "t", "units": {"gdp": "亿元"}},
        {"city": "城市", "year": "年份", "units": {"国内生产总值(亿元)": "亿元"}},
    ):
        (found,), _ = rows_of(path, **declared)
        assert (found["label"], found["period"], found["raw"], found["number"]) == (
            "济南市",
            "2010",
            "0.1",
            0.1,
        )
        assert found["cell"] == "C2" and "国内生产总值(亿元)" in found["note"]


def test_labels_of_a_value_are_words_for_its_numbers(text):
    variables = [
        Variable("city", 9, ["济南市"]),
        Variable("year", "i2", [2010]),
        Variable("pilot", "i1", [1], labels={1: "是"}),
    ]
    path = text(stata(variables, 114), "panel.dta")
    assert read(path, city="city", year="year", units={"pilot": "1"}) == [("济南市", 2010, 1.0)]


def test_a_wide_stata_panel(text):
    variables = [Variable("city", 9, ["济南市"]), Variable("gdp2010", "f8", [5.5]), Variable("gdp2011", "f8", [6.5]), Variable("v3", "f8", [7.5], label="2012")]  # fmt: skip
    path = text(stata(variables, 118, "utf-8"), "panel.dta")
    assert read(path, city="city", year=None, units={"gdp": "亿元"}) == [
        ("济南市", 2010, 5.5),
        ("济南市", 2011, 6.5),
    ]


def test_a_parquet_panel(tmp_path):
    frame = pd.DataFrame(
        {
            "城市": pd.Categorical(["济南市", "青岛市", "烟台市"]),
            "年份": pd.to_datetime(["2010-12-31"] * 3),
            "GDP": np.array([0.1, np.nan, 79.3], dtype="float32"),
        }
    )
    frame.to_parquet(tmp_path / "panel.parquet")
    assert read(tmp_path / "panel.parquet") == [("济南市", 2010, 0.1), ("烟台市", 2010, 79.3)]
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more PAR1")
    with pytest.raises(InputError, match=r"bad\.parquet: cannot be read as a Parquet file"):
        read(tmp_path / "bad.parquet")


def test_an_unknown_kind_of_file_is_refused(text):
    with pytest.raises(
        InputError, match=r"panel\.sav: is of no kind that can be read .*save it as \.xlsx or \.csv"
    ):
        read(text(b"$FL2@(#) SPSS", "panel.sav"))


def test_cells_that_hold_digits_but_no_number_are_counted(text):
    _, (report,) = rows_of(text("城市,年份,GDP\n济南市,2010,5\n济南市,2011,见表2-1\n济南市,2012,—\n"))
    assert report["reason"] == "1 cells hold digits but no number, such as '见表2-1' (first C3)"
    assert (report["numeric_cells"], report["extracted_cells"]) == (2, 1)


# -- rows and years that are read


def test_only_rows_that_hold_what_is_asked_for_are_read(text):
    path = text(
        "城市,年份,口径,GDP\n济南市,2010,全市,3910.5\n济南市,2010,市辖区,2900\n青岛市,2010, 全市 ,5666.2\n合计,,,9\n"
    )
    rows, (sheet,) = rows_of(path, where={"口径": ["全市"]})
    assert [(row["label"], row["number"], row["cell"]) for row in rows] == [
        ("济南市", 3910.5, "D2"),
        ("青岛市", 5666.2, "D4"),
    ]
    assert "2 rows in which 口径 is not 全市 are left out (first C3)" in sheet["reason"]


def test_of_several_texts_one_must_be_held_and_rows_of_units_stay_heads(workbook):
    path = workbook(
        [
            ["city", "year", "whole", "gdp"],
            ["城市", "年份", "是否整数", "GDP"],
            ["", "", "", "亿元"],
            ["青岛市", 2010, "no", 1.0],
            ["济南市", 2010, "yes", 3910.5],
            ["青岛市", 2011, "TRUE", 5666.2],
        ]
    )
    declared = {"city": "city", "year": "year", "units": {"gdp": "亿元"}}
    rows, _ = rows_of(path, **declared, where={"whole": ["yes", "true"]})
    assert [(row["label"], row["number"], row["note"]) for row in rows] == [
        ("济南市", 3910.5, rows[0]["note"]),
        ("青岛市", 5666.2, rows[0]["note"]),
    ]
    assert "亿元" in rows[0]["note"]


def test_what_no_row_holds_is_named_with_what_there_is(text):
    path = text("城市,年份,口径,GDP\n济南市,2010,全市,3910.5\n")
    with pytest.raises(InputError, match=r"no row of column '口径' holds '市区' \(where\); there is 全市"):
        read(path, where={"口径": ["市区"]})


def test_years_outside_are_left_out_and_said(text):
    path = text("城市,年份,GDP\n济南市,2009,1\n济南市,2010,2\n济南市,2011,3\n")
    rows, (sheet,) = rows_of(path, years=(2010, 2010))
    assert [(row["period"], row["number"]) for row in rows] == [("2010", 2.0)]
    assert "2 numbers of years that are not read, as `years` declares (first C2)" in sheet["reason"]
    wide = text("城市,2009年,2010年\n济南市,1,2\n", "wide.csv")
    assert read(wide, year=None, years=(2010, None)) == [("济南市", 2010, 2.0)]
