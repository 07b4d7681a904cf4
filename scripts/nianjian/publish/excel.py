"""Tables as Excel workbooks: numbers stay numbers, and stars and brackets are their number format."""

from __future__ import annotations

import io
import math
from typing import Any

import xlsxwriter

from nianjian.declarations import references
from nianjian.declarations.models.style import Style
from nianjian.language import width as text_width
from nianjian.publish import archive
from nianjian.publish.layout import Alignment, alignments, is_aligned, parts_of, stands_alone
from nianjian.publish.origin import BANNER
from nianjian.publish.parts import MINUS, PLAIN, THIN_SPACE, Cell, Number, Part, thousands
from nianjian.publish.tables import Table
from nianjian.text import FIRST, word

BORDERS = ((0.0, 0), (0.375, 7), (1.125, 1), (1.875, 2), (math.inf, 5))
"""Border styles of Excel (none, hair, thin, medium, thick) by the width in points up to which each is the nearest."""


def border(points: float) -> int:
    """The border style nearest to a line's width."""
    return next(style for most, style in BORDERS if points <= most)


SCALES = {"comma": None, "none": None, "space": r"\ ", "thin": f'"{THIN_SPACE}"'}
"""What Excel writes between thousands where its own comma does not do."""


def number_format(number: Number, language: str, style: Style = PLAIN, own: Alignment | None = None) -> str:
    """Excel number format that prints ``number`` as the other formats do.

    Parameters
    ----------
    own : what stands in its column: blanks as wide as the missing stars and brackets keep the decimal points of numbers that
        are set to the right under each other
    """
    tail = _padding(number, language, style, own) if own is not None else ""
    if number.beyond:
        return f'"{number.printed(language, style)}"{tail}'
    zero = "0" if style.numbers.leading_zero or not number.places else "#"
    digits = zero + ("." + "0" * number.places if number.places else "")
    before, after = (f'"{mark}"' if mark else "" for mark in number.marks(language, style))
    tail = (f'{after}"{number.stars}"' if number.stars else after) + tail
    minus = "-" if style.numbers.minus == "hyphen" else f'"{MINUS}"'
    if number.grouped and abs(number.value) >= 10 ** (style.numbers.grouped_from - 1):
        digits = _grouped(number, digits, thousands(language, style))
    # Two sections: with one, the minus sign would stand before the bracket, and be a hyphen.
    return (
        f"{before}{digits}{tail};{before}{minus}{digits}{tail}"
        if before or number.value < 0
        else digits + tail
    )


def _grouped(number: Number, digits: str, apart: str) -> str:
    """Digits with thousands set apart: Excel's own separator is a comma, another is written out for the number's size."""
    if apart == "none":
        return digits
    if (mark := SCALES[apart]) is None:
        return "#,##" + digits
    groups = (len(str(int(abs(number.value)))) - 1) // 3
    return "#" + (mark + "###") * (groups - 1) + mark + "##" + digits


def _padding(number: Number, language: str, style: Style, own: Alignment) -> str:
    """Blanks as wide as what the widest of the column has more to the right of the point."""
    pieces = number.pieces(language, style)
    decimals = max(len(_digits(right)) for right, _ in own.rights)
    marks = max((_marks(right) for right, _ in own.rights), key=len)
    stars = max(len(stars) for _, stars in own.rights)
    missing = decimals - len(_digits(pieces.right))
    found = "_." if decimals and not _digits(pieces.right) else ""
    found += "_0" * missing
    found += "".join(f"_{mark}" for mark in marks[len(_marks(pieces.right)) :])
    return found + "_*" * (stars - len(pieces.stars))


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _marks(text: str) -> str:
    return "".join(letter for letter in text if not letter.isdigit() and letter != ".")


class _Sheet:
    """A worksheet that remembers one format per set of properties."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Any, language: str, style: Style) -> None:
        self.sheet, self._book, self._language, self._own = sheet, book, language, style
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        font = style.fonts.latin if language == FIRST else style.fonts.chinese
        self._base = {"font_name": font, "font_size": 10, "valign": "vcenter"}

    def style(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(self._base | properties)
        return self._formats[key]

    def part(
        self,
        row: int,
        first: int,
        last: int,
        part: Part | None,
        own: Alignment | None = None,
        **properties: Any,
    ) -> None:
        """Write a number as a number, in a Latin font, and anything else as text."""
        if not isinstance(part, Number):
            self.text(row, first, last, part.printed(self._language, self._own) if part else "", **properties)
            return
        style = self.style(
            **properties,
            font_name=self._own.fonts.latin,
            num_format=number_format(part, self._language, self._own, own),
        )
        if last > first:
            self.sheet.merge_range(row, first, row, last, "", style)
        self.sheet.write_number(row, first, part.value, style)

    def text(self, row: int, first: int, last: int, text: str, **properties: Any) -> None:
        style = self.style(**properties)
        if last > first:
            self.sheet.merge_range(row, first, row, last, "", style)
        if text:
            # write_string: a label that starts with "=" is no formula.
            self.sheet.write_string(row, first, text, style)
        else:
            self.sheet.write_blank(row, first, None, style)


def _letters(cell: Cell, language: str, style: Style) -> float:
    return max((text_width(part.printed(language, style)) for part in cell), default=0.0)


class _Layout:
    """Where columns of a table stand on a sheet, and how wide what they hold is.

    Where a column prints two numbers beside each other, each has its own column under a shared head.

    Attributes
    ----------
    parts : sheet columns of each column of the table
    starts : the first of them
    last : last column of the sheet
    widths : of the sheet's columns, in Latin letters
    """

    def __init__(self, table: Table, language: str) -> None:
        self.stubs, self.style, self.language = len(table.stubs), table.style, language
        self.parts = parts_of(table)
        self.aligned = alignments(table, language)
        self.starts = [self.stubs + sum(self.parts[:index]) for index in range(len(self.parts))]
        self.last = self.stubs + sum(self.parts) - 1
        self.widths = [text_width(stub) for stub in table.stub_heads(language)]
        self.widths += [0.0] * (self.last + 1 - self.stubs)
        self.heads = {
            index: [head[language] for head in column.heads] for index, column in enumerate(table.columns)
        }

    def span(self, first: int, last: int) -> tuple[int, int]:
        """First and last sheet column of neighbouring columns of the table."""
        return self.starts[first], self.starts[last] + self.parts[last] - 1

    def widen(self, column: int, letters: float) -> None:
        self.widths[column] = max(self.widths[column], letters)

    def sizes(self) -> list[float]:
        """Widths as Excel counts them."""
        return [max(letters, 4) * 0.95 + 2 for letters in self.widths]


def workbook(table: Table, language: str) -> bytes:
    """Render a workbook with one sheet: caption, table, notes."""
    stream = io.BytesIO()
    # Formulas and links are never meant: strings stay strings.
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties(
        {
            "title": table.caption(language).replace("\n", " "),
            "author": "Nianjian",
            "comments": table.source.mark,
            "created": archive.EPOCH,
        }
    )
    sheet = book.add_worksheet(word("tables.sheet", id=table.id)[language][:31])
    page, layout = _Sheet(book, sheet, language, table.style), _Layout(table, language)
    below = table.style.caption.place == "below"
    at = _banner(page, table, layout)
    at = at if below else _caption(page, table, layout, at, language)
    top_of_head = at
    at = _heads(page, table, layout, at, language)
    sheet.freeze_panes(at, layout.stubs)
    sheet.repeat_rows(top_of_head, at - 1)
    at = _body(page, table, layout, at, language)
    at = _caption(page, table, layout, at, language) if below else at
    sizes = layout.sizes()
    for column, size in enumerate(sizes):
        sheet.set_column(column, column, size)
    if note := references.plain(table.footnote(language), language):
        page.text(at, 0, layout.last, note, text_wrap=True)
        # Excel does not fit the height of merged cells to their text.
        sheet.set_row(at, 14 * max(1, math.ceil(text_width(note) * 0.95 / sum(sizes))))
    sheet.hide_gridlines(2)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    if sum(sizes) > 100:
        sheet.set_landscape()
    book.close()
    return archive.settled(stream.getvalue())


def _banner(page: _Sheet, table: Table, layout: _Layout) -> int:
    """Write the banner, where there is one; returns the next row, as the functions below do."""
    if not table.source.simulated:
        return 0
    red = {"font_color": "#A3100C", "border": border(1.5), "border_color": "#A3100C"}
    page.text(0, 0, layout.last, BANNER, bold=True, align="center", **red)
    return 1


def _caption(page: _Sheet, table: Table, layout: _Layout, at: int, language: str) -> int:
    own = table.style.caption
    for caption in table.captions(language):
        for line in caption.split("\n"):
            page.text(at, 0, layout.last, line, bold=own.weight != "normal", align=own.align)
            at += 1
    return at


def _heads(page: _Sheet, table: Table, layout: _Layout, at: int, language: str) -> int:
    levels, rules = table.levels(language), table.style.rules
    for depth, level in enumerate(levels):
        lowest = depth == len(levels) - 1
        edge = {
            "top": border(rules.top) if depth == 0 else 0,
            "bottom": border(rules.mid) if lowest else 0,
        }
        for column, stub in enumerate(table.stub_heads(language)):
            page.text(at, column, column, stub if lowest else "", **edge)
        for head in level:
            first, end = layout.span(head.start, head.start + head.span - 1)
            rule = {"bottom": border(rules.thin)} if head.span > 1 else {}
            align = table.columns[head.start].align if head.span == 1 else "center"
            page.text(at, first, end, head.text, **{**edge, **rule, "align": align})
            if head.span == 1:
                for column in range(first, end + 1):
                    layout.widen(column, text_width(head.text) / (end - first + 1))
        at += 1
    return at


def _body(page: _Sheet, table: Table, layout: _Layout, at: int, language: str) -> int:
    rules = table.style.rules
    remaining = sum(len(row.lines) for row in table.rows())
    remaining += sum(panel.label is not None for panel in table.panels)
    for index, panel in enumerate(table.panels):
        if panel.label is not None:
            remaining -= 1
            page.text(at, 0, layout.last, table.says(panel.label, language), italic=True)
            at += 1
        printed = zip(panel.rows, table.printed_labels(panel, language), strict=True)
        for place, (row, labels) in enumerate(printed):
            for number, line in enumerate(row.lines):
                remaining -= 1
                opens = index > 0 and panel.label is None and place == number == 0
                edge = {
                    "top": border(rules.thin) if opens else 0,
                    "bottom": 0 if remaining else border(rules.bottom),
                }
                for column, (text, covers) in enumerate(labels):
                    page.text(at, column, column, text if covers and not number else "", **edge)
                    layout.widen(column, text_width(text))
                for column, cell in enumerate(line):
                    _cell(page, layout, (at, column), cell, table.columns[column].align, edge, language)
                at += 1
    return at


def _cell(
    page: _Sheet,
    layout: _Layout,
    place: tuple[int, int],
    cell: Cell,
    align: str,
    edge: dict[str, Any],
    language: str,
) -> None:
    at, column = place
    first, end = layout.span(column, column)
    parts = layout.parts[column]
    if stands_alone(cell, parts) or not cell:
        # A lone number stands in the middle of columns that others share.
        page.part(at, first, end, cell[0] if cell else None, **edge, align=align if parts == 1 else "center")
        layout.widen(first, _letters(cell, language, layout.style) / parts)
        return
    for offset, part in enumerate(cell):
        found = layout.aligned.get((column, offset))
        own = found[0] if found is not None and found[1] else None
        layout.widen(first + offset, _letters((part,), language, layout.style))
        if own is not None and isinstance(part, Number) and is_aligned(part, True):
            layout.widen(first + offset, own.left + own.right)
            room = max(4.0, *(text_width(each) for each in layout.heads.get(column, [""]))) / parts
            indent = max(int((room - own.left - own.right) / 2), 0)
            page.part(at, first + offset, first + offset, part, own, **edge, align="right", indent=indent)
        else:
            page.part(at, first + offset, first + offset, part, **edge, align="center" if own else align)
