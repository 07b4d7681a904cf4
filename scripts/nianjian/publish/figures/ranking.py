"""Cities in order of a score, with what its dimensions contribute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian.errors import DeclarationError
from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs


def draw(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Draw horizontal bars, the highest score on top.

    Parameters
    ----------
    declaration : ``values``, ``year``, ``top`` and ``bottom`` (numbers of cities), ``contributions``,
        ``dimensions`` (columns that add up to ``values``)
    """
    values = declaration["values"]
    inputs.column(values)
    frame = inputs.year(int(declaration["year"]))
    canvas.dropped(inputs.place, values, int(frame[values].isna().sum()))
    frame = frame.dropna(subset=[values]).sort_values([values, "city"], ascending=[False, True])
    top, bottom = int(declaration.get("top", 20)), int(declaration.get("bottom", 0))
    if top + bottom < 1:
        raise DeclarationError(f"{inputs.place}: top and bottom are both 0; ask for some cities")
    chosen = frame if top + bottom >= len(frame) else pd.concat([frame.head(top), frame.tail(bottom)])
    names = _names(chosen, inputs, language)
    place = np.arange(len(chosen))[::-1].astype(float)
    if bottom and len(chosen) < len(frame):
        place[:top] += 1  # a gap where cities are left out
    figure, axis = canvas.new("single", 26 + 4.2 * len(chosen))
    parts = declaration.get("dimensions") if declaration.get("contributions", True) else None
    start = np.zeros(len(chosen))
    for i, part in enumerate(parts or [values]):
        width = chosen[part].to_numpy(dtype=float)
        axis.barh(
            place, width, left=start, height=0.72, color=canvas.GROUPS[i], label=inputs.label(part)[language]
        )
        start = start + width
    for y, total in zip(place, chosen[values], strict=True):
        axis.text(total, y, f" {canvas.number(float(total), 3)}", va="center", fontsize=canvas.SMALL)
    axis.set_yticks(place, names)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(-0.7, place.max() + 0.7)
    axis.set_xlim(0, float(chosen[values].max()) * 1.14)
    axis.set_xlabel(inputs.axis(values, language))
    if parts:
        canvas.legend_below(axis, gap=30)
    return figure


def _names(chosen: pd.DataFrame, inputs: Inputs, language: str) -> list[str]:
    if language == "zh":
        return [str(name).removesuffix("市") for name in chosen["city_name"]]
    english = inputs.given("cities").drop_duplicates("city", keep="last").set_index("city")["name_en"]
    return [
        str(english.get(city, name)) for city, name in zip(chosen["city"], chosen["city_name"], strict=True)
    ]
