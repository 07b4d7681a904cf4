"""Where the governments of cities sit, and how far apart they are.

Distances are great-circle distances between government seats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.spatial import boundaries
from nianjian.spatial.labels import City, distinct, listed

Array = NDArray[np.float64]

SAME_PLACE_KM = 1e-3
"""Seats nearer than this are one point."""


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
    half = np.sin((north[:, None] - north) / 2) ** 2
    half += np.cos(north[:, None]) * np.cos(north) * np.sin((east[:, None] - east) / 2) ** 2
    return 2 * boundaries.RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def nearest(seats: Seats) -> NDArray[np.intp]:
    """(n, n - 1) positions of the other cities, nearest first; equal distances by code."""
    n = len(seats.cities)
    by_code = np.array(sorted(range(n), key=lambda i: seats.cities[i]), dtype=np.intp)  # type: ignore[arg-type,return-value]
    apart = seats.distances + np.diag(np.full(n, np.inf))
    order = np.argsort(apart[:, by_code], axis=1, kind="stable")
    return by_code[order][:, :-1]
