"""Tables as Excel workbooks: numbers stay numbers, and stars and brackets are their number format."""

from __future__ import annotations

import io
import math
from typing import Any

import xlsxwriter

from nianjian.language import width as text_width
from nianjian.publish import archive
from nianjian.publish.origin import BANNER
from nianjian.publish.tables import Cell, Number, Part, Table
from nianjian.text import FIRST, word

THIN, MEDIUM = 1, 2  # Excel's border styles


def number_format(number: Number, language: str) -> str:
    """Excel number format that prints ``number`` as the other formats do."""
    if number.beyond:
        return f'"{number.printed(language)}"'
    digits = "0" + ("." + "0" * number.places if number.places else "")
    before, after = (f'"{mark}"' if mark else "" for mark in number.marks(language))
    tail = f'{after}"{number.stars}"' if number.stars else after
    if number.grouped and word("punctuation.thousands")[language] != ",":
        # Excel's own separator is a comma; a literal space sets apart thousands and millions.
        fraction = digits[1:]
        million, thousand = rf"#\ ###\ ##0{fraction}", rf"#\ ##0{fraction}"
        return f"[>=1000000]{before}{million}{tail};[>=1000]{before}{thousand}{tail};{before}{digits}{tail}"
    if number.grouped:
        digits = "#,##" + digits
    # Two sections: with one, the minus sign would stand before the bracket.
    return f"{before}{digits}{tail};{before}-{digits}{tail}" if before else digits + tail


class _Sheet:
    """A worksheet that remembers one format per set of properties."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Any, language: str) -> None:
        self.sheet, self._book, self._language = sheet, book, language
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._base = {"font_name": word("language.font")[language], "font_size": 10, "valign": "vcenter"}

    def style(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(self._base | properties)
        return self._formats[key]

    def part(self, row: int, first: int, last: int, part: Part | None, **properties: Any) -> None:
        """Write a number as a number, in a Latin font, and anything else as text."""
        if not isinstance(part, Number):
            self.text(row, first, last, part.printed(self._language) if part else "", **properties)
            return
        style = self.style(
            **properties,
            font_name=word("language.font")[FIRST],
            num_format=number_format(part, self._language),
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


def _letters(cell: Cell, language: str) -> float:
    return max((text_width(part.printed(language)) for part in cell), default=0.0)


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
        self.stubs = len(table.stubs)
        self.parts = [
            max((len(line[index]) for row in table.rows() for line in row.lines), default=1) or 1
            for index in range(len(table.columns))
        ]
        self.starts = [self.stubs + sum(self.parts[:index]) for index in range(len(self.parts))]
        self.last = self.stubs + sum(self.parts) - 1
        self.widths = [text_width(stub[language]) for stub in table.stubs]
        self.widths += [0.0] * (self.last + 1 - self.stubs)

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
            "title": table.caption(language),
            "author": "Nianjian",
            "comments": table.source.mark,
            "created": archive.EPOCH,
        }
    )
    sheet = book.add_worksheet(word("tables.sheet", id=table.id)[language][:31])
    page, layout = _Sheet(book, sheet, language), _Layout(table, language)
    at = _caption(page, table, layout, language)
    top_of_head = at
    at = _heads(page, table, layout, at, language)
    sheet.freeze_panes(at, layout.stubs)
    sheet.repeat_rows(top_of_head, at - 1)
    at = _body(page, table, layout, at, language)
    sizes = layout.sizes()
    for column, size in enumerate(sizes):
        sheet.set_column(column, column, size)
    if note := table.footnote(language):
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


def _caption(page: _Sheet, table: Table, layout: _Layout, language: str) -> int:
    """Write banner and caption; returns the next row, as the functions below do."""
    at = 0
    if table.source.simulated:
        red = {"font_color": "#A3100C", "border": MEDIUM, "border_color": "#A3100C"}
        page.text(at, 0, layout.last, BANNER, bold=True, align="center", **red)
        at += 1
    page.text(at, 0, layout.last, table.caption(language), bold=True, align="center")
    return at + 1


def _heads(page: _Sheet, table: Table, layout: _Layout, at: int, language: str) -> int:
    levels = table.levels(language)
    for depth, level in enumerate(levels):
        lowest = depth == len(levels) - 1
        edge = {"top": MEDIUM if depth == 0 else 0, "bottom": THIN if lowest else 0}
        for column, stub in enumerate(table.stubs):
            page.text(at, column, column, stub[language] if lowest else "", **edge)
        for head in level:
            first, end = layout.span(head.start, head.start + head.span - 1)
            rule = {"bottom": THIN} if head.span > 1 else {}
            align = table.columns[head.start].align if head.span == 1 else "center"
            page.text(at, first, end, head.text, **{**edge, **rule, "align": align})
            if head.span == 1:
                for column in range(first, end + 1):
                    layout.widen(column, text_width(head.text) / (end - first + 1))
        at += 1
    return at


def _body(page: _Sheet, table: Table, layout: _Layout, at: int, language: str) -> int:
    remaining = sum(len(row.lines) for row in table.rows())
    remaining += sum(panel.label is not None for panel in table.panels)
    for index, panel in enumerate(table.panels):
        if panel.label is not None:
            remaining -= 1
            page.text(at, 0, layout.last, panel.label[language], italic=True)
            at += 1
        printed = zip(panel.rows, table.printed_labels(panel, language), strict=True)
        for place, (row, labels) in enumerate(printed):
            for number, line in enumerate(row.lines):
                remaining -= 1
                opens = index > 0 and panel.label is None and place == number == 0
                edge = {"top": THIN if opens else 0, "bottom": 0 if remaining else MEDIUM}
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
    edge: dict[str, int],
    language: str,
) -> None:
    at, column = place
    first, end = layout.span(column, column)
    parts = layout.parts[column]
    if len(cell) < parts or parts == 1:
        # A lone number stands in the middle of columns that others share.
        page.part(at, first, end, cell[0] if cell else None, **edge, align=align)
        layout.widen(first, _letters(cell, language) / parts)
        return
    for offset, part in enumerate(cell):
        own = "left" if offset else "right"
        page.part(at, first + offset, first + offset, part, **edge, align=own)
        layout.widen(first + offset, _letters((part,), language))
