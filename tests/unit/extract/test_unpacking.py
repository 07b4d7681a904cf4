"""What tells an ordinary part of a package quickly says the same as a look at every byte."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from nianjian.errors import InputError
from nianjian.extract import unpacking
from nianjian.extract.markup import missing
from nianjian.extract.unpacking import check_packed
from nianjian.extract.zips import holds, unpacked

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def sheet(*cells: bytes) -> bytes:
    return HEAD + b'<row r="1">' + b"".join(cells) + b"</row>" + TAIL


def book(**parts: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(f"xl/{name}.xml", content)
    return stream.getvalue()


@pytest.mark.parametrize("before", [0, 10, 2**14, 2**16])
@pytest.mark.parametrize("others", [0, 3, 200])
@pytest.mark.parametrize(("mark", "rare"), [(b"='", 1), (b"hidden", 0), (b"<f", 1), (b":c", 0)])
def test_a_mark_is_found_wherever_it_stands(mark: bytes, rare: int, others: int, before: int) -> None:
    around = b"-" * before + (mark[rare : rare + 1] + b"-") * others
    for content in (mark + around, around + mark, around + mark + around):
        assert holds(content, mark, rare)
    assert not holds(around, mark, rare) and not holds(b"", mark, rare)
    assert not holds(mark[rare:] + around, mark, rare) or mark in mark[rare:] + around


def test_a_part_is_unpacked_up_to_a_limit_whole_or_in_pieces() -> None:
    for size in (0, 1, 1000, 2**21):
        content = bytes(number % 251 for number in range(size))
        stream = BytesIO(book(part=content))
        (member,) = zipfile.ZipFile(stream).infolist()
        assert unpacked(member, stream, size) == content
        if size:
            assert unpacked(member, stream, size - 1) is None


def test_a_part_that_is_cut_off_is_refused() -> None:
    stream = BytesIO(book(part=bytes(range(256)) * 40))
    (member,) = zipfile.ZipFile(stream).infolist()
    member.compress_size += 10**5
    with pytest.raises(zipfile.BadZipFile, match="cut off"):
        unpacked(member, BytesIO(stream.getvalue()[:200]), 10**6)


@pytest.mark.parametrize(
    ("content", "unusual"),
    [
        (sheet(b'<c r="A1"><v>1</v></c>'), False),
        (sheet(b'<c r="A1"/><c r="AB1234" s="3"><v>1</v></c>'), False),
        (sheet(b'<c s="3" r="A1"><v>1</v></c>'), True),
        (sheet(b"<c><v>1</v></c>"), True),
        (sheet(b'<x:c r="A1"><v>1</v></x:c>'), True),
    ],
)
def test_a_far_cell_is_no_unusual_one(content: bytes, unusual: bool) -> None:
    package = check_packed(Path("book.xlsx"), book(sheet1=content))
    assert package.kind == ".xlsx" and bool(package.unusual) == unusual


def test_formats_of_far_cells_are_looked_at() -> None:
    styles = (
        b'<styleSheet><numFmts><numFmt numFmtId="180" formatCode="0.0"/></numFmts>'
        b'<cellXfs><xf numFmtId="0"/><xf numFmtId="180"/></cellXfs></styleSheet>'
    )
    links = b'<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
    parts = {
        "xl/workbook.xml": b'<workbook><sheets><sheet name="1" id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links,
        "xl/styles.xml": styles,
        "xl/worksheets/sheet1.xml": sheet(b'<c r="AB1234" s="1"><v>2.26</v></c>'),
    }
    assert missing(parts, {}, ())["1"].put == [(1233, 27, "2.3")]
    assert missing({**parts, "xl/styles.xml": styles.replace(b"180", b"49")}, {}, ()) == {}


def test_only_where_a_shared_string_may_be_long_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    strings = b'<sst uniqueCount="2"><si><t>' + b"x" * 3000 + b"</t></si><si><t>y</t></si></sst>"
    cells = [b'<c r="A%d" t="s"><v>0</v></c>' % number for number in range(1, 101)]
    content = book(sharedStrings=strings, sheet1=sheet(*cells))
    assert check_packed(Path("book.xlsx"), content).unusual == set()
    monkeypatch.setattr(unpacking, "MAX_TEXT_BYTES", 3000 * 90)
    with pytest.raises(InputError, match="repeats text"):
        check_packed(Path("book.xlsx"), content)
    monkeypatch.setattr(unpacking, "MAX_TEXT_BYTES", 3100 * 100)
    check_packed(Path("book.xlsx"), content)
