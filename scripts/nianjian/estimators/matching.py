"""Propensity-score matching followed by difference-in-differences (PSM-DID).

A logit of ever being treated gives the score; kernel or nearest-neighbour matching gives each control a
weight, as Stata's ``psmatch2`` does; the weighted two-way fixed effects regression gives the effect, and
``pstest``'s standardised biases say how alike the groups became.

References
----------
Leuven, E. & Sianesi, B. (2003). PSMATCH2. Statistical Software Components S432001 (version 4.0.12).
Heckman, J., Ichimura, H. & Todd, P. (1997). Matching as an econometric evaluation estimator. REStud 64.
Rosenbaum, P. & Rubin, D. (1985). Constructing a control group using multivariate matched sampling methods
that incorporate the propensity score. American Statistician 39 (standardised bias).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr

from nianjian.errors import EstimationError
from nianjian.estimators import logit, twfe

Array = NDArray[np.float64]
Unit = Literal["city", "city_year"]
Method = Literal["kernel", "nearest"]
Kernel = Literal["epanechnikov", "gaussian"]
Scale = Literal["score", "index"]
Support = Literal["minmax", "overlap", "none"]
Regression = Literal["weighted", "matched", "common_support"]
FIRST = "first_treated_year"
PRE_TREATMENT = "pre_treatment"
WEIGHT = "_weight"
"""Column of the matching weights in the regression's frame, called as ``psmatch2`` calls it."""
TIE = 1e-12
"""Distances that differ by less are equal: a score's last digits are rounding."""
BLOCK = 2**21
"""Distances that are held at a time."""


@dataclass(frozen=True)
class Matches:
    """Which of N units were matched, and how much each counts.

    Attributes
    ----------
    weights : (N,) array
        ``psmatch2``'s ``_weight`` with zero for missing: one for a matched treated unit; for a control the
        sum of its shares in their matches; zero for all others.
    support : (N,) bool array
        ``psmatch2``'s ``_support``: false for treated units outside the common support or without a match;
        true for controls, unless ``overlap`` cuts them off.
    """

    weights: Array
    support: NDArray[np.bool_]


@dataclass(frozen=True)
class Balance:
    """Treated against controls, covariate by covariate: ``pstest``'s table. All arrays are (k,).

    Attributes
    ----------
    bias_before, bias_after : standardised bias in per cent, 100 (mT - mC) / sqrt((vT + vC) / 2)
        The variances are those of all units, before as after.
    t_before, t_after, p_before, p_after : of the difference of means, from t(df)
    treated_before, treated_after, control_before, control_after : the means themselves
    df_before, df_after : units less two; sum of weights less two
    """

    bias_before: Array
    t_before: Array
    p_before: Array
    df_before: float
    bias_after: Array
    t_after: Array
    p_after: Array
    df_after: float
    treated_before: Array
    control_before: Array
    treated_after: Array
    control_after: Array


@dataclass(frozen=True)
class MatchingFit:
    """A difference-in-differences on matched units.

    Attributes
    ----------
    did : the regression on the matched sample
    logit : the propensity score's model on all units
    matches : weights and support of the units
    treated : (N,) bool array
    units : N labels, cities or (city, year) pairs
    covariates : k names
    balance : before and after matching
    pseudo_r2_after : of the logit on the matched units with their weights; NaN where it has no maximum
    att, att_std_error : ``psmatch2``'s effect on the treated in levels and its error; NaN for cities
    """

    did: twfe.TwfeFit
    logit: logit.LogitFit
    matches: Matches
    treated: NDArray[np.bool_]
    units: pd.Index
    covariates: tuple[str, ...]
    balance: Balance
    pseudo_r2_after: float
    att: float
    att_std_error: float

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema.

        The rows of the regression; ``effect`` rows ``logit[<x>]`` and ``logit[_cons]``, and ``att`` where
        city-years are matched; ``test`` rows ``bias_before[<x>]`` and ``bias_after[<x>]`` (estimate in per
        cent, t, p, df); ``fit`` rows ``mean_treated_before[<x>]`` and the like, ``on_support, off_support`` (units),
        ``treated_units, control_units``
        (with a weight), ``pseudo_r2_before, pseudo_r2_after, mean_bias_before, mean_bias_after`` (of
        absolute values). The pseudo R2 are the logit's; ``pstest`` prints those of a probit.
        """
        rows = twfe.Rows(study, spec)
        model = self.logit
        for j, name in enumerate(model.names):
            rows.add(
                "effect",
                f"logit[{name}]",
                model.params[j],
                model.std_errors[j],
                model.z[j],
                model.p_values[j],
                model.conf_low[j],
                model.conf_high[j],
            )
        if np.isfinite(self.att):
            rows.add("effect", "att", self.att, self.att_std_error, self.att / self.att_std_error)
        b = self.balance
        for j, name in enumerate(self.covariates):
            for when, bias, t, p, df in (
                ("before", b.bias_before, b.t_before, b.p_before, b.df_before),
                ("after", b.bias_after, b.t_after, b.p_after, b.df_after),
            ):
                rows.add("test", f"bias_{when}[{name}]", bias[j], np.nan, t[j], p[j], np.nan, np.nan, df)
            for group in ("treated", "control"):
                for when in ("before", "after"):
                    rows.add("fit", f"mean_{group}_{when}[{name}]", getattr(b, f"{group}_{when}")[j])
        used = self.matches.weights > 0
        for term, value in (
            ("on_support", self.matches.support.sum()),
            ("off_support", (~self.matches.support).sum()),
            ("treated_units", (used & self.treated).sum()),
            ("control_units", (used & ~self.treated).sum()),
            ("pseudo_r2_before", model.pseudo_r2),
            ("pseudo_r2_after", self.pseudo_r2_after),
            ("mean_bias_before", np.abs(b.bias_before).mean()),
            ("mean_bias_after", np.abs(b.bias_after).mean()),
        ):
            rows.add("fit", term, value)
        return pd.concat([self.did.tidy(study, spec), rows.table()], ignore_index=True)


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    covariates: Sequence[str],
    controls: Sequence[str] = (),
    effects: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    unit: Unit = "city",
    period: Literal["pre_treatment"] | Sequence[int] = PRE_TREATMENT,
    method: Method = "kernel",
    kernel: Kernel = "epanechnikov",
    bandwidth: float = 0.06,
    neighbours: int = 1,
    caliper: float | None = None,
    caliper_in_sd: bool = False,
    scale: Scale = "score",
    replacement: bool = True,
    ties: bool = False,
    common_support: Support = "minmax",
    regression: Regression = "weighted",
    first_year: str = FIRST,
    key: tuple[str, str] = ("city", "year"),
    spec: str = "",
) -> MatchingFit:
    """Match cities on their propensity to be treated, then estimate the effect on the matched ones.

    Parameters
    ----------
    frame, outcome, treatment, controls, effects, cluster, key, spec
        As :func:`nianjian.estimators.twfe.fit` takes them.
    covariates : columns that explain who is treated
    unit : ``city`` matches each city once, with all its years; ``city_year`` matches rows, as the papers do
        that pool the years, on covariates that the policy may have moved
    period : years over which a city's covariates are averaged (``unit="city"``)
        ``pre_treatment``, or a first and last year, the same for all cities.
    method, kernel, bandwidth, neighbours, caliper, caliper_in_sd, scale, replacement, ties, common_support
        As :func:`match` takes them.
    regression : ``weighted`` uses the matching weights as analytic weights; ``matched`` drops units without
        a weight and weighs the others alike; ``common_support`` drops units off support only
    first_year : column with a city's first treated year, missing if it has none

    Raises
    ------
    EstimationError
        If an option is unknown or out of range; a column is absent; a key repeats; a city has two first
        treated years, or no year to average a covariate over; fewer than two cities are treated or never
        treated; the logit has no solution; no treated unit finds a control; or the regression on what is
        left raises it.

    Notes
    -----
    ASSUME: without more from the papers, ``pre_treatment`` averages the covariates over the years before a
    city's own first treated year, and over the years before the earliest one for cities never treated;
    years with a gap are left out of the mean.
    ASSUME: a city whose first treated year lies after the last year of the sample is a control.
    The regression's errors take the weights as given, as they do in the papers.
    """
    where = f"spec {spec!r}: " if spec else ""
    _check_options(unit, method, kernel, scale, common_support, regression, where)
    if not covariates:
        raise EstimationError(f"{where}there is no covariate to match on; declare `covariates`")
    # The regression checks its own columns on all rows before any are dropped.
    twfe.prepare(
        frame,
        outcome=outcome,
        regressors=[treatment, *controls],
        effects=effects,
        cluster=cluster,
        treatment=treatment,
        key=key,
        spec=spec,
    )
    frame = frame.iloc[np.lexsort([twfe.codes_of(frame, name) for name in reversed(key)])]
    first = _first_years(frame, covariates, first_year, key, where)
    city = twfe.codes_of(frame, key[0])
    treated, rows_of = np.isfinite(first), city
    if unit == "city_year":
        treated, rows_of = treated[city], np.arange(len(frame))
    for kind, count in (("treated", treated.sum()), ("never treated", (~treated).sum())):
        if count < 2:
            raise EstimationError(
                f"{where}{count} {unit.replace('_', '-')} of {len(treated)} is {kind}; matching needs two of "
                "each kind: check `where`, the sample's cities and years, and the study's `treatment`"
            )
    if unit == "city":
        x = _averages(frame, covariates, first, city, period, key, where)
        units = pd.Index(np.sort(frame[key[0]].unique()), name=key[0])
    else:
        x = frame[list(covariates)].to_numpy(dtype=float, na_value=np.nan)
        units = pd.MultiIndex.from_frame(frame[list(key)])
        _check_gaps(x, covariates, units, where)

    model = logit.fit(treated.astype(float), x, covariates, where=where)
    distance = model.scores if scale == "score" else model.index
    matches = match(
        distance,
        treated,
        method=method,
        kernel=kernel,
        bandwidth=bandwidth,
        neighbours=neighbours,
        caliper=caliper,
        caliper_in_sd=caliper_in_sd,
        replacement=replacement,
        ties=ties,
        common_support=common_support,
        where=where,
    )
    used = matches.weights > 0
    try:
        after = logit.fit(
            treated[used].astype(float), x[used], covariates, weights=matches.weights[used]
        ).pseudo_r2
    except EstimationError:  # few units left may be separable though all are not
        after = float("nan")
    effect = (
        effect_on_treated(twfe.numbers(frame, [outcome])[:, 0], treated, matches)
        if (unit == "city_year")
        else (float("nan"), float("nan"))
    )

    keep = (matches.support if regression == "common_support" else used)[rows_of]
    did = twfe.fit(
        frame[keep].assign(**{WEIGHT: matches.weights[rows_of][keep]}),
        outcome=outcome,
        regressors=[treatment, *controls],
        effects=effects,
        cluster=cluster,
        weights=WEIGHT if regression == "weighted" else None,
        treatment=treatment,
        key=key,
        spec=f"{spec}, matched sample" if spec else "matched sample",
    )
    return MatchingFit(
        did=did,
        logit=model,
        matches=matches,
        treated=treated,
        units=units,
        covariates=tuple(covariates),
        balance=balance(x, treated, matches),
        pseudo_r2_after=after,
        att=effect[0],
        att_std_error=effect[1],
    )


def match(
    distance: Array,
    treated: NDArray[np.bool_],
    *,
    method: Method = "kernel",
    kernel: Kernel = "epanechnikov",
    bandwidth: float = 0.06,
    neighbours: int = 1,
    caliper: float | None = None,
    caliper_in_sd: bool = False,
    replacement: bool = True,
    ties: bool = False,
    common_support: Support = "minmax",
    where: str = "",
) -> Matches:
    """Match treated units to controls on one number.

    Parameters
    ----------
    distance : (N,) array
        What units are compared by: the propensity score (``psmatch2``'s way), or its linear index.
    treated : (N,) bool array
    method : ``kernel`` compares each treated unit with all controls, weighted by nearness; ``nearest`` with
        the ``neighbours`` nearest, equally
    kernel, bandwidth : ``epanechnikov`` reaches as far as the bandwidth, ``gaussian`` to all controls
    neighbours : controls a treated unit
    caliper : a nearest neighbour must be less than this away; None: any distance
    caliper_in_sd : the caliper counts standard deviations of ``distance`` over all units
    replacement : a control may serve several treated units
        Without it treated units choose in descending order of ``distance``, a second neighbour after all
        have their first (MatchIt's default). psmatch2 goes up the score and never back, so that its
        pairs can be farther apart.
    ties : keep all controls as near as the last neighbour (R's Matching; psmatch2's ``ties`` for one
        neighbour). Otherwise the lower ``distance`` is taken first and then the unit named first, as
        psmatch2 does for one neighbour.
    common_support : ``minmax`` leaves out treated units below the least or above the largest control
        (psmatch2's ``common``); ``overlap`` also controls outside the range of the treated; ``none``

    Returns
    -------
    Matches
        A treated unit with fewer neighbours within the caliper shares its weight among those it has.

    Raises
    ------
    EstimationError
        If a number is out of range or no treated unit finds a control.
    """
    for name, value in (("bandwidth", bandwidth), ("caliper", caliper), ("neighbours", neighbours)):
        if value is not None and not value > 0:
            raise EstimationError(f"{where}{name} must be above zero, not {value}")
    if neighbours != int(neighbours):
        raise EstimationError(f"{where}neighbours must be a whole number, not {neighbours}")
    if ties and not replacement:
        raise EstimationError(f"{where}ties are kept only with replacement; leave out one of the two")
    support = np.ones(len(treated), dtype=bool)
    for side in {"minmax": [True], "overlap": [True, False], "none": []}[common_support]:
        other = distance[treated != side]
        support &= (treated != side) | ((distance >= other.min()) & (distance <= other.max()))
    t, c = np.flatnonzero(treated & support), np.flatnonzero(~treated & support)
    reach = np.inf if caliper is None else caliper * (distance.std(ddof=1) if caliper_in_sd else 1.0)
    weights = np.zeros(len(treated))
    found = np.zeros(len(t), dtype=bool)
    if len(t) and len(c):
        # A stable order: ties go to the lower distance, then to the unit that stands first.
        c = c[np.argsort(distance[c], kind="stable")]
        if method == "nearest" and not replacement:
            share, found = _without_replacement(distance[t], distance[c], int(neighbours), reach)
            weights[c] = share
        else:
            width = max(1, BLOCK // len(c))
            for start in range(0, len(t), width):
                gap = np.abs(distance[t[start : start + width], None] - distance[c])
                if method == "kernel":
                    shares = _kernel(gap / bandwidth, kernel)
                else:
                    shares = _nearest(gap, int(neighbours), reach, ties)
                total = shares.sum(axis=1)
                some = total > 0
                found[start : start + width] = some
                weights[c] += (shares[some] / total[some, None]).sum(axis=0)
    if not found.any():
        low, high = distance[~treated].min(), distance[~treated].max()
        least, most = distance[treated].min(), distance[treated].max()
        raise EstimationError(
            f"{where}no treated unit finds a control: the treated lie at {least:.4g} to {most:.4g}, the "
            f"controls at {low:.4g} to {high:.4g}; widen the bandwidth or caliper, use fewer covariates or "
            "write `common_support: none`"
        )
    weights[t[found]] = 1.0
    support[t[~found]] = False
    return Matches(weights=weights, support=support)


def balance(x: Array, treated: NDArray[np.bool_], matches: Matches) -> Balance:
    """Standardised biases and t-tests of (N, k) covariates before and after matching."""
    spread = np.sqrt((x[treated].var(axis=0, ddof=1) + x[~treated].var(axis=0, ddof=1)) / 2)
    numbers, shown = [], []
    for w in (np.ones(len(x)), matches.weights):
        totals = [w[group].sum() for group in (treated, ~treated)]
        means = [np.average(x[group], axis=0, weights=w[group]) for group in (treated, ~treated)]
        fitted = np.where(treated[:, None], *means)
        df = float(sum(totals)) - 2
        gap = means[0] - means[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = w @ (x - fitted) ** 2 / df
            t = gap / np.sqrt(variance * (1 / totals[0] + 1 / totals[1]))
        numbers += [100 * gap / spread, t, 2 * stdtr(df, -np.abs(t)), df]
        shown += means
    return Balance(*numbers, *shown)


def effect_on_treated(y: Array, treated: NDArray[np.bool_], matches: Matches) -> tuple[float, float]:
    """``psmatch2``'s effect on the treated and its error, which takes the score as known.

    With n matched treated units and control weights w: mean difference, and
    sqrt(var(y | treated) / n + var(y | matched controls) * sum(w^2) / n^2).
    """
    used = matches.weights > 0
    w = matches.weights[used & ~treated]
    y1, y0 = y[used & treated], y[used & ~treated]
    n = len(y1)
    att = y1.mean() - w @ y0 / w.sum()
    if len(y0) < 2 or n < 2:
        return float(att), float("nan")
    return float(att), float(np.sqrt(y1.var(ddof=1) / n + y0.var(ddof=1) * (w @ w) / n**2))


def _kernel(u: Array, kernel: Kernel) -> Array:
    if kernel == "gaussian":
        return np.exp(-(u**2) / 2)
    return np.maximum(1 - u**2, 0.0)


def _nearest(gap: Array, neighbours: int, reach: float, ties: bool) -> Array:
    """One for each neighbour of each row; columns come in order of preference among equals."""
    k = min(neighbours, gap.shape[1])
    if ties:
        last = np.partition(gap, k - 1, axis=1)[:, k - 1 : k]
        return ((gap <= last + TIE) & (gap < reach)).astype(float)
    chosen = np.argsort(gap, axis=1, kind="stable")[:, :k]
    shares = np.zeros_like(gap)
    np.put_along_axis(shares, chosen, (np.take_along_axis(gap, chosen, axis=1) < reach).astype(float), axis=1)
    return shares


def _without_replacement(
    t: Array, c: Array, neighbours: int, reach: float
) -> tuple[Array, NDArray[np.bool_]]:
    """Weights of controls in ascending order, and which treated units found one."""
    free = np.ones(len(c), dtype=bool)
    partner = np.full((len(t), neighbours), -1)
    for turn in range(neighbours):
        for i in np.argsort(-t, kind="stable"):
            gap = np.where(free, np.abs(c - t[i]), np.inf)
            j = int(np.argmin(gap))
            if gap[j] < reach:
                partner[i, turn], free[j] = j, False
    count = (partner >= 0).sum(axis=1)
    weights = np.zeros(len(c))
    for i, turn in np.argwhere(partner >= 0):
        weights[partner[i, turn]] = 1 / count[i]
    return weights, count > 0


def _first_years(
    frame: pd.DataFrame, covariates: Sequence[str], first_year: str, key: tuple[str, str], where: str
) -> Array:
    """First treated year of each city in the order of their codes, ``inf`` without one in the sample."""
    absent = [name for name in (first_year, *covariates) if name not in frame]
    if absent:
        raise EstimationError(
            f"{where}the sample has no column {', '.join(absent)}; declare it under variables or correct the "
            "name"
        )
    text = [name for name in covariates if frame[name].dtype.kind not in "iufb"]
    if text:
        raise EstimationError(
            f"{where}covariate {', '.join(text)} is not numeric; make dummy variables of it"
        )
    if len(set(covariates)) < len(covariates):
        raise EstimationError(f"{where}a covariate is named twice in {list(covariates)}")
    grouped = frame.groupby(key[0], sort=True)[first_year]
    values = grouped.nunique(dropna=False)
    if (values > 1).any():
        raise EstimationError(
            f"{where}{key[0]} {values.index[values > 1][0]} has several values of {first_year!r}; a city adopts "
            "once"
        )
    first = grouped.first().to_numpy(dtype=float, na_value=np.nan)
    return np.where(first <= frame[key[1]].max(), first, np.inf)


def _averages(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    first: Array,
    city: NDArray[np.intp],
    period: str | Sequence[int],
    key: tuple[str, str],
    where: str,
) -> Array:
    """(N, k) means of the covariates over each city's period."""
    year = frame[key[1]].to_numpy()
    if isinstance(period, str):
        if period != PRE_TREATMENT:
            raise EstimationError(
                f"{where}period {period!r} is unknown; write {PRE_TREATMENT} or a first and last year"
            )
        cities = np.sort(frame[key[0]].unique())
        earliest = frame.groupby(key[0], sort=True)[key[1]].min().to_numpy()
        always = np.isfinite(first) & (earliest >= first)
        if always.any():
            raise EstimationError(
                f"{where}{always.sum()} of {np.isfinite(first).sum()} treated cities have no year before "
                f"treatment, first {cities[always][0]}; leave them out with `where` or declare a `period`"
            )
        end = np.where(np.isfinite(first), first, first.min())
        inside, when = year < end[city], "before treatment"
    else:
        if len(period) != 2 or period[0] > period[1]:
            raise EstimationError(f"{where}period {list(period)} must be a first and a last year")
        low, high = period
        inside, when = (year >= low) & (year <= high), f"in {low} to {high}"
    chosen = frame.loc[inside, [key[0], *covariates]].groupby(key[0], sort=True).mean()
    means = chosen.reindex(np.sort(frame[key[0]].unique()))
    x = means.to_numpy(dtype=float, na_value=np.nan)
    _check_gaps(x, covariates, means.index, where, when)
    return x


def _check_gaps(
    x: Array, covariates: Sequence[str], units: pd.Index, where: str, when: str = "in the sample"
) -> None:
    gaps = ~np.isfinite(x)
    if gaps.any():
        labels = [" ".join(map(str, unit)) if isinstance(unit, tuple) else str(unit) for unit in units]
        what = ", ".join(
            f"{name} in {count} (first {labels[int(gaps[:, j].argmax())]})"
            for j, (name, count) in enumerate(zip(covariates, gaps.sum(axis=0), strict=True))
            if count
        )
        raise EstimationError(
            f"{where}covariates have no value {when}: {what}; fill them in the sample, leave these units out "
            "with `where`, or declare another `period`"
        )


def _check_options(
    unit: str, method: str, kernel: str, scale: str, common_support: str, regression: str, where: str
) -> None:
    for option, value, allowed in (
        ("unit", unit, get_args(Unit)),
        ("method", method, get_args(Method)),
        ("kernel", kernel, get_args(Kernel)),
        ("scale", scale, get_args(Scale)),
        ("common_support", common_support, get_args(Support)),
        ("regression", regression, get_args(Regression)),
    ):
        if value not in allowed:
            raise EstimationError(f"{where}{option} {value!r} is unknown; write one of {', '.join(allowed)}")
