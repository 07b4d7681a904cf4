"""What a cell of a table or a point of a figure shows: a link to the row that it was made from.

A builder of a table or figure gives every number and word its sources; they are stored beside the table and figure, and the
scorecard, the check of the links and the trace follow them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from nianjian.errors import study_file
from nianjian.estimates import OF, Estimate, NumberName
from nianjian.storage import Schema, typed

How = Literal[
    "value",
    "count",
    "distinct",
    "mean",
    "sd",
    "min",
    "p25",
    "median",
    "p75",
    "max",
    "share",
    "sum",
    "declared",
    "computed",
]
"""``value``: the row's own number; ``declared``: a word or number of the declaration; ``computed``: made from several
sources by the table or figure, as its notes say; else a statistic over the rows that the key selects: ``count`` of those that
have a value, ``distinct`` of the different values."""

KEYS: Schema = {
    "spec": "string",
    "kind": "string",
    "term": "string",
    **OF,
    "measure": "string",  # of an inequality
    "component": "string",
    "indicator": "string",  # of an index
    "choice": "string",  # of a sensitivity or multiverse
    "dimension": "string",  # of a multiverse
    "name": "string",
    "property": "string",  # of a weight matrix
    "neighbour": "int32",
    "column": "string",  # column of the sample by which rows are selected, with its value in `level`
    "level": "string",
}
"""Columns by which a source selects rows, each null where it does not apply."""

SOURCE: Schema = {"source": "int32", "file": "string", "field": "string", "how": "string", **KEYS}
"""Columns that name one source; several sources of one cell are numbered from 0."""


@dataclass(frozen=True)
class Source:
    """Where a number or word comes from.

    Attributes
    ----------
    file : Parquet or CSV relative to the study's folder of results (``estimates/baseline.parquet``, ``sample.parquet``); of
        what is declared, the declaration's file
    field : column of that file; of what is declared, the key
    how : see :data:`How`
    key : columns and values that select its rows
    """

    file: str
    field: str
    how: How = "value"
    key: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def row(cls, file: str, field: str, /, how: How = "value", **key: Any) -> Source:
        """A column of the row, or a statistic over the rows, that ``key`` selects."""
        if unknown := sorted(set(key) - set(KEYS)):
            raise ValueError(f"sources have no key {', '.join(unknown)}; there is {', '.join(KEYS)}")
        given = ((name, plain(key[name])) for name in KEYS if name in key)
        return cls(file, field, how, tuple((name, value) for name, value in given if value is not None))

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Source:
        """From a row with the columns of :data:`SOURCE`, or those of them that apply somewhere in its file."""
        key = {name: row[name] for name in KEYS if name in row}
        return cls.row(row["file"], row["field"], row["how"], **key)

    @classmethod
    def estimate(cls, row: Estimate, field: NumberName = "estimate", how: How = "value") -> Source:
        """A number of a row of the schema ``ESTIMATES``."""
        key = {name: value for name, value in row.items() if name in KEYS}
        return cls.row(f"estimates/{row['spec']}.parquet", field, how, **key)

    @classmethod
    def declared(cls, study: str, key: str, name: str | None = None) -> Source:
        """What a study declares under a key, or one name in the list that stands there."""
        return cls.row(study_file(study), key, "declared", name=name)

    def get(self, name: str) -> Any:
        """The value of one column of the key; None where the key has none."""
        return dict(self.key).get(name)

    def plain(self, number: int) -> dict[str, object]:
        """As columns of :data:`SOURCE`."""
        return {"source": number, "file": self.file, "field": self.field, "how": self.how, **dict(self.key)}


Sources = tuple[Source, ...]


def plain(value: Any) -> Any:
    """A number or word as Python has it, None for null."""
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def frame_of(records: Sequence[Mapping[str, object]], schema: Schema) -> pd.DataFrame:
    """Records as a frame with the schema's columns and types, whole numbers as nullable integers."""
    return typed(pd.DataFrame.from_records(records, columns=list(schema)), schema)
