"""A specification's estimates as figures read them."""

from __future__ import annotations

import pandas as pd

from nianjian.estimates import Estimate, NumberName
from nianjian.publish.sources import Source, Sources


def rows_of(frame: pd.DataFrame, kind: str, *terms: str) -> pd.DataFrame:
    """Rows of a kind, of all terms or of those named."""
    own = frame[frame["kind"] == kind]
    return own[own["term"].isin(terms)] if terms else own


def row_of(frame: pd.DataFrame, kind: str, term: str) -> Estimate | None:
    """The row of a kind and term; None where there is none."""
    own = rows_of(frame, kind, term)
    return own.iloc[0].to_dict() if len(own) else None


def shows(row: Estimate, *fields: NumberName) -> Sources:
    """Numbers of a row as sources; without names, its estimate."""
    return tuple(Source.estimate(row, field) for field in fields or ("estimate",))
