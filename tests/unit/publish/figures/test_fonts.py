"""The fonts that all figures share: written once, the same each time, right in every PDF, and nothing is lost by them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.image import imread

from drawn import Given, draw, prepared_fonts, small_sample
from nianjian.errors import DeclarationError
from nianjian.publish.figures import canvas, cutting, fonts
from nianjian.publish.figures.font_choice import SANS, Choice
from nianjian.text import has_han
from pdf_text import embedded, extracted, names
from small_books import CONFIG

LATIN, HAN = "Nianjian Sans Latin", "Nianjian Sans Han"
WHOLE = "Noto Sans CJK SC"
RARE = "㙍堃𠮷"
"""No characters of GB 2312; the last one needs more than 16 bits."""


@pytest.fixture(scope="module")
def common():
    return prepared_fonts()[1]


@pytest.fixture(scope="module")
def every():
    return prepared_fonts()


@pytest.mark.parametrize(
    "files",
    ["config/reference/cities.csv", "config/reference/city_names.csv", "scripts/nianjian/messages/zh/*.yaml"],
)
def test_own_names_and_words_are_common(files):
    """A character that is not costs each figure that shows it seconds."""
    found = [path.read_text(encoding="utf8") for path in CONFIG.parent.glob(files)]
    shown = {ord(each) for text in found for each in text if has_han(each)}
    assert len(shown) > 100
    assert not {chr(each) for each in shown - fonts.common_han()}


def written(text, language, prepared, path):
    with canvas.style(language, prepared):
        figure, axes = canvas.new("single", 40)
        axes.set_title(text)
        axes.set_axis_off()
        canvas.save(figure, path)
    return path


def test_the_font_is_the_same_each_time_and_small(common, tmp_path):
    fonts.write(SANS, tmp_path / "latin.ttf", tmp_path / "again.ttf")
    first = common.read_bytes()
    assert first == (tmp_path / "again.ttf").read_bytes()
    assert len(first) < 0.2 * fonts.han_file().stat().st_size
    assert font_manager.ttfFontProperty(font_manager.get_font(common)).name == HAN


def test_outlines_are_quadratic_and_as_wide_and_tall_as_the_fonts_own(common):
    made, whole = TTFont(common), TTFont(fonts.han_file(), lazy=True)
    assert made.sfntVersion == cutting.QUADRATIC and "CFF " not in made
    from fontTools.pens.boundsPen import BoundsPen

    for letter in "城市年鉴、（，":
        bounds = []
        for font in (made, whole):
            glyphs, name = font.getGlyphSet(), font.getBestCmap()[ord(letter)]
            pen = BoundsPen(glyphs)
            glyphs[name].draw(pen)
            bounds.append([*pen.bounds, font["hmtx"][name][0]])
        np.testing.assert_allclose(*bounds, atol=cutting.MAX_ERROR + 0.5)  # whole numbers in TrueType


def test_the_font_has_the_characters_of_daily_use_and_no_wide_minus():
    common = fonts.common_han()
    daily = common & set(range(0x4E00, 0xA000))
    assert len(daily) == 3755 + len(fonts.BEYOND)
    assert set(map(ord, "（），：—…①％")) <= common and not set(map(ord, "−Aé5×")) & common


def test_a_character_is_taken_from_the_first_font_that_has_it(every, tmp_path):
    assert names(written("城市", "zh", every, tmp_path / "a.pdf")) == {"NianjianSansHan"}
    assert names(written("−城市", "zh", every, tmp_path / "b.pdf")) == {
        "NianjianSansHan",
        "NianjianSansLatin",
    }
    # A subscript digit is made, Hebrew letters are beyond all but the last font.
    assert names(written("SO₂ α − ×", "en", every, tmp_path / "l.pdf")) == {"NianjianSansLatin"}
    assert names(written("Aא", "en", every, tmp_path / "h.pdf")) == {"NianjianSansLatin", "DejaVuSans"}
    # 㙍 is no character of GB 2312: the whole font has it, and it is converted.
    rare = names(written("㙍城市", "zh", every, tmp_path / "c.pdf"))
    assert "NianjianSansHan" in rare and len(rare) == 2 and all("SansHan" in name for name in rare)
    (alone,) = names(written("城市", "zh", (), tmp_path / "d.pdf"))
    assert alone.startswith("NianjianSansHan") and alone != "NianjianSansHan"
    with pytest.raises(DeclarationError, match="no font of the figure has the character"):
        written("\U000f1234", "en", every, tmp_path / "e.pdf")


@pytest.mark.parametrize("prepared_font", [True, False])
def test_every_font_in_a_chinese_pdf_is_truetype_and_its_text_can_be_copied(every, prepared_font, tmp_path):
    text = f"城市−{RARE}：1.5"
    path = written(text, "zh", every if prepared_font else (), tmp_path / "1.zh.pdf")
    for each in embedded(path):
        assert each.sfntVersion == cutting.QUADRATIC
        assert "glyf" in each and "loca" in each and "CFF " not in each
        drawn = [name for name in each.getGlyphOrder() if each["glyf"][name].numberOfContours > 0]
        assert drawn
    assert set(text) <= extracted(path)


def test_a_drawn_figure_is_valid_in_both_languages(every, tmp_path):
    data = Given(tmp_path).data(sample=small_sample())
    for language, label in (("zh", "西部"), ("en", "Western")):
        seen = draw("trend", {"panels": [{"values": "score", "by": "region"}]}, data, language)
        path = tmp_path / f"1.{language}.pdf"
        with canvas.style(language, every):
            canvas.mark(seen.page, "simulated")
            canvas.save(seen.page, path)
        assert all("glyf" in font for font in embedded(path))
        assert set("模拟数据") | set(label) <= extracted(path)


def ink(page):
    """Share of a page that is dark."""
    return float((imread(page)[..., :3].mean(axis=2) < 0.5).mean())


@pytest.mark.skipif(
    shutil.which("gs") is None, reason="Ghostscript, which reads PDFs strictly, is not installed"
)
def test_ghostscript_shows_every_character(every, tmp_path):
    text = f"城市统计年鉴{RARE}"
    path = written(text, "zh", every, tmp_path / "1.zh.pdf")
    command = ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=png16m", "-r300", "-dTextAlphaBits=4"]
    done = subprocess.run(
        [*command, f"-sOutputFile={tmp_path / 'gs.png'}", path], capture_output=True, text=True
    )
    assert done.returncode == 0 and not done.stdout.strip() and not done.stderr.strip()
    written(text, "zh", every, tmp_path / "1.zh.png")
    assert ink(tmp_path / "gs.png") == pytest.approx(ink(tmp_path / "1.zh.png"), rel=0.1)
    assert ink(tmp_path / "gs.png") > 0.003


def test_a_font_of_the_system_does_not_step_in(every):
    known = font_manager.fontManager
    alien = font_manager.FontEntry(fname=str(known.ttflist[0].fname), name=WHOLE)
    known.ttflist.insert(0, alien)
    for cached in (fonts._register, fonts._whole):
        cached.cache_clear()
    fonts.families("zh", every)
    assert {each.fname for each in known.ttflist if each.name == WHOLE} == {str(fonts.han_file())}


def test_an_unknown_language_is_refused():
    with pytest.raises(DeclarationError, match="language 'fr': figures are drawn in en and zh"):
        fonts.families("fr")


def test_english_text_stays_latin(every):
    with canvas.style("en", every):
        assert mpl.rcParams["font.family"] == [LATIN, HAN, WHOLE, fonts.LAST]


def test_common_letters_look_alike_whether_prepared_or_not(every, tmp_path):
    """To the pixel, with signs."""
    pages = []
    for i, some in enumerate(((), every)):
        with canvas.style("en", some):
            figure, axes = canvas.new("single", 40)
            axes.set(title="AVATAR Tokyo office β₁ − 0.5 ± ≤ é", xlabel="Ljubljana: Σ x²", ylabel="km²")
            canvas.save(figure, tmp_path / f"{i}.png")
        pages.append((tmp_path / f"{i}.png").read_bytes())
    assert pages[0] == pages[1]


def test_latin_fonts_are_the_same_each_time_and_small(every, tmp_path):
    fonts.write(SANS, tmp_path / "again.ttf", tmp_path / "han.ttf")
    assert every[0].read_bytes() == (tmp_path / "again.ttf").read_bytes()
    assert every[0].stat().st_size < 200_000
    assert font_manager.ttfFontProperty(font_manager.get_font(every[0])).name == LATIN


def test_signs_of_a_chinese_font_become_as_wide_as_the_plus(every):
    made, whole = TTFont(every[0]), TTFont(fonts.han_file(), lazy=True)

    def width(font, letter):
        return font["hmtx"][font.getBestCmap()[ord(letter)]][0]

    assert width(whole, "×") == width(whole, "−") == 1000
    assert {width(made, sign) for sign in "−×±≤≥"} == {width(made, "+")} == {width(whole, "+")}
    minus, plus = (made["glyf"][made.getBestCmap()[ord(sign)]] for sign in "−+")
    assert (minus.xMin, minus.xMax) == (plus.xMin, plus.xMax)
    assert plus.yMin < minus.yMin < minus.yMax < plus.yMax, "the bar of the plus"


@pytest.fixture(scope="module")
def serif(tmp_path_factory):
    folder, choice = tmp_path_factory.mktemp("serif"), Choice("serif")
    files = tuple(folder / name for name in choice.files)
    fonts.write(choice, *files)
    return choice, files


@pytest.mark.parametrize("language", ["en", "zh"])
def test_fonts_with_serifs_are_a_times_and_a_song(serif, language, tmp_path):
    choice, files = serif
    with canvas.style(language, files, choice):
        figure, axes = canvas.new("single", 40)
        axes.set(title="Gini −0.5 城市")
        canvas.save(figure, tmp_path / "1.pdf")
    assert names(tmp_path / "1.pdf") == {"NianjianSerifHan", "NianjianSerifLatin"}
    assert all("glyf" in font for font in embedded(tmp_path / "1.pdf"))


def test_own_fonts_are_used_alone(tmp_path):
    """The letters come from them or the figure is refused; the style's Chinese font stands beside an own Latin one."""
    own = Choice("sans", latin=str(Path(mpl.get_data_path()) / "fonts/ttf/STIXGeneral.ttf"))
    files = tuple(tmp_path / name for name in own.files)
    fonts.write(own, *files)
    assert own.name.startswith("sans-") and own.name != SANS.name
    with canvas.style("zh", files, own):
        figure, axes = canvas.new("single", 40)
        axes.set(title="Gini −0.5 城市")
        canvas.save(figure, tmp_path / "1.pdf")
        assert fonts.LAST not in mpl.rcParams["font.family"]
        axes.set(title="א")
        with pytest.raises(DeclarationError, match="no font of the figure has the character 'א'"):
            canvas.save(figure, tmp_path / "2.pdf")
    assert len(names(tmp_path / "1.pdf")) == 2


def test_an_own_font_that_lacks_letters_is_refused(tmp_path):
    lacking = Choice("sans", latin=str(Path(mpl.get_data_path()) / "fonts/ttf/STIXSizOneSymReg.ttf"))
    with pytest.raises(
        DeclarationError, match=r"appearance.latin: the font .*STIXSizOneSymReg.ttf lacks \d+ of the"
    ):
        fonts.write(lacking, *(tmp_path / name for name in lacking.files))
    latin_only = Choice("sans", chinese=str(Path(mpl.get_data_path()) / "fonts/ttf/STIXGeneral.ttf"))
    with pytest.raises(
        DeclarationError, match=r"appearance.chinese: the font .* lacks \d+ of the characters"
    ):
        fonts.write(latin_only, *(tmp_path / name for name in latin_only.files))
    (tmp_path / "no.ttf").write_text("no font")
    with pytest.raises(DeclarationError, match=r"no\.ttf: no font that can be read"):
        fonts.write(Choice("sans", latin=str(tmp_path / "no.ttf")), tmp_path / "a.ttf", tmp_path / "b.ttf")
    with pytest.raises(DeclarationError, match="no font file"):
        fonts.write(Choice("sans", latin=str(tmp_path / "gone.ttf")), tmp_path / "a.ttf", tmp_path / "b.ttf")
