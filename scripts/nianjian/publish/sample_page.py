"""The sample of a study as a page: its size beside the paper's, what was filled, which cities are out and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from nianjian.publish import web
from nianjian.publish.origin import Origin
from nianjian.publish.text import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Sample", "size": "Size", "reached": "reached", "paper": "paper", "filled": "Filled values",
        "filled_note": "Counts of city-years of the sample. Every filled value is flagged in sample.parquet.",
        "variable": "variable", "cells": "city-years", "missing": "not printed", "inside": "interpolated",
        "chained": "chained", "edges": "carried outwards", "left": "still missing", "share": "filled",
        "out": "Cities left out", "reason": "reason", "cities": "cities", "names": "which",
        "observations": "city-years", "treated": "treated cities", "years": "years",
    },
    "zh": {
        "title": "样本", "size": "规模", "reached": "本次运行", "paper": "论文", "filled": "填补的数值",
        "filled_note": "以样本内的城市—年份计数。每个填补值在 sample.parquet 中均有标记。",
        "variable": "变量", "cells": "城市—年份", "missing": "年鉴未刊载", "inside": "线性插值",
        "chained": "增长率推算", "edges": "端点外推", "left": "仍缺失", "share": "填补比例",
        "out": "未纳入的城市", "reason": "原因", "cities": "城市数", "names": "名单",
        "observations": "城市—年份", "treated": "处理组城市", "years": "年份",
    },
}  # fmt: skip


def page(
    sample: pd.DataFrame,
    cities: pd.DataFrame,
    gaps: pd.DataFrame,
    *,
    title: Mapping[str, str],
    labels: Mapping[str, Mapping[str, Any]],
    treatment: str | None,
    published: Mapping[str, int | None] | None,
    origin: str,
    language: Language,
) -> str:
    """The page as HTML.

    Parameters
    ----------
    sample, cities, gaps : the sample stage's tables
    title, labels : of the study and of its variables, by language
    treatment : column of the treatment, if the study has one
    published : what the paper reports: ``cities``, ``observations``, ``treated``
    origin : which books these are
    language : ``en`` or ``zh``
    """
    words, made = WORDS[language], Origin.parse(origin)
    paper = published or {}
    size = [
        (words["cities"], sample["city"].nunique(), paper.get("cities")),
        (words["observations"], len(sample), paper.get("observations")),
    ]
    if treatment:
        treated = sample.loc[sample[treatment] == 1, "city"].nunique()
        size.append((words["treated"], treated, paper.get("treated")))
    size = [(name, f"{ours:,}", "" if theirs is None else f"{theirs:,}") for name, ours, theirs in size]
    size.append((words["years"], f"{sample['year'].min()}–{sample['year'].max()}", ""))
    rows = gaps.assign(label=[labels.get(name, {}).get(language, name) for name in gaps["variable"]])
    dropped = cities[~cities["kept"]]
    # "2 gaps are left, first lnopen 2020" and "... first lnopen 2019" are one reason.
    kind = dropped["reason"].map(
        lambda reason: re.sub(r"^\d+ gaps are left, first (\w+) \d+$", r"gaps are left, first in \1", reason)
    )
    out = [
        (reason, len(group), "、".join(group["city_name"]))
        for reason, group in sorted(dropped.groupby(kind), key=lambda pair: (-len(pair[1]), pair[0]))
    ]
    return web.page(
        "sample.html.j2",
        language=language,
        simulated=made.simulated,
        words=words,
        title=title[language],
        data="" if made.note is None else made.note[language],
        size=size,
        gaps=list(rows.itertuples()),
        out=out,
    )
