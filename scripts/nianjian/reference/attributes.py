"""Fixed properties of cities: a column of a CSV file below ``config/reference``, by city or by province."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

from nianjian.declarations.layers import Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import cities as city_names
from nianjian.reference import tables
from nianjian.reference.cities import Cities, UnknownCity
from nianjian.reference.tables import Row, Table

By = Literal["city", "province"]
Values = tuple[tuple[int, str], ...] | tuple[tuple[int, float], ...]
"""(code of a city or province, its value), sorted; those without a value are left out."""


def values(
    layers: Layers,
    cities: Cities,
    file: str,
    column: str,
    context: str,
    *,
    by: By = "city",
    words: bool = True,
) -> Values:
    """Values of an attribute.

    Parameters
    ----------
    layers : where files are looked for
    file : relative to ``config/reference``
    column : the one that holds the values
    context : what messages open with: the study's file and the attribute's key
    by : whose code or name stands in each row; where one stands in several, the last counts
    words : whether the values are words; else they are numbers

    Raises
    ------
    DeclarationError
        If there is no such file or column, a city or province is unknown, or a value that must be a number is none.
    """
    found = tables.find(layers, file)
    if found is None:
        known = [*tables.names(layers), *tables.names(layers, tables.POLICIES)]
        raise DeclarationError(
            f"{context}.file: there is no config/{tables.FOLDER}/{file}"
            + (suggestion(file, known) or "; write it, or name another file")
        )
    try:
        table = tables.read_path(*found)
        owners = _owners(table, cities, by)
    except DeclarationError as error:
        raise DeclarationError(f"{context}.file: {error}") from None
    try:
        table.need(column)
        held = [
            (code, row)
            for code, row in zip(owners, table.rows, strict=True)
            if row[column] not in tables.MISSING
        ]
        if words:
            return tuple(sorted({code: row[column] for code, row in held}.items()))
        return tuple(sorted({code: _number(table, row, column) for code, row in held}.items()))
    except DeclarationError as error:
        raise DeclarationError(f"{context}.column: {error}") from None


@lru_cache(maxsize=64)
def _owners(table: Table, cities: Cities, by: By) -> tuple[int, ...]:
    """City or province of every row."""
    if by == "city":
        columns = city_names.key_columns(table)
        return tuple(city_names.city_of(table, row, columns, cities) for row in table.rows)
    table.need("province")
    found = []
    for row in table.rows:
        try:
            found.append(cities.province(row["province"]))
        except UnknownCity as error:
            raise table.fail(row, f"{error}; mend it or take the row out") from None
    return tuple(found)


def _number(table: Table, row: Row, column: str) -> float:
    text = row[column]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise table.fail(
            row,
            f"column '{column}' holds '{text}', which is no number; write one without commas or unit, leave the cell "
            "empty, or declare the attribute with unit: text",
        )
    return number
