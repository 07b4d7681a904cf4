"""Quantities that move together: the other scope, products, growth; each tells an error from a change that is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nianjian.declarations.models.items import Checks
from nianjian.panel.predictions import Predictor
from nianjian.panel.series import Bools, Floats, Ints, Series

ALIKE = 0.5
"""Share of a value's own residual from which the relation's confirms it."""
APART = 0.3
"""Share below which the others moved as the value did."""
MOVED_TOO = 0.4
"""What a value's score is worth if so."""


@dataclass(frozen=True)
class Relation:
    """A ratio that is steady over the years of a city.

    Attributes
    ----------
    name : what it compares with, for the list of suspects
    values : (m,) in the order of runs and years
    members : rows of the series whose value the ratio rises (1) or falls (-1) with
    by : (m,) rows that say group, run and year
    """

    name: str
    values: Floats
    members: tuple[tuple[Ints, int], ...]
    by: Ints


def relations(series: Series, checks: Checks) -> Iterator[Relation]:
    """The other scope of each value, and the declared products and growth rates."""
    if len(series):
        yield _scopes(series)
    codes = {name: code for code, name in enumerate(series.names)}
    for product in checks.products:
        names = [product.product, *product.factors]
        if all(name in codes for name in names):
            yield _product(series, [codes[name] for name in names], product.factors)
    for growth in checks.growths:
        if growth.value in codes and growth.rate in codes:
            yield _growth(series, codes[growth.value], codes[growth.rate], growth.rate)


def _scopes(series: Series) -> Relation:
    districts = np.flatnonzero(series.districts == 1)
    whole = _beside(series, districts, districts=0)
    districts, whole = districts[whole >= 0], whole[whole >= 0]
    values = _ratio(series.value[whole], series.value[districts])
    # A city without counties prints one number twice: it tells nothing of itself.
    values[values == 1] = np.nan
    return Relation("the other scope", values, ((whole, 1), (districts, -1)), districts)


def _product(series: Series, codes: list[int], factors: list[str]) -> Relation:
    rows = np.flatnonzero(series.item == codes[0])
    others = [_beside(series, rows, item=code) for code in codes[1:]]
    known = np.all([other >= 0 for other in others], axis=0)
    rows, others = rows[known], [other[known] for other in others]
    values = series.value[rows]
    for other in others:
        values = _ratio(values, series.value[other])
    return Relation(" × ".join(factors), values, ((rows, 1), *((other, -1) for other in others)), rows)


def _growth(series: Series, value: int, rate: int, name: str) -> Relation:
    rows = np.flatnonzero(series.item == value)
    grown, last = _beside(series, rows, item=rate), _beside(series, rows, year=-1)
    known = (grown >= 0) & (last >= 0)
    rows, grown, last = rows[known], grown[known], last[known]
    values = _ratio(_ratio(series.value[rows], series.value[last]), 1 + series.value[grown] / 100)
    return Relation(f"{name} and the year before", values, ((rows, 1), (grown, -1)), rows)


def _beside(
    series: Series, rows: Ints, *, item: int | None = None, districts: int | None = None, year: int = 0
) -> Ints:
    """Rows of the same city and level, of another item, scope or year; -1 where there is none."""
    return series.places(
        series.item[rows] if item is None else np.full(len(rows), item),
        series.districts[rows] if districts is None else np.full(len(rows), districts),
        series.level[rows],
        series.city[rows],
        series.year[rows] + year,
    )


def _ratio(values: Floats, others: Floats) -> Floats:
    usable = (values > 0) & (others > 0)
    return np.where(usable, values / np.where(usable, others, 1.0), np.nan)


class Witnesses:
    """What relations say of single values' residuals.

    Attributes
    ----------
    added : (n,) sum of squared scores of the relations that confirm a residual
    moved : (n,) whether another quantity moved as the value did
    names : relation that confirms, by number from 1; 0 for none
    """

    def __init__(self, series: Series, checks: Checks, residual: Floats) -> None:
        n = len(series)
        self.added = np.zeros(n)
        self.moved: Bools = np.zeros(n, dtype=bool)
        self.by = np.zeros(n, dtype=np.int8)
        self.names = [""]
        for relation in relations(series, checks):
            self.names.append(relation.name)
            by = relation.by
            found = Predictor(relation.values, series.group[by], series.run[by], series.year[by]).expected()
            score = np.nan_to_num(np.abs(found.residual) / found.scale)
            for rows, sign in relation.members:
                own, theirs = residual[rows], sign * found.residual
                same = own * theirs > 0
                confirms = same & (np.abs(theirs) >= ALIKE * np.abs(own))
                self.added[rows] += np.where(confirms, score, 0.0) ** 2
                self.by[rows] = np.where(confirms, len(self.names) - 1, self.by[rows])
                self.moved[rows] |= np.abs(theirs) < APART * np.abs(own)
