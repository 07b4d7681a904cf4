"""Event times of each cohort in one regression, averaged by the cohorts' shares (Sun and Abraham 2021).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.estimators.staggered.params import RegressionParams
from nianjian.kinds.base import FixedEffects

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

TRENDS = True
"""It may stand beside a regression with trends of the cities."""


class Params(RegressionParams):
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
