"""Decompositions of inequality over the years."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nianjian.errors import DeclarationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import with_value
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.inequality.rows import Inequality, Key
from nianjian.publish.sources import Source
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.inequality import Params

Array = NDArray[np.float64]
STYLES = {"total": "bars", "within_between": "lines", "dagum": "area"}
"""What a figure is drawn as if its declaration does not say; lines otherwise."""
HEADINGS = {"total": "gini", "theil": "theil", "dagum": "gini", "within_between": "gini"}
"""Word of the axis; otherwise that of a part of the Gini coefficient."""
FIELDS = ("estimate", "conf_low", "conf_high")


@dataclass(frozen=True)
class Line:
    """A measure by year.

    Attributes
    ----------
    key : its rows
    text : what it is called
    years, estimate, low, high : (t,) arrays; ends of the interval are NaN where there is none
    """

    key: Key
    text: Text
    years: NDArray[np.int64]
    estimate: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, inequality: Inequality, key: Key, text: Text) -> Line:
        """The rows of a measure.

        Raises
        ------
        DeclarationError
            If there are none.
        """
        rows = {year: row for year in inequality.years if (row := inequality.find(year, key)) is not None}
        if not rows:
            raise DeclarationError(f"{inequality.context}: the inequality holds no {key}")
        numbers = np.array([(row.estimate, row.conf_low, row.conf_high) for row in rows.values()])
        return cls(key, text, np.array(list(rows)), *numbers.T)

    def over(self, years: Sequence[int], factor: float = 1.0) -> Line:
        """The line over these years, NaN where it has none, in other units."""
        at = {int(year): i for i, year in enumerate(self.years)}
        place = np.array([at.get(year, -1) for year in years])

        def spread(values: Array) -> Array:
            return np.where(place < 0, np.nan, factor * values[place])

        arrays = (spread(each) for each in (self.estimate, self.low, self.high))
        return Line(self.key, self.text, np.array(years), *arrays)

    def points(self, file: str, panel: int, *, interval: bool) -> list[Point]:
        """A point a year in the unit in which it is stored, with its interval if that is drawn."""
        found = []
        for year, estimate, low, high in zip(self.years, self.estimate, self.low, self.high, strict=True):
            drawn = interval and np.isfinite(low)
            fields = FIELDS if drawn else FIELDS[:1]
            ends = (float(low), float(high)) if drawn else (np.nan, np.nan)
            shows = tuple(
                Source.row(file, field, "value", year=int(year), **self.key.plain()) for field in fields
            )
            found.append(
                Point(
                    str(self.key),
                    shows,
                    x=float(year),
                    y=float(estimate),
                    low=ends[0],
                    high=ends[1],
                    panel=panel,
                )
            )
        return found


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes
    ----------
    lines : to draw
    style : bars, lines or area
    heading : of the y axis
    factor : by which numbers are multiplied: 100 for shares
    benchmark : a dashed line beside them
    """

    lines: Sequence[Line]
    style: str
    heading: Text
    factor: float = 1.0
    benchmark: Line | None = None

    @property
    def stacked(self) -> bool:
        """Whether the lines are drawn on top of each other, which leaves no room for intervals."""
        return self.style == "area" or (self.style == "bars" and len(self.lines) > 1)

    def points(self, file: str, panel: int) -> list[Point]:
        """Points of all its lines."""
        found = [
            point for line in self.lines for point in line.points(file, panel, interval=not self.stacked)
        ]
        return found + (self.benchmark.points(file, panel, interval=False) if self.benchmark else [])


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """One decomposition.

    Raises
    ------
    DeclarationError
        If there is nothing of the kind in the inequality.
    """
    inequality = Inequality.of(params.inequality, data, context)
    panels = _panels(params, inequality)
    points = [point for i, panel in enumerate(panels) for point in panel.points(inequality.file, i)]
    growth = inequality.find(None, Key("gini_growth")) if params.show == "total" else None
    if growth is not None:
        source = Source.row(inequality.file, "estimate", measure="gini_growth")
        points.append(Point("gini_growth", (source,), y=growth.estimate))

    def draw(language: str) -> Figure:
        if len(panels) > 1:
            figure, axes = canvas.new("double", 70, ncols=len(panels))
        else:
            figure, axis = canvas.new("double" if len(panels[0].lines) > 4 else "single", 72)
            axes = [axis]
        for own, panel in zip(axes, panels, strict=True):
            _plot(own, panel, language)
        if len(panels) > 1:
            canvas.letter(axes)
        if growth is not None:
            _write_rate(axes[0], growth.estimate, language)
        return figure

    return Drawing(tuple(points), draw, _about(panels))


def _about(panels: Sequence[Panel]) -> About:
    """What lines are called, and what bands, whiskers and the dotted line mean."""
    drawn = [line for panel in panels if not panel.stacked for line in panel.lines]
    notes = []
    if any(np.isfinite(line.low).any() for line in drawn):
        bars = any(panel.style == "bars" for panel in panels)
        notes.append(word("captions.note_whiskers" if bars else "captions.note_bands"))
    benchmarks = [panel.benchmark for panel in panels if panel.benchmark]
    notes += [word("captions.note_random")] if benchmarks else []
    lines = [*(line for panel in panels for line in panel.lines), *benchmarks]
    names = {str(line.key): line.text for line in lines}
    return About(
        word("captions.inequality"),
        tuple(notes),
        words={**names, "gini_growth": word("figures.yearly_change")},
    )


def _panels(params: Params, inequality: Inequality) -> list[Panel]:
    show = params.show
    lines = [Line.of(inequality, key, text) for key, text in SHOWN[show](inequality).items()]
    heading = word(f"figures.{HEADINGS.get(show, 'gini_part')}")
    first = Panel(lines, params.style or STYLES.get(show, "lines"), heading)
    if show != "within_between":
        return [first]
    shares = [
        Line.of(inequality, *each) for each in _parts(share_within="within", share_between="between").items()
    ]
    random = (
        Line.of(inequality, Key("share_benchmark"), word("figures.random_labels"))
        if params.benchmark
        else None
    )
    return [first, Panel(shares, "lines", word("figures.gini_share"), 100, random)]


Words = Mapping[Key, Text]


def _parts(**measures: str) -> Words:
    """Measures with the words by which they are called, the same for every inequality."""
    return {Key(measure): word(f"figures.{name}") for measure, name in measures.items()}


def _groups(inequality: Inequality) -> Mapping[str, Text]:
    if not inequality.groups:
        raise DeclarationError(f"{inequality.context}.show: the inequality has no groups")
    return inequality.groups


def _own_groups(inequality: Inequality) -> Words:
    return {Key("gini_cell", group, group): text for group, text in _groups(inequality).items()}


def _pairs(inequality: Inequality) -> Words:
    groups = _groups(inequality)
    pairs = sorted((pair.group, pair.other) for pair in inequality.pairs if not pair.within)
    return {Key("gini_cell", a, b): word("figures.pair", first=groups[a], second=groups[b]) for a, b in pairs}


def _components(inequality: Inequality) -> Words:
    if not inequality.components:
        raise DeclarationError(f"{inequality.context}.show: the inequality has no components")
    return {Key("gini_cell", component=name): text for name, text in inequality.components.items()}


SHOWN: dict[str, Callable[[Inequality], Words]] = {
    "total": lambda _: _parts(gini="gini"),
    "groups": _own_groups,
    "within_between": lambda _: _parts(gini_within="within", gini_between="between"),
    "components": _components,
    "pairs": _pairs,
    "dagum": lambda _: _parts(
        dagum_within="within", dagum_net_between="net_between", dagum_transvariation="transvariation"
    ),
    "theil": lambda _: _parts(theil="total", theil_within="within", theil_between="between"),
}
"""Lines of each ``show``."""


def _plot(axes: Axes, panel: Panel, language: str) -> None:
    years = sorted({int(year) for line in panel.lines for year in line.years})
    lines = [line.over(years, panel.factor) for line in panel.lines]
    if panel.stacked:
        _stack(axes, lines, panel.style, language)
    elif panel.style == "bars":
        _bars(axes, lines[0], language)
    else:
        _lines(axes, lines, language)
    if panel.benchmark:
        own = panel.benchmark.over(years, panel.factor)
        axes.plot(
            years, own.estimate, color=canvas.INK, lw=0.9, ls=(0, (2, 2)), label=own.text[language]
        )  # fmt: skip
    if panel.style != "lines":
        axes.set_ylim(bottom=0)
    elif panel.factor != 1.0:
        axes.set_ylim(0, 100)
    canvas.years_axis(axes, years)
    if panel.style == "area":
        axes.set_xlim(years[0], years[-1])
    axes.set_ylabel(panel.heading[language])
    axes.set_xlabel(word("figures.year")[language])
    if len(lines) > 1 or panel.benchmark:
        canvas.legend_below(axes)


def _bars(axes: Axes, line: Line, language: str) -> None:
    axes.bar(
        line.years,
        line.estimate,
        width=0.65,
        color=canvas.GROUPS[4],
        edgecolor="none",
        yerr=canvas.whiskers(line.estimate, line.low, line.high),
        error_kw=canvas.WHISKERS,
        label=line.text[language],
    )


def _stack(axes: Axes, lines: Sequence[Line], style: str, language: str) -> None:
    base = np.zeros(len(lines[0].years))
    for i, line in enumerate(lines):
        own: dict[str, Any] = {"color": canvas.GROUPS[i], "label": line.text[language]}
        if style == "bars":
            axes.bar(line.years, line.estimate, bottom=base, width=0.65, **own)
        else:
            axes.fill_between(line.years, base, base + line.estimate, alpha=0.85, lw=0, **own)
        base = base + np.nan_to_num(line.estimate)


def _lines(axes: Axes, lines: Sequence[Line], language: str) -> None:
    for i, line in enumerate(lines):
        style = canvas.line_style(i)
        axes.plot(line.years, line.estimate, label=line.text[language], **style)
        if np.isfinite(line.low).any():
            axes.fill_between(line.years, line.low, line.high, color=style["color"], alpha=canvas.BAND, lw=0)


def _write_rate(axes: Axes, rate: float, language: str) -> None:
    """Print the mean yearly change at the upper right, above the bars."""
    text = with_value(word("figures.yearly_change"), f"{canvas.number(rate, 2)}%")[language]
    axes.text(0.98, 0.98, text, transform=axes.transAxes, ha="right", va="top")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.12)
