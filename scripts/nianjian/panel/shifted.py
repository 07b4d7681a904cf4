"""Runs of rows whose values stand one row too high or too low in their column."""

from __future__ import annotations

import numpy as np

from nianjian.panel.predictions import Expected
from nianjian.panel.series import Bools, Ints, Series

SHORTEST = 3
"""Values of a run that must fit the row beside and not their own."""
FITS = 0.1
"""Distance, in logarithms, up to which a value may be that of the row beside; an item's usual distance may widen it."""
WIDEST = 0.25
WRONG = 0.4
"""Distance from which a value doesn't fit its own row."""
AMONG = 0.6
"""Share of a run's values that must not fit their own row."""


def shifted_rows(series: Series, expected: Expected) -> tuple[Bools, Ints]:
    """Which values belong to the row below or above, and the rows of the series that those are (else -1).

    In a column of cities each value is compared with what is expected of its own city and of the one beside. A run of
    values that fit the latter only is one that was shifted.
    """
    rows = series.rows
    places = [rows[name].astype("category").cat.codes.to_numpy() for name in ("file", "sheet")]
    order = np.lexsort(
        (
            rows["row"].to_numpy(),
            rows["col"].to_numpy(),
            series.year,
            series.item * 2 + series.districts,
            *places,
        )
    )
    column = np.append(False, _same_column(series, order, places))
    with np.errstate(divide="ignore", invalid="ignore"):
        value, own = np.log(series.value[order]), np.log(expected.value[order])
    limit = np.minimum(np.maximum(FITS, expected.scale[order]), WIDEST)
    bad, source = np.zeros(len(series), dtype=bool), np.full(len(series), -1)
    for step in (1, -1):
        beside = np.roll(own, -step)
        same = np.roll(column, -1) if step == 1 else column
        same = same & np.isfinite(value) & np.isfinite(beside)
        with np.errstate(invalid="ignore"):
            fits = same & (np.abs(value - beside) < np.roll(limit, -step))
            wrong = fits & (np.abs(value - own) > WRONG)
        start = fits & ~(np.append(False, fits[:-1]) & column)
        run = np.cumsum(start) - 1
        count = int(start.sum())
        sizes = np.bincount(run[fits], minlength=count)
        off = np.bincount(run[fits], wrong[fits], minlength=count)
        long = (off >= SHORTEST) & (off >= AMONG * sizes)
        found = np.flatnonzero(wrong)[long[run[wrong]]]
        bad[order[found]] = True
        source[order[found]] = order[found + step]
    return bad, source


def _same_column(series: Series, order: Ints, places: list[Ints]) -> Bools:
    """Whether each place but the first is in the same printed column as the one before."""
    keys = [*places, series.item, series.districts, series.year, series.rows["col"].to_numpy()]
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        same &= key[order[1:]] == key[order[:-1]]
    return same
