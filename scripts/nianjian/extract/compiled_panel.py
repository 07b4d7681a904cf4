"""Source type ``panel``: a compiled panel of others, declared in YAML.

It enters the extract with the yearbooks' schema: ``label`` is the city as written, ``period`` the year, ``header`` the
declared value, ``note`` what else the rows of heads say of its column.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from nianjian.addresses import cell_name
from nianjian.errors import InputError
from nianjian.extract.panel_files import Page, Raw, has_head, raw, read_pages
from nianjian.extract.panel_heads import (
    JOIN,
    Heads,
    last_head,
    pages_of,
    period_of,
    unit_notes,
    year_columns,
)
from nianjian.extract.panel_numbers import Mark, decimal_mark, is_percent, read_number
from nianjian.extract.periods import Period, read_head
from nianjian.extract.text import fold, tidy
from nianjian.extract.words import SheetWords

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PanelTable:
    """Where a compiled panel prints what.

    Attributes
    ----------
    file : relative to the folder of panels
    title : what it is called
    city : header of the column of city names or codes
    year : header of the column of years; a number: all rows are of that year; None: see ``layout``
    units : declared values, each with its unit; a key is the column's header unless ``columns`` says another
    sheet : a name or a pattern with ``*``; None: the first visible one
    layout : ``long``: a row is a city-year; ``wide``: columns are headed by years; ``sheets``: a sheet is a year; None: wide
        without a column of years
    items, value : header of the column that names each row's value, and with layout long that of the column of numbers
    columns, sheets : header and sheet of single values
    decimal : mark of decimals; None: the cells tell
    where : header of a column and the texts of which it holds one in the rows that are read
    years : first and last year that is read, None for open
    """

    file: str
    title: str
    city: str
    year: str | int | None
    units: Mapping[str, str]
    sheet: str | None = None
    layout: str | None = None
    items: str | None = None
    value: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, str] = field(default_factory=dict)
    decimal: Mark | None = None
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    years: tuple[int | None, int | None] = (None, None)

    def reads(self, year: int) -> bool:
        """Whether a year is read."""
        first, last = self.years
        return (first is None or first <= year) and (last is None or year <= last)

    @property
    def shape(self) -> str:
        """The layout that holds."""
        return self.layout or ("wide" if self.year is None else "long")

    def headed(self, keys: Mapping[str, str]) -> dict[str, str]:
        """Header of the column of each value."""
        return {key: self.columns.get(key, key) for key in keys}

    def heads(self) -> list[str]:
        """All headers that are declared."""
        named = [self.year if isinstance(self.year, str) else None, self.items, self.value]
        return [*(name for name in named if name), *self.where, *self.headed(self.units).values()]


class Cell(NamedTuple):
    """A cell of a declared value: its place, its city and year, which value, what the heads say, what it prints."""

    page: Page
    row: int
    col: int
    label: str
    period: Period
    key: str
    note: str
    raw: Raw


@dataclass
class _Told:
    """What was left out of a page, and why: for the report on its sheet."""

    said: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def count(self, what: str, where: str) -> None:
        """Count a cell or row of a kind, of which the first is named."""
        self.counted[what] += 1
        self.first.setdefault(what, where)

    def text(self) -> str:
        """In one line."""
        counted = [f"{number} {what} (first {self.first[what]})" for what, number in self.counted.items()]
        return "; ".join([*self.said, *counted])


def extract_panel(
    root: str | Path, table: PanelTable, words: SheetWords, source_id: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read the declared columns of a compiled panel.

    Parameters
    ----------
    root : folder of compiled panels
    table : what stands where
    words : by which a year that heads a column is known
    source_id : what the source is called in the extract

    Returns
    -------
    Rows of the extract schema and one row of the sheets schema for each sheet that is read.

    Raises
    ------
    InputError
        If the file, a sheet or a column is not as declared, or a cell cannot be relied on: the message names it.
    """
    path = Path(root) / table.file
    if not path.is_file():
        raise InputError(
            f"{path}: does not exist; correct panel_root or config/sources/{source_id}.yaml, file"
        )
    pages = read_pages(path, table.city, table.heads(), across=table.shape == "wide")
    base = {
        "source": source_id,
        "edition": None,
        "table": source_id,
        "title": table.title,
        "file": table.file,
    }
    rows: list[dict[str, Any]] = []
    reports = []
    for page, own in _chosen(pages, table):
        told = _Told()
        cells = list(_read(page, pages, own, words, told))
        found = list(_extracted(cells, own, base, told))
        rows += found
        if told.text():
            log.warning("%s: %s", page.called, told.text())
        reports.append(_report(page, base, found, told))
    return rows, reports


def _chosen(pages: list[Page], table: PanelTable) -> Iterator[tuple[Page, PanelTable]]:
    """Sheets to read, each with what is declared of it."""
    if table.shape == "sheets":
        yield from _sheets_of_years(pages, table)
        return
    by_sheet: dict[str | None, dict[str, str]] = {}
    for key, unit in table.units.items():
        by_sheet.setdefault(table.sheets.get(key, table.sheet), {})[key] = unit
    for sheet, units in by_sheet.items():
        for page in pages_of(pages, sheet, table.city):
            yield page, replace(table, units=units)


def _sheets_of_years(pages: list[Page], table: PanelTable) -> Iterator[tuple[Page, PanelTable]]:
    chosen = (
        [page for page in pages if page.visible]
        if table.sheet is None
        else pages_of(pages, table.sheet, table.city)
    )
    found: dict[int, Page] = {}
    for page in chosen:
        year = read_head(page.name).year
        if year is None:
            if table.sheet is not None or has_head(page, table.city):
                raise InputError(
                    f"{page.called}: its name says no year, as layout: sheets needs; rename it, or declare `sheet` as a pattern"
                )
            continue
        if year in found:
            raise InputError(
                f"{page.called}: is of {year}, as sheet {found[year].name} is; declare `sheet` as a pattern"
            )
        found[year] = page
    if not found:
        raise InputError(
            f"{table.file}: no sheet is named by a year ({', '.join(page.name for page in pages)}); declare another layout"
        )
    for year, page in found.items():
        yield page, replace(table, year=year)


def _read(page: Page, pages: list[Page], table: PanelTable, words: SheetWords, told: _Told) -> Iterator[Cell]:
    heads = Heads.find(page, table.city, pages)
    city = heads.column(table.city, "city")
    heads = _where(heads, city, table, told)
    if table.shape == "wide":
        cells = _wide(heads, city, table, words, told)
    elif isinstance(table.year, str):
        cells = _long(heads, city, table, words, told)
    else:
        cells = _of_one_year(heads, city, table, words)
    for cell in cells:
        if table.reads(cell.period.year):
            yield cell
        elif cell.raw.number:
            told.count(
                "numbers of years that are not read, as `years` declares", cell_name(cell.row, cell.col)
            )


def _where(heads: Heads, city: int, table: PanelTable, told: _Told) -> Heads:
    """The page without the rows that are not read; all rows keep their numbers.

    Raises
    ------
    InputError
        If no row holds what ``where`` asks for.
    """
    page = heads.page
    rows = list(page.rows)
    for name, texts in table.where.items():
        col, wanted = heads.column(name, "where"), {fold(text).casefold() for text in texts}
        held = {row: tidy(page.text(row, col)) for row in range(heads.top + 1, len(rows))}
        kept = {row for row, text in held.items() if fold(text).casefold() in wanted}
        if not kept:
            there = ", ".join(list(dict.fromkeys(text for text in held.values() if text))[:20])
            raise InputError(
                f"{page.called}: no row of column {name!r} holds {' or '.join(map(repr, texts))} (where); there is {there}"
            )
        for row in sorted(set(held) - kept):
            # Below the head there may stand rows of names and units, which hold no number, or years without a city.
            numbers = any(raw(value).number for value in rows[row])
            if row > heads.last or (numbers and fold(page.text(row, city))):
                if numbers:
                    told.count(
                        f"rows in which {name} is not {' or '.join(texts)} are left out", cell_name(row, col)
                    )
                rows[row] = []
    return replace(heads, page=replace(page, rows=rows))


def _long(heads: Heads, city: int, table: PanelTable, words: SheetWords, told: _Told) -> Iterator[Cell]:
    page = heads.page
    year = heads.column(str(table.year), "year")
    values = _values(heads, table)
    first = _first_row(heads, city, year, values)
    heads = replace(heads, last=min(first - 1, heads.last))
    values, notes = _values(heads, table), _notes(heads, table, words)
    read = _by_item(heads, table, values)
    without: list[int] = []
    last = first
    parts: dict[tuple[str, int], dict[str, int]] = {}
    for row in range(first, len(page.rows)):
        held = [(key, col, raw(page.value(row, col))) for key, col in read(row)]
        held = [each for each in held if each[2].digits]
        if not any(found.number for _, _, found in held):
            held = held if _has_year(page, row, year) else []
        if not held:
            continue
        period = period_of(page, row, year)
        if period is None:
            without.append(row)
            continue
        last, label = row, page.text(row, city)
        parts.setdefault((fold(label), period.year), {}).setdefault(period.part, row)
        for key, col, found in held:
            yield Cell(page, row, col, label, period, key, notes[key], found)
    _check_parts(page, year, parts)
    _check_without_year(page, without, last, city, year, told)


def _has_year(page: Page, row: int, year: int) -> bool:
    """Whether a row is one of the table, though its values are no numbers."""
    try:
        return period_of(page, row, year) is not None
    except InputError:
        return False


def _first_row(heads: Heads, city: int, year: int, values: Mapping[str, int]) -> int:
    """The first row below the heads with a year; rows of names and units may stand between."""
    page = heads.page
    for row in range(heads.top + 1, len(page.rows)):
        filled = any(raw(page.value(row, col)).number for col in values.values())
        if not filled and row > heads.last:
            filled = fold(page.text(row, city)) != ""
        if filled or fold(page.text(row, year)).isdigit():
            period = period_of(page, row, year)
            if period is not None:
                return row
    raise InputError(
        f"{page.called}: no row below the heads in row {heads.top + 1} has a year in column {page.text(heads.top, year)!r}; "
        "correct `year`, or fill it in"
    )


def _values(heads: Heads, table: PanelTable) -> dict[str, int]:
    if table.value is not None:
        col = heads.column(table.value, "value")
        return dict.fromkeys(table.units, col)
    return {key: heads.column(name, "values") for key, name in table.headed(table.units).items()}


def _notes(heads: Heads, table: PanelTable, words: SheetWords) -> dict[str, str]:
    """What the rows of heads say of each value's column; a line that gives the page's unit counts where there is one value."""
    page = unit_notes(heads.page, heads.top, words) if len(table.units) == 1 else ""
    found = {}
    for key, col in _values(heads, table).items():
        texts = [*([page] if page else []), *heads.texts(col)]
        found[key] = JOIN.join(dict.fromkeys(texts))
    return found


def _by_item(
    heads: Heads, table: PanelTable, values: Mapping[str, int]
) -> Callable[[int], list[tuple[str, int]]]:
    """Values and their columns in a row: all, or the one that the row's own cell names.

    Raises
    ------
    InputError
        If a declared value stands in no row.
    """
    if table.items is None:
        pairs = list(values.items())
        return lambda row: pairs
    page, col = heads.page, heads.column(table.items, "items")
    keys = {fold(name): key for key, name in table.headed(table.units).items()}
    named = [keys.get(fold(page.text(row, col))) for row in range(len(page.rows))]
    missing = [key for key in table.units if key not in named]
    if missing:
        there = dict.fromkeys(tidy(page.text(row, col)) for row in range(heads.top + 1, len(page.rows)))
        raise InputError(
            f"{page.called}: no row of column {table.items!r} names {missing[0]!r} (values); there is "
            f"{', '.join([name for name in there if name][:20])}"
        )
    return lambda row: [(key, values[key])] if (key := named[row]) is not None else []


def _check_parts(page: Page, year: int, parts: Mapping[tuple[str, int], Mapping[str, int]]) -> None:
    """A city has one row a year: of quarters or months none can be chosen, and their sum is not for a reader to guess."""
    for (label, number), rows in parts.items():
        if len(rows) > 1:
            first, second = list(rows.values())[:2]
            raise InputError(
                f"{page.place(second, year)}: {page.text(second, year)!r} is a second period of {number} for {label}, beside "
                f"{page.text(first, year)!r} in {page.place(first, year)}; keep one row a year"
            )


def _check_without_year(page: Page, rows: list[int], last: int, city: int, year: int, told: _Told) -> None:
    """Sums and remarks below the table have no year; a city's row among the others must have one."""
    for row in rows:
        if row < last and fold(page.text(row, city)):
            raise InputError(
                f"{page.place(row, year)}: {page.text(row, city)!r} has a value but no year; fill it in, or take the row out"
            )
        told.count("rows with numbers but without a year are left out", cell_name(row, year))


def _wide(heads: Heads, city: int, table: PanelTable, words: SheetWords, told: _Told) -> Iterator[Cell]:
    page = heads.page
    headed = table.headed(table.units)
    if table.items is None:
        found = year_columns(heads, city, headed, words)
        columns: dict[str, dict[int, int]] = {}
        for col, (key, year) in found.found.items():
            columns.setdefault(key, {})[col] = year
    else:
        found = year_columns(heads, city, {"": ""}, words)
        columns = {key: {col: year for col, (_, year) in found.found.items()} for key in table.units}
    if found.left:
        told.said.append(f"columns headed {', '.join(found.left)} are left out: no declared value")
    own = replace(heads, last=found.last_head)
    read = _by_item(own, table, dict.fromkeys(table.units, 0))
    note = unit_notes(page, heads.top, words)
    notes = {
        col: JOIN.join([*([note] if note else []), *own.texts(col)])
        for held in columns.values()
        for col in held
    }
    for row in range(found.last_head + 1, len(page.rows)):
        for key, _ in read(row):
            for col, year in columns[key].items():
                own_raw = raw(page.value(row, col))
                yield Cell(page, row, col, page.text(row, city), Period(year), key, notes[col], own_raw)


def _of_one_year(heads: Heads, city: int, table: PanelTable, words: SheetWords) -> Iterator[Cell]:
    """All rows of a page are of one year."""
    page, year = heads.page, Period(int(table.year or 0))
    heads = replace(heads, last=last_head(heads, city))
    values, notes = _values(heads, table), _notes(heads, table, words)
    read = _by_item(heads, table, values)
    for row in range(heads.last + 1, len(page.rows)):
        for key, col in read(row):
            found = raw(page.value(row, col))
            yield Cell(page, row, col, page.text(row, city), year, key, notes[key], found)


def _extracted(
    cells: list[Cell], table: PanelTable, base: Mapping[str, Any], told: _Told
) -> Iterator[dict[str, Any]]:
    """Rows of the extract schema for the cells that hold a number."""
    mark = table.decimal or decimal_mark(
        (cell.page.value(cell.row, cell.col) for cell in cells),
        lambda at: cells[at].page.place(cells[at].row, cells[at].col),
        semicolons=any(cell.page.semicolons for cell in cells[:1]),
    )
    # Where a column holds several values, each is a column of its own to the panel stage.
    blocks = {key: at for at, key in enumerate(table.units)} if table.items else {}
    for cell in cells:
        text = cell.raw.text
        if not cell.raw.number:
            if cell.raw.digits:
                told.count(
                    f"cells hold digits but no number, such as {text!r}", cell_name(cell.row, cell.col)
                )
            continue
        if text.rstrip().endswith(("%", "％")) and not is_percent(table.units[cell.key]):
            raise InputError(
                f"{cell.page.place(cell.row, cell.col)}: {text!r} has a percent sign, but the unit of {cell.key!r} is declared as "
                f"{table.units[cell.key]!r}; declare unit: percent"
            )
        yield {
            **base,
            "sheet": cell.page.name,
            "block": blocks.get(cell.key, 0),
            "row": cell.row + 1,
            "col": cell.col + 1,
            "cell": cell_name(cell.row, cell.col),
            "label": tidy(cell.label),
            "period": str(cell.period.year),
            "header": cell.key,
            "note": cell.note,
            "raw": tidy(text),
            "number": read_number(text, mark),
        }


def _report(page: Page, base: Mapping[str, Any], found: list[dict[str, Any]], told: _Told) -> dict[str, Any]:
    lost = sum(number for what, number in told.counted.items() if what.startswith("cells"))
    return {
        **base,
        "sheet": page.name,
        "status": "extracted" if found else "failed",
        "reason": told.text() if found else "none of the declared columns holds a number",
        "numeric_cells": len(found) + lost,
        "extracted_cells": len(found),
        "labels": len({row["label"] for row in found}),
    }
