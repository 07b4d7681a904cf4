"""The page of a sample says how large it is, what was filled and which cities are out, in every language."""

import pandas as pd
import pytest

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
            "", "", "2 gaps are left, first gdp 2002", "1 gaps are left, first gdp 2001", "dropped by the study",
        ],
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
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Sample",
                "Cities left out",
                "Series that change their meaning",
                '<td class="left">Investment</td><td>2012</td><td class="left wide">wider</td>',
                "Output",
                "石家庄市, 太原市",
                "25.0 %",
                "2001–2002",
                "<td>285</td>",
            ),
        ),
        ("zh", ("样本", "未纳入的城市", "产出", "石家庄市、太原市", "填补比例")),
    ],
)
def test_page_in_each_language(language, words):
    page = sample_page.page(
        SAMPLE, CITIES, GAPS, AS_PRINTED, sample_page.About.read(ABOUT), origin="simulated", language=language
    )
    for word in (*words, BANNER):
        assert word in page
    # One reason for cities whose first gaps differ only in number and year.
    assert page.count("gaps are left, first in gdp") == 1


def test_treated_cities_are_counted_where_there_is_a_treatment():
    page = sample_page.page(
        SAMPLE, CITIES, GAPS, AS_PRINTED, sample_page.About.read(ABOUT), origin="real: CCSY", language="en"
    )
    assert '<td class="left">treated cities</td><td>1</td><td>147</td>' in page
    assert BANNER not in page and "Data: CCSY." in page
    without = ABOUT | {"treatment": None}
    page = sample_page.page(
        SAMPLE, CITIES, GAPS, AS_PRINTED, sample_page.About.read(without), origin="simulated", language="en"
    )
    assert "treated cities" not in page


def test_what_was_put_together_is_told_by_city_years_and_columns():
    told = sample_page.About.read(ABOUT)
    page = sample_page.page(SAMPLE, CITIES, GAPS, HARMONISED, told, origin="simulated", language="en")
    rows = [row for row in page.splitlines() if "莱芜" in row or "庐江" in row]
    cells = [row.replace(' class="left wide"', "").replace(' class="left"', "") for row in rows]
    assert cells == [
        "<tr><td>北京市</td><td>2001</td><td>recomputed from its parts</td><td>gdp_pc</td><td>with 莱芜市</td></tr>",
        "<tr><td>北京市</td><td>2001–2002, 2004</td><td>summed</td><td>gdp, pop</td><td>with 莱芜市</td></tr>",
        "<tr><td>天津市</td><td>2002</td><td>break, another territory from this year on</td><td></td><td>gain: 庐江县</td></tr>",
    ]
    plain = sample_page.page(SAMPLE, CITIES, GAPS, AS_PRINTED, told, origin="simulated", language="en")
    assert "Boundaries" in page and "Boundaries" not in plain


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
    report_sample.report(files, ABOUT, "simulated", [str(page) for page in pages])
    assert ["产出" in page.read_text(encoding="utf8") for page in pages] == [False, True]
