"""Neighbours are the k cities whose seats are nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Labelled

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.spatial.building import MatrixData
    from nianjian.spatial.weights import SpatialWeights


class Params(Labelled):
    """The nearest cities."""

    k: int = Field(ge=1, description="how many neighbours")


def build(params: Params, data: MatrixData, context: Context) -> SpatialWeights:
    """See :func:`nianjian.spatial.geographic.k_nearest`.

    Raises
    ------
    SampleError
        If there are no more cities than neighbours.
    """
    from nianjian.errors import SampleError
    from nianjian.spatial.geographic import k_nearest

    n = len(data.seats.cities)
    if params.k >= n:
        raise SampleError(
            f"weights {context.name}: k is {params.k}, the sample has {n} cities; write a k below their number"
        )
    return k_nearest(data.seats, params.k, name=context.name)
