"""Weights are the products of those of two matrices: near and alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.kinds.base import Labelled, Matrix
from nianjian.spatial.params import check_parts

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.spatial.building import MatrixData
    from nianjian.spatial.weights import SpatialWeights


class Params(Labelled):
    """A product."""

    first: Matrix = Field(description="the geographic matrix")
    second: Matrix = Field(description="the economic matrix")
    islands: Literal["error", "keep"] = Field(
        "error", description="cities without a neighbour in both: stop, or keep"
    )


complete = check_parts


def build(params: Params, data: MatrixData, context: Context) -> SpatialWeights:
    """See :func:`nianjian.spatial.combined.product`."""
    from nianjian.spatial.combined import product

    return product(
        data.part(params.first), data.part(params.second), name=context.name, islands=params.islands
    )
