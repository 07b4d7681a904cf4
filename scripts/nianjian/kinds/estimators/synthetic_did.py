"""Synthetic difference-in-differences, cohort by cohort (Arkhangelsky et al.).

Rows: see :func:`nianjian.estimators.synthetic.fit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from nianjian.estimators.params import TreatmentParams, two_way
from nianjian.kinds.base import Column, FixedEffects

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

BATCH = "staggered"
"""It shares a job with estimators of staggered adoption."""
TABLE_ROWS = (("effect", "att"),)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
WITHOUT_ERROR = ("att",)
"""Effects of one cohort, and all with errors: none."""
TABLE_STATISTICS = ("treated_units", "never_treated_units", "nobs")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(TreatmentParams):
    """Treated cities against weighted cities never treated, on a balanced panel."""

    refused: ClassVar[dict[str, str]] = {
        "inference": "its weights of cities and years are estimated, which methods for least squares do not know of; `errors` has the placebo and the jackknife"
    }

    controls: list[Column] = Field([], max_length=0, description="none; take them out of the outcome first")
    absorb: list[FixedEffects] = Field(["city", "year"], description="city and year, which the method holds")
    cluster: None = Field(None, description="errors come from leaving out cities or from placebos")
    weights: None = Field(None, description="the method makes its own")
    weighting: Literal["sdid", "sc", "did"] = Field(
        "sdid", description="sdid; sc: synthetic control; did: equal weights"
    )
    errors: Literal["placebo", "jackknife", "none"] = Field(
        "placebo",
        description="placebo: cities never treated are treated at random; jackknife: each city is left out, weights kept",
    )
    draws: int = Field(200, ge=20, description="random placebos")

    @model_validator(mode="after")
    def _two_way(self) -> Self:
        two_way(self.absorb)
        return self


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import synthetic

    return synthetic.fit(
        data,
        outcome=params.outcome,
        treatment=params.treatment,
        weighting=params.weighting,
        errors=params.errors,
        draws=params.draws,
        rng=lambda draw: context.rng("placebo", draw),
        study=context.study,
        spec=context.name,
    )
