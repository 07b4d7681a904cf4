"""When cities were first treated: the column of first treated years, checked and by city."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.numerics import Array

FIRST = "first_treated_year"
"""The sample's column of each city's first treated year, missing if it has none."""


def check_one_year(frame: pd.DataFrame, first_year: str, unit: str, context: str) -> None:
    """Stop if a city has several first treated years, one of which may be none.

    Raises
    ------
    EstimationError
        It names the first such city.
    """
    years = frame.groupby(unit)[first_year].nunique(dropna=False)
    if (years > 1).any():
        raise EstimationError(
            f"{context}{unit} {years.index[years > 1][0]} has several values of {first_year!r}; a city adopts "
            "once: check the study's `treatment`"
        )


def adoption_years(frame: pd.DataFrame, first_year: str, key: Sequence[str]) -> Array:
    """First treated year of each city in the order of their codes, ``inf`` without one in the sample.

    ASSUME: a city whose first treated year lies after the last year of the sample is never treated.
    """
    first = frame.groupby(key[0], sort=True)[first_year].first().to_numpy(dtype=float, na_value=np.nan)
    return np.where(first <= frame[key[1]].max(), first, np.inf)
