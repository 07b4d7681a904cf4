"""Coefficients by years since the treatment, of several estimators beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import effect_on, rows_of, shows
from nianjian.publish.figures.event_study import ENDS, event_rows, lengths, tick
from nianjian.text import Text, has, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.companions import Params

SPREAD = 0.7
"""Share of a year over which estimators stand beside each other."""


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Points with pointwise intervals, a colour and a marker an estimator.

    Raises
    ------
    EstimationError
        If a specification holds no event times.
    """
    estimates = data.estimates()
    found: dict[str, pd.DataFrame] = {}
    for spec in params.columns:
        own = event_rows(rows_of(estimates[estimates["spec"] == spec], "coefficient"))
        own = own[own[list(ENDS)].notna().all(axis=1)]
        if own.empty:
            raise EstimationError(f"{context}: the estimates of '{spec}' hold no event times")
        found[spec] = own.reset_index(drop=True)
    places = _places(len(found))
    points = [
        Point(
            spec,
            shows(row, *ENDS),
            x=float(row["event_time"]) + shift,
            x_word=tick(row["term"], int(row["event_time"])),
            y=float(row["estimate"]),
            low=float(row["conf_low"]),
            high=float(row["conf_high"]),
        )
        for (spec, own), shift in zip(found.items(), places, strict=True)
        for row in own.to_dict("records")
    ]

    name = effect_on(context, found)

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("double", 84)
        axes.axhline(0, color=canvas.INK, lw=0.6)
        axes.axvline(-0.5, color=canvas.INK, lw=0.6, ls=(0, (3, 2)))
        for number, ((spec, own), shift) in enumerate(zip(found.items(), places, strict=True)):
            axes.errorbar(
                own["event_time"].to_numpy(dtype=float) + shift, own["estimate"].to_numpy(dtype=float),
                yerr=lengths(own), fmt=canvas.MARKERS[number % len(canvas.MARKERS)],
                color=canvas.GROUPS[number % len(canvas.GROUPS)], elinewidth=0.8, capsize=1.2, capthick=0.8,
                label=_called(context, spec)[language],
            )  # fmt: skip
        everything = pd.concat(found.values())
        terms = everything.drop_duplicates("event_time").sort_values("event_time")
        words = [tick(row["term"], int(row["event_time"])) for row in terms.to_dict("records")]
        axes.set_xticks(terms["event_time"].to_numpy(dtype=float), words)
        axes.set_xlabel(word("figures.event_time")[language])
        axes.set_ylabel(name[language])
        canvas.legend_below(axes)
        return figure

    about = About(
        word("captions.companions"),
        (word("captions.note_intervals_of"), word("captions.note_policy")),
        words={spec: _called(context, spec) for spec in found},
    )
    return Drawing(tuple(points), draw, about)


def _places(count: int) -> list[float]:
    """Where each estimator stands beside the event time."""
    return [0.0] if count == 1 else [float(shift) for shift in np.linspace(-SPREAD / 2, SPREAD / 2, count)]


def _called(context: PublishContext, spec: str) -> Text:
    entry = context.study_facts.specs[spec]
    if entry.label is not None:
        return entry.label
    kind = entry.kind.name
    return word(f"methods.{kind}") if has(f"methods.{kind}") else Text.same(spec)
