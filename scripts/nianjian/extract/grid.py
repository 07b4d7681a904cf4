"""Find the tables on a worksheet: label columns, header paths and bodies.

A yearbook page is a grid in which a column of region names stands left of columns of numbers, under
one to four rows of headers. Pages that were joined into one sheet repeat the headers; a page may hold
two panels side by side; merged cells may or may not have survived the conversion. Nothing here knows
an item or a city: a row of the body is a row whose label column holds a name and whose other columns
hold digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nianjian.addresses import cell_name
from nianjian.extract.header_rows import HeaderBlock, Texts, header_block
from nianjian.extract.text import (
    fold,
    holds_chinese,
    holds_number,
    is_latin,
    parse_number,
    tidy,
)
from nianjian.extract.words import SheetWords
from nianjian.extract.workbooks import Sheet, printed

TITLE_ROWS = 12
"""Rows at a sheet's top in which its title is sought."""


class BodyCell(NamedTuple):
    """A cell of a table's body; rows and columns are 0-based."""

    row: int
    col: int
    label: str
    header: str
    note: str
    block: int
    raw: str
    number: float | None


@dataclass
class Grid:
    """What was found on one worksheet.

    ``title`` starts with the table's number; ``heading`` is what stands above the header of a page that has no such title.
    """

    table: str = ""
    title: str = ""
    heading: str = ""
    continued: bool = False
    cells: list[BodyCell] = field(default_factory=list)
    labels: list[tuple[int, int, str]] = field(default_factory=list)  # row, column, text
    numeric_cells: int = 0
    unplaced: list[tuple[int, int, str]] = field(default_factory=list)
    reason: str = ""


def read_grid(
    sheet: Sheet, words: SheetWords, inherited: HeaderBlock | None = None
) -> tuple[Grid, HeaderBlock | None]:
    """Split a worksheet into header blocks and body cells.

    Parameters
    ----------
    sheet : the worksheet
    words : what marks titles, headers and notes
    inherited : the header of the page before, for a page that goes on without one

    Returns
    -------
    Grid and the last header block of its first panel, for the page after it.
    """
    texts = _texts(sheet)
    if not texts:
        return Grid(reason="the sheet is empty"), inherited
    grid = _titled(texts, words)
    label_columns = _label_columns(texts, words)
    if not label_columns:
        grid.unplaced = list(_numbers_outside(texts, set()))
        grid.numeric_cells = len(grid.unplaced)
        grid.reason = "no column of region names was found"
        return grid, inherited
    last = inherited
    for index, label_col in enumerate(label_columns):
        stop = label_columns[index + 1] if index + 1 < len(label_columns) else len(texts[0])
        panel = _Panel(sheet, texts, grid, label_col, range(label_col + 1, stop), words)
        found = panel.read(last if index == 0 else None)
        if index == 0 and found is not None:
            last = found
    placed = {(cell.row, cell.col) for cell in grid.cells}
    grid.unplaced = list(_numbers_outside(texts, placed))
    grid.numeric_cells = len(placed) + len(grid.unplaced)
    if not grid.cells:
        grid.reason = "no row holds both a region name and a number"
    return grid, last


def _texts(sheet: Sheet) -> Texts:
    width = max((len(row) for row in sheet.rows), default=0)
    return [[printed(value) for value in row] + [""] * (width - len(row)) for row in sheet.rows]


def _titled(texts: Texts, words: SheetWords) -> Grid:
    """An empty grid with the title that stands at the sheet's top."""
    for row in texts[:TITLE_ROWS]:
        for text in row:
            if number := words.table_number(text):
                return Grid(number, tidy(text), continued=bool(words.continued.search(text)))
    heading: list[str] = []
    for row in texts[:TITLE_ROWS]:
        filled = list(dict.fromkeys(tidy(text) for text in row if text.strip()))
        # Facing pages print a line twice; more than two texts are the header, or the body of a page that goes on.
        if len(filled) > 2 or any(words.is_label_header(text) or holds_number(text) for text in filled):
            break
        heading += [text for text in filled if text not in heading and not words.unit_note.match(fold(text))]
    return Grid(heading=" ".join(heading), continued=any(words.continued.search(text) for text in heading))


def _numbers_outside(texts: Texts, placed: set[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    for number, row in enumerate(texts):
        for col, text in enumerate(row):
            if text and (number, col) not in placed and holds_number(text):
                yield number, col, text


def _label_columns(texts: Texts, words: SheetWords) -> list[int]:
    """Columns that hold region names: mostly Chinese text beside numbers, all the way down."""
    width = len(texts[0])
    chinese, numeric, named = [0] * width, [0] * width, [False] * width
    for row in texts:
        for col, text in enumerate(row):
            if not text:
                continue
            if holds_number(text):
                numeric[col] += 1
                continue
            named[col] = named[col] or words.is_label_header(text)
            chinese[col] += holds_chinese(text)
    most = max(chinese, default=0)
    # Header words repeat on every joined page, so a data column also holds some Chinese text; a label column holds
    # nearly as much as the fullest one.
    columns = [
        col
        for col in range(width)
        if chinese[col] >= 3
        and numeric[col] <= chinese[col]
        and chinese[col] >= (0.3 if named[col] else 0.6) * most
    ]
    return _apart(texts, columns, [count > 1 for count in numeric])


def _apart(texts: Texts, columns: Sequence[int], numeric: Sequence[bool]) -> list[int]:
    """Of the columns that hold names, those with at least one column of numbers before the next."""
    kept: list[int] = []
    for col in columns:
        if kept and not any(numeric[kept[-1] + 1 : col]):
            if _outdoes(texts, col, kept[-1]):
                kept[-1] = col
        elif any(numeric[col + 1 :]):
            kept.append(col)
    return kept


def _outdoes(texts: Texts, col: int, left: int) -> bool:
    """Whether a text column names cities beside one to its left that names their provinces (省份 | 城市)."""
    both = [
        (fold(row[left]), fold(row[col]))
        for row in texts
        if row[left] and row[col] and holds_chinese(row[left]) and holds_chinese(row[col])
    ]
    lefts, names = {name for name, _ in both}, {name for _, name in both}
    return len(both) >= 3 and len(names) > 2 * len(lefts)


class _Panel:
    """One column of region names with the columns of numbers beside it, read from top to bottom into a grid."""

    def __init__(
        self,
        sheet: Sheet,
        texts: Texts,
        grid: Grid,
        label_col: int,
        columns: Sequence[int],
        words: SheetWords,
    ) -> None:
        self.sheet, self.texts, self.grid, self.words = sheet, texts, grid, words
        self.label_col, self.columns = label_col, columns
        self.swallowed = self._swallowed_rows()
        self.body = [self._is_body(row) for row in texts]

    def read(self, inherited: HeaderBlock | None) -> HeaderBlock | None:
        """Add the panel's cells and labels to the grid; returns its last header block."""
        block, last = inherited, None
        # Blocks are counted over all panels of a sheet.
        number = max((cell.block for cell in self.grid.cells), default=-1)
        pending: list[int] = []
        for at, row in enumerate(self.texts):
            if at in self.swallowed:
                # The header ends with this row, which then counts as body.
                pending.append(at)
                row = [self.swallowed[at].get(col, "") for col in range(len(row))]
            if self.body[at] or at in self.swallowed:
                if pending:
                    found = header_block(
                        self.sheet, self.texts, pending, self.label_col, self.columns, self.words
                    )
                    if found is not None:
                        block = last = found
                        number += 1
                    pending = []
                number = max(number, 0)
                self._take(at, row, block, number)
            elif any(row[col] for col in (self.label_col, *self.columns)):
                if last is not None and not pending and self._is_lone_label(row):
                    self._note_label(at, row)
                else:
                    pending.append(at)
        return last

    def _take(self, at: int, row: Sequence[str], block: HeaderBlock | None, number: int) -> None:
        """Add the cells of one row of the body."""
        label = tidy(row[self.label_col])
        self.grid.labels.append((at, self.label_col, label))
        for col in self.columns:
            text = row[col]
            if text and holds_number(text):
                self.grid.cells.append(
                    BodyCell(
                        row=at,
                        col=col,
                        label=label,
                        header=block.paths.get(col, "") if block else "",
                        note=block.note if block else "",
                        block=number,
                        raw=tidy(text),
                        number=parse_number(text),
                    )
                )

    def _is_lone_label(self, row: Sequence[str]) -> bool:
        """Whether a row below the header holds nothing but a label: a province heading or a footnote."""
        folded = fold(tidy(row[self.label_col]))
        if any(row[col] and not is_latin(row[col]) for col in self.columns):
            return False
        words = self.words
        starts_header = any(p.match(folded) for p in (words.label_header, words.title, words.note))
        return holds_chinese(folded) and not starts_header

    def _note_label(self, at: int, row: Sequence[str]) -> None:
        """List the label of a region without any number; a footnote is none."""
        label = tidy(row[self.label_col])
        if not self.words.footnote.match(fold(label)):
            self.grid.labels.append((at, self.label_col, label))

    def _is_body(self, row: Sequence[str]) -> bool:
        """Whether a row belongs to the body."""
        filled = [row[col] for col in self.columns if row[col]]
        words = [text for text in filled if not holds_number(text)]
        numbers = len(filled) - len(words)
        if not numbers or sum(map(holds_chinese, filled)) >= numbers:
            return False
        names_scope = any(self.words.scope_header.match(fold(text)) for text in words)
        return not names_scope and not self.words.is_label_header(row[self.label_col])

    def _swallowed_rows(self) -> dict[int, dict[int, str]]:
        """First rows of data that a conversion drew into the header: 城市⏎北京市 beside 全市⏎1277.9.

        Such cells of ``texts`` keep the header's part; returned are the row's label and numbers by column.
        """
        found: dict[int, dict[int, str]] = {}
        is_header = self.words.is_label_header
        for at, row in enumerate(self.texts):
            head, _, name = row[self.label_col].rpartition("\n")
            if not is_header(head) or not holds_chinese(name) or is_header(name):
                continue
            last, numbers = self._swallowed_numbers(at)
            if numbers:
                self.texts[at][self.label_col] = head
                for col in self.columns:
                    if col not in numbers and holds_number(self.texts[last][col]):
                        numbers[col], self.texts[last][col] = self.texts[last][col], ""
                found[last] = {self.label_col: name, **numbers}
        return found

    def _swallowed_numbers(self, at: int) -> tuple[int, dict[int, str]]:
        """The lowest row that swallowed a number of the row of data below header row ``at``, and all of them."""
        texts = self.texts
        # Where header cells are merged downwards, their numbers stand above those of the header's last row.
        stop = next((r for r in range(at + 1, len(texts)) if texts[r][self.label_col]), len(texts))
        last, numbers = at, dict[int, str]()
        for below in range(at, min(stop, at + 4)):
            for col in self.columns:
                above, _, value = texts[below][col].rpartition("\n")
                if col not in numbers and above and holds_number(value) and not holds_number(above):
                    texts[below][col], numbers[col], last = above, value, below
        return last, numbers


def as_rows(grid: Grid, **constant: Any) -> list[dict[str, Any]]:
    """Body cells as records of the extract schema; ``constant`` fills the other columns."""
    return [
        {
            **constant,
            "block": cell.block,
            "row": cell.row + 1,
            "col": cell.col + 1,
            "cell": cell_name(cell.row, cell.col),
            "label": cell.label,
            "header": cell.header,
            "note": cell.note,
            "raw": cell.raw,
            "number": cell.number,
        }
        for cell in grid.cells
    ]
