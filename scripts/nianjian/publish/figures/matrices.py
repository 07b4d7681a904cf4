"""Heat maps of weight matrices. Kind ``matrix``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text

REGIONS = {
    1: Text("North", "华北"),
    2: Text("Northeast", "东北"),
    3: Text("East", "华东"),
    4: Text("Centre-South", "中南"),
    5: Text("Southwest", "西南"),
    6: Text("Northwest", "西北"),
}
"""Great regions: the first digit of a GB/T 2260 code."""
SCALE = Text("Weight", "权重")
ROW = Text("City", "城市")
COLUMN = Text("Neighbour", "相邻城市")
FLOOR = 1e-4
"""The lightest weight that is told apart: below it links are drawn as if they weighed this much."""


def square(links: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(n, n) weights, rows and columns by code; NaN where there is no link. And the n codes."""
    codes = np.unique(links[["city", "neighbour"]].to_numpy())
    filled = np.full((len(codes), len(codes)), np.nan)
    own = links[links["weight"] > 0]
    filled[np.searchsorted(codes, own["city"]), np.searchsorted(codes, own["neighbour"])] = own["weight"]
    return filled, codes.astype(np.int64)


def draw(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """One square a matrix, on one logarithmic scale; cities by code, with lines between the great regions."""
    names = declaration["matrices"]
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    side = (canvas.WIDTHS["double"] - 34.0) / columns
    figure, axes = canvas.new(
        "double" if columns > 1 else "single",
        rows * (side + 13.0),
        nrows=rows,
        ncols=columns,
        squeeze=False,
    )
    found = [square(inputs.matrices[name]) for name in names]
    top = max(float(np.nanmax(matrix)) for matrix, _ in found)
    bottom = max(FLOOR, min(float(np.nanmin(matrix)) for matrix, _ in found))
    norm = LogNorm(10 ** math.floor(math.log10(min(bottom, top / 10))), top)
    colours = mpl.colormaps["YlGnBu"].with_extremes(bad="white")
    for spare in axes.flat[len(names) :]:
        spare.set_axis_off()
    for i, (name, (matrix, codes)) in enumerate(zip(names, found, strict=True)):
        axis = axes.flat[i]
        image = axis.imshow(
            np.fmax(matrix, norm.vmin, where=~np.isnan(matrix), out=matrix.copy()),
            norm=norm, cmap=colours, interpolation="nearest",
        )  # fmt: skip
        region = codes // 100000
        starts = np.flatnonzero(np.r_[True, region[1:] != region[:-1]])
        for start in starts[1:]:
            axis.axhline(start - 0.5, color=canvas.INK, linewidth=0.25)
            axis.axvline(start - 0.5, color=canvas.INK, linewidth=0.25)
        middle = (starts + np.r_[starts[1:], len(codes)] - 1) / 2
        words = [REGIONS[int(region[start])][language] for start in starts]
        axis.set_yticks(middle, words, rotation=90, va="center")
        axis.set_xticks(middle, words)
        axis.tick_params(length=0, labelsize=canvas.SMALL - 2.5)
        for spine in axis.spines.values():
            spine.set_visible(True)
        axis.set_ylabel(ROW[language])
        axis.set_xlabel(COLUMN[language])
        letter = f"({ascii_lowercase[i]}) " if len(names) > 1 else ""
        axis.set_title(f"{letter}{inputs.label(name)[language]}", fontsize=canvas.SMALL)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02, aspect=30)
    bar.set_label(SCALE[language])
    powers = np.arange(round(math.log10(norm.vmin)), math.floor(math.log10(norm.vmax)) + 1)
    bar.set_ticks(10.0**powers, labels=[f"{10.0**power:g}" for power in powers])
    bar.ax.tick_params(which="minor", length=0)
    bar.outline.set_linewidth(0.4)
    return figure
