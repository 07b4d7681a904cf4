"""Effects by years since the treatment, with joint tests and a simultaneous band.

Rows: see :meth:`nianjian.estimators.event_study.EventStudyFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.event_study_of import event_study_of
from nianjian.estimators.inference_params import JointParams
from nianjian.kinds.base import SplitColumn

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

COMPANIONS = True
"""Estimators of staggered adoption may stand beside it, see :mod:`nianjian.declarations.companions`."""
NEEDS_TREATMENT = True
"""It reads the first treated year of every city."""
PRE_TRENDS = True
"""Its leads and their joint test stand on the page of a paper."""
TABLE_ROWS = (
    ("coefficient", "event_until"),
    ("coefficient", "event"),
    ("coefficient", "event_from"),
    ("coefficient", "regressors"),
    ("coefficient", "_cons"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = ({"term": "pretrend", "kind": "test", "bracket": "p_value"}, "nobs", "clusters", "r2")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


def _two_times(value: list[int]) -> list[int]:
    if value[0] >= value[1]:
        what = "two event times, the smaller first"
        raise PydanticCustomError("pattern", "{what}", {"what": what})
    return value


class Params(JointParams):
    """Effects by years since the treatment."""

    treatment: SplitColumn | None = Field(
        None, description="the study's treatment, whose first years count; left out: that"
    )
    window: Annotated[list[int], Field(min_length=2, max_length=2), AfterValidator(_two_times)] = Field(
        description="first and last event time that is shown, years since the treatment"
    )
    base: int = Field(-1, description="event time that the others are measured against")
    outside: Literal["omit", "bin"] = Field(
        "bin", description="treated city-years beyond the window: end bins, or no dummy"
    )
    method: Literal["twfe", "interaction_weighted"] = Field(
        "twfe", description="interaction_weighted: by cohort, then averaged (Sun and Abraham 2021)"
    )

    @model_validator(mode="after")
    def _base_in_window(self) -> Self:
        if not self.window[0] <= self.base <= self.window[1]:
            what = f"base in the window {self.window}, not {self.base}; widen it or move base"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    return event_study_of(params, data, context).tidy(context.study, context.name)
