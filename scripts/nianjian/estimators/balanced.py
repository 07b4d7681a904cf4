"""A balanced panel as matrices, city by year, with a treatment that starts once and stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.errors import EstimationError
from nianjian.estimators.prepare import context_of, numbers
from nianjian.numerics import Array
from nianjian.sample_columns import check_present, not_numeric


@dataclass(frozen=True)
class Balanced:
    """N cities by T years.

    Attributes
    ----------
    cities, years : sorted
    columns : (N, T, k) values
    start : (N,) position of the first treated year; T for never
    """

    cities: NDArray[np.int64]
    years: NDArray[np.int64]
    columns: Array
    start: NDArray[np.intp]

    @property
    def first(self) -> Array:
        """(N,) first treated year, ``inf`` for never."""
        years = np.append(self.years.astype(float), np.inf)
        found: Array = years[self.start]
        return found


def balanced(frame: pd.DataFrame, treatment: str, columns: Sequence[str], *, spec: str, why: str) -> Balanced:
    """Columns of a frame as matrices.

    Parameters
    ----------
    frame : one row a ``city`` and ``year``
    treatment : column of zeros and ones
    columns : numeric columns, complete
    spec : name for the messages
    why : what needs a balanced panel, for the message

    Raises
    ------
    EstimationError
        If a city lacks a year, a cell is missing, or the treatment is not zero and one, ends, or never starts.
    """
    context = context_of(spec)
    check_present(frame, ["city", "year", treatment, *columns], context)
    if text := not_numeric(frame, [treatment, *columns]):
        raise EstimationError(f"{context}{', '.join(text)} is not numeric; name columns of numbers")
    frame = frame.sort_values(["city", "year"])
    cities, years = np.unique(frame["city"]), np.unique(frame["year"])
    counts = frame.groupby("city")["year"].nunique()
    if len(frame) != len(cities) * len(years) or (counts < len(years)).any():
        short = counts[counts < len(years)]
        told = (
            f"city {short.index[0]} has {short.iloc[0]} of {len(years)} years"
            if len(short)
            else "rows repeat"
        )
        raise EstimationError(
            f"{context}{why} needs a balanced panel, and {told}; declare `balance: true` in the sample, or leave cities "
            "out with `where`"
        )
    values = numbers(frame, [treatment, *columns]).reshape(len(cities), len(years), -1)
    if not np.isfinite(values).all():
        raise EstimationError(f"{context}{why} needs columns without gaps; fill them in the sample")
    return Balanced(cities, years, values[:, :, 1:], _start(values[:, :, 0], cities, treatment, context))


def _start(treated: Array, cities: NDArray[np.int64], treatment: str, context: str) -> NDArray[np.intp]:
    if not np.isin(treated, (0, 1)).all():
        raise EstimationError(
            f"{context}treatment {treatment!r} must be 0 or 1; name the dummy of the policy"
        )
    ends = (np.diff(treated, axis=1) < 0).any(axis=1)
    if ends.any():
        raise EstimationError(
            f"{context}treatment {treatment!r} ends in city {cities[ends][0]}; a treatment starts once and stays: leave such "
            "cities out with `where`"
        )
    if not treated.any():
        raise EstimationError(f"{context}treatment {treatment!r} never holds in the city-years used")
    start: NDArray[np.intp] = np.where(treated.any(axis=1), np.argmax(treated, axis=1), treated.shape[1])
    return start
