"""Dynamic spatial panel models: the outcome's lag in time, in space, and both, by bias-corrected quasi-maximum likelihood.

Rows: see :meth:`nianjian.spatial.dynamic.DynamicFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.params import EstimatorParams
from nianjian.kinds.base import Column, FixedEffects, Matrix
from nianjian.spatial.params import check_lagged, keep_islands, of_cities_and_years

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

HORIZONS = ("short_run", "long_run")
"""Of impacts, which tables of impacts show side by side."""
TABLE_ROWS = (
    ("coefficient", "tau"),
    ("coefficient", "eta"),
    ("coefficient", "regressors"),
    ("coefficient", "lag"),
    ("coefficient", "rho"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = (
    {"term": "sigma2", "bracket": "std_error", "bracket_marks": "()"},
    "largest_root",
    "loglik",
    "r2_within",
    "nobs",
)
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(EstimatorParams):
    """A dynamic spatial panel model; the sample's first year serves as a lag only."""

    refused: ClassVar[dict[str, str]] = {
        "inference": "dependence in space is in the model itself, whose likelihood no bootstrap by clusters and no Conley sandwich is defined for"
    }

    absorb: Annotated[list[FixedEffects], AfterValidator(of_cities_and_years)] = Field(
        ["city", "year"], description="fixed effects of city, or of city and year"
    )
    cluster: None = Field(None, description="standard errors are those of the likelihood, see errors")
    weights: None = Field(None, description="spatial models weight all city-years alike")
    matrix: Matrix = Field(description="one of the study's spatial_weights")
    model: Literal["sar", "sdm"] = Field(
        "sdm", description="sar: lag of the outcome in space; sdm: of the regressors too"
    )
    lagged: list[Column] | None = Field(
        None, description="regressors with a spatial lag in sdm; left out: all"
    )
    space_time_lag: bool = Field(True, description="whether last year's outcome of the neighbours counts too")
    bias_corrected: bool = Field(
        True, description="whether the bias of order 1/T is subtracted, Yu, de Jong and Lee (2008)"
    )
    errors: Literal["qml", "ml"] = Field(
        "qml",
        description="qml: innovations of any distribution, by their fourth moment; ml: normal ones, by information",
    )
    impact_errors: Literal["simulated", "delta"] = Field(
        "simulated", description="standard errors that the rows of impacts carry"
    )
    draws: int = Field(1000, ge=100, description="of the impacts' simulated errors")

    @model_validator(mode="after")
    def _of_cities(self) -> Self:
        if "city" not in self.absorb:
            what = "city in absorb: the model is one with effects of cities"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


complete = check_lagged


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.spatial.dynamic_effects import fit_frame

    weights = context.weights(params.matrix, data)
    fitted = fit_frame(
        data,
        outcome=params.outcome,
        regressors=params.regressors,
        weights=weights.matrix,
        cities=weights.cities,
        model=params.model,
        lagged=params.lagged if params.model == "sdm" else None,
        space_time_lag=params.space_time_lag,
        absorb=params.absorb,
        errors=params.errors,
        corrected=params.bias_corrected,
        impact_errors=params.impact_errors,
        draws=params.draws,
        islands=keep_islands(weights.islands),
        study=context.study,
        spec=context.name,
        seed=context.seed,
    )
    return fitted.tidy(context.study, context.name, params.matrix)
