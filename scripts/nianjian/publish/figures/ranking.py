"""Cities in order of a score, with what its dimensions contribute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import CityYears, axis, city_names
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.ranking import Params


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Horizontal bars, the highest score on top."""
    sample, values, year = CityYears(data, context), params.values, params.year
    sample.column(values)
    frame = sample.year(year)
    canvas.dropped(str(context), values, int(frame[values].isna().sum()))
    frame = frame.dropna(subset=[values]).sort_values([values, "city"], ascending=[False, True])
    top, bottom = params.top, params.bottom
    chosen = frame if top + bottom >= len(frame) else pd.concat([frame.head(top), frame.tail(bottom)])
    place = np.arange(len(chosen))[::-1].astype(float)
    if bottom and len(chosen) < len(frame):
        place[:top] += 1  # a gap where cities are left out
    parts = params.contributions if isinstance(params.contributions, list) else []
    own = {
        city: str(name).removesuffix("市")
        for city, name in zip(chosen["city"], chosen["city_name"], strict=True)
    }
    names = list(city_names(data, own).values())
    points = [
        Point(
            part,
            (sample.source(part, city=int(city), year=year),),
            x=float(score),
            x_word=str(city),
            y=float(y),
        )
        for part in dict.fromkeys([*parts, values])
        for city, score, y in zip(chosen["city"], chosen[part], place, strict=True)
    ]

    def draw(language: str) -> Figure:
        figure = _bars(chosen, values, parts or [values], place, context, language)
        (axes,) = figure.axes
        axes.set_yticks(place, [name[language] for name in names])
        axes.set_xlabel(axis(context, values)[language])
        if parts:
            canvas.legend_below(axes)
        return figure

    called = {str(city): name for city, name in zip(own, names, strict=True)}
    about = About(word("captions.ranking"), words=called, value="x", untold=frozenset(parts) - {values})
    return Drawing(tuple(points), draw, about)


def _bars(
    chosen: pd.DataFrame,
    values: str,
    parts: Sequence[str],
    place: np.ndarray,
    context: PublishContext,
    language: str,
) -> Figure:
    figure, axes = canvas.new("single", 26 + 4.2 * len(chosen))
    start = np.zeros(len(chosen))
    for i, part in enumerate(parts):
        width = chosen[part].to_numpy(dtype=float)
        words = context.label(part)[language]
        axes.barh(place, width, left=start, height=0.72, color=canvas.GROUPS[i], label=words)
        start = start + width
    for y, total in zip(place, chosen[values], strict=True):
        axes.text(total, y, f" {canvas.number(float(total), 3)}", va="center", fontsize=canvas.SMALL)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.7, place.max() + 0.7)
    axes.set_xlim(0, float(chosen[values].max()) * 1.14)
    return figure
