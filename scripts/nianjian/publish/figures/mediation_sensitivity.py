"""The indirect effect by correlation of the errors of mediator and outcome, and where it is zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.estimates import Estimate, NumberName
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import with_value
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import rows_of, shows
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.mediation_sensitivity import Params

NUMBERS: tuple[NumberName, ...] = ("estimate", "conf_low", "conf_high")
EFFECT, ZERO = "effect", "zero"
"""Series: the line with its band, and the correlation at which it is zero."""


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """A line with its 95 % band over the correlations, a panel a mediator; the correlation of no effect is marked.

    Raises
    ------
    EstimationError
        If the estimates hold no sensitivity of a mediator.
    """
    estimates, names = data.estimates(), params.mediators or []
    points = [
        point
        for panel, name in enumerate(names)
        for point in _points(estimates, name, panel, params, context)
    ]

    def draw(language: str) -> Figure:
        count = len(names)
        figure, panels = canvas.new(
            "single" if count == 1 else "double", 62 * -(-count // 2), nrows=-(-count // 2), ncols=min(count, 2), squeeze=False
        )  # fmt: skip
        for panel, axes in enumerate(panels.flat):
            if panel >= count:
                axes.set_axis_off()
                continue
            own = [point for point in points if point.panel == panel]
            line = [point for point in own if point.series == EFFECT]
            x = np.array([point.x for point in line])
            axes.axhline(0, color=canvas.INK, lw=0.6)
            axes.fill_between(
                x, [point.low for point in line], [point.high for point in line], color=canvas.GROUPS[0], alpha=0.2, lw=0
            )  # fmt: skip
            axes.plot(x, [point.y for point in line], color=canvas.GROUPS[0])
            label = context.label(names[panel])[language]
            text = word("figures.acme_of", mediator=label)[language]
            for point in own:
                if point.series == ZERO:
                    axes.axvline(point.x, color=canvas.INK, lw=0.6, ls=(0, (2, 2)))
                    zero = with_value(word("figures.rho_at_zero"), canvas.number(point.x, 2))[language]
                    axes.set_title(zero, loc="left", fontsize=canvas.SMALL)
            axes.set_xlim(-1, 1)
            axes.set_xlabel(word("figures.rho")[language])
            axes.set_ylabel(text)
        return figure

    about = About(
        word("captions.mediation_sensitivity"),
        (word("captions.note_rho"),),
        words={EFFECT: word("captions.indirect_effect"), ZERO: word("figures.rho_at_zero")},
        panels=tuple(context.label(name) for name in names),
    )
    return Drawing(tuple(points), draw, about)


def _points(
    estimates: pd.DataFrame, name: str, panel: int, params: Params, context: PublishContext
) -> list[Point]:
    """The points of one mediator in the order of the correlations."""
    found = rows_of(estimates, "effect", "acme", "rho_at_zero")
    own: list[Estimate] = found[found["variable"] == name].to_dict("records")
    line = sorted((row for row in own if row["term"] == "acme"), key=lambda row: float(row["group"]))
    if not line:
        raise EstimationError(f"{context}: the estimates of '{params.spec}' hold no sensitivity of '{name}'")
    points = [
        Point(EFFECT, shows(row, *NUMBERS), x=float(row["group"]), y=row["estimate"], low=row["conf_low"], high=row["conf_high"], panel=panel)
        for row in line
    ]  # fmt: skip
    return points + [
        Point(ZERO, shows(row), x=float(row["estimate"]), panel=panel)
        for row in own
        if row["term"] == "rho_at_zero"
    ]
