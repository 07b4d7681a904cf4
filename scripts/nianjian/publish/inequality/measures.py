"""All measures of inequality by year: Gini, Dagum, Theil, dispersion, with the speed of convergence as a note."""

from __future__ import annotations

from nianjian.publish.inequality.rows import GINI, TOTAL, YEAR, Form, Inequality, Key, by_year
from nianjian.publish.tables import Column, Panel, Row
from nianjian.text import Text, word

THEIL, DISPERSION = word("inequality.theil"), word("inequality.dispersion")
MEASURES: dict[str, tuple[Text, Text]] = {
    "gini": (GINI, TOTAL),
    "gini_within": (GINI, word("inequality.within")),
    "gini_between": (GINI, word("inequality.between")),
    "dagum_net_between": (GINI, word("inequality.net_between")),
    "dagum_transvariation": (GINI, word("inequality.transvariation")),
    "theil": (THEIL, TOTAL),
    "theil_within": (THEIL, word("inequality.within")),
    "theil_between": (THEIL, word("inequality.between")),
    "cv": (DISPERSION, word("inequality.cv")),
    "sd_log": (DISPERSION, word("inequality.sd_log")),
}
"""Measures in printed order, with their heads."""
SMALLEST_P = 0.001


def measures(inequality: Inequality, decimals: int) -> Form:
    """One column a measure that any year has."""
    shown = [
        name
        for name in MEASURES
        if any(inequality.find(year, Key(name)) is not None for year in inequality.years)
    ]
    rows = tuple(
        Row(
            str(year),
            (by_year(year),),
            (tuple(inequality.number(year, Key(name), name, decimals) for name in shown),),
        )
        for year in inequality.years
    )
    columns = tuple(Column(name, MEASURES[name], align="right") for name in shown)
    return Form(YEAR, columns, (Panel(rows),), _convergence(inequality))


def _convergence(inequality: Inequality) -> tuple[Text, ...]:
    beta = inequality.find(None, Key("beta"))
    if beta is None:
        return ()
    p_value = "< 0.001" if beta["p_value"] < SMALLEST_P else f"= {beta['p_value']:.3f}"
    numbers = {"beta": f"{beta['estimate']:.4f}", "error": f"{beta['std_error']:.4f}", "p": p_value}
    return (word("inequality.convergence", **numbers),)
