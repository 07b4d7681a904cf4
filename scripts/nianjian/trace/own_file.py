"""An own file as a walk reads it: the cells that a study's numbers come from, in place of a panel's observations."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path

import pandas as pd

from nianjian import storage
from nianjian.addresses import cell_name
from nianjian.declarations.models.own import FILE_ROW, ROWS, OwnSource
from nianjian.trace.books import Observation, PanelBooks
from nianjian.trace.steps import Step, TraceError


class OwnBooks(PanelBooks):
    """Cells of an own file.

    Parameters
    ----------
    source : the file
    folder : of the study's results
    """

    def __init__(self, source: OwnSource, folder: str | Path) -> None:
        super().__init__(folder)
        self.source = source
        self._columns = {each.name: each for each in source.columns}
        self._labels = {code: label for label, code in source.codes.items()}
        self._held: dict[str, dict[tuple[int, int], float]] = {}

    @cached_property
    def rows(self) -> pd.DataFrame:
        """What the sample was built from, by unit and year."""
        path = self.folder / ROWS
        if not path.is_file():
            raise TraceError(f"{path} is not there; run snakemake first")
        return storage.read_table(path)

    @cached_property
    def _keys(self) -> list[tuple[int, int]]:
        return list(zip(self.rows["city"].tolist(), self.rows["year"].tolist(), strict=True))

    @cached_property
    def _places(self) -> dict[tuple[int, int], int]:
        """Row of the file, from 1, by unit and year."""
        return dict(zip(self._keys, self.rows[FILE_ROW].tolist(), strict=True))

    def _values(self, column: str) -> dict[tuple[int, int], float]:
        """Numbers of a column by unit and year, without gaps."""
        if column not in self._held:
            pairs = zip(self._keys, self.rows[column].tolist(), strict=True)
            self._held[column] = {key: value for key, value in pairs if not math.isnan(value)}
        return self._held[column]

    def find(self, city: int, year: int, column: str) -> Observation | None:
        """The cell of a unit, year and column; None if it is blank or there is no such row."""
        value = self._values(column).get((city, year))
        if value is None:
            return None
        row = self._places[city, year]
        return Observation(
            city=city, city_name=self._labels[city], level="city", year=year, item=column, scope="city", value=value, unit="",
            status="own file", raw="", edition=None, file=self.source.file, sheet=self.source.page,
            cell=cell_name(row - 1, self._columns[column].at),
        )  # fmt: skip

    def observation(self, row: Observation, *, cell: bool = True) -> Step:
        """A cell with its file, sheet, row and column."""
        at = self._places[row.city, row.year]
        facts: dict[str, object] = {"value": f"{row.value:.10g}", **self._place()}
        # Formats that name their columns count observations from 1; a sheet's first row holds the names.
        facts |= {"observation": at - 1} if self.source.typed else {"row": at, "cell": row.cell}
        facts["column"] = self._columns[row.item].head
        return Step("observation", f"{row.city_name}, {row.year}, {row.item}", facts, end=True)

    def _place(self) -> dict[str, str]:
        return {"file": self.source.file, **({"sheet": self.source.page} if self.source.page else {})}

    def item(self, column: str, cities: set[int]) -> Step:
        """All cells of a column that a sample of these units may use."""
        held = sum(1 for unit, _ in self._values(column) if unit in cities)
        head = self._columns[column].head
        facts = {**self._place(), "column": head, "values": held}
        problem = "" if held else "no row of the sample's units has a value"
        return Step("observation", f"column {head} of {self.source.file}", facts, end=True, problem=problem)

    def rules(self, row: Observation) -> set[str]:
        """None: no rule of the panel stage looks at own files."""
        return set()

    def years(self, city: int, column: str) -> list[int]:
        """Years in which a unit has a value."""
        return sorted(year for unit, year in self._values(column) if unit == city)

    def series(self, column: str) -> pd.DataFrame:
        """Values by unit and year."""
        return self.rows[["city", "year", column]].rename(columns={column: "value"}).dropna()
