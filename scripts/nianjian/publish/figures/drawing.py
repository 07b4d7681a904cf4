"""What a figure shows: its points, each with what it was made from, and the page drawn from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nianjian import storage
from nianjian.publish.figures.captions import About
from nianjian.publish.sources import SOURCE, Sources, frame_of
from nianjian.storage import Schema

POINTS: Schema = {
    "figure": "string",
    "panel": "int32",  # from 0
    "order": "int32",  # of the point in the figure, from 0
    "series": "string",  # line, bars, layer, or text that the point belongs to
    "x": "float64",
    "x_word": "string",  # what stands on an axis without numbers: a city's code, an indicator, an end bin
    "y": "float64",
    "low": "float64",  # ends of an interval
    "high": "float64",
    "word": "string",  # what is shown that is no number: a category
    **SOURCE,
}
"""Columns of ``{figure}.points.parquet``: one row a source of each point, free of language."""
POINTS_KEY = ("order", "source")


@dataclass(frozen=True)
class Point:
    """One drawn datum: a point, a bar, a vertex of a line, a city on a map, a number in the text of a figure.

    Attributes
    ----------
    series : line, bars, layer or text that it belongs to: a column, a group, a statistic
    shows : what it was made from
    x, y : its numbers; NaN where a side has none
    x_word : what stands on an axis without numbers
    low, high : ends of its interval
    word : what it says that is no number
    panel : from 0
    """

    series: str
    shows: Sources
    x: float = np.nan
    y: float = np.nan
    x_word: str | None = None
    low: float = np.nan
    high: float = np.nan
    word: str | None = None
    panel: int = 0

    def plain(self, order: int) -> list[dict[str, object]]:
        """A record of :data:`POINTS` a source."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "shows"}
        return [own | {"order": order} | source.plain(number) for number, source in enumerate(self.shows)]


@dataclass(frozen=True)
class Drawing:
    """A figure before it is put on paper.

    Attributes
    ----------
    points : every drawn datum; very many of one series, one source each, may stand as a frame with columns of
        :data:`POINTS`
    draw : makes the page in a language, within :func:`nianjian.publish.figures.canvas.style`
    about : what the caption says of it beside title and notes of the declaration

    Raises
    ------
    ValueError
        If a point does not say what it was made from.
    """

    points: tuple[Point | pd.DataFrame, ...]
    draw: Callable[[str], Figure]
    about: About = field(default_factory=About)

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("a figure without points shows nothing")
        for each in self.points:
            if isinstance(each, Point) and not each.shows:
                at = each.x_word if each.x_word is not None else each.x
                raise ValueError(
                    f"the point of {each.series!r} at {at} does not say what it was made from; give its shows"
                )
            if isinstance(each, pd.DataFrame) and each[["series", "file", "field", "how"]].isna().any(
                axis=None
            ):
                raise ValueError("a frame of points does not say everywhere what it was made from")


def points(drawing: Drawing, figure: str) -> pd.DataFrame:
    """All points of a figure as a frame of the schema :data:`POINTS`."""
    parts: list[pd.DataFrame] = []
    records: list[dict[str, object]] = []
    order = 0
    for each in drawing.points:
        if isinstance(each, Point):
            records += each.plain(order)
            order += 1
            continue
        parts.append(frame_of(records, POINTS))
        records = []
        whole = each.assign(order=np.arange(order, order + len(each)), source=0)
        parts.append(storage.typed(whole.assign(panel=each.get("panel", 0)), POINTS))
        order += len(each)
    parts.append(frame_of(records, POINTS))
    return pd.concat(parts, ignore_index=True).assign(figure=figure)


def write_points(shown: pd.DataFrame, path: str | Path) -> None:
    """Write a figure's points, see :func:`nianjian.storage.write_table`."""
    storage.write_table(shown, path, POINTS, POINTS_KEY)
