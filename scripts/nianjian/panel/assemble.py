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
from nianjian.panel import corrections, coverage, observations, suspects
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
    settings : ``corrections``: names of the files in config/corrections that apply
    """
    items = declarations.load_items(config)
    book = CityBook.load(config / "reference")
    yearbook = cells["edition"].notna() & (cells["edition"] > 0)
    cells = cells[yearbook].reset_index(drop=True)
    cells["edition"] = cells["edition"].astype("int32")
    cells["note"] = cells["note"].fillna("")
    log.info("%s cells of %s editions", f"{len(cells):,}", cells["edition"].nunique())

    columns = printed_columns.map_columns(cells, Dictionary.from_items(items), items)
    columns = printed_columns.printed_units(columns, items)
    regions = resolve_regions(cells, book)
    rows = observations.candidates(cells, columns, regions)
    log.info("%s cells of cities and items", f"{len(rows):,}")

    declared = declarations.load_corrections(config, settings["corrections"])
    rows = corrections.read_misprints(rows, declared["patterns"])
    rows, unit_decisions = observations.decide_units(rows, items)
    rows, applied = corrections.apply_corrections(rows, declared["corrections"], "config/corrections")
    unreadable = rows[rows["number"].isna()]
    rows = rows[rows["number"].notna()]
    rows = rows.assign(value=rows["number"] * rows["factor"])
    rows, conflicts = observations.settle_conflicts(rows)
    listed = suspects.find_suspects(rows, conflicts, items, declarations.load_checks(config))
    observed = observations.finish(rows, listed)
    wide = observations.widen(observed, items)
    log.info("%s observations, %s suspect", f"{len(observed):,}", f"{(observed['status'] == 'suspect').sum():,}")

    described = cells.merge(
        columns.drop(columns=["table", "title", "header", "note"]), on=printed_columns.COLUMN_KEY, how="left", validate="many_to_one"
    ).drop(columns="problem")
    described["problem"] = described["how"].map({"unmapped": "no item"}).fillna("")
    for name in ("kind", "city", "city_name"):
        described[name] = regions[name].to_numpy()
    ignored = declarations.load_ignored(config)
    described["ignored"] = _is_ignored(described, ignored)
    lost = unreadable.merge(cells[["file", "sheet", "cell", "source", "title"]], on=["file", "sheet", "cell"], how="left")
    roster = {int(year): len(book.cities(int(year))) for year in sorted(observed["year"].unique())}
    kept = pd.MultiIndex.from_frame(rows[["file", "sheet", "cell"]])
    conflicts = conflicts.assign(kept=pd.MultiIndex.from_frame(conflicts[["file", "sheet", "cell"]]).isin(kept))
    labels = described.drop(columns=["how", "problem"]).assign(how=regions["how"].to_numpy(), problem=regions["problem"].to_numpy())
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
