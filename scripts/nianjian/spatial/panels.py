"""A balanced panel in a frame as arrays of cities and years."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.sample_columns import check_numeric, check_present
from nianjian.spatial.labels import listed
from nianjian.spatial.logdet import Array

KEY = ["city", "year"]


def panel_arrays(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    cities: Sequence[object],
    context: str = "",
) -> tuple[Array, Array, list[object]]:
    """A balanced panel as arrays in the weight matrix's order of cities.

    Parameters
    ----------
    frame : one row a ``city`` and ``year``, in any order
    cities : labels of the weight matrix's rows
    context : beginning of the messages

    Returns
    -------
    y, x, years : (n, T) array, (n, T, k) array, T sorted years

    Raises
    ------
    EstimationError
        If a column is unknown, named twice, not numeric or has missing or infinite cells; a city-year is
        repeated or absent; cities of frame and matrix are not the same.
    """
    columns = [outcome, *regressors]
    _check_columns(frame, columns, context)
    labels = list(cities)
    _check_cities(frame, labels, context)
    years = sorted(frame["year"].unique().tolist())
    wanted = pd.MultiIndex.from_product([labels, years], names=KEY)
    indexed = frame.set_index(KEY)[columns]
    missing = wanted.difference(indexed.index, sort=False)
    if len(missing):
        raise EstimationError(
            f"{context}the panel is not balanced: {len(missing)} of {len(wanted)} city-years are absent, first "
            f"{listed(missing.tolist(), 5)}; fill them in the sample, or drop the cities or years"
        )
    values = indexed.loc[wanted].to_numpy(dtype=float, na_value=np.nan)
    holes = ~np.isfinite(values)
    if holes.any():
        what = ", ".join(
            f"{name} {int(count)}" for name, count in zip(columns, holes.sum(axis=0), strict=True) if count
        )
        first = wanted[np.flatnonzero(holes.any(axis=1))].tolist()
        raise EstimationError(
            f"{context}missing or infinite cells: {what}; first {listed(first, 5)}; spatial models need a balanced "
            "panel: fill them in the sample, or drop the cities or years"
        )
    values = values.reshape(len(labels), len(years), len(columns))
    return values[:, :, 0], values[:, :, 1:], years


def _check_columns(frame: pd.DataFrame, columns: Sequence[str], context: str) -> None:
    """Stop at an empty sample, and at columns that are not there, named twice or not numeric."""
    check_present(frame, (*KEY, *columns), context)
    if len(columns) < 2:
        raise EstimationError(f"{context}there is no regressor; declare a treatment or controls")
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    if twice:
        raise EstimationError(
            f"{context}{', '.join(twice)} is named more than once among outcome and regressors"
        )
    check_numeric(frame, columns, context)


def _check_cities(frame: pd.DataFrame, labels: Sequence[object], context: str) -> None:
    """Stop at repeated keys, and where sample and weight matrix have other cities."""
    repeated = frame.duplicated(KEY).to_numpy()
    if repeated.any():
        first = tuple(frame.loc[repeated, KEY].iloc[0].tolist())
        raise EstimationError(
            f"{context}{int(repeated.sum())} rows repeat a city and year, first {first}; keep one of each"
        )
    if len(set(labels)) < len(labels):
        raise EstimationError(f"{context}the weight matrix names a city twice; give every city once")
    held = set(frame["city"].unique().tolist())
    strangers, unseen = sorted(held - set(labels)), [label for label in labels if label not in held]
    if strangers or unseen:
        raise EstimationError(
            f"{context}cities of sample and weight matrix differ: {listed(strangers, 5)} only in the sample, "
            f"{listed(unseen, 5)} only in the matrix; build the matrix for the cities of the sample"
        )
