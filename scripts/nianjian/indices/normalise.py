"""Bring indicators of unlike units onto one scale before they are weighted.

Pooled min-max is what the papers print. The others answer its known weaknesses: by year for rankings
within a year, declared bounds for a frame that new data does not move, quantiles and ranks against
outliers, z-scores where spread is the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.indices.rows import group_codes, ranks_of

CONSTANT = 1e-12
"""An indicator whose range is at most this share of its largest absolute value counts as constant:
what is left is rounding, which min-max would blow up to the whole of [0, 1]."""


@dataclass(frozen=True)
class Normalised:
    """Indicators on [0, 1] and the frame that they were measured against.

    Attributes
    ----------
    scaled : (n, k) array
        1 is the best value in the frame and 0 the worst. Z-scores alone are not bounded.
    minimum, maximum : (k,) arrays
        Ends of the frame, in the indicators' own units, before a negative one is turned round. By year
        and for ranks and z-scores, which have no common frame, the extreme values of all rows.
    """

    scaled: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]


def min_max(
    values: ArrayLike, signs: ArrayLike, *, indicators: Sequence[str] | None = None, context: str = "index"
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
    context : what messages begin with

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
    values, signs, names = _prepared(values, signs, indicators, context)
    minimum, maximum = values.min(axis=0), values.max(axis=0)
    _check_vary(minimum, maximum, names, f"{context}: constant over all {len(values)} city-years")
    return Normalised(_framed(values, signs, minimum, maximum), minimum, maximum)


def min_max_by(
    values: ArrayLike,
    signs: ArrayLike,
    *,
    groups: ArrayLike,
    indicators: Sequence[str] | None = None,
    context: str = "index",
) -> Normalised:
    """Min-max normalisation within each group of rows, such as years, by itself.

    Parameters
    ----------
    groups : (n,) array of labels; every group is its own frame, so scores compare within groups only
    values, signs, indicators, context : see :func:`min_max`

    Raises
    ------
    SampleError
        As :func:`min_max`; also for an indicator that is constant within a group, both named.
    """
    values, signs, names = _prepared(values, signs, indicators, context)
    codes, labels = group_codes(groups, len(values), context=context)
    scaled = np.empty_like(values)
    for code, label in enumerate(labels):
        own = values[codes == code]
        minimum, maximum = own.min(axis=0), own.max(axis=0)
        _check_vary(minimum, maximum, names, f"{context}: constant in {label} over {len(own)} cities")
        scaled[codes == code] = _framed(own, signs, minimum, maximum)
    return Normalised(scaled, values.min(axis=0), values.max(axis=0))


def z_score(
    values: ArrayLike, signs: ArrayLike, *, indicators: Sequence[str] | None = None, context: str = "index"
) -> Normalised:
    """Deviation from the mean in standard deviations (n in the denominator), negative ones turned round.

    Not on [0, 1], so entropy and the coefficient of variation give no weights on it. Parameters and
    errors as :func:`min_max`.
    """
    values, signs, names = _prepared(values, signs, indicators, context)
    minimum, maximum = values.min(axis=0), values.max(axis=0)
    _check_vary(minimum, maximum, names, f"{context}: constant over all {len(values)} city-years")
    return Normalised(signs * (values - values.mean(axis=0)) / values.std(axis=0), minimum, maximum)


def rank(
    values: ArrayLike, signs: ArrayLike, *, indicators: Sequence[str] | None = None, context: str = "index"
) -> Normalised:
    """Share of the other rows that a row leaves behind, (rank - 1) / (n - 1); ties share their mean rank.

    Parameters and errors as :func:`min_max`.
    """
    values, signs, names = _prepared(values, signs, indicators, context)
    minimum, maximum = values.min(axis=0), values.max(axis=0)
    _check_vary(minimum, maximum, names, f"{context}: constant over all {len(values)} city-years")
    scaled = (np.apply_along_axis(ranks_of, 0, signs * values) - 1) / (len(values) - 1)
    return Normalised(scaled, minimum, maximum)


def quantiles(
    values: ArrayLike,
    signs: ArrayLike,
    *,
    lower: float = 0.05,
    upper: float = 0.95,
    indicators: Sequence[str] | None = None,
    context: str = "index",
) -> Normalised:
    """Min-max between two quantiles of all rows; what lies beyond gets 0 or 1.

    The same as :func:`min_max` after :func:`winsorise`.

    Parameters
    ----------
    lower, upper : quantiles that are the ends of the frame (linear interpolation)
    values, signs, indicators, context : see :func:`min_max`

    Raises
    ------
    SampleError
        As :func:`min_max`; also where the two quantiles of an indicator coincide, which is named.
    ValueError
        If ``lower`` and ``upper`` are not increasing on [0, 1].
    """
    values, signs, names = _prepared(values, signs, indicators, context)
    low, high = _quantiles(values, lower, upper)
    _check_vary(low, high, names, f"{context}: the same at quantiles {lower:g} and {upper:g}")
    return Normalised(_framed(np.clip(values, low, high), signs, low, high), low, high)


def bounds(
    values: ArrayLike,
    signs: ArrayLike,
    *,
    lower: ArrayLike,
    upper: ArrayLike,
    clip: bool = False,
    indicators: Sequence[str] | None = None,
    context: str = "index",
) -> Normalised:
    """Min-max between declared bounds, which new years or cities do not move.

    Parameters
    ----------
    lower, upper : (k,) arrays, ends of the frame in the indicators' own units
    clip : give values beyond the bounds 0 or 1; otherwise they are an error
    values, signs, indicators, context : see :func:`min_max`

    Raises
    ------
    SampleError
        If an indicator has missing cells, or values beyond its bounds; the message names it. An indicator
        that does not vary is an error here too: it would add the same to every score.
    ValueError
        If shapes do not fit or a lower bound is not below its upper one.
    """
    values, signs, names = _prepared(values, signs, indicators, context)
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    if low.shape != signs.shape or high.shape != signs.shape:
        raise ValueError(f"{context}: bounds {low.shape} and {high.shape} for {signs.size} indicators")
    bad = [
        f"{name} {a:g} to {b:g}"
        for name, a, b in zip(names, low, high, strict=True)
        if not -np.inf < a < b < np.inf
    ]
    if bad:
        raise ValueError(f"{context}: lower bounds must lie below upper ones: {', '.join(bad)}")
    _check_vary(
        values.min(axis=0),
        values.max(axis=0),
        names,
        f"{context}: constant over all {len(values)} city-years",
    )
    beyond = ((values < low) | (values > high)).sum(axis=0)
    if beyond.any() and not clip:
        what = ", ".join(
            f"{names[j]} {beyond[j]} outside {low[j]:g} to {high[j]:g}" for j in np.flatnonzero(beyond)
        )
        raise SampleError(f"{context}: values beyond the declared bounds: {what}; widen the bounds or clip")
    return Normalised(_framed(np.clip(values, low, high), signs, low, high), low, high)


def winsorise(
    values: ArrayLike,
    *,
    lower: float = 0.01,
    upper: float = 0.99,
    groups: ArrayLike | None = None,
    indicators: Sequence[str] | None = None,
    context: str = "index",
) -> NDArray[np.float64]:
    """Pull values beyond two quantiles of their column back to them; normalise afterwards.

    Parameters
    ----------
    values : (n, k) array
    lower, upper : quantiles (linear interpolation)
    groups : (n,) array of labels, to take quantiles within groups such as years
    indicators, context : see :func:`min_max`

    Returns
    -------
    (n, k) array

    Raises
    ------
    SampleError
        If an indicator has missing cells; the message names it.
    ValueError
        If shapes do not fit or ``lower`` and ``upper`` are not increasing on [0, 1].
    """
    columns = np.asarray(values).shape[-1] if np.ndim(values) else 0
    values, _, _ = _prepared(values, np.ones(columns), indicators, context)
    if groups is None:
        return np.clip(values, *_quantiles(values, lower, upper))
    codes, labels = group_codes(groups, len(values), context=context)
    out = np.empty_like(values)
    for code in range(len(labels)):
        own = values[codes == code]
        out[codes == code] = np.clip(own, *_quantiles(own, lower, upper))
    return out


def _quantiles(values: NDArray[np.float64], lower: float, upper: float) -> NDArray[np.float64]:
    if not 0 <= lower < upper <= 1:
        raise ValueError(f"quantiles must be increasing on [0, 1], not {lower} and {upper}")
    return np.quantile(values, [lower, upper], axis=0)


def _framed(
    values: NDArray[np.float64],
    signs: NDArray[np.float64],
    minimum: NDArray[np.float64],
    maximum: NDArray[np.float64],
) -> NDArray[np.float64]:
    return np.where(signs > 0, values - minimum, maximum - values) / (maximum - minimum)


def _prepared(
    values: ArrayLike, signs: ArrayLike, indicators: Sequence[str] | None, context: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Complete (n, k) values, (k,) signs and k names."""
    values, signs = np.asarray(values, dtype=float), np.asarray(signs, dtype=float)
    if values.ndim != 2 or signs.shape != values.shape[1:]:
        raise ValueError(f"values {values.shape} must be (n, k) and signs {signs.shape} (k,)")
    if not np.isin(signs, (1.0, -1.0)).all():
        raise ValueError(f"signs must be +1 or -1, not {sorted(set(signs.tolist()))}")
    names = list(indicators) if indicators is not None else [f"column {j + 1}" for j in range(signs.size)]
    if len(names) != signs.size:
        raise ValueError(f"{len(names)} indicator names for {signs.size} columns")
    _check_complete(values, names, context)
    return values, signs, names


def _check_vary(
    minimum: NDArray[np.float64], maximum: NDArray[np.float64], names: Sequence[str], what: str
) -> None:
    """Stop on a frame without extent; ``what`` begins the message."""
    constant = maximum - minimum <= CONSTANT * np.maximum(np.abs(minimum), np.abs(maximum))
    if constant.any():
        which = ", ".join(f"{names[j]} = {minimum[j]:g}" for j in np.flatnonzero(constant).tolist())
        raise SampleError(
            f"{what}: {which}; an indicator must vary to be normalised, so take it out of the index or look "
            "at its data"
        )


def _check_complete(values: NDArray[np.float64], names: Sequence[str], context: str) -> None:
    """Stop on missing cells: a score from fewer indicators would not compare with the others."""
    if not len(values):
        raise SampleError(f"{context}: the sample has no rows")
    missing = (~np.isfinite(values)).sum(axis=0)
    empty = [name for name, count in zip(names, missing, strict=True) if count == len(values)]
    if empty:
        raise SampleError(
            f"{context}: no value at all for {', '.join(empty)}; take it out of the index or map the item "
            "in a source"
        )
    if missing.any():
        what = ", ".join(f"{name} {count}" for name, count in zip(names, missing, strict=True) if count)
        raise SampleError(
            f"{context}: missing or infinite cells among {len(values)} city-years: {what}; "
            "fill them or drop the cities in the study's sample"
        )


NORMALISERS: Mapping[str, Callable[..., Normalised]] = {
    "pooled": min_max,
    "by_group": min_max_by,
    "z_score": z_score,
    "rank": rank,
    "quantiles": quantiles,
    "bounds": bounds,
}
"""What an index may declare under ``normalise``; ``by_group`` and ``bounds`` need options of their own."""
