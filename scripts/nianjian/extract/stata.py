"""Stata files of every version in use (102 to 119, Stata 1 to 18), in any code page a Chinese Stata wrote.

Read here and not by pandas, since that takes text before version 118 for Latin-1 and single precision for more digits than it
has. Layout: Stata's own `help dta` and, for versions before 113, what pandas and ReadStat know of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from nianjian import printable
from nianjian.errors import InputError
from nianjian.extract import unpacking
from nianjian.extract.panel_numbers import shortest
from nianjian.extract.periods import StataTime, is_time

ENCODINGS = ("utf-8", "gb18030")
_OLD = (102, 103, 104, 105, 108, 110, 111, 112, 113, 114, 115)
_NEW = (117, 118, 119)
_CODES = {251: "i1", 252: "i2", 253: "i4", 254: "f4", 255: "f8"}
_LETTERS = {98: "i1", 105: "i2", 108: "i4", 102: "f4", 100: "f8"}
_NEW_CODES = {65530: "i1", 65529: "i2", 65528: "i4", 65527: "f4", 65526: "f8"}
_STRL = 32768
_FORMS = {"i1": "b", "i2": "h", "i4": "i", "f4": "f", "f8": "d", "L": "8s"}
_LARGEST = {
    "i1": 100, "i2": 32_740, "i4": 2_147_483_620, "f4": float.fromhex("0x1.fffffep126"),
    "f8": float.fromhex("0x1.fffffffffffffp1022"),
}  # fmt: skip
_LARGEST_OLD = _LARGEST | {"i1": 126, "i2": 32_766, "i4": 2_147_483_646}
_MISSING_105 = float.fromhex("0x1.0p333")


class Labelled(NamedTuple):
    """A number and the value label that Stata shows in its place."""

    value: float
    text: str


class Damaged(ValueError):
    """The bytes are no Stata file; the message says why."""


@dataclass(frozen=True)
class StataFile:
    """A Stata file as a table.

    Attributes
    ----------
    names, labels : of each variable; a label is empty where there is none
    rows : of values: text, float, "" for all missing codes (. and .a to .z), :class:`Labelled`, :class:`StataTime`
    """

    names: list[str]
    labels: list[str]
    rows: list[list[Any]]


def read_stata(path: Path, data: bytes) -> StataFile:
    """Read a Stata file.

    Parameters
    ----------
    path : for messages
    data : its bytes

    Raises
    ------
    InputError
        If it is damaged, of an unknown version, larger than can be read, or its text is in no code page that is known.
    """
    try:
        raw = _read(data)
    except (Damaged, struct.error, ValueError) as error:
        raise InputError(
            f"{path.name}: cannot be read as a Stata file ({error}); save it again with Stata 13 or newer"
        ) from error
    if raw.count * len(raw.names) > unpacking.MAX_CELLS:
        raise InputError(
            f"{path.name}: {raw.count:,} observations of {len(raw.names):,} variables are more than the "
            f"{unpacking.MAX_CELLS:,} cells that can be read; keep the variables and years that are declared"
        )
    text = _Decoder(path, raw.texts())
    columns = [_column(raw, at, text) for at in range(len(raw.names))]
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else []
    return StataFile([text(name) for name in raw.names], [text(label) for label in raw.labels], rows)


@dataclass
class _Raw:
    """What the file holds, text as bytes."""

    version: int
    order: str
    count: int
    names: list[bytes] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    formats: list[bytes] = field(default_factory=list)
    label_names: list[bytes] = field(default_factory=list)
    labels: list[bytes] = field(default_factory=list)
    columns: list[tuple[Any, ...]] = field(default_factory=list)
    long_texts: dict[tuple[int, int], bytes] = field(default_factory=dict)
    value_labels: dict[bytes, dict[int, bytes]] = field(default_factory=dict)

    def texts(self) -> Iterator[bytes]:
        """All text in the file."""
        yield from self.names
        yield from self.labels
        yield from self.long_texts.values()
        for table in self.value_labels.values():
            yield from table.values()
        for kind, column in zip(self.types, self.columns, strict=True):
            if kind.startswith("S"):
                yield from set(column)


class _Decoder:
    """Text of a file in the code page in which most of it can be read; single texts may be cut within a character."""

    def __init__(self, path: Path, texts: Iterable[bytes]) -> None:
        foreign = {text for text in map(_until_zero, texts) if not text.isascii()}
        readable = {name: sum(map(_reads(name), foreign)) for name in ENCODINGS}
        self._encoding = max(ENCODINGS, key=lambda name: readable[name])
        if 2 * readable[self._encoding] < len(foreign):
            raise InputError(
                f"{path.name}: its text is neither UTF-8 nor GBK; run `unicode translate` in Stata and save it again"
            )

    def __call__(self, text: bytes) -> str:
        return printable.cell(_until_zero(text).decode(self._encoding, "replace"))


def _until_zero(text: bytes) -> bytes:
    return text.partition(b"\0")[0]


def _reads(encoding: str) -> Any:
    def check(text: bytes) -> bool:
        try:
            text.decode(encoding)
        except UnicodeDecodeError:
            return False
        return True

    return check


def _column(raw: _Raw, at: int, text: _Decoder) -> list[Any]:
    kind, column = raw.types[at], raw.columns[at]
    if kind.startswith("S"):
        known = {each: text(each).rstrip() for each in set(column)}
        return [known[each] for each in column]
    if kind == "L":
        return [text(raw.long_texts.get(_reference(each, raw), b"")) for each in column]
    largest = (_LARGEST if raw.version > 111 else _LARGEST_OLD)[kind]
    old = _MISSING_105 if kind == "f8" and raw.version <= 105 else None
    shown = raw.formats[at].decode("ascii", "replace").partition("\0")[0]
    time = is_time(shown)
    own = {code: text(label) for code, label in raw.value_labels.get(raw.label_names[at], {}).items()}

    def value(number: float) -> Any:
        if not number <= largest or number == old:
            return ""
        number = shortest(number) if kind == "f4" else float(number)
        if time:
            return StataTime(number, shown)
        return Labelled(number, own[int(number)]) if number in own else number

    return list(map(value, column))


def _reference(key: bytes, raw: _Raw) -> tuple[int, int]:
    split = {117: 4, 118: 2}.get(raw.version, 3)
    order: Any = "little" if raw.order == "<" else "big"
    return int.from_bytes(key[:split], order), int.from_bytes(key[split:], order)


class _Cursor:
    """Reads bytes one after the other, none beyond the end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.order = data, 0, "<"

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise Damaged("it ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, kind: str) -> int:
        return int(struct.unpack(self.order + kind, self.take(struct.calcsize(self.order + kind)))[0])

    def numbers(self, kind: str, count: int) -> list[int]:
        size = struct.calcsize(self.order + kind)
        return list(struct.unpack(f"{self.order}{count}{kind}", self.take(size * count)))

    def texts(self, width: int, count: int) -> list[bytes]:
        whole = self.take(width * count)
        return [_until_zero(whole[at : at + width]) for at in range(0, width * count, width)]

    def tag(self, name: bytes) -> None:
        if self.take(len(name)) != name:
            raise Damaged(f"{name.decode()} is missing")

    def after(self, name: bytes) -> None:
        found = self.data.find(name, self.at)
        if found < 0:
            raise Damaged(f"{name.decode()} is missing")
        self.at = found + len(name)


def _read(data: bytes) -> _Raw:
    cursor = _Cursor(data)
    if data.startswith(b"<stata_dta>"):
        return _read_new(cursor)
    version = cursor.take(1)[0]
    if version not in _OLD:
        raise Damaged(f"version {version} is unknown")
    return _read_old(cursor, version)


def _read_old(cursor: _Cursor, version: int) -> _Raw:
    cursor.order = ">" if cursor.take(1)[0] == 1 else "<"
    cursor.take(2)
    variables = cursor.number("H")
    raw = _Raw(version, cursor.order, cursor.number("I" if version >= 103 else "H"))
    cursor.take(81 if version > 105 else 32)
    cursor.take(18 if version >= 105 else 0)
    for code in cursor.take(variables):
        known = _CODES if version >= 111 else _LETTERS
        length = code if version >= 111 else code - 127
        if code not in known and not 0 < length <= 244:
            raise Damaged(f"a variable has the unknown type {code}")
        raw.types.append(known.get(code) or f"S{length}")
    name = 33 if version > 108 else 9
    raw.names = cursor.texts(name, variables)
    cursor.take(2 * (variables + 1))
    raw.formats = cursor.texts(49 if version > 113 else 12 if version > 104 else 7, variables)
    raw.label_names = cursor.texts(name, variables)
    raw.labels = cursor.texts(81 if version > 105 else 32, variables)
    while version > 104:
        kind, length = cursor.take(1)[0], cursor.number("i" if version > 108 else "h")
        if kind == 0:
            break
        cursor.take(length)
    _read_data(cursor, raw)
    while cursor.at < len(cursor.data):
        read = _value_labels if version >= 108 else _value_labels_105
        read(cursor, raw, 9 if version <= 108 else 33)
    return raw


def _read_new(cursor: _Cursor) -> _Raw:
    cursor.tag(b"<stata_dta><header><release>")
    version = int(cursor.take(3))
    if version not in _NEW:
        raise Damaged(f"version {version} is unknown")
    cursor.tag(b"</release><byteorder>")
    cursor.order = "<" if cursor.take(3) == b"LSF" else ">"
    cursor.tag(b"</byteorder><K>")
    variables = cursor.number("I" if version > 118 else "H")
    cursor.tag(b"</K><N>")
    raw = _Raw(version, cursor.order, cursor.number("Q" if version > 117 else "I"))
    cursor.after(b"<variable_types>")
    for code in cursor.numbers("H", variables):
        if code not in _NEW_CODES and code != _STRL and not 0 < code <= 2045:
            raise Damaged(f"a variable has the unknown type {code}")
        raw.types.append(_NEW_CODES.get(code) or ("L" if code == _STRL else f"S{code}"))
    name = 129 if version > 117 else 33
    cursor.after(b"<varnames>")
    raw.names = cursor.texts(name, variables)
    cursor.after(b"<formats>")
    raw.formats = cursor.texts(57 if version > 117 else 49, variables)
    cursor.after(b"<value_label_names>")
    raw.label_names = cursor.texts(name, variables)
    cursor.after(b"<variable_labels>")
    raw.labels = cursor.texts(321 if version > 117 else 81, variables)
    cursor.after(b"<data>")
    _read_data(cursor, raw)
    cursor.after(b"<strls>")
    while cursor.data.startswith(b"GSO", cursor.at):
        cursor.take(3)
        key = cursor.number("I"), cursor.number("I" if version == 117 else "Q")
        kind, length = cursor.take(1)[0], cursor.number("I")
        text = cursor.take(length)
        raw.long_texts[key] = _until_zero(text) if kind == 130 else b""
    cursor.after(b"<value_labels>")
    while cursor.data.startswith(b"<lbl>", cursor.at):
        cursor.take(5)
        _value_labels(cursor, raw, name)
        cursor.tag(b"</lbl>")
    return raw


def _read_data(cursor: _Cursor, raw: _Raw) -> None:
    kinds = [f"{kind[1:]}s" if kind[0] == "S" else _FORMS[kind] for kind in raw.types]
    row = struct.Struct(raw.order + "".join(kinds))
    if not row.size and raw.count:
        raise Damaged("it has observations of no variables")
    data = cursor.take(row.size * raw.count)
    raw.columns = list(zip(*row.iter_unpack(data), strict=True)) if data else [()] * len(raw.types)


def _value_labels(cursor: _Cursor, raw: _Raw, width: int) -> None:
    cursor.number("i")
    (name,) = cursor.texts(width, 1)
    cursor.take(3)
    count, size = cursor.number("I"), cursor.number("I")
    if 8 * count + size > len(cursor.data) - cursor.at:
        raise Damaged("a value label is cut off")
    places, codes = cursor.numbers("i", count), cursor.numbers("i", count)
    texts = cursor.take(size)
    raw.value_labels[name] = {
        code: _until_zero(texts[place:]) for place, code in zip(places, codes, strict=True) if place >= 0
    }


def _value_labels_105(cursor: _Cursor, raw: _Raw, width: int) -> None:
    count = cursor.number("H")
    (name,) = cursor.texts(width, 1)
    cursor.take(1)
    codes = cursor.numbers("h", count)
    raw.value_labels[name] = dict(zip(codes, cursor.texts(8, count), strict=True))
