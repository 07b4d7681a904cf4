"""Composite indices: weighted sums of normalised indicators, with entropy or other weights.

The method of the papers S0, S1 and S3 (M1 in the studies' common notation), for n objects (pooled
city-years) and k indicators: p = a / sum(a), e = -sum(p ln p) / ln(n), g = 1 - e, w = g / sum(g),
H = sum(w a).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.indices import weights as others
from nianjian.indices.normalise import NORMALISERS
from nianjian.indices.weights import check_scaled, equal_weights, given_weights

__all__ = [
    "WEIGHTS",
    "ZERO_SHIFT",
    "CompositeIndex",
    "composite_index",
    "entropy_weights",
    "equal_weights",
    "information_entropy",
]

ZERO_SHIFT = 1e-4
"""What ``zero="shift"`` adds to every normalised value before its logarithm is taken."""

Zero = Literal["limit", "shift"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class CompositeIndex:
    """A composite index of k indicators over n city-years.

    Attributes
    ----------
    indicators : k names
    dimensions : k names, the dimension of each indicator
    weights : (k,) array, sums to one over all indicators
    entropy : (k,) array, e on [0, 1]; 1 is an indicator spread evenly over city-years. NaN for z-scores
    redundancy : (k,) array, g = 1 - e
    scaled : (n, k) array, indicators on [0, 1] (z-scores are not bounded), larger is better
    scores : (n,) array, between 0 and the index's ``scale`` where indicators are on [0, 1]
    dimension_scores : name to (n,) array, in declared order; their sum, taken in that order, is
        ``scores`` to the last bit
    minimum, maximum : (k,) arrays, ends of the frame in the indicators' own units
    """

    indicators: tuple[str, ...]
    dimensions: tuple[str, ...]
    weights: Array
    entropy: Array
    redundancy: Array
    scaled: Array
    scores: Array
    dimension_scores: Mapping[str, Array]
    minimum: Array
    maximum: Array


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


WEIGHTS: Mapping[str, Callable[..., Array]] = {"entropy": entropy_weights, **others.METHODS}
"""What an index may declare under ``method``: functions of the (n, k) normalised indicators."""


def composite_index(
    values: ArrayLike,
    *,
    indicators: Sequence[str],
    signs: ArrayLike,
    dimensions: Sequence[str] | None = None,
    method: str = "entropy",
    weights: ArrayLike | None = None,
    normalise: str = "pooled",
    options: Mapping[str, Any] | None = None,
    zero: Zero = "limit",
    scale: float = 1.0,
    where: str = "index",
) -> CompositeIndex:
    """Normalise, weight and add up indicators, with the sub-score of every dimension.

    Parameters
    ----------
    values : (n, k) array
        One row a city-year, one column an indicator, each in its own unit; complete.
    indicators : k names
    signs : (k,) array of +1 (more is better) and -1
    dimensions : k names; one dimension named "all" if left out
    method : a key of :data:`WEIGHTS`
    weights : (k,) array of weights given by hand instead; divided by their sum
    normalise : a key of :data:`nianjian.indices.normalise.NORMALISERS`
    options : keywords of the normaliser, such as ``groups`` for ``by_group`` or ``lower`` and ``upper``
    zero : see :func:`entropy_weights`
    scale : factor on the scores; S1 uses 100
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If an indicator has missing cells or does not vary; the message names it.
    ValueError
        If ``method``, ``normalise``, one of its ``options`` or ``zero`` is unknown, an option that it needs is
        left out, or shapes do not fit.
    """
    for name, known, key in ((method, WEIGHTS, "method"), (normalise, NORMALISERS, "normalise")):
        if name not in known:
            raise ValueError(f"{where}: {key} must be one of {', '.join(known)}, not {name!r}")
    dimensions = tuple(dimensions) if dimensions is not None else ("all",) * len(indicators)
    if len(dimensions) != len(indicators):
        raise ValueError(f"{where}: {len(dimensions)} dimensions for {len(indicators)} indicators")
    try:
        call = signature(NORMALISERS[normalise]).bind(
            values, signs, indicators=indicators, where=where, **(options or {})
        )
    except TypeError as error:
        raise ValueError(f"{where}: options of normalise {normalise!r}: {error}") from error
    normalised = NORMALISERS[normalise](*call.args, **call.kwargs)
    bounded = ((normalised.scaled >= 0) & (normalised.scaled <= 1)).all()
    if bounded or (method == "entropy" and weights is None):  # the second for its message
        entropy = information_entropy(normalised.scaled, zero=zero)
    else:
        entropy = np.full(len(indicators), np.nan)
    if weights is None:
        weights = WEIGHTS[method](normalised.scaled, zero=zero)
    else:
        weights = given_weights(normalised.scaled, weights)

    terms = scale * weights * normalised.scaled
    dimension_scores: dict[str, Array] = {}
    for j, dimension in enumerate(dimensions):
        dimension_scores[dimension] = dimension_scores.get(dimension, 0.0) + terms[:, j]
    # The score is the sum of its dimensions, not a second sum of the terms: floating-point addition
    # does not associate, and tables compare the two.
    scores = np.zeros(len(terms))
    for part in dimension_scores.values():
        scores = scores + part
    return CompositeIndex(
        indicators=tuple(indicators),
        dimensions=dimensions,
        weights=weights,
        entropy=entropy,
        redundancy=1.0 - entropy,
        scaled=normalised.scaled,
        scores=scores,
        dimension_scores=dimension_scores,
        minimum=normalised.minimum,
        maximum=normalised.maximum,
    )
