"""Formulas of the studies: ``so2_intensity: ind_so2 / gdp``.

The text is parsed with Python's grammar and walked node by node over a closed list; it is never run as
Python. Each column stands in its item's declared unit and the result is plain arithmetic on those numbers,
so its unit follows: ``deposits / pop_hukou`` in 10^4 yuan and 10^4 person is ``yuan/person``.

What may stand in a formula:

* numbers, text in quotes, names (items, ``item__districts``, earlier variables, attributes, city, year);
* ``+ - * / **``, brackets, ``< <= > >= == !=``, ``in``/``not in`` with a list, ``and or not``;
* the functions of :data:`FUNCTIONS`.

A bare number takes the unit of what it is added to or compared with: ``ln(1 + fdi)``, ``gdp > 0``.
Missing cells stay missing, also through comparisons: ``not (x > 3)`` does not hold where x is missing.
"""

from __future__ import annotations

import ast
import difflib
import fnmatch
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nianjian.errors import DeclarationError, FormulaError

if TYPE_CHECKING:  # declarations imports this module, and the Snakefile imports declarations: no pandas here
    import numpy as np
    import pandas as pd
    import pint

MAX_LENGTH = 4000
MAX_DEPTH = 60
MAX_EXPONENT = 64
TEXT = "text"
"""Unit of a column that holds words: attributes such as a city's region."""
NUMBER = "1"
BUILT_IN = {"city": NUMBER, "year": NUMBER}
"""Names that every formula knows, with their units. ``city`` is the six-digit code."""


@dataclass(frozen=True)
class Function:
    """A function that formulas may call.

    Attributes
    ----------
    signature : how it is written; ``k``, ``lo``, ``hi`` are numbers, ``key`` a name, ``...`` more of the same
    doc : what it does
    arity : fewest and most arguments
    """

    signature: str
    doc: str
    arity: tuple[int, int]


_MANY = 100
FUNCTIONS: dict[str, Function] = {
    function.signature.partition("(")[0]: function
    for function in (
        Function(
            "ln(x)", "Natural logarithm of the number in its declared unit; undefined at 0 and below.", (1, 1)
        ),
        Function("log10(x)", "Logarithm to base 10.", (1, 1)),
        Function("log1p(x)", "ln(1 + x), for quantities that can be 0.", (1, 1)),
        Function("exp(x)", "Exponential of a number without unit.", (1, 1)),
        Function("sqrt(x)", "Square root; undefined below 0.", (1, 1)),
        Function("abs(x)", "Absolute value.", (1, 1)),
        Function("min(x, y, ...)", "Smallest of the arguments in a row; missing if one is.", (2, _MANY)),
        Function("max(x, y, ...)", "Largest of the arguments in a row; missing if one is.", (2, _MANY)),
        Function("first(x, y, ...)", "The first argument that is not missing.", (2, _MANY)),
        Function("sum_of(x, y, ...)", "Sum; a pattern such as 'emp_sector_*' names several.", (1, _MANY)),
        Function(
            "hhi(x, y, ...)", "Sum of squared shares in the total; diversity is 1 / hhi(...).", (1, _MANY)
        ),
        Function("lag(x, k)", "x of the same city k years earlier (k is 1 if left out).", (1, 2)),
        Function("lead(x, k)", "x of the same city k years later.", (1, 2)),
        Function("diff(x)", "x less x of the year before.", (1, 1)),
        Function("growth(x)", "x / lag(x, 1) - 1; a ratio, not percent.", (1, 1)),
        Function("at(x, year)", "x of the same city in one year: at(gdp, 2014).", (2, 2)),
        Function("mean(x)", "Mean over the sample's city-years.", (1, 1)),
        Function("median(x)", "Median over the sample's city-years.", (1, 1)),
        Function("sd(x)", "Standard deviation (n - 1) over the sample's city-years.", (1, 1)),
        Function(
            "mean_by(x, key, ...)",
            "Mean over the sample's rows with the same keys: mean_by(x, city).",
            (2, 6),
        ),
        Function("sum_by(x, key, ...)", "Sum over the sample's rows with the same keys.", (2, 6)),
        Function("share(x, key, ...)", "x / sum_by(x, key, ...): share(gdp, year).", (2, 6)),
        Function(
            "winsor(x, lo, hi)", "x cut off at two quantiles of the sample: winsor(x, 0.01, 0.99).", (3, 3)
        ),
        Function("to(x, 'unit')", "x in another unit: to(ind_so2, '10^4 t').", (2, 2)),
    )
}
"""Every function that formulas may call, by name."""

_ELEMENTWISE = ("min", "max", "first", "sum_of", "hhi")
_KEYED = ("mean_by", "sum_by", "share")
_BINARY: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "adds {right} to {left}"),
    ast.Sub: ("-", "subtracts {right} from {left}"),
    ast.Mult: ("*", ""),
    ast.Div: ("/", ""),
    ast.Pow: ("**", ""),
}
_COMPARE = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_UFUNC = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_NOT_ALLOWED = {
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
    try:
        # One line: a formula folded over lines in YAML means the same.
        tree = ast.parse(" ".join(text.split()), mode="eval").body
    except (SyntaxError, ValueError) as error:
        detail = f" ({error.msg} at character {error.offset})" if isinstance(error, SyntaxError) else ""
        raise FormulaError(f"{where}: `{text}` is no formula{detail}") from None
    except (RecursionError, MemoryError):
        raise FormulaError(
            f"{where}: the formula is nested too deeply; split it into several variables"
        ) from None
    known = None if known is None else frozenset(known) | frozenset(BUILT_IN)
    checker = _Checker(" ".join(text.split()), where, known)
    checker.visit(tree, 0)
    formula = Formula(" ".join(text.split()), where, tree, frozenset(checker.names), dict(checker.patterns))
    if known is not None:
        formula.check_names(known)
    return formula


class _Checker:
    """Walks the tree once: only listed nodes, bounded depth, arguments of the right kind."""

    def __init__(self, text: str, where: str, known: frozenset[str] | None) -> None:
        self.text, self.where, self.known = text, where, known
        self.names: set[str] = set()
        self.patterns: dict[str, tuple[str, ...]] = {}

    def fail(self, what: str) -> FormulaError:
        return FormulaError(f"{self.where}: {what} in `{_shortened(self.text)}`")

    def visit(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.fail(
                f"more than {MAX_DEPTH} operations inside each other; use sum_of(...) or several variables"
            )
        match node:
            case ast.Constant(value=value):
                self._constant(value)
            case ast.Name(id=name):
                if name in FUNCTIONS and (self.known is None or name not in self.known):
                    raise self.fail(
                        f"'{name}' is a function and needs arguments, {FUNCTIONS[name].signature},"
                    )
                self.names.add(name)
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _BINARY:
                    raise self.fail(f"operator '{_symbol(op)}' is not available; use + - * / **")
                if (
                    isinstance(op, ast.Pow)
                    and (exponent := _number(right)) is not None
                    and abs(exponent) > MAX_EXPONENT
                ):
                    raise self.fail(f"exponent {exponent:g} is beyond {MAX_EXPONENT}")
                self.visit(left, depth + 1)
                self.visit(right, depth + 1)
            case ast.UnaryOp(op=op, operand=operand):
                if isinstance(op, ast.Invert):
                    raise self.fail("operator '~' is not available; write not")
                self.visit(operand, depth + 1)
            case ast.BoolOp(values=values):
                for value in values:
                    self.visit(value, depth + 1)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                if any(type(op) not in _COMPARE for op in ops):
                    raise self.fail("'is' is not available; write ==")
                self.visit(left, depth + 1)
                for op, comparator in zip(ops, comparators, strict=True):
                    if isinstance(op, ast.In | ast.NotIn):
                        if not isinstance(comparator, ast.List | ast.Tuple) or not comparator.elts:
                            raise self.fail("'in' needs a list: province in [110000, 120000]")
                        for element in comparator.elts:
                            if _number(element) is None and not _is_text(element):
                                raise self.fail("a list may hold numbers and text only")
                            self.visit(element, depth + 1)
                    else:
                        self.visit(comparator, depth + 1)
            case ast.Call():
                self._call(node, depth)
            case _:
                what = _NOT_ALLOWED.get(type(node), f"'{type(node).__name__}'")
                raise self.fail(f"{what} is not available")

    def _constant(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.fail(f"{value!r} is not available; write numbers or text in quotes")
        if isinstance(value, int | float):
            try:
                finite = math.isfinite(float(value))
            except OverflowError:
                finite = False
            if not finite:
                raise self.fail("a number is too large")

    def _call(self, node: ast.Call, depth: int) -> None:
        if not isinstance(node.func, ast.Name):
            raise self.fail("a dot or a call before brackets is not available")
        name = node.func.id
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name, [*FUNCTIONS, "log"], n=1)
            hint = (
                "write ln(x) or log10(x)"
                if name == "log" or near == ["log"]
                else f"did you mean '{near[0]}'?"
                if near
                else ""
            )
            hint = hint or f"known functions are {', '.join(FUNCTIONS)}"
            raise FormulaError(
                f"{self.where}: unknown function '{name}' in `{_shortened(self.text)}`; {hint}"
            )
        function = FUNCTIONS[name]
        if node.keywords:
            raise self.fail(f"{name} takes no named arguments; write {function.signature}")
        fewest, most = function.arity
        if not fewest <= len(node.args) <= most:
            raise self.fail(f"{name} got {len(node.args)} arguments, write {function.signature}")
        if name in _ELEMENTWISE:
            for argument in node.args:
                if _is_text(argument):
                    self._pattern(argument.value)  # type: ignore[attr-defined]
                else:
                    self.visit(argument, depth + 1)
            return
        self.visit(node.args[0], depth + 1)
        rest = node.args[1:]
        if name in _KEYED:
            for key in rest:
                if not isinstance(key, ast.Name):
                    raise self.fail(f"keys of {name} are names: {function.signature}")
                self.names.add(key.id)
        elif name == "to":
            if not _is_text(rest[0]):
                raise self.fail("the unit of to is text in quotes: to(ind_so2, '10^4 t')")
        else:
            numbers = [_number(argument) for argument in rest]
            if any(number is None for number in numbers):
                raise self.fail(f"the other arguments of {name} are numbers: {function.signature}")
            if name in ("lag", "lead", "at") and any(
                number != int(number) or number < 0 for number in numbers
            ):
                raise self.fail(f"{name} needs a whole number of years: {function.signature}")
            if name == "winsor" and not 0 <= numbers[0] < numbers[1] <= 1:
                raise self.fail("winsor needs 0 <= lo < hi <= 1: winsor(x, 0.01, 0.99)")

    def _pattern(self, pattern: str) -> None:
        if self.known is None:
            raise self.fail(f"pattern '{pattern}' can only be read where the names are known")
        found = tuple(sorted(fnmatch.filter(self.known, pattern), key=natural))
        if not found:
            raise self.fail(f"pattern '{pattern}' fits no name")
        self.patterns[pattern] = found
        self.names.update(found)


def natural(name: str) -> tuple[Any, ...]:
    """Sort key by which emp_sector_2 stands before emp_sector_10."""
    digits = "".join(c if c.isdigit() else " " for c in name).split()
    return "".join(c for c in name if not c.isdigit()), tuple(int(d) for d in digits)


def _symbol(op: ast.operator) -> str:
    symbols = {
        "Mod": "%",
        "FloorDiv": "//",
        "MatMult": "@",
        "BitXor": "^",
        "BitOr": "|",
        "BitAnd": "&",
        "LShift": "<<",
        "RShift": ">>",
    }
    return symbols.get(type(op).__name__, type(op).__name__)


def _number(node: ast.expr) -> float | None:
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        try:
            return float(node.value)
        except OverflowError:
            return math.inf
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _number(node.operand)
        return None if value is None else -value if isinstance(node.op, ast.USub) else value
    return None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _shortened(text: str, length: int = 200) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


@dataclass(frozen=True)
class Evaluation:
    """A formula's values, and where it has none although its inputs do.

    Attributes
    ----------
    values : float64 Series on the rows of the columns; conditions are 1 and 0
    undefined : boolean Series, True where a division by zero, a logarithm of 0 or less, or a root of a
        negative number made the cell missing
    """

    values: pd.Series
    undefined: pd.Series


@dataclass(frozen=True)
class Formula:
    """A parsed formula.

    Attributes
    ----------
    text : the formula on one line
    where : file and key for messages
    names : every name that it uses, keys of ``mean_by`` included
    """

    text: str
    where: str
    tree: ast.expr = field(repr=False, compare=False)
    names: frozenset[str]
    patterns: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False, default_factory=dict)

    @cached_property
    def reaches_back(self) -> bool:
        """Whether a row's value depends on other years of the same city."""
        return any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("lag", "lead", "diff", "growth", "at")
            for node in ast.walk(self.tree)
        )

    def check_names(self, known: Iterable[str]) -> None:
        """Raise a FormulaError with a suggestion if the formula uses a name beyond ``known``."""
        known = set(known) | set(BUILT_IN)
        for name in sorted(self.names - known):
            near = [f"{name}__districts"] if f"{name}__districts" in known else []  # printed for 市辖区 only
            near = near or difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise FormulaError(f"{self.where}: unknown name '{name}' in `{_shortened(self.text)}`{hint}")

    def unit(self, units: Mapping[str, str]) -> str:
        """Unit of the result, ``1`` for pure numbers and conditions.

        Parameters
        ----------
        units : name to unit expression, ``text`` for columns of words

        Raises
        ------
        FormulaError
            If unlike units are added or compared, or a name is unknown.
        """
        from nianjian import units as unit_module

        self.check_names(units)
        result = _Units(self, {**BUILT_IN, **units}).of(self.tree)
        if result == TEXT:
            return TEXT
        return NUMBER if isinstance(result, _Bare) else unit_module.format_unit(result)

    def evaluate(
        self,
        columns: Mapping[str, pd.Series],
        units: Mapping[str, str] | None = None,
        within: pd.Series | None = None,
    ) -> pd.Series:
        """Values as a float64 Series; :meth:`evaluate_fully` also says where they are undefined."""
        return self.evaluate_fully(columns, units, within).values

    def evaluate_fully(
        self,
        columns: Mapping[str, pd.Series],
        units: Mapping[str, str] | None = None,
        within: pd.Series | None = None,
    ) -> Evaluation:
        """Compute the formula row by row.

        Parameters
        ----------
        columns : name to Series, all on one index; a DataFrame will do. ``city`` and ``year`` must be among
            them for lag, lead, diff, growth and at.
        units : name to unit; only ``to`` needs them
        within : boolean Series, the rows that mean, median, sd, winsor and ``..._by`` look at; all if None.
            lag and its like see every row, so the year before the sample's first serves its lags.

        Raises
        ------
        FormulaError
            If a column is missing or holds words where numbers are needed, or a result overflows.
        """
        import numpy as np
        import pandas as pd

        missing = sorted(name for name in self.names if name not in columns)
        if missing:
            raise FormulaError(
                f"{self.where}: no column {', '.join(missing)} to compute `{_shortened(self.text)}`"
            )
        run = _Run(self, columns, units, within)
        values = run.as_numbers(run.of(self.tree))
        values = np.broadcast_to(values, run.shape).astype(float)
        return Evaluation(
            pd.Series(values, index=run.index), pd.Series(run.undefined & np.isnan(values), index=run.index)
        )

    def holds(self, columns: Mapping[str, pd.Series], units: Mapping[str, str] | None = None) -> pd.Series:
        """Rows in which a condition holds; where it cannot be decided (missing cells) it does not.

        Raises
        ------
        FormulaError
            If the formula is no condition: its values are neither true and false nor 1 and 0.
        """
        import numpy as np

        values = self.evaluate(columns, units)
        known = values.notna()
        if not np.isin(values[known].to_numpy(), (0.0, 1.0)).all():
            raise FormulaError(
                f"{self.where}: `{_shortened(self.text)}` is no condition; compare it with something"
            )
        return known & (values == 1)


class _Bare:
    """The unit of a bare number: whatever stands beside it."""


_Unit = Any  # pint.Quantity, _Bare or TEXT


class _Units:
    """Derives the unit of every part, as a pint quantity: one of that unit."""

    def __init__(self, formula: Formula, units: Mapping[str, str]) -> None:
        from nianjian import units as unit_module

        self.formula, self.units, self.module = formula, units, unit_module
        self.number = unit_module.parse_unit(NUMBER)
        self.made: list[ast.expr] = []
        self.seen: dict[int, _Unit] = {}  # else a chain of sums is walked twice at every level

    def fail(self, what: str) -> FormulaError:
        return FormulaError(f"{self.formula.where}: {what} in `{_shortened(self.formula.text)}`")

    def of(self, node: ast.expr) -> _Unit:
        if id(node) not in self.seen:
            self.seen[id(node)] = self._derived(node)
        return self.seen[id(node)]

    def _derived(self, node: ast.expr) -> _Unit:
        match node:
            case ast.Constant(value=str()):
                return TEXT
            case ast.Constant():
                return _Bare()
            case ast.Name(id=name):
                return self._named(name)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self._quantity(operand, "not")
                return self.number
            case ast.UnaryOp(operand=operand):
                return self._measured(operand, "-")
            case ast.BoolOp(values=values):
                for value in values:
                    self._quantity(value, "and/or")
                return self.number
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                for op, right in zip(ops, comparators, strict=True):
                    for element in right.elts if isinstance(right, ast.List | ast.Tuple) else [right]:
                        self._alike(left, element, "compares {left} with {right}")
                    if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) and self.of(left) == TEXT:
                        raise self.fail(f"text can be compared by == and !=, not by {_COMPARE[type(op)]},")
                    left = right
                return self.number
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                self._measured(left, "+")
                return self._alike(left, right, _BINARY[type(op)][1])
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                a, b = self._measured(left, "*"), self._measured(right, "*")
                return (
                    _Bare()
                    if isinstance(a, _Bare) and isinstance(b, _Bare)
                    else self._plain(a) * self._plain(b)
                )
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                a, b = self._measured(left, "/"), self._measured(right, "/")
                return (
                    _Bare()
                    if isinstance(a, _Bare) and isinstance(b, _Bare)
                    else self._plain(a) / self._plain(b)
                )
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(left, right)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._called(name, arguments)
        raise self.fail("something that is no formula")

    def _named(self, name: str) -> _Unit:
        declared = self.units[name]
        if declared == TEXT:
            return TEXT
        try:
            return self.module.parse_unit(declared)
        except DeclarationError as error:
            raise FormulaError(f"{self.formula.where}: unit of '{name}': {error}") from None

    def _measured(self, node: ast.expr, operation: str) -> _Unit:
        unit = self.of(node)
        if unit == TEXT:
            raise self.fail(f"'{operation}' needs numbers, `{ast.unparse(node)}` is text,")
        return unit

    def _quantity(self, node: ast.expr, operation: str) -> pint.Quantity:
        return self._plain(self._measured(node, operation))

    def _plain(self, unit: _Unit) -> pint.Quantity:
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
        shown = {"left": f"'{self.module.format_unit(a)}'", "right": f"'{self.module.format_unit(b)}'"}
        if a.dimensionality != b.dimensionality:
            raise self.fail(what.format(**shown))
        if not math.isclose(float((a / b).to_base_units().magnitude), 1, rel_tol=1e-9):
            target = self.module.format_unit(a)
            raise self.fail(
                f"{what.format(**shown)}, which differ in size; write to({ast.unparse(right)}, '{target}')"
            )
        return a

    def _power(self, left: ast.expr, right: ast.expr) -> _Unit:
        base, exponent = self._measured(left, "**"), self._measured(right, "**")
        if isinstance(base, _Bare):
            return self._dimensionless(exponent, right, "an exponent")
        if (number := _number(right)) is not None:
            return base**number
        self._dimensionless(exponent, right, "an exponent")
        if not base.dimensionless:
            unit = self.module.format_unit(base)
            raise self.fail(f"'{unit}' can only be raised to a fixed number, not to `{ast.unparse(right)}`,")
        return base

    def _dimensionless(self, unit: _Unit, node: ast.expr, what: str) -> _Unit:
        if not isinstance(unit, _Bare) and not unit.dimensionless:
            shown = self.module.format_unit(unit)
            raise self.fail(f"{what} must be a pure number, `{ast.unparse(node)}` is in '{shown}',")
        return unit

    def _kept(self, node: ast.expr) -> ast.expr:
        """Keep a made node alive: its id is a key of ``seen``."""
        self.made.append(node)
        return node

    def _called(self, name: str, arguments: list[ast.expr]) -> _Unit:
        if name in _ELEMENTWISE:
            nodes: list[ast.expr] = []
            for argument in arguments:
                names = self.formula.patterns[argument.value] if _is_text(argument) else None  # type: ignore[attr-defined]
                nodes += [self._kept(ast.Name(each)) for each in names] if names else [argument]
            unit = self._measured(nodes[0], name)
            for node in nodes[1:]:
                self._measured(node, name)
                other = self._alike(nodes[0], node, f"{name}(...) mixes {{left}} and {{right}}")
                unit = other if isinstance(unit, _Bare) else unit
            return self.number if name == "hhi" else unit
        unit = self._measured(arguments[0], name)
        if name in ("ln", "log10", "log1p", "growth", "share"):
            return self.number
        if name == "exp":
            self._dimensionless(unit, arguments[0], "the argument of exp")
            return self.number
        if name == "sqrt":
            return unit if isinstance(unit, _Bare) else unit**0.5
        if name == "to":
            try:
                target = self.module.parse_unit(arguments[1].value)  # type: ignore[attr-defined]
            except DeclarationError as error:
                raise FormulaError(f"{self.formula.where}: {error}") from None
            if self._plain(unit).dimensionality != target.dimensionality:
                have, want = self.module.format_unit(self._plain(unit)), self.module.format_unit(target)
                raise self.fail(f"'{have}' cannot be converted to '{want}'")
            return target
        return unit


class _Run:
    """Evaluates the tree on arrays; words are object arrays, conditions pandas' three-valued booleans."""

    def __init__(
        self,
        formula: Formula,
        columns: Mapping[str, pd.Series],
        units: Mapping[str, str] | None,
        within: pd.Series | None,
    ) -> None:
        import numpy as np
        import pandas as pd

        self.np, self.pd = np, pd
        self.formula, self.columns, self.units = formula, columns, units
        some = columns["city"] if "city" in columns else next((columns[name] for name in formula.names), None)
        if some is None:
            raise FormulaError(
                f"{formula.where}: there are no rows to compute `{_shortened(formula.text)}` on"
            )
        self.index, self.shape = some.index, (len(some),)
        self.undefined = np.zeros(self.shape, dtype=bool)
        self.within = np.ones(self.shape, bool) if within is None else within.to_numpy(dtype=bool)

    def fail(self, what: str) -> FormulaError:
        return FormulaError(f"{self.formula.where}: {what} in `{_shortened(self.formula.text)}`")

    def of(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=str() as value):
                return value
            case ast.Constant(value=value):
                return float(value)
            case ast.Name(id=name):
                return self._column(name)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ~self._condition(self.of(operand))
            case ast.UnaryOp(op=op, operand=operand):
                value = self.as_numbers(self.of(operand))
                return -value if isinstance(op, ast.USub) else value
            case ast.BoolOp(op=op, values=values):
                result = self._condition(self.of(values[0]))
                for value in values[1:]:
                    other = self._condition(self.of(value))
                    result = result & other if isinstance(op, ast.And) else result | other
                return result
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self._compared(left, ops, comparators)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, self.as_numbers(self.of(left)), self.as_numbers(self.of(right)))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._called(name, arguments)
        raise self.fail("something that is no formula")

    def _column(self, name: str) -> Any:
        series = self.columns[name]
        if self.pd.api.types.is_bool_dtype(series.dtype):
            return self.pd.array(series, dtype="boolean")
        if self.pd.api.types.is_numeric_dtype(series.dtype):
            values = series.to_numpy(dtype=float, na_value=self.np.nan)
            if self.np.isinf(values).any():
                raise self.fail(f"column '{name}' holds infinite values")
            return values
        return series.to_numpy(dtype=object)

    def as_numbers(self, value: Any) -> Any:
        if isinstance(value, str) or (isinstance(value, self.np.ndarray) and value.dtype == object):
            raise self.fail("text stands where a number is needed")
        if hasattr(value, "isna"):
            return value.to_numpy(dtype=float, na_value=self.np.nan)
        return value

    def _condition(self, value: Any) -> Any:
        if hasattr(value, "isna"):
            return value
        numbers = self.np.broadcast_to(self.as_numbers(value), self.shape)
        missing = self.np.isnan(numbers)
        if not self.np.isin(numbers[~missing], (0.0, 1.0)).all():
            raise self.fail("and, or and not join conditions; a number stands there")
        return self.pd.arrays.BooleanArray(self.np.where(missing, False, numbers == 1), missing)

    def _compared(self, left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr]) -> Any:
        result = None
        for op, right in zip(ops, comparators, strict=True):
            a = self.of(left)
            if isinstance(op, ast.In | ast.NotIn):
                found = None
                for element in right.elts:  # type: ignore[attr-defined]
                    equal = self._pair(ast.Eq(), a, self.of(element))
                    found = equal if found is None else found | equal
                step = ~found if isinstance(op, ast.NotIn) else found
            else:
                step = self._pair(op, a, self.of(right))
            result = step if result is None else result & step
            left = right
        return result

    def _pair(self, op: ast.cmpop, a: Any, b: Any) -> Any:
        np = self.np
        words = [isinstance(v, str) or (isinstance(v, np.ndarray) and v.dtype == object) for v in (a, b)]
        if any(words) and not all(words):
            raise self.fail("text is compared with a number")
        if all(words):
            if not isinstance(op, ast.Eq | ast.NotEq):
                raise self.fail("text can be compared by == and != only")
            a, b = (np.broadcast_to(np.asarray(v, dtype=object), self.shape) for v in (a, b))
            missing = self.pd.isna(a) | self.pd.isna(b)
            equal = np.array([x == y for x, y in zip(a, b, strict=True)], dtype=bool)
            return self.pd.arrays.BooleanArray(
                np.where(missing, False, equal if isinstance(op, ast.Eq) else ~equal), missing
            )
        a, b = (np.broadcast_to(self.as_numbers(v), self.shape) for v in (a, b))
        compare = getattr(np, _UFUNC[type(op)])
        missing = np.isnan(a) | np.isnan(b)
        return self.pd.arrays.BooleanArray(np.where(missing, False, compare(a, b)), missing)

    def _checked(self, result: Any, undefined: Any, *inputs: Any) -> Any:
        """Note undefined cells, stop where finite inputs overflowed."""
        np = self.np
        finite = np.ones(self.shape, dtype=bool)
        for value in inputs:
            finite &= np.isfinite(np.broadcast_to(value, self.shape))
        undefined = finite & np.broadcast_to(undefined, self.shape)
        self.undefined |= undefined
        result = np.where(undefined, np.nan, np.broadcast_to(result, self.shape))
        lost = finite & ~undefined & ~np.isfinite(result)
        if lost.any():
            raise self.fail(f"a number overflows {self._place(lost)}")
        return result

    def _place(self, mask: np.ndarray) -> str:
        first = int(self.np.flatnonzero(mask)[0])
        if "city" in self.columns and "year" in self.columns:
            return f"(city {self.columns['city'].iloc[first]}, {self.columns['year'].iloc[first]})"
        return f"(row {self.index[first]})"

    def _binary(self, op: ast.operator, a: Any, b: Any) -> Any:
        np = self.np
        with np.errstate(all="ignore"):
            match op:
                case ast.Add():
                    return self._checked(np.add(a, b), False, a, b)
                case ast.Sub():
                    return self._checked(np.subtract(a, b), False, a, b)
                case ast.Mult():
                    return self._checked(np.multiply(a, b), False, a, b)
                case ast.Div():
                    return self._checked(np.divide(a, b), np.equal(b, 0), a, b)
                case _:
                    zero = np.equal(a, 0) & np.less(b, 0)
                    root = np.less(a, 0) & np.not_equal(b, np.floor(b))
                    return self._checked(np.power(np.asarray(a, float), b), zero | root, a, b)

    def _called(self, name: str, arguments: list[ast.expr]) -> Any:
        np = self.np
        if name in _ELEMENTWISE:
            return self._elementwise(name, arguments)
        x = np.array(np.broadcast_to(self.as_numbers(self.of(arguments[0])), self.shape), dtype=float)
        rest = arguments[1:]
        with np.errstate(all="ignore"):
            match name:
                case "ln":
                    return self._checked(np.log(x), x <= 0, x)
                case "log10":
                    return self._checked(np.log10(x), x <= 0, x)
                case "log1p":
                    return self._checked(np.log1p(x), x <= -1, x)
                case "sqrt":
                    return self._checked(np.sqrt(x), x < 0, x)
                case "exp":
                    return self._checked(np.exp(x), False, x)
                case "abs":
                    return np.abs(x)
                case "lag" | "lead":
                    years = int(_number(rest[0]) or 0) if rest else 1
                    return self._moved(x, years if name == "lag" else -years)
                case "diff":
                    return x - self._moved(x, 1)
                case "growth":
                    before = self._moved(x, 1)
                    return self._checked(x / before - 1, before == 0, x, before)
                case "at":
                    return self._at(x, int(_number(rest[0]) or 0))
                case "mean" | "median" | "sd":
                    sample = self.pd.Series(x[self.within])
                    total = {"mean": sample.mean, "median": sample.median, "sd": sample.std}[name]()
                    return np.full(self.shape, float(total))
                case "mean_by" | "sum_by" | "share":
                    return self._by(name, x, [key.id for key in rest])  # type: ignore[attr-defined]
                case "winsor":
                    return self._winsor(x, *(float(_number(limit) or 0) for limit in rest))
                case "to":
                    return self._converted(x, arguments)
        raise self.fail(f"function {name} that cannot be computed")

    def _elementwise(self, name: str, arguments: list[ast.expr]) -> Any:
        np = self.np
        parts = []
        for argument in arguments:
            if _is_text(argument):
                parts += [self._column(each) for each in self.formula.patterns[argument.value]]  # type: ignore[attr-defined]
            else:
                parts.append(self.of(argument))
        stacked = np.vstack([np.broadcast_to(self.as_numbers(part), self.shape) for part in parts])
        with np.errstate(all="ignore"):
            if name == "min":
                return stacked.min(axis=0)
            if name == "max":
                return stacked.max(axis=0)
            if name == "first":
                held = np.isfinite(stacked)
                return np.where(
                    held.any(axis=0), stacked[held.argmax(axis=0), np.arange(self.shape[0])], np.nan
                )
            total = stacked.sum(axis=0)
            if name == "sum_of":
                return self._checked(total, False, *stacked)
            return self._checked(((stacked / total) ** 2).sum(axis=0), total == 0, *stacked)

    def _keys(self) -> Any:
        if "city" not in self.columns or "year" not in self.columns:
            raise self.fail("looking at other years needs columns 'city' and 'year', one is missing")
        keys = self.pd.MultiIndex.from_arrays(
            [self.columns["city"].to_numpy(), self.columns["year"].to_numpy()]
        )
        if not keys.is_unique:
            raise self.fail("looking at other years needs one row a city-year, some are repeated")
        return keys

    def _moved(self, x: np.ndarray, years: int) -> np.ndarray:
        """Values of the same city ``years`` earlier, by year, so that absent rows give missing cells."""
        keys = self._keys()
        earlier = self.pd.MultiIndex.from_arrays([keys.get_level_values(0), keys.get_level_values(1) - years])
        position = keys.get_indexer(earlier)
        return self.np.where(position >= 0, x[position], self.np.nan)

    def _at(self, x: np.ndarray, year: int) -> np.ndarray:
        keys = self._keys()
        there = self.pd.MultiIndex.from_arrays([keys.get_level_values(0), self.np.full(self.shape, year)])
        position = keys.get_indexer(there)
        return self.np.where(position >= 0, x[position], self.np.nan)

    def _by(self, name: str, x: np.ndarray, keys: list[str]) -> np.ndarray:
        columns = [self.columns[key].to_numpy() for key in keys]
        whole = self.pd.DataFrame({f"k{i}": column for i, column in enumerate(columns)}).assign(x=x)
        names = [f"k{i}" for i in range(len(keys))]
        grouped = whole[self.within].groupby(names, observed=True)["x"]
        totals = grouped.mean() if name == "mean_by" else grouped.sum(min_count=1)
        value = whole[names].join(totals.rename("total"), on=names)["total"].to_numpy(dtype=float)
        return self._checked(x / value, value == 0, x, value) if name == "share" else value

    def _winsor(self, x: np.ndarray, low: float, high: float) -> np.ndarray:
        sample = x[self.within & self.np.isfinite(x)]
        if not sample.size:
            return x
        # Stata's percentiles, which winsor2 cuts at.
        ends = self.np.quantile(sample, [low, high], method="averaged_inverted_cdf")
        return self.np.clip(x, *ends)

    def _converted(self, x: np.ndarray, arguments: list[ast.expr]) -> np.ndarray:
        from nianjian import units as unit_module

        if self.units is None:
            raise self.fail("to(...) needs the columns' units, none are given")
        unit = _Units(self.formula, {**BUILT_IN, **self.units}).of(arguments[0])
        source = NUMBER if isinstance(unit, _Bare) else unit_module.format_unit(unit)
        return x * unit_module.factor(source, arguments[1].value)  # type: ignore[attr-defined]
