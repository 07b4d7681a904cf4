"""Which unit each row of an own file is of: a place that the project knows, or whatever else its identifier says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from nianjian.errors import InputError
from nianjian.own.table import LISTED, OwnTable, Row
from nianjian.reference.cities import WHAT, Cities, UnknownCity

LARGEST = 2**31 - 1
"""Of the codes by which a sample keys its units."""
_NUMBER = re.compile(r"(\d{1,10})(?:\.0*)?")
_FOUR_DIGITS = re.compile(r"(\d{4})(?:\.0*)?")


class Units(NamedTuple):
    """Units of a file.

    Attributes
    ----------
    codes : by identifier as text
    names : what each is called, by code
    """

    codes: Mapping[str, int]
    names: Mapping[int, str]


def places(table: OwnTable, cities: Cities) -> Units:
    """The places that the rows name.

    Raises
    ------
    InputError
        If one is not known; the message names rows and what is near, or says that ``unit`` takes any identifier.
    """
    codes: dict[str, int] = {}
    unknown: dict[str, tuple[Row, str]] = {}
    for row in table.rows:
        if row.label in codes or row.label in unknown:
            continue
        try:
            codes[row.label] = _place(row.called, cities)
        except UnknownCity as error:
            unknown[row.label] = (row, str(error))
    if unknown:
        raise _unknown(table, unknown, len(codes), cities.level)
    return Units(codes, {code: cities.by_code[code].name for code in codes.values()})


def _place(label: str, cities: Cities) -> int:
    try:
        return cities.code(label)
    except UnknownCity:
        # 4201 is how some panels shorten 420100.
        if (short := _FOUR_DIGITS.fullmatch(label)) is not None:
            return cities.code(f"{short[1]}00")
        raise


def _unknown(table: OwnTable, unknown: Mapping[str, tuple[Row, str]], known: int, level: str) -> InputError:
    context, column = table.wanted.context, table.wanted.unit
    what = WHAT[level][0]
    some = list(unknown.items())
    rows = "; ".join(
        f"row {row.at + 1}: {told.split('; known names')[0]}" for _, (row, told) in some[:LISTED]
    )
    more = f"; and {len(some) - LISTED} more" if len(some) > LISTED else ""
    if not known:
        return InputError(
            f"{context}.city: column {column!r} of {table.called} names no {what} ({rows}{more}); if its identifiers are of "
            f"something else (numbers from 1, firms, counties), write `unit: {column}` in place of `city: {column}`"
        )
    return InputError(
        f"{context}.city: {len(some)} of {len(some) + known} identifiers in column {column!r} of {table.called} are no {what}: "
        f"{rows}{more}; mend them, leave their rows out, or write `unit: {column}` to take all identifiers as they are"
    )


def identifiers(table: OwnTable, name: str | None) -> Units:
    """All identifiers as they are: whole numbers are their own codes, others are counted from 1 in their order.

    Raises
    ------
    InputError
        If a unit is called by two names.
    """
    labels = list(dict.fromkeys(row.label for row in table.rows))
    numbers = [_NUMBER.fullmatch(label) for label in labels]
    whole = [int(found[1]) for found in numbers if found is not None]
    own = len(whole) == len(labels) == len(set(whole)) and max(whole) <= LARGEST
    codes = (
        dict(zip(labels, whole, strict=True))
        if own
        else {label: at for at, label in enumerate(sorted(labels), 1)}
    )
    return Units(codes, _named(table, codes, name))


def _named(table: OwnTable, codes: Mapping[str, int], name: str | None) -> dict[int, str]:
    if name is None:
        shown = {codes[row.label]: row.called for row in table.rows}
        return {code: _shown(label) for code, label in sorted(shown.items())}
    column = table.column(name, "name")
    found: dict[int, str] = {}
    for row, text in zip(table.rows, table.texts(column), strict=True):
        code = codes[row.label]
        called = found.setdefault(code, text or row.label)
        if text and called not in (text, row.label):
            raise InputError(
                f"{table.place(row.at, column)}: unit {row.label} is called {text!r} here and {called!r} above; one name a unit, or "
                "leave `name` out"
            )
        if text and called == row.label:
            found[code] = text
    return found


def _shown(label: str) -> str:
    return re.sub(r"\.0*$", "", label) if _NUMBER.fullmatch(label) else label


def check_keys(table: OwnTable, codes: Mapping[str, int]) -> None:
    """A unit has one row a year.

    Raises
    ------
    InputError
        It names the rows.
    """
    seen: dict[tuple[int, int], Row] = {}
    twice: list[tuple[Row, Row]] = []
    for row in table.rows:
        first = seen.setdefault((codes[row.label], row.year), row)
        if first is not row:
            twice.append((first, row))
    if not twice:
        return
    shown = "; ".join(
        f"rows {one.at + 1} and {other.at + 1} are both of {other.label} in {other.year}"
        for one, other in twice[:LISTED]
    )
    more = f"; and {len(twice) - LISTED} more" if len(twice) > LISTED else ""
    parts = " (months, quarters or days of one year)" if any(row.period.part for _, row in twice) else ""
    raise InputError(
        f"{table.called}: {shown}{more}{parts}; keep one row a unit and year, or name the column that tells units apart under "
        "`unit`"
    )
