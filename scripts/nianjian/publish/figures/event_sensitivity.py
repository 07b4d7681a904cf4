"""An event study above, intervals of its effect by how far trends may differ below."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.estimates import Estimate
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import with_value
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import effect_on, row_of, rows_of, shows
from nianjian.publish.figures.event_study import (
    draw_events,
    event_points,
    marks,
    read_events,
    series_names,
    tick,
)
from nianjian.publish.figures.honest_did import bound_points, draw_bounds, symbol_of
from nianjian.publish.params import p_text
from nianjian.text import BLANK, Text, enumerated, has_han, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.event_sensitivity import Params

GAP = 0.6
"""Between the intervals of two restrictions, in places of one."""
NAME = 15
"""Letters of a line below an interval."""


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Above, the event study and the linear trend that its pre-test would find; below, the intervals of each restriction.

    Raises
    ------
    EstimationError
        If the estimates hold no event times, no interval or no trend.
    """
    estimates = data.estimates()
    own = _of(estimates, params.spec)
    events, band, base = read_events(own, params.spec, context)
    test = row_of(own, "test", "pretrend")
    trend = None if params.power is None else _trend(_of(estimates, params.power), params.power, context)
    points = event_points(events, band, base)
    if test is not None and np.isfinite(test["p_value"]):
        points.append(Point("pretrend", shows(test, "p_value"), y=float(test["p_value"])))
    if trend is not None:
        points += [
            Point(
                "trend",
                shows(row),
                x=float(row["event_time"]),
                x_word=tick("event", int(row["event_time"])),
                y=float(row["estimate"]),
            )
            for row in trend.to_dict("records")
        ]
    bounds = [
        _bounds(estimates, spec, context, first=number == 0) for number, spec in enumerate(params.honest)
    ]

    name = effect_on(context, [params.spec])

    def draw(language: str) -> Figure:
        figure, (above, below) = canvas.new("double", 120, nrows=2, ncols=1)
        draw_events(above, events, band, base, language)
        above.set_ylabel(name[language])
        if trend is not None:
            _draw_trend(above, trend, language)
        above.set_title(_found(test)[language], loc="left", fontsize=canvas.SMALL)
        canvas.legend_below(above)
        _draw_all_bounds(below, bounds, language)
        below.set_ylabel(name[language])
        return figure

    about = About(
        word("captions.event_sensitivity"),
        (*marks(not band.empty, base is not None), word("captions.note_parallel")),
        words={
            **series_names(),
            "breakdown": word("statistics.breakdown"),
            "parallel": word("estimates.parallel"),
        },
        untold=frozenset({"band", "base_period"}),
    )
    return Drawing((*points, *(point for _, own in bounds for point in own)), draw, about)


def _of(estimates: pd.DataFrame, spec: str) -> pd.DataFrame:
    return estimates[estimates["spec"] == spec]


def _bounds(
    estimates: pd.DataFrame, spec: str, context: PublishContext, *, first: bool
) -> tuple[str, list[Point]]:
    """What a bound is called, and the intervals; that under parallel trends, which all share, is the first's."""
    own = _of(estimates, spec)
    points = bound_points(own, spec, context, panel=1)
    return symbol_of(own), [point for point in points if first or point.series != "parallel"]


def _trend(estimates: pd.DataFrame, spec: str, context: PublishContext) -> pd.DataFrame:
    """Rows of the trend that is found with the largest probability, in the order of the years."""
    rows = rows_of(estimates, "effect", "trend")
    if rows.empty:
        raise EstimationError(f"{context}: the estimates of '{spec}' hold no trend of pretrends_power")
    largest = max(rows["group"], key=float)
    return rows[rows["group"] == largest].sort_values("event_time", ignore_index=True)


def _found(test: Estimate | None) -> Text:
    if test is None or not np.isfinite(test["p_value"]):
        return BLANK
    return with_value(word("figures.pretrend"), p_text(float(test["p_value"])))


def _draw_trend(axes: Axes, trend: pd.DataFrame, language: str) -> None:
    power = f"{100 * float(trend['group'].iloc[0]):g}%"
    axes.plot(
        trend["event_time"].to_numpy(dtype=float), trend["estimate"].to_numpy(dtype=float),
        color=canvas.GROUPS[5], lw=0.9, ls=canvas.LINES[1], zorder=1, label=word("figures.trend", power=power)[language],
    )  # fmt: skip


def _draw_all_bounds(axes: Axes, bounds: Sequence[tuple[str, list[Point]]], language: str) -> None:
    """Each restriction's intervals beside the other's, and what their breakdown values are."""
    places: list[float] = []
    names: list[str] = []
    for symbol, points in bounds:
        start = places[-1] + 1 + GAP if places else 0.0
        own = draw_bounds(axes, points, symbol, language, start)
        places += [start + at for at in range(len(own))]
        names += [name if has_han(name) else fill(name, NAME) for name in own]
    axes.axhline(0, color=canvas.INK, lw=0.6)
    axes.set_xticks(places, names)
    axes.set_xlim(-0.5, places[-1] + 0.5)
    values = [
        Text.same(f"{symbol} = {point.y:.3g}")
        for symbol, points in bounds
        for point in points
        if point.series == "breakdown"
    ]
    if values:
        said = enumerated(values, "punctuation.semicolon")
        text = word("statistics.breakdown") + word("punctuation.colon") + said
        axes.set_title(text[language], loc="left", fontsize=canvas.SMALL)
