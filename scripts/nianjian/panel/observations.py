"""Printed cells → one value a city, year, item and scope, each with its status and its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nianjian import schemas
from nianjian.panel.columns import COLUMN_KEY

KEY = list(schemas.OBSERVATION_KEY)
GROUP = ["edition", "item", "scope"]


@dataclass(frozen=True)
class Candidates:
    """Every city cell that prints an item, before conflicts are settled.

    Attributes
    ----------
    rows : columns of OBSERVATIONS without ``status``, and ``factor``, ``other_factor``, ``flags``, ``row``,
        ``col``, ``table``, ``corrected``
    unreadable : rows whose cell holds digits but is no number
    """

    rows: pd.DataFrame
    unreadable: pd.DataFrame


def candidates(cells: pd.DataFrame, columns: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """Join cells with what their column and their row mean; keep those of a city and an item.

    Parameters
    ----------
    cells : rows of the extract schema
    columns : of :func:`nianjian.panel.columns.printed_units`
    regions : ``kind``, ``city``, ``city_name`` and ``how`` in the order of ``cells``
    """
    merged = cells[[*COLUMN_KEY, "table", "row", "cell", "label", "raw", "number"]].merge(
        columns[[*COLUMN_KEY, "item", "scope", "year", "unit", "factor", "other_factor", "unit_source", "how"]],
        on=COLUMN_KEY,
        how="left",
        validate="many_to_one",
    )
    merged["city"] = regions["city"].to_numpy()
    merged["city_name"] = regions["city_name"].to_numpy()
    keep = (regions["kind"].to_numpy() == "city") & merged["item"].notna().to_numpy()
    merged = merged[keep].reset_index(drop=True)
    merged["city"] = merged["city"].astype("int32")
    merged["corrected"] = False
    return merged


def decide_units(rows: pd.DataFrame, items: Mapping[str, Mapping[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Settle contradicting or missing units by continuity with the neighbouring editions.

    For each edition, item and scope the median, over cities, of the ratio to the nearest other edition is
    taken. A level off by a power of ten is put right if the other unit that is printed there explains it;
    otherwise it is only reported.

    Returns
    -------
    rows with ``factor`` settled and a table of decisions: edition, item, scope, decision, log10_ratio,
    reference edition, cells.
    """
    rows = rows.copy()
    rows["_value"] = rows["number"] * rows["factor"]
    decisions = []
    order = rows.loc[rows["_value"] > 0]
    series = {
        key: group.groupby("edition")
        for key, group in order[["edition", "item", "scope", "city", "_value"]].groupby(["item", "scope"], sort=True)
    }
    for (item, scope), by_edition in series.items():
        if items[item]["kind"] in ("rate", "share", "index") or by_edition.ngroups < 3:
            continue
        levels = {e: np.log10(g.groupby("city")["_value"].first()) for e, g in by_edition}
        editions = sorted(levels)
        # Where each edition stands against each other one: the median over the cities that both print.
        shift = pd.DataFrame(
            {e: {o: (levels[e] - levels[o]).median() for o in editions if o != e} for e in editions}
        ).reindex(editions)
        for edition in editions:
            near = sorted((o for o in editions if o != edition), key=lambda o: abs(o - edition))[:4]
            ratio = float(shift.loc[near, edition].median())
            here = (rows["edition"] == edition) & (rows["item"] == item) & (rows["scope"] == scope)
            if not np.isfinite(ratio) or abs(ratio) < 0.75:
                if rows.loc[here, "other_factor"].notna().any():
                    decisions.append((edition, item, scope, "first unit holds", ratio, near[0], int(here.sum())))
                continue
            other = rows.loc[here, "other_factor"] / rows.loc[here, "factor"]
            explained = other.notna() & (np.log10(other.where(other > 0)) + ratio).abs().lt(0.4)
            if explained.mean() > 0.5:
                rows.loc[here, "factor"] = rows.loc[here, "other_factor"].fillna(rows.loc[here, "factor"])
                rows.loc[here, "unit_source"] = "continuity"
                decisions.append((edition, item, scope, "other unit holds", ratio, near[0], int(here.sum())))
            else:
                decisions.append((edition, item, scope, "level differs, unexplained", ratio, near[0], int(here.sum())))
    names = ["edition", "item", "scope", "decision", "log10_ratio", "reference", "cells"]
    return rows.drop(columns="_value"), pd.DataFrame(decisions, columns=names)


def _rounding(raw: pd.Series) -> np.ndarray:
    """Half a unit of the last printed digit."""
    decimals = raw.str.extract(r"\.(\d+)", expand=False).str.len().fillna(0).to_numpy(dtype=float)
    return 0.5 * 10.0**-decimals


def settle_conflicts(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep one cell where several print the same city, year, item and scope.

    The edition of the year after wins over later reprints; among cells that agree within rounding the
    most precise one wins; otherwise the first in the book's order stands and is marked as in conflict.

    Returns
    -------
    rows with unique keys and a boolean ``conflict``; and all cells that were in conflict.
    """
    rows = rows.copy()
    rows["_own"] = (rows["edition"] != rows["year"] + 1).astype("int8")
    rows["_half"] = _rounding(rows["raw"]) * rows["factor"].abs()
    rows = rows.sort_values([*KEY, "_own", "_half", "file", "sheet", "row", "col"], kind="stable", ignore_index=True)
    repeated = rows.duplicated(KEY, keep=False)
    rows["conflict"] = False
    conflicts = rows.iloc[:0]
    if repeated.any():
        groups = rows[repeated]
        first = groups.groupby(KEY, sort=False)[["value", "_half", "_own", "edition"]].transform("first")
        same_edition = groups["edition"] == first["edition"]
        tolerance = np.maximum(groups["_half"], first["_half"]) * 1.02 + first["value"].abs() * 1e-9
        differs = same_edition & ~((groups["value"] - first["value"]).abs() <= tolerance)
        in_conflict = differs.groupby([groups[k] for k in KEY], sort=False).transform("any")
        rows.loc[groups.index, "conflict"] = in_conflict
        conflicts = groups[in_conflict]
    kept = rows.drop_duplicates(KEY, ignore_index=True)
    return kept.drop(columns=["_own", "_half"]), conflicts.drop(columns=["_own", "_half"], errors="ignore")


def finish(rows: pd.DataFrame, suspects: pd.DataFrame) -> pd.DataFrame:
    """Rows of the observations schema: value in the item's unit, and status.

    ``corrected`` stands above ``suspect``, which stands above ``converted`` and ``printed``.
    """
    flagged = pd.MultiIndex.from_frame(suspects[KEY]) if len(suspects) else pd.MultiIndex.from_arrays([[]] * 4)
    is_suspect = pd.MultiIndex.from_frame(rows[KEY]).isin(flagged)
    status = np.select(
        [rows["corrected"].to_numpy(), is_suspect, (rows["factor"] != 1).to_numpy()],
        ["corrected", "suspect", "converted"],
        default="printed",
    )
    return rows.assign(status=status)[list(schemas.OBSERVATIONS)]


def widen(observations: pd.DataFrame, items: Mapping[str, Any]) -> pd.DataFrame:
    """One row a city and year, one column ``item`` for scope city and ``item__districts`` for districts.

    All items of the dictionary have their columns, in its order, whether printed or not, so that a study's
    formula fails for a misspelled item and not for a missing edition.
    """
    name = observations["item"].where(observations["scope"] == "city", observations["item"] + "__districts")
    wide = observations.assign(column=name).pivot(index=["city", "year"], columns="column", values="value")
    order = [f"{item}{suffix}" for item in items for scope, suffix in (("city", ""), ("districts", "__districts"))
             if scope in items[item]["scopes"]]  # fmt: skip
    wide = wide.reindex(columns=order).astype("float64").reset_index()
    wide.columns.name = None
    names = observations.sort_values(["city", "year"]).groupby(["city", "year"])["city_name"].first()
    wide.insert(1, "city_name", names.reindex(pd.MultiIndex.from_frame(wide[["city", "year"]])).to_numpy())
    return wide
