"""Coefficients by years since the treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.estimates import EVENTS, Estimate, NumberName
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import with_value
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import effect_on, row_of, rows_of, shows
from nianjian.publish.params import p_text
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.event_study import Params

WIDE = 12
"""More coefficients than these need two columns of a page."""
SIGNS = {"": "", "<=": "≤", ">=": "≥"}
ENDS: tuple[NumberName, ...] = ("estimate", "conf_low", "conf_high")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Coefficients by event time, with pointwise intervals and the simultaneous band behind them.

    Raises
    ------
    EstimationError
        If the estimates hold no event times.
    """
    estimates = data.estimates()
    events, band, base = read_events(estimates, params.spec, context)
    test = row_of(estimates, "test", "pretrend")
    if test is not None and not np.isfinite(test["p_value"]):
        test = None
    points = event_points(events, band, base)
    if test is not None:
        points.append(Point("pretrend", shows(test, "p_value"), y=float(test["p_value"])))

    name = effect_on(context, [params.spec])

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("double" if len(events) > WIDE else "single", 70)
        draw_events(axes, events, band, base, language)
        axes.set_ylabel(name[language])
        if test is not None:
            text = with_value(word("figures.pretrend"), p_text(float(test["p_value"])))
            axes.set_title(text[language], loc="left", fontsize=canvas.SMALL)
        canvas.legend_below(axes)
        return figure

    return Drawing(tuple(points), draw, _about(not band.empty, base is not None))


def _about(band: bool, base: bool) -> About:
    return About(
        word("captions.event_study"),
        marks(band, base),
        words=series_names(),
        untold=frozenset({"band", "base_period"}),
    )


def marks(band: bool, base: bool) -> tuple[Text, ...]:
    """What the marks of :func:`draw_events` mean."""
    notes = [word("captions.note_pointwise")]
    notes += [word("captions.note_band")] if band else []
    notes += [word("captions.note_policy")]
    notes += [word("captions.note_base")] if base else []
    return tuple(notes)


def series_names() -> dict[str, Text]:
    """What the series of :func:`event_points`, and the test beside them, are called."""
    names = {"pointwise": "figures.pointwise", "band": "figures.band", "pretrend": "captions.p_of_pretrend"}
    return {series: word(key) for series, key in names.items()}


def read_events(
    estimates: pd.DataFrame, spec: str, context: PublishContext
) -> tuple[pd.DataFrame, pd.DataFrame, Estimate | None]:
    """Rows of the coefficients, of the simultaneous band, and of the base period where no coefficient stands there.

    Raises
    ------
    EstimationError
        If the estimates hold no event times.
    """
    events = event_rows(rows_of(estimates, "coefficient"))
    if events.empty:
        raise EstimationError(f"{context}: the estimates of '{spec}' hold no event times")
    base = row_of(estimates, "fit", "base_period")
    if base is not None and float(base["estimate"]) in events["event_time"].to_numpy(dtype=float):
        base = None
    return events, event_rows(rows_of(estimates, "effect")), base


def event_points(events: pd.DataFrame, band: pd.DataFrame, base: Estimate | None) -> list[Point]:
    """What :func:`draw_events` draws."""
    points = [*_interval_points("pointwise", events), *_interval_points("band", band)]
    if base is not None:
        points.append(Point("base_period", shows(base), x=float(base["estimate"]), y=0.0))
    return points


def event_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of event times of all cohorts together, in order."""
    own = rows[rows["term"].isin(EVENTS) & rows["event_time"].notna() & rows["group"].isna()]
    return own.sort_values("event_time", ignore_index=True)


def tick(term: str, event_time: int) -> str:
    """What stands under the axis: ``−2``, ``≤−5`` of an end bin."""
    return f"{SIGNS[EVENTS[term]]}{event_time}".replace("-", "\N{MINUS SIGN}")


def _interval_points(series: str, events: pd.DataFrame) -> list[Point]:
    return [
        Point(
            series,
            shows(row, *ENDS),
            x=float(row["event_time"]),
            x_word=tick(row["term"], int(row["event_time"])),
            y=float(row["estimate"]),
            low=float(row["conf_low"]),
            high=float(row["conf_high"]),
        )
        for row in events.to_dict("records")
    ]


def draw_events(
    axes: Axes, events: pd.DataFrame, band: pd.DataFrame, base: Estimate | None, language: str
) -> None:
    """Coefficients with their intervals, the band behind them and the base period."""
    axes.axhline(0, color=canvas.INK, lw=0.6)
    axes.axvline(-0.5, color=canvas.INK, lw=0.6, ls=(0, (3, 2)))
    if not band.empty:
        axes.errorbar(
            band["event_time"].to_numpy(dtype=float), band["estimate"], yerr=lengths(band), fmt="none",
            elinewidth=3.2, ecolor=canvas.GROUPS[4], alpha=0.45, label=word("figures.band")[language],
        )  # fmt: skip
    times = events["event_time"].to_numpy(dtype=float)
    axes.errorbar(
        times, events["estimate"].to_numpy(dtype=float), yerr=lengths(events), fmt="o", color=canvas.GROUPS[0],
        elinewidth=0.9, capsize=2, capthick=0.9, label=word("figures.pointwise")[language],
    )  # fmt: skip
    ticks = list(times)
    words = [tick(term, int(time)) for term, time in zip(events["term"], times, strict=True)]
    if base is not None:
        at = float(base["estimate"])
        axes.plot(
            [at], [0], "o", mfc="white", mec=canvas.GROUPS[0], label=word("figures.base_period")[language]
        )
        ticks.append(at)
        words.append(canvas.number(at, 0))
    axes.set_xticks(ticks, words)
    axes.set_xlabel(word("figures.event_time")[language])


def lengths(events: pd.DataFrame) -> list[pd.Series]:
    """Lengths of the whiskers below and above the estimates."""
    return [events["estimate"] - events["conf_low"], events["conf_high"] - events["estimate"]]
