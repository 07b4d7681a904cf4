"""Maps of weight matrices: lines between the seats of governments. Kind ``link_map``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nianjian.errors import SampleError
from nianjian.publish.figures import canvas, maps
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text
from nianjian.spatial.boundaries import albers

CITIES = Text("Cities of the sample", "样本城市")
LINE = "#c4400a"
THIN, THICK = 0.15, 1.1
"""Width in points of the lightest and the heaviest link."""
HEAVY = 0.95
"""Links above this quantile are drawn alike."""


def strongest(links: pd.DataFrame, most: int) -> pd.DataFrame:
    """The ``most`` heaviest links of each city; of equal ones, those to the lowest codes.

    Parameters
    ----------
    links : ``city, neighbour, weight``; a link of weight zero stands for an island and is left out
    """
    own = links[links["weight"] > 0].sort_values(
        ["city", "weight", "neighbour"], ascending=[True, False, True]
    )
    return own[own.groupby("city").cumcount() < most].reset_index(drop=True)


def draw_map(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """One map a matrix: the heaviest links of each city, the heavier the thicker.

    Raises
    ------
    SampleError
        If a city has no seat in config/reference/cities.csv.
    """
    cities = inputs.given("cities").set_index("city")
    names = declaration["matrices"]
    panels = [[maps.Entry("", maps.REST_COLOUR, frozenset(inputs.matrices[name]["city"]))] for name in names]
    inside = maps.counted(CITIES[language], len(panels[0][0].cities))
    legend = [
        maps.Entry(inside, maps.REST_COLOUR),
        maps.Entry(maps.OUTSIDE[language], maps.OUTSIDE_COLOUR),
    ]
    titles = [inputs.label(name)[language] for name in names]
    figure = maps.page(panels, legend, "", titles, language, inputs.shapes)
    for name, axes in zip(names, figure.axes, strict=False):
        drawn = strongest(inputs.matrices[name], int(declaration["strongest"]))
        ends = []
        for column in ("city", "neighbour"):
            own = cities.reindex(drawn[column])[["lon", "lat"]]
            if own.isna().any(axis=None):
                city = own.index[own.isna().any(axis=1)][0]
                raise SampleError(f"{inputs.place}: city {city} has no seat in config/reference/cities.csv")
            ends.append(albers(own.to_numpy(dtype=float)))
        # One link of an island weighs as much as all others of a city: it must not thin them out.
        share = np.minimum(drawn["weight"] / np.quantile(drawn["weight"], HEAVY), 1.0).to_numpy()
        axes.add_collection(
            LineCollection(
                np.stack(ends, axis=1),
                colors=LINE,
                linewidths=THIN + (THICK - THIN) * share,
                alpha=0.75,
                label="links",
                zorder=3,
            ),
            autolim=False,
        )
        points = albers(cities.reindex(sorted(set(drawn["city"])))[["lon", "lat"]].to_numpy(dtype=float))
        axes.plot(*points.T, ".", color=canvas.INK, markersize=0.9, zorder=4)
    return figure
