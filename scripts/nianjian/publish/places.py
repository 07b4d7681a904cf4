"""Where a number of a table stands, as anchors of the page that says where it comes from."""

from __future__ import annotations


def anchor(table: str, row: int, line: int, cell: int, part: int) -> str:
    """Anchor of a number or word of a table by its place, see :data:`nianjian.publish.cells.POSITION`.

    Examples
    --------
    >>> anchor("3", 0, 1, 2, 0)
    't3-0-1-2-0'
    """
    return f"t{table}-{row}-{line}-{cell}-{part}"
