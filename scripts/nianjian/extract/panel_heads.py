"""Heads of a compiled panel: which row names its columns, which column is which, which years stand side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nianjian.errors import InputError
from nianjian.extract.panel_files import Page, choose, has_head, raw
from nianjian.extract.periods import Head, NoYear, Period, no_attempt, read_head, read_period
from nianjian.extract.stata import Labelled
from nianjian.extract.text import fold, tidy
from nianjian.extract.words import SheetWords

SEARCHED = 30
"""Rows among which the heads stand; notes may stand above them."""
NEAR = 3
"""Databases put codes, names and units into rows of their own: so many rows above or below belong to the heads."""
JOIN = " › "


@dataclass(frozen=True)
class Heads:
    """Rows of heads of one page.

    Attributes
    ----------
    top : row that names the column of cities
    last : the last row that may still name columns
    """

    page: Page
    top: int
    last: int

    @classmethod
    def find(cls, page: Page, city: str, pages: list[Page]) -> Heads:
        """The rows of heads.

        Raises
        ------
        InputError
            If no row among the first names the column of cities; the message says which sheets have it.
        """
        wanted = fold(city)
        if page.typed:
            return cls(page, 0, 0)
        found = [
            row
            for row in range(min(SEARCHED, len(page.rows)))
            if any(fold(page.text(row, col)) == wanted for col in range(len(page.rows[row])))
        ]
        # A title may be a word that heads a column too; it stands alone.
        row = next((row for row in found if sum(cell != "" for cell in page.rows[row]) > 1), None)
        if row is not None:
            return cls(page, row, min(row + NEAR, len(page.rows) - 1))
        others = ", ".join(other.name for other in pages if other is not page and has_head(other, city))
        hint = f"; sheet {others} does: declare it as `sheet`" if others else f"; correct `city`{_has(page)}"
        raise InputError(
            f"{page.called}: no row among the first {SEARCHED} names the city column {city!r}{hint}"
        )

    def texts(self, col: int) -> list[str]:
        """What the rows of heads say of a column, each once; the row that names the cities first."""
        rows = [self.top, *range(max(self.top - NEAR, 0), self.top), *range(self.top + 1, self.last + 1)]
        found = [tidy(self.page.text(row, col)) for row in rows]
        found.append(self.page.aliases.get(col, ""))
        return list(dict.fromkeys(text for text in found if text))

    def column(self, name: str, key: str) -> int:
        """The one column that is called so, in the row of the cities' head or else in one beside it.

        Raises
        ------
        InputError
            If there is none, or two.
        """
        wanted, columns = fold(name), range(self.page.width)
        found = [col for col in columns if fold(self.page.text(self.top, col)) == wanted]
        found = found or [col for col in columns if wanted in map(fold, self.texts(col))]
        if len(found) == 1:
            return found[0]
        problem = "twice" if found else "not there"
        raise InputError(
            f"{self.page.called}: column {name!r} ({key}) is {problem}{_has(self.page, self.top)}"
        )


def _has(page: Page, row: int | None = None) -> str:
    if row is None:
        rows = range(min(SEARCHED, len(page.rows)))
        row = max(rows, key=lambda at: sum(cell != "" for cell in page.rows[at]), default=0)
    if row >= len(page.rows):
        return "; the sheet is empty"
    names = [tidy(page.text(row, col)) for col in range(len(page.rows[row]))]
    return f"; the columns are {', '.join(name for name in names if name)}"


@dataclass(frozen=True)
class YearColumns:
    """Columns that are headed by years.

    Attributes
    ----------
    found : column to the value's key and year
    left : heads with a year that belong to none of the declared values
    last_head : the last row of heads
    """

    found: Mapping[int, tuple[str, int]]
    left: tuple[str, ...]
    last_head: int


def year_columns(heads: Heads, city: int, values: Mapping[str, str], words: SheetWords) -> YearColumns:
    """The columns of each declared value, by year.

    Parameters
    ----------
    city : column of cities
    values : key of each declared value to the name by which its columns are headed beside the year; where there is one value
        whose name no head has, the columns that are headed by a year and nothing else are its own
    words : by which a year is known

    Raises
    ------
    InputError
        If no column is headed by a year, a head is doubtful (``10年``), a value has none, or a year stands twice.
    """
    last, first = last_head(heads, city), None
    # What the years are of may stand in a row above the one that names the cities.
    for start in range(heads.top, max(heads.top - NEAR, 0) - 1, -1):
        try:
            return _year_columns(replace(heads, last=last), start, city, values, words)
        except InputError as error:
            first = first or error
    raise first or InputError(f"{heads.page.called}: no column is headed by a year")


def _year_columns(
    heads: Heads, start: int, city: int, values: Mapping[str, str], words: SheetWords
) -> YearColumns:
    seen = dict(_heads(heads, start, city, words))
    page, top = heads.page, heads.top
    short = [col for col, head in seen.items() if head.doubt.startswith("has two digits")]
    dated = {col: head for col, head in seen.items() if head.year is not None}
    if short:
        shown = page.text(top, short[0]) or page.text(heads.last, short[0])
        raise InputError(f"{page.place(top, short[0])}: the head {shown!r} {seen[short[0]].doubt}")
    if not dated:
        raise InputError(
            f"{page.called}: no column is headed by a year; declare layout: long, or correct the sheet{_has(page, top)}"
        )
    found = _owned(dated, values)
    for key, name in values.items():
        if key not in {own for own, _ in found.values()}:
            rests = ", ".join(sorted({repr(head.rest) for head in dated.values()})[:10])
            raise InputError(
                f"{page.called}: no year's head names {name!r} (values); beside the years the heads say {rests}"
            )
    at: dict[tuple[str, int], int] = {}
    for col, own in found.items():
        if own in at:
            raise InputError(
                f"{page.place(top, col)}: heads the year {own[1]} of {own[0]!r}, as {page.place(top, at[own])} does; take one out"
            )
        at[own] = col
    left = tuple(
        page.text(top, col) for col, head in seen.items() if col not in found and (head.year or head.doubt)
    )
    return YearColumns(found, left, heads.last)


def _owned(dated: Mapping[int, Head], values: Mapping[str, str]) -> dict[int, tuple[str, int]]:
    names = {fold(name): key for key, name in values.items()}
    found = {
        col: (names[fold(head.rest)], int(head.year or 0))
        for col, head in dated.items()
        if fold(head.rest) in names
    }
    if found or len(values) > 1:
        return found
    (key,) = values
    rests = {head.rest for head in dated.values()}
    # One value under any name: years alone, or the one name that they all stand with.
    own = "" if "" in rests else next(iter(rests)) if len(rests) == 1 else None
    return {col: (key, int(head.year or 0)) for col, head in dated.items() if head.rest == own}


def _heads(heads: Heads, start: int, city: int, words: SheetWords) -> Iterator[tuple[int, Head]]:
    """What heads each column: its year, and all else that the rows of heads and the variable's label say."""
    year = re.compile(rf"(?<!\d)(?:{words.year.pattern})(?!\d)")
    carried: dict[int, str] = {}
    plain = [row for row in range(start, heads.last + 1) if not _holds_year(heads.page, row, city, year)]
    for col in range(heads.page.width):
        if col == city:
            continue
        read = []
        for row in range(start, heads.last + 1):
            value = heads.page.at(row, col)
            if row in plain:
                # ASSUME: a blank beside a head that years stand below belongs to it, as in a merged cell.
                carried[row] = value = value if value != "" else carried.get(row, "")
            read.append(read_head(value.text if isinstance(value, Labelled) else value, year))
        alias = read_head(heads.page.aliases.get(col, ""), year)
        yield col, _together(read if any(head.year for head in read) else [*read, alias])


def _together(read: list[Head]) -> Head:
    years = {head.year for head in read if head.year is not None}
    rest = " ".join(dict.fromkeys(head.rest for head in read if head.rest))
    doubt = next((head.doubt for head in read if head.doubt), "")
    return Head(years.pop(), rest) if len(years) == 1 else Head(None, rest, doubt)


def _holds_year(page: Page, row: int, city: int, year: re.Pattern[str]) -> bool:
    return any(
        read_head(page.at(row, col), year).year is not None for col in range(page.width) if col != city
    )


def last_head(heads: Heads, city: int) -> int:
    """The last row of heads: below it a row names a region, or holds a number that is no year."""
    page, name = heads.page, fold(heads.page.text(heads.top, city))
    last = heads.top
    for row in range(heads.top + 1, heads.last + 1):
        others = [page.at(row, col) for col in range(page.width) if col != city]
        filled = [value for value in others if value != ""]
        years = [_is_year(value) for value in filled]
        if any(raw(value).number and not is_year for value, is_year in zip(filled, years, strict=True)):
            return last
        named = fold(page.text(row, city)) not in ("", name)
        if named and not (filled and all(years) and all(_is_words(value) for value in filled)):
            return last
        last = row if filled else last
    return last


def _is_words(value: Any) -> bool:
    """Whether a year is written with a word, 2010年: no region has such a value."""
    return isinstance(value, str) and not fold(value).isdigit()


def _is_year(value: Any) -> bool:
    try:
        read_period(value.text if isinstance(value, Labelled) else value)
    except NoYear:
        return False
    return True


def period_of(page: Page, row: int, col: int) -> Period | None:
    """The year that a cell names; None where it does not try to.

    Raises
    ------
    InputError
        If it tries, and cannot be relied on; the message names the cell.
    """
    value = page.at(row, col)
    value = value.text if isinstance(value, Labelled) else value
    try:
        return read_period(value)
    except NoYear as error:
        if no_attempt(value):
            return None
        raise InputError(f"{page.place(row, col)}: the year {page.text(row, col)!r} {error}") from None


def pages_of(pages: list[Page], sheet: str | None, city: str) -> list[Page]:
    """The declared sheet, or all that fit its pattern.

    Raises
    ------
    InputError
        If there is none.
    """
    if sheet is None or "*" not in sheet or any(page.name == sheet for page in pages):
        return [choose(pages, sheet, city)]
    pattern = re.compile(".*".join(map(re.escape, sheet.split("*"))))
    found = [page for page in pages if page.visible and pattern.fullmatch(page.name)]
    return found or [choose(pages, sheet, city)]


def unit_notes(page: Page, top: int, words: SheetWords) -> str:
    """Lines above the heads that give the page's unit."""
    found = [
        tidy(text)
        for row in range(top)
        for col in range(len(page.rows[row]))
        if words.unit_note.search(fold(text := page.text(row, col)))
    ]
    return JOIN.join(found)
