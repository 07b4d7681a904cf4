"""The page of a paper shows each section of each variant in both languages, from its results alone."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import report_paper
from nianjian import estimates, storage
from nianjian.estimates import Rows
from nianjian.publish.comparison import CLASSES
from nianjian.publish.headlines import HEADLINE_KEY, HEADLINE_NUMBERS, HEADLINES, NUMBER_KEY
from nianjian.publish.origin import BANNER
from nianjian.publish.scorecard import SCORECARD, SCORECARD_KEY

LABELS = {"x": {"en": "Output", "zh": "产出"}, "z": {"en": "Trade", "zh": "贸易"}}
PUBLISHED = """study,table,panel,column,row,statistic,value,stars,note,spec,term,field,missing
S9,2,,(1),did,coef,0.30,***,,base,did,,
S9,2,,(1),did,se,0.09,,,base,did,std_error,
"""
MADE = {"study": "demo-mine", "paper": "S9", "data": "real: CCSY"}


def scorecard() -> pd.DataFrame:
    rows = [
        ("1", "x", "mean", "moment", "2.0", 2.9, "differs", ""),
        ("1", "x", "sd", "moment", "1.0", 1.01, "within 1 %", ""),
        ("2", "did", "coef", "coefficient", "0.30", 0.25, "compatible", ""),
        ("2", "iv", "coef", "coefficient", "0.50", None, "not available", "our table has no such column"),
    ]
    columns = ["table", "row", "statistic", "family", "published", "ours", "class", "reason"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        kind="number", panel="", column="", order=range(4), **MADE
    )
    frame["reason_zh"] = frame["reason"].replace("our table has no such column", "本研究的表没有对应的列")
    return storage.typed(frame.reindex(columns=list(SCORECARD)), SCORECARD)


def headlines() -> tuple[pd.DataFrame, pd.DataFrame]:
    claims = pd.DataFrame(
        [("effect", "It works.", "有效。", "positive('base', 'did')", "holds", "", ""),
         ("iv", "So does the IV.", "工具变量亦然。", "positive('iv', 'did')", "cannot be told", "no 'iv' here", "没有“iv”")],
        columns=["headline", "claim", "claim_zh", "condition", "verdict", "reason", "reason_zh"],
    ).assign(numbers="", order=range(2), **MADE)  # fmt: skip
    numbers = pd.DataFrame([("effect", "base: did", 0.25, 0.01, "2", "did", "base", 0)],
        columns=["headline", "label", "value", "p_value", "our_table", "our_row", "our_column", "source"],
    ).assign(**{name: MADE[name] for name in ("study", "paper")})  # fmt: skip
    return (
        storage.typed(claims.reindex(columns=list(HEADLINES)), HEADLINES),
        storage.typed(numbers.reindex(columns=list(HEADLINE_NUMBERS)), HEADLINE_NUMBERS),
    )


def specifications(folder: Path) -> dict[str, str]:
    base, wide, event = Rows("demo-mine", "base"), Rows("demo-mine", "wide"), Rows("demo-mine", "event")
    base.add("coefficient", "did", 0.25, 0.1, 2.5, 0.014, 0.05, 0.45, 99, variable="did")
    base.add_fits({"nobs": 4, "clusters": 2})
    wide.add("coefficient", "did", -0.35, 0.2, -1.7, 0.09, -0.7, 0.1, 99, variable="did")
    for term, time, p in (("event_until", -3, 0.02), ("event", -2, 0.5), ("event", 0, 0.001)):
        event.add("coefficient", term, 0.1, 0.05, 2.0, p, 0.0, 0.2, 99, variable="did", event_time=time)
    event.add_f("pretrend", 90.0, 2, 99)
    files = {}
    for rows in (base, wide, event):
        name = str(rows.table()["spec"].iloc[0])
        files[name] = str(folder / f"{name}.parquet")
        estimates.write(rows.table(), files[name])
    return files


def written(folder: Path, name: str, frame: pd.DataFrame) -> str:
    frame.to_parquet(folder / f"{name}.parquet", index=False)
    return str(folder / f"{name}.parquet")


@pytest.fixture
def made(tmp_path: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """Inputs of the job, and what it is told: one variant that ran, two that did not."""
    sample = pd.DataFrame({"city": [1, 1, 2, 2], "year": [2001, 2002] * 2, "did": [0.0, 1.0, 0.0, 0.0]})
    sample["x__filled"] = [False, True, False, False]
    cities = pd.DataFrame(
        [
            (1, "北京市", True, ""),
            (2, "天津市", True, ""),
            (140100, "太原市", False, "2 gaps are left, first x 2001"),
        ],
        columns=["city", "city_name", "kept", "reason"],
    )
    gaps = pd.DataFrame([("x", 4, 1, 1, 0, 0, 0)], columns=["variable", "cells", "missing_before", "filled_inside", "chained",
                                                             "extrapolated", "missing_after"])  # fmt: skip
    doubts = pd.DataFrame(
        [(1, 2001, "gdp", "city", "jump")], columns=["city", "year", "item", "scope", "rule"]
    )
    files = {
        name: written(tmp_path, name, own)
        for name, own in (("sample", sample), ("cities", cities), ("gaps", gaps))
    }
    claims, numbers = headlines()
    for name, frame, schema, key in (
        ("scorecard", scorecard(), SCORECARD, SCORECARD_KEY), ("headlines", claims, HEADLINES, HEADLINE_KEY),
        ("numbers", numbers, HEADLINE_NUMBERS, NUMBER_KEY),
    ):  # fmt: skip
        files[name] = str(tmp_path / f"{name}.parquet")
        storage.write_table(frame, files[name], schema, key)
    (tmp_path / "S9.csv").write_text(PUBLISHED, encoding="utf8")
    inputs = {"published": [str(tmp_path / "S9.csv")], "suspects": [written(tmp_path, "suspects", doubts)],
              "contested": [written(tmp_path, "contested", doubts[:0])]}  # fmt: skip
    variant = {
        "study": "demo-mine", "label": {"en": "my variant", "zh": "我的方案"}, "years": [2001, 2002], "treatment": "did",
        "level": "city", "suspects": "keep", "labels": LABELS, "items": {"x": [["gdp", "city"]]},
        "breaks": [[{"en": "Investment", "zh": "投资"}, 2002, {"en": "wider", "zh": "扩大"}]],
        "main_cluster": "city",
        "events": [{"spec": "event", "label": {"en": "Two-way", "zh": "双向"}}],
        "changes": [
            {"spec": "wide", "choice": "controls", "label": None, "term": "did", "cluster": "city", "what": ["+z", "-x"]},
            {"spec": "base", "choice": "absorb", "label": {"en": "Pooled", "zh": "混合"}, "term": "none", "cluster": None, "what": []},
        ],
        "files": files, "estimates": specifications(tmp_path),
    }  # fmt: skip
    declared = {
        "paper": "S9", "title": {"en": "Demo & co", "zh": "示例"}, "size": {"cities": 285, "observations": 5130, "treated": None},
        "years": [2001, 2003], "main": {"spec": "base", "term": "did"}, "variants": [variant],
        "left_out": [
            {"study": "demo", "label": None, "why": "items", "items": [{"en": "Gas", "zh": "燃气"}, {"en": "Pipes", "zh": "管道"}]},
            {"study": "demo-other", "label": {"en": "other", "zh": "另一"}, "why": "unasked"},
            {"study": "demo-less", "label": {"en": "less", "zh": "较少"}, "why": "fuller", "other": {"en": "more", "zh": "较多"}},
        ],
    }  # fmt: skip
    return inputs, json.loads(json.dumps(declared))


REGIONS = {"regions": [[140100, "太原市", "Taiyuan"]], "seats": []}


def pages(
    made: tuple[dict[str, list[str]], dict[str, Any]], folder: Path, origin: str = "real: Yearbook / 年鉴"
) -> list[str]:
    files = [folder / f"S9.{language}.html" for language in ("en", "zh")]
    report_paper.report(*made, REGIONS, origin, files)
    return [file.read_text(encoding="utf8") for file in files]


def test_every_section_is_there_in_both_languages(made, tmp_path):
    english, chinese = pages(made, tmp_path)
    for words in (
        "S9: what could and couldn&#39;t be reproduced, and why", "Demo &amp; co", "Data: Yearbook",
        "285", "5,130", "2001–2003", "0.30*** (0.09)",  # the paper
        "my variant", "0.2500** (0.1000)", "3 / 4", "1 ✓ 0 ✗ 1 ?",  # and ours
        "no source at hand prints: Gas and Pipes", "“more” ran instead, which has more of it", "this run was not asked for it", "the paper&#39;s own design",
        "It works.", "positive(&#39;base&#39;, &#39;did&#39;)", "base: did = 0.25 (p = 0.010)", "no &#39;iv&#39; here",
        "Coefficients", "our table has no such column", "../studies/demo-mine/scorecard.en.html",
        "+0.90", "1.01", "1 of 1 variables are marked.",
        "gaps are left, first in: Output", "Taiyuan", "In the sample: 2",
        "75%", "25%", "2002: 50% filled, 0% suspect or contested",
        "Investment", "wider",
        "Two-way", "≤−3", "F = 90.00, p &lt; 0.001", "1 of 2",
        "Main specification", "controls: + Trade, − Output", "−0.3500*",
    ):  # fmt: skip
        assert words in english, words
    for words in (
        "S9：哪些能够复现，哪些不能，为什么", "示例", "我的方案", "现有资料均未刊载：燃气和管道", "本次运行未要求", "有效。", "没有“iv”",
        "系数", "相容", "仍有缺失，首先是：产出", "太原市", "投资", "双向", "核心设定", "控制变量：+ 贸易、− 产出", "共1个变量，其中1个加标记。", "本次运行",
    ):  # fmt: skip
        assert words in chinese, words
    assert BANNER not in english and english.count("<script") == 1
    targets = re.findall(r'<li><a href="#([^"]+)">', english)
    assert len(targets) == 8 and all(f'id="{target}"' in english for target in targets)
    assert not {"Coefficients", "Headline"} & set(chinese.split("<script>")[0].split())


def test_a_page_of_simulated_books_says_so(made, tmp_path):
    english, chinese = pages(made, tmp_path, "simulated")
    assert BANNER in english and BANNER in chinese
    assert "The data are simulated" in english and "本页数据为模拟数据" in chinese


def test_the_same_results_give_the_same_bytes(made, tmp_path):
    assert pages(made, tmp_path) == pages(made, tmp_path)


def test_a_paper_without_headlines_treatment_or_events_has_the_other_sections(made, tmp_path):
    inputs, declared = deepcopy(made[0]), deepcopy(made[1])
    (variant,) = declared["variants"]
    declared |= {"main": None, "left_out": [], "size": {}}
    variant |= {
        "treatment": None,
        "events": [],
        "changes": [],
        "breaks": [],
        "estimates": {},
        "level": "province",
        "label": None,
    }
    del variant["files"]["headlines"], variant["files"]["numbers"]
    english, _ = pages((inputs, declared), tmp_path)
    assert (
        "Headline findings" not in english
        and "Not run" not in english
        and "Series that change" not in english
    )
    assert "The study has no event study." in english and "The study has no main coefficient" in english
    assert all("</dt><dd>" in english for _ in CLASSES) and "the paper&#39;s own design" in english


def test_suspects_that_count_as_missing_are_in_no_value_of_the_variant(made, tmp_path):
    inputs, declared = made
    assert "25%" in pages(made, tmp_path)[0]
    declared["variants"][0]["suspects"] = "misprints"
    assert "2001: 0% filled, 0% suspect or contested" in pages((inputs, declared), tmp_path)[0]
