"""Where a number of a table or a point of a figure stands, as anchors of the page that says where it comes from."""

from __future__ import annotations


def anchor(table: str, row: int, line: int, cell: int, part: int) -> str:
    """Anchor of a number or word of a table by its place, see :data:`nianjian.publish.cells.POSITION`.

    Examples
    --------
    >>> anchor("3", 0, 1, 2, 0)
    't3-0-1-2-0'
    """
    return f"t{table}-{row}-{line}-{cell}-{part}"


def figure_anchor(figure: str) -> str:
    """Anchor of a figure's points."""
    return f"figure-{figure}"


def point_anchor(figure: str, order: int) -> str:
    """Anchor of a point by its number, see ``order`` of :data:`nianjian.publish.figures.drawing.POINTS`.

    Examples
    --------
    >>> point_anchor("A3", 12)
    'fA3-12'
    """
    return f"f{figure}-{order}"
