"""Effects by years since treatment, with joint tests and simultaneous bands.

y_it = sum over k of beta_k 1[t - g_i = k] + x_it'c + mu_i + lambda_t + e_it, base period left out.

Two methods. ``twfe`` is that regression. ``interaction_weighted`` gives every cohort (first treated year)
its own event times and averages them by the cohorts' shares, so effects that differ between cohorts do not
contaminate each other (:mod:`nianjian.estimators.event_regressions`).

References
----------
Sun, L. & Abraham, S. (2021). Estimating dynamic treatment effects in event studies with heterogeneous
treatment effects. Journal of Econometrics 225.
Montiel Olea, J. L. & Plagborg-Møller, M. (2019). Simultaneous confidence bands: theory, implementation, and
an application to SVARs. Journal of Applied Econometrics 34.
Borusyak, K., Jaravel, X. & Spiess, J. (2024). Revisiting event-study designs. REStud 91: without units never
treated, event times are identified up to a linear trend only.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.estimates import Rows, inference
from nianjian.estimators import draws as random_draws
from nianjian.estimators.event_regressions import by_cohort, cohort_name, event_name, two_way
from nianjian.estimators.event_times import EventTimes, Method, Outside, Window, event_times
from nianjian.estimators.prepare import context_of
from nianjian.estimators.twfe import Inferred, TwfeFit
from nianjian.numerics import Array, Mask
from nianjian.numerics.covariance import wald
from nianjian.numerics.simultaneous import sup_t_critical


@dataclass(frozen=True)
class EventStudyFit:
    """Effects at q event times, in order of time, the base left out.

    Attributes
    ----------
    method : ``twfe`` or ``interaction_weighted``
    treatment : name of the treatment for the rows, if it has one
    terms : q terms of :data:`nianjian.estimates.EVENTS`: ``event``, or an end bin
    times : (q,) event times, a bin by its end of the window
    params : (q,) effects
    vcov : (q, q) array
    df_resid : of t and of F's denominator
    base : event time left out
    critical : of the sup-t band, which is params plus and minus critical times their errors; NaN where an
        error is zero
    att : average effect over treated city-years and its variance; only ``interaction_weighted``
    cohort_effects : (cohort, event time) to estimate and variance; empty with ``twfe``
    absent : event times of the window that nobody is observed at
    counts : term to value of the ``fit`` rows about the cities
    regression : the fit behind it all
    """

    method: Method
    treatment: str | None
    terms: tuple[str, ...]
    times: NDArray[np.intp]
    params: Array
    vcov: Array
    df_resid: int
    base: int
    critical: float
    att: tuple[float, float] | None
    cohort_effects: Mapping[tuple[int, int], tuple[float, float]]
    absent: tuple[int, ...]
    counts: Mapping[str, float]
    regression: TwfeFit

    @property
    def std_errors(self) -> Array:
        return np.sqrt(np.diag(self.vcov))

    @property
    def names(self) -> tuple[str, ...]:
        """q names, ``event[-2]``; an end bin is ``event[<=-4]`` or ``event[>=5]``."""
        return tuple(event_name(term, int(k)) for term, k in zip(self.terms, self.times, strict=True))

    @property
    def leads(self) -> Mask:
        """Which event times lie before the treatment."""
        return self.times < 0

    def joint_f(self, which: Mask) -> float:
        """F statistic that these effects are all zero; NaN if their covariance has not full rank."""
        count = int(which.sum())
        return wald(self.params[which], self.vcov[np.ix_(which, which)]) / count if count else np.nan

    def mean_post(self) -> tuple[float, float]:
        """Plain average of the effects at times from 0 on, an end bin counted once, and its variance."""
        average = ~self.leads / max((~self.leads).sum(), 1)
        return float(average @ self.params), float(average @ self.vcov @ average)

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        ``coefficient``: the event times with pointwise intervals, controls and ``_cons``. ``effect``: the
        same event times with the simultaneous band as interval; ``mean_post``; with ``interaction_weighted``
        also ``att`` and the event times of each cohort (its group). ``test``: ``pretrend`` and ``posttrend``,
        joint F of all leads and of all lags (none if the window has none), df the denominator's. ``fit``: those
        of the regression, ``base_period``, ``sup_t_critical``, ``pretrend_terms`` and ``posttrend_terms`` (the
        numerators' df), ``treated_units``, ``never_treated_units``, ``later_treated_units`` (of these, those
        treated after the last year), ``always_treated_units`` (no row before their treatment),
        ``treated_clusters``, ``cohorts``, ``outside_window`` (treated rows beyond the window) and ``absent`` for
        each event time of the window that nobody is observed at.
        """
        rows = Rows(study, spec)
        of: dict[str, Any]
        events = [
            (term, {"event_time": int(k), "variable": self.treatment})
            for term, k in zip(self.terms, self.times, strict=True)
        ]
        for j, (term, of) in enumerate(events):
            rows.add_estimate("coefficient", term, self.params[j], self.vcov[j, j], self.df_resid, **of)
        for j, (term, of) in enumerate(events):
            values = inference(self.params[j], self.vcov[j, j], self.df_resid)
            half = self.critical * values[1]
            rows.add("effect", term, *values[:4], values[0] - half, values[0] + half, self.df_resid, **of)
        if not self.leads.all():
            rows.add_estimate("effect", "mean_post", *self.mean_post(), self.df_resid)
        if self.att is not None:
            rows.add_estimate("effect", "att", *self.att, self.df_resid)
        for (cohort, k), found in self.cohort_effects.items():
            of = {"event_time": k, "variable": self.treatment, "group": str(cohort)}
            rows.add_estimate("effect", "event", found[0], found[1], self.df_resid, **of)
        for name, which in (("pretrend", self.leads), ("posttrend", ~self.leads)):
            if which.any():
                rows.add_f(name, self.joint_f(which), int(which.sum()), self.df_resid)
                rows.add("fit", f"{name}_terms", which.sum())
        rows.add("fit", "base_period", self.base)
        rows.add("fit", "sup_t_critical", self.critical)
        rows.add_fits(self.counts)
        for k in self.absent:
            rows.add("fit", "absent", 0.0, event_time=k)
        own = {*self.names, *(cohort_name(*cell) for cell in self.cohort_effects)}
        table = self.regression.tidy(study, spec, without=own)
        return pd.concat([rows.table(), table], ignore_index=True)


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    first_year: str,
    window: Window,
    treatment: str | None = None,
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    base: int = -1,
    outside: Outside = "bin",
    method: Method = "twfe",
    weights: str | None = None,
    key: Sequence[str] = ("city", "year"),
    study: str = "",
    spec: str = "",
    seed: int = 0,
    inference: Inferred | None = None,
) -> EventStudyFit:
    """Estimate effects at each event time k = year - first treated year.

    Parameters
    ----------
    frame : one row a city-year, complete in every column used but ``first_year``
    first_year : column of the first treated year, NaN for cities never treated
    window : [a, b], the event times shown, the smaller first
    treatment : name of the treatment for the rows; no column of that name is needed
    base : event time in the window that the others are measured against
    outside : treated city-years beyond the window
        ``bin``: the ends become bins, k <= a and k >= b. An end beyond which nobody is observed stays a
        plain event time. ``omit``: no dummy, so these rows join the reference group beside the base and the
        never treated, and an effect in them biases every coefficient.
    method : ``twfe`` or ``interaction_weighted``
        The second ignores rows of cities that have none before their treatment; without cities never treated
        the last cohort is the control and the years from its treatment on are left out. Its cells are
        cohort by event time, whatever the window; ``outside`` decides only whether cells beyond it are
        averaged into the end bins or not shown. Shares are taken as known, as fixest does.
    key : city and year columns
    study, spec, seed : names for the messages and the band's random draws
    outcome, controls, absorb, cluster, weights, inference : as :func:`nianjian.estimators.twfe.fit`

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if nobody is treated
        inside the window or observed at the base, ``first_year`` changes within a city, or an event time
        cannot be told from the fixed effects.

    Notes
    -----
    The sup-t critical value is the 95 % quantile of max |t_k| over 10,000 draws of a multivariate t with
    the estimates' correlation and the degrees of freedom of the pointwise intervals.

    ASSUME: a sample without cities never treated is estimated, with a warning and never_treated_units = 0:
    binning or the cohort left out identifies it. An event time that is not identified is an error.
    ASSUME: a city whose first treated year lies after the last year of the sample is never treated.
    ASSUME: the band is multivariate t, not normal, so that with one event time it is the pointwise interval.
    ASSUME: ``mean_post`` weighs event times equally, an end bin as one of them.
    """
    context = context_of(spec)
    times = event_times(frame, first_year, key, window=window, base=base, outside=outside, context=context)
    counts = _counts(frame, times, key, cluster, context)
    options: dict[str, Any] = {
        "outcome": outcome,
        "absorb": absorb,
        "cluster": cluster,
        "weights": weights,
        "key": key,
        "spec": spec,
        "inference": inference,
    }
    estimate = two_way if method == "twfe" else by_cohort
    found = estimate(frame, times, controls, options, context)
    regression = found.regression
    _warn_of_few_clusters(found.times, regression, len(frame), context)
    rng = random_draws.generator(study, spec, 0, seed=seed)
    return EventStudyFit(
        method=method,
        treatment=treatment,
        terms=found.terms,
        times=np.array(found.times, dtype=np.intp),
        params=found.params,
        vcov=found.vcov,
        df_resid=regression.df_resid,
        base=base,
        critical=sup_t_critical(found.vcov, regression.df_resid, rng),
        att=found.att,
        cohort_effects=found.cohort_effects,
        absent=tuple(k for k in range(window[0], window[1] + 1) if k != base and k not in found.times),
        counts=counts,
        regression=regression,
    )


def _counts(
    frame: pd.DataFrame,
    times: EventTimes,
    key: Sequence[str],
    cluster: str | Sequence[str] | None,
    context: str,
) -> dict[str, float]:
    """How many cities and cohorts are treated, and when; warns where an estimate means little."""
    city = frame[key[0]].to_numpy()

    def cities(rows: Mask) -> int:
        return len(pd.unique(city[rows]))

    counts: dict[str, float] = {
        "treated_units": cities(times.treated),
        "never_treated_units": cities(~times.treated),
        "later_treated_units": cities(times.later),
        "always_treated_units": cities(times.always),
        "cohorts": len(np.unique(times.first[times.treated])),
        "outside_window": int(((times.time < times.window[0]) | (times.time > times.window[1])).sum()),
    }
    if isinstance(cluster, str) and cluster in frame:
        counts["treated_clusters"] = frame.loc[times.treated, cluster].nunique()
        if counts["treated_clusters"] == 1:
            logging.warning(
                "%sonly one %s is treated; its clustered standard error means nothing", context, cluster
            )
    if not counts["never_treated_units"]:
        logging.warning("%sno city is never treated; only cities not yet treated are controls", context)
    return counts


def _warn_of_few_clusters(times: Sequence[int], regression: TwfeFit, rows: int, context: str) -> None:
    """Warn where there are too few clusters to test all leads, or all lags, together."""
    fewest = min(regression.clusters.values(), default=rows)
    for name, tested in (("pretrend", sum(t < 0 for t in times)), ("posttrend", sum(t >= 0 for t in times))):
        if tested >= fewest:
            logging.warning(
                "%s%s: %d event times cannot be tested together with %d clusters",
                *(context, name, tested, fewest),
            )
