"""Event times of each cohort in one regression, averaged by the cohorts' shares (Sun and Abraham 2021).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.estimators.staggered import params as staggered
from nianjian.estimators.staggered.params import AnticipationParams
from nianjian.kinds.base import FixedEffects

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

NEEDS_TREATMENT = True
"""It reads the first treated year of every city."""
PRE_TRENDS = True
"""Its leads and their joint test stand on the page of a paper."""
COMPANION = TRENDS = True
"""A regression or event study may name it under `companions`, also one with trends of the cities."""
TABLE_ROWS, TABLE_STATISTICS, FIGURES = staggered.TABLE_ROWS, staggered.TABLE_STATISTICS, staggered.FIGURES


class Params(AnticipationParams):
    """Without cities never treated the last cohort is the control, in the years before its treatment."""

    absorb: list[FixedEffects] = Field(["city", "year"], description="fixed effects, also trends: city[year]")


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.report import report
    from nianjian.estimators.staggered import fits

    fitted = fits.sun_abraham(data, params.setting(context), absorb=params.absorb)
    if fitted.regression is not None:
        report(fitted.regression)
    return fitted.tidy(context.study, context.name)
