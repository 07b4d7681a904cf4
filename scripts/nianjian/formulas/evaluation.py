"""Values of a formula on columns: words are object arrays, conditions pandas' three-valued booleans."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import units as unit_module
from nianjian.errors import FormulaError
from nianjian.formulas.functions import FUNCTIONS
from nianjian.formulas.nodes import NUMBER, elements_of, shortened, text_of

if TYPE_CHECKING:
    from nianjian.formulas.formula import Formula

Array = NDArray[Any]

_UFUNC: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}


def _is_words(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, np.ndarray) and value.dtype == object)


class Evaluator:
    """Evaluates one formula.

    Attributes
    ----------
    np, pd : numpy and pandas, for implementations in :mod:`nianjian.formulas.functions`
    within : rows that make up the sample
    undefined : rows in which some part was undefined though its inputs were finite
    """

    np: ClassVar[Any] = np
    pd: ClassVar[Any] = pd

    def __init__(
        self,
        formula: Formula,
        columns: Mapping[str, pd.Series],
        units: Mapping[str, str] | None,
        within: pd.Series | None,
    ) -> None:
        self.formula, self.columns, self.units = formula, columns, units
        some = columns["city"] if "city" in columns else next((columns[name] for name in formula.names), None)
        if some is None:
            raise FormulaError(
                f"{formula.where}: there are no rows to compute `{shortened(formula.text)}` on"
            )
        self.index, self.shape = some.index, (len(some),)
        self.undefined = np.zeros(self.shape, dtype=bool)
        self.within = np.ones(self.shape, bool) if within is None else within.to_numpy(dtype=bool)

    def fail(self, what: str) -> FormulaError:
        return self.formula.failure(what)

    def result(self) -> tuple[pd.Series, pd.Series]:
        """Values of the whole formula, and where they are undefined."""
        values = np.broadcast_to(self._numbers(self.of(self.formula.tree)), self.shape).astype(float)
        undefined = self.undefined & np.isnan(values)
        return pd.Series(values, index=self.index), pd.Series(undefined, index=self.index)

    def of(self, node: ast.expr) -> Any:
        """Value of one part."""
        evaluate = self._evaluations.get(type(node))
        if evaluate is None:
            raise self.fail("something that is no formula")
        return evaluate(self, node)

    # What implementations of functions use.

    def checked(self, result: Any, undefined: Any, *inputs: Any) -> Array:
        """Note undefined cells, stop where finite inputs overflowed."""
        finite = np.ones(self.shape, dtype=bool)
        for value in inputs:
            finite &= np.isfinite(np.broadcast_to(value, self.shape))
        undefined = finite & np.broadcast_to(undefined, self.shape)
        self.undefined |= undefined
        values: Array = np.where(undefined, np.nan, np.broadcast_to(result, self.shape))
        lost = finite & ~undefined & ~np.isfinite(values)
        if lost.any():
            raise self.fail(f"a number overflows {self._place(lost)}")
        return values

    def everywhere(self, value: float) -> Array:
        """One value in every row."""
        return np.full(self.shape, float(value))

    def moved(self, x: Array, years: int) -> Array:
        """Values of the same city ``years`` earlier, by year, so that absent rows give missing cells."""
        keys = self._keys()
        return self._looked_up(x, keys, keys.get_level_values(1) - years)

    def in_year(self, x: Array, year: int) -> Array:
        """Values of the same city in one year."""
        return self._looked_up(x, self._keys(), np.full(self.shape, year))

    def by_key(self, x: Array, keys: list[ast.expr], total: Callable[[Any], pd.Series]) -> Array:
        """Total of the sample's rows that share the named keys."""
        columns = [self.columns[key.id].to_numpy() for key in keys if isinstance(key, ast.Name)]
        columns = columns or [np.zeros(self.shape)]
        whole = pd.DataFrame({f"k{i}": column for i, column in enumerate(columns)}).assign(x=x)
        names = [f"k{i}" for i in range(len(columns))]
        totals = total(whole[self.within].groupby(names, observed=True)["x"])
        joined: Array = whole[names].join(totals.rename("total"), on=names)["total"].to_numpy(dtype=float)
        return joined

    def factor(self, node: ast.expr, target: ast.expr) -> float:
        """What converts the values of one part into the unit that another names."""
        return self._converted(node, text_of(target) or "", "to(...)")

    def ratio(self, node: ast.expr) -> Array:
        """Values of one part as a pure number: 5 percent is 0.05."""
        values = np.broadcast_to(self._numbers(self.of(node)), self.shape)
        return np.array(values, dtype=float) * self._converted(node, NUMBER, "a rate")

    def _converted(self, node: ast.expr, target: str, what: str) -> float:
        from nianjian.formulas.derivation import derive_unit

        if self.units is None:
            raise self.fail(f"{what} needs the columns' units, none are given")
        return unit_module.factor(derive_unit(self.formula, node, self.units), target)

    def by_city(self, x: Array) -> tuple[pd.DataFrame, tuple[Array, Array]]:
        """Values by city and year, years without holes, and row and column of each of the formula's rows in that table."""
        keys = self._keys()
        years = np.arange(int(keys.get_level_values(1).min()), int(keys.get_level_values(1).max()) + 1)
        table = pd.Series(x, index=keys).unstack().reindex(columns=years)
        rows = table.index.get_indexer(keys.get_level_values(0))
        return table, (rows, keys.get_level_values(1).to_numpy(dtype=int) - years[0])

    # Parts of the tree.

    def _constant(self, node: ast.Constant) -> Any:
        return node.value if isinstance(node.value, str) else float(node.value)  # type: ignore[arg-type]

    def _column(self, node: ast.Name) -> Any:
        series = self.columns[node.id]
        if pd.api.types.is_bool_dtype(series.dtype):
            return pd.array(series, dtype="boolean")
        if pd.api.types.is_numeric_dtype(series.dtype):
            values = series.to_numpy(dtype=float, na_value=np.nan)
            if np.isinf(values).any():
                raise self.fail(f"column '{node.id}' holds infinite values")
            return values
        return series.to_numpy(dtype=object)

    def _numbers(self, value: Any) -> Any:
        if _is_words(value):
            raise self.fail("text stands where a number is needed")
        if hasattr(value, "isna"):
            return value.to_numpy(dtype=float, na_value=np.nan)
        return value

    def _condition(self, value: Any) -> Any:
        if hasattr(value, "isna"):
            return value
        numbers = np.broadcast_to(self._numbers(value), self.shape)
        missing = np.isnan(numbers)
        if not np.isin(numbers[~missing], (0.0, 1.0)).all():
            raise self.fail("and, or and not join conditions; a number stands there")
        return pd.arrays.BooleanArray(np.where(missing, False, numbers == 1), missing)

    def _unary(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return ~self._condition(self.of(node.operand))
        value = self._numbers(self.of(node.operand))
        return -value if isinstance(node.op, ast.USub) else value

    def _joined(self, node: ast.BoolOp) -> Any:
        result = self._condition(self.of(node.values[0]))
        for value in node.values[1:]:
            other = self._condition(self.of(value))
            result = result & other if isinstance(node.op, ast.And) else result | other
        return result

    def _comparison(self, node: ast.Compare) -> Any:
        result, left = None, node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            a = self.of(left)
            if isinstance(op, ast.In | ast.NotIn):
                step = self._among(a, elements_of(right))
                step = ~step if isinstance(op, ast.NotIn) else step
            else:
                step = self._pair(op, a, self.of(right))
            result = step if result is None else result & step
            left = right
        return result

    def _among(self, a: Any, elements: list[ast.expr]) -> Any:
        found: Any = self._pair(ast.Eq(), a, self.of(elements[0]))
        for element in elements[1:]:
            found = found | self._pair(ast.Eq(), a, self.of(element))
        return found

    def _pair(self, op: ast.cmpop, a: Any, b: Any) -> Any:
        words = [_is_words(value) for value in (a, b)]
        if any(words) and not all(words):
            raise self.fail("text is compared with a number")
        if all(words):
            if not isinstance(op, ast.Eq | ast.NotEq):
                raise self.fail("text can be compared by == and != only")
            a, b = (np.broadcast_to(np.asarray(v, dtype=object), self.shape) for v in (a, b))
            missing = pd.isna(a) | pd.isna(b)
            equal = np.array([x == y for x, y in zip(a, b, strict=True)], dtype=bool)
            holds = equal if isinstance(op, ast.Eq) else ~equal
        else:
            a, b = (np.broadcast_to(self._numbers(v), self.shape) for v in (a, b))
            missing = np.isnan(a) | np.isnan(b)
            holds = getattr(np, _UFUNC[type(op)])(a, b)
        return pd.arrays.BooleanArray(np.where(missing, False, holds), missing)

    def _binary(self, node: ast.BinOp) -> Any:
        a, b = self._numbers(self.of(node.left)), self._numbers(self.of(node.right))
        with np.errstate(all="ignore"):
            match node.op:
                case ast.Add():
                    return self.checked(np.add(a, b), False, a, b)
                case ast.Sub():
                    return self.checked(np.subtract(a, b), False, a, b)
                case ast.Mult():
                    return self.checked(np.multiply(a, b), False, a, b)
                case ast.Div():
                    return self.checked(np.divide(a, b), np.equal(b, 0), a, b)
            zero = np.equal(a, 0) & np.less(b, 0)
            root = np.less(a, 0) & np.not_equal(b, np.floor(b))
            return self.checked(np.power(np.asarray(a, float), b), zero | root, a, b)

    def _call(self, node: ast.Call) -> Any:
        function = FUNCTIONS[node.func.id]  # type: ignore[attr-defined]  # the parser saw that it is a name
        if function.rest == "columns":
            x = self._stacked(node.args)
        else:
            value = self._numbers(self.of(node.args[0]))
            x = np.array(np.broadcast_to(value, self.shape), dtype=float)
        with np.errstate(all="ignore"):
            return function.compute(self, x, node.args)

    def _stacked(self, arguments: list[ast.expr]) -> Array:
        """Values of all arguments below each other, patterns written out."""
        parts = []
        for argument in arguments:
            pattern = text_of(argument)
            if pattern is None:
                parts.append(self.of(argument))
            else:
                parts += [self._column(ast.Name(name)) for name in self.formula.patterns[pattern]]
        return np.vstack([np.broadcast_to(self._numbers(part), self.shape) for part in parts])

    def _keys(self) -> pd.MultiIndex:
        if "city" not in self.columns or "year" not in self.columns:
            raise self.fail("looking at other years needs columns 'city' and 'year', one is missing")
        keys = pd.MultiIndex.from_arrays([self.columns["city"].to_numpy(), self.columns["year"].to_numpy()])
        if not keys.is_unique:
            raise self.fail("looking at other years needs one row a city-year, some are repeated")
        return keys

    @staticmethod
    def _looked_up(x: Array, keys: pd.MultiIndex, years: Any) -> Array:
        position = keys.get_indexer(pd.MultiIndex.from_arrays([keys.get_level_values(0), years]))
        return np.where(position >= 0, x[position], np.nan)

    def _place(self, mask: Array) -> str:
        first = int(np.flatnonzero(mask)[0])
        if "city" in self.columns and "year" in self.columns:
            return f"(city {self.columns['city'].iloc[first]}, {self.columns['year'].iloc[first]})"
        return f"(row {self.index[first]})"

    _evaluations: ClassVar[dict[type[ast.expr], Callable[[Evaluator, Any], Any]]] = {
        ast.Constant: _constant,
        ast.Name: _column,
        ast.UnaryOp: _unary,
        ast.BoolOp: _joined,
        ast.Compare: _comparison,
        ast.BinOp: _binary,
        ast.Call: _call,
    }
