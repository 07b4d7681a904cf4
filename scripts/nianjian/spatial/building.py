"""Weight matrices of a study's cities from their declarations, and what there is to say of each."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from nianjian import storage
from nianjian.errors import SampleError
from nianjian.kinds.context import Context
from nianjian.kinds.entries import Entry
from nianjian.schemas import MATRIX_SUMMARY, WEIGHT_CELLS
from nianjian.spatial.seats import Seats, seats
from nianjian.spatial.weights import SpatialWeights


@dataclass(frozen=True)
class MatrixData:
    """What a kind of weight matrix is built from.

    Attributes
    ----------
    cities : codes of the sample's cities, ascending
    places : all cities with the seats of governments, see :func:`nianjian.spatial.seats.seats`
    frame : the sample, one row a ``city`` and ``year``
    entries : the study's matrices by name
    inputs : files of each by name, as its kind says
    cells : by name of the matrix, where each weight is written, of those that come from a file
    """

    cities: tuple[int, ...]
    places: pd.DataFrame
    frame: pd.DataFrame
    entries: Mapping[str, Entry]
    inputs: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    cells: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    _made: dict[str, SpatialWeights] = field(default_factory=dict, repr=False)

    @cached_property
    def seats(self) -> Seats:
        """The sample's cities and where their governments sit.

        Raises
        ------
        SampleError
            If one has no seat.
        """
        return seats(self.places, self.cities)

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        """What the sample calls its cities, in their order."""
        if "city_name" not in self.frame:
            return tuple(map(str, self.cities))
        named = self.frame.drop_duplicates("city").set_index("city")["city_name"]
        return tuple(str(named[city]) for city in self.cities)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names with codes, for messages."""
        return tuple(
            name if name == str(city) else f"{name} ({city})"
            for name, city in zip(self.own_names, self.cities, strict=True)
        )

    def part(self, name: str) -> SpatialWeights:
        """One of the study's matrices, built once."""
        if name not in self._made:
            entry = self.entries[name]
            self._made[name] = entry.kind.build(entry.params, self, Context("", "spatial_weights", name))
        return self._made[name]


def matrix_data(
    entries: Mapping[str, Entry],
    frame: pd.DataFrame,
    places: pd.DataFrame,
    inputs: Mapping[str, Mapping[str, list[str]]] | None = None,
) -> MatrixData:
    """What matrices of a sample's cities are built from.

    Parameters
    ----------
    entries : the study's matrices by name
    frame : the sample
    places : all cities with the seats of governments, see :func:`nianjian.spatial.seats.seats`
    inputs : files of each by name

    Raises
    ------
    SampleError
        If there are fewer than two cities.
    """
    codes = sorted(int(city) for city in frame["city"].unique())
    if len(codes) < 2:
        raise SampleError(f"the sample has {len(codes)} cities, weights need two; widen the study's cities")
    return MatrixData(tuple(codes), places, frame, entries, inputs or {})


def build(
    name: str, entries: Mapping[str, Entry], frame: pd.DataFrame, places: pd.DataFrame
) -> SpatialWeights:
    """One matrix of a study; see :func:`matrix_data`."""
    return matrix_data(entries, frame, places).part(name)


def write_cells(cells: Mapping[tuple[int, int], str], path: str | Path) -> None:
    """Write where each weight is written, schema ``WEIGHT_CELLS``."""
    rows = [(city, neighbour, cell) for (city, neighbour), cell in cells.items()]
    frame = pd.DataFrame(rows, columns=list(WEIGHT_CELLS))
    storage.write_table(frame, path, WEIGHT_CELLS, ("city", "neighbour"))


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
