"""Weights of an index's indicators, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text

WEIGHT = Text("Weight", "权重")


def draw(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Draw one bar an indicator, coloured by dimension, with the bootstrap's interval where there is one.

    Parameters
    ----------
    declaration : ``index``, and optionally ``dimensions`` in their declared order
    """
    frame = inputs.given("weights")
    found = list(dict.fromkeys(frame["dimension"]))
    dimensions = [name for name in declaration.get("dimensions", found) if name in found]
    frame = frame.assign(order=frame["dimension"].map(dimensions.index))
    frame = frame.sort_values(["order", "weight"], ascending=[True, False], ignore_index=True)
    place = np.arange(len(frame))[::-1]
    figure, axis = canvas.new("double", 24 + 4.6 * len(frame))
    low, high = frame["conf_low"].to_numpy(dtype=float), frame["conf_high"].to_numpy(dtype=float)
    weight = frame["weight"].to_numpy(dtype=float)
    error = np.maximum(np.vstack([weight - low, high - weight]), 0) if np.isfinite(low).all() else None
    axis.barh(
        place, weight, height=0.7, color=[canvas.GROUPS[i] for i in frame["order"]], xerr=error,
        error_kw={"elinewidth": 0.7, "capsize": 1.5, "capthick": 0.7, "ecolor": canvas.INK},
    )  # fmt: skip
    axis.set_yticks(place, [inputs.label(name)[language] for name in frame["indicator"]])
    axis.tick_params(axis="y", length=0)
    axis.set_xlim(left=0)
    axis.set_ylim(-0.8, len(frame) - 0.2)
    axis.set_xlabel(WEIGHT[language])
    names = [inputs.label(f"{declaration['index']}_{dimension}")[language] for dimension in dimensions]
    handles = [Patch(facecolor=canvas.GROUPS[i], label=name) for i, name in enumerate(names)]
    if len(handles) > 1:
        canvas.legend_below(axis, handles, gap=30)
    return figure
