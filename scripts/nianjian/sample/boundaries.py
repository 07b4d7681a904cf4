"""One territory throughout: what later became one city is added up, ratios are made anew from their parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.sample.declaration import Boundary, Merger, Ratio, SampleDeclaration

SUMMED, RECOMPUTED, MISSING, BREAK = "summed", "recomputed", "missing", "break"
IS_SUM, IS_BREAK = "boundary__summed", "boundary__break"
"""Columns of a harmonised sample: its numbers are those of two cities; from this year on those of another territory."""
COLUMNS = ["city", "year", "column", "what", "detail"]

Array = NDArray[np.float64]


def needed(declaration: SampleDeclaration) -> list[str]:
    """Columns of the panel that are read: the study's items, and the parts of its ratios."""
    parts = declaration.boundary.ratios if declaration.boundary else ()
    return list(dict.fromkeys([*declaration.items, *(each.part for each in parts)]))


def harmonise(items: pd.DataFrame, declaration: SampleDeclaration) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the numbers of a city and of what was merged into it later together, year by year.

    Parameters
    ----------
    items : :func:`needed` columns by (city, year), what is missing as NaN

    Returns
    -------
    The study's items, the merged cities without numbers; and what was done, one row a city, year and column:
    ``city, year, column, what`` (summed, recomputed, missing), ``detail``. A study with the boundaries as printed gets its
    items back and no row.
    """
    wanted = list(declaration.items)
    if declaration.boundary is None:
        return items[wanted], pd.DataFrame(columns=COLUMNS)
    told: list[tuple[int, int, str, str, str]] = []
    for merger in sorted(declaration.boundary.mergers, key=lambda each: (each.year, each.city)):
        items = _merged(items, merger, declaration.boundary, told)
    done = pd.DataFrame(told, columns=COLUMNS)
    return items[wanted], done[done["column"].isin(wanted)].reset_index(drop=True)


def _merged(
    items: pd.DataFrame, merger: Merger, boundary: Boundary, told: list[tuple[int, int, str, str, str]]
) -> pd.DataFrame:
    """The numbers with those of one merger put together; what was done is added to ``told``."""
    of_city = items.index.get_level_values("city")
    year = items.index.get_level_values("year")
    before = (of_city == merger.city) | (of_city == merger.into)
    years = np.unique(year[before & (year < merger.year)])
    keys = [
        pd.MultiIndex.from_product([[city], years], names=["city", "year"])
        for city in (merger.into, merger.city)
    ]
    index = items.index.union(keys[0])
    items = items.reindex(index)
    own, other = items.loc[keys[0]], items.reindex(keys[1])
    ratios = {ratio.item: ratio for ratio in boundary.ratios}
    for column in items:
        pair = [frame[column].to_numpy(dtype=float) for frame in (own, other)]
        if column in boundary.additive:
            what, values = SUMMED, pair[0] + pair[1]
        elif column in ratios:
            parts = [frame[ratios[column].part].to_numpy(dtype=float) for frame in (own, other)]
            what, values = RECOMPUTED, _together(ratios[column], pair, parts)
        else:
            what, values = MISSING, np.full(len(years), np.nan)
        items.loc[keys[0], column] = values
        told += _said(merger, years, str(column), what, values, pair)
    items.loc[items.index.get_level_values("city") == merger.city] = np.nan
    return items


def _together(ratio: Ratio, pair: Sequence[Array], parts: Sequence[Array]) -> Array:
    """The ratio of two areas together, from each one's own and a part of it.

    With a numerator the denominators follow from it (n / r), so that it does not matter which population a book divides by; with
    a denominator the numerators do (r · d).
    """
    own = [each + ratio.plus for each in pair]
    with np.errstate(divide="ignore", invalid="ignore"):
        if ratio.by_numerator:
            found = (parts[0] + parts[1]) / (parts[0] / own[0] + parts[1] / own[1])
        else:
            found = (own[0] * parts[0] + own[1] * parts[1]) / (parts[0] + parts[1])
    found = found - ratio.plus
    result: Array = np.where(np.isfinite(found), found, np.nan)
    return result


def _said(
    merger: Merger, years: NDArray[np.int64], column: str, what: str, values: Array, pair: Sequence[Array]
) -> list[tuple[int, int, str, str, str]]:
    """What was done in each year in which one of the two cities prints a number."""
    said = []
    for year, value, own, other in zip(years, values, *pair, strict=True):
        if np.isnan(own) and np.isnan(other):
            continue
        kind, detail = (
            what,
            f"with {merger.name} ({merger.city}), merged into it in the figures of {merger.year}",
        )
        if np.isnan(value):
            lacking = [
                name for name, each in ((merger.into_name, own), (merger.name, other)) if np.isnan(each)
            ]
            why = (
                f"{', '.join(lacking)} is not printed"
                if lacking
                else "its parts are not known or not printed"
            )
            kind, detail = MISSING, f"{why}; {detail}"
        said.append((merger.into, int(year), column, kind, detail))
    return said


def breaks(declaration: SampleDeclaration, done: pd.DataFrame) -> pd.DataFrame:
    """What was done, and the changes of territory that cannot be undone; sorted."""
    if declaration.boundary is None:
        return done
    rows = [(each.city, each.year, "", BREAK, each.told) for each in declaration.boundary.breaks]
    table = pd.concat([done, pd.DataFrame(rows, columns=COLUMNS)], ignore_index=True) if rows else done
    return table.sort_values(["city", "year", "what", "column", "detail"], ignore_index=True)


def flags(frame: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """A harmonised sample with its two flags.

    Parameters
    ----------
    listed : of :func:`breaks`
    """
    keys = pd.MultiIndex.from_frame(frame[["city", "year"]])
    parts = {
        IS_SUM: listed[listed["what"].isin([SUMMED, RECOMPUTED])],
        IS_BREAK: listed[listed["what"] == BREAK],
    }
    found = {
        name: keys.isin(pd.MultiIndex.from_frame(own[["city", "year"]]))
        if len(own)
        else np.zeros(len(frame), bool)
        for name, own in parts.items()
    }
    return frame.assign(**found)
