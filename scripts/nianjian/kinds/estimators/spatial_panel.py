"""Spatial panel models by maximum likelihood: lag, error, Durbin, with impacts and tests.

Rows: see :meth:`nianjian.spatial.models.SpatialFit.tidy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.kinds.base import Column, Matrix
from nianjian.spatial.params import SpatialParams, check_lagged, keep_islands

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

DURBIN = ("sdm", "slx", "sdem")
"""Models with spatial lags of regressors."""
TABLE_ROWS = (
    ("coefficient", "regressors"),
    ("coefficient", "_cons"),
    ("coefficient", "lag"),
    ("coefficient", "rho"),
    ("coefficient", "lambda"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = (
    {"term": "sigma2", "bracket": "std_error", "bracket_marks": "()"},
    "loglik",
    "r2_within",
    "nobs",
)
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(SpatialParams):
    """A spatial panel model."""

    formerly: ClassVar[Mapping[str, str]] = {**SpatialParams.formerly, "effect_errors": "impact_errors"}

    cluster: Literal["city"] | None = Field(
        None,
        description="null: standard errors from the information matrix; city: clustered beside the likelihood",
    )
    matrix: Matrix = Field(description="one of the study's spatial_weights")
    model: Literal["sar", "sem", "sdm", "sac", "slx", "sdem"] = Field(
        "sdm",
        description="sar: lag of the outcome; sem: of the error; sac: both; slx: of the regressors; sdm: sar with slx; "
        "sdem: sem with slx",
    )
    lagged: list[Column] | None = Field(
        None, description="regressors with a spatial lag in sdm, slx and sdem; left out: all"
    )
    tests: list[Literal["lm", "lr", "wald", "hausman"]] = Field(
        [],
        description="lm: of a model without spatial terms; lr, wald: sdm against sar and sem; hausman: fixed against "
        "random effects of cities",
    )
    impact_errors: Literal["simulated", "delta"] = Field(
        "simulated", description="standard errors that the rows of impacts carry"
    )
    draws: int = Field(1000, ge=100, description="of the impacts' simulated errors")

    @model_validator(mode="after")
    def _tests_fit(self) -> Self:
        if {"lr", "wald"} & set(self.tests) and self.model != "sdm":
            what = f"no test lr or wald with model {self.model}: they compare an sdm"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        if "hausman" in self.tests and ("city" not in self.absorb or self.model == "slx"):
            what = "test hausman with city in absorb and a model with rho or lambda only"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


complete = check_lagged


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.spatial.prepared_weights import by_factors
    from nianjian.spatial.spatial_panel import fit_frame

    weights = context.weights(params.matrix, data)
    fitted = fit_frame(
        data,
        outcome=params.outcome,
        regressors=params.regressors,
        weights=weights.matrix,
        cities=weights.cities,
        model=params.model,
        lagged=params.lagged if params.model in DURBIN else None,
        absorb=params.absorb,
        errors="cluster" if params.cluster else "ml",
        lee_yu=params.lee_yu,
        tests=params.tests,
        impact_errors=params.impact_errors,
        draws=params.draws,
        eigenvalues=None if by_factors(weights.matrix) else weights.eigenvalues,
        islands=keep_islands(weights.islands),
        study=context.study,
        spec=context.name,
        seed=context.seed,
    )
    return fitted.tidy(context.study, context.name, params.matrix)
