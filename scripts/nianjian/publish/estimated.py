"""What the builders of tables read of a study's estimates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from nianjian import estimates
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError, EstimationError
from nianjian.estimates import Estimate, NumberName
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Facts
from nianjian.language import Text
from nianjian.publish import marked, params
from nianjian.publish.parts import MOST_DECIMALS, Brackets, Cell, Number
from nianjian.publish.sources import Source

T_DECIMALS = 2
"""Of t statistics in brackets."""
P_DECIMALS = 3
"""Of p-values in brackets."""


def known(name: str, there: Iterable[str]) -> str:
    """A half-sentence that names the closest known name, or all of them when they are few."""
    there = sorted(set(there))
    near = suggestion(name, there)
    return near or (f"; there is {', '.join(there)}" if 0 < len(there) <= 30 else "")


@dataclass(frozen=True)
class Estimated:
    """The estimates that a table shows; asking for what is not there is an error that names it.

    Attributes
    ----------
    context : the table's place; its facts are the study's
    frame : rows of the schema ``ESTIMATES``
    columns : specifications that the table shows
    rule : levels and stars, the strictest first
    decimals : digits after the point
    significant : digits of the smaller of an estimate and its error that are printed at least; None: as decimals have it
    marks : filled, suspect and corrected values by variable; None where the kind does not ask for them
    called : what notes call the specifications where they are rows of the table, not numbered columns
    """

    context: PublishContext
    frame: pd.DataFrame
    columns: tuple[str, ...]
    rule: tuple[tuple[float, str], ...] = ()
    decimals: int = 4
    significant: int | None = None
    marks: pd.DataFrame | None = None
    called: tuple[Text, ...] = ()

    @classmethod
    def read(cls, declared: Any, columns: Sequence[str], data: Data, context: PublishContext) -> Estimated:
        """The estimates of a table's specifications; ``declared`` are the table's parameters."""
        rule = params.star_rule(getattr(declared, "stars", {}))
        significant = getattr(declared, "significant", None)
        made = cls(
            context, data.estimates(), tuple(columns), rule, declared.decimals, significant, marked.read(data)
        )
        made.check_columns()
        return made

    @property
    def facts(self) -> Facts:
        """What the study declares."""
        return self.context.study_facts

    @cached_property
    def rows(self) -> dict[tuple[str, str, str], Estimate]:
        """The study's estimates by specification, kind and address, in the order of the file."""
        return estimates.by_address(self.frame[self.frame["study"] == self.context.study])

    def check_columns(self) -> None:
        """Each column's specification is declared and estimated.

        Raises
        ------
        DeclarationError, EstimationError
            If one is not.
        """
        estimated = {spec for spec, _, _ in self.rows}
        for number, name in enumerate(self.columns, start=1):
            if name not in estimated:
                raise EstimationError(
                    f"{self.context}: column ({number}) shows '{name}', which has no estimates"
                    f"{known(name, estimated)}"
                )
            if name not in self.facts.specs:
                raise DeclarationError(
                    f"{self.context}: column ({number}) shows '{name}', which is no specification"
                )

    def spec(self, name: str) -> Any:
        """Parameters of a specification."""
        return self.facts.specs[name].params

    def option(self, spec: str, name: str, default: Any = None) -> Any:
        """A key of a specification; the default where its estimator has no such key."""
        return getattr(self.spec(spec), name, default)

    def terms(self, specs: Iterable[str], kind: str) -> list[str]:
        """Addresses of one kind that any of the specifications has, by name."""
        shown = set(specs)
        return sorted({term for spec, other, term in self.rows if spec in shown and other == kind})

    def of(self, spec: str, kind: str, term: str) -> dict[str, Estimate]:
        """Rows of one term by their addresses, whatever they are of, in the order of the file."""
        return {
            address: row
            for (own, other, address), row in self.rows.items()
            if own == spec and other == kind and row["term"] == term
        }

    def find(self, spec: str, kind: str, term: str) -> Estimate | None:
        """The row at an address, if it is there."""
        return self.rows.get((spec, kind, term))

    def get(self, spec: str, kind: str, term: str) -> Estimate:
        """The row at an address, which must be there."""
        row = self.find(spec, kind, term)
        if row is None:
            raise EstimationError(
                f"{self.context}: specification '{spec}' has no {kind} '{term}'"
                f"{known(term, self.terms([spec], kind))}"
            )
        return row

    def dropped(self, spec: str, address: str) -> Estimate | None:
        """The row by which the estimator says that it left a regressor out as collinear or absorbed."""
        for row in self.of(spec, "fit", "dropped").values():
            group = "" if pd.isna(row["other"]) else f"[{row['other']}]"
            if f"{row['variable']}{group}" == address and pd.isna(row["equation"]):
                return row
        return None

    def number(self, row: Estimate, name: NumberName) -> float:
        """A number of a row, which must be there."""
        value = row[name]
        if pd.isna(value) or not math.isfinite(value):
            raise EstimationError(
                f"{self.context}: {name} of {row['kind']} '{estimates.address(row)}' in specification "
                f"'{row['spec']}' is {value}; look into that specification's log"
            )
        return float(value)

    def stars(self, row: Estimate) -> str:
        """Stars by the row's p-value."""
        return params.stars_of(self.number(row, "p_value"), self.rule)

    def part(
        self,
        row: Estimate,
        field: NumberName,
        decimals: int,
        statistic: str,
        *,
        stars: str = "",
        brackets: Brackets = "",
        grouped: bool = True,
        interval: tuple[float, float] | None = None,
    ) -> Number:
        """A number of a row as a table prints it, with its source."""
        return Number(
            self.number(row, field),
            decimals,
            statistic,
            stars=stars,
            brackets=brackets,
            grouped=grouped,
            interval=interval,
            shows=(Source.estimate(row, field),),
        )

    def with_error(
        self, row: Estimate, statistic: str, brackets: str, interval: tuple[float, float] | None
    ) -> tuple[Cell, Cell]:
        """An estimate with its stars, and its standard error or t statistic (``brackets``: ``t``), each as a cell.

        Estimate and error have as many decimals as the one that needs more.
        """
        value = self.part(row, "estimate", self.decimals, statistic, stars=self.stars(row), interval=interval)
        if row["kind"] == "test" and pd.isna(row["std_error"]):
            # Beside a difference of two groups in another column: an F test of several has no error.
            return (value,), (self.part(row, "p_value", self.decimals, "p_value", brackets="[]"),)
        if brackets == "t":
            return self._by_magnitude(value), (self.part(row, "statistic", T_DECIMALS, "t", brackets="()"),)
        if brackets == "p_value":
            return self._by_magnitude(value), (
                self.part(row, "p_value", P_DECIMALS, "p_value", brackets="()"),
            )
        error = self.part(row, "std_error", self.decimals, "se", brackets="()")
        places = max(value.places, error.places, self._places(value, error))
        return (replace(value, decimals=places),), (replace(error, decimals=places),)

    def _places(self, *numbers: Number) -> int:
        """Decimals that the significant digits of the smallest number need, where the table asks for some."""
        sizes = [abs(each.value) for each in numbers if each.value]
        if self.significant is None or not sizes:
            return 0
        return min(max(self.significant - 1 - math.floor(math.log10(min(sizes))), 0), MOST_DECIMALS)

    def _by_magnitude(self, value: Number) -> Cell:
        return (replace(value, decimals=max(value.places, self._places(value))),)

    def label(self, name: str) -> Text:
        """What a column, index or matrix is called."""
        return self.context.label(name)
