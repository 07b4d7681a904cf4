"""Attempts from what is read: workbooks, panels, lists, folders."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nianjian.declarations.layers import Layers
from nianjian.errors import NianjianError
from nianjian.extract import unpacking
from nianjian.extract.compiled_panel import PanelTable, extract_panel
from nianjian.extract.editions import edition_files
from nianjian.extract.panel_files import read_pages
from nianjian.extract.workbooks import read_sheets
from nianjian.files import replacing
from nianjian.plan.quoting import check_path
from nianjian.publish.published import read_published
from nianjian.reference import tables
from small_books import WORDS
from unit.security import hostile
from unit.security.attempts import harmless, refused
from unit.security.hostile import MAIN, SHEET, cell, far, ods, row, rows, sheet, valued, xls, xlsx

XLSX, ODS, XLS, FLAT, NAMES = (
    "Workbooks: .xlsx, .xlsm, .xlsb",
    "Workbooks: .ods",
    "Workbooks: .xls",
    "Compiled panels and lists: .csv, .txt, .dta, .parquet",
    "Names of files and folders",
)
TOO_FAR = "too far to be read"
ENTITY = "<!DOCTYPE a [<!ENTITY {}>]>"
REFERENCE = "&x;"


def book(
    area: str, what: str, says: str, make: Callable[[Path], Path], cells: int = unpacking.MAX_CELLS
) -> None:
    """A workbook that is refused, where so many cells may be read."""

    def read(folder: Path) -> object:
        path = make(folder)
        with mock.patch.object(unpacking, "MAX_CELLS", cells):
            return read_sheets(path)

    refused(area, what, says, read)


# -- .xlsx


@harmless(
    XLSX, "a cell in the last row and column of a sheet of 5 KB", "the table is read, the far cell is named"
)
def _far(folder: Path) -> None:
    (read,) = read_sheets(sheet(folder, far()))
    assert read.rows == [[1.0]] and "XFD1048576" in read.notes[0]


book(
    XLSX,
    "the same, written as no common program writes it",
    TOO_FAR,
    lambda f: sheet(f, f"<row>{cell('A1')}<c s=\"0\"{' ' * 5000}r = 'XFD1048576'><v>1</v></c></row>"),
)
book(
    XLSX,
    "cells that do not say where they stand, in rows far apart",
    TOO_FAR,
    lambda f: sheet(f, f'<row r="1">{"<c><v>1</v></c>" * 3000}</row><row r="1048576"><c><v>1</v></c></row>'),
)
book(
    XLSX,
    "elements with a prefix of their own",
    TOO_FAR,
    lambda f: xlsx(
        f, {SHEET: rows(far()).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")}
    ),
)
book(
    XLSX,
    "an address beyond every sheet (ZZZZZZ99999999999)",
    TOO_FAR,
    lambda f: sheet(f, far("ZZZZZZ99999999999")),
)


@harmless(XLSX, "the same in a sheet that calls itself a picture", "the table is read, the far cell is named")
def _far_elsewhere(folder: Path) -> None:
    (read,) = read_sheets(hostile.elsewhere(folder))
    assert read.rows == [[1.0]] and "XFD1048576" in read.notes[0]


book(
    XLSX,
    "one large sheet, shown again and again",
    "cells, blank ones counted; delete",
    hostile.many_sheets,
    30_000,
)
book(XLSX, "a cell in the last row and column of an .xlsb", TOO_FAR, hostile.xlsb)
book(
    XLSX,
    "a sheet that unpacks to a thousand times its size",
    "a zip bomb",
    lambda f: sheet(f, "a" * (66 * 2**20)),
)
book(XLSX, "the same, with a small size in the archive's directory", "a zip bomb", hostile.lying_size)
book(
    XLSX,
    "an archive of 6,000 files",
    "files, which no yearbook table does",
    lambda f: xlsx(f, {f"x/{n}": b"" for n in range(6000)}),
)
book(
    XLSX,
    "a shared string of 1 MB in 20,000 cells",
    "repeats text",
    lambda f: xlsx(
        f,
        {
            SHEET: rows(
                "".join(
                    f"<row>{cell(f'A{n}', ' t=' + chr(34) + 's' + chr(34)).replace('>1<', '>0<')}</row>"
                    for n in range(1, 20_000)
                )
            ),
            "xl/sharedStrings.xml": f"<sst {MAIN}><si><t>{'a' * 2**20}</t></si></sst>",
        },
    ),
)
book(
    XLSX,
    "a list of shared strings that claims a billion of them",
    "claims 99999999999999 strings",
    lambda f: xlsx(f, {"xl/sharedStrings.xml": f'<sst {MAIN} uniqueCount="99999999999999"></sst>'}),
)
book(
    XLSX,
    "more than 100,000 merged ranges",
    "merged cells; unmerge them",
    lambda f: sheet(
        f, far("B2"), behind="<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 101_000 + "</mergeCells>"
    ),
)
book(
    XLSX,
    "entities within entities (a billion laughs)",
    "declares XML entities",
    lambda f: sheet(
        f,
        f'<row><c r="A1" t="inlineStr"><is><t>{REFERENCE}</t></is></c></row>',
        before=ENTITY.format('x "lol"'),
    ),
)
book(
    XLSX,
    "an entity that reads /etc/passwd",
    "declares XML entities",
    lambda f: sheet(
        f,
        f'<row><c r="A1" t="inlineStr"><is><t>{REFERENCE}</t></is></c>{cell("B1", " t=" + chr(34) + "e" + chr(34))}</row>',
        before=ENTITY.format('x SYSTEM "file:///etc/passwd"'),
    ),
)
book(
    XLSX,
    "entities in a part in UTF-16",
    "declares XML entities",
    lambda f: xlsx(f, {SHEET: rows("", before=ENTITY.format('x "y"')).encode("utf-16")}),
)
book(
    XLSX,
    "a part in an encoding that hides its letters",
    "not as UTF-8",
    lambda f: sheet(f, "", before='<?xml version="1.0" encoding="utf-7"?>'),
)
book(
    XLSX,
    "a tag of 3 MB",
    "has a tag of more than",
    lambda f: sheet(f, f'<row><c x="{"a" * 3_000_000}" r="A1"/></row>'),
)
book(
    XLSX,
    "parts that are packed as no spreadsheet packs them",
    "is packed as no spreadsheet packs",
    lambda f: xlsx(f, {}, zipfile.ZIP_BZIP2),
)
book(XLSX, "parts that are marked as encrypted", "is encrypted", hostile.marked_encrypted)
book(XLSX, "an archive that is cut off", "is cut off or damaged", lambda f: _cut(xlsx(f, {})))


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-300])
    return path


@harmless(XLSX, "a sheet that states its size as A1:XFD1048576 and holds one cell", "one cell is read")
def _dimension(folder: Path) -> None:
    (read,) = read_sheets(
        xlsx(
            folder,
            {
                SHEET: rows(f"<row>{cell('A1')}</row>").replace(
                    "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'
                )
            },
        )
    )
    assert read.rows == [[1.0]]


@harmless(XLSX, "the cursor in the last row of an honest sheet", "is read: only cells count")
def _cursor(folder: Path) -> None:
    view = '<sheetViews><sheetView workbookViewId="0"><selection activeCell="XFD1048576" sqref="XFD1048576"/></sheetView></sheetViews>'
    (read,) = read_sheets(xlsx(folder, {SHEET: rows(far("B2")).replace("<sheetData>", f"{view}<sheetData>")}))
    assert len(read.rows) == 2


@harmless(
    XLSX,
    "controls of the terminal in a cell (ESC [31m, NUL)",
    "stand as � in the extract; digits on both sides stay apart",
)
def _controls(folder: Path) -> None:
    from nianjian.extract.text import parse_number
    from nianjian.extract.workbooks import printed

    (read,) = read_sheets(sheet(folder, '<row><c r="A1" t="str"><v>12_x001B_34</v></c></row>'))
    assert printed(read.rows[0][0]) == "12\ufffd34" and parse_number(printed("12\x0034")) is None


# -- .ods

book(
    ODS,
    "a cell that stands for a million rows and 16,384 columns",
    TOO_FAR,
    lambda f: ods(f, row(valued(16384), 1048576)),
)
book(
    ODS,
    "a value behind a million blank rows and 16,383 blank columns",
    TOO_FAR,
    lambda f: ods(
        f,
        row("<table:table-cell/>", 1048575)
        + row('<table:table-cell table:number-columns-repeated="16383"/>' + valued()),
    ),
)
book(
    ODS, "rows of 16,384 equal cells, 20,000 of them", TOO_FAR, lambda f: ods(f, row(valued(16384)) * 20_000)
)
book(
    ODS,
    "a blank that stands for ten billion",
    "where a number from 1 to 32,767 is expected",
    lambda f: ods(
        f, row(valued(1, '<text:p><text:s text:c="9999999999"/></text:p>', 'office:value-type="string"'))
    ),
)
book(
    ODS,
    "a text of 3 MB in 16,384 cells",
    "repeats text",
    lambda f: ods(
        f,
        row(
            valued(
                16384,
                "<text:p>" + '<text:s text:c="32000"/>' * 100 + "</text:p>",
                'office:value-type="string"',
            )
        ),
    ),
)
book(
    ODS,
    "a row that stands for -5",
    "where a number from 1 to 1,048,576 is expected",
    lambda f: ods(f, row(valued(), -5)),
)
book(ODS, "entities", "declares XML entities", lambda f: ods(f, "", before=ENTITY.format('x "y"')))


@harmless(
    ODS, "blank rows and columns down to the sheet's end, as LibreOffice writes them", "are read as nothing"
)
def _blank_end(folder: Path) -> None:
    (read,) = read_sheets(
        ods(
            folder,
            row(valued(1, "<text:p>1</text:p>"))
            + row('<table:table-cell table:number-columns-repeated="16384"/>', 1048575),
        )
    )
    assert read.rows == [[1.0]]


# -- .xls

LABEL = b"\xfd\x00\x0a\x00"
DIMENSIONS = b"\x00\x02\x0e\x00"
book(XLS, "a word in row 65,536 and column 65,536", TOO_FAR, lambda f: xls(f, LABEL, 4, b"\xff\xff\xff\xff"))
book(
    XLS,
    "a sheet that claims four billion rows",
    "claims more cells than the format has",
    lambda f: xls(f, DIMENSIONS, 4, struct.pack("<IIHH", 0, 2**32 - 1, 0, 255)),
)
book(XLS, "a chain of sectors that runs in a circle", "runs in a circle", hostile.circle)
book(
    XLS,
    "a chain that leads behind the file's end",
    "lies behind the file's end",
    lambda f: xls(f, b"\xd0\xcf\x11\xe0", 48, struct.pack("<I", 0x00FFFFFF)),
)
book(
    XLS,
    "a table of small sectors of 2 TB",
    "table of small sectors is too large",
    lambda f: xls(f, b"\xd0\xcf\x11\xe0", 64, struct.pack("<I", 0xFFFFFFF0)),
)

book(
    XLS,
    "a workbook with another, zipped, behind its end",
    "is an .xls and an archive in one",
    lambda f: _behind(f),
)


def _behind(folder: Path) -> Path:
    path = folder / "book.xls"
    path.write_bytes((hostile.DATA / "small.xls").read_bytes() + sheet(folder, far()).read_bytes())
    return path


@harmless(XLS, "500 damaged copies, a few bytes each", "each is read, or refused with one message")
def _damaged(folder: Path) -> None:
    import random

    draw, whole = random.Random(20180101), (hostile.DATA / "small.xls").read_bytes()
    path, refusals = folder / "damaged.xls", 0
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 2, 5))):
            struct.pack_into(
                "<I",
                data,
                draw.randrange(draw.choice((600, len(data))) - 4),
                draw.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, draw.getrandbits(32))),
            )
        path.write_bytes(data)
        try:
            read_sheets(path)
        except NianjianError as error:
            refusals += 1
            assert path.name in str(error)
    assert 100 < refusals < 500


# -- .csv and .dta


def panel(name: str, content: bytes):
    """A compiled panel with these bytes."""

    def make(folder: Path) -> object:
        (folder / name).write_bytes(content)
        made_up = PanelTable(name, "made up", "city", "year", {"v": "yuan"})
        return extract_panel(folder, made_up, WORDS, "made_up")

    return make


def stata(folder: Path) -> bytes:
    """An ordinary Stata file."""
    pd.DataFrame({"city": ["a"], "year": [2000], "v": [1.0]}).to_stata(
        folder / "x.dta", write_index=False, version=114
    )
    return (folder / "x.dta").read_bytes()


def lying_stata(folder: Path) -> object:
    """One that claims two billion rows."""
    data = bytearray(stata(folder))
    data[6:10] = struct.pack("<i", 2**31 - 1)
    return panel("panel.dta", bytes(data))(folder)


def huge(folder: Path) -> object:
    """A file of 2 GB that takes no room on the disk."""
    with open(folder / "panel.csv", "wb") as stream:
        stream.truncate(2 * 10**9)
    return panel_of(folder)


def panel_of(folder: Path) -> object:
    return extract_panel(
        folder, PanelTable("panel.csv", "made up", "city", "year", {"v": "yuan"}), WORDS, "made_up"
    )


refused(FLAT, "a CSV of one line of 2 GB", "more than the 134,217,728 bytes that can be read", huge)
refused(
    FLAT,
    "a quotation mark that is never closed",
    "panel.csv, line 2: no CSV",
    panel("panel.csv", b'city,year,v\n"' + b"a" * 200_000),
)
refused(
    FLAT,
    "three million columns",
    "cells that can be read",
    panel("panel.csv", b"a," * 3_000_000 + b"\nx\nx\nx\n"),
)
refused(
    FLAT,
    "bytes of no encoding",
    "is neither UTF-8 nor GB18030",
    panel("panel.csv", b"city,year,v\n\xff\xff\xff"),
)
refused(FLAT, "a Stata file that claims two billion rows", "cannot be read as a Stata file", lying_stata)
refused(FLAT, "a Stata file that is text", "cannot be read as a Stata file", panel("panel.dta", b"hello"))
refused(
    FLAT,
    "a Parquet file that is none",
    "cannot be read as a Parquet file",
    panel("panel.parquet", b"PAR1" + b"a" * 100 + b"PAR1"),
)
refused(
    FLAT,
    "a control of the terminal in a policy list",
    r"a cell holds the control character \x1b",
    lambda f: _list(f, b"city,approved\n\x1b[31m110000,2010\n"),
)
refused(
    FLAT,
    "a paper's numbers with rows of unequal length",
    "cannot be read as CSV",
    lambda f: _published(f, b"a,b\n1,2\n1,2,3,4\n"),
)
refused(
    FLAT,
    "a paper's numbers in GBK",
    "cannot be read as CSV",
    lambda f: _published(f, "研究,表\n".encode("gbk")),
)


def _list(folder: Path, content: bytes) -> object:
    (folder / "reference").mkdir()
    (folder / "reference" / "list.csv").write_bytes(content)
    return tables.read(Layers.given(folder), "list.csv")


def _published(folder: Path, content: bytes) -> object:
    (folder / "S1.csv").write_bytes(content)
    return read_published(folder / "S1.csv")


@harmless(FLAT, "a row that ends early", "its last cells are blank")
def _short(folder: Path) -> None:
    found, _ = panel("panel.csv", b"city,year,v\na,2000\nb,2001,5\n")(folder)  # type: ignore[misc]
    assert [each["raw"] for each in found] == ["5"]


@harmless(FLAT, "a Parquet file of 5 KB with a text of 64 KB in each of 5,000 rows", "the text is kept once")
def _repeated(folder: Path) -> None:
    rows = 5_000
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["a" * 2**16]))
    table = pa.table({"city": text, "year": [2000] * rows, "v": [1.0] * rows})
    pq.write_table(table, folder / "large.parquet", compression="zstd", store_schema=False)
    assert (folder / "large.parquet").stat().st_size < 10_000
    (page,) = read_pages(folder / "large.parquet", "city", ["year", "v"])
    assert len({id(row[0]) for row in page.rows[1:]}) == 1


# -- names

refused(
    NAMES,
    "a workbook called `{x}.xlsx`: Snakemake would look for wildcards",
    "by which Snakemake cannot call a file; rename it",
    lambda f: check_path("books/2013/{x}.xlsx"),
)
refused(
    NAMES,
    "a workbook with a control of the terminal in its name",
    r"2013/\x1b[31m.xlsx: its name holds",
    lambda f: check_path("books/2013/\x1b[31m.xlsx"),
)
refused(
    NAMES,
    "a workbook with a line end in its name",
    r"2013/a\nb.xlsx: its name holds",
    lambda f: check_path("books/2013/a\nb.xlsx"),
)


@harmless(
    NAMES, "a pipe and a link to /dev/zero in an edition's folder, which would be read for ever", "left out"
)
def _pipe(folder: Path) -> None:
    edition = folder / "2013"
    edition.mkdir()
    os.mkfifo(edition / "2-1.xlsx")
    (edition / "2-2.xlsx").symlink_to("/dev/zero")
    (edition / "2-3.xlsx").write_bytes(b"")
    assert edition_files(folder, "2013") == ["2013/2-3.xlsx"]


@harmless(
    NAMES, "an output that is a link to a file elsewhere", "the link is replaced, the file stays as it was"
)
def _link(folder: Path) -> None:
    (folder / "elsewhere").write_text("kept")
    (folder / "output").symlink_to(folder / "elsewhere")
    with replacing(folder / "output") as part:
        part.write_text("new")
    assert (folder / "elsewhere").read_text() == "kept" and (folder / "output").read_text() == "new"
