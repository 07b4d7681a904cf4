"""Two-way fixed effects as a mean of comparisons of cohorts (Goodman-Bacon).

Rows: see :func:`nianjian.estimators.decomposition.tidy_bacon`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from nianjian.estimators.params import TreatmentParams, two_way
from nianjian.kinds.base import FixedEffects

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

BATCH = "diagnostics"
"""It shares a job with what else is asked about the same regressions."""
TABLE_ROWS = (
    ("effect", "twfe"),
    ("effect", "mean_never"),
    ("effect", "mean_earlier_later"),
    ("effect", "mean_later_earlier"),
    ("effect", "mean_later_always"),
    ("effect", "mean_both_treated"),
    ("effect", "within"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
WITHOUT_ERROR = (
    *(term for _, term in TABLE_ROWS),
    *(term.replace("mean_", "comparison_") for _, term in TABLE_ROWS if term.startswith("mean_")),
)
"""Effects that are parts of an estimate."""
TABLE_STATISTICS = (
    "weight_never",
    "weight_earlier_later",
    "weight_later_earlier",
    "weight_later_always",
    "weight_both_treated",
    "weight_within",
)
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(TreatmentParams):
    """Comparisons of cohorts behind a two-way fixed effects estimate, on a balanced panel."""

    refused: ClassVar[dict[str, str]] = {
        "inference": "it takes an estimate apart and has no errors; declare the regression as twfe for them"
    }

    absorb: list[FixedEffects] = Field(["city", "year"], description="city and year, no others")
    cluster: None = Field(None, description="the parts have no errors of their own")
    weights: None = Field(None, description="the decomposition is of the plain mean")
    missing: Literal["error", "drop"] = Field(
        "error", description="city-years with a gap in a column that is used; the panel must stay balanced"
    )

    @model_validator(mode="after")
    def _two_way(self) -> Self:
        two_way(self.absorb)
        return self


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.decomposition import decompose, tidy_bacon

    found = decompose(
        data,
        outcome=params.outcome,
        treatment=params.treatment,
        controls=params.controls,
        spec=context.name,
    )
    return tidy_bacon(found, context.study, context.name)
