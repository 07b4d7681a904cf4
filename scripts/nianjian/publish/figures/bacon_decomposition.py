"""Comparisons of cohorts by their weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import effect_on, row_of, rows_of, shows
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.bacon_decomposition import Params

SERIES = ("never", "earlier_later", "later_earlier", "later_always", "both_treated")
"""Kinds of comparisons, in the order of the legend."""


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """A point a comparison, its estimate over its weight, and a line at the coefficient.

    Raises
    ------
    EstimationError
        If the estimates hold no comparison.
    """
    estimates = data.estimates()
    effects, fits = rows_of(estimates, "effect"), rows_of(estimates, "fit")
    effects = effects[effects["term"].isin([f"comparison_{name}" for name in SERIES])]
    total = row_of(estimates, "effect", "twfe")
    if effects.empty or total is None:
        raise EstimationError(f"{context}: the estimates of '{params.spec}' hold no comparison of cohorts")
    weights = {_pair(row): row for row in fits[fits["term"] == "weight"].to_dict("records")}
    points = []
    for row in effects.to_dict("records"):
        weight = weights[_pair(row)]
        where = (*shows(weight), *shows(row))
        series = row["term"].removeprefix("comparison_")
        points.append(Point(series, where, x=float(weight["estimate"]), y=float(row["estimate"])))
    points.append(Point("twfe", shows(total), y=float(total["estimate"])))

    axis_name = effect_on(context, [params.spec])

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("single", 75)
        for number, name in enumerate(SERIES):
            own = [point for point in points if point.series == name]
            if own:
                axes.plot(
                    [point.x for point in own], [point.y for point in own], canvas.MARKERS[number],
                    color=canvas.GROUPS[number], ls="none", label=word(f"estimates.mean_{name}")[language],
                )  # fmt: skip
        label = word("estimates.twfe")[language]
        axes.axhline(points[-1].y, color=canvas.INK, lw=0.8, ls=(0, (3, 2)), label=label)
        axes.axhline(0, color=canvas.INK, lw=0.6)
        axes.set_xlabel(word("figures.weight")[language])
        axes.set_ylabel(axis_name[language])
        canvas.legend_below(axes)
        return figure

    names = {name: word(f"estimates.mean_{name}") for name in SERIES}
    about = About(
        word("captions.bacon_decomposition"),
        (word("captions.note_twfe"),),
        words={**names, "twfe": word("estimates.twfe")},
    )
    return Drawing(tuple(points), draw, about)


def _pair(row: dict[str, object]) -> tuple[str, str]:
    other = row["other"]
    return str(row["group"]), "" if pd.isna(other) else str(other)
