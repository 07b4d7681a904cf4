"""City-years for estimators of staggered adoption: checked, and without the cities that no comparison can use."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators.event_times import first_years
from nianjian.estimators.prepare import codes_of, context_of, numbers, prepare
from nianjian.estimators.staggered.callaway_santanna import Panel
from nianjian.numerics import Array, Codes, Mask

Reason = Literal["always_treated", "small_cohort", "no_base", "no_window"]
"""Why a cohort is left out: its cities have no year without treatment; they are too few; none is seen in the base year; the
window of a stack goes beyond the sample or has no clean control."""


@dataclass(frozen=True)
class Staggered:
    """n city-years in the order of city and year.

    Attributes
    ----------
    frame : the rows
    city, year, first : (n,) codes of the cities, years, first treated years (infinite if never in the sample's years)
    y, x, weights : (n,), (n, k), (n,) outcome, covariates, sampling weights of mean one
    clusters : (n,) codes
    cluster : what they are of
    anticipation : years before the treatment in which cities may answer to it
    left_out : (reason, cohort) to number of cities
    context : what stands before messages
    """

    frame: pd.DataFrame
    city: Codes
    year: Array
    first: Array
    y: Array
    x: Array
    weights: Array
    clusters: Codes
    cluster: str
    anticipation: int
    left_out: Mapping[tuple[Reason, int], int]
    context: str

    @property
    def time(self) -> Array:
        """(n,) years since treatment, -inf if never."""
        return self.year - self.first

    @property
    def untreated(self) -> Mask:
        """(n,) rows before treatment and its anticipation."""
        return self.time < -self.anticipation

    @property
    def cohorts(self) -> list[int]:
        """First treated years in order."""
        return [int(g) for g in np.unique(self.first[np.isfinite(self.first)])]

    def city_clusters(self) -> Codes:
        """(N,) cluster of each city, in the order of their codes.

        Raises
        ------
        EstimationError
            If a city's cluster changes over the years.
        """
        known = pd.Series(self.clusters).groupby(self.city)
        if (known.transform("first").to_numpy() != self.clusters).any():
            raise EstimationError(
                f"{self.context}{self.cluster!r} changes within a city over the years; errors are sums over cities: "
                "cluster by the city, or by a column that is fixed for it"
            )
        return np.asarray(known.first().to_numpy(), dtype=np.intp)

    def panel(self) -> Panel:
        """The same as wide arrays."""
        years, position = np.unique(self.year, return_inverse=True)
        cities = int(self.city.max()) + 1
        shape = (cities, len(years))
        y, weights = np.full(shape, np.nan), np.full(shape, np.nan)
        x = np.full((*shape, self.x.shape[1]), np.nan)
        at = (self.city, position)
        y[at], weights[at], x[at] = self.y, self.weights, self.x
        first = np.zeros(cities)
        first[self.city] = self.first
        return Panel(y, x, weights, first, years)

    def rows(self, kept: Mask, left_out: Mapping[tuple[Reason, int], int] | None = None) -> Staggered:
        """Some of the rows, codes numbered anew."""
        return replace(
            self,
            frame=self.frame[kept],
            city=_again(self.city[kept]),
            year=self.year[kept],
            first=self.first[kept],
            y=self.y[kept],
            x=self.x[kept],
            weights=self.weights[kept] / self.weights[kept].mean(),
            clusters=_again(self.clusters[kept]),
            left_out={**self.left_out, **(left_out or {})},
        )

    def without_cohorts(self, cohorts: Sequence[int], reason: Reason) -> Staggered:
        """The sample without some cohorts, said in the log and in ``left_out``."""
        lost: dict[tuple[Reason, int], int] = {}
        for g in cohorts:
            lost[reason, int(g)] = len(np.unique(self.city[self.first == g]))
        if not lost:
            return self
        found = self.rows(~np.isin(self.first, list(cohorts)), lost)
        say(lost, self.context)
        return found

    def counts(self) -> dict[str, float]:
        """Numbers of city-years, cities, clusters, cohorts."""
        treated = np.isfinite(self.first)
        return {
            "nobs": len(self.y),
            "units": _count(self.city),
            "clusters": _count(self.clusters),
            "treated_units": _count(self.city[treated]),
            "never_treated_units": _count(self.city[~treated]),
            "treated_clusters": _count(self.clusters[treated]),
            "cohorts": len(self.cohorts),
        }


def _again(codes: Codes) -> Codes:
    return np.unique(codes, return_inverse=True)[1]


def _count(codes: Codes) -> int:
    return len(np.unique(codes))


_WHY: dict[Reason, str] = {
    "always_treated": "treated in every year in which they are seen",
    "small_cohort": "too few cities were treated first in that year",
    "no_base": "not seen in the base year",
    "no_window": "their window goes beyond the sample, or has no clean control",
}


def say(lost: Mapping[tuple[Reason, int], int], context: str) -> None:
    """Cohorts left out and why, in the log."""
    for reason in get_args(Reason):
        cohorts = {g: count for (own, g), count in lost.items() if own == reason}
        if cohorts:
            told = ", ".join(f"{g} ({count})" for g, count in cohorts.items())
            logging.warning("%scohorts left out, %s (cities): %s", context, _WHY[reason], told)


def staggered(
    frame: pd.DataFrame,
    *,
    outcome: str,
    first_year: str,
    controls: Sequence[str] = (),
    cluster: str | None = "city",
    weights: str | None = None,
    anticipation: int = 0,
    smallest_cohort: int = 1,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
) -> Staggered:
    """Check a sample and leave out the cities that no comparison can use.

    Parameters
    ----------
    frame : one row a city-year, complete in every column used but ``first_year``
    outcome, controls, weights : numeric columns
    first_year : column of first treated years, missing if never
    cluster : column; None: each city is a cluster
    anticipation : years before the treatment in which cities may answer to it
    smallest_cohort : cohorts of fewer cities are left out
    key : city and year columns
    spec : name for the messages

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does for its columns; if nobody is treated, or no treated city has a year
        before.

    Notes
    -----
    ASSUME: a city whose first treated year lies after the last year of the sample is never treated.
    """
    context = context_of(spec)
    if cluster is not None and not isinstance(cluster, str):
        raise EstimationError(
            f"{context}cluster {list(cluster)}: errors are clustered in one way here; name one column"
        )
    first, year = first_years(frame, first_year, key, context)
    last = year.max(initial=-np.inf)
    first = np.where(np.isfinite(first) & (first <= last), first, np.inf)
    if not np.isfinite(first).any() and len(first):
        raise EstimationError(
            f"{context}nobody is treated: {first_year!r} is empty or after the last year in all {len(first)} rows; check "
            "the study's `treatment`, `where`, and the sample's cities and years"
        )
    known = frame.assign(**{first_year: np.where(np.isfinite(first), first, 0.0)})
    sample = prepare(
        known,
        outcome=outcome,
        regressors=[first_year, *controls],
        absorb=(),
        cluster=cluster or key[0],
        weights=weights,
        key=key,
        spec=spec,
    )
    own = sample.frame
    found = Staggered(
        frame=own,
        city=codes_of(own, key[0]),
        year=own[key[1]].to_numpy(dtype=float),
        first=first[sample.position],
        y=numbers(own, [outcome])[:, 0],
        x=numbers(own, list(controls)),
        weights=sample.weights,
        clusters=sample.clusters[cluster or key[0]],
        cluster=cluster or key[0],
        anticipation=anticipation,
        left_out={},
        context=context,
    )
    return _comparable(found, smallest_cohort)


def _comparable(found: Staggered, smallest: int) -> Staggered:
    """Without cities that are always treated, then without small cohorts."""
    before = np.bincount(found.city, found.untreated) > 0
    always = ~before[found.city]
    lost: dict[tuple[Reason, int], int] = {
        ("always_treated", int(g)): _count(found.city[always & (found.first == g)])
        for g in np.unique(found.first[always])
    }
    if always.all():
        raise EstimationError(
            f"{found.context}nobody is observed before treatment; add earlier years, or check the study's `treatment`"
        )
    if lost:
        say(lost, found.context)
        found = found.rows(~always, lost)
    small = [g for g in found.cohorts if _count(found.city[found.first == g]) < smallest]
    found = found.without_cohorts(small, "small_cohort")
    if not found.cohorts:
        raise EstimationError(
            f"{found.context}no treated city is left: {_told(found.left_out)}; widen the sample"
            + (", or lower `smallest_cohort`" if small else "")
        )
    return found


def _told(left_out: Mapping[tuple[Reason, int], int]) -> str:
    return "; ".join(
        f"cohort {g} ({count} cit{'y' if count == 1 else 'ies'}): {_WHY[reason]}"
        for (reason, g), count in left_out.items()
    )
