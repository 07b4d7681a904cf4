"""First treated years from a column of an own file: a dummy that turns from 0 to 1, or the years themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from nianjian.declarations.models.sample import Treatment
from nianjian.errors import InputError
from nianjian.extract.periods import NoYear, read_period
from nianjian.own.table import LISTED, OwnTable, Row


class Adoption(NamedTuple):
    """When units were first treated.

    Attributes
    ----------
    members : (code, first treated year)
    told : what the log must say
    """

    members: tuple[tuple[int, int], ...]
    told: list[str]


class Dummy(NamedTuple):
    """A column of 0 and 1, or a formula that is.

    Attributes
    ----------
    shown : what messages call it
    key : of the declaration
    column : of the page; that of the units for a formula
    values : on the rows
    """

    shown: str
    key: str
    column: int
    values: list[float]


def dummy_of(
    table: OwnTable, treatment: Treatment, context: str, computed: list[float] | None
) -> Dummy | None:
    """What says in which years units are treated; None where only their first years are known.

    Parameters
    ----------
    computed : values of the treatment's formula on the rows, if it has one
    """
    if treatment.expr is not None:
        assert computed is not None, "a treatment by a formula is computed before"
        return Dummy(f"`{treatment.expr}`", f"{context}.expr", table.unit_column, computed)
    if treatment.column is None:
        return None
    column = table.column(treatment.column, f"{context}.column")
    return Dummy(treatment.column, f"{context}.column", column, table.numbers(column))


def adoption(
    table: OwnTable,
    treatment: Treatment,
    codes: Mapping[str, int],
    context: str,
    computed: list[float] | None = None,
) -> Adoption:
    """First treated years of an own file's units; ``computed`` as :func:`dummy_of` takes it.

    Raises
    ------
    InputError
        If the column is no dummy, goes back to 0, or says two first years of one unit.
    """
    told: list[str] = []
    dummy = dummy_of(table, treatment, context, computed)
    if treatment.first_year is not None:
        first = _given(table, treatment.first_year, codes, context)
        if dummy is not None:
            _compare(table, treatment.first_year, dummy, codes, first)
    else:
        assert dummy is not None, "a treatment without a policy has a column, a formula or first years"
        first = _of_dummy(table, treatment, dummy, codes, told)
    return Adoption(tuple(sorted(first.items())), told)


def _given(table: OwnTable, name: str, codes: Mapping[str, int], context: str) -> dict[int, int]:
    column = table.column(name, f"{context}.first_year")
    last = max(row.year for row in table.rows)
    found: dict[int, tuple[Row, int | None]] = {}
    for row in table.rows:
        year = _year(table, row, column, last)
        code = codes[row.label]
        before, own = found.setdefault(code, (row, year))
        if own != year:
            raise InputError(
                f"{table.place(row.at, column)}: unit {row.label} is first treated in {year or 'no year'} here and in "
                f"{own or 'no year'} in row {before.at + 1}; one first treated year a unit"
            )
    return {code: year for code, (_, year) in found.items() if year is not None}


def _year(table: OwnTable, row: Row, column: int, last: int) -> int | None:
    """A first treated year; None where a unit is never treated: blank, 0, or any number that is no year up to the last."""
    text = table.written(row.at, column)
    value = table.page.value(row.at, column)
    number = table.number_of(value)
    if number is None and table.is_missing(text):
        return None
    if number is not None and (number <= 0 or number > last):
        return None
    try:
        return read_period(value).year
    except NoYear as error:
        raise InputError(f"{table.place(row.at, column)}: the first treated year {text!r} {error}") from None


def _by_unit(
    table: OwnTable, dummy: Dummy, codes: Mapping[str, int]
) -> dict[int, list[tuple[int, Row, float]]]:
    """(year, row, value) of each unit in the order of years."""
    found: dict[int, list[tuple[int, Row, float]]] = {}
    blank = [row for row, value in zip(table.rows, dummy.values, strict=True) if math.isnan(value)]
    if blank:
        raise InputError(
            f"{table.place(blank[0].at, dummy.column)}: the treatment {dummy.shown} is missing ({len(blank)} such rows); write 0 or "
            "1, or take the rows out of the file"
        )
    for row, value in zip(table.rows, dummy.values, strict=True):
        if value not in (0.0, 1.0):
            raise InputError(
                f"{table.place(row.at, dummy.column)}: a treatment is 0 or 1, here {dummy.shown} is {value:g}; for an intensity leave "
                "the study's `treatment` out and name the column under `treatment` in the specifications"
            )
        found.setdefault(codes[row.label], []).append((row.year, row, value))
    return {code: sorted(rows, key=lambda each: each[0]) for code, rows in found.items()}


def _of_dummy(
    table: OwnTable, treatment: Treatment, dummy: Dummy, codes: Mapping[str, int], told: list[str]
) -> dict[int, int]:
    name = dummy.shown
    first: dict[int, int] = {}
    back: list[tuple[str, int]] = []
    from_start: list[str] = []
    for code, rows in _by_unit(table, dummy, codes).items():
        treated = [year for year, _, value in rows if value == 1]
        if not treated:
            continue
        first[code] = treated[0]
        back += [(row.label, year) for year, row, value in rows if year > treated[0] and value == 0][:1]
        if rows[0][0] == treated[0]:
            from_start.append(rows[0][1].label)
    if back:
        shown = ", ".join(f"{label} in {year}" for label, year in back[:LISTED])
        what = f"{name} goes back from 1 to 0 in {len(back)} units, first in {shown}{' …' if len(back) > LISTED else ''}"
        if treatment.reversals == "error":
            raise InputError(
                f"{dummy.key}: {what}; correct the file, write `reversals: first` to count them as treated from their first 1 on, or "
                "leave the study's `treatment` out and name the column under `treatment` in the specifications"
            )
        told.append(f"{what}; they count as treated from their first 1 on")
    if from_start:
        told.append(
            f"{len(from_start)} units have {name} = 1 in their first year ({', '.join(from_start[:LISTED])}"
            f"{' …' if len(from_start) > LISTED else ''}): it counts as their first treated year, though they may have been treated "
            "before; `first_year` names a column that knows"
        )
    return first


def _compare(
    table: OwnTable, years: str, dummy: Dummy, codes: Mapping[str, int], first: Mapping[int, int]
) -> None:
    """A dummy beside first treated years must be 1 from them on."""
    for code, rows in _by_unit(table, dummy, codes).items():
        for year, row, value in rows:
            if value != float(code in first and year >= first[code]):
                shown = f"first treated in {first[code]}" if code in first else "never treated"
                raise InputError(
                    f"{table.place(row.at, dummy.column)}: {dummy.shown} is {value:g}, but {years} says that {row.label} is {shown}; "
                    "mend one, or name one of the two under treatment"
                )
