"""Spillovers by distance: effects on cities with treated neighbours within bands of kilometres.

References
----------
Butts, K. (2023). Difference-in-differences with spatial spillovers. arXiv:2105.03737: untreated cities near treated ones
are no controls; rings around these take them out of the control group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators.prepare import codes_of, context_of, numbers
from nianjian.numerics import Array

Exposure = Literal["any", "count", "share"]
Whom = Literal["untreated", "all"]


def ring_name(low: float, high: float) -> str:
    """Name of a ring: ``0-100``."""
    return f"{low:g}-{high:g}"


def exposures(
    frame: pd.DataFrame,
    treatment: str,
    cities: Sequence[int],
    distances: Array,
    bands: Sequence[tuple[float, float]],
    *,
    exposure: Exposure = "any",
    whom: Whom = "untreated",
    spec: str = "",
) -> Array:
    """Exposure of each city-year to each ring, (n, bands).

    Parameters
    ----------
    frame : one row a ``city`` and ``year``
    treatment : column of zeros and ones
    cities : the frame's cities in order
    distances : (N, N) kilometres between them
    bands : kilometres, the nearer end left out, the farther one included
    exposure : whether any neighbour in the band is treated in the year, how many, or which share of those in the sample
    whom : ``untreated``: city-years that are treated themselves have none, so that rings and treatment do not overlap

    Notes
    -----
    ``share`` is zero where nobody lies in the band.

    Raises
    ------
    EstimationError
        If nobody is exposed to a ring.
    """
    place = np.searchsorted(np.array(cities), frame["city"].to_numpy())
    year = codes_of(frame, "year")
    treated = np.zeros((int(year.max()) + 1, len(cities)))
    present = np.zeros_like(treated)
    own = numbers(frame, [treatment])[:, 0]
    treated[year, place], present[year, place] = own, 1.0
    columns = []
    for low, high in bands:
        near = ((distances > low) & (distances <= high)).astype(float)
        count = (treated @ near)[year, place]
        if exposure == "any":
            count = (count > 0).astype(float)
        elif exposure == "share":
            there = (present @ near)[year, place]
            count = np.divide(count, there, out=np.zeros_like(count), where=there > 0)
        if whom == "untreated":
            count = np.where(own > 0, 0.0, count)
        if not count.any():
            raise EstimationError(
                f"{context_of(spec)}no city-year has a treated neighbour {ring_name(low, high)} km away; widen the band"
            )
        columns.append(count)
    return np.column_stack(columns)
