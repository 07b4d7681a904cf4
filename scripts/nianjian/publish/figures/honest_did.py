"""Intervals of an effect by how far trends may differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.estimates import Estimate, NumberName
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import with_value
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import effect_on, row_of, rows_of, shows
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.honest_did import Params

ENDS: tuple[NumberName, ...] = ("conf_low", "conf_high")
TERMS = ("honest_rm", "honest_sd")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """The interval under parallel trends, then one a bound, and the breakdown value.

    Raises
    ------
    EstimationError
        If the estimates hold no bound, or an interval has no end.
    """
    estimates = data.estimates()
    points = bound_points(estimates, params.spec, context)
    for point in points:
        if point.series == "bound" and not np.isfinite([point.low, point.high]).all():
            raise EstimationError(
                f"{context}: the interval at bound {point.x_word} has no end and cannot be drawn; leave the bound out"
            )
    symbol = symbol_of(estimates)

    name = effect_on(context, [params.spec])

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("single", 65)
        names = draw_bounds(axes, points, symbol, language)
        axes.axhline(0, color=canvas.INK, lw=0.6)
        axes.set_xticks(range(len(names)), names)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylabel(name[language])
        if points[-1].series == "breakdown":
            text = with_value(word("statistics.breakdown"), f"{points[-1].y:.3g}")
            axes.set_title(text[language], loc="left", fontsize=canvas.SMALL)
        return figure

    about = About(
        word("captions.honest_did"),
        (word("captions.note_parallel"),),
        words={"breakdown": word("statistics.breakdown")},
    )
    return Drawing(tuple(points), draw, about)


def bound_points(estimates: pd.DataFrame, spec: str, context: PublishContext, panel: int = 0) -> list[Point]:
    """The interval under parallel trends, one a bound, and last the breakdown value where it is finite.

    Raises
    ------
    EstimationError
        If the estimates hold no bound.
    """
    effects = rows_of(estimates, "effect")
    bounds: list[Estimate] = effects[effects["term"].isin(TERMS)].to_dict("records")
    parallel, breakdown = row_of(estimates, "effect", "parallel"), row_of(estimates, "fit", "breakdown")
    if not bounds or parallel is None:
        raise EstimationError(f"{context}: the estimates of '{spec}' hold no interval of honest_did")
    points = [
        _point(parallel, "parallel", None, panel),
        *(_point(row, "bound", row["group"], panel) for row in bounds),
    ]
    if breakdown is not None and np.isfinite(breakdown["estimate"]):
        points.append(Point("breakdown", shows(breakdown), y=float(breakdown["estimate"]), panel=panel))
    return points


def symbol_of(estimates: pd.DataFrame) -> str:
    """What a bound is called: M̄ of relative magnitudes, M of smoothness."""
    return "M̄" if len(rows_of(estimates, "effect", "honest_rm")) else "M"


def draw_bounds(
    axes: Axes, points: Sequence[Point], symbol: str, language: str, start: float = 0.0
) -> list[str]:
    """Draw the intervals side by side from a place on; returns what stands under each.

    One without an end is a broken line through the whole of the axes.
    """
    drawn = [point for point in points if point.series != "breakdown"]
    for at, point in enumerate(drawn):
        color = canvas.GROUPS[1 if point.series == "parallel" else 0]
        if np.isfinite([point.low, point.high]).all():
            axes.plot([start + at] * 2, [point.low, point.high], color=color, lw=1.6, solid_capstyle="butt")
        else:
            axes.axvline(start + at, color=color, lw=1.0, ls=canvas.LINES[2])
    return [
        word("estimates.parallel")[language] if point.x_word is None else f"{symbol} = {point.x_word}"
        for point in drawn
    ]


def _point(row: Estimate, series: str, bound: str | None, panel: int) -> Point:
    low, high = float(row["conf_low"]), float(row["conf_high"])
    return Point(series, shows(row, *ENDS), x_word=bound, low=low, high=high, panel=panel)
