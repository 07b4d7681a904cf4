"""What the table builders read of a study's estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.publish import declared
from nianjian.publish.declared import Declaration, Labels
from nianjian.publish.text import Text


@dataclass(frozen=True)
class Estimated:
    """A table's declaration with its estimates; asking for what is not there is an error that names it.

    Attributes
    ----------
    declaration : see :mod:`nianjian.publish.declared`; ``columns`` are the specifications that it shows
    estimates : rows of the ESTIMATES schema
    specs : resolved specification of each column
    labels : of all that the table names
    """

    declaration: Declaration
    estimates: pd.DataFrame
    study: str
    table: str
    specs: Mapping[str, Mapping[str, Any]]
    labels: Labels

    @cached_property
    def place(self) -> str:
        return declared.where(self.study, self.table)

    @cached_property
    def columns(self) -> list[str]:
        return [str(name) for name in declared.require(self.declaration, "columns", self.place)]

    @cached_property
    def rule(self) -> tuple[tuple[float, str], ...]:
        return declared.star_rule(self.declaration, self.place)

    @cached_property
    def rows(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """The study's estimates by specification, kind and term."""
        own = self.estimates[self.estimates["study"] == self.study]
        keys = zip(own["spec"], own["kind"], own["term"], strict=True)
        return dict(zip(keys, own.to_dict("records"), strict=True))

    def terms(self, specs: Sequence[str], kind: str) -> list[str]:
        """Terms of one kind that any of the specifications has, by name."""
        return sorted({term for spec, other, term in self.rows if spec in specs and other == kind})

    def find(self, spec: str, kind: str, term: str) -> dict[str, Any] | None:
        return self.rows.get((spec, kind, term))

    def get(self, spec: str, kind: str, term: str) -> dict[str, Any]:
        """An estimate, which must be there."""
        row = self.find(spec, kind, term)
        if row is None:
            known = self.terms([spec], kind)
            raise EstimationError(
                f"{self.place}: specification '{spec}' has no {kind} '{term}'"
                f"{declared.suggestion(term, known)}"
            )
        return row

    def number(self, row: Mapping[str, Any], name: str) -> float:
        """A number of an estimate, which must be there."""
        value = row[name]
        if pd.isna(value) or not math.isfinite(value):
            raise EstimationError(
                f"{self.place}: {name} of {row['kind']} '{row['term']}' in specification '{row['spec']}' is "
                f"{value}; look into that specification's log"
            )
        return float(value)

    def stars(self, row: Mapping[str, Any]) -> str:
        return declared.stars_of(self.number(row, "p_value"), self.rule)

    def label(self, name: str) -> Text:
        return declared.label(self.labels, name, self.place)
