"""Which units stand for the treated and how much each counts: by matching on the propensity score, or by entropy balancing.

All units at once, or within each year: then a unit is compared with units of its own year alone, by a logit of that year or
one of all years, and a caliper in standard deviations counts those of that year.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from nianjian.errors import EstimationError
from nianjian.estimators import logit
from nianjian.estimators.covariates import Units
from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.entropy_balance import Moments, balancing_weights
from nianjian.numerics.matches import Matches, match

Scale = Literal["score", "index"]
Propensity = Literal["within", "pooled"]
ENTROPY = "entropy"


@dataclass(frozen=True)
class Rule:
    """How units are chosen.

    Attributes
    ----------
    method : ``entropy``, or a method of :func:`nianjian.numerics.matches.match`
    by_year : units are compared with those of their own year alone
    propensity : a logit of each year (``within``), or one of all
    scale : what units are compared by
    moments : that entropy balancing makes equal
    matching : other options of :func:`nianjian.numerics.matches.match`
    """

    method: str
    by_year: bool = False
    propensity: Propensity = "within"
    scale: Scale = "score"
    moments: Moments = "means"
    matching: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Selection:
    """What was chosen.

    Attributes
    ----------
    matches : weights and support of all units
    logits : year to its logit; that of all units under None; none with entropy balancing
    without_support : year to the reason why none of its units is used: ``one_kind``, ``logit``, ``no_match``, ``not_balanced``
    """

    matches: Matches
    logits: Mapping[int | None, logit.LogitFit]
    without_support: Mapping[int, str]


class _NoSupport(Exception):
    """Why a year is left out, with the message that says more."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def select(units: Units, covariates: Sequence[str], rule: Rule, context: str) -> Selection:
    """Choose units.

    Parameters
    ----------
    units : city-years where ``rule.by_year``
    covariates : names of the columns of ``units.x``
    context : what stands before a message

    Raises
    ------
    EstimationError
        Without years, as the logit, the matching and the balancing raise it; by year, if no year at all has support.
    """
    own_logit = rule.method != ENTROPY and rule.by_year and rule.propensity == "within"
    logits: dict[int | None, logit.LogitFit] = {}
    if rule.method != ENTROPY and not own_logit:
        logits[None] = logit.fit(units.treated.astype(float), units.x, covariates, context=context)
    weights, support = np.zeros(len(units.x)), np.zeros(len(units.x), dtype=bool)
    without: dict[int, str] = {}
    told = ""
    for year, at in _groups(units, rule):
        where = context if year is None else f"{context}{year}: "
        x, treated = units.x[at], units.treated[at]
        try:
            if own_logit:
                logits[year] = _logit_of(x, treated, covariates, where)
            found = _chosen(x, treated, covariates, rule, _distance(logits, year, at, rule), where)
        except _NoSupport as reason:
            if year is None:
                raise EstimationError(str(reason)) from reason
            logits.pop(year, None)
            without[year], told = reason.reason, told or str(reason)
            logging.warning("%s; no city-year of %d is used", reason, year)
            continue
        weights[at], support[at] = found.weights, found.support
    if not support.any():
        raise EstimationError(f"{context}no year has treated units and controls alike: {told}")
    return Selection(Matches(weights, support), logits, without)


def years_of(units: Units) -> Array:
    """(N,) year of each unit, which must be a city-year."""
    return np.asarray(units.labels.get_level_values(1), dtype=float)


def _groups(units: Units, rule: Rule) -> Iterator[tuple[int | None, Codes]]:
    """Positions of the units that are compared with each other."""
    if not rule.by_year:
        yield None, np.arange(len(units.x))
        return
    year = years_of(units)
    for one in np.unique(year):
        yield int(one), np.flatnonzero(year == one)


def _logit_of(x: Array, treated: Mask, covariates: Sequence[str], context: str) -> logit.LogitFit:
    if treated.all() or not treated.any():
        kind = "treated" if treated.all() else "a control"
        raise _NoSupport("one_kind", f"{context}every unit is {kind}")
    try:
        return logit.fit(treated.astype(float), x, covariates, context=context)
    except EstimationError as error:
        raise _NoSupport("logit", str(error)) from error


def _distance(
    logits: Mapping[int | None, logit.LogitFit], year: int | None, at: Codes, rule: Rule
) -> Array | None:
    """What the units are compared by; nothing with entropy balancing."""
    if not logits:
        return None
    own = logits.get(year)
    fitted = own if own is not None else logits[None]
    values = fitted.scores if rule.scale == "score" else fitted.index
    return values if own is not None else values[at]


def _chosen(
    x: Array, treated: Mask, covariates: Sequence[str], rule: Rule, distance: Array | None, context: str
) -> Matches:
    """Weights and support of units that are compared with each other."""
    if treated.all() or not treated.any():
        kind = "treated" if treated.all() else "a control"
        raise _NoSupport("one_kind", f"{context}every unit is {kind}")
    try:
        if distance is None:
            weights = balancing_weights(x, treated, rule.moments, covariates, context=context)
            return Matches(weights, np.ones(len(x), dtype=bool))
        return match(distance, treated, method=rule.method, **rule.matching, context=context)  # type: ignore[arg-type]
    except EstimationError as error:
        raise _NoSupport("not_balanced" if distance is None else "no_match", str(error)) from error
