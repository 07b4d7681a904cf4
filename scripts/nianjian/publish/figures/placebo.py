"""Placebo draws beside the true estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import with_value
from nianjian.publish.figures.density import Curve, curves
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import effect_on, row_of, rows_of, shows
from nianjian.publish.params import p_text
from nianjian.publish.sources import Source
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.placebo import Params

TEN_PERCENT = 0.1


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Density of the draws' estimates, their p-values, and the true estimate.

    Raises
    ------
    EstimationError
        If the estimates hold no draws, or no estimate of the treatment.
    """
    rows = data.estimates()
    treatment = context.study_facts.specs[params.spec].params.treatment
    draws, true = rows_of(rows, "draw"), row_of(rows, "coefficient", str(treatment))
    if len(draws) < 2 or true is None:
        what = "draws" if len(draws) < 2 else f"coefficient of '{treatment}'"
        raise EstimationError(f"{context}: the estimates of '{params.spec}' hold no {what}")
    test = row_of(rows, "test", "randomisation")
    estimates = draws["estimate"].to_numpy(dtype=float)
    curve = curves(estimates, np.zeros(len(estimates), dtype=int), str(context))[0]
    first = draws.iloc[0]
    all_draws = Source.row(
        f"estimates/{first['spec']}.parquet",
        "estimate",
        "computed",
        spec=first["spec"],
        kind="draw",
        term=first["term"],
    )
    points = [
        *Curve("density", curve.grid, curve.density).points((all_draws,)),
        *(
            Point(
                "draws", shows(row, "estimate", "p_value"), x=float(row["estimate"]), y=float(row["p_value"])
            )
            for row in draws.to_dict("records")
        ),
        Point("true_estimate", shows(true), x=float(true["estimate"])),
    ]
    if test is not None:
        points.append(Point("randomisation", shows(test, "p_value"), y=float(test["p_value"])))

    name = effect_on(context, [params.spec], "figures.draws_of")

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("single", 72)
        _density(axes, curve, float(true["estimate"]), language)
        axes.set_xlabel(name[language])
        other = _p_values(axes, draws, language)
        handles = axes.get_legend_handles_labels()[0] + other.get_legend_handles_labels()[0]
        if test is not None:
            text = with_value(word("figures.randomisation"), p_text(float(test["p_value"])))
            axes.set_title(text[language], loc="right", fontsize=canvas.SMALL)
        canvas.legend_below(axes, handles)
        return figure

    about = About(
        word("captions.placebo"),
        (word("captions.note_placebo", draws=len(draws)),),
        words={
            "draws": word("figures.draws"),
            "true_estimate": word("figures.true_estimate"),
            "randomisation": word("captions.p_of_randomisation"),
        },
        value="x",
        untold=frozenset({"density"}),
    )
    return Drawing(tuple(points), draw, about)


def _density(axes: Axes, curve: Curve, true: float, language: str) -> None:
    """Density of the draws, the true estimate as a line across, and as much room on either side."""
    words = word("figures.density")[language]
    axes.plot(curve.grid, curve.density, color=canvas.GROUPS[0], label=words)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(words)
    text = with_value(word("figures.true_estimate"), canvas.number(true, 4))
    axes.axvline(true, color=canvas.ACCENT, lw=1.0, ls=(0, (4, 2)), label=text[language])
    reach = max(np.abs(curve.grid).max(), 1.08 * abs(true))
    axes.set_xlim(-reach, reach)
    axes.locator_params(axis="x", nbins=5)


def _p_values(axes: Axes, draws: pd.DataFrame, language: str) -> Axes:
    """A point a draw on an axis of its own, with a line at 10 %."""
    words = word("figures.p_value")[language]
    other = axes.twinx()
    other.spines["right"].set_visible(True)
    other.scatter(
        draws["estimate"].to_numpy(dtype=float), draws["p_value"], s=5, color=canvas.GROUPS[2], alpha=0.55, lw=0,
        label=words,
    )  # fmt: skip
    other.axhline(TEN_PERCENT, color=canvas.INK, lw=0.6, ls=(0, (2, 2)))
    other.set_ylim(0, 1.02)
    other.set_ylabel(words)
    return other
