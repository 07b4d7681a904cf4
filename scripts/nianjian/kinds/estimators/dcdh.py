"""Effects by years of treatment, with placebos (de Chaisemartin and D'Haultfœuille 2024).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.estimators.staggered.params import StaggeredParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext


class Params(StaggeredParams):
    """Effect l stands at event time l - 1, placebo l at -1 - l; controls enter by their changes."""

    normalised: bool = Field(False, description="effects per year of treatment")
    same_switchers: bool = Field(
        False, description="only cities for which all effects of the window can be estimated"
    )
    city_trends: bool = Field(
        False, description="a linear trend of its own for each city; then no overall effect"
    )


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.staggered import fits

    fitted = fits.dcdh(
        data,
        params.setting(context),
        normalised=params.normalised,
        same_switchers=params.same_switchers,
        city_trends=params.city_trends,
    )
    return fitted.tidy(context.study, context.name)
