"""Why a city is out is said in every language, alike cities in one row."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian.kinds.labels import read_labels
from nianjian.publish.city_reasons import left_out, reason_text

LABELS = read_labels({"gdp": {"en": "Output", "zh": "产出"}}, "demo")


@pytest.mark.parametrize(
    ("reason", "en", "zh"),
    [
        ("3 gaps are left, first gdp 2012", "gaps are left, first in: Output", "仍有缺失，首先是：产出"),
        ("1 gaps are left, first pop 2012", "gaps are left, first in: pop", "仍有缺失，首先是：pop"),
        ("gdp is missing in 70% of the years", "missing in too many years: Output", "缺失年份过多：产出"),
        ("coverage 0.499 is below 0.6", "less than 0.6 of the values are printed", "刊载的数值不足0.6"),
        ("a city only since 2011", "not a city in all of the years", "不是各年均为地级市"),
        (
            "its numbers are in those of 济南市, into which it was merged",
            "its numbers are in those of 济南市, into which it was merged",
            "其数值已计入济南市（并入该市）",
        ),
        ("boundary change in 2011: split", "boundary change in 2011: split", "2011年行政区划调整：split"),
        ("left out: too small", "left out: too small", "按研究设定剔除：too small"),
        ("for no known reason", "for no known reason", "for no known reason"),
    ],
)
def test_a_reason_is_said_in_both_languages(reason, en, zh):
    text = reason_text(reason, LABELS)
    assert (text["en"], text["zh"]) == (en, zh)


def test_cities_of_one_reason_stand_together():
    cities = pd.DataFrame(
        [
            ("北京市", True, ""),
            ("毕节市", False, "a city only since 2011"),
            ("太原市", False, "1 gaps are left, first gdp 2001"),
            ("巢湖市", False, "a city only until 2010"),
            ("大同市", False, "4 gaps are left, first gdp 2009"),
            ("拉萨市", False, "coverage 0.3 is below 0.6"),
        ],
        columns=["city_name", "kept", "reason"],
    )
    assert left_out(cities, LABELS, "en") == [
        ("gaps are left, first in: Output", 2, "太原市, 大同市"),
        ("not a city in all of the years", 2, "毕节市 (since 2011), 巢湖市 (until 2010)"),
        ("less than 0.6 of the values are printed", 1, "拉萨市"),
    ]
    chinese = {why: names for why, _, names in left_out(cities, LABELS, "zh")}
    assert chinese["不是各年均为地级市"] == "毕节市（2011年起）、巢湖市（至2010年）"
