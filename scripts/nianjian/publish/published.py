"""The numbers that a paper prints, ``config/published/<paper>.csv``, and the key by which ours is found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import estimates
from nianjian.errors import InputError

PRINTED = ("study", "table", "panel", "column", "row", "statistic", "value", "stars", "note")
"""What the paper prints."""
OURS = (
    "spec", "term", "file", "field", "how", "year", "by", "level", "measure", "group", "other", "component",
    "indicator", "name",
)  # fmt: skip
"""What names our number; blank where it does not apply. ``missing`` after them says why there is none."""
COLUMNS = (*PRINTED, *OURS, "missing")
TEXT = "text"
"""What the column ``table`` says of a number that stands in prose only."""

Key = tuple[str, ...]


def read_published(path: str | Path) -> pd.DataFrame:
    """Read a paper's numbers; values stay the printed strings, rows keep their order.

    Raises
    ------
    InputError
        If the columns are others, or a row names no number of ours and does not say why, or does both.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(frame.columns) != COLUMNS:
        raise InputError(f"{path}: expected the columns {', '.join(COLUMNS)}")
    named = (frame[list(OURS)] != "").any(axis=1)
    if (odd := named == (frame["missing"] != "")).any():
        row = frame[odd].iloc[0]
        raise InputError(
            f"{path}, row {frame.index[odd][0] + 2} ({row['table']}, {row['row']}): name our number, or say under "
            "'missing' why there is none"
        )
    number = pd.to_numeric(frame["table"], errors="coerce")
    return frame.assign(number=number).sort_values("number", kind="stable").drop(columns="number")


def key_of_printed(row: Mapping[str, str]) -> Key:
    """Key of our number for a printed one.

    A number that a table computes from several is told by its statistic too, which has the paper's name.
    """
    if row["spec"] and row["term"]:
        return ("estimate", row["spec"], row["term"], row["field"] or "estimate")
    return (row["how"], *(row[name] for name in OURS), row["statistic"] if row["how"] == "computed" else "")


def key_of_cell(cell: Mapping[str, Any]) -> Key:
    """Key of a printed number or word of ours, from the first of its sources.

    Parameters
    ----------
    cell : columns of ``CELLS``

    Notes
    -----
    The city-year that attains an extreme is a result, and the file of a declaration is the study's: neither names a number.
    """
    own = {name: "" if pd.isna(value) else value for name, value in cell.items()}
    if own["spec"] != "" and own["term"] != "":
        return ("estimate", str(own["spec"]), estimates.address(cell), str(own["field"]))
    own |= {"by": own["column"], "term": ""}
    if own["how"] in ("min", "max"):
        own["year"] = ""
    if own["how"] == "declared":
        own["file"] = ""
    named = tuple(str(own[name]) for name in OURS)
    return (str(own["how"]), *named, str(own["statistic"]) if own["how"] == "computed" else "")
