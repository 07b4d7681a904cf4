"""Weights are inverse distances between seats, up to a cut-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from nianjian.kinds.base import Labelled

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.spatial.building import MatrixData
    from nianjian.spatial.weights import SpatialWeights


class Params(Labelled):
    """Inverse distance."""

    power: float = Field(1.0, gt=0, description="1: 1/d; 2: 1/d²")
    cutoff_km: Annotated[float, Field(gt=0)] | Literal["minimum"] | None = Field(
        None,
        description="distance in km beyond which there is no weight; minimum: the least that leaves no city alone; "
        "null: none",
    )
    islands: Literal["error", "keep"] = Field(
        "error", description="cities without a neighbour within the cut-off: stop, or keep"
    )


def build(params: Params, data: MatrixData, context: Context) -> SpatialWeights:
    """See :func:`nianjian.spatial.geographic.inverse_distance`."""
    from nianjian.spatial.geographic import inverse_distance

    return inverse_distance(
        data.seats,
        power=params.power,
        cutoff_km=params.cutoff_km,
        islands=params.islands,
        name=context.name,
    )
