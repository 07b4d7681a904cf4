"""Weights of an index's indicators, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.sources import Source
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.weights import Params

INTERVAL = ("conf_low", "conf_high")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """One bar an indicator, coloured by dimension, with the bootstrap's interval where there is one."""
    frame, dimensions = _ordered(data.frame("weights"), params.dimensions)
    file = data.file("weights")
    place = np.arange(len(frame))[::-1]
    low, high = (frame[name].to_numpy(dtype=float) for name in INTERVAL)
    weight = frame["weight"].to_numpy(dtype=float)
    fields = ["weight", *INTERVAL] if np.isfinite(low).all() else ["weight"]
    points = [
        Point(
            str(row["dimension"]),
            tuple(Source.row(file, field, indicator=row["indicator"]) for field in fields),
            x=float(row["weight"]),
            x_word=str(row["indicator"]),
            y=float(y),
            low=float(row["conf_low"]),
            high=float(row["conf_high"]),
        )
        for y, row in zip(place, frame.to_dict("records"), strict=True)
    ]

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("double", 24 + 4.6 * len(frame))
        axes.barh(
            place,
            weight,
            height=0.7,
            color=[canvas.GROUPS[i] for i in frame["order"]],
            xerr=canvas.whiskers(weight, low, high),
            error_kw=canvas.WHISKERS,
        )
        axes.set_yticks(place, [context.label(name)[language] for name in frame["indicator"]])
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(left=0)
        axes.set_ylim(-0.8, len(frame) - 0.2)
        axes.set_xlabel(word("figures.weight")[language])
        names = [context.label(f"{params.index}_{dimension}")[language] for dimension in dimensions]
        handles: list[Any] = [Patch(facecolor=canvas.GROUPS[i], label=name) for i, name in enumerate(names)]
        if len(handles) > 1:
            canvas.legend_below(axes, handles)
        return figure

    about = About(
        word("captions.weights"),
        (word("captions.note_whiskers"),) if len(fields) > 1 else (),
        words={name: context.label(f"{params.index}_{name}") for name in dimensions},
        value="x",
    )
    return Drawing(tuple(points), draw, about)


def _ordered(frame: pd.DataFrame, wanted: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Indicators by dimension in the order wanted, the heaviest first; and the dimensions."""
    found = list(dict.fromkeys(frame["dimension"]))
    dimensions = [name for name in wanted or found if name in found]
    frame = frame.assign(order=frame["dimension"].map(dimensions.index))
    return frame.sort_values(["order", "weight"], ascending=[True, False], ignore_index=True), dimensions
