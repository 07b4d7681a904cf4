"""Fixed effects from untreated city-years, then the rest on dummies of the treatment (Gardner 2022).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.estimators.staggered.params import AbsorbParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext


class Params(AbsorbParams):
    """Two-stage; the points are those of imputation, the errors differ."""


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.staggered import fits

    fitted = fits.two_stage(data, params.setting(context), absorb=params.absorb)
    return fitted.tidy(context.study, context.name)
