"""Which cities a sample keeps, and why it leaves out the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import formulas
from nianjian.errors import SampleError
from nianjian.sample.declaration import Drop, SampleDeclaration
from nianjian.sample.grid import Grid
from nianjian.sample.variables import Columns, Evaluated

Reasons = tuple[NDArray[np.bool_], Sequence[str] | str]
"""Which cities a rule takes out, and why: one reason for all, or one a city."""


def select(
    declaration: SampleDeclaration,
    required: list[str],
    before: pd.DataFrame,
    book: pd.DataFrame,
    fixed: Columns,
    grid: Grid,
) -> pd.DataFrame:
    """Apply the city rules in order; the first that a city breaks is its reason.

    Parameters
    ----------
    required : variables that count
    before : variables on the grid with nothing filled
    book : :func:`nianjian.sample.fixed.city_book` of the grid's cities
    fixed : :func:`nianjian.sample.fixed.fixed_columns`

    Returns
    -------
    DataFrame by city
        ``city_name, province, kept, reason, coverage, missing_after`` (null as yet)

    Raises
    ------
    SampleError
        If no city is left, or a required variable has no value in any of those that are.
    """
    inside = grid.within.to_numpy()
    shape = (len(grid.cities), inside.sum() // len(grid.cities), len(required))
    printed = before.loc[inside, required].notna().to_numpy().reshape(shape)
    coverage = printed.mean(axis=(1, 2)) if required else np.ones(len(grid.cities))
    listing = book[["city_name", "province"]].assign(kept=True, reason="", coverage=coverage)
    listing["missing_after"] = pd.array([pd.NA] * len(listing), dtype="Int32")
    rules = [
        (book["city_name"].isna().to_numpy(), "not in config/reference/cities.csv"),
        (~grid.rows.to_numpy().reshape(grid.shape).any(axis=1), "has no row in the sample's years"),
        _merged(declaration, grid.cities),
        *_declared(declaration, fixed, grid),
        *_spans(declaration, book),
        _moved(declaration, grid.cities),
        *_uncovered(declaration, required, printed, coverage),
    ]
    for condition, reasons in rules:
        hit = condition & listing["kept"].to_numpy()
        texts = np.array(
            [reasons] * len(listing) if isinstance(reasons, str) else list(reasons), dtype=object
        )
        listing.loc[hit, "reason"] = texts[hit]
        listing.loc[hit, "kept"] = False
    require_cities(declaration, listing, before.loc[inside, required])
    _check_printed(declaration, listing, before[required], grid)
    return listing


def _declared(declaration: SampleDeclaration, fixed: Columns, grid: Grid) -> list[Reasons]:
    """Cities that the study leaves out."""
    found: list[Reasons] = []
    for position, drop in enumerate(declaration.rules.drop):
        context = f"{declaration.file}, sample.cities.drop[{position}].where"
        found.append((_named(drop, context, fixed, grid), f"left out: {drop.reason}"))
    return found


def _named(drop: Drop, context: str, fixed: Columns, grid: Grid) -> NDArray[np.bool_]:
    if drop.where is None:
        return np.isin(grid.cities, drop.cities)
    holds = formulas.parse(drop.where, context, known=fixed).holds(fixed)
    found: NDArray[np.bool_] = holds.to_numpy().reshape(grid.shape).any(axis=1)
    return found


def _spans(declaration: SampleDeclaration, book: pd.DataFrame) -> list[Reasons]:
    """Cities that did not exist in all of the years."""
    start, end = declaration.rules.exist or declaration.years
    early = (book["from_year"] > (start if start is not None else np.inf)).to_numpy()
    late = (book["to_year"] < (end if end is not None else -np.inf)).to_numpy()
    return [
        (early, [f"a city only since {year:.0f}" for year in book["from_year"]]),
        (late, [f"a city only until {year:.0f}" for year in book["to_year"]]),
    ]


def _merged(declaration: SampleDeclaration, cities: NDArray[np.int64]) -> Reasons:
    """Cities whose numbers stand in those of another one."""
    mergers = declaration.boundary.mergers if declaration.boundary else ()
    told = {
        each.city: f"its numbers are in those of {each.into_name}, into which it was merged"
        for each in mergers
    }
    return np.isin(cities, list(told)), [told.get(int(city), "") for city in cities]


def _moved(declaration: SampleDeclaration, cities: NDArray[np.int64]) -> Reasons:
    """Cities whose territory changed between the sample's first and last year."""
    told = {
        event.city: f"boundary change in {event.year}: {event.event}"
        for event in reversed(declaration.events)
    }
    return np.isin(cities, list(told)), [told.get(int(city), "") for city in cities]


def _uncovered(
    declaration: SampleDeclaration,
    required: list[str],
    printed: NDArray[np.bool_],
    coverage: NDArray[np.float64],
) -> list[Reasons]:
    """Cities of which too little is printed; ``printed`` is cities × years × variables."""
    rules = declaration.rules
    found: list[Reasons] = [
        (
            coverage < rules.min_coverage,
            [f"coverage {share:.3f} is below {rules.min_coverage:g}" for share in coverage],
        )
    ]
    if required:
        lacking = 1 - printed.mean(axis=1)
        worst = lacking.argmax(axis=1)
        most = lacking[np.arange(len(lacking)), worst]
        named = [
            f"{required[j]} is missing in {share:.0%} of the years"
            for j, share in zip(worst, most, strict=True)
        ]
        found.append((most > rules.max_missing, named))
    return found


def drop_unbalanced(
    declaration: SampleDeclaration, listing: pd.DataFrame, result: Evaluated, required: list[str]
) -> bool:
    """Count the gaps that are left in each kept city, and take cities with gaps out if the sample must be balanced.

    ``listing`` is changed: ``missing_after``, and ``kept`` and ``reason`` of those taken out.

    Returns
    -------
    bool
        Whether a city was taken out.
    """
    grid, kept = result.grid, listing.index[listing["kept"]].to_numpy()
    left = result.values[required].isna().to_numpy(dtype=bool) & grid.within.to_numpy()[:, None]
    left = left.reshape(*grid.shape, len(required))
    per_city = left.sum(axis=(1, 2))
    listing.loc[kept, "missing_after"] = per_city
    if not declaration.balance:
        return False
    for city, holes in zip(kept[per_city > 0], left[per_city > 0], strict=True):
        year, variable = np.argwhere(holes)[0]
        example = f"{required[variable]} {grid.years[year]}"
        listing.loc[city, ["kept", "reason"]] = [False, f"{holes.sum()} gaps are left, first {example}"]
    return bool(per_city.any())


def require_cities(declaration: SampleDeclaration, listing: pd.DataFrame, before: pd.DataFrame) -> None:
    """Stop if no city is left, and say what took most of them.

    Parameters
    ----------
    before : required variables in the sample's city-years with nothing filled

    Raises
    ------
    SampleError
    """
    if listing["kept"].any():
        return
    told = "; ".join(f"{count} cities: {reason}" for reason, count in counted(listing).head(3).items())
    present = before.notna().mean().sort_values()
    worst = ", ".join(f"{name} {share:.0%}" for name, share in present.head(5).items())
    raise SampleError(
        f"{declaration.file}, sample.cities: no city is left ({told}); least printed are {worst}"
    )


def counted(listing: pd.DataFrame) -> pd.Series:
    """How often each reason occurs, whatever numbers and examples it holds."""
    reasons = listing.loc[~listing["kept"], "reason"]
    return (
        reasons.str.replace(r", first .*", "", regex=True)
        .str.replace(r"\b\d[\d.]*%?", "#", regex=True)
        .value_counts()
    )


def _check_printed(
    declaration: SampleDeclaration, listing: pd.DataFrame, before: pd.DataFrame, grid: Grid
) -> None:
    """A required variable without any value is a missing source, not a gap."""
    rows = np.repeat(listing["kept"].to_numpy(), len(grid.years)) & grid.within.to_numpy()
    present = before.loc[rows].notna().any()
    empty = list(present.index[~present])
    if empty:
        raise SampleError(
            f"{declaration.file}, variables: {', '.join(empty)} {'has' if len(empty) == 1 else 'have'} no value in "
            "any city-year of the sample; add a source that prints it, drop it, or run a variant without it"
        )
