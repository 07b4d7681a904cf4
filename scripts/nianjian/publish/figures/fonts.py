"""Fonts of figures: one for Latin and Greek letters, one for Chinese characters; without serifs, with them, or the user's own.

The packages that are locked hold all of them. Without serifs both are Noto Sans CJK SC, whose Latin letters were drawn to
stand beside the Chinese ones; with serifs they are STIX (a Times) and Noto Serif CJK SC (宋体). Common characters of each are
cut out once, converted (:mod:`nianjian.publish.figures.cutting`) and written to files of their own, since a PDF embeds what it
shows of a font, and to read and cut a font of 65 000 characters for each PDF takes longer than to draw the figure. A
character that these lack is converted for the PDF that shows it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nianjian.errors import DeclarationError
from nianjian.publish.figures import cutting
from nianjian.publish.figures.font_choice import SANS, Choice, Style
from nianjian.text import has_han, languages, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HAN_FILES: dict[str, str] = {"sans": "NotoSansCJKsc-Regular.otf", "serif": "NotoSerifCJKsc-Regular.otf"}
"""Of the package mplfonts, by style."""
LATIN_FILES: dict[str, str] = {"serif": "STIXGeneral.ttf"}
"""Of matplotlib; without serifs Latin letters come from the Chinese font."""
LAST = "DejaVu Sans"
"""Has signs of 60 scripts: where all others lack one."""
LATIN_RANGES = ((0x20, 0x17F), (0x2C6, 0x2DD), (0x370, 0x3FF), (0x2000, 0x22FF), (0x25A0, 0x25FF))
"""Letters of European languages, Greek, punctuation, and signs of mathematics; first and last of each range."""
BEYOND = "亳儋圳泸漯濮莞衢熵"
"""Characters of names of cities and of the project's own words beyond the first level of GB 2312."""
CHINESE_MARKS = "“”‘’…—·"
"""Marks that Chinese sets as wide as a character, Latin letters do not."""
NEEDED = "".join(map(chr, range(0x20, 0x7F))) + "−–×±≤≥²"
"""What an own font for Latin letters must have."""


def han_file(style: Style = "sans") -> Path:
    """The Chinese font of the package mplfonts.

    Raises
    ------
    DeclarationError
        If it is not installed.
    """
    # The package's own set-up rewrites the user's matplotlibrc; the font file alone is wanted.
    package = find_spec("mplfonts")
    folder = Path(str(package.origin)).parent if package and package.origin else None
    file = HAN_FILES[style]
    if folder is None or not (folder / "fonts" / file).is_file():
        raise DeclarationError(
            f"figures: the font {file} of the package mplfonts is missing; install what the lock lists"
        )
    return folder / "fonts" / file


def source(choice: Choice, part: Literal["latin", "han"]) -> Path:
    """The font that is cut.

    Raises
    ------
    DeclarationError
        If it is not there.
    """
    own = choice.latin if part == "latin" else choice.chinese
    if own:
        if not Path(own).is_file():
            raise DeclarationError(
                f"appearance: no font file '{own}'; give a path from the workspace's folder"
            )
        return Path(own)
    if part == "latin" and choice.style in LATIN_FILES:
        from matplotlib import get_data_path

        return Path(get_data_path()) / "fonts" / "ttf" / LATIN_FILES[choice.style]
    return han_file(choice.style)


def common_latin() -> set[int]:
    """Code points of :data:`LATIN_RANGES`."""
    return {code for first, last in LATIN_RANGES for code in range(first, last + 1)}


def common_han() -> set[int]:
    """Code points of the first level of GB 2312 (the 3 755 characters of daily use), of :data:`BEYOND`, and of the
    signs beside them that are no Latin letters.
    """
    found = set(range(0xFF00, 0xFFF0)) | set(map(ord, CHINESE_MARKS))
    # Rows A1 to A9 hold signs; the second level, from D8 on, is for rare names.
    for row in (*range(0xA1, 0xAA), *range(0xB0, 0xD8)):
        for cell in range(0xA1, 0xFF):
            found.update(map(ord, bytes([row, cell]).decode("gb2312", errors="ignore")))
    found.update(map(ord, BEYOND))
    return found - (common_latin() - set(map(ord, CHINESE_MARKS)))


def write(choice: Choice, latin: Path, han: Path) -> None:
    """Write the common characters of both fonts, the same bytes each time.

    Raises
    ------
    DeclarationError
        If an own font is not there, is no font, or lacks characters that every figure may need.
    """
    _check(choice)
    cutting.cut(source(choice, "latin"), latin, common_latin(), _called(choice, "Latin"), latin=True)
    cutting.cut(source(choice, "han"), han, common_han(), _called(choice, "Han"))


def _called(choice: Choice, part: str) -> str:
    return f"Nianjian {choice.name.replace('-', ' ').title()} {part}"


def _check(choice: Choice) -> None:
    needed = {"latin": NEEDED, "chinese": "".join(map(chr, sorted(_daily())))}
    for key, characters in needed.items():
        file = getattr(choice, key)
        if not file:
            continue
        own = cutting.characters_of(source(choice, "latin" if key == "latin" else "han"))
        lacking = [each for each in characters if ord(each) not in own]
        if lacking:
            listed = " ".join(lacking[:12]) + (" …" if len(lacking) > 12 else "")
            raise DeclarationError(
                f"appearance.{key}: the font {file} lacks {len(lacking)} of the characters that figures need: {listed}; "
                "give another font, or leave the key out"
            )


def _daily() -> set[int]:
    """Characters of daily use."""
    return {code for code in common_han() if 0x4E00 <= code < 0xA000}


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where fonts of rare characters lie until the process ends."""
    return tempfile.TemporaryDirectory(prefix="nianjian-fonts-")


def _made(name: str, source: Path, characters: Iterable[int], *, latin: bool = False) -> str:
    """A font cut for this process and registered; returns its name."""
    from matplotlib import font_manager

    path = Path(_folder().name) / f"{name.replace(' ', '')}.ttf"
    cutting.cut(source, path, characters, name, latin=latin)
    font_manager.fontManager.addfont(path)
    return name


@cache
def _rare(source: Path, name: str, characters: str) -> str:
    """Name of a font that holds these characters alone, converted and registered."""
    # The name takes part in the PDF's bytes, so it depends on the characters only.
    digest = hashlib.sha256(characters.encode()).hexdigest()[:8]
    return _made(f"{name} {digest}", source, map(ord, characters))


def convert_rare(figure: Figure) -> None:
    """Let the text of a figure take from converted fonts what it would take from a whole Chinese font.

    Its layout does not change: the outlines differ by a thousandth of a character's height, their widths not at all.
    """
    from matplotlib.text import Text

    lacking: dict[str, list[tuple[Text, list[str]]]] = {}
    rare: dict[str, set[str]] = {}
    for text in figure.findobj(Text):
        families = list(text.get_fontfamily())
        for whole in set(families) & set(_WHOLE):
            lacked = set(text.get_text()) - _held(*families[: families.index(whole)])
            if found := lacked & _held(whole):
                lacking.setdefault(whole, []).append((text, families))
                rare.setdefault(whole, set()).update(found)
    for whole, texts in lacking.items():
        source, name = _WHOLE[whole]
        made = _rare(source, name, "".join(sorted(rare[whole])))
        for text, families in texts:
            place = families.index(whole)
            text.set_fontfamily([*families[:place], made, *families[place:]])


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


_WHOLE: dict[str, tuple[Path, str]] = {}
"""Whole Chinese fonts that are registered, by family: the file, and what their cut characters are called."""


@cache
def _register(file: Path) -> str:
    """Let matplotlib know a font; returns its family."""
    from matplotlib import font_manager

    known = font_manager.fontManager
    known.addfont(file)
    family = font_manager.ttfFontProperty(font_manager.get_font(file)).name
    # A font of the system with the same name would come first, and figures would differ from machine to machine.
    known.ttflist = [each for each in known.ttflist if each.name != family or each.fname == str(file)]
    return family


@cache
def _whole(choice: Choice) -> str:
    """Family of the whole Chinese font, for characters that are not common."""
    file = source(choice, "han")
    family = _register(file)
    _WHOLE[family] = file, _called(choice, "Han")
    return family


@cache
def _latin(choice: Choice) -> str:
    """The Latin font, cut for this process."""
    return _made(_called(choice, "Letters"), source(choice, "latin"), common_latin(), latin=True)


def families(language: str, prepared: Sequence[Path] = (), choice: Choice = SANS) -> list[str]:
    """Fonts in which text is looked for, in this order: Latin first, but for languages written in Chinese characters.

    Parameters
    ----------
    prepared : what :func:`write` wrote, Latin letters and Chinese characters; nothing does without it
    choice : the fonts that they were made from

    Raises
    ------
    DeclarationError
        If the language is unknown or a font is missing.
    """
    if language not in languages():
        raise DeclarationError(f"language {language!r}: figures are drawn in {' and '.join(languages())}")
    whole = _whole(choice)
    # An own font is drawn with or not at all: no other one steps in for a letter.
    last = [] if choice.latin else [LAST]
    if not prepared:
        return [_latin(choice), whole, *last]
    latin, han = (_register(Path(file)) for file in prepared)
    return [*([han, latin] if written_in_han(language) else [latin, han]), whole, *last]


def written_in_han(language: str) -> bool:
    """Whether a language is written in Chinese characters, as its catalogue shows."""
    return has_han(word("figures.year")[language])
