"""Remarks of the panel stage are said in the language of a page; English stays as the stage wrote it."""

from __future__ import annotations

import re

import pytest

from nianjian.publish import panel_words
from nianjian.publish.panel_names import Names, measured
from nianjian.publish.panel_words import FORMS, said
from nianjian.text import catalogue


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("holds no numbers", "没有数字"),
        ("no table of cities: 5 of its 21 rows name a place (甲、乙)", "不是城市表：21行中仅5行是地名（甲、乙）"),
        ("hidden rows are read too: 5–7; the sheet is hidden", "隐藏的行也已读取：5–7；工作表被隐藏"),
        ("1.82 times as much; the years before and after lead to expect 275, so does the other scope",
         "为预期的1.82倍；前后年份推算应为275，另一统计范围亦同"),
        ("the province's row leaves 12.5: two digits swapped", "由省合计推算应为12.5：相邻两位数字颠倒"),
        ("outside 0.01 to 4500", "超出0.01至4500"),
        ("mark behind the number", "数字后有多余符号"),
        ("通辽市 was not a prefecture-level city in 1996", "通辽市在1996年不是地级市"),
        ("a reason of my own", "a reason of my own"),
        ("a reason of my own; holds no numbers", "a reason of my own；没有数字"),
    ],
)  # fmt: skip
def test_a_remark_is_said_in_both_languages(english, chinese):
    assert said(english)["zh"] == chinese
    assert said(english)["en"].replace("; ", ";") == english.replace("; ", ";")


def test_every_form_has_a_message_with_its_values():
    for pattern, key in FORMS:
        named = set(re.compile(pattern).groupindex)
        for words in catalogue()[f"panel_words.{key}"].plain().values():
            assert set(re.findall(r"\{(\w+)\}", words)) <= named, key


def test_values_and_heads_are_called_in_the_language():
    assert panel_words.value("rule", "digit slip")["zh"] == "小数点错位"
    assert panel_words.value("decision", "level differs, unexplained")["zh"] == "水平不同，原因不明"
    assert panel_words.value("status", "odd")["zh"] == "odd"
    assert panel_words.heading("first_cell")["zh"] == "首个单元格"
    assert (
        panel_words.rule_place("digit slip")
        < panel_words.rule_place("bounds")
        < panel_words.rule_place("odd")
    )


def test_units_are_written_as_readers_write_them():
    written = {
        unit: (measured(unit, "en"), measured(unit, "zh"))
        for unit in ("10^4 yuan", "person/km^2", "m^3/(10^4 yuan)", "xyz")
    }
    assert written == {
        "10^4 yuan": ("10,000 yuan", "万元"),
        "person/km^2": ("person/km²", "人/平方公里"),
        "m^3/(10^4 yuan)": ("m³/(10,000 yuan)", "立方米/(万元)"),
        "xyz": ("xyz", "xyz"),
    }


def test_what_has_no_name_is_called_by_its_code():
    names = Names.read(
        {
            "items": [],
            "topics": [],
            "regions": [[360900, "宜春市", "Yichun (Jiangxi)"], [429004, "仙桃市", ""]],
            "seats": [],
        }
    )
    assert [names.region(code, "en") for code in (360900, 429004, 1, None)] == [
        "Yichun (Jiangxi)",
        "仙桃市",
        "1",
        "",
    ]
    assert names.called("宜春市", "en") == "Yichun (Jiangxi)" and names.called("某市", "en") == "某市"
    assert names.item("gdp", "zh") == "gdp" and names.unit("gdp", "zh") == "" and names.topic("gdp") == -1
