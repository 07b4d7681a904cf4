"""Addresses of cells."""

from __future__ import annotations

import pytest

from nianjian.addresses import cell_name, column_name, is_address


def test_columns_are_named_as_in_a_spreadsheet():
    assert [column_name(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_cells_are_named_by_column_and_row():
    assert cell_name(0, 0) == "A1" and cell_name(11, 5) == "F12"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("F12", True),
        ("AA100", True),
        ("F0", False),
        ("12F", False),
        ("F", False),
        ("f12", False),
        ("", False),
    ],
)
def test_an_address_is_letters_and_a_row(text, right):
    assert is_address(text) is right
