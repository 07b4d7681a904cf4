"""Fill gaps in series of cities by years, and say which cells were filled and how.

All functions take (C, T) arrays: one row a city, one column a year, years without holes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def interpolate(values: Array, *, max_gap: int | None = None) -> Array:
    """Straight lines between the printed years on both sides of a gap; nothing beyond the first and last.

    Parameters
    ----------
    values : (C, T) array, NaN where missing
    max_gap : longest run of missing years that is filled; longer runs stay as they are

    Returns
    -------
    (C, T) array
        Printed cells are returned unchanged.
    """
    before, after = _neighbours(values)
    years = np.arange(values.shape[1])
    inside = np.isnan(values) & (before >= 0) & (after < values.shape[1])
    if max_gap is not None:
        inside &= after - before - 1 <= max_gap
    left = np.take_along_axis(values, np.clip(before, 0, None), axis=1)
    right = np.take_along_axis(values, np.clip(after, None, values.shape[1] - 1), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        line = left + (right - left) * ((years - before) / (after - before))
    return np.where(inside, line, values)


def extend(values: Array, *, years: int) -> Array:
    """Carry the first and last printed value outwards by at most ``years`` years."""
    before, after = _neighbours(values)
    columns = np.arange(values.shape[1])
    early = np.isnan(values) & (before < 0) & (after < values.shape[1]) & (after - columns <= years)
    late = np.isnan(values) & (after >= values.shape[1]) & (before >= 0) & (columns - before <= years)
    first = np.take_along_axis(values, np.clip(after, None, values.shape[1] - 1), axis=1)
    last = np.take_along_axis(values, np.clip(before, 0, None), axis=1)
    return np.where(early, first, np.where(late, last, values))


def chain(values: Array, growth: Array) -> Array:
    """Continue each series after its last printed year by growth rates, as far as those go without a hole.

    Parameters
    ----------
    values : (C, T) array
    growth : (C, T) array of ratios: 0.05 is five percent more than the year before
    """
    chained = values.copy()
    years = np.arange(values.shape[1])
    last = np.where(~np.isnan(values), years, -1).max(axis=1)
    for year in years[1:]:
        open_ = (last >= 0) & (last < year)
        chained[open_, year] = chained[open_, year - 1] * (1 + growth[open_, year])
    return chained


def _neighbours(values: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of the nearest printed cell at or before and at or after each cell; -1 and T where none is."""
    size = values.shape[1]
    printed = ~np.isnan(values)
    columns = np.arange(size)
    before = np.maximum.accumulate(np.where(printed, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(printed, columns, size)[:, ::-1], axis=1)[:, ::-1]
    return before, after
