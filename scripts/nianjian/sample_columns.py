"""What every estimator asks of its sample first: that the columns are there, and are numbers."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from nianjian.errors import EstimationError


def is_numeric(column: pd.Series) -> bool:
    """Whether a column holds whole numbers, numbers or truth values."""
    return column.dtype.kind in "iufb"


def not_numeric(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Those of some columns that hold no numbers."""
    return [name for name in names if not is_numeric(frame[name])]


def check_present(
    frame: pd.DataFrame, names: Iterable[str], context: str, sections: str = "variables"
) -> None:
    """All columns must be there, and at least one row.

    Parameters
    ----------
    context : beginning of the message
    sections : where in a study such columns are declared

    Raises
    ------
    EstimationError
        Naming the absent columns, or saying that the sample is empty.
    """
    if absent := [name for name in names if name not in frame]:
        raise EstimationError(
            f"{context}the sample has no column {', '.join(absent)}; declare it under {sections}, or correct the name"
        )
    if len(frame) == 0:
        raise EstimationError(
            f"{context}the sample is empty; check `where`, the years and the missing values"
        )


def check_numeric(frame: pd.DataFrame, names: Iterable[str], context: str) -> None:
    """All columns must hold numbers.

    Raises
    ------
    EstimationError
        Naming those that do not.
    """
    if text := not_numeric(frame, names):
        raise EstimationError(f"{context}{', '.join(text)} is not numeric; make dummy variables of it")
