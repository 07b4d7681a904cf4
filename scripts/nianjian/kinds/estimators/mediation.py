"""The three equations of mediation, one mediator at a time, with resampled indirect effects.

Rows: see :meth:`nianjian.estimators.mediation.MediationFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from nianjian.estimators.params import SplitColumns, TreatmentParams
from nianjian.kinds.base import Cluster

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

TABLE_ROWS = (
    ("effect", "total"),
    ("effect", "a"),
    ("effect", "b"),
    ("effect", "direct"),
    ("effect", "indirect"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = ("nobs", "clusters")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(TreatmentParams):
    """The three equations of mediation."""

    cluster: Cluster | None = Field(
        "city",
        description="what is resampled whole, and standard errors are clustered by; null: no clustering",
    )
    mediators: Annotated[SplitColumns, Field(min_length=1)] = Field(
        description="each by itself; a city-year that lacks one is left out of all equations"
    )
    draws: int = Field(500, ge=2, description="resamples of the indirect effect")


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import mediation
    from nianjian.estimators.report import report_dropped

    fitted = mediation.fit(
        data,
        **params.options,
        treatment=params.treatment,
        mediators=params.mediators,
        controls=params.controls,
        draws=params.draws,
        study=context.study,
        spec=context.name,
        seed=context.seed,
    )
    report_dropped(fitted.total.dropped)
    return fitted.tidy(context.study, context.name)
