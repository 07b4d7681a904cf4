"""From the panel to a study's sample: variables, cities, filled gaps, treatment, groups.

Everything is computed on a grid of all candidate cities by all years of the panel, so that lags reach back
before the sample's first year and gaps are filled from printed years just outside it. Averages, quantiles and
shares look at the sample's own city-years only.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nianjian import schemas, storage
from nianjian.declarations.columns import FIRST
from nianjian.sample import boundaries, cities, marks, variables
from nianjian.sample.declaration import SampleDeclaration
from nianjian.sample.fixed import city_book, fixed_columns, own_columns
from nianjian.sample.grid import make_grid, printed_items
from nianjian.sample.groups import group_columns
from nianjian.sample.marks import FILLED
from nianjian.sample.parsed import Formulas, parse
from nianjian.sample.variables import Evaluated

log = logging.getLogger(__name__)

LACKING = 20
"""Cities without a property that the log names."""
LISTING = ["city", "city_name", "province", "kept", "reason", "coverage", "missing_after"]


@dataclass(frozen=True)
class Sample:
    """What a study works with.

    Attributes
    ----------
    frame : one row a city-year of the sample
        ``city, city_name, year, province``, the variables (float64, each in its unit), ``{variable}__filled``
        (bool) unless nothing is filled, the treatment's column with ``first_treated_year``, other policies'
        dummies, attributes, groups.
    cities : one row a city of the panel
        ``city, city_name, province, kept, reason, coverage`` (share of required cells that is printed),
        ``missing_after`` (required cells still missing after filling).
    gaps : one row a variable, counts over the sample's city-years
        ``variable, cells, missing_before, filled_inside, chained, extrapolated, missing_after`` and
        ``share_filled``, the share of all cells; ``values, filled, suspect, corrected`` (:func:`marks.counted`).
    boundaries : what was done for one territory throughout, one row a city, year and column
        ``city, year, column, what`` (summed, recomputed, missing; break: a change of territory that stays), ``detail``. Empty
        with the boundaries as printed. ``frame`` of a harmonised sample has ``boundary__summed`` and ``boundary__break``
        (bool) for it.
    """

    frame: pd.DataFrame
    cities: pd.DataFrame
    gaps: pd.DataFrame
    boundaries: pd.DataFrame

    def write(self, sample: str | Path, cities: str | Path, gaps: str | Path, boundaries: str | Path) -> None:
        """Write all of it as Parquet."""
        storage.write_wide(self.frame, sample, ["city", "year"])
        storage.write_wide(self.cities, cities, ["city"])
        storage.write_wide(self.gaps, gaps, ["variable"])
        storage.write_table(self.boundaries, boundaries, schemas.BOUNDARIES, schemas.BOUNDARY_KEY)


def build(
    panel: pd.DataFrame,
    suspects: pd.DataFrame,
    declaration: SampleDeclaration,
    corrected: pd.DataFrame | None = None,
) -> Sample:
    """Build a study's sample.

    Parameters
    ----------
    panel : wide panel, key (city, year), a column ``item`` or ``item__districts`` each
    suspects : ``city, year, item, scope`` of values that break a rule
    declaration : the study's, see :mod:`nianjian.sample.declaration`
    corrected : ``city, year, item, scope`` of corrected values; None: there are none

    Raises
    ------
    SampleError
        If an item is not printed at all, a formula is undefined somewhere and does not say ``on_zero:
        missing``, or no city is left.
    FormulaError
        If a formula mixes units.
    """
    items, done = boundaries.harmonise(printed_items(panel, suspects, declaration), declaration)
    grid = make_grid(panel, *declaration.years, own=declaration.own is not None)
    raw = items.reindex(grid.index())
    fixed = {**fixed_columns(declaration, grid), **own_columns(declaration, panel, grid)}
    parsed = parse(declaration, fixed)
    required = parsed.required

    before = variables.evaluate(parsed, raw, fixed, grid).values
    book = city_book(declaration, grid.cities)
    listing = cities.select(declaration, required, before, book, fixed, grid)

    def on_kept() -> Evaluated:
        kept = listing.index[listing["kept"]].to_numpy()
        return variables.evaluate_on(kept, parsed, raw, fixed, grid, declaration.missing)

    result = on_kept()
    if cities.drop_unbalanced(declaration, listing, result, required):
        cities.require_cities(declaration, listing, before.loc[grid.within.to_numpy(), required])
        # Averages and quantiles over the sample change with its cities.
        result = on_kept()
    variables.check_undefined(parsed, result, book["city_name"], declaration.file)
    _report(declaration, listing, result)
    listed = boundaries.breaks(declaration, done)
    frame = _frame(declaration, parsed, result, book)
    none = pd.DataFrame(columns=list(schemas.CORRECTED))
    known = marks.counted(frame, parsed, declaration, suspects, none if corrected is None else corrected)
    return Sample(
        frame=frame if declaration.boundary is None else boundaries.flags(frame, listed),
        cities=listing.reset_index()[LISTING],
        gaps=result.gaps().merge(known, on="variable", how="left", validate="one_to_one"),
        boundaries=listed[
            listed["city"].isin(frame["city"]) & listed["year"].le(declaration.years[1])
        ].reset_index(drop=True),
    )


def _frame(
    declaration: SampleDeclaration, parsed: Formulas, result: Evaluated, book: pd.DataFrame
) -> pd.DataFrame:
    """The sample's columns in their order."""
    columns = result.columns
    parts: dict[str, pd.Series] = {
        "city": columns["city"].astype("int32"),
        "city_name": columns["city"].map(book["city_name"]),
        "year": columns["year"].astype("int32"),
    }
    if "province" in columns:
        known = columns["province"]
        parts["province"] = known.astype("int32") if declaration.own is None else known
    names = [variable.name for variable in parsed.variables]
    parts |= {name: result.values[name] for name in names}
    if declaration.missing.method != "none":
        filled = result.filled()
        parts |= {f"{name}{FILLED}": filled[name] for name in names}
    parts |= {policy.name: columns[policy.name] for policy in declaration.policies}
    if FIRST in columns:
        parts[FIRST] = columns[FIRST]
    parts |= {attribute.name: columns[attribute.name] for attribute in declaration.attributes}
    if declaration.own is not None:
        parts |= {each.name: columns[each.name] for each in declaration.own.columns if each.text}
    parts |= group_columns(parsed, result)
    rows = result.grid.rows.to_numpy()
    return pd.DataFrame(parts)[rows].sort_values(["city", "year"], ignore_index=True)


def _report(declaration: SampleDeclaration, listing: pd.DataFrame, result: Evaluated) -> None:
    """Log what became of cities, treatment and gaps, beside what the paper reports."""
    within = result.grid.rows
    first, last = declaration.years
    log.info(
        "%s: %d of %d cities, %d to %d, %d city-years%s",
        *(declaration.study, int(listing["kept"].sum()), len(listing), first, last, int(within.sum())),
        _beside(declaration.published.cities if declaration.published else None),
    )
    if declaration.treatment is not None:
        main = declaration.treatment.name
        treated = result.columns[main][within]
        log.info(
            "%s: %d treated cities, mean %.4f%s",
            *(main, result.columns["city"][within][treated == 1].nunique(), treated.mean()),
            _beside(declaration.published.treated if declaration.published else None),
        )
    _report_attributes(declaration, listing, result)
    for reason, count in cities.counted(listing).items():
        log.info("%d left out: %s", count, reason)
    for row in result.gaps().itertuples():
        if row.missing_before:
            log.info(
                "%s: %d of %d cells missing, %d filled inside, %d chained, %d carried outwards, %d left",
                *(row.variable, row.missing_before, row.cells, row.filled_inside, row.chained),
                *(row.extrapolated, row.missing_after),
            )


def _report_attributes(declaration: SampleDeclaration, listing: pd.DataFrame, result: Evaluated) -> None:
    """Log which cities of the sample lack a property that others have."""
    kept = listing["city_name"][listing["kept"].to_numpy()]
    for attribute in declaration.attributes:
        lacking = result.columns[attribute.name].isna() & result.grid.within
        without = kept[kept.index.isin(result.columns["city"][lacking])]
        if len(without):
            more = f" and {len(without) - LACKING} more" if len(without) > LACKING else ""
            log.warning(
                "attribute %s: %d of %d cities have %s: %s%s",
                *(attribute.name, len(without), len(kept)),
                "no value in some year" if attribute.dated else "no value",
                *(", ".join(map(str, without[:LACKING])), more),
            )


def _beside(number: int | None) -> str:
    return f"; the paper reports {number} cities" if number else ""
