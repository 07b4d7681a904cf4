"""Decompositions of inequality over the years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.errors import DeclarationError
from nianjian.publish import declared
from nianjian.publish.disparities import BETWEEN, GINI, TOTAL, WITHIN
from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.figures.trend import YEAR
from nianjian.publish.text import Text

SHARE = Text("Share of Gini (%)", "贡献率（%）")
COMPONENT = Text("Part of the Gini coefficient", "基尼系数构成")
BENCHMARK = Text("Between, labels at random", "组间（随机分组）")
THEIL = Text("Theil index", "泰尔指数")
NET, CROSSING = Text("Net between", "净组间"), Text("Transvariation", "超变密度")
RATE = Text("Mean yearly change", "年均变化率")
STYLES = {"total": "bars", "within_between": "lines", "dagum": "area"}
"""What a figure is drawn as if its declaration does not say; lines otherwise."""

Key = tuple[str, str, str, str]


def draw(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Draw one decomposition.

    Parameters
    ----------
    declaration : ``show``, ``style``, ``benchmark``, ``groups`` (attribute), ``components`` (columns)

    Raises
    ------
    DeclarationError
        If there is nothing of the kind in the inequality.
    """
    show = declaration["show"]
    style = declaration.get("style") or STYLES.get(show, "lines")
    series = _series(declaration, inputs)
    if show == "within_between":
        figure, axes = canvas.new("double", 70, ncols=2)
        _plot(axes[0], inputs, series, style, GINI, language)
        shares: dict[Key, Text] = {
            ("share_within", "", "", ""): WITHIN,
            ("share_between", "", "", ""): BETWEEN,
        }
        _plot(
            axes[1],
            inputs,
            shares,
            "lines",
            SHARE,
            language,
            factor=100,
            benchmark=declaration.get("benchmark"),
        )
        canvas.letter(axes)
        return figure
    many = len(series) > 4
    figure, axis = canvas.new("double" if many else "single", 72)
    heading = {"total": GINI, "theil": THEIL, "dagum": GINI}.get(show, COMPONENT)
    _plot(axis, inputs, series, style, heading, language)
    if show == "total":
        _rate(axis, inputs, language)
    return figure


def _series(declaration: Mapping[str, Any], inputs: Inputs) -> dict[Key, Text]:
    """Keys of the rows to draw, and what they are called."""
    show, rows = declaration["show"], inputs.given("inequality")
    groups = _groups(declaration, inputs, rows) if show in ("groups", "pairs") else {}
    if show == "total":
        return {("gini", "", "", ""): GINI}
    if show == "within_between":
        return {("gini_within", "", "", ""): WITHIN, ("gini_between", "", "", ""): BETWEEN}
    if show == "groups":
        return {("gini_cell", group, group, ""): text for group, text in groups.items()}
    if show == "pairs":
        cells = rows[
            (rows["measure"] == "gini_cell") & (rows["component"] == "") & (rows["group"] != rows["other"])
        ]
        pairs = dict.fromkeys(zip(cells["group"], cells["other"], strict=True))
        return {
            ("gini_cell", a, b, ""): Text(
                f"{groups[a].en} – {groups[b].en}", f"{groups[a].zh}—{groups[b].zh}"
            )
            for a, b in pairs
        }
    if show == "components":
        named = declaration.get("components") or []
        if not named:
            raise DeclarationError(f"{inputs.place}.show: the inequality has no components")
        return {("gini_cell", "", "", name): inputs.label(name) for name in named}
    if show == "dagum":
        parts = {"within": WITHIN, "net_between": NET, "transvariation": CROSSING}
        return {(f"dagum_{part}", "", "", ""): text for part, text in parts.items()}
    if show == "theil":
        parts = {"theil": TOTAL, "theil_within": WITHIN, "theil_between": BETWEEN}
        return {(part, "", "", ""): text for part, text in parts.items()}
    known = ("total", "groups", "within_between", "components", "pairs", "dagum", "theil")
    raise DeclarationError(f"{inputs.place}.show: '{show}'{declared.suggestion(show, known)}")


def _groups(declaration: Mapping[str, Any], inputs: Inputs, rows: pd.DataFrame) -> dict[Any, Text]:
    if not declaration.get("groups"):
        raise DeclarationError(f"{inputs.place}.show: the inequality has no groups")
    found = rows.loc[rows["measure"] == "gini_own", "group"].unique()
    return inputs.present(declaration["groups"], found)


def _rows(inputs: Inputs, key: Key) -> pd.DataFrame:
    rows = inputs.given("inequality")
    names = ("measure", "group", "other", "component")
    chosen = rows[
        np.logical_and.reduce([rows[name] == value for name, value in zip(names, key, strict=True)])
    ]
    chosen = chosen[chosen["year"].notna()].sort_values("year")
    if chosen.empty:
        raise DeclarationError(
            f"{inputs.place}: the inequality holds no {' '.join(part for part in key if part)}"
        )
    return chosen


def _plot(
    axis: Axes,
    inputs: Inputs,
    series: Mapping[Key, Text],
    style: str,
    heading: Text,
    language: str,
    *,
    factor: float = 1.0,
    benchmark: bool | None = False,
) -> None:
    found = {key: _rows(inputs, key) for key in series}
    years = sorted({int(year) for own in found.values() for year in own["year"]})
    base = np.zeros(len(years))
    for i, (key, text) in enumerate(series.items()):
        own = found[key].set_index("year").reindex(years)
        estimate = factor * own["estimate"].to_numpy(dtype=float)
        low, high = (factor * own[name].to_numpy(dtype=float) for name in ("conf_low", "conf_high"))
        if style == "bars" and len(series) == 1:
            error = (
                np.maximum(np.vstack([estimate - low, high - estimate]), 0)
                if np.isfinite(low).all()
                else None
            )
            axis.bar(
                years, estimate, width=0.65, color=canvas.GROUPS[4], edgecolor="none", yerr=error,
                error_kw={"elinewidth": 0.7, "capsize": 1.5, "capthick": 0.7, "ecolor": canvas.INK},
                label=text[language],
            )  # fmt: skip
        elif style in ("bars", "area"):
            if style == "bars":
                axis.bar(
                    years, estimate, bottom=base, width=0.65, color=canvas.GROUPS[i], label=text[language]
                )
            else:
                axis.fill_between(
                    years,
                    base,
                    base + estimate,
                    color=canvas.GROUPS[i],
                    alpha=0.85,
                    lw=0,
                    label=text[language],
                )
            base = base + np.nan_to_num(estimate)
        else:
            line = canvas.line_style(i)
            axis.plot(years, estimate, label=text[language], **line)
            if np.isfinite(low).any():
                axis.fill_between(years, low, high, color=line["color"], alpha=canvas.BAND, lw=0)
    if benchmark:
        shares = _rows(inputs, ("share_benchmark", "", "", "")).set_index("year").reindex(years)
        axis.plot(
            years, factor * shares["estimate"].to_numpy(dtype=float), color=canvas.INK, lw=0.9, ls=(0, (2, 2)),
            label=BENCHMARK[language],
        )  # fmt: skip
    if style == "lines" and factor != 1.0:
        axis.set_ylim(0, 100)
    elif style != "lines":
        axis.set_ylim(bottom=0)
    canvas.years_axis(axis, years)
    if style == "area":
        axis.set_xlim(years[0], years[-1])
    axis.set_ylabel(heading[language])
    axis.set_xlabel(YEAR[language])
    if len(series) > 1 or benchmark:
        canvas.legend_below(axis, gap=30)


def _rate(axis: Axes, inputs: Inputs, language: str) -> None:
    rows = inputs.given("inequality")
    rate = rows[rows["measure"] == "gini_growth"]
    if not rate.empty:
        value = canvas.number(float(rate["estimate"].iloc[0]), 2)
        colon = "：" if language == "zh" else ": "
        axis.text(
            0.98, 0.98, f"{RATE[language]}{colon}{value}%", transform=axis.transAxes, ha="right", va="top"
        )
        low, high = axis.get_ylim()
        axis.set_ylim(low, high * 1.12)
