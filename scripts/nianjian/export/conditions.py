"""Conditions of specifications in the languages of Stata and R, gaps included.

In our formulas a comparison with a missing value neither holds nor fails; so it is in R. In Stata a missing number is larger than
any other, so that each comparison there says that its variables are not missing, where they ever are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from nianjian import formulas
from nianjian.formulas.nodes import elements_of, number_of, text_of

_SIGNS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
}
"""Each comparison and its opposite, written alike in both languages."""
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


class Untranslatable(ValueError):
    """What neither language says in one line; the exported data have a column of it instead."""


@dataclass(frozen=True)
class Columns:
    """What is known of the columns of the exported data.

    Attributes
    ----------
    names : column to exported name
    codes : column of words to the whole number of each word
    with_gaps : columns that have a missing value anywhere
    """

    names: Mapping[str, str]
    codes: Mapping[str, Mapping[str, int]]
    with_gaps: Collection[str]


def r(condition: str, columns: Columns) -> str:
    """A condition as R reads it; ``subset`` leaves out rows for which it is ``NA``.

    Raises
    ------
    Untranslatable
        If it has a part that is none of comparisons, ``and``, ``or``, ``not``, sums and products.
    """
    return _Writer(columns, guard=None, joined=(" & ", " | ")).of(_tree(condition), True)


def stata(condition: str, columns: Columns) -> str:
    """A condition as Stata reads it; see :func:`r`."""
    guard = "!missing({})".format
    return _Writer(columns, guard=guard, joined=(" & ", " | ")).of(_tree(condition), True)


def _tree(condition: str) -> ast.expr:
    return formulas.parse(condition, "where").tree


@dataclass(frozen=True)
class _Writer:
    columns: Columns
    guard: Callable[[str], str] | None
    joined: tuple[str, str]

    def of(self, node: ast.expr, wanted: bool) -> str:
        """When a condition is ``wanted``, true or false, so that a gap makes it neither."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.of(node.operand, not wanted)
        if isinstance(node, ast.BoolOp):
            both = isinstance(node.op, ast.And) is wanted
            parts = [self.of(each, wanted) for each in node.values]
            return "(" + self.joined[0 if both else 1].join(parts) + ")"
        if isinstance(node, ast.Compare):
            return self._comparison(node, wanted)
        if isinstance(node, ast.Name):
            return self._guarded([node], f"{self._value(node)} == {int(wanted)}")
        raise Untranslatable(ast.unparse(node))

    def _comparison(self, node: ast.Compare, wanted: bool) -> str:
        parts, left = [], node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._one(left, operator, right, wanted))
            left = right
        return parts[0] if len(parts) == 1 else "(" + self.joined[0 if wanted else 1].join(parts) + ")"

    def _one(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, wanted: bool) -> str:
        if isinstance(operator, ast.In | ast.NotIn):
            inside = isinstance(operator, ast.In) is wanted
            sign, join = ("==", self.joined[1]) if inside else ("!=", self.joined[0])
            each = [f"{self._value(left)} {sign} {self._value(e, left)}" for e in elements_of(right)]
            return self._guarded([left], "(" + join.join(each) + ")" if len(each) > 1 else each[0])
        sign = _SIGNS[type(operator)][0 if wanted else 1]
        return self._guarded([left, right], f"{self._value(left, right)} {sign} {self._value(right, left)}")

    def _guarded(self, nodes: list[ast.expr], text: str) -> str:
        """A comparison that does not hold where one of its columns is missing."""
        if self.guard is None:
            return text
        used = {name.id for node in nodes for name in ast.walk(node) if isinstance(name, ast.Name)}
        gaps = [self.columns.names[name] for name in sorted(used & set(self.columns.with_gaps))]
        return "(" + " & ".join([text, *map(self.guard, gaps)]) + ")" if gaps else text

    def _value(self, node: ast.expr, beside: ast.expr | None = None) -> str:
        number, text = number_of(node), text_of(node)
        if number is not None:
            return str(int(number)) if number.is_integer() else repr(number)
        if text is not None:
            codes = self.columns.codes.get(beside.id) if isinstance(beside, ast.Name) else None
            return f'"{text}"' if codes is None else str(codes.get(text, 0))
        if isinstance(node, ast.Name) and node.id in self.columns.names:
            return self.columns.names[node.id]
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            sign = _ARITHMETIC[type(node.op)]
            return f"({self._value(node.left)} {sign} {self._value(node.right)})"
        raise Untranslatable(ast.unparse(node))
