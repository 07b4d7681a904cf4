"""Composite indices: weighted sums of normalised indicators, or closeness to the best (TOPSIS).

For n objects (pooled city-years) and k indicators with weights w and normalised values a: H = sum(w a), and a
dimension's score is the part of the sum that its indicators make (M1 and M2 in the studies' common notation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.indices import weights as others
from nianjian.indices.entropy import Zero, entropy_weights, information_entropy
from nianjian.indices.normalise import NORMALISERS
from nianjian.indices.weights import GroupWeights, given_weights, topsis, weights_by

Array = NDArray[np.float64]

WEIGHTS: Mapping[str, Callable[..., Array]] = {"entropy": entropy_weights, **others.METHODS}
"""What an index may declare under ``method``: functions of the (n, k) normalised indicators."""


@dataclass(frozen=True)
class CompositeIndex:
    """A composite index of k indicators over n city-years.

    Attributes
    ----------
    indicators : k names
    dimensions : k names, the dimension of each indicator
    weights : (k,) array, sums to one over all indicators; the mean over groups where each group has its own
    group_weights : the weights of each group, and of each row
    entropy : (k,) array, e on [0, 1]; 1 is an indicator spread evenly over city-years. NaN for z-scores
    redundancy : (k,) array, g = 1 - e
    scaled : (n, k) array, indicators on [0, 1] (z-scores are not bounded), larger is better
    scores : (n,) array, between 0 and the index's ``scale`` where indicators are on [0, 1]
    dimension_scores : name to (n,) array, in declared order; their sum, taken in that order, is
        ``scores`` to the last bit. Empty for TOPSIS, which is no sum
    minimum, maximum : (k,) arrays, ends of the frame in the indicators' own units
    """

    indicators: tuple[str, ...]
    dimensions: tuple[str, ...]
    weights: Array
    group_weights: GroupWeights
    entropy: Array
    redundancy: Array
    scaled: Array
    scores: Array
    dimension_scores: Mapping[str, Array]
    minimum: Array
    maximum: Array


def weighting(method: str, *, zero: Zero = "limit", given: ArrayLike | None = None) -> Callable[..., Array]:
    """The function of the (n, k) normalised indicators that gives an index its weights.

    Parameters
    ----------
    method : a key of :data:`WEIGHTS`; not looked at where weights are given by hand
    zero : see :func:`nianjian.indices.entropy.entropy_weights`
    given : (k,) array of weights given by hand instead; divided by their sum
    """
    return partial(given_weights, given=given) if given is not None else partial(WEIGHTS[method], zero=zero)


def composite_index(
    values: ArrayLike,
    *,
    indicators: Sequence[str],
    signs: ArrayLike,
    dimensions: Sequence[str] | None = None,
    method: str = "entropy",
    weights: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    base: Any = None,
    normalise: str = "pooled",
    options: Mapping[str, Any] | None = None,
    aggregate: Literal["sum", "topsis"] = "sum",
    zero: Zero = "limit",
    scale: float = 1.0,
    context: str = "index",
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
    groups : (n,) array of labels, such as years, whose rows have weights of their own; None pools all rows
    base : label or labels whose rows give the weights of every row; needs ``groups``
    normalise : a key of :data:`nianjian.indices.normalise.NORMALISERS`
    options : keywords of the normaliser, such as ``groups`` for ``by_group`` or ``lower`` and ``upper``
    aggregate : ``sum`` adds up; ``topsis`` is closeness to the best, see
        :func:`nianjian.indices.weights.topsis`
    zero : see :func:`nianjian.indices.entropy.entropy_weights`
    scale : factor on the scores; S1 uses 100
    context : what messages begin with

    Raises
    ------
    SampleError
        If an indicator has missing cells or does not vary; the message names it.
    ValueError
        If ``method``, ``normalise``, one of its ``options``, ``aggregate`` or ``zero`` is unknown, an option
        that it needs is left out, shapes do not fit, or TOPSIS is asked for with weights by group.
    """
    for name, known, key in (
        (method, WEIGHTS, "method"),
        (normalise, NORMALISERS, "normalise"),
        (aggregate, ("sum", "topsis"), "aggregate"),
    ):
        if name not in known:
            raise ValueError(f"{context}: {key} must be one of {', '.join(known)}, not {name!r}")
    dimensions = tuple(dimensions) if dimensions is not None else ("all",) * len(indicators)
    if len(dimensions) != len(indicators):
        raise ValueError(f"{context}: {len(dimensions)} dimensions for {len(indicators)} indicators")
    try:
        call = signature(NORMALISERS[normalise]).bind(
            values, signs, indicators=indicators, context=context, **(options or {})
        )
    except TypeError as error:
        raise ValueError(f"{context}: options of normalise {normalise!r}: {error}") from error
    normalised = NORMALISERS[normalise](*call.args, **call.kwargs)
    entropy = _entropy(normalised.scaled, zero, needed=method == "entropy" and weights is None)
    own = weighting(method, zero=zero, given=weights)
    by = weights_by(normalised.scaled, groups, own, base=base)
    dimension_scores: dict[str, NDArray[np.float64]] = {}
    if aggregate == "topsis":
        if len(by.groups) > 1:
            raise ValueError(f"{context}: topsis needs one set of weights, not one a group")
        scores = scale * topsis(normalised.scaled, by.weights[0])
    else:
        scores, dimension_scores = _added(scale * by.rows * normalised.scaled, dimensions)
    return CompositeIndex(
        indicators=tuple(indicators),
        dimensions=dimensions,
        weights=by.weights[0] if len(by.groups) == 1 else by.weights.mean(axis=0),
        group_weights=by,
        entropy=entropy,
        redundancy=1.0 - entropy,
        scaled=normalised.scaled,
        scores=scores,
        dimension_scores=dimension_scores,
        minimum=normalised.minimum,
        maximum=normalised.maximum,
    )


def _entropy(scaled: Array, zero: Zero, *, needed: bool) -> Array:
    """Entropy of each column, NaN where a share has none; ``needed`` stops there with a message."""
    if needed or ((scaled >= 0) & (scaled <= 1)).all():
        return information_entropy(scaled, zero=zero)
    return np.full(scaled.shape[1], np.nan)


def _added(terms: Array, dimensions: Sequence[str]) -> tuple[Array, dict[str, Array]]:
    """Scores of rows and of their dimensions."""
    parts: dict[str, Array] = {}
    for j, dimension in enumerate(dimensions):
        parts[dimension] = parts.get(dimension, 0.0) + terms[:, j]
    # The score is the sum of its dimensions, not a second sum of the terms: floating-point addition
    # does not associate, and tables compare the two.
    scores = np.zeros(len(terms))
    for part in parts.values():
        scores = scores + part
    return scores, parts
