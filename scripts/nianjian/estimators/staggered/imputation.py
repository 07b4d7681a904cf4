"""Imputation: the effect on each treated row is the outcome less what untreated rows let expect, then averaged.

tau_w = sum over treated rows of w_it (Y_it - a_i - b_t - x_it'd).

References
----------
Borusyak, K., Jaravel, X. & Spiess, J. (2024). Revisiting event-study designs: robust and efficient estimation. REStud 91:
the estimator (section 4.1), its conservative errors (equations 6, 8 and 10), the test of trends before the treatment (4.4).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nianjian.estimators.staggered.counterfactual import Counterfactual
from nianjian.estimators.staggered.effects import Influenced
from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.absorb import absorbed_df, partial_out
from nianjian.numerics.collinear import find_collinear
from nianjian.numerics.columns import group_sums, relabel
from nianjian.numerics.covariance import small_sample


def averages(targets: Mask, weights: Array) -> Array:
    """(n, q) weights of the rows in q averages over (n, q) rows, each adding up to one."""
    share = targets * weights[:, None]
    return np.asarray(share / share.sum(axis=0))


def influences(
    first_stage: Counterfactual, shares: Array, cohort_time: Codes, at: tuple[int, ...]
) -> Influenced:
    """Averages of the effects on treated rows, and what each city adds to their errors.

    Parameters
    ----------
    first_stage : of n rows
    shares : (n, q) from :func:`averages`, on treated and identified rows only
    cohort_time : (n,) codes of cohort by year, within which effects are compared with their mean
    at : q labels

    Notes
    -----
    v = w on treated rows, and what the first stage gives on the untreated. A treated row's error is its effect less the
    mean of its cohort and year, weighted by v squared; this makes the errors conservative where effects differ within a
    cohort and year. A cohort of one city is its own mean: its rows add nothing by themselves.
    """
    rest = np.where(first_stage.identified, first_stage.rest, 0.0)
    v = shares - first_stage.through_first_stage(shares)
    squared = np.where(first_stage.untreated[:, None], 0.0, v**2)
    total = group_sums(squared, cohort_time)
    mean = group_sums(squared * rest[:, None], cohort_time) / np.where(total > 0, total, 1)
    errors = rest[:, None] - np.where(first_stage.untreated[:, None], 0.0, mean[cohort_time])
    return Influenced(at, shares.T @ rest, group_sums(v * errors, first_stage.city))


def cohort_by_time(first: Array, time: Array) -> Codes:
    """(n,) codes of cohort by event time; the never treated are one."""
    cohorts = np.unique(np.where(np.isfinite(first), first, -1), return_inverse=True)[1]
    times = np.unique(np.where(np.isfinite(time), time, -1e9), return_inverse=True)[1]
    return relabel(cohorts * (int(times.max()) + 1) + times)


def leads(
    y: Array,
    time: Array,
    x: Array,
    absorb: Sequence[Codes],
    weights: Array,
    clusters: Codes,
    untreated: Mask,
    at: Sequence[int],
) -> Influenced:
    """Coefficients of the last years before the treatment in a regression on the untreated rows; those identified.

    Parameters
    ----------
    y, time, x : outcome, years since treatment (-inf if never) and covariates of n rows
    absorb : codes of the cities and of the other effects
    weights, clusters : of n rows
    untreated : (n,) rows that are used
    at : event times whose dummies are in it; all earlier years and the never treated are the reference

    Notes
    -----
    No row is dropped for being alone in an effect. Dummies that the effects explain are left out, the earliest first. What
    the cities add is scaled by the small-sample factor of clustered errors.
    """
    city = absorb[0]
    order = sorted((k for k in at if (untreated & (time == k)).any()), reverse=True)
    w, own = weights[untreated] / weights[untreated].mean(), relabel(clusters[untreated])
    effects = [relabel(codes[untreated]) for codes in absorb]
    dummies = [(time[untreated] == k).astype(float) for k in order]
    columns = np.column_stack([*dummies, x[untreated]])
    within = partial_out(np.column_stack([y[untreated], columns]), effects, w)
    names = [str(j) for j in range(columns.shape[1])]
    lost = find_collinear(names, columns, within[:, 1:], w, ["city"])
    stay = [j for j, name in enumerate(names) if name not in lost]
    kept = [order[j] for j in stay if j < len(order)]
    cities = int(city.max()) + 1
    if not kept:
        return Influenced((), np.zeros(0), np.zeros((cities, 0)))
    z = within[:, 1:][:, stay]
    bread = np.linalg.inv((z * w[:, None]).T @ z)
    slopes = bread @ (z.T @ (w * within[:, 0]))
    absorbed, nested = absorbed_df(effects, [own], len(w))
    factor, _ = small_sample(len(w), len(stay), absorbed, nested, [own])
    scores = z * (w * (within[:, 0] - z @ slopes))[:, None]
    by_city = np.zeros((cities, len(stay)))
    np.add.at(by_city, city[untreated], scores)
    turn = np.argsort(kept)
    psi = np.sqrt(factor) * (by_city @ bread)[:, : len(kept)]
    return Influenced(tuple(sorted(kept)), slopes[: len(kept)][turn], psi[:, turn])
