"""Addresses of cells as spreadsheets write them."""

from __future__ import annotations

import re
from functools import cache

_ADDRESS = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}")


@cache
def column_name(col: int) -> str:
    """0-based column number to spreadsheet letters: 5 is ``F``."""
    name = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell_name(row: int, col: int) -> str:
    """0-based row and column to a spreadsheet address."""
    return f"{column_name(col)}{row + 1}"


def is_address(text: str) -> bool:
    """Whether a text is the address of one cell: ``F12``."""
    return _ADDRESS.fullmatch(text) is not None


def row_of(address: str) -> int:
    """Row of an address, 12 of F12; 0 where there is none, as of a table without rows."""
    digits = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits.isdecimal() else 0
