"""Random numbers that depend on what they are for, not on when they are drawn.

Every draw is a function of (seed, name, keys), so that neither the order of the code, nor the number of jobs,
nor another city in the list changes it.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(x: Any) -> Any:
    """One round of SplitMix64 (Steele, Lea and Flood 2014), of uint64 scalars or arrays."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniforms(seed: int, name: str, *keys: ArrayLike) -> NDArray[np.float64]:
    """Uniform draws on (0, 1), one for each combination of the broadcast integer ``keys``."""
    with np.errstate(over="ignore"):
        state = _mix(np.uint64(seed) * _GOLDEN + np.uint64(zlib.crc32(name.encode())))
        for key in keys:
            state = _mix(state + np.asarray(key).astype(np.uint64) * _GOLDEN + _GOLDEN)
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(seed: int, name: str, *keys: ArrayLike) -> NDArray[np.float64]:
    """Standard normal draws, keyed like :func:`uniforms`."""
    return ndtri(uniforms(seed, name, *keys))


def spatial(
    seed: int, name: str, lon: ArrayLike, lat: ArrayLike, reach: float, waves: int = 96
) -> NDArray[np.float64]:
    """A standard normal field over the map: random Fourier features of a Gaussian covariance.

    Parameters
    ----------
    lon, lat : degrees
    reach : distance in degrees at which the correlation has fallen to exp(-1/2)

    Notes
    -----
    Rahimi and Recht (2007). The field is a function of place, so adding a city leaves the others as they are.
    """
    draw = np.arange(waves)
    across, up = (
        normals(seed, f"{name} waves east", draw) / reach,
        normals(seed, f"{name} waves north", draw) / reach,
    )
    phase = 2 * np.pi * uniforms(seed, f"{name} phases", draw)
    angle = np.multiply.outer(np.asarray(lon), across) + np.multiply.outer(np.asarray(lat), up) + phase
    return np.sqrt(2 / waves) * np.cos(angle).sum(axis=-1)


def autoregressive(
    seed: int,
    name: str,
    cities: NDArray[np.int64],
    years: NDArray[np.int64],
    rho: float,
    shared: tuple[NDArray[np.float64], float] | None = None,
) -> NDArray[np.float64]:
    """Stationary AR(1) shocks of unit variance, one row a city, one column a year.

    ``shared``: a (cities, years) field of unit variance that neighbours have in common, and its share of the
    variance of each year's innovation.
    """
    draws = normals(seed, name, cities[:, None], years[None, :])
    if shared is not None:
        field, share = shared
        draws = np.sqrt(share) * field + np.sqrt(1 - share) * draws
    path = np.empty_like(draws)
    path[:, 0] = draws[:, 0]
    for t in range(1, draws.shape[1]):
        path[:, t] = rho * path[:, t - 1] + np.sqrt(1 - rho**2) * draws[:, t]
    return path
