"""The three equations of mediation, one mediator at a time, with resampled indirect effects.

Rows: see :meth:`nianjian.estimators.mediation.MediationFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.inference_params import InferredTreatmentParams
from nianjian.estimators.params import SplitColumns
from nianjian.kinds.base import ROBUST, Chunks, Cluster
from nianjian.kinds.splitting import DRAWS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from nianjian.estimators.mediation import Equations
    from nianjian.kinds.context import EstimatorContext

TABLE_ROWS = (
    ("effect", "total"),
    ("effect", "a"),
    ("effect", "b"),
    ("effect", "direct"),
    ("effect", "indirect"),
    ("effect", "rho_at_zero"),
    ("fit", "r2_tilde_at_zero"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = ("nobs", "clusters")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""

BLOCK = DRAWS_AT_ONCE


class Params(InferredTreatmentParams):
    """The three equations of mediation."""

    cluster: Cluster | None = Field(
        "city",
        description="what is resampled whole, and standard errors are clustered by; null: no clustering",
    )
    mediators: Annotated[SplitColumns, Field(min_length=1)] = Field(
        description="each by itself; a city-year that lacks one is left out of all equations"
    )
    draws: int = Field(500, ge=2, description="resamples of the indirect effect")
    sensitivity: float | None = Field(
        None,
        gt=0,
        le=0.5,
        description="step of a grid of correlations between the errors of mediator and outcome (0.1: -0.9 to 0.9), at each of which "
        "the indirect effect is given: how strong an omitted cause of both must be to make it zero; null: none",
    )
    chunks: Chunks = 1

    @model_validator(mode="after")
    def _resamples_columns(self) -> Self:
        if self.cluster == ROBUST:
            what = f"a column that is resampled whole under cluster, or null, not {ROBUST}"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def pieces(params: Params) -> int:
    """Resamples."""
    return params.draws


def drawer(params: Params, data: pd.DataFrame, context: EstimatorContext) -> Callable[[range], pd.DataFrame]:
    """Makes cross products of some resamples, from which the indirect effects follow."""
    return _equations(params, data, context).drawer()


def build(params: Params, data: pd.DataFrame, context: EstimatorContext, drawn: pd.DataFrame) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.report import report_dropped

    fitted = _equations(params, data, context).fitted(drawn)
    report_dropped(fitted.total.dropped)
    return fitted.tidy(context.study, context.name)


def _equations(params: Params, data: pd.DataFrame, context: EstimatorContext) -> Equations:
    from nianjian.estimators import mediation
    from nianjian.estimators.inference import inferred

    return mediation.equations(
        data,
        **params.options,
        treatment=params.treatment,
        mediators=params.mediators,
        controls=params.controls,
        study=context.study,
        spec=context.name,
        seed=context.seed,
        step=params.sensitivity,
        inference=inferred(params.inference, context),
    )
