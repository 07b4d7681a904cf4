"""Properties of cities: a column of a file below ``config/reference`` or of a workspace's ``data``, by city, province or year."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from nianjian.declarations.layers import DATA, Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import cities as city_names
from nianjian.reference import tables
from nianjian.reference.cities import Cities, UnknownCity
from nianjian.reference.policies import approval_year
from nianjian.reference.tables import Row, Table

By = Literal["city", "province", "city_year", "year"]
Owner = tuple[int, int]
"""Code of a city or province, and a year; 0 for what a row is not of."""
Dated = tuple[tuple[int, int, str | float], ...]
"""(code of a city or 0, year, its value), sorted."""
YEARS = ("year", "年份", "年度", "年", "时间")
PROVINCES = ("province", "province_name", "省份", "省", "省级", "省代码")
"""Names under which people keep years and provinces."""


def values(
    layers: Layers,
    cities: Cities,
    file: str,
    column: str,
    context: str,
    *,
    by: By = "city",
    words: bool | None = True,
    city: str | None = None,
    year: str | None = None,
    sheet: str | None = None,
) -> tuple[tuple[Owner, str | float], ...]:
    """Values of an attribute by city or province and year, sorted; those without a value are left out.

    Parameters
    ----------
    layers : where files are looked for
    file : relative to ``config/reference``, or ``data/…`` of the workspace
    column : the one that holds the values
    context : what messages open with: the study's file and the attribute's key
    by : whose value stands in each row
    words : whether the values are words; else they are numbers. None: words, unless all could be numbers, which is an error
    city, year : columns of cities (or provinces) and years; None: found by their names, that of cities also by what it holds
    sheet : of a workbook; None: the first

    Raises
    ------
    DeclarationError
        If there is no such file or column, cities or provinces are unknown, one has two values, or a value that must be a number
        is none; all such rows are named.
    """
    path, shown = _file(layers, file, context)
    try:
        table = tables.read_path(path, shown, sheet, [name for name in (city, year, column) if name])
        owners = _owners(table, cities, by, city, year)
    except DeclarationError as error:
        raise DeclarationError(f"{context}.file: {error}") from None
    try:
        return _held(table, owners, column, words, is_own=file.startswith(DATA))
    except DeclarationError as error:
        raise DeclarationError(f"{context}.column: {error}") from None


@lru_cache(maxsize=64)
def _held(
    table: Table, owners: tuple[Owner, ...], column: str, words: bool | None, *, is_own: bool
) -> tuple[tuple[Owner, str | float], ...]:
    """Values of a column by the owners of its rows, sorted."""
    table.need(column)
    rows = [
        (owner, row)
        for owner, row in zip(owners, table.rows, strict=True)
        if row[column] not in tables.MISSING
    ]
    if words is None:
        _check_words(table, column, [row[column] for _, row in rows])
    read: Callable[[Row], str | float] = (
        (lambda row: row[column]) if words is not False else (lambda row: _number(table, row, column))
    )
    # ASSUME: of the project's lists the last row of a city counts, as they are written; a user's must be clear.
    if is_own:
        _check_once(table, column, rows)
    return tuple(sorted({owner: read(row) for owner, row in rows}.items(), key=lambda pair: pair[0]))


def _file(layers: Layers, file: str, context: str) -> tuple[Path, str]:
    found = tables.find(layers, file)
    if found is not None:
        return found
    if file.startswith(DATA):
        raise DeclarationError(f"{context}.file: {layers.lacks(file)}")
    known = [*tables.names(layers), *tables.names(layers, tables.POLICIES)]
    raise DeclarationError(
        f"{context}.file: there is no config/{tables.FOLDER}/{file}"
        + (suggestion(file, known) or "; write it, or name another file")
    )


@lru_cache(maxsize=64)
def _owners(table: Table, cities: Cities, by: By, city: str | None, year: str | None) -> tuple[Owner, ...]:
    """City or province, and year, of every row."""
    dated = by in ("city_year", "year")
    years = (year or next(iter(tables.known_columns(table, YEARS)), "year")) if dated else None
    if years is not None:
        table.need(years)
    if by == "year":
        return table.of_rows(lambda row: (0, _year(table, row, years)))
    if by == "province":
        column = table.need(city or next(iter(tables.known_columns(table, PROVINCES)), "province"))
        return table.of_rows(lambda row: (_province(table, row, column, cities), 0))
    columns = city_names.key_columns(table, cities, city)
    return table.of_rows(
        lambda row: (city_names.city_of(table, row, columns, cities), _year(table, row, years))
    )


def _province(table: Table, row: Row, column: str, cities: Cities) -> int:
    try:
        return cities.province(row[column])
    except UnknownCity as error:
        raise table.fail(row, f"{error}; mend it or take the row out") from None


def _year(table: Table, row: Row, column: str | None) -> int:
    if column is None:
        return 0
    try:
        return approval_year(row[column])
    except ValueError as error:
        raise table.fail(row, f"{column} '{row[column]}' {error}; write a year, 2013") from None


def _check_once(table: Table, column: str, rows: list[tuple[Owner, Row]]) -> None:
    """Nobody has two values; the same one may stand twice."""
    first: dict[Owner, Row] = {}
    wrong = []
    for owner, row in rows:
        before = first.setdefault(owner, row)
        if before[column] != row[column]:
            wrong.append(
                f"{table.unit}s {before.line} and {row.line} are of one {'year' if not owner[0] else 'place'}"
                f"{f' and year {owner[1]}' if all(owner) else ''} and hold '{before[column]}' and '{row[column]}'"
            )
    if wrong:
        more = f" and {len(wrong) - tables.NAMED} more" if len(wrong) > tables.NAMED else ""
        raise DeclarationError(
            f"{table.shown}, column '{column}': {'; '.join(wrong[: tables.NAMED])}{more}; keep one of them"
        )


def _check_words(table: Table, column: str, texts: list[str]) -> None:
    if texts and all(tables.number(text) == tables.number(text) for text in texts):
        raise DeclarationError(
            f"{table.shown}, column '{column}' holds numbers; say in which unit, unit: \"1\" if in none, or unit: text if they are "
            "words"
        )


def _number(table: Table, row: Row, column: str) -> float:
    text = row[column]
    found = tables.number(text)
    if found != found:
        raise table.fail(
            row,
            f"column '{column}' holds '{text}', which is no number; write one without a unit, leave the cell "
            "empty, or declare the attribute with unit: text",
        )
    return found


def listed(
    layers: Layers,
    cities: Cities,
    file: str,
    context: str,
    *,
    city: str | None = None,
    sheet: str | None = None,
) -> tuple[int, ...]:
    """Cities of a list, sorted, each once.

    Raises
    ------
    DeclarationError
        If there is no such file, it lists none, or cities are unknown; all of them are named.
    """
    path, shown = _file(layers, file, context)
    try:
        table = tables.read_path(path, shown, sheet, [city] if city else [])
        found = {code for code, _ in _owners(table, cities, "city", city, None)}
    except DeclarationError as error:
        raise DeclarationError(f"{context}.file: {error}") from None
    if not found:
        raise DeclarationError(f"{context}.file: {table.shown} lists no city; write one a row")
    return tuple(sorted(found))
