"""A parsed formula: its names, its unit, its values."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nianjian.errors import FormulaError
from nianjian.formulas.nodes import BUILT_IN, shortened

if TYPE_CHECKING:
    import pandas as pd


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

    def check_names(self, known: Iterable[str]) -> None:
        """Raise a FormulaError with a suggestion if the formula uses a name beyond ``known``."""
        known = known if isinstance(known, Mapping | Set) else set(known)
        for name in sorted(name for name in self.names if name not in known and name not in BUILT_IN):
            near = [f"{name}__districts"] if f"{name}__districts" in known else []  # printed for 市辖区 only
            near = near or difflib.get_close_matches(name, sorted({*known, *BUILT_IN}), n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise self.failure(f"unknown name '{name}'", hint)

    def failure(self, what: str, hint: str = "") -> FormulaError:
        """The error that says what is wrong with this formula, and where it stands."""
        return FormulaError(f"{self.where}: {what} in `{shortened(self.text)}`{hint}")

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
        from nianjian.formulas.derivation import derive_unit

        self.check_names(units)
        return derive_unit(self, self.tree, units)

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
        from nianjian.formulas.evaluation import Evaluator

        missing = sorted(name for name in self.names if name not in columns)
        if missing:
            raise FormulaError(
                f"{self.where}: no column {', '.join(missing)} to compute `{shortened(self.text)}`"
            )
        return Evaluation(*Evaluator(self, columns, units, within).result())

    def holds(self, columns: Mapping[str, pd.Series], units: Mapping[str, str] | None = None) -> pd.Series:
        """Rows in which a condition holds; where it cannot be decided (missing cells) it does not.

        Raises
        ------
        FormulaError
            If the formula is no condition: its values are neither true and false nor 1 and 0.
        """
        values = self.evaluate(columns, units)
        known = values.notna()
        if not values[known].isin((0.0, 1.0)).all():
            raise FormulaError(
                f"{self.where}: `{shortened(self.text)}` is no condition; compare it with something"
            )
        return known & (values == 1)
