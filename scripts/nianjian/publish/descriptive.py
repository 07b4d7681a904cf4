"""What a sample holds: descriptive statistics, indicators of an index, inputs and outputs, cohorts of the treated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError, EstimationError, SampleError
from nianjian.publish import declared
from nianjian.publish.declared import Declaration, Entry, Labels
from nianjian.publish.tables import EMPTY, MINUS, Cell, Column, Number, Panel, Row, Table, Word
from nianjian.publish.text import BLANK, Text

FILLED = "__filled"
"""Suffix of the sample's columns that say which cells were filled in."""

_SUMMARIES: dict[str, tuple[str, Text, Callable[[pd.Series], float]]] = {
    "nobs": ("N", Text("N", "样本量"), lambda values: float(len(values))),
    "mean": ("mean", Text("Mean", "均值"), lambda values: float(values.mean())),
    "sd": ("sd", Text("Std. dev.", "标准差"), lambda values: float(values.std(ddof=1))),
    "min": ("min", Text("Min", "最小值"), lambda values: float(values.min())),
    "p25": ("p25", Text("P25", "25%分位数"), lambda values: float(values.quantile(0.25))),
    "median": ("median", Text("Median", "中位数"), lambda values: float(values.median())),
    "p75": ("p75", Text("P75", "75%分位数"), lambda values: float(values.quantile(0.75))),
    "max": ("max", Text("Max", "最大值"), lambda values: float(values.max())),
}
"""Statistic: its name in ``config/published``, its head, and how it is computed."""


def _column(sample: pd.DataFrame, name: str, place: str) -> pd.Series:
    if name not in sample:
        known = [str(column) for column in sample if not str(column).endswith(FILLED)]
        raise SampleError(f"{place}: the sample has no variable '{name}'{declared.suggestion(name, known)}")
    return sample[name]


def descriptive_table(
    declaration: Declaration, sample: pd.DataFrame, *, study: str, table: str, labels: Labels, origin: str
) -> Table:
    """Describe the variables of a sample: one row a variable, over its city-years with a value.

    Groups of rows become the first column (dependent variable, controls, ...). The standard deviation has
    n - 1 below. Extremes of a variable without fractions, such as a dummy, print no decimals.

    Parameters
    ----------
    declaration : a table of kind descriptive, see :mod:`nianjian.publish.declared`
    sample : the rows to describe, with the columns of the indices that the table names

    Raises
    ------
    DeclarationError, SampleError
        If the declaration asks for an unknown statistic, label or variable, or a variable has no value.
    """
    place = declared.where(study, table)
    names = [str(name) for name in declaration.get("statistics") or ["nobs", "mean", "sd", "min", "max"]]
    for name in names:
        if name not in _SUMMARIES:
            raise DeclarationError(f"{place}.statistics: '{name}'{declared.suggestion(name, _SUMMARIES)}")
    entries = declared.entries(declaration, labels, place)
    depth = _depth(entries, 1, place)
    decimals, symbols = int(declaration.get("decimals", 3)), bool(declaration.get("symbols", False))
    rows = []
    for entry in entries:
        values = _column(sample, entry.term, place).dropna().astype(float)
        if values.empty:
            raise SampleError(
                f"{place}: '{entry.term}' has no value in the sample; drop it or mend its source"
            )
        symbol = (Text(entry.term, entry.term),) if symbols else ()
        cells = tuple(_summary(values, name, decimals) for name in names)
        rows.append(Row(entry.term, (*entry.groups, entry.text, *symbol), (cells,)))
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(
            *([Text("Type", "变量类型")] if depth else []),
            Text("Variable", "变量名"),
            *([Text("Symbol", "变量符号")] if symbols else []),
        ),
        columns=tuple(Column(_SUMMARIES[name][0], (_SUMMARIES[name][1],), align="right") for name in names),
        panels=(Panel(tuple(rows)),),
        origin=origin,
        notes=declared.notes(declaration, place),
        merged=depth,
    )


def _depth(entries: Sequence[Entry], most: int, place: str) -> int:
    """How many levels of groups the rows stand in."""
    depths = {len(entry.groups) for entry in entries}
    if len(depths) > 1 or max(depths) > most:
        raise DeclarationError(f"{place}.rows: all rows stand in groups or none, on at most {most} levels")
    return depths.pop()


def _summary(values: pd.Series, name: str, decimals: int) -> Cell:
    statistic, _, compute = _SUMMARIES[name]
    value = compute(values)
    if not np.isfinite(value):
        return ()  # one observation has no standard deviation
    count = name == "nobs"
    whole = name in ("min", "max") and bool((values == values.round()).all())
    return (Number(value, 0 if count or whole else decimals, statistic, grouped=count),)


def observed_share(sample: pd.DataFrame, name: str, place: str = "sample") -> float:
    """Share of city-years in which ``name`` was printed, neither missing nor filled in."""
    observed = _column(sample, name, place).notna()
    if f"{name}{FILLED}" in sample:
        observed &= ~sample[f"{name}{FILLED}"].fillna(False).astype(bool)
    return float(observed.mean())


_GROUP_HEADS = (Text("Dimension", "维度"), Text("First-level indicator", "一级指标"))
_INDICATOR_COLUMNS = (
    Column("unit", (Text("Unit", "单位"),), align="left"),
    Column("sign", (Text("Sign", "方向"),)),
    Column("weight", (Text("Weight", "权重"),), align="right"),
    Column("observed", (Text("Observed (%)", "有效观测（%）"),), align="right"),
)
_INDICATOR_NOTES = (
    Text("Weights are computed from this sample.", "权重由本样本计算得出。"),
    Text(
        "Observed: share of city-years with a printed value, neither missing nor filled in.",
        "有效观测为原始资料中有印刷数值（非缺失、非插补）的城市与年份所占比例。",
    ),
)


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
    """List an index's indicators: dimension, first level, unit, sign, our weight, share of cells observed.

    Where there are several dimensions, their weights follow.

    Parameters
    ----------
    declaration : a table of kind indicators, see :mod:`nianjian.publish.declared`
    sample : the study's sample, of which coverage is counted
    weights : one row an indicator: ``indicator``, ``weight`` and ``sign`` (``+`` or ``-``)
    labels : each indicator's label carries its ``unit``

    Raises
    ------
    DeclarationError
        If a label or unit is missing, or the rows are not the index's indicators: weights would not add up.
    """
    place = declared.where(study, table)
    entries = declared.entries(declaration, labels, place)
    depth = _depth(entries, 2, place)
    own = {row["indicator"]: {"dimension": ""} | row for row in weights.to_dict("records")}
    odd = sorted(set(own) ^ {entry.term for entry in entries})
    if odd:
        raise DeclarationError(
            f"{place}: {', '.join(odd)} only among the rows or only in the index's weights"
        )
    decimals = int(declaration.get("decimals", 4))
    rows = []
    for entry in entries:
        words = labels.get(entry.term)
        unit = words.get("unit") if isinstance(words, Mapping) else None
        if unit is None:
            raise DeclarationError(f"{place}: '{entry.term}' has no unit to print; declare its unit_label")
        positive = own[entry.term]["sign"] == "+"
        cells: tuple[Cell, ...] = (
            (Word(Text.read(unit, f"{place}, unit of '{entry.term}'"), "unit"),),
            (Word(Text("+", "正"), "sign", "+") if positive else Word(Text(MINUS, "负"), "sign", "-"),),
            (Number(float(own[entry.term]["weight"]), decimals, "weight"),),
            (Number(100 * observed_share(sample, entry.term, place), 1, "observed_pct"),),
        )
        rows.append(Row(entry.term, (*entry.groups, entry.text), (cells,)))
    panels = [Panel(tuple(rows))]
    heads = {own[entry.term]["dimension"]: entry.groups[0] for entry in entries if entry.groups}
    if len(heads) > 1 and "dimension" in weights:
        totals = weights.groupby("dimension")["weight"].sum()
        subtotals = [
            Row(
                name,
                (text, *(BLANK,) * depth),
                ((EMPTY, EMPTY, (Number(float(totals[name]), decimals, "criterion_weight"),), EMPTY),),
            )
            for name, text in heads.items()
        ]
        panels.append(Panel(tuple(subtotals), Text("Weight of the dimension", "维度权重")))
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(*_GROUP_HEADS[:depth], Text("Indicator", "二级指标" if depth == 2 else "指标")),
        columns=_INDICATOR_COLUMNS,
        panels=tuple(panels),
        origin=origin,
        notes=(*_INDICATOR_NOTES, *declared.notes(declaration, place)),
        merged=depth,
    )


def cohorts_table(
    declaration: Declaration, sample: pd.DataFrame, *, study: str, table: str, labels: Labels, origin: str
) -> Table:
    """Number of cities by their first treated year, within the sample and after it.

    Parameters
    ----------
    declaration : a table of kind cohorts, with the treatment's column
    sample : the study's sample

    Raises
    ------
    EstimationError
        If no city is treated.
    """
    place = declared.where(study, table)
    treatment = str(declaration["treatment"])
    first = sample.drop_duplicates("city")["first_treated_year"]
    last = int(sample["year"].max())
    within = first[first.notna() & (first <= last)].astype(int)
    if within.empty:
        raise EstimationError(
            f"{place}: no city of the sample is treated by {last}; check the policy's coding"
        )
    counts = within.value_counts().sort_index()
    columns = (
        Column("cities", (Text("Cities", "城市数"),), align="right"),
        Column("treated", (Text("Treated by then", "累计处理城市数"),), align="right"),
        Column("share", (Text("Share of all (%)", "占全部城市（%）"),), align="right"),
    )
    total, running, rows = len(first), 0, []
    for year, count in counts.items():
        running += int(count)
        cells: tuple[Cell, ...] = (
            (Number(float(count), 0, "n_cities"),),
            (Number(float(running), 0, "n_cumulated"),),
            (Number(100 * running / total, 1, "share_pct"),),
        )
        rows.append(Row(str(year), (Text(str(year), str(year)),), (cells,)))
    never, later = int(first.isna().sum()), int((first > last).sum())

    # One key for all: a paper prints them of its sample.
    def line(text: Text, value: float, statistic: str, grouped: bool = False) -> Row:
        return Row(
            "sample", (text,), (((Number(float(value), 0, statistic, grouped=grouped),), EMPTY, EMPTY),)
        )

    foot = [
        line(Text("Treated cities", "处理组城市"), running, "n_treated_cities"),
        line(Text("Control cities", "对照组城市"), never + later, "n_control_cities"),
    ]
    if later:
        foot.append(line(Text(f"of these, treated after {last}", f"其中{last}年后受处理"), later, "n_later"))
    foot += [
        line(Text("Cities", "城市合计"), total, "n_cities"),
        line(Text("City-years", "观测值"), len(sample), "N", grouped=True),
    ]
    text = declared.label(labels, treatment, place)
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(Text("First treated year", "首次处理年份"),),
        columns=columns,
        panels=(Panel(tuple(rows)), Panel(tuple(foot))),
        origin=origin,
        notes=(Text(f"Treatment: {text.en}.", f"处理变量为{text.zh}。"), *declared.notes(declaration, place)),
    )


def _inner(words: str) -> str:
    """Words as they stand within a sentence: LPG keeps its capitals."""
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] in ("", " ") else words


ROLES = {
    "inputs": (Text("Input", "投入"), "+"),
    "desirable": (Text("Desirable output", "期望产出"), "+"),
    "undesirable": (Text("Undesirable output", "非期望产出"), "-"),
}


def inputs_outputs_table(
    declaration: Declaration, sample: pd.DataFrame, *, study: str, table: str, labels: Labels, origin: str
) -> Table:
    """List the inputs and outputs of an efficiency index, with what composites are made of.

    Parameters
    ----------
    declaration : a table of kind inputs_outputs, with ``roles`` and ``parts``
    sample : the study's sample, with the composites' columns

    Raises
    ------
    DeclarationError
        If a label is missing.
    """
    place, decimals = declared.where(study, table), int(declaration.get("decimals", 4))
    columns = (
        Column("measure", (Text("Measure", "度量"),), align="left"),
        Column("sign", (Text("Sign", "方向"),)),
        Column("mean", (Text("Mean", "均值"),), align="right"),
        Column("sd", (Text("Std. dev.", "标准差"),), align="right"),
    )
    rows = []
    for role, (head, sign) in ROLES.items():
        for name in declaration["roles"].get(role) or []:
            text, parts = declared.label(labels, name, place), declaration["parts"].get(name)
            if parts:
                own = [declared.label(labels, part, place) for part in parts]
                measure = Text(
                    f"Composite index of {', '.join(_inner(part.en) for part in own)}",
                    f"由{'、'.join(part.zh for part in own)}合成的指数",
                )
            else:
                words = labels.get(name)
                unit = words.get("unit") if isinstance(words, Mapping) else None
                measure = Text.read(unit, f"{place}, unit of '{name}'") if unit else BLANK
            values = sample[name].astype(float)
            cells: tuple[Cell, ...] = (
                (Word(measure, "measure", measure.en),),
                (Word(Text("+", "正") if sign == "+" else Text("\N{MINUS SIGN}", "负"), "sign", sign),),
                (Number(float(values.mean()), decimals, "mean", grouped=True),),
                (Number(float(values.std(ddof=1)), decimals, "sd", grouped=True),),
            )
            rows.append(Row(name, (head, text), (cells,)))
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(Text("Type", "类型"), Text("Indicator", "指标")),
        columns=columns,
        panels=(Panel(tuple(rows)),),
        origin=origin,
        notes=declared.notes(declaration, place),
        merged=1,
    )
