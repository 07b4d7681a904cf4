"""The catalogue of what the program itself says."""

from __future__ import annotations

import string

import pytest

from nianjian import language
from nianjian.text import Text, catalogue, enumerated, has, in_sentence, languages, listed, word


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_message_is_said_in_both_languages_and_can_be_filled_in():
    assert len(catalogue()) > 200
    for key, message in catalogue().items():
        assert set(message.plain()) == set(languages()), key
        # One language may leave out what another says: a city's English name, a mark that it does not use.
        named = {field for own in message.plain().values() for field in fields(own)}
        filled = word(key, **dict.fromkeys(named, 1))
        assert all("{" not in own for own in filled.plain().values()), key


def test_subjects_are_the_same_files_in_every_language():
    files = [{path.name for path in (language.MESSAGES / each).glob("*.yaml")} for each in languages()]
    assert files[0] and all(own == files[0] for own in files)


def test_a_message_is_filled_in_with_numbers_words_and_texts():
    found = word("punctuation.brackets", inside=Text.of(en="east", zh="东部"))
    assert found.plain() == {"en": "(east)", "zh": "（东部）"}
    assert word("punctuation.brackets", inside=3)["en"] == "(3)"
    assert word("punctuation.comma").plain() == {"en": ", ", "zh": "、"}


def test_an_unknown_message_is_an_error():
    assert has("punctuation.comma") and not has("punctuation.coma")
    with pytest.raises(KeyError, match=r"punctuation\.coma"):
        word("punctuation.coma")


def test_lists_have_each_languages_own_marks():
    parts = [Text.of(en="year", zh="年份"), "gdp", Text.of(en="city", zh="城市")]
    assert listed(parts).plain() == {"en": "year, gdp and city", "zh": "年份、gdp和城市"}
    assert listed(parts[:2])["en"] == "year and gdp" and listed(parts[:1])["zh"] == "年份"
    assert not listed([]) and listed(["a"])["en"] == "a"
    assert enumerated(parts[::2]).plain() == {"en": "year, city", "zh": "年份、城市"}
    assert enumerated(parts[::2], "punctuation.semicolon")["en"] == "year; city" and not enumerated([])


@pytest.mark.parametrize(
    ("alone", "inside"),
    [("Size of cities", "size of cities"), ("GDP per head", "GDP per head"), ("R&D", "R&D"), ("A share", "a share"), ("R 方", "R 方")],
)  # fmt: skip
def test_a_label_within_a_sentence_has_no_capital_of_its_own(alone, inside):
    assert Text.same(alone).map(in_sentence)["en"] == inside
