"""Standardised bias of covariates before and after matching."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import rows_of, shows
from nianjian.text import width, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.balance import Params

BIAS = "bias"
"""Term of a covariate's standardised bias, of which ``group`` says when."""
WHEN = ("before", "after")
LIMITS = (-10, 10)
"""What is usually taken for balanced, %."""
WIDE = 14
"""Letters of a label that leave too little room for the plot in one column."""


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Bias of every covariate before and after matching, the largest on top.

    Raises
    ------
    EstimationError
        If the estimates hold no balance.
    """
    found = rows_of(data.estimates(), "test", BIAS)
    rows = {(row["variable"], row["group"]): row for row in found[found["year"].isna()].to_dict("records")}
    names = [name for name, when in rows if when == WHEN[0]]
    if not names:
        raise EstimationError(f"{context}: the estimates of '{params.spec}' hold no balance")
    names.sort(key=lambda name: abs(rows[name, WHEN[0]]["estimate"]))
    place = np.arange(len(names))
    values = {when: [float(rows[name, when]["estimate"]) for name in names] for when in WHEN}
    points = [
        Point(when, shows(rows[name, when]), x=value, x_word=name, y=float(y))
        for when in WHEN
        for name, value, y in zip(names, values[when], place, strict=True)
    ]

    def draw(language: str) -> Figure:
        labels = [context.label(name)[language] for name in names]
        wide = max(width(each) for each in labels) > WIDE
        figure, axes = canvas.new("double" if wide else "single", 30 + 6 * len(names))
        for i, when in enumerate(WHEN):
            style = {"markerfacecolor": "white"} if i == 0 else {}
            axes.plot(
                values[when], place, linestyle="none", marker=canvas.MARKERS[i], color=canvas.GROUPS[i], ms=4.5,
                label=word(f"figures.{when}")[language], **style,
            )  # fmt: skip
        axes.axvline(0, color=canvas.INK, lw=0.6)
        for edge in LIMITS:
            axes.axvline(edge, color=canvas.INK, lw=0.6, ls=(0, (2, 2)))
        axes.set_yticks(place, labels)
        axes.margins(x=0.08)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.grid(axis="y", color=canvas.GRID, lw=0.4)
        axes.set_axisbelow(True)
        axes.set_xlabel(word("figures.bias")[language])
        canvas.legend_below(axes)
        return figure

    return Drawing(tuple(points), draw, _about())


def by_year(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Bias of every covariate over the years: above before matching, below after it.

    Raises
    ------
    EstimationError
        If the estimates hold no balance by year.
    """
    found = rows_of(data.estimates(), "test", BIAS)
    found = found[found["year"].notna()].sort_values("year", kind="stable")
    if found.empty:
        raise EstimationError(f"{context}: the estimates of '{params.spec}' hold no balance by year")
    names = list(dict.fromkeys(found["variable"]))
    points = [
        Point(row["variable"], shows(row), x=float(row["year"]), y=float(row["estimate"]), panel=panel)
        for panel, when in enumerate(WHEN)
        for row in found[found["group"] == when].to_dict("records")
    ]

    def draw(language: str) -> Figure:
        figure, panels = canvas.new("single", 110, nrows=2, sharex=True, sharey=True)
        for panel, (axes, when) in enumerate(zip(panels, WHEN, strict=True)):
            for i, name in enumerate(names):
                own = [point for point in points if point.panel == panel and point.series == name]
                axes.plot(
                    [point.x for point in own],
                    [point.y for point in own],
                    label=context.label(name)[language],
                    **canvas.line_style(i),
                )
            axes.axhline(0, color=canvas.INK, lw=0.6)
            for edge in LIMITS:
                axes.axhline(edge, color=canvas.INK, lw=0.6, ls=(0, (2, 2)))
            axes.set_title(word(f"figures.{when}")[language], loc="left")
            axes.set_ylabel(word("figures.bias")[language])
            axes.set_axisbelow(True)
        panels[-1].set_xlabel(word("figures.year")[language])
        canvas.years_axis(panels[-1], [int(year) for year in found["year"].unique()])
        canvas.legend_below(panels[-1])
        return figure

    panels = tuple(word(f"figures.{when}") for when in WHEN)
    return Drawing(tuple(points), draw, replace(_about(), value="y", panels=panels))


def _about() -> About:
    """What the marks mean."""
    return About(
        word("captions.balance"),
        (word("captions.note_bias_limits", limit=LIMITS[1]),),
        words={when: word(f"figures.{when}") for when in WHEN},
        value="x",
    )
