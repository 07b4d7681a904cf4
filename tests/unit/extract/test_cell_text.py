"""What a cell's text is: a number, a misprint of one, or words."""

from __future__ import annotations

import pytest

from nianjian.extract.text import holds_number, parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("  940929085", 940929085), ("0．01", 0.01), ("—0.29", -0.29), ("－3", -3), ("1,234.5", 1234.5), ("86.1", 86.1), ("１２", 12),
        ("86.1(", None), ("2．O5", None), ("0:68", None), ("1,23", None), ("", None), ("…", None), ("31722V", None), ("6253089\n3080590", None), ("1 0964332", 10964332), ("360. 13", 360.13), ("- 5", -5),
        ("10.5①", 10.5), ("5.2¹", 5.2), ("1234①", 1234), ("12*", 12), ("①12", 12), ("1234 ⑴⑵", 1234), ("10⁵", None), ("①", None),
        ("1E400", None), ("9" * 400, None), ("6253089 3080590", None), ("12.5 13.6", None), ("87475 89659", None), ("1234 567", None),
        ("1 234 567", 1234567), ("12 345.6", 12345.6), ("1 1757538", None), ("1½", None), ("约120", None), ("1234#", None),
    ],
)  # fmt: skip
def test_parse_number_reads_spellings_and_refuses_misprints(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "86.1(",
        "2．O5",
        "0:68",
        "12(?)",
        "31722V",
        "i49563",
        "£05",
        "#DIV/0!",
        "#N/A",
        "0．01",
        "约120",
        "≥90",
        "1234#",
        "120余",
        "12万",
        "12人",
        "1½",
        "1E400",
    ],
)
def test_misprints_still_count_as_numbers(text):
    assert holds_number(text)


@pytest.mark.parametrize(
    "text",
    ["", "—", "…", "全市", "(1)内资企业", "Total City", "2000年", "石家庄市", "-", "①", "*", "注①", "3月"],
)
def test_words_and_dashes_are_no_numbers(text):
    assert not holds_number(text)


def test_the_mark_for_digits_kept_as_text_is_no_part_of_a_number():
    assert parse_number("'1,234.5") == 1234.5
