"""The functions that formulas may call: what each is called, means, measures and computes.

An implementation gets the evaluation that it is part of, which holds numpy: importing this module loads nothing
heavy. Adding a function is one entry of ``FUNCTIONS`` and, where none fits, one small function beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from nianjian.formulas.nodes import number_of

if TYPE_CHECKING:
    from nianjian.formulas.evaluation import Array, Evaluator

MANY = 100
"""Most arguments of a function that takes any number."""

Rest = Literal["columns", "keys", "years", "limits", "unit", "none"]
"""What stands behind the first argument: more columns or patterns of names, names of keys, a whole number of
years, two quantiles, a unit in quotes, or nothing."""

UnitRule = Literal["same", "number", "exponent", "root", "target"]
UNIT_RULES: dict[UnitRule, str] = {
    "same": "the unit of x",
    "number": "a pure number",
    "exponent": "a pure number, as x must be",
    "root": "the square root of the unit of x",
    "target": "the unit that is named",
}
"""How the unit of a result follows from that of x. Columns beside x are in the unit of x."""


@dataclass(frozen=True)
class Function:
    """A function that formulas may call.

    Attributes
    ----------
    name : as it is called
    arguments : how they are written; ``k``, ``lo``, ``hi`` are numbers, ``key`` a name, ``...`` more of the same
    description : what it does, in one sentence
    arity : fewest and most arguments
    compute : values from the evaluation, the first argument's values (where ``rest`` is ``columns``, those of all
        arguments below each other) and the arguments as written
    rest : what the arguments behind the first are
    unit : which rule gives the result's unit
    """

    name: str
    arguments: str
    description: str
    arity: tuple[int, int]
    compute: Callable[[Evaluator, Array, list[ast.expr]], Array]
    rest: Rest = "none"
    unit: UnitRule = "same"

    @property
    def signature(self) -> str:
        """How it is written: ``winsor(x, lo, hi)``."""
        return f"{self.name}({self.arguments})"


class FunctionEntry(NamedTuple):
    """A function as the documentation lists it."""

    name: str
    signature: str
    description: str
    unit: str


def _whole(node: ast.expr) -> int:
    return int(number_of(node) or 0)


def _ln(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.checked(run.np.log(x), x <= 0, x)


def _log10(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.checked(run.np.log10(x), x <= 0, x)


def _log1p(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.checked(run.np.log1p(x), x <= -1, x)


def _exp(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.checked(run.np.exp(x), False, x)


def _sqrt(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.checked(run.np.sqrt(x), x < 0, x)


def _abs(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    result: Array = run.np.abs(x)
    return result


def _min(run: Evaluator, columns: Array, arguments: list[ast.expr]) -> Array:
    result: Array = columns.min(axis=0)
    return result


def _max(run: Evaluator, columns: Array, arguments: list[ast.expr]) -> Array:
    result: Array = columns.max(axis=0)
    return result


def _first(run: Evaluator, columns: Array, arguments: list[ast.expr]) -> Array:
    held = run.np.isfinite(columns)
    chosen = columns[held.argmax(axis=0), run.np.arange(columns.shape[1])]
    result: Array = run.np.where(held.any(axis=0), chosen, run.np.nan)
    return result


def _sum_of(run: Evaluator, columns: Array, arguments: list[ast.expr]) -> Array:
    return run.checked(columns.sum(axis=0), False, *columns)


def _hhi(run: Evaluator, columns: Array, arguments: list[ast.expr]) -> Array:
    total = columns.sum(axis=0)
    return run.checked(((columns / total) ** 2).sum(axis=0), total == 0, *columns)


def _lag(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.moved(x, _whole(arguments[1]) if arguments[1:] else 1)


def _lead(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.moved(x, -(_whole(arguments[1]) if arguments[1:] else 1))


def _diff(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return x - run.moved(x, 1)


def _growth(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    before = run.moved(x, 1)
    return run.checked(x / before - 1, before == 0, x, before)


def _at(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.in_year(x, _whole(arguments[1]))


def _mean(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.everywhere(run.pd.Series(x[run.within]).mean())


def _median(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.everywhere(run.pd.Series(x[run.within]).median())


def _sd(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.everywhere(run.pd.Series(x[run.within]).std())


def _mean_by(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.by_key(x, arguments[1:], lambda groups: groups.mean())


def _sum_by(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.by_key(x, arguments[1:], lambda groups: groups.sum(min_count=1))


def _share(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    total = _sum_by(run, x, arguments)
    return run.checked(x / total, total == 0, x, total)


def _winsor(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    sample = x[run.within & run.np.isfinite(x)]
    if not sample.size:
        return x
    # Stata's percentiles, which winsor2 cuts at.
    limits = [float(number_of(limit) or 0) for limit in arguments[1:]]
    ends = run.np.quantile(sample, limits, method="averaged_inverted_cdf")
    result: Array = run.np.clip(x, *ends)
    return result


def _to(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return x * run.factor(arguments[0], arguments[1])


FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function(
            "ln",
            "x",
            "Natural logarithm of the number in its declared unit; undefined at 0 and below.",
            (1, 1),
            _ln,
            unit="number",
        ),
        Function("log10", "x", "Logarithm to base 10.", (1, 1), _log10, unit="number"),
        Function("log1p", "x", "ln(1 + x), for quantities that can be 0.", (1, 1), _log1p, unit="number"),
        Function("exp", "x", "Exponential of a number without unit.", (1, 1), _exp, unit="exponent"),
        Function("sqrt", "x", "Square root; undefined below 0.", (1, 1), _sqrt, unit="root"),
        Function("abs", "x", "Absolute value.", (1, 1), _abs),
        Function(
            "min",
            "x, y, ...",
            "Smallest of the arguments in a row; missing if one is.",
            (2, MANY),
            _min,
            "columns",
        ),
        Function(
            "max",
            "x, y, ...",
            "Largest of the arguments in a row; missing if one is.",
            (2, MANY),
            _max,
            "columns",
        ),
        Function(
            "first", "x, y, ...", "The first argument that is not missing.", (2, MANY), _first, "columns"
        ),
        Function(
            "sum_of",
            "x, y, ...",
            "Sum; a pattern such as 'emp_sector_*' names several.",
            (1, MANY),
            _sum_of,
            "columns",
        ),
        Function(
            "hhi",
            "x, y, ...",
            "Sum of squared shares in the total; diversity is 1 / hhi(...).",
            (1, MANY),
            _hhi,
            "columns",
            "number",
        ),
        Function(
            "lag", "x, k", "x of the same city k years earlier (k is 1 if left out).", (1, 2), _lag, "years"
        ),
        Function("lead", "x, k", "x of the same city k years later.", (1, 2), _lead, "years"),
        Function("diff", "x", "x less x of the year before.", (1, 1), _diff),
        Function("growth", "x", "x / lag(x, 1) - 1; a ratio, not percent.", (1, 1), _growth, unit="number"),
        Function("at", "x, year", "x of the same city in one year: at(gdp, 2014).", (2, 2), _at, "years"),
        Function("mean", "x", "Mean over the sample's city-years.", (1, 1), _mean),
        Function("median", "x", "Median over the sample's city-years.", (1, 1), _median),
        Function("sd", "x", "Standard deviation (n - 1) over the sample's city-years.", (1, 1), _sd),
        Function(
            "mean_by",
            "x, key, ...",
            "Mean over the sample's rows with the same keys: mean_by(x, city).",
            (2, 6),
            _mean_by,
            "keys",
        ),
        Function(
            "sum_by",
            "x, key, ...",
            "Sum over the sample's rows with the same keys.",
            (2, 6),
            _sum_by,
            "keys",
        ),
        Function(
            "share",
            "x, key, ...",
            "x / sum_by(x, key, ...): share(gdp, year).",
            (2, 6),
            _share,
            "keys",
            "number",
        ),
        Function(
            "winsor",
            "x, lo, hi",
            "x cut off at two quantiles of the sample: winsor(x, 0.01, 0.99).",
            (3, 3),
            _winsor,
            "limits",
        ),
        Function(
            "to", "x, 'unit'", "x in another unit: to(ind_so2, '10^4 t').", (2, 2), _to, "unit", "target"
        ),
    )
}
"""Every function that formulas may call, by name."""


def catalogue() -> list[FunctionEntry]:
    """Name, signature, description and unit of every function, in the registry's order, for the documentation."""
    return [FunctionEntry(f.name, f.signature, f.description, UNIT_RULES[f.unit]) for f in FUNCTIONS.values()]
