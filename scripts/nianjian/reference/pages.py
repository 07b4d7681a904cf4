"""Lists that are no CSV file: workbooks, text, Stata and Parquet, as the same tables with rows that messages name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nianjian.errors import DeclarationError, InputError
from nianjian.extract.panel_files import Page, choose, read_pages, shown
from nianjian.extract.periods import NoYear, StataTime, read_period
from nianjian.reference import tables
from nianjian.reference.tables import Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

SEARCHED = 30
"""Rows among which the heads stand: a title may stand above them."""


def read_page(path: Path, called: str, sheet: str | None, heads: Sequence[str]) -> Table:
    """A sheet, or the only table of a file.

    Parameters
    ----------
    called : what messages call the file
    sheet, heads : as :func:`nianjian.reference.tables.read_path` takes them

    Raises
    ------
    DeclarationError
        If it cannot be read, or has no row of heads.
    """
    try:
        page = choose(
            read_pages(path, heads[0] if heads else "city", heads), sheet, heads[0] if heads else ""
        )
    except InputError as error:
        raise DeclarationError(f"{called}: {error}") from None
    place = f"{called}, sheet {page.name}" if page.name else called
    top = _top(page, heads)
    if top is None:
        raise DeclarationError(f"{place} is empty; its first row names the columns")
    columns = _columns([_text(page.at(top, col)) for col in range(page.width)], place, top)
    rows = tuple(_rows(page, top, columns))
    return Table(place, tuple(name for name in columns if name), rows, "observation" if page.typed else "row")


def _top(page: Page, heads: Sequence[str]) -> int | None:
    """The row of heads."""
    first = None
    wanted = {tables.head(name) for name in heads}
    for row in range(min(len(page.rows), SEARCHED)):
        texts = {tables.head(page.text(row, col)) for col in range(page.width)} - {""}
        if texts and first is None:
            first = row
        if texts and wanted and wanted <= texts:
            return row
    return first


def _columns(names: list[str], place: str, top: int) -> list[str]:
    twice = next((name for at, name in enumerate(names) if name and name in names[:at]), None)
    if twice is not None:
        raise DeclarationError(f"{place}, row {top + 1}: two columns are called '{twice}'; rename one")
    return names


def _rows(page: Page, top: int, columns: Sequence[str]) -> Iterator[Row]:
    for row in range(top + 1, len(page.rows)):
        cells = {name: _text(page.at(row, col)) for col, name in enumerate(columns) if name}
        if any(cells.values()):
            # Of a Stata or Parquet file the first observation is the first.
            yield Row(row if page.typed else row + 1, cells)


def _text(value: Any) -> str:
    """A cell as a CSV file would hold it: dates as 2013-01-29, whole numbers without a point."""
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, StataTime):
        try:
            found = read_period(value)
        except NoYear:
            return shown(value)
        return f"{found.year}-{found.part}" if found.part[:1].isdigit() else str(found.year)
    return shown(value).strip()
