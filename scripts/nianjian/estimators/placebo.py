"""Placebo tests of a staggered policy: the effect of treatments that were never given.

Two-way fixed effects are partialled out of outcome and controls once; the treatment columns of all draws
are one matrix, so that the coefficients are one matrix product and the clustered standard errors another. Every
number is what :func:`nianjian.estimators.twfe.fit` gives for that draw's treatment.

References
----------
Chetty, R., Looney, A. & Kroft, K. (2009). Salience and taxation. AER 99 (placebo distribution).
Young, A. (2019). Channeling Fisher: randomization tests and the statistical insignificance of seemingly
significant experimental results. QJE 134 (randomisation of the coefficient and of the t-statistic).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtr

from nianjian.errors import EstimationError
from nianjian.estimates import LEAD, Rows
from nianjian.estimators import twfe
from nianjian.estimators.adoption import FIRST, adoption_years, check_one_year
from nianjian.estimators.assignment import (
    Assignment,
    assign,
    assignments,
    randomisation_p_value,
    treated_cities,
)
from nianjian.estimators.placebo_draws import Panel
from nianjian.estimators.prepare import context_of
from nianjian.kinds.splitting import DRAWS_AT_ONCE, blocks
from nianjian.numerics import Array

Scheme = Literal["permute", "simple", "in_time"]


@dataclass(frozen=True)
class Placebo:
    """The estimate beside those of D random assignments.

    Attributes
    ----------
    fit : the regression on the true treatment
    treatment : its name
    estimates, std_errors, t, p_values : (D,) arrays, one number a draw
    df : degrees of freedom of t
    p_two_sided : (1 + #{|b*| >= |b|}) / (1 + D), the randomisation p-value of the coefficient
    p_t : the same with the t-statistic for b; robust where errors differ from draw to draw
    p_upper : (1 + #{b* >= b}) / (1 + D)
    pseudo_treated, pseudo_controls : number of cities with and without an adoption year in each draw
    assignments : how many different ones there are to draw from; not counted beyond 1e300
    """

    fit: twfe.TwfeFit
    treatment: str
    estimates: Array
    std_errors: Array
    t: Array
    p_values: Array
    df: int
    p_two_sided: float
    p_t: float
    p_upper: float
    pseudo_treated: int
    pseudo_controls: int
    assignments: float

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        The rows of the true fit; a ``draw`` row a draw, numbered from 1; ``test`` rows ``randomisation``,
        ``randomisation_t`` and ``randomisation_upper``, whose estimate is the observed
        coefficient or t; ``fit`` rows ``draws, mean_draw, sd_draw, share_significant_5`` (of the draws with
        p < 0.05; about .05 if the errors are right), ``pseudo_treated, pseudo_controls`` (cities in a draw),
        and ``few_assignments``, how many there are, where they are fewer than the draws.
        """
        j = self.fit.names.index(self.treatment)
        observed, t = self.fit.params[j], self.fit.t[j]
        rows = Rows(study, spec)
        drawn = zip(self.estimates, self.std_errors, self.t, self.p_values, strict=True)
        for d, values in enumerate(drawn, start=1):
            rows.add("draw", "draw", *values, np.nan, np.nan, self.df, variable=self.treatment, draw=d)
        rows.add("test", "randomisation", observed, np.nan, observed, self.p_two_sided)
        rows.add("test", "randomisation_t", t, np.nan, t, self.p_t)
        rows.add("test", "randomisation_upper", observed, np.nan, observed, self.p_upper)
        many = len(self.estimates) > 1
        rows.add_fits(
            {
                "draws": len(self.estimates),
                "mean_draw": self.estimates.mean(),
                "sd_draw": self.estimates.std(ddof=1) if many else np.nan,
                "share_significant_5": (self.p_values < 0.05).mean(),
                "pseudo_treated": self.pseudo_treated,
                "pseudo_controls": self.pseudo_controls,
            }
        )
        if self.assignments < len(self.estimates):
            rows.add("fit", "few_assignments", self.assignments)
        return pd.concat([self.fit.tidy(study, spec), rows.table()], ignore_index=True)


@dataclass(frozen=True)
class InTime:
    """The estimate beside those of adoption years moved ahead, on the years before treatment.

    Attributes
    ----------
    fit : the regression on the true treatment
    treatment : its name
    leads : years by which adoption was moved ahead
    fits : a regression a lead, on untreated city-years only
    """

    fit: twfe.TwfeFit
    treatment: str
    leads: tuple[int, ...]
    fits: tuple[twfe.TwfeFit, ...]

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema: those of the true fit, a ``coefficient`` row ``lead`` a lead, whose event
        time is the lead with a minus, and ``fit`` rows ``nobs`` of these regressions."""
        rows = Rows(study, spec)
        for lead, fitted in zip(self.leads, self.fits, strict=True):
            estimate, variance = fitted.estimate(self.treatment)
            of: dict[str, Any] = {"variable": self.treatment, "event_time": -lead}
            rows.add_estimate("coefficient", LEAD, estimate, variance, fitted.df_resid, **of)
            rows.add("fit", "nobs", fitted.nobs, event_time=-lead)
        return pd.concat([self.fit.tidy(study, spec), rows.table()], ignore_index=True)


@dataclass(frozen=True)
class Assigned:
    """What all random assignments of one specification share.

    Attributes
    ----------
    fit : the regression on the true treatment
    treatment : its name
    panel : the sample, on which many treatments are estimated
    first : (N,) array, the cities' true adoption years, ``inf`` for never
    scheme, treated, seed, study, spec : as in :func:`run`
    """

    fit: twfe.TwfeFit
    treatment: str
    panel: Panel
    first: Array
    scheme: Assignment
    treated: int | None
    seed: int
    study: str
    spec: str

    def draw(self, draws: range) -> pd.DataFrame:
        """Columns ``estimate`` and ``std_error``, a row a draw.

        Raises
        ------
        EstimationError
            If the treatment of a draw has no variation of its own.
        """
        adoption = assign(
            self.first,
            draws=draws,
            scheme=self.scheme,
            treated=self.treated,
            seed=self.seed,
            study=self.study,
            spec=self.spec,
        )
        b, std_errors = self.panel.estimates(adoption, context_of(self.spec), draws.start)
        return pd.DataFrame({"estimate": b, "std_error": std_errors})

    def compared(self, drawn: pd.DataFrame) -> Placebo:
        """The true estimate among the draws."""
        possible = assignments(self.first, scheme=self.scheme, treated=self.treated)
        check_assignments(possible, len(drawn), self.scheme, context_of(self.spec))
        estimates, std_errors = drawn["estimate"].to_numpy(), drawn["std_error"].to_numpy()
        t = estimates / std_errors
        j = self.fit.names.index(self.treatment)
        observed, t_observed = self.fit.params[j], self.fit.t[j]
        pseudo_treated = treated_cities(self.first, self.treated)
        return Placebo(
            fit=self.fit,
            treatment=self.treatment,
            estimates=estimates,
            std_errors=std_errors,
            t=t,
            p_values=2 * stdtr(self.panel.df, -np.abs(t)),
            df=self.panel.df,
            p_two_sided=randomisation_p_value(np.abs(estimates), abs(observed)),
            p_t=randomisation_p_value(np.abs(t), abs(t_observed))
            if np.isfinite(t_observed)
            else float("nan"),
            p_upper=randomisation_p_value(estimates, observed),
            pseudo_treated=pseudo_treated,
            pseudo_controls=len(self.first) - pseudo_treated,
            assignments=possible,
        )


def run(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    scheme: Scheme = "permute",
    draws: int = 500,
    treated: int | None = None,
    leads: Sequence[int] = (),
    seed: int = 0,
    first_year: str = FIRST,
    key: tuple[str, str] = ("city", "year"),
    study: str = "",
    spec: str = "",
) -> Placebo | InTime:
    """Estimate the effect of a policy and of made-up assignments of it.

    Parameters
    ----------
    frame, outcome, controls, absorb, weights : as :func:`nianjian.estimators.twfe.fit` takes them
    treatment : 0/1 column that is one from ``first_year`` on
    cluster : one column, or None for the conventional covariance
    scheme : how adoption years are made up
        ``permute`` gives the cities' adoption years, and never, to the cities in random order: cohorts keep
        their size and years, which is the randomisation test of a staggered policy. ``simple`` draws
        ``treated`` cities without replacement and gives each an adoption year. ``in_time`` moves every
        adoption year ahead by each of ``leads`` and leaves out the treated city-years.
    draws : number of random assignments (``permute``, ``simple``)
    treated : number of pseudo-treated cities (``simple``); None: as many as are treated
    leads : years (``in_time``)
    seed, study, spec : what the random numbers depend on; ``spec`` also names the specification in messages
    first_year : column with a city's first treated year, missing if it has none
    key : columns of the city and of the year

    Raises
    ------
    EstimationError
        Where the regression on the true treatment raises it; if more cities are to be treated than there are, a
        city has two first treated years, the treatment is not one exactly from that year on, there is one possible
        assignment only, or the treatment of a draw has no variation of its own.

    Notes
    -----
    ASSUME: the papers do not say when pseudo-treated cities adopt; ``simple`` draws each one's adoption year
    with replacement from those of the treated cities.
    With one treated city the draws' coefficients are a valid reference, their clustered standard errors are not.
    """
    shared: dict[str, Any] = {
        "outcome": outcome,
        "treatment": treatment,
        "controls": controls,
        "absorb": absorb,
        "cluster": cluster,
        "weights": weights,
        "first_year": first_year,
        "key": key,
        "spec": spec,
    }
    if scheme == "in_time":
        return in_time(frame, **shared, leads=leads)
    one = assigned(frame, **shared, scheme=scheme, treated=treated, seed=seed, study=study)
    drawn = [one.draw(block) for block in blocks(range(draws), DRAWS_AT_ONCE)]
    return one.compared(pd.concat(drawn, ignore_index=True))


def assigned(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    scheme: Assignment = "permute",
    treated: int | None = None,
    seed: int = 0,
    first_year: str = FIRST,
    key: tuple[str, str] = ("city", "year"),
    study: str = "",
    spec: str = "",
) -> Assigned:
    """What all random assignments share, from which any of them can be made; parameters and errors as :func:`run`."""
    options: dict[str, Any] = {
        "outcome": outcome,
        "absorb": absorb,
        "cluster": cluster,
        "weights": weights,
        "key": key,
    }
    fitted = _true_fit(frame, treatment, controls, first_year, spec, options)
    panel = Panel.of(frame, treatment=treatment, controls=controls, **options, spec=spec)
    first = adoption_years(panel.frame, first_year, key)
    if treated is not None and treated > len(first):
        raise EstimationError(
            f"{context_of(spec)}treated is {treated}, but the sample has {len(first)} cities; write a smaller `treated`"
        )
    return Assigned(fitted, treatment, panel, first, scheme, treated, seed, study, spec)


def _true_fit(
    frame: pd.DataFrame,
    treatment: str,
    controls: Sequence[str],
    first_year: str,
    spec: str,
    options: Mapping[str, Any],
) -> twfe.TwfeFit:
    """The regression on the true treatment, which must be what the adoption years say."""
    fitted = twfe.fit(frame, regressors=[treatment, *controls], treatment=treatment, spec=spec, **options)
    _check_adoption(frame, treatment, first_year, options["key"], context_of(spec))
    return fitted


def in_time(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    leads: Sequence[int],
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    first_year: str = FIRST,
    key: tuple[str, str] = ("city", "year"),
    spec: str = "",
) -> InTime:
    """Adoption moved ahead by each of some years; parameters and errors as :func:`run`."""
    options: dict[str, Any] = {
        "outcome": outcome,
        "absorb": absorb,
        "cluster": cluster,
        "weights": weights,
        "key": key,
    }
    fitted = _true_fit(frame, treatment, controls, first_year, spec, options)
    year = key[1]
    last = frame[year].max()
    untreated = frame[frame[treatment].to_numpy(dtype=float) == 0]
    first = untreated[first_year].to_numpy(dtype=float, na_value=np.nan)
    first = np.where(first <= last, first, np.inf)
    fits = []
    for lead in leads:
        moved = (untreated[year].to_numpy() >= first - lead).astype(float)
        try:
            one = twfe.fit(
                untreated.assign(**{treatment: moved}),
                regressors=[treatment, *controls],
                treatment=treatment,
                **options,
            )
        except EstimationError as error:
            raise EstimationError(
                f"{context_of(spec)}adoption moved ahead by {lead} years: {error}"
            ) from error
        fits.append(one)
    return InTime(fit=fitted, treatment=treatment, leads=tuple(leads), fits=tuple(fits))


def check_assignments(possible: float, draws: int, scheme: str, context: str) -> None:
    """Stop where every draw is the same, warn where there are fewer assignments than draws."""
    if possible < 2:
        raise EstimationError(
            f"{context}scheme {scheme} has one possible assignment only: every draw is the same; keep cities "
            "that are never treated, or that adopt in other years, in the sample, or use scheme in_time"
        )
    if possible < draws:
        logging.warning(
            "%s%d draws of %.0f possible assignments: p-values below %.3f cannot be reached",
            *(context, draws, possible, 1 / possible),
        )


def _check_adoption(
    frame: pd.DataFrame, treatment: str, first_year: str, key: tuple[str, str], context: str
) -> None:
    """The treatment must be what the first treated years say, or reassigning them is no placebo."""
    unit, year = key
    if first_year not in frame:
        raise EstimationError(
            f"{context}the sample has no column {first_year!r}; a placebo reassigns the first treated years of "
            "the study's `treatment`"
        )
    check_one_year(frame, first_year, unit, context)
    first = frame[first_year].to_numpy(dtype=float, na_value=np.nan)
    wrong = (frame[year].to_numpy() >= first) != frame[treatment].to_numpy(dtype=float)
    if wrong.any():
        example = frame.loc[wrong, [unit, year]].iloc[0].to_dict()
        raise EstimationError(
            f"{context}treatment {treatment!r} and {first_year!r} disagree in {int(wrong.sum())} rows, first "
            f"{example}; a placebo reassigns adoption years, so the treatment must be 1 exactly from the "
            "first treated year on"
        )
