"""Lists of the cities that a policy reaches: ``config/reference/policies/<name>.csv``, or ``config/policies/`` of a workspace.

A row is a unit that the policy names: ``city`` (code or name), ``approval_date`` and, if not all rows count, columns that say
which do (a ``coding``, true or false). A city may stand in several rows.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from nianjian.declarations.layers import Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import cities as city_names
from nianjian.reference import tables
from nianjian.reference.cities import Cities
from nianjian.reference.tables import Row, Table

DATE = "approval_date"
FIRST, LAST = 1949, 2100
"""Years that an approval can be of."""
_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_MIDNIGHT = re.compile(
    r"[ T]0?0:00(:00(\.0+)?)?$|(?<=^\d{4})\.0+$"
)  # as spreadsheets write dates and whole numbers

Members = tuple[tuple[int, int], ...]
"""(city, year of approval) of the rows that count, sorted, each once."""


def members(layers: Layers, cities: Cities, policy: str, coding: str | None, context: str) -> Members:
    """Cities that a policy reaches, with the years of their approvals.

    Parameters
    ----------
    layers : where files are looked for
    policy : the file's name
    coding : the column that says which rows count; None: all of them
    context : what messages open with: the study's file and the key of the policy

    Raises
    ------
    DeclarationError
        If there is no such file or column, no row counts, or a row cannot be read; with the file, the line, and what to do.
    """
    found = tables.find(layers, f"{tables.POLICIES}{policy}.csv")
    if found is None:
        known = [Path(name).stem for name in tables.names(layers, tables.POLICIES)]
        raise DeclarationError(
            f"{context}.policy: there is no config/{tables.FOLDER}/{tables.POLICIES}{policy}.csv"
            + (suggestion(policy, known) or f"; write it, or name one of {', '.join(known)}")
        )
    try:
        table = tables.read_path(*found)
        dated = _dated(table, cities)
    except DeclarationError as error:
        raise DeclarationError(f"{context}.policy: {error}") from None
    try:
        counted = [
            pair
            for row, pair in zip(table.rows, dated, strict=True)
            if coding is None or _counts(table, row, coding)
        ]
    except DeclarationError as error:
        raise DeclarationError(f"{context}.coding: {error}") from None
    if not counted:
        key, what = (
            (".policy", "has no rows")
            if coding is None
            else (".coding", f"has no row where '{coding}' is true")
        )
        raise DeclarationError(f"{context}{key}: {table.shown} {what}; nothing would be treated")
    return tuple(sorted(set(counted)))


@lru_cache(maxsize=64)
def _dated(table: Table, cities: Cities) -> Members:
    """(city, year of approval) of every row, in the file's order."""
    columns = city_names.key_columns(table)
    table.need(DATE)
    return tuple((city_names.city_of(table, row, columns, cities), _year(table, row)) for row in table.rows)


def _year(table: Table, row: Row) -> int:
    try:
        return approval_year(row[DATE])
    except ValueError as error:
        raise table.fail(row, f"{DATE} '{row[DATE]}' {error}; write 2013, 2013-01 or 2013-01-29") from None


def approval_year(text: str) -> int:
    """Year of a date: 2013, 2013-01, 2013-01-29, 2013/1/29, 2013年1月, 2013年1月29日.

    Raises
    ------
    ValueError
        If it is no date of this or the last century.
    """
    plain = re.sub(
        r"[年月/.]", "-", re.sub(r"\s", "", _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip()))
    )
    match = _DATE.fullmatch(plain.removesuffix("日").removesuffix("-"))
    if match is None:
        raise ValueError("is no date")
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        datetime.date(year, month, day)
    except ValueError:
        raise ValueError("is no day of the calendar") from None
    if not FIRST <= year <= LAST:
        raise ValueError(f"is not between {FIRST} and {LAST}")
    return year


def _counts(table: Table, row: Row, coding: str) -> bool:
    """Whether a row counts by a coding."""
    table.need(coding)
    truth = _TRUTH.get(row[coding].lower())
    if truth is None:
        raise table.fail(row, f"column '{coding}' holds '{row[coding]}'; write true or false")
    return truth
