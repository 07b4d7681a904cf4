"""Contributions of components to inequality: shares of the Gini coefficient of a sum in its parts, by year."""

from __future__ import annotations

from nianjian.publish.inequality.rows import GINI, YEAR, Form, Inequality, Key, by_year
from nianjian.publish.tables import Column, Panel, Row
from nianjian.text import word

GINI_DECIMALS = 4


def components(inequality: Inequality, decimals: int) -> Form:
    """The Gini coefficient, then the share of each component in percent."""
    columns = (
        Column("gini", (GINI,), align="right"),
        *(Column(name, (text,), align="right") for name, text in inequality.components.items()),
    )
    keys = [Key("share_cell", component=name) for name in inequality.components]
    rows = tuple(
        Row(
            str(year),
            (by_year(year),),
            (
                (
                    inequality.number(year, Key("gini"), "gini", GINI_DECIMALS),
                    *(inequality.number(year, key, "contribution_pct", decimals, factor=100) for key in keys),
                ),
            ),
        )
        for year in inequality.years
    )
    return Form(YEAR, columns, (Panel(rows),), (word("inequality.component_shares"),))
