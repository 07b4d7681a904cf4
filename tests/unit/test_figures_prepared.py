"""The font and the shapes that all figures share: written once, the same each time, and nothing is lost by them."""

from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
import shapely
from matplotlib import font_manager

from nianjian.errors import DeclarationError
from nianjian.publish.figures import canvas, fonts, geography
from prepare_drawing import prepare_drawing

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawing")
    prepare_drawing(folder / "han.otf", folder / "shapes.parquet")
    return folder


def fonts_of(path):
    """Names of the fonts that a PDF embeds."""
    found = path.read_bytes()
    return {name.decode() for name in (b"NianjianHan", b"NotoSansCJK", b"DejaVuSans") if b"+" + name in found}


def written(text, language, common, path):
    with canvas.style(language, common):
        figure, axes = canvas.new("single", 40)
        axes.set_title(text)
        axes.set_axis_off()
        canvas.save(figure, path)
    return path


def test_the_font_is_the_same_each_time_and_small(prepared, tmp_path):
    fonts.write_common(tmp_path / "again.otf")
    first = (prepared / "han.otf").read_bytes()
    assert first == (tmp_path / "again.otf").read_bytes()
    assert len(first) < 0.2 * fonts.han_file().stat().st_size
    assert font_manager.ttfFontProperty(font_manager.get_font(prepared / "han.otf")).name == fonts.COMMON


def test_the_font_has_what_city_names_need_and_no_wide_minus():
    common = fonts.common_characters()
    names = pd.read_csv(CONFIG / "reference" / "cities.csv")["name_zh"]
    assert set(map(ord, "".join(names))) <= common
    assert len(common) > 7000 and ord("−") not in common


def test_a_character_is_taken_from_the_first_font_that_has_it(prepared, tmp_path):
    common = prepared / "han.otf"
    assert fonts_of(written("城市", "zh", common, tmp_path / "a.pdf")) == {"NianjianHan"}
    assert fonts_of(written("−城市", "zh", common, tmp_path / "b.pdf")) == {"NianjianHan", "DejaVuSans"}
    # 㙍 is no character of GB 2312: the whole font has it.
    assert fonts_of(written("㙍城市", "zh", common, tmp_path / "c.pdf")) == {"NianjianHan", "NotoSansCJK"}
    assert fonts_of(written("城市", "zh", None, tmp_path / "d.pdf")) == {"NotoSansCJK"}
    with pytest.raises(DeclarationError, match="neither DejaVu Sans nor Noto Sans CJK SC has the character"):
        written("\U000f1234", "en", common, tmp_path / "e.pdf")


def test_a_font_of_the_system_does_not_step_in(prepared):
    known = font_manager.fontManager
    alien = font_manager.FontEntry(fname=str(known.ttflist[0].fname), name=fonts.HAN)
    known.ttflist.insert(0, alien)
    fonts._register.cache_clear()
    fonts.families("zh", prepared / "han.otf")
    assert {each.fname for each in known.ttflist if each.name == fonts.HAN} == {str(fonts.han_file())}


def test_prepared_shapes_are_those_of_the_package(prepared):
    plain, read = geography.country(), geography.country(prepared=prepared / "shapes.parquet")
    assert (plain.codes == read.codes).all()
    assert shapely.equals_exact(plain.shapes, read.shapes).all()
    assert plain.outline.equals_exact(read.outline)


def test_an_unknown_language_is_refused():
    with pytest.raises(DeclarationError, match="language 'fr': figures are drawn in en and zh"):
        fonts.families("fr")


def test_english_text_stays_latin(prepared):
    with canvas.style("en", prepared / "han.otf"):
        assert mpl.rcParams["font.family"] == [fonts.LATIN, fonts.COMMON, fonts.HAN]
