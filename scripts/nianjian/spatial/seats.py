"""Where the governments of cities sit, and how far apart they are.

Distances are great-circle distances between government seats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from nianjian.errors import SampleError
from nianjian.spatial import boundaries
from nianjian.spatial.labels import City, distinct, listed

Array = NDArray[np.float64]

SAME_PLACE_KM = 1e-3
"""Seats nearer than this are one point."""

MANY = 500
"""Of more cities than this only near pairs are looked for, by a tree, and no table of all distances is made."""
SPARE = 8
"""Neighbours beyond the k wanted that are looked at, since the tree may order near-equal distances otherwise."""


@dataclass(frozen=True)
class Seats:
    """n cities and where their governments sit.

    Attributes
    ----------
    cities : n codes
    names : n names, for messages
    lon, lat : (n,) arrays, degrees
    """

    cities: tuple[City, ...]
    names: tuple[str, ...]
    lon: Array
    lat: Array

    @cached_property
    def distances(self) -> Array:
        """(n, n) array, km; see :func:`great_circle_distances`."""
        return great_circle_distances(self.lon, self.lat)

    @property
    def many(self) -> bool:
        """Whether only near pairs are looked for."""
        return len(self.cities) > MANY

    @cached_property
    def tree(self) -> Any:
        """Tree of the seats as points of the unit sphere; chords grow with distances."""
        east, north = np.radians(self.lon), np.radians(self.lat)
        level = np.cos(north)
        return cKDTree(np.column_stack([level * np.cos(east), level * np.sin(east), np.sin(north)]))

    def apart(self, i: NDArray[np.intp], j: NDArray[np.intp]) -> Array:
        """Distances of pairs of positions, km."""
        east, north = np.radians(self.lon), np.radians(self.lat)
        return _haversine(east[i], north[i], east[j], north[j])

    def near_pairs(self, radius: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
        """Positions i < j of all pairs at most ``radius`` km apart, and their distances."""
        chord = 2 * np.sin(min(radius / (2 * boundaries.RADIUS_KM), np.pi / 2)) * (1 + 1e-9) + 1e-12
        i, j = self.tree.query_pairs(chord, output_type="ndarray").T
        distance = self.apart(i, j)
        close = distance <= radius
        return i[close], j[close], distance[close]


def seats(reference: pd.DataFrame, cities: Sequence[int]) -> Seats:
    """Where the governments of the cities sit.

    Parameters
    ----------
    reference : DataFrame with ``city, name_zh, lon, lat``, as config/reference/cities.csv
    cities : n codes; the order of the weights

    Raises
    ------
    SampleError
        If a city is unknown, has no coordinates, or shares them with another.
    """
    codes = distinct(cities, "seats")
    if lacking := [name for name in ("city", "name_zh", "lon", "lat") if name not in reference]:
        raise SampleError(f"seats: config/reference/cities.csv has no column {', '.join(lacking)}; add it")
    known = reference.drop_duplicates("city").set_index("city")
    if absent := [str(code) for code in codes if code not in known.index]:
        raise SampleError(
            f"seats: {listed(absent)} not in config/reference/cities.csv; add a row with lon and lat"
        )
    rows = known.loc[list(codes)]
    names = tuple(f"{name} ({code})" for code, name in zip(codes, rows["name_zh"], strict=True))
    return place(codes, rows["lon"], rows["lat"], names=names)


def place(cities: Sequence[City], lon: ArrayLike, lat: ArrayLike, *, names: Sequence[str] = ()) -> Seats:
    """Seats from arrays of degrees, checked.

    Raises
    ------
    SampleError
        If coordinates are missing or beyond ±180 and ±90 degrees, or two cities stand at one point.
    """
    codes = distinct(cities, "seats")
    labels = tuple(names) or tuple(map(str, codes))
    east, north = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if not east.shape == north.shape == (len(codes),):
        raise ValueError(f"seats: lon {east.shape} and lat {north.shape} for {len(codes)} cities")
    if absent := [labels[i] for i in np.flatnonzero(~(np.isfinite(east) & np.isfinite(north)))]:
        raise SampleError(f"seats: no coordinates for {listed(absent)}; fill lon and lat in degrees")
    if outside := [labels[i] for i in np.flatnonzero((np.abs(east) > 180) | (np.abs(north) > 90))]:
        raise SampleError(f"seats: {listed(outside)} beyond ±180 or ±90 degrees; are lon and lat exchanged?")
    placed = Seats(codes, labels, east, north)
    if placed.many:
        pairs = np.column_stack(placed.near_pairs(SAME_PLACE_KM)[:2])
    else:
        pairs = np.argwhere(np.triu(placed.distances < SAME_PLACE_KM, 1))
    if len(pairs):
        same = [f"{labels[i]} and {labels[j]}" for i, j in pairs]
        raise SampleError(f"seats: at one point {listed(same)}; correct lon and lat of one of them")
    return placed


def great_circle_distances(lon: ArrayLike, lat: ArrayLike) -> Array:
    """Distances in km along great circles of a sphere of 6371.0088 km (haversine formula).

    Parameters
    ----------
    lon, lat : (n,) arrays, degrees

    Returns
    -------
    (n, n) symmetric array with a zero diagonal
    """
    east, north = np.radians(np.asarray(lon, dtype=float)), np.radians(np.asarray(lat, dtype=float))
    return _haversine(east[:, None], north[:, None], east, north)


def _haversine(east: Array, north: Array, other_east: Array, other_north: Array) -> Array:
    """Distances in km of points given in radians, whose arrays are broadcast against each other."""
    half = np.sin((north - other_north) / 2) ** 2
    half += np.cos(north) * np.cos(other_north) * np.sin((east - other_east) / 2) ** 2
    return 2 * boundaries.RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def nearest(seats: Seats, k: int) -> NDArray[np.intp]:
    """(n, k) positions of the k nearest other cities, nearest first; equal distances by code."""
    n = len(seats.cities)
    by_code = np.array(sorted(range(n), key=lambda i: seats.cities[i]), dtype=np.intp)  # type: ignore[arg-type,return-value]
    if seats.many and k + 1 + SPARE < n:
        return _nearest_by_tree(seats, k, by_code)
    apart = seats.distances + np.diag(np.full(n, np.inf))
    order = np.argsort(apart[:, by_code], axis=1, kind="stable")
    return by_code[order][:, :k]


def _nearest_by_tree(seats: Seats, k: int, by_code: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same from a few candidates a city; a city with more equal distances than these is compared with all."""
    n = len(by_code)
    rank = np.empty(n, dtype=np.intp)
    rank[by_code] = np.arange(n)
    found = seats.tree.query(seats.tree.data, k + 1 + SPARE)[1]
    own = np.arange(n)[:, None]
    found = np.take_along_axis(found, np.argsort(rank[found], axis=1), axis=1)
    distance = np.where(found == own, np.inf, seats.apart(np.broadcast_to(own, found.shape), found))
    order = np.argsort(distance, axis=1, kind="stable")
    near = np.take_along_axis(found, order, axis=1)[:, :k].astype(np.intp)
    ordered = np.take_along_axis(distance, order, axis=1)
    # The last column is the city itself, the one before it the farthest candidate.
    for i in np.flatnonzero(ordered[:, k - 1] >= ordered[:, -2] * (1 - 1e-9)).tolist():
        others = by_code[by_code != i]
        all_of_row = seats.apart(np.full(n - 1, i), others)
        near[i] = others[np.argsort(all_of_row, kind="stable")[:k]]
    return near
