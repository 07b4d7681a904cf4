"""The panel stage as one function: from extracted cells to observations and their reports."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import schemas
from nianjian.declarations.models.ignored import Ignored
from nianjian.panel import columns as printed_columns
from nianjian.panel import (
    compiled,
    corrections,
    coverage,
    observations,
    page_units,
    second_sources,
    suspects,
)
from nianjian.panel.cells import NO_EDITION, Cells, stacked, with_editions
from nianjian.panel.cities import CityBook
from nianjian.panel.declared import PanelDeclarations
from nianjian.panel.dictionary import Dictionary
from nianjian.panel.headers import HeaderReader
from nianjian.panel.printed_units import PrintedUnits
from nianjian.panel.region_codes import FormerCode

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Tables:
    """What the cells of all items, or of some, come to: each with a schema of its own name."""

    observations: pd.DataFrame
    suspects: pd.DataFrame
    conflicts: pd.DataFrame
    contested: pd.DataFrame
    corrections: pd.DataFrame
    corrected: pd.DataFrame
    units: pd.DataFrame
    unreadable: pd.DataFrame
    checksums: pd.DataFrame


@dataclass(frozen=True)
class Panel(_Tables):
    """Tables of the panel stage, each with a schema of its own name; ``wide`` has one of each level."""

    wide: Mapping[str, pd.DataFrame]
    by_table: pd.DataFrame
    by_item: pd.DataFrame
    by_column: pd.DataFrame
    by_label: pd.DataFrame


def map_cells(frame: pd.DataFrame, declared: PanelDeclarations) -> Cells:
    """Say of every extracted column which item it prints, and of every row which region it names.

    Parameters
    ----------
    frame : rows of the EXTRACT schema
    declared : declarations of the panel stage, those of the compiled panels among the extracts with them
    """
    cells = Cells.of(frame)
    cells.columns = _map_columns(cells.columns, declared)
    cells.regions = _map_regions(
        cells.regions, CityBook(declared.cities, declared.regions), declared.former_codes
    )
    return cells


def _map_columns(columns: pd.DataFrame, declared: PanelDeclarations) -> pd.DataFrame:
    items = declared.items
    headers = HeaderReader(declared.headers)
    units = PrintedUnits(declared.units, declared.unit_words)
    is_panel = (columns["edition"] == NO_EDITION).to_numpy()
    printed = printed_columns.map_columns(
        columns[~is_panel], Dictionary.from_items(items, headers, units), items
    )
    printed = printed_columns.printed_units(printed, items, units)
    printed.index = columns.index[~is_panel]
    others = compiled.declared_columns(columns[is_panel], declared.panels, items, units)
    others.index = columns.index[is_panel]
    mapped = (
        pd.concat([printed, others]).sort_index().astype({"factor": "float64", "other_factor": "float64"})
    )
    mapped["ignored"] = _ignored(mapped, declared.ignored, headers)
    return mapped


def _map_regions(regions: pd.DataFrame, book: CityBook, former: Mapping[int, FormerCode]) -> pd.DataFrame:
    provinces = book.tables.province_codes()
    is_panel = (regions["edition"] == NO_EDITION).to_numpy()
    rows = regions[~is_panel].sort_values(["file", "block", "sheet", "row"], kind="stable")
    # A book of two years says of each page of which of them it is; 0: as the column says, or the cover.
    stated = pd.to_numeric(rows["period"].astype("str"), errors="coerce").fillna(0).astype("int32")
    resolved = book.resolve(rows.assign(year=stated.where(stated > 0, rows["edition"] - 1)))
    found = {name: resolved[name].to_numpy() for name in ("kind", "city", "city_name", "how", "problem")}
    others = compiled.resolve_compiled(regions[is_panel], book, former)
    others.index = regions.index[is_panel]
    mapped = pd.concat([rows.assign(**found, year=stated), others]).sort_index()
    of_province = mapped["city_name"].where(mapped["kind"] == "province").map(provinces)
    mapped["code"] = mapped["city"].astype("Float64").fillna(of_province.astype("Float64"))
    return mapped


def _ignored(columns: pd.DataFrame, ignored: Sequence[Ignored], headers: HeaderReader) -> NDArray[np.bool_]:
    """Whether config/ignored.yaml lists a column that no item fits."""
    keys = [(headers.spelling_key(entry.header), headers.table_key(entry.table)) for entry in ignored]
    return np.array(
        [
            item is None
            and any(
                (not key or key in headers.take_apart(header).lookup_keys)
                and table in headers.title_words(title)
                for key, table in keys
            )
            for item, header, title in zip(columns["item"], columns["header"], columns["title"], strict=True)
        ],
        dtype=bool,
    )


@dataclass(frozen=True)
class Settled(_Tables):
    """What the cells of some items come to, and what the other tables of :class:`Panel` are made of."""

    wide: Mapping[str, observations.Wide]
    statuses: pd.DataFrame


def settle(
    rows: pd.DataFrame,
    provinces: pd.DataFrame,
    declared: PanelDeclarations,
    among: Collection[str] | None = None,
) -> Settled:
    """Convert, correct, settle and check candidate rows.

    Parameters
    ----------
    rows : of :func:`nianjian.panel.observations.candidates`
    provinces : of :func:`nianjian.panel.coverage.province_rows`
    among : the items whose rows they are; None for all
    """
    items = declared.items
    rows = corrections.read_misprints(rows, declared.patterns)
    rows, unit_decisions = page_units.decide_units(rows, items)
    rows, applied = corrections.apply_corrections(rows, declared.corrections, "config/corrections", among)
    unreadable = rows[rows["number"].isna()]
    rows = rows[rows["number"].notna()]
    rows = rows.assign(value=rows["number"] * rows["factor"])
    rows, conflicts, contested = observations.settle_conflicts(rows, declared.ranking)
    listed = suspects.find_suspects(rows, conflicts[conflicts["within"]], items, declared.checks)
    doubted = second_sources.suspects(rows, contested, list(listed))
    listed = stacked([listed, doubted]) if len(doubted) else listed
    listed = listed.sort_values([*schemas.OBSERVATION_KEY, "rule"], ignore_index=True)
    observed = observations.finish(rows, listed)
    log.info(
        "%s observations, %s suspect", f"{len(observed):,}", f"{(observed['status'] == 'suspect').sum():,}"
    )
    return Settled(
        observations=observed,
        wide={level: observations.Wide.of(observed, level) for level in schemas.LEVELS},
        suspects=with_editions(listed)[list(schemas.SUSPECTS)],
        conflicts=with_editions(conflicts)[list(schemas.CONFLICTS)],
        contested=with_editions(second_sources.contested_table(contested))[list(schemas.CONTESTED)],
        corrections=applied,
        corrected=with_editions(
            corrections.corrected_values(
                rows[~rows.duplicated(list(schemas.OBSERVATION_KEY))], declared.patterns, declared.corrections
            )
        )[list(schemas.CORRECTED)],
        units=unit_decisions,
        unreadable=with_editions(unreadable)[list(schemas.UNREADABLE)],
        checksums=coverage.checksums(provinces, rows, declared.cities),
        statuses=coverage.statuses(observed),
    )


def widened(
    parts: Sequence[Mapping[str, observations.Wide]], declared: PanelDeclarations
) -> dict[str, pd.DataFrame]:
    """Wide tables by level, from the items' parts; ``unit`` is a county-level city's id whatever its code is."""
    wide = {
        level: observations.widen([part[level] for part in parts], declared.items) for level in schemas.LEVELS
    }
    counties, unit = wide["county_city"], declared.cities.unit
    units = [unit(city, year) for city, year in zip(counties["city"], counties["year"], strict=True)]
    counties.insert(2, "unit", np.array(units, dtype="int32"))
    return wide


def roster(statuses: pd.DataFrame, declared: PanelDeclarations) -> dict[tuple[str, int], int]:
    """How many cities and provinces there were, by level, in each year that is observed."""
    years = [int(year) for year in sorted(statuses.index.unique("year"))]
    return {(level, year): declared.cities.count(level, year) for level in schemas.LEVELS for year in years}


def assemble(frame: pd.DataFrame, sheets: pd.DataFrame, declared: PanelDeclarations) -> Panel:
    """Map, convert, correct, settle and check all extracted cells.

    Parameters
    ----------
    frame, sheets : rows of the EXTRACT and SHEETS schemas, all sources together
    declared : declarations of the panel stage
    """
    cells = map_cells(frame, declared)
    log.info("%s cells in %s columns", f"{len(cells.frame):,}", f"{len(cells.columns):,}")
    rows = observations.candidates(cells, declared.cities)
    log.info("%s cells of cities and items", f"{len(rows):,}")
    found = settle(rows, coverage.province_rows(cells, declared.items), declared)
    tables = {**vars(found)}
    counted = tables.pop("statuses")
    return Panel(
        **tables | {"wide": widened([found.wide], declared)},
        by_table=coverage.by_table(cells, sheets, found.unreadable),
        by_item=coverage.by_item(counted, roster(counted, declared), declared.items),
        by_column=coverage.by_column(cells),
        by_label=coverage.by_label(cells),
    )
