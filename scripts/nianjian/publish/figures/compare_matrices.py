"""An information criterion over mixtures of two weight matrices, with other matrices beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from nianjian.estimates import Estimate
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import rows_of, shows
from nianjian.publish.figures.tidying import place_beside
from nianjian.text import in_sentence, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.compare_matrices import Params

SHARE = "share"
"""Term of a mixture's share of the first matrix."""


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """An information criterion over the share a of the first matrix, with the other matrices as levels.

    Raises
    ------
    DeclarationError
        If a matrix has no label.
    """
    grid = context.study_facts.specs[params.spec].params.grid
    estimates = data.estimates()
    criteria = {row["matrix"]: row for row in rows_of(estimates, "fit", params.criterion).to_dict("records")}
    mixtures = [
        row for row in rows_of(estimates, "fit", SHARE).to_dict("records") if row["matrix"] in criteria
    ]
    mixtures.sort(key=lambda row: row["estimate"])
    mixed = [(row, criteria[row["matrix"]]) for row in mixtures]
    named = {row["matrix"] for row in mixtures} | set(grid)
    others = {name: row for name, row in criteria.items() if name not in named}
    best = int(np.argmin([row["estimate"] for _, row in mixed]))
    points = [_mixture_point("mixtures", share, row) for share, row in mixed]
    points.append(_mixture_point("best", *mixed[best]))
    points += [
        Point("others", shows(row), x_word=name, y=float(row["estimate"])) for name, row in others.items()
    ]

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("single", 70)
        shares = [float(share["estimate"]) for share, _ in mixed]
        values = [float(row["estimate"]) for _, row in mixed]
        first, second = (context.label(name) for name in grid)
        words = word("figures.mixture", first=first, second=second)[language]
        handles: list[Any] = axes.plot(shares, values, **{**canvas.line_style(0), "label": words})
        note = _mark_best(axes, shares[best], values[best])
        for i, (name, row) in enumerate(others.items(), start=1):
            style = canvas.line_style(i)
            handles.append(
                axes.axhline(
                    float(row["estimate"]),
                    color=style["color"],
                    linestyle=style["linestyle"],
                    linewidth=1.0,
                    label=context.label(name)[language],
                )
            )
        axes.margins(y=0.2)
        axes.set_xlabel(word("figures.share_of", name=first.map(in_sentence))[language])
        axes.set_ylabel(params.criterion.upper())
        axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
        canvas.legend_below(axes, handles)
        place_beside(note)
        return figure

    about = About(
        word("captions.compare_matrices"),
        (word("captions.note_best"),),
        words={
            "mixtures": word("captions.mixtures"),
            "best": word("captions.best"),
            "others": word("captions.other_matrices"),
        },
    )
    return Drawing(tuple(points), draw, about)


def _mixture_point(series: str, share: Estimate, row: Estimate) -> Point:
    return Point(
        series, (*shows(share), *shows(row)), x=float(share["estimate"]), y=float(row["estimate"])
    )  # fmt: skip


def _mark_best(axes: Axes, share: float, value: float) -> Annotation:
    """A ring around the best share, and its number beside."""
    axes.plot(share, value, "o", markersize=7, markerfacecolor="none", markeredgecolor=canvas.ACCENT)
    return axes.annotate(
        f"a = {share:g}",
        (share, value),
        xytext=(0, 6),
        textcoords="offset points",
        ha="center",
        fontsize=canvas.SMALL,
    )
