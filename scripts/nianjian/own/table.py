"""The one table of a user's own file: which row names the columns, which rows are observations, what their cells hold.

Files are read as compiled panels are (:mod:`nianjian.extract.panel_files`): encoding, delimiter and mark of decimals are told by
what is declared, or refused. Numbers that the file holds as numbers are taken as they are.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from nianjian.addresses import cell_name
from nianjian.declarations.reading import suggestion
from nianjian.errors import InputError
from nianjian.extract.panel_files import Page, choose, has_head, raw, read_pages, shown
from nianjian.extract.panel_heads import Heads, period_of
from nianjian.extract.panel_numbers import decimal_mark, read_number
from nianjian.extract.periods import Period, StataTime, no_attempt
from nianjian.extract.stata import Labelled
from nianjian.extract.text import fold, tidy

MISSING = frozenset(("", ".", "na", "n/a", "#n/a", "nan", "null"))
"""What stands for a missing number, folded and in small letters: Stata's, R's, Python's and spreadsheets' own."""
STATA_MISSING = re.compile(r"\.[a-z]?")
LISTED = 5
"""So many rows a message names."""

Kind = Literal["number", "text"]


class Wanted(NamedTuple):
    """What is declared of a file.

    Attributes
    ----------
    file : relative to the workspace
    sheet : None: the first that is shown
    unit : head of the column of units
    year : head of the column of years, or the one year of all rows
    na : texts that stand for a missing number beside :data:`MISSING`
    names : heads, or parts of formulas, among which heads of the file may be; by them a delimiter is told
    context : file and key of the declaration, for messages
    """

    file: str
    sheet: str | None
    unit: str
    year: str | int
    na: frozenset[str]
    names: tuple[str, ...]
    context: str


@dataclass(frozen=True)
class Row:
    """A row of observations.

    Attributes
    ----------
    at : its place in the page, from 0
    label : the unit's identifier as text
    period : its year, and what of it the cell names besides
    called : what its cell shows: of a number with a label in Stata that label
    """

    at: int
    label: str
    period: Period
    called: str

    @property
    def year(self) -> int:
        return self.period.year


class OwnTable:
    """The table of a file.

    Parameters
    ----------
    root : folder that the file's path is relative to
    wanted : what is declared

    Raises
    ------
    InputError
        If the file, its sheet or a column is not there, or a row cannot be relied on; the message names file, row and column.
    """

    def __init__(self, root: str | Path, wanted: Wanted) -> None:
        path = Path(root) / wanted.file
        if not path.is_file():
            raise InputError(
                f"{wanted.context}.file: {wanted.file} does not exist in the workspace; put the file there, or correct the path"
            )
        self.wanted = wanted
        heads = [wanted.unit, *([wanted.year] if isinstance(wanted.year, str) else [])]
        pages = read_pages(path, wanted.unit, {*heads, *wanted.names})
        self.page = self._chosen(pages)
        if not self.page.rows:
            raise InputError(f"{self.called}: is empty; name another file")
        self.top = self._top(pages)
        self.unit_column = self.column(wanted.unit, "unit")
        self.year_column = self.column(wanted.year, "year") if isinstance(wanted.year, str) else None
        self.first = self._first()

    @property
    def called(self) -> str:
        """The file and its sheet, for messages."""
        sheet = f", sheet {self.page.name}" if self.page.name else ""
        return f"{self.wanted.file}{sheet}"

    def place(self, row: int, col: int) -> str:
        """File, sheet, row and column, for messages."""
        return f"{self.called}, row {row + 1}, column {self.heads[col] or cell_name(row, col)}"

    # -- heads

    def _chosen(self, pages: list[Page]) -> Page:
        if self.wanted.sheet is not None:
            return choose(pages, self.wanted.sheet, self.wanted.unit)
        first = choose(pages, None, self.wanted.unit)
        fitting = [page for page in pages if page.typed or has_head(page, self.wanted.unit)]
        if first in fitting or not fitting:
            return first
        names = ", ".join(page.name for page in fitting)
        raise InputError(
            f"{self.wanted.context}.sheet: column {self.wanted.unit!r} stands on sheet {names} of {self.wanted.file}, not on the "
            f"first, {first.name}; name it under `sheet`"
        )

    def _top(self, pages: list[Page]) -> int:
        """The row that names the columns: that with the column of units, or of the heads of a message the fullest."""
        try:
            return Heads.find(self.page, self.wanted.unit, pages).top
        except InputError:
            rows = range(min(30, len(self.page.rows)))
            self.top = max(rows, key=lambda at: sum(cell != "" for cell in self.page.rows[at]))
            raise self._unknown(self.wanted.unit, "unit") from None

    @cached_property
    def heads(self) -> list[str]:
        """What each column is called."""
        return [tidy(self.page.text(self.top, col)) for col in range(self.page.width)]

    def column(self, name: str, key: str = "") -> int:
        """The one column of a name.

        Raises
        ------
        InputError
            If there is none or there are two.
        """
        found = [col for col, head in enumerate(self.heads) if head == tidy(name)]
        found = found or [col for col, head in enumerate(self.heads) if head and fold(head) == fold(name)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise self._unknown(name, key)
        where = " and ".join(cell_name(self.top, col) for col in found)
        raise InputError(f"{self.called}: column {name!r} stands there twice, in {where}; rename one")

    def _unknown(self, name: str, key: str) -> InputError:
        there = [head for head in self.heads if head]
        place = {"unit": "city or unit", "": "columns"}.get(key, key)
        return InputError(
            f"{self.wanted.context}, {place}: {self.called} has no column {name!r}{suggestion(name, there)}; its columns are "
            f"{', '.join(there[:60])}{' …' if len(there) > 60 else ''}"
        )

    def has(self, name: str) -> bool:
        """Whether a column is called so."""
        return any(head and fold(head) == fold(name) for head in self.heads)

    def label(self, col: int) -> str:
        """What the file says of a column: a Stata label, or what rows beside the heads say; else its name."""
        beside = [tidy(self.page.text(row, col)) for row in range(self.top + 1, self.first)]
        return next((text for text in (self.page.aliases.get(col, ""), *beside) if text), self.heads[col])

    # -- rows

    def _first(self) -> int:
        """The first row of observations: databases put names and units below the heads."""
        row = self.top + 1
        last = min(row + 3, len(self.page.rows)) if not self.page.typed else row
        while row < last and self._is_head(row):
            row += 1
        return row

    def _is_head(self, row: int) -> bool:
        held = [self.page.at(row, col) for col in range(self.page.width)]
        if any(raw(value).number for value in held) or not any(value != "" for value in held):
            return False
        return self.year_column is not None and no_attempt(self.page.at(row, self.year_column))

    @cached_property
    def rows(self) -> list[Row]:
        """Rows of observations in the file's order.

        Raises
        ------
        InputError
            If one has a year and no unit, or a unit with numbers and no year.
        """
        found: list[Row] = []
        without: list[int] = []
        for at in range(self.first, len(self.page.rows)):
            label, period = self._label(at), self._period(at)
            if period is None or label == "":
                if self._holds_numbers(at):
                    without.append(at)
                continue
            found.append(Row(at, label, period, self.page.text(at, self.unit_column)))
        if not found:
            raise InputError(f"{self.called}: no row below row {self.top + 1} has a unit and a year")
        self._check_without(found, without)
        self.left_out = [at + 1 for at in without]
        return found

    left_out: list[int]
    """Rows below the table, sums and remarks, that name no unit or year; known once ``rows`` are."""

    def _check_without(self, found: list[Row], without: list[int]) -> None:
        """A row among the others must say what it is of; sums and remarks below them are none."""
        inside = [at for at in without if at < found[-1].at]
        if inside:
            at = inside[0]
            lacks = self.unit_column if self._label(at) == "" else self.year_column
            assert lacks is not None
            word = "unit" if lacks == self.unit_column else "year"
            rows = ", ".join(str(each + 1) for each in inside[:LISTED])
            more = f" (rows {rows}{' …' if len(inside) > LISTED else ''})" if len(inside) > 1 else ""
            raise InputError(
                f"{self.place(at, lacks)}: is blank, so that the row has no {word}{more}; fill it in, or take the row out"
            )

    def _label(self, at: int) -> str:
        value = self.page.at(at, self.unit_column)
        text = tidy(shown(value.value if isinstance(value, Labelled) else value))
        return "" if self.is_missing(text) else text

    def _period(self, at: int) -> Period | None:
        if self.year_column is None:
            return Period(int(self.wanted.year))
        return period_of(self.page, at, self.year_column)

    def _holds_numbers(self, at: int) -> bool:
        beside = {self.unit_column, self.year_column}
        return any(
            raw(self.page.value(at, col)).number for col in range(self.page.width) if col not in beside
        )

    # -- cells

    def is_missing(self, text: str) -> bool:
        """Whether a cell's text stands for a missing value."""
        plain = fold(text).casefold()
        return (
            plain in MISSING or text.strip() in self.wanted.na or STATA_MISSING.fullmatch(plain) is not None
        )

    def _values(self, col: int) -> Iterator[tuple[int, Any]]:
        """Row and value of the cells that are not missing."""
        for row in self.rows:
            value = self.page.value(row.at, col)
            if col == self.year_column:
                value = float(row.year)
            elif col == self.unit_column:
                value = row.label  # in merged cells too
            if isinstance(value, Labelled | StataTime):
                value = value.value
            if not (isinstance(value, str) and self.is_missing(value)):
                yield row.at, value

    def _is_number(self, value: Any, mark: Literal[".", ","] = ".") -> bool:
        if isinstance(value, str):
            return read_number(value, mark) is not None
        return isinstance(value, int | float)

    def number_of(self, value: Any) -> float | None:
        """The number that a cell holds, None if it is none."""
        if isinstance(value, Labelled | StataTime):
            value = value.value
        return (
            read_number(value) if isinstance(value, str) else float(value) if self._is_number(value) else None
        )

    def kind(self, col: int) -> Kind:
        """What a column holds: text where most of its cells are no numbers."""
        numbers = words = 0
        for _, value in self._values(col):
            if self._is_number(value) or (isinstance(value, str) and self._is_number(value, ",")):
                numbers += 1
            else:
                words += 1
        return "text" if words > numbers else "number"

    def numbers(self, col: int) -> list[float]:
        """A column of numbers on the rows, NaN where missing.

        Raises
        ------
        InputError
            If a cell is no number, has a percent sign, or could be a thousand or a decimal.
        """
        held = list(self._values(col))
        mark = decimal_mark(
            [value for _, value in held],
            lambda at: self.place(held[at][0], col),
            semicolons=self.page.semicolons,
        )
        found = {at: self._number(at, col, value, mark) for at, value in held}
        return [found.get(row.at, math.nan) for row in self.rows]

    def _number(self, at: int, col: int, value: Any, mark: Literal[".", ","]) -> float:
        if not isinstance(value, str):
            if isinstance(value, int | float) and math.isfinite(value):
                return float(value)
            number = None
        else:
            if unicodedata.normalize("NFKC", value).rstrip().endswith("%"):
                raise InputError(
                    f"{self.place(at, col)}: {value!r} has a percent sign; format the column as plain numbers"
                )
            number = read_number(value, mark)
        if number is None:
            raise InputError(
                f"{self.place(at, col)}: expected a number, found {shown(value)!r}; mend the cell, leave it blank, or write "
                f"`na: [{shown(value)!r}]` under sample if it stands for a missing one"
            )
        return number

    def texts(self, col: int) -> list[str | None]:
        """A column of words on the rows, None where missing."""
        found = {at: tidy(shown(value)) for at, value in self._values(col)}
        return [found.get(row.at) for row in self.rows]

    def written(self, at: int, col: int) -> str:
        """A cell as it stands in the file."""
        return self.page.text(at, col)


def usable(name: str) -> bool:
    """Whether a head can stand in a formula as it is."""
    plain = unicodedata.normalize("NFKC", name)
    spoken = plain in ("and", "or", "not", "in")
    return plain.isidentifier() and not spoken and "__" not in plain and not plain.startswith("_")


def words_of(texts: Collection[str]) -> set[str]:
    """Names that stand in texts, as formulas spell them."""
    return {word for text in texts for word in re.findall(r"[^\W\d]\w*", unicodedata.normalize("NFKC", text))}
