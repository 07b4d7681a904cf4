"""Global spatial autocorrelation by year: Moran's I, Geary's C, Getis and Ord's G."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nianjian.errors import EstimationError
from nianjian.estimates import NumberName
from nianjian.publish import labels, likeness, marked, notes
from nianjian.publish.estimated import Estimated
from nianjian.publish.sources import Source
from nianjian.publish.tables import EMPTY, Cell, Column, Panel, Row, Table, Word
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.autocorrelation import Params

NAMES = {"moran": "moran_I", "geary": "geary_C", "getis_ord": "getis_ord_G"}
"""Statistics, with their names in ``config/published``."""
SIGNIFICANT = 0.05
"""Level of a verdict in a table without stars."""
JUDGED: tuple[NumberName, ...] = ("statistic", "p_value")
"""Numbers by which sign and significance of all years are judged."""


@dataclass(frozen=True)
class _Shown:
    """A statistic of one specification, by its z statistic or by its p-value over permutations."""

    spec: str
    statistic: str
    permuted: bool = False


def table(params: Params, source: Estimated) -> Table:
    """One row a year, a column for each statistic, z statistics under randomisation in parentheses; the last row sums up
    sign and significance.

    Raises
    ------
    DeclarationError
        If several specifications have neither ``column_labels`` nor labels of their own.
    EstimationError
        If no year has a statistic.
    """
    context = source.context
    shown = [
        _Shown(spec, statistic, permuted)
        for spec in source.columns
        for statistic in source.option(spec, "statistics", ())
        for permuted in ((False, True) if params.permutation else (False,))
    ]
    years = sorted({year for each in shown if not each.permuted for year in _years(source, each)})
    if not years:
        raise EstimationError(f"{context}: no year has a statistic; look into the specifications' logs")
    rows = [
        Row(str(year), (Text.same(year),), (tuple(_cell(source, each, year) for each in shown),))
        for year in years
    ]
    verdicts = tuple(EMPTY if each.permuted else (_verdict(source, each, years),) for each in shown)
    last = Row(f"{years[0]}-{years[-1]}", (word("autocorrelation.all_years"),), (verdicts,))
    return Table.of(
        params,
        context,
        stubs=(word("autocorrelation.year"),),
        columns=_columns(params, source, shown),
        panels=(Panel(tuple(rows)), Panel((last,))),
        notes=(
            *notes.outcome(source, "autocorrelation.variable"),
            word("autocorrelation.what"),
            *notes.stars_alone(source),
            *likeness.mixtures(source),
            *notes.flags(source),
            *marked.behind(source),
        ),
    )


def _columns(params: Params, source: Estimated, shown: Sequence[_Shown]) -> list[Column]:
    several = len(source.columns) > 1
    heads = labels.of_columns(source, params.column_labels, needed=several)
    found = []
    for each in shown:
        key = f"{each.spec}:{each.statistic}" if several else each.statistic
        text = word("autocorrelation.permutation" if each.permuted else f"autocorrelation.{each.statistic}")
        own = (heads[source.columns.index(each.spec)], text) if several else (text,)
        found.append(Column(f"{key}_p" if each.permuted else key, own, spec=each.spec))
    return found


def _years(source: Estimated, each: _Shown) -> list[int]:
    return [int(row["year"]) for row in source.of(each.spec, "test", each.statistic).values()]


def _cell(source: Estimated, each: _Shown, year: int) -> Cell:
    name = f"{each.statistic}_permutation" if each.permuted else each.statistic
    row = source.get(each.spec, "test", f"{name}[{year}]")
    if each.permuted:
        return (source.part(row, "p_value", 3, "p_permutation"),)
    value = source.part(row, "estimate", source.decimals, NAMES[each.statistic], stars=source.stars(row))
    return (value, source.part(row, "statistic", 3, "z", brackets="()"))


def _verdict(source: Estimated, each: _Shown, years: Sequence[int]) -> Word:
    """Sign of the association over all years, and the level that its weakest year reaches."""
    rows = [source.get(each.spec, "test", f"{each.statistic}[{year}]") for year in years]
    # Below its mean, Geary's C says that alike cities are near.
    turn = -1 if each.statistic == "geary" else 1
    signs = {turn * source.number(row, "statistic") > 0 for row in rows}
    p_values = [source.number(row, "p_value") for row in rows]
    level = next((level for level, _ in source.rule if max(p_values) < level), None)
    if len(signs) > 1:
        text = word("autocorrelation.sign_changes")
    else:
        sign = word("autocorrelation.positive" if signs.pop() else "autocorrelation.negative")
        if level is None:
            loosest = source.rule[-1][0] if source.rule else SIGNIFICANT
            text = word(
                "autocorrelation.some_years",
                sign=sign,
                level=f"{loosest * 100:g}%",
                n=sum(p_value < loosest for p_value in p_values),
                years=len(years),
            )
        else:
            text = word("autocorrelation.every_year", sign=sign, level=f"{level * 100:g}%")
    of = [Source.estimate(row, field, "computed") for row in rows for field in JUDGED]
    return Word(text, "significance", text["en"], shows=tuple(of))
