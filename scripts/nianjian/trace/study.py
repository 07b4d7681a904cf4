"""What a study declares and made, as a walk reads it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import estimates, storage
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
        self._found: dict[tuple[Any, ...], pd.DataFrame] = {}

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
        """Rows of a source's file that its key selects."""
        key = {name: source[name] for name in KEYS if name in source and not is_null(source[name])}
        place = (source["file"], *sorted(key.items()))
        if place not in self._found:
            self._found[place] = self._select(self.frame(str(source["file"])), key)
        return self._found[place]

    @staticmethod
    def _select(frame: pd.DataFrame, key: Mapping[str, Any]) -> pd.DataFrame:
        column, level = key.get("column"), key.get("level")
        chosen = pd.Series(True, index=frame.index)
        for name, value in key.items():
            if name in ("column", "level"):
                continue
            if name not in frame:
                continue
            chosen &= (frame[name] == value).fillna(False).astype(bool)
        if column is not None and column in frame:
            # A whole number is 2013 in a level, whether the column has gaps, which make it 2013.0, or none.
            chosen &= frame[column].astype(str).str.removesuffix(".0") == str(level)
        return frame[chosen]


def is_null(value: Any) -> bool:
    """Whether a key column of a source says nothing."""
    return value is None or bool(pd.isna(value))
