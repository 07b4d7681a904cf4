"""Single nodes of a formula's tree, and the names that every formula knows."""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Collection
from typing import Any

TEXT = "text"
"""Unit of a column that holds words: attributes such as a city's region."""
NUMBER = "1"
"""Unit of a pure number."""
BUILT_IN = {"city": NUMBER, "year": NUMBER}
"""Names that every formula knows, with their units. ``city`` is the six-digit code."""

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}
"""How each comparison is written."""


SPOKEN = frozenset(("and", "or", "not", "in"))
"""Words that formulas use themselves, which no column can be called by."""
_RESERVED = frozenset(keyword.kwlist) - SPOKEN
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|[^\W\d]\w*")
_MARK = "_column_"


def tree_of(line: str, names: Collection[str] | None = None) -> ast.expr:
    """The tree of a formula on one line.

    Names that are words of Python (``is``, ``as``, ``from``) are names like any others.

    Parameters
    ----------
    names : those that the formula may use; None: any, where the formula is known to be one

    Raises
    ------
    SyntaxError, ValueError, RecursionError, MemoryError
        If it is no expression.
    """

    def marked(found: re.Match[str]) -> str:
        word = found[0]
        reserved = word in _RESERVED and (names is None or word in names)
        return f"{_MARK}{word}" if reserved else word

    tree = ast.parse(_WORD.sub(marked, line), mode="eval").body
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id.removeprefix(_MARK) in _RESERVED:
            node.id = node.id.removeprefix(_MARK)
    return tree


def natural(name: str) -> tuple[Any, ...]:
    """Sort key by which emp_sector_2 stands before emp_sector_10."""
    digits = "".join(c if c.isdigit() else " " for c in name).split()
    return "".join(c for c in name if not c.isdigit()), tuple(int(d) for d in digits)


def number_of(node: ast.expr) -> float | None:
    """The number that a node writes out, its sign included, or None."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            return None
        try:
            return float(node.value)
        except OverflowError:
            return math.inf
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = number_of(node.operand)
        return None if value is None else -value if isinstance(node.op, ast.USub) else value
    return None


def text_of(node: ast.expr) -> str | None:
    """The text that a node writes out in quotes, or None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def elements_of(node: ast.expr) -> list[ast.expr]:
    """Elements of a list, or the node itself as the only one."""
    return node.elts if isinstance(node, ast.List | ast.Tuple) else [node]


def shortened(text: str, length: int = 200) -> str:
    """The text as messages show it."""
    return text if len(text) <= length else f"{text[:length]}…"
