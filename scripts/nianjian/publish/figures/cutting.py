"""Font files cut down to what figures need, with outlines that every reader of PDFs takes.

The fonts of the package mplfonts have 65 000 glyphs with cubic outlines (CFF). A PDF of matplotlib embeds each font as
TrueType, whose outlines are quadratic: with cubic ones in it the file is invalid, and Ghostscript and MuPDF leave the
characters out. So outlines are converted when a font is cut.

In a Chinese font signs such as × and ≤ are as wide as a character, and there is no subscript digit: for words in Latin
letters they get the width of the plus sign, the minus becomes the bar of the plus, and digits are set below the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nianjian.errors import DeclarationError
from nianjian.files import replacing

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

DROPPED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "FFTM")
"""Tables that set text vertically or in other regions' forms."""
KEPT_NAMES = (0, 1, 2, 4, 6, 13, 14)
"""Copyright, family, style, full name, PostScript name, licence and its address."""
MAX_ERROR = 1.0
"""How far a quadratic outline may lie from the cubic one, of the 1000 units of a character's height."""
QUADRATIC = b"\x00\x01\x00\x00".decode("latin1")
"""Mark of a file with TrueType outlines."""
Box = tuple[float, float, float, float]
STILL = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
"""A change that changes nothing."""
MINUS, PLUS = "\N{MINUS SIGN}", "+"
WIDE_SIGNS = "×÷±≠≈→←∞"
"""Set to the width of the plus."""
OR_EQUAL = {"≤": "<", "≥": ">"}
"""Signs that become another one above the bar of the plus."""
WIDE_MARKS = "“”‘’…•·"
"""Set close to their ink."""
CLOSE = 0.06
"""Room on either side of such a mark, of a character's height."""
BELOW, SMALLER = -0.14, 0.62
"""Where a subscript digit stands, of a character's height, and its size."""


def cut(
    source: Path,
    path: Path,
    characters: Iterable[int],
    family: str,
    *,
    latin: bool = False,
) -> None:
    """Write some characters of a font as a TrueType font of another name, the same bytes each time.

    Parameters
    ----------
    source : a font, or a collection of which the first is taken
    characters : code points; those that the font lacks are left out
    family : its new name
    latin : whether wide signs become narrow, for words in Latin letters

    Raises
    ------
    DeclarationError
        If the file is no font.
    """
    from fontTools import subset
    from fontTools.ttLib import TTLibError

    options = subset.Options()
    options.font_number = 0
    options.layout_features = []
    options.drop_tables += DROPPED
    options.hinting = False
    options.name_IDs = list(KEPT_NAMES)
    options.notdef_outline = True
    options.recalc_bounds = True
    try:
        with subset.load_font(str(source), options) as font:
            cutter = subset.Subsetter(options)
            cutter.populate(unicodes=characters)
            cutter.subset(font)
            if "glyf" not in font:
                to_quadratic(font)
            if latin:
                _narrow(font)
                _subscripts(font)
            for place, words in {1: family, 4: family, 6: family.replace(" ", "")}.items():
                font["name"].setName(words, place, 3, 1, 0x409)
            with replacing(path) as part:
                subset.save_font(font, str(part), options)
    except TTLibError as error:
        raise DeclarationError(
            f"{source.name}: no font that can be read ({error}); give a .ttf, .otf or .ttc"
        ) from error


def characters_of(file: Path) -> frozenset[int]:
    """Code points that a font has.

    Raises
    ------
    DeclarationError
        If the file is no font.
    """
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except TTLibError as error:
        raise DeclarationError(
            f"{file.name}: no font that can be read ({error}); give a .ttf, .otf or .ttc"
        ) from error


def to_quadratic(font: TTFont) -> None:
    """Replace a font's cubic outlines (table CFF) by quadratic ones (table glyf), as TrueType has them."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    outlines, order = font.getGlyphSet(), font.getGlyphOrder()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(outlines)
        # Outer contours run clockwise in TrueType, the other way in CFF.
        outlines[name].draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    for table_of_cubic in ("CFF ", "CFF2"):
        if table_of_cubic in font:
            del font[table_of_cubic]
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    for name, glyph in glyphs.items():
        glyph.recalcBounds(table)
        width, _ = font["hmtx"][name]
        font["hmtx"][name] = (width, getattr(glyph, "xMin", 0))
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    # One zone and no instructions; the rest is counted from the outlines when they are written.
    limits.maxZones = 1
    for key in ("TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements",
                "SizeOfInstructions", "ComponentElements"):  # fmt: skip
        setattr(limits, f"max{key}", 0)
    font["post"].formatType = 3.0
    font.sfntVersion = QUADRATIC


def _narrow(font: TTFont) -> None:
    """Signs as wide as a character become as wide as the plus; the minus becomes its bar."""
    known: Mapping[int, str] = font.getBestCmap()
    plus = known.get(ord(PLUS))
    if plus is None:
        return
    wide = font["head"].unitsPerEm
    advance = font["hmtx"][plus][0]
    box = _bounds(font, plus)
    room = box[2] - box[0]
    for sign in (*WIDE_SIGNS, *WIDE_MARKS, *OR_EQUAL, MINUS):
        name = known.get(ord(sign))
        # What is narrow already stays as its font has it.
        if name is None or font["hmtx"][name][0] < wide:
            continue
        own = _bounds(font, name)
        if sign == MINUS:
            _set(font, name, advance, _drawn(font, _bar(font, plus), STILL))
        elif sign in OR_EQUAL:
            _set(font, name, advance, _above_bar(font, known[ord(OR_EQUAL[sign])], plus))
        elif sign in WIDE_MARKS:
            left = round(CLOSE * wide)
            moved = _moved(font, name, (1, 0, 0, 1, left - own[0], 0))
            _set(font, name, round(own[2] - own[0]) + 2 * left, moved)
        else:
            size = min(1.0, 1.25 * room / (own[2] - own[0]))
            x = (box[0] + box[2]) / 2 - size * (own[0] + own[2]) / 2
            y = (box[1] + box[3]) / 2 - size * (own[1] + own[3]) / 2
            _set(font, name, advance, _moved(font, name, (size, 0, 0, size, x, y)))


def _subscripts(font: TTFont) -> None:
    """Digits below the line, where the font has none: SO₂."""
    known: Mapping[int, str] = font.getBestCmap()
    wide = font["head"].unitsPerEm
    for digit in range(10):
        name, code = known.get(ord("0") + digit), 0x2080 + digit
        if name is None or code in known:
            continue
        new = f"subscript{digit}"
        drawn = _moved(font, name, (SMALLER, 0, 0, SMALLER, 0, BELOW * wide))
        # A new entry in the glyphs' table takes its place in their order too.
        font["glyf"][new] = drawn
        font["hmtx"][new] = (0, 0)
        _set(font, new, round(SMALLER * font["hmtx"][name][0]), drawn)
        for table in font["cmap"].tables:
            if table.isUnicode() and table.format != 14:
                table.cmap[code] = new


def _bounds(font: TTFont, name: str) -> tuple[float, float, float, float]:
    from fontTools.pens.boundsPen import BoundsPen

    glyphs = font.getGlyphSet()
    pen = BoundsPen(glyphs)
    glyphs[name].draw(pen)
    found: tuple[float, float, float, float] = pen.bounds or (0, 0, 0, 0)
    return found


def _moved(font: TTFont, name: str, transform: tuple[float, ...]) -> Any:
    return _drawn(font, None, transform, name)


def _above_bar(font: TTFont, name: str, plus: str) -> Any:
    """A sign above the bar of the plus, raised by as much as the bar needs."""
    box, bar = _bounds(font, name), _bar(font, plus)
    thick = bar[3] - bar[1]
    low = box[1] - thick / 2
    return _drawn(font, (bar[0], low, bar[2], low + thick), (1, 0, 0, 1, 0, 1.6 * thick), name)


def _bar(font: TTFont, plus: str) -> Box:
    """The horizontal bar of a plus: its two middle heights between its ends."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[plus].draw(pen)
    ends = [points[-1] for _, points in pen.value if points and points[-1] is not None]
    left, right = min(x for x, _ in ends), max(x for x, _ in ends)
    heights = sorted(y for x, y in ends if x in (left, right))
    return left, heights[0], right, heights[-1]


def _drawn(font: TTFont, bar: Box | None, transform: tuple[float, ...], name: str = "") -> Any:
    """A glyph moved, and a bar."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    if name:
        plain = DecomposingRecordingPen(font.getGlyphSet())
        font.getGlyphSet()[name].draw(plain)
        plain.replay(TransformPen(pen, transform))
    if bar is not None:
        left, low, right, high = bar
        pen.moveTo((left, low))
        for point in ((left, high), (right, high), (right, low)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def _set(font: TTFont, name: str, advance: int, glyph: Any) -> None:
    table = font["glyf"]
    glyph.recalcBounds(table)
    table[name] = glyph
    font["hmtx"][name] = (advance, getattr(glyph, "xMin", 0))
