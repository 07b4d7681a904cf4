"""The unit of a formula's result, derived part by part."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pint

from nianjian import units as unit_module
from nianjian.errors import DeclarationError, FormulaError
from nianjian.formulas.functions import FUNCTIONS, Function
from nianjian.formulas.nodes import BUILT_IN, COMPARISONS, NUMBER, TEXT, elements_of, number_of, text_of

if TYPE_CHECKING:
    from nianjian.formulas.formula import Formula


class _Bare:
    """The unit of a bare number: whatever stands beside it."""


_Unit = Any  # pint.Quantity, _Bare or TEXT


def derive_unit(formula: Formula, node: ast.expr, units: Mapping[str, str]) -> str:
    """Unit expression of one part of a formula, ``1`` for pure numbers and conditions, ``text`` for words.

    Raises
    ------
    FormulaError
        If unlike units are added or compared.
    """
    result = _Derivation(formula, {**BUILT_IN, **units}).of(node)
    if isinstance(result, str):
        return TEXT
    return NUMBER if isinstance(result, _Bare) else unit_module.format_unit(result)


class _Derivation:
    """Derives the unit of every part, as a pint quantity: one of that unit."""

    def __init__(self, formula: Formula, units: Mapping[str, str]) -> None:
        self.formula, self.units = formula, units
        self.number = unit_module.parse_unit(NUMBER)
        self.made: list[ast.expr] = []
        self.seen: dict[int, _Unit] = {}  # else a chain of sums is walked twice at every level

    def fail(self, what: str) -> FormulaError:
        return self.formula.failure(what)

    def of(self, node: ast.expr) -> _Unit:
        if id(node) not in self.seen:
            derive = self._derivations.get(type(node))
            if derive is None:
                raise self.fail("something that is no formula")
            self.seen[id(node)] = derive(self, node)
        return self.seen[id(node)]

    def _constant(self, node: ast.Constant) -> _Unit:
        return TEXT if isinstance(node.value, str) else _Bare()

    def _name(self, node: ast.Name) -> _Unit:
        declared = self.units[node.id]
        if declared == TEXT:
            return TEXT
        try:
            return unit_module.parse_unit(declared)
        except DeclarationError as error:
            raise FormulaError(f"{self.formula.where}: unit of '{node.id}': {error}") from None

    def _unary(self, node: ast.UnaryOp) -> _Unit:
        if isinstance(node.op, ast.Not):
            self._measured(node.operand, "not")
            return self.number
        return self._measured(node.operand, "-")

    def _joined(self, node: ast.BoolOp) -> _Unit:
        for value in node.values:
            self._measured(value, "and/or")
        return self.number

    def _comparison(self, node: ast.Compare) -> _Unit:
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            for element in elements_of(right):
                self._alike(left, element, "compares {left} with {right}")
            if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) and self.of(left) == TEXT:
                raise self.fail(f"text can be compared by == and !=, not by {COMPARISONS[type(op)]},")
            left = right
        return self.number

    def _binary(self, node: ast.BinOp) -> _Unit:
        left, right = node.left, node.right
        match node.op:
            case ast.Add():
                self._measured(left, "+")
                return self._alike(left, right, "adds {right} to {left}")
            case ast.Sub():
                self._measured(left, "+")
                return self._alike(left, right, "subtracts {right} from {left}")
            case ast.Pow():
                return self._power(left, right)
        times = isinstance(node.op, ast.Mult)
        a, b = (self._measured(side, "*" if times else "/") for side in (left, right))
        if isinstance(a, _Bare) and isinstance(b, _Bare):
            return _Bare()
        return self._plain(a) * self._plain(b) if times else self._plain(a) / self._plain(b)

    def _measured(self, node: ast.expr, operation: str) -> _Unit:
        unit = self.of(node)
        if unit == TEXT:
            raise self.fail(f"'{operation}' needs numbers, `{ast.unparse(node)}` is text,")
        return unit

    def _plain(self, unit: _Unit) -> pint.Quantity[Any]:
        return self.number if isinstance(unit, _Bare) else unit

    def _alike(self, left: ast.expr, right: ast.expr, what: str) -> _Unit:
        a, b = self.of(left), self.of(right)
        if isinstance(a, _Bare) and b != TEXT:
            return b
        if isinstance(b, _Bare) and a != TEXT:
            return a
        if a == TEXT or b == TEXT:
            if a == b == TEXT and "compares" in what:
                return TEXT
            words, other = (left, right) if a == TEXT else (right, left)
            raise self.fail(f"`{ast.unparse(words)}` is text and `{ast.unparse(other)}` is not,")
        shown = {"left": f"'{unit_module.format_unit(a)}'", "right": f"'{unit_module.format_unit(b)}'"}
        if a.dimensionality != b.dimensionality:
            raise self.fail(what.format(**shown))
        if not math.isclose(float((a / b).to_base_units().magnitude), 1, rel_tol=1e-9):
            target = unit_module.format_unit(a)
            raise self.fail(
                f"{what.format(**shown)}, which differ in size; write to({ast.unparse(right)}, '{target}')"
            )
        return a

    def _power(self, left: ast.expr, right: ast.expr) -> _Unit:
        base, exponent = self._measured(left, "**"), self._measured(right, "**")
        if isinstance(base, _Bare):
            return self._dimensionless(exponent, right, "an exponent")
        if (number := number_of(right)) is not None:
            return base**number
        self._dimensionless(exponent, right, "an exponent")
        if not base.dimensionless:
            unit = unit_module.format_unit(base)
            raise self.fail(f"'{unit}' can only be raised to a fixed number, not to `{ast.unparse(right)}`,")
        return base

    def _dimensionless(self, unit: _Unit, node: ast.expr, what: str) -> _Unit:
        if not isinstance(unit, _Bare) and not unit.dimensionless:
            shown = unit_module.format_unit(unit)
            raise self.fail(f"{what} must be a pure number, `{ast.unparse(node)}` is in '{shown}',")
        return unit

    def _call(self, node: ast.Call) -> _Unit:
        function = FUNCTIONS[node.func.id]  # type: ignore[attr-defined]  # the parser saw that it is a name
        if function.rest == "columns":
            unit = self._columns(function, node.args)
        else:
            unit = self._measured(node.args[0], function.name)
        if function.rest == "rates":
            rate = self._measured(node.args[1], function.name)
            self._dimensionless(rate, node.args[1], f"the rate of {function.name}")
        if function.rest == "splice":
            self._measured(node.args[1], function.name)
            self._alike(node.args[0], node.args[1], "splice(...) mixes {left} and {right}")
        match function.unit:
            case "number":
                return self.number
            case "exponent":
                self._dimensionless(unit, node.args[0], "the argument of exp")
                return self.number
            case "root":
                return unit if isinstance(unit, _Bare) else unit**0.5
            case "target":
                return self._target(unit, text_of(node.args[1]) or "")
        return unit

    def _columns(self, function: Function, arguments: list[ast.expr]) -> _Unit:
        """The one unit of all arguments, patterns written out."""
        nodes: list[ast.expr] = []
        for argument in arguments:
            pattern = text_of(argument)
            if pattern is None:
                nodes.append(argument)
            else:
                made = [ast.Name(name) for name in self.formula.patterns[pattern]]
                self.made += made  # kept alive: their ids are keys of ``seen``
                nodes += made
        unit = self._measured(nodes[0], function.name)
        for node in nodes[1:]:
            self._measured(node, function.name)
            other = self._alike(nodes[0], node, f"{function.name}(...) mixes {{left}} and {{right}}")
            unit = other if isinstance(unit, _Bare) else unit
        return unit

    def _target(self, unit: _Unit, wanted: str) -> _Unit:
        try:
            target = unit_module.parse_unit(wanted)
        except DeclarationError as error:
            raise FormulaError(f"{self.formula.where}: {error}") from None
        if self._plain(unit).dimensionality != target.dimensionality:
            have, want = unit_module.format_unit(self._plain(unit)), unit_module.format_unit(target)
            raise self.fail(f"'{have}' cannot be converted to '{want}'")
        return target

    _derivations: ClassVar[dict[type[ast.expr], Callable[[_Derivation, Any], _Unit]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.UnaryOp: _unary,
        ast.BoolOp: _joined,
        ast.Compare: _comparison,
        ast.BinOp: _binary,
        ast.Call: _call,
    }
