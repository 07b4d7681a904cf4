"""Synthetic difference-in-differences of a sample: rows of the estimates.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. & Wager, S. (2021). Synthetic difference-in-differences.
AER 111.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.estimators.balanced import Balanced, balanced
from nianjian.estimators.prepare import context_of
from nianjian.numerics.synthetic_did import Cohorts, Weighting, cohorts, jackknife_error, placebo_error

Errors = Literal["jackknife", "placebo", "none"]


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    weighting: Weighting = "sdid",
    errors: Errors = "placebo",
    draws: int = 200,
    rng: Callable[[int], np.random.Generator],
    study: str = "",
    spec: str = "",
) -> pd.DataFrame:
    """Rows of the estimates' schema.

    ``effect``: ``att`` over all treated city-years with its error, and of each cohort (group). ``fit``: ``treated_units,
    never_treated_units, cohorts, nobs, draws``; ``unit_weight`` of each control with one (city), ``time_weight`` of each year
    before, by cohort (group).

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.balanced.balanced` does; if no city is never treated, one is treated from the
        first year, or the errors asked for cannot be had.
    """
    context = context_of(spec)
    panel = balanced(frame, treatment, [outcome], spec=spec, why="synthetic difference-in-differences")
    y, start, periods = panel.columns[:, :, 0], panel.start, len(panel.years)
    if not (start >= periods).any():
        raise EstimationError(f"{context}no city is never treated, and others are no controls here")
    if (start == 0).any():
        early = panel.cities[start == 0]
        raise EstimationError(
            f"{context}city {early[0]} ({len(early)} in all) is treated from the first year on; leave them out with `where`"
        )
    found = cohorts(y, start, weighting)
    error = np.nan
    if errors == "jackknife":
        error = jackknife_error(y, start, found)
        if np.isnan(error):
            raise EstimationError(
                f"{context}a cohort of one city, or one control with all the weight, has no jackknife error; write `errors: placebo`"
            )
    elif errors == "placebo":
        if (start >= periods).sum() <= (start < periods).sum():
            raise EstimationError(
                f"{context}placebo errors need more cities never treated than treated ones; write `errors: jackknife`"
            )
        error = placebo_error(y, start, [rng(draw) for draw in range(draws)], weighting)
    return _tidy(found, panel, error, draws if errors == "placebo" else 0, Rows(study, spec))


def _tidy(found: Cohorts, panel: Balanced, error: float, draws: int, rows: Rows) -> pd.DataFrame:
    if np.isnan(error):
        rows.add("effect", "att", found.estimate)
    else:
        rows.add_normal("effect", "att", found.estimate, error)
    never = panel.cities[panel.start >= len(panel.years)]
    for start, block in zip(found.first, found.blocks, strict=True):
        cohort = str(panel.years[start])
        rows.add("effect", "att", block.estimate, group=cohort)
        for city, weight in zip(never, block.unit, strict=True):
            if weight > 0:
                rows.add("fit", "unit_weight", weight, city=int(city), group=cohort)
        for year, weight in zip(panel.years, block.time, strict=False):
            rows.add("fit", "time_weight", weight, year=int(year), group=cohort)
    rows.add_fits(
        {
            "treated_units": len(panel.cities) - len(never),
            "never_treated_units": len(never),
            "cohorts": len(found.first),
            "nobs": panel.columns[:, :, 0].size,
            "units": len(panel.cities),
        }
    )
    if draws:
        rows.add("fit", "draws", draws)
    return rows.table()
