"""Effects by years since treatment, with joint tests and simultaneous bands.

y_it = sum over k of beta_k 1[t - g_i = k] + x_it'c + mu_i + lambda_t + e_it, base period left out.

Two methods. ``twfe`` is that regression. ``interaction_weighted`` gives every cohort (first treated year)
its own event times and averages them by the cohorts' shares, so effects that differ between cohorts do not
contaminate each other.

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
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from nianjian.errors import EstimationError
from nianjian.estimators import draws as random_draws
from nianjian.estimators import twfe
from nianjian.estimators.twfe import LEVEL, Array, Rows, TwfeFit

BAND_DRAWS = 10_000


@dataclass(frozen=True)
class EventStudyFit:
    """Effects at q event times, in order of time, the base left out.

    Attributes
    ----------
    method : ``twfe`` or ``interaction_weighted``
    terms : q names, ``event[-2]``; an end bin is ``event[<=-4]`` or ``event[>=5]``
    times : (q,) event times, a bin by its end of the window
    params : (q,) effects
    vcov : (q, q) array
    df_resid : of t and of F's denominator
    base : event time left out
    critical : of the sup-t band, which is params plus and minus critical times their errors; NaN where an
        error is zero
    att : average effect over treated city-years and its variance; only ``interaction_weighted``
    cohort_effects : (cohort, event time) to estimate and variance; empty with ``twfe``
    flags : counts for the ``fit`` rows
    regression : the fit behind it all
    """

    method: str
    terms: tuple[str, ...]
    times: NDArray[np.intp]
    params: Array
    vcov: Array
    df_resid: int
    base: int
    critical: float
    att: tuple[float, float] | None
    cohort_effects: Mapping[tuple[int, int], tuple[float, float]]
    flags: Mapping[str, float]
    regression: TwfeFit

    @property
    def std_errors(self) -> Array:
        return np.sqrt(np.diag(self.vcov))

    @property
    def leads(self) -> NDArray[np.bool_]:
        """Which event times lie before the treatment."""
        return self.times < 0

    def joint_f(self, which: NDArray[np.bool_]) -> float:
        """F statistic that these effects are all zero; NaN if their covariance has not full rank."""
        count = int(which.sum())
        return twfe.wald(self.params[which], self.vcov[np.ix_(which, which)]) / count if count else np.nan

    def mean_post(self) -> tuple[float, float]:
        """Plain average of the effects at times from 0 on, an end bin counted once, and its variance."""
        average = ~self.leads / max((~self.leads).sum(), 1)
        return float(average @ self.params), float(average @ self.vcov @ average)

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema.

        ``coefficient``: the event times with pointwise intervals, controls and ``_cons``. ``effect``: the
        same event times with the simultaneous band as interval; ``mean_post``; with
        ``interaction_weighted`` also ``att`` and ``cohort[2015]:event[2]``. ``test``: ``pretrend`` and
        ``posttrend``, joint F of all leads and of all lags (absent if the window has none), df the
        denominator's. ``fit``: those of the regression, ``base_period``, ``sup_t_critical``,
        ``pretrend_terms`` and ``posttrend_terms`` (the numerators' df), ``treated_units``,
        ``never_treated_units``, ``later_treated_units`` (of these, those treated after the last year),
        ``always_treated_units`` (no row before their treatment),
        ``treated_clusters``, ``cohorts``, ``outside_window`` (treated rows beyond the window) and
        ``absent:event[k]`` for each event time of the window that nobody is observed at.
        """
        rows = Rows(study, spec)
        for j, term in enumerate(self.terms):
            rows.add_estimate("coefficient", term, self.params[j], self.vcov[j, j], self.df_resid)
        for j, term in enumerate(self.terms):
            numbers = twfe.inference(self.params[j], self.vcov[j, j], self.df_resid)
            half = self.critical * numbers[1]
            rows.add("effect", term, *numbers[:4], numbers[0] - half, numbers[0] + half, self.df_resid)
        if not self.leads.all():
            rows.add_estimate("effect", "mean_post", *self.mean_post(), self.df_resid)
        if self.att is not None:
            rows.add_estimate("effect", "att", *self.att, self.df_resid)
        for (cohort, time), numbers in self.cohort_effects.items():
            rows.add_estimate("effect", cohort_term(cohort, time), *numbers, self.df_resid)
        for name, which in (("pretrend", self.leads), ("posttrend", ~self.leads)):
            if which.any():
                rows.add_f(name, self.joint_f(which), int(which.sum()), self.df_resid)
                rows.add("fit", f"{name}_terms", which.sum())
        rows.add("fit", "base_period", self.base)
        rows.add("fit", "sup_t_critical", self.critical)
        for term, value in self.flags.items():
            rows.add("fit", term, value)
        table = self.regression.tidy(study, spec)
        events = {*self.terms, *(cohort_term(*cell) for cell in self.cohort_effects)}
        table = table[~((table["kind"] == "coefficient") & table["term"].isin(events))]
        return pd.concat([rows.table(), table], ignore_index=True)


def cohort_term(cohort: int, time: int) -> str:
    """Name of a cohort's effect at an event time."""
    return f"cohort[{cohort}]:event[{time}]"


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    first_year: str,
    window: Sequence[int],
    controls: Sequence[str] = (),
    effects: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    base: int = -1,
    outside: Literal["bin", "omit"] = "bin",
    method: Literal["twfe", "interaction_weighted"] = "twfe",
    weights: str | None = None,
    key: Sequence[str] = ("city", "year"),
    study: str = "",
    spec: str = "",
    seed: int = 0,
) -> EventStudyFit:
    """Estimate effects at each event time k = year - first treated year.

    Parameters
    ----------
    frame : one row a city-year, complete in every column used but ``first_year``
    first_year : column of the first treated year, NaN for cities never treated
    window : [a, b], the event times shown
    base : event time that the others are measured against
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

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if the window or base makes no sense, nobody is treated
        inside the window or observed at the base, ``first_year`` changes within a city, or an event time
        cannot be told from the effects.

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
    where = f"spec {spec!r}: " if spec else ""
    _check_options(window, base, outside, method, where)
    first, year = _first_years(frame, first_year, key, where)
    later = first > year.max(initial=-np.inf)
    first = np.where(later, np.nan, first)
    time = year - first
    treated, never = np.isfinite(first), np.isnan(first)
    city = frame[key[0]].to_numpy()
    _check_times(time, window, base, first_year, where)

    low, high = window
    always = treated & (pd.Series(time).groupby(city).transform("min").to_numpy() >= 0)
    flags: dict[str, float] = {
        "treated_units": len(pd.unique(city[treated])),
        "never_treated_units": len(pd.unique(city[never])),
        "later_treated_units": len(pd.unique(city[later])),
        "always_treated_units": len(pd.unique(city[always])),
        "cohorts": len(np.unique(first[treated])),
        "outside_window": int(((time < low) | (time > high)).sum()),
    }
    if isinstance(cluster, str) and cluster in frame:
        flags["treated_clusters"] = frame.loc[treated, cluster].nunique()
        if flags["treated_clusters"] == 1:
            logging.warning("%sonly one %s is treated; its clustered error means nothing", where, cluster)
    if not flags["never_treated_units"]:
        logging.warning("%sno city is never treated; only cities not yet treated are controls", where)

    shown = np.clip(time, low, high) if outside == "bin" else np.where(time < low, np.nan, time)
    shown = np.where(shown > high, np.nan, shown)
    present = {int(k) for k in np.unique(shown[treated & np.isfinite(shown)])}
    options = {
        "outcome": outcome,
        "effects": effects,
        "cluster": cluster,
        "weights": weights,
        "key": key,
        "spec": spec,
    }
    if method == "twfe":
        found = _two_way(frame, time, shown, present - {base}, outside, window, controls, options, where)
        cells: dict[tuple[int, int], tuple[float, float]] = {}
        att = None
    else:
        found, cells, att = _by_cohort(
            frame, first, time, always, outside, window, base, controls, options, where
        )
    times, terms, params, vcov, regression = found
    fewest = min(regression.clusters.values(), default=len(frame))
    for name, tested in (("pretrend", sum(t < 0 for t in times)), ("posttrend", sum(t >= 0 for t in times))):
        if tested >= fewest:
            logging.warning(
                "%s%s: %d event times cannot be tested together with %d clusters", where, name, tested, fewest
            )
    flags |= {f"absent:event[{k}]": 0.0 for k in range(low, high + 1) if k != base and k not in times}
    rng = random_draws.generator(study, spec, 0, seed=seed)
    return EventStudyFit(
        method=method,
        terms=tuple(terms),
        times=np.array(times, dtype=np.intp),
        params=params,
        vcov=vcov,
        df_resid=regression.df_resid,
        base=base,
        critical=sup_t_critical(vcov, regression.df_resid, rng),
        att=att,
        cohort_effects=cells,
        flags=flags,
        regression=regression,
    )


def sup_t_critical(vcov: Array, df: int, rng: np.random.Generator, *, draws: int = BAND_DRAWS) -> float:
    """Critical value of the simultaneous 95 % band of all estimates.

    Parameters
    ----------
    vcov : (q, q) covariance of the estimates; it may be singular
    df : degrees of freedom of the t distribution
    rng : seeded generator

    Returns
    -------
    float
        NaN if an estimate has no variance; the exact t quantile if q is one.
    """
    sizes = np.sqrt(np.diag(vcov))
    if not (sizes > 0).all():
        return float("nan")
    if len(sizes) == 1:
        return float(stdtrit(df, (1 + LEVEL) / 2))
    eigenvalues, vectors = np.linalg.eigh(vcov / np.outer(sizes, sizes))
    root = vectors * np.sqrt(np.maximum(eigenvalues, 0))
    normal = rng.standard_normal((draws, len(sizes))) @ root.T
    largest = np.abs(normal).max(axis=1) / np.sqrt(rng.chisquare(df, size=draws) / df)
    return float(np.quantile(largest, LEVEL))


def _check_options(window: Sequence[int], base: int, outside: str, method: str, where: str) -> None:
    if len(window) != 2 or window[0] >= window[1]:
        raise EstimationError(f"{where}window {list(window)}: expected two event times, the smaller first")
    if not window[0] <= base <= window[1]:
        raise EstimationError(
            f"{where}base {base} is not in the window {list(window)}; widen it or move base"
        )
    if outside not in ("bin", "omit"):
        raise EstimationError(f"{where}outside must be 'bin' or 'omit', not {outside!r}")
    if method not in ("twfe", "interaction_weighted"):
        raise EstimationError(f"{where}method must be 'twfe' or 'interaction_weighted', not {method!r}")


def _first_years(frame: pd.DataFrame, first_year: str, key: Sequence[str], where: str) -> tuple[Array, Array]:
    """First treated year (NaN never) and year of each row."""
    absent = [name for name in (first_year, *key) if name not in frame]
    if absent:
        raise EstimationError(
            f"{where}the sample has no column {', '.join(absent)}; an event study needs the first treated years of "
            "the study's `treatment`"
        )
    for name in (first_year, key[-1]):
        if frame[name].dtype.kind not in "iuf":
            raise EstimationError(f"{where}{name!r} must hold years, not {frame[name].dtype}")
    first = frame[first_year].to_numpy(dtype=float, na_value=np.nan)
    if not (first[np.isfinite(first)] % 1 == 0).all() or np.isinf(first).any():
        raise EstimationError(f"{where}{first_year!r} must hold whole years; a city never treated has none")
    changing = frame.groupby(key[0])[first_year].nunique(dropna=False)
    if (changing > 1).any():
        city = changing.index[changing > 1][0]
        raise EstimationError(
            f"{where}{first_year!r} changes within {key[0]} {city}; a city has one first year"
        )
    return first, frame[key[-1]].to_numpy(dtype=float)


def _check_times(time: Array, window: Sequence[int], base: int, first_year: str, where: str) -> None:
    if len(time) and not np.isfinite(time).any():
        raise EstimationError(
            f"{where}nobody is treated: {first_year!r} is empty in all {len(time)} rows; check the study's "
            "`treatment`, `where`, and the sample's cities and years"
        )
    if len(time) and np.nanmin(time) >= 0:
        raise EstimationError(
            f"{where}nobody is observed before treatment: {first_year!r} is not after the first year of any "
            "treated city; add earlier years"
        )
    inside = (time >= window[0]) & (time <= window[1])
    if len(time) and not (inside & (time != base)).any():
        seen = f"{np.nanmin(time):g} to {np.nanmax(time):g}"
        raise EstimationError(
            f"{where}no treated city-year lies in the window {list(window)}; event times run from {seen}: move "
            "`window`"
        )
    if len(time) and not (time == base).any():
        raise EstimationError(
            f"{where}no treated city-year is observed at the base {base}; choose another base"
        )


def _terms(times: Sequence[int], seen: Array, outside: str, window: Sequence[int]) -> list[str]:
    """Names of event times; an end of the window is a bin if some event time seen lies beyond it."""
    names = {k: f"event[{k}]" for k in times}
    if outside == "bin" and (seen < window[0]).any():
        names[window[0]] = f"event[<={window[0]}]"
    if outside == "bin" and (seen > window[1]).any():
        names[window[1]] = f"event[>={window[1]}]"
    return [names[k] for k in times]


Found = tuple[list[int], list[str], Array, Array, TwfeFit]


def _regress(
    frame: pd.DataFrame,
    dummies: Mapping[str, Array],
    controls: Sequence[str],
    options: Mapping[str, object],
    where: str,
) -> TwfeFit:
    """The regression on event dummies, which come first, so a collinear control goes and not they."""
    clash = sorted(set(dummies) & set(frame.columns))
    if clash:
        raise EstimationError(f"{where}the sample has columns {', '.join(clash)}; rename them")
    columns = pd.DataFrame(dict(dummies), index=frame.index)
    joined = pd.concat([frame, columns], axis=1)
    regression = twfe.fit(joined, regressors=[*dummies, *controls], **options)  # type: ignore[arg-type]
    lost = {name: reason for name, reason in regression.dropped.items() if name in dummies}
    if lost:
        which = "; ".join(f"{name} is {reason}" for name, reason in lost.items())
        raise EstimationError(
            f"{where}not every event time is identified: {which}. Without cities never treated effects are "
            "known up to a linear trend: bin the ends, narrow the window, or widen the sample"
        )
    without_error = [name for name in dummies if name in regression.without_error]
    if without_error:
        raise EstimationError(f"{where}{twfe.no_error(without_error[0], regression.clusters)}")
    return regression


def _two_way(
    frame: pd.DataFrame,
    time: Array,
    shown: Array,
    present: set[int],
    outside: str,
    window: Sequence[int],
    controls: Sequence[str],
    options: Mapping[str, object],
    where: str,
) -> Found:
    times = sorted(present)
    terms = _terms(times, time, outside, window)
    dummies = {term: (shown == k).astype(float) for k, term in zip(times, terms, strict=True)}
    regression = _regress(frame, dummies, controls, options, where)
    q = len(times)
    return times, terms, regression.params[:q], regression.vcov[:q, :q], regression


def _by_cohort(
    frame: pd.DataFrame,
    first: Array,
    time: Array,
    always: NDArray[np.bool_],
    outside: str,
    window: Sequence[int],
    base: int,
    controls: Sequence[str],
    options: Mapping[str, object],
    where: str,
) -> tuple[Found, dict[tuple[int, int], tuple[float, float]], tuple[float, float]]:
    """Sun and Abraham's estimator: cohort by event time, averaged by the cohorts' shares of rows."""
    used = ~always
    control = np.isnan(first)
    if not (control & used).any():
        last = np.nanmax(first[used]) if used.any() else np.nan
        control = first == last
        used &= time + first < last
    cohort = np.where(control | ~used, np.nan, first)
    cohorts = [int(g) for g in np.unique(cohort[np.isfinite(cohort)])]
    if not cohorts:
        raise EstimationError(
            f"{where}no cohort is left beside the control; interaction_weighted needs one: widen the sample to "
            "cities never treated, or write `method: twfe`"
        )
    without_base = [g for g in cohorts if not ((cohort == g) & (time == base)).any()]
    if without_base:
        raise EstimationError(
            f"{where}cohort {', '.join(map(str, without_base))} is not observed at the base {base}; choose "
            "another base or leave these cities out with `where`"
        )
    cells = [(g, int(k)) for g in cohorts for k in np.unique(time[cohort == g]) if k != base]
    inside = {cell: ((cohort == cell[0]) & (time == cell[1]))[used].astype(float) for cell in cells}
    dummies = {cohort_term(*cell): column for cell, column in inside.items()}
    regression = _regress(frame[used], dummies, controls, options, where)
    weights = options["weights"]
    w = np.ones(int(used.sum())) if weights is None else frame.loc[used, weights].to_numpy(dtype=float)
    sizes = np.array([w @ inside[cell] for cell in cells])
    k = np.array([cell[1] for cell in cells])
    low, high = window
    beyond_base = (k < base) if base == low else (k > base) if base == high else np.zeros(len(k), dtype=bool)
    if outside == "bin" and beyond_base.any():
        raise EstimationError(
            f"{where}base {base} is an end bin; with interaction_weighted it must be one event time: "
            "widen the window"
        )
    where_shown = np.clip(k, low, high) if outside == "bin" else k
    times = [int(t) for t in np.unique(where_shown[(where_shown >= low) & (where_shown <= high)])]
    if not times:
        raise EstimationError(f"{where}no cohort beside the control has rows in the window {list(window)}")
    q = len(cells)
    params, vcov = regression.params[:q], regression.vcov[:q, :q]

    def shares(which: NDArray[np.bool_]) -> Array:
        return which * sizes / (which @ sizes)

    average = np.stack([shares(where_shown == t) for t in times])
    found = (
        times,
        _terms(times, k, outside, window),
        average @ params,
        average @ vcov @ average.T,
        regression,
    )
    effects = {cell: (float(params[j]), float(vcov[j, j])) for j, cell in enumerate(cells)}
    over_all = shares(k >= 0) if (k >= 0).any() else np.full(q, np.nan)
    return found, effects, (float(over_all @ params), float(over_all @ vcov @ over_all))
