"""Paragraphs, fonts, fields and rules of Word documents, as the writers of tables and of whole studies need them."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from nianjian import printable
from nianjian.declarations.models.style import Fonts

ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
TWIPS = 1440 / 2.54
"""Of a centimetre."""


def set_font(run: Any, size: float, fonts: Fonts, *, caption: bool = False) -> None:
    """Set the font of a new run."""
    chinese = fonts.caption_chinese if caption else fonts.chinese
    run._r.insert(0, deepcopy(_font(size, fonts.latin, chinese)))


@cache
def _font(size: float, latin: str, east_asian: str) -> Any:
    """Properties of a run, to be copied: python-docx looks for the place of each among all that could stand there."""
    run = Run(OxmlElement("w:r"), None)  # type: ignore[arg-type]
    run.font.size = Pt(size)
    run.font.name = latin
    properties = run._r.get_or_add_rPr()
    # python-docx sets the Latin font only; without this Word falls back to MS Mincho or the like.
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), east_asian)
    return properties


def write(
    paragraph: Any, text: str, size: float, fonts: Fonts, *, stars: str = "", italic: bool = False
) -> None:
    """Add words to a paragraph, with stars raised behind them."""
    run = paragraph.add_run(printable.without_controls(text))
    set_font(run, size, fonts)
    if italic:
        run.italic = True
    if stars:
        raised = paragraph.add_run(stars)
        set_font(raised, size, fonts)
        raised.font.superscript = True


def tight(paragraph: Any, alignment: Any = None, before: float = 0, after: float = 0) -> Any:
    """Set space and alignment of a paragraph that has no properties yet."""
    paragraph._p.insert(0, deepcopy(_spacing(alignment, before, after)))
    return paragraph


@cache
def _spacing(alignment: Any, before: float, after: float) -> Any:
    """Properties of a paragraph, to be copied."""
    paragraph = Paragraph(OxmlElement("w:p"), None)  # type: ignore[arg-type]
    space(paragraph, before, after)
    paragraph.alignment = alignment
    return paragraph._p.pPr


def space(owner: Any, before: float = 0, after: float = 0) -> None:
    """Set the space around the paragraphs of a style, or of one paragraph."""
    owner.paragraph_format.space_before = Pt(before)
    owner.paragraph_format.space_after = Pt(after)
    owner.paragraph_format.line_spacing = 1.0


def decimal_tab(paragraph: Any, centimetres: float) -> None:
    """Align a paragraph of a table's cell at its decimal point: in cells this needs no tab in front of the number."""
    properties = paragraph._p.get_or_add_pPr()
    tabs, tab = OxmlElement("w:tabs"), OxmlElement("w:tab")
    tab.set(qn("w:val"), "decimal")
    tab.set(qn("w:pos"), str(round(centimetres * TWIPS)))
    tabs.append(tab)
    # The schema wants tabs before the spacing.
    properties.insert(0, tabs)


def rule(cell: Any, **edges: int) -> None:
    """Draw rules at the edges of a ``w:tc`` element, in eighths of a point; one of no width is none."""
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
                ("val", "single" if edges[edge] else "nil"),
                ("sz", str(edges[edge])),
                ("space", "0"),
                ("color", "000000"),
            ):
                element.set(qn(f"w:{name}"), value)
            borders.append(element)


def row_property(row: Any, name: str) -> None:
    """Set a property of a row that has no value."""
    row._tr.get_or_add_trPr().append(OxmlElement(f"w:{name}"))


def cell_margins(grid: Any, centimetres: float) -> None:
    """Set what cells leave free left and right."""
    margins = OxmlElement("w:tblCellMar")
    for edge in ("left", "right"):
        element = OxmlElement(f"w:{edge}")
        element.set(qn("w:w"), str(round(centimetres * TWIPS)))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    properties = grid._tbl.tblPr
    # The schema wants the margins before the look of the table.
    look = properties.find(qn("w:tblLook"))
    properties.append(margins) if look is None else look.addprevious(margins)


def drop_empty(cell: Any) -> None:
    """Merging cells keeps an empty paragraph of each; one is enough."""
    for paragraph in cell.paragraphs[1:]:
        paragraph._element.getparent().remove(paragraph._element)


def field(
    paragraph: Any, code: str, shown: str, size: float, fonts: Fonts, *, caption: bool = False
) -> list[Any]:
    """A field, such as ``SEQ Table``, with what it shows until Word updates it; returns its runs."""
    runs = []
    for kind in ("begin", "code", "separate", "shown", "end"):
        run = paragraph.add_run(shown if kind == "shown" else "")
        set_font(run, size, fonts, caption=caption)
        if kind == "code":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {code} "
            run._r.append(instruction)
        elif kind != "shown":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        runs.append(run)
    return runs


def bookmark(runs: list[Any], name: str, number: int) -> None:
    """Give neighbouring runs a name, to which ``REF`` fields refer."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (start, end):
        element.set(qn("w:id"), str(number))
    start.set(qn("w:name"), name)
    runs[0]._r.addprevious(start)
    runs[-1]._r.addnext(end)


def set_page(section: Any, turned: bool) -> None:
    """A4 with margins of 2.5 cm, upright or on its side."""
    from docx.enum.section import WD_ORIENT

    section.page_width, section.page_height = (Cm(29.7), Cm(21.0)) if turned else (Cm(21.0), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.5)


def set_decimal_point(word: Any) -> None:
    """A point is the decimal mark of this document, whatever the system's is: decimal tabs align at it."""
    settings = word.settings.element
    mark = settings.find(qn("w:decimalSymbol"))
    if mark is None:
        mark = OxmlElement("w:decimalSymbol")
        behind = settings.find(qn("w:listSeparator"))
        settings.append(mark) if behind is None else behind.addprevious(mark)
    mark.set(qn("w:val"), ".")
