"""Propensity-score matching followed by difference-in-differences (PSM-DID).

A logit of ever being treated gives the score; kernel or nearest-neighbour matching gives each control a
weight, as Stata's ``psmatch2`` does (:mod:`nianjian.numerics.matches`); the weighted two-way fixed effects
regression gives the effect, and ``pstest``'s standardised biases (:mod:`nianjian.numerics.balance`) say how alike
the groups became.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.estimators import logit, twfe
from nianjian.estimators.adoption import FIRST
from nianjian.estimators.covariates import PRE_TREATMENT, Period, Unit, Units, units_of
from nianjian.estimators.prepare import context_of, in_key_order, numbers, prepare
from nianjian.numerics import Array, Mask
from nianjian.numerics.balance import Balance, balance
from nianjian.numerics.matches import (
    Kernel,
    Matches,
    Method,
    Seekers,
    Support,
    effect_on_treated,
    match,
)

Scale = Literal["score", "index"]
Status = Literal["ever", "current"]
Regression = Literal["weighted", "matched", "common_support"]
WEIGHT = "_weight"
"""Column of the matching weights in the regression's frame, called as ``psmatch2`` calls it."""


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
    before, after : balance of the covariates before and after matching
    pseudo_r2_after : of the logit on the matched units with their weights; NaN where it has no maximum
    att, att_std_error : ``psmatch2``'s effect on the treated in levels and its standard error; NaN for cities
    """

    did: twfe.TwfeFit
    logit: logit.LogitFit
    matches: Matches
    treated: Mask
    units: pd.Index
    covariates: tuple[str, ...]
    before: Balance
    after: Balance
    pseudo_r2_after: float
    att: float
    att_std_error: float

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        The rows of the regression; ``effect`` rows ``logit`` of each covariate and the constant, and ``att`` where
        city-years are matched; ``test`` rows ``bias`` of each covariate (estimate in per cent, t, p, df); ``fit``
        rows ``mean_treated`` and ``mean_control`` of each covariate, ``pseudo_r2`` and ``mean_bias`` (of absolute
        values), all in the groups ``before`` and ``after``; ``on_support, off_support`` (units), ``treated_units,
        control_units`` (with a weight). The pseudo R2 are the logit's; ``pstest`` prints those of a probit.
        """
        rows = Rows(study, spec)
        model = self.logit
        for j, name in enumerate(model.names):
            ends = (model.conf_low[j], model.conf_high[j])
            values = (model.params[j], model.std_errors[j], model.z[j], model.p_values[j], *ends)
            rows.add("effect", "logit", *values, variable=name)
        if np.isfinite(self.att):
            rows.add("effect", "att", self.att, self.att_std_error, self.att / self.att_std_error)
        samples = {"before": self.before, "after": self.after}
        for j, name in enumerate(self.covariates):
            for group, own in samples.items():
                test = (own.bias[j], np.nan, own.t[j], own.p_values[j], np.nan, np.nan, own.df)
                rows.add("test", "bias", *test, variable=name, group=group)
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
            }
        )
        rows.add("fit", "pseudo_r2", model.pseudo_r2, group="before")
        rows.add("fit", "pseudo_r2", self.pseudo_r2_after, group="after")
        for group, own in samples.items():
            rows.add("fit", "mean_bias", np.abs(own.bias).mean(), group=group)
        return pd.concat([self.did.tidy(study, spec), rows.table()], ignore_index=True)


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
    scale : what units are compared by: the propensity score or its linear index
    regression : ``weighted`` uses the matching weights as analytic weights; ``matched`` drops units without
        a weight and weighs the others alike; ``common_support`` drops units off support only
    first_year : column with a city's first treated year, missing if it has none
    method, kernel, common_support, seekers, matching
        As :func:`nianjian.numerics.matches.match` takes them: bandwidth, neighbours, caliper, caliper_in_sd,
        replacement, ties.

    Raises
    ------
    EstimationError
        If a column is absent; a key repeats; a city has two first
        treated years, or no year to average a covariate over; fewer than two cities are treated or never
        treated; the logit has no solution; no treated unit finds a control; or the regression on what is
        left raises it.

    Notes
    -----
    ASSUME: without more from the papers, ``pre_treatment`` averages the covariates over the years before a
    city's own first treated year, and over the years before the earliest one for cities never treated;
    years with a gap are left out of the mean.
    The regression's errors take the weights as given, as they do in the papers; so do all other kinds of inference, whose
    draws, if any, match nothing anew.
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
    score = logit.fit(units.treated.astype(float), units.x, covariates, context=context)
    distance = score.scores if scale == "score" else score.index
    support = "overlap" if (seekers, common_support) == ("all", "minmax") else common_support
    options = {"method": method, "kernel": kernel, "common_support": support} | matching
    matches = match(distance, units.treated, **options, seekers=seekers, context=context)
    of_treated = matches if seekers == "treated" else match(distance, units.treated, **options)
    att, std_error = _att(numbers(frame, [outcome])[:, 0], units.treated, of_treated, unit)
    return MatchingFit(
        did=_regression(frame, units, matches, regression, model | {"inference": inference}, spec),
        logit=score,
        matches=matches,
        treated=units.treated,
        units=units.labels,
        covariates=tuple(covariates),
        before=balance(units.x, units.treated, np.ones(len(units.x))),
        after=balance(units.x, units.treated, matches.weights),
        pseudo_r2_after=_pseudo_r2(units, covariates, matches.weights),
        att=att,
        att_std_error=std_error,
    )


def _att(y: Array, treated: Mask, matches: Matches, unit: Unit) -> tuple[float, float]:
    """Effect on the treated in levels and its error; NaN for cities."""
    return effect_on_treated(y, treated, matches) if unit == "city_year" else (np.nan, np.nan)


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
) -> twfe.TwfeFit:
    """The difference-in-differences on the units that the matching leaves, with its weights or without."""
    kept = matches.support if regression == "common_support" else matches.weights > 0
    rows = kept[units.of_rows]
    return twfe.fit(
        frame[rows].assign(**{WEIGHT: matches.weights[units.of_rows][rows]}),
        **model,
        weights=WEIGHT if regression == "weighted" else None,
        spec=f"{spec}, matched sample" if spec else "matched sample",
    )
