"""What a figure is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian.errors import DeclarationError, SampleError
from nianjian.publish import declared
from nianjian.publish.disparities import values_of
from nianjian.publish.text import Text


@dataclass(frozen=True)
class Inputs:
    """The tables behind a figure, those that its kind needs, and the words for their columns.

    Attributes
    ----------
    place : ``<study>, figures.<figure>``, where messages begin
    study : its name
    labels : ``{name: {en, zh, unit, values}}``
    sample : one row a city-year, joined with the indices that the figure names
    inequality : rows of the schema ``INEQUALITY``
    weights : indicators of an index with their weights
    estimates : rows of the schema ``ESTIMATES``
    cities : ``config/reference/cities.csv``
    matrices : name to links, rows of the schema ``WEIGHTS``
    shapes : file of the map's shapes; without it they are made anew
    """

    place: str
    study: str
    labels: Mapping[str, Any]
    sample: pd.DataFrame | None = None
    inequality: pd.DataFrame | None = None
    weights: pd.DataFrame | None = None
    estimates: pd.DataFrame | None = None
    cities: pd.DataFrame | None = None
    matrices: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    shapes: Path | None = None

    def given(self, name: str) -> pd.DataFrame:
        """One of the tables, which must be there."""
        frame = getattr(self, name)
        if frame is None:
            raise DeclarationError(
                f"{self.place}: a figure of this kind is drawn from {name}, which its rule does not give"
            )
        return frame

    def label(self, name: str) -> Text:
        """What a column is called."""
        return declared.label(self.labels, name, self.place)

    def axis(self, name: str, language: str) -> str:
        """What a column is called, with its unit."""
        entry, text = self.labels.get(name), self.label(name)[language]
        unit = entry.get("unit") if isinstance(entry, Mapping) else None
        if not unit or unit == "1":
            return text
        shown = Text.read(unit, f"{self.place}, unit of '{name}'")[language]
        return f"{text}（{shown}）" if language == "zh" else f"{text} ({shown})"

    def values(self, name: str) -> dict[Any, Text]:
        """What the values of an attribute are called, in their declared order."""
        return values_of(self.labels, name, self.place)

    def present(self, name: str, found: Sequence[Any]) -> dict[Any, Text]:
        """Labels of the values that occur, in their declared order; each must have one."""
        known = self.values(name)
        odd = sorted({str(value) for value in found if value not in known})
        if odd:
            raise SampleError(
                f"{self.place}: {name} {', '.join(odd)} has no label; add it to the attribute's values"
            )
        return {value: text for value, text in known.items() if value in set(found)}

    def column(self, name: str) -> pd.Series:
        """A column of the sample."""
        frame = self.given("sample")
        if name not in frame:
            raise SampleError(f"{self.place}: the sample has no '{name}'{declared.suggestion(name, frame)}")
        return frame[name]

    def year(self, year: int) -> pd.DataFrame:
        """The sample's rows of one year."""
        frame = self.given("sample")
        own = frame[frame["year"] == year]
        if own.empty:
            years = sorted(frame["year"].unique())
            span = f"{years[0]} to {years[-1]}" if years else "none"
            raise SampleError(f"{self.place}: the sample has no year {year}; there is {span}")
        return own
