"""Keep every misprint of a table on record, with the address at which it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nianjian.addresses import cell_name
from nianjian.simulate.edition import Region
from nianjian.simulate.layouts import Table
from nianjian.simulate.misprints import Misprint
from nianjian.simulate.workbook import Cell

Place = tuple[str, int, int]
"""Sheet, 0-based row, and column of the row's first number."""


@dataclass
class Record:
    """Collects the misprints of one table.

    Attributes
    ----------
    rows : of the book
    behind : for each column the true values by row
    order : which of the rows stand in the table, from top to bottom
    places : where each of ``order`` stands
    found : the misprints so far
    """

    edition: int
    file: str
    table: Table
    rows: Sequence[Region]
    behind: Sequence[Sequence[float]]
    order: Sequence[int]
    places: Sequence[Place]
    found: list[Misprint] = field(default_factory=list)

    def _add(self, kind: str, sheet: str, cell: str, line: int, column: int | None, printed: Cell) -> None:
        item, scope, value = "", "", np.nan
        if column is not None:
            item, scope, _ = self.table.columns[column]
            value = self.behind[column][line]
        city = self.rows[line].city if line >= 0 else 0
        number = f"{self.table.chapter}-{self.table.number}"
        text = printed if isinstance(printed, str) else repr(printed)
        self.found.append(
            Misprint(self.edition, kind, number, self.file, sheet, cell, city, item, scope, text, value)
        )

    def cell(self, kind: str, line: int, column: int, printed: Cell) -> None:
        """A number that is printed wrong."""
        if line in self.order:
            sheet, row, first = self.places[self.order.index(line)]
            self._add(kind, sheet, cell_name(row, first + column), line, column, printed)

    def row(self, kind: str, line: int, printed: str, again: int = 0) -> None:
        """A label that is printed wrong, or, one place below (``again``), the row that should not be there."""
        if line in self.order:
            sheet, row, first = self.places[self.order.index(line) + again]
            self._add(kind, sheet, cell_name(row, first - 1), line, None, printed)

    def lost(self, kind: str, line: int) -> None:
        """A city's row that is missing."""
        for column in range(len(self.behind)):
            if self.rows[line].city:
                self._add(kind, "", "", line, column, "")

    def header(self, printed: str, sheet: str) -> None:
        """A word that is misread throughout the table."""
        self._add("header", sheet, "", -1, None, printed)

    def scope(self, wrong: Mapping[int, int]) -> None:
        """Every cell below a wrong 全市; ``wrong``: page to column."""
        page = -1
        before = None
        for line, place in zip(self.order, self.places, strict=True):
            # A page begins where the rows of the body leave a gap.
            if before is None or place[0] != before[0] or place[1] != before[1] + 1:
                page += 1
            before = place
            if page in wrong and self.rows[line].city:
                sheet, row, first = place
                self._add("scope", sheet, cell_name(row, first + wrong[page]), line, wrong[page], "全市")
