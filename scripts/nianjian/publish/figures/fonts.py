"""Fonts of figures: one for Latin and Greek letters, one for Chinese characters, and its common ones apart.

The Chinese font has 65 000 glyphs and rules to set them; to find a dozen of them in it for each PDF takes longer than to
draw the figure. A file with the characters of GB 2312 and without the rules is written once; what it lacks is taken
from the whole font.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from nianjian.errors import DeclarationError
from nianjian.publish.text import LANGUAGES
from nianjian.storage import replacing

LATIN, HAN, COMMON = "DejaVu Sans", "Noto Sans CJK SC", "Nianjian Han"
HAN_FILE = "NotoSansCJKsc-Regular.otf"
DROPPED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx")
"""Tables that set text vertically or in other regions' forms."""
KEPT_NAMES = (0, 1, 2, 4, 6, 13, 14)
"""Copyright, family, style, full name, PostScript name, licence and its address."""


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


def common_characters() -> set[int]:
    """Code points of GB 2312 and of the punctuation, letters and signs beside it, without the minus sign."""
    found = {
        code
        for first, last in ((0x20, 0x17F), (0x2000, 0x22FF), (0xFF00, 0xFFEF))
        for code in range(first, last)
    }
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            found.update(map(ord, bytes([row, cell]).decode("gb2312", errors="ignore")))
    # As wide as a character in the Chinese font: taken from the Latin one.
    return found - {ord("\N{MINUS SIGN}")}


def write_common(path: Path) -> None:
    """Write the common characters of the Chinese font as a font called :data:`COMMON`; the same bytes each time."""
    from fontTools import subset

    options = subset.Options()
    options.layout_features = []
    options.drop_tables += DROPPED
    options.name_IDs = list(KEPT_NAMES)
    options.notdef_outline = True
    with subset.load_font(str(han_file()), options) as font:
        cut = subset.Subsetter(options)
        cut.populate(unicodes=common_characters())
        cut.subset(font)
        plain = COMMON.replace(" ", "")
        for name, words in ((1, COMMON), (4, COMMON), (6, plain)):
            font["name"].setName(words, name, 3, 1, 0x409)
        font["CFF "].cff.fontNames = [plain]
        with replacing(path) as part:
            subset.save_font(font, str(part), options)


@cache
def _register(common: Path | None) -> None:
    from matplotlib import font_manager

    known = font_manager.fontManager
    for file in (han_file(), *([common] if common else [])):
        known.addfont(file)
    # A font of the system with the same name would come first, and figures would differ from machine to machine.
    known.ttflist = [each for each in known.ttflist if each.name != HAN or each.fname == str(han_file())]


def families(language: str, common: Path | None = None) -> list[str]:
    """Fonts in which text is looked for, in this order.

    Parameters
    ----------
    common : what :func:`write_common` wrote; None does without it

    Raises
    ------
    DeclarationError
        If the language is unknown or the Chinese font is missing.
    """
    if language not in LANGUAGES:
        raise DeclarationError(f"language {language!r}: figures are drawn in {' and '.join(LANGUAGES)}")
    _register(common)
    han = [COMMON, HAN] if common else [HAN]
    return [LATIN, *han] if language == "en" else [han[0], LATIN, *han[1:]]
