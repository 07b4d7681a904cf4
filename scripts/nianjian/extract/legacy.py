"""Is an .xls what it says it is? Its container is a file system of sectors, whose chains may run in circles; its records may
claim cells and strings beyond any memory. Read here with bounds, before calamine follows either.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nianjian.extract.extents import Extent

MAX_SHEETS = 1000
MAX_RECORDS = 20_000_000
MAX_MINI_SECTORS = 4096
"""Sectors of the table of small sectors: a workbook's small streams are a few kilobytes."""
_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _LARGEST = 0xFFFFFFFE, 0xFFFFFFFA
_SMALL_STREAM, _ENTRY, _MINI = 4096, 128, 64
_BOF, _EOF, _BOUNDSHEET, _SST, _CONTINUE, _DIMENSIONS = 0x0809, 0x0A, 0x85, 0xFC, 0x3C, 0x200
_LABEL_SST, _MULTIPLE = 0xFD, 0xBD
_CELLS = frozenset((0x203, 0x204, 0xD6, 0x205, 0x27E, _LABEL_SST, 0x06, _MULTIPLE))
_NAMES = ("Workbook", "Book", "WORKBOOK", "BOOK")


class Damaged(ValueError):
    """The bytes are no workbook; the message says why, for the sentence that names the file."""


@dataclass(frozen=True)
class _Container:
    """Sectors of an OLE file, and the chains that they form."""

    data: bytes
    size: int
    next: tuple[int, ...]

    def sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        if number >= _LARGEST or start >= len(self.data):
            raise Damaged(f"sector {number} lies behind the file's end")
        return self.data[start : start + self.size]

    def chain(self, first: int) -> bytes:
        """All sectors of a chain, each once at most."""
        found, seen, number = [], set(), first
        while number != _END:
            if number in seen:
                raise Damaged("a chain of sectors runs in a circle")
            seen.add(number)
            found.append(self.sector(number))
            if number >= len(self.next):
                raise Damaged(f"nothing says what follows sector {number}")
            number = self.next[number]
        return b"".join(found)


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _opened(data: bytes) -> tuple[_Container, bytes]:
    """The container and its header."""
    head = data[:512]
    if len(head) < 512 or not head.startswith(_SIGNATURE):
        raise Damaged("the file is too short")
    shift = int.from_bytes(head[30:32], "little")
    if shift not in (9, 12):
        raise Damaged("its sectors have no known size")
    plain = _Container(data, 1 << shift, ())
    tables = list(_numbers(head[76:512]))
    number, seen = int.from_bytes(head[68:72], "little"), set()
    while number < _LARGEST:
        if number in seen:
            raise Damaged("a chain of sectors runs in a circle")
        seen.add(number)
        *more, number = _numbers(plain.sector(number))
        tables += more
    held = [each for each in tables if each < _LARGEST]
    if len(set(held)) < len(held) or len(held) * plain.size > len(data):
        raise Damaged("its table of sectors repeats itself")
    return _Container(data, plain.size, tuple(n for each in held for n in _numbers(plain.sector(each)))), head


def workbook_stream(data: bytes) -> bytes:
    """The stream of the workbook's records.

    Raises
    ------
    Damaged
        If there is none, or the container is damaged.
    """
    container, head = _opened(data)
    directory = container.chain(int.from_bytes(head[48:52], "little"))
    if not directory or len(directory) % _ENTRY:
        raise Damaged("its directory is cut off")
    entries: dict[str, tuple[int, ...]] = {}
    for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        entry = directory[at : at + _ENTRY]
        name = entry[:64].decode("utf-16-le", "replace").partition("\0")[0]
        entries.setdefault(name, tuple(struct.unpack("<II", entry[116:124])))
    start, length = next((entries[name] for name in _NAMES if name in entries), (0, 0))
    if not length:
        raise Damaged("it holds no stream called Workbook")
    minis = int.from_bytes(head[64:68], "little")
    if minis > MAX_MINI_SECTORS:
        raise Damaged("its table of small sectors is too large")
    root = struct.unpack("<II", directory[116:124])
    small = _Container(b"", _MINI, ())
    if minis:
        held = container.chain(root[0])
        table = container.chain(int.from_bytes(head[60:64], "little"))
        # Small sectors are counted from the start of their stream, those of the file from behind its header.
        small = _Container(bytes(_MINI) + held, _MINI, _numbers(table))
    chosen = small if length < _SMALL_STREAM else container
    return chosen.chain(start)[:length]


def records(stream: bytes, at: int, count: Callable[[], None]) -> Iterator[tuple[int, bytes]]:
    """Type and content of the records from a place in the stream on."""
    while at + 4 <= len(stream):
        count()
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def sheet_records(stream: bytes, at: int, count: Callable[[], None]) -> Iterator[tuple[int, int, bytes]]:
    """How deep, type and content of the records of a sheet, from its begin to its end.

    Those of the sheet itself are at 1, those of what is embedded in it deeper.
    """
    deep = 0
    for kind, body in records(stream, at, count):
        if kind == _BOF:
            deep += 1
        elif kind == _EOF:
            deep -= 1
            if deep <= 0:
                return
        else:
            yield deep, kind, body


class Count:
    """Counts records, so that sheets which share them cannot make it endless."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> None:
        self.number += 1
        if self.number > MAX_RECORDS:
            raise Damaged(f"it has more than {MAX_RECORDS:,} records")


def extents(data: bytes) -> Iterator[tuple[Extent, str]]:
    """Extent of each sheet of an .xls, with what to call it.

    Raises
    ------
    Damaged
        If the container or the records are damaged.
    """
    stream, count = workbook_stream(data), Count()
    places, strings, longest = [], [b""], 0
    shared = False
    for kind, body in records(stream, 0, count):
        if kind == _BOUNDSHEET and len(body) >= 4:
            places.append(int.from_bytes(body[:4], "little"))
        elif kind == _SST or (kind == _CONTINUE and shared):
            strings = [body[8:]] if kind == _SST else [*strings, body]
        elif kind == _EOF:
            break
        shared = kind == _SST or (shared and kind == _CONTINUE)
    if len(places) > MAX_SHEETS:
        raise Damaged(f"it has more than {MAX_SHEETS} sheets")
    longest = _longest(strings)
    for number, place in enumerate(places, start=1):
        if place >= len(stream):
            raise Damaged(f"sheet {number} lies behind the file's end")
        yield _extent(stream, place, count, longest), f"sheet {number}"


def _extent(stream: bytes, place: int, count: Count, longest: int) -> Extent:
    extent = Extent()
    for deep, kind, body in sheet_records(stream, place, count):
        if deep <= 1 and kind in _CELLS and len(body) >= 6:
            row, column = struct.unpack_from("<HH", body)
            last = int.from_bytes(body[-2:], "little") if kind == _MULTIPLE else column
            extent.reach(row + 1, last + 1)
            extent.text += longest if kind == _LABEL_SST else len(body)
        elif kind == _DIMENSIONS:
            _check_dimensions(body)
    return extent


def _check_dimensions(body: bytes) -> None:
    """The reader makes room for as many cells as are claimed: no more than the format has."""
    if len(body) >= 14:
        first, last, left, right = struct.unpack_from("<IIHH", body)
    elif len(body) >= 8:
        first, last, left, right = struct.unpack_from("<HHHH", body)
    else:
        return
    if last > 65536 or first > last or right > 256 or left > right:
        raise Damaged("a sheet claims more cells than the format has")


def _longest(pieces: list[bytes]) -> int:
    """Bytes of the longest shared string, as UTF-8 at most; what is cut off is the reader's to name."""
    longest, piece, at = 0, 0, 0

    def skip(count: int) -> None:
        nonlocal piece, at
        at += count
        while piece < len(pieces) and at > len(pieces[piece]):
            at -= len(pieces[piece])
            piece += 1

    while piece < len(pieces):
        if at + 3 > len(pieces[piece]):
            piece, at = piece + 1, 0
            continue
        body = pieces[piece]
        letters, flags = int.from_bytes(body[at : at + 2], "little"), body[at + 2]
        longest = max(longest, 3 * letters)
        runs = 4 * int.from_bytes(body[at + 3 : at + 5], "little") if flags & 8 else 0
        behind = at + 3 + (2 if flags & 8 else 0)
        extra = int.from_bytes(body[behind : behind + 4], "little") if flags & 4 else 0
        at = behind + (4 if flags & 4 else 0)
        left, wide = letters, flags & 1
        while left and piece < len(pieces):
            room = (len(pieces[piece]) - at) // (2 if wide else 1)
            if left <= room:
                at += left * (2 if wide else 1)
                break
            left, piece = left - max(room, 0), piece + 1
            if piece < len(pieces):
                wide, at = (pieces[piece][0] & 1, 1) if pieces[piece] else (wide, 0)
        skip(runs + extra)
    return longest
