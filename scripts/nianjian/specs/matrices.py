"""Spatial weight matrices of specifications."""

from __future__ import annotations

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.spatial import weights
from nianjian.spatial.weights import SpatialWeights
from nianjian.specs.common import Context


def weights_of(name: str, context: Context, frame: pd.DataFrame) -> SpatialWeights:
    """A matrix for the cities of the rows used.

    A condition that leaves out cities leaves out their links; the other cities' rows are standardised anew.

    Raises
    ------
    EstimationError
        If the rule did not build the matrix.
    SampleError
        If a city is not in the matrix, or is left without a neighbour.
    """
    if name not in context.matrices:
        raise EstimationError(
            f"weight matrix {name!r} is not among the inputs; declare it under spatial_weights"
        )
    built = weights.read(context.matrices[name], name=name)
    cities = tuple(sorted(int(city) for city in frame["city"].unique()))
    return built if cities == built.cities else built.restrict(cities)
