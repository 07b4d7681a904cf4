"""Means by year: one series as points with its growth rates, or one line a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import CityYears, axis
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.tidying import place_beside
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.trend import Panel, Params

Array = NDArray[np.float64]
BESIDE = "beside"
"""Mark of a label that is moved to where nothing is drawn."""


@dataclass(frozen=True)
class Means:
    """Means of a variable by year, over all cities or those of a group.

    Attributes
    ----------
    values : the variable
    by, group : attribute and its value; None: all cities
    text : what the line is called
    years, means : (t,) arrays
    """

    values: str
    by: str | None
    group: Any
    text: Text
    years: NDArray[np.int64]
    means: Array

    @classmethod
    def of(
        cls, frame: pd.DataFrame, values: str, text: Text, by: str | None = None, group: Any = None
    ) -> Means:
        """Means over the rows given."""
        found = frame.groupby("year")[values].mean().dropna()
        return cls(values, by, group, text, found.index.to_numpy(), found.to_numpy())

    @property
    def growth(self) -> Array:
        """(t - 1,) change from year to year, %."""
        return 100 * (self.means[1:] / self.means[:-1] - 1)

    def points(self, sample: CityYears, panel: int) -> list[Point]:
        """A point a year, made from the sample's rows of that year and group."""
        key = {"column": self.by, "level": None if self.by is None else str(self.group)}
        series = self.values if self.by is None else str(self.group)
        return [
            Point(
                series,
                (sample.source(self.values, "mean", year=int(year), **key),),
                x=float(year),
                y=float(mean),
                panel=panel,
            )
            for year, mean in zip(self.years, self.means, strict=True)
        ]

    def growth_points(self, sample: CityYears, panel: int) -> list[Point]:
        """A point a growth rate, and the number that is printed at the highest."""
        found = []
        for i, rate in enumerate(self.growth):
            both = [int(self.years[i + 1]), int(self.years[i])]
            shows = tuple(sample.source(self.values, "computed", year=year) for year in both)
            found.append(Point("growth", shows, x=float(both[0]), y=float(rate), panel=panel))
        top = found[int(np.argmax(self.growth))]
        return [*found, Point("highest_growth", top.shows, x=top.x, y=top.y, panel=panel)]


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """The panels of a trend figure side by side."""
    sample = CityYears(data, context)
    found = [_means(panel, sample) for panel in params.panels]
    points: list[Point] = []
    for i, (panel, lines) in enumerate(zip(params.panels, found, strict=True)):
        for line in lines:
            points += line.points(sample, i)
            if _grows(panel, line):
                points += line.growth_points(sample, i)
    years = sample.frame["year"].unique()

    def draw(language: str) -> Figure:
        wide = len(found) > 1
        figure, axes = canvas.new("double" if wide else "single", 66, ncols=len(found), squeeze=False)
        for own, panel, lines in zip(axes[0], params.panels, found, strict=True):
            _panel(own, panel, lines, language)
            canvas.years_axis(own, years)
            own.set_ylabel(axis(context, panel.values)[language])
            own.set_xlabel(word("figures.year")[language])
            canvas.legend_below(own, _handles(own))
        if wide:
            canvas.letter(axes[0])
        notes: list[Any] = figure.findobj(lambda each: each.get_gid() == BESIDE)
        for note in notes:
            place_beside(note)
        return figure

    grows = any(
        _grows(panel, line) for panel, lines in zip(params.panels, found, strict=True) for line in lines
    )
    about = About(
        word("captions.trend"),
        (word("captions.note_means"), *([word("captions.note_growth")] if grows else [])),
        words={
            "growth": word("figures.growth"),
            **{str(line.group): line.text for lines in found for line in lines if line.by is not None},
        },
        untold=frozenset({"highest_growth"}),
    )
    return Drawing(tuple(points), draw, about)


def _means(panel: Panel, sample: CityYears) -> list[Means]:
    sample.drawn(panel.values)
    if panel.by is None:
        return [Means.of(sample.frame, panel.values, word("figures.mean"))]
    groups = sample.column(panel.by)
    return [
        Means.of(sample.frame[groups == group], panel.values, text, panel.by, group)
        for group, text in sample.context.present(panel.by, groups.unique()).items()
    ]


def _grows(panel: Panel, line: Means) -> bool:
    return panel.growth and panel.by is None and len(line.means) > 1


def _panel(axes: Axes, panel: Panel, lines: list[Means], language: str) -> None:
    if panel.by is not None:
        for i, line in enumerate(lines):
            axes.plot(line.years, line.means, label=line.text[language], **canvas.line_style(i))
        return
    (line,) = lines
    if panel.style == "bars":
        axes.bar(
            line.years, line.means, width=0.65, color=canvas.GROUPS[4], edgecolor="none", label=line.text[language]
        )  # fmt: skip
        axes.set_ylim(0, line.means.max() * 1.25 if line.means.min() >= 0 else None)
    else:
        axes.plot(line.years, line.means, label=line.text[language], **canvas.line_style(0))
    if _grows(panel, line):
        _growth(axes, line, language)


def _growth(axes: Axes, line: Means, language: str) -> None:
    """Growth rates on an axis of their own, above the bars; the highest is printed."""
    years, rates = line.years[1:], line.growth
    words = word("figures.growth")[language]
    other = axes.twinx()
    other.spines["right"].set_visible(True)
    other.plot(years, rates, label=words, **canvas.line_style(5))
    other.set_ylabel(words)
    span = max(np.ptp(rates), 1.0)
    other.set_ylim(rates.min() - 0.9 * span, rates.max() + 0.35 * span)
    top = int(np.argmax(rates))
    note = other.annotate(
        f"{canvas.number(rates[top], 1)}%",
        (years[top], rates[top]),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=canvas.SMALL,
        color=canvas.ACCENT,
    )
    note.set_gid(BESIDE)


def _handles(axes: Axes) -> list[Any]:
    found = axes.get_legend_handles_labels()[0]
    twins = [
        other for other in axes.figure.axes if other is not axes and other.bbox.bounds == axes.bbox.bounds
    ]
    for twin in twins:
        found += twin.get_legend_handles_labels()[0]
    return found
