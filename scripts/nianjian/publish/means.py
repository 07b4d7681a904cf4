"""Table of means by year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.publish import marked
from nianjian.publish.sources import How, Source
from nianjian.publish.statistics import column_of
from nianjian.publish.tables import Column, Panel, Row, Table, where_finite
from nianjian.text import BLANK, Text, in_sentence, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.means import Params, Series


@dataclass(frozen=True)
class _Means:
    """Means by year of one column of the table.

    Attributes
    ----------
    values : by year
    file, name : where the values stand
    by, level : attribute and value that select the cities; None: all
    """

    column: Column
    values: pd.Series
    file: str
    name: str
    by: str | None = None
    level: str | None = None

    def source(self, year: int, *, computed: bool = False) -> Source:
        """Link to the rows of a year."""
        how: How = "computed" if computed else "mean"
        return Source.row(self.file, self.name, how, year=year, column=self.by, level=self.level)


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """Means of scores by year, over all cities and by group.

    Raises
    ------
    DeclarationError, SampleError
        If a column or a label is missing.
    """
    sample = data.sample()
    columns = [each for series in params.columns for each in _means(series, sample, data, context)]
    frame = pd.concat([each.values for each in columns], axis=1)
    rows = [
        Row(
            str(year),
            (Text.same(year),),
            (
                tuple(
                    where_finite(value, params.decimals, "mean", (each.source(int(year)),))
                    for each, value in zip(columns, own, strict=True)
                ),
            ),
        )
        for year, own in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    panels, notes = [Panel(tuple(rows))], []
    if params.growth and len(frame) > 1:
        panels.append(Panel((_growth(frame, columns),)))
        notes.append(word("means.growth_note"))
    return Table.of(
        params,
        context,
        stubs=(word("heads.year"),),
        columns=(each.column for each in columns),
        panels=panels,
        notes=(*notes, *marked.total(context.study_facts, marked.read(data), _shown(params))),
    )


def _shown(params: Params) -> list[str]:
    return [series.values for series in params.columns]


def _means(series: Series, sample: pd.DataFrame, data: Data, context: PublishContext) -> Iterator[_Means]:
    """One column over all cities, or one a group."""
    name, by = series.values, series.by
    for each in (name, by):
        if each is not None:
            column_of(sample, each, f"{context}.columns")
    text, file = context.label(name), data.file_of(name)
    if by is None:
        column = Column(name, (BLANK, text), align="right")
        yield _Means(column, sample.groupby("year")[name].mean(), file, name)
        return
    groups = context.label(by).map(in_sentence)
    heading = word("means.by", score=text, groups=groups)
    for value, group in context.present(by, sample[by].dropna().unique()).items():
        column = Column(f"{name}[{value}]", (heading, group), align="right")
        own = sample[sample[by] == value].groupby("year")[name].mean()
        yield _Means(column, own, file, name, by, value)


def _growth(frame: pd.DataFrame, columns: list[_Means]) -> Row:
    """Arithmetic mean of the yearly rates, in percent."""
    rates = 100 * frame.pct_change(fill_method=None).iloc[1:].mean()
    cells = tuple(
        where_finite(
            rate,
            2,
            "avg_annual_growth_pct",
            tuple(each.source(int(year), computed=True) for year in frame.index),
        )
        for each, rate in zip(columns, rates, strict=True)
    )
    return Row("growth", (word("means.growth"),), (cells,))
