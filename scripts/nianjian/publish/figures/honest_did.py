"""Intervals of an effect by how far trends may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
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
    effects = rows_of(estimates, "effect")
    bounds: list[Estimate] = effects[effects["term"].isin(TERMS)].to_dict("records")
    parallel, breakdown = row_of(estimates, "effect", "parallel"), row_of(estimates, "fit", "breakdown")
    if not bounds or parallel is None:
        raise EstimationError(f"{context}: the estimates of '{params.spec}' hold no interval of honest_did")
    for row in bounds:
        if not np.isfinite([row["conf_low"], row["conf_high"]]).all():
            raise EstimationError(
                f"{context}: the interval at bound {row['group']} has no end and cannot be drawn; leave the bound out"
            )
    points = [_point(parallel, "parallel", None), *(_point(row, "bound", row["group"]) for row in bounds)]
    value = None if breakdown is None else float(breakdown["estimate"])
    if breakdown is not None and value is not None and np.isfinite(value):
        points.append(Point("breakdown", shows(breakdown), y=value))

    name = effect_on(context, [params.spec])

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("single", 65)
        drawn = [point for point in points if point.series != "breakdown"]
        axes.axhline(0, color=canvas.INK, lw=0.6)
        for at, point in enumerate(drawn):
            color = canvas.GROUPS[1 if point.series == "parallel" else 0]
            axes.plot([at, at], [point.low, point.high], color=color, lw=1.6, solid_capstyle="butt")
        symbol = "M̄" if bounds[0]["term"] == "honest_rm" else "M"
        names = [word("estimates.parallel")[language], *(f"{symbol} = {row['group']}" for row in bounds)]
        axes.set_xticks(range(len(drawn)), names)
        axes.set_xlim(-0.5, len(drawn) - 0.5)
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


def _point(row: Estimate, series: str, bound: str | None) -> Point:
    low, high = float(row["conf_low"]), float(row["conf_high"])
    return Point(series, shows(row, *ENDS), x_word=bound, low=low, high=high)
