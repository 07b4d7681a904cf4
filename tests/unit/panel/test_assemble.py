"""The panel stage on small books: units, scopes, conflicts, suspects, corrections, and what it reports."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from nianjian import schemas
from nianjian.declarations.models.ignored import Ignored
from nianjian.panel import assemble as stage
from nianjian.panel.declared import PanelDeclarations
from small_books import BODY, CONFIG, HEADER, read_edition

DECLARED = PanelDeclarations.load(CONFIG)


def read(tmp_path: Path, yearbook, editions=(2013,), declared=DECLARED):
    """Assemble the panel of the books below ``tmp_path``."""
    rows, sheets = [], []
    for year in editions:
        found = read_edition(tmp_path, yearbook, year)
        rows += found[0]
        sheets += found[1]
    frame = pd.DataFrame.from_records(rows, columns=list(schemas.EXTRACT))
    return stage.assemble(frame, pd.DataFrame.from_records(sheets), declared)


def value(panel, city, item, scope="city", year=2012):
    row = panel.observations.query("city == @city and item == @item and scope == @scope and year == @year")
    assert len(row) == 1
    return row.iloc[0]


def test_values_units_scopes_and_addresses(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY)
    panel = read(tmp_path, yearbook)
    found = value(panel, 130100, "gdp", "districts")
    assert (found["value"], found["unit"], found["status"]) == (15735386, "10^4 yuan", "printed")
    assert (found["sheet"], found["cell"], found["edition"]) == ("1-7", "C7", 2013)
    assert panel.observations["level"].value_counts().to_dict() == {"city": 16, "province": 2}
    assert value(panel, 130000, "gdp")["city_name"] == "河北省"
    assert sorted(panel.wide["city"]["city"]) == [110000, 120000, 130100, 130200]
    assert panel.wide["province"]["city"].tolist() == [130000]


def test_numbers_on_pages_that_are_no_table_of_cities_are_counted_apart(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY)
    write_book([["指标", "2011", "2012"], ["粮食产量", 3, 4], ["棉花产量", 5, 6]], name="totals.xlsx")
    counts = read(tmp_path, yearbook).by_table
    city = counts["city_cells"] > 0
    assert counts.loc[city, "other_cells"].sum() == 0
    assert counts.loc[city, "numeric_cells"].sum() == counts["extracted"].sum() > 0
    assert (counts.loc[~city, "other_cells"] == counts.loc[~city, "numeric_cells"]).all()
    assert counts["other_cells"].sum() >= 4


def test_county_level_cities_have_the_code_of_their_year_and_an_id_for_all_years(
    write_book, yearbook, tmp_path
):
    for year in (1990, 2013):
        body = [
            *BODY[2:],
            ["义乌市", 7, 6, 5, 4],
            ["辛集市", 3, 2, 1, 1],
            ["诸暨市", 1, 1, 1, 1],
            ["任丘市", 2, 2, 2, 2],
        ]
        write_book(HEADER + sorted(body, key=lambda row: body.index(row)), name=f"{year}.xlsx", edition=year)
    panel = read(tmp_path, yearbook, (1990, 2013))
    counties = panel.observations.query("level == 'county_city' and city_name == '义乌市' and item == 'gdp'")
    assert sorted(zip(counties["year"], counties["city"], strict=True)) == [
        *((1989, 339007), (1989, 339007)),
        *((2012, 330782), (2012, 330782)),
    ]
    wide = panel.wide["county_city"].set_index(["city_name", "year"])
    assert wide.loc[("义乌市", 2012), "unit"] == wide.loc[("义乌市", 1989), "unit"] == 330782
    assert wide.loc[("义乌市", 2012), "gdp__districts"] == 6
    by_item = panel.by_item.set_index(["item", "level", "scope", "year"])
    assert by_item.loc[("gdp", "county_city", "city", 2012), "printed"] == 4
    assert by_item.loc[("gdp", "province", "city", 2012), "cities"] == 31


def test_a_printed_unit_is_converted_and_marked(write_book, yearbook, tmp_path):
    header = [row[:] for row in HEADER]
    header[1][1] = "地区生产总值(当年价格)(亿元)"
    write_book(header + BODY)
    found = value(read(tmp_path, yearbook), 110000, "gdp")
    assert found["value"] == 178794000 * 10000 and found["status"] in ("converted", "suspect")


def test_a_year_in_the_header_is_the_data_year(write_book, yearbook, tmp_path):
    rows = [
        ["3-11综合经济(一)", "", "", "", ""],
        ["城市", "国内生产总值(万元)", "", "", ""],
        ["", "2000年", "", "1999年", ""],
        ["", "地区", "市区", "地区", "市区"],
        ["北京", 24787600, 23323050, 21744600, 18245780],
        ["天津", 16393600, 13928800, 14500600, 11448100],
        ["石家庄", 10031119, 4177309, 9083677, 3600176],
    ]
    write_book(rows, name="3-11_综合经济(一).xlsx", edition=2001, folder="三、地级及以上城市统计资料")
    panel = read(tmp_path, yearbook, [2001])
    assert value(panel, 110000, "gdp", "districts", 1999)["value"] == 18245780
    assert value(panel, 110000, "gdp", "city", 2000)["value"] == 24787600


def test_a_duplicate_city_row_with_other_values_is_a_conflict_with_both_cells(write_book, yearbook, tmp_path):
    write_book([*HEADER, *BODY, ["  唐山市", 58616364, 29545708, 76643, 95679]])
    panel = read(tmp_path, yearbook)
    assert panel.conflicts[["cell", "kept"]].to_numpy().tolist() == [["B8", True], ["B9", False]]
    suspect = panel.suspects[panel.suspects["rule"] == "conflict"].iloc[0]
    assert "B9" in suspect["detail"] and suspect["file"].endswith("2-13_地区生产总值.xlsx")
    assert value(panel, 130200, "gdp")["status"] == "suspect"
    # The other columns repeat the same values: no conflict, one observation.
    assert value(panel, 130200, "gdp_pc")["status"] == "printed"


def test_of_two_pages_that_contradict_each_other_the_first_of_the_book_stands(write_book, yearbook, tmp_path):
    other = [row[:] for row in BODY]
    other[0][1] = 178794001
    write_book([], sheets={"2": HEADER + BODY, "10": HEADER + other})
    panel = read(tmp_path, yearbook)
    assert panel.conflicts.sort_values("kept")[["sheet", "kept"]].to_numpy().tolist() == [
        ["10", False],
        ["2", True],
    ]
    assert value(panel, 110000, "gdp")["sheet"] == "2"


def test_two_files_that_contradict_each_other_are_a_conflict(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY)
    other = [row[:] for row in BODY]
    other[0][1] = 178794001
    write_book(HEADER + other, name="2-13_地区生产总值 (1).xlsx")
    panel = read(tmp_path, yearbook)
    assert set(panel.conflicts["raw"]) == {"178794000", "178794001"}


def test_reprints_that_agree_within_rounding_keep_the_more_precise_one(write_book, yearbook, tmp_path):
    write_book([*HEADER, *BODY, ["北京市", 178794000, 176169998, 87475.25, 89659]])
    panel = read(tmp_path, yearbook)
    assert value(panel, 110000, "gdp_pc")["value"] == 87475.25
    assert panel.conflicts.empty


def test_formula_errors_are_listed_as_unreadable_and_give_no_value(write_book, yearbook, tmp_path):
    body = [row[:] for row in BODY]
    body[0][1] = "#DIV/0!"
    write_book(HEADER + body)
    panel = read(tmp_path, yearbook)
    assert panel.unreadable[["raw", "cell", "item"]].to_numpy().tolist() == [["#DIV/0!", "B4", "gdp"]]
    assert panel.observations.query("city == 110000 and item == 'gdp' and scope == 'city'").empty


def test_an_unknown_label_is_reported_with_its_cell(write_book, yearbook, tmp_path):
    write_book([*HEADER, *BODY, ["哥谭市", 1, 2, 3, 4]])
    labels = read(tmp_path, yearbook).by_label
    unknown = labels[labels["kind"] == "unknown"].iloc[0]
    assert (unknown["label"], unknown["first_cell"], unknown["cells"]) == ("哥谭市", "B9", 4)


def test_an_unknown_column_is_reported_by_name_with_edition_and_table(write_book, yearbook, tmp_path):
    header = [row[:] for row in HEADER]
    header[1][3] = "数字经济核心产业增加值(亿元)"
    write_book(header + BODY)
    columns = read(tmp_path, yearbook).by_column
    unmapped = columns[columns["item"] == ""]
    assert set(unmapped["header"].str.slice(0, 10)) == {"数字经济核心产业增加"}
    assert set(unmapped["edition"]) == {2013} and set(unmapped["table"]) == {"2-13"}
    assert unmapped["cells"].sum() == 8


def test_a_damaged_header_takes_its_meaning_from_the_other_pages(write_book, yearbook, tmp_path):
    pages = []
    for page in range(4):
        header = (
            [[f"2-13续表{page}", "", "", "", ""], *[row[:] for row in HEADER[1:]]]
            if page
            else [row[:] for row in HEADER]
        )
        if page == 2:
            header[1][3] = "－"
        cities = [
            ("沈阳市", "大连市", "鞍山市"),
            ("济南市", "青岛市", "淄博市"),
            ("郑州市", "开封市", "洛阳市"),
        ]
        pages += header + (BODY if page == 0 else [[name, 1e7, 9e6, 5e4, 6e4] for name in cities[page - 1]])
    write_book(pages)
    panel = read(tmp_path, yearbook)
    assert value(panel, 370100, "gdp_pc", "districts")["value"] == 6e4
    how = panel.by_column.query("item == 'gdp_pc' and how == 'position'")
    assert how["cells"].sum() == 6


def test_two_columns_that_claim_one_item_are_told_apart_by_the_other_pages(write_book, yearbook, tmp_path):
    wrong = [row[:] for row in HEADER]
    wrong[2][2] = "全市"  # printed twice, as in table 3-7 of 2001
    more = [
        ["2-13续表1", "", "", "", ""],
        *HEADER[1:],
        *[[n, 2e7, 1e7, 5e4, 6e4] for n in ("沈阳市", "大连市", "鞍山市")],
    ]
    again = [
        ["2-13续表2", "", "", "", ""],
        *HEADER[1:],
        *[[n, 2e7, 1e7, 5e4, 6e4] for n in ("济南市", "青岛市", "淄博市")],
    ]
    write_book(wrong + BODY + more + again)
    panel = read(tmp_path, yearbook)
    assert value(panel, 110000, "gdp", "districts")["value"] == 176169998
    assert panel.conflicts.empty


def books_of(write_book, values, label="石家庄市", unit="(万元)"):
    """One edition a value, for one city beside two steady ones."""
    for number, gdp in enumerate(values):
        header = [row[:] for row in HEADER]
        header[1][1] = f"地区生产总值{unit if isinstance(unit, str) else unit[number]}"
        body = [["北京市", 9e7, 9e7, 9e4, 9e4], ["天津市", 8e7, 8e7, 8e4, 8e4], [label, gdp, gdp / 2, 5e4, 6e4], *[
            [name, 3e7, 1e7, 5e4, 6e4] for name in ("唐山市", "秦皇岛市", "邯郸市", "邢台市")]]  # fmt: skip
        write_book(header + body, edition=2012 + number)
    return range(2012, 2012 + len(values))


def test_a_misplaced_decimal_point_is_a_suspect_and_is_not_changed(write_book, yearbook, tmp_path):
    editions = books_of(write_book, [4.0e7, 4.4e7, 4.8e8, 5.2e7, 5.6e7])
    panel = read(tmp_path, yearbook, editions)
    slips = panel.suspects.query("rule == 'digit slip' and item == 'gdp' and scope == 'city'")
    assert slips[["city", "year", "value"]].to_numpy().tolist() == [[130100, 2013, 4.8e8]]
    assert value(panel, 130100, "gdp", year=2013)["value"] == 4.8e8


def test_districts_above_the_whole_city_and_bounds_are_suspects(write_book, yearbook, tmp_path):
    body = [row[:] for row in BODY]
    body[3][2] = body[3][1] * 2
    body[4][3] = -5
    write_book(HEADER + body)
    rules = read(tmp_path, yearbook).suspects.set_index(["rule", "city", "item"]).index
    assert ("districts above city", 130100, "gdp") in rules
    assert ("bounds", 130200, "gdp_pc") in rules


def test_contradicting_units_are_decided_by_the_neighbouring_editions(write_book, yearbook, tmp_path):
    wrong = "(万元)(100 million yuan)"
    units = ["(万元)", "(万元)", "(亿元)(10 000 yuan)", "(万元)", wrong]
    editions = books_of(write_book, [4.0e7, 4.4e7, 4.8e7, 5.2e7, 5.6e7], unit=units)
    panel = read(tmp_path, yearbook, editions)
    decided = panel.units.query("item == 'gdp' and scope == 'city'").set_index("edition")["decision"]
    assert decided[2014] == "other unit holds"
    assert decided[2016] == "first unit holds"
    assert value(panel, 130100, "gdp", year=2013)["value"] == 4.8e7


def test_a_column_that_is_left_out_on_purpose_counts_as_ignored(write_book, yearbook, tmp_path):
    header = [row[:] for row in HEADER]
    header[1][3] = "数字经济核心产业增加值(台)"
    write_book(header + BODY)
    entry = Ignored(header="数字经济核心产业增加值", table="地区生产总值", reason="no study needs it")
    tables = read(tmp_path, yearbook, declared=dataclasses.replace(DECLARED, ignored=[entry])).by_table
    assert tables[["ignored", "unmapped"]].to_numpy().tolist() == [[8, 0]]
    assert read(tmp_path, yearbook).by_table[["ignored", "unmapped"]].to_numpy().tolist() == [[0, 8]]
