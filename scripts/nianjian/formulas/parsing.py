"""From the text of a formula to a checked tree: only listed nodes, bounded depth, arguments of the right kind."""

from __future__ import annotations

import ast
import difflib
import fnmatch
import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, ClassVar

from nianjian import fullwidth
from nianjian.errors import FormulaError
from nianjian.formulas.formula import Formula
from nianjian.formulas.functions import FUNCTIONS, Function, Rest
from nianjian.formulas.nodes import (
    BUILT_IN,
    COMPARISONS,
    natural,
    number_of,
    shortened,
    text_of,
    tree_of,
)

_EVERYWHERE = frozenset(BUILT_IN)
MAX_LENGTH = 4000
MAX_DEPTH = 60
MAX_EXPONENT = 64
MAX_YEARS = 9999
MAX_GROUPS = 100
FIRST_YEAR = 1800

_BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_SYMBOLS = {
    "Mod": "%",
    "FloorDiv": "//",
    "MatMult": "@",
    "BitXor": "^",
    "BitOr": "|",
    "BitAnd": "&",
    "LShift": "<<",
    "RShift": ">>",
}
_INSTEAD = {"BitAnd": "write and", "BitOr": "write or", "BitXor": "write **"}
"""What is written here for an operator of Stata or R."""
_SINGLE = re.compile(r"(?<![=<>!])=(?!=)")
_STATA = {"L": "lag(x, 1)", "F": "lead(x, 1)", "D": "diff(x)"}
_NOT_ALLOWED: dict[type[ast.expr], str] = {
    ast.Attribute: "a dot between names",
    ast.Subscript: "square brackets behind a name",
    ast.Lambda: "lambda",
    ast.IfExp: "if ... else",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.Dict: "curly brackets",
    ast.Set: "curly brackets",
    ast.Tuple: "a comma outside a function",
    ast.NamedExpr: "':='",
    ast.JoinedStr: "an f-string",
    ast.Starred: "'*' before a name",
    ast.Await: "await",
    ast.Yield: "yield",
}


def parse(text: str, where: str, known: Iterable[str] | None = None) -> Formula:
    """Parse a formula and check its form, and its names if ``known`` is given.

    Parameters
    ----------
    text : the formula
    where : file and key for messages: ``config/studies/x.yaml, variables.so2``
    known : names that it may use; also what patterns such as ``'emp_sector_*'`` choose from

    Raises
    ------
    FormulaError
        If the text is no formula, or uses an unknown name or function.
    """
    if not isinstance(text, str) or not text.strip():
        raise FormulaError(f"{where}: expected a formula, got {text!r}")
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"{where}: the formula is {len(text)} characters long, at most {MAX_LENGTH} can be read"
        )
    line = " ".join(text.split())  # a formula folded over lines in YAML means the same
    return _parse(line, shortened(text), where, None if known is None else known_names(known))


def known_names(known: Iterable[str]) -> frozenset[str]:
    """Names that formulas may use, and those that all of them know: as one set, where many formulas share them."""
    if isinstance(known, frozenset) and known >= _EVERYWHERE:
        return known
    return _one_of_equals(frozenset(known) | _EVERYWHERE)


@lru_cache(maxsize=256)
def _one_of_equals(names: frozenset[str]) -> frozenset[str]:
    """The first of all sets that are equal: one set is compared with itself at once."""
    return names


@lru_cache(maxsize=4096)
def _parse(line: str, shown: str, where: str, names: frozenset[str] | None) -> Formula:
    """A formula on one line; variants of a study read the same ones again and again."""
    try:
        tree = tree_of(line, names or ())
    except (SyntaxError, ValueError) as error:
        detail = f" ({error.msg} at character {error.offset})" if isinstance(error, SyntaxError) else ""
        if typed := fullwidth.hint(line):
            detail = ""
        elif _SINGLE.search(line):
            typed = "; write == to compare"
        raise FormulaError(f"{where}: `{shown}` is no formula{detail}{typed}") from None
    except (RecursionError, MemoryError):
        raise FormulaError(
            f"{where}: the formula is nested too deeply; split it into several variables"
        ) from None
    checker = _Checker(line, where, names)
    checker.visit(tree, 0)
    formula = Formula(line, where, tree, frozenset(checker.names), dict(checker.patterns))
    if names is not None:
        formula.check_names(names)
    return formula


class _Checker:
    """Walks the tree once and collects the names that it uses."""

    def __init__(self, text: str, where: str, known: frozenset[str] | None) -> None:
        self.text, self.where, self.known = text, where, known
        self.names: set[str] = set()
        self.patterns: dict[str, tuple[str, ...]] = {}

    def fail(self, what: str) -> FormulaError:
        return FormulaError(f"{self.where}: {what} in `{shortened(self.text)}`")

    def visit(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.fail(
                f"more than {MAX_DEPTH} operations inside each other; use sum_of(...) or several variables"
            )
        check = self._checks.get(type(node))
        if check is None:
            what = _NOT_ALLOWED.get(type(node), f"'{type(node).__name__}'")
            raise self.fail(f"{what} is not available{_of_stata(node)}")
        check(self, node, depth)

    def _constant(self, node: ast.Constant, depth: int) -> None:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.fail(f"{value!r} is not available; write numbers or text in quotes")
        if isinstance(value, int | float):
            try:
                finite = math.isfinite(float(value))
            except OverflowError:
                finite = False
            if not finite:
                raise self.fail("a number is too large")

    def _name(self, node: ast.Name, depth: int) -> None:
        if node.id in FUNCTIONS and (self.known is None or node.id not in self.known):
            raise self.fail(f"'{node.id}' is a function and needs arguments, {FUNCTIONS[node.id].signature},")
        self.names.add(node.id)

    def _binary(self, node: ast.BinOp, depth: int) -> None:
        if not isinstance(node.op, _BINARY):
            name = type(node.op).__name__
            use = _INSTEAD.get(name, "use + - * / **")
            raise self.fail(f"operator '{_SYMBOLS.get(name, name)}' is not available; {use},")
        exponent = number_of(node.right) if isinstance(node.op, ast.Pow) else None
        if exponent is not None and abs(exponent) > MAX_EXPONENT:
            raise self.fail(f"exponent {exponent:g} is beyond {MAX_EXPONENT}")
        self.visit(node.left, depth + 1)
        self.visit(node.right, depth + 1)

    def _unary(self, node: ast.UnaryOp, depth: int) -> None:
        if isinstance(node.op, ast.Invert):
            raise self.fail("operator '~' is not available; write not")
        self.visit(node.operand, depth + 1)

    def _joined(self, node: ast.BoolOp, depth: int) -> None:
        for value in node.values:
            self.visit(value, depth + 1)

    def _comparison(self, node: ast.Compare, depth: int) -> None:
        if any(type(op) not in COMPARISONS for op in node.ops):
            raise self.fail("'is' is not available; write ==")
        self.visit(node.left, depth + 1)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                self._list(comparator, depth)
            else:
                self.visit(comparator, depth + 1)

    def _list(self, node: ast.expr, depth: int) -> None:
        if not isinstance(node, ast.List | ast.Tuple) or not node.elts:
            raise self.fail("'in' needs a list: province in [110000, 120000]")
        for element in node.elts:
            if number_of(element) is None and text_of(element) is None:
                raise self.fail("a list may hold numbers and text only")
            self.visit(element, depth + 1)

    def _call(self, node: ast.Call, depth: int) -> None:
        function = self._function(node)
        if function.rest == "columns":
            for argument in node.args:
                pattern = text_of(argument)
                if pattern is None:
                    self.visit(argument, depth + 1)
                else:
                    self._pattern(pattern)
            return
        self.visit(node.args[0], depth + 1)
        rest = node.args[1:]
        if function.rest in ("rates", "splice"):
            self.visit(rest[0], depth + 1)
        self._rest.get(function.rest, _Checker._numbers)(self, function, rest)

    def _function(self, node: ast.Call) -> Function:
        """The function that is called, with as many arguments as it takes."""
        if not isinstance(node.func, ast.Name):
            raise self.fail("a dot or a call before brackets is not available")
        name = node.func.id
        if name not in FUNCTIONS:
            raise FormulaError(
                f"{self.where}: unknown function '{name}' in `{shortened(self.text)}`; {_hint(name)}"
            )
        function = FUNCTIONS[name]
        if node.keywords:
            raise self.fail(f"{name} takes no named arguments; write {function.signature}")
        fewest, most = function.arity
        if not fewest <= len(node.args) <= most:
            raise self.fail(f"{name} got {len(node.args)} arguments, write {function.signature}")
        return function

    def _rates(self, function: Function, rest: list[ast.expr]) -> None:
        self._year(function, rest[1])

    def _spliced(self, function: Function, rest: list[ast.expr]) -> None:
        self._years(function, rest[1:])

    def _unit(self, function: Function, rest: list[ast.expr]) -> None:
        if text_of(rest[0]) is None:
            raise self.fail("the unit of to is text in quotes: to(ind_so2, '10^4 t')")

    def _keys(self, function: Function, keys: list[ast.expr]) -> None:
        for key in keys:
            if not isinstance(key, ast.Name):
                raise self.fail(f"keys of {function.name} are names: {function.signature}")
            self.names.add(key.id)

    def _groups(self, function: Function, rest: list[ast.expr]) -> None:
        """How many groups, then keys."""
        count = number_of(rest[0])
        if count is None or not count.is_integer() or not 2 <= count <= MAX_GROUPS:
            raise self.fail(
                f"n of {function.name} is a whole number of groups from 2 to {MAX_GROUPS}: {function.signature}"
            )
        self._keys(function, rest[1:])

    def _numbers(self, function: Function, nodes: list[ast.expr]) -> None:
        numbers = [number for node in nodes if (number := number_of(node)) is not None]
        if len(numbers) < len(nodes):
            raise self.fail(f"the other arguments of {function.name} are numbers: {function.signature}")
        if function.rest == "years" and not all(
            number.is_integer() and 0 <= number <= MAX_YEARS for number in numbers
        ):
            raise self.fail(
                f"{function.name} needs a whole number of years, at most {MAX_YEARS}: {function.signature}"
            )
        if function.rest == "limits" and not 0 <= numbers[0] < numbers[1] <= 1:
            raise self.fail("winsor needs 0 <= lo < hi <= 1: winsor(x, 0.01, 0.99)")

    def _year(self, function: Function, node: ast.expr) -> None:
        year = number_of(node)
        if year is None or not year.is_integer() or not FIRST_YEAR <= year <= MAX_YEARS:
            raise self.fail(
                f"the base of {function.name} is a year such as 2003, not `{shortened(ast.unparse(node))}`: {function.signature}"
            )

    def _years(self, function: Function, nodes: list[ast.expr]) -> None:
        for node in nodes:
            self._year(function, node)
        first, last = (number_of(node) or 0 for node in nodes)
        if first > last:
            raise self.fail(f"the first year of {function.name} comes before the last: {function.signature}")

    def _inventory(self, function: Function, rest: list[ast.expr]) -> None:
        """A rate of depreciation, a year, perhaps a rate of growth: both rates as ratios."""
        self._year(function, rest[1])
        delta = number_of(rest[0])
        if delta is None or not 0 <= delta < 1:
            raise self.fail(
                f"delta of perpetual is a ratio from 0 to below 1, 0.096 for 9.6 percent: {function.signature}"
            )
        if rest[2:]:
            growth = number_of(rest[2])
            if growth is None or not -delta < growth < 1:
                raise self.fail(
                    f"g of perpetual is a ratio above -delta and below 1, 0.1 for 10 percent: {function.signature}"
                )

    def _pattern(self, pattern: str) -> None:
        if self.known is None:
            raise self.fail(f"pattern '{pattern}' can only be read where the names are known")
        found = tuple(sorted(fnmatch.filter(self.known, pattern), key=natural))
        if not found:
            raise self.fail(f"pattern '{pattern}' fits no name")
        self.patterns[pattern] = found
        self.names.update(found)

    _rest: ClassVar[dict[Rest, Callable[[_Checker, Function, list[ast.expr]], None]]] = {
        "keys": _keys,
        "groups": _groups,
        "rates": _rates,
        "splice": _spliced,
        "inventory": _inventory,
        "unit": _unit,
    }
    """What checks the arguments behind the first; numbers where nothing else is said."""
    _checks: ClassVar[dict[type[ast.expr], Callable[[_Checker, Any, int], None]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.BoolOp: _joined,
        ast.Compare: _comparison,
        ast.Call: _call,
    }


def _of_stata(node: ast.expr) -> str:
    """What is written here for Stata's ``L.x``."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return ""
    call = _STATA.get(node.value.id.upper())
    return f"; write {call.replace('x', node.attr, 1)}," if call else ""


def _hint(name: str) -> str:
    """What an unknown function was meant to be."""
    near = difflib.get_close_matches(name, [*FUNCTIONS, "log"], n=1)
    if name == "log" or near == ["log"]:
        return "write ln(x) or log10(x)"
    return f"did you mean '{near[0]}'?" if near else f"known functions are {', '.join(FUNCTIONS)}"
