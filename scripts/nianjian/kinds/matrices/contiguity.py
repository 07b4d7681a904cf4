"""Neighbours are cities whose territories touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.kinds.base import Labelled

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.spatial.building import MatrixData
    from nianjian.spatial.weights import SpatialWeights


class Params(Labelled):
    """Contiguity of today's territories."""

    rule: Literal["queen", "rook"] = Field("queen", description="queen: corners count; rook: borders only")
    islands: Literal["error", "nearest", "keep"] = Field(
        "error", description="cities without a neighbour: stop, link to the nearest, or keep"
    )


def build(params: Params, data: MatrixData, context: Context) -> SpatialWeights:
    """See :func:`nianjian.spatial.geographic.contiguity`."""
    from nianjian.spatial.geographic import contiguity

    return contiguity(data.seats, rule=params.rule, islands=params.islands, name=context.name)
