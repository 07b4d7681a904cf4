"""The page of a sample says how large it is, which cities are in and out, what was filled and what is in doubt, in every language."""

import html
import re

import pandas as pd

import report_sample
from nianjian import storage
from nianjian.publish import sample_page
from nianjian.publish.origin import BANNER

SAMPLE = pd.DataFrame(
    {"city": [110100, 110100, 120100, 120100], "year": [2001, 2002] * 2, "pilot": [0.0, 1.0, 0.0, 0.0]}
)
CITIES = pd.DataFrame(
    {
        "city": [110100, 120100, 130100, 140100, 150100],
        "city_name": ["北京市", "天津市", "石家庄市", "太原市", "呼和浩特市"],
        "kept": [True, True, False, False, False],
        "reason": [
            "", "", "2 gaps are left, first gdp 2002", "1 gaps are left, first gdp 2001", "left out: too far / 太远",
        ],
        "province": [110000, 120000, 130000, 140000, 150000],
        "coverage": [0.75, 1.0, 0.5, 0.5, 0.5],
    }
)  # fmt: skip
GAPS = pd.DataFrame(
    [
        {
            "variable": "gdp", "cells": 4, "missing_before": 2, "filled_inside": 1, "chained": 0, "extrapolated": 0,
            "missing_after": 1, "share_filled": 0.25,
        }
    ]
)  # fmt: skip
AS_PRINTED = pd.DataFrame({name: [] for name in ("city", "year", "column", "what", "detail")})
HARMONISED = pd.DataFrame(
    [
        *(
            (110100, year, name, "summed", "with 莱芜市")
            for year in (2001, 2002, 2004)
            for name in ("gdp", "pop")
        ),
        (110100, 2001, "gdp_pc", "recomputed", "with 莱芜市"),
        (120100, 2002, "", "break", "gain: 庐江县"),
    ],
    columns=["city", "year", "column", "what", "detail"],
)
ABOUT = {
    "title": {"en": "Study", "zh": "研究"},
    "labels": {"gdp": {"en": "Output", "zh": "产出", "unit": "yuan"}},
    "treatment": "pilot",
    "published": {"cities": 285, "observations": None, "treated": 147},
    "breaks": [[{"en": "Investment", "zh": "投资"}, 2012, {"en": "wider", "zh": "扩大"}]],
    "items": {"gdp": [["output", "city"]]},
    "suspects": ["jump"],
    "names": {"items": [["output", "产值", "Output value", "10^4 yuan", -1]], "topics": []},
}
REGIONS = {
    "regions": [
        [110000, "北京市", "Beijing"], [110100, "北京市", "Beijing"], [120100, "天津市", "Tianjin"], [130000, "河北省", "Hebei"],
        [130100, "石家庄市", "Shijiazhuang"], [140100, "太原市", "Taiyuan"], [150100, "呼和浩特市", "Hohhot"],
    ],
    "seats": [[110100, 116.4, 39.9], [120100, 117.19, 39.08], [130100, 114.51, 38.04]],
}  # fmt: skip
PLACE = {"edition": 2003, "file": "book/a.xls", "sheet": "1", "cell": "C6"}
OUTPUT = {"item": "output", "city": 110100, "year": 2002, "scope": "city"} | PLACE
SUSPECTS = pd.DataFrame(
    [
        OUTPUT | {"rule": "bounds", "value": 1234.5, "raw": "1234.5", "detail": "outside 1 to 100"},
        OUTPUT | {"rule": "jump", "value": 1234.5, "raw": "1234.5", "detail": "20 times as much; the years before lead to expect 60"},
        # None of these is in the sample: another year, another item, another scope.
        OUTPUT | {"year": 2003, "rule": "jump", "value": 7.0, "raw": "7", "detail": ""},
        OUTPUT | {"item": "wage", "rule": "jump", "value": 7.0, "raw": "7", "detail": ""},
        OUTPUT | {"scope": "districts", "rule": "jump", "value": 7.0, "raw": "7", "detail": ""},
    ]
)  # fmt: skip
CONTESTED = pd.DataFrame(
    [OUTPUT | {"value": 5.0, "raw": "50", "other": 50.0, "relation": "contests", "source": "panel"}]
)
CORRECTED = pd.DataFrame(
    [
        OUTPUT | {
            "raw": "12:", "before": float("nan"), "after": 12.0, "action": "misprint", "reason": "mark behind the number",
            "reference": r"(\d+): → \1, borne out by the years around",
        }
    ]
)  # fmt: skip


def tables(boundaries: pd.DataFrame = AS_PRINTED, **more: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"sample": SAMPLE, "cities": CITIES, "gaps": GAPS, "boundaries": boundaries, **more}


def written(
    language: str, about: dict[str, object] = ABOUT, origin: str = "simulated", **more: pd.DataFrame
) -> str:
    told = sample_page.About.read(about, REGIONS)
    return sample_page.page(tables(**more), told, origin=origin, language=language)


def rows(page: str, part: str) -> list[list[str]]:
    """Cells of the body of a part's first table."""
    body = page.split(f'id="{part}"')[1].split("</tbody>")[0].split("<tbody")[1]
    found = [re.findall(r"<t[dh][^>]*>([^<]*)", row) for row in body.split("<tr")[1:]]
    return [[html.unescape(each).strip() for each in row] for row in found]


def test_size_and_filled_values_stand_in_each_language():
    english, chinese = written("en"), written("zh")
    assert BANNER in english and BANNER in chinese
    assert rows(english, "size") == [
        ["cities", "2", "285"], ["city-years", "4", ""], ["treated cities", "1", "147"], ["years", "2001–2002", ""],
    ]  # fmt: skip
    assert rows(english, "gaps") == [["Output", "4", "2", "1", "0", "0", "1", "25.0 %"]]
    assert rows(chinese, "gaps")[0][0] == "产出"
    assert rows(english, "meaning") == [["Investment", "2012", "wider"]]
    assert rows(chinese, "meaning") == [["投资", "2012", "扩大"]]


def test_cities_in_and_out_are_named_in_the_language_with_reasons():
    english, chinese = written("en"), written("zh")
    assert rows(english, "kept") == [
        ["Beijing", "110100", "Beijing", "2001–2002", "2002", "75.0 %"],
        ["Tianjin", "120100", "120000", "2001–2002", "", "100.0 %"],
    ]
    assert rows(english, "treated") == [["2002", "1", "1", "Beijing"]]
    assert rows(english, "out") == [
        ["gaps are left, first in: Output", "2", "Shijiazhuang, Taiyuan"],
        ["left out: too far", "1", "Hohhot"],
    ]
    assert rows(chinese, "out") == [
        ["仍有缺失，首先是：产出", "2", "石家庄市、太原市"],
        ["按研究设定剔除：太远", "1", "呼和浩特市"],
    ]
    each = english.split("Each city that is left out")[1]
    assert (
        "2 gaps are left, first: Output in 2002" in each and "1 gaps are left, first: Output in 2001" in each
    )
    assert "仍缺2个数值，首先是2002年的产出" in chinese.split("未纳入的各城市")[1]


def test_the_map_has_a_point_for_each_seat_and_says_what_it_is():
    points = re.findall(
        r'<circle class="(\w+)" cx="([\d.]+)" cy="([\d.]+)" r="3.6" data-says="([^"]*)"/>', written("en")
    )
    assert points == [
        ("out", "411.8", "176.0", "Shijiazhuang · 2 gaps are left, first: Output in 2002"),
        ("in", "438.4", "164.5", "Tianjin · in the sample"),
        ("treated", "430.5", "155.5", "Beijing · treated from 2002 on"),
    ]


def test_doubts_that_touch_the_sample_stand_with_their_evidence():
    more = {"suspects": SUSPECTS, "contested": CONTESTED, "corrected": CORRECTED}
    english, chinese = written("en", **more), written("zh", **more)
    item, place = "Output value (output, 10,000 yuan)", ["2003", "book/a.xls", "1", "C6"]
    assert rows(english, "doubts") == [
        ["jump", item, "Beijing 110100", "2002", "whole city", "1,234.5", "1234.5",
         "20 times as much; the years before lead to expect 60", *place, "counts as missing"],
        ["out of bounds", item, "Beijing 110100", "2002", "whole city", "1,234.5", "1234.5", "outside 1 to 100", *place,
         "as it stands"],
    ]  # fmt: skip
    assert rows(chinese, "doubts")[0] == [
        "跳变", "产值 (output, 万元)", "北京市 110100", "2002", "全市", "1,234.5", "1234.5",
        "为预期的20倍；此前年份推算应为60", *place, "视为缺失",
    ]  # fmt: skip
    assert rows(english, "contested") == [
        [item, "Beijing 110100", "2002", "whole city", "5", "50", "contests", "panel", *place]
    ]
    assert rows(english, "corrections")[0][4:10] == [
        "12:", "", "12", "misprint read by a pattern", "mark behind the number",
        r"(\d+): → \1, borne out by the years around",
    ]  # fmt: skip
    assert rows(chinese, "corrections")[0][7:10] == [
        "按规律读取的误印",
        "数字后有多余符号",
        r"(\d+): → \1，与前后年份相符",
    ]
    assert (
        '<option value="jump">jump</option>' in english
        and '<tr data-item="output" data-rule="jump">' in english
    )


def test_the_contents_lead_to_all_parts():
    page = written("en", suspects=SUSPECTS, contested=CONTESTED, corrected=CORRECTED)
    targets = re.findall(r'<li><a href="#([^"]+)">', page)
    assert targets == [
        "size",
        "kept",
        "treated",
        "gaps",
        "meaning",
        "out",
        "doubts",
        "contested",
        "corrections",
    ]
    assert all(f'id="{target}"' in page for target in targets)


def test_treated_cities_are_counted_where_there_is_a_treatment():
    page = written("en", origin="real: CCSY")
    assert BANNER not in page and "Data: CCSY." in page
    page = written("en", ABOUT | {"treatment": None})
    assert "treated" not in page.split("<style>")[0] + page.split("</style>")[1].split("<script>")[0]


def test_units_of_an_own_file_are_called_as_the_file_calls_them():
    """Their numbers may be codes of cities: the name tells."""
    own = CITIES.assign(city_name=["甲", "乙", "丙", "丁", "戊"])
    told = sample_page.About.read(ABOUT, REGIONS)
    page = sample_page.page(tables() | {"cities": own}, told, origin="real: a.dta", language="en")
    assert [row[0] for row in rows(page, "kept")] == ["甲", "乙"] and "<circle" not in page


def test_what_was_put_together_is_told_by_city_years_and_columns():
    page = written("en", boundaries=HARMONISED)
    assert rows(page, "boundaries") == [
        ["Beijing", "2001", "recomputed from its parts", "gdp_pc", "with 莱芜市"],
        ["Beijing", "2001–2002, 2004", "summed", "gdp, pop", "with 莱芜市"],
        ["Tianjin", "2002", "break, another territory from this year on", "", "gain: 庐江县"],
    ]
    assert "Boundaries" not in written("en")


def test_script_writes_a_page_a_language(tmp_path):
    files = {name: str(tmp_path / f"{name}.parquet") for name in ("sample", "cities", "gaps", "boundaries")}
    for (name, path), frame, key in zip(
        files.items(),
        (SAMPLE, CITIES, GAPS, HARMONISED),
        (["city", "year"], ["city"], ["variable"], ["city", "year", "column"]),
        strict=True,
    ):
        schema = {
            column: {"f": "float64", "i": "int32", "b": "bool"}.get(kind.kind, "string")
            for column, kind in frame.dtypes.items()
        }
        storage.write_table(frame, path, schema, key)
        assert name in path
    pages = [tmp_path / f"sample.{language}.html" for language in ("en", "zh")]
    report_sample.report(
        {name: [path] for name, path in files.items()},
        ABOUT,
        REGIONS,
        "simulated",
        [str(page) for page in pages],
    )
    assert ["产出" in page.read_text(encoding="utf8") for page in pages] == [False, True]
    assert '<a href="sample.zh.html" lang="zh-Hans"' in pages[0].read_text(encoding="utf8")
