"""Extended two-way fixed effects: an effect for each cohort and year, moved by covariates, averaged over treated rows.

y_it = sum over g, t of 1[G = g, T = t] (tau_gt + (x_it - mean_g x)'rho_gt) + effects + x_it'(k + k_g + k_t) + e_it.

References
----------
Wooldridge, J. M. (2025). Two-way fixed effects, the two-way Mundlak regression, and difference-in-differences estimators.
Empirical Economics.
Wooldridge, J. M. (2023). Simple approaches to nonlinear difference-in-differences with panel data. Econometrics Journal 26: the
Poisson form. Averages of effects and their errors (delta method, rows taken as given) as R's etwfe 0.6.2 computes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators import twfe
from nianjian.estimators.event_regressions import cohort_name
from nianjian.estimators.staggered.averages import RowEffects
from nianjian.estimators.staggered.result import StaggeredFit
from nianjian.estimators.staggered.sample import Staggered
from nianjian.estimators.staggered.sun_abraham import with_control
from nianjian.estimators.twfe import Inferred, TwfeFit
from nianjian.numerics import Array, Mask
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.collinear import find_collinear
from nianjian.numerics.columns import group_sums

Level = Literal["cohort", "city"]
Family = Literal["gaussian", "poisson"]
COHORT = "_cohort"
STEPS = 200
Missing = dict[tuple[int, int], str]
"""Cohort and year to the reason why it has no effect."""


class _Design(NamedTuple):
    """Columns of the regression beside the fixed effects.

    Attributes
    ----------
    cells : cohort and event time of the first q columns
    names : p names
    columns : (n, p) array
    own : (n,) rows with an effect
    demeaned : (n, k) covariates less their cohort's mean
    """

    cells: list[tuple[int, int]]
    names: list[str]
    columns: Array
    own: Mask
    demeaned: Array


def fit(
    sample: Staggered,
    *,
    outcome: str,
    controls: Sequence[str],
    weights: str | None,
    treatment: str | None,
    never: bool,
    interact: bool,
    level: Level,
    family: Family,
    window: tuple[float, float],
    generator: Callable[[str], np.random.Generator | None],
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
    inference: Inferred | None = None,
) -> StaggeredFit:
    """Regress, and average the effects over the rows treated.

    Parameters
    ----------
    sample : city-years
    outcome, weights : columns
    controls : covariates
    treatment : name for the rows
    never : controls are cities never treated only, and years before the treatment have effects too
    interact : whether controls are interacted with cohorts, years and effects, or have one slope each
    level : fixed effects of cohorts, or of cities; in a complete panel the points are the same, and errors differ by the
        degrees of freedom
    family : ``poisson``: the mean is exponential and effects are on the outcome itself; with effects of cohorts
    window : first and last event time shown
    generator : of the bands, by what they are of
    inference : as :func:`nianjian.estimators.twfe.fit`; not of the Poisson regression
    """
    sample, control = with_control(sample, never=never)
    design = _design(sample, control, controls, never=never, interact=interact)
    regression: TwfeFit | None = None
    if family == "poisson":
        effects, missing = _poisson(sample, design, outcome)
    else:
        effects, regression, missing = _linear(sample, design, outcome, weights, level, key, spec, inference)
    return StaggeredFit(
        treatment=treatment,
        base=-1 - sample.anticipation if never else None,
        counts=sample.counts(),
        left_out=sample.left_out,
        missing=missing,
        regression=regression,
        hidden=tuple(design.names),
        **effects.results(window, generator),  # type: ignore[arg-type]
    )


def _design(
    sample: Staggered, control: float, controls: Sequence[str], *, never: bool, interact: bool
) -> _Design:
    treated = np.isfinite(sample.first) & (sample.first != control)
    own = treated & ((sample.time != -1 - sample.anticipation) if never else ~sample.untreated)
    if not own.any():
        raise EstimationError(
            f"{sample.context}no cohort is treated beside the control in the years that are left"
        )
    pairs = np.unique(np.column_stack([sample.first, sample.time])[own], axis=0)
    cells = [(int(g), int(k)) for g, k in pairs]
    inside = [((sample.first == g) & (sample.time == k)).astype(float) for g, k in cells]
    names, columns = [cohort_name(*cell) for cell in cells], list(inside)
    if not interact:
        plain = np.column_stack([*columns, sample.x])
        return _Design(cells, [*names, *controls], plain, own, np.zeros((len(sample.y), 0)))
    cohorts = np.unique(sample.first, return_inverse=True)[1]
    # The mean is not weighted, as in R's etwfe: it only moves what tau_gt stands for, no average.
    count = np.bincount(cohorts)[:, None]
    demeaned = sample.x - (group_sums(sample.x, cohorts) / count)[cohorts]
    for j, x in enumerate(controls):
        names += [f"{cohort_name(*cell)}*{x}" for cell in cells]
        columns += [column * demeaned[:, j] for column in inside]
    for j, x in enumerate(controls):
        levels = _levels(sample, control)
        names += [x, *(f"{name}*{x}" for name in levels)]
        columns += [sample.x[:, j], *(mask * sample.x[:, j] for mask in levels.values())]
    return _Design(cells, names, np.column_stack(columns), own, demeaned)


def _levels(sample: Staggered, control: float) -> dict[str, Mask]:
    """Rows of each cohort but the control, and of each year but the first."""
    cohorts = {f"cohort[{g:.0f}]": sample.first == g for g in np.unique(sample.first) if g != control}
    return cohorts | {f"year[{t:.0f}]": sample.year == t for t in np.unique(sample.year)[1:]}


def _gradient(design: _Design, rows: Mask, size: int) -> Array:
    """(m, size) what the effect on each row is of the first coefficients: its cell, and the cell times covariates."""
    q = len(design.cells)
    columns = np.zeros((int(rows.sum()), size))
    wide = q * (1 + design.demeaned.shape[1])
    columns[:, :wide] = design.columns[rows][:, :wide]
    return columns


def _linear(
    sample: Staggered,
    design: _Design,
    outcome: str,
    weights: str | None,
    level: Level,
    key: Sequence[str],
    spec: str,
    inference: Inferred | None,
) -> tuple[RowEffects, TwfeFit, Missing]:
    frame = sample.frame
    clash = sorted((set(design.names) - set(frame.columns)) & set(frame.columns))
    if clash:
        raise EstimationError(f"{sample.context}the sample has columns {', '.join(clash)}; rename them")
    cohort = pd.Series(np.unique(sample.first, return_inverse=True)[1], index=frame.index, name=COHORT)
    others = [name for name in design.names if name not in frame]
    own = {name: design.columns[:, design.names.index(name)] for name in others}
    joined = pd.concat([frame, cohort, pd.DataFrame(own, index=frame.index)], axis=1)
    regression = twfe.fit(
        joined,
        outcome=outcome,
        regressors=design.names,
        absorb=[COHORT if level == "cohort" else key[0], key[1]],
        cluster=sample.cluster,
        weights=weights,
        key=key,
        spec=spec,
        inference=None if inference is None else partial(inference, without=frozenset(others)),  # type: ignore[call-arg]
    )
    where = [design.names.index(name) for name in regression.names[:-1]]
    effects = [np.unique(sample.city if level == "city" else sample.first, return_inverse=True)[1]]
    effects.append(np.unique(sample.year, return_inverse=True)[1])
    within = partial_out(design.columns, effects, sample.weights)
    rows, missing = _identified(sample, design, within, where)
    gradient = _gradient(design, rows, len(design.names))[:, where]
    found = RowEffects(
        sample.first[rows],
        sample.year[rows],
        sample.weights[rows],
        gradient,
        gradient @ regression.params[:-1],
        regression.vcov[:-1, :-1],
        regression.df_resid,
        regression,
    )
    return found, regression, missing


def _identified(
    sample: Staggered, design: _Design, within: Array, kept: Sequence[int]
) -> tuple[Mask, Missing]:
    """Rows whose effect does not hang on which of collinear columns was left out, and the cells of the others.

    Parameters
    ----------
    within : (n, p) columns after the fixed effects, which may be the regression's dummies
    kept : columns that stayed
    """
    rows = np.flatnonzero(design.own)
    lost = sorted(set(range(len(design.names))) - set(kept))
    missing: Missing = {}
    if lost:
        root = np.sqrt(sample.weights)[:, None]
        # The columns kept are independent: no singular values are needed.
        basis, triangle = np.linalg.qr(within[:, list(kept)] * root)
        ties = np.linalg.solve(triangle, basis.T @ (within[:, lost] * root))
        gradient = _gradient(design, design.own, len(design.names))
        moved = np.abs(gradient[:, lost] - gradient[:, list(kept)] @ ties)
        size = np.abs(gradient).max(axis=1) + (np.abs(gradient[:, list(kept)]) @ np.abs(ties)).max(axis=1)
        loose = (moved > 1e-6 * size[:, None]).any(axis=1)
        for row in rows[loose]:
            missing[int(sample.first[row]), int(sample.year[row])] = "singular"
        rows = np.array(
            [row for row in rows if (sample.first[row], sample.year[row]) not in missing], dtype=int
        )
    mask = np.zeros(len(sample.y), dtype=bool)
    mask[rows] = True
    if not (mask & (sample.time >= 0)).any():
        raise EstimationError(
            f"{sample.context}no effect is identified: cohorts are too small for their own slopes of the controls; leave out "
            "controls, or widen the sample"
        )
    return mask, missing


def _poisson(sample: Staggered, design: _Design, outcome: str) -> tuple[RowEffects, Missing]:
    """Effects on the mean: exp of the index with treatment less exp of that without."""
    if (sample.y < 0).any():
        raise EstimationError(
            f"{sample.context}outcome {outcome!r} is negative somewhere; family poisson needs numbers >= 0"
        )
    cohorts = np.unique(sample.first, return_inverse=True)[1]
    years = np.unique(sample.year, return_inverse=True)[1]
    dummies = np.column_stack(
        [
            np.ones(len(years)),
            np.eye(cohorts.max() + 1)[cohorts][:, 1:],
            np.eye(years.max() + 1)[years][:, 1:],
        ]
    )
    p = design.columns.shape[1]
    x = np.column_stack([design.columns, dummies])
    w = sample.weights
    names = [*design.names, *(f"_{j}" for j in range(dummies.shape[1]))]
    rest = (
        x - dummies @ np.linalg.lstsq(dummies * np.sqrt(w)[:, None], x * np.sqrt(w)[:, None], rcond=None)[0]
    )
    dropped = find_collinear(design.names, design.columns, rest[:, :p], w, ["cohort", "year"])
    kept = [j for j, name in enumerate(design.names) if name not in dropped]
    rows, missing = _identified(sample, design, rest[:, :p], kept)
    stay = [j for j, name in enumerate(names) if name not in dropped]
    x = x[:, stay]
    beta, mean = _poisson_regression(sample, x, w)
    size = np.abs(x).max(axis=0)
    scaled = x / size
    bread = np.linalg.inv((scaled * (w * mean)[:, None]).T @ scaled)
    sums = group_sums(scaled * (w * (sample.y - mean))[:, None], sample.clusters)
    groups = len(sums)
    n, k = x.shape
    # Effects of cohorts are dummies here, nested in no way: all coefficients count.
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    vcov = bread @ (sums.T @ sums) @ bread * factor / np.outer(size, size)
    own = _gradient(design, rows, len(names))[:, stay]
    without = mean[rows] / np.exp(own @ beta)
    gradient = mean[rows][:, None] * x[rows] - without[:, None] * (x[rows] - own)
    found = RowEffects(
        sample.first[rows], sample.year[rows], w[rows], gradient, mean[rows] - without, vcov, None
    )
    return found, missing


def _poisson_regression(sample: Staggered, x: Array, w: Array) -> tuple[Array, Array]:
    """Coefficients by Newton's steps from the mean, and the fitted means."""
    y = sample.y
    size = np.sqrt(w @ x**2)
    z = x / size
    mean = (y + y.mean()) / 2
    index, deviance = np.log(mean), np.inf
    for _ in range(STEPS):
        working = index + (y - mean) / mean
        root = np.sqrt(w * mean)
        beta = np.linalg.lstsq(z * root[:, None], working * root, rcond=None)[0]
        index = np.clip(z @ beta, -700, 700)
        mean = np.exp(index)
        new = float(2 * w @ (np.where(y > 0, y * (np.log(np.where(y > 0, y, 1)) - index), 0.0) - (y - mean)))
        if abs(new - deviance) <= 1e-13 * (abs(new) + 0.1):
            return beta / size, mean
        deviance = new
    raise EstimationError(
        f"{sample.context}the Poisson regression does not converge, as a cohort's outcome is zero in a year; use `family: "
        "gaussian`, or leave the cohort out with `where`"
    )
