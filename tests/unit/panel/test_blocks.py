"""Lists of county-level cities, alone or among the others, by the block of their province."""

import pandas as pd
import pytest

from small_books import city_book

# As the edition of 1992 prints them: both levels below their province, in no order of codes.
HEBEI = [
    "河北",
    "石家庄",
    "唐山",
    "秦皇岛",
    "邯郸",
    "邢台",
    "保定",
    "南宫",
    "辛集",
    "定州",
    "涿州",
    "廊坊",
    "任丘",
    "泊头",
    "衡水",
]
JILIN = ["吉林", "长春", "吉林", "四平", "辽源", "通化", "浑江", "延吉", "图们", "公主岭", "榆树", "九台"]
HEILONGJIANG = ["黑龙江", "哈尔滨", "齐齐哈尔", "鸡西", "鹤岗", "绥化", "阿城", "北安"]
SICHUAN = ["四川", "成都", "重庆", "自贡", "攀枝花", "泸州", "万县", "涪陵", "都江堰", "峨眉山", "西昌"]
LIST = ["479个城市合计", "14个沿海开放城市合计", "北京", "天津", *HEBEI, *JILIN, *HEILONGJIANG, *SICHUAN]


@pytest.fixture(scope="module")
def book():
    return city_book()


def table(labels: list[str], year: int = 1991, **more) -> pd.DataFrame:
    rows = {"year": year, "label": labels, "file": "7.xlsx", "sheet": "1", "row": range(1, len(labels) + 1)}
    return pd.DataFrame(rows | more)


def read(book, labels: list[str], year: int = 1991, **more) -> pd.DataFrame:
    return book.resolve(table(labels, year, **more)).assign(label=labels)


def swapped(old: str, new: str, labels: list[str] = LIST) -> list[str]:
    assert labels.count(old) == 1
    return [new if label == old else label for label in labels]


def test_a_list_of_both_levels_is_read_by_year(book):
    found = read(book, LIST)
    assert found["kind"].value_counts().to_dict() == {
        "city": 24,
        "county_city": 20,
        "province": 4,
        "total": 2,
    }
    assert found["problem"].eq("").all()
    by_label = found.set_index("label")
    assert by_label.loc["重庆", ["city", "kind"]].tolist() == [500000, "city"]
    assert by_label.loc["辛集", ["city", "kind"]].tolist() == [132301, "county_city"]
    assert by_label.loc["廊坊", ["city", "kind"]].tolist() == [131000, "city"]
    assert by_label.loc["浑江", ["city", "city_name"]].tolist() == [220600, "白山市"]


def test_the_same_list_ten_years_earlier_has_other_levels(book):
    found = read(book, LIST, 1984).set_index("label")
    assert found.loc["廊坊", ["city", "kind"]].tolist() == [132801, "county_city"]
    assert found.loc["通化", ["city", "kind"]].tolist() == [222201, "county_city"]
    assert found.loc["榆树", "problem"] == "榆树市 was not a county-level city in 1984"


def test_jilin_is_the_province_and_then_the_city(book):
    found = read(book, LIST)
    assert found.loc[found["label"] == "吉林", ["kind", "how"]].to_numpy().tolist() == [
        ["province", "position"],
        ["city", "position"],
    ]
    without = read(book, [label for label in LIST if label != "长春"])
    assert without.loc[without["label"] == "吉林", "kind"].tolist() == ["province", "city"]
    alone = read(book, ["辽宁", "新民", "海城", "凤城", "吉林", "九台", "榆树", "德惠"], 2003)
    assert alone["kind"].tolist() == ["province", *["county_city"] * 3, "province", *["county_city"] * 3]


def test_a_misread_name_is_the_missing_city_of_its_province(book):
    found = read(book, swapped("图们", "图日")).set_index("label").loc["图日"]
    assert (found["city"], found["how"]) == (222402, "misread")
    assert found["problem"] == "read as 图们市: one character differs and the place in the table fits"
    county = read(book, swapped("南宫", "南官")).set_index("label").loc["南官"]
    assert (county["city"], county["kind"]) == (132201, "county_city")


def test_a_name_of_another_province_is_the_missing_city_of_this_one(book):
    """The edition of 1991 prints 榆林, which lies in 陕西, for 榆树 throughout."""
    found = read(book, swapped("榆树", "榆林")).set_index("label").loc["榆林"]
    assert (found["city"], found["how"]) == (220182, "position")
    assert "printed as 榆林市, which stands elsewhere" in found["problem"]
    kept = read(book, swapped("泊头", "玉门")).set_index("label").loc["玉门"]
    assert (kept["city_name"], kept["problem"]) == ("玉门市", "out of the book's order")


def test_a_name_of_another_time_is_the_missing_city(book):
    """冀州 became a city in 1993."""
    labels = swapped("定州", "冀州", [label for label in LIST if label not in ("涿州", "泊头")])
    found = read(book, labels).set_index("label").loc["冀州"]
    assert found["city_name"] in ("定州市", "沧州市", "涿州市", "冀州市")
    one = read(book, swapped("鹤岗", "黄冈")).set_index("label").loc["黄冈"]
    assert "was not a prefecture-level city in 1991" in one["problem"]


def test_what_one_label_turns_out_to_be_is_not_missing_for_the_next(book):
    """Of 毫州 and 宜州 in 安徽 the first is 亳州 by its alias, so the second is 宣州 only."""
    labels = [
        "江西",
        "南昌",
        "九江",
        "安徽",
        "合肥",
        "芜湖",
        "屯溪",
        "阜阳",
        "六安",
        "滁州",
        "巢湖",
        "毫州",
        "宜州",
        "福建",
        "福州",
        "厦门",
        "永安",
    ]
    labels = [*labels[3:], *labels[:3]]
    found = read(book, labels, 1990).set_index("label")
    assert found.loc["毫州", "city_name"] == "亳州市"
    assert found.loc["宜州", ["city_name", "how"]].tolist() == ["宣州市", "alias"]


def test_a_list_by_rank_is_read_by_what_it_lacks(book):
    names = [row.name_zh.removesuffix("市") for row in book.tables.alive_counties(1991)]
    ranked = sorted(names, key=lambda name: hash_of(name))
    labels = swapped("汨罗", "汩罗", swapped("开远", "开辽", ranked))
    found = read(book, labels).set_index("label")
    assert found.loc["汩罗", "city_name"] == "汨罗市"
    assert found.loc["开辽", ["city_name", "how"]].tolist() == ["开远市", "misread"]
    assert "the list lacks no other such city" in found.loc["开辽", "problem"]
    half = read(book, [*[label for label in labels if label != "开辽"][:140], "开辽"]).set_index("label")
    assert half.loc["开辽", "kind"] == "unknown"


def hash_of(text: str) -> int:
    """An order that follows neither codes nor provinces."""
    return sum(ord(each) * 7919 for each in text) % 10007


def test_few_county_level_names_do_not_make_a_list_of_them(book):
    """In the editions after 1996, a name of that level among prefecture-level cities is a misprint."""
    cities = [
        row.name_zh for row in book.tables.alive(2006) if row.province == 420000 or row.province == 340000
    ]
    labels = swapped(
        "宣城市", "宜城市", sorted(cities, key=[row.name_zh for row in book.tables.alive(2006)].index)
    )
    found = read(book, labels, 2006).set_index("label").loc["宜城市"]
    assert (found["city"], found["how"]) == (341800, "alias")


def test_the_caller_may_say_what_a_table_lists(book):
    labels = ["广东", "增城", "从化"]
    assert read(book, labels, 2010)["kind"].tolist() == ["province", "unknown", "unknown"]
    told = book.resolve(table(labels, 2010), kinds={"county_city"})
    assert told["city"].tolist()[1:] == [440183, 440184]


def test_files_are_told_apart(book):
    """Chapters of one edition list different levels."""
    counties = table(["湖北", "宜城", "钟祥", "枣阳", "老河口"], 2006, file="4-1.xlsx")
    cities = table(["安徽", "宣城", "亳州", "池州", "合肥"], 2006, file="3-1.xlsx")
    found = book.resolve(pd.concat([counties, cities], ignore_index=True))
    assert found["kind"].tolist() == ["province", *["county_city"] * 4, "province", *["city"] * 4]
