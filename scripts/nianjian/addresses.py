"""Spreadsheet addresses: ``F12`` is row 11, column 5, both counted from 0."""

from __future__ import annotations


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
