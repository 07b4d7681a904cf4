"""Each cohort with clean controls in a window of its own, stacked (Cengiz et al. 2019; Wing, Freedman and Hollingsworth 2024).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.estimators.staggered.params import Control, RegressionParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext


class Params(RegressionParams):
    """Stacked; the window, left out, is the widest that holds every cohort, up to 5 years on either side."""

    control_group: Control = Field(
        "not_yet", description="cities never treated, or also those treated after the window"
    )
    weighting: Literal["corrected", "equal"] = Field(
        "corrected",
        description="corrected: the cohorts count by their treated cities; equal: as least squares weighs them",
    )
    level: Literal["city", "group"] = Field(
        "city",
        description="fixed effects: of cities and years in each sub-experiment, or of treated cities and event times over all",
    )


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.staggered import fits

    fitted = fits.stack(
        data,
        params.setting(context),
        control=params.control_group,
        weighting=params.weighting,
        level=params.level,
    )
    return fitted.tidy(context.study, context.name)
