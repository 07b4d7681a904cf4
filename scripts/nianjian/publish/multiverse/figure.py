"""The specification curve: estimates with their intervals in order, and below each what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.multiverse.words import Curve, of_choice, of_point
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.multiverse import Params

LINE = 2.9
"""Height of a line of the lower panel in mm."""
UPPER = 52.0
"""Of the upper panel."""
FURNITURE = 22.0
"""Of axis labels, legend and margins together."""
SIGNIFICANT, NOT, OWN = canvas.GROUPS[0], "#a8b6c2", canvas.ACCENT
LEVEL = 0.05
FIELDS = ("shown", "shown_low", "shown_high", "p_value")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Drawn points and the study's own, from the smallest estimate to the largest."""
    curve = Curve.read(params, data)
    chosen = curve.points[curve.points["drawn"] | curve.points["own"]]
    points = chosen.sort_values(["shown", "name"], ignore_index=True)
    rank = {name: place + 1 for place, name in enumerate(points["name"])}
    taken = curve.taken[curve.taken["name"].isin(rank)].assign(rank=lambda frame: frame["name"].map(rank))
    lines = [(dimension, option) for dimension in curve.shown for option in curve.options_of(dimension)]

    def draw(language: str) -> Figure:
        height = UPPER + LINE * (len(lines) + 0.6 * len(curve.shown)) + FURNITURE
        below = height - FURNITURE - UPPER
        figure, (upper, lower) = canvas.new(
            "double", height, nrows=2, sharex=True, gridspec_kw={"height_ratios": [UPPER, below]}
        )
        _estimates(upper, points, curve, language)
        _choices(lower, taken, points, lines, curve, language)
        return figure

    keys = ("own", "significant", "not_significant")
    about = About(
        word("captions.multiverse"),
        (word("captions.note_curve"),),
        words={key: word(f"multiverse.{key}") for key in keys},
        untold=frozenset(curve.shown),
    )
    return Drawing(tuple(_points(points, taken, curve)), draw, about)


def _points(points: pd.DataFrame, taken: pd.DataFrame, curve: Curve) -> list[Point]:
    found = [
        Point(
            "own" if row["own"] else "significant" if row["p_value"] < LEVEL else "not_significant",
            tuple(of_point(row["name"], field) for field in FIELDS),
            x=place + 1.0,
            y=float(row["shown"]),
            low=float(row["shown_low"]),
            high=float(row["shown_high"]),
        )
        for place, row in enumerate(points.to_dict("records"))
    ]
    shown = set(curve.shown)
    found += [
        Point(
            str(row["dimension"]),
            (of_choice(row["name"], str(row["dimension"])),),
            x=float(row["rank"]),
            word=str(row["choice"]),
            panel=1,
        )
        for row in taken.to_dict("records")
        if row["dimension"] in shown
    ]
    return found


def _estimates(axes: Axes, points: pd.DataFrame, curve: Curve, language: str) -> None:
    """The curve: intervals as thin lines, those that are significant dark, the study's own across the page."""
    x = np.arange(len(points)) + 1.0
    significant = (points["p_value"] < LEVEL).to_numpy()
    own = points["own"].to_numpy(dtype=bool)
    low, high, shown = (points[name].to_numpy(dtype=float) for name in ("shown_low", "shown_high", "shown"))
    axes.axhline(0, color=canvas.INK, lw=0.6)
    for which, colour, key in (
        (~significant, NOT, "not_significant"),
        (significant, SIGNIFICANT, "significant"),
    ):
        which = which & ~own
        known = which & np.isfinite(low)
        axes.vlines(x[known], low[known], high[known], color=colour, lw=0.5, alpha=0.45)
        label = word(f"multiverse.{key}")[language]
        axes.plot(x[which], shown[which], ls="", marker="o", ms=1.6, mew=0, color=colour, label=label)
    at = int(np.flatnonzero(own)[0])
    axes.axvline(x[at], color=OWN, lw=0.5, alpha=0.7)
    if np.isfinite(low[at]):
        axes.vlines(x[at], low[at], high[at], color=OWN, lw=1.1)
    label = word("multiverse.own")[language]
    axes.plot(x[at], shown[at], ls="", marker="D", ms=3.6, mew=0.4, mec="white", color=OWN, label=label)
    median = curve.number("median")
    label = word("multiverse.median_of", value=canvas.number(median, 3))[language]
    axes.axhline(median, color=canvas.INK, lw=0.7, ls=(0, (4, 2)), label=label)
    scaled = (curve.points["shown"] != curve.points["estimate"]).any()
    axes.set_ylabel(word("multiverse.estimate_in_sd" if scaled else "multiverse.estimate")[language])
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    _limit(axes, low, high, shown)
    handles = axes.get_legend_handles_labels()[0]
    legend = axes.legend(
        handles=handles, loc="upper left", ncols=2, fontsize=canvas.SMALL - 0.5, frameon=True
    )
    legend.get_frame().set(facecolor="white", edgecolor="none", alpha=0.9)


def _limit(axes: Axes, low: np.ndarray, high: np.ndarray, shown: np.ndarray) -> None:
    """Room for nearly all intervals: a few that reach far would flatten the curve."""
    known = np.isfinite(low)
    bottom = min(np.quantile(low[known], 0.02), shown.min()) if known.any() else shown.min()
    top = max(np.quantile(high[known], 0.98), shown.max()) if known.any() else shown.max()
    room = 0.05 * (top - bottom)
    axes.set_ylim(bottom - room, top + 5 * room)


def _choices(
    axes: Axes,
    taken: pd.DataFrame,
    points: pd.DataFrame,
    lines: list[tuple[str, str]],
    curve: Curve,
    language: str,
) -> None:
    """A line an option, in groups by choice, with a tick where a point has it."""
    significant = points.set_index("name")["p_value"] < LEVEL
    own = str(points.loc[points["own"], "name"].iloc[0])
    y, last = 0.0, ""
    ticks, labels = [], []
    grouped = dict(tuple(taken.groupby(["dimension", "choice"], sort=False)))
    across = blended_transform_factory(axes.transAxes, axes.transData)
    for dimension, option in lines:
        if dimension != last:
            y += 0.6 if last else 0.0
            if last:
                axes.axhline(y - 0.8, color=canvas.GRID, lw=0.5)
            axes.text(
                1.008, y, curve.label(dimension)[language], transform=across, fontsize=canvas.SMALL - 0.5,
                va="center", ha="left",
            )  # fmt: skip
        last = dimension
        rows = grouped.get((dimension, option))
        if rows is not None:
            dark = rows["name"].map(significant).to_numpy(dtype=bool)
            x = rows["rank"].to_numpy(dtype=float)
            mine = (rows["name"] == own).to_numpy()
            for which, colour in ((~dark & ~mine, NOT), (dark & ~mine, SIGNIFICANT)):
                axes.plot(
                    x[which], np.full(which.sum(), y), ls="", marker="|", ms=3.4, mew=0.55, color=colour
                )
            axes.plot(
                x[mine], np.full(mine.sum(), y), ls="", marker="D", ms=3.0, mew=0.3, mec="white", color=OWN
            )
        ticks.append(y)
        labels.append(curve.label(dimension, option)[language])
        y += 1.0
    axes.set_yticks(ticks, labels, fontsize=canvas.SMALL - 0.5)
    axes.set_ylim(y - 0.3, -0.8)
    axes.set_xlim(-0.01 * len(points), 1.01 * len(points) + 1)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(word("multiverse.ordered", points=f"{len(points):,}")[language])
    for tick, (dimension, option) in zip(axes.get_yticklabels(), lines, strict=True):
        if curve.option(dimension, option)["own"]:
            tick.set_color(OWN)
