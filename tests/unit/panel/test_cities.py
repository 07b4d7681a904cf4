"""Reading region labels by name, alias and place; the city lists; real yearbooks where they are."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from nianjian.errors import DeclarationError
from nianjian.panel.cities import CityBook
from nianjian.panel.reference import FILES
from small_books import REFERENCE, city_book

REPOSITORY = Path(__file__).parents[3]
SHARED = REPOSITORY.parent / "shared"
YEARBOOKS = SHARED / "yearbooks"

real = pytest.mark.real
needs_yearbooks = pytest.mark.skipif(
    not YEARBOOKS.exists(), reason="needs the real yearbooks beside the repository"
)


@pytest.fixture(scope="module")
def book() -> CityBook:
    return city_book()


@pytest.fixture(scope="module")
def bare_book(tmp_path_factory) -> CityBook:
    """The same book without any listed alias, as it meets an edition nobody has looked at."""
    folder = tmp_path_factory.mktemp("reference")
    for name in set(FILES) - {"city_aliases.csv"}:
        (folder / name).write_bytes((REFERENCE / name).read_bytes())
    (folder / "city_aliases.csv").write_text("label,name_zh,from_edition,to_edition,kind\n", encoding="utf-8")
    return city_book(folder)


def table(labels: list, year: int = 2005, **more) -> pd.DataFrame:
    """One table with these labels, one a row, from top to bottom."""
    rows = {"year": year, "label": labels, "file": "2-1.xlsx", "sheet": "1", "row": range(1, len(labels) + 1)}
    return pd.DataFrame(rows | more)


def names(book: CityBook, labels: list, year: int = 2005, **more) -> list:
    return book.resolve(table(labels, year, **more))["city_name"].tolist()


def full_table(book: CityBook, year: int) -> pd.DataFrame:
    """Every province and city of a year in the book's order: code and the name then in force."""
    cities = book.cities(year)
    spans = pd.read_csv(REFERENCE / "city_names.csv").fillna({"from_year": 1983, "to_year": 2024})
    spans = spans[spans["from_year"].le(year) & spans["to_year"].ge(year)]
    cities["name_zh"] = cities["city"].map(spans.set_index("city")["name_zh"])
    provinces = cities.loc[
        cities["city"] != cities["province"], ["province", "province_zh"]
    ].drop_duplicates()
    rows = np.vstack([cities[["city", "name_zh"]].to_numpy(), provinces.to_numpy()])
    return pd.DataFrame(rows, columns=["code", "label"]).sort_values("code", ignore_index=True)


# By name


@pytest.mark.parametrize(
    ("label", "how"),
    [
        ("石家庄市", "exact"),
        ("石家庄", "short"),
        ("  石 家　庄", "short"),
        ("石家庄巿", "exact"),  # U+5DFF
        ("石家庄市\r\nShijiazhuang", "exact"),
        ("石家庄Shijiazhuang", "short"),
        ("Shijiazhuang 石家庄市", "exact"),
        ("石家庄市*", "exact"),
        ("1．石家庄市", "exact"),
        ("石家庄市①", "exact"),
        ("·石家庄市", "exact"),
        ("石,家庄市", "exact"),
        ("石家庄市市辖区", "exact"),
        ("河北省石家庄市", "exact"),
    ],
)
def test_a_city_is_found_however_its_name_is_dressed(book, label, how):
    found = book.resolve(table([label])).iloc[0]
    assert (found["kind"], found["city"], found["city_name"], found["how"]) == (
        "city",
        130100,
        "石家庄市",
        how,
    )
    assert found["problem"] == ""


@pytest.mark.parametrize("label", ["广西壮族自治区", "广西", "广西自治区", " 广  西 Guangxi"])
def test_a_province_has_a_name_but_no_city_code(book, label):
    found = book.resolve(table([label])).iloc[0]
    assert (found["kind"], found["city_name"]) == ("province", "广西壮族自治区")
    assert found["city"] is pd.NA


@pytest.mark.parametrize("label", ["北京", "北京市", "重庆市", "重 庆"])
def test_a_municipality_is_a_city(book, label):
    found = book.resolve(table([label])).iloc[0]
    assert found["kind"] == "city"
    assert found["city"] in (110000, 500000)


@pytest.mark.parametrize(
    "label",
    [
        "城市合计",
        "全国",
        "全国总计",
        "地级及以上城市合计",
        "城市台计",
        "全部城市",
        "东部地区",
        "合 计",
        "Total",
        "城市总计",
    ],
)
def test_totals(book, label):
    assert book.resolve(table([label]))["kind"].tolist() == ["total"]


@pytest.mark.parametrize(
    "label",
    [
        "注：本表不含武汉市。",
        "城市",
        "单位：万元",
        "2-10续表1 单位：万人",
        "",
        None,
        float("nan"),
        "(10 000 yuan)",
        "亚特兰蒂斯",
    ],
)
def test_what_is_no_region_is_unknown_with_a_reason(book, label):
    found = book.resolve(table([label])).iloc[0]
    assert found["kind"] == "unknown"
    assert found["city"] is pd.NA
    assert found["problem"]


def test_a_city_keeps_its_code_through_a_change_of_name(book):
    old = book.resolve(table(["襄樊市", "思茅", "淮阴市"], year=2000))
    new = book.resolve(table(["襄阳市", "普洱", "淮安市"], year=2020))
    assert old["city"].tolist() == new["city"].tolist() == [420600, 530800, 320800]
    assert old["city_name"].tolist() == ["襄阳市", "普洱市", "淮安市"]


@pytest.mark.parametrize(
    ("label", "year", "flagged"),
    [
        ("巢湖市", 2010, False),
        ("巢湖市", 2011, False),  # one year later: the book may still list it
        ("巢湖市", 2012, True),
        ("中卫市", 2002, False),  # one year early
        ("中卫市", 2001, True),
        ("毕节地区", 2005, True),
        ("襄樊市", 2015, False),  # an old name, but a city all the time
    ],
)
def test_a_city_before_or_after_its_time_is_read_but_flagged(book, label, year, flagged):
    found = book.resolve(table([label], year=year)).iloc[0]
    assert found["kind"] == "city"
    assert found["problem"] == (
        f"{found['city_name']} was not a prefecture-level city in {year}" if flagged else ""
    )


# By place


def test_jilin_is_the_province_before_changchun_and_the_city_after_it(book):
    found = book.resolve(table(["葫芦岛", "吉林", "长春", "吉林", "四平"]))
    assert found["kind"].tolist() == ["city", "province", "city", "city", "city"]
    assert found["city"].tolist()[3] == 220200
    assert found["problem"].eq("").all()


def test_jilin_twice_around_an_unreadable_capital(book):
    found = book.resolve(table(["铁岭", "朝阳", "葫芦岛", "吉林", "口口", "吉林", "四平", "辽源"]))
    assert found["kind"].tolist()[3] == "province"
    assert found["city"].tolist()[5] == 220200


def test_a_single_jilin_without_a_province_row_is_the_city(book):
    found = book.resolve(table(["葫芦岛", "长春", "吉林", "四平"]))
    assert found["city"].tolist()[2] == 220200
    alone = book.resolve(table(["吉林"])).iloc[0]
    assert alone["city"] == 220200
    assert "吉林省" in alone["problem"]


def test_hainan_and_jilin_with_their_suffix_need_no_place(book):
    assert names(book, ["海南", "吉林市", "吉林省"]) == ["海南省", "吉林市", "吉林省"]
    assert book.resolve(table(["海南", "吉林市", "吉林省"]))["kind"].tolist() == [
        "province",
        "city",
        "province",
    ]


@pytest.mark.parametrize("year", [2003, 2012, 2022])
@pytest.mark.parametrize("at", [0, -1])
def test_one_misread_character_is_repaired_by_place_and_flagged(bare_book, year, at):
    """Each city in turn loses a character; the others tell which it is."""
    full = full_table(bare_book, year)
    cities = full.index[full["code"] % 10000 != 0]
    tables = []
    for i in cities:
        labels = full["label"].str.removesuffix("市").to_list()
        broken = list(labels[i])
        broken[at] = "囗"
        labels[i] = "".join(broken)
        tables.append(
            table(labels[max(i - 6, 0) : i + 7], year, file=str(i)).assign(
                broken=labels[i], code=full["code"][i]
            )
        )
    rows = pd.concat(tables, ignore_index=True)
    found = pd.concat([rows, bare_book.resolve(rows)], axis=1)
    broken = found[found["label"] == found["broken"]]
    assert len(broken) == len(cities)
    assert broken["city"].tolist() == broken["code"].tolist()
    assert broken["how"].eq("misread").all()
    assert broken["problem"].str.contains("one character differs").all()
    others = found[found["label"] != found["broken"]]
    assert not others["how"].eq("misread").any()


def test_a_misreading_two_characters_off_or_out_of_place_stays_unknown(bare_book):
    labels = ["安徽", "合肥", "芜湖", "蚌埠", "口口", "马鞍山"]
    found = bare_book.resolve(table(labels)).iloc[4]
    assert (found["kind"], found["how"]) == ("unknown", "")
    assert "淮南市" in found["problem"]
    misplaced = bare_book.resolve(table(["合肥", "芜湖", "准安", "蚌埠"])).iloc[2]  # 淮安 is in 江苏
    assert misplaced["kind"] == "unknown"


def test_nothing_is_guessed_in_a_list_that_does_not_follow_the_book(bare_book):
    in_order = bare_book.resolve(table(["合肥", "芜湖", "蚌埠", "准南", "马鞍山", "淮北", "铜陵"]))
    assert in_order["city_name"].tolist()[3] == "淮南市"
    mixed = bare_book.resolve(
        table(["阳泉", "蚌埠", "准南", "马鞍山", "北京", "长春", "保定", "阜阳", "安庆"])
    )
    assert mixed["kind"].tolist()[2] == "unknown"


def test_no_prefecture_level_city_is_guessed_in_a_table_of_county_level_cities(bare_book):
    labels = [
        "贵州",
        "清镇",
        "赤水",
        "仁怀",
        "都匀",
        "凯里",
        "兴义",
        "云南",
    ]  # 兴义 is one character from 遵义
    found = bare_book.resolve(table(labels, 2003))
    assert found["kind"].tolist() == ["province", *["county_city"] * 6, "province"]
    assert found["city"].tolist()[1:7] == [520181, 520381, 520382, 522701, 522601, 522301]
    as_cities = bare_book.resolve(table(labels, 2003), kinds=["city"])
    assert as_cities["kind"].tolist() == ["province", *["unknown"] * 6, "province"]


def test_the_english_name_settles_what_one_character_leaves_open(bare_book):
    rows = table(["海口市", "三业市", "重庆市"], 2011)
    assert bare_book.resolve(rows)["kind"].tolist()[1] == "unknown"  # 三亚 or 三沙
    found = bare_book.resolve(rows.assign(label_en=["Haikou", "Sanya", "Chongqing"])).iloc[1]
    assert (found["city"], found["how"]) == (460200, "misread")


def test_an_alias_that_is_a_real_name_counts_only_in_its_place(book):
    anhui = book.resolve(table(["亳州市", "池州市", "宜城市", "福建省", "福州市"], 2006)).iloc[2]
    assert (anhui["city"], anhui["how"]) == (341800, "alias")
    hubei = book.resolve(table(["襄樊市", "宜城市", "鄂州市", "荆门市", "孝感市"], 2006)).iloc[1]
    assert hubei["kind"] == "unknown"
    assert book.resolve(table(["宜城市"], 2006))["kind"].tolist() == ["unknown"]


def test_an_alias_holds_only_in_its_editions(book):
    assert names(book, ["通辽", "海拉尔", "沈阳"], year=2002) == ["通辽市", "呼伦贝尔市", "沈阳市"]
    assert book.resolve(table(["通辽", "海拉尔", "沈阳"], year=2010))["kind"].tolist()[1] == "unknown"


def test_a_printed_name_of_another_city_is_corrected_by_place_and_flagged(book):
    labels = ["陕西省", "西安市", "银川市", "宝鸡市", "咸阳市", "宁夏回族自治区", "银川市", "石嘴山市"]
    found = book.resolve(table(labels, 2006))
    assert found["city"].tolist()[2] == 610200
    assert (found["how"][2], found["how"][6]) == ("position", "exact")
    assert "printed as 银川市" in found["problem"][2]


def test_a_line_with_the_name_of_the_line_above_gets_the_one_missing_name(book):
    found = book.resolve(table(["孝感", "荆州", "黄冈", "咸宁", "咸宁", "湖南", "长沙"], 2003))
    assert found["city"].tolist()[3:5] == [421200, 421300]
    assert found["problem"].ne("").tolist() == [False] * 4 + [True] + [False] * 2


def test_a_city_out_of_order_that_cannot_be_explained_keeps_its_name_and_is_flagged(book):
    found = book.resolve(table(["太原市", "大同市", "阳泉市", "拉萨市", "长治市", "晋城市"], 2006))
    assert found["city_name"][3] == "拉萨市"
    assert found["problem"][3] == "out of the book's order"


def test_a_page_bound_in_twice_raises_no_flag(book):
    page = ["福州市", "厦门市", "莆田市", "三明市", "泉州市", "漳州市", "南平市"]
    found = book.resolve(table(page + page, 2006))
    assert found["problem"].eq("").all()
    assert found["city_name"].tolist() == page + page


def test_two_panels_side_by_side_are_read_each_in_its_own_order(bare_book):
    left, right = ["北京市", "天津市", "河北省", "石家庄市"], ["河南省", "郑州市", "开封巾", "洛阳市"]
    labels = [label for pair in zip(left, right, strict=True) for label in pair]
    rows = table(labels, 2006).assign(row=[1, 1, 2, 2, 3, 3, 4, 4])
    wanted = ["北京市", "河南省", "天津市", "郑州市", "河北省", "开封市", "石家庄市", "洛阳市"]
    assert bare_book.resolve(rows)["city_name"].tolist() == wanted
    assert bare_book.resolve(rows.assign(label_col=[0, 4] * 4))["city_name"].tolist() == wanted


# Shape


def test_cells_of_a_row_get_the_same_answer_and_the_input_order_and_index_do_not_matter(book):
    labels = ["安徽", "合肥", "芜湖", "蚌埠", "准南", "马鞍山"]
    once = table(labels)
    cells = pd.concat([once] * 3).sample(frac=1, random_state=1).set_axis(range(100, 118))
    found = book.resolve(cells)
    assert found.index.tolist() == cells.index.tolist()
    by_label = dict(zip(labels, book.resolve(once)["city_name"], strict=True))
    assert by_label["准南"] == "淮南市"
    assert found["city_name"].tolist() == cells["label"].map(by_label).tolist()


def test_an_empty_table_gives_an_empty_answer_with_the_same_columns(book):
    found = book.resolve(table(["北京"]).iloc[:0])
    assert found.shape == (0, 5)
    assert list(found) == ["kind", "city", "city_name", "how", "problem"]


def test_tables_do_not_lend_each_other_neighbours(bare_book):
    rows = pd.concat(
        [table(["合肥", "芜湖", "蚌埠"], file="a"), table(["准南"], file="b")], ignore_index=True
    )
    assert bare_book.resolve(rows)["kind"].tolist()[3] == "unknown"


@pytest.mark.parametrize(
    ("label", "core"),
    [
        ("武,汉", "武汉"),
        ("荆fJ市", "荆fJ市"),
        ("襄阳(襄樊)", "襄阳"),
        ("乌鲁木齐市Urumqi", "乌鲁木齐市"),
        (12.5, ""),
    ],
)
def test_normalise(book, label, core):
    assert book.labels.normalise(label) == core


# The lists


@pytest.mark.parametrize(
    ("year", "count"),
    [
        (1983, 148),
        (1984, 151),
        (1985, 165),
        (1990, 188),
        (1996, 221),
        (1998, 231),
        (1999, 240),
        (2000, 263),
        (2002, 279),
        (2004, 287),
        (2010, 287),
        (2011, 288),
        (2012, 289),
        (2015, 295),
        (2018, 298),
        (2023, 297),
    ],
)
def test_number_of_cities_at_the_end_of_a_year(book, year, count):
    """Counts of the Ministry of Civil Affairs' year-end lists, with the four municipalities."""
    cities = book.cities(year)
    assert len(cities) == count
    assert cities["city"].is_monotonic_increasing
    assert {110000, 120000, 310000, 500000} <= set(cities["city"])


def test_every_city_has_one_name_in_force_in_each_year_of_its_life(book):
    spans = pd.read_csv(REFERENCE / "city_names.csv").fillna({"from_year": 1983, "to_year": 2024})
    spans = spans[spans["name_zh"].str.endswith("市")]
    for year in range(1983, 2025):
        alive = spans[spans["from_year"].le(year) & spans["to_year"].ge(year)]
        assert alive["city"].tolist() == sorted(set(alive["city"])), year
        assert set(alive["city"]) == set(book.cities(year)["city"]), year


def test_codes_provinces_and_coordinates_are_plausible(book):
    cities = pd.concat([book.cities(2010), book.cities(2023)]).drop_duplicates("city")
    assert len(cities) == 299
    assert (cities["city"] // 10000 * 10000).tolist() == cities["province"].tolist()
    assert cities["province_zh"].nunique() == 31
    centre = cities.groupby("province")[["lon", "lat"]].transform("mean")
    away = np.hypot(
        (cities["lon"] - centre["lon"]) * np.cos(np.radians(cities["lat"])), cities["lat"] - centre["lat"]
    )
    # 酒泉 and 三沙 lie far from the rest of their provinces, and 内蒙古, 黑龙江 and 甘肃 are long.
    assert away[~cities["city"].isin([460300])].max() < 11
    known = cities.set_index("name_zh")[["lon", "lat"]]
    assert known.loc["武汉市"].tolist() == pytest.approx([114.30, 30.59], abs=0.05)
    assert known.loc["克拉玛依市"].tolist() == pytest.approx([84.87, 45.60], abs=0.1)


def test_events_name_known_cities_and_match_the_life_spans(book):
    events = pd.read_csv(REFERENCE / "city_events.csv")
    cities = pd.read_csv(REFERENCE / "cities.csv").set_index("city")
    assert events["city_name"].tolist() == cities.loc[events["city"], "name_zh"].tolist()
    born = events[events["event"].isin(["upgrade", "established", "raised"])].set_index("city")["year"]
    assert born.to_dict() == cities["from_year"].dropna().astype(int).to_dict()
    gone = events[events["event"] == "abolished"].set_index("city")["year"]
    assert (gone - 1).to_dict() == cities["to_year"].dropna().astype(int).to_dict()
    gains = events[events["event"].eq("gain") & events["other_city"].notna()]
    losses = set(
        events.loc[events["event"].isin(["loss", "abolished"]), ["year", "city"]].itertuples(
            index=False, name=None
        )
    )
    assert {(row.year, int(row.other_city)) for row in gains.itertuples()} <= losses


def test_every_alias_is_needed_and_says_where_it_was_seen(bare_book):
    aliases = pd.read_csv(REFERENCE / "city_aliases.csv", dtype=str)
    rows = table(aliases["label"].tolist()).assign(file=aliases["label"])
    rows["year"] = pd.to_numeric(aliases["to_edition"]).fillna(2006).astype(int) - 1
    alone = bare_book.resolve(rows)
    # 荆州, 宜州 and 沙市 are misprints only in editions that print no city of that name.
    assert (alone["kind"].eq("unknown") | alone["problem"].str.contains("was not a")).all()
    assert aliases["source"].str.match(r"(19|20)\d\d: .+\.xlsx, sheet .+, [A-Z]\d+; rows by edition").all()


@pytest.mark.parametrize(
    ("file", "row", "message"),
    [
        ("cities.csv", "130100,甲市,Jia,130000,河北省,Hebei,,", "130100 stands in two rows"),
        ("cities.csv", "139900,甲市,Jia,130000,河北省,Hebei,,", "139900 stands in only one"),
        ("city_names.csv", "130200,石家庄市,,", "names both"),
        ("city_aliases.csv", "石家圧,石家圧市,,,misread", "no city, province or total"),
        ("city_aliases.csv", "石家圧,石家庄市,,,typo", "'typo'"),
        ("city_codes.csv", "139900,,1996,139901", "city 139900 is not in cities.csv"),
        (
            "county_cities.csv",
            "130181,130181,甲市,2000,2001",
            "130181 stands for 辛集市 .* and 甲市 .* in 2000",
        ),
        ("county_cities.csv", "139999,139999,辛集市,2000,2001", "辛集市 stands for 辛集市 .* in 2000"),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(tmp_path, file, row, message):
    heads = {
        "cities.csv": ("city,name_zh,name_en,province,province_zh,province_en,from_year,to_year", 8),
        "city_names.csv": ("city,name_zh,from_year,to_year", 4),
        "city_aliases.csv": ("label,name_zh,from_edition,to_edition,kind", 5),
        "city_codes.csv": ("city,from_year,to_year,code", 4),
        "county_cities.csv": ("code,unit,name_zh,from_year,to_year", 5),
    }
    for name, (head, _) in heads.items():
        frame = pd.read_csv(REFERENCE / name, dtype=str, keep_default_na=False)[head.split(",")]
        text = frame.to_csv(index=False) + (row + "\n" if name == file else "")
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=message):
        city_book(tmp_path)


def test_a_missing_list_or_column_is_named(tmp_path):
    with pytest.raises(DeclarationError, match=r"cities\.csv: not found"):
        city_book(tmp_path)
    (tmp_path / "cities.csv").write_text("city,name_zh\n110000,北京市\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match="column name_en is missing"):
        city_book(tmp_path)


# Real yearbooks


def edition_tables(edition: int, pattern: str, chapter: str = "地级") -> Iterator[Path]:
    folder = next(YEARBOOKS.glob(f"*{edition}*"))
    for part in sorted(folder.iterdir()):
        if chapter in part.name:
            yield from sorted(path for path in part.glob("*.xlsx") if re.match(pattern, path.name))


def label_rows(edition: int, pattern: str) -> pd.DataFrame:
    """Rows with a label in Chinese and numbers beside it; a second panel's labels where a sheet has one."""

    def is_number(cell: object) -> bool:
        return isinstance(cell, int | float) or bool(re.fullmatch(r"\s*-?\d[\d.,\s]*", str(cell)))

    found = []
    for path in edition_tables(edition, pattern):
        workbook = CalamineWorkbook.from_path(path)
        for sheet in workbook.sheet_names:
            for number, cells in enumerate(
                workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False), 1
            ):
                for column, cell in enumerate(cells):
                    beside = [other for other in cells[column + 1 :] if other != ""]
                    beside = beside[1:] if beside and re.match(r"\s*[A-Za-z]", str(beside[0])) else beside
                    is_label = (
                        isinstance(cell, str) and re.search("[\u4e00-\u9fff]", cell) and not is_number(cell)
                    )
                    if is_label and beside and is_number(beside[0]):
                        found.append((edition - 1, cell, path.name, sheet, number))
    return pd.DataFrame(found, columns=["year", "label", "file", "sheet", "row"])


@real
@needs_yearbooks
@pytest.mark.parametrize(
    ("edition", "pattern", "unprinted"),
    [
        (2001, r"3-1_|3-9_|3-20_", {"拉萨市"}),
        (2003, r"3.1人口|3.10_", {"拉萨市"}),
        (2004, r"3.1_|3.22", {"拉萨市", "中卫市"}),
        (2006, r"2-1_|2-10_|2-41_", set()),
        (2008, r"2_1_|2_2_|2_33_", set()),
        (2009, r"2-1_|2-13_|2-43_", set()),
        (2012, r"2-11_|2-15_|2-33_|2-5_", set()),
        (2015, r"2-11_|2-33_", {"日喀则市", "昌都市"}),
        (2019, r"2-2_|2-39_", set()),
        (2024, r"2-1_", set()),
    ],
)
def test_every_label_of_real_tables_resolves_to_the_cities_of_its_year(book, edition, pattern, unprinted):
    rows = label_rows(edition, pattern)
    found = pd.concat([rows, book.resolve(rows)], axis=1)
    unknown = found[found["kind"].eq("unknown")]
    assert unknown["label"].tolist() == []
    expected = set(book.cities(edition - 1)["name_zh"]) - unprinted
    for file, part in found[found["kind"] == "city"].groupby("file"):
        printed = set(part["city_name"])
        # Where a city has no figure, its row has no number and is not read here.
        assert printed <= expected, file
        assert len(expected - printed) <= 4, (file, expected - printed)


@real
@needs_yearbooks
@pytest.mark.parametrize("edition", [2006, 2009, 2015, 2017, 2018, 2020, 2021, 2023])
def test_number_of_cities_is_the_one_that_the_book_states(book, edition):
    """Table 1-1 counts municipalities, sub-provincial and prefecture-level cities."""
    path = next(edition_tables(edition, r"1.1[_ ].*行政区划", chapter="行政区划"))
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    total = next(row for row in sheet if book.labels.normalise(row[0]) in ("全国总计", "全国"))
    numbers = [int(float(cell)) for cell in total[1:] if re.fullmatch(r"\s*\d+(\.0)?\s*", str(cell))]
    assert sum(numbers[1:4]) == len(book.cities(edition - 1))


@real
@needs_yearbooks
def test_misreadings_of_a_bad_scan_are_found_without_their_aliases(book, bare_book):
    rows = label_rows(2008, r"2_1_|2_2_|2_3_|2_33_")
    listed, guessed = book.resolve(rows), bare_book.resolve(rows)
    assert (listed["how"] == "alias").sum() > 20
    assert guessed["city"].equals(listed["city"])
    assert guessed.loc[listed["how"] == "alias", "how"].eq("misread").all()
