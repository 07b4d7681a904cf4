"""The words by which books are read, and the spellings of units."""

from __future__ import annotations

import pytest

from nianjian.declarations.loading import read_words
from nianjian.errors import DeclarationError
from nianjian.extract.words import SheetWords
from small_books import CONFIG, WORDS


@pytest.fixture
def edited(tmp_path):
    """Write reading.yaml with one text replaced; returns its folder."""

    def write(old: str, new: str):
        folder = tmp_path / "config"
        folder.mkdir()
        text = (CONFIG / "reading.yaml").read_text(encoding="utf8")
        assert old in text
        (folder / "reading.yaml").write_text(text.replace(old, new, 1), encoding="utf8")
        return folder

    return write


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("year: '(19|20)\\d{2}'", "year: '(19|20'", r"config/reading\.yaml, sheets\.year: expected a regular expression"),
        ("title: '^(\\d{1,2})", "title: '^\\d{1,2}", r"reading\.yaml, sheets\.title: .* a group for the chapter and one"),
        ("  footnote:", "  footnotes:", "unknown key 'footnotes' in config/reading.yaml, sheets; did you mean 'footnote'"),
        ("label_headers: [城市,", "label_headers: [7,", r"sheets\.label_headers\[0\]: expected text, got 7"),
        ("合: 台}", "合: 方}", r"headers\.confusable: expected each character once, but '方' stands in two places"),
        ("replace: 从业人员}", "replace: '\\3'}", r"headers\.neutral\[1\]: expected a replacement that fits its pattern"),
        ("no_region: '", "no_region: '(", r"regions\.no_region: expected a regular expression"),
    ],
)  # fmt: skip
def test_a_bad_word_of_reading_is_named_with_file_and_key(edited, old, new, message):
    with pytest.raises(DeclarationError, match=message):
        read_words(edited(old, new))


def test_an_added_word_is_read(edited):
    words = SheetWords.of(read_words(edited("label_headers: [城市,", "label_headers: [城市, 盟市,")).sheets)
    assert words.is_label_header("盟 市") and not WORDS.is_label_header("盟市")
