"""Contributions of groups to inequality: shares of the Gini coefficient within and between groups, by year."""

from __future__ import annotations

import numpy as np

from nianjian.publish.inequality.rows import BETWEEN, TOTAL, WITHIN, YEAR, Form, Inequality, Key, by_year
from nianjian.publish.tables import Column, Panel, Row
from nianjian.text import Text, word

LEVEL = 0.05
"""Below which the share between groups counts as larger than that of shuffled labels."""


def groups(inequality: Inequality, decimals: int) -> Form:
    """Shares in percent: each group, all within, each pair of groups, all between."""
    own = [
        (Column(pair.name, (WITHIN if pair.within else BETWEEN, Text.same(pair.name)), align="right"), pair)
        for pair in inequality.pairs
    ]
    inside = [(column, Key("share_cell", pair.group, pair.other)) for column, pair in own if pair.within]
    across = [(column, Key("share_cell", pair.group, pair.other)) for column, pair in own if not pair.within]
    shown = [
        *inside,
        (Column("within", (WITHIN, TOTAL), align="right"), Key("share_within")),
        *across,
        (Column("between", (BETWEEN, TOTAL), align="right"), Key("share_between")),
    ]
    rows = tuple(
        Row(
            str(year),
            (by_year(year),),
            (
                tuple(
                    inequality.number(year, key, "contribution_pct", decimals, factor=100) for _, key in shown
                ),
            ),
        )
        for year in inequality.years
    )
    notes = (word("inequality.shares"), *_benchmark(inequality), *_permutations(inequality))
    return Form(YEAR, tuple(column for column, _ in shown), (Panel(rows),), notes, numbered=True)


def _benchmark(inequality: Inequality) -> tuple[Text, ...]:
    row = inequality.find(inequality.years[0], Key("share_benchmark"))
    return () if row is None else (word("inequality.benchmark", share=f"{100 * row['estimate']:.2f}"),)


def _permutations(inequality: Inequality) -> tuple[Text, ...]:
    tested = [inequality.find(year, Key("share_between")) for year in inequality.years]
    p_values = [row["p_value"] for row in tested if row is not None and np.isfinite(row["p_value"])]
    if not p_values:
        return ()
    low = sum(p_value < LEVEL for p_value in p_values)
    return (word("inequality.permutations", low=low, years=len(p_values)),)
