"""Statistics over the rows of a sample, as cells that say which rows they are of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.declarations.reading import suggestion
from nianjian.errors import SampleError
from nianjian.publish.sources import How, Source
from nianjian.publish.tables import Cell, Number, where_finite
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.data import Data

FILLED = "__filled"
"""Suffix of the sample's columns that say which cells were filled in."""


@dataclass(frozen=True)
class Summary:
    """A statistic of a variable.

    Attributes
    ----------
    statistic : what ``config/published`` calls it
    how : what sources of cells call it
    compute : from the values of the city-years that have one
    """

    statistic: str
    how: How
    compute: Callable[[pd.Series], float]

    @property
    def head(self) -> Text:
        """Head of its column."""
        return word(f"heads.{'nobs' if self.statistic == 'N' else self.statistic}")


SUMMARIES: dict[str, Summary] = {
    "nobs": Summary("N", "count", lambda values: float(len(values))),
    "mean": Summary("mean", "mean", lambda values: float(values.mean())),
    "sd": Summary("sd", "sd", lambda values: float(values.std(ddof=1))),
    "min": Summary("min", "min", lambda values: float(values.min())),
    "p25": Summary("p25", "p25", lambda values: float(values.quantile(0.25))),
    "median": Summary("median", "median", lambda values: float(values.median())),
    "p75": Summary("p75", "p75", lambda values: float(values.quantile(0.75))),
    "max": Summary("max", "max", lambda values: float(values.max())),
}
"""Statistics by the names of declarations; the standard deviation has n - 1 below, quantiles are numpy's."""


@dataclass(frozen=True)
class Values:
    """A variable of the sample in the city-years that have a value.

    Attributes
    ----------
    frame : ``city``, ``year`` and the variable
    file : that the variable stands in, as sources of cells name it
    """

    frame: pd.DataFrame
    name: str
    file: str

    @property
    def values(self) -> pd.Series:
        """The values alone."""
        return self.frame[self.name].astype(float)

    def attained(self, value: float) -> dict[str, int]:
        """First city and year of those that have a value."""
        at = self.frame[self.values == value].sort_values(["city", "year"]).iloc[0]
        return {"city": int(at["city"]), "year": int(at["year"])}

    def number(self, summary: str, decimals: int) -> Cell:
        """A statistic as a cell; empty where it does not exist.

        Extremes of a variable without fractions, such as a dummy, print no decimals; they say which city-year attains them.
        """
        own, values = SUMMARIES[summary], self.values
        value = own.compute(values)
        extreme = summary in ("min", "max")
        whole = summary == "nobs" or (extreme and bool((values == values.round()).all()))
        source = Source.row(self.file, self.name, own.how, **(self.attained(value) if extreme else {}))
        return where_finite(value, 0 if whole else decimals, own.statistic, (source,))


def column_of(sample: pd.DataFrame, name: str, context: str) -> pd.Series:
    """A column of the sample.

    Raises
    ------
    SampleError
        If the sample has none of that name; the message opens with ``context``.
    """
    if name not in sample:
        known = [str(column) for column in sample if not str(column).endswith(FILLED)]
        raise SampleError(f"{context}: the sample has no '{name}'{suggestion(name, known)}")
    return sample[name]


def values_of(sample: pd.DataFrame, name: str, data: Data, context: str) -> Values:
    """A variable's values, and where they stand.

    Raises
    ------
    SampleError
        If the sample has no such variable, or the variable no value.
    """
    present = column_of(sample, name, context).notna()
    if not present.any():
        raise SampleError(f"{context}: '{name}' has no value in the sample; drop it or mend its source")
    return Values(sample.loc[present, ["city", "year", name]], name, data.file_of(name))


def observed_share(sample: pd.DataFrame, name: str, context: str = "sample") -> float:
    """Share of city-years in which ``name`` was printed, neither missing nor filled in."""
    observed = column_of(sample, name, context).notna()
    if f"{name}{FILLED}" in sample:
        observed &= ~sample[f"{name}{FILLED}"].fillna(False).astype(bool)
    return float(observed.mean())


def observed(sample: pd.DataFrame, name: str, data: Data, context: str) -> Cell:
    """The share in percent as a cell."""
    share = 100 * observed_share(sample, name, context)
    shows = (Source.row(data.file("sample"), name, "share"),)
    return (Number(share, 1, "observed_pct", shows=shows),)


def sign(positive: bool) -> tuple[Text, str]:
    """How a table says whether more is better, and what stands for it in every language."""
    return (word("heads.positive"), "+") if positive else (word("heads.negative"), "-")
