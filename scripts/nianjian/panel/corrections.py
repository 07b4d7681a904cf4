"""Known printing and scanning errors, corrected from data files, each with a guard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError


NEAR = 2.5  # times the neighbouring years that a reading may be off
CLEARLY = 2.5  # times nearer than the next reading it must be


def read_misprints(rows: pd.DataFrame, patterns: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Read cells that hold digits but are no number, by declared patterns (``2.O5`` is 2.05).

    A reading must lie near the city's neighbouring years. Where patterns give several readings, the nearest
    is taken, and only if it is clearly nearer than the next; otherwise the cell stays unreadable.

    Parameters
    ----------
    rows : candidate rows; those with a missing ``number`` are looked at
    patterns : mappings with ``pattern`` (a regular expression for the whole cell, blanks kept as one),
        ``replace`` and ``reason``

    Returns
    -------
    rows with ``number`` filled and ``corrected`` set where a reading was taken.
    """
    from nianjian.extract.grid import parse_number, tidy

    rows = rows.copy()
    for index in rows.index[rows["number"].isna()]:
        row = rows.loc[index]
        text = tidy(unicodedata.normalize("NFKC", row["raw"]))
        offered = {
            parse_number(re.sub(p["pattern"], p["replace"], text)) for p in patterns if re.fullmatch(p["pattern"], text)
        }
        readings = sorted(offered - {None})
        series = rows[(rows["item"] == row["item"]) & (rows["scope"] == row["scope"]) & (rows["city"] == row["city"])]
        chosen = _nearest(readings, row, series)
        if chosen is not None:
            rows.loc[index, ["number", "corrected"]] = [chosen, True]
    return rows


def _nearest(readings: Sequence[float], row: pd.Series, series: pd.DataFrame) -> float | None:
    around = series[series["number"].notna() & (series["year"] - row["year"]).abs().between(1, 4)]
    levels = np.log((around["number"] * around["factor"]).where(lambda v: v > 0).dropna())
    if not readings or levels.empty:
        return None
    positive = [reading for reading in readings if reading > 0]
    if not positive:
        return readings[0] if len(readings) == 1 else None
    distances = sorted((float(np.abs(levels - np.log(r * row["factor"])).median()), r) for r in positive)
    if distances[0][0] > np.log(NEAR) and len(readings) > 1:
        return None
    if len(distances) > 1 and distances[1][0] - distances[0][0] < np.log(CLEARLY):
        return None
    return distances[0][1]


def _where(correction: Mapping[str, Any], where: str) -> str:
    named = ", ".join(f"{k} {correction[k]}" for k in ("item", "city", "years", "edition", "file", "cell") if correction.get(k))
    return f"{where} ({named})"


def _selected(rows: pd.DataFrame, correction: Mapping[str, Any]) -> np.ndarray:
    chosen = np.ones(len(rows), dtype=bool)
    if correction.get("edition"):
        chosen &= (rows["edition"] == correction["edition"]).to_numpy()
    if correction.get("years"):
        chosen &= rows["year"].isin(correction["years"]).to_numpy()
    # An added value belongs to another city than the cell that prints it.
    keys = ("item", "scope", "cell", "table") if correction["action"] == "add" else ("item", "city", "scope", "cell", "table")
    for key in keys:
        if correction.get(key):
            chosen &= (rows[key] == correction[key]).to_numpy()
    if correction.get("file"):
        chosen &= rows["file"].str.contains(correction["file"], regex=False).to_numpy()
    return chosen


def _guard(values: pd.Series, raw: pd.Series, expect: Mapping[str, Any]) -> np.ndarray:
    holds = np.ones(len(values), dtype=bool)
    if expect.get("raw") is not None:
        holds &= (raw.str.strip() == str(expect["raw"])).to_numpy()
    if expect.get("gt") is not None:
        holds &= (values > expect["gt"]).to_numpy()
    if expect.get("lt") is not None:
        holds &= (values < expect["lt"]).to_numpy()
    if expect.get("between") is not None:
        holds &= values.between(*expect["between"]).to_numpy()
    if expect.get("eq") is not None:
        holds &= np.isclose(values.to_numpy(dtype=float), expect["eq"], rtol=1e-9)
    return holds


def _same_as(rows: pd.DataFrame, index: pd.Index, other: str) -> np.ndarray:
    """Whether each value repeats that of another item of the same city, year and scope."""
    keys = ["city", "year", "scope", "edition"]
    values = rows[rows["item"] == other].drop_duplicates(keys).set_index(keys)["number"]
    here = rows.loc[index]
    return values.reindex(pd.MultiIndex.from_frame(here[keys])).to_numpy() == here["number"].to_numpy()


def _add(rows: pd.DataFrame, index: pd.Index, correction: Mapping[str, Any], named: str) -> pd.DataFrame:
    """One more row: a value that is printed in the cell of another city."""
    index = index[_guard(rows.loc[index, "number"], rows.loc[index, "raw"], correction["expect"])]
    if len(index) != 1:
        raise DeclarationError(f"{named}: must name one cell that prints {dict(correction['expect'])}")
    new = rows.loc[index].copy()
    new[["city", "number", "corrected"]] = [correction["city"], correction["value"] / float(new["factor"].iloc[0]), True]
    names = rows.loc[rows["city"] == correction["city"], "city_name"]
    if names.empty:
        raise DeclarationError(f"{named}: no edition prints city {correction['city']}; correct its code")
    new["city_name"] = names.iloc[-1]
    return pd.concat([rows, new], ignore_index=True)


def apply_corrections(
    rows: pd.DataFrame, corrections: Sequence[Mapping[str, Any]], where: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply declared corrections to candidate rows.

    ``expect`` is compared with the value in the item's unit (``gt``, ``lt``, ``eq``) or with the cell as
    printed (``raw``); ``same_as`` holds where the value repeats that of another item. Actions: ``scale`` by ``factor``, ``set`` to ``value`` (in the item's unit),
    ``drop`` (the cell is left out), ``add`` (the cell prints a value of ``city`` too). A correction whose edition is not at hand is skipped and logged as such.

    Returns
    -------
    corrected rows; and one row a correction: ``correction, cells, status, reason, reference``.

    Raises
    ------
    DeclarationError
        If a correction matches no cell of an edition that is at hand, or its guard does not hold.
    """
    rows = rows.copy()
    at_hand = set(rows["edition"].dropna().astype(int)) if len(rows) else set()
    log = []
    for number, correction in enumerate(corrections):
        named = _where(correction, f"{where}, correction {number + 1}")
        editions = {correction["edition"]} if correction.get("edition") else {y + 1 for y in correction.get("years") or ()}
        if editions and not editions & at_hand:
            log.append((named, 0, "edition not at hand", correction["reason"], correction["reference"]))
            continue
        chosen = _selected(rows, correction)
        if not chosen.any():
            raise DeclarationError(f"{named}: matches no cell; correct its keys or remove it")
        index = rows.index[chosen]
        value = rows.loc[index, "number"] * rows.loc[index, "factor"]
        action = correction["action"]
        if action == "add":
            rows = _add(rows, index, correction, named)
            log.append((named, 1, "applied", correction["reason"], correction["reference"]))
            continue
        if action == "set" and np.allclose(value.to_numpy(dtype=float), correction["value"], rtol=1e-9):
            log.append((named, len(index), "the book prints the corrected value", correction["reason"], correction["reference"]))
            continue
        holds = _guard(value, rows.loc[index, "raw"], correction["expect"])
        if correction["expect"].get("same_as"):
            holds &= _same_as(rows, index, correction["expect"]["same_as"])
        if not holds.all():
            bad = index[~holds][0]
            raise DeclarationError(
                f"{named}: expected {dict(correction['expect'])}, but {rows.at[bad, 'file']}, sheet {rows.at[bad, 'sheet']}, "
                f"cell {rows.at[bad, 'cell']} prints {rows.at[bad, 'raw']!r}; check the cell and the guard"
            )
        if action == "scale":
            rows.loc[index, "number"] *= correction["factor"]
        elif action == "set":
            rows.loc[index, "number"] = correction["value"] / rows.loc[index, "factor"]
        elif action == "drop":
            rows = rows.drop(index=index)
        if action != "drop":
            rows.loc[index, "corrected"] = True
        log.append((named, len(index), "applied", correction["reason"], correction["reference"]))
    return rows, pd.DataFrame(log, columns=["correction", "cells", "status", "reason", "reference"])
