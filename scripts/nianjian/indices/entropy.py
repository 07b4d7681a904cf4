"""Entropy weights of normalised indicators.

The method of the papers S0, S1 and S3 (M1 in the studies' common notation), for n objects (pooled
city-years) and k indicators: p = a / sum(a), e = -sum(p ln p) / ln(n), g = 1 - e, w = g / sum(g).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.indices.weights import check_scaled

ZERO_SHIFT = 1e-4
"""What ``zero="shift"`` adds to every normalised value before its logarithm is taken."""

Zero = Literal["limit", "shift"]
Array = NDArray[np.float64]


def information_entropy(scaled: ArrayLike, *, zero: Zero = "limit") -> Array:
    """Shannon entropy of each indicator's distribution over city-years, as a share of its maximum.

    Parameters
    ----------
    scaled : (n, k) array
        Indicators on [0, 1].
    zero : {"limit", "shift"}
        Zeros have no logarithm. ``limit`` takes 0 ln 0 = 0; ``shift`` adds 0.0001 to every value.

    Returns
    -------
    (k,) array
        On [0, 1]; exactly 1 for a constant indicator.

    Raises
    ------
    ValueError
        If any value lies outside [0, 1], or ``zero`` is unknown.
    """
    scaled = check_scaled(scaled, unit=True)
    if zero not in ("limit", "shift"):
        raise ValueError(f"zero must be 'limit' or 'shift', not {zero!r}")
    constant = np.ptp(scaled, axis=0) == 0
    # The total of a constant zero is replaced: its entropy is set below, and 0 / 0 would warn.
    shifted = scaled + ZERO_SHIFT if zero == "shift" else scaled
    share = shifted / np.where(constant & (scaled[0] == 0), 1.0, shifted.sum(axis=0))
    logarithm = np.log(share, where=share > 0, out=np.zeros_like(share))
    entropy = -(share * logarithm).sum(axis=0) / np.log(len(scaled))
    return np.where(constant, 1.0, np.clip(entropy, 0.0, 1.0))


def entropy_weights(scaled: ArrayLike, *, zero: Zero = "limit") -> Array:
    """Weight indicators by how unevenly they are spread over city-years (Shannon entropy).

    Parameters
    ----------
    scaled : (n, k) array
        Indicators on [0, 1], larger is better.
    zero : {"limit", "shift"}
        See :func:`information_entropy`. ASSUME: the shift serves the logarithm only; scores are
        summed from the values as they were, so that a city at the bottom of everything scores 0.

    Returns
    -------
    (k,) array
        Weights that sum to one; a constant indicator gets zero.

    Raises
    ------
    ValueError
        If any value lies outside [0, 1] or every indicator is constant.
    """
    redundancy = 1.0 - information_entropy(scaled, zero=zero)
    total = redundancy.sum()
    if total <= 0:
        raise ValueError("every indicator is constant, so entropy gives none of them a weight")
    return redundancy / total
