"""The decomposition by group and component at once, in chosen years side by side."""

from __future__ import annotations

from collections.abc import Sequence

from nianjian.errors import DeclarationError
from nianjian.publish.inequality.rows import BETWEEN, WITHIN, Form, Inequality, Key, Pair, by_year
from nianjian.publish.tables import Column, Panel, Row
from nianjian.text import Text, word

LARGEST_IN_COLUMN, LARGEST_IN_ROW = "*", "†"


def cells(inequality: Inequality, decimals: int, years: Sequence[int]) -> Form:
    """One row a group or pair of groups, one column a year and component; the largest are marked.

    Raises
    ------
    DeclarationError
        If a year has no decomposition.
    """
    absent = [str(year) for year in years if year not in inequality.years]
    if absent:
        first, last = inequality.years[0], inequality.years[-1]
        raise DeclarationError(
            f"{inequality.context}.years: no decomposition of {', '.join(absent)}; there is {first} to {last}"
        )
    columns = tuple(
        Column(f"{year}|{name}", (by_year(year), text), align="right")
        for year in years
        for name, text in inequality.components.items()
    )
    estimates = _estimates(inequality, years)
    panels = tuple(
        Panel(
            tuple(
                _row(inequality, pair, decimals, years, estimates)
                for pair in inequality.pairs
                if pair.within is within
            ),
            heading,
        )
        for heading, within in ((WITHIN, True), (BETWEEN, False))
    )
    return Form(word("inequality.groups"), columns, panels, (word("inequality.largest"),), numbered=True)


Estimates = dict[tuple[int, str, str], float]
"""By year, component and name of the pair."""


def _key(pair: Pair, component: str) -> Key:
    return Key("gini_cell", pair.group, pair.other, component)


def _estimates(inequality: Inequality, years: Sequence[int]) -> Estimates:
    found = {}
    for year in years:
        for name in inequality.components:
            for pair in inequality.pairs:
                row = inequality.find(year, _key(pair, name))
                if row is None:
                    raise DeclarationError(
                        f"{inequality.context}: no decomposition of {year} has {name} of {pair.group} and {pair.other}; "
                        "measure the inequality again"
                    )
                found[year, name, pair.name] = float(row["estimate"])
    return found


def _row(
    inequality: Inequality, pair: Pair, decimals: int, years: Sequence[int], estimates: Estimates
) -> Row:
    numbers = tuple(
        inequality.number(
            year, _key(pair, name), "gini_component", decimals, stars=_marks(estimates, year, name, pair.name)
        )
        for year in years
        for name in inequality.components
    )
    return Row(pair.name, (Text.same(pair.name),), (numbers,))


def _marks(estimates: Estimates, year: int, component: str, pair: str) -> str:
    """Whether a cell is the largest of its component, and of its pair, in that year."""
    own = estimates[year, component, pair]
    column = max(value for (each, name, _), value in estimates.items() if (each, name) == (year, component))
    row = max(value for (each, _, name), value in estimates.items() if (each, name) == (year, pair))
    return (LARGEST_IN_COLUMN if own == column else "") + (LARGEST_IN_ROW if own == row else "")
