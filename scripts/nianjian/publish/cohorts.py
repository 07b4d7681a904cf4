"""Table of the cohorts of the treated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.publish.sources import How, Source, Sources
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.cohorts import Params

FIRST = "first_treated_year"
"""Column of the sample: the city's first treated year, also after the last of the sample; missing if there is none."""
COLUMNS = ("cities", "treated", "share")


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """Number of cities by their first treated year, within the sample and after it.

    Raises
    ------
    EstimationError
        If no city is treated.
    """
    facts, sample = context.study_facts, data.sample()
    first = sample.drop_duplicates("city")[FIRST]
    last = int(sample["year"].max())
    within = first[first.notna() & (first <= last)].astype(int)
    if within.empty:
        raise EstimationError(
            f"{context}: no city of the sample is treated by {last}; check the policy's coding"
        )
    file = data.file("sample")
    treatment = context.label(str(facts.treatment))
    return Table.of(
        params,
        context,
        stubs=(word("cohorts.first_year"),),
        columns=(Column(name, (word(f"cohorts.{name}"),), align="right") for name in COLUMNS),
        panels=(
            Panel(_by_year(within.value_counts().sort_index(), len(first), file)),
            Panel(_totals(sample, first, within, last, file)),
        ),
        notes=(word("cohorts.treatment", treatment=treatment),),
    )


def _cohort(file: str, year: int, how: How = "distinct") -> Source:
    return Source.row(file, "city", how, column=FIRST, level=str(year))


def _by_year(counts: pd.Series, total: int, file: str) -> tuple[Row, ...]:
    """One row a first treated year: cities, cities up to then, their share of all."""
    everyone = Source.row(file, "city", "computed")
    running, rows = 0, []
    so_far: list[Source] = []
    for year, count in counts.items():
        running += int(count)
        so_far.insert(0, _cohort(file, int(year), "computed"))
        cells: tuple[Cell, ...] = (
            (Number(float(count), 0, "n_cities", shows=(_cohort(file, int(year)),)),),
            (Number(float(running), 0, "n_cumulated", shows=tuple(so_far)),),
            (Number(100 * running / total, 1, "share_pct", shows=(*so_far, everyone)),),
        )
        rows.append(Row(str(year), (Text.same(year),), (cells,)))
    return tuple(rows)


def _totals(
    sample: pd.DataFrame, first: pd.Series, within: pd.Series, last: int, file: str
) -> tuple[Row, ...]:
    """Treated and control cities, cities and city-years. They share a key, since a paper prints them of its sample."""
    treated: Sources = tuple(_cohort(file, int(year), "computed") for year in sorted(within.unique()))
    after = sorted({int(year) for year in first[first > last]})
    later: Sources = tuple(_cohort(file, year, "computed") for year in after)
    everyone = Source.row(file, "city", "computed")
    n_later = int((first > last).sum())
    n_control = int(first.isna().sum()) + n_later

    def line(text: Text, value: float, statistic: str, shows: Sources, grouped: bool = False) -> Row:
        number = Number(float(value), 0, statistic, grouped=grouped, shows=shows)
        return Row("sample", (text,), (((number,), EMPTY, EMPTY),))

    rows = [
        line(word("cohorts.treated_cities"), len(within), "n_treated_cities", treated),
        line(word("cohorts.control_cities"), n_control, "n_control_cities", (everyone, *treated)),
    ]
    if n_later:
        rows.append(line(word("cohorts.later", last=last), n_later, "n_later", later))
    return (
        *rows,
        line(word("cohorts.all_cities"), len(first), "n_cities", (Source.row(file, "city", "distinct"),)),
        line(
            word("cohorts.city_years"), len(sample), "N", (Source.row(file, "city", "count"),), grouped=True
        ),
    )
