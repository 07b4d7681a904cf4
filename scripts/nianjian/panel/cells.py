"""All extracted cells, with what is said once of each printed column and of each printed row.

A million cells stand in forty thousand columns and three hundred thousand rows. What a column means and
which region a row names is worked out once each; the cells carry two integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

NO_EDITION = 0
"""Edition of a cell of a compiled panel; stored as null."""

COLUMN_KEY = ("source", "edition", "file", "sheet", "block", "col")
REGION_KEY = ("edition", "file", "sheet", "block", "row", "label", "period")
CATEGORIES = ("source", "table", "title", "file", "sheet", "label", "period", "header", "note")


@dataclass
class Cells:
    """Cells and the tables of their columns and rows.

    Attributes
    ----------
    frame : rows of the EXTRACT schema, text that repeats categorical
    columns : one row a printed column and source; ``first_cell`` is its first cell's address
    regions : one row a printed row; ``first_cell`` likewise
    column_id, region_id : row of ``columns`` and ``regions`` for every cell
    """

    frame: pd.DataFrame
    columns: pd.DataFrame
    regions: pd.DataFrame
    column_id: NDArray[np.int32]
    region_id: NDArray[np.int32]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Cells:
        """Number the columns and rows of extracted cells."""
        frame = frame.assign(
            edition=frame["edition"].fillna(NO_EDITION).astype("int32"),
            note=_filled(frame["note"]),
            period=_filled(frame["period"]),
        ).reset_index(drop=True)
        column_id, columns = _numbered(frame, COLUMN_KEY, ("table", "title", "header", "note", "cell"))
        region_id, regions = _numbered(frame, REGION_KEY, ("source", "cell"))
        return cls(frame, columns, regions, column_id, region_id)


def _filled(texts: pd.Series) -> pd.Series:
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts.cat.add_categories([""] if "" not in texts.cat.categories else []).fillna("")
    return texts.fillna("").astype("category")


def _numbered(
    frame: pd.DataFrame, key: Sequence[str], more: Sequence[str]
) -> tuple[NDArray[np.int32], pd.DataFrame]:
    number = (
        frame.groupby(list(key), sort=False, observed=True, dropna=False).ngroup().to_numpy(dtype="int32")
    )
    _, first = np.unique(number, return_index=True)
    table = frame[[*key, *more]].take(first).reset_index(drop=True).rename(columns={"cell": "first_cell"})
    for name in table:
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            table[name] = table[name].astype("str")
    return number, table


def taken(values: pd.Series, at: NDArray[np.int32]) -> pd.Series:
    """``values`` at the given rows; text becomes categorical."""
    if values.dtype.kind in "fiub":
        return pd.Series(values.to_numpy()[at])
    codes, categories = pd.factorize(values.astype("object"), sort=True)
    return pd.Series(pd.Categorical.from_codes(codes[at], categories=categories))


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames of the same columns below each other; categoricals stay so, over the union of their categories."""
    first = frames[0]
    frames = [frame.copy(deep=False) for frame in frames]
    for name in first:
        if isinstance(first[name].dtype, pd.CategoricalDtype):
            texts = sorted({text for frame in frames for text in frame[name].dropna().unique()})
            kind = pd.CategoricalDtype(pd.Index(texts, dtype="object"))
            for frame in frames:
                frame[name] = (
                    frame[name].astype("object").astype(kind)
                    if frame is not frames[0]
                    else _recoded(frame[name], kind)
                )
    return pd.concat(frames, ignore_index=True)


def _recoded(values: pd.Series, kind: pd.CategoricalDtype) -> pd.Series:
    codes = kind.categories.get_indexer(values.cat.categories.astype("object"))
    old = values.cat.codes.to_numpy()
    return pd.Series(
        pd.Categorical.from_codes(np.where(old < 0, -1, codes[old]), dtype=kind), index=values.index
    )


def half_unit(raw: pd.Series) -> NDArray[np.float64]:
    """Half a unit of the last digit that each cell prints: what rounding may hide."""
    # Arrow's own regular expressions: a million cells take seconds by those of Python.
    found = pc.extract_regex(pa.array(raw, pa.string()), pattern=r"\.(?P<decimals>\p{Nd}+)")
    digits = pc.utf8_length(pc.struct_field(found, "decimals")).fill_null(0)
    half: NDArray[np.float64] = 0.5 * 10.0 ** -digits.to_numpy(zero_copy_only=False).astype(float)
    return half


def with_editions(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as it is stored: cells of compiled panels have no edition."""
    return frame.assign(edition=frame["edition"].astype("Int32").mask(frame["edition"] == NO_EDITION))
