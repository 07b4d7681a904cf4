"""Tables as Word documents: the three-line table (三线表) that Chinese journals ask for."""

from __future__ import annotations

import io
from typing import Any, Protocol

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from nianjian import printable
from nianjian.declarations import references
from nianjian.language import has_han
from nianjian.publish import archive
from nianjian.publish import word_parts as parts
from nianjian.publish.layout import (
    Alignment,
    Fit,
    Page,
    Part,
    alignments,
    ems,
    fitted,
    is_aligned,
    parts_of,
    stands_alone,
)
from nianjian.publish.origin import BANNER
from nianjian.publish.parts import Cell, Number
from nianjian.publish.parts import Part as Said
from nianjian.publish.tables import Head, Table
from nianjian.text import word as message

EIGHTHS = 8
"""Of a point, in which Word counts the widths of lines."""
CELL_PADDING_CM = 0.1
# A digit is half as wide as the font is high; other fonts than Times need a little more.
PAGES = tuple(
    Page(room, 0.53 * 2.54 / 72, 2 * CELL_PADDING_CM + 0.05, turned)
    for room, turned in ((16.0, False), (24.7, True))
)
"""A4 upright and on its side, between margins of 2.5 cm."""
RAISED = 0.65
"""Size of a raised star."""


class Captions(Protocol):
    """Writes a caption or note into a paragraph: in words, or with fields."""

    def caption(self, paragraph: Any, table: Table, language: str) -> None: ...

    def note(self, paragraph: Any, text: str, size: float, table: Table, language: str) -> None: ...


class PlainCaptions:
    """Captions and notes as words: of a document with one table, which may be copied into any other."""

    def caption(self, paragraph: Any, table: Table, language: str) -> None:
        caption_words(paragraph, table.caption(language), table)

    def note(self, paragraph: Any, text: str, size: float, table: Table, language: str) -> None:
        parts.write(paragraph, references.plain(text, language), size, table.style.fonts)


def caption_words(paragraph: Any, text: str, table: Table) -> list[Any]:
    """Words of a caption; returns their runs."""
    runs: list[Any] = []
    for at, line in enumerate(text.split("\n")):
        run = paragraph.add_run(printable.without_controls(line))
        if at:
            runs[-1].add_break()
        runs.append(dress(run, text, table))
    return runs


def dress(run: Any, text: str, table: Table) -> Any:
    """Set font and weight of a caption's run."""
    own = table.style.caption
    parts.set_font(run, table.style.fonts.caption_size, table.style.fonts, caption=True)
    # Hei is heavy as it is.
    run.bold = own.weight == "bold" or (own.weight == "auto" and not has_han(text))
    run.italic = False
    run.font.color.rgb = RGBColor(0, 0, 0)
    return run


def layout(table: Table, language: str) -> Fit:
    """How a table stands on a page."""
    return fitted(table, language, PAGES)


def document(table: Table, language: str) -> bytes:
    """Render a document with one three-line table, its caption and its notes."""
    fit = layout(table, language)
    word = started(table, fit.size)
    parts.set_page(word.sections[0], fit.turned)
    add_table(word, table, fit, language, PlainCaptions())
    caption = table.caption(language).replace("\n", " ")
    return finished(word, caption, table.source.mark, language)


def started(table: Table, size: float) -> Any:
    """An empty document."""
    word = Document()
    # Empty cells take the height of this style.
    normal, fonts = word.styles["Normal"], table.style.fonts
    normal.font.size, normal.font.name = Pt(size), fonts.latin
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), fonts.chinese)
    parts.space(normal)
    parts.set_decimal_point(word)
    return word


def finished(word: Any, title: str, comments: str, language: str) -> bytes:
    """The bytes of a document."""
    properties = word.core_properties
    properties.author = properties.last_modified_by = "Nianjian"
    properties.title = printable.without_controls(title)[:255]
    properties.comments = comments
    properties.created = properties.modified = archive.EPOCH
    properties.language = message("language.word")[language]
    stream = io.BytesIO()
    word.save(stream)
    return archive.settled(stream.getvalue())


def add_table(word: Any, table: Table, fit: Fit, language: str, captions: Captions) -> None:
    """Add a table with banner, captions and notes at the end of a document, each of its parts behind the other."""
    below = table.style.caption.place == "below"
    for number, part in enumerate(fit.parts):
        if number:
            parts.space(word.add_paragraph())
        elif table.source.simulated:
            add_banner(word, table)
        if not below:
            _caption(word, table, language, captions, number)
        _grid(word, part, fit, language)
        if below:
            _caption(word, table, language, captions, number)
    if note := table.footnote(language):
        captions.note(parts.tight(word.add_paragraph(), None, before=3), note, fit.size, table, language)


def add_banner(word: Any, table: Table) -> None:
    """Say that what follows is made from simulated data."""
    banner = parts.tight(word.add_paragraph(), WD_ALIGN_PARAGRAPH.CENTER, after=6)
    run = banner.add_run(BANNER)
    parts.set_font(run, 10.5, table.style.fonts, caption=True)
    run.bold, run.font.color.rgb = True, RGBColor(0xA3, 0x10, 0x0C)
    banner.paragraph_format.keep_with_next = True


def _caption(word: Any, table: Table, language: str, captions: Captions, number: int) -> None:
    """The caption, in each of its languages; of a later part, that it continues the first."""
    own = table.style.caption
    second = own.second.get(language)
    shown = [language] if number else list(dict.fromkeys([language, second or language]))
    for each in shown:
        paragraph = word.add_paragraph(style="Caption")
        parts.space(paragraph, after=4 if each == shown[-1] else 0, before=4 if own.place == "below" else 0)
        paragraph.alignment = parts.ALIGN[own.align]
        paragraph.paragraph_format.keep_with_next = own.place == "above"
        if number:
            caption_words(paragraph, table.continued(language), table)
        elif each == language:
            captions.caption(paragraph, table, each)
        else:
            caption_words(paragraph, table.caption(each), table)


class _Grid:
    """One part of a table in Word: a column of its own for each number of a cell."""

    def __init__(self, part: Part, fit: Fit, language: str) -> None:
        self.table, self.language, self.size = part.table, language, fit.size
        self.parts = parts_of(part.table)
        self.stubs = len(part.table.stubs)
        self.aligned = alignments(part.table, language)
        page = next(each for each in PAGES if each.turned is fit.turned)
        needed = [width * page.letter * fit.size + page.gap for width in part.widths]
        # A table takes the whole width, but columns of numbers are not drawn far apart for it.
        scale = min(page.room / sum(needed), 1.6)
        centimetres = [width * scale for width in needed]
        self.widths = centimetres[: self.stubs]
        for index, width in enumerate(centimetres[self.stubs :]):
            self.widths += self._shares(index, width)

    def _shares(self, index: int, width: float) -> list[float]:
        """Widths of the columns of a cell's numbers."""
        needed = []
        for place in range(self.parts[index]):
            own = self.aligned.get((index, place))
            needed.append(1.0 if own is None else own[0].left + own[0].right + 1)
        return [width * each / sum(needed) for each in needed]

    def start(self, column: int) -> int:
        """First grid column of one of the table's."""
        return self.stubs + sum(self.parts[:column])

    def fonts(self) -> Any:
        """The style's fonts."""
        return self.table.style.fonts

    def write(
        self, cell: Any, text: str, alignment: Any = None, *, before: float = 1, italic: bool = False
    ) -> None:
        """Words into an empty cell."""
        paragraph = parts.tight(cell.paragraphs[0], alignment, before, 1)
        parts.write(paragraph, text, self.size, self.fonts(), italic=italic)

    def fill(self, cells: list[Any], column: int, cell: Cell) -> None:
        """A cell of the table, into those of the grid that it takes."""
        own = cells[self.start(column) : self.start(column) + self.parts[column]]
        align = parts.ALIGN[self.table.columns[column].align]
        if len(own) > 1 and stands_alone(cell, len(own)):
            merged = own[0].merge(own[-1])
            parts.drop_empty(merged)
            self._said(merged, cell[0] if cell else None, parts.ALIGN["center"])
            return
        for place, grid_cell in enumerate(own):
            part = cell[place] if place < len(cell) else None
            found = self.aligned.get((column, place))
            if isinstance(part, Number) and found is not None and found[1] and is_aligned(part, found[1]):
                where = "" if len(own) == 1 else "first" if place == 0 else "last"
                self._number(grid_cell, part, found[0], self.widths[self.start(column) + place], where)
            else:
                self._said(grid_cell, part, align)

    def _said(self, cell: Any, part: Said | None, alignment: Any) -> None:
        paragraph = parts.tight(cell.paragraphs[0], alignment, 1, 1)
        if isinstance(part, Number):
            digits = part.digits(self.language, self.table.style)
            parts.write(paragraph, digits, self.size, self.fonts(), stars=part.stars)
        elif part is not None:
            printed = part.printed(self.language, self.table.style)
            parts.write(paragraph, printed, self.size, self.fonts())

    def _number(self, cell: Any, part: Number, own: Alignment, width: float, where: str) -> None:
        """A number whose point stands under those above it, however many stars hang behind."""
        point = self.size * 2.54 / 72
        left = max(ems(each) for each in own.lefts) * point
        right = max(ems(each) + RAISED * ems(stars) for each, stars in own.rights) * point
        room = width - 2 * CELL_PADDING_CM
        self._said(cell, part, parts.ALIGN["left"])
        # Numbers beside each other stand close together: the first to the right, the last to the left.
        spare = max(room - left - right, 0)
        parts.decimal_tab(cell.paragraphs[0], spare * {"first": 1, "last": 0}.get(where, 0.5) + left)


def _grid(word: Any, part: Part, fit: Fit, language: str) -> None:
    table = part.table
    writer = _Grid(part, fit, language)
    levels = table.levels(language)
    count = len(levels) + sum(len(row.lines) for row in table.rows())
    count += sum(panel.label is not None for panel in table.panels)
    grid = word.add_table(count, len(writer.widths))
    cells = _cells(grid, writer.widths)
    _write_heads(cells, writer, levels)
    _write_body(cells, writer, len(levels))
    _set_rules(grid, table, len(levels))


def _cells(grid: Any, widths: list[float]) -> list[list[Any]]:
    """Cells of an empty grid, line by line, with their widths set."""
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    # Not grid.cell(row, column): each call makes all cells of the table.
    cells = [list(row.cells) for row in grid.rows]
    parts.cell_margins(grid, CELL_PADDING_CM)
    for column, width in enumerate(widths):
        grid.columns[column].width = Cm(width)
        for line in cells:
            line[column].width = Cm(width)
    return cells


def _write_heads(cells: list[list[Any]], writer: _Grid, levels: list[list[Head]]) -> None:
    table = writer.table
    for depth, level in enumerate(levels):
        for head in level:
            first, last = writer.start(head.start), writer.start(head.start + head.span)
            cell = cells[depth][first]
            if last - first > 1:
                cell = cell.merge(cells[depth][last - 1])
                parts.drop_empty(cell)
            if head.span > 1:
                parts.rule(cell._tc, bottom=_eighths(table.style.rules.thin))
            centred = head.span > 1 or table.columns[head.start].align != "left"
            writer.write(cell, head.text, parts.ALIGN["center" if centred else "left"])
    for column, stub in enumerate(table.stub_heads(writer.language)):
        writer.write(cells[len(levels) - 1][column], stub)


def _write_body(cells: list[list[Any]], writer: _Grid, at: int) -> None:
    """Write the panels from line ``at`` on."""
    table, language = writer.table, writer.language
    for panel in table.panels:
        if panel.label:
            heading = cells[at][0].merge(cells[at][-1])
            parts.drop_empty(heading)
            writer.write(heading, table.says(panel.label, language), before=3, italic=True)
            at += 1
        for row, labels in zip(panel.rows, table.printed_labels(panel, language), strict=True):
            for column, (text, covers) in enumerate(labels):
                if covers:
                    cell = cells[at][column]
                    lines = len(row.lines) * covers
                    if lines > 1:
                        cell = cell.merge(cells[at + lines - 1][column])
                        parts.drop_empty(cell)
                    writer.write(cell, text)
            for line in row.lines:
                for column, said in enumerate(line):
                    writer.fill(cells[at], column, said)
                at += 1


def _eighths(points: float) -> int:
    """A width as Word counts it."""
    return round(points * EIGHTHS)


def _openings(table: Table, heads: int) -> list[int]:
    """Lines of the grid with which parts without a heading begin, but for the first."""
    found, at = [], heads
    for number, panel in enumerate(table.panels):
        if number and panel.label is None:
            found.append(at)
        at += (panel.label is not None) + sum(len(row.lines) for row in panel.rows)
    return found


def _set_rules(grid: Any, table: Table, heads: int) -> None:
    """The three lines, and thin ones between parts of the table; heads repeat on each page, rows do not break.

    Rules belong to single cells, and to each part of a cell merged over rows: Word draws those below by the lowest part.
    """
    rows, rules = list(grid.rows), table.style.rules
    for row, edges in (
        (0, {"top": _eighths(rules.top)}),
        (heads - 1, {"bottom": _eighths(rules.mid)}),
        *((at, {"top": _eighths(rules.thin)}) for at in _openings(table, heads)),
        (len(rows) - 1, {"bottom": _eighths(rules.bottom)}),
    ):
        for cell in rows[row]._tr.tc_lst:
            parts.rule(cell, **edges)
    for row in rows[:heads]:
        parts.row_property(row, "tblHeader")
    for row in rows:
        parts.row_property(row, "cantSplit")
