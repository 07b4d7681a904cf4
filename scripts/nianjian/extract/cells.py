"""Cells of tables as columns: of one sheet, and of an edition as a table of the extract schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nianjian.addresses import column_name
from nianjian.extract.cell_texts import Known, SheetTexts


@dataclass(frozen=True)
class Counted:
    """Cells, of which only the first are named: row and column, 0-based, and text."""

    count: int = 0
    first: tuple[tuple[int, int, str], ...] = ()


def _no_codes() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


@dataclass(frozen=True)
class Cells:
    """Cells of the body of a sheet's tables, a (cells,) array each.

    Attributes
    ----------
    row, col : 0-based
    code, number : code of what a cell prints, and that as a number, NaN if it is none
    label, header, note : codes of the region's label, of the header path and of the notes above
    block : counts the headers of a sheet
    """

    row: NDArray[np.int32] = field(default_factory=_no_codes)
    col: NDArray[np.int32] = field(default_factory=_no_codes)
    code: NDArray[np.int32] = field(default_factory=_no_codes)
    number: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    label: NDArray[np.int32] = field(default_factory=_no_codes)
    header: NDArray[np.int32] = field(default_factory=_no_codes)
    note: NDArray[np.int32] = field(default_factory=_no_codes)
    block: NDArray[np.int32] = field(default_factory=_no_codes)

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def joined(cls, parts: Sequence[Cells]) -> Cells:
        """Cells of several tables below each other."""
        if len(parts) == 1:
            return parts[0]

        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(cls(), name), *(getattr(part, name) for part in parts)])

        return cls(**{name: joined(name) for name in cls.__dataclass_fields__})

    def in_order(self) -> Cells:
        """By row and column."""
        place = self.row.astype(np.int64) << 20 | self.col
        if (place[1:] > place[:-1]).all():
            return self
        order = np.argsort(place, kind="stable")
        return Cells(**{name: getattr(self, name)[order] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Page:
    """What all cells of a sheet share."""

    file: str
    sheet: str
    table: str
    title: str
    period: str | None


class Extracted:
    """Cells of an edition, gathered sheet by sheet.

    Parameters
    ----------
    known : texts of the edition
    """

    def __init__(self, known: Known) -> None:
        self.known = known
        self._pages: list[tuple[Page, Cells]] = []
        self._pools: list[pa.Array] = [pa.array([], pa.string())]
        self._pooled = 0

    def __len__(self) -> int:
        return sum(len(cells) for _, cells in self._pages)

    def add(self, page: Page, cells: Cells, texts: SheetTexts) -> None:
        """Add the cells of a sheet with these texts."""
        code = np.where(cells.code < 0, cells.code - self._pooled, cells.code)
        self._pages.append((page, replace(cells, code=code).in_order()))
        self._pools.append(texts.pool)
        self._pooled += len(texts.pool)

    def table(self, source: str, edition: int) -> pa.Table:
        """All cells as a table of the extract schema, in the order of file, sheet, row and column."""
        pages = sorted(self._pages, key=lambda pair: (pair[0].file, pair[0].sheet))
        count = len(self)
        cells = Cells.joined([own for _, own in pages])
        of_page = np.repeat(np.arange(len(pages), dtype=np.int32), [len(own) for _, own in pages])

        def shared(name: str) -> pa.Array:
            return pa.array([getattr(page, name) for page, _ in pages], pa.string()).take(pa.array(of_page))

        texts = pa.array(self.known.tidied, pa.string())
        raw = pa.concat_arrays([texts, *self._pools])
        place = np.where(cells.code < 0, len(texts) + ~cells.code.astype(np.int64), cells.code)
        return pa.table(
            {
                "source": pa.repeat(pa.scalar(source, pa.string()), count),
                "edition": pa.repeat(pa.scalar(edition, pa.int32()), count),
                "table": shared("table"),
                "title": shared("title"),
                "file": shared("file"),
                "sheet": shared("sheet"),
                "block": pa.array(cells.block),
                "row": pa.array(cells.row + np.int32(1)),
                "col": pa.array(cells.col + np.int32(1)),
                "cell": _addresses(cells.row, cells.col),
                "label": texts.take(pa.array(cells.label)),
                "period": shared("period"),
                "header": texts.take(pa.array(cells.header)),
                "note": texts.take(pa.array(cells.note)),
                "raw": raw.take(pa.array(place)),
                "number": pa.array(cells.number, from_pandas=True),
            }
        )


def _addresses(row: NDArray[np.int32], col: NDArray[np.int32]) -> pa.Array:
    columns = pa.array([column_name(at) for at in range(int(col.max(initial=-1)) + 1)], pa.string())
    rows = pc.cast(pa.array(row + np.int32(1)), pa.string())
    return pc.binary_join_element_wise(columns.take(pa.array(col)), rows, "")
