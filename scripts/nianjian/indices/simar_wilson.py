"""Efficiency explained by what surrounds units: the two-stage bootstrap of Simar and Wilson.

The first stage measures distances to an estimated frontier, one or more, which all depend on each other; the second explains
them by a regression that is truncated at one. Its errors are bootstrapped from the model itself: algorithm 1 takes the
distances as they are, algorithm 2 first subtracts their bias, found by drawing frontiers from the estimated model.

References
----------
Simar, L. & Wilson, P. W. (2007). Estimation and inference in two-stage, semi-parametric models of production processes.
Journal of Econometrics 136.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nianjian.errors import EstimationError
from nianjian.indices.programs import Array, Returns
from nianjian.indices.radial import EFFICIENT, Frontier, Orientation
from nianjian.indices.solver import Group
from nianjian.numerics import truncated
from nianjian.numerics.truncated import TruncatedFit

FAILED = 0.1
"""Share of draws without a maximum up to which the others are used."""


@dataclass(frozen=True)
class TwoStage:
    """A bootstrapped second stage of p regressors; n units.

    Attributes
    ----------
    params : (p + 1,) slopes and the standard deviation of the errors
    draws : (kept, p + 1) bootstrapped ones
    failed : draws without a maximum, which are left out
    fit : the truncated regression
    used : (n,) whether a unit's distance is above one, as the regression needs
    distance : (n,) distances to the estimated frontier, one or more
    corrected : (n,) less their bias; as they are under algorithm 1
    low, high : (n,) ends of 95 % intervals of the distances, NaN under algorithm 1
    """

    params: Array
    draws: Array = field(repr=False)
    failed: int
    fit: TruncatedFit
    used: NDArray[np.bool_]
    distance: Array
    corrected: Array
    low: Array
    high: Array

    @property
    def reflected(self) -> Array:
        """Draws from which intervals and p-values follow: the estimate less the bootstrapped errors."""
        return 2 * self.params - self.draws


def distances(
    inputs: Array,
    outputs: Array,
    groups: Sequence[Group],
    *,
    orientation: Orientation = "output",
    returns: Returns = "vrs",
    moved: Array | None = None,
) -> Array:
    """(n,) distances of units to the frontier of their group.

    Parameters
    ----------
    inputs, outputs : (n, m) and (n, s) arrays
    groups : rows to evaluate, with the rows that they are measured against, which must hold them
    moved : (n,) factors on what is measured of the reference units, by which frontiers are drawn
    """
    found = np.full(len(inputs), np.nan)
    own_inputs, own_outputs = inputs, outputs
    if moved is not None and orientation == "output":
        own_outputs = outputs * moved[:, None]
    elif moved is not None:
        own_inputs = inputs * moved[:, None]
    for rows, reference in groups:
        frontier = Frontier(own_inputs[reference], own_outputs[reference], orientation, returns)
        # All of the reference set is evaluated, as each needs itself in it; those of other years are not kept.
        value = frontier.distances(inputs[reference], outputs[reference], frontier.likely())
        found[rows] = value[np.searchsorted(reference, rows)]
    if moved is None:
        found[found < 1 + EFFICIENT] = 1.0
    return found


def two_stage(
    inputs: Array,
    outputs: Array,
    z: Array,
    groups: Sequence[Group],
    *,
    algorithm: int = 2,
    orientation: Orientation = "output",
    returns: Returns = "vrs",
    frontiers: int = 100,
    draws: int = 2000,
    rng: np.random.Generator,
    context: str = "",
) -> TwoStage:
    """Explain distances to the frontier by a truncated regression with bootstrapped errors.

    Parameters
    ----------
    inputs, outputs : (n, m) and (n, s) arrays, positive
    z : (n, p) regressors, a constant among them
    groups : see :func:`distances`
    algorithm : 1, distances as they are; 2, less their bias
    frontiers : drawn for the bias (L1); draws : of the regression (L2)
    rng : seeded generator

    Raises
    ------
    EstimationError
        If too few units lie off the frontier, the regression has no maximum, or more than a tenth of the draws have none.
    """
    options = {"orientation": orientation, "returns": returns}
    distance = distances(inputs, outputs, groups, **options)  # type: ignore[arg-type]
    first = _regressed(distance, z, context)
    low, high = np.full((2, len(distance)), np.nan)
    corrected, found = distance, first
    if algorithm == 2:
        mean = z @ first.params[:-1]
        replicates = np.empty((frontiers, len(distance)))
        for draw in range(frontiers):
            drawn = truncated.draw(mean, first.params[-1], rng)
            # A unit's place on the estimated frontier, moved inside by the drawn distance.
            moved = distance / drawn if orientation == "output" else drawn / distance
            replicates[draw] = distances(inputs, outputs, groups, moved=moved, **options)  # type: ignore[arg-type]
        corrected = 2 * distance - replicates.mean(axis=0)
        ends = np.quantile(replicates, [0.975, 0.025], axis=0)
        low, high = 2 * distance - ends
        found = _regressed(corrected, z, context, start=first.params)
    kept, failed = _bootstrapped(found, z if algorithm == 2 else z[distance > 1], draws, rng, context)
    return TwoStage(found.params, kept, failed, found, corrected > 1, distance, corrected, low, high)


def _regressed(distance: Array, z: Array, context: str, start: Array | None = None) -> TruncatedFit:
    """The truncated regression of the units off the frontier."""
    used = distance > 1
    count = int(used.sum())
    if count <= 2 * z.shape[1] or np.linalg.matrix_rank(z[used] / np.abs(z[used]).max(axis=0)) < z.shape[1]:
        raise EstimationError(
            f"{context}{count} of {len(distance)} city-years lie off the frontier, too few for {z.shape[1]} regressors that "
            "vary among them; leave out regressors, inputs or outputs, or measure against a pooled frontier"
        )
    try:
        return truncated.fit(distance[used], z[used], start=start)
    except EstimationError as error:
        raise EstimationError(f"{context}{error}") from error


def _bootstrapped(
    fit: TruncatedFit, z: Array, draws: int, rng: np.random.Generator, context: str
) -> tuple[Array, int]:
    """Regressions of distances that are drawn from the estimated model."""
    mean, kept = z @ fit.params[:-1], []
    for _ in range(draws):
        drawn = truncated.draw(mean, fit.params[-1], rng)
        try:
            kept.append(truncated.fit(drawn, z, start=fit.params).params)
        except EstimationError:
            continue
    failed = draws - len(kept)
    if failed > FAILED * draws:
        raise EstimationError(
            f"{context}{failed} of {draws} bootstrapped truncated regressions have no maximum; leave out regressors"
        )
    return np.array(kept), failed
