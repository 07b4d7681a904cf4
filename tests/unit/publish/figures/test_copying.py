"""Words can be copied out of every PDF, with every reader: what its maps say, and what readers that are installed give back."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

import pdf_text
from drawn import prepared_fonts
from nianjian.errors import DeclarationError
from nianjian.publish.figures import canvas, copying, fonts
from nianjian.publish.figures.font_choice import SANS, Choice

WORDS = "城市统计年鉴：SO₂与PM₂.₅，“−0.5 × (1 ≤ β)”，1998–2005 \\ é α ① 㙍堃"
"""Chinese characters, common and rare, Latin letters, Greek ones, digits, subscripts, signs, marks that PDFs escape."""
BEYOND = "𠮷"
"""Needs more than 16 bits, which Ghostscript 10.00 does not give back."""
LABEL = "东部地区 GDP"


def written(path: Path, language: str, prepared=(), choice=SANS, words=WORDS + BEYOND) -> Path:
    with canvas.style(language, prepared, choice):
        figure, axes = canvas.new("double", 50)
        axes.set(title=words, ylabel=LABEL, xlim=(-1, 1), ylim=(0, 1))
        canvas.save(figure, path)
    return path


@pytest.fixture(scope="module", params=["sans", pytest.param("serif", marks=pytest.mark.slow)])
def prepared(request, tmp_path_factory):
    """A style's fonts."""
    choice = Choice(request.param)
    if choice == SANS:
        return choice, prepared_fonts()
    folder = tmp_path_factory.mktemp("fonts")
    files = tuple(folder / name for name in choice.files)
    fonts.write(choice, *files)
    return choice, files


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request, prepared, tmp_path_factory):
    choice, files = prepared
    return written(tmp_path_factory.mktemp("page") / "1.pdf", request.param, files, choice)


def test_the_text_that_was_drawn_is_the_text_that_is_copied(page):
    text = pdf_text.text(page)
    assert WORDS + BEYOND in text and LABEL in text
    assert "−1.00" in text and "0.75" in text


def test_every_code_has_its_character_and_the_outline_of_that_character(page, prepared):
    """Codes, outlines and characters are three lists of a PDF that must agree."""
    _, files = prepared
    sources = [TTFont(file) for file in files]
    compared = 0
    for font, codes in pdf_text.shown(page):
        for code in set(codes):
            character = font.characters[code]
            assert character.isspace() or code in font.glyphs
            for source in sources:
                own = source.getBestCmap().get(ord(character))
                if own and source["name"].getDebugName(4) == font.file["name"].getDebugName(4):
                    assert outline(font.file, font.glyphs[code]) == outline(source, own), character
                    compared += 1
    assert compared > 40


def outline(font, name):
    """What is drawn of a glyph."""
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return pen.value


def test_maps_hold_pairs_and_ranges_of_latin_1_alone(page):
    """Ghostscript 10.00 loses a byte of each other range."""
    for each in pdf_text.maps(page):
        for (first, last), shown in each.ranges.items():
            assert ord(shown) + last - first <= 0xFF and first // 256 == last // 256
        assert not any(len(shown) == 1 and ord(shown) <= 0xFF for shown in each.pairs.values())


def test_many_characters_stand_in_lists_of_a_hundred(tmp_path):
    many = "".join(sorted(chr(each) for each in fonts.common_han() if 0x4E00 <= each < 0xA000))[:260]
    path = written(tmp_path / "1.pdf", "zh", prepared_fonts(), words="\n".join(re.findall(".{50}", many)))
    assert set(many[:250]) <= pdf_text.extracted(path)
    assert many[:50] in pdf_text.text(path)


def test_the_same_bytes_each_time_and_hardly_more_than_with_arrays(tmp_path, monkeypatch):
    own = [written(tmp_path / f"{i}.pdf", "zh", prepared_fonts()).read_bytes() for i in range(2)]
    assert own[0] == own[1]
    monkeypatch.setattr(copying, "plain", lambda cmap: cmap)
    arrays = written(tmp_path / "arrays.pdf", "zh", prepared_fonts()).read_bytes()
    assert b"/ToUnicode" in arrays and len(own[0]) < 1.005 * len(arrays)


def test_what_a_map_says_stays_the_same():
    cmap = b"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n3 beginbfrange\n"
    cmap += b"<0000> <0003> [<57ce> <57cf> <00660069> <d842dfb7>]\n<00fe> <0100> [<00fe> <00ff> <0100>]\n"
    cmap += b"<0200> <0200> [<0041>]\nendbfrange\nendcmap"
    assert copying.plain(cmap).decode().split("\n")[3:-1] == [
        "5 beginbfchar",
        "<0000> <57ce>",
        "<0001> <57cf>",
        "<0002> <00660069>",
        "<0003> <d842dfb7>",
        "<0100> <0100>",
        "endbfchar",
        "2 beginbfrange",
        "<00fe> <00ff> <00fe>",
        "<0200> <0200> <0041>",
        "endbfrange",
    ]
    for other in (
        b"1 beginbfrange\n<0000> <0003> <57ce>\nendbfrange",
        b"1 beginbfchar\n<00> <57ce>\nendbfchar",
    ):
        assert copying.plain(other) == other


def test_a_page_that_cannot_be_drawn_leaves_no_file(tmp_path):
    with pytest.raises(DeclarationError, match="no font of the figure has the character"):
        written(tmp_path / "1.pdf", "zh", prepared_fonts(), words="城\U000f1234")
    assert not list(tmp_path.iterdir())


# -- what readers give back ------------------------------------------------------------------------


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr[-2000:]
    return done.stdout.decode("utf8", errors="replace")


@pytest.mark.skipif(shutil.which("gs") is None, reason="Ghostscript is not installed")
def test_ghostscript_gives_the_words_back(page):
    text = bare(
        said(
            ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=txtwrite", "-sOutputFile=-", str(page)]
        )
    )
    assert bare(WORDS) in text and "−1.00" in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="Poppler is not installed")
def test_poppler_gives_the_words_back(page):
    text = bare(said(["pdftotext", "-enc", "UTF-8", str(page), "-"]))
    assert bare(WORDS + BEYOND) in text and bare(LABEL) in text


def test_mupdf_gives_the_words_back(page):
    pymupdf = pytest.importorskip("pymupdf", reason="PyMuPDF is not installed")
    with pymupdf.open(page) as opened:
        text = bare(opened[0].get_text())
    assert bare(WORDS + BEYOND) in text and bare(LABEL) in text and not pymupdf.TOOLS.mupdf_warnings()
