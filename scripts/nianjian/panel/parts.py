"""The panel stage in parts: the same tables for books of any size, with few of their cells in memory at once.

What a column means and which city a row names is settled within an edition; units, corrections, conflicts and suspects
within an item and those that a check or correction ties to it. So the extracts are mapped one by one, and the rows are
settled a group of items at a time. Between the two they lie in a folder beside the panel.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nianjian import schemas, storage
from nianjian.panel import assemble, coverage, observations
from nianjian.panel.assemble import Panel, Settled
from nianjian.panel.cells import CATEGORIES
from nianjian.panel.declared import PanelDeclarations

log = logging.getLogger(__name__)

AT_ONCE = 2_000_000
"""Cells up to which all are worked on at once."""
PART = 1_000_000
"""Cells of a group of items, roughly, where there are more."""

PIECE = 1 << 15
"""Rows of a group's observations that are read at a time when all are merged."""

PLACES = ("file", "sheet")
"""Text whose order is that of the books: it decides between cells that are alike in all else."""


def can_part(declared: PanelDeclarations) -> bool:
    """Whether each correction names its item, so that the cells of others do not matter to it."""
    return all(each.item is not None for each in declared.corrections)


def groups(declared: PanelDeclarations, count: int) -> list[list[str]]:
    """Items in about ``count`` groups of equally many columns; what a check or correction ties together stays so."""
    tied: dict[str, set[str]] = {item: {item} for item in declared.items}
    together = [list(shares) for shares in declared.checks.shares]
    together += [[each.total, *each.parts] for each in declared.checks.sums]
    together += [[each.product, *each.factors] for each in declared.checks.products]
    together += [[each.value, each.rate] for each in declared.checks.growths]
    together += [
        [each.item, each.expect.same_as] for each in declared.corrections if each.item and each.expect.same_as
    ]
    for names in together:
        union = set().union(*(tied[name] for name in names))
        for name in union:
            tied[name] = union
    found: list[list[str]] = [[] for _ in range(count)]
    sizes = [0] * count
    done: set[str] = set()
    for item in declared.items:
        if item not in done:
            place = sizes.index(min(sizes))
            own = [name for name in declared.items if name in tied[item]]
            found[place] += own
            sizes[place] += sum(len(declared.items[name].scopes) for name in own)
            done.update(own)
    return [each for each in found if each]


@dataclass
class _Mapped:
    """What is kept in memory of the extracts once they are mapped.

    Attributes
    ----------
    order : texts of each of ``PLACES`` in the order in which the extracts hold them
    texts : texts of all other categorical columns
    provinces : rows of provinces that print quantities which add up
    by_table, by_column, by_label : parts of the tables of coverage
    tables : which table each sheet belongs to
    """

    order: dict[str, dict[str, None]] = field(default_factory=lambda: {name: {} for name in PLACES})
    texts: dict[str, set[str]] = field(default_factory=dict)
    provinces: list[pd.DataFrame] = field(default_factory=list)
    by_table: list[pd.DataFrame] = field(default_factory=list)
    by_column: list[pd.DataFrame] = field(default_factory=list)
    by_label: list[pd.DataFrame] = field(default_factory=list)
    tables: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        extract: Path,
        sheets: Path,
        declared: PanelDeclarations,
        chosen: Sequence[Sequence[str]],
        folder: Path,
    ) -> None:
        """Map one extract, and put its rows into the groups' folders."""
        cells = assemble.map_cells(storage.read_stacked([extract], CATEGORIES), declared)
        for name, known in self.order.items():
            known.update(dict.fromkeys(cells.frame[name].cat.categories))
        self.provinces.append(coverage.province_rows(cells, declared.items))
        self.by_table.append(coverage.by_table(cells, storage.read_stacked([sheets]), None))
        self.by_column.append(coverage.by_column(cells))
        self.by_label.append(coverage.by_label(cells))
        self.tables.append(coverage.tables_of(cells))
        rows = observations.candidates(cells, declared.cities)
        for name in rows:
            if isinstance(rows[name].dtype, pd.CategoricalDtype) and name not in PLACES:
                self.texts.setdefault(name, set()).update(rows[name].cat.categories)
        for number, items in enumerate(chosen):
            own = rows[rows["item"].isin(items)]
            if len(own):
                place = folder / str(number)
                place.mkdir(exist_ok=True)
                table = pa.Table.from_pandas(own, preserve_index=False, nthreads=1)
                # Numbers keep the order of the extracts.
                pq.write_table(table, place / f"{len(self.tables):05d}.parquet", compression="zstd")

    def rows(self, folder: Path) -> pd.DataFrame:
        """Rows of one group, as they would stand among all rows."""
        frame = storage.read_stacked(sorted(folder.iterdir()), [*PLACES, *self.texts])
        for name in frame:
            if name in self.order:
                frame[name] = frame[name].cat.set_categories(list(self.order[name]))
            elif name in self.texts:
                frame[name] = frame[name].cat.set_categories(sorted(self.texts[name]))
        return frame


def assembled(
    extracts: Sequence[Path], sheets: Sequence[Path], declared: PanelDeclarations, folder: Path, written: Path
) -> Panel:
    """The panel's tables from extracts of any size.

    Parameters
    ----------
    extracts, sheets : Parquet files of the extract stage, in the same order
    folder : for what lies between the two passes
    written : Parquet of the observations

    Returns
    -------
    The panel without its observations
    """
    cells = sum(pq.read_metadata(path).num_rows for path in extracts)
    chosen = groups(declared, -(-cells // PART))
    log.info("%s cells, worked on in %d groups of items", f"{cells:,}", len(chosen))
    mapped = _Mapped()
    for extract, reports in zip(extracts, sheets, strict=True):
        mapped.add(extract, reports, declared, chosen, folder)
    provinces = _stacked(mapped.provinces)
    settled = _Settled(folder)
    for number, items in enumerate(chosen):
        if not (folder / str(number)).is_dir():
            continue
        own = provinces[provinces["item"].isin(items)]
        found = assemble.settle(mapped.rows(folder / str(number)), own, declared, items)
        settled.add(found)
    # Before the other tables take their place in memory.
    storage.write_merged(settled.files, written, schemas.OBSERVATIONS, schemas.OBSERVATION_KEY)
    return _panel(mapped, settled, declared)


@dataclass
class _Settled:
    """What the groups came to: small tables in memory, those of single values in files.

    A table without rows that was cut from a large one would keep all of it in memory.
    """

    folder: Path
    wide: list[Mapping[str, observations.Wide]] = field(default_factory=list)
    statuses: list[pd.DataFrame] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def add(self, found: Settled) -> None:
        """Keep what one group came to."""
        number = len(self.files)
        self.files.append(self.folder / f"{number}.observations")
        storage.write_table(
            found.observations,
            self.files[-1],
            schemas.OBSERVATIONS,
            schemas.OBSERVATION_KEY,
            row_group=PIECE,
        )
        for name in schemas.BESIDE:
            table = pa.Table.from_pandas(getattr(found, name), preserve_index=False, nthreads=1)
            pq.write_table(table, self.folder / f"{number}.{name}", compression="zstd")
        self.wide.append(found.wide)
        self.statuses.append(found.statuses)

    def table(self, name: str) -> pd.DataFrame:
        """One of the tables in files, of all groups together."""
        return _stacked(
            [storage.read_table(self.folder / f"{number}.{name}") for number in range(len(self.files))]
        )


def _panel(mapped: _Mapped, settled: _Settled, declared: PanelDeclarations) -> Panel:
    """All tables but the observations, of all groups together."""
    tables = {name: settled.table(name) for name in schemas.BESIDE}
    unreadable = tables["unreadable"]
    counts = pd.concat(settled.statuses).sort_index()
    return Panel(
        **tables,
        observations=pd.DataFrame(columns=list(schemas.OBSERVATIONS)),
        wide=assemble.widened(settled.wide, declared),
        by_table=coverage.with_unreadable(_stacked(mapped.by_table), _stacked(mapped.tables), unreadable),
        by_item=coverage.by_item(counts, assemble.roster(counts, declared), declared.items),
        by_column=_stacked(mapped.by_column),
        by_label=_stacked(mapped.by_label),
    )


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames below each other, text as text; those without rows say nothing of types."""
    return pd.concat([_plain(frame) for frame in _filled(frames)], ignore_index=True)


def _filled(frames: Sequence[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    filled = [frame for frame in frames if len(frame)]
    yield from filled or frames[:1]


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(texts, "str"))
