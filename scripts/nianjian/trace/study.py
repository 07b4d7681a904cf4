"""What a study declares and made, as a walk reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nianjian import estimates, storage
from nianjian.estimates import ESTIMATE_KEY
from nianjian.publish.sources import KEYS
from nianjian.trace.steps import TraceError


class StudyResults:
    """Files of one study and how its numbers hang together.

    Parameters
    ----------
    name : the study's id
    folder : of its results
    chain : see :func:`nianjian.declarations.chain.chain`
    """

    def __init__(self, name: str, folder: str | Path, chain: Mapping[str, Any]) -> None:
        self.name, self.folder, self.chain = name, Path(folder), chain
        self._frames: dict[str, pd.DataFrame] = {}
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

    @cached_property
    def by_city_year(self) -> pd.DataFrame:
        """The sample by (city, year)."""
        return self.sample.set_index(["city", "year"])

    def index_of(self, column: str) -> str | None:
        """The index that adds a column."""
        return next((name for name, own in self.chain["indices"].items() if column in own["columns"]), None)

    def rows(self, source: Mapping[str, Any]) -> pd.DataFrame:
        """Rows of a source's file that its key selects.

        Of estimates a column that the key leaves out is null in the row: ``event`` of all cohorts is none of one cohort.
        """
        file = str(source["file"])
        key = {name: source[name] for name in KEYS if name in source and not is_null(source[name])}
        frame = self.frame(file)
        if file.startswith("estimates/") and str(source["how"]) == "value":
            names = tuple(name for name in ESTIMATE_KEY if name != "study")
            return frame.iloc[
                self._places(file, names).get(tuple(_plain(key.get(name)) for name in names), [])
            ]
        column, level = key.pop("column", None), key.pop("level", None)
        names = tuple(name for name in key if name in frame)
        found = frame
        if names:
            at = self._places(file, names).get(tuple(_plain(key[name]) for name in names), [])
            found = frame.iloc[at]
        return found if column is None else self._of_level(found, str(column), str(level))

    def _places(self, file: str, names: tuple[str, ...]) -> dict[tuple[Any, ...], list[int]]:
        """Rows of a file by the values of some columns."""
        if (file, names) not in self._found:
            frame, places = self.frame(file), defaultdict(list)
            columns = [map(_plain, frame[name].tolist()) for name in names]
            for position, values in enumerate(zip(*columns, strict=True)):
                places[values].append(position)
            self._found[file, names] = places
        return self._found[file, names]

    def _of_level(self, frame: pd.DataFrame, column: str, level: str) -> pd.DataFrame:
        """Rows in which a column, perhaps of the sample, has a value."""
        if column in frame:
            values = frame[column]
        elif {"city", "year"} <= set(frame) and column in self.by_city_year:
            at = pd.MultiIndex.from_frame(frame[["city", "year"]])
            values = self.by_city_year[column].reindex(at).set_axis(frame.index)
        else:
            return frame
        # A whole number is 2013 in a level, whether the column has gaps, which make it 2013.0, or none.
        return frame[values.astype(str).str.removesuffix(".0") == level]


def _plain(value: Any) -> Any:
    """A value as a key: numbers alike whatever their type, null as None."""
    if value is None or value is pd.NA or value != value:
        return None
    return float(value) if isinstance(value, int | float | np.number) else str(value)


def is_null(value: Any) -> bool:
    """Whether a key column of a source says nothing."""
    return value is None or bool(pd.isna(value))
