"""Tables as Excel workbooks: numbers stay numbers, and stars and brackets are their number format."""

from __future__ import annotations

import io
import math
from typing import Any

import xlsxwriter

from nianjian.publish import archive
from nianjian.publish.origin import BANNER
from nianjian.publish.tables import Cell, Number, Part, Table
from nianjian.text import FIRST, word
from nianjian.text import width as text_width

THIN, MEDIUM = 1, 2  # Excel's border styles


def number_format(number: Number, language: str) -> str:
    """Excel number format that prints ``number`` as the other formats do."""
    digits = "0" + ("." + "0" * number.decimals if number.decimals else "")
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
        self.sheet, self._book, self._language, self._formats = sheet, book, language, {}
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


def workbook(table: Table, language: str) -> bytes:
    """Render a workbook with one sheet: caption, table, notes.

    Where a column prints two numbers beside each other, each has its own column under a shared head.
    """
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
    page = _Sheet(book, sheet, language)

    stubs = len(table.stubs)
    parts = [
        max((len(line[index]) for row in table.rows() for line in row.lines), default=1) or 1
        for index in range(len(table.columns))
    ]
    starts = [stubs + sum(parts[:index]) for index in range(len(parts))]
    last = stubs + sum(parts) - 1
    widths = [text_width(stub[language]) for stub in table.stubs] + [0.0] * (last + 1 - stubs)

    at = 0
    if table.source.simulated:
        page.text(
            at,
            0,
            last,
            BANNER,
            bold=True,
            font_color="#A3100C",
            align="center",
            border=MEDIUM,
            border_color="#A3100C",
        )
        at += 1
    page.text(at, 0, last, table.caption(language), bold=True, align="center")
    at += 1

    levels = table.levels(language)
    top_of_head = at
    for depth, level in enumerate(levels):
        edge = {"top": MEDIUM if depth == 0 else 0, "bottom": THIN if depth == len(levels) - 1 else 0}
        for column, stub in enumerate(table.stubs):
            page.text(at, column, column, stub[language] if depth == len(levels) - 1 else "", **edge)
        for head in level:
            first, end = (
                starts[head.start],
                starts[head.start + head.span - 1] + parts[head.start + head.span - 1] - 1,
            )
            rule = {"bottom": THIN} if head.span > 1 else {}
            align = table.columns[head.start].align if head.span == 1 else "center"
            page.text(at, first, end, head.text, **{**edge, **rule, "align": align})
            if head.span == 1:
                for column in range(first, end + 1):
                    widths[column] = max(widths[column], text_width(head.text) / (end - first + 1))
        at += 1
    sheet.freeze_panes(at, stubs)
    sheet.repeat_rows(top_of_head, at - 1)

    remaining = sum(len(row.lines) for row in table.rows()) + sum(
        panel.label is not None for panel in table.panels
    )
    for index, panel in enumerate(table.panels):
        if panel.label is not None:
            remaining -= 1
            page.text(at, 0, last, panel.label[language], italic=True)
            at += 1
        for place, (row, labels) in enumerate(
            zip(panel.rows, table.printed_labels(panel, language), strict=True)
        ):
            for number, line in enumerate(row.lines):
                remaining -= 1
                opens = index > 0 and panel.label is None and place == number == 0
                edge = {"top": THIN if opens else 0, "bottom": 0 if remaining else MEDIUM}
                for column, (text, covers) in enumerate(labels):
                    page.text(at, column, column, text if covers and not number else "", **edge)
                    widths[column] = max(widths[column], text_width(text))
                for column, cell in zip(range(len(parts)), line, strict=True):
                    align, first, end = (
                        table.columns[column].align,
                        starts[column],
                        starts[column] + parts[column] - 1,
                    )
                    if len(cell) < parts[column] or parts[column] == 1:
                        # A lone number stands in the middle of columns that others share.
                        page.part(at, first, end, cell[0] if cell else None, **edge, align=align)
                        widths[first] = max(widths[first], _letters(cell, language) / parts[column])
                        continue
                    for offset, part in enumerate(cell):
                        page.part(
                            at,
                            first + offset,
                            first + offset,
                            part,
                            **edge,
                            align="left" if offset else "right",
                        )
                        widths[first + offset] = max(widths[first + offset], _letters((part,), language))
                at += 1

    for column, letters in enumerate(widths):
        sheet.set_column(column, column, max(letters, 4) * 0.95 + 2)
    total = sum(max(letters, 4) * 0.95 + 2 for letters in widths)
    note = table.footnote(language)
    if note:
        page.text(at, 0, last, note, text_wrap=True)
        # Excel does not fit the height of merged cells to their text.
        sheet.set_row(at, 14 * max(1, math.ceil(text_width(note) * 0.95 / total)))

    sheet.hide_gridlines(2)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    if total > 100:
        sheet.set_landscape()
    book.close()
    return archive.settled(stream.getvalue())
