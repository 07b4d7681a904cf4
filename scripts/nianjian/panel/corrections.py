"""Known printing and scanning errors, corrected from data files, each with a guard."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError


def read_misprints(rows: pd.DataFrame, patterns: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Read cells that hold digits but are no number, by declared patterns (``2.O5`` is 2.05).

    Parameters
    ----------
    rows : candidate rows; those with a missing ``number`` are looked at
    patterns : mappings with ``pattern`` (a regular expression for the whole cell), ``replace`` and ``reason``

    Returns
    -------
    rows with ``number`` filled and ``corrected`` set where exactly one pattern fits.
    """
    from nianjian.extract.grid import fold, parse_number

    rows = rows.copy()
    for index in rows.index[rows["number"].isna()]:
        text = fold(rows.at[index, "raw"])
        readings = {
            parse_number(re.sub(p["pattern"], p["replace"], text)) for p in patterns if re.fullmatch(p["pattern"], text)
        }
        readings.discard(None)
        if len(readings) == 1:
            rows.at[index, "number"] = readings.pop()
            rows.at[index, "corrected"] = True
    return rows


def _where(correction: Mapping[str, Any], where: str) -> str:
    named = ", ".join(f"{k} {correction[k]}" for k in ("item", "city", "years", "edition", "file", "cell") if correction.get(k))
    return f"{where} ({named})"


def _selected(rows: pd.DataFrame, correction: Mapping[str, Any]) -> np.ndarray:
    chosen = np.ones(len(rows), dtype=bool)
    if correction.get("edition"):
        chosen &= (rows["edition"] == correction["edition"]).to_numpy()
    if correction.get("years"):
        chosen &= rows["year"].isin(correction["years"]).to_numpy()
    for key in ("item", "city", "scope", "cell", "table"):
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
    if expect.get("eq") is not None:
        holds &= np.isclose(values.to_numpy(dtype=float), expect["eq"], rtol=1e-9)
    return holds


def apply_corrections(
    rows: pd.DataFrame, corrections: Sequence[Mapping[str, Any]], where: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply declared corrections to candidate rows.

    ``expect`` is compared with the value in the item's unit (``gt``, ``lt``, ``eq``) or with the cell as
    printed (``raw``). Actions: ``scale`` by ``factor``, ``set`` to ``value`` (in the item's unit),
    ``drop`` (the cell is left out). A correction whose edition is not at hand is skipped and logged as such.

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
        if action == "set" and np.allclose(value.to_numpy(dtype=float), correction["value"], rtol=1e-9):
            log.append((named, len(index), "the book prints the corrected value", correction["reason"], correction["reference"]))
            continue
        holds = _guard(value, rows.loc[index, "raw"], correction["expect"])
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
