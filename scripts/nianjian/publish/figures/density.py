"""Kernel densities over cities, by year or by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import DeclarationError
from nianjian.indices.densities import kernel_densities
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_years import CityYears, axis
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.sources import Source, Sources
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.density import Params

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A density on a grid.

    Attributes
    ----------
    name : of the curve, free of language
    grid, density : (points,) arrays
    """

    name: str
    grid: Array
    density: Array

    def points(self, shows: Sources) -> list[Point]:
        """Its vertices, each made from all the rows that ``shows`` select."""
        pairs = zip(self.grid, self.density, strict=True)
        return [Point(self.name, shows, x=float(x), y=float(y)) for x, y in pairs]


def curves(values: ArrayLike, keys: ArrayLike, context: str) -> dict[Any, Curve]:
    """A curve a key, all on one grid, see :func:`nianjian.indices.densities.kernel_densities`."""
    found = kernel_densities(values, keys, context=context)
    return {
        key: Curve(str(key), found.grid, density)
        for key, density in zip(found.years, found.density, strict=True)
    }


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Gaussian densities with Silverman's bandwidth.

    Raises
    ------
    DeclarationError
        If the variable has no value in these years.
    """
    sample = CityYears(data, context)
    sample.drawn(params.values)
    frame, keys, words = _chosen(params, sample)
    if frame.empty:
        raise DeclarationError(f"{context}: '{params.values}' has no value in these years")
    found = curves(frame[params.values].to_numpy(dtype=float), keys.to_numpy(), str(context))
    years = frame["year"].unique()
    points = [
        point for key in words for point in found[key].points((_source(params, sample, key, int(years[0])),))
    ]

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("single", 66)
        for i, (key, text) in enumerate(words.items()):
            style = canvas.line_style(i) | {"marker": None}
            axes.plot(found[key].grid, found[key].density, label=text[language], **style)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(axis(context, params.values)[language])
        axes.set_ylabel(word("figures.density")[language])
        canvas.legend_below(axes)
        return figure

    about = About(
        word("captions.density"),
        (word("captions.note_density"),),
        words={str(key): word("captions.density_of", name=text) for key, text in words.items()},
    )
    return Drawing(tuple(points), draw, about)


def _chosen(params: Params, sample: CityYears) -> tuple[pd.DataFrame, pd.Series, dict[Any, Text]]:
    """City-years to draw, the curve that each belongs to, and what the curves are called."""
    frame = sample.frame.dropna(subset=[params.values])
    if params.by is None:
        years = params.years or sorted(int(year) for year in frame["year"].unique())
        for year in years:
            sample.year(year)
        frame = frame[frame["year"].isin(years)]
        return frame, frame["year"], {year: Text.same(year) for year in years}
    frame = frame[frame["year"] == (params.year or frame["year"].max())]
    return frame, frame[params.by], sample.context.present(params.by, frame[params.by].unique())


def _source(params: Params, sample: CityYears, key: Any, year: int) -> Source:
    if params.by is None:
        return sample.source(params.values, "computed", year=key)
    return sample.source(params.values, "computed", year=year, column=params.by, level=str(key))
