"""Tables as Word documents: the three-line table (三线表) that Chinese journals ask for."""

from __future__ import annotations

import io
from copy import deepcopy
from functools import cache
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from nianjian import printable
from nianjian.language import has_han
from nianjian.publish import archive
from nianjian.publish.origin import BANNER
from nianjian.publish.tables import Cell, Head, Number, Table, natural_widths
from nianjian.text import word as message

LATIN = "Times New Roman"
SONG, HEI = "宋体", "黑体"  # what journals set body text and captions in
THICK, THIN, HAIR = 12, 6, 4  # eighths of a point: 1.5 pt above and below, 0.75 pt under the head
PORTRAIT_CM, LANDSCAPE_CM = 16.0, 24.7  # A4 between margins of 2.5 cm
CELL_PADDING_CM = 0.1
BODY_PT = 9.0  # 小五
SMALLEST_PT = 6.5

_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def _set_font(run: Any, size: float, *, east_asian: str = SONG) -> None:
    """Set the font of a new run."""
    run._r.insert(0, deepcopy(_font(size, east_asian)))


@cache
def _font(size: float, east_asian: str) -> Any:
    """Properties of a run, to be copied: python-docx looks for the place of each among all that could stand there."""
    run = Run(OxmlElement("w:r"), None)  # type: ignore[arg-type]
    run.font.size = Pt(size)
    run.font.name = LATIN
    properties = run._r.get_or_add_rPr()
    # python-docx sets the Latin font only; without this Word falls back to MS Mincho or the like.
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), east_asian)
    return properties


def _write(paragraph: Any, text: str, size: float, *, stars: str = "", italic: bool = False) -> None:
    run = paragraph.add_run(printable.without_controls(text))
    _set_font(run, size)
    if italic:
        run.italic = True
    if stars:
        raised = paragraph.add_run(stars)
        _set_font(raised, size)
        raised.font.superscript = True


def _tight(paragraph: Any, alignment: Any = None, before: float = 0, after: float = 0) -> Any:
    """Set space and alignment of a paragraph that has no properties yet."""
    paragraph._p.insert(0, deepcopy(_spacing(alignment, before, after)))
    return paragraph


@cache
def _spacing(alignment: Any, before: float, after: float) -> Any:
    """Properties of a paragraph, to be copied."""
    paragraph = Paragraph(OxmlElement("w:p"), None)  # type: ignore[arg-type]
    _space(paragraph, before, after)
    paragraph.alignment = alignment
    return paragraph._p.pPr


def _space(owner: Any, before: float = 0, after: float = 0) -> None:
    owner.paragraph_format.space_before = Pt(before)
    owner.paragraph_format.space_after = Pt(after)
    owner.paragraph_format.line_spacing = 1.0


def _rule(cell: Any, **edges: int) -> None:
    """Draw rules at the edges of a ``w:tc`` element."""
    properties = cell.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    # The schema wants the edges in this order.
    for edge in ("top", "bottom"):
        if edge in edges:
            element = OxmlElement(f"w:{edge}")
            for name, value in (
                ("val", "single"),
                ("sz", str(edges[edge])),
                ("space", "0"),
                ("color", "000000"),
            ):
                element.set(qn(f"w:{name}"), value)
            borders.append(element)


def _row_property(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(f"w:{name}"))


def _layout(widths: list[float]) -> tuple[bool, float, list[float]]:
    """Landscape or not, font size and column widths in cm: the first of these that holds the table."""
    for landscape, available in ((False, PORTRAIT_CM), (True, LANDSCAPE_CM)):
        sizes = (BODY_PT, BODY_PT - 1) if not landscape else (BODY_PT, BODY_PT - 1, 7.5, 7.0, SMALLEST_PT)
        for size in sizes:
            # A digit is half as wide as the font is high; letters need a little more.
            needed = [letters * size * 0.55 * 2.54 / 72 + 2 * CELL_PADDING_CM + 0.05 for letters in widths]
            if sum(needed) <= available:
                return landscape, size, [width * available / sum(needed) for width in needed]
    return True, SMALLEST_PT, [width * LANDSCAPE_CM / sum(needed) for width in needed]


def _fill(cell: Any, parts: Cell, language: str, size: float, alignment: Any) -> None:
    paragraph = _tight(cell.paragraphs[0], alignment, before=1, after=1)
    for index, part in enumerate(parts):
        space = "\N{NO-BREAK SPACE}" if index else ""
        if isinstance(part, Number):
            _write(paragraph, space + part.digits(language), size, stars=part.stars)
        else:
            _write(paragraph, space + part.printed(language), size)


def document(table: Table, language: str) -> bytes:
    """Render a document with one three-line table, its caption above and its notes below."""
    landscape, size, widths = _layout(natural_widths(table, language))
    word = Document()
    _set_page(word, landscape, size)
    _set_caption(word, table, language)
    levels = table.levels(language)
    count = len(levels) + sum(len(row.lines) for row in table.rows())
    count += sum(panel.label is not None for panel in table.panels)
    grid = word.add_table(count, len(widths))
    cells = _cells(grid, widths)
    _write_heads(cells, table, levels, language, size)
    _write_body(cells, table, len(levels), language, size)
    _set_rules(grid, len(levels))
    if note := table.footnote(language):
        _write(_tight(word.add_paragraph(), None, before=3), note, size)
    properties = word.core_properties
    properties.author = properties.last_modified_by = "Nianjian"
    properties.title = printable.without_controls(table.caption(language))[:255]
    properties.comments = table.source.mark
    properties.created = properties.modified = archive.EPOCH
    properties.language = message("language.word")[language]
    stream = io.BytesIO()
    word.save(stream)
    return archive.settled(stream.getvalue())


def _set_page(word: Any, landscape: bool, size: float) -> None:
    # Empty cells take the height of this style.
    normal = word.styles["Normal"]
    normal.font.size, normal.font.name = Pt(size), LATIN
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), SONG)
    _space(normal)
    section = word.sections[0]
    section.page_width, section.page_height = (Cm(29.7), Cm(21.0)) if landscape else (Cm(21.0), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.5)


def _set_caption(word: Any, table: Table, language: str) -> None:
    """Banner, where the table needs one, and caption."""
    if table.source.simulated:
        banner = _tight(word.add_paragraph(), WD_ALIGN_PARAGRAPH.CENTER, after=6)
        run = banner.add_run(BANNER)
        _set_font(run, 10.5, east_asian=HEI)
        run.bold, run.font.color.rgb = True, RGBColor(0xA3, 0x10, 0x0C)
    caption = word.add_paragraph(style="Caption")
    _space(caption, after=4)
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.keep_with_next = True
    run = caption.add_run(printable.without_controls(table.caption(language)))
    _set_font(run, 10.5, east_asian=HEI)
    # Hei is heavy as it is.
    run.bold, run.italic = not has_han(table.caption(language)), False
    run.font.color.rgb = RGBColor(0, 0, 0)


def _cells(grid: Any, widths: list[float]) -> list[list[Any]]:
    """Cells of an empty grid, line by line, with their widths set."""
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    # Not grid.cell(row, column): each call makes all cells of the table.
    cells = [list(row.cells) for row in grid.rows]
    _cell_margins(grid)
    for column, width in enumerate(widths):
        grid.columns[column].width = Cm(width)
        for line in cells:
            line[column].width = Cm(width)
    return cells


def _write_heads(
    cells: list[list[Any]], table: Table, levels: list[list[Head]], language: str, size: float
) -> None:
    stubs = len(table.stubs)
    for depth, level in enumerate(levels):
        for head in level:
            cell = cells[depth][stubs + head.start]
            if head.span > 1:
                cell = cell.merge(cells[depth][stubs + head.start + head.span - 1])
                _rule(cell._tc, bottom=HAIR)
            centred = head.span > 1 or table.columns[head.start].align != "left"
            _write(_tight(cell.paragraphs[0], _ALIGN["center" if centred else "left"], 1, 1), head.text, size)
    for column, stub in enumerate(table.stubs):
        _write(_tight(cells[len(levels) - 1][column].paragraphs[0], None, 1, 1), stub[language], size)


def _write_body(cells: list[list[Any]], table: Table, at: int, language: str, size: float) -> None:
    """Write the panels from line ``at`` on."""
    stubs = len(table.stubs)
    for panel in table.panels:
        if panel.label:
            heading = cells[at][0].merge(cells[at][-1])
            _write(_tight(heading.paragraphs[0], None, 3, 1), panel.label[language], size, italic=True)
            at += 1
        for row, labels in zip(panel.rows, table.printed_labels(panel, language), strict=True):
            for column, (text, covers) in enumerate(labels):
                if covers:
                    cell = cells[at][column]
                    lines = len(row.lines) * covers
                    if lines > 1:
                        cell = cell.merge(cells[at + lines - 1][column])
                        _drop_empty(cell)
                    _write(_tight(cell.paragraphs[0], None, 1, 1), text, size)
            for line in row.lines:
                for column, parts in enumerate(line):
                    alignment = _ALIGN[table.columns[column].align]
                    _fill(cells[at][stubs + column], parts, language, size, alignment)
                at += 1


def _set_rules(grid: Any, heads: int) -> None:
    """The three lines; heads repeat on each page, rows do not break.

    Rules belong to single cells, and to each part of a cell merged over rows: Word draws those below by the lowest part.
    """
    rows = list(grid.rows)
    for row, edges in (
        (0, {"top": THICK}),
        (heads - 1, {"bottom": THIN}),
        (len(rows) - 1, {"bottom": THICK}),
    ):
        for cell in rows[row]._tr.tc_lst:
            _rule(cell, **edges)
    for row in rows[:heads]:
        _row_property(row, "tblHeader")
    for row in rows:
        _row_property(row, "cantSplit")


def _cell_margins(grid: Any) -> None:
    margins = OxmlElement("w:tblCellMar")
    for edge in ("left", "right"):
        element = OxmlElement(f"w:{edge}")
        element.set(qn("w:w"), str(round(CELL_PADDING_CM / 2.54 * 1440)))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    properties = grid._tbl.tblPr
    # The schema wants the margins before the look of the table.
    look = properties.find(qn("w:tblLook"))
    properties.append(margins) if look is None else look.addprevious(margins)


def _drop_empty(cell: Any) -> None:
    """Merging cells keeps an empty paragraph of each; one is enough."""
    for paragraph in cell.paragraphs[1:]:
        paragraph._element.getparent().remove(paragraph._element)
