"""What stands beside exported data: a row a variable, with its words in every language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nianjian.export.dataset import Dataset, Variable

if TYPE_CHECKING:
    import pandas as pd

FACTS = ("role", "formula", "items", "source", "filled", "suspects", "note")
"""Facts of a variable that have a column of their own, in order."""


def codebook(data: Dataset, languages: Sequence[str]) -> pd.DataFrame:
    """One row a variable: name, column, labels, units, values, facts, and how many values are there.

    ``column`` leads from the exported name back to the project's: names are reversible by this table.
    """
    import pandas as pd

    rows = []
    for variable in data.variables:
        values = data.frame[variable.name]
        row: dict[str, object] = {"name": variable.name, "column": variable.column}
        row |= {f"label_{language}": variable.label[language] for language in languages}
        row |= {
            f"unit_{language}": variable.unit[language] if variable.unit else "" for language in languages
        }
        row |= {f"values_{language}": _values(variable, language) for language in languages}
        row |= {fact: variable.facts.get(fact, "") for fact in FACTS}
        row |= {"type": _type(values), "nonmissing": int(values.notna().sum())}
        rows.append(row)
    return pd.DataFrame(rows)


def _values(variable: Variable, language: str) -> str:
    if len(variable.values) > 40:  # the codes of cities and provinces are in a column of names
        return ""
    return "; ".join(f"{code} = {words[language]}" for code, words in variable.values.items())


def _type(values: pd.Series) -> str:
    import pandas as pd

    if pd.api.types.is_float_dtype(values.dtype):
        return "real"
    return "whole" if pd.api.types.is_numeric_dtype(values.dtype) else "text"
