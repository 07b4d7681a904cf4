"""The language of conditions over results: numbers of estimates and measures, compared and joined.

``positive('baseline', 'did', 0.01) and estimate('east', 'did') > estimate('west', 'did')``: a condition is made of questions
(:data:`QUESTIONS`), numbers, ``+ - * /``, comparisons, ``and``, ``or`` and ``not``. Its form is checked when it is read; what
its questions name is checked by :mod:`nianjian.headlines.names`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.formulas.nodes import number_of, shortened, text_of

Gives = Literal["number", "truth"]
FIRST, LAST = "first", "last"
"""Names of a study's first and last year, which those of a variant may differ from."""
Argument = str | float
MAX_DEPTH = 20


@dataclass(frozen=True)
class Question:
    """What can be asked of results.

    Attributes
    ----------
    name : as it is written
    needs : its arguments in their order: ``spec``, ``term``, ``index``, ``measure``, ``year``, ``level``
    may : further arguments with what they are if left out; ``group``, ``other`` and ``component`` are given by name
    gives : a number, or whether something is so
    means : for readers
    """

    name: str
    needs: tuple[str, ...]
    may: Mapping[str, Argument]
    gives: Gives
    means: str

    @property
    def signature(self) -> str:
        """``positive(spec, term, level=0.05)``."""
        return f"{self.name}({', '.join([*self.needs, *(f'{name}={value!r}' for name, value in self.may.items())])})"


OF_CELL: Mapping[str, Argument] = {"group": "", "other": "", "component": ""}
"""Which row of a measure: of a group, of a pair, of a component."""
QUESTIONS = {
    each.name: each
    for each in (
        Question("estimate", ("spec", "term"), {}, "number", "an estimate, test statistic or fit statistic"),
        Question("std_error", ("spec", "term"), {}, "number", "its standard error"),
        Question("p_value", ("spec", "term"), {}, "number", "its p-value"),
        Question(
            "positive", ("spec", "term"), {"level": 0.05}, "truth", "the estimate is above zero, p at most `level`"
        ),
        Question(
            "negative", ("spec", "term"), {"level": 0.05}, "truth", "the estimate is below zero, p at most `level`"
        ),
        Question("significant", ("spec", "term"), {"level": 0.05}, "truth", "p is at most `level`"),
        Question("insignificant", ("spec", "term"), {"level": 0.1}, "truth", "p is above `level`"),
        Question(
            "positive_each_year", ("spec", "term"), {"level": 0.05}, "truth", "`positive` holds in every year"
        ),
        Question(
            "leads_insignificant", ("spec",), {"level": 0.1}, "truth",
            "of an event study: p is above `level` in every period before the base",
        ),
        Question("lags_positive", ("spec",), {}, "number", "of an event study: share of the periods after with a positive estimate"),
        Question("lags_rising", ("spec",), {}, "number", "of an event study: share of the steps between periods after that go up"),
        Question("measure", ("index", "measure", "year"), OF_CELL, "number", "a measure of inequality in a year"),
        Question("rank", ("index", "measure", "year"), OF_CELL, "number", "its rank among those of its kind in the year, 1 the largest"),
        Question("peak", ("index", "measure"), OF_CELL, "number", "the year in which a measure is largest"),
    )
}  # fmt: skip
"""All questions by name."""
COMPARED: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}
JOINED: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


@dataclass(frozen=True)
class Call:
    """A question with its arguments, all of them filled in."""

    question: Question
    given: Mapping[str, Argument]

    def text(self, name: str) -> str:
        """An argument that is text."""
        return str(self.given[name])

    @property
    def level(self) -> float:
        """The level of significance."""
        return float(self.given["level"])


@dataclass(frozen=True)
class Condition:
    """A condition whose form is right.

    Attributes
    ----------
    text : in one line
    where : file and key for messages
    tree : its syntax tree
    calls : its questions, by their node
    """

    text: str
    where: str
    tree: ast.expr
    calls: Mapping[ast.Call, Call]


def parse(text: str, where: str) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text : the condition
    where : file and key for messages

    Raises
    ------
    DeclarationError
        If it is none; the message says what is wrong and what can be written.
    """
    line = " ".join(text.split())
    try:
        tree = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DeclarationError(f"{where}: `{shortened(text)}` is no condition") from None
    checker = _Checker(line, where)
    if checker.visit(tree, 0) != "truth":
        raise checker.fail("it gives a number; compare it with something")
    return Condition(line, where, tree, checker.calls)


@dataclass
class _Checker:
    """Walks the tree once, says what each part gives, and collects the questions."""

    line: str
    where: str
    calls: dict[ast.Call, Call] = field(default_factory=dict)

    def fail(self, what: str) -> DeclarationError:
        return DeclarationError(f"{self.where}: {what} (in `{shortened(self.line)}`)")

    def visit(self, node: ast.expr, depth: int) -> Gives:
        if depth > MAX_DEPTH:
            raise self.fail(f"more than {MAX_DEPTH} operations inside each other; write two claims")
        check = self._checks.get(type(node))
        if check is None:
            raise self.fail(
                f"`{shortened(ast.unparse(node))}` is not available; a condition is made of {_known()}"
            )
        return check(self, node, depth + 1)

    def _want(self, node: ast.expr, depth: int, gives: Gives) -> None:
        if self.visit(node, depth) != gives:
            other = "a number" if gives == "number" else "something that holds or not"
            raise self.fail(f"expected {other} where `{shortened(ast.unparse(node))}` stands")

    def _number(self, node: ast.Constant, depth: int) -> Gives:
        if number_of(node) is None:
            raise self.fail(f"{node.value!r} stands alone; write a number, or a question with it")
        return "number"

    def _all(self, node: ast.BoolOp, depth: int) -> Gives:
        for each in node.values:
            self._want(each, depth, "truth")
        return "truth"

    def _unary(self, node: ast.UnaryOp, depth: int) -> Gives:
        gives: Gives = "truth" if isinstance(node.op, ast.Not) else "number"
        if isinstance(node.op, ast.Invert):
            raise self.fail("'~' is not available; write not")
        self._want(node.operand, depth, gives)
        return gives

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Gives:
        if type(node.op) not in JOINED:
            raise self.fail(f"`{shortened(ast.unparse(node))}`: there is + - * /")
        self._want(node.left, depth, "number")
        self._want(node.right, depth, "number")
        return "number"

    def _comparison(self, node: ast.Compare, depth: int) -> Gives:
        if any(type(op) not in COMPARED for op in node.ops):
            raise self.fail(f"`{shortened(ast.unparse(node))}`: there is < <= > >= == !=")
        for each in (node.left, *node.comparators):
            self._want(each, depth, "number")
        return "truth"

    def _call(self, node: ast.Call, depth: int) -> Gives:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in QUESTIONS:
            raise self.fail(
                f"there is no question '{name}'{suggestion(name, QUESTIONS)}; there is {_known()}"
            )
        question = QUESTIONS[name]
        given = self._arguments(node, question)
        self.calls[node] = Call(question, {**question.may, **given})
        return question.gives

    def _arguments(self, node: ast.Call, question: Question) -> dict[str, Argument]:
        order = [*question.needs, *(name for name in question.may if name not in OF_CELL)]
        named = {each.arg or "**": each.value for each in node.keywords}
        values = dict(zip(order, node.args, strict=False)) | named
        unknown = [name for name in named if name not in (*order, *question.may)]
        lacking = [name for name in question.needs if name not in values]
        if unknown or lacking or len(node.args) > len(order) or set(named) & set(order[: len(node.args)]):
            raise self.fail(f"`{shortened(ast.unparse(node))}`: write {question.signature}")
        return {name: self._argument(name, value) for name, value in values.items()}

    def _argument(self, name: str, node: ast.expr) -> Argument:
        """A level or a year is a number, all else text."""
        number, text = number_of(node), text_of(node)
        if name == "year":
            if isinstance(node, ast.Name) and node.id in (FIRST, LAST):
                return node.id
            if number is None or number % 1:
                raise self.fail(
                    f"`{ast.unparse(node)}` is no year; write one such as 2016, {FIRST} or {LAST}"
                )
            return number
        if name == "level":
            if number is None or not 0 < number < 1:
                raise self.fail(f"`{ast.unparse(node)}` is no level of significance; write one such as 0.05")
            return number
        if text is None:
            raise self.fail(f"the {name} is text in quotes, not `{shortened(ast.unparse(node))}`")
        return text

    _checks: ClassVar[dict[type[ast.expr], Callable[[_Checker, Any, int], Gives]]] = {
        ast.Constant: _number,
        ast.BoolOp: _all,
        ast.UnaryOp: _unary,
        ast.BinOp: _arithmetic,
        ast.Compare: _comparison,
        ast.Call: _call,
    }


def _known() -> str:
    return ", ".join(QUESTIONS)
