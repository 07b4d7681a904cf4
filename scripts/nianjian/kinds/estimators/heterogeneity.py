"""The effect in each group of cities, and the test of their difference.

Rows: see :meth:`nianjian.estimators.heterogeneity.HeterogeneityFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.inference_params import InferredTreatmentParams
from nianjian.kinds.base import ROBUST, SplitColumn

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

TABLE_ROWS = (("effect", "effect"), ("test", "difference"))
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = ("nobs", "clusters", "r2")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""

MANY = (
    "two groups under groups with inference cr2, not {}: its degrees of freedom differ by coefficient, which the joint test of "
    "several differences cannot have; or another inference"
)


class Params(InferredTreatmentParams):
    """The effect in each group."""

    by: SplitColumn = Field(description="group, attribute or dummy that splits the sample")
    groups: list[str | int | bool] | None = Field(
        None, description="its values in the order wanted; left out: all, sorted"
    )
    shared: bool = Field(False, description="city-years without a group belong to every group")

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        what = None
        if self.groups is not None and len(set(self.groups)) < 2:
            what = f"two groups or more, not {self.groups}"
        elif self.by in (self.treatment, self.outcome):
            what = f"another column under by; '{self.by}' is the treatment or the outcome"
        elif self.shared and self.cluster in (None, [], ROBUST):
            what = "a cluster where groups share rows, city at least"
        elif (
            self.groups is not None
            and len(self.groups) > 2
            and self.inference is not None
            and self.inference.method == "cr2"
        ):
            what = MANY.format(len(self.groups))
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.errors import EstimationError
    from nianjian.estimators import heterogeneity
    from nianjian.estimators.inference import inferred
    from nianjian.estimators.report import report

    fitted = heterogeneity.fit(
        data,
        **params.options,
        treatment=params.treatment,
        by=params.by,
        controls=params.controls,
        groups=params.groups,
        shared=params.shared,
        spec=context.name,
        inference=inferred(params.inference, context),
    )
    report(fitted.regression)
    if len(fitted.groups) > 2 and params.inference is not None and params.inference.method == "cr2":
        raise EstimationError(f"{context}: expected {MANY.format(len(fitted.groups))}")
    return fitted.tidy(context.study, context.name)
