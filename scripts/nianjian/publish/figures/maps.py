"""Maps of cities: by category, by class of a value, by local Moran cluster.

Every map shows the whole country with its maritime boundary, and the South China Sea once more in an inset,
on the same projection at a smaller scale. Kinds ``group_map``, ``value_map`` and ``cluster_map``; their keys
are those of ``GroupMap`` and ``ValueMap`` in :mod:`nianjian.declarations.models.figures`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from string import ascii_lowercase
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.path import Path
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import DeclarationError, SampleError
from nianjian.publish import declared
from nianjian.publish.figures import canvas, geography
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text, width

Declaration = Mapping[str, Any]
Scheme = Literal["equal", "quantiles", "natural"]
Array = NDArray[np.float64]

OUTSIDE = Text("Not in the sample", "未纳入样本")
NO_DATA = Text("No data", "无数据")
NO_BOUNDARY = Text("Without a boundary", "无边界")
OTHERS = Text("Other cities of the sample", "样本内其他城市")
SEA = Text("South China\nSea Islands", "南海诸岛")
CLUSTERS = {
    "HH": (Text("High-High", "高-高"), "#ca0020"),
    "HL": (Text("High-Low", "高-低"), "#f4a582"),
    "LH": (Text("Low-High", "低-高"), "#92c5de"),
    "LL": (Text("Low-Low", "低-低"), "#0571b0"),
    "ns": (Text("Not significant", "不显著"), "#fbf3d5"),
}
"""Categories of a local Moran map with the colours that GeoDa made usual: red among high, blue among low."""

OUTSIDE_COLOUR, REST_COLOUR = "#f0f0f0", "#cfe3f0"
CITY, PROVINCE, NATION = ("#a6a6a6", 0.15), ("#595959", 0.35), ("#1a1a1a", 0.6)
"""Colour and width in points of the three ranks of borders."""

HATCHES = ("", "////", "....")
"""Beyond the colours of the palette, categories repeat them with a hatch."""

SHOWN_MM = 0.08
"""Detail finer than this on paper is left out."""

INSET_WIDTH = 545.0
"""Width of the inset, km of the main map: it stands clear of Taiwan and of Chiwei Yu."""

PAGE = (geography.WEST, geography.SOUTH, geography.EAST, geography.NORTH)
SEA_PAGE = (geography.SEA_WEST, geography.SEA_SOUTH, geography.SEA_EAST, geography.SEA_NORTH)
LETTER_MM = 1.5
ROOM_MM, ROOM_ROWS = 48.0, 9
"""What a legend may take of the corner below Tibet on a map of full width."""


@dataclass(frozen=True)
class Entry:
    """One line of the legend: words, colour, hatch; ``cities`` are the codes painted so."""

    text: str
    colour: str
    cities: frozenset[int] = frozenset()
    hatch: str = ""


@dataclass(frozen=True)
class Classes:
    """Classes of a value.

    Attributes
    ----------
    breaks : upper limits of all classes but the last; a value at a limit belongs to the lower class
    labels : what the legend calls them
    """

    breaks: tuple[float, ...]
    labels: tuple[str, ...]

    def of(self, values: ArrayLike) -> NDArray[np.intp]:
        """Class of each value, from 0; NaN gets -1."""
        x = np.asarray(values, dtype=float)
        return np.where(np.isnan(x), -1, np.searchsorted(self.breaks, x, side="left"))


def draw_groups(declaration: Declaration, inputs: Inputs, language: str) -> Figure:
    """Map of the sample's cities by category; the legend counts them.

    ``values`` is a text attribute whose values have labels, or a column of 0 and 1, of which ``year`` (left
    out: the last) is drawn. Of a text attribute without ``year`` each city's last known value is drawn; cities
    without one are "No data", unless ``others`` says what they are, and the value ``rest`` is painted as they are.

    Raises
    ------
    DeclarationError, SampleError
        If the column or year is not there, or a category has no label.
    """
    name = declared.require(declaration, "values", inputs.place)
    column = inputs.column(name)
    if pd.api.types.is_numeric_dtype(column):
        known, categories = _dummy(inputs, name), _in_year(inputs, name, declaration.get("year", "last"))
        odd = sorted(set(categories.dropna()) - {0, 1})
        if odd:
            raise SampleError(
                f"{inputs.place}.values: '{name}' holds {odd[0]:g}; a group_map draws text or 0 and 1, "
                "a value_map draws numbers"
            )
        colours, categories = {1: canvas.GROUPS[0], 0: REST_COLOUR}, categories.map(int, na_action="ignore")
        styles = {value: (colours[value], "") for value in known}
    else:
        categories = _in_year(inputs, name, declaration.get("year"))
        known = inputs.present(name, list(categories.dropna().unique()))
        limit = len(canvas.GROUPS) * len(HATCHES)
        if len(known) > limit:
            raise DeclarationError(
                f"{inputs.place}.values: '{name}' has {len(known)} values; at most {limit}"
            )
        styles = {
            value: (canvas.GROUPS[i % len(canvas.GROUPS)], HATCHES[i // len(canvas.GROUPS)])
            for i, value in enumerate(inputs.values(name))
            if value in known
        }
    rest = declaration.get("rest")
    if rest is not None and rest not in inputs.values(name):
        raise DeclarationError(
            f"{inputs.place}.rest: '{rest}' is no value of {name}{declared.suggestion(rest, inputs.values(name))}"
        )
    if rest in styles:
        styles[rest] = (REST_COLOUR, "")
    others = Text.read(declaration["others"], f"{inputs.place}.others") if declaration.get("others") else None
    return _categories(categories, known, styles, inputs.label(name)[language], inputs, language, others)


def draw_clusters(declaration: Declaration, inputs: Inputs, language: str) -> Figure:
    """Map of local Moran categories: ``values`` is a column of HH, HL, LH, LL and ns; ``year`` as in a group map.

    Raises
    ------
    DeclarationError, SampleError
        If the column or year is not there, or holds another category.
    """
    name = declared.require(declaration, "values", inputs.place)
    inputs.column(name)
    categories = _in_year(inputs, name, declaration.get("year", "last"))
    odd = sorted(set(map(str, categories.dropna())) - set(CLUSTERS))
    if odd:
        raise SampleError(f"{inputs.place}.values: '{name}' holds '{odd[0]}'; expected {', '.join(CLUSTERS)}")
    # All five, since an empty category is a result.
    known = {value: text for value, (text, _) in CLUSTERS.items()}
    styles = {value: (colour, "") for value, (_, colour) in CLUSTERS.items()}
    return _categories(categories, known, styles, inputs.label(name)[language], inputs, language)


def draw_values(declaration: Declaration, inputs: Inputs, language: str) -> Figure:
    """Maps of a value, one panel a year, with the same classes in all.

    The classes are made from the values of all drawn years together, by ``scheme`` and ``classes``, or given
    as ``breaks``.

    Raises
    ------
    DeclarationError, SampleError
        If the column or a year is not there, the column is not numeric, or has too few values to classify.
    """
    name, place = declared.require(declaration, "values", inputs.place), inputs.place
    years = declared.require(declaration, "years", place)
    if not pd.api.types.is_numeric_dtype(inputs.column(name)):
        raise SampleError(f"{place}.values: '{name}' is not numeric; a group_map draws categories")
    by_year = [_in_year(inputs, name, year).astype(float) for year in years]
    pooled = np.concatenate([each.to_numpy() for each in by_year])
    if np.isinf(pooled).any():
        raise SampleError(f"{place}.values: '{name}' is infinite somewhere; a map needs numbers")
    if np.isnan(pooled).all():
        raise SampleError(f"{place}.values: '{name}' has no value in {', '.join(map(str, years))}")
    if declaration.get("breaks"):
        classes = declared_classes(declaration["breaks"], place)
    else:
        scheme, number = declaration.get("scheme", "natural"), declaration.get("classes", 5)
        classes = classify(pooled[~np.isnan(pooled)], number, scheme, place)
    colours = canvas.sequential(len(classes.labels))

    panels: list[list[Entry]] = []
    for each in by_year:
        places = classes.of(each)
        panels.append(
            [
                Entry(label, colours[i], frozenset(each.index[places == i]))
                for i, label in enumerate(classes.labels)
            ]
            + [Entry("", canvas.no_data, frozenset(each.index[places < 0]), HATCHES[1])]
        )
    missing = [len(panel[-1].cities) for panel in panels]
    if len(set(missing)) == 1:
        words = counted(NO_DATA[language], missing[0])
    else:
        which = ", ".join(f"{ascii_lowercase[i]} {count}" for i, count in enumerate(missing) if count)
        words = f"{NO_DATA[language]} ({which})"
    absent = [Entry(words, canvas.no_data, hatch=HATCHES[1])] if any(missing) else []
    entries = [*panels[0][:-1], *absent, *_remainder(by_year[0].index, inputs, language)]
    names = [f"{year}年" if language == "zh" else str(year) for year in years]
    return page(panels, entries, inputs.axis(name, language), names, language, inputs.shapes)


def classify(values: ArrayLike, classes: int, scheme: Scheme, place: str = "map") -> Classes:
    """Divide values into classes whose limits are the numbers that the legend prints.

    Limits are rounded to a tenth of the narrowest class, so that a reader who has the values finds the same
    class as the map.

    Parameters
    ----------
    values : (n,) finite numbers
    classes : how many
    scheme : ``equal`` widths, ``quantiles`` (equal counts), or ``natural`` (:func:`natural_breaks`)
    place : where the declaration stands, for messages

    Raises
    ------
    DeclarationError
        If the scheme is unknown.
    SampleError
        If the values are too few or too much alike for so many classes.
    """
    x = np.sort(np.asarray(values, dtype=float))
    if scheme not in get_args(Scheme):
        raise DeclarationError(f"{place}.scheme: '{scheme}'; there is {', '.join(get_args(Scheme))}")
    distinct = len(np.unique(x))
    if distinct < classes:
        raise SampleError(f"{place}.classes: {classes} classes of {distinct} distinct values; ask for fewer")
    if scheme == "equal":
        inner = np.linspace(x[0], x[-1], classes + 1)[1:-1]
    elif scheme == "quantiles":
        inner = np.quantile(x, np.arange(1, classes) / classes)
    else:
        inner = natural_breaks(x, classes)
    limits = np.array([x[0], *inner, x[-1]])
    gaps = np.diff(limits)
    if not (gaps[:-1] > 0).all():
        raise SampleError(
            f"{place}.scheme: {scheme} puts two limits of {classes} classes at the same value, since many cities "
            "share it; ask for fewer classes or give breaks"
        )
    decimals = max(0, math.ceil(-math.log10(gaps[gaps > 0].min())) + 1)
    # The outer limits are rounded outwards, so that every value lies between them.
    step = 10.0**-decimals
    low, high = math.floor(x[0] / step + 1e-9) * step, math.ceil(x[-1] / step - 1e-9) * step
    breaks = tuple(round(float(each), decimals) for each in inner)
    shown = [_number(each, decimals) for each in (low, *breaks, high)]
    labels = [f"{'[' if i == 0 else '('}{a}, {b}]" for i, (a, b) in enumerate(itertools.pairwise(shown))]
    return Classes(breaks, tuple(labels))


def declared_classes(breaks: Sequence[float], place: str = "map") -> Classes:
    """Classes with given limits, the first and last of them open.

    Raises
    ------
    DeclarationError
        If the limits do not ascend.
    """
    limits = tuple(float(each) for each in breaks)
    if any(b <= a for a, b in itertools.pairwise(limits)):
        raise DeclarationError(
            f"{place}.breaks: {list(breaks)} do not ascend; write each limit once, smallest first"
        )
    decimals = max(len(f"{each:.10g}".partition(".")[2]) for each in limits)
    shown = [_number(each, decimals) for each in limits]
    between = [f"({a}, {b}]" for a, b in itertools.pairwise(shown)]
    return Classes(limits, (f"≤ {shown[0]}", *between, f"> {shown[-1]}"))


def natural_breaks(values: ArrayLike, classes: int) -> Array:
    """Upper limits of all classes but the last that make the squared deviations within classes smallest.

    Exact dynamic programme over distinct values with their counts (Fisher 1958, "On grouping for maximum
    homogeneity"; known as Jenks' natural breaks). The best cut moves up with the upper end, so each layer is
    solved by halving: n log n steps of vector work for n distinct values. Of equal solutions the one with the
    smallest limits is taken.

    Parameters
    ----------
    values : (n,) finite numbers, with at least ``classes`` distinct ones
    classes : how many

    Returns
    -------
    (classes - 1,) array, ascending; each is the largest value of its class
    """
    points, counts = np.unique(np.asarray(values, dtype=float), return_counts=True)
    n = len(points)
    if not 1 <= classes <= n:
        raise ValueError(f"{classes} classes of {n} distinct values")
    # Centred, lest the sums of squares lose digits.
    centred = points - np.average(points, weights=counts)
    mass = np.concatenate([[0.0], np.cumsum(counts)])
    first = np.concatenate([[0.0], np.cumsum(counts * centred)])
    second = np.concatenate([[0.0], np.cumsum(counts * centred**2)])

    def within(start: NDArray[np.intp], end: int) -> Array:
        return second[end] - second[start] - (first[end] - first[start]) ** 2 / (mass[end] - mass[start])

    # best[j]: least sum over the first j points; cut[k, j]: where the last of k + 1 classes begins.
    best = np.full(n + 1, np.inf)
    best[1:] = [float(within(np.array([0]), j)[0]) for j in range(1, n + 1)]
    cut = np.zeros((classes, n + 1), dtype=np.intp)
    for k in range(1, classes):
        layer = np.full(n + 1, np.inf)
        todo = [(k + 1, n, k, n - 1)]
        while todo:
            low, high, start, stop = todo.pop()
            if low > high:
                continue
            j = (low + high) // 2
            at = np.arange(start, min(j - 1, stop) + 1)
            cost = best[at] + within(at, j)
            chosen = at[int(np.argmin(cost))]
            layer[j], cut[k, j] = cost.min(), chosen
            todo += [(low, j - 1, start, chosen), (j + 1, high, chosen, stop)]
        best = layer
    ends, j = [], n
    for k in range(classes - 1, 0, -1):
        j = cut[k, j]
        ends.append(points[j - 1])
    return np.array(ends[::-1])


def _number(value: float, decimals: int) -> str:
    return f"{value + 0.0:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def counted(words: str, count: int) -> str:
    return f"{words} ({count})"


def _in_year(inputs: Inputs, name: str, year: int | Literal["last"] | None) -> pd.Series:
    """Value of each city of the sample in a year, NaN if it has no row; None: its last known value."""
    sample = inputs.given("sample")
    cities = pd.Index(np.sort(sample["city"].unique()), name="city")
    if year is None:
        return sample.sort_values("year").groupby("city")[name].last().reindex(cities)
    own = inputs.year(int(sample["year"].max()) if year == "last" else year)
    return own.set_index("city")[name].reindex(cities)


def _dummy(inputs: Inputs, name: str) -> dict[Any, Text]:
    entry = inputs.labels.get(name)
    if isinstance(entry, Mapping) and entry.get("values"):
        words = {str(value): text for value, text in inputs.values(name).items()}
        if set(words) == {"0", "1"}:
            return {1: words["1"], 0: words["0"]}
    return {1: inputs.label(name), 0: OTHERS}


def _categories(
    categories: pd.Series,
    known: Mapping[Any, Text],
    styles: Mapping[Any, tuple[str, str]],
    title: str,
    inputs: Inputs,
    language: str,
    others: Text | None = None,
) -> Figure:
    entries = []
    for value, text in known.items():
        cities = frozenset(categories.index[(categories == value).fillna(False).astype(bool)])
        colour, hatch = styles[value]
        entries.append(Entry(counted(text[language], len(cities)), colour, cities, hatch))
    unknown = frozenset(categories.index[categories.isna()])
    if unknown and others:
        entries.append(Entry(counted(others[language], len(unknown)), REST_COLOUR, unknown))
    elif unknown:
        entries.append(Entry(counted(NO_DATA[language], len(unknown)), canvas.no_data, unknown, HATCHES[1]))
    legend = [*entries, *_remainder(categories.index, inputs, language)]
    # Of 0 and 1, the variable's name stands at the 1 already.
    title = "" if any(text[language] == title for text in known.values()) else title
    return page([entries], legend, title, [""], language, inputs.shapes)


def _remainder(cities: Sequence[int], inputs: Inputs, language: str) -> list[Entry]:
    """Legend of what has no category: areas outside the sample, and cities that have no shape."""
    entries = [Entry(OUTSIDE[language], OUTSIDE_COLOUR)]
    absent = geography.without_boundary(cities)
    if absent:
        names = (", " if language == "en" else "、").join(_name(city, inputs, language) for city in absent)
        entries.append(Entry(f"{NO_BOUNDARY[language]}{': ' if language == 'en' else '：'}{names}", ""))
    return entries


def _name(city: int, inputs: Inputs, language: str) -> str:
    if inputs.cities is not None:
        own = inputs.cities.loc[inputs.cities["city"] == city, f"name_{language}"]
        if len(own):
            return str(own.iloc[0])
    return str(city)


def page(
    panels: Sequence[Sequence[Entry]],
    entries: Sequence[Entry],
    title: str,
    names: Sequence[str],
    language: str,
    prepared: FilePath | None = None,
) -> Figure:
    """Maps side by side and one legend, in the corner of a single map if it fits there, else below.

    Parameters
    ----------
    panels : what is painted on each map
    entries : lines of the legend, under its ``title``
    names : of the maps
    prepared : the shapes' file, see :func:`nianjian.publish.figures.geography.country`
    """
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    page_mm = canvas.WIDTHS["double"] - 2.0
    map_mm = (page_mm - 2.0 * (columns - 1)) / columns
    height = map_mm * (PAGE[3] - PAGE[1]) / (PAGE[2] - PAGE[0])
    letters = max(width(each) for each in [title, *(entry.text for entry in entries)])
    in_corner = len(panels) == 1 and letters * LETTER_MM + 9 <= ROOM_MM and len(entries) < ROOM_ROWS
    widest = letters * LETTER_MM + 11
    ncols = max(1, min(len(entries), int(page_mm // widest)))
    below = 0.0 if in_corner else 4.0 * (-(-len(entries) // ncols) + bool(title)) + 3
    figure, axes = canvas.new(
        "double", rows * (height + 2.0) + below, nrows=rows, ncols=columns, squeeze=False
    )
    figure.get_layout_engine().set(w_pad=1 / 25.4, h_pad=1 / 25.4, wspace=0, hspace=0)
    shapes = geography.country(round(SHOWN_MM * (PAGE[2] - PAGE[0]) / map_mm, 1), prepared)
    for spare in axes.flat[len(panels) :]:
        spare.set_axis_off()
    for i, (panel, name) in enumerate(zip(panels, names, strict=True)):
        letter = f"({ascii_lowercase[i]}) " if len(panels) > 1 else ""
        _map(axes.flat[i], shapes, panel, f"{letter}{name}", language, alone=len(panels) == 1, first=i == 0)
    handles = [
        Patch(
            facecolor=entry.colour or "none",
            edgecolor=(_edge(entry) if entry.hatch else CITY[0]) if entry.colour else "none",
            linewidth=0.4,
            hatch=entry.hatch or None,
            label=entry.text,
        )
        for entry in entries
    ]
    options: dict[str, Any] = {"handles": handles, "title": title or None, "fontsize": canvas.SIZE}
    options |= {"title_fontsize": canvas.SIZE, "handlelength": 1.8, "handleheight": 0.9}
    if in_corner:
        axes[0, 0].legend(loc="lower left", bbox_to_anchor=(0.012, 0.015), alignment="left", **options)
    else:
        figure.legend(loc="outside lower center", ncols=ncols, **options)
    return figure


def _map(
    axes: Axes,
    shapes: geography.Country,
    entries: Sequence[Entry],
    name: str,
    language: str,
    *,
    alone: bool,
    first: bool,
) -> None:
    _paint(axes, shapes.within(PAGE), entries, PAGE)
    axes.text(0.012, 0.98, name, transform=axes.transAxes, va="top")
    if first:
        _north(axes)
        _scale(axes)
    high = INSET_WIDTH * (SEA_PAGE[3] - SEA_PAGE[1]) / (SEA_PAGE[2] - SEA_PAGE[0])
    corner = (PAGE[2] - INSET_WIDTH, PAGE[1], INSET_WIDTH, high)
    inset = axes.inset_axes(corner, transform=axes.transData, zorder=5)
    inset.set_label("South China Sea")
    _paint(inset, shapes.within(SEA_PAGE), entries, SEA_PAGE)
    if alone:
        size = canvas.SMALL if language == "zh" else canvas.SMALL - 1.5
        inset.text(
            0.96, 0.02, SEA[language], transform=inset.transAxes, ha="right", va="bottom", fontsize=size
        )


def _paint(axes: Axes, shapes: geography.Country, entries: Sequence[Entry], page: geography.Box) -> None:
    """Draw one map: a layer of all shapes, one more a hatch, and three of lines."""
    entry_of = {city: entry for entry in entries for city in entry.cities}
    paths = _paths(shapes.shapes)
    own = [entry_of.get(int(code)) for code in shapes.codes]
    axes.add_collection(
        PathCollection(
            paths,
            facecolors=[entry.colour if entry else OUTSIDE_COLOUR for entry in own],
            edgecolors=CITY[0],
            linewidths=CITY[1],
            label="cities",
        ),
        autolim=False,
    )
    hatched = sorted({(entry.hatch, _edge(entry)) for entry in own if entry and entry.hatch})
    for hatch, ink in hatched:
        some = [p for p, e in zip(paths, own, strict=True) if e and (e.hatch, _edge(e)) == (hatch, ink)]
        layer = PathCollection(some, facecolors="none", edgecolors=ink, linewidths=0, hatch=hatch)
        axes.add_collection(layer, autolim=False)
    for lines, (colour, thick), label in (
        (shapes.provinces, PROVINCE, "provinces"),
        (shapes.outline, NATION, "outline"),
        (shapes.dashes, (NATION[0], 1.2 * NATION[1]), "dashes"),
    ):
        pieces = [shapely.get_coordinates(each) for each in shapely.get_parts(lines)]
        layer = LineCollection(pieces, colors=colour, linewidths=thick, label=label)
        layer.set_joinstyle("round")
        axes.add_collection(layer, autolim=False)
    axes.set(xlim=(page[0], page[2]), ylim=(page[1], page[3]), xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.5)


def _edge(entry: Entry) -> str:
    return "#8c8c8c" if entry.colour == canvas.no_data else "#ffffff"


def _paths(shapes: geography.Geometries) -> list[Path]:
    """One compound path a shape; rings run so that holes stay open."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    begins = np.concatenate([[True], ring[1:] != ring[:-1]])
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[begins] = Path.MOVETO
    codes[np.concatenate([begins[1:], [True]])] = Path.CLOSEPOLY
    ends = np.cumsum(np.bincount(owner[part[ring]], minlength=len(shapes)))[:-1]
    pairs = zip(np.split(points, ends), np.split(codes, ends), strict=True)
    return [Path(each, code) for each, code in pairs]


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
