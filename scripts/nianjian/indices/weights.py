"""Weights of indicators other than entropy, when they are taken, TOPSIS, and what the weights matter.

A *weighting* is a function of the (n, k) normalised indicators that returns k weights which sum to one.
``nianjian.indices.composite.WEIGHTS`` names them all; functions here take the weighting itself. All leave
out an indicator that does not vary, as entropy does: it gets weight zero and has no part in the others'.

References
----------
Diakoulaki, D., Mavrotas, G. & Papayannakis, L. (1995). Determining objective weights in multiple criteria
problems: the CRITIC method. Computers & Operations Research 22. Used by S2, equations (3) to (7) of M2.
OECD & JRC (2008). Handbook on constructing composite indicators, section 6.1 (principal components).
Hwang, C. L. & Yoon, K. (1981). Multiple attribute decision making (TOPSIS).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.indices.rows import Bootstrap, Label, bootstrap, group_codes, ranks_of

Array = NDArray[np.float64]
Weighting = Callable[..., Array]

CONSTANT = 1e-12
"""An indicator whose range on the normalised scale is at most this does not vary: correlations of what
is left would be correlations of rounding."""
ROUNDING = 1e-9
"""An eigenvalue this close below 1 counts as 1 (uncorrelated indicators have 1 throughout), and a total
of CRITIC information this close to zero as zero."""


@dataclass(frozen=True)
class GroupWeights:
    """Weights that hold for groups of rows.

    Attributes
    ----------
    groups : g labels; ("all",) for one set of weights
    weights : (g, k) array, each row sums to one
    rows : (n, k) array, the weights of every row; scores are ``(rows * scaled).sum(axis=1)``
    """

    groups: tuple[Label, ...]
    weights: Array
    rows: Array


@dataclass(frozen=True)
class RankSensitivity:
    """How far the ranking of rows depends on one choice.

    Attributes
    ----------
    choices : names of the choices: the indicator left out, or the weighting
    weights : (c, k) array; 0 for an indicator left out
    scores : (c, n) array
    correlations : (c,) array, Spearman's rho with the baseline's scores; NaN if one of them is constant
    largest_move : (c,) array, most places that one row moves against the baseline
    """

    choices: tuple[str, ...]
    weights: Array
    scores: Array
    correlations: Array
    largest_move: Array


def check_scaled(scaled: ArrayLike, *, unit: bool = False) -> Array:
    """Normalised indicators as an (n, k) array of floats with two rows or more.

    Raises
    ------
    ValueError
        If the shape does not fit, a value is missing or infinite, or, with ``unit``, outside [0, 1].
    """
    scaled = np.asarray(scaled, dtype=float)
    if scaled.ndim != 2 or len(scaled) < 2 or not scaled.shape[1]:
        raise ValueError(f"scaled {scaled.shape} must be (n, k) with at least two rows and one column")
    if unit and not ((scaled >= 0) & (scaled <= 1)).all():  # also false for NaN
        raise ValueError("scaled must lie within [0, 1]; normalise the indicators first")
    if not np.isfinite(scaled).all():
        raise ValueError("scaled has missing or infinite values")
    return scaled


def _varying(scaled: Array, method: str) -> NDArray[np.bool_]:
    varying = np.ptp(scaled, axis=0) > CONSTANT
    if not varying.any():
        raise ValueError(f"every indicator is constant, so {method} gives none of them a weight")
    return varying


def _correlations(columns: Array) -> Array:
    centred = columns - columns.mean(axis=0)
    centred /= np.sqrt((centred**2).sum(axis=0))
    return np.clip(centred.T @ centred, -1.0, 1.0)


def _spread(information: Array, varying: NDArray[np.bool_]) -> Array:
    """Shares of ``information``, which stands for the varying indicators only."""
    weights = np.zeros(varying.size)
    weights[varying] = information / information.sum()
    return weights


def equal_weights(scaled: ArrayLike, *, zero: str = "limit") -> Array:
    """Give each of the k indicators 1/k, whatever its dimension; ``zero`` plays no part."""
    scaled = check_scaled(scaled, unit=False)
    return np.full(scaled.shape[1], 1.0 / scaled.shape[1])


def critic_weights(scaled: ArrayLike, *, zero: str = "limit") -> Array:
    """CRITIC: an indicator weighs by its spread and by its conflict with the others.

    Parameters
    ----------
    scaled : (n, k) array
        Normalised indicators, negative ones turned round. On z-scores all spreads are 1 and conflict
        alone decides.
    zero : plays no part

    Returns
    -------
    (k,) array
        Weights that sum to one.

    Raises
    ------
    ValueError
        If a value is missing, every indicator is constant, or all are perfectly correlated.

    Notes
    -----
    Equations (3) to (7) of M2: sigma_j (n in the denominator), C_j = sum over l of (1 - r_jl) with signed
    correlations, I_j = sigma_j C_j, W_j = I_j / sum I.
    """
    scaled = check_scaled(scaled)
    varying = _varying(scaled, "CRITIC")
    columns = scaled[:, varying]
    if columns.shape[1] == 1:  # no conflict with anything, but it is all there is
        return varying.astype(float)
    conflict = (1.0 - _correlations(columns)).sum(axis=1)
    if conflict.sum() < ROUNDING:
        raise ValueError("all indicators are perfectly correlated, so CRITIC gives none of them a weight")
    return _spread(columns.std(axis=0) * conflict, varying)


def sd_weights(scaled: ArrayLike, *, zero: str = "limit") -> Array:
    """Weight by the standard deviation of the normalised indicator; ``zero`` plays no part."""
    scaled = check_scaled(scaled)
    varying = _varying(scaled, "the standard deviation")
    return _spread(scaled[:, varying].std(axis=0), varying)


def cv_weights(scaled: ArrayLike, *, zero: str = "limit") -> Array:
    """Weight by the coefficient of variation of the normalised indicator; ``zero`` plays no part.

    Raises
    ------
    ValueError
        As :func:`critic_weights`, and where a varying indicator has no positive mean (z-scores).
    """
    scaled = check_scaled(scaled)
    varying = _varying(scaled, "the coefficient of variation")
    means = scaled[:, varying].mean(axis=0)
    if not (means > ROUNDING).all():
        raise ValueError("the coefficient of variation needs positive means; normalise to [0, 1]")
    return _spread(scaled[:, varying].std(axis=0) / means, varying)


def pca_weights(scaled: ArrayLike, *, zero: str = "limit") -> Array:
    """Weight by communality in the principal components whose eigenvalue is at least 1.

    The communality of an indicator is the sum of its squared loadings on the components kept, that is,
    squared eigenvector entries times eigenvalues. It has no sign and does not change with rotation.
    Uncorrelated indicators get equal weights. ``zero`` plays no part.

    Raises
    ------
    ValueError
        If a value is missing or every indicator is constant.
    """
    scaled = check_scaled(scaled)
    varying = _varying(scaled, "PCA")
    values, vectors = np.linalg.eigh(_correlations(scaled[:, varying]))
    kept = values >= 1 - ROUNDING
    return _spread((vectors[:, kept] ** 2) @ values[kept], varying)


def given_weights(scaled: ArrayLike, given: ArrayLike) -> Array:
    """Weights given by hand, divided by their sum: printed ones add up to one only roughly.

    Raises
    ------
    ValueError
        If there are not k of them, one is negative or missing, or all are zero.
    """
    scaled, given = check_scaled(scaled), np.asarray(given, dtype=float)
    if given.shape != scaled.shape[1:]:
        raise ValueError(f"{given.size} weights given for {scaled.shape[1]} indicators")
    if not (np.isfinite(given) & (given >= 0)).all() or not given.sum() > 0:
        raise ValueError(f"weights must be zero or more and not all zero, not {given.tolist()}")
    return given / given.sum()


METHODS: Mapping[str, Weighting] = {
    "equal": equal_weights,
    "critic": critic_weights,
    "sd": sd_weights,
    "cv": cv_weights,
    "pca": pca_weights,
}
"""Weightings of this module by the name an index declares; ``given_weights`` needs the weights too."""


def weights_by(
    scaled: ArrayLike,
    groups: ArrayLike | None,
    method: Weighting,
    *,
    base: Label | Sequence[Label] | None = None,
) -> GroupWeights:
    """Take weights from all rows, from each group of rows, or from base groups for all rows.

    Parameters
    ----------
    scaled : (n, k) array
        Normalised indicators.
    groups : (n,) array of labels, such as years; None pools all rows
    method : a weighting, such as ``WEIGHTS["critic"]``
    base : label, or list of labels, whose rows give the weights of every row; a base period keeps scores
        comparable over time while later years do not move earlier scores

    Raises
    ------
    SampleError
        If a label is missing.
    ValueError
        If the weighting fails, the message then names the group; if ``base`` is not among the groups.
    """
    scaled = check_scaled(scaled)
    if groups is None:
        if base is not None:
            raise ValueError("a base needs groups")
        weights = np.asarray(method(scaled))
        return GroupWeights(("all",), weights[None], np.tile(weights, (len(scaled), 1)))
    codes, labels = group_codes(groups, len(scaled))
    if base is not None:
        wanted = (
            list(base) if isinstance(base, Sequence | np.ndarray) and not isinstance(base, str) else [base]
        )
        if not wanted or (unknown := [str(label) for label in wanted if label not in labels]):
            raise ValueError(f"base {', '.join(unknown) if wanted else '(empty)'} is not among the groups")
        rows = np.isin(codes, [labels.index(label) for label in wanted])
        weights = _of_group(scaled[rows], method, ", ".join(map(str, wanted)))
        return GroupWeights(("all",), weights[None], np.tile(weights, (len(scaled), 1)))
    weights = np.stack(
        [_of_group(scaled[codes == code], method, str(label)) for code, label in enumerate(labels)]
    )
    return GroupWeights(labels, weights, weights[codes])


def _of_group(rows: Array, method: Weighting, name: str) -> Array:
    try:
        return np.asarray(method(rows))
    except ValueError as error:
        raise ValueError(f"weights of {name}: {error}") from error


def topsis(scaled: ArrayLike, weights: ArrayLike) -> Array:
    """Closeness to the best of all indicators (TOPSIS): d- / (d+ + d-) on [0, 1].

    Parameters
    ----------
    scaled : (n, k) array
        Normalised indicators, negative ones turned round. The ideal and the anti-ideal are the largest
        and smallest of each column; no vector normalisation is put on top.
    weights : (k,) array of weights that sum to one

    Returns
    -------
    (n,) array
        1 for a row that is best in everything and 0 for one that is worst.

    Raises
    ------
    ValueError
        If shapes do not fit, weights are negative or missing, or no weighted indicator varies.

    Notes
    -----
    Distances are Euclidean on w_j a_ij, as in Hwang & Yoon (1981).
    """
    scaled = check_scaled(scaled)
    weighted = scaled * given_weights(scaled, weights)
    best, worst = weighted.max(axis=0), weighted.min(axis=0)
    from_best = np.sqrt(((weighted - best) ** 2).sum(axis=1))
    from_worst = np.sqrt(((weighted - worst) ** 2).sum(axis=1))
    together = from_best + from_worst
    if not (together > 0).all():  # the distance between the ideals is below it, so all or none
        raise ValueError("no indicator with a weight varies, so TOPSIS ranks nothing")
    return from_worst / together


def _compare(baseline: Array, choices: Sequence[str], weights: Array, scores: Array) -> RankSensitivity:
    ranks, reference = np.apply_along_axis(ranks_of, 1, scores), ranks_of(baseline)
    centred, against = ranks - ranks.mean(axis=1, keepdims=True), reference - reference.mean()
    norms = np.sqrt((centred**2).sum(axis=1) * (against @ against))
    rho = np.divide(centred @ against, norms, out=np.full(len(ranks), np.nan), where=norms > 0)
    moves = np.abs(ranks - reference).max(axis=1)
    return RankSensitivity(tuple(choices), weights, scores, np.clip(rho, -1.0, 1.0), moves)


def leave_one_out(
    scaled: ArrayLike,
    method: Weighting,
    *,
    indicators: Sequence[str] | None = None,
    given: ArrayLike | None = None,
) -> RankSensitivity:
    """Leave each indicator out in turn, weight the others anew, and compare the ranking of rows.

    Parameters
    ----------
    scaled : (n, k) array with k of at least 2
    method : a weighting
    indicators : k names
    given : (k,) array of weights given by hand, of which those that stay are divided by their sum

    Raises
    ------
    ValueError
        If there is one indicator only, names do not fit, or a weighting fails; the message says what was
        left out.
    """
    scaled = check_scaled(scaled)
    k = scaled.shape[1]
    names = list(indicators) if indicators is not None else [f"column {j + 1}" for j in range(k)]
    if k < 2 or len(names) != k:
        raise ValueError(f"leaving one out needs two indicators and their names, not {k} and {len(names)}")
    weights = np.zeros((k, k))
    for j, name in enumerate(names):
        others = np.arange(k) != j
        own = method if given is None else partial(given_weights, given=np.asarray(given)[others])
        weights[j, others] = _of_group(scaled[:, others], own, f"all but {name}")
    return _compare(scaled @ np.asarray(method(scaled)), names, weights, weights @ scaled.T)


def alternative_weights(
    scaled: ArrayLike, baseline: Weighting, alternatives: Mapping[str, Weighting]
) -> RankSensitivity:
    """Compare the ranking of rows under other weightings with the baseline's.

    Parameters
    ----------
    scaled : (n, k) array
    baseline : a weighting
    alternatives : name to weighting, such as ``WEIGHTS``

    Raises
    ------
    ValueError
        If there is no alternative or a weighting fails; the message names it.
    """
    scaled = check_scaled(scaled)
    if not alternatives:
        raise ValueError("no alternative weights to compare with")
    weights = np.stack([_of_group(scaled, method, name) for name, method in alternatives.items()])
    return _compare(scaled @ np.asarray(baseline(scaled)), list(alternatives), weights, weights @ scaled.T)


def bootstrap_weights(
    scaled: ArrayLike,
    method: Weighting,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    level: float = 0.95,
    blocks: ArrayLike | None = None,
) -> Bootstrap:
    """Percentile intervals of weights over resampled rows.

    Parameters
    ----------
    scaled : (n, k) array
        Resampled as it is: the frame of normalisation is held fixed.
    method : a weighting
    rng : seeded generator
    draws, level : see :func:`nianjian.indices.rows.bootstrap`
    blocks : (n,) labels of units drawn whole; give the cities if rows are city-years
    """
    return bootstrap(method, check_scaled(scaled), rng=rng, draws=draws, level=level, blocks=blocks)
