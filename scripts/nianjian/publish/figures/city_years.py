"""The sample as figures draw it, and the words for its columns, values and cities."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from nianjian.declarations.reading import suggestion
from nianjian.errors import SampleError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.sources import How, Source
from nianjian.reference.english import unambiguous
from nianjian.text import Text, word


class CityYears:
    """City-years of a sample with the columns of the indices that a figure names.

    Parameters
    ----------
    data : has ``sample``, and ``indices`` where the figure names their columns
    context : of the figure
    """

    def __init__(self, data: Data, context: PublishContext) -> None:
        self._data, self.context = data, context
        self._files: dict[str, str] = {}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row a city-year."""
        return self._data.sample()

    def column(self, name: str) -> pd.Series:
        """A column, which must be there.

        Raises
        ------
        SampleError
            If neither the sample nor an index has it.
        """
        if name not in self.frame:
            raise SampleError(f"{self.context}: the sample has no '{name}'{suggestion(name, self.frame)}")
        return self.frame[name]

    def drawn(self, name: str) -> pd.Series:
        """A column of which what is missing is logged, since it is not drawn."""
        column = self.column(name)
        canvas.dropped(str(self.context), name, int(column.isna().sum()))
        return column

    def year(self, year: int) -> pd.DataFrame:
        """Rows of one year.

        Raises
        ------
        SampleError
            If there are none.
        """
        own = self.frame[self.frame["year"] == year]
        if own.empty:
            years = sorted(self.frame["year"].unique())
            span = f"{years[0]} to {years[-1]}" if years else "none"
            raise SampleError(f"{self.context}: the sample has no year {year}; there is {span}")
        return own

    def source(self, name: str, how: How = "value", **key: Any) -> Source:
        """Where a number of a column comes from."""
        if name not in self._files:
            self._files[name] = self._data.file_of(name)
        return Source.row(self._files[name], name, how, **key)


def axis(context: PublishContext, name: str) -> Text:
    """What a column is called, with its unit."""
    own, unit = context.label(name), context.unit(name)
    return own if unit is None else own + word("punctuation.between_brackets", inside=unit)


def with_value(text: Text, value: str) -> Text:
    """``text: value``, with each language's own colon."""
    return text + word("punctuation.colon") + value


def city_names(data: Data, own: Mapping[int, str]) -> dict[int, Text]:
    """Cities by code, each language by the name that it uses.

    Parameters
    ----------
    own : code to the name in Chinese
    """
    english = unambiguous(data.csv("cities"))
    return {
        city: word("figures.city", own=name, english=english.get(city, name)) for city, name in own.items()
    }
