"""Propensity-score matching followed by difference-in-differences (PSM-DID).

A logit of ever being treated gives the score; kernel or nearest-neighbour matching gives each control a
weight, as Stata's ``psmatch2`` does (:mod:`nianjian.numerics.matches`), among all units or within each year; or entropy
balancing weighs the controls (:mod:`nianjian.numerics.entropy_balance`), which needs no score. The weighted two-way fixed
effects regression gives the effect, and ``pstest``'s standardised biases (:mod:`nianjian.numerics.balance`) say how alike
the groups became, over all and year by year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.estimators import logit, twfe
from nianjian.estimators.adoption import FIRST
from nianjian.estimators.covariates import PRE_TREATMENT, Period, Unit, Units, units_of
from nianjian.estimators.prepare import context_of, in_key_order, numbers, prepare
from nianjian.estimators.selection import Propensity, Rule, Scale, Selection, select, years_of
from nianjian.numerics import Array, Mask
from nianjian.numerics.balance import Balance, balance
from nianjian.numerics.entropy_balance import Moments
from nianjian.numerics.matches import Kernel, Matches, Seekers, Support, effect_on_treated

Method = Literal["kernel", "nearest", "entropy"]
Within = Literal["year"]
Status = Literal["ever", "current"]
Regression = Literal["weighted", "matched", "common_support"]
WEIGHT = "_weight"
"""Column of the matching weights in the regression's frame, called as ``psmatch2`` calls it."""

EVEN = 1e-7
"""A bias in per cent below this is rounding: entropy balancing leaves none."""


@dataclass(frozen=True)
class MatchingFit:
    """A difference-in-differences on matched units.

    Attributes
    ----------
    did : the regression on the matched sample
    logits : the propensity score's model by year, that of all units under None; none with entropy balancing
    matches : weights and support of the units
    treated : (N,) bool array
    units : N labels, cities or (city, year) pairs
    covariates : k names
    before, after : balance of the covariates before and after matching
    pseudo_r2_after : of the logit on the matched units with their weights; NaN where it has no maximum
    att, att_std_error : ``psmatch2``'s effect on the treated in levels and its standard error; NaN for cities
    whole : whether the regression uses every row, all alike (1), every row with weights that differ (2), or not (0)
    by_year : balance before and after of city-years, by year; where a group has fewer than two units there is none
    without_support : years of which no unit is used, with the reason
    """

    did: twfe.TwfeFit
    logits: Mapping[int | None, logit.LogitFit]
    matches: Matches
    treated: Mask
    units: pd.Index
    covariates: tuple[str, ...]
    before: Balance
    after: Balance
    pseudo_r2_after: float
    att: float
    att_std_error: float
    whole: int = 0
    by_year: Mapping[int, tuple[Balance, Balance | None]] = field(default_factory=dict)
    without_support: Mapping[int, str] = field(default_factory=dict)

    @property
    def logit(self) -> logit.LogitFit:
        """The propensity score's model on all units."""
        return self.logits[None]

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        The rows of the regression; ``effect`` rows ``logit`` of each covariate and the constant, by year where each has its
        own, and ``att`` where city-years are matched; ``test`` rows ``bias`` of each covariate (estimate in per cent, t, p,
        df); ``fit`` rows ``mean_treated`` and ``mean_control`` of each covariate, ``pseudo_r2`` and ``mean_bias`` (of
        absolute values), all in the groups ``before`` and ``after``; ``on_support, off_support`` (units), ``treated_units,
        control_units`` (with a weight), ``whole_sample`` (1: all rows, all alike; 2: all rows, weights differ; else 0). The
        pseudo R2 are the logit's; ``pstest`` prints those of a probit. Of city-years also, by year: ``bias``,
        ``matched_treated``, ``matched_controls``, and ``year_without_support`` of each year left out, with the reason as group.
        """
        rows = Rows(study, spec)
        self._add_logits(rows)
        if np.isfinite(self.att):
            rows.add("effect", "att", self.att, self.att_std_error, self.att / self.att_std_error)
        samples = {"before": self.before, "after": self.after}
        for j, name in enumerate(self.covariates):
            for group, own in samples.items():
                _add_bias(rows, own, j, variable=name, group=group)
            for which in ("treated", "control"):
                for group, own in samples.items():
                    mean = getattr(own, which)[j]
                    rows.add("fit", f"mean_{which}", mean, variable=name, group=group)
        used = self.matches.weights > 0
        rows.add_fits(
            {
                "on_support": self.matches.support.sum(),
                "off_support": (~self.matches.support).sum(),
                "treated_units": (used & self.treated).sum(),
                "control_units": (used & ~self.treated).sum(),
                "whole_sample": self.whole,
            }
        )
        for group, own in samples.items():
            mean = float(np.abs(own.bias).mean())
            rows.add("fit", "mean_bias", 0.0 if mean < EVEN else mean, group=group)
        self._add_years(rows, used)
        return pd.concat([self.did.tidy(study, spec), rows.table()], ignore_index=True)

    def _add_logits(self, rows: Rows) -> None:
        """Coefficients and pseudo R2 of the propensity score's models."""
        for year, model in self.logits.items():
            for j, name in enumerate(model.names):
                ends = (model.conf_low[j], model.conf_high[j])
                values = (model.params[j], model.std_errors[j], model.z[j], model.p_values[j], *ends)
                rows.add("effect", "logit", *values, variable=name, year=year)
            rows.add("fit", "pseudo_r2", model.pseudo_r2, group="before", year=year)
        if None in self.logits:
            rows.add("fit", "pseudo_r2", self.pseudo_r2_after, group="after")

    def _add_years(self, rows: Rows, used: Mask) -> None:
        """What matching did in each year."""
        for year, (before, after) in self.by_year.items():
            for j, name in enumerate(self.covariates):
                _add_bias(rows, before, j, variable=name, group="before", year=year)
                if after is not None:
                    _add_bias(rows, after, j, variable=name, group="after", year=year)
            at = used & (np.asarray(self.units.get_level_values(1)) == year)
            rows.add("fit", "matched_treated", (at & self.treated).sum(), year=year)
            rows.add("fit", "matched_controls", (at & ~self.treated).sum(), year=year)
        for year, reason in self.without_support.items():
            rows.add("fit", "year_without_support", 1.0, group=reason, year=year)


def _add_bias(rows: Rows, own: Balance, j: int, **of: str | int) -> None:
    """A covariate's standardised bias; none where it does not vary."""
    bias, t, p = own.bias[j], own.t[j], own.p_values[j]
    if abs(bias) < EVEN:
        bias, t, p = 0.0, 0.0, 1.0
    if np.isfinite(bias) or "year" not in of:
        numbers = (bias, np.nan, t, p, np.nan, np.nan, own.df)
        rows.add("test", "bias", *numbers, **of)


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    covariates: Sequence[str],
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    unit: Unit = "city",
    status: Status = "ever",
    period: Period = PRE_TREATMENT,
    method: Method = "kernel",
    moments: Moments = "means",
    within: Within | None = None,
    propensity: Propensity = "within",
    kernel: Kernel = "epanechnikov",
    scale: Scale = "score",
    common_support: Support = "minmax",
    seekers: Seekers = "treated",
    regression: Regression = "weighted",
    first_year: str = FIRST,
    key: tuple[str, str] = ("city", "year"),
    spec: str = "",
    inference: twfe.Inferred | None = None,
    **matching: Any,
) -> MatchingFit:
    """Match cities on their propensity to be treated, then estimate the effect on the matched ones.

    Parameters
    ----------
    frame, outcome, treatment, controls, absorb, cluster, key, spec, inference
        As :func:`nianjian.estimators.twfe.fit` takes them.
    covariates : columns that explain who is treated
    unit : ``city`` matches each city once, with all its years; ``city_year`` matches rows, as the papers do
        that pool the years, on covariates that the policy may have moved
    status : who is treated (``unit="city_year"``)
        ``ever``: all rows of cities that ever are; ``current``: rows in which the treatment is 1, as psmatch2 has it when it is
        given the dummy of the regression.
    period : years over which a city's covariates are averaged (``unit="city"``)
        ``pre_treatment``, or a first and last year, the same for all cities.
    method : ``kernel`` and ``nearest`` match; ``entropy`` weighs all controls until their moments are those of the treated
    moments : that entropy balancing makes equal: means; variances too; skewness too
    within : ``year`` compares city-years with those of their own year alone (``unit="city_year"``)
    propensity : the logit of each year, or one of all years (``pooled``), where units are matched within years
    scale : what units are compared by: the propensity score or its linear index
    regression : ``weighted`` uses the matching weights as analytic weights; ``matched`` drops units without
        a weight and weighs the others alike; ``common_support`` drops units off support only
    first_year : column with a city's first treated year, missing if it has none
    kernel, common_support, seekers, matching
        As :func:`nianjian.numerics.matches.match` takes them: bandwidth, neighbours, caliper, caliper_in_sd,
        replacement, ties.

    Raises
    ------
    EstimationError
        If a column is absent; a key repeats; a city has two first
        treated years, or no year to average a covariate over; fewer than two cities are treated or never
        treated; the logit has no solution; no treated unit finds a control; no weights balance a covariate; within years, none
        of them has support; or the regression on what is left raises it.

    Notes
    -----
    ASSUME: without more from the papers, ``pre_treatment`` averages the covariates over the years before a
    city's own first treated year, and over the years before the earliest one for cities never treated;
    years with a gap are left out of the mean.
    The regression's errors take the weights as given, as they do in the papers; so do all other kinds of inference, whose
    draws, if any, match nothing anew.
    ASSUME: within years, a year whose logit has no solution, in which no treated unit finds a control, or whose controls cannot
    be balanced is left out and said; the other years stand.
    """
    context = context_of(spec)
    model: dict[str, Any] = {
        "outcome": outcome,
        "regressors": [treatment, *controls],
        "absorb": absorb,
        "cluster": cluster,
        "treatment": treatment,
        "key": key,
    }
    # The regression checks its own columns on all rows before any are dropped.
    prepare(frame, **model, spec=spec)
    frame, _ = in_key_order(frame, key)
    units = units_of(
        frame, covariates, unit=unit, period=period, first_year=first_year, key=key, context=context,
        current=treatment if status == "current" else None,
    )  # fmt: skip
    support = "overlap" if (seekers, common_support) == ("all", "minmax") else common_support
    options = {"kernel": kernel, "common_support": support} | matching
    rule = Rule(method, within == "year", propensity, scale, moments, options | {"seekers": seekers})
    return _matched(frame, units, covariates, rule, model | {"inference": inference}, regression, spec)


def _matched(
    frame: pd.DataFrame,
    units: Units,
    covariates: Sequence[str],
    rule: Rule,
    model: dict[str, Any],
    regression: Regression,
    spec: str,
) -> MatchingFit:
    """Choose units, estimate on them, and say how alike they are; ``model`` are keywords of the regression."""
    context = context_of(spec)
    chosen = select(units, covariates, rule, context)
    matches, pooled, nan = chosen.matches, units.labels.nlevels == 2, float("nan")
    att, std_error = (
        _att(frame, units, covariates, rule, model["outcome"], chosen, context) if pooled else (nan, nan)
    )
    did, whole = _regression(frame, units, matches, regression, model, spec)
    return MatchingFit(
        did=did,
        logits=chosen.logits,
        matches=matches,
        treated=units.treated,
        units=units.labels,
        covariates=tuple(covariates),
        before=balance(units.x, units.treated, np.ones(len(units.x))),
        after=balance(units.x, units.treated, matches.weights),
        pseudo_r2_after=_pseudo_r2(units, covariates, matches.weights) if None in chosen.logits else nan,
        att=att,
        att_std_error=std_error,
        whole=whole,
        by_year=_by_year(units, matches.weights) if pooled else {},
        without_support=chosen.without_support,
    )


def _att(
    frame: pd.DataFrame,
    units: Units,
    covariates: Sequence[str],
    rule: Rule,
    outcome: str,
    chosen: Selection,
    context: str,
) -> tuple[float, float]:
    """``psmatch2``'s effect on the treated, for which the treated alone seek."""
    if rule.matching["seekers"] == "all":
        alone = {key: value for key, value in rule.matching.items() if key != "seekers"}
        chosen = select(units, covariates, replace(rule, matching=alone), context)
    return effect_on_treated(numbers(frame, [outcome])[:, 0], units.treated, chosen.matches)


def _by_year(units: Units, weights: Array) -> dict[int, tuple[Balance, Balance | None]]:
    """Balance of the city-years of each year that has two units of each kind, and of those with a weight."""
    found: dict[int, tuple[Balance, Balance | None]] = {}
    year = years_of(units)
    for one in np.unique(year):
        at = year == one
        x, treated, w = units.x[at], units.treated[at], weights[at]
        if min(treated.sum(), (~treated).sum()) < 2:
            continue
        used = min((w[treated] > 0).sum(), (w[~treated] > 0).sum()) > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            before = balance(x, treated, np.ones(len(x)))
            found[int(one)] = before, balance(x, treated, w) if used else None
    return found


def _pseudo_r2(units: Units, covariates: Sequence[str], weights: Array) -> float:
    """Pseudo R2 of the logit on the matched units; NaN where it has no maximum."""
    used = weights > 0
    try:
        return logit.fit(
            units.treated[used].astype(float), units.x[used], covariates, weights=weights[used]
        ).pseudo_r2
    except EstimationError:  # few units left may be separable though all are not
        return float("nan")


def _regression(
    frame: pd.DataFrame,
    units: Units,
    matches: Matches,
    regression: Regression,
    model: dict[str, Any],
    spec: str,
) -> tuple[twfe.TwfeFit, int]:
    """The difference-in-differences on the units that the matching leaves, with its weights or without; and whether that is
    the whole sample, see :attr:`MatchingFit.whole`."""
    kept = matches.support if regression == "common_support" else matches.weights > 0
    rows, weighted = kept[units.of_rows], regression == "weighted"
    weights = matches.weights[units.of_rows][rows]
    fitted = twfe.fit(
        frame[rows].assign(**{WEIGHT: weights}),
        **model,
        weights=WEIGHT if weighted else None,
        spec=f"{spec}, matched sample" if spec else "matched sample",
    )
    alike = not weighted or bool(np.ptp(weights) <= 1e-12 * weights.max())
    return fitted, 0 if not rows.all() else 1 if alike else 2
