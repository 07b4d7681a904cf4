"""Heat maps of weight matrices."""

from __future__ import annotations

import math
from string import ascii_lowercase
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing
from nianjian.storage import read_table
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.matrix import Params

REGIONS = {1: "north", 2: "northeast", 3: "east", 4: "centre_south", 5: "southwest", 6: "northwest"}
"""Great regions: the first digit of a GB/T 2260 code."""
FLOOR = 1e-4
"""The lightest weight that is told apart: below it links are drawn as if they weighed this much."""


def square(links: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(n, n) weights, rows and columns by code; NaN where there is no link. And the n codes."""
    codes = np.unique(links[["city", "neighbour"]].to_numpy())
    filled = np.full((len(codes), len(codes)), np.nan)
    own = links[links["weight"] > 0]
    filled[np.searchsorted(codes, own["city"]), np.searchsorted(codes, own["neighbour"])] = own["weight"]
    return filled, codes.astype(np.int64)


def link_points(links: pd.DataFrame, matrix: str, file: str, panel: int) -> pd.DataFrame:
    """A point a link, made from the link's own row: the city along the side, its weight as height."""
    return pd.DataFrame(
        {
            "panel": panel,
            "series": matrix,
            "x_word": links["city"].astype(str) + "-" + links["neighbour"].astype(str),
            "y": links["weight"],
            "file": file,
            "field": "weight",
            "how": "value",
            "city": links["city"],
            "neighbour": links["neighbour"],
        }
    ).reset_index(drop=True)


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """One square a matrix, on one logarithmic scale; cities by code, with lines between the great regions."""
    files = data.named("matrices")
    links = {name: read_table(files[name]) for name in params.matrices}
    found = {name: square(frame) for name, frame in links.items()}
    points = [
        link_points(frame[frame["weight"] > 0], name, data.relative(files[name]), i)
        for i, (name, frame) in enumerate(links.items())
    ]
    norm = _scale([matrix for matrix, _ in found.values()])

    def draw(language: str) -> Figure:
        columns = min(2, len(found))
        rows = -(-len(found) // columns)
        side = (canvas.WIDTHS["double"] - 34.0) / columns
        figure, axes = canvas.new(
            "double" if columns > 1 else "single",
            rows * (side + 13.0),
            nrows=rows,
            ncols=columns,
            squeeze=False,
        )
        for spare in axes.flat[len(found) :]:
            spare.set_axis_off()
        for i, (name, (matrix, codes)) in enumerate(found.items()):
            image = _heat(axes.flat[i], matrix, codes, norm, language)
            letter = f"({ascii_lowercase[i]}) " if len(found) > 1 else ""
            axes.flat[i].set_title(f"{letter}{context.label(name)[language]}", fontsize=canvas.SMALL)
        bar = figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02, aspect=30)
        _mark_scale(bar, norm, language)
        return figure

    about = About(word("captions.matrix"), (word("captions.note_colour_scale"),))
    return Drawing(tuple(points), draw, about)


def _scale(matrices: list[NDArray[np.float64]]) -> LogNorm:
    """One logarithmic scale for all matrices, from a power of ten up."""
    top = max(float(np.nanmax(matrix)) for matrix in matrices)
    bottom = max(FLOOR, min(float(np.nanmin(matrix)) for matrix in matrices))
    return LogNorm(10 ** math.floor(math.log10(min(bottom, top / 10))), top)


def _heat(
    axes: Axes, matrix: NDArray[np.float64], codes: NDArray[np.int64], norm: LogNorm, language: str
) -> mpl.image.AxesImage:
    """One matrix, with lines and names of the great regions."""
    lightest = float(norm.vmin or FLOOR)
    image = axes.imshow(
        np.fmax(matrix, lightest, where=~np.isnan(matrix), out=matrix.copy()),
        norm=norm,
        cmap=mpl.colormaps["YlGnBu"].with_extremes(bad="white"),
        interpolation="nearest",
    )
    region = codes // 100000
    starts = np.flatnonzero(np.r_[True, region[1:] != region[:-1]])
    for start in starts[1:]:
        axes.axhline(start - 0.5, color=canvas.INK, linewidth=0.25)
        axes.axvline(start - 0.5, color=canvas.INK, linewidth=0.25)
    middle = (starts + np.r_[starts[1:], len(codes)] - 1) / 2
    words = [word(f"figures.{REGIONS[int(region[start])]}")[language] for start in starts]
    axes.set_yticks(middle, words)
    axes.set_xticks(middle, words)
    axes.tick_params(length=0, labelsize=canvas.SMALL - 2.5)
    for spine in axes.spines.values():
        spine.set_visible(True)
    axes.set_ylabel(word("figures.city_row")[language])
    axes.set_xlabel(word("figures.neighbour")[language])
    return image


def _mark_scale(bar: Colorbar, norm: LogNorm, language: str) -> None:
    """Powers of ten along the colour bar."""
    bar.set_label(word("figures.weight")[language])
    low, high = float(norm.vmin or FLOOR), float(norm.vmax or 1)
    powers = range(round(math.log10(low)), math.floor(math.log10(high)) + 1)
    bar.set_ticks([10.0**power for power in powers], labels=[f"{10.0**power:g}" for power in powers])
    bar.ax.tick_params(which="minor", length=0)
    bar.outline.set_linewidth(0.4)
