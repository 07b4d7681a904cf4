"""Finding editions and reading them whole."""

from __future__ import annotations

import errno
import os
import shutil

import pandas as pd
import pytest

from nianjian import schemas, storage
from nianjian.errors import InputError, UnreadableError
from nianjian.extract.city_yearbook import Edition, find_editions
from small_books import BODY, HEADER, read_edition

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


def test_only_prefecture_tables_are_taken_and_the_others_are_listed(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY)
    write_book(HEADER + BODY, name="3-4_地区生产总值.xlsx", folder="三、县级城市统计资料")
    (tmp_path / FOLDER / "指标解释.pdf").write_bytes(b"%PDF")
    _, sheets = read_edition(tmp_path, yearbook)
    reasons = {
        sheet["file"].split("/")[-1]: sheet["reason"] for sheet in sheets if sheet["status"] == "skipped"
    }
    assert reasons == {
        "3-4_地区生产总值.xlsx": "not a prefecture-level table (县级)",
        "指标解释.pdf": "not a workbook (.pdf)",
    }


def test_without_sub_folders_the_chapter_tells_which_tables_are_prefecture_level(
    write_book, yearbook, tmp_path
):
    write_book(HEADER + BODY, folder=".")
    write_book(HEADER + BODY, folder=".", name="3-4_地区生产总值.xlsx")
    write_book(
        [["3-11综合经济", *[""] * 4], *HEADER[1:], *BODY], folder=".", name="3-11综合经济.xlsx", edition=2003
    )
    rows, _ = read_edition(tmp_path, yearbook)
    assert {row["table"] for row in rows} == {"2-13"}
    rows, _ = read_edition(tmp_path, yearbook, 2003)
    assert {row["table"] for row in rows} == {"3-11"}


def test_one_workbook_may_hold_all_tables_of_an_edition(write_book, yearbook, tmp_path):
    without_title = [["", *[""] * 4], *HEADER[1:], *BODY]
    county = [["3-4 县级城市生产总值", *[""] * 4], *HEADER[1:], *BODY]
    sheets = {"目录": [["目录", 1]], "2-13 地区生产总值": without_title, "2-14": HEADER + BODY, "3-4": county}
    write_book([], name="中国城市统计年鉴2013.xlsx", folder=".", sheets=sheets)
    rows, reports = read_edition(tmp_path, yearbook)
    assert {(row["sheet"], row["table"], row["title"]) for row in rows} == {
        ("2-13 地区生产总值", "2-13", "2-13 地区生产总值"),
        ("2-14", "2-13", "2-13 地区生产总值"),
    }
    skipped = {sheet["sheet"]: sheet["reason"] for sheet in reports if sheet["status"] == "skipped"}
    assert skipped == {
        "目录": "not a prefecture-level table (neither file, sheet nor title has a table number)",
        "3-4": "not a prefecture-level table (its table is 3-4)",
    }


def test_a_word_in_a_flat_folders_file_name_does_not_hide_the_numbered_tables(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY, folder=".")
    write_book([["2-1 人口", *[""] * 4], *HEADER[1:], *BODY], folder=".", name="２－１ 地级市人口.xlsx")
    assert {row["table"] for row in read_edition(tmp_path, yearbook)[0]} == {"2-1", "2-13"}


def test_without_a_declared_chapter_every_numbered_table_is_read(write_book, yearbook, tmp_path):
    anywhere = yearbook.model_copy(update={"chapters": []})
    write_book(HEADER + BODY, folder=".")
    write_book([["3-4 人口", *[""] * 4], *HEADER[1:], *BODY[1:]], folder=".", name="3-4 人口.xlsx")
    assert {row["table"] for row in read_edition(tmp_path, yearbook)[0]} == {"2-13"}
    assert {row["table"] for row in read_edition(tmp_path, anywhere)[0]} == {"2-13", "3-4"}


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
    assert [(s["status"], s["numeric_cells"]) for s in sheets] == [("failed", 2)]
    assert sheets[0]["reason"] == "no column of region names was found"


def test_the_extract_fits_its_schema_and_is_byte_stable(write_book, yearbook, tmp_path):
    write_book(HEADER + BODY)
    rows, _ = read_edition(tmp_path, yearbook)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, order in zip(paths, (rows, rows[::-1]), strict=True):
        storage.write_table(pd.DataFrame(order), path, schemas.EXTRACT, ["file", "sheet", "row", "col"])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert list(storage.read_table(paths[0]).columns) == list(schemas.EXTRACT)
