"""Editions in places whose names do not say so."""

from __future__ import annotations

import pytest

from nianjian.errors import InputError
from nianjian.extract.editions import Edition, edition_files, find_editions
from small_books import BODY, HEADER, read_edition
from unit.extract.test_archives import workbook, zipped

NAME = "中国城市统计年鉴2013"


def put(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(workbook())


@pytest.mark.parametrize("name", ["年鉴2016", "2016年鉴", "2016年 年鉴（excel）", "统计年鉴2016"])
def test_a_folder_that_says_only_yearbook_is_taken_among_others(tmp_path, yearbook, name):
    put(tmp_path / NAME, "2-13.xlsx")
    put(tmp_path / name, "三、城市/2-13.xlsx")
    assert find_editions(tmp_path, yearbook.folders) == [Edition(2013, NAME), Edition(2016, name)]


def test_a_folder_without_a_name_is_known_by_its_files(tmp_path, yearbook, caplog):
    put(tmp_path / "新建文件夹", *(f"2-{n} 地区生产总值2013.xlsx" for n in range(1, 6)))
    put(tmp_path / "中国城市统计年鉴2014", "2-13.xlsx")
    assert find_editions(tmp_path, yearbook.folders) == [
        Edition(2013, "新建文件夹"),
        Edition(2014, "中国城市统计年鉴2014"),
    ]
    assert "新建文件夹: taken for edition 2013, by its files' names" in caplog.text


def test_one_workbook_may_be_an_edition(tmp_path, yearbook):
    put(tmp_path, "中国城市统计年鉴2015.xlsx")
    (found,) = find_editions(tmp_path, yearbook.folders)
    assert found == Edition(2015, "中国城市统计年鉴2015.xlsx")
    assert edition_files(tmp_path, found.folder) == ["中国城市统计年鉴2015.xlsx"]
    rows, _ = read_edition(tmp_path, yearbook, 2015, found.folder)
    assert len(rows) == 18 and {row["file"] for row in rows} == {"中国城市统计年鉴2015.xlsx"}


@pytest.mark.parametrize(
    ("top", "year"),
    [(["中国城市统计年鉴—2013"], 2013), (["2-13 地区生产总值(2012年)"], 2013)],
)
def test_where_no_name_tells_the_year_a_workbook_does(tmp_path, yearbook, top, year):
    folder = tmp_path / "新建文件夹"
    folder.mkdir()
    (folder / "2-13 地区生产总值.xlsx").write_bytes(workbook([top, *HEADER[1:], *BODY]))
    assert find_editions(tmp_path, yearbook.folders) == [Edition(year, "新建文件夹")]


def test_the_root_itself_may_hold_one_edition_s_workbooks(tmp_path, yearbook):
    root = tmp_path / "我的数据"
    put(root, "2-1 人口2013.xlsx", "2-13 地区生产总值2013.xlsx")
    assert find_editions(root, yearbook.folders) == [Edition(2013, ".")]


@pytest.mark.parametrize(
    "name", ["中国统计年鉴2015", "中国城市建设统计年鉴2015", "河北统计年鉴2015", "中国能源统计年鉴2015"]
)
def test_another_book_is_named_and_not_taken(tmp_path, yearbook, name, caplog):
    put(tmp_path / NAME, "2-13.xlsx")
    put(tmp_path / name / "2015", "2-1 人口2015.xlsx")
    zipped(tmp_path / f"{name}.zip", {"2-1.xlsx": workbook()})
    assert find_editions(tmp_path, yearbook.folders) == [Edition(2013, NAME)]
    assert f"other yearbooks, not read: {name}.zip, {name}" in caplog.text


def test_a_folder_of_yearbooks_by_any_name_is_searched(tmp_path, yearbook, caplog):
    for name in ("我的年鉴/2013", "yearbooks/2014", "河北年鉴2015"):
        put(tmp_path / name, "2-13 人口2015.xlsx")
    assert [each.year for each in find_editions(tmp_path, yearbook.folders)] == [2013, 2014]
    assert "other yearbooks" not in caplog.text and "河北年鉴2015 (1 workbooks)" in caplog.text


def test_what_tells_no_year_is_named(tmp_path, yearbook, caplog):
    put(tmp_path / NAME, "2-13.xlsx")
    put(tmp_path / "杂", "2-13 地区生产总值.xlsx")
    (tmp_path / "资料.rar").write_bytes(b"Rar!")
    assert find_editions(tmp_path, yearbook.folders) == [Edition(2013, NAME)]
    assert (
        "nothing tells its edition" in caplog.text
        and "资料.rar" in caplog.text
        and "杂 (1 workbooks)" in caplog.text
    )


def test_panels_and_other_workbooks_are_no_edition(tmp_path, yearbook):
    put(tmp_path / "panels", "2000-2023地级市产业结构.xlsx", "汇率2013.xlsx")
    with pytest.raises(InputError, match="no edition found"):
        find_editions(tmp_path, yearbook.folders)


def test_an_archive_of_a_book_of_two_years_is_the_later_edition(tmp_path, yearbook):
    zipped(tmp_path / "中国城市统计年鉴1993-1994.zip", {"2-13 地区生产总值(1992年).xlsx": workbook()})
    (found,) = find_editions(tmp_path, yearbook.folders)
    assert found == Edition(1994, "中国城市统计年鉴1993-1994.zip")
    rows, _ = read_edition(tmp_path, yearbook, 1994, found.folder)
    assert {row["period"] for row in rows} == {"1992"}


def test_an_edition_twice_as_archives_is_an_error(tmp_path, yearbook):
    for name in (f"{NAME}.zip", f"备份/{NAME}.zip"):
        zipped(tmp_path / name, {"2-13.xlsx": workbook()})
    with pytest.raises(InputError, match="edition 2013 stands there twice"):
        find_editions(tmp_path, yearbook.folders)
