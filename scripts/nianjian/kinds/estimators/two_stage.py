"""Fixed effects from untreated city-years, then the rest on dummies of the treatment (Gardner 2022).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.estimators.staggered import params as staggered
from nianjian.estimators.staggered.params import AbsorbParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

NEEDS_TREATMENT = True
"""It reads the first treated year of every city."""
PRE_TRENDS = True
"""Its leads and their joint test stand on the page of a paper."""
COMPANION = True
"""A regression or event study may name it under `companions`."""
TABLE_ROWS, TABLE_STATISTICS, FIGURES = staggered.TABLE_ROWS, staggered.TABLE_STATISTICS, staggered.FIGURES


class Params(AbsorbParams):
    """Two-stage; the points are those of imputation, the errors differ."""


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.staggered import fits

    fitted = fits.two_stage(data, params.setting(context), absorb=params.absorb)
    return fitted.tidy(context.study, context.name)
