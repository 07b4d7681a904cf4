"""Cells as columns print and count as what each cell alone does."""

from __future__ import annotations

from datetime import datetime, time

import numpy as np
import pytest

from nianjian.extract.cell_texts import DIGIT, FILLED, NUMBER, Known, SheetTexts, stored_numbers
from nianjian.extract.cells import Cells, Extracted, Page
from nianjian.extract.text import holds_chinese, holds_number, parse_number, tidy
from nianjian.extract.workbooks import printed
from small_books import WORDS

FLOATS = (
    0.0, -0.0, 12.0, -3.0, 0.1, 1202.4000000000001, 0.1 + 0.2, 1e-5, 0.0001, 1e9, 123456789.125, 1e10 + 0.5, 1e15, 1e16,
    123456789012345.0, 1234567890123456.0, -7.25, 2 / 3, float("inf"), float("-inf"), float("nan"), 1e300, 5e-324,
)  # fmt: skip
TEXTS = (
    "", " ", "城市", "北京市", "  石家庄市", "12", " 12 ", "-3.5", "007", "1,234", "1,234.50", "2,03", "12.", ".5", "+4",
    "1e5", "0．01", "10.5①", "10.5*", "约120", "12人", "6253089 3080590", "城市\n北京市", "全市\n1277.9", "#DIV/0!", "1E400",
    "9" * 400, "31722V", "-", "—", "①", "\0", "1\x002", "\u200b", "_x000D_", "12_x000D_", "12\n", "１２", "5%", "1 234", "\ud800", "2\ud800",
)  # fmt: skip
OTHERS = (True, 7, datetime(1900, 1, 1, 6, 28), time(6, 0))


def test_stored_numbers_print_as_one_by_one() -> None:
    values = np.concatenate([FLOATS, np.random.default_rng(1).normal(size=2000).round(3) * 1000])
    texts, numbers = stored_numbers(values)
    assert texts.to_pylist() == [printed(float(each)) for each in values]
    expected = [parse_number(printed(float(each))) for each in values]
    np.testing.assert_array_equal(numbers, [np.nan if each is None else each for each in expected])
    assert not np.signbit(numbers[1]), "-0 is printed as 0"


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize(
    "values", [TEXTS, (*TEXTS, *FLOATS), (*TEXTS, *OTHERS), (*FLOATS, *OTHERS), FLOATS, OTHERS]
)
def test_a_sheet_of_any_size_says_of_each_cell_what_it_says_alone(
    values: tuple[object, ...], times: int
) -> None:
    """A few cells are looked at one by one, many as arrays."""
    rows = [[each] for _ in range(times) for each in values]
    texts = SheetTexts(rows, Known(WORDS))
    numbers = texts.numbers(texts.codes[:, 0])
    for row, (value,) in enumerate(rows):
        shown, marks = printed(value), int(texts.marks[row, 0])
        assert tidy(texts.text(row, 0)) == tidy(shown)
        assert bool(marks & FILLED) == bool(shown)
        assert texts.holds_number(row, 0) == holds_number(shown), shown
        if not marks & NUMBER:
            assert texts.text(row, 0) == shown
            assert bool(marks & DIGIT) == (isinstance(value, str) and any(map(str.isdecimal, value)))
        else:
            number = parse_number(shown)
            assert numbers[row] == number or (number is None and np.isnan(numbers[row]))
        assert holds_chinese(shown) == holds_chinese(texts.line(row)[0])
        assert texts.known.tidied[texts.code(row, 0)] == tidy(shown)


def test_rows_of_unequal_length_are_blank_at_their_end() -> None:
    texts = SheetTexts([["城市", "1"], ["北京市"], []], Known(WORDS))
    assert texts.shape == (3, 2) and [texts.line(row) for row in (1, 2)] == [["北京市", ""], ["", ""]]


def test_a_text_that_is_put_in_leaves_what_was_stored() -> None:
    texts = SheetTexts([["单位：人", "12人"]], Known(WORDS))
    texts.put(0, 0, "")
    texts.put(0, 1, "12")
    assert texts.line(0) == ["", "12"] and texts.holds_number(0, 1)
    assert [bool(mark & FILLED) for mark in texts.stored_marks[0]] == [True, True]


def test_pages_are_in_order_and_keep_their_own_numbers() -> None:
    known = Known(WORDS)
    found = Extracted(known)
    for name, first in (("2.xlsx", 100), ("1.xlsx", 200)):
        texts = SheetTexts([[str(first + each)] for each in range(100)], known)
        at = np.arange(99, -1, -1, dtype=np.int32)
        code = texts.codes[at, 0]
        same = np.zeros(100, np.int32)
        cells = Cells(at, same, code, texts.numbers(code), same, same, same, same)
        found.add(Page(name, "1", "2-13", "地区生产总值", None), cells, texts)
    rows = found.table("yearbook", 2013).to_pylist()
    assert [row["file"] for row in rows] == ["1.xlsx"] * 100 + ["2.xlsx"] * 100
    assert [row["number"] for row in rows] == [*range(200, 300), *range(100, 200)]
    assert all(row["raw"] == str(int(row["number"])) and row["cell"] == f"A{row['row']}" for row in rows)


def test_an_edition_without_a_cell_is_an_empty_table() -> None:
    table = Extracted(Known(WORDS)).table("yearbook", 2013)
    assert not len(table) and table.schema.field("number").type == "double"
