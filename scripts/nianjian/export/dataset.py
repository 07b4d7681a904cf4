"""What is exported: a frame, and what there is to say of each of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nianjian.text import Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Variable:
    """One column.

    Attributes
    ----------
    column : as the project calls it
    name : as the exported files call it, see :mod:`nianjian.export.names`
    label : what readers call it
    unit : what it is measured in, as readers read it; None where it has no unit
    values : what whole numbers stand for: code to words
    facts : further properties in the order in which they are shown: ``formula``, ``items``, ``source``, ``role``, ``filled``
    """

    column: str
    name: str
    label: Text
    unit: Text | None = None
    values: Mapping[int, Text] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """A frame with a variable for each of its columns, which are called by the exported names.

    Attributes
    ----------
    name : of the files
    frame : rows in the order of the key
    variables : one a column, in order
    key : exported names of the columns that identify a row
    title : one line
    notes : what a reader must know; the first says it where the data are simulated
    """

    name: str
    frame: pd.DataFrame
    variables: Sequence[Variable]
    key: Sequence[str]
    title: Text
    notes: Sequence[Text] = ()

    def named(self, name: str) -> Variable:
        """The variable of an exported name."""
        return next(each for each in self.variables if each.name == name)


def with_unit(variable: Variable, language: str) -> str:
    """Label and unit in one line."""
    unit = variable.unit[language] if variable.unit else ""
    label = variable.label[language] or variable.column
    return f"{label} ({unit})" if unit else label
