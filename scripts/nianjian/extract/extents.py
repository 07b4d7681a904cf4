"""How far the cells of a sheet reach, read from its bytes without making them: a reader makes every cell up to the last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from nianjian.addresses import cell_name

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
"""Of a sheet in Excel and OpenDocument."""
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass
class Extent:
    """Last row and column of a sheet, counted from 1, and the bytes of text in its cells."""

    rows: int = 0
    columns: int = 0
    text: int = 0

    @property
    def cells(self) -> int:
        """Cells from A1 to the last row and column."""
        return self.rows * self.columns

    def reach(self, row: int, column: int) -> None:
        """A cell stands there."""
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)


def number_of(letters: str) -> int:
    """Number of a column: A is 1."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number


class Uncommon:
    """Extent of a sheet of an .xlsx whose cells do not all say where they stand: each then stands behind the last.

    Attributes
    ----------
    extent : so far
    shared : cells that share a string

    Raises
    ------
    ValueError
        From :meth:`see`, if a cell's address is none, or the part is no XML.
    """

    def __init__(self) -> None:
        self.extent = Extent()
        self.shared = 0
        self._row, self._column = 1, 1
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def see(self, piece: bytes) -> None:
        """Read on."""
        try:
            self._parser.Parse(piece)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        said = attributes.get("r")
        if name == "row" and said is not None:
            self._row = _whole(said, MAX_ROWS)
        elif name == "c":
            if said is not None:
                found = _REFERENCE.fullmatch(said)
                if not found:
                    raise ValueError(f"a cell is called {said[:20]!r}")
                self._column = number_of(found[1])
                self.extent.reach(int(found[2]), self._column)
            else:
                self.extent.reach(self._row, self._column)
            self._column += 1
            self.shared += attributes.get("t") == "s"

    def _end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "row":
            self._row, self._column = self._row + 1, 1


class Opendocument:
    """Extents of the tables of an .ods as its ``content.xml`` streams by: one cell or row may stand for a million.

    Parameters
    ----------
    table : called with the extent and name of each table
    merged : called with 1 for each merged range

    Raises
    ------
    ValueError
        From :meth:`see`, if a count is none, or the part is no XML.
    """

    def __init__(self, table: Callable[[Extent, str], None], merged: Callable[[int], None]) -> None:
        self._table, self._merged = table, merged
        self._name, self._extent = "", Extent()
        self._rows, self._repeat = 0, 1  # above this row; times that it stands there
        self._columns, self._last = 0, 0  # of the row: all, and up to the last with a value
        self._width, self._valued, self._letters, self._row_text = 1, False, 0, 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def see(self, piece: bytes) -> None:
        """Read on."""
        try:
            self._parser.Parse(piece)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error

    def end(self) -> None:
        """Every table was told at its own end."""

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self._name, self._extent, self._rows = attributes.get("table:name", ""), Extent(), 0
        elif tag == "table:table-row":
            self._repeat = _whole(attributes.get("table:number-rows-repeated", "1"), MAX_ROWS)
            self._columns = self._last = self._row_text = 0
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._width = _whole(attributes.get("table:number-columns-repeated", "1"), MAX_COLUMNS)
            self._valued = any(name.startswith("office:") or name == "table:formula" for name in attributes)
            self._letters = sum(map(len, attributes.values()))
            if "table:number-rows-spanned" in attributes or "table:number-columns-spanned" in attributes:
                self._merged(1)
        elif tag == "text:s":
            self._letters += _whole(attributes.get("text:c", "1"), 32767)

    def _text(self, text: str) -> None:
        self._letters += len(text)

    def _end(self, tag: str) -> None:
        if tag in ("table:table-cell", "table:covered-table-cell"):
            self._columns += self._width
            if self._valued:
                self._last = self._columns
                self._row_text += self._width * self._letters
        elif tag == "table:table-row":
            self._rows += self._repeat
            if self._last:
                self._extent.reach(self._rows, self._last)
                self._extent.text += self._repeat * self._row_text
        elif tag == "table:table":
            self._table(self._extent, self._name)


def _whole(said: str, most: int) -> int:
    """A count between 1 and ``most``."""
    if not said.isascii() or not said.isdigit() or len(said) > 9 or not 1 <= int(said) <= most:
        raise ValueError(f"{said[:20]!r} stands where a number from 1 to {most:,} is expected")
    return int(said)


MUCH_CELLS = 500_000
"""From A1 to the last: where few of them are filled, what lies far behind is cut off."""
SPARSE = 50
"""Cells to one that is filled, from which on a sheet is looked at for a far cell."""
ROW_GAP, COLUMN_GAP = 1000, 100
"""Blank rows or columns before a far cell; pages that were joined stand nearer."""
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*?(?:/>|>(.*?)</c>)', re.DOTALL)
_NAME = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[ />]')
_ANY_CELL = re.compile(rb"<(?:[^\s<>/!?:=]{1,32}:)?c[\s>/]")
_CONTENT = re.compile(rb"<(?:v|t)(?:\s[^<>]*)?>[^<]|<f[\s>]")


def without_far_cells(content: bytes) -> tuple[bytes, str] | None:
    """A sheet's XML without cells that lie far behind its table, and what to say of those that held something.

    None where there is no such cell, or the sheet is written as no common program writes it.
    """
    names = _NAME.findall(content)
    if not names or len(names) != len(_ANY_CELL.findall(content)):
        return None
    columns = {letters: number_of(letters.decode()) for letters in {letters for letters, _ in names}}
    if max(int(row) for _, row in names) * max(columns.values()) <= MUCH_CELLS:
        return None
    cells = list(_CELL.finditer(content))
    if len(cells) != len(names):
        return None
    places = [(int(cell[2]), columns[cell[1]]) for cell in cells]
    filled = [
        place for place, cell in zip(places, cells, strict=True) if cell[3] and _CONTENT.search(cell[3])
    ]
    last_row = last_column = 1
    if filled:
        last_row, last_column = max(row for row, _ in filled), max(column for _, column in filled)
        if last_row * last_column > max(MUCH_CELLS, SPARSE * len(filled)):
            last_row = _before_gap((row for row, _ in filled), ROW_GAP)
            last_column = _before_gap((column for row, column in filled if row <= last_row), COLUMN_GAP)
    far = [row > last_row or column > last_column for row, column in places]
    kept, at = [], 0
    for cell, drop in zip(cells, far, strict=True):
        if drop:
            kept.append(content[at : cell.start()])
            at = cell.end()
    kept.append(content[at:])
    lost = [place for place in filled if place[0] > last_row or place[1] > last_column]
    named = ", ".join(cell_name(row - 1, column - 1) for row, column in lost[:3])
    more = ", …" if len(lost) > 3 else ""
    said = f"{len(lost)} cells lie far from the table and are not read: {named}{more}" if lost else ""
    return b"".join(kept), said


def _before_gap(numbers: Iterable[int], gap: int) -> int:
    """The last number before the first gap."""
    last = 0
    for number in sorted(set(numbers)):
        if last and number - last > gap:
            break
        last = number
    return last


_OPENING = (0x94, 0x91)
"""Records that every sheet has before its cells: its dimension, the begin of its data."""
_ROW = 0x00
_CELLS = frozenset(range(0x01, 0x0C))


def binary_extent(data: bytes) -> Extent:
    """Extent of a sheet of an .xlsb: records of a type, a length and as many bytes; none where the part is no sheet."""
    extent, at, row, opened = Extent(), 0, 1, 0
    while at < len(data):
        kind, at = _varying(data, at, 2)
        length, at = _varying(data, at, 4)
        if opened < len(_OPENING):
            opened += kind == _OPENING[opened]
        elif kind == _ROW:
            row = int.from_bytes(data[at : at + 4], "little") + 1
        elif kind in _CELLS:
            extent.reach(row, int.from_bytes(data[at : at + 4], "little") + 1)
        at += length
    return extent


def _varying(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of up to ``most`` bytes of seven bits, and where the next begins."""
    number = 0
    for place in range(most):
        if at >= len(data):
            break
        byte: Any = data[at]
        number += (byte & 0x7F) << (7 * place)
        at += 1
        if not byte & 0x80:
            break
    return number, at
