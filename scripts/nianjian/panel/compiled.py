"""Columns and rows of compiled panels: what each means is declared, not printed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nianjian import schemas
from nianjian import units as unit_algebra
from nianjian.addresses import row_of
from nianjian.declarations.models.items import Item, PanelValue
from nianjian.errors import InputError
from nianjian.extract.periods import NoYear, read_period
from nianjian.panel.cities import RESULT, CityBook
from nianjian.panel.gazetteer import CITY, COUNTY_CITY, UNKNOWN, Reading
from nianjian.panel.nearest import NearestNames
from nianjian.panel.printed_units import PrintedUnits
from nianjian.panel.region_codes import CodeBook, FormerCode

log = logging.getLogger(__name__)

LISTED = 20
"""Labels of a source that a log names."""


def declared_columns(
    columns: pd.DataFrame,
    panels: Mapping[str, Mapping[str, PanelValue]],
    items: Mapping[str, Item],
    units: PrintedUnits,
) -> pd.DataFrame:
    """Columns of compiled panels with item, scope, unit and factor as declared in config/sources.

    ``problem`` says where the rows of heads print another unit than the declared one, which stands.
    """
    declared = [panels[s][h] for s, h in zip(columns["source"], columns["header"], strict=True)]
    result = columns.reset_index(drop=True)
    result["item"] = pd.Series([value.item for value in declared], dtype="object")
    result["scope"] = pd.Series([value.scope for value in declared], dtype="object")
    result["unit"] = [items[value.item].unit for value in declared]
    result["factor"] = [units.factor(value.unit, items[value.item].unit) for value in declared]
    result["other_factor"], result["unit_source"], result["how"] = np.nan, "declared", "declared"
    result["problem"] = pd.Series(
        [
            _contradiction(note, value.unit, units)
            for note, value in zip(columns["note"], declared, strict=True)
        ],
        dtype="object",
    )
    result["year"] = np.int32(0)
    return result


def _contradiction(note: str, declared: str, units: PrintedUnits) -> str:
    """What is to be said of a unit in the heads that is not the declared one; empty where they agree or none is printed."""
    found = units.parse(note)
    printed = found.chinese or found.english
    if printed is None or not note:
        return ""
    per, medium = units.implied_per(note), units.medium(note)
    own = units.spelled(declared) or declared
    factor = units.factor_or_none(printed, own, per=per, medium=medium)
    if factor is not None and abs(factor - 1) < 1e-9:
        return ""
    known = unit_algebra.format_unit(unit_algebra.parse_unit(printed))
    other = "measures something else" if factor is None else f"makes numbers {factor:g} times as large"
    return f"the heads print the unit {known}, declared is {declared}, which stands; the printed one {other}"


def resolve_compiled(
    rows: pd.DataFrame, book: CityBook, former: Mapping[int, FormerCode] | None = None
) -> pd.DataFrame:
    """Region and year of rows of compiled panels: by code, by name of any year or in English, or by province and name (安徽安庆).

    Parameters
    ----------
    rows : ``source, file, sheet, label, period``, and ``first_cell`` for messages
    book : names of the cities
    former : codes that are no longer in force

    Returns
    -------
    ``rows`` with ``kind, city, city_name, how, problem, year``; of a label that names no city the problem says what is near.

    Raises
    ------
    InputError
        If a period is no year.
    """
    rows = rows.assign(year=_years(rows))
    unique = rows[["source", "label", "year"]].drop_duplicates(ignore_index=True)
    # One "sheet" a row: compiled panels are in nobody's book order, so no position must be read into them.
    alone = unique.assign(edition=unique["year"] + 1, file="", block=0, row=np.arange(len(unique)))
    alone["sheet"] = alone["row"].astype(str)
    # ASSUME: a compiled panel of cities means the city where a province has the same short name (吉林).
    shared = book.labels.shared_name
    alone["label"] = alone["label"].replace({shared: shared + book.labels.city_ending})
    found = {name: np.full(len(unique), None, dtype=object) for name in RESULT}
    for _, own in alone.groupby("source", sort=False, observed=True):
        # A panel of prefectures gives 忻州 its prefecture's values also in years in which only the seat was a city.
        for kinds in (book.kinds(own), (CITY, COUNTY_CITY)):
            resolved = book.resolve(own, kinds)
            for name in RESULT:
                found[name][own.index] = resolved[name].astype("object").to_numpy()
            own = own[(resolved["kind"] == UNKNOWN).to_numpy()]
            if own.empty:
                break
    codes = CodeBook(book.tables, former or {})
    nearest = NearestNames(book.tables, book.labels, former or {})
    hints: dict[str, str] = {}
    for number, (label, year) in enumerate(zip(unique["label"], unique["year"], strict=True)):
        reading = codes.read(label, int(year))
        if reading is None and found["kind"][number] == "unknown":
            reading = nearest.formerly(label, int(year)) or nearest.in_english(label)
            if reading is None and "empty" not in (problem := str(found["problem"][number])):
                hint = hints.setdefault(label, nearest.hint(label))
                found["problem"][number] = f"{problem}; {hint}" if hint else problem
        if reading is not None:
            _put(found, number, reading)
    result = unique.assign(**found)
    _put_shared_provinces(result, book)
    return rows.merge(result, on=["source", "label", "year"], how="left", validate="many_to_one")


def _put(found: Mapping[str, np.ndarray], number: int, reading: Reading) -> None:
    city = reading.code if reading.kind in (CITY, COUNTY_CITY) else pd.NA
    values = (reading.kind, city, reading.name, reading.how, reading.problem)
    for name, value in zip(("kind", "city", "city_name", "how", "problem"), values, strict=True):
        found[name][number] = value


def _years(rows: pd.DataFrame) -> pd.Series:
    found = {}
    for period in rows["period"].unique():
        try:
            found[period] = read_period(str(period)).year
        except NoYear as error:
            row = rows[rows["period"] == period].iloc[0]
            raise InputError(
                f"{row['file']}, sheet {row['sheet']}, row of {row['first_cell']}: the year {period!r} {error}"
            ) from None
    return rows["period"].map(found).astype("int32")


def _put_shared_provinces(result: pd.DataFrame, book: CityBook) -> None:
    """吉林 is the province in a list of provinces, or beside 吉林市."""
    shared = book.labels.shared_name
    normal = result["label"].map(book.labels.normalise)
    for source, own in result.groupby("source", observed=True):
        here = normal[own.index]
        if not (here == shared).any():
            continue
        provinces = own.loc[own["kind"] == "province", "city_name"].nunique()
        cities = own.loc[(own["kind"] == "city") & (own["city"].map(_of_province) > 0), "city"]
        explicit = (here == shared + book.labels.city_ending).any()
        if provinces > cities[here != shared].nunique() or (explicit and provinces):
            name = next(row.province_zh for row in book.tables.cities if row.province_zh.startswith(shared))
            at = result.index[(result["source"] == source) & (normal == shared)]
            result.loc[at, ["kind", "city_name", "how", "problem"]] = ["province", name, "short", ""]
            result.loc[at, "city"] = pd.NA


def _of_province(city: object) -> int:
    """The part of a code behind its province: 0 of a municipality."""
    return 0 if pd.isna(city) else int(str(city)) % 10000


def tell(labels: pd.DataFrame, columns: pd.DataFrame) -> None:
    """Log what of the compiled panels is no city, and which units contradict their heads: what a reader must see at once.

    Parameters
    ----------
    labels, columns : tables of coverage
    """
    for found in columns[(columns["unit_source"] == "declared") & (columns["problem"] != "")].itertuples():
        log.warning("%s, %s: %s", found.source, found.header, found.problem)
    own = labels[labels["edition"].fillna(0) == 0]
    for source, all_labels in own.groupby("source", sort=True):
        for kind, what in (("province", "provinces"), ("county_city", "county-level cities")):
            others = all_labels[all_labels["kind"] == kind]
            if len(others):
                names = list(others["label"].unique())
                rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
                log.warning(
                    "%s: %d labels are %s, whose %s cells stand in %s: %s%s",
                    source, len(names), what, f"{others['cells'].sum():,}", schemas.LEVELS[kind],
                    ", ".join(names[:LISTED]), rest,
                )  # fmt: skip
        unknown = all_labels[all_labels["kind"] == "unknown"]
        if unknown.empty:
            continue
        by_label = unknown.groupby("label").agg(
            **{name: (name, "first") for name in ("problem", "file", "sheet", "first_cell")},
            cells=("cells", "sum"),
        )
        by_label = by_label.sort_values(["cells"], ascending=False, kind="stable")
        lines = [
            f"{label or '(blank)'}: {row.cells} cells, first {_place(row)}; {row.problem}"
            for label, row in by_label.head(LISTED).iterrows()
        ]
        more = len(by_label) - len(lines)
        if more > 0:
            lines.append(f"and {more} labels more, see the coverage page")
        log.warning(
            "%s: %d labels match no city, %s cells left out\n%s",
            source, len(by_label), f"{by_label['cells'].sum():,}", "\n".join(lines),
        )  # fmt: skip


def _place(row: Any) -> str:
    """File, sheet and row of a label's first number; a CSV file has no sheet."""
    sheet = f", sheet {row.sheet}" if row.sheet else ""
    return f"{row.file}{sheet}, row {row_of(row.first_cell)}"
