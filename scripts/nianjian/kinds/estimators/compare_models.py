"""Spatial models under several weight matrices, compared by AIC, BIC and posterior probability.

Rows: see :meth:`nianjian.spatial.compare_models.ModelComparison.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.kinds.base import Chunks, Matrix
from nianjian.spatial.params import SpatialParams, check_rows, keep_islands, message

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

TABLE_ROWS = ()
"""Tables of coefficients show nothing of it, see :func:`nianjian.publish.regressors.table_rows`."""
Model = Literal["sar", "sem", "sdm", "sdem", "slx"]


class Params(SpatialParams):
    """Several spatial models under several matrices, all as likely before the data are seen."""

    cluster: None = Field(None, description="the comparison is by the likelihood, which is not clustered")
    matrices: Annotated[list[Matrix], Field(min_length=1)] = Field(
        description="candidates, of the study's spatial_weights"
    )
    models: Annotated[list[Model], Field(min_length=1)] = Field(
        ["sar", "sem", "sdm", "sdem", "slx"], description="candidates, see spatial_panel"
    )
    slopes: Literal["zellner", "flat"] = Field(
        "zellner",
        description="prior of the slopes. zellner: unit information, whatever the regressors' units; flat: LeSage (2014), with "
        "which models with and without lags of regressors compare by their units",
    )
    chunks: Chunks = 1

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for key, own in (("matrices", self.matrices), ("models", self.models)):
            for name in own:
                if list(own).count(name) > 1:
                    what = f"each once; '{name}' stands in {key} twice"
                    raise PydanticCustomError("pattern", "{what}", {"what": what})
        if len(self.matrices) * len(self.models) < 2:
            what = "two matrices or two models, at least"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


complete = check_rows


def pieces(params: Params) -> int:
    """Matrices, under each of which all models are estimated."""
    return len(params.matrices)


def drawer(params: Params, data: pd.DataFrame, context: EstimatorContext) -> Callable[[range], pd.DataFrame]:
    """Estimates the models under some of the matrices: a row each."""
    from nianjian.spatial.compare_models import compare_models
    from nianjian.spatial.panels import panel_arrays

    declared = {matrix: context.weights(matrix, data) for matrix in params.matrices}
    shown = message(context.name)
    cities = next(iter(declared.values())).cities
    y, x, _ = panel_arrays(
        data, outcome=params.outcome, regressors=params.regressors, cities=cities, context=shown
    )
    islands = keep_islands([city for own in declared.values() for city in own.islands])

    def draw(piece: range) -> pd.DataFrame:
        names = params.matrices[piece.start : piece.stop]
        return compare_models(
            y,
            x,
            {name: declared[name].matrix for name in names},
            models=params.models,
            regressors=params.regressors,
            absorb=params.absorb,
            lee_yu=params.lee_yu,
            prior=params.slopes,
            islands=islands,
            outcome=params.outcome,
            context=shown,
        ).table

    return draw


def build(params: Params, data: pd.DataFrame, context: EstimatorContext, drawn: pd.DataFrame) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.spatial.compare_models import ModelComparison

    return ModelComparison(drawn).tidy(context.study, context.name)
