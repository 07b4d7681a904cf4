"""What a cell's text is: a number, a misprint of one, or words."""

from __future__ import annotations

import pytest

from nianjian.extract.text import holds_number, parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("  940929085", 940929085), ("0．01", 0.01), ("—0.29", -0.29), ("－3", -3), ("1,234.5", 1234.5), ("86.1", 86.1), ("１２", 12),
        ("86.1(", None), ("2．O5", None), ("0:68", None), ("1,23", None), ("", None), ("…", None), ("31722V", None), ("6253089\n3080590", None), ("1 0964332", 10964332), ("360. 13", 360.13), ("- 5", -5),
    ],
)  # fmt: skip
def test_parse_number_reads_spellings_and_refuses_misprints(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["86.1(", "2．O5", "0:68", "12(?)", "31722V", "i49563", "£05", "#DIV/0!", "#N/A", "0．01"]
)
def test_misprints_still_count_as_numbers(text):
    assert holds_number(text)


@pytest.mark.parametrize(
    "text", ["", "—", "…", "全市", "(1)内资企业", "Total City", "2000年", "石家庄市", "-"]
)
def test_words_and_dashes_are_no_numbers(text):
    assert not holds_number(text)


def test_the_mark_for_digits_kept_as_text_is_no_part_of_a_number():
    assert parse_number("'1,234.5") == 1234.5
