"""Files of compiled panels as pages: workbooks, text, Stata and Parquet, told apart by what they hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from nianjian.addresses import cell_name
from nianjian.errors import InputError
from nianjian.extract import unpacking
from nianjian.extract.delimited import read_delimited
from nianjian.extract.panel_numbers import shortest
from nianjian.extract.periods import StataTime
from nianjian.extract.stata import Labelled, read_stata
from nianjian.extract.text import fold, holds_number
from nianjian.extract.workbooks import WORKBOOK_SUFFIXES, Merge, printed, read_sheets
from nianjian.files import read_bytes

TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".tab", ".dat", ".prn")
MAX_TEXT_BYTES = 128 * 2**20
"""Of a text, Stata or Parquet file: 300 cities, 40 years and a thousand columns of ten characters."""
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
MAX_MERGED = 1_000_000
"""Cells of merged ranges that are filled."""


@dataclass
class Page:
    """One table as its file holds it.

    Attributes
    ----------
    file, name : of the file and of its sheet, "" where it has none
    rows : of cells: text, numbers, dates, :class:`StataTime`, :class:`Labelled`; "" where blank
    merges : merged ranges, 0-based
    aliases : other names of columns (variable labels), by column
    typed : whether the first row holds the names and all others observations, as the format has it
    visible : whether its workbook shows it
    semicolons : whether these stand between its cells
    """

    file: str
    name: str
    rows: list[list[Any]]
    merges: tuple[Merge, ...] = ()
    aliases: Mapping[int, str] = field(default_factory=dict)
    typed: bool = False
    visible: bool = True
    semicolons: bool = False

    @cached_property
    def _merged(self) -> dict[tuple[int, int], tuple[int, int]]:
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for (top, left), (bottom, right) in self.merges:
            if len(found) + (bottom - top + 1) * (right - left + 1) <= MAX_MERGED:
                found |= {
                    (row, col): (top, left)
                    for row in range(top, bottom + 1)
                    for col in range(left, right + 1)
                }
        return found

    @cached_property
    def width(self) -> int:
        """Columns of the widest row."""
        return max(map(len, self.rows), default=0)

    def value(self, row: int, col: int) -> Any:
        """What a cell itself holds, blank where its row ends before it."""
        return self.rows[row][col] if col < len(self.rows[row]) else ""

    def at(self, row: int, col: int) -> Any:
        """What a cell shows: in a merged range that is what its first cell holds."""
        own = self.value(row, col)
        return self.value(*self._merged.get((row, col), (row, col))) if own == "" else own

    def text(self, row: int, col: int) -> str:
        """The same as text; of a labelled number its label."""
        return shown(self.at(row, col))

    def place(self, row: int, col: int) -> str:
        """File, sheet and cell, for messages."""
        sheet = f", sheet {self.name}" if self.name else ""
        return f"{self.file}{sheet}, {cell_name(row, col)}"

    @property
    def called(self) -> str:
        """File and sheet, for messages."""
        return f"{self.file}, sheet {self.name}" if self.name else self.file


class Raw(NamedTuple):
    """A value as printed, and whether that is a number, well or badly printed."""

    text: str
    number: bool

    @property
    def digits(self) -> bool:
        """Whether it holds a digit at all."""
        return self.number or any(map(str.isdigit, self.text))


BLANK = Raw("", False)


def raw(value: Any) -> Raw:
    """A cell of a value: of a labelled number the number, since its label is a word for it."""
    if isinstance(value, Labelled | StataTime):
        value = value.value
    if type(value) is float:
        return Raw(printed(value), True)
    if value == "":
        return BLANK
    text = printed(value)
    return Raw(text, bool(text) and holds_number(text))


def shown(value: Any) -> str:
    """A cell as text."""
    if isinstance(value, Labelled):
        return value.text
    return printed(value.value if isinstance(value, StataTime) else value)


def read_pages(path: Path, city: str, names: Collection[str], *, across: bool = False) -> list[Page]:
    """All tables of a file.

    Parameters
    ----------
    path : of the file, whose content decides what it is
    city, names, across : as :func:`nianjian.extract.delimited.read_delimited` takes them

    Raises
    ------
    InputError
        If it cannot be read, or is of no kind that is known.
    """
    suffix = path.suffix.lower()
    if suffix in WORKBOOK_SUFFIXES and not _is_text(path):
        return _sheets(path, read_bytes(path))
    data = read_bytes(path, MAX_TEXT_BYTES)
    if data.startswith(_PACKED):
        return _sheets(path, data)
    if suffix == ".dta" or data.startswith(b"<stata_dta>"):
        found = read_stata(path, data)
        aliases = {at: label for at, label in enumerate(found.labels) if label}
        return [Page(path.name, "", [list(found.names), *found.rows], aliases=aliases, typed=True)]
    if data.startswith(b"PAR1"):
        return [Page(path.name, "", _parquet(path, data), typed=True)]
    if suffix in (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES):
        rows, delimiter = read_delimited(path, data, city, names, across=across)
        return [Page(path.name, "", list(rows), semicolons=delimiter == ";")]
    raise InputError(
        f"{path.name}: is of no kind that can be read ({', '.join((*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES))}, .dta, .parquet); "
        "save it as .xlsx or .csv"
    )


def _is_text(path: Path) -> bool:
    """Whether what is called a workbook is a text file: many programs save one as .xls."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError:
        return False
    if not start or start.startswith(_PACKED) or start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return False
    marked = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return marked or not any(byte < 32 and byte not in b"\t\r\n\f" for byte in start)


def _sheets(path: Path, data: bytes) -> list[Page]:
    return [
        Page(path.name, sheet.name, sheet.rows, sheet.merges, visible=sheet.visible)
        for sheet in read_sheets(path, data, shown=False)  # a format that rounds is for the eye
    ]


def _parquet(path: Path, data: bytes) -> list[list[Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(pa.BufferReader(data))
        # Text that repeats is kept once: a file of a few kilobytes may hold a long one a million times.
        texts = [
            each.name
            for each in schema
            if pa.types.is_string(each.type) or pa.types.is_large_string(each.type)
        ]
        file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
        width, height = file.metadata.num_columns, file.metadata.num_rows
        size = sum(file.metadata.row_group(at).total_byte_size for at in range(file.num_row_groups))
        if width * height > unpacking.MAX_CELLS or size > 4 * MAX_TEXT_BYTES:
            raise InputError(
                f"{path.name}: {height:,} rows by {width:,} columns are more than can be read; keep the columns and years "
                "that are declared"
            )
        table = file.read(use_threads=False)
        columns = [_arrow_column(table.column(at)) for at in range(table.num_columns)]
    except (pa.ArrowException, OSError, NotImplementedError) as error:
        raise InputError(
            f"{path.name}: cannot be read as a Parquet file ({error}); write it again"
        ) from error
    return [list(table.column_names), *map(list, zip(*columns, strict=True))]


def _arrow_column(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return [value for chunk in column.chunks for value in _shared(chunk)]
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    values = column.to_pylist()
    if pa.types.is_float32(column.type):
        # The shortest decimal that single precision stands for.
        values = [None if value is None else shortest(value) for value in values]
    return ["" if value is None or value != value else value for value in values]


def _shared(chunk: Any) -> list[Any]:
    known = ["" if value is None else value for value in chunk.dictionary.to_pylist()]
    return ["" if at is None else known[at] for at in chunk.indices.to_pylist()]


def choose(pages: list[Page], sheet: str | None, city: str) -> Page:
    """The declared sheet, or the first visible one.

    Raises
    ------
    InputError
        If there is none of that name; the message names the sheets, and those with the column of cities.
    """
    if sheet is None:
        return next((page for page in pages if page.visible), pages[0])
    found = next((page for page in pages if page.name == sheet), None)
    if found is None:
        fitting = [page.name for page in pages if has_head(page, city)]
        hint = f" ({', '.join(fitting)} has column {city!r})" if fitting else ""
        raise InputError(
            f"{pages[0].file}: has no sheet {sheet!r}, only {', '.join(page.name for page in pages)}{hint}; correct `sheet`"
        )
    return found


def has_head(page: Page, name: str) -> bool:
    """Whether one of the first rows names a column so."""
    wanted = fold(name)
    return any(isinstance(cell, str) and fold(cell) == wanted for row in page.rows[:30] for cell in row)
