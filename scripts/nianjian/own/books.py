"""An own file as a walk reads it: the cells that a study's numbers come from, in place of a panel's observations."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path

import pandas as pd

from nianjian.addresses import cell_name
from nianjian.declarations.models.own import OwnSource
from nianjian.own.panel import table_of
from nianjian.own.table import OwnTable
from nianjian.trace.books import Observation, PanelBooks
from nianjian.trace.steps import Step


class OwnBooks(PanelBooks):
    """Cells of an own file.

    Parameters
    ----------
    source : the file
    root : folder that its path is relative to
    """

    def __init__(self, source: OwnSource, root: str | Path = ".") -> None:
        super().__init__(root)
        self.source = source
        self._columns: dict[str, dict[tuple[int, int], float]] = {}
        self._heads = source.heads()

    @cached_property
    def table(self) -> OwnTable:
        """The file's table."""
        return table_of(self.source, self.folder)

    @cached_property
    def _places(self) -> dict[tuple[int, int], int]:
        """Row of a unit and year in the page, from 0."""
        return {(self.source.codes[row.label], row.year): row.at for row in self.table.rows}

    def _values(self, column: str) -> dict[tuple[int, int], float]:
        """Numbers of a column by unit and year, without gaps."""
        if column not in self._columns:
            numbers = self.table.numbers(self.table.column(self._heads[column]))
            self._columns[column] = {
                (self.source.codes[row.label], row.year): number
                for row, number in zip(self.table.rows, numbers, strict=True)
                if not math.isnan(number)
            }
        return self._columns[column]

    def find(self, city: int, year: int, column: str) -> Observation | None:
        """The cell of a unit, year and column; None if it is blank or there is no such row."""
        value = self._values(column).get((city, year))
        if value is None:
            return None
        at, col = self._places[city, year], self.table.column(self._heads[column])
        return Observation(
            city=city,
            city_name=self.table.written(at, self.table.unit_column),
            level="city",
            year=year,
            item=column,
            scope="city",
            value=value,
            unit="",
            status="own file",
            raw=self.table.written(at, col),
            edition=None,
            file=self.source.file,
            sheet=self.table.page.name,
            cell=cell_name(at, col),
        )

    def observation(self, row: Observation, *, cell: bool = True) -> Step:
        """A cell with its file, sheet, row and column."""
        at = self._places[row.city, row.year]
        facts = {
            "value": f"{row.value:.10g}",
            "written": row.raw,
            "file": row.file,
            **({"sheet": row.sheet} if row.sheet else {}),
            "row": at + 1,
            "column": self._heads[row.item],
            "cell": row.cell,
        }
        if self.table.page.typed:
            # Stata and Parquet count observations; their first row here holds the names.
            facts |= {"row": at}
            del facts["cell"]
        return Step("observation", f"{row.city_name}, {row.year}, {row.item}", facts, end=True)

    def item(self, column: str, units: set[int]) -> Step:
        """All cells of a column that a sample may use."""
        held = sum(1 for unit, _ in self._values(column) if unit in units)
        facts = {
            "file": self.source.file,
            **({"sheet": self.table.page.name} if self.table.page.name else {}),
            "column": self._heads[column],
            "values": held,
        }
        problem = "" if held else "no row of the sample's units has a value"
        return Step("observation", f"column {self._heads[column]} of {self.source.file}", facts, end=True, problem=problem)

    def rules(self, row: Observation) -> set[str]:
        """None: no rule of the panel stage looks at own files."""
        return set()

    def years(self, city: int, column: str) -> list[int]:
        """Years in which a unit has a value."""
        return sorted(year for unit, year in self._values(column) if unit == city)

    def series(self, column: str) -> pd.DataFrame:
        """Values by unit and year."""
        rows = [(unit, year, value) for (unit, year), value in self._values(column).items()]
        return pd.DataFrame(rows, columns=["city", "year", "value"])
