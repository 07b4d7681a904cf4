"""Words in several languages."""

from __future__ import annotations

import pytest

from nianjian import language
from nianjian.errors import DeclarationError
from nianjian.language import BLANK, Text, has_han, languages, said_apart, said_in_all, width


def test_english_comes_first():
    assert languages()[0] == "en" and "zh" in languages()


def test_words_are_said_in_their_language_and_in_english_where_it_is_missing():
    text = Text.of(en="Year", zh="年份")
    assert (text["en"], text["zh"]) == ("Year", "年份")
    assert Text.same("R²")["zh"] == "R²"
    assert Text.of(en="only")["zh"] == "only"
    with pytest.raises(DeclarationError, match=r"language 'fr': outputs are written in en, zh"):
        text["fr"]


def test_the_same_words_are_equal_whatever_their_order():
    assert (
        Text.of(zh="甲", en="a") == Text.of(en="a", zh="甲") and len({Text.same("a"), Text.of(en="a")}) == 1
    )
    assert not BLANK and Text.of(en="", zh="甲")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("Year", {"en": "Year"}),
        ({"en": "Year", "zh": "年份"}, {"en": "Year", "zh": "年份"}),
        ({"en": "Year", "zh": None}, {"en": "Year"}),
        ({"en": "Year", "unit": "a"}, {"en": "Year"}),
        (Text.of(en="Year"), {"en": "Year"}),
    ],
)
def test_declared_words_are_read(declared, expected):
    assert Text.read(declared, "here").plain() == expected


@pytest.mark.parametrize("declared", [{"zh": "年份"}, {"en": None}, {}, 3, None, ["Year"]])
def test_words_without_english_are_refused(declared):
    with pytest.raises(
        DeclarationError, match=r"^here: expected one string or \{en: \.\.\., zh: \.\.\.\}, found"
    ):
        Text.read(declared, "here")


def test_words_are_changed_and_joined_in_each_language():
    text = Text.of(en="Year", zh="年份") + Text.of(en=" of birth", zh="(出生)") + "!"
    assert text.plain() == {"en": "Year of birth!", "zh": "年份(出生)!"}
    assert Text.same("a").map(lambda words, language: words + language).plain() == {"en": "aen", "zh": "azh"}


def test_an_east_asian_character_is_two_letters_wide():
    assert width("ab年") == 4.0 and has_han("a年") and not has_han("é²")


@pytest.mark.parametrize("known", [("en", "zh"), ("en", "zh", "ja")])
def test_a_line_in_all_languages_is_taken_apart_again(known, monkeypatch):
    monkeypatch.setattr(language, "languages", lambda: known)
    text = Text.of(en="Yearbook", zh="年鉴")  # nothing in Japanese: English there
    assert [said_apart(said_in_all(text))[each] for each in known] == ["Yearbook", "年鉴", "Yearbook"][
        : len(known)
    ]
    same = Text.same("R²")
    assert said_in_all(same) == "R²" and said_apart("R²").plain() == same.plain()
