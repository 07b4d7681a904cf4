"""Spatial weight matrices as specifications read them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from nianjian.errors import EstimationError, SampleError
from nianjian.spatial import weights
from nianjian.spatial.labels import listed
from nianjian.spatial.weights import SpatialWeights


def weights_of(name: str, matrices: Mapping[str, Path], frame: pd.DataFrame) -> SpatialWeights:
    """A matrix for the cities of the rows used.

    A condition that leaves out cities leaves out their links; the other cities' rows are standardised anew. Where
    the matrix has islands already, `islands: keep` is declared and holds for those that a condition makes.

    Raises
    ------
    EstimationError
        If the rule did not build the matrix.
    SampleError
        If a city is not in the matrix, or is left without a neighbour.
    """
    if name not in matrices:
        known = ", ".join(sorted(matrices)) or "none"
        raise EstimationError(
            f"weight matrix {name!r} is not among the inputs, which are {known}; declare it under spatial_weights"
        )
    built = weights.read(matrices[name], name=name)
    cities = tuple(sorted(int(city) for city in frame["city"].unique()))
    if built.islands:
        logging.warning("weights %s: no neighbours for %s", name, listed(built.islands))
    if cities == built.cities:
        return built
    islands: weights.Islands = "keep" if built.islands else "error"
    covered = set(built.cities)
    if strangers := [str(city) for city in cities if city not in covered]:
        raise SampleError(
            f"weights {name}: no weights for {listed(strangers)}; build the matrix for the sample's cities"
        )
    try:
        return built.restrict(cities, islands=islands)
    except SampleError as error:
        told = str(error).partition("; ")[0]
        raise SampleError(
            f"{told}: the sample used holds {len(cities)} of the matrix's {built.n} cities and none of their "
            "neighbours; leave these out with `where` too, or name a matrix of nearest neighbours or of all distances"
        ) from error
