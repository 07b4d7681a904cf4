"""Headers that no spelling fits: which take the item whose words they have, and which must not."""

import pandas as pd
import pytest

from nianjian.declarations.loading import read_items
from nianjian.declarations.models.items import Item
from nianjian.panel.columns import map_columns, printed_units
from nianjian.panel.dictionary import Dictionary, Spelling
from nianjian.panel.resemblance import Resemblance
from small_books import CONFIG, HEADERS, UNITS

FLOW = {"unit": "10^4 yuan", "kind": "flow", "scopes": ["city", "districts"], "default_scope": "city"}


def item(zh, *headers, **more):
    return Item.model_validate({**FLOW, "zh": zh, "en": zh, "headers": list(headers), **more})


ITEMS = {
    "wages": item("职工工资总额", "职工工资总额"),
    "wages_soe": item("全民所有制职工工资总额", {"text": "全民所有制职工", "table": "工资总额"}),
    "wages_coll": item("城镇集体所有制职工工资总额", {"text": "集体职工", "table": "工资总额"}),
    "output": item("农业总产值", "农业总产值"),
    "output_p1980": item("农业总产值(1980年不变价格)", {"text": "农业产值合计", "table": "1980年不变价"}),
    "forestry": item("林业总产值", {"text": "林业", "table": "农业总产值"}),
    "per_head": item("人均职工工资总额", "人均职工工资", unit="yuan/person", kind="rate"),
    "exports": item("外贸出口总额", "外贸系统出口总额"),
    "pupils": item("小学在校学生数", "小学在校学生", unit="person", kind="stock"),
    "teachers": item("小学专任教师数", "小学专任教师", unit="person", kind="stock"),
    "fires": item("火灾死亡人数", "火灾死亡", unit="person", kind="flow"),
    "deaths": item("死亡人口", "死亡人数", unit="person", kind="flow"),
    "schools": item("小学数", "小学", unit="count", kind="count"),
}
DICTIONARY = Dictionary.from_items(ITEMS, HEADERS, UNITS)


def mapped(*headers, title, note="", items=ITEMS, edition=1987):
    frame = pd.DataFrame(
        [
            {"source": "s", "edition": edition, "file": "f", "sheet": "1", "block": 0, "col": col, "table": "1",
             "title": title, "header": header, "note": note}
            for col, header in enumerate(headers)
        ]
    )  # fmt: skip
    return map_columns(frame, Dictionary.from_items(items, HEADERS, UNITS), items)


@pytest.mark.parametrize(
    ("title", "header", "item"),
    [
        # The parent stands in the title, or the order is another.
        ("职工工资总额 1．全部职工", "全民所有制单位", "wages_soe"),
        ("工资总额", "职工 › 城镇集体所有制单位", "wages_coll"),
        ("农业总产值(按1980年不变价格计算)", "农业总产值", "output_p1980"),
        ("教育", "学生数 › 小学", "pupils"),
        ("小学专任教师数及在校学生数", "专任教师(人)", None),
    ],
)
def test_words_of_header_and_title_together_are_those_of_one_item(title, header, item):
    found = mapped(header, title=title).iloc[0]
    if item is None:
        assert found["how"] != "spelling"
        return
    assert (found["item"], found["how"]) == (item, "resemblance")
    assert ITEMS[item].zh in found["problem"]


@pytest.mark.parametrize(
    ("title", "header"),
    [
        ("职工工资总额", "其他各种所有制单位"),  # another ownership than any item's
        ("职工工资总额", "全民所有制单位 › 每万人"),  # per head
        ("职工工资总额", "全民所有制单位(吨)"),  # another unit
        ("职工工资总额", "全民所有制工业企业"),  # more words
        ("工资总额(各年累计数)", "全民所有制职工 › 合计"),  # summed over years
        ("外贸", "外贸进口总额(万元)"),
        ("外贸", "外贸进出口总额(万元)"),
        ("主要指标", "合计"),
        ("农业总产值(按1990年不变价格计算)", "农业产值 › 合计"),
    ],
)
def test_words_that_exclude_each_other_stay_apart(title, header):
    found = mapped(header, title=title).iloc[0]
    assert (found["item"], found["how"]) == (None, "unmapped")


@pytest.mark.parametrize(
    ("title", "header", "item"),
    [
        ("农业总产值(按当年价格计算)", "农业总产值", "output"),
        ("农业总产值(按1990年不变价格计算)", "农业总产值", None),
        ("全民所有制单位职工工资", "职工工资总额", "wages_soe"),
        ("全民所有制、集体所有制单位职工工资", "职工工资总额", "wages"),
        ("人口", "死亡人数", "deaths"),
        ("火灾情况", "死亡人数", "fires"),
        ("学校数", "小学", "schools"),
        ("专任教师数", "小学", "teachers"),
    ],
)
def test_a_spelling_does_not_hold_where_header_or_title_say_otherwise(title, header, item):
    assert mapped(header, title=title).iloc[0]["item"] == item


def test_an_item_that_the_page_prints_elsewhere_is_not_taken_twice():
    title = "职工工资总额"
    columns = mapped("全民所有制职工", "全民所有制单位", title=title)
    assert columns["item"].tolist() == ["wages_soe", None]
    columns = mapped("全民所有制单位", "全民所有制", title=title)
    assert columns["item"].tolist() == [None, None]
    columns = mapped("全民所有制单位 › 地区", "全民所有制单位 › 市区", title=title)
    assert columns["scope"].tolist() == ["city", "districts"]
    assert columns["item"].tolist() == ["wages_soe", "wages_soe"]


def test_two_items_of_the_same_words_are_none():
    twins = {"a": item("甲乙产值", "丙"), "b": item("甲乙产值", "丁")}
    assert mapped("甲乙", title="产值", items={"a": twins["a"]})["item"].tolist() == ["a"]
    assert mapped("甲乙", title="产值", items=twins)["item"].tolist() == [None]


def test_years_of_a_spelling_and_the_column_it_stands_after_bind():
    bound = {
        "a": item("个体机构", {"text": "机构个体", "years": [1990, 1991], "after": "机构"}, unit="count")
    }
    resemblance = Resemblance(Dictionary.from_items(bound, HEADERS, UNITS), bound)
    found = resemblance.find("个体 › 机构数", "", "", 1990, ["机构总数"])
    assert found is not None and found.item == "a"
    assert resemblance.find("个体 › 机构数", "", "", 1990, ["人员"]) is None
    assert resemblance.find("个体 › 机构数", "", "", 1992, ["机构总数"]) is None


REAL = read_items(CONFIG)


@pytest.mark.parametrize(
    ("item", "hidden", "below", "title", "header", "note"),
    [
        ("staff_wages_soe", "全民所有制单位", "", "全部职工工资总额", "全民所有制单位 › 地区", "单位：万元"),
        (
            "ind_br_textiles_p1980",
            "纺织业",
            "部门",
            "工业总产值 4．按部门分(按1980年不变价格计算)",
            "纺织业",
            "单位：万元",
        ),
        ("n_ind_township_soe", "国有经济", "", "8.乡及乡以上工业企业单位数", "国有经济 › 市区", ""),
    ],
)
def test_headers_of_the_books_whose_spelling_is_hidden(item, hidden, below, title, header, note):
    key = HEADERS.spelling_key(hidden)
    full = Dictionary.from_items(REAL, HEADERS, UNITS)
    assert full.find(header, title, 1990)[0].item == item
    left = [s for s in full.spellings() if not (s.item == item and s.key == key and below in s.table)]
    reduced = Dictionary(left, HEADERS, UNITS, {name: declared.unit for name, declared in REAL.items()})
    assert (reduced.find(header, title, 1990)[0] or Spelling("", "")).item != item
    found = Resemblance(reduced, REAL).find(header, title, note, 1990)
    assert found is not None
    assert found.item == item


def test_a_total_of_what_a_title_says():
    left = {"elec": item("全社会用电量", "全年用电量", unit="10^4 kWh")}
    assert mapped("合 计(万千瓦时)", title="用电量", items=left)["item"].tolist() == ["elec"]
    assert mapped("合 计", title="用电量和用水量", items=left)["item"].tolist() == [None]


def test_a_contradiction_is_named():
    resemblance = Resemblance(DICTIONARY, ITEMS)
    spelling = Spelling("农业总产值", "output")
    assert resemblance.contradicts(spelling, "农业总产值", "农业", "(按1980年不变价格计算)") == "不变价"
    assert resemblance.contradicts(spelling, "农业总产值", "农业", "(按当年价格计算)") is None


@pytest.mark.parametrize(
    ("unit", "note", "kept"),
    [("10^4 yuan", "", False), ("10^4 yuan", "单位：亿元", True), ("count", "", True)],
)
def test_what_only_resembles_an_item_needs_a_printed_unit_where_units_are_large(unit, note, kept):
    items = {"a": item("甲乙产值", "丙", unit=unit)}
    columns = printed_units(mapped("甲乙", title="产值", note=note, items=items), items, UNITS)
    found = columns.iloc[0]
    assert (found["item"] == "a") is kept
    assert ("no page prints its unit" in found["problem"]) is not kept
    assert pd.isna(found["factor"]) is not kept
