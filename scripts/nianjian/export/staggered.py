"""What commands of staggered adoption begin with, in Stata and in R: the same cities as the project's estimators use.

First treated years after the sample are never, cities that are always treated and cohorts of too few cities are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nianjian.estimators.adoption import FIRST
from nianjian.estimators.staggered.sample import Staggered, staggered
from nianjian.export.commands import Commands, Spec, r_data

UNCHECKED = (
    "Written after the documentation of {packages}, and not run: these numbers are not set beside the project's. How far the method "
    "itself agrees with the R package stands in docs/agreement.md."
)


@dataclass(frozen=True)
class Cities:
    """What a specification's own columns hold, under the names of the exported data.

    Attributes
    ----------
    y, x, city, year, first, cluster : exported names
    weights : the same; empty where there are none
    anticipation : years before the treatment
    small : cohorts that are left out because they are of too few cities
    cohorts : first treated years of those that are used
    years : first and last year
    times : event times of the treated, in order
    never : whether some city is never treated
    """

    y: str
    x: Sequence[str]
    city: str
    year: str
    first: str
    cluster: str
    weights: str
    anticipation: int
    small: Sequence[int]
    cohorts: Sequence[int]
    years: tuple[int, int]
    times: Sequence[int]
    never: bool

    @classmethod
    def of(cls, params: Any, spec: Spec) -> Cities:
        """Read them as the estimator does."""
        anticipation = getattr(params, "anticipation", 0)
        found = _sample(params, spec, anticipation)
        treated = sorted({int(k) for k in found.time if k > float("-inf")})
        return cls(
            y=spec.column(params.outcome),
            x=spec.all(params.controls),
            city=spec.column("city"),
            year=spec.column("year"),
            first=spec.first_year,
            cluster=spec.column(params.cluster or "city"),
            weights=spec.column(params.weights) if params.weights else "",
            anticipation=anticipation,
            small=sorted(g for reason, g in found.left_out if reason == "small_cohort"),
            cohorts=found.cohorts,
            years=(int(found.year.min()), int(found.year.max())),
            times=treated,
            never=bool((found.time == float("-inf")).any()),
        )

    def shown(self, window: Sequence[int] | None) -> list[int]:
        """Event times that are shown."""
        low, high = window or (self.times[0], self.times[-1])
        return [k for k in self.times if low <= k <= high]


def _sample(params: Any, spec: Spec, anticipation: int) -> Staggered:
    """The estimator has said already what it leaves out."""
    log = logging.getLogger()
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        return staggered(
            spec.frame,
            outcome=params.outcome,
            first_year=FIRST,
            controls=params.controls,
            cluster=params.cluster,
            weights=params.weights,
            anticipation=anticipation,
            smallest_cohort=params.smallest_cohort,
            spec=spec.name,
        )
    finally:
        log.setLevel(before)


def stata_start(params: Any, spec: Spec, own: Cities) -> list[str]:
    """Lines behind which the data in memory are these city-years: ``gvar_`` is the first treated year or 0, ``time_`` the event
    time, ``treated_`` whether it is from 0 on. ``restore`` ends them."""
    lines = ["preserve"]
    if spec.where_stata:
        lines.append(f"keep if {spec.where_stata}")
    if params.missing == "drop":
        used = [own.y, *own.x, *([own.weights] if own.weights else [])]
        lines.append(f"drop if missing({', '.join(used)})")
    lines += [
        f"summarize {own.year}",
        f"replace {own.first} = . if {own.first} > r(max)",
        f"generate time_ = {own.year} - {own.first}",
        f"bysort {own.city}: egen earliest_ = min(time_)",
        f"drop if earliest_ >= {-own.anticipation} & !missing(earliest_)",
        *(f"drop if {own.first} == {cohort}" for cohort in own.small),
        f"generate gvar_ = cond(missing({own.first}), 0, {own.first})",
        "generate byte treated_ = time_ >= 0 & !missing(time_)",
    ]
    return lines


def r_start(params: Any, spec: Spec, own: Cities) -> list[str]:
    """The same in R, as ``data``; ``first_`` is missing and ``gvar_`` 0 for cities that are never treated."""
    lines = [r_data(spec)]
    if params.missing == "drop":
        used = ", ".join(f'"{name}"' for name in (own.y, *own.x, *([own.weights] if own.weights else [])))
        lines.append(f"data <- data[complete.cases(data[c({used})]), ]")
    small = [f"data <- data[!(data$first_ %in% {r_vector(own.small)}), ]"] if own.small else []
    return [
        *lines,
        f"data$first_ <- data${own.first}",
        f"data$first_[data$first_ > max(data${own.year})] <- NA",
        f"data$time_ <- data${own.year} - data$first_",
        f"earliest <- ave(data$time_, data${own.city}, FUN = min)",
        f"data <- data[is.na(earliest) | earliest < {-own.anticipation}, ]",
        *small,
        "data$gvar_ <- ifelse(is.na(data$first_), 0, data$first_)",
        "data$treated_ <- as.numeric(data$gvar_ > 0 & data$time_ >= 0)",
    ]


def r_vector(values: Sequence[float]) -> str:
    """Numbers as R writes them."""
    return f"c({', '.join(f'{each:g}' for each in values)})"


def r_unchecked(
    start: Sequence[str], lines: Sequence[str], packages: Sequence[str], cannot: Sequence[str] = ()
) -> Commands:
    """Commands of packages that no test runs: the rest of the script runs where they are lacking, and nothing is compared.

    Parameters
    ----------
    start : lines that need no package
    lines : that need them, which call them by ``package::``
    """
    named = ", ".join(packages)
    lacking = " || ".join(f'!requireNamespace("{each}", quietly = TRUE)' for each in packages)
    wanted = ", ".join(f'"{each}"' for each in packages)
    return Commands(
        [
            *start,
            f"if ({lacking}) {{",
            f"  message('left out: install.packages(c({wanted}))')",
            "} else {",
            *(f"  {line}" for line in lines),
            "}",
        ],
        cannot=[UNCHECKED.format(packages=named), *cannot],
    )


class _AsRegression:
    """What lines of regressions read of a specification that is none."""

    def __init__(self, params: Any) -> None:
        self.absorb, self.weights, self.where = getattr(params, "absorb", []), params.weights, params.where
        self.clusters = [params.cluster or "city"]


def regression(params: Any, spec: Spec) -> Spec:
    """The specification for lines of ``reghdfe`` and ``feols``."""
    return Spec(spec.name, _AsRegression(params), spec.columns, spec.frame, spec.marker)
