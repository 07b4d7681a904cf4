"""Finding editions and reading them whole."""

from __future__ import annotations

import errno
import os
import shutil

import pandas as pd
import pytest

from nianjian import schemas, storage
from nianjian.errors import InputError, UnreadableError
from nianjian.extract.editions import Edition, find_editions
from small_books import BODY, HEADER, TABLES, read_edition

FOLDER = "中国城市统计年鉴2013（excel）"


@pytest.mark.parametrize(
    ("name", "year"),
    [
        (FOLDER, 2013),
        ("2019（Excel）", 2019),
        ("中国城市统计年鉴2019（Excel）", 2019),
        ("中国城市统计年鉴-2010", 2010),
        ("2022", 2022),
        ("2022年(excel)", 2022),
        ("2016年", 2016),
        ("2016年中国城市统计年鉴", 2016),
        ("2022中国城市统计年鉴（excel）", 2022),
        ("中国城市统计年鉴—2016", 2016),
        ("《中国城市统计年鉴2016》", 2016),
        ("中国城市统计年鉴２０１６", 2016),
        ("中国城市统计年鉴2010(Excel版)", 2010),
        ("China City Statistical Yearbook 2022", 2022),
    ],
)
def test_editions_are_found_by_folder_name(tmp_path, yearbook, name, year):
    (tmp_path / name).mkdir()
    (tmp_path / "其他资料").mkdir()
    assert find_editions(tmp_path, yearbook.folders) == [Edition(year, name)]


def test_editions_are_found_one_folder_down(tmp_path, yearbook):
    (tmp_path / "年鉴" / FOLDER).mkdir(parents=True)
    assert find_editions(tmp_path, yearbook.folders) == [Edition(2013, f"年鉴/{FOLDER}")]


def test_a_folder_of_many_editions_is_none_of_them(tmp_path, yearbook):
    many = "中国城市统计年鉴2000-2024（excel）"
    for name in (f"{many}/{FOLDER}", f"{many}/新增/中国城市统计年鉴2022", f"__MACOSX/{many}/{FOLDER}"):
        (tmp_path / name).mkdir(parents=True)
    assert find_editions(tmp_path, yearbook.folders) == [
        Edition(2013, f"{many}/{FOLDER}"),
        Edition(2022, f"{many}/新增/中国城市统计年鉴2022"),
    ]


def test_of_copies_at_two_levels_the_upper_one_is_taken(tmp_path, yearbook):
    (tmp_path / FOLDER / FOLDER).mkdir(parents=True)
    (tmp_path / "备份" / FOLDER).mkdir(parents=True)
    assert find_editions(tmp_path, yearbook.folders) == [Edition(2013, FOLDER)]


def test_a_missing_root_is_named(tmp_path, yearbook):
    with pytest.raises(InputError, match="nowhere: does not exist"):
        find_editions(tmp_path / "nowhere", yearbook.folders)


def test_a_file_as_root_is_refused(tmp_path, yearbook):
    (tmp_path / "book.xlsx").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        find_editions(tmp_path / "book.xlsx", yearbook.folders)


def test_an_unreadable_root_is_named(tmp_path, yearbook, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"cannot be read \(Permission denied\)"):
        find_editions(tmp_path, yearbook.folders)


def test_a_book_that_may_not_be_read_stops_the_edition(write_book, yearbook, tmp_path, monkeypatch):
    """What it holds is not known: an edition without it would look whole."""
    book = write_book(HEADER + BODY)

    def refuse(path, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(type(book), "open", refuse)
    with pytest.raises(UnreadableError, match="Permission denied; give yourself the right") as caught:
        read_edition(tmp_path, yearbook)
    assert book.name in str(caught.value)


def test_a_folder_of_books_that_may_not_be_listed_stops_the_edition(
    write_book, yearbook, tmp_path, monkeypatch
):
    book, walk = write_book(HEADER + BODY), os.walk

    def refuse(top, onerror):
        onerror(PermissionError(errno.EACCES, "Permission denied", str(book.parent)))
        return walk(top)

    monkeypatch.setattr(os, "walk", refuse)
    with pytest.raises(UnreadableError, match="Permission denied") as caught:
        read_edition(tmp_path, yearbook)
    assert book.parent.name in str(caught.value)


def test_a_folder_without_editions_says_what_was_expected(tmp_path, yearbook):
    (tmp_path / "报告").mkdir()
    with pytest.raises(InputError, match="no edition found; expected folders named like"):
        find_editions(tmp_path, yearbook.folders)


def test_an_edition_twice_is_an_error_that_names_both(tmp_path, yearbook):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / "2013").mkdir()
    with pytest.raises(InputError, match=r"edition 2013 stands there twice") as caught:
        find_editions(tmp_path, yearbook.folders)
    assert FOLDER in str(caught.value)


def test_every_number_has_its_address_and_path(write_book, yearbook, tmp_path):
    path = write_book(HEADER + BODY)
    rows, sheets = read_edition(tmp_path, yearbook)
    found = {row["cell"]: row for row in rows}
    assert found["C7"]["raw"] == "15735386" and found["C7"]["number"] == 15735386
    assert found["C7"]["label"] == "石家庄市"
    assert found["C7"]["header"] == "地区生产总值(当年价格)(万元) › 市辖区"
    assert found["C7"]["table"] == "2-13" and found["C7"]["title"] == "2-13 地区生产总值"
    assert found["C7"]["file"] == path.relative_to(tmp_path).as_posix()
    assert [(s["status"], s["numeric_cells"], s["extracted_cells"]) for s in sheets] == [
        ("extracted", 18, 18)
    ]


def page(title: str, *rows: list) -> list[list]:
    """A page of a table with two columns of numbers."""
    return [[title, "", "", "", ""], *HEADER[1:], *rows]


COUNTIES = [["辛集市", 3, 4, 5, 6], ["义乌市", 7, 8, 9, 1]]


def test_what_is_no_table_of_cities_is_told_by_what_it_holds(write_book, yearbook, tmp_path):
    groups = [["50～100万人口城市", 1, 2, 3, 4], ["20～50万人口城市", 5, 6, 7, 8], ["小城市", 1, 1, 1, 1]]
    provinces = [["北京", 1, 2, 3, 4], ["河北", 5, 6, 7, 8], ["山西", 3, 2, 3, 4], ["浙江", 3, 2, 3, 1]]
    cities = [row.name_zh for row in TABLES.cities[:14]]
    ranked = [[name, 900 - 7 * at, 5 * at, 800 - at, at] for at, name in enumerate(cities)]
    write_book(HEADER + BODY)
    write_book(page("按人口分组的主要指标", *groups), name="按人口分组.xlsx", folder="综合")
    write_book(page("全国城市数", *provinces), name="全国城市数.xlsx", folder="综合")
    write_book(page("5-9 国内生产总值", *ranked), name="5-9 国内生产总值.xlsx", folder="综合")
    (tmp_path / FOLDER / "指标解释.pdf").write_bytes(b"%PDF")
    rows, sheets = read_edition(tmp_path, yearbook)
    assert {row["table"] for row in rows} == {"2-13"}
    reasons = {
        sheet["file"].split("/")[-1]: sheet["reason"] for sheet in sheets if sheet["status"] == "skipped"
    }
    assert reasons == {
        "按人口分组.xlsx": "no table of cities: 0 of its 3 rows name a place (50～100万人口城市、20～50万人口城市、小城市)",
        "全国城市数.xlsx": "no table of cities: its rows are provinces (3 of 4)",
        "5-9 国内生产总值.xlsx": "no table of cities: a list in the order of its values, which its own table prints too",
        "指标解释.pdf": "not a workbook (.pdf)",
    }


def test_a_last_page_with_as_many_provinces_as_cities_is_one_of_cities(write_book, yearbook, tmp_path):
    last = [["宁夏", 1, 2, 3, 4], ["银川", 1, 2, 3, 4], ["新疆", 5, 6, 7, 8], ["乌鲁木齐", 3, 2, 3, 4]]
    write_book([], sheets={"1": HEADER + BODY, "2": page("2-13续表1", *last)})
    rows, sheets = read_edition(tmp_path, yearbook)
    assert {sheet["status"] for sheet in sheets} == {"extracted"}
    assert {row["label"] for row in rows} >= {"银川", "乌鲁木齐"}


def test_no_name_of_a_folder_and_no_number_hides_a_table_of_cities(write_book, yearbook, tmp_path):
    write_book(page("10．工业总产值", *BODY), name="10．工业总产值.xlsx", folder="三、分城市统计资料")
    write_book(page("3-4 县级市", *BODY[2:], *COUNTIES), name="3-4.xlsx", folder="县级")
    rows, _ = read_edition(tmp_path, yearbook)
    assert {(row["table"], row["title"]) for row in rows} == {
        ("", "10．工业总产值"),
        ("3-4", "3-4 县级市"),
    }
    assert {row["label"] for row in rows} >= {"义乌市", "北京市"}


def test_what_stands_above_a_page_s_header_belongs_to_its_title(write_book, yearbook, tmp_path):
    above = [["供水", "", "", "", ""], ["(不包括市辖县)", "", "", "", ""], ["单位：万吨", "", "", "", ""]]
    write_book([*above, *HEADER[1:], *BODY], name="城市公用事业.xlsx")
    rows, _ = read_edition(tmp_path, yearbook)
    assert {(row["title"], row["note"]) for row in rows} == {
        ("城市公用事业 供水 (不包括市辖县)", "供水 | (不包括市辖县) | 单位：万吨")
    }


def test_one_workbook_may_hold_all_tables_of_an_edition(write_book, yearbook, tmp_path):
    without_title = [["", *[""] * 4], *HEADER[1:], *BODY]
    county = page("3-4 县级城市生产总值", *BODY)
    sheets = {"目录": [["目录", 1]], "2-13 地区生产总值": without_title, "2-14": without_title, "3-4": county}
    write_book([], name="中国城市统计年鉴2013.xlsx", folder=".", sheets=sheets)
    rows, reports = read_edition(tmp_path, yearbook)
    assert {(row["sheet"], row["table"], row["title"]) for row in rows} == {
        ("2-13 地区生产总值", "2-13", "2-13 地区生产总值"),
        ("2-14", "2-14", "2-14"),
        ("3-4", "3-4", "3-4 县级城市生产总值"),
    }
    skipped = {sheet["sheet"]: sheet["reason"] for sheet in reports if sheet["status"] == "skipped"}
    assert skipped == {"目录": "no table of cities: no column of region names was found"}


def test_a_book_of_two_years_says_of_which_each_page_is(write_book, yearbook, tmp_path):
    folder = "中国城市统计年鉴1993-1994（excel）"
    for year, file in ((1992, "一九九二年/人口.xlsx"), (1993, "1993年/人口.xlsx")):
        changed = [[label, *(number and number + year for number in numbers)] for label, *numbers in COUNTIES]
        made = write_book(page("人口 按1990年不变价格", *BODY, *changed), name=file.replace("/", "_"))
        (tmp_path / folder / file).parent.mkdir(parents=True, exist_ok=True)
        made.rename(tmp_path / folder / file)
    shutil.rmtree(tmp_path / FOLDER)
    assert find_editions(tmp_path, yearbook.folders) == [Edition(1994, folder)]
    rows, _ = read_edition(tmp_path, yearbook, 1994, folder)
    assert {(row["period"], row["file"].split("/")[1]) for row in rows} == {
        ("1992", "一九九二年"),
        ("1993", "1993年"),
    }


def test_two_editions_in_one_folder_are_no_book_of_two_years(tmp_path, yearbook):
    for year in (1993, 1994):
        (tmp_path / "中国城市统计年鉴1993-1994" / f"中国城市统计年鉴{year}").mkdir(parents=True)
    assert [each.year for each in find_editions(tmp_path, yearbook.folders)] == [1993, 1994]


def test_an_edition_without_any_table_says_why(yearbook, tmp_path, caplog):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "中国城市统计年鉴2013.pdf").write_bytes(b"%PDF")
    assert read_edition(tmp_path, yearbook)[0] == []
    assert "edition 2013" in caplog.text and "1 times: not a workbook (.pdf)" in caplog.text


def test_pages_continue_over_sheets(write_book, yearbook, tmp_path):
    more = [
        ["2-13续表1", *[""] * 4],
        *HEADER[1:],
        ["济南市", 1, 2, 3, 4],
        ["青岛市", 5, 6, 7, 8],
        ["淄博市", 1, 1, 1, 1],
    ]
    write_book(
        [],
        sheets={
            "1": HEADER + BODY,
            "2": more,
            "3": [["邯郸市", 9, 9, 9, 9], ["邢台市", 8, 8, 8, 8], ["保定市", 7, 7, 7, 7]],
        },
    )
    rows, _ = read_edition(tmp_path, yearbook)
    assert {row["title"] for row in rows} == {"2-13 地区生产总值"}
    assert {row["sheet"]: row["block"] for row in rows} == {"1": 0, "2": 1, "3": 2}
    assert next(r for r in rows if r["label"] == "邯郸市")["header"].startswith("地区生产总值")


def test_the_same_file_twice_is_read_once(write_book, yearbook, tmp_path):
    path = write_book(HEADER + BODY)
    shutil.copy(path, path.with_name("2-13_地区生产总值 (1).xlsx"))
    rows, sheets = read_edition(tmp_path, yearbook)
    assert len(rows) == 18
    assert any(sheet["reason"].startswith("the same bytes as") for sheet in sheets)


def test_two_different_files_for_one_table_are_both_kept(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY)
    changed = [list(row) for row in BODY]
    changed[0][1] = 1
    write_book(HEADER + changed, name="2-13_地区生产总值 (1).xlsx")
    rows, _ = read_edition(tmp_path, yearbook)
    assert sorted(r["raw"] for r in rows if r["label"] == "北京市" and r["col"] == 2) == ["1", "178794000"]


def test_a_sheet_without_cities_is_reported_with_the_reason(write_book, yearbook, tmp_path):
    write_book([["a", 1], ["b", 2]], name="2-50_其他.xlsx")
    _, sheets = read_edition(tmp_path, yearbook)
    assert [(s["status"], s["numeric_cells"]) for s in sheets] == [("skipped", 2)]
    assert sheets[0]["reason"] == "no table of cities: no column of region names was found"


def test_the_extract_fits_its_schema_and_is_byte_stable(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY)
    rows, _ = read_edition(tmp_path, yearbook)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, order in zip(paths, (rows, rows[::-1]), strict=True):
        storage.write_table(pd.DataFrame(order), path, schemas.EXTRACT, ["file", "sheet", "row", "col"])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert list(storage.read_table(paths[0]).columns) == list(schemas.EXTRACT)
