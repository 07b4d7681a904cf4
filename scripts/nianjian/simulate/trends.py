"""Trends that are taken out of the differences between groups of cities, for one indicator or a whole index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def common_trend(
    indicator: Array,
    treated: NDArray[np.bool_],
    sample: NDArray[np.bool_],
    years: NDArray[np.int64],
    window: tuple[int, int],
    degree: int,
    relative: bool = False,
) -> Array:
    """Factor per year that gives treated cities the control cities' absolute change in an indicator.

    An index that is linear in its indicators compares absolute changes. Large and rich cities, which are
    more often treated, gain more in absolute terms if all grow at one rate; without this the index would
    grow faster in treated cities before and without any treatment.

    Parameters
    ----------
    indicator : (cities, years)
    treated, sample : (cities,)
    window : first and last year over which the difference is made constant
    degree : of the polynomial in time that is taken out; what is left is noise
    relative : the same change in logarithms instead, for what a study takes the logarithm of

    Returns
    -------
    (years,) array
        To multiply the treated cities' indicator with. Beyond the window the trend stays as at its end.
    """
    if relative:
        # A count of zero has no logarithm; it stands for the least that any city has.
        indicator = np.log(np.maximum(indicator, indicator[indicator > 0].min()))
    with np.errstate(invalid="ignore"):
        ours = np.nanmean(indicator[treated & sample], axis=0)
        theirs = np.nanmean(indicator[~treated & sample], axis=0)
    inside = (years >= window[0]) & (years <= window[1])
    time = (years - years[inside].mean()) / (window[1] - window[0])
    held = np.clip(time, time[inside].min(), time[inside].max())
    design = np.vander(held, degree + 1)
    coefficients = np.linalg.lstsq(design[inside], (ours - theirs)[inside], rcond=None)[0]
    trend = design @ coefficients
    trend -= trend[inside].mean()
    return np.clip(np.exp(-trend) if relative else 1 - trend / ours, 0.4, 2.5)


def entropy_index(indicators: Sequence[Array], signs: Sequence[int]) -> tuple[Array, Array]:
    """Entropy index of pooled city-years, and what one unit of each indicator adds to it.

    Parameters
    ----------
    indicators : m arrays (cities, years)
    signs : m times 1 or -1

    Returns
    -------
    (cities, years) index; (m,) slopes, weight over range with the sign
    """
    stacked = np.stack([sign * x for x, sign in zip(indicators, signs, strict=True)], axis=-1)
    flat = stacked.reshape(-1, stacked.shape[-1])
    low, spread = flat.min(axis=0), np.ptp(flat, axis=0)
    scaled = (flat - low) / spread
    # Not nianjian.indices: the truth must not share the code that it is there to check, nor change with it.
    share = scaled / scaled.sum(axis=0)
    logarithm = np.log(share, where=share > 0, out=np.zeros_like(share))
    redundancy = 1 + (share * logarithm).sum(axis=0) / np.log(len(scaled))
    weight = redundancy / redundancy.sum()
    return (scaled @ weight).reshape(stacked.shape[:-1]), np.asarray(signs) * weight / spread


def group_trends(
    index: Array,
    groups: NDArray[np.bool_],
    years: NDArray[np.int64],
    window: tuple[int, int],
    degree: int,
) -> Array:
    """Trends by which groups of cities differ from the rest.

    Each year the index is regressed on the groups' dummies; the trend of a group is the polynomial in time of its
    coefficient, less its mean over the window. Groups may overlap: a policy's cities, those of a region, and the
    policy's cities of the region.

    Parameters
    ----------
    index : (cities, years of the window)
    groups : (cities, k)
    years : (n,) all years; before and after the window a trend stays as at its ends

    Returns
    -------
    (k, n) array
    """
    design = np.column_stack([np.ones(len(groups)), groups.astype(float)])
    paths = np.linalg.lstsq(design, index, rcond=None)[0][1:]
    inside = (years >= window[0]) & (years <= window[1])
    held = np.clip(years, *window)
    time = 2 * (held - window[0]) / (window[1] - window[0]) - 1
    powers = np.vander(time, degree + 1)
    trends: Array = (powers @ np.linalg.lstsq(powers[inside], paths.T, rcond=None)[0]).T
    trends -= trends[:, inside].mean(axis=1, keepdims=True)
    return trends
