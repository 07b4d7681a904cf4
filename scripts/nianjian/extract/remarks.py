"""What is to be said of a page that is read: what stands outside its table, is hidden, or is no number though it looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nianjian.addresses import cell_name
from nianjian.extract.grid import BodyCell, Grid
from nianjian.extract.text import holds_note
from nianjian.extract.workbooks import Sheet, printed

EXAMPLES = 3
_DIGIT = re.compile(r"\d")


def remarks(sheet: Sheet, grid: Grid) -> list[str]:
    """Sentences on a page for the report of sheets; none where there is nothing to say.

    Parameters
    ----------
    sheet : as stored
    grid : what was found on it
    """
    found = [] if sheet.visible else ["the sheet is hidden"]
    if grid.unplaced:
        found.append(_counted("cells with digits stand outside the table", grid.unplaced))
    if words := list(_words_with_digits(sheet, grid.cells)):
        found.append(_counted("cells of the table hold digits among words, and are not read", words))
    if notes := [(each.row, each.col, each.raw) for each in grid.cells if _has_note(each)]:
        found.append(_counted("numbers carry the mark of a note, which is no part of them", notes))
    return [*found, *sheet.notes]


def _counted(what: str, cells: list[tuple[int, int, str]]) -> str:
    examples = ", ".join(f"{cell_name(row, col)} {text.strip()!r}" for row, col, text in cells[:EXAMPLES])
    return f"{len(cells)} {what}: {examples}"


def _has_note(cell: BodyCell) -> bool:
    raw = cell.raw
    return (not raw.isascii() or raw.endswith("*")) and cell.number is not None and holds_note(raw)


def _words_with_digits(sheet: Sheet, cells: Iterable[BodyCell]) -> Iterator[tuple[int, int, str]]:
    """Cells beside the table's numbers that hold digits too, but among words: 12人."""
    rows: dict[int, set[int]] = {}
    columns: set[int] = set()
    for cell in cells:
        rows.setdefault(cell.row, set()).add(cell.col)
        columns.add(cell.col)
    for row, numbers in rows.items():
        if len(numbers) == len(columns):
            continue
        stored = sheet.rows[row]
        for col in sorted(columns - numbers):
            value = stored[col] if col < len(stored) else ""
            if isinstance(value, str) and value and _DIGIT.search(value):
                yield row, col, printed(value)
