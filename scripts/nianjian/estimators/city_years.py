"""The city-years that a specification uses."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.products import with_products

if TYPE_CHECKING:
    from nianjian.kinds.entries import Entry


def used(entry: Entry, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """City-years of a sample that meet the specification's condition and have no gap, and how many a gap cost.

    Raises
    ------
    EstimationError
        If there is none.
    """
    name, params = f"spec {entry.name!r}", entry.params
    columns = [each.name for each in entry.kind.references(params) if each.what == "column"]
    selected = with_products(select(frame, params.where, name), columns)
    return complete(selected, entry.kind.columns(params), params.missing, name)


def select(frame: pd.DataFrame, condition: str | None, name: str) -> pd.DataFrame:
    """City-years for which the declared condition holds; where a gap leaves it open it does not."""
    if frame.empty:
        raise EstimationError(f"{name}: the sample is empty; check the study's years and cities")
    if not condition:
        return frame
    from nianjian import formulas

    selected = frame[formulas.parse(condition, f"{name}, where").holds(frame).to_numpy()]
    logging.info("%d of %d city-years satisfy %s", len(selected), len(frame), condition)
    if selected.empty:
        raise EstimationError(f"{name}: no city-year satisfies {condition!r}; change `where` or the sample")
    return selected


def complete(
    frame: pd.DataFrame, columns: Sequence[str], missing: str, name: str
) -> tuple[pd.DataFrame, int]:
    """The city-years without a gap if they may be dropped, and how many were."""
    if missing == "error":
        return frame, 0  # the estimator says which columns have gaps
    gaps = frame[[column for column in columns if column in frame]].isna()
    counts = {column: int(count) for column, count in gaps.sum().items() if count}
    for column, count in counts.items():
        logging.info("%s is missing in %d city-years", column, count)
    whole = ~gaps.any(axis=1)
    if not whole.any():
        what = ", ".join(f"{column} {count}" for column, count in counts.items())
        raise EstimationError(
            f"{name}: none of {len(frame)} city-years is complete; missing are {what}; leave a "
            "column out or change the sample"
        )
    return frame[whole], int((~whole).sum())
