"""Bring indicators of unlike units onto one scale before they are weighted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError

CONSTANT = 1e-12
"""An indicator whose range is at most this share of its largest absolute value counts as constant:
what is left is rounding, which min-max would blow up to the whole of [0, 1]."""


@dataclass(frozen=True)
class Normalised:
    """Indicators on [0, 1] and the frame that they were measured against.

    Attributes
    ----------
    scaled : (n, k) array
        1 is the best value in the frame and 0 the worst.
    minimum, maximum : (k,) arrays
        Ends of the frame, in the indicators' own units, before a negative one is turned round.
    """

    scaled: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]


def min_max(
    values: ArrayLike, signs: ArrayLike, *, indicators: Sequence[str] | None = None, where: str = "index"
) -> Normalised:
    """Min-max normalisation with direction; all rows together are the frame of reference.

    Pooling the city-years keeps levels comparable over time. Within-year ranges would take the trend
    out of every city, so a difference-in-differences on the score would mean little.

    Parameters
    ----------
    values : (n, k) array
        One row a city-year, one column an indicator, each in its own unit.
    signs : (k,) array
        +1 where more is better, (x - min) / (max - min); -1 where less is, (max - x) / (max - min).
    indicators : k names for the messages
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If an indicator has missing or infinite cells, or does not vary. All such indicators are named.
    ValueError
        If the shapes do not fit or a sign is neither +1 nor -1.

    Notes
    -----
    Equations (1) and (2) of M1 as the papers S0, S1 and S3 print them.
    """
    values, signs = np.asarray(values, dtype=float), np.asarray(signs, dtype=float)
    if values.ndim != 2 or signs.shape != values.shape[1:]:
        raise ValueError(f"values {values.shape} must be (n, k) and signs {signs.shape} (k,)")
    if not np.isin(signs, (1.0, -1.0)).all():
        raise ValueError(f"signs must be +1 or -1, not {sorted(set(signs.tolist()))}")
    names = list(indicators) if indicators is not None else [f"column {j + 1}" for j in range(signs.size)]
    if len(names) != signs.size:
        raise ValueError(f"{len(names)} indicator names for {signs.size} columns")
    _check_complete(values, names, where)

    minimum, maximum = values.min(axis=0), values.max(axis=0)
    span = maximum - minimum
    constant = span <= CONSTANT * np.maximum(np.abs(minimum), np.abs(maximum))
    if constant.any():
        what = ", ".join(f"{names[j]} = {minimum[j]:g}" for j in np.flatnonzero(constant))
        raise SampleError(
            f"{where}: constant over all {len(values)} city-years: {what}; an indicator must vary to be "
            "normalised, so take it out of the index or look at its data"
        )
    scaled = np.where(signs > 0, values - minimum, maximum - values) / span
    return Normalised(scaled, minimum, maximum)


def _check_complete(values: NDArray[np.float64], names: Sequence[str], where: str) -> None:
    """Stop on missing cells: a score from fewer indicators would not compare with the others."""
    if not len(values):
        raise SampleError(f"{where}: the sample has no rows")
    missing = (~np.isfinite(values)).sum(axis=0)
    empty = [name for name, count in zip(names, missing, strict=True) if count == len(values)]
    if empty:
        raise SampleError(
            f"{where}: no value at all for {', '.join(empty)}; take it out of the index or map the item "
            "in a source"
        )
    if missing.any():
        what = ", ".join(f"{name} {count}" for name, count in zip(names, missing, strict=True) if count)
        raise SampleError(
            f"{where}: missing or infinite cells among {len(values)} city-years: {what}; "
            "fill them or drop the cities in the study's sample"
        )


NORMALISERS: Mapping[str, Callable[..., Normalised]] = {"pooled": min_max}
"""What an index may declare under ``normalise``."""
