"""One spatial model under several weight matrices, compared by AIC and BIC.

Rows: see :meth:`nianjian.spatial.compare_matrices.MatrixComparison.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.kinds.base import Chunks, Matrix
from nianjian.spatial.params import SHARES, SpatialParams, check_rows, keep_islands, message

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

FORMERLY = ("weight_choice",)
TABLE_ROWS = ()
"""Tables of coefficients show nothing of it, see :func:`nianjian.publish.regressors.table_rows`."""


class Params(SpatialParams):
    """One spatial model under several matrices."""

    cluster: None = Field(None, description="the comparison is by the likelihood, which is not clustered")
    matrices: Annotated[list[Matrix], Field(min_length=2)] = Field(
        description="candidates, of the study's spatial_weights"
    )
    grid: Annotated[list[Matrix], Field(min_length=2, max_length=2)] | None = Field(
        None, description="two of them, mixed as a·first + (1 - a)·second for a = 0, 0.1, …, 1"
    )
    model: Literal["sar", "sem", "sdm", "sac", "sdem"] = Field("sdm", description="see spatial_panel")
    chunks: Chunks = 1

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for matrix in self.matrices:
            if self.matrices.count(matrix) > 1:
                what = f"each matrix once; '{matrix}' stands in matrices twice"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        for matrix in self.grid or []:
            if matrix not in self.matrices:
                what = f"two of matrices under grid; '{matrix}' is not among them"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


complete = check_rows


def candidates(params: Params) -> list[str]:
    """Names of the matrices that are compared: mixtures first, then the declared ones."""
    return [*(SHARES if params.grid else ()), *params.matrices]


def pieces(params: Params) -> int:
    """Matrices, under each of which the model is estimated."""
    return len(candidates(params))


def drawer(params: Params, data: pd.DataFrame, context: EstimatorContext) -> Callable[[range], pd.DataFrame]:
    """Estimates the model under some of the matrices: a row each."""
    from nianjian.spatial.compare_matrices import compare_matrices, mixtures
    from nianjian.spatial.panels import panel_arrays

    declared = {matrix: context.weights(matrix, data) for matrix in params.matrices}
    matrices = {matrix: own.matrix for matrix, own in declared.items()}
    if params.grid:
        first, second = params.grid
        matrices = mixtures(matrices[first], matrices[second]) | matrices
    regressors, shown = params.regressors, message(context.name)
    cities = next(iter(declared.values())).cities
    y, x, _ = panel_arrays(data, outcome=params.outcome, regressors=regressors, cities=cities, context=shown)
    islands = keep_islands([city for own in declared.values() for city in own.islands])

    def draw(piece: range) -> pd.DataFrame:
        chosen = {name: matrices[name] for name in candidates(params)[piece.start : piece.stop]}
        return compare_matrices(
            y,
            x,
            chosen,
            context=shown,
            model=params.model,
            regressors=regressors,
            absorb=params.absorb,
            lee_yu=params.lee_yu,
            outcome=params.outcome,
            islands=islands,
        ).table

    return draw


def build(params: Params, data: pd.DataFrame, context: EstimatorContext, drawn: pd.DataFrame) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.spatial.compare_matrices import MatrixComparison, shares_of

    return MatrixComparison(drawn, shares_of(candidates(params))).tidy(context.study, context.name)
