"""Extended two-way fixed effects: an effect for each cohort and year, averaged (Wooldridge 2025).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from nianjian.estimators.inference_params import refuse
from nianjian.estimators.staggered.params import Control, RegressionParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext


class Params(RegressionParams):
    """An effect for each cohort and year."""

    control_group: Control = Field(
        "not_yet",
        description="all city-years not treated yet, or cities never treated only; then years before the treatment have effects "
        "too",
    )
    interact: bool = Field(
        True,
        description="controls are interacted with cohorts, years and effects, which asks for cohorts much larger than their number; "
        "false: one slope each",
    )
    level: Literal["city", "cohort"] = Field(
        "city", description="fixed effects beside those of years; poisson has those of cohorts"
    )
    family: Literal["gaussian", "poisson"] = Field(
        "gaussian", description="poisson: the mean is exponential, effects are on the outcome itself"
    )

    @model_validator(mode="after")
    def _of_least_squares(self) -> Self:
        if self.inference is not None and self.family == "poisson":
            refuse("no inference with family poisson: its methods are for least squares")
        return self


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.staggered import fits

    fitted = fits.extended(
        data,
        params.setting(context),
        control=params.control_group,
        interact=params.interact,
        level=params.level,
        family=params.family,
    )
    return fitted.tidy(context.study, context.name)
