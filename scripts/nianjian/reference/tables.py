"""Tables of ``config/reference`` and of a workspace's ``data``: where they lie, how they are read, and which line a mistake stands in.

They are CSV files; what a user brings may also be a workbook, a Stata or a Parquet file, see :mod:`nianjian.reference.pages`.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from nianjian import printable
from nianjian.declarations.layers import DATA, Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError

FOLDER = "reference"
"""Folder of a layer that holds the files."""
POLICIES = "policies/"
"""Its folder of policies; a workspace may also keep them at the top of its ``config``."""
SUFFIXES = (".csv", ".xlsx", ".xls", ".ods", ".tsv", ".txt", ".dta", ".parquet")
"""What a user's list may be, in the order in which they are looked for."""
MAX_BYTES = 32 * 2**20
MISSING = frozenset(("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A"))
"""What stands in a cell without a value; the word ``none`` is a value."""


NAMED = 40
"""Rows that a message lists."""
Read = TypeVar("Read")


@dataclass(frozen=True)
class Row:
    """One row: the line of the file in which it begins, and its cells by column."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True, eq=False)
class Table:
    """A file's rows.

    Attributes
    ----------
    shown : how messages call the file
    columns : its header
    rows : without blank lines; every cell without spaces around it
    unit : what a row's number counts: lines of a text, rows of a sheet
    """

    shown: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unit: str = "line"

    def fail(self, row: Row, what: str) -> DeclarationError:
        """The error for a row."""
        return DeclarationError(f"{self.shown}, {self.unit} {row.line}: {what}")

    def of_rows(self, read: Callable[[Row], Read]) -> tuple[Read, ...]:
        """What is read from each row, in their order.

        Raises
        ------
        DeclarationError
            Of all rows in which something is wrong, each on a line of its own.
        """
        found, wrong = [], []
        for row in self.rows:
            try:
                found.append(read(row))
            except DeclarationError as error:
                wrong.append(str(error))
        if wrong:
            raise DeclarationError(self._together(wrong))
        return tuple(found)

    def _together(self, wrong: Sequence[str]) -> str:
        if len(wrong) == 1:
            return wrong[0]
        short = [each.removeprefix(f"{self.shown}, ") for each in wrong[:NAMED]]
        more = [f"and {len(wrong) - NAMED} more"] if len(wrong) > NAMED else []
        return "\n  ".join([f"{self.shown}: {len(wrong)} rows cannot be read", *short, *more])

    def need(self, column: str) -> str:
        """``column``, which the file must have.

        Raises
        ------
        DeclarationError
            With the columns that it has.
        """
        if column not in self.columns:
            raise DeclarationError(
                f"{self.shown} has no column '{column}'{suggestion(column, self.columns)}; "
                f"it has {', '.join(self.columns)}"
            )
        return column


def find(layers: Layers, file: str) -> tuple[Path, str] | None:
    """The file that counts and what messages call it; None if no layer has it.

    Parameters
    ----------
    file : relative to ``config/reference``: ``cities.csv``, ``policies/low_carbon.csv``; or ``data/…`` of the workspace
    """
    if file.startswith(DATA):
        own = layers.workspace / file
        return (own, file) if own.is_file() else None
    path = layers.find(f"{FOLDER}/{file}")
    if path is None:
        return None
    layer = next(layer for layer in layers.folders if path.is_relative_to(layer))
    return path, layers.shown(path.relative_to(layer).as_posix())


def names(layers: Layers, folder: str = "", suffixes: Sequence[str] = (".csv",)) -> list[str]:
    """Files below ``config/reference`` of all layers, or below one of its folders, as :func:`find` takes them."""
    place = f"{FOLDER}/{folder}".rstrip("/")
    return [f"{folder}{stem}{suffix}" for suffix in suffixes for stem in layers.names(place, suffix)]


def read(layers: Layers, file: str) -> Table:
    """The file that counts.

    Raises
    ------
    DeclarationError
        If it does not exist or cannot be read as CSV.
    """
    found = find(layers, file)
    if found is None:
        raise DeclarationError(f"config/{FOLDER}/{file} does not exist")
    return read_path(*found)


def read_path(path: Path, shown: str, sheet: str | None = None, heads: Sequence[str] = ()) -> Table:
    """A file's rows; a file that is as it was is not read again.

    Parameters
    ----------
    sheet : of a workbook; None: the first visible one
    heads : columns that are declared: the row that has them holds the heads; without any it is the first that is not blank
    """
    try:
        state = path.stat()
    except OSError as error:
        raise DeclarationError(f"{shown} cannot be read ({error.strerror})") from None
    return _read(path, shown, sheet, tuple(heads), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _read(
    path: Path, shown: str, sheet: str | None, heads: tuple[str, ...], _changed: int, size: int
) -> Table:
    if size > MAX_BYTES:
        raise DeclarationError(
            f"{shown} has {size:,} bytes, more than the {MAX_BYTES:,} that a list may have; is it the right file?"
        )
    if path.suffix.lower() != ".csv":
        # By name: only plans read such files, and what reads workbooks shall not count as the code of jobs that read lists.
        found: Table = import_module("nianjian.reference.pages").read_page(path, shown, sheet, heads)
        return found
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DeclarationError(f"{shown} cannot be read ({error.strerror})") from None
    lines = _records(decode(data, shown), shown)
    header = next(lines, None)
    if header is None:
        raise DeclarationError(f"{shown} is empty; its first line names the columns")
    columns = _columns(header[1], shown)
    return Table(shown, columns, tuple(_rows(lines, columns, shown)))


def decode(data: bytes, shown: str) -> str:
    """Text of a file: UTF-16 if it opens with its mark, else UTF-8, else GB18030 (GBK), as Chinese Excel saves CSV.

    Valid UTF-8 is never taken for GB18030: text of several Chinese characters in GBK is no valid UTF-8.

    Raises
    ------
    DeclarationError
        If it is none of them.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
    raise DeclarationError(
        f"{shown}, line {line}: neither UTF-8 nor GB18030 (GBK); save the file again as UTF-8"
    )


def _records(text: str, shown: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, with the line in which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise DeclarationError(f"{shown}, line {line}: no CSV ({error}); save the file again") from None
        if cells is None:
            return
        cells = [cell.strip() for cell in cells]
        if found := printable.control("".join(cells)):
            raise DeclarationError(
                f"{shown}, line {line}: a cell holds the control character {found}; take it out"
            )
        if any(cells):
            yield line, cells


def _columns(header: Sequence[str], shown: str) -> tuple[str, ...]:
    while header and not header[-1]:  # Excel writes commas behind what was once a column
        header = header[:-1]
    if len(header) == 1 and any(mark in header[0] for mark in "\t;，"):
        raise DeclarationError(f"{shown}, line 1: cells are separated by commas; save the file again as CSV")
    twice = next((name for at, name in enumerate(header) if name in header[:at]), None)
    if twice is not None:
        raise DeclarationError(f"{shown}, line 1: two columns are called '{twice}'; rename one")
    return tuple(header)


def _rows(lines: Iterable[tuple[int, list[str]]], columns: tuple[str, ...], shown: str) -> Iterator[Row]:
    for line, cells in lines:
        if len(cells) < len(columns) or any(cells[len(columns) :]):
            raise DeclarationError(
                f"{shown}, line {line}: {len(cells)} cells where the header has {len(columns)}; write a cell for each "
                "column, and put cells that hold a comma in quotes"
            )
        yield Row(line, dict(zip(columns, cells, strict=False)))


_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")


def number(text: str) -> float:
    """A number as people write it: full-width digits and commas between thousands are read; NaN of anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain
    try:
        found = float(plain)
    except ValueError:
        return math.nan
    return found if math.isfinite(found) else math.nan


def head(column: str) -> str:
    """A column's name without what makes no difference: spaces, width and case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", column)).casefold()


def known_columns(table: Table, known: Iterable[str]) -> list[str]:
    """Columns of a table that are called by one of several names, in the order of the names."""
    own = {head(name): name for name in table.columns}
    return [own[head(name)] for name in known if head(name) in own]
