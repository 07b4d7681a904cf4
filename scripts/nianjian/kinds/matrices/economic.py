"""Weights are inverse differences of a variable's mean: alike economies are near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from nianjian.declarations.models.base import Years
from nianjian.kinds.base import Labelled, Variable

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.spatial.building import MatrixData
    from nianjian.spatial.weights import SpatialWeights


class Params(Labelled):
    """Economic distance."""

    variable: Variable = Field(description="weights are 1 / |difference of its mean|")
    years: Years = Field(description="first and last year over which the mean is taken")
    floor: float | None = Field(
        None, gt=0, description="smallest difference that counts, in the variable's unit"
    )


def build(params: Params, data: MatrixData, context: Context) -> SpatialWeights:
    """See :func:`nianjian.spatial.economic.economic_distance`."""
    from nianjian.spatial.economic import economic_distance, mean_over_years

    first, last = params.years
    cities: Any = data.seats.cities
    values = mean_over_years(data.frame, params.variable, list(range(first, last + 1)), cities)
    about = {"variable": params.variable, "years": list(params.years)}
    return economic_distance(data.seats, values, floor=params.floor, name=context.name, parameters=about)
