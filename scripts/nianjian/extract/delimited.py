"""Tables in text files: which encoding, which delimiter, which rows; told by what is declared, or refused.

The delimiter is the one by which the declared columns stand in a row of heads. From there on every row has as many
cells as the heads: an unquoted 1,533.8 between commas makes one more, and is never read as 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from itertools import islice, pairwise
from pathlib import Path

from nianjian import printable
from nianjian.errors import InputError
from nianjian.extract import unpacking
from nianjian.extract.text import fold, holds_number

SEARCHED = 30
"""Rows among which the heads stand: notes may stand above them."""
DELIMITERS = (",", "\t", ";", "|", "，", " ")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SEPARATOR_LINE = re.compile(r"^\"?sep=(.)\"?[ ,;\t]*(?:\r?\n|\r)", re.IGNORECASE)
_HEAD_OF_NUMBER = re.compile(r"[-+]?\d{1,3}")
_TAIL_OF_NUMBER = re.compile(r"\d{3}(?:\.\d+)?%?")


def decode(name: str, data: bytes) -> str:
    """Text of a file: by its mark, else UTF-16 if it has zero bytes, else UTF-8, else GB18030.

    Raises
    ------
    InputError
        If it is none of them, or UTF-8 with damaged bytes: taken for GBK, all its labels would be other words.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(name, data, encoding)
    if b"\0" in data[:4096]:
        start = data[:4096]
        order = "utf-16-le" if start[1::2].count(0) > start[0::2].count(0) else "utf-16-be"
        text = _decoded(name, data, order)
        if "\0" in text:
            raise InputError(f"{name}: holds bytes that are no text; save it as CSV in UTF-8")
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    lost = data.decode("utf-8", "replace")
    bad = lost.count("\ufffd")
    if sum(not character.isascii() for character in lost) > 4 * bad:
        raise InputError(
            f"{name}, line {line}: is UTF-8 but for {bad} damaged characters; mend them, or save it anew"
        )
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{name}: is neither UTF-8 nor GB18030 text (line {line}); save it as UTF-8"
        ) from None


def _decoded(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: is no {encoding.upper()} text ({error.reason}); save it as UTF-8"
        ) from None


def read_delimited(
    path: Path, data: bytes, city: str, names: Collection[str], *, across: bool = False
) -> tuple[list[list[str]], str]:
    """Rows of a text file, all of the same length, and its delimiter; of a blank line all cells are blank.

    Parameters
    ----------
    path : for messages
    data : the file's bytes
    city : head of the column of cities
    names : heads of all declared columns
    across : whether years stand side by side, so that a single number of a row is a value

    Raises
    ------
    InputError
        If the encoding is unknown, a quotation mark is never closed, or a row has more or fewer cells than the heads.
    """
    text = decode(path.name, data)
    declared = _SEPARATOR_LINE.match(text)
    wanted = {fold(name) for name in (city, *names)}
    delimiter = declared[1] if declared else _delimiter(text, wanted)
    rows = list(_records(path, text, delimiter))
    if declared and rows:
        rows[0] = []
    width = max(map(len, rows), default=0)
    if width * len(rows) > unpacking.MAX_CELLS:
        raise InputError(
            f"{path.name}: {len(rows):,} rows by {width:,} columns are more than the {unpacking.MAX_CELLS:,} cells that can be "
            "read; keep the columns and years that are declared"
        )
    _check_lengths(path, rows, fold(city), delimiter, 0 if across else 1)
    if delimiter == ",":
        _check_cut_numbers(path, rows, wanted)
    return [row + [""] * (width - len(row)) for row in rows], delimiter


def _delimiter(text: str, wanted: set[str]) -> str:
    """The delimiter by which most of the declared heads stand in one row; of several, the one with most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        rows = [list(map(fold, row)) for row in _some(text, delimiter)]
        return max(((len(wanted.intersection(row)), len(row)) for row in rows), default=(0, 0))

    scores = {delimiter: score(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best][0] else DELIMITERS[0]


def _some(text: str, delimiter: str) -> Iterator[list[str]]:
    start = io.StringIO(text[: 1 << 16], newline="")
    try:
        yield from islice(_cells(start, delimiter, strict=False), SEARCHED)
    except csv.Error:
        return


def _cells(stream: io.StringIO, delimiter: str, *, strict: bool) -> Iterator[list[str]]:
    if delimiter == " ":
        return (line.split() for line in stream)
    return csv.reader(stream, delimiter=delimiter, strict=strict)


def _records(path: Path, text: str, delimiter: str) -> Iterator[list[str]]:
    stream = io.StringIO(text, newline="")
    reader = _cells(stream, delimiter, strict=True)
    while True:
        begun = getattr(reader, "line_num", 0) + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InputError(
                f"{path.name}, line {begun}: no CSV ({error}); look for a quotation mark that is never closed"
            ) from None
        if row is None:
            return
        for cell in row:
            if "\n" in cell and any(delimiter in line for line in cell.splitlines()[1:]):
                raise InputError(
                    f"{path.name}, line {begun}: a cell goes on over {cell.count(chr(10)) + 1} lines that look like rows; look for "
                    "a quotation mark that is never closed"
                )
        yield [printable.cell(cell) for cell in row]


def _check_lengths(path: Path, rows: list[list[str]], city: str, delimiter: str, others: int) -> None:
    """Below the heads every row has as many cells as they; a note has one, a row that ends early holds no value."""
    heads = (at for at, row in enumerate(rows[:SEARCHED]) if len(row) > 1 and city in map(fold, row))
    top = next(heads, None)
    if top is None:
        return
    below = [row for row in rows[top + 1 :] if any(cell.strip() for cell in row)]
    width = len(rows[top])
    # Some programs end each row but not the heads with a delimiter.
    if below and all(len(row) == width + 1 and not row[-1].strip() for row in below):
        width += 1
    for number, row in enumerate(rows[top + 1 :], top + 2):
        if len(row) > width or (len(row) < width and _has_value(rows[top], row, city, others)):
            raise InputError(
                f"{path.name}, row {number}: has {len(row)} cells where the heads in row {top + 1} have {width}"
                f"{_cut_number(row, delimiter) if len(row) > width else ''}; put cells that hold the delimiter "
                f"{_shown(delimiter)} in quotation marks, and write a cell for each column"
            )


def _check_cut_numbers(path: Path, rows: list[list[str]], wanted: set[str]) -> None:
    """A number that was cut at its comma may fill the place of a last cell that is missing: 1,533.8 beside no remark."""
    top = next(
        (at for at, row in enumerate(rows[:SEARCHED]) if len(row) > 1 and wanted & set(map(fold, row))), 0
    )
    heads, below = rows[top] if rows else [], rows[top + 1 :]
    for number, row in enumerate(below, top + 2):
        for at, (head, tail) in enumerate(pairwise(row)):
            if not (_HEAD_OF_NUMBER.fullmatch(head.strip()) and _TAIL_OF_NUMBER.fullmatch(tail.strip())):
                continue
            if at + 1 >= len(heads) or fold(heads[at + 1]) in wanted or head.strip() == "0" or len(below) < 2:
                continue
            beside = (other[at + 1].strip() for other in below if other is not row and len(other) > at + 1)
            if not any(cell and holds_number(cell) for cell in beside):
                raise InputError(
                    f"{path.name}, row {number}: columns {at + 1} and {at + 2} hold '{head},{tail}', and no other row has a number in "
                    f"column {heads[at + 1]!r}; put a number that holds a comma in quotation marks, or remove that column"
                )


def _has_value(heads: list[str], row: list[str], city: str, others: int) -> bool:
    """Whether a row that ends early holds numbers besides its region and so many others (the year)."""
    named = list(map(fold, heads)).index(city)
    numbers = [at for at, cell in enumerate(row) if at != named and holds_number(cell)]
    return len(row) > 1 and len(numbers) > others


def _cut_number(row: list[str], delimiter: str) -> str:
    if delimiter == ",":
        for at, (head, tail) in enumerate(pairwise(row), 1):
            if _HEAD_OF_NUMBER.fullmatch(head.strip()) and _TAIL_OF_NUMBER.fullmatch(tail.strip()):
                return f" (columns {at} and {at + 1}: '{head},{tail}' may be one number)"
    return ""


def _shown(delimiter: str) -> str:
    return {"\t": "(a tab)", " ": "(a blank)"}.get(delimiter, f"'{delimiter}'")
