"""What units are matched on: covariates of cities averaged over a period, or of city-years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators.adoption import adoption_years, check_one_year
from nianjian.estimators.prepare import codes_of
from nianjian.numerics import Array, Codes, Mask
from nianjian.sample_columns import check_numeric, check_present

Unit = Literal["city", "city_year"]
Period = Literal["pre_treatment"] | Sequence[int]
PRE_TREATMENT: Literal["pre_treatment"] = "pre_treatment"


@dataclass(frozen=True)
class Units:
    """N units to match.

    Attributes
    ----------
    labels : N cities or (city, year) pairs
    x : (N, k) covariates
    treated : (N,) units of cities that are ever treated
    of_rows : (n,) position of each row's unit
    """

    labels: pd.Index
    x: Array
    treated: Mask
    of_rows: Codes


def units_of(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    unit: Unit,
    period: Period,
    first_year: str,
    key: tuple[str, str],
    context: str,
    current: str | None = None,
) -> Units:
    """Units of a frame in the order of its key; see :func:`nianjian.estimators.matching.fit`.

    ``current`` is the treatment's column where rows count as treated by what it is in them, not by what the city ever is.

    Raises
    ------
    EstimationError
        If a column is absent, a covariate is no number or has gaps, a city has two first treated years, or fewer
        than two units are treated or never treated.
    """
    check_present(frame, (first_year, *covariates), context)
    check_numeric(frame, covariates, f"{context}covariate ")
    check_one_year(frame, first_year, key[0], context)
    first = adoption_years(frame, first_year, key)
    city = codes_of(frame, key[0])
    treated, of_rows = np.isfinite(first), city
    if unit == "city_year":
        treated, of_rows = treated[city], np.arange(len(frame))
        if current is not None:
            treated = _dummy(frame, current, context) == 1
    for kind, count in (("treated", treated.sum()), ("never treated", (~treated).sum())):
        if count < 2:
            raise EstimationError(
                f"{context}{count} {unit.replace('_', '-')} of {len(treated)} is {kind}; matching needs two of "
                "each kind: check `where`, the sample's cities and years, and the study's `treatment`"
            )
    if unit == "city":
        x = _averages(frame, covariates, first, city, period, key, context)
        return Units(pd.Index(np.sort(frame[key[0]].unique()), name=key[0]), x, treated, of_rows)
    labels = pd.MultiIndex.from_frame(frame[list(key)])
    x = frame[list(covariates)].to_numpy(dtype=float, na_value=np.nan)
    _check_gaps(x, covariates, labels, context)
    return Units(labels, x, treated, of_rows)


def _dummy(frame: pd.DataFrame, name: str, context: str) -> Array:
    """A column of zeros and ones."""
    values: Array = frame[name].to_numpy(dtype=float, na_value=np.nan)
    if not np.isin(values, (0.0, 1.0)).all():
        raise EstimationError(f"{context}{name!r} is not 0 or 1 in every city-year, as matching on it needs")
    return values


def _averages(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    first: Array,
    city: Codes,
    period: Period,
    key: tuple[str, str],
    context: str,
) -> Array:
    """(N, k) means of the covariates over each city's period."""
    year = frame[key[1]].to_numpy()
    if isinstance(period, str):
        inside, when = year < _before(frame, first, key, context)[city], "before treatment"
    else:
        low, high = period
        inside, when = (year >= low) & (year <= high), f"in {low} to {high}"
    chosen = frame.loc[inside, [key[0], *covariates]].groupby(key[0], sort=True).mean()
    means = chosen.reindex(np.sort(frame[key[0]].unique()))
    x: Array = means.to_numpy(dtype=float, na_value=np.nan)
    _check_gaps(x, covariates, means.index, context, when)
    return x


def _before(frame: pd.DataFrame, first: Array, key: tuple[str, str], context: str) -> Array:
    """The year that each city's pre-treatment years lie before: its own first, or the earliest of all."""
    cities = np.sort(frame[key[0]].unique())
    earliest = frame.groupby(key[0], sort=True)[key[1]].min().to_numpy()
    always = np.isfinite(first) & (earliest >= first)
    if always.any():
        raise EstimationError(
            f"{context}{always.sum()} of {np.isfinite(first).sum()} treated cities have no year before "
            f"treatment, first {cities[always][0]}; leave them out with `where` or declare a `period`"
        )
    return np.where(np.isfinite(first), first, first.min())


def _check_gaps(
    x: Array, covariates: Sequence[str], units: pd.Index, context: str, when: str = "in the sample"
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
            f"{context}covariates have no value {when}: {what}; fill them in the sample, leave these units out "
            "with `where`, or declare another `period`"
        )
