"""The functions that formulas may call: what each is called, means, measures and computes.

An implementation gets the evaluation that it is part of, which holds numpy: importing this module loads nothing
heavy. Adding a function is one entry of ``FUNCTIONS`` and, where none fits, one small function beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from nianjian.formulas.examples import EXAMPLES
from nianjian.formulas.nodes import number_of

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.formulas.evaluation import Array, Evaluator

MANY = 100
"""Most arguments of a function that takes any number."""

Rest = Literal["columns", "keys", "groups", "years", "limits", "unit", "rates", "inventory", "splice", "none"]
"""What stands behind the first argument: more columns or patterns of names, names of keys, a number of groups and perhaps
names of keys, a whole number of years, two quantiles, a unit in quotes, a column of rates and a year, a rate of depreciation with a year and perhaps a rate of
growth, another column with two years, or nothing."""

FIRST_STOCK = 0.1
"""Investment of the first year over the capital stock that it stands for, where no growth is given (张军等 2004)."""
TIMES = 10
"""A change from year to year that half of all city-years cannot have: the column is in another unit than it says."""

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
    example: str


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


def _median_by(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return run.by_key(x, arguments[1:], lambda groups: groups.median())


def _above_median(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    middle = _median_by(run, x, arguments) if arguments[1:] else _median(run, x, arguments)
    known = run.np.isfinite(x) & run.np.isfinite(middle)
    result: Array = run.np.where(known, run.np.greater(x, middle), run.np.nan)
    return result


def _quantile_group(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    count = _whole(arguments[1])
    found = run.everywhere(0.0)
    for step in range(1, count):
        # Stata's xtile: cut at its percentiles, what equals one belongs below it.
        share = step / count
        limit = run.by_key(x, arguments[2:], partial(_percentiles, run, share))
        found = found + run.np.greater(x, limit)
    result: Array = run.np.where(run.np.isfinite(x), found + 1, run.np.nan)
    return result


def _percentiles(run: Evaluator, share: float, groups: Any) -> pd.Series:
    found: pd.Series = groups.agg(partial(_percentile, run, share))
    return found


def _percentile(run: Evaluator, share: float, values: pd.Series) -> float:
    """Stata's percentile: the average of two neighbours where the share falls between them."""
    known = values.dropna()
    if known.empty:
        return float("nan")
    return float(run.np.quantile(known, share, method="averaged_inverted_cdf"))


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


def _chain(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    base = _whole(arguments[2])
    return run.in_year(x, base) * _level(run, arguments[1], base, 1.0)


def _deflate(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    return x / _level(run, arguments[1], _whole(arguments[2]), 0.0)


def _level(run: Evaluator, rates: ast.expr, base: int, added: float) -> Array:
    """Product of yearly ratios, 1 in the base year; ``added`` to each rate makes it the ratio to the year before."""
    ratio = run.ratio(rates) + added
    inside = ratio[run.np.isfinite(ratio)]
    if inside.size and run.np.median(run.np.abs(inside)) > TIMES:
        shown = ast.unparse(rates)
        raise run.fail(
            f"`{shown}` is {run.np.median(inside) - added:g} in the middle, as a pure number; it must change from year to year "
            "by so many percent, or be an index with the year before as 100 percent: declare its unit as percent,"
        )
    ratio = run.checked(ratio, ratio <= 0, ratio)
    table, rows = run.by_city(ratio)
    years = table.columns.to_numpy()
    level = run.np.full(table.shape, run.np.nan)
    steps = table.to_numpy()
    if base in years:
        start = int(base - years[0])
        level[:, start] = 1.0
        for at in range(start + 1, len(years)):
            level[:, at] = level[:, at - 1] * steps[:, at]
        for at in range(start - 1, -1, -1):
            level[:, at] = level[:, at + 1] / steps[:, at + 1]
    found: Array = level[rows]
    return found


def _splice(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    y = run.np.array(run.np.broadcast_to(run.of(arguments[1]), x.shape), dtype=float)
    first, last = _whole(arguments[2]), _whole(arguments[3])
    own, rows = run.by_city(x)
    other, _ = run.by_city(y)
    years = own.columns.to_numpy()
    both = (own.notna() & other.notna()).to_numpy() & (first <= years) & (years <= last)
    sums = [run.np.where(both, table.to_numpy(), 0.0).sum(axis=1) for table in (own, other)]
    ratio = run.np.where(sums[1] != 0, sums[0] / sums[1], run.np.nan)[rows[0]]
    result: Array = run.np.where(run.np.isfinite(x), x, y * ratio)
    return result


def _perpetual(run: Evaluator, x: Array, arguments: list[ast.expr]) -> Array:
    delta, base = number_of(arguments[1]) or 0.0, _whole(arguments[2])
    growth = number_of(arguments[3]) if arguments[3:] else None
    table, rows = run.by_city(x)
    years, invested = table.columns.to_numpy(), table.to_numpy()
    stock = run.np.full(table.shape, run.np.nan)
    if base in years:
        start = int(base - years[0])
        stock[:, start] = invested[:, start] / (FIRST_STOCK if growth is None else growth + delta)
        for at in range(start + 1, len(years)):
            stock[:, at] = invested[:, at] + (1 - delta) * stock[:, at - 1]
    found: Array = stock[rows]
    return run.checked(found, False, found)


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
        Function(
            "chain",
            "x, growth, base",
            "x of the base year carried on by real growth rates: chain(gdp, gdp_growth, 2003) is in prices of 2003. A year "
            "without a rate ends the chain.",
            (3, 3),
            _chain,
            "rates",
        ),
        Function(
            "deflate",
            "x, prices, base",
            "x in prices of the base year; prices is an index with the year before as 100 percent. A year without it ends "
            "the chain.",
            (3, 3),
            _deflate,
            "rates",
        ),
        Function(
            "perpetual",
            "x, delta, base, g",
            "Capital stock by perpetual inventory from investment x: x / (g + delta) in the base year (x / 0.1 without g), "
            "then x + (1 - delta) times the stock of the year before. A year without x ends it.",
            (3, 4),
            _perpetual,
            "inventory",
        ),
        Function(
            "splice",
            "x, y, first, last",
            "x, and where it is missing y times the city's own ratio of x to y over the years from first to last in which both "
            "are there: splice(pm25_grid, pm25, 2017, 2018). Missing for a city without such a year.",
            (4, 4),
            _splice,
            "splice",
        ),
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
            "median_by",
            "x, key, ...",
            "Median over the sample's rows with the same keys.",
            (2, 6),
            _median_by,
            "keys",
        ),
        Function(
            "above_median",
            "x, key, ...",
            "1 where x is above the median of the sample, or of its rows with the same keys, 0 where it is not: above_median(x), "
            "above_median(x, year).",
            (1, 6),
            _above_median,
            "keys",
            "number",
        ),
        Function(
            "quantile_group",
            "x, n, key, ...",
            "1 to n by the quantiles of x, in the sample or among its rows with the same keys, as Stata's xtile: "
            "quantile_group(x, 4), quantile_group(x, 4, year).",
            (2, 6),
            _quantile_group,
            "groups",
            "number",
        ),
        Function(
            "winsor",
            "x, lo, hi",
            "x cut off at two quantiles of the sample, Stata's percentiles as winsor2 takes them: winsor(x, 0.01, 0.99).",
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
    """Name, signature, description, unit and an example of every function, in the registry's order, for the documentation."""
    return [
        FunctionEntry(f.name, f.signature, f.description, UNIT_RULES[f.unit], EXAMPLES.get(f.name, ""))
        for f in FUNCTIONS.values()
    ]
