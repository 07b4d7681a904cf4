"""What a reader must know of an estimate beside its numbers: flags in the estimates' rows become notes of the table."""

from __future__ import annotations

import re
from collections.abc import Callable

from nianjian.publish.estimated import Estimated
from nianjian.publish.text import Text

Met = Callable[[float], bool]


def _some(value: float) -> bool:
    return value > 0


FLAGS: dict[str, tuple[Met, Text]] = {
    "nobs_dropped_missing": (
        _some,
        Text("{n} city-years with a gap in a variable left out", "剔除变量缺失的{n}个城市-年份观测"),
    ),
    "singletons": (
        _some,
        Text("{n} city-years alone in a fixed effect left out", "剔除{n}个单点固定效应观测"),
    ),
    "treated_clusters": (
        lambda value: value == 1,
        Text(
            "one treated cluster, whose clustered error means nothing", "仅有一个处理组聚类，聚类标准误无意义"
        ),
    ),
    "never_treated_units": (
        lambda value: value == 0,
        Text("no city is never treated", "样本中没有从未受处理的城市"),
    ),
    "few_assignments": (
        _some,
        Text(
            "only {n} assignments are possible, so draws repeat themselves",
            "仅有{n}种可能的随机分配，抽样会重复",
        ),
    ),
    "rho_at_edge": (_some, Text("ρ lies at the edge of its interval", "ρ位于其取值区间边界")),
    "lambda_at_edge": (_some, Text("λ lies at the edge of its interval", "λ位于其取值区间边界")),
    "at_edge": (_some, Text("a spatial parameter at the edge of its interval", "空间参数位于其取值区间边界")),
    "islands": (_some, Text("{n} cities without neighbours", "{n}个城市没有邻居")),
}
"""Fit row, with or without ``[name]``: when it is a flag, and what it says."""


def _columns(numbers: list[int]) -> Text:
    english = [f"({number})" for number in numbers]
    chinese = "、".join(f"（{number}）" for number in numbers)
    if len(english) == 1:
        return Text(f"Column {english[0]}", f"第{chinese}列")
    return Text(f"Columns {', '.join(english[:-1])} and {english[-1]}", f"第{chinese}列")


def notes(source: Estimated) -> tuple[Text, ...]:
    """One note a flag, with the columns that have it and its number, where that says something.

    Parameters
    ----------
    source : estimates of the table's columns
    """
    found = []
    for term, (met, words) in FLAGS.items():
        by_number: dict[int, list[int]] = {}
        for column, spec in enumerate(source.columns, start=1):
            # A row of one matrix among several, say, has its name in brackets.
            values = [
                float(row["estimate"])
                for (own, kind, name), row in source.rows.items()
                if own == spec and kind == "fit" and re.fullmatch(rf"{term}(\[.*\])?", name)
            ]
            flagged = [value for value in values if met(value)]
            if flagged:
                by_number.setdefault(round(max(flagged)), []).append(column)
        for number, columns in by_number.items():
            what = Text(words.en.format(n=f"{number:,}"), words.zh.format(n=number))
            if len(source.columns) > 1:
                where = _columns(columns)
                found.append(Text(f"{where.en}: {what.en}.", f"{where.zh}：{what.zh}。"))
            else:
                found.append(Text(f"{what.en[:1].upper()}{what.en[1:]}.", f"{what.zh}。"))
    return tuple(found)
