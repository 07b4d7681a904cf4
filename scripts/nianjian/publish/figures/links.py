"""Maps of weight matrices: lines between the seats of governments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nianjian.errors import SampleError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas, mapping
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_map import map_notes
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.matrices import link_points
from nianjian.publish.figures.vectors import MAP
from nianjian.publish.sources import Source
from nianjian.spatial.boundaries import albers
from nianjian.storage import read_table
from nianjian.text import BLANK, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.link_map import Params

LINE = "#c4400a"
THIN, THICK = 0.15, 1.1
"""Width in points of the lightest and the heaviest link."""
STEPS = 20
"""Widths that are told apart."""
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


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """One map a matrix: the heaviest links of each city, the heavier the thicker.

    Raises
    ------
    SampleError
        If a city has no seat in config/reference/cities.csv.
    """
    files = data.named("matrices")
    links = {name: read_table(files[name]) for name in params.matrices}
    drawn = {name: strongest(frame, params.strongest) for name, frame in links.items()}
    seats = _seats(data, pd.concat(drawn.values()), str(context))
    file = data.file("cities")
    points: list[Point | pd.DataFrame] = []
    panels: list[list[mapping.Layer]] = []
    for i, (name, frame) in enumerate(links.items()):
        cities = mapping.Layer(word("figures.cities"), mapping.REST_COLOUR, frozenset(frame["city"]))
        panels.append([cities])
        points.append(link_points(drawn[name], name, data.relative(files[name]), i))
        points += [
            Point("seats", tuple(Source.row(file, field, city=int(city)) for field in ("lon", "lat")),
                  x=float(seats["lon"][city]), y=float(seats["lat"][city]), x_word=str(city), panel=i)
            for city in sorted(set(drawn[name]["city"]))
        ]  # fmt: skip
    counted = mapping.Layer(mapping.counted(panels[0][0].text, len(panels[0][0].cities)), mapping.REST_COLOUR)
    outside = mapping.Layer(word("figures.outside"), mapping.OUTSIDE_COLOUR)
    first = params.matrices[0]
    points.append(
        Point(
            "cities_counted",
            (Source.row(data.relative(files[first]), "city", "distinct"),),
            y=float(len(panels[0][0].cities)),
        )
    )
    page = mapping.Page(
        panels,
        [counted, outside],
        BLANK,
        [context.label(name) for name in links],
        data.path("shapes"),
        context.appearance.map.review_number or "",
    )

    def draw(language: str) -> Figure:
        figure = page.draw(language)
        for axes, own in zip(figure.axes, drawn.values(), strict=False):
            _lines(axes, own, seats)
        return figure

    about = About(
        word("captions.link_map"),
        (word("captions.note_links"), *map_notes(context)),
        untold=frozenset({"seats"}),
        panels=tuple(context.label(name) for name in links),
        words={"cities_counted": word("figures.cities")},
    )
    return Drawing(tuple(points), draw, about)


def _seats(data: Data, links: pd.DataFrame, context: str) -> pd.DataFrame:
    """Longitude and latitude of the cities of the links, by code."""
    known = data.csv("cities").set_index("city")[["lon", "lat"]]
    own = known.reindex(pd.unique(links[["city", "neighbour"]].to_numpy().ravel()))
    if (absent := own.isna().any(axis=1)).any():
        raise SampleError(
            f"{context}: city {own.index[absent][0]} has no seat in config/reference/cities.csv"
        )
    return own


def _lines(axes: Axes, links: pd.DataFrame, seats: pd.DataFrame) -> None:
    """Links as lines over a map, and a dot at the seat of every city that has one."""
    ends = [
        albers(seats.loc[links[column]].to_numpy(dtype=float)) for column in ("city", "neighbour")
    ]  # fmt: skip
    # One link of an island weighs as much as all others of a city: it must not thin them out.
    share = np.minimum(links["weight"] / np.quantile(links["weight"], HEAVY), 1.0).to_numpy()
    # In steps that no eye tells apart, the thinnest first: lines alike in a row take one word in a file.
    share = np.round(share * STEPS) / STEPS
    order = np.argsort(share, kind="stable")
    share, ends = share[order], [end[order] for end in ends]
    axes.add_collection(
        LineCollection(
            list(np.stack(ends, axis=1)),
            colors=LINE,
            linewidths=THIN + (THICK - THIN) * share,
            alpha=0.75,
            label="links",
            gid=f"{MAP}links",
            zorder=3,
        ),
        autolim=False,
    )
    dots = albers(seats.loc[sorted(set(links["city"]))].to_numpy(dtype=float))
    axes.plot(*dots.T, ".", color=canvas.INK, markersize=0.9, zorder=4)
