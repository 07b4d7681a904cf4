"""Find the tables on a worksheet: label columns, header paths and bodies.

A yearbook page is a grid in which a column of region names stands left of columns of numbers, under
one to four rows of headers. Pages that were joined into one sheet repeat the headers; a page may hold
two panels side by side; merged cells may or may not have survived the conversion. Nothing here knows
an item or a city: a row of the body is a row whose label column holds a name and whose other columns
hold digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nianjian.extract.cell_texts import (
    BLANK,
    BREAK,
    CHINESE,
    FILLED,
    LABEL_HEADER,
    NUMBER,
    SCOPE,
    Known,
    SheetTexts,
)
from nianjian.extract.cells import Cells, Counted
from nianjian.extract.header_rows import HeaderBlock, header_block
from nianjian.extract.text import fold, holds_chinese, holds_number, is_latin, tidy
from nianjian.extract.workbooks import Sheet

TITLE_ROWS = 12
"""Rows at a sheet's top in which its title is sought."""
NAMES = 3
"""Chinese texts that a column of region names holds at least."""
NAMED = 3
"""Cells that a report names of those that it counts."""


@dataclass
class Grid:
    """What was found on one worksheet.

    ``title`` starts with the table's number; ``heading`` is what stands above the header of a page that has no such title.
    ``labels`` are those of all rows with a region, in order; ``unplaced`` are numbers that belong to no table.
    """

    texts: SheetTexts
    table: str = ""
    title: str = ""
    heading: str = ""
    continued: bool = False
    cells: Cells = field(default_factory=Cells)
    labels: list[str] = field(default_factory=list)
    numeric_cells: int = 0
    unplaced: Counted = field(default_factory=Counted)
    reason: str = ""

    def placed(self) -> NDArray[np.bool_]:
        """(rows, columns) mask of the tables' cells."""
        found = np.zeros(self.texts.shape, np.bool_)
        found[self.cells.row, self.cells.col] = True
        return found

    def count_numbers(self) -> None:
        """Count the sheet's numbers, and those that stand outside its tables."""
        outside = ((self.texts.marks & NUMBER) != 0) & ~self.placed()
        rows, cols = np.nonzero(outside)
        first = zip(rows[:NAMED].tolist(), cols[:NAMED].tolist(), strict=True)
        self.unplaced = Counted(len(rows), tuple((row, col, self.texts.text(row, col)) for row, col in first))
        self.numeric_cells = len(self.cells) + len(rows)


def read_grid(
    sheet: Sheet, known: Known, inherited: HeaderBlock | None = None
) -> tuple[Grid, HeaderBlock | None]:
    """Split a worksheet into header blocks and body cells.

    Parameters
    ----------
    sheet : the worksheet
    known : texts of the edition, with the words that mark titles, headers and notes
    inherited : the header of the page before, for a page that goes on without one

    Returns
    -------
    Grid and the last header block of its first panel, for the page after it.
    """
    texts = SheetTexts(sheet.rows, known)
    if not sheet.rows:
        return Grid(texts, reason="the sheet is empty"), inherited
    grid = _titled(texts)
    label_columns = _label_columns(texts)
    last = inherited
    for index, label_col in enumerate(label_columns):
        stop = label_columns[index + 1] if index + 1 < len(label_columns) else texts.shape[1]
        found = _Panel(sheet, texts, grid, label_col, stop).read(last if index == 0 else None)
        if index == 0 and found is not None:
            last = found
    grid.count_numbers()
    if not label_columns:
        grid.reason = "no column of region names was found"
    elif not len(grid.cells):
        grid.reason = "no row holds both a region name and a number"
    return grid, last


def _titled(texts: SheetTexts) -> Grid:
    """An empty grid with the title that stands at the sheet's top."""
    known = texts.known
    words = known.words
    for row, codes in enumerate(texts.codes[:TITLE_ROWS].tolist()):
        for col, code in enumerate(codes):
            if code < 0 and not words.numbers_are_titles:
                continue
            number = known.table_number(code) if code >= 0 else words.table_number(texts.text(row, col))
            if number:
                text = texts.text(row, col)
                return Grid(texts, number, tidy(text), continued=bool(words.continued.search(text)))
    heading: list[str] = []
    for row in range(min(TITLE_ROWS, texts.shape[0])):
        filled = list(dict.fromkeys(tidy(text) for text in texts.line(row) if text.strip()))
        # Facing pages print a line twice; more than two texts are the header, or the body of a page that goes on.
        if len(filled) > 2 or any(words.is_label_header(text) or holds_number(text) for text in filled):
            break
        heading += [text for text in filled if text not in heading and not words.unit_note.match(fold(text))]
    continued = any(words.continued.search(text) for text in heading)
    return Grid(texts, heading=" ".join(heading), continued=continued)


def _label_columns(texts: SheetTexts) -> list[int]:
    """Columns that hold region names: mostly Chinese text beside numbers, all the way down."""
    if texts.shape[0] < NAMES:
        return []
    kinds = texts.marks & (NUMBER | CHINESE | LABEL_HEADER)
    numeric = np.count_nonzero(kinds & NUMBER, axis=0)
    words = np.where(kinds & NUMBER, np.uint8(0), kinds)
    chinese = np.count_nonzero(words & CHINESE, axis=0)
    named = (words & LABEL_HEADER).any(axis=0)
    most = int(chinese.max(initial=0))
    # Header words repeat on every joined page, so a data column also holds some Chinese text; a label column holds
    # nearly as much as the fullest one.
    enough = (chinese >= NAMES) & (numeric <= chinese) & (chinese >= np.where(named, 0.3, 0.6) * most)
    return _apart(texts, np.flatnonzero(enough).tolist(), (numeric > 1).tolist())


def _apart(texts: SheetTexts, columns: Sequence[int], numeric: Sequence[bool]) -> list[int]:
    """Of the columns that hold names, those with at least one column of numbers before the next."""
    kept: list[int] = []
    for col in columns:
        if kept and not any(numeric[kept[-1] + 1 : col]):
            if _outdoes(texts, col, kept[-1]):
                kept[-1] = col
        elif any(numeric[col + 1 :]):
            kept.append(col)
    return kept


def _outdoes(texts: SheetTexts, col: int, left: int) -> bool:
    """Whether a text column names cities beside one to its left that names their provinces (省份 | 城市)."""
    both = np.flatnonzero(texts.marks[:, left] & texts.marks[:, col] & CHINESE).tolist()
    lefts = {fold(texts.text(row, left)) for row in both}
    names = {fold(texts.text(row, col)) for row in both}
    return len(both) >= 3 and len(names) > 2 * len(lefts)


class _Panel:
    """One column of region names with the columns of numbers beside it, read from top to bottom into a grid."""

    def __init__(self, sheet: Sheet, texts: SheetTexts, grid: Grid, label_col: int, stop: int) -> None:
        self.sheet, self.texts, self.grid, self.words = sheet, texts, grid, texts.known.words
        self.label_col, self.columns = label_col, range(label_col + 1, stop)
        self.swallowed = self._swallowed_rows()
        own, labels = texts.marks[:, label_col + 1 : stop], texts.marks[:, label_col]
        self.filled: NDArray[np.bool_] = np.asarray((own & FILLED).any(axis=1))
        self.labelled: NDArray[np.bool_] = np.asarray(labels & FILLED, dtype=bool)
        self.body = self._body(own, labels)
        self.block = np.zeros(len(self.body), np.int32)
        """Counts the headers of the sheet, for each row of the body."""
        self.header = np.zeros(len(self.body), np.int32)
        """Place in ``headers`` of each row's own."""
        self.headers: list[HeaderBlock | None] = []

    @staticmethod
    def _body(own: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Rows that belong to the body."""
        numbers = np.count_nonzero(own & NUMBER, axis=1)
        chinese = np.count_nonzero(own & CHINESE, axis=1)
        names_scope = ((own & (SCOPE | NUMBER)) == SCOPE).any(axis=1)
        headed = (labels & LABEL_HEADER) != 0
        body: NDArray[np.bool_] = np.less(chinese, numbers) & ~names_scope & ~headed
        return body

    def read(self, inherited: HeaderBlock | None) -> HeaderBlock | None:
        """Add the panel's cells and labels to the grid; returns its last header block."""
        last = None
        self.headers.append(inherited)
        # Blocks are counted over all panels of a sheet.
        number = int(self.grid.cells.block.max(initial=-1))
        before = np.concatenate([[0], np.cumsum(self.body)]).tolist()
        others = (self.filled | self.labelled) & ~self.body
        others[list(self.swallowed)] = True
        alone: list[int] = []
        pending: list[int] = []
        start = 0
        for at in [*np.flatnonzero(others).tolist(), len(others)]:
            swallowed = at in self.swallowed
            if before[at] > before[start]:
                last, number = self._end_header(pending, last, number)
                pending = []
                self._belongs(start, at, number)
            if swallowed:
                # The header ends with this row, which then counts as body.
                last, number = self._end_header([*pending, at], last, number)
                pending = []
                self._belongs(at, at + 1, number)
            elif at == len(others):
                break
            elif last is not None and not pending and self._is_lone_label(at):
                alone.append(at)
            else:
                pending.append(at)
            start = at + 1
        self._take(alone)
        return last

    def _end_header(
        self, pending: list[int], last: HeaderBlock | None, number: int
    ) -> tuple[HeaderBlock | None, int]:
        """Read the header that ends above a row of the body: the last one so far, and its number."""
        found = (
            header_block(self.sheet, self.texts, pending, self.label_col, self.columns) if pending else None
        )
        if found is not None:
            self.headers.append(found)
            return found, max(number + 1, 0)
        return last, max(number, 0)

    def _belongs(self, start: int, stop: int, number: int) -> None:
        """Let the rows of the body between two places belong to the last header."""
        self.block[start:stop] = number
        self.header[start:stop] = len(self.headers) - 1

    def _take(self, alone: Sequence[int]) -> None:
        """Add the cells of the body, and the labels of its rows and of regions without any number."""
        texts, known, first = self.texts, self.texts.known, self.label_col
        body = self.body.copy()
        body[list(self.swallowed)] = True
        rows = np.flatnonzero(body)
        codes = self._codes(rows)
        marks = np.where(codes[:, 1:] < 0, np.uint8(NUMBER), known.marks[np.maximum(codes[:, 1:], 0)])
        line, place = np.nonzero(marks & NUMBER)
        row, col = rows[line].astype(np.int32), (place + first + 1).astype(np.int32)
        code, labels = codes[line, place + 1], codes[:, 0]
        self._list_labels(rows, labels, alone)
        header, note = self._header_codes()
        which: NDArray[np.int32] = self.header[row]
        own = Cells(
            row=row,
            col=col,
            code=code,
            number=texts.numbers(code),
            label=labels[line],
            header=header[which, place],
            note=note[which],
            block=self.block[row],
        )
        self.grid.cells = Cells.joined([self.grid.cells, own]) if len(self.grid.cells) else own

    def _codes(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """Codes of rows of the body, (rows, columns), the label's first."""
        texts, first = self.texts, self.label_col
        codes: NDArray[np.int32] = texts.codes[rows, first : self.columns.stop]
        for at, own in self.swallowed.items():
            line = codes[int(np.searchsorted(rows, at))]
            line[:] = BLANK
            line[[col - first for col in own]] = [texts.known.add(text) for text in own.values()]
        if len(odd := np.flatnonzero(codes[:, 0] < 0)):
            codes[odd, 0] = [texts.code(int(rows[each]), first) for each in odd]
        return codes

    def _header_codes(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Codes of the header paths, (headers, columns), and of the notes above, (headers,)."""
        code, width = self.texts.known.phrase, len(self.columns)
        paths = np.zeros((len(self.headers), width), np.int32)
        notes = np.zeros(len(self.headers), np.int32)
        for at, block in enumerate(self.headers):
            if block is not None:
                paths[at] = [code(block.paths.get(col, "")) for col in self.columns]
                notes[at] = code(block.note)
        return paths, notes

    def _list_labels(self, rows: NDArray[np.intp], codes: NDArray[np.int32], alone: Sequence[int]) -> None:
        """Add labels to the grid; a footnote is none."""
        tidied = self.texts.known.tidied
        labels = [tidied[code] for code in codes.tolist()]
        if alone:
            lone = [(at, tidy(self.texts.text(at, self.label_col))) for at in alone]
            kept = [(at, label) for at, label in lone if not self.words.footnote.match(fold(label))]
            pairs = sorted([*zip(rows.tolist(), labels, strict=True), *kept], key=lambda pair: pair[0])
            labels = [label for _, label in pairs]
        self.grid.labels += labels

    def _is_lone_label(self, row: int) -> bool:
        """Whether a row below the header holds nothing but a label: a province heading or a footnote."""
        folded = fold(tidy(self.texts.text(row, self.label_col)))
        if self.filled[row] and any(
            text and not is_latin(text)
            for text in self.texts.line(row)[self.columns.start : self.columns.stop]
        ):
            return False
        words = self.words
        starts_header = any(p.match(folded) for p in (words.label_header, words.title, words.note))
        return holds_chinese(folded) and not starts_header

    def _swallowed_rows(self) -> dict[int, dict[int, str]]:
        """First rows of data that a conversion drew into the header: 城市⏎北京市 beside 全市⏎1277.9.

        Such cells of ``texts`` keep the header's part; returned are the row's label and numbers by column.
        """
        found: dict[int, dict[int, str]] = {}
        texts, is_header = self.texts, self.words.is_label_header
        for at in np.flatnonzero(texts.marks[:, self.label_col] & BREAK).tolist():
            head, _, name = texts.text(at, self.label_col).rpartition("\n")
            if not is_header(head) or not holds_chinese(name) or is_header(name):
                continue
            last, numbers = self._swallowed_numbers(at)
            if numbers:
                texts.put(at, self.label_col, head)
                for col in self.columns:
                    if col not in numbers and texts.holds_number(last, col):
                        numbers[col] = texts.text(last, col)
                        texts.put(last, col, "")
                found[last] = {self.label_col: name, **numbers}
        return found

    def _swallowed_numbers(self, at: int) -> tuple[int, dict[int, str]]:
        """The lowest row that swallowed a number of the row of data below header row ``at``, and all of them."""
        texts = self.texts
        # Where header cells are merged downwards, their numbers stand above those of the header's last row.
        labelled = np.flatnonzero(texts.marks[at + 1 :, self.label_col] & FILLED)
        stop = at + 1 + int(labelled[0]) if len(labelled) else texts.shape[0]
        last, numbers = at, dict[int, str]()
        for below in range(at, min(stop, at + 4)):
            for col in self.columns:
                above, _, value = texts.text(below, col).rpartition("\n")
                if col not in numbers and above and holds_number(value) and not holds_number(above):
                    texts.put(below, col, above)
                    numbers[col], last = value, below
        return last, numbers
