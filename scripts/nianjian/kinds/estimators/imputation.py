"""Treated city-years less what untreated ones let expect of them (Borusyak, Jaravel and Spiess 2024).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.estimators.staggered.params import AbsorbParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext


class Params(AbsorbParams):
    """Imputation: fixed effects and controls are estimated on untreated city-years only."""

    leads: int | None = Field(
        None,
        ge=0,
        description="years before the treatment that are tested, on untreated city-years; left out: those of the window, or 3",
    )


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.staggered import fits

    fitted = fits.impute(data, params.setting(context), absorb=params.absorb, leads=params.leads)
    return fitted.tidy(context.study, context.name)
