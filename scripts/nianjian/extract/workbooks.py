"""Open a workbook of unknown quality, or say in one sentence why it cannot be read."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from nianjian.errors import InputError

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

MAX_UNPACKED_BYTES = 512 * 2**20
MAX_UNPACK_RATIO = 200  # a yearbook table packs about 1:8; deflate's limit is about 1:1000

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Sheet:
    """One worksheet as stored.

    Attributes
    ----------
    rows : list of rows; each a list of cell values (str, float, int, bool, date or "")
    merges : merged ranges as ((first row, first column), (last row, last column)), 0-based
    """

    name: str
    visible: bool
    rows: list[list[Any]]
    merges: tuple[tuple[tuple[int, int], tuple[int, int]], ...]


def _check_bytes(path: Path) -> None:
    try:
        size = path.stat().st_size
        with open(path, "rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise InputError(
            f"{path.name}: cannot be read ({error.strerror}); check the file's rights"
        ) from error
    if size == 0:
        raise InputError(f"{path.name}: the file is empty; download or copy it again")
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<!doctype", b"<html", b"<table", b"<head", b"<meta", b"<?xml")):
        raise InputError(f"{path.name}: is a web page, not a workbook; open it in Excel and save it as .xlsx")
    if head.startswith(_OLE):
        # An encrypted .xlsx is an OLE container with this stream; its name is stored in UTF-16.
        with open(path, "rb") as stream:
            if "EncryptedPackage".encode("utf-16-le") in stream.read(4 * 2**20):
                raise InputError(
                    f"{path.name}: is encrypted; open it with its password and save it without one"
                )
    elif head.startswith(_ZIP):
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, OSError) as error:
            raise InputError(
                f"{path.name}: is cut off or damaged ({error}); download or copy it again"
            ) from error
        unpacked = sum(member.file_size for member in members)
        if unpacked > MAX_UNPACKED_BYTES or (unpacked > 2**26 and unpacked > MAX_UNPACK_RATIO * size):
            raise InputError(
                f"{path.name}: unpacks from {size:,} to {unpacked:,} bytes, which no yearbook table does; "
                "not opened (a damaged file or a zip bomb)"
            )
    else:
        raise InputError(
            f"{path.name}: is no Excel or OpenDocument workbook (unknown first bytes); save it as .xlsx"
        )


def read_sheets(path: Path) -> list[Sheet]:
    """Read every sheet of a workbook.

    Raises
    ------
    InputError
        If the file is empty, cut off, encrypted, too large when unpacked, or no workbook at all.
    """
    _check_bytes(path)
    sheets = []
    try:
        errors = _error_cells(path)
        with CalamineWorkbook.from_path(path) as workbook:
            for meta in workbook.sheets_metadata:
                sheet = workbook.get_sheet_by_name(meta.name)
                merges = tuple(sheet.merged_cell_ranges or ())
                sheets.append(
                    Sheet(
                        name=meta.name,
                        visible=meta.visible == SheetVisibleEnum.Visible,
                        rows=sheet.to_python(skip_empty_area=False),
                        merges=merges,
                    )
                )
    except CalamineError as error:
        if "password" in str(error).lower():
            raise InputError(
                f"{path.name}: is encrypted; open it with its password and save it without one"
            ) from error
        raise InputError(
            f"{path.name}: cannot be read as a workbook ({error}); open it in Excel and save it as .xlsx"
        ) from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError(
            f"{path.name}: cannot be read as a workbook ({error}); download or copy it again"
        ) from error
    for sheet in sheets:
        for row, col, text in errors.get(sheet.name, ()):
            sheet.rows.extend([] for _ in range(row + 1 - len(sheet.rows)))
            sheet.rows[row].extend([""] * (col + 1 - len(sheet.rows[row])))
            sheet.rows[row][col] = text
    return sheets


def _error_cells(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """Cells of an .xlsx that hold a spreadsheet error, by sheet: calamine reads them as blanks.

    Only a workbook whose XML says that it has some is read again, with openpyxl.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm") or not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(b't="e"' in archive.read(name) for name in sheets):
            return {}
    import openpyxl

    found: dict[str, list[tuple[int, int, str]]] = {}
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            found.setdefault(sheet.title, []).extend(
                (cell.row - 1, cell.column - 1, str(cell.value)) for cell in row if cell.data_type == "e"
            )
    return found


def _serial(value: datetime) -> float:
    """The number behind a cell that is formatted as a date by mistake (1.27 shown as 1900-01-01 06:28)."""
    days = (value - datetime(1899, 12, 30)) / timedelta(days=1)
    # Spreadsheets count a 29 February 1900 that never was.
    return round(days - 1 if value < datetime(1900, 3, 1) else days, 4)


def printed(value: Any) -> str:
    """A cell as text, the way a spreadsheet shows it: 12.0 as ``12``, text untouched."""
    if isinstance(value, str):
        return value
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
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
