"""Descriptive statistics of a sample, and the system of indicators that an index is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError, SampleError
from nianjian.publish import declared
from nianjian.publish.declared import Declaration, Labels
from nianjian.publish.tables import MINUS, Column, Number, Panel, Row, Table, Word
from nianjian.publish.text import Text

FILLED = "__filled"
"""Suffix of the sample's columns that say which cells were filled in."""

_SUMMARIES: dict[str, tuple[str, Text, Callable[[pd.Series], float]]] = {
    "nobs": ("N", Text("N", "样本量"), lambda values: float(len(values))),
    "mean": ("mean", Text("Mean", "均值"), lambda values: float(values.mean())),
    "sd": ("sd", Text("Std. dev.", "标准差"), lambda values: float(values.std(ddof=1))),
    "min": ("min", Text("Min", "最小值"), lambda values: float(values.min())),
    "p25": ("p25", Text("P25", "25%分位"), lambda values: float(values.quantile(0.25))),
    "median": ("median", Text("Median", "中位数"), lambda values: float(values.median())),
    "p75": ("p75", Text("P75", "75%分位"), lambda values: float(values.quantile(0.75))),
    "max": ("max", Text("Max", "最大值"), lambda values: float(values.max())),
}
ATTAINED = frozenset({"min", "p25", "median", "p75", "max"})
"""Statistics that are values of the variable: whole numbers when it has no others."""


def _column(sample: pd.DataFrame, name: str, place: str) -> pd.Series:
    if name not in sample:
        raise SampleError(
            f"{place}: the sample has no variable {name!r}{declared.suggestion(name, [str(c) for c in sample])}"
        )
    return sample[name]


def descriptive_table(
    declaration: Declaration, sample: pd.DataFrame, *, study: str, table: str, labels: Labels, origin: str
) -> Table:
    """Describe the variables of a sample: one row a variable, over its city-years with a value.

    Groups of rows become the first column (dependent variable, controls, ...). ``sd`` has n − 1 below.

    Raises
    ------
    DeclarationError, SampleError
        If the declaration asks for an unknown statistic, label or variable, or a variable has no value at all.
    """
    place = declared.where(study, table)
    entries = declared.entries({**declaration, "symbols": False}, labels, place)
    depth = _depth(entries, place)
    names = [str(name) for name in declaration.get("statistics") or ["nobs", "mean", "sd", "min", "max"]]
    for name in names:
        if name not in _SUMMARIES:
            raise DeclarationError(f"{place}.statistics: {name!r} is no statistic{declared.suggestion(name, list(_SUMMARIES))}")
    decimals, symbols = int(declaration.get("decimals", 3)), bool(declaration.get("symbols", False))
    rows = []
    for entry in entries:
        values = _column(sample, entry.term, place).dropna().astype(float)
        if values.empty:
            raise SampleError(f"{place}: {entry.term!r} has no value in the sample; leave it out or mend its source")
        whole = bool((values == values.round()).all())
        cells = []
        for name in names:
            statistic, _, summarise = _SUMMARIES[name]
            count = name == "nobs"
            digits = 0 if count or (whole and name in ATTAINED and name != "median") else decimals
            value = summarise(values)
            # One observation has no standard deviation.
            cells.append((Number(value, digits, statistic, grouped=count),) if np.isfinite(value) else ())
        symbol = (Text(entry.term, entry.term),) if symbols else ()
        rows.append(Row(entry.term, (*entry.groups, entry.text, *symbol), (tuple(cells),)))
    groups = (Text("Type", "变量类型"),) if depth else ()
    symbol_head = (Text("Symbol", "变量符号"),) if symbols else ()
    return Table(
        study=study,
        id=table,
        title=Text.read(declared.require(declaration, "title", place), f"{place}.title"),
        stubs=(*groups, Text("Variable", "变量名"), *symbol_head),
        columns=tuple(Column(_SUMMARIES[name][0], (_SUMMARIES[name][1],), align="right") for name in names),
        panels=(Panel(tuple(rows)),),
        origin=origin,
        notes=_notes(declaration, place),
        merged=depth,
    )


def _depth(entries: Sequence[declared.Entry], place: str) -> int:
    depths = {len(entry.groups) for entry in entries}
    if len(depths) > 1:
        raise DeclarationError(f"{place}.rows: some rows stand in groups and some do not, or in groups of groups")
    return depths.pop()


def _notes(declaration: Declaration, place: str) -> tuple[Text, ...]:
    return () if declaration.get("notes") is None else (Text.read(declaration["notes"], f"{place}.notes"),)


def observed_share(sample: pd.DataFrame, name: str, place: str = "sample") -> float:
    """Share of city-years in which ``name`` was printed, neither missing nor filled in."""
    observed = _column(sample, name, place).notna()
    if f"{name}{FILLED}" in sample:
        observed &= ~sample[f"{name}{FILLED}"].fillna(False).astype(bool)
    return float(observed.mean())


def indicator_table(
    declaration: Declaration,
    sample: pd.DataFrame,
    weights: pd.DataFrame,
    *,
    study: str,
    table: str,
    labels: Labels,
    origin: str,
) -> Table:
    """List an index's indicators: dimension, first level, unit, sign, weight, share of city-years observed.

    Parameters
    ----------
    weights : one row an indicator: ``indicator``, ``weight`` and ``sign`` (``+`` or ``-``)
    labels : each indicator's label carries its ``unit``

    Raises
    ------
    DeclarationError
        If the rows and the index's indicators are not the same: weights would not add up to one.
    """
    place = declared.where(study, table)
    missing = [column for column in ("indicator", "weight", "sign") if column not in weights]
    if missing:
        raise DeclarationError(f"{place}: the index's weights have no column {missing[0]!r}; expected indicator, weight, sign")
    if weights["indicator"].duplicated().any():
        raise DeclarationError(f"{place}: the index has several weights an indicator; this table prints one")
    entries = declared.entries({**declaration, "symbols": False}, labels, place)
    depth = _depth(entries, place)
    own = weights.set_index("indicator")
    for entry in entries:
        if entry.term not in own.index:
            raise DeclarationError(
                f"{place}: {entry.term!r} is no indicator of the index{declared.suggestion(entry.term, list(own.index))}"
            )
    left_out = sorted(set(own.index) - {entry.term for entry in entries})
    if left_out:
        raise DeclarationError(f"{place}: the index also has {', '.join(left_out)}; list every indicator")
    decimals = int(declaration.get("decimals", 4))
    rows = []
    for entry in entries:
        own_label = labels.get(entry.term)
        unit = own_label.get("unit") if isinstance(own_label, Mapping) else None
        if unit is None:
            raise DeclarationError(f"{place}: the label of {entry.term!r} has no unit; write {{en, zh, unit}}")
        positive = own.at[entry.term, "sign"] in ("+", 1)
        sign = Word(Text("+", "正"), "sign", "+") if positive else Word(Text(MINUS, "负"), "sign", "-")
        cells = (
            (Word(Text.read(unit, f"unit of {entry.term!r}"), "unit"),),
            (sign,),
            (Number(float(own.at[entry.term, "weight"]), decimals, "weight"),),
            (Number(100 * observed_share(sample, entry.term, place), 1, "observed_pct"),),
        )
        rows.append(Row(entry.term, (*entry.groups, entry.text), (cells,)))
    if depth > 2:
        raise DeclarationError(f"{place}.rows: indicators stand in a dimension and at most one level below it")
    groups = (Text("Dimension", "维度"), Text("First-level indicator", "一级指标"))[:depth]
    index_note = Text(
        "Weight: computed from this sample. Observed: share of city-years with a printed value, "
        "neither missing nor filled in.",
        "权重由本样本计算；有效观测为原始资料中有印刷数值（非缺失、非插补）的城市—年份占比。",
    )
    return Table(
        study=study,
        id=table,
        title=Text.read(declared.require(declaration, "title", place), f"{place}.title"),
        stubs=(*groups, Text("Indicator", "二级指标" if depth == 2 else "指标")),
        columns=(
            Column("unit", (Text("Unit", "单位"),), align="left"),
            Column("sign", (Text("Sign", "方向"),)),
            Column("weight", (Text("Weight", "权重"),), align="right"),
            Column("observed", (Text("Observed (%)", "有效观测（%）"),), align="right"),
        ),
        panels=(Panel(tuple(rows)),),
        origin=origin,
        notes=(index_note, *_notes(declaration, place)),
        merged=depth,
    )


