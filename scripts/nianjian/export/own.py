"""What the user's own file calls the units of a study's sample: so that exported rows can be merged with the file again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from nianjian.declarations.models.own import OwnSource
from nianjian.export import names
from nianjian.export.dataset import Variable
from nianjian.own.panel import table_of
from nianjian.sample.loading import KEY
from nianjian.text import word

LARGEST = 2**53
"""Of the whole numbers that Stata and Excel hold exactly."""
_WHOLE = re.compile(r"(0|[1-9]\d*)(?:\.0*)?")


@dataclass(frozen=True)
class OwnUnits:
    """Units of an own file.

    Attributes
    ----------
    file : as declared
    column : head of the column of identifiers
    label : what the file calls it
    of_places : whether they are places that the project knows, which have codes
    identifiers : by (unit's number, year)
    """

    file: str
    column: str
    label: str
    of_places: bool
    identifiers: Mapping[tuple[int, int], str]

    @classmethod
    def read(cls, source: OwnSource, *, of_places: bool, root: str | Path = ".") -> OwnUnits:
        """Read them from the file."""
        table = table_of(source, root)
        found = {
            (source.codes[row.label], row.year): row.label for row in table.rows if row.label in source.codes
        }
        return cls(source.file, source.unit, table.label(table.column(source.unit)), of_places, found)

    def held(self, frame: pd.DataFrame) -> bool:
        """Whether a sample has the column already, under its own name."""
        if self.column not in frame:
            return False
        there, own = frame[self.column], self.on(frame)
        if pd.api.types.is_numeric_dtype(there.dtype) != pd.api.types.is_numeric_dtype(own.dtype):
            return False
        return bool((there == own).fillna(False).all())

    def variable(self, name: str, column: str | None = None) -> Variable:
        """What there is to say of the column.

        Parameters
        ----------
        column : of the sample that holds it; None where none does
        """
        label = word("export.identifier", label=self.label, file=PurePosixPath(self.file).name)
        return Variable(
            column or f"{self.file}: {self.column}",
            name,
            label,
            facts={"role": "identifier", "source": f"{self.file}, column {self.column}"},
        )

    def named(self, taken: Mapping[str, str]) -> str:
        """Exported name of the column: as the file has it, where no column of the sample is called so.

        Parameters
        ----------
        taken : exported names of the sample's columns
        """
        known = {name.lower() for name in taken.values()}
        own = names.exported(self.column)
        return own if own.lower() not in known else names.exported(f"{own}_in_file")

    def on(self, frame: pd.DataFrame) -> pd.Series:
        """Identifiers on the rows of a sample: whole numbers where all are, else text."""
        keys = zip(*(frame[name].tolist() for name in KEY), strict=True)
        found = [self.identifiers.get((int(city), int(year))) for city, year in keys]
        whole = [None if each is None else _WHOLE.fullmatch(each) for each in found]
        if all(
            each is None or (number is not None and int(number[1]) < LARGEST)
            for each, number in zip(found, whole, strict=True)
        ):
            numbers = [None if number is None else int(number[1]) for number in whole]
            return pd.Series(numbers, index=frame.index, dtype="Int64")
        return pd.Series(found, index=frame.index, dtype=object)
