"""Treatment paths that cities exchange: the same exchange for all points of a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import seeds
from nianjian.numerics import Array

Ints = NDArray[np.intp]


def permutations(count: int, draws: int, seed: int, study: str) -> Ints:
    """Who takes whose path, (N, D): city i that of city ``[i, d]``; a column depends on seed, study and its number alone."""
    found = np.empty((count, draws), dtype=np.intp)
    for d in range(draws):
        found[:, d] = seeds.generator(seed, study, "multiverse", d).permutation(count)
    return found


def induced(exchange: Ints, held: NDArray[np.bool_]) -> Ints:
    """Permutations of all cities as permutations of some of them.

    A city that would take the path of one that is not there takes that of the next in the same circle who is. So each draw is
    a permutation of the cities that are there, each as likely, cohorts keep their size, and two samples differ in a draw no
    more than their cities do.

    Parameters
    ----------
    exchange : (N, D) array of :func:`permutations`
    held : (N,) which cities are there

    Returns
    -------
    (n, D) array
        Places among those that are there.
    """
    place = np.cumsum(held) - 1
    now = exchange[held]
    while True:
        out = ~held[now]
        if not out.any():
            found: Ints = place[now]
            return found
        rows, columns = np.nonzero(out)
        now[rows, columns] = exchange[now[rows, columns], columns]


@dataclass(frozen=True)
class Paths:
    """Each city's treatment by year.

    Attributes
    ----------
    cities, years : codes of the n cities and T years, sorted
    values : (n, T) array
    """

    cities: Array
    years: Array
    values: Array

    @classmethod
    def of(cls, frame: pd.DataFrame, treatment: str) -> Paths | None:
        """Paths of the cities of some rows; None where cities have different years and the treatment is none that comes once and
        stays, so that a city's path has holes in the years of another.

        ASSUME: a city without a treated row among those used is never treated, as in the placebo.
        """
        table = frame.pivot(index="city", columns="year", values=treatment).sort_index().sort_index(axis=1)
        values, years = table.to_numpy(dtype=float), table.columns.to_numpy(dtype=float)
        if np.isnan(values).any():
            treated = np.where(values == 1, years, np.inf).min(axis=1)
            comes = np.where(np.isnan(values), np.nan, years >= treated[:, None])
            if not np.array_equal(comes, values, equal_nan=True):
                return None
            values = (years >= treated[:, None]).astype(float)
        return cls(table.index.to_numpy(), years, values)

    def exchanged(self, frame: pd.DataFrame, exchange: Ints, cities: Sequence[int]) -> Array:
        """The treatment of each row when cities exchange their paths, (rows, D).

        Parameters
        ----------
        frame : rows with ``city`` and ``year``
        exchange : (N, D) permutations of ``cities``
        cities : sorted codes that hold all of this study's cities
        """
        own = induced(exchange, np.isin(np.asarray(cities), self.cities))
        at = np.searchsorted(self.cities, frame["city"].to_numpy())
        year = np.searchsorted(self.years, frame["year"].to_numpy(dtype=float))
        found: Array = self.values[own[at], year[:, None]]
        return found
