"""Region labels of the real yearbooks 1985-2024 where county-level cities stand: each is resolved, and none is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from nianjian.panel.cities import CityBook
from nianjian.panel.reference import CityTables
from small_books import CONFIG, city_book

SHARED = CONFIG.parents[1] / "shared"
EARLY, BOOKS = SHARED / "yearbooks_early", SHARED / "yearbooks"
pytestmark = pytest.mark.skipif(not EARLY.is_dir(), reason="the real yearbooks are not at hand")

CHINESE, NUMBER = re.compile("[\u3400-\u9fff]"), re.compile(r"[\s.,·…—-]*\d[\d.,\s·]*|[\s.,·…—-]+")
FIELDS = ["year", "label", "file", "sheet", "row", "label_col"]

# What stands before numbers in the early editions and is no region: units, headings and items of summaries, and digits of a
# neighbouring column.
NO_REGION = re.compile(
    r"[(（]?(亿|万|吨|元|人|个|平方|立方|公|处|辆|部$|千|册|件|%|百|斤|张|头|台$|所|户|页|条|床|标)|外汇券万元|兀$|起$|"
    r"城市(名称)?$|数量$|100一200万人口市|经19924|(\(\d\)|其中).+|在校学生数|普通中学|工业企业单位数|电影院和影剧院|每一职工平均净产值"
)


def is_number(cell: object) -> bool:
    return isinstance(cell, int | float) or NUMBER.fullmatch(str(cell)) is not None


def rows_of(path: Path, root: Path) -> Iterator[tuple[object, ...]]:
    """Cells in Chinese with a number beside them, with their place."""
    edition = int(re.findall(r"\d{4}", path.relative_to(root).parts[0])[0])
    workbook = CalamineWorkbook.from_path(path)
    for sheet in workbook.sheet_names:
        cells = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        for row, line in enumerate(cells, 1):
            for column, cell in enumerate(line):
                if not (isinstance(cell, str) and CHINESE.search(cell)) or len(cell.strip()) > 14:
                    continue
                beside = [other for other in line[column + 1 : column + 14] if other != ""]
                beside = beside[1:] if beside and re.match(r"\s*[A-Za-z]", str(beside[0])) else beside
                if beside and is_number(beside[0]) and not is_number(cell):
                    yield edition - 1, cell, path.relative_to(root).as_posix(), sheet, row, column


def resolved(book: CityBook, paths: list[Path], root: Path) -> pd.DataFrame:
    rows = pd.DataFrame([row for path in paths for row in rows_of(path, root)], columns=FIELDS)
    return pd.concat([rows, book.resolve(rows)], axis=1)


def files(root: Path, edition: int, pattern: str) -> list[Path]:
    folder = next(root.glob(f"*{edition}*"))
    return sorted(
        path for path in folder.rglob("*.xlsx") if re.search(pattern, path.relative_to(folder).as_posix())
    )


@pytest.fixture(scope="module")
def book() -> CityBook:
    return city_book()


@pytest.fixture(scope="module")
def tables() -> CityTables:
    return CityTables.read(CONFIG / "reference")


def in_force(tables: CityTables, year: int, levels: str) -> dict[int, str]:
    cities = {row.city: row.name_zh for row in tables.alive(year)} if "city" in levels.split() else {}
    counties = (
        {row.code: row.name_zh for row in tables.alive_counties(year)} if "county" in levels.split() else {}
    )
    return cities | counties


@pytest.mark.parametrize(
    ("edition", "pattern", "levels", "unprinted", "surplus"),
    [
        (
            1985,
            r"各市资料篇/人口\.",
            "city county",
            {"五大连池市", "吐鲁番市", "安达市", "拉萨市", "盘锦市"},
            set(),
        ),
        (1986, r"各市资料篇/人口\.", "city county", set(), set()),
        (1988, r"各市资料篇/人口\.", "city county", set(), {"屯溪市"}),  # merged into 黄山市 in November 1987
        (1989, r"基本概况资料/人口\.", "city county", set(), set()),
        (1990, r"各市资料篇/人口\.", "city county", set(), set()),
        (1991, r"表07_人口\.", "city county", set(), set()),
        (1992, r"表07人口\.", "city county", set(), set()),
        (1995, r"各市资料篇/1\.人口\.", "city county", {"马鞍山市"}, set()),
        (1996, r"分市统计资料/1．人口\.", "city county", {"临沂市"}, set()),
        (1998, r"分城市统计资料/1．人口\.", "city", {"拉萨市", "玉溪市", "聊城市"}, set()),
        (
            1999,
            r"分城市统计资料/1．人口\.",
            "city",
            {"咸宁市", "拉萨市", "赣州市"},
            {"东川市"},
        ),  # until December 1998
        (2000, r"地级市/3—1_人口\.", "city", {"宁德市", "拉萨市", "晋中市", "绥化市"}, set()),
        (2000, r"县级市/4—1_人口\.", "county", {"石河子市", "阿尔山市"}, {"宁德市", "榆次市", "绥化市"}),
    ],
)
def test_an_early_table_lists_the_cities_of_its_year(
    book, tables, edition, pattern, levels, unprinted, surplus
):
    (path,) = files(EARLY, edition, pattern)
    found = resolved(book, [path], EARLY)
    assert found.loc[found["kind"] == "unknown", "label"].tolist() == []
    cities = found[found["kind"].isin(["city", "county_city"])]
    assert not cities["city"].duplicated().any()
    expected = in_force(tables, edition - 1, levels)
    names = dict(zip(cities["city"].astype(int), cities["city_name"], strict=True))
    assert {name for code, name in expected.items() if code not in names} == unprinted
    assert {name for code, name in names.items() if code not in expected} == surplus
    for label in found.loc[found["kind"] == "total", "label"]:
        if (stated := re.match(r"\s*(\d+)个(城市|市)合计", label)) is not None:
            assert int(stated[1]) == len(cities)


@pytest.mark.parametrize("edition", [1985, 1986, 1988, 1989, 1990, 1991, 1992, 1995, 1996, 1998, 1999, 2000])
def test_every_label_of_every_early_table_is_resolved(book, edition):
    found = resolved(book, files(EARLY, edition, r"^(?!.*(国外城市|经济特区篇))"), EARLY)
    unknown = found.loc[found["kind"] == "unknown", "label"].str.replace(r"\s", "", regex=True)
    assert [label for label in unknown if not NO_REGION.match(label)] == []
    assert len(found) > 15_000


def test_every_label_of_the_county_level_chapters_is_resolved(book, tables):
    paths = sorted(path for path in BOOKS.rglob("*.xlsx") if "县级" in path.relative_to(BOOKS).as_posix())
    found = resolved(book, paths, BOOKS)
    assert found["year"].nunique() == 21
    unknown = found.loc[found["kind"] == "unknown", "label"].str.replace(r"\s", "", regex=True)
    assert [label for label in unknown if label != "城市"] == []
    assert found.loc[found["kind"] == "city", "label"].tolist() == []
    for year, part in found[found["kind"] == "county_city"].groupby("year"):
        expected = in_force(tables, int(year), "county")
        lost = [name for code, name in expected.items() if code not in set(part["city"])]
        assert len(lost) <= 20, (year, lost)  # 师市合一 of 新疆, and cities of the year
        surplus = part[~part["city"].isin(list(expected))]
        assert surplus["city_name"].nunique() <= 6, (year, surplus["city_name"].unique())  # the year before
