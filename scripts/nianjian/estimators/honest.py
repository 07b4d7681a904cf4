"""What an event study says when trends need not be parallel, and what its pre-test can find.

References
----------
Rambachan, A. & Roth, J. (2023). A more credible approach to parallel trends. REStud 90.
Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends. AER: Insights 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.estimators.event_study import EventStudyFit
from nianjian.estimators.prepare import context_of
from nianjian.numerics import Array
from nianjian.numerics.honest_did import EventStudy, Interval, Restriction, breakdown, flci, interval
from nianjian.numerics.pretrends import pretrend_test, slope_for_power

Method = Literal["hybrid", "conditional", "flci"]
Target = Literal["first", "average"] | Sequence[float]


def checked(fitted: EventStudyFit, spec: str) -> tuple[int, Array]:
    """Number of event times before the base, and all as years since the base.

    ASSUME: an end bin counts as one event time.

    Raises
    ------
    EstimationError
        If an event time is missing, none lies before or after the base, or one between base and treatment.
    """
    context = context_of(spec)
    times = np.append(fitted.times, fitted.base)
    gaps = sorted(set(range(int(times.min()), int(times.max()) + 1)) - {int(k) for k in times})
    if gaps:
        raise EstimationError(
            f"{context}nobody is observed at event time {gaps[0]}; trends need every one of the window: narrow it"
        )
    since = fitted.times.astype(float) - fitted.base
    pre = int((since < 0).sum())
    if not pre or pre == len(since):
        raise EstimationError(
            f"{context}there must be event times before the base and after it; widen the window"
        )
    if ((fitted.times > fitted.base) & (fitted.times < 0)).any():
        raise EstimationError(
            f"{context}base {fitted.base} is not the last year before the treatment; write `base: -1`"
        )
    eigenvalues = np.linalg.eigvalsh(fitted.vcov / np.outer(fitted.std_errors, fitted.std_errors))
    if eigenvalues[0] <= 1e-10:
        raise EstimationError(
            f"{context}the covariance of the {len(since)} event times has not full rank: clusters are few, or Conley's kernel is uniform; narrow the window"
        )
    return pre, since


def weights_of(target: Target, count: int, spec: str) -> Array:
    """Weights of the effects after the base.

    Raises
    ------
    EstimationError
        If as many are declared as there are not.
    """
    if target == "first":
        one: Array = np.eye(count)[0]
        return one
    if target == "average":
        return np.full(count, 1 / count)
    made = np.array(target, dtype=float)
    if len(made) != count:
        raise EstimationError(
            f"{context_of(spec)}target holds {len(made)} weights for {count} event times from the treatment on"
        )
    return made


def honest(
    fitted: EventStudyFit,
    *,
    target: Target,
    restriction: Restriction,
    bounds: Sequence[float],
    method: Method,
    study: str,
    spec: str,
) -> pd.DataFrame:
    """Rows of the estimates' schema beside the event study's.

    ``effect``: ``parallel``, the estimate and its interval under parallel trends; ``honest_rm`` or ``honest_sd`` for each
    bound (its group): the interval of all values that are not rejected, NaN where all are. ``fit``: ``breakdown``, the largest
    bound at which zero is rejected, infinite if it is at all, zero if it is not under parallel trends or trends that go on.
    """
    pre, _ = checked(fitted, spec)
    weights = weights_of(target, len(fitted.params) - pre, spec)
    own = EventStudy(fitted.params, fitted.vcov, pre, weights)
    rows = Rows(study, spec)
    rows.add_normal("effect", "parallel", own.estimate, own.std_error)
    for bound in bounds:
        found = _interval(own, restriction, bound, method)
        ends = (found.low, found.high)
        rows.add("effect", f"honest_{restriction}", own.estimate, *[np.nan] * 3, *ends, group=f"{bound:g}")
    rows.add("fit", "breakdown", breakdown(own, restriction, method))
    return rows.table()


def _interval(own: EventStudy, restriction: Restriction, bound: float, method: Method) -> Interval:
    return flci(own, bound) if method == "flci" else interval(own, restriction, bound, method)


def pretrends(fitted: EventStudyFit, *, powers: Sequence[float], study: str, spec: str) -> pd.DataFrame:
    """Rows of the estimates' schema beside the event study's, for each power (group).

    ``effect``: ``slope_for_power``, of the linear trend a year; ``trend`` and ``after_passing`` at each event time, the trend
    and what the coefficient is expected to be if the treatment does nothing and the study passes. ``test``:
    ``bayes_factor``, ``likelihood_ratio``.
    """
    pre, since = checked(fitted, spec)
    rows = Rows(study, spec)
    for power in powers:
        group, slope = f"{power:g}", slope_for_power(fitted.vcov, pre, since, power)
        found = pretrend_test(fitted.params, fitted.vcov, pre, slope * since)
        rows.add("effect", "slope_for_power", slope, group=group)
        for j, k in enumerate(fitted.times):
            of: dict[str, Any] = {"event_time": int(k), "group": group}
            rows.add("effect", "trend", found.trend[j], **of)
            rows.add("effect", "after_passing", found.after_passing[j], **of)
        rows.add("test", "bayes_factor", found.bayes_factor, group=group)
        rows.add("test", "likelihood_ratio", found.likelihood_ratio, group=group)
    return rows.table()
