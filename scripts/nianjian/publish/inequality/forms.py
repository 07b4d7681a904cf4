"""Forms of a table of an inequality: its groups, its components, both at once, all its measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nianjian.errors import DeclarationError
from nianjian.publish.inequality.rows import BETWEEN, GINI, TOTAL, WITHIN, YEAR, Form, Inequality, Key, Pair
from nianjian.publish.params import p_text, unbroken
from nianjian.publish.parts import told
from nianjian.publish.tables import Cell, Column, Panel, Row
from nianjian.text import Text, word

THEIL, DISPERSION = word("inequality.theil"), word("inequality.dispersion")
MEASURES: dict[str, tuple[Text, Text]] = {
    "gini": (GINI, TOTAL),
    "gini_within": (GINI, WITHIN),
    "gini_between": (GINI, BETWEEN),
    "dagum_net_between": (GINI, word("inequality.net_between")),
    "dagum_transvariation": (GINI, word("inequality.transvariation")),
    "theil": (THEIL, TOTAL),
    "theil_within": (THEIL, WITHIN),
    "theil_between": (THEIL, BETWEEN),
    "cv": (DISPERSION, word("inequality.cv")),
    "sd_log": (DISPERSION, word("inequality.sd_log")),
}
"""Measures in printed order, with their heads."""
LEVEL = 0.05
"""Below which the share between groups counts as larger than that of shuffled labels."""
GINI_DECIMALS = 4
LARGEST_IN_COLUMN, LARGEST_IN_ROW = "*", "†"

Shown = tuple[Column, Callable[[int], Cell]]
"""A column, and its cell in a year."""


def _by_year(inequality: Inequality, shown: Sequence[Shown], *notes: Text, numbered: bool = False) -> Form:
    """One row a year."""
    rows = tuple(
        Row(str(year), (Text.same(year),), (tuple(cell(year) for _, cell in shown),))
        for year in inequality.years
    )
    return Form(YEAR, tuple(column for column, _ in shown), (Panel(rows),), notes, numbered)


# -- groups


def groups(inequality: Inequality, decimals: int) -> Form:
    """Shares of the Gini coefficient in percent: each group, all within, each pair of groups, all between."""

    def shown(name: str, heads: tuple[Text, Text], key: Key) -> Shown:
        return Column(name, heads, align="right"), lambda year: inequality.number(
            year, key, "contribution_pct", decimals, factor=100
        )

    def of_pairs(within: bool) -> list[Shown]:
        side = WITHIN if within else BETWEEN
        return [
            shown(pair.name, (side, Text.same(pair.name)), Key("share_cell", pair.group, pair.other))
            for pair in inequality.pairs
            if pair.within is within
        ]

    columns = [
        *of_pairs(True),
        shown("within", (WITHIN, TOTAL), Key("share_within")),
        *of_pairs(False),
        shown("between", (BETWEEN, TOTAL), Key("share_between")),
    ]
    notes = (word("inequality.shares"), *_benchmark(inequality), *_permutations(inequality))
    return _by_year(inequality, columns, *notes, numbered=True)


def _benchmark(inequality: Inequality) -> tuple[Text, ...]:
    row = inequality.find(inequality.years[0], Key("share_benchmark"))
    return () if row is None else (word("inequality.benchmark", share=f"{100 * row.estimate:.2f}"),)


def _permutations(inequality: Inequality) -> tuple[Text, ...]:
    tested = [inequality.find(year, Key("share_between")) for year in inequality.years]
    p_values = [row.p_value for row in tested if row is not None and np.isfinite(row.p_value)]
    if not p_values:
        return ()
    low = sum(p_value < LEVEL for p_value in p_values)
    return (word("inequality.permutations", low=low, years=len(p_values)),)


# -- components


def components(inequality: Inequality, decimals: int) -> Form:
    """The Gini coefficient, then the share of each component of a sum in percent."""

    def share(name: str) -> Callable[[int], Cell]:
        key = Key("share_cell", component=name)
        return lambda year: inequality.number(year, key, "contribution_pct", decimals, factor=100)

    total: Shown = (
        Column("gini", (GINI,), align="right"),
        lambda year: inequality.number(year, Key("gini"), "gini", GINI_DECIMALS),
    )
    parts = [
        (Column(name, (text,), align="right"), share(name)) for name, text in inequality.components.items()
    ]
    return _by_year(inequality, [total, *parts], word("inequality.component_shares"))


# -- measures


def measures(inequality: Inequality, decimals: int) -> Form:
    """One column a measure that any year has, with the convergence over all years in a note."""

    def level(name: str) -> Callable[[int], Cell]:
        return lambda year: inequality.number(year, Key(name), name, decimals)

    shown = [
        (Column(name, heads, align="right"), level(name))
        for name, heads in MEASURES.items()
        if any(inequality.find(year, Key(name)) is not None for year in inequality.years)
    ]
    return _by_year(inequality, shown, *_convergence(inequality))


def _convergence(inequality: Inequality) -> tuple[Text, ...]:
    beta = inequality.find(None, Key("beta"))
    if beta is None:
        return ()
    numbers = {
        "beta": told(beta.estimate, 4),
        "error": told(beta.std_error, 4),
        "p": unbroken(p_text(beta.p_value)),
    }
    return (word("inequality.convergence", **numbers),)


# -- groups and components at once


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
        Column(f"{year}|{name}", (Text.same(year), text), align="right")
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
                found[year, name, pair.name] = row.estimate
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
