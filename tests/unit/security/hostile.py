"""Workbooks that somebody might send: small files that ask for much, lie about themselves, or run in circles."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl

DATA = Path(__file__).resolve().parents[2] / "data"
SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
VALUE = 'office:value-type="float" office:value="1"'


def parts() -> dict[str, bytes]:
    """Parts of an ordinary .xlsx."""
    stream, book = io.BytesIO(), openpyxl.Workbook()
    book.active.append(["城市", "GDP"])
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def xlsx(path: Path, more: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """An .xlsx with other parts."""
    with zipfile.ZipFile(path / "book.xlsx", "w", compression) as archive:
        for name, content in {**parts(), **more}.items():
            archive.writestr(name, content)
    return path / "book.xlsx"


def rows(body: str, before: str = "", behind: str = "") -> str:
    """A sheet's XML."""
    return f"{before}<worksheet {MAIN}><sheetData>{body}</sheetData>{behind}</worksheet>"


def sheet(path: Path, body: str, before: str = "", behind: str = "") -> Path:
    """An .xlsx with this sheet."""
    return xlsx(path, {SHEET: rows(body, before, behind)})


def cell(address: str, more: str = "") -> str:
    """A cell of an .xlsx with the number 1."""
    return f'<c r="{address}"{more}><v>1</v></c>'


def far(address: str = "XFD1048576") -> str:
    """Two cells far from each other."""
    return f"<row>{cell('A1')}{cell(address)}</row>"


def lying_size(path: Path) -> Path:
    """An .xlsx whose directory states a thousand bytes for a sheet of 66 MB."""
    content = rows('<row><c r="A1" t="str"><v>' + "a" * (66 * 2**20) + "</v></c></row>")
    written = xlsx(path, {SHEET: content})
    data = bytearray(written.read_bytes())
    struct.pack_into("<I", data, data.rfind(SHEET.encode()) - 46 + 24, 1000)
    written.write_bytes(data)
    return written


def marked_encrypted(path: Path) -> Path:
    """An .xlsx whose directory says that its parts are encrypted."""
    written = xlsx(path, {})
    data = bytearray(written.read_bytes())
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1
    written.write_bytes(data)
    return written


def many_sheets(path: Path) -> Path:
    """An .xlsx that shows one large sheet over and over."""
    said = parts()[BOOK].decode()
    own = re.search(r"<sheet [^>]*/>", said)[0]
    more = "".join(
        own.replace('"Sheet"', f'"S{number}"').replace('sheetId="1"', f'sheetId="{number}"')
        for number in range(1, 26)
    )
    return xlsx(path, {BOOK: said.replace(own, more), SHEET: rows(far("B700"))})


def elsewhere(path: Path) -> Path:
    """An .xlsx whose sheet has a name that tells nothing."""
    name = "xl/_rels/workbook.xml.rels"
    relations = parts()[name].replace(b"worksheets/sheet1.xml", b"picture.png")
    return xlsx(path, {name: relations, "xl/picture.png": rows(far())})


def xlsb(path: Path) -> Path:
    """An .xlsb with a cell in the last row and column."""

    def record(kind: int, body: bytes = b"") -> bytes:
        head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        return head + bytes([len(body)]) + body

    row, last = struct.pack("<I", 1_048_575).ljust(12, b"\0"), struct.pack("<I", 16_383).ljust(16, b"\0")
    data = (
        record(0x81)
        + record(0x94, bytes(16))
        + record(0x91)
        + record(0, row)
        + record(5, last)
        + record(0x92)
    )
    with zipfile.ZipFile(path / "book.xlsb", "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
        archive.writestr("xl/worksheets/sheet1.bin", data)
    return path / "book.xlsb"


_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def ods(path: Path, body: str, before: str = "") -> Path:
    """An .ods with this table."""
    content = (
        f'{before}<office:document-content {_SPACES}><office:body><office:spreadsheet><table:table table:name="T">'
        f"{body}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path / "book.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest xmlns:manifest='urn:x'/>")
        archive.writestr("content.xml", content)
    return path / "book.ods"


def row(cells: str, times: int = 1) -> str:
    """A row of an .ods that stands for several."""
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


def valued(times: int = 1, text: str = "", kind: str = VALUE) -> str:
    """A cell of an .ods that stands for several."""
    return f'<table:table-cell table:number-columns-repeated="{times}" {kind}>{text}</table:table-cell>'


def xls(path: Path, find: bytes, at: int, put: bytes) -> Path:
    """The small .xls of the tests with a few bytes changed, counted from where ``find`` stands."""
    data = bytearray((DATA / "small.xls").read_bytes())
    place = data.index(find) + at
    data[place : place + len(put)] = put
    (path / "book.xls").write_bytes(data)
    return path / "book.xls"


def circle(path: Path) -> Path:
    """An .xls whose directory is followed by itself."""
    data = bytearray((DATA / "small.xls").read_bytes())
    first, table = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 76)[0]
    struct.pack_into("<I", data, (table + 1) * 512 + 4 * first, first)
    (path / "book.xls").write_bytes(data)
    return path / "book.xls"
