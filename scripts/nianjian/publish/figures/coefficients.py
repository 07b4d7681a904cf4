"""Coefficients with their intervals, a line a term, specifications beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.estimates import LEVEL, Estimate, NumberName
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish import labels, regressors
from nianjian.publish.estimated import Estimated
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import effect_on, shows
from nianjian.publish.params import Line, lines, said
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.coefficients import Params

ENDS: tuple[NumberName, ...] = ("estimate", "conf_low", "conf_high")
SPREAD = 0.64
"""Share of a line over which specifications stand beside each other."""
TOP_MM, LINE_MM, EACH_MM = 26.0, 3.4, 1.5
"""Height of a page without lines, of a line, and of each specification on it."""
PANEL_LINE_MM = 5.0
HEADING = "#6b6b6b"
"""Colour of the headings of groups."""


@dataclass(frozen=True)
class Term:
    """A line of the figure.

    Attributes
    ----------
    key : its address; empty for the heading of a group
    text : what it is called
    rows : specification to its estimate
    """

    key: str
    text: Text
    rows: dict[str, Estimate]


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """A point with an interval a term and specification, and a line at zero.

    Raises
    ------
    EstimationError
        If no specification has a term, or one has no interval.
    """
    source = Estimated(context, data.estimates(), tuple(params.columns))
    source.check_columns()
    terms = _terms(params, source)
    declared = [said(words) for words in params.column_labels or []]
    own = [source.facts.specs[spec].label or Text.same(spec) for spec in params.columns]
    called = dict(zip(params.columns, declared or own, strict=True))
    panels = [[spec] for spec in params.columns] if params.layout == "panels" else [list(params.columns)]
    places = {term.key: float(y) for y, term in enumerate(reversed(terms)) if term.key}
    points = []
    for panel, specs in enumerate(panels):
        shifts = _shifts(len(specs))
        for spec, shift in zip(specs, shifts, strict=True):
            points += [
                Point(
                    spec,
                    shows(term.rows[spec], *ENDS),
                    x=float(term.rows[spec]["estimate"]),
                    x_word=term.key,
                    y=places[term.key] + shift,
                    low=float(term.rows[spec]["conf_low"]),
                    high=float(term.rows[spec]["conf_high"]),
                    panel=panel,
                )
                for term in terms
                if spec in term.rows
            ]
    name = effect_on(context, params.columns)

    def draw(language: str) -> Figure:
        figure, axes = _page(len(terms), panels)
        for panel, (own, specs) in enumerate(zip(axes, panels, strict=True)):
            _draw(
                own,
                [point for point in points if point.panel == panel],
                specs,
                params.columns,
                called,
                language,
            )
            own.set_xlabel(name[language])
            if len(panels) > 1:
                own.set_title(called[specs[0]][language], loc="left")
        _name(axes[0], terms, language)
        if len(panels) == 1 and len(params.columns) > 1:
            canvas.legend_below(axes[0])
        return figure

    about = About(
        word("captions.coefficients"),
        (word("captions.note_intervals", level=f"{100 * LEVEL:g}"),),
        words={**{term.key: term.text for term in terms if term.key}, **called},
        value="x",
        panels=tuple(called[specs[0]] for specs in panels) if len(panels) > 1 else (),
    )
    return Drawing(tuple(points), draw, about)


def _terms(params: Params, source: Estimated) -> list[Term]:
    """Lines from above, a heading before each group."""
    entries = [source.facts.specs[spec] for spec in params.columns]
    declared = list(lines(params.rows)) if params.rows else [
        Line(term, "coefficient") for term in regressors.of_all(entries)
    ]  # fmt: skip
    groups: dict[tuple[Text, ...], list[Term]] = {}
    for line in declared:
        found = {spec: source.find(spec, line.kind, line.term) for spec in params.columns}
        rows = {spec: row for spec, row in found.items() if row is not None}
        if not rows and params.rows:
            raise EstimationError(
                f"{source.context}.rows: none of the columns has a {line.kind} '{line.term}'"
            )
        for spec, row in rows.items():
            if not np.isfinite([row["conf_low"], row["conf_high"]]).all():
                raise EstimationError(f"{source.context}: '{line.term}' of '{spec}' has no interval to draw")
        if rows:
            groups.setdefault(line.groups, []).append(Term(line.term, labels.called(source, line), rows))
    if params.sort:
        for own in groups.values():
            own.sort(key=lambda term: -float(next(iter(term.rows.values()))["estimate"]))
    return [
        each
        for heading, own in groups.items()
        for each in (*([Term("", heading[-1], {})] if heading else []), *own)
    ]


def _shifts(count: int) -> list[float]:
    """Where each specification stands beside the middle of a line, the first one above."""
    return [0.0] if count == 1 else [float(each) for each in np.linspace(SPREAD / 2, -SPREAD / 2, count)]


def _page(count: int, panels: Sequence[Sequence[str]]) -> tuple[Figure, Sequence[Axes]]:
    height = TOP_MM + count * (PANEL_LINE_MM if len(panels) > 1 else LINE_MM + EACH_MM * len(panels[0]))
    figure, axes = canvas.new("double", height + 4, ncols=len(panels), sharey=True, squeeze=False)
    return figure, list(axes[0])


def _draw(
    axes: Axes,
    points: Sequence[Point],
    specs: Sequence[str],
    columns: Sequence[str],
    called: dict[str, Text],
    language: str,
) -> None:
    axes.axvline(0, color=canvas.INK, lw=0.6)
    for spec in specs:
        own = [point for point in points if point.series == spec]
        number = list(columns).index(spec)
        look: dict[str, Any] = {
            "fmt": canvas.MARKERS[number % len(canvas.MARKERS)],
            "color": canvas.GROUPS[number % len(canvas.GROUPS)],
        }
        lengths = [[p.x - p.low for p in own], [p.high - p.x for p in own]]
        axes.errorbar(
            [p.x for p in own], [p.y for p in own], xerr=lengths, elinewidth=0.9, capsize=1.5, capthick=0.9,
            label=called[spec][language], **look,
        )  # fmt: skip
    axes.grid(axis="y", color=canvas.GRID, lw=0.4)
    axes.set_axisbelow(True)


def _name(axes: Axes, terms: Sequence[Term], language: str) -> None:
    """Terms along the side; headings of groups are grey and have no mark."""
    places = np.arange(len(terms))[::-1]
    axes.set_yticks(places, [term.text[language] for term in terms])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(terms) - 0.4)
    for label, term in zip(axes.get_yticklabels(), terms, strict=True):
        if not term.key:
            label.set_color(HEADING)
