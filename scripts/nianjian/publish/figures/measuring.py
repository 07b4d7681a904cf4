"""Where words stand on a page: which of them overlap, and which reach beyond its edge.

A figure is measured after it was drawn, in its own fonts. The drawing layer looks for a place for labels with it
(:mod:`nianjian.publish.figures.tidying`), and tests of every kind of figure ask it for what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import shapely
import shapely.affinity
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

TOUCHING = 0.4
"""Points by which boxes may overlap: they hold the room around letters, which is empty."""
DARK = 245
"""Brightness, of 255, below which a dot is not empty paper."""
BEYOND = 0.3
"""Points by which a box may reach beyond the page."""


@dataclass(frozen=True)
class Written:
    """Words on a page.

    Attributes
    ----------
    words : as they stand there
    box : around them, in points from the lower left of the page
    artist : that draws them
    """

    words: str
    box: Bbox
    artist: Text


@dataclass(frozen=True)
class Measured:
    """What was found on a page.

    Attributes
    ----------
    written : all words that are seen
    overlapping : pairs of words that cover each other
    beyond : words that reach beyond the page
    """

    written: tuple[Written, ...]
    overlapping: tuple[tuple[str, str], ...]
    beyond: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """What is wrong with the page, a line each."""
        pairs = [f"{first!r} and {second!r} overlap" for first, second in self.overlapping]
        return pairs + [f"{words!r} reaches beyond the page" for words in self.beyond]


def measure(figure: Figure) -> Measured:
    """Measure all words of a figure that is laid out, see :func:`nianjian.publish.figures.canvas.settle`."""
    found = tuple(written(figure))
    overlapping = [
        (one.words, other.words)
        for one, other in combinations(found, 2)
        if _overlap(one.box, other.box) and touch(one.artist, other.artist)
    ]
    width, height = (72 * side for side in figure.get_size_inches())
    beyond = [
        each.words
        for each in found
        if min(each.box.x0, each.box.y0) < -BEYOND
        or each.box.x1 > width + BEYOND
        or each.box.y1 > height + BEYOND
    ]
    return Measured(found, tuple(overlapping), tuple(beyond))


def written(figure: Figure) -> Iterator[Written]:
    """Words that are seen on a figure, each with its box."""
    with _lightly(figure):
        # Ticks and the words of legends have their places once they are drawn.
        figure.draw_without_rendering()
    renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    points = 72 / figure.dpi
    for text in shown_texts(figure):
        box = text.get_window_extent(renderer)
        if box.width > 0 and box.height > 0:
            yield Written(text.get_text(), Bbox(box.get_points() * points), text)


@contextmanager
def _lightly(figure: Figure) -> Iterator[None]:
    """Without what takes long to draw and moves no word."""

    def heavy(artist: Artist) -> bool:
        return isinstance(artist, Collection | PathPatch) and artist.get_visible()

    hidden = figure.findobj(heavy)
    engine: Any = figure.get_layout_engine()
    try:
        figure.set_layout_engine("none")
        for artist in hidden:
            artist.set_visible(False)
        yield
    finally:
        for artist in hidden:
            artist.set_visible(True)
        figure.set_layout_engine(engine)


def shown_texts(figure: Figure) -> Iterator[Text]:
    """Texts that are drawn: visible, not empty, and of ticks only those within the axis."""
    for artist in _shown(figure):
        if isinstance(artist, Text) and artist.get_text().strip():
            yield artist


def _shown(artist: Any) -> Iterator[Any]:
    if not artist.get_visible():
        return
    yield artist
    children = artist.get_children()
    if isinstance(artist, Axis):
        ticks = {id(tick) for tick in (*artist.get_major_ticks(), *artist.get_minor_ticks())}
        children = [child for child in children if id(child) not in ticks] + list(_ticks_within(artist))
    elif getattr(artist, "axison", True) is False:
        children = [child for child in children if not isinstance(child, Axis)]
    for child in children:
        yield from _shown(child)


def _ticks_within(axis: Axis) -> Iterator[Any]:
    low, high = sorted(axis.get_transform().transform(np.asarray(axis.get_view_interval(), dtype=float)))
    slack = 1e-9 * max(abs(high - low), 1e-300)
    for places, ticks in (
        (axis.get_majorticklocs(), axis.get_major_ticks()),
        (axis.get_minorticklocs(), axis.get_minor_ticks()),
    ):
        at: Any = axis.get_transform().transform(np.asarray(places, dtype=float)) if len(places) else []
        for place, tick in zip(at, ticks, strict=False):
            if low - slack <= place <= high + slack:
                yield tick


def touch(one: Text, other: Text) -> bool:
    """Whether words whose boxes overlap do so themselves; of turned words the box is mostly empty."""
    if one.get_rotation() % 90 == 0 and other.get_rotation() % 90 == 0:
        return True
    return bool(shapely.area(shapely.intersection(_turned(one), _turned(other))) > 1.0)


def _turned(text: Text) -> shapely.Geometry:
    """Rectangle around words as they run."""
    angle, mode = text.get_rotation(), text.get_rotation_mode()
    try:
        text.set_rotation(0)
        flat = text.get_window_extent()
    finally:
        text.set_rotation(angle)
    at = text.get_transform().transform(text.get_unitless_position())
    box = shapely.box(flat.x0, flat.y0, flat.x1, flat.y1)
    if mode != "anchor":
        # Turned first and set to its place then: around its own middle, shifted to the box that it has.
        turned = shapely.affinity.rotate(box, angle)
        left, low, _, _ = turned.bounds
        real = text.get_window_extent()
        return shapely.affinity.translate(turned, real.x0 - left, real.y0 - low)
    return shapely.affinity.rotate(box, angle, origin=tuple(at))


def _overlap(one: Bbox, other: Bbox) -> bool:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return bool(wide > TOUCHING and high > TOUCHING)


def share(dots: NDArray[np.bool_], box: Bbox, figure: Figure) -> float:
    """Share of a box, in points, in which something other than words is drawn: lines, bars, points.

    Parameters
    ----------
    dots : see :func:`ink`
    """
    scale = dots.shape[0] / (72 * figure.get_figheight())
    top, bottom = (round(dots.shape[0] - side * scale) for side in (box.y1, box.y0))
    left, right = (round(side * scale) for side in (box.x0, box.x1))
    part = dots[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    return float(part.mean()) if part.size else 1.0


def ink(figure: Figure) -> NDArray[np.bool_]:
    """(rows, columns) where something other than words is drawn; the page is drawn once without words."""
    engine: Any = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    texts = list(shown_texts(figure))
    try:
        for text in texts:
            text.set_visible(False)
        figure.set_layout_engine("none")
        canvas: Any = figure.canvas
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].min(axis=2) < DARK
    finally:
        for text in texts:
            text.set_visible(True)
        figure.set_layout_engine(engine)
