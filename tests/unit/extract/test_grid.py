"""Structure of the pages: what the real layouts look like, in small."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from nianjian.extract.cell_texts import Known
from nianjian.extract.cells import Extracted, Page
from nianjian.extract.grid import read_grid
from nianjian.extract.workbooks import Sheet
from small_books import BODY, HEADER, WORDS


def grid_of(rows, merges=(), known=None, inherited=None):
    sheet = Sheet("1", True, [list(r) for r in rows], tuple(merges))
    return read_grid(sheet, known or Known(WORDS), inherited)[0]


def cells_of(grid):
    """The grid's cells in order, as they are extracted."""
    found = Extracted(grid.texts.known)
    found.add(Page("2-13.xlsx", "1", "", "", None), grid.cells, grid.texts)
    return [SimpleNamespace(**cell) for cell in found.table("yearbook", 2013).to_pylist()]


def by_cell(grid):
    """The same by row and column, 0-based."""
    return {(cell.row - 1, cell.col - 1): cell for cell in cells_of(grid)}


def test_header_rows_become_paths_without_merges():
    cells = by_cell(grid_of(HEADER + BODY))
    assert cells[3, 1].header == "地区生产总值(当年价格)(万元) › 全市"
    assert cells[3, 2].header == "地区生产总值(当年价格)(万元) › 市辖区"
    assert cells[6, 4].header == "人均地区生产总值(元) › 市辖区"
    assert cells[6, 4].label == "石家庄市" and cells[6, 4].raw == "53381"


def test_merged_and_unmerged_headers_give_the_same_paths():
    merged = grid_of(
        HEADER + BODY, merges=[((0, 0), (0, 4)), ((1, 1), (1, 2)), ((1, 3), (1, 4)), ((1, 0), (2, 0))]
    )
    assert [c.header for c in cells_of(merged)] == [c.header for c in cells_of(grid_of(HEADER + BODY))]


def test_a_total_with_parts_below_keeps_the_parent_of_each_part_only():
    rows = [
        ["2-38 供水", "", "", "", ""],
        ["城市", "供水总量(万吨)", "", "人均生活用水量(吨)", "全年用电量(万千瓦时)"],
        ["", "", "居民家庭用水量", "", ""],
        *[[name, 1, 2, 3, 4] for name in ("北京市", "天津市", "石家庄市")],
    ]
    cells = by_cell(grid_of(rows))
    assert [cells[3, col].header for col in range(1, 5)] == [
        "供水总量(万吨)",
        "供水总量(万吨) › 居民家庭用水量",
        "人均生活用水量(吨)",
        "全年用电量(万千瓦时)",
    ]


def test_repeated_headers_start_a_new_block_and_swallow_no_row():
    again = [["2-13续表1", "", "", "", ""], *HEADER[1:]]
    grid = grid_of(HEADER + BODY + again + BODY)
    assert len(grid.cells) == 36
    assert {cell.block for cell in cells_of(grid)} == {0, 1}
    assert not grid.unplaced.count


def test_a_page_without_header_goes_on_under_the_header_before():
    known = Known(WORDS)
    _, header = read_grid(Sheet("1", True, HEADER + BODY, ()), known)
    grid = grid_of(BODY, known=known, inherited=header)
    assert cells_of(grid)[0].header == "地区生产总值(当年价格)(万元) › 全市"


def test_two_panels_side_by_side_are_read_as_two():
    rows = [
        ["2-43 废物处理率(全市)", "", "", "", "", ""],
        [
            "城市",
            "工业固体废物综合利用率(％)",
            "生活垃圾无害化处理率(％)",
            "城 市",
            "工业固体废物综合利用率(％)",
            "生活垃圾无害化处理率(％)",
        ],
        ["北京市", 80.79, 74.57, "辽宁省", "", ""],
        ["天津市", 98.1, 84.1, "沈阳市", 91.5, 100],
        ["石家庄市", 93.2, 88.0, "大连市", 82.1, 100],
    ]
    grid = grid_of(rows)
    assert {(c.label, c.raw) for c in cells_of(grid) if c.col > 4} == {
        ("沈阳市", "91.5"), ("沈阳市", "100"), ("大连市", "82.1"), ("大连市", "100"),
    }  # fmt: skip
    assert len(grid.cells) == 10 and not grid.unplaced.count


def test_bilingual_pages_keep_the_english_label_out_of_the_columns():
    rows = [
        ["2-13 地区生产总值", "", "", ""],
        ["城市", "City", "地区生产总值\n(万元)\nGross Regional Product\n(100 million yuan)", ""],
        ["", "", "全市\nTotal City", "市辖区\nDistricts under City"],
        ["北京市", "Beijing", 1, 2],
        ["天津市", "Tianjin", 3, 4],
        ["石家庄市", "Shijiazhuang", 5, 6],
    ]
    cells = by_cell(grid_of(rows))
    assert (
        cells[3, 3].header
        == "地区生产总值 (万元) Gross Regional Product (100 million yuan) › 市辖区 Districts under City"
    )
    assert len(cells) == 6


def test_the_unit_line_is_kept_as_a_note():
    rows = [
        ["2-14 综合经济(二)", "", ""],
        ["单位：％", "", ""],
        ["城市", "第一产业占GDP的比重", ""],
        ["", "全市", "市辖区"],
        *[[n, 1.1, 2.2] for n in ("北京市", "天津市", "唐山市")],
    ]
    assert "单位：％" in cells_of(grid_of(rows))[0].note


def test_a_page_number_is_reported_and_not_lost():
    grid = grid_of(HEADER + BODY + [["· 178 ·", "", "", "", ""]])
    assert [text for _, _, text in grid.unplaced.first] == ["· 178 ·"]


def test_a_sheet_without_cities_says_so():
    grid = grid_of([["a", 1], ["b", 2]])
    assert not len(grid.cells) and grid.numeric_cells == 2
    assert "region names" in grid.reason


def test_error_values_are_extracted_without_a_number():
    body = [*BODY, ["秦皇岛市", "#DIV/0!", 1, "#N/A", 2]]
    found = [c for c in cells_of(grid_of(HEADER + body)) if c.label == "秦皇岛市"]
    assert [(c.raw, c.number) for c in found] == [("#DIV/0!", None), ("1", 1.0), ("#N/A", None), ("2", 2.0)]


def test_cities_are_the_labels_beside_a_column_of_provinces():
    head = [["省份", *HEADER[1]], ["", *HEADER[2]]]
    cities = ("石家庄市", "唐山市", "秦皇岛市", "邯郸市", "邢台市")
    grid = grid_of([*head, *[["河北省", name, 1, 2, 3, 4] for name in cities]])
    assert {cell.label for cell in cells_of(grid)} == set(cities)
    assert cells_of(grid)[0].header == "地区生产总值(当年价格)(万元) › 全市" and len(grid.cells) == 20


@pytest.mark.parametrize("merged", [False, True])
def test_a_first_row_of_data_drawn_into_the_header_is_read(merged):
    rows = [list(row) for row in HEADER + BODY]
    first = rows.pop(3)
    rows[2] = [f"{head}\n{value}" for head, value in zip(rows[2], first, strict=True)]
    if merged:
        rows[1][0], rows[2][0] = "城市\n北京市", ""
    else:
        rows[1][0], rows[2][0] = "", "城市\n北京市"
    grid = grid_of(rows, merges=[((1, 0), (2, 0))] if merged else [])
    whole = grid_of(HEADER + BODY)
    assert [(c.label, c.header, c.number) for c in cells_of(grid)] == [
        (c.label, c.header, c.number) for c in cells_of(whole)
    ]
    assert grid.numeric_cells == len(grid.cells) and not grid.unplaced.count


def test_a_row_of_units_below_the_names_is_kept_as_units():
    rows = [
        ["城市", "地区生产总值", "年末总人口"],
        ["", "万元", "万人"],
        *[[n, 1, 2] for n in ("北京市", "天津市", "唐山市")],
    ]
    assert [c.header for c in cells_of(grid_of(rows))[:2]] == ["地区生产总值 › (万元)", "年末总人口 › (万人)"]
