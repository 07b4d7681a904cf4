"""What a study declares and made, as a walk reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nianjian import estimates, storage
from nianjian.declarations.models.chain import Chain
from nianjian.estimates import ESTIMATE_KEY
from nianjian.publish.sources import Source
from nianjian.trace.steps import TraceError

SAMPLE = "sample.parquet"
OF_A_ROW = tuple(name for name in ESTIMATE_KEY if name != "study")
"""What singles out a row of one study's estimates."""


class Weight(NamedTuple):
    """What an index makes of an indicator: ``+`` or ``-``, and how much it weighs."""

    sign: str
    weight: float


class StudyResults:
    """Files of one study and how its numbers hang together.

    Parameters
    ----------
    name : the study's id
    folder : of its results
    chain : what it declares
    """

    def __init__(self, name: str, folder: str | Path, chain: Chain) -> None:
        self.name, self.folder, self.chain = name, Path(folder), chain
        self._frames: dict[str, pd.DataFrame] = {}
        self._columns: dict[str, dict[str, list[Any]]] = {}
        self._weights: dict[str, dict[str, Weight]] = {}
        self._keyed: dict[tuple[str, str], list[Any]] = {}
        self._found: dict[tuple[Any, ...], dict[tuple[Any, ...], list[int]]] = {}

    def frame(self, file: str) -> pd.DataFrame:
        """A Parquet or CSV below the study's folder, or beside the project."""
        if file not in self._frames:
            path = self.folder / file
            path = path if path.is_file() else Path(file)
            if not path.is_file():
                raise TraceError(f"{self.folder / file} is not there; run snakemake first")
            if path.suffix == ".csv":
                self._frames[file] = pd.read_csv(path)
            else:
                frame = storage.read_table(path)
                self._frames[file] = estimates.typed(frame) if file.startswith("estimates/") else frame
        return self._frames[file]

    @cached_property
    def sample(self) -> pd.DataFrame:
        """The sample."""
        return self.frame("sample.parquet")

    def columns(self, file: str) -> dict[str, list[Any]]:
        """Columns of a file as lists: a walk reads single values by the ten thousand."""
        if file not in self._columns:
            frame = self.frame(file)
            self._columns[file] = {str(name): frame[name].tolist() for name in frame}
        return self._columns[file]

    def city_year(self, city: int, year: int, file: str = SAMPLE) -> dict[str, Any] | None:
        """The row of a city and year; None if there is none."""
        at = self._places(file, ("city", "year")).get((float(city), float(year)), [])
        return {name: values[at[0]] for name, values in self.columns(file).items()} if at else None

    def weights(self, index: str) -> dict[str, Weight]:
        """Sign and weight of each indicator of an index; empty where it has none."""
        file = f"indices/{index}.weights.parquet"
        if index not in self._weights:
            try:
                frame = self.frame(file)
            except TraceError:
                frame = pd.DataFrame(columns=["indicator", "sign", "weight"])
            each = zip(frame["indicator"], frame["sign"], frame["weight"], strict=True)
            self._weights[index] = {name: Weight(sign, float(weight)) for name, sign, weight in each}
        return self._weights[index]

    def rows(self, source: Source) -> Selected:
        """Rows of a source's file that its key selects.

        Of estimates a column that the key leaves out is null in the row: ``event`` of all cohorts is none of one cohort.
        """
        file, key = source.file, dict(source.key)
        columns = self.columns(file)
        if file.startswith("estimates/") and source.how == "value":
            at = self._places(file, OF_A_ROW).get(tuple(_plain(key.get(name)) for name in OF_A_ROW), [])
            return Selected(columns, at)
        column, level = key.pop("column", None), key.pop("level", None)
        if "property" in key and "property" not in columns:
            # Sensitivity files name what a value is "statistic", a word that a cell uses for itself.
            key["statistic"] = key.pop("property")
        if lost := [name for name in key if name not in columns]:
            raise TraceError(f"{self.folder / file} has no column {lost[0]!r} that a source asks for")
        names = tuple(key)
        if names:
            at = self._places(file, names).get(tuple(_plain(key[name]) for name in names), [])
        else:
            at = list(range(len(self.frame(file))))
        if column is not None:
            at = self._of_level(columns, at, str(column), str(level))
        return Selected(columns, at)

    def _places(self, file: str, names: tuple[str, ...]) -> dict[tuple[Any, ...], list[int]]:
        """Rows of a file by the values of some columns."""
        if (file, names) not in self._found:
            places: dict[tuple[Any, ...], list[int]] = defaultdict(list)
            keys = zip(*(self._keys(file, name) for name in names), strict=True)
            for position, values in enumerate(keys):
                places[values].append(position)
            self._found[file, names] = places
        return self._found[file, names]

    def _keys(self, file: str, name: str) -> list[Any]:
        """A column's values as keys."""
        if (file, name) not in self._keyed:
            values = self.columns(file)[name]
            empty = self.frame(file)[name].isna().all()  # as most columns of estimates are
            self._keyed[file, name] = [None] * len(values) if empty else [_plain(value) for value in values]
        return self._keyed[file, name]

    def _of_level(
        self, columns: Mapping[str, list[Any]], at: list[int], column: str, level: str
    ) -> list[int]:
        """Rows in which a column, perhaps of the sample, has a value."""
        if column in columns:
            return [place for place in at if _level(columns[column][place]) == level]
        if "city" not in columns or "year" not in columns or column not in self.columns(SAMPLE):
            return at
        places, values = self._places(SAMPLE, ("city", "year")), self.columns(SAMPLE)[column]
        found = []
        for place in at:
            own = places.get((float(columns["city"][place]), float(columns["year"][place])))
            if own and _level(values[own[0]]) == level:
                found.append(place)
        return found


@dataclass(frozen=True)
class Selected:
    """Some rows of a file.

    Attributes
    ----------
    columns : of the whole file
    places : of the rows
    """

    columns: Mapping[str, list[Any]]
    places: list[int]

    def __len__(self) -> int:
        return len(self.places)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> list[Any]:
        """A column's values in these rows."""
        values = self.columns[column]
        return [values[place] for place in self.places]

    def first(self) -> dict[str, Any]:
        """The first row."""
        return {name: values[self.places[0]] for name, values in self.columns.items()}


def _level(value: Any) -> str:
    """A value as a level: 2013 whether the column has gaps, which make it 2013.0, or none."""
    return str(value).removesuffix(".0")


def _plain(value: Any) -> Any:
    """A value as a key: numbers alike whatever their type, null as None."""
    if type(value) is str:  # nearly all are
        return value
    if value is None or value is pd.NA or value != value:
        return None
    return float(value) if isinstance(value, int | float | np.number) else str(value)
