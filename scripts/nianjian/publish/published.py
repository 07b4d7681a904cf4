"""The numbers that a paper prints, ``config/published/<paper>.csv``, and the key by which ours is found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from nianjian import estimates
from nianjian.errors import InputError
from nianjian.publish.sources import KEYS

PRINTED = ("study", "table", "panel", "column", "row", "statistic", "value", "stars", "note")
"""What the paper prints."""
OURS = (
    "spec", "term", "file", "field", "how", "year", "by", "level", "measure", "group", "other", "component",
    "indicator", "name",
)  # fmt: skip
"""What names our number; a file has those that it needs. ``by`` is the column of the sample that ``level`` is a value of."""
MORE = tuple(name for name in KEYS if name not in (*OURS, "kind", "column"))
"""What else names a number of ours, should a paper print such a one: the property of a matrix, say."""
MISSING = "missing"
"""Column that says why there is no number of ours."""
TEXT = "text"
"""What the column ``table`` says of a number that stands in prose only."""

Key = tuple[str, ...]


def read_published(path: str | Path) -> pd.DataFrame:
    """Read a paper's numbers; values stay the printed strings, rows keep their order.

    Returns
    -------
    DataFrame
        Columns ``PRINTED``, ``OURS``, ``MORE`` and ``missing``, by the number of the printed table, prose last.

    Raises
    ------
    InputError
        If there are other columns, or a row names no number of ours and does not say why, or does both.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except ValueError as error:  # of pandas' parser, or of what is no UTF-8
        raise InputError(f"{path}: cannot be read as CSV ({error}); save it again as CSV in UTF-8") from error
    known = (*PRINTED, *OURS, *MORE, MISSING)
    if lacking := [name for name in PRINTED if name not in frame]:
        raise InputError(
            f"{path}: expected the columns {', '.join(PRINTED)}; there is no {', '.join(lacking)}"
        )
    if unknown := [name for name in frame if name not in known]:
        raise InputError(f"{path}: column {unknown[0]} is none of {', '.join(known)}")
    frame = frame.reindex(columns=list(known), fill_value="")
    named = (frame[[*OURS, *MORE]] != "").any(axis=1)
    if (odd := named == (frame[MISSING] != "")).any():
        row = frame[odd].iloc[0]
        raise InputError(
            f"{path}, row {frame.index[odd][0] + 2} (table {row['table']}, {row['row']}): name our number, or say under "
            f"'{MISSING}' why there is none"
        )
    number = pd.to_numeric(frame["table"], errors="coerce")
    return frame.assign(number=number).sort_values("number", kind="stable").drop(columns="number")


def key_of_cell(cell: Mapping[str, object]) -> Key:
    """Key of a printed number or word of ours, from the first of its sources.

    Parameters
    ----------
    cell : columns of ``CELLS``

    Notes
    -----
    The city-year that attains an extreme is a result, and the file of a declaration is the study's: neither names a number.
    """
    own = {name: "" if pd.isna(value) else str(value) for name, value in cell.items()}
    own["by"] = own["column"]
    if own["spec"]:
        own["term"] = estimates.address(cell)
    if own["how"] in ("min", "max"):
        own |= {"city": "", "year": ""}
    if own["how"] == "declared":
        own["file"] = ""
    return key_of(own)


def key_of(row: Mapping[str, str]) -> Key:
    """Key of a number by the columns that name it: of a printed one, or of our cell as text.

    A number that a table computes from several is told by its statistic too, which has the paper's name.
    """
    how = "" if row["how"] == "value" else row["how"]
    told = (how, row["statistic"] if how == "computed" else "")
    if row["spec"]:
        return (*told, row["spec"], row["term"], row["field"] or "estimate")
    return (*told, *(row[name] for name in (*OURS, *MORE) if name != "how"))
