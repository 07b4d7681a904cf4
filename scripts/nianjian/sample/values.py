"""Values that formulas compare a city's fixed properties with: ``region == 'eastern'`` must be a region that there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TYPE_CHECKING

from nianjian import formulas
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.formulas.nodes import tree_of

if TYPE_CHECKING:
    from nianjian.sample.declaration import SampleDeclaration

Value = str | float
CODES = ("city", "province")
"""Names whose values are codes."""
LISTED = 8
"""So many values a message names where none is near."""


def known_values(declaration: SampleDeclaration) -> dict[str, frozenset[Value]]:
    """Every value of each attribute, and the codes of cities and provinces, by the name that formulas use."""
    return {
        **{each.name: frozenset(each.held) for each in declaration.attributes},
        "city": frozenset(float(city.code) for city in declaration.book),
        **_provinces(declaration),
    }


def _provinces(declaration: SampleDeclaration) -> dict[str, frozenset[Value]]:
    """Codes of provinces; none are known of units that are no places."""
    found = frozenset(float(city.province) for city in declaration.book if city.province is not None)
    return {"province": found} if found else {}


def check_values(
    formula: str | formulas.Formula, values: Mapping[str, AbstractSet[Value]], context: str
) -> None:
    """Every value that ``==``, ``!=``, ``in`` or ``not in`` compares a name with must be one that the name has.

    Parameters
    ----------
    formula : a formula, parsed or as text
    values : values by name, see :func:`known_values`; other names are not looked at
    context : what messages open with: file and key

    Raises
    ------
    DeclarationError
        Naming the value, with a suggestion.
    """
    text = " ".join((formula if isinstance(formula, str) else formula.text).split())
    try:
        compared = _comparisons(text)
    except (SyntaxError, ValueError):
        raise DeclarationError(f"{context}: `{text}` is no formula") from None
    for name, value in compared:
        if name in values and value not in values[name]:
            raise DeclarationError(
                f"{context}: {_what(name, value, values[name])} in `{text}`{_hint(value, values[name])}"
            )


@lru_cache(maxsize=4096)
def _comparisons(text: str) -> tuple[tuple[str, Value], ...]:
    """(name, value) of every comparison for equality in a formula; studies and their variants share most formulas."""
    return tuple(_compared(tree_of(text)))


def _compared(tree: ast.AST) -> Iterator[tuple[str, Value]]:
    """(name, value) of every comparison for equality."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        for left, op, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            if not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
                continue
            for one, other in ((left, right), (right, left)):
                if isinstance(one, ast.Name):
                    yield from ((one.id, value) for value in _constants(other))


def _constants(node: ast.expr) -> Iterator[Value]:
    for each in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
        sign = -1 if isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.USub) else 1
        inner = each.operand if isinstance(each, ast.UnaryOp) else each
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str | int | float):
            yield inner.value if isinstance(inner.value, str) else sign * float(inner.value)


def _what(name: str, value: Value, known: AbstractSet[Value]) -> str:
    if known and not any(isinstance(each, type(value)) for each in known):
        kinds = ("a number", "text") if isinstance(value, str) else ("text", "a number")
        return f"{name} is {kinds[0]} and {_shown(value)} is {kinds[1]}"
    if name in CODES:
        return f"there is no {name} {_shown(value)}"
    return f"no city has the {name} {_shown(value)}"


def _hint(value: Value, known: AbstractSet[Value]) -> str:
    shown = sorted(_shown(each) for each in known)
    near = suggestion(
        str(value) if isinstance(value, str) else _shown(value), [each.strip("'") for each in shown]
    )
    if near or not shown:
        return near
    more = f" and {len(shown) - LISTED} more" if len(shown) > LISTED else ""
    return f"; it is one of {', '.join(shown[:LISTED])}{more}"


def _shown(value: Value) -> str:
    return f"'{value}'" if isinstance(value, str) else f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}"
