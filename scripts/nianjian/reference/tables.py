"""CSV files of ``config/reference``: where they lie, how they are encoded, and which line a mistake stands in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nianjian import printable
from nianjian.declarations.layers import Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError

FOLDER = "reference"
"""Folder of a layer that holds the files."""
POLICIES = "policies/"
"""Its folder of policies; a workspace may also keep them at the top of its ``config``."""
MAX_BYTES = 32 * 2**20
MISSING = frozenset(("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A"))
"""What stands in a cell without a value; the word ``none`` is a value."""


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
    """

    shown: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def fail(self, row: Row, what: str) -> DeclarationError:
        """The error for a row."""
        return DeclarationError(f"{self.shown}, line {row.line}: {what}")

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
    file : relative to ``config/reference``: ``cities.csv``, ``policies/low_carbon.csv``
    """
    path = layers.find(f"{FOLDER}/{file}")
    if path is None:
        return None
    layer = next(layer for layer in layers.folders if path.is_relative_to(layer))
    return path, layers.shown(path.relative_to(layer).as_posix())


def names(layers: Layers, folder: str = "") -> list[str]:
    """Files below ``config/reference`` of all layers, or below one of its folders, as :func:`find` takes them."""
    return [f"{folder}{stem}.csv" for stem in layers.names(f"{FOLDER}/{folder}".rstrip("/"), ".csv")]


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


def read_path(path: Path, shown: str) -> Table:
    """A file's rows; a file that is as it was is not read again."""
    try:
        state = path.stat()
    except OSError as error:
        raise DeclarationError(f"{shown} cannot be read ({error.strerror})") from None
    return _read(path, shown, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _read(path: Path, shown: str, _changed: int, size: int) -> Table:
    if size > MAX_BYTES:
        raise DeclarationError(
            f"{shown} has {size:,} bytes, more than the {MAX_BYTES:,} that a list may have; is it the right file?"
        )
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
