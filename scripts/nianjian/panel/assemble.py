"""The panel stage as one function: from extracted cells to observations and their reports."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import declarations, schemas
from nianjian.panel import columns as printed_columns
from nianjian.panel import compiled, corrections, coverage, observations, suspects
from nianjian.panel.cities import CityBook
from nianjian.panel.headers import Dictionary

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Panel:
    """Tables of the panel stage, each with a schema of its own name."""

    observations: pd.DataFrame
    wide: pd.DataFrame
    suspects: pd.DataFrame
    conflicts: pd.DataFrame
    corrections: pd.DataFrame
    units: pd.DataFrame
    unreadable: pd.DataFrame
    by_table: pd.DataFrame
    by_item: pd.DataFrame
    by_column: pd.DataFrame
    by_label: pd.DataFrame


def resolve_regions(cells: pd.DataFrame, book: CityBook) -> pd.DataFrame:
    """Region of every cell: ``kind``, ``city``, ``city_name``, ``how``, ``problem``, in the order of ``cells``."""
    keys = ["file", "sheet", "block", "row", "label"]
    rows = cells[["edition", *keys]].drop_duplicates(keys, ignore_index=True)
    rows = rows.sort_values(["file", "sheet", "block", "row"], kind="stable", ignore_index=True)
    rows["year"] = rows["edition"] - 1
    resolved = book.resolve(rows)
    for name in ("kind", "city", "city_name", "how", "problem"):
        rows[name] = resolved[name].to_numpy()
    return cells[keys].merge(rows.drop(columns=["edition", "year"]), on=keys, how="left", validate="many_to_one")


def assemble(cells: pd.DataFrame, sheets: pd.DataFrame, config: Path, settings: Mapping[str, Any]) -> Panel:
    """Map, convert, correct, settle and check all extracted cells.

    Parameters
    ----------
    cells, sheets : rows of the EXTRACT and SHEETS schemas, all sources together
    config : folder of declarations
    settings : ``corrections``: names of the files in config/corrections that apply; ``panels``: ids of the
        compiled panels among the extracts
    """
    items = declarations.load_items(config)
    book = CityBook.load(config / "reference")
    cells = cells.assign(note=cells["note"].fillna(""))
    sheets = sheets.assign(edition=sheets["edition"].fillna(compiled.NO_EDITION).astype("int32"))
    is_compiled = cells["edition"].isna() | (cells["edition"] == compiled.NO_EDITION)
    others = cells[is_compiled].reset_index(drop=True)
    cells = cells[~is_compiled].reset_index(drop=True).astype({"edition": "int32"})
    log.info("%s cells of %s editions", f"{len(cells):,}", cells["edition"].nunique())

    columns = printed_columns.map_columns(cells, Dictionary.from_items(items), items)
    columns = printed_columns.printed_units(columns, items)
    regions = resolve_regions(cells, book)
    rows = observations.candidates(cells, columns, regions)
    log.info("%s cells of cities and items", f"{len(rows):,}")
    sources = {name: declarations.load_sources(config)[name] for name in settings["panels"]}
    other_regions = compiled.resolve_compiled(others, book)
    other_rows = compiled.compiled_candidates(others, sources, items, other_regions)

    declared = declarations.load_corrections(config, settings["corrections"])
    rows = corrections.read_misprints(rows, declared["patterns"])
    rows, unit_decisions = observations.decide_units(rows, items)
    rows = pd.concat([rows, other_rows], ignore_index=True)
    rows, applied = corrections.apply_corrections(rows, declared["corrections"], "config/corrections")
    unreadable = rows[rows["number"].isna()]
    rows = rows[rows["number"].notna()]
    rows = rows.assign(value=rows["number"] * rows["factor"])
    rows, conflicts = observations.settle_conflicts(rows)
    listed = suspects.find_suspects(rows, conflicts, items, declarations.load_checks(config))
    observed = observations.finish(rows, listed)
    wide = observations.widen(observed, items)
    log.info("%s observations, %s suspect", f"{len(observed):,}", f"{(observed['status'] == 'suspect').sum():,}")

    described = _describe(cells, columns, regions, config)
    other_described = _describe_compiled(others, other_regions, sources, items)
    described = pd.concat([described, other_described], ignore_index=True)
    all_cells = pd.concat([cells, others], ignore_index=True)
    lost = unreadable.merge(all_cells[["file", "sheet", "cell", "source", "title"]], on=["file", "sheet", "cell"], how="left")
    roster = {int(year): len(book.cities(int(year))) for year in sorted(observed["year"].unique())}
    kept = pd.MultiIndex.from_frame(rows[["file", "sheet", "cell"]])
    conflicts = conflicts.assign(kept=pd.MultiIndex.from_frame(conflicts[["file", "sheet", "cell"]]).isin(kept))
    labels = described.assign(how=described["region_how"], problem=described["region_problem"])
    return Panel(
        observations=observed,
        wide=wide,
        suspects=listed[list(schemas.SUSPECTS)],
        conflicts=conflicts[list(schemas.CONFLICTS)],
        corrections=applied,
        units=unit_decisions,
        unreadable=lost[list(schemas.UNREADABLE)],
        by_table=coverage.by_table(described, sheets, lost),
        by_item=coverage.by_item(observed, roster, items),
        by_column=coverage.by_column(described),
        by_label=coverage.by_label(labels),
    )


def _describe(cells: pd.DataFrame, columns: pd.DataFrame, regions: pd.DataFrame, config: Path) -> pd.DataFrame:
    """Every yearbook cell with what its column and its row were taken for, for the coverage."""
    names = [*printed_columns.COLUMN_KEY, "item", "scope", "unit", "unit_source", "how", "problem"]
    described = cells.merge(columns[names], on=printed_columns.COLUMN_KEY, how="left", validate="many_to_one")
    for name in ("kind", "city", "city_name"):
        described[name] = regions[name].to_numpy()
    described["region_how"], described["region_problem"] = regions["how"].to_numpy(), regions["problem"].to_numpy()
    described["ignored"] = _is_ignored(described, declarations.load_ignored(config))
    return described


def _describe_compiled(
    cells: pd.DataFrame, regions: pd.DataFrame, sources: Mapping[str, Any], items: Mapping[str, Any]
) -> pd.DataFrame:
    """The same for the cells of compiled panels."""
    described = cells.assign(edition=compiled.NO_EDITION)
    declared = [sources[s]["values"][h] for s, h in zip(cells["source"], cells["header"], strict=True)]
    described["item"] = [value["item"] for value in declared]
    described["scope"] = [value["scope"] for value in declared]
    described["unit"] = [items[value["item"]]["unit"] for value in declared]
    described["unit_source"], described["how"], described["problem"], described["ignored"] = "declared", "declared", "", False
    for name in ("kind", "city", "city_name"):
        described[name] = regions[name].to_numpy()
    described["region_how"], described["region_problem"] = regions["how"].to_numpy(), regions["problem"].to_numpy()
    return described


def _is_ignored(cells: pd.DataFrame, ignored: list[Mapping[str, Any]]) -> pd.Series:
    from nianjian.panel.headers import take_apart, title_words

    keys = {(entry["header"], entry.get("table", "")) for entry in ignored}
    if not keys:
        return pd.Series(False, index=cells.index)
    unmapped = cells[cells["item"].isna()][["header", "title"]].drop_duplicates()
    hits = {
        (header, title)
        for header, title in unmapped.itertuples(index=False)
        if any(key in take_apart(header).keys() and table in title_words(title) for key, table in keys)
    }
    return pd.Series(
        [item is None and (h, t) in hits for item, h, t in zip(cells["item"], cells["header"], cells["title"], strict=True)],
        index=cells.index,
    )
