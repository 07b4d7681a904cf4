"""Maps of the country: cities painted by layers, one legend.

Every map shows the whole country with its maritime boundary, and the South China Sea once more in an inset, on the same
projection at a smaller scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from string import ascii_lowercase
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Annotation
from numpy.typing import NDArray

from nianjian.publish.figures import canvas, geography
from nianjian.publish.figures.vectors import MAP
from nianjian.text import Text, has_han, width, word

OUTSIDE_COLOUR, REST_COLOUR = "#f0f0f0", "#cfe3f0"
CITY, PROVINCE, NATION = ("#a6a6a6", 0.15), ("#595959", 0.35), ("#1a1a1a", 0.6)
"""Colour and width in points of the three ranks of borders."""

HATCHES = ("", "////", "....")
"""Beyond the colours of the palette, categories repeat them with a hatch."""

SHOWN_MM = 0.08
"""Detail finer than this on paper is left out."""

COARSE = {1: 2.0, 2: 4.0}
"""How much coarser shapes are in an SVG, whose size is that of its points, by the number of maps side by side."""

INSET_WIDTH = 545.0
"""Width of the inset, km of the main map: it stands clear of Taiwan and of Chiwei Yu."""

PAGE = (geography.WEST, geography.SOUTH, geography.EAST, geography.NORTH)
SEA_PAGE = (geography.SEA_WEST, geography.SEA_SOUTH, geography.SEA_EAST, geography.SEA_NORTH)
LETTER_MM = 1.5
ROOM_MM, ROOM_ROWS = 48.0, 9
"""What a legend may take of the corner below Tibet on a map of full width."""
SHORT = 8
"""Letters of a line that the inset has room for at the usual size."""
BESIDE = 25.0
"""Between the inset of a small map and the name of its islands on its left, km."""


@dataclass(frozen=True)
class Layer:
    """Cities painted alike, which is one line of the legend.

    Attributes
    ----------
    text : what the legend calls them
    colour, hatch : of their shapes
    cities : their codes
    """

    text: Text
    colour: str
    cities: frozenset[int] = frozenset()
    hatch: str = ""

    @property
    def edge(self) -> str:
        """Colour of the hatch."""
        return "#8c8c8c" if self.colour == canvas.NO_DATA else "#ffffff"

    def handle(self, language: str) -> Patch:
        """Its patch in the legend; what has no colour is words alone."""
        edge = (self.edge if self.hatch else CITY[0]) if self.colour else "none"
        return Patch(
            facecolor=self.colour or "none",
            edgecolor=edge,
            linewidth=0.4,
            hatch=self.hatch or None,
            label=self.text[language],
        )


def counted(text: Text, count: int) -> Text:
    """Words of a legend with the number of cities."""
    return text + f" ({count})"


def uncounted(words: str, language: str) -> str:
    """Words of a legend without the number of cities."""
    return words.rpartition(" (")[0] or words


@dataclass(frozen=True)
class Page:
    """Maps side by side and one legend, in the corner of a single map if it fits there, else below.

    Attributes
    ----------
    panels : what is painted on each map
    legend : its lines, under ``title``
    names : of the maps
    shapes : the shapes' file, see :func:`nianjian.publish.figures.geography.write_shapes`
    review_number : of the map (审图号), printed below it
    """

    panels: Sequence[Sequence[Layer]]
    legend: Sequence[Layer]
    title: Text
    names: Sequence[Text]
    shapes: FilePath
    review_number: str = ""

    @property
    def _columns(self) -> int:
        return min(2, len(self.panels))

    @property
    def _map_mm(self) -> float:
        """Width of one map."""
        return (canvas.WIDTHS["double"] - 2.0 - 2.0 * (self._columns - 1)) / self._columns

    def draw(self, language: str) -> Figure:
        """The page in one language."""
        rows = -(-len(self.panels) // self._columns)
        height = self._map_mm * (PAGE[3] - PAGE[1]) / (PAGE[2] - PAGE[0])
        title = self.title[language]
        letters = max(width(each) for each in [title, *(layer.text[language] for layer in self.legend)])
        alone = len(self.panels) == 1
        in_corner = alone and letters * LETTER_MM + 9 <= ROOM_MM and len(self.legend) < ROOM_ROWS
        widest = letters * LETTER_MM + 11
        ncols = max(1, min(len(self.legend), int((canvas.WIDTHS["double"] - 2.0) // widest)))
        below = 0.0 if in_corner else 4.0 * (-(-len(self.legend) // ncols) + bool(title)) + 3
        below += canvas.LINE / 72 * 25.4 if self.review_number else 0.0
        figure, axes = canvas.new(
            "double", rows * (height + 2.0) + below, nrows=rows, ncols=self._columns, squeeze=False
        )
        engine: Any = figure.get_layout_engine()
        engine.set(w_pad=1 / 25.4, h_pad=1 / 25.4, wspace=0, hspace=0)
        detail = SHOWN_MM * (PAGE[2] - PAGE[0]) / self._map_mm
        shapes = geography.country(round(detail, 1), self.shapes)
        coarse = geography.country(round(COARSE[self._columns] * detail, 1), self.shapes)
        for spare in axes.flat[len(self.panels) :]:
            spare.set_axis_off()
        for i, (panel, name) in enumerate(zip(self.panels, self.names, strict=True)):
            letter = "" if alone else f"({ascii_lowercase[i]}) "
            _map(axes.flat[i], (shapes, coarse), panel, f"{letter}{name[language]}", first=i == 0)
            _name_islands(axes.flat[i], word("figures.islands")[language], small=not alone)
        options: dict[str, Any] = {"handles": [layer.handle(language) for layer in self.legend]}
        options |= {"title": title or None, "fontsize": canvas.SIZE, "title_fontsize": canvas.SIZE}
        options |= {"handlelength": 1.8, "handleheight": 0.9}
        if in_corner:
            axes[0, 0].legend(loc="lower left", bbox_to_anchor=(0.012, 0.015), alignment="left", **options)
        else:
            figure.legend(loc="outside lower center", ncols=ncols, **options)
        self._number(figure, language)
        return figure

    def _number(self, figure: Figure, language: str) -> None:
        """Print the review number in a line of its own between the maps and what stands below them."""
        if not self.review_number:
            return
        canvas.reserve(figure, "bottom")
        words = word("captions.review_number", number=self.review_number)[language]
        look: Any = {"fontsize": canvas.SMALL, "ha": "right", "va": "bottom"}
        if not figure.legends:
            figure.text(0.99, 0.005, words, **look)
            return
        over: Any = {
            "xycoords": ("figure fraction", figure.legends[0]),
            "xytext": (0, 2),
            "textcoords": "offset points",
        }
        figure.add_artist(Annotation(words, (0.99, 1), **over, **look))


Both = tuple[geography.Country, geography.Country]
"""The same shapes, fine and coarse."""


def _map(axes: Axes, shapes: Both, layers: Sequence[Layer], name: str, *, first: bool) -> None:
    """One map with its inset; the first of a page has an arrow and a scale."""
    _paint(axes, shapes, layers, PAGE)
    axes.text(0.012, 0.98, name, transform=axes.transAxes, va="top")
    if first:
        _north(axes)
        _scale(axes)
    high = INSET_WIDTH * (SEA_PAGE[3] - SEA_PAGE[1]) / (SEA_PAGE[2] - SEA_PAGE[0])
    corner = (PAGE[2] - INSET_WIDTH, PAGE[1], INSET_WIDTH, high)
    inset = axes.inset_axes(corner, transform=axes.transData, zorder=5)
    inset.set_label("South China Sea")
    _paint(inset, shapes, layers, SEA_PAGE)


def _name_islands(axes: Axes, words: str, *, small: bool) -> None:
    """Within the inset, or on its left where it is too small for letters that can be read."""
    if small:
        left, low = PAGE[2] - INSET_WIDTH - BESIDE, PAGE[1] + BESIDE
        line = words.replace("\n", "" if has_han(words) else " ")
        axes.text(left, low, line, ha="right", va="bottom", fontsize=canvas.SMALL - 2.5)
        return
    inset: Any = axes.child_axes[0]
    size = canvas.SMALL if max(map(width, words.split("\n"))) <= SHORT else canvas.SMALL - 1.5
    inset.text(0.96, 0.02, words, transform=inset.transAxes, ha="right", va="bottom", fontsize=size)


def _paint(axes: Axes, both: Both, layers: Sequence[Layer], page: geography.Box) -> None:
    """Draw one map: a path a colour with all shapes that have it, one more a hatch, and lines."""
    shapes, coarse = (each.within(page) for each in both)
    # Thinned shapes may leave the page altogether; the coarse ones are found by their codes.
    at = {int(code): i for i, code in enumerate(coarse.codes)}
    layer_of = {city: layer for layer in layers for city in layer.cities}
    own = [layer_of.get(int(code)) for code in shapes.codes]
    of_colour: dict[str, list[int]] = {}
    of_hatch: dict[tuple[str, str], list[int]] = {}
    for i, layer in enumerate(own):
        of_colour.setdefault(layer.colour if layer else OUTSIDE_COLOUR, []).append(i)
        if layer and layer.hatch:
            of_hatch.setdefault((layer.hatch, layer.edge), []).append(i)

    def rough(some: Sequence[int]) -> Path:
        return _rings(coarse.shapes[[at[int(shapes.codes[i])] for i in some if int(shapes.codes[i]) in at]])

    for colour, some in of_colour.items():
        _add(
            axes,
            (_rings(shapes.shapes[some]), rough(some)),
            "cities",
            facecolor=colour,
            edgecolor=CITY[0],
            linewidth=CITY[1],
        )
    for (hatch, ink), some in sorted(of_hatch.items()):
        _add(
            axes,
            (_rings(shapes.shapes[some]), rough(some)),
            "hatched",
            facecolor="none",
            edgecolor=ink,
            linewidth=0,
            hatch=hatch,
        )
    _borders(axes, shapes, coarse)
    axes.set(xlim=(page[0], page[2]), ylim=(page[1], page[3]), xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.5)


def _borders(axes: Axes, shapes: geography.Country, coarse: geography.Country) -> None:
    paths = (_lines(shapely.get_parts(each.provinces)) for each in (shapes, coarse))
    _add(
        axes,
        (next(paths), next(paths)),
        "provinces",
        facecolor="none",
        edgecolor=PROVINCE[0],
        linewidth=PROVINCE[1],
        zorder=2,
    )
    # One by one: within one path the lines around islets smaller than a line is wide would cancel each other.
    for lines, rough, (colour, thick), label in (
        (shapes.outline, coarse.outline, NATION, "outline"),
        (shapes.dashes, coarse.dashes, (NATION[0], 1.2 * NATION[1]), "dashes"),
    ):
        layer = _Outline(_pieces(lines), colors=colour, linewidths=thick, label=label)
        setattr(layer, canvas.COARSE, _pieces(rough))
        layer.set_joinstyle("round")
        layer.set_gid(f"{MAP}{label}-{len(axes.collections)}")
        axes.add_collection(layer, autolim=False)


def _pieces(lines: shapely.Geometry) -> list[NDArray[np.float64]]:
    return [shapely.get_coordinates(each) for each in shapely.get_parts(lines)]


class _Outline(LineCollection):
    """Lines that can be swapped for coarser ones, see :func:`nianjian.publish.figures.canvas.coarser`."""

    def get_path(self) -> list[NDArray[np.float64]]:
        """All lines."""
        return list(self.get_segments())

    def set_path(self, pieces: list[NDArray[np.float64]]) -> None:
        """Other ones in their place."""
        self.set_segments(pieces)


def _add(axes: Axes, paths: tuple[Path, Path], label: str, **look: Any) -> None:
    # As an artist of no kind: it has no say in the limits of the map, which its page sets.
    patch = PathPatch(paths[0], label=label, joinstyle="round", **look)
    setattr(patch, canvas.COARSE, paths[1])
    patch.set_gid(f"{MAP}{label}-{len(axes.artists)}")
    axes.add_artist(patch)


def _lines(lines: geography.Geometries) -> Path:
    """One compound path of many lines."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[_begins(line)] = Path.MOVETO
    return Path(points, codes)


def _rings(shapes: geography.Geometries) -> Path:
    """One compound path of many shapes; rings run so that holes stay open."""
    rings = shapely.get_rings(shapely.get_parts(shapes))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    begins = _begins(ring)
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[begins] = Path.MOVETO
    codes[np.roll(begins, -1)] = Path.CLOSEPOLY
    return Path(points, codes)


def _begins(owner: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where the next one begins."""
    return np.diff(owner, prepend=-1) != 0


def _north(axes: Axes) -> None:
    """Arrow at 105°E, the projection's central meridian, where north is straight up."""
    top, half, tall = PAGE[3] - 90, 45.0, 190.0
    left = [(0, top - 110), (-half, top - 110 - tall), (0, top - 110 - 0.72 * tall), (0, top - 110)]
    right = [(-x, y) for x, y in left]
    for points, face in ((left, canvas.INK), (right, "white")):
        axes.add_collection(
            PathCollection(
                [Path(points, closed=True)], facecolors=face, edgecolors=canvas.INK, linewidths=0.4
            ),
            autolim=False,
        )
    axes.text(0, top - 95, "N", ha="center", va="bottom", fontsize=canvas.SMALL)


def _scale(axes: Axes, length: float = 500.0) -> None:
    """Bar of 500 km; lengths on the map are within 5 % of the true ones."""
    west, south, tall = -480.0, PAGE[1] + 60, 26.0
    for i, face in enumerate((canvas.INK, "white")):
        x = west + i * length / 2
        box = shapely.get_coordinates(shapely.box(x, south, x + length / 2, south + tall))
        axes.add_collection(
            PathCollection([Path(box, closed=True)], facecolors=face, edgecolors=canvas.INK, linewidths=0.4),
            autolim=False,
        )
    for x, words in ((west, "0"), (west + length, f"{length:.0f} km")):
        axes.text(x, south + tall + 15, words, ha="center", va="bottom", fontsize=canvas.SMALL)
