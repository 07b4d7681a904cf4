"""Stata files of all versions as tests need them, with text in any code page: pandas writes neither old ones nor GBK."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

CODES = {"i1": 251, "i2": 252, "i4": 253, "f4": 254, "f8": 255}
LETTERS = {"i1": b"b", "i2": b"i", "i4": b"l", "f4": b"f", "f8": b"d"}
NEW_CODES = {"i1": 65530, "i2": 65529, "i4": 65528, "f4": 65527, "f8": 65526}
FORMS = {"i1": "b", "i2": "h", "i4": "i", "f4": "f", "f8": "d"}


@dataclass
class Variable:
    """A variable: ``kind`` as in ``CODES``, or the number of bytes of its text; raw bytes stand for numbers as they are."""

    name: str
    kind: str | int
    values: list
    format: str = "%9.0g"
    label: str = ""
    labels: dict[int, str] = field(default_factory=dict)


@dataclass
class _Writer:
    version: int
    order: str
    encoding: str

    def text(self, text: str | bytes, width: int) -> bytes:
        data = text if isinstance(text, bytes) else text.encode(self.encoding)
        return data[:width].ljust(width, b"\0")

    def pack(self, form: str, *numbers: float) -> bytes:
        return struct.pack(self.order + form, *numbers)

    def rows(self, variables: list[Variable]) -> bytes:
        found = b""
        for row in zip(*(each.values for each in variables), strict=True):
            for variable, value in zip(variables, row, strict=True):
                if isinstance(variable.kind, int):
                    found += self.text(value, variable.kind)
                elif isinstance(value, bytes):
                    found += value if self.order == ">" else value[::-1]
                else:
                    found += self.pack(FORMS[variable.kind], value)
        return found

    def value_label(self, name: str, labels: dict[int, str]) -> bytes:
        if self.version < 108:
            head = self.pack("H", len(labels)) + self.text(name, 9) + b"\0"
            return (
                head
                + self.pack(f"{len(labels)}h", *labels)
                + b"".join(self.text(t, 8) for t in labels.values())
            )
        texts = [text.encode(self.encoding) + b"\0" for text in labels.values()]
        places = [sum(map(len, texts[:at])) for at in range(len(texts))]
        table = self.pack(f"II{len(texts)}i{len(texts)}i", len(texts), sum(map(len, texts)), *places, *labels)
        width = 9 if self.version == 108 else 129 if self.version > 117 else 33
        return (
            self.pack("i", len(table) + sum(map(len, texts)))
            + self.text(name, width) + bytes(3) + table + b"".join(texts)
        )  # fmt: skip


def stata(variables: list[Variable], version: int, encoding: str = "gb18030", order: str = "<") -> bytes:
    """Bytes of a Stata file with these variables."""
    write = _Writer(version, order, encoding)
    return _new(write, variables) if version >= 117 else _old(write, variables)


def _old(write: _Writer, variables: list[Variable]) -> bytes:
    version, count = write.version, len(variables[0].values)
    name = 33 if version > 108 else 9
    label, shown = 81 if version > 105 else 32, 49 if version > 113 else 12 if version > 104 else 7
    found = bytes([version, 1 if write.order == ">" else 2, 1, 0])
    found += write.pack("H", len(variables)) + write.pack("I" if version >= 103 else "H", count)
    found += write.text("", label) + write.text("", 18 if version >= 105 else 0)
    for each in variables:
        if isinstance(each.kind, int):
            found += bytes([each.kind if version >= 111 else each.kind + 127])
        else:
            found += bytes([CODES[each.kind]]) if version >= 111 else LETTERS[each.kind]
    found += b"".join(write.text(each.name, name) for each in variables)
    found += bytes(2 * (len(variables) + 1))
    found += b"".join(write.text(each.format, shown) for each in variables)
    found += b"".join(write.text(each.name if each.labels else "", name) for each in variables)
    found += b"".join(write.text(each.label, label) for each in variables)
    if version > 104:
        found += bytes(5 if version > 108 else 3)
    found += write.rows(variables)
    return found + b"".join(write.value_label(each.name, each.labels) for each in variables if each.labels)


def _new(write: _Writer, variables: list[Variable]) -> bytes:
    version, count = write.version, len(variables[0].values)
    name, label, shown = (129, 321, 57) if version > 117 else (33, 81, 49)
    kinds = [each.kind if isinstance(each.kind, int) else NEW_CODES[each.kind] for each in variables]
    parts = [
        b"<stata_dta><header><release>%d</release><byteorder>" % version,
        (b"LSF" if write.order == "<" else b"MSF") + b"</byteorder><K>",
        write.pack("I" if version > 118 else "H", len(variables)) + b"</K><N>",
        write.pack("Q" if version > 117 else "I", count) + b"</N><label>",
        bytes(2 if version > 117 else 1) + b"</label><timestamp>\0</timestamp></header><map>",
        bytes(112) + b"</map><variable_types>" + write.pack(f"{len(kinds)}H", *kinds),
        b"</variable_types><varnames>" + b"".join(write.text(each.name, name) for each in variables),
        b"</varnames><sortlist>"
        + bytes((4 if version > 118 else 2) * (len(kinds) + 1))
        + b"</sortlist><formats>",
        b"".join(write.text(each.format, shown) for each in variables) + b"</formats><value_label_names>",
        b"".join(write.text(each.name if each.labels else "", name) for each in variables),
        b"</value_label_names><variable_labels>",
        b"".join(write.text(each.label, label) for each in variables)
        + b"</variable_labels><characteristics>",
        b"</characteristics><data>" + write.rows(variables) + b"</data><strls></strls><value_labels>",
        b"".join(b"<lbl>" + write.value_label(e.name, e.labels) + b"</lbl>" for e in variables if e.labels),
        b"</value_labels></stata_dta>",
    ]
    data = b"".join(parts)
    tags = "map variable_types varnames sortlist formats value_label_names variable_labels characteristics data strls value_labels"
    places = [data.index(f"<{tag}>".encode()) for tag in tags.split()]
    filled = write.pack("14Q", 0, *places, data.index(b"</stata_dta>"), len(data))
    at = places[0] + len("<map>")
    return data[:at] + filled + data[at + len(filled) :]
