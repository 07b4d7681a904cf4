"""Fonts of figures: one for Latin and Greek letters, one for Chinese characters, and the common ones of each apart.

The Chinese font has 65 000 glyphs with cubic outlines (CFF). A PDF of matplotlib embeds each font as TrueType, whose
outlines are quadratic: with cubic ones in it the file is invalid, and Ghostscript and MuPDF leave the characters out. So
the common characters are converted once and written to a file of their own, and a character that this file lacks is
converted for the PDF that shows it.

The Latin font has 6 000 glyphs for 60 scripts, with ligatures and marks of each. A PDF embeds what it shows of it, and to
read and cut the whole font for each PDF takes longer than to draw the figure: its common characters stand in files too.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nianjian.errors import DeclarationError
from nianjian.files import replacing
from nianjian.text import has_han, languages, word

if TYPE_CHECKING:
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from matplotlib.figure import Figure

LATIN, HAN = "DejaVu Sans", "Noto Sans CJK SC"
COMMON_LATIN, COMMON_HAN = "Nianjian Latin", "Nianjian Han"
LATIN_FILES = {"": "DejaVuSans.ttf", "Bold": "DejaVuSans-Bold.ttf"}
"""By style."""
HAN_FILE = "NotoSansCJKsc-Regular.otf"
DROPPED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx")
"""Tables that set text vertically or in other regions' forms."""
LATIN_RANGES = ((0x20, 0x17F), (0x2C6, 0x2DD), (0x370, 0x3FF), (0x2000, 0x22FF), (0x25A0, 0x25FF))
"""Letters of European languages, Greek, punctuation, and signs of mathematics; first and last of each range."""
KEPT_NAMES = (0, 1, 2, 4, 6, 13, 14)
"""Copyright, family, style, full name, PostScript name, licence and its address."""
BEYOND = "亳儋圳泸漯濮莞衢熵"
"""Characters of names of cities and of the project's own words beyond the first level of GB 2312."""
MAX_ERROR = 1.0
"""How far a quadratic outline may lie from the cubic one, of the 1000 units of a character's height."""
QUADRATIC = b"\x00\x01\x00\x00".decode("latin1")
"""Mark of a file with TrueType outlines."""


def han_file() -> Path:
    """The Chinese font of the package mplfonts.

    Raises
    ------
    DeclarationError
        If it is not installed.
    """
    # The package's own set-up rewrites the user's matplotlibrc; the font file alone is wanted.
    package = find_spec("mplfonts")
    folder = Path(str(package.origin)).parent if package and package.origin else None
    if folder is None or not (folder / "fonts" / HAN_FILE).is_file():
        raise DeclarationError(
            f"figures: the font {HAN_FILE} of the package mplfonts is missing; install what the lock lists"
        )
    return folder / "fonts" / HAN_FILE


def common_han() -> set[int]:
    """Code points of the first level of GB 2312 (the 3 755 characters of daily use), of :data:`BEYOND`, and of the
    punctuation, letters and signs beside them; without the minus sign.
    """
    found = {
        code
        for first, last in ((0x20, 0x17F), (0x2000, 0x22FF), (0xFF00, 0xFFEF))
        for code in range(first, last)
    }
    # Rows A1 to A9 hold signs; the second level, from D8 on, is for rare names.
    for row in (*range(0xA1, 0xAA), *range(0xB0, 0xD8)):
        for cell in range(0xA1, 0xFF):
            found.update(map(ord, bytes([row, cell]).decode("gb2312", errors="ignore")))
    found.update(map(ord, BEYOND))
    # As wide as a character in the Chinese font: taken from the Latin one.
    return found - {ord("\N{MINUS SIGN}")}


def write_han(path: Path) -> None:
    """Write the common characters of the Chinese font as a font called :data:`COMMON_HAN`; the same bytes each time."""
    _write(path, common_han(), COMMON_HAN)


def _write(path: Path, characters: Iterable[int], name: str) -> None:
    """Write some characters of the Chinese font as a TrueType font called ``name``."""
    from fontTools import subset

    options = subset.Options()
    options.layout_features = []
    options.drop_tables += DROPPED
    options.name_IDs = list(KEPT_NAMES)
    options.notdef_outline = True
    options.recalc_bounds = True
    _cut(han_file(), path, characters, options, (name, ""), to_quadratic)


def _cut(
    source: Path,
    path: Path,
    characters: Iterable[int],
    options: subset.Options,
    called: tuple[str, str],
    change: Callable[[TTFont], None] = lambda font: None,
) -> None:
    """Write some characters of a font under another name: ``called`` is family and style."""
    from fontTools import subset

    family, style = called
    with subset.load_font(str(source), options) as font:
        cut = subset.Subsetter(options)
        cut.populate(unicodes=characters)
        cut.subset(font)
        change(font)
        bare = family.replace(" ", "")
        for place, words in {
            1: family,
            4: f"{family} {style}".strip(),
            6: f"{bare}-{style}".strip("-"),
        }.items():
            font["name"].setName(words, place, 3, 1, 0x409)
        with replacing(path) as part:
            subset.save_font(font, str(part), options)


def write_latin(regular: Path, bold: Path) -> None:
    """Write the common characters of the Latin font as a font called :data:`COMMON_LATIN`; the same bytes each time.

    Nothing but their number sets them apart from the whole font's: hints, kerning and features are kept.
    """
    from fontTools import subset
    from matplotlib import get_data_path

    options = subset.Options()
    options.layout_features = ["*"]
    options.legacy_kern = options.hinting = options.notdef_outline = True
    options.name_IDs = list(KEPT_NAMES)
    options.drop_tables += ["FFTM"]
    options.recalc_bounds = options.recalc_average_width = options.recalc_max_context = False
    common = {code for first, last in LATIN_RANGES for code in range(first, last + 1)}
    folder = Path(get_data_path()) / "fonts" / "ttf"
    for path, (style, file) in zip((regular, bold), LATIN_FILES.items(), strict=True):
        _cut(folder / file, path, common, options, (COMMON_LATIN, style))


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
    del font["CFF "]
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


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where fonts of rare characters lie until the process ends."""
    return tempfile.TemporaryDirectory(prefix="nianjian-fonts-")


@cache
def _rare(characters: str) -> str:
    """Name of a font that holds these characters alone, converted and registered."""
    from matplotlib import font_manager

    # The name takes part in the PDF's bytes, so it depends on the characters only.
    name = f"{COMMON_HAN} {hashlib.sha256(characters.encode()).hexdigest()[:8]}"
    path = Path(_folder().name) / f"{name.replace(' ', '')}.ttf"
    _write(path, map(ord, characters), name)
    font_manager.fontManager.addfont(path)
    return name


def convert_rare(figure: Figure) -> None:
    """Let the text of a figure take from converted fonts what it would take from the whole Chinese font.

    Its layout does not change: the outlines differ by a thousandth of a character's height, their widths not at all.
    """
    from matplotlib.text import Text

    lacking, rare = [], set()
    for text in figure.findobj(Text):
        families = list(text.get_fontfamily())
        if HAN in families:
            lacked = set(text.get_text()) - _held(*families[: families.index(HAN)])
            if found := lacked & _held(HAN):
                lacking.append((text, families))
                rare |= found
    for text, families in lacking:
        place = families.index(HAN)
        text.set_fontfamily([*families[:place], _rare("".join(sorted(rare))), *families[place:]])


@cache
def _held(*families: str) -> frozenset[str]:
    """Characters that any of some registered fonts has."""
    from matplotlib import font_manager

    found: set[str] = set()
    for family in families:
        wanted = font_manager.FontProperties(family=[family])
        file = font_manager.findfont(wanted, fallback_to_default=False)
        found.update(map(chr, font_manager.get_font(file).get_charmap()))
    return frozenset(found)


@cache
def _register(prepared: tuple[Path, ...]) -> None:
    from matplotlib import font_manager

    known = font_manager.fontManager
    for file in (han_file(), *prepared):
        known.addfont(file)
    # A font of the system with the same name would come first, and figures would differ from machine to machine.
    known.ttflist = [each for each in known.ttflist if each.name != HAN or each.fname == str(han_file())]


def families(language: str, prepared: Sequence[Path] = ()) -> list[str]:
    """Fonts in which text is looked for, in this order: Latin first, but for languages written in Chinese characters.

    Parameters
    ----------
    prepared : what :func:`write_han` and :func:`write_latin` wrote; nothing does without it

    Raises
    ------
    DeclarationError
        If the language is unknown or the Chinese font is missing.
    """
    if language not in languages():
        raise DeclarationError(f"language {language!r}: figures are drawn in {' and '.join(languages())}")
    _register(tuple(prepared))
    latin, han = ([COMMON_LATIN, LATIN], [COMMON_HAN, HAN]) if prepared else ([LATIN], [HAN])
    return [han[0], *latin, *han[1:]] if written_in_han(language) else [*latin, *han]


def latin(families: Iterable[str]) -> list[str]:
    """Those that have Latin letters only."""
    return [family for family in families if family in (COMMON_LATIN, LATIN)]


def written_in_han(language: str) -> bool:
    """Whether a language is written in Chinese characters, as its catalogue shows."""
    return has_han(word("figures.year")[language])
