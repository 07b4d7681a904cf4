"""Simar and Wilson's second stage for a frame of city-years, and its rows; the method is in :mod:`nianjian.indices.simar_wilson`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import CONSTANT, Rows
from nianjian.indices.inputs_outputs import inputs_outputs
from nianjian.indices.simar_wilson import TwoStage, two_stage
from nianjian.indices.solver import evaluation_groups
from nianjian.numerics import Array
from nianjian.numerics.resampling import percentile_p_value, percentiles
from nianjian.sample_columns import check_numeric, check_present

COLLINEAR = 1e-9
"""Share of a regressor's own sum of squares below which nothing of it is left beside the others."""


@dataclass(frozen=True)
class SecondStage:
    """A second stage with the city-years that it explains.

    Attributes
    ----------
    found : the bootstrapped regression
    names : of its slopes: the constant, regressors, dummy variables
    shown : how many of them are reported: all but the dummy variables
    frame : city-years in the order of the distances
    algorithm : 1 or 2
    """

    found: TwoStage
    names: tuple[str, ...]
    shown: int
    frame: pd.DataFrame
    algorithm: int

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the schema ``ESTIMATES``; errors, p-values and intervals from the bootstrap.

        ``coefficient``: the constant and x. ``effect``: ``distance`` by city and year, less its bias under algorithm 2, with
        its interval. ``fit``: ``nobs``, city-years of the regression; ``on_frontier``, those that it leaves out; ``loglik``;
        ``sigma`` with its error; ``mean_distance`` and ``mean_corrected``; ``distance_outcome``, 1; ``draws``, ``draws_failed``.
        """
        rows, found = Rows(study, spec), self.found
        errors = found.draws.std(axis=0, ddof=1)
        for j, name in enumerate(self.names[: self.shown]):
            drawn = found.reflected[:, j]
            value, error = found.params[j], errors[j]
            numbers = (value, error, value / error, percentile_p_value(drawn), *percentiles(drawn))
            rows.add("coefficient", name, *numbers, variable=None if name == CONSTANT else name)
        scores = (found.corrected, found.low, found.high)
        keys = (self.frame["city"].tolist(), self.frame["year"].tolist())
        for city, year, value, low, high in zip(*keys, *scores, strict=True):
            rows.add("effect", "distance", value, np.nan, np.nan, np.nan, low, high, city=city, year=year)
        rows.add("fit", "sigma", found.params[-1], errors[-1])
        used = int(found.used.sum())
        rows.add_fits(
            {
                "nobs": used,
                "on_frontier": len(self.frame) - used,
                "loglik": found.fit.loglik,
                "mean_distance": found.distance.mean(),
                "mean_corrected": found.corrected.mean(),
                "distance_outcome": 1.0,
                "draws": len(found.draws),
                "draws_failed": found.failed,
            }
        )
        return rows.table()


def fit(
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, Sequence[str]],
    regressors: Sequence[str],
    dummies: Sequence[str] = (),
    frontier: Mapping[str, Any],
    spec: str = "",
    **options: Any,
) -> SecondStage:
    """Measure distances of city-years and explain them.

    Parameters
    ----------
    frame : one row a city-year
    columns : of inputs, desirable and undesirable outputs, by role
    regressors : names of what explains the distance
    dummies : columns of which each value but the first has a dummy variable
    frontier : ``frontier`` and ``window`` of :func:`~nianjian.indices.solver.evaluation_groups`
    options : of :func:`nianjian.indices.simar_wilson.two_stage`

    Raises
    ------
    EstimationError
        If a column is missing, not numeric or has a gap, regressors are collinear, or as ``two_stage`` raises.
    SampleError
        If an input or output is not positive.
    """
    context = f"spec {spec!r}: " if spec else ""
    check_present(frame, ("city", "year", *regressors, *dummies), context)
    check_numeric(frame, regressors, context)
    given = inputs_outputs(frame, columns)
    inputs, outputs = given.two_sides(context.removesuffix(": "))
    z, names = _design(given.frame, regressors, dummies, context)
    groups = evaluation_groups(
        len(z),
        frontier["frontier"],
        given.frame["year"],
        frontier["window"],
        context=context.removesuffix(": "),
    )
    found = two_stage(inputs, outputs, z, groups, context=context, **options)
    return SecondStage(found, names, 1 + len(regressors), given.frame, options.get("algorithm", 2))


def _design(
    frame: pd.DataFrame, regressors: Sequence[str], dummies: Sequence[str], context: str
) -> tuple[Array, tuple[str, ...]]:
    """A constant, regressors and dummy variables, of full rank."""
    columns: dict[str, Array] = {CONSTANT: np.ones(len(frame))}
    columns |= {name: frame[name].to_numpy(dtype=float) for name in regressors}
    for name in regressors:
        if not np.isfinite(columns[name]).all():
            raise EstimationError(
                f"{context}{name} has missing or infinite cells; fill them in the sample, or write `missing: drop`"
            )
    for name in dummies:
        for value in sorted(frame[name].unique().tolist())[1:]:
            columns[f"{name}={value}"] = (frame[name] == value).to_numpy(dtype=float)
    names, z = tuple(columns), np.column_stack(list(columns.values()))
    sizes = np.sqrt((z**2).sum(axis=0))
    for j, name in enumerate(names[1:], start=1):
        known = z[:, :j] / np.where(sizes[:j] > 0, sizes[:j], 1)
        rest = z[:, j] - known @ np.linalg.lstsq(known, z[:, j], rcond=None)[0]
        if rest @ rest <= COLLINEAR * sizes[j] ** 2:
            raise EstimationError(
                f"{context}regressor {name!r} is constant or collinear with {', '.join(names[1:j]) or 'the constant'}; leave it out"
            )
    return z, names
