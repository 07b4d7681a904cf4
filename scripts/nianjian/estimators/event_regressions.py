"""The regressions behind an event study: two-way fixed effects, and cohort by cohort.

References
----------
Sun, L. & Abraham, S. (2021). Estimating dynamic treatment effects in event studies with heterogeneous
treatment effects. Journal of Econometrics 225.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import address
from nianjian.estimators import twfe
from nianjian.estimators.event_times import EventTimes
from nianjian.estimators.twfe import TwfeFit
from nianjian.numerics import Array, Mask

Options = Mapping[str, Any]
"""Keywords of :func:`nianjian.estimators.twfe.fit` that do not depend on the event times."""
Cell = tuple[int, int]
"""A cohort and an event time."""


@dataclass(frozen=True)
class Events:
    """Effects at q event times in order.

    Attributes
    ----------
    times, terms : q event times, an end bin by its end of the window, and their terms
    params, vcov : (q,) and (q, q) arrays
    regression : that they come from
    cohort_effects, att : see :class:`nianjian.estimators.event_study.EventStudyFit`
    """

    times: list[int]
    terms: tuple[str, ...]
    params: Array
    vcov: Array
    regression: TwfeFit
    cohort_effects: Mapping[Cell, tuple[float, float]] = field(default_factory=dict)
    att: tuple[float, float] | None = None


def event_name(term: str, time: int) -> str:
    """Name of a dummy: ``event[-2]``, ``event[<=-4]``."""
    return address({"kind": "coefficient", "term": term, "event_time": time})


def cohort_name(cohort: int, time: int) -> str:
    """Name of a cohort's dummy: ``cohort[2015]:event[2]``."""
    return address({"kind": "effect", "term": "event", "event_time": time, "group": str(cohort)})


def two_way(
    frame: pd.DataFrame, times: EventTimes, controls: Sequence[str], options: Options, context: str
) -> Events:
    """One dummy an event time, the same for all cohorts."""
    present = {int(k) for k in np.unique(times.shown[np.isfinite(times.shown)])}
    own = sorted(present - {times.base})
    terms = times.terms(own, times.time)
    dummies = {
        event_name(term, k): (times.shown == k).astype(float) for k, term in zip(own, terms, strict=True)
    }
    regression = regress(frame, dummies, controls, options, context)
    q = len(own)
    return Events(own, terms, regression.params[:q], regression.vcov[:q, :q], regression)


def by_cohort(
    frame: pd.DataFrame, times: EventTimes, controls: Sequence[str], options: Options, context: str
) -> Events:
    """Sun and Abraham's estimator: cohort by event time, averaged by the cohorts' shares of rows."""
    used, cohort, cohorts = _cohorts(times, context)
    cells = [(g, int(k)) for g in cohorts for k in np.unique(times.time[cohort == g]) if k != times.base]
    inside = {(g, k): ((cohort == g) & (times.time == k))[used].astype(float) for g, k in cells}
    dummies = {cohort_name(*cell): column for cell, column in inside.items()}
    regression = regress(frame[used], dummies, controls, options, context)
    weights = options["weights"]
    w = np.ones(int(used.sum())) if weights is None else frame.loc[used, weights].to_numpy(dtype=float)
    sizes = np.array([w @ inside[cell] for cell in cells])
    k = np.array([cell[1] for cell in cells])
    shown, own = _shown(k, times, context)
    q = len(cells)
    params, vcov = regression.params[:q], regression.vcov[:q, :q]

    def shares(which: Mask) -> Array:
        share: Array = which * sizes / (which @ sizes)
        return share

    average = np.stack([shares(shown == t) for t in own])
    over_all = shares(k >= 0) if (k >= 0).any() else np.full(q, np.nan)
    return Events(
        own,
        times.terms(own, k),
        average @ params,
        average @ vcov @ average.T,
        regression,
        {cell: (float(params[j]), float(vcov[j, j])) for j, cell in enumerate(cells)},
        (float(over_all @ params), float(over_all @ vcov @ over_all)),
    )


def _cohorts(times: EventTimes, context: str) -> tuple[Mask, Array, list[int]]:
    """Rows used, each row's cohort (NaN for controls), and the cohorts in order."""
    used = ~times.always
    control = np.isnan(times.first)
    if not (control & used).any():
        last = np.nanmax(times.first[used]) if used.any() else np.nan
        control = times.first == last
        used &= times.time + times.first < last
    cohort = np.where(control | ~used, np.nan, times.first)
    cohorts = [int(g) for g in np.unique(cohort[np.isfinite(cohort)])]
    if not cohorts:
        raise EstimationError(
            f"{context}no cohort is left beside the control; interaction_weighted needs one: widen the sample to "
            "cities never treated, or write `method: twfe`"
        )
    without_base = [g for g in cohorts if not ((cohort == g) & (times.time == times.base)).any()]
    if without_base:
        raise EstimationError(
            f"{context}cohort {', '.join(map(str, without_base))} is not observed at the base {times.base}; choose "
            "another base or leave these cities out with `where`"
        )
    return used, cohort, cohorts


def _shown(k: Array, times: EventTimes, context: str) -> tuple[Array, list[int]]:
    """Event time under which each cell is shown, and those of them inside the window."""
    low, high = times.window
    beyond_base = np.zeros(len(k), dtype=bool)
    if times.base in (low, high):
        beyond_base = (k < times.base) if times.base == low else (k > times.base)
    if times.outside == "bin" and beyond_base.any():
        raise EstimationError(
            f"{context}base {times.base} is an end bin; with interaction_weighted it must be one event time: "
            "widen the window"
        )
    shown = np.clip(k, low, high) if times.outside == "bin" else k
    own = [int(t) for t in np.unique(shown[(shown >= low) & (shown <= high)])]
    if not own:
        raise EstimationError(f"{context}no cohort beside the control has rows in the window {[low, high]}")
    return shown, own


def regress(
    frame: pd.DataFrame,
    dummies: Mapping[str, Array],
    controls: Sequence[str],
    options: Options,
    context: str,
    *,
    with_errors: bool = True,
) -> TwfeFit:
    """The regression on event dummies, which come first, so a collinear control goes and not they.

    Parameters
    ----------
    frame, controls, options : as :func:`nianjian.estimators.twfe.fit`
    dummies : name to column
    context : what stands before messages
    with_errors : whether each dummy must have a clustered standard error, and is shown

    Raises
    ------
    EstimationError
        If a dummy is not identified, or has no standard error.
    """
    clash = sorted(set(dummies) & set(frame.columns))
    if clash:
        raise EstimationError(f"{context}the sample has columns {', '.join(clash)}; rename them")
    columns = pd.DataFrame(dict(dummies), index=frame.index)
    joined = pd.concat([frame, columns], axis=1)
    if not with_errors and (own := options.get("inference")) is not None:
        # What is shown are averages of the dummies' coefficients: no draws are made of each of these.
        options = {**options, "inference": partial(own, without=frozenset(dummies))}
    regression = twfe.fit(joined, regressors=[*dummies, *controls], **options)
    lost = {name: reason for name, reason in regression.dropped.items() if name in dummies}
    if lost:
        which = "; ".join(f"{name} is {reason}" for name, reason in lost.items())
        raise EstimationError(
            f"{context}not every event time is identified: {which}. Without cities never treated effects are "
            "known up to a linear trend: bin the ends, narrow the window, or widen the sample"
        )
    without = [name for name in dummies if name in regression.without_std_error]
    if without and with_errors:
        raise EstimationError(f"{context}{twfe.no_std_error(without[0], regression.clusters)}")
    return regression
