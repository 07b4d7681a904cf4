"""What calamine leaves out of an .ods: merged ranges, errors, formulas without a value, what is hidden, what formats show."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from io import BytesIO

from nianjian.extract.extents import MAX_COLUMNS
from nianjian.extract.markup import LOWERED, RAISED, Facts, Missing
from nianjian.extract.number_formats import DAYS, typed_as_time, without_currency
from nianjian.extract.text import parse_number

_NAMES = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXT, _OFFICE, _STYLE = (_NAMES % name for name in ("table", "text", "office", "style"))
_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_HIDDEN = ("collapse", "filter")
_NUMBERS = ("float", "percentage", "currency")


def missing(content: bytes, shown: bool) -> dict[str, Missing]:
    """What calamine leaves out of an .ods, by sheet.

    Parameters
    ----------
    content : bytes of the file
    shown : whether a number is taken as its format shows it, else as it is stored
    """
    found: dict[str, Missing] = {}
    reader = _Reader(shown)
    for event, node in _nodes(content):
        tag = node.tag.removeprefix(_TABLE)
        if event == "start":
            if tag == "table":
                reader.turn(found.setdefault(node.get(_TABLE + "name", ""), Missing()))
            elif tag == "table-row":
                reader.begin_row(node)
        elif node.tag == _STYLE + "style":
            reader.take_style(node)
        elif tag == "table-column":
            reader.take_column(node)
        elif tag in ("table-cell", "covered-table-cell"):
            reader.take_cell(node)
            node.clear()
        elif tag == "table-row":
            reader.row += reader.repeat
            node.clear()
        elif tag == "table":
            reader.sheet.notes += reader.facts.notes()
    return found


def _nodes(content: bytes) -> Iterator[tuple[str, ElementTree.Element]]:
    with zipfile.ZipFile(BytesIO(content)) as archive, archive.open("content.xml") as stream:
        yield from ElementTree.iterparse(stream, events=("start", "end"))


class _Reader:
    """Where in a table the reading stands, and what was found."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown
        self.aligned: dict[str, dict[int, int]] = {}
        self.turn(Missing())

    def turn(self, sheet: Missing) -> None:
        """Begin a table."""
        self.sheet, self.facts = sheet, Facts()
        self.row, self.col, self.repeat, self.columns = 0, 0, 1, 0

    def begin_row(self, node: ElementTree.Element) -> None:
        """Begin a row, which may stand for several."""
        self.col, self.repeat = 0, int(node.get(_TABLE + "number-rows-repeated", 1))
        if node.get(_TABLE + "visibility") in _HIDDEN and self.repeat < 10_000:
            self.facts.hidden_rows += range(self.row + 1, self.row + self.repeat + 1)

    def take_style(self, node: ElementTree.Element) -> None:
        """Remember a style that raises or lowers text."""
        for own in node.iter(_STYLE + "text-properties"):
            position = own.get(_STYLE + "text-position", "")
            if position.startswith(("super", "sub")):
                self.aligned[node.get(_STYLE + "name", "")] = (
                    RAISED if position.startswith("super") else LOWERED
                )

    def take_column(self, node: ElementTree.Element) -> None:
        """Note hidden columns."""
        width = int(node.get(_TABLE + "number-columns-repeated", 1))
        if node.get(_TABLE + "visibility") in _HIDDEN and self.columns + width < MAX_COLUMNS:
            self.facts.hidden_columns += range(self.columns + 1, self.columns + width + 1)
        self.columns += width

    def take_cell(self, node: ElementTree.Element) -> None:
        """Note what a cell shows, where that is not what calamine reads."""
        row, col = self.row, self.col
        down = int(node.get(_TABLE + "number-rows-spanned", 1))
        right = int(node.get(_TABLE + "number-columns-spanned", 1))
        if down > 1 or right > 1:
            self.sheet.merges.append(((row, col), (row + down - 1, col + right - 1)))
        kind = node.get(_OFFICE + "value-type")
        text = "\n".join(self._line(each) for each in node.findall(_TEXT + "p"))
        if node.get(_TYPE) == "error":
            self.sheet.put.append((row, col, text or "#N/A"))
        elif node.get(_TABLE + "formula") is not None and not kind and not text:
            self.facts.unsaved(row, col, node.get(_TABLE + "formula", "").partition(":")[2])
        elif kind == "string" or kind is None:
            if any(span.get(_TEXT + "style-name") in self.aligned for span in node.iter(_TEXT + "span")):
                self.sheet.put.append((row, col, text))
        elif self.shown and text:
            self._compare(node, kind, text)
        self.col += int(node.get(_TABLE + "number-columns-repeated", 1))

    def _line(self, node: ElementTree.Element) -> str:
        """The text of a paragraph, with raised and lowered digits as such characters."""
        line = node.text or ""
        for part in node:
            inner = self._line(part)
            if part.tag == _TEXT + "s":
                inner = " " * int(part.get(_TEXT + "c", 1))
            line += inner.translate(self.aligned.get(part.get(_TEXT + "style-name", ""), {})) + (
                part.tail or ""
            )
        return line

    def _compare(self, node: ElementTree.Element, kind: str, text: str) -> None:
        """Take what is shown of a number, where that is another one."""
        if kind in _NUMBERS:
            stored = node.get(_OFFICE + "value", "")
            number = parse_number(without_currency(text))
            value = parse_number(stored)
            if value is None or (number is not None and abs(number - value) <= 1e-9 * abs(value)):
                return
            why = "is shown as a percentage" if kind == "percentage" else "is shown otherwise"
        elif (kind == "time" and _is_clock(node.get(_OFFICE + "time-value", ""))) or (
            kind == "date" and _may_be_typed(node.get(_OFFICE + "date-value", ""))
        ):
            stored, why = node.get(f"{_OFFICE}{kind}-value", ""), f"is shown as a {kind}"
        else:
            return
        self.sheet.put.append((self.row, self.col, text))
        self.facts.differs(self.row, self.col, stored, why, text)


_SPAN = re.compile(r"PT(\d+)H(\d+)M([\d.]+)S")


def _is_clock(span: str) -> bool:
    """The same of a time of day."""
    found = _SPAN.fullmatch(span)
    if not found:
        return True
    seconds = Decimal(found[1]) * 3600 + Decimal(found[2]) * 60 + Decimal(found[3])
    return typed_as_time(round(seconds / 86400, 9))


def _may_be_typed(day: str) -> bool:
    """Whether a day may have been typed as one, as 1-27; a number in a date's format by mistake is taken as it is."""
    try:
        found = datetime.fromisoformat(day)
    except ValueError:
        return True
    days = (found - datetime(1899, 12, 30)).total_seconds() / 86400
    return days == int(days) and DAYS[0] <= days <= DAYS[1]
