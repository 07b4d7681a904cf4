"""Tables of the index stage: groups of cities, means by year, decompositions of inequality, sensitivity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError, SampleError
from nianjian.publish import declared
from nianjian.publish.declared import Declaration, Labels
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table, Word
from nianjian.publish.text import BLANK, Text

WITHIN = Text("Within groups", "组内")
BETWEEN = Text("Between groups", "组间")
TOTAL = Text("Total", "合计")
GINI = Text("Gini", "基尼系数")
YEAR = Text("Year", "年份")
METHODS = {
    "entropy": Text("Entropy", "熵权法"),
    "critic": Text("CRITIC", "CRITIC法"),
    "equal": Text("Equal", "等权"),
    "pca": Text("Principal component", "主成分"),
    "sd": Text("Standard deviation", "标准差法"),
    "cv": Text("Coefficient of variation", "变异系数法"),
}


def values_of(labels: Labels, name: str, place: str) -> dict[str, Text]:
    """What the values of an attribute are called, in their declared order."""
    listed = labels.get(name, {}).get("values") if isinstance(labels.get(name), Mapping) else None
    if not listed:
        raise DeclarationError(
            f"{place}: the values of '{name}' have no labels; declare attributes.{name}.values"
        )
    return {entry["value"]: Text.read(entry, f"{place}, {name} '{entry['value']}'") for entry in listed}


def _present(known: Mapping[str, Text], found: Sequence[Any], place: str) -> dict[str, Text]:
    odd = sorted(set(map(str, found)) - set(known))
    if odd:
        raise SampleError(f"{place}: {', '.join(odd)} has no label; add it to the attribute's values")
    return {value: text for value, text in known.items() if value in set(found)}


def groups_table(
    declaration: Declaration,
    sample: pd.DataFrame,
    provinces: pd.DataFrame,
    *,
    study: str,
    table: str,
    labels: Labels,
    origin: str,
) -> Table:
    """List groups of cities with the provinces that they lie in and the number of cities.

    Parameters
    ----------
    declaration : a table of kind groups; ``groups`` is an attribute of the sample
    sample : the study's sample
    provinces : ``province, province_zh, province_en`` by code

    Raises
    ------
    DeclarationError, SampleError
        If a group or a province has no name.
    """
    place, name = declared.where(study, table), declaration["groups"]
    cities = sample.drop_duplicates("city")
    names = provinces.set_index("province")
    unnamed = sorted(set(cities["province"]) - set(names.index))
    if unnamed:
        raise SampleError(
            f"{place}: config/reference/regions.csv has no province {', '.join(map(str, unnamed))}"
        )
    rows = []
    for value, text in _present(values_of(labels, name, place), cities[name].unique(), place).items():
        own = cities[cities[name] == value]
        codes = sorted(own["province"].unique())
        english = ", ".join(names.loc[codes, "province_en"])
        short = [_short(province) for province in names.loc[codes, "province_zh"]]
        listed = Word(Text(english, "、".join(short)), "provinces", english)
        rows.append(Row(value, (text,), (((listed,), (Number(len(own), 0, "n_cities"),)),)))
    total = Number(len(cities), 0, "n_cities")
    rows.append(Row("total", (TOTAL,), ((EMPTY, (total,)),)))
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(declared.label(labels, name, place),),
        columns=(
            Column("provinces", (Text("Provinces", "省份"),), align="left"),
            Column("n_cities", (Text("Number of cities", "城市数"),), align="right"),
        ),
        panels=(Panel(tuple(rows)),),
        origin=origin,
        notes=declared.notes(declaration, place),
    )


def _short(province: str) -> str:
    """黑龙江省 → 黑龙江: as tables and maps print it."""
    for suffix in ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市"):
        province = province.removesuffix(suffix)
    return province


def means_table(
    declaration: Declaration, sample: pd.DataFrame, *, study: str, table: str, labels: Labels, origin: str
) -> Table:
    """Means of scores by year, over all cities and by group.

    Parameters
    ----------
    declaration : a table of kind means; ``columns`` is a list of ``{values, by}``
    sample : the sample with the columns of the indices

    Raises
    ------
    DeclarationError, SampleError
        If a column or a label is missing.
    """
    place, decimals = declared.where(study, table), int(declaration.get("decimals", 3))
    columns: list[Column] = []
    series: list[pd.Series] = []
    for entry in declaration["columns"]:
        values, by = entry["values"], entry.get("by")
        if values not in sample:
            raise SampleError(
                f"{place}.columns: the sample has no '{values}'{declared.suggestion(values, sample)}"
            )
        text = declared.label(labels, values, place)
        if by is None:
            columns.append(Column(values, (BLANK, text), align="right"))
            series.append(sample.groupby("year")[values].mean())
            continue
        heading = Text(
            f"{text.en}, by {declared.label(labels, by, place).en.lower()}",
            f"{text.zh}（分{declared.label(labels, by, place).zh}）",
        )
        for value, group in _present(values_of(labels, by, place), sample[by].unique(), place).items():
            columns.append(Column(f"{values}[{value}]", (heading, group), align="right"))
            series.append(sample[sample[by] == value].groupby("year")[values].mean())
    frame = pd.concat(series, axis=1)
    rows = [
        Row(str(year), (Text(str(year), str(year)),), (tuple(_mean(v, decimals) for v in own),))
        for year, own in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    panels, notes = [Panel(tuple(rows))], []
    if declaration.get("growth", True) and len(frame) > 1:
        rates = 100 * frame.pct_change(fill_method=None).iloc[1:].mean()
        cells = tuple(
            (Number(float(v), 2, "avg_annual_growth_pct"),) if np.isfinite(v) else EMPTY for v in rates
        )
        label = Text("Mean yearly growth (%)", "年均增长率（%）")
        panels.append(Panel((Row("growth", (label,), (cells,)),)))
        notes.append(
            Text(
                "Mean yearly growth is the arithmetic mean of the yearly rates of the printed means.",
                "年均增长率为各年增长率的算术平均。",
            )
        )
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(YEAR,),
        columns=tuple(columns),
        panels=tuple(panels),
        origin=origin,
        notes=(*notes, *declared.notes(declaration, place)),
    )


def _mean(value: float, decimals: int) -> Cell:
    return (Number(float(value), decimals, "mean"),) if np.isfinite(value) else EMPTY


class _Rows:
    """An inequality's Parquet, looked up by year, measure, groups and component."""

    def __init__(self, frame: pd.DataFrame, place: str) -> None:
        self.place = place
        keys = zip(
            frame["year"].fillna(-1).astype(int),
            frame["measure"],
            frame["group"],
            frame["other"],
            frame["component"],
            strict=True,
        )
        self.rows = dict(zip(keys, frame.to_dict("records"), strict=True))
        self.years = sorted({key[0] for key in self.rows if key[0] >= 0})

    def find(
        self, year: int | None, measure: str, group: str = "", other: str = "", component: str = ""
    ) -> Mapping[str, Any] | None:
        return self.rows.get((-1 if year is None else year, measure, group, other, component))

    def number(
        self, year: int | None, measure: str, *key: str, statistic: str, decimals: int, factor: float = 1.0,
        stars: str = "",
    ) -> Cell:  # fmt: skip
        row = self.find(year, measure, *key)
        if row is None or not np.isfinite(row["estimate"]):
            return EMPTY
        low, high = factor * row["conf_low"], factor * row["conf_high"]
        interval = (low, high) if np.isfinite(low) and np.isfinite(high) else None
        return (Number(factor * row["estimate"], decimals, statistic, stars=stars, interval=interval),)


def inequality_table(
    declaration: Declaration, inequality: pd.DataFrame, *, study: str, table: str, labels: Labels, origin: str
) -> Table:
    """A decomposition of inequality by group, by component, by both, or all measures by year.

    Parameters
    ----------
    declaration : a table of kind inequality: ``show``, ``groups`` (attribute), ``components`` (columns),
        ``years`` with cells
    inequality : rows of the schema ``INEQUALITY``

    Raises
    ------
    DeclarationError
        If a label or a year is missing.
    """
    place, show = declared.where(study, table), declaration["show"]
    rows = _Rows(inequality, place)
    groups: dict[str, Text] = {}
    if declaration.get("groups"):
        named = values_of(labels, declaration["groups"], place)
        found = inequality.loc[inequality["measure"] == "gini_own", "group"].unique()
        groups = _present(named, found, place)
    components = {name: declared.label(labels, name, place) for name in declaration.get("components") or []}
    build = {
        "groups": _by_groups,
        "components": _by_components,
        "cells": _cells,
        "measures": _measures,
        "summary": _summary,
    }
    stubs, columns, panels, notes = build[show](declaration, rows, groups, components)
    if show in ("groups", "cells") or (show == "summary" and groups):
        numbered = [f"{number} = {text.en}" for number, text in enumerate(groups.values(), start=1)]
        chinese = [f"{number}为{text.zh}" for number, text in enumerate(groups.values(), start=1)]
        notes = [Text(f"{', '.join(numbered)}.", f"{'，'.join(chinese)}。"), *notes]
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=stubs,
        columns=tuple(columns),
        panels=tuple(panels),
        origin=origin,
        notes=(*notes, *declared.notes(declaration, place)),
    )


def _pairs(groups: Sequence[str]) -> list[tuple[str, str, str]]:
    """(G1, group, group) within each, then (G12, group, other) between every two."""
    numbers = {group: str(number) for number, group in enumerate(groups, start=1)}
    within = [(f"G{numbers[group]}", group, group) for group in groups]
    return within + [(f"G{numbers[a]}{numbers[b]}", a, b) for a, b in combinations(groups, 2)]


def _text(name: str) -> Text:
    return Text(name, name)


Parts = tuple[tuple[Text, ...], list[Column], list[Panel], list[Text]]


def _by_groups(
    declaration: Declaration, rows: _Rows, groups: Mapping[str, Text], components: Mapping[str, Text]
) -> Parts:
    decimals = int(declaration.get("decimals", 2))
    columns, keys = [], []
    for name, one, other in _pairs(list(groups)):
        if other != one and keys[-1][0] == "share_cell" and keys[-1][1] == keys[-1][2]:
            columns.append(Column("within", (WITHIN, TOTAL), align="right"))
            keys.append(("share_within", "", ""))
        columns.append(Column(name, (WITHIN if one == other else BETWEEN, _text(name)), align="right"))
        keys.append(("share_cell", one, other))
    columns.append(Column("between", (BETWEEN, TOTAL), align="right"))
    keys.append(("share_between", "", ""))
    body = [
        Row(
            str(year),
            (_text(str(year)),),
            (
                tuple(
                    rows.number(year, *key, statistic="contribution_pct", decimals=decimals, factor=100)
                    for key in keys
                ),
            ),
        )
        for year in rows.years
    ]
    notes = [Text("Shares of the Gini coefficient in percent.", "数值为对总体基尼系数的贡献率（%）。")]
    benchmark = rows.find(rows.years[0], "share_benchmark")
    if benchmark is not None:
        share = f"{100 * benchmark['estimate']:.2f}"
        notes.append(
            Text(
                f"If the labels of groups meant nothing, the share between groups would be {share}%.",
                f"若分组毫无意义，组间贡献率的期望为{share}%。",
            )
        )
    tested = [rows.find(year, "share_between") for year in rows.years]
    p_values = [row["p_value"] for row in tested if row is not None and np.isfinite(row["p_value"])]
    if p_values:
        low = sum(p < 0.05 for p in p_values)
        notes.append(
            Text(
                f"It lies above that of shuffled labels at the 5% level in {low} of {len(p_values)} years.",
                f"在{len(p_values)}年中有{low}年显著高于随机分组（5%水平，置换检验）。",
            )
        )
    return (YEAR,), columns, [Panel(tuple(body))], notes


def _by_components(
    declaration: Declaration, rows: _Rows, groups: Mapping[str, Text], components: Mapping[str, Text]
) -> Parts:
    decimals = int(declaration.get("decimals", 2))
    columns = [Column("gini", (GINI,), align="right")]
    columns += [Column(name, (text,), align="right") for name, text in components.items()]
    body = [
        Row(
            str(year),
            (_text(str(year)),),
            (
                (
                    rows.number(year, "gini", statistic="gini", decimals=4),
                    *(
                        rows.number(
                            year,
                            "share_cell",
                            "",
                            "",
                            name,
                            statistic="contribution_pct",
                            decimals=decimals,
                            factor=100,
                        )
                        for name in components
                    ),
                ),
            ),
        )
        for year in rows.years
    ]
    note = Text(
        "Columns of components: shares of the Gini coefficient in percent.",
        "各维度数值为对总体基尼系数的贡献率（%）。",
    )
    return (YEAR,), columns, [Panel(tuple(body))], [note]


def _cells(
    declaration: Declaration, rows: _Rows, groups: Mapping[str, Text], components: Mapping[str, Text]
) -> Parts:
    decimals, years = int(declaration.get("decimals", 4)), [int(year) for year in declaration["years"]]
    absent = [str(year) for year in years if year not in rows.years]
    if absent:
        raise DeclarationError(
            f"{rows.place}.years: no decomposition of {', '.join(absent)}; there is {rows.years[0]} to {rows.years[-1]}"
        )
    pairs = _pairs(list(groups))
    estimates = {
        (year, name, pair): rows.find(year, "gini_cell", one, other, name)["estimate"]
        for year in years
        for name in components
        for pair, one, other in pairs
    }
    columns = [
        Column(f"{year}|{name}", (_text(str(year)), text), align="right")
        for year in years
        for name, text in components.items()
    ]

    def marks(year: int, name: str, pair: str) -> str:
        own = estimates[year, name, pair]
        column = max(estimates[year, name, each] for each, _, _ in pairs)
        row = max(estimates[year, each, pair] for each in components)
        return ("*" if own == column else "") + ("†" if own == row else "")

    panels = []
    for label, chosen in ((WITHIN, True), (BETWEEN, False)):
        body = [
            Row(
                pair,
                (_text(pair),),
                (
                    tuple(
                        rows.number(
                            year, "gini_cell", one, other, name, statistic="gini_component", decimals=decimals,
                            stars=marks(year, name, pair),
                        )
                        for year in years
                        for name in components
                    ),
                ),
            )
            for pair, one, other in pairs
            if (one == other) is chosen
        ]  # fmt: skip
        panels.append(Panel(tuple(body), label))
    note = Text(
        "* largest disparity of the component (column); † largest component of the disparity (row) in that year. "
        "Not stars of significance.",
        "*为该维度（列）的最大差距，†为该年该行中贡献最大的维度；均非显著性标记。",
    )
    return (Text("Groups", "分组"),), columns, panels, [note]


MEASURES = (
    ("gini", GINI, 4),
    ("gini_within", WITHIN, 4),
    ("gini_between", BETWEEN, 4),
    ("dagum_net_between", Text("Net between", "净组间"), 4),
    ("dagum_transvariation", Text("Transvariation", "超变密度"), 4),
    ("theil", Text("Theil", "泰尔指数"), 4),
    ("theil_within", WITHIN, 4),
    ("theil_between", BETWEEN, 4),
    ("cv", Text("CV", "变异系数"), 4),
    ("sd_log", Text("SD of logs", "对数标准差"), 4),
)


def _measures(
    declaration: Declaration, rows: _Rows, groups: Mapping[str, Text], components: Mapping[str, Text]
) -> Parts:
    decimals = declaration.get("decimals")
    shown = [entry for entry in MEASURES if any(rows.find(year, entry[0]) for year in rows.years)]
    theil = Text("Theil", "泰尔指数")
    columns = []
    for measure, text, _ in shown:
        family = (
            theil
            if measure.startswith("theil")
            else GINI
            if measure not in ("cv", "sd_log")
            else Text("Dispersion", "离散程度")
        )
        columns.append(
            Column(measure, (family, TOTAL if measure in ("gini", "theil") else text), align="right")
        )
    body = [
        Row(
            str(year),
            (_text(str(year)),),
            (
                tuple(
                    rows.number(
                        year,
                        measure,
                        statistic=measure,
                        decimals=places if decimals is None else int(decimals),
                    )
                    for measure, _, places in shown
                ),
            ),
        )
        for year in rows.years
    ]
    notes = []
    beta = rows.find(None, "beta")
    if beta is not None:
        p = "< 0.001" if beta["p_value"] < 0.001 else f"= {beta['p_value']:.3f}"
        notes.append(
            Text(
                f"Absolute beta-convergence over all cities: {beta['estimate']:.4f} (se {beta['std_error']:.4f}, p {p}).",
                f"全部城市的绝对β收敛系数为{beta['estimate']:.4f}（标准误{beta['std_error']:.4f}，p {p}）。",
            )
        )
    return (YEAR,), columns, [Panel(tuple(body))], notes


def _summary(
    declaration: Declaration, rows: _Rows, groups: Mapping[str, Text], components: Mapping[str, Text]
) -> Parts:
    """First and last year, change, mean yearly change, mean, and mean share of everything."""
    decimals = int(declaration.get("decimals", 4))
    first, last = rows.years[0], rows.years[-1]
    heads = (
        (str(first), _text(str(first))),
        (str(last), _text(str(last))),
        ("pct_change", Text("Change (%)", "变化率（%）")),
        ("avg_annual_pct", Text("Mean yearly change (%)", "年均变化率（%）")),
        (f"mean {first}-{last}", Text("Mean", "均值")),
        ("mean", Text("Mean share (%)", "平均贡献率（%）")),
    )

    def line(key: str, label: Text, measure: str, *names: str, share: str | None = None) -> Row | None:
        own = [rows.find(year, measure, *names) for year in rows.years]
        if any(row is None for row in own):
            return None
        values = np.array([row["estimate"] for row in own], dtype=float)
        growth = "avg_annual_growth_pct" if measure == "mean" else "avg_annual_pct"
        cells: list[Cell] = [
            rows.number(first, measure, *names, statistic=str(first), decimals=decimals),
            rows.number(last, measure, *names, statistic=str(last), decimals=decimals),
        ]
        steady = bool((values > 0).all())  # a rate of change from zero or below says nothing
        cells.append((Number(100 * (values[-1] / values[0] - 1), 2, "pct_change"),) if steady else EMPTY)
        rates = values[1:] / values[:-1] - 1 if steady else values
        cells.append((Number(100 * float(rates.mean()), 2, growth),) if steady else EMPTY)
        cells.append((Number(float(values.mean()), decimals, f"mean {first}-{last}"),))
        shares = [rows.find(year, share, *names) for year in rows.years] if share else []
        known = bool(shares) and all(row is not None for row in shares)
        cells.append(
            (Number(100 * float(np.mean([row["estimate"] for row in shares])), 2, "mean"),)
            if known
            else EMPTY
        )
        return Row(key, (label,), (tuple(cells),))

    level = [line("mean", Text("All cities", "全部城市"), "mean")]
    level += [line(f"mean[{group}]", text, "mean", group) for group, text in groups.items()]
    gini = [line("gini", TOTAL, "gini")]
    if groups:
        gini.append(line("gini_within", WITHIN, "gini_within", share="share_within"))
        gini.append(line("gini_between", BETWEEN, "gini_between", share="share_between"))
    by_component = [
        line(name, text, "gini_cell", "", "", name, share="share_cell") for name, text in components.items()
    ]
    own = [line(f"own[{group}]", text, "gini_own", group) for group, text in groups.items()]
    panels = [
        Panel(tuple(row for row in body if row is not None), label)
        for label, body in (
            (Text("Mean of the score", "得分均值"), level),
            (GINI, gini),
            (Text("Gini by component", "基尼系数：分维度"), by_component),
            (Text("Gini inside each group", "基尼系数：各组内部"), own),
        )
        if any(row is not None for row in body)
    ]
    columns = [Column(key, (text,), align="right") for key, text in heads]
    note = Text(
        "Gini inside a group: among its own cities only, unlike its part of the whole.",
        "“各组内部”为该组城市自身的基尼系数，不同于其对总体基尼系数的贡献。",
    )
    return (Text("Measure", "指标"),), columns, panels, [note] if groups else []


def sensitivity_table(
    declaration: Declaration,
    sensitivity: pd.DataFrame,
    *,
    study: str,
    table: str,
    labels: Labels,
    origin: str,
) -> Table:
    """How the ranking of city-years changes with each indicator left out and with other weights.

    Parameters
    ----------
    declaration : a table of kind sensitivity
    sensitivity : rows of the schema ``SENSITIVITY``
    """
    place = declared.where(study, table)
    decimals = int(declaration.get("decimals", 4))
    ranked = sensitivity[sensitivity["indicator"] == ""]
    panels = []
    for choice, heading in (
        ("leave_one_out", Text("Left out", "剔除指标")),
        ("alternative", Text("Weights instead", "替换赋权方法")),
    ):
        own = ranked[ranked["choice"] == choice]
        wide = own.pivot(index="name", columns="statistic", values="value")
        body = []
        for name in dict.fromkeys(own["name"]):
            text = METHODS[name] if choice == "alternative" else declared.label(labels, name, place)
            rho, moved = wide.loc[name, "rank_correlation"], wide.loc[name, "largest_move"]
            cells: tuple[Cell, ...] = (
                (Number(float(rho), decimals, "rank_correlation"),) if np.isfinite(rho) else EMPTY,
                (Number(float(moved), 0, "largest_move", grouped=True),),
            )
            body.append(Row(f"{choice}[{name}]", (text,), (cells,)))
        if body:
            panels.append(Panel(tuple(body), heading))
    if not panels:
        raise DeclarationError(
            f"{place}: the index's sensitivity is switched off; switch it on or drop the table"
        )
    return Table(
        study=study,
        id=table,
        title=declared.title(declaration, place),
        stubs=(Text("Choice", "选择"),),
        columns=(
            Column("rank_correlation", (Text("Rank correlation", "秩相关系数"),), align="right"),
            Column("largest_move", (Text("Largest move (places)", "最大名次变动"),), align="right"),
        ),
        panels=tuple(panels),
        origin=origin,
        notes=(
            Text(
                "Spearman's rank correlation with the index as declared, over all city-years.",
                "与原指数在全部城市—年份上的斯皮尔曼秩相关系数。",
            ),
            *declared.notes(declaration, place),
        ),
    )
