"""Simulated panels with a known truth: staggered adoption, city and year effects, errors correlated over years.

Every function takes a generator and returns a frame with the columns that the estimators read: ``city``,
``year``, ``policy``, ``first_treated_year``, ``x`` and ``y``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
CITIES, YEARS, START = 120, 12, 2005
COHORTS = (4, 6, 8)
"""Years since the first in which cities adopt."""
SERIAL = 0.7
"""Autocorrelation of errors, and of the columns that move over the years."""


def autocorrelated(rng: np.random.Generator, cities: int, years: int, serial: float = SERIAL) -> Array:
    """(cities, years) stationary series of variance one."""
    shocks = rng.normal(size=(cities, years))
    series = shocks.copy()
    for t in range(1, years):
        series[:, t] = serial * series[:, t - 1] + np.sqrt(1 - serial**2) * shocks[:, t]
    return series


def staggered(
    rng: np.random.Generator,
    *,
    path: Callable[[Array, Array], Array] = lambda time, cohort: np.full_like(time, 0.5),
    chance: Array | float = 0.5,
    cities: int = CITIES,
    years: int = YEARS,
) -> pd.DataFrame:
    """Half of the cities adopt in one of three years; an effect that depends on years since and on the cohort.

    Parameters
    ----------
    path : effect at (years since adoption, number of the cohort), both (n,) arrays
    chance : of adopting at all, one number or one a city
    """
    city, time = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    adopts = rng.random(cities) < chance
    cohort = rng.integers(len(COHORTS), size=cities)
    first = np.where(adopts, np.array(COHORTS)[cohort], np.inf)
    since = time - first[city]
    policy = since >= 0
    level = rng.normal(size=cities) + 0.5 * adopts
    x = 0.5 * level[:, None] + autocorrelated(rng, cities, years)
    y = 0.8 * x + level[:, None] + 0.2 * np.arange(years) + autocorrelated(rng, cities, years)
    effect = np.where(policy, path(np.maximum(since, 0), cohort[city].astype(float)), 0.0)
    return pd.DataFrame(
        {
            "city": city,
            "year": START + time,
            "policy": policy.astype(float),
            "first_treated_year": np.where(adopts, START + first, np.nan)[city],
            "since": since,
            "x": x.ravel(),
            "y": y.ravel() + effect,
            "effect": effect,
        }
    )


def growing(rng: np.random.Generator, *, effect: float, cities: int = CITIES) -> pd.DataFrame:
    """Cities grow at their own rates and the faster ones adopt more often."""
    growth = rng.normal(size=cities)
    chance = 1 / (1 + np.exp(-growth))
    frame = staggered(rng, path=lambda time, cohort: np.full_like(time, effect), chance=chance, cities=cities)
    return frame.assign(y=frame["y"] + 0.1 * growth[frame["city"]] * (frame["year"] - START))


def selected(rng: np.random.Generator, *, effect: float, cities: int = CITIES) -> pd.DataFrame:
    """Adoption depends on a fixed property ``size`` that also bends the path of the outcome."""
    size = rng.normal(size=cities)
    chance = 1 / (1 + np.exp(-0.8 * size))
    frame = staggered(rng, path=lambda time, cohort: np.full_like(time, effect), chance=chance, cities=cities)
    frame["size"] = size[frame["city"]]
    return frame.assign(y=frame["y"] + 0.08 * frame["size"] * (frame["year"] - START))


def instrumented(
    rng: np.random.Generator, *, effect: float, strength: float, cities: int = CITIES, years: int = YEARS
) -> pd.DataFrame:
    """``d`` shares a shock with the outcome; ``z`` moves it and nothing else."""
    city, time = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    z, shared, own, x = (autocorrelated(rng, cities, years).ravel() for _ in range(4))
    d = strength * z + 0.9 * shared + 0.3 * own + 0.3 * x
    y = effect * d + shared + 0.5 * x + rng.normal(size=cities)[city] + 0.1 * time
    return pd.DataFrame({"city": city, "year": START + time, "d": d, "z": z, "x": x, "y": y})


def mediated(
    rng: np.random.Generator, *, a: float, b: float, direct: float = 0.3, rho: float = 0.0
) -> pd.DataFrame:
    """The policy moves ``m`` by a, and m the outcome by b; what else moves both makes their errors' correlation ``rho``."""
    frame = staggered(rng, path=lambda time, cohort: np.full_like(time, direct))
    noise = autocorrelated(rng, CITIES, YEARS).ravel()
    m = a * frame["policy"] + 0.4 * frame["x"] + noise + rng.normal(size=CITIES)[frame["city"]]
    return frame.assign(m=m, y=frame["y"] + b * m + rho / np.sqrt(1 - rho**2) * noise)


def grouped(rng: np.random.Generator, *, difference: float) -> pd.DataFrame:
    """The effect is larger by ``difference`` in cities of odd number."""
    frame = staggered(rng)
    odd = frame["city"] % 2 == 1
    return frame.assign(odd=odd, y=frame["y"] + difference * odd * frame["policy"])
