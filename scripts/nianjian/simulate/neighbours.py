"""Spatial weights by which a planted effect reaches neighbours.

Copies of the rules in :mod:`nianjian.spatial.weights` that the process declares, few and short: the truth must not
change with the code that it is there to check. A test compares the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]

RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


def distances(lon: Array, lat: Array) -> Array:
    """(n, n) distances in km along great circles (haversine formula); ``lon``, ``lat`` in degrees."""
    east, north = np.radians(lon), np.radians(lat)
    half = np.sin((north[:, None] - north) / 2) ** 2
    half += np.cos(north[:, None]) * np.cos(north) * np.sin((east[:, None] - east) / 2) ** 2
    return 2 * RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def row_standardised(links: Array) -> Array:
    """Rows divided by their sums."""
    # A sparse sum runs over the links only: other orders of adding differ in the last digit.
    raw = sparse.csr_array(links)
    sums = np.asarray(raw.sum(axis=1)).ravel()
    raw.data = raw.data / np.repeat(sums, np.diff(raw.indptr))
    return raw.toarray()


def _apart(lon: Array, lat: Array) -> Array:
    """Distances with an infinite one of each city to itself."""
    return distances(lon, lat) + np.diag(np.full(len(lon), np.inf))


def contiguous(pairs: NDArray[np.int64], codes: NDArray[np.int64], lon: Array, lat: Array) -> Array:
    """Neighbours are cities that border on each other; one without neighbours is linked to the nearest, both ways.

    Parameters
    ----------
    pairs : (p, 2) codes of cities that border on each other, also of cities that are not meant
    codes, lon, lat : (n,) of the cities meant, codes ascending

    Returns
    -------
    (n, n) array, zeros and ones
    """
    inside = pairs[np.isin(pairs, codes).all(axis=1)]
    first, second = np.searchsorted(codes, inside).T
    touches = np.zeros((len(codes), len(codes)))
    touches[first, second] = touches[second, first] = 1.0
    apart = _apart(lon, lat)
    for i in np.flatnonzero(~touches.any(axis=1)):
        j = int(apart[i].argmin())
        touches[i, j] = touches[j, i] = 1.0
    return touches


def composite(values: Array, share: float, floor_quantile: float | None, lon: Array, lat: Array) -> Array:
    """``share`` of inverse distance and the rest of likeness, 1 / |y_i - y_j|, each standardised before.

    Parameters
    ----------
    values : (n,) y, what is compared
    floor_quantile : differences below this quantile of all of them count as it

    Returns
    -------
    (n, n) array
    """
    gaps = np.abs(values[:, None] - values)
    if floor_quantile is not None:
        gaps = np.maximum(gaps, np.quantile(gaps[np.triu_indices(len(values), 1)], floor_quantile))
    np.fill_diagonal(gaps, np.inf)
    near, alike = row_standardised(_apart(lon, lat) ** -1.0), row_standardised(1 / gaps)
    return share * near + (1 - share) * alike
