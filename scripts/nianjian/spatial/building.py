"""Weight matrices of a study's cities from their declarations, and what there is to say of each."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nianjian import storage
from nianjian.errors import SampleError
from nianjian.kinds.context import Context
from nianjian.kinds.entries import Entry
from nianjian.schemas import MATRIX_SUMMARY
from nianjian.spatial.seats import Seats, seats
from nianjian.spatial.weights import SpatialWeights


@dataclass(frozen=True)
class MatrixData:
    """What a kind of weight matrix is built from.

    Attributes
    ----------
    seats : the sample's cities, ascending by code, and where their governments sit
    frame : the sample, one row a ``city`` and ``year``
    entries : the study's matrices by name
    """

    seats: Seats
    frame: pd.DataFrame
    entries: Mapping[str, Entry]
    _made: dict[str, SpatialWeights] = field(default_factory=dict, repr=False)

    def part(self, name: str) -> SpatialWeights:
        """One of the study's matrices, built once."""
        if name not in self._made:
            entry = self.entries[name]
            self._made[name] = entry.kind.build(entry.params, self, Context("", "spatial_weights", name))
        return self._made[name]


def matrix_data(entries: Mapping[str, Entry], frame: pd.DataFrame, places: pd.DataFrame) -> MatrixData:
    """What matrices of a sample's cities are built from.

    Parameters
    ----------
    entries : the study's matrices by name
    frame : the sample
    places : all cities with the seats of governments, see :func:`nianjian.spatial.seats.seats`

    Raises
    ------
    SampleError
        If there are fewer than two cities, or one has no seat.
    """
    codes = sorted(int(city) for city in frame["city"].unique())
    if len(codes) < 2:
        raise SampleError(f"the sample has {len(codes)} cities, weights need two; widen the study's cities")
    return MatrixData(seats(places, codes), frame, entries)


def build(
    name: str, entries: Mapping[str, Entry], frame: pd.DataFrame, places: pd.DataFrame
) -> SpatialWeights:
    """One matrix of a study; see :func:`matrix_data`."""
    return matrix_data(entries, frame, places).part(name)


def write_summary(name: str, made: SpatialWeights, path: str | Path) -> None:
    """Write what there is to say of a matrix, schema ``MATRIX_SUMMARY``, and log it.

    Links, islands, components, range of eigenvalues; its parameters; cities that were linked, or have no neighbour.
    """
    told = made.describe()
    rows = {key: str(value) for key, value in told.items()}
    rows |= {f"parameter {key}": str(value) for key, value in made.parameters.items()}
    rows |= {f"linked {island}": str(nearest) for island, nearest in made.linked}
    rows |= {f"island {city}": "without neighbours" for city in made.islands}
    frame = pd.DataFrame({"matrix": name, "property": list(rows), "value": list(rows.values())})
    storage.write_table(frame, path, MATRIX_SUMMARY, ("matrix", "property"))
    logging.info(
        "%s: %d cities, %d links, %.1f neighbours on average, eigenvalues %.3f to %.3f",
        *(name, told["cities"], told["links"], told["neighbours_mean"]),
        *(told["eigenvalue_min"], told["eigenvalue_max"]),
    )
    for island, nearest in made.linked:
        logging.warning("%s: %s borders on no city of the sample; linked with %s", name, island, nearest)
    for city in made.islands:
        logging.warning("%s: %s has no neighbour", name, city)
