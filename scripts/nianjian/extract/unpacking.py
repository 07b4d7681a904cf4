"""Is a workbook what it says it is? Looked at before any library opens it.

A workbook of a few kilobytes can unpack to more than a memory holds, or claim a cell so far from the others that the
reader asks for a table of 512 GB and ends the process. So every part is unpacked once in small pieces, counted, and dropped.
The limits are far above what real yearbooks have; :data:`REAL` says what that is.
"""

from __future__ import annotations

import codecs
import re
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo, is_zipfile

from nianjian.errors import InputError
from nianjian.extract import legacy
from nianjian.extract.extents import (
    Extent,
    Opendocument,
    Uncommon,
    binary_extent,
    number_of,
    without_far_cells,
)
from nianjian.extract.zips import holds, pieces, pieces_of, stored, unpacked

REAL = {
    "bytes": 1_400_000,
    "unpacked": 6_900_000,
    "entries": 44,
    "cells": 250_000,
    "merges": 330,
    "ratio": 26,
}
"""The most that any of 2,137 real workbooks has."""
MAX_UNPACKED_BYTES = 512 * 2**20
MAX_ENTRIES = 5000
MAX_CELLS = 10_000_000
"""Of all sheets, each counted from A1 to its last row and column: a reader makes them all, the blank ones too."""
MAX_TEXT_BYTES = 2**30
"""Of the text in all cells: a long string that many cells share is made for each."""
MAX_MERGES = 100_000
MAX_RATIO = 200
"""Of what is unpacked to what is packed, where it is much: deflate's limit is about 1:1000."""
MUCH = 64 * 2**20

_PIECE = 2**18
_LONGEST_TAG = 2**20
_ENCRYPTED = 0x1
# Cells as Excel, WPS and all common writers put them; a parser counts those that are written otherwise.
_FAR = re.compile(rb'<c r="([A-Za-z]{2,6}(?=[0-9A-Za-z])|[A-Za-z](?=[0-9]{4}))[A-Za-z]*([0-9]{0,12})')
_NEAR = (999, 26)
"""Rows and columns that :data:`_FAR` passes over."""
_UNUSUAL = re.compile(rb'<c(?! r="[A-Z][0-9]{1,3}"[ />])[ />\t\r\n]')
"""A cell that is not near, or not written as most are."""
_ODD = re.compile(rb'<c(?! r="[A-Z]{1,3}[0-9]{1,7}"[ />])[ />\t\r\n]')
"""A cell that is not written as most are, near or far."""
_ROOT = re.compile(rb"<[A-Za-z_][^<>]*>")
_PLAIN_START = re.compile(
    rb"""<(?:\?xml\s[^>]*?encoding\s*=\s*["'](?:UTF-8|utf-8)["'][^>]*>|\?xml(?![^>]*encoding)[^>]*>|[A-Za-z_])"""
)
_HEAD = 2**14
_FEW_MERGES = 2**21
"""Bytes of a part that has no room for too many merged ranges."""
_SHORTEST_CELL, _LONGEST_TEXT = 24, 3 * 32767

_ODD_CELL = re.compile(rb"<c[>/\t\n\r]")
_PREFIXED = re.compile(rb":c[\s>/]")
_STRINGS = re.compile(rb"<(?:[^\s<>/!?:=]{1,32}:)?sst[\s>][^<]*")
_ROOM = re.compile(rb"""uniqueCount\s*=\s*["']\s*\+?0*([0-9]+)""")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_BINARY_BOOK = "xl/workbook.bin"


def _start(whole: bytes) -> tuple[bytes, bytes]:
    """The begin of a part, and the tag of its root; empty where it has none."""
    head = whole[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    root = _ROOT.search(head)
    return head, root[0] if root else b""


def is_usual(whole: bytes, odd_cell: re.Pattern[bytes]) -> bool:
    """Whether a part is XML as common programs write it, declares nothing, and holds no cell of a certain kind."""
    head, root = _start(whole)
    if not root or b"<!" in head[: head.find(root)] or not _PLAIN_START.match(head):
        return False
    prefixed = holds(whole, b":c", 0) and _PREFIXED.search(whole)
    return not prefixed and not odd_cell.search(whole)


@dataclass
class _Totals:
    """What was counted so far in a workbook."""

    path: Path
    packed: int
    unpacked: int = 0
    cells: int = 0
    text: int = 0
    merges: int = 0
    shared: int = 0
    longest: int = 0
    binary: bool = False
    strings: list[bytes] = field(default_factory=list)
    """Ordinary parts of shared strings, of which the longest is not known."""

    def fail(self, what: str) -> InputError:
        return InputError(f"{self.path.name}: {what}")

    def bomb(self, what: str) -> InputError:
        return self.fail(f"{what}, which no yearbook table does; not opened (a damaged file or a zip bomb)")

    def add_bytes(self, count: int) -> None:
        self.unpacked += count
        if self.unpacked > MAX_UNPACKED_BYTES or (
            self.unpacked > MUCH and self.unpacked > MAX_RATIO * self.packed
        ):
            raise self.bomb(f"unpacks from {self.packed:,} to more than {self.unpacked - 1:,} bytes")

    def add_cells(self, extent: Extent, sheet: str) -> None:
        """Count a sheet from A1 to its last row and column."""
        self.cells += extent.cells
        if self.cells > MAX_CELLS:
            raise self.fail(
                f"{sheet}: its cells reach row {extent.rows:,} and column {extent.columns:,}, too far to be read "
                f"(at most {MAX_CELLS:,} cells, blank ones counted); delete the empty rows and columns behind the table "
                "and save it again"
            )
        self.add_text(extent.text)

    def add_text(self, count: int) -> None:
        self.text += count
        if self.text > MAX_TEXT_BYTES:
            raise self.bomb(f"repeats text up to more than {MAX_TEXT_BYTES:,} bytes")

    def is_ordinary(self, name: str, whole: bytes) -> bool:
        """Whether a part of an .xlsx is written as most are, with all cells near; then it is counted at once."""
        if len(whole) > _FEW_MERGES or not is_usual(whole, _UNUSUAL):
            return False
        head, root = _start(whole)
        if b"sst" in root:
            found = _STRINGS.search(head)
            if found is None or ((room := _ROOM.search(found[0])) and len(room[1]) > 7):
                return False
            self.strings.append(whole)
        elif b"worksheet" in root:
            self.shared += len(whole) // _SHORTEST_CELL  # at most
            self.add_cells(Extent(*_NEAR), name)
        self.add_bytes(len(whole))
        return True

    def repeats_much(self) -> bool:
        """Whether the cells that share strings would be long together if each had the longest.

        A string is no longer than its part; only where that is too long to tell, the strings are measured.
        """
        if self.shared * max([self.longest, *map(len, self.strings)]) <= MAX_TEXT_BYTES // 2:
            return False
        self.longest = max([self.longest, *(max(map(len, part.split(b"si>"))) for part in self.strings)])
        self.strings = []
        return self.shared * self.longest > MAX_TEXT_BYTES // 2

    def add_merges(self, count: int) -> None:
        self.merges += count
        if self.merges > MAX_MERGES:
            raise self.fail(f"has more than {MAX_MERGES:,} merged cells; unmerge them and save it again")


@dataclass
class _Part:
    """A part that streams by and says nothing of cells."""

    totals: _Totals
    name: str

    def see(self, piece: bytes) -> None:
        """Read on."""

    def end(self) -> None:
        """The part is over."""


@dataclass
class _Markup(_Part):
    """XML: what no workbook declares, and how far its cells reach.

    It is looked through in stretches that end before a tag, so that no tag is cut in two.
    """

    extent: Extent = field(default_factory=Extent)
    uncommon: Uncommon | None = None
    first: bool = True
    decoder: codecs.IncrementalDecoder | None = None
    tail: bytes = b""
    strings: int = -1
    """Bytes since the end of the last shared string; -1 where the part has none."""

    def see(self, piece: bytes) -> None:
        if self.first:
            self.decoder = self._decoder(piece)
            self.first = False
        if self.decoder is not None:
            piece = self.decoder.decode(piece).encode("utf-8", "surrogatepass")
        data = self.tail + piece
        cut = data.rfind(b"<")
        if cut < 0 or b">" in data[cut:]:
            cut = len(data)
        self.tail = data[cut:]
        if len(self.tail) > _LONGEST_TAG:
            raise self.totals.bomb(f"{self.name}: has a tag of more than {_LONGEST_TAG:,} bytes")
        self._look(data[:cut])

    def end(self) -> None:
        self._look(self.tail)
        if self.uncommon is None:
            self.totals.add_cells(self.extent, self.name)

    def _decoder(self, piece: bytes) -> codecs.IncrementalDecoder | None:
        """What makes UTF-8 of a part in UTF-16, as properties of documents come; None of UTF-8."""
        for start, encoding in _WIDE.items():
            if piece.startswith(start):
                return codecs.getincrementaldecoder(encoding)()
        said = _ENCODING.match(piece.removeprefix(b"\xef\xbb\xbf").lstrip())
        if said and said[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
            raise self.totals.fail(
                f"{self.name}: is encoded as {said[1].decode('latin-1')[:20]}, not as UTF-8; open it in Excel and save it "
                "as .xlsx"
            )
        return None

    def _look(self, data: bytes) -> None:
        if b"<!" in data and _DECLARED.search(data):
            raise self.totals.fail(
                f"{self.name}: declares XML entities, which no workbook has; open it in Excel and save it as .xlsx"
            )
        self._measure(data)

    def _measure(self, data: bytes) -> None:
        self.totals.add_merges(data.count(b"mergeCell "))
        if b"sst" in data and (found := _STRINGS.search(data)):
            self.strings = 0
            if (room := _ROOM.search(found[0])) and (len(room[1]) > 8 or int(room[1]) > MAX_CELLS):
                raise self.totals.bomb(f"{self.name}: claims {room[1][:20].decode()} strings")
        if self.strings >= 0:
            self._strings(data)
        if self.uncommon is not None:
            return
        cells = data.count(b'<c r="')
        if data.count(b"<c ") > cells or _ODD_CELL.search(data) or (b":c" in data and _PREFIXED.search(data)):
            self.uncommon = Uncommon()
            return
        if not cells:
            return
        # Most cells are near; only of the others the place is read.
        self.extent.reach(*_NEAR)
        far = _FAR.findall(data)
        self.extent.reach(
            max((int(digits or b"1") for _, digits in far), default=1),
            max((number_of(each.decode()) for each in {letters for letters, _ in far}), default=1),
        )
        self.totals.shared += data.count(b'"s"') + data.count(b"'s'")

    def _strings(self, data: bytes) -> None:
        """Length of the longest shared string: what stands between the ends of two."""
        first, *others = map(len, data.split(b"si>"))
        self.totals.longest = max(self.totals.longest, self.strings + first, *others)
        self.strings = others[-1] if others else self.strings + first


@dataclass
class _Tables(_Markup):
    """``content.xml`` of an .ods."""

    def __post_init__(self) -> None:
        self.tables = Opendocument(self.totals.add_cells, self.totals.add_merges)

    def see(self, piece: bytes) -> None:
        super().see(piece)  # first: the parser would expand what is declared
        self.tables.see(piece)

    def _measure(self, data: bytes) -> None:
        """The parser does."""


@dataclass
class _Binary(_Part):
    """A part of an .xlsb, which may be a sheet."""

    held: list[bytes] = field(default_factory=list)

    def see(self, piece: bytes) -> None:
        self.held.append(piece)

    def end(self) -> None:
        self.totals.add_cells(binary_extent(b"".join(self.held)), self.name)


@dataclass
class Package:
    """A workbook that is a zip archive, looked through.

    Attributes
    ----------
    kind : the suffix that fits its parts, whatever its name says
    content : its bytes
    parts : what calamine reads of it, unpacked, by name; None where that is too much to hold
    notes : what was left out, by part
    unusual : parts that are written as few programs write them
    """

    kind: str
    content: bytes
    parts: dict[str, bytes] | None
    notes: dict[str, str] = field(default_factory=dict)
    unusual: set[str] = field(default_factory=set)

    def stored(self) -> bytes:
        """The same archive, not packed: it was unpacked once and need not be again."""
        return self.content if self.parts is None else stored(self.parts)


def check_packed(path: Path, content: bytes) -> Package:
    """Look through a workbook that is a zip archive: .xlsx, .xlsm, .xlsb, .ods.

    Parameters
    ----------
    path : of the file, for messages
    content : its bytes

    Raises
    ------
    InputError
        If it is damaged or encrypted, unpacks to too much, declares XML entities, or its cells reach too far.
    """
    totals = _Totals(path, len(content))
    try:
        with BytesIO(content) as stream, ZipFile(stream) as archive:
            members = archive.infolist()
            if len(members) > MAX_ENTRIES:
                raise totals.bomb(f"holds {len(members):,} files")
            names = {member.filename for member in members}
            totals.binary = _BINARY_BOOK in names
            package = Package(
                ".ods" if "content.xml" in names else ".xlsb" if totals.binary else ".xlsx", content, {}
            )
            unread = _unread(members, stream)
            for member in members:
                if member.filename not in unread:
                    _check_member(totals, member, stream, package)
    except (BadZipFile, OSError, zlib.error, struct.error, ValueError, RuntimeError) as error:
        raise totals.fail(f"is cut off or damaged ({error}); download or copy it again") from error
    much = totals.repeats_much()
    if package.parts and much:
        totals.shared = sum(part.count(b'"s"') + part.count(b"'s'") for part in package.parts.values())
    # As if each cell that shares a string had the longest.
    totals.add_text(totals.shared * min(totals.longest, _LONGEST_TEXT))
    return package


_BESIDE = ("docProps/", "xl/theme/", "xl/printerSettings/", "customXml/")
"""Where programs put what says nothing of cells."""
_RELATIONS = "xl/_rels/workbook.xml.rels"
_THEME = re.compile(rb"<Relationship\s[^<>]*/relationships/theme\"[^<>]*>")


def _unread(members: Sequence[ZipInfo], stream: IO[bytes]) -> set[str]:
    """Parts that calamine never opens: they need not be unpacked."""
    beside = {member.filename for member in members if member.filename.startswith(_BESIDE)}
    relations = [member for member in members if member.filename == _RELATIONS]
    if not beside or len(relations) != 1 or relations[0].compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return set()
    said = unpacked(relations[0], stream, _LONGEST_TAG)
    # A sheet may stand where it likes, under any spelling of its path.
    if said is None or b"&" in said:
        return set()
    targets = {
        target.rpartition(b"/")[2].lower()
        for target in re.findall(rb"""Target\s*=\s*["']([^"']*)""", _THEME.sub(b"", said))
    }
    return {name for name in beside if name.rpartition("/")[2].lower().encode() not in targets}


def check_legacy(path: Path, content: bytes) -> None:
    """Look through an .xls.

    Parameters
    ----------
    path : of the file, for messages
    content : its bytes

    Raises
    ------
    InputError
        If it is damaged, or its cells reach too far.
    """
    totals = _Totals(path, len(content))
    if is_zipfile(BytesIO(content)):
        raise totals.fail("is an .xls and an archive in one; open it in Excel and save it as .xlsx")
    try:
        for extent, sheet in legacy.extents(content):
            totals.add_cells(extent, sheet)
    except legacy.Damaged as error:
        raise totals.fail(f"is cut off or damaged ({error}); download or copy it again") from error


def _check_member(totals: _Totals, member: ZipInfo, stream: IO[bytes], package: Package) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise totals.fail("is encrypted; open it with its password and save it without one")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise totals.fail(f"{member.filename}: is packed as no spreadsheet packs; save it again as .xlsx")
    name, parts = member.filename, package.parts
    whole = None if parts is None else unpacked(member, stream, MUCH - totals.unpacked)
    if whole is None or parts is None:
        package.parts = None
        uncommon = _walk(totals, name, pieces(member, stream), None)
        again: Iterable[bytes] = pieces(member, stream)
    else:
        if zlib.crc32(whole) != member.CRC:
            raise BadZipFile(f"the checksum of {name} differs")
        parts[name] = whole
        if package.kind == ".xlsx" and totals.is_ordinary(name, whole):
            return
        if package.kind != ".xlsx" or not is_usual(whole, _ODD):
            package.unusual.add(name)
        if package.kind == ".xlsx" and (near := without_far_cells(whole)):
            parts[name], package.notes[name] = near
        uncommon, again = _walk(totals, name, pieces_of(parts[name]), None), pieces_of(parts[name])
    if uncommon is not None:
        _walk(totals, name, again, uncommon)
        totals.shared += uncommon.shared
        totals.add_cells(uncommon.extent, name)


def _walk(totals: _Totals, name: str, pieces: Iterable[bytes], again: Uncommon | None) -> Uncommon | None:
    """Look through a part; returns what must see it again, if anything must."""
    part: _Part | None = None
    for piece in pieces:
        if again is not None:
            again.see(piece)
            continue
        totals.add_bytes(len(piece))
        if part is None and piece:
            part = _reader(totals, name, piece)
        if part is not None:
            part.see(piece)
    if part is not None:
        part.end()
    return part.uncommon if isinstance(part, _Markup) else None


def _reader(totals: _Totals, name: str, start: bytes) -> _Part:
    """What looks at a part, by what it begins with: a workbook may call its sheets what it likes."""
    if name == "content.xml":
        return _Tables(totals, name)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" or start.startswith(tuple(_WIDE)):
        return _Markup(totals, name)
    if totals.binary:
        return _Binary(totals, name)
    return _Part(totals, name)
