"""Open a workbook of unknown quality, or say in one sentence why it cannot be read."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from nianjian import printable
from nianjian.errors import InputError
from nianjian.extract import legacy_marks, markup, opendocument, unpacking
from nianjian.extract.markup import Missing
from nianjian.files import read_bytes

# WPS saves what is an .xls or .xlsx by content as .et.
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".et")

_UNSEEN = (
    "its number formats, hidden rows and formulas without a value are not looked at; save it as .xlsx, in several parts if it is large",
)
_DIGITS = 16
"""Characters of a number of fifteen digits and a point."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Zero-width characters, a misplaced byte-order mark and Excel's escape of a carriage return: no text at all.
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]|_x000[dD]_")

Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Sheet:
    """One worksheet as stored.

    Attributes
    ----------
    rows : list of rows; each a list of cell values (str, float, int, bool, date or "")
    merges : merged ranges as ((first row, first column), (last row, last column)), 0-based
    notes : what a reader must know of it: hidden rows, formulas without a value, formats that show another number
    """

    name: str
    visible: bool
    rows: list[list[Any]]
    merges: tuple[Merge, ...]
    notes: tuple[str, ...] = ()


def _check_bytes(path: Path, content: bytes) -> unpacking.Package:
    """See that the file can be opened."""
    size, head = len(content), content[:4096]
    if size == 0:
        raise InputError(f"{path.name}: the file is empty; download or copy it again")
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<!doctype", b"<html", b"<table", b"<head", b"<meta", b"<?xml")):
        raise InputError(f"{path.name}: is a web page, not a workbook; open it in Excel and save it as .xlsx")
    if head.startswith(_ZIP):
        return unpacking.check_packed(path, content)
    if not head.startswith(_OLE):
        raise InputError(
            f"{path.name}: is no Excel or OpenDocument workbook (unknown first bytes); save it as .xlsx"
        )
    # An encrypted .xlsx is an OLE container with this stream; its name is stored in UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in content[: 4 * 2**20]:
        raise InputError(f"{path.name}: is encrypted; open it with its password and save it without one")
    unpacking.check_legacy(path, content)
    return unpacking.Package(".xls", content, None)


def read_sheets(path: Path, content: bytes | None = None, *, shown: bool = True) -> list[Sheet]:
    """Read every sheet of a workbook.

    Parameters
    ----------
    path : of the file, for messages and its suffix
    content : its bytes, where they are read already
    shown : whether a number is taken as its format shows it, as a book prints it; else as it is stored

    Raises
    ------
    InputError
        If the file is empty, cut off, encrypted, too large when unpacked, or no workbook at all.
    UnreadableError
        If the computer cannot read it.
    """
    content = read_bytes(path) if content is None else content
    package = _check_bytes(path, content)
    try:
        sheets = _sheets(path, package, _missing(package, shown))
    except CalamineError as error:
        if "password" in str(error).lower():
            raise InputError(
                f"{path.name}: is encrypted; open it with its password and save it without one"
            ) from error
        raise InputError(
            f"{path.name}: cannot be read as a workbook ({error}); open it in Excel and save it as .xlsx"
        ) from error
    except InputError:
        raise
    except BaseException as error:
        # Libraries raise whatever they meet in a damaged file, calamine even what derives from no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise InputError(
            f"{path.name}: cannot be read as a workbook ({error}); download or copy it again"
        ) from error
    if not sheets:
        raise InputError(f"{path.name}: holds no sheet with cells; open it in Excel and save it as .xlsx")
    return sheets


def _missing(package: unpacking.Package, shown: bool) -> dict[str, Missing]:
    """What calamine leaves out, by sheet."""
    if package.kind == ".ods":
        return opendocument.missing(package.content, shown)
    if package.kind == ".xls":
        return legacy_marks.missing(package.content, shown)
    if package.kind == ".xlsx" and package.parts is not None:
        return markup.missing(package.parts, package.notes, package.unusual, shown)
    return {}


def _sheets(path: Path, package: unpacking.Package, missing: Mapping[str, Missing]) -> list[Sheet]:
    """All sheets as calamine reads them, in the workbook's order, with what it leaves out."""
    sheets, made = [], 0
    unseen = _UNSEEN if package.kind == ".xlsb" or (package.kind == ".xlsx" and package.parts is None) else ()
    # calamine goes by the content: a workbook saved as .xlsx is often renamed to .xls.
    with CalamineWorkbook.from_filelike(BytesIO(package.stored())) as workbook:
        names = Counter(printable.cell(meta.name) for meta in workbook.sheets_metadata)
        if twice := [name for name, count in names.items() if count > 1]:
            raise InputError(f"{path.name}: {names[twice[0]]} sheets are called {twice[0]!r}; rename them")
        for meta in workbook.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue  # a chart or a macro
            sheet = workbook.get_sheet_by_name(meta.name)
            found = missing.get(meta.name, Missing())
            rows = sheet.to_python(skip_empty_area=False)
            made += sum(map(len, rows))
            # Several sheets may share one part, which was counted once.
            if made > unpacking.MAX_CELLS:
                raise InputError(
                    f"{path.name}: its sheets have more than {unpacking.MAX_CELLS:,} cells, blank ones counted; delete the "
                    "empty rows and columns behind the tables and save it again"
                )
            if package.kind == ".ods":
                rows = [[_as_excel_dates(value) for value in row] for row in rows]
            _put(rows, found)
            sheets.append(
                Sheet(
                    name=printable.cell(meta.name),
                    visible=meta.visible == SheetVisibleEnum.Visible,
                    rows=rows,
                    merges=tuple(sheet.merged_cell_ranges or found.merges),
                    notes=(*found.notes, *unseen),
                )
            )
    return sheets


def _put(rows: list[list[Any]], missing: Missing) -> None:
    """Put what cells show where calamine reads something else, such as blanks for spreadsheet errors."""
    for row, col, value in missing.put:
        if value != "" or (row < len(rows) and col < len(rows[row])):
            rows.extend([] for _ in range(row + 1 - len(rows)))
            rows[row].extend([""] * (col + 1 - len(rows[row])))
            rows[row][col] = value


def _as_excel_dates(value: Any) -> Any:
    """A date as Excel counts it: OpenDocument knows no 29 February 1900, so its earlier days stand one off."""
    if isinstance(value, datetime) and value < datetime(1900, 2, 28):
        return value + timedelta(days=1)
    if isinstance(value, date) and not isinstance(value, datetime) and value < date(1900, 2, 28):
        return value + timedelta(days=1)
    return value


def _serial(value: datetime) -> float:
    """The number behind a cell that is formatted as a date by mistake (1.27 shown as 1900-01-01 06:28)."""
    days = (value - datetime(1899, 12, 30)) / timedelta(days=1)
    # Spreadsheets count a 29 February 1900 that never was.
    return round(days - 1 if value < datetime(1900, 3, 1) else days, 4)


def printed(value: Any) -> str:
    """A cell as text, the way a spreadsheet shows it: 12.0 as ``12``, text untouched."""
    if isinstance(value, str):
        return printable.cell(_INVISIBLE.sub("", value))
    if isinstance(value, datetime):
        value = _serial(value)
    elif isinstance(value, date):
        value = _serial(datetime.combine(value, time()))
    elif isinstance(value, time | timedelta):
        span = (
            value
            if isinstance(value, timedelta)
            else timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        )
        value = round(span / timedelta(days=1), 4)
    if isinstance(value, float) and not isinstance(value, bool):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = repr(value)
        if len(text) > _DIGITS and len(shown := f"{value:.15g}") < _DIGITS - 3:
            # What an addition leaves: spreadsheets show 1202.4 for 1202.4000000000001.
            return shown
        return text if math.isfinite(value) else "#NUM!"
    return str(value)
