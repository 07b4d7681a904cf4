"""What calamine leaves out of an .xls: errors, what number formats show, hidden rows and columns.

Records are those of [MS-XLS]; books of Excel 5 and 95 are left as calamine reads them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from nianjian.extract import legacy
from nianjian.extract.markup import Facts, Missing
from nianjian.extract.number_formats import BUILT_IN, is_plain, show, spelt_alike

_BOF, _EOF, _BOUNDSHEET, _FORMAT, _XF, _1904 = 0x0809, 0x0A, 0x85, 0x041E, 0xE0, 0x22
_NUMBER, _RK, _MULRK, _FORMULA, _BOOLERR, _ROW, _COLINFO = 0x203, 0x27E, 0xBD, 0x06, 0x205, 0x208, 0x7D
_BIFF8 = 0x0600
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


def missing(content: bytes, shown: bool) -> dict[str, Missing]:
    """What calamine leaves out, by sheet.

    Parameters
    ----------
    content : bytes of an .xls that was looked through before
    shown : whether a number is taken as its format shows it, else as it is stored

    Raises
    ------
    Damaged
        If a record is too short for what it must hold.
    """
    stream, count = legacy.workbook_stream(content), legacy.Count()
    try:
        return _read(stream, count, shown)
    except (struct.error, IndexError) as error:
        raise legacy.Damaged(f"a record is cut off: {error}") from error


def _read(stream: bytes, count: legacy.Count, shown: bool) -> dict[str, Missing]:
    codes, styles, places = dict(BUILT_IN), list[int](), list[tuple[int, str]]()
    epoch_1904 = False
    for kind, body in legacy.records(stream, 0, count):
        if kind == _BOF and int.from_bytes(body[:2], "little") != _BIFF8:
            return {}
        if kind == _FORMAT:
            codes[int.from_bytes(body[:2], "little")] = _text(body[2:], 2)
        elif kind == _XF:
            styles.append(int.from_bytes(body[2:4], "little"))
        elif kind == _BOUNDSHEET:
            places.append((int.from_bytes(body[:4], "little"), _text(body[6:], 1)))
        elif kind == _1904:
            epoch_1904 = body[:1] == b"\1"
        elif kind == _EOF:
            break
    used = {
        at: codes[number] for at, number in enumerate(styles) if not is_plain(codes.get(number, "")) and shown
    }
    found = {}
    for place, name in places:
        own = _Sheet(used, epoch_1904).read(stream, place, count)
        if own.put or own.notes:
            found[name] = own
    return found


def _text(body: bytes, length: int) -> str:
    """A string with its length in one or two bytes, and a mark of wide characters."""
    letters, wide = int.from_bytes(body[:length], "little"), body[length] & 1
    raw = body[length + 1 : length + 1 + letters * (1 + wide)]
    return raw.decode("utf-16-le" if wide else "latin-1", "replace")


def _rk(value: int) -> float:
    """A number in four bytes."""
    if value & 2:
        number = float(struct.unpack("<i", struct.pack("<I", value))[0] >> 2)
    else:
        number = struct.unpack("<d", bytes(4) + struct.pack("<I", value & 0xFFFFFFFC))[0]
    return number / 100 if value & 1 else number


class _Sheet:
    """Reads the records of one sheet."""

    def __init__(self, codes: dict[int, str], epoch_1904: bool) -> None:
        self.codes, self.epoch_1904 = codes, epoch_1904
        self.missing, self.facts = Missing(), Facts()

    def read(self, stream: bytes, place: int, count: legacy.Count) -> Missing:
        """From the sheet's begin to its end; what is embedded in it is passed over."""
        for deep, kind, body in legacy.sheet_records(stream, place, count):
            if deep == 1:
                self._take(kind, body)
        self.missing.notes = self.facts.notes()
        return self.missing

    def _take(self, kind: int, body: bytes) -> None:
        if kind == _ROW:
            row, *_, flags = struct.unpack_from("<7H", body)
            if flags & 0x20:
                self.facts.hidden_rows.append(row + 1)
        elif kind == _COLINFO:
            first, last, _, _, flags = struct.unpack_from("<5H", body)
            if flags & 1 and last < 255:
                self.facts.hidden_columns += range(first + 1, last + 2)
        elif kind == _BOOLERR and body[7]:
            row, col = struct.unpack_from("<HH", body)
            self.missing.put.append((row, col, _ERRORS.get(body[6], "#N/A")))
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            row, col = struct.unpack_from("<HH", body)
            self.missing.put.append((row, col, _ERRORS.get(body[8], "#N/A")))
        elif self.codes:
            for row, col, style, number in self._numbers(kind, body):
                self._number(row, col, style, number)

    @staticmethod
    def _numbers(kind: int, body: bytes) -> Iterator[tuple[int, int, int, float]]:
        """Cells of a record that hold a number: row, column, style, number."""
        if kind == _NUMBER or (kind == _FORMULA and body[12:14] != b"\xff\xff"):
            yield struct.unpack_from("<HHHd", body)
        elif kind == _RK:
            row, col, style, value = struct.unpack_from("<HHHI", body)
            yield row, col, style, _rk(value)
        elif kind == _MULRK:
            row, first = struct.unpack_from("<HH", body)
            for at in range((len(body) - 6) // 6):
                style, value = struct.unpack_from("<HI", body, 4 + 6 * at)
                yield row, first + at, style, _rk(value)

    def _number(self, row: int, col: int, style: int, number: float) -> None:
        code = self.codes.get(style)
        stored = str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
        if code is not None and not spelt_alike(stored, code):
            self.facts.number(self.missing, row, col, stored, show(stored, code, self.epoch_1904))
