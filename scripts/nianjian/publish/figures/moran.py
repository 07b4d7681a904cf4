"""Figures of spatial association: Moran's scatter plot, local clusters, choice of a weight matrix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian.errors import DeclarationError, EstimationError
from nianjian.publish import declared
from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text

Declaration = Mapping[str, Any]

CLUSTERS = {
    "HH": (Text("High-High", "高-高"), "#ca0020", "o"),
    "HL": (Text("High-Low", "高-低"), "#E69F00", "s"),
    "LH": (Text("Low-High", "低-高"), "#56B4E9", "^"),
    "LL": (Text("Low-Low", "低-低"), "#0571b0", "D"),
    "ns": (Text("Not significant", "不显著"), "#9a9a9a", "."),
}
"""Category: what it is called, its colour and marker."""
QUADRANTS = {(True, True): "HH", (False, True): "LH", (False, False): "LL", (True, False): "HL"}
"""As :mod:`nianjian.spatial.statistics` has them, whose import would slow every figure."""
CRITERIA = {"aic": "AIC", "bic": "BIC"}


def local_results(estimates: pd.DataFrame, year: int, place: str) -> pd.DataFrame:
    """Local Moran's I of one year from the rows of a specification.

    Returns
    -------
    DataFrame, one row a city: ``city, z, lag, local, p_value, cluster`` with cluster HH, HL, LH, LL or ns

    Raises
    ------
    EstimationError
        If the estimates have no such year.
    """
    parts = estimates.loc[estimates["kind"] == "effect", "term"].str.extract(
        r"^(z|lag|local|cluster)\[(\d+)\|(\d+)\]$"
    )
    rows = (
        estimates.loc[parts.index].assign(what=parts[0], city=parts[1], year=parts[2]).dropna(subset="what")
    )
    rows = rows[rows["year"].astype(int) == year]
    if rows.empty:
        known = ", ".join(sorted(parts[2].dropna().unique())) or "none"
        raise EstimationError(f"{place}: the specification has no local results of {year}; there is {known}")
    rows["city"] = rows["city"].astype(int)
    found = rows.pivot(index="city", columns="what", values="estimate")
    found["p_value"] = rows[rows["what"] == "local"].set_index("city")["p_value"]
    quadrant = [
        QUADRANTS[bool(own), bool(near)] for own, near in zip(found["z"] > 0, found["lag"] > 0, strict=True)
    ]
    found["cluster"] = np.where(found["cluster"] == 1, quadrant, "ns")
    return found.reset_index()[["city", "z", "lag", "local", "p_value", "cluster"]]


def _fit(estimates: pd.DataFrame, term: str, place: str) -> float:
    own = estimates[(estimates["kind"] == "fit") & (estimates["term"] == term)]
    if own.empty:
        raise EstimationError(f"{place}: the specification has no fit '{term}'")
    return float(own["estimate"].iloc[0])


def draw_scatter(declaration: Declaration, inputs: Inputs, language: str) -> Figure:
    """Moran's scatter plot of one year: each city's value against that of its neighbours, both standardised.

    The slope of the line is Moran's I. Cities in a significant local cluster are coloured by quadrant.

    Raises
    ------
    DeclarationError, EstimationError
        If the variable has no label, or the estimates have no such year.
    """
    place, year = inputs.place, int(declaration["year"])
    estimates = inputs.given("estimates")
    found = local_results(estimates, year, place)
    slope = _fit(estimates, f"slope[{year}]", place)
    figure, axes = canvas.new("single", 84)
    reach = 1.1 * float(np.abs(found["z"]).max())
    axes.axhline(0, color=canvas.GRID, linewidth=0.6, zorder=0)
    axes.axvline(0, color=canvas.GRID, linewidth=0.6, zorder=0)
    handles = []
    for category in ("ns", "HH", "HL", "LH", "LL"):
        text, colour, marker = CLUSTERS[category]
        own = found[found["cluster"] == category]
        words = f"{text[language]} ({len(own)})" if language == "en" else f"{text[language]}（{len(own)}）"
        handles.append(
            axes.scatter(
                own["z"],
                own["lag"],
                s=9 if category != "ns" else 12,
                color=colour,
                marker=marker,
                linewidths=0.2,
                edgecolors="white" if category != "ns" else "none",
                label=words,
                zorder=2 if category == "ns" else 3,
            )
        )
    ends = np.array([-reach, reach])
    axes.plot(ends, slope * ends, color=canvas.INK, linewidth=1.0, zorder=4)
    low, high = float(found["z"].min()), float(found["z"].max())
    pad = 0.06 * (high - low)
    axes.set_xlim(low - pad, high + pad)
    low, high = float(found["lag"].min()), float(found["lag"].max())
    pad = 0.08 * (high - low)
    axes.set_ylim(low - pad, high + pad)
    name = inputs.label(str(declaration["outcome"]))
    axes.set_xlabel(f"{name.en}, standardised" if language == "en" else f"{name.zh}（标准化）")
    axes.set_ylabel("Spatial lag" if language == "en" else "空间滞后项")
    words = "Moran's I" if language == "en" else "莫兰指数I"
    axes.text(
        0.02,
        0.98,
        f"{words} = {canvas.number(slope, 3)}",
        transform=axes.transAxes,
        va="top",
        fontsize=canvas.SMALL,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
        zorder=5,
    )
    canvas.legend_below(axes, handles, gap=30)
    return figure


def draw_clusters(declaration: Declaration, inputs: Inputs, language: str) -> Figure:
    """Map of the local clusters of one year.

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        As :func:`local_results` and :func:`nianjian.publish.figures.maps.draw_clusters` do.
    """
    from nianjian.publish.figures import maps  # needs shapely, which other figures do without

    year, outcome = int(declaration["year"]), str(declaration["outcome"])
    found = local_results(inputs.given("estimates"), year, inputs.place)
    sample = inputs.year(year).merge(found[["city", "cluster"]], on="city", how="left", validate="one_to_one")
    sample = sample.rename(columns={"cluster": "local_cluster"})
    name = inputs.label(outcome)
    words = {"en": f"Local clusters of {name.en[:1].lower()}{name.en[1:]}", "zh": f"{name.zh}局部集聚"}
    drawn = replace(inputs, sample=sample, labels={**inputs.labels, "local_cluster": words})
    return maps.draw_clusters({**declaration, "values": "local_cluster"}, drawn, language)


def draw_weight_choice(declaration: Declaration, inputs: Inputs, language: str) -> Figure:
    """An information criterion over the share a of the first matrix, with the other matrices as levels.

    Raises
    ------
    DeclarationError
        If the specification has no grid, or a matrix has no label.
    """
    place, criterion = inputs.place, str(declaration.get("criterion", "aic"))
    grid = declaration.get("grid")
    if not grid:
        raise DeclarationError(f"{place}.spec: the specification mixes no matrices; give it key 'grid'")
    estimates = inputs.given("estimates")
    terms = estimates[estimates["kind"] == "fit"].set_index("term")["estimate"]
    mixed: dict[float, float] = {}
    others: dict[str, float] = {}
    for term, value in terms.items():
        matched = re.fullmatch(rf"{criterion}\[(.+)\]", str(term))
        if not matched:
            continue
        share = re.fullmatch(r"a=([\d.]+)", matched.group(1))
        if share:
            mixed[float(share.group(1))] = float(value)
        elif matched.group(1) not in grid:
            others[matched.group(1)] = float(value)
    shares = sorted(mixed)
    values = [mixed[share] for share in shares]
    figure, axes = canvas.new("single", 70)
    first, second = (declared.label(inputs.labels, name, place)[language] for name in grid)
    label = f"a × {first}\n+ (1 − a) × {second}" if language == "en" else f"a×{first}+(1−a)×{second}"
    (line,) = axes.plot(shares, values, **{**canvas.line_style(0), "label": label})
    best = int(np.argmin(values))
    axes.plot(
        shares[best], values[best], "o", markersize=7, markerfacecolor="none", markeredgecolor=canvas.ACCENT
    )
    axes.annotate(
        f"a = {shares[best]:g}",
        (shares[best], values[best]),
        xytext=(-4, -12) if shares[best] > 0.8 else (4, -12),
        textcoords="offset points",
        ha="right" if shares[best] > 0.8 else "left",
        fontsize=canvas.SMALL,
    )
    handles = [line]
    for i, (name, value) in enumerate(others.items(), start=1):
        style = canvas.line_style(i)
        handles.append(
            axes.axhline(
                value,
                color=style["color"],
                linestyle=style["linestyle"],
                linewidth=1.0,
                label=declared.label(inputs.labels, name, place)[language],
            )
        )
    axes.margins(y=0.2)
    axes.set_xlabel(f"Share a of {first[:1].lower()}{first[1:]}" if language == "en" else f"{first}所占份额a")
    axes.set_ylabel(CRITERIA[criterion])
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    canvas.legend_below(axes, handles, gap=30)
    return figure
