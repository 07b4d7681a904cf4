"""A look into the user's own file: its columns, and which look like units, years and a treatment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError, InputError

FIRST, LAST = 1949, 2100
"""Years that a column of years holds."""
LOOKED_AT = 20_000
"""Rows of the file that are looked at."""
_YEARS = ("year", "年份", "年", "年度", "会计年度")
_UNITS = (
    "city_id",
    "city",
    "code",
    "城市代码",
    "行政区划代码",
    "城市",
    "id",
    "unit",
    "firm",
    "stkcd",
    "证券代码",
    "county",
)


@dataclass(frozen=True)
class Column:
    """A column of the file.

    Attributes
    ----------
    label : the file's own label of the variable, if it has one
    values : without blanks, of the rows that were looked at
    """

    name: str
    label: str
    values: tuple[Any, ...]

    @property
    def numbers(self) -> list[float] | None:
        """Its numbers; None where it holds something else."""
        found = []
        for value in self.values:
            number = _number(value)
            if number is None:
                return None
            found.append(number)
        return found

    @property
    def is_year(self) -> bool:
        """Whether all of it are years."""
        numbers = self.numbers
        return bool(numbers) and all(each.is_integer() and FIRST <= each <= LAST for each in numbers or ())

    @property
    def is_dummy(self) -> bool:
        """Whether it holds 0 and 1 alone, both."""
        return set(self.numbers or ()) == {0.0, 1.0}

    @property
    def kind(self) -> str:
        """What messages say of it."""
        if self.is_year:
            return "years"
        if self.is_dummy:
            return "0 and 1"
        return "numbers" if self.numbers else "text" if self.values else "empty"


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number


@dataclass(frozen=True)
class Peeked:
    """A file's columns.

    Attributes
    ----------
    rows : of data
    """

    file: str
    columns: tuple[Column, ...]
    rows: int

    @property
    def names(self) -> list[str]:
        """Of all columns."""
        return [column.name for column in self.columns]

    def column(self, name: str, option: str) -> Column:
        """A column that is asked for.

        Raises
        ------
        DeclarationError
            If there is none; with what is near, or all that there are.
        """
        for column in self.columns:
            if column.name == name:
                return column
        near = suggestion(name, self.names) or f"; it has {', '.join(self.names)}"
        raise DeclarationError(f"{option} {name}: {self.file} has no column '{name}'{near}")

    @property
    def years(self) -> list[str]:
        """Columns that hold years; the one alone that is called so, where there is one."""
        found = [column.name for column in self.columns if column.is_year]
        called = [name for name in found if name.lower() in _YEARS]
        return called if len(called) == 1 else found

    @property
    def units(self) -> list[str]:
        """Columns that are called as units are; of names and codes the codes first."""
        low = {column.name.lower(): column.name for column in self.columns}
        return [low[name] for name in _UNITS if name in low]

    @property
    def dummies(self) -> list[str]:
        """Columns of 0 and 1."""
        return [column.name for column in self.columns if column.is_dummy]

    @property
    def listed(self) -> str:
        """All columns with what they hold, a line each."""
        return "\n".join(
            f"  {column.name}{f' ({column.label})' if column.label else ''}: {column.kind}"
            for column in self.columns
        )


def peek(path: Path, hints: Sequence[str] = ()) -> Peeked:
    """Look into a file.

    Parameters
    ----------
    hints : columns that are said to be there, by which a text file's delimiter is told

    Raises
    ------
    InputError, DeclarationError
        If it is not there, cannot be read, or its first row names no columns.
    """
    from nianjian.extract import panel_files

    if not path.is_file():
        raise DeclarationError(
            f"--data {path}: there is no such file; name a .dta, .csv, .xlsx or .parquet, or yearbook"
        )
    first, *others = hints or ("",)
    pages = panel_files.read_pages(path, first, others)
    page = next((page for page in pages if page.visible and page.rows), None)
    if page is None:
        raise InputError(f"{path.name}: there is no row in it; is it the right file?")
    head = [page.text(0, at).strip() for at in range(page.width)]
    named = [(at, name) for at, name in enumerate(head) if name]
    twice = next((name for at, name in named if head.index(name) != at), None)
    if twice is not None:
        raise InputError(f"{path.name}: two columns are called '{twice}'; rename one")
    body = [row for row in page.rows[1:] if any(cell != "" for cell in row)]
    columns = tuple(
        Column(
            name,
            page.aliases.get(at, ""),
            tuple(_plain(row[at]) for row in body[:LOOKED_AT] if at < len(row) and row[at] not in ("", None)),
        )
        for at, name in named
    )
    if not columns or not body:
        raise InputError(
            f"{path.name}: expected a first row with the columns' names and rows of data below it"
        )
    return Peeked(path.name, columns, len(body))


def _plain(value: Any) -> Any:
    """What a cell holds; a labelled value of Stata is its label."""
    return getattr(value, "text", getattr(value, "value", value))
