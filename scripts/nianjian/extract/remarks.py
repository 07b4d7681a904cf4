"""What is to be said of a page that is read: what stands outside its table, is hidden, or is no number though it looks like one."""

from __future__ import annotations

import numpy as np

from nianjian.addresses import cell_name
from nianjian.extract.cell_texts import DIGIT, NOTE
from nianjian.extract.cells import Counted
from nianjian.extract.grid import NAMED, Grid
from nianjian.extract.workbooks import Sheet, printed


def remarks(sheet: Sheet, grid: Grid) -> list[str]:
    """Sentences on a page for the report of sheets; none where there is nothing to say.

    Parameters
    ----------
    sheet : as stored
    grid : what was found on it
    """
    found = [] if sheet.visible else ["the sheet is hidden"]
    for what, cells in (
        ("cells with digits stand outside the table", grid.unplaced),
        ("cells of the table hold digits among words, and are not read", _words_with_digits(sheet, grid)),
        ("numbers carry the mark of a note, which is no part of them", _noted(grid)),
    ):
        if cells.count:
            examples = ", ".join(f"{cell_name(row, col)} {text.strip()!r}" for row, col, text in cells.first)
            found.append(f"{cells.count} {what}: {examples}")
    return [*found, *sheet.notes]


def _noted(grid: Grid) -> Counted:
    """Numbers with the mark of a note."""
    cells, known = grid.cells, grid.texts.known
    noted = np.flatnonzero((known.marks[np.maximum(cells.code, 0)] & NOTE) * (cells.code >= 0))
    first = noted[:NAMED].tolist()
    return Counted(
        len(noted),
        tuple((int(cells.row[at]), int(cells.col[at]), known.tidied[cells.code[at]]) for at in first),
    )


def _words_with_digits(sheet: Sheet, grid: Grid) -> Counted:
    """Cells beside the table's numbers that hold digits too, but among words: 12人."""
    cells, texts = grid.cells, grid.texts
    begins = np.flatnonzero(np.diff(cells.row, prepend=-1))
    rows = np.array(list(dict.fromkeys(cells.row[begins].tolist())), np.intp)
    cols = np.flatnonzero(np.bincount(cells.col, minlength=1))
    within = np.ix_(rows, cols)
    found = np.nonzero(((texts.stored_marks[within] & DIGIT) != 0) & ~grid.placed()[within])
    places = zip(rows[found[0][:NAMED]].tolist(), cols[found[1][:NAMED]].tolist(), strict=True)
    return Counted(len(found[0]), tuple((row, col, printed(sheet.rows[row][col])) for row, col in places))
