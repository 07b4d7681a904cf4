"""What trends the pre-test of an event study would find, and what passing it does to the estimates (Roth).

Rows: see :func:`nianjian.estimators.honest.pretrends`, after those of the event study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from nianjian.estimators.event_study_of import event_study_of
from nianjian.estimators.inference_params import in_space
from nianjian.kinds.estimators.event_study import Params as EventStudyParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

BATCH = "diagnostics"
"""It shares a job with what else is asked about the same regressions."""
NEEDS_TREATMENT = True
"""It reads the first treated year of every city."""
REPEATS_BASE = True
"""Its coefficients are those of the event study."""
FIGURES = ("event_study",)
"""Figures that its results make beside its own."""
TABLE_ROWS = (
    ("effect", "slope_for_power"),
    ("test", "bayes_factor"),
    ("test", "likelihood_ratio"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
WITHOUT_ERROR = ("slope_for_power", "trend", "after_passing")
"""Effects that are properties of the test."""
TABLE_STATISTICS = ("nobs", "clusters")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(EventStudyParams):
    """An event study and the power of its pre-test."""

    powers: list[Annotated[float, Field(gt=0.05, lt=1)]] = Field(
        [0.5, 0.8], description="probabilities with which the slope of a linear trend is to be found"
    )


def needs_cities(params: Params) -> bool:
    """Whether errors are correlated in space."""
    return in_space(params)


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    import pandas as pd

    from nianjian.estimators.honest import pretrends

    fitted = event_study_of(params, data, context)
    own = pretrends(fitted, powers=params.powers, study=context.study, spec=context.name)
    return pd.concat([fitted.tidy(context.study, context.name), own], ignore_index=True)
