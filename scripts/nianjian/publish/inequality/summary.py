"""First and last year of every measure, its change, its mean and its mean share of inequality."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nianjian.publish.inequality.rows import BETWEEN, TOTAL, WITHIN, Form, Inequality, Key
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row
from nianjian.text import Text, word


def summary(inequality: Inequality, decimals: int) -> Form:
    """Rows: mean of the score over all cities and in each group; Gini; its components; Gini inside each group."""
    first, last = inequality.years[0], inequality.years[-1]
    heads = {
        str(first): Text.same(first),
        str(last): Text.same(last),
        "pct_change": word("inequality.change"),
        "avg_annual_pct": word("inequality.yearly_change"),
        f"mean {first}-{last}": word("heads.mean"),
        "mean": word("inequality.mean_share"),
    }
    panels = []
    for heading, lines in _panels(inequality).items():
        rows = (_row(inequality, key, *line, decimals=decimals) for key, line in lines.items())
        found = tuple(row for row in rows if row is not None)
        if found:
            panels.append(Panel(found, word(heading)))
    columns = tuple(Column(key, (text,), align="right") for key, text in heads.items())
    notes = (word("inequality.inside_note"),) if inequality.groups else ()
    return Form(word("inequality.measure"), columns, tuple(panels), notes, numbered=bool(inequality.groups))


Line = tuple[Text, Key, str | None]
"""Label of a row, what it shows by year, and the measure of its share of the whole."""


def _panels(inequality: Inequality) -> Mapping[str, Mapping[str, Line]]:
    """Rows by the heading of their panel and their keys."""
    groups, components = inequality.groups, inequality.components
    gini: dict[str, Line] = {"gini": (TOTAL, Key("gini"), None)}
    if groups:
        gini["gini_within"] = (WITHIN, Key("gini_within"), "share_within")
        gini["gini_between"] = (BETWEEN, Key("gini_between"), "share_between")
    return {
        "inequality.levels": {
            "mean": (word("inequality.all_cities"), Key("mean"), None),
            **{f"mean[{group}]": (text, Key("mean", group), None) for group, text in groups.items()},
        },
        "inequality.gini": gini,
        "inequality.by_component": {
            name: (text, Key("gini_cell", component=name), "share_cell") for name, text in components.items()
        },
        "inequality.inside_groups": {
            f"own[{group}]": (text, Key("gini_own", group), None) for group, text in groups.items()
        },
    }


def _row(
    inequality: Inequality, name: str, label: Text, key: Key, share: str | None, *, decimals: int
) -> Row | None:
    """A row over the years; None where a year has no such measure."""
    values = inequality.over_years(key)
    if values is None:
        return None
    first, last = inequality.years[0], inequality.years[-1]
    sources = inequality.sources(key)
    cells: list[Cell] = [
        inequality.number(first, key, str(first), decimals),
        inequality.number(last, key, str(last), decimals),
    ]
    if bool((values > 0).all()):  # a rate of change from zero or below says nothing
        change = 100 * (values[-1] / values[0] - 1)
        growth = 100 * float((values[1:] / values[:-1] - 1).mean())
        rate = "avg_annual_growth_pct" if key.measure == "mean" else "avg_annual_pct"
        ends = (sources[0], sources[-1])
        cells.append((Number(change, 2, "pct_change", shows=ends),))
        cells.append((Number(growth, 2, rate, shows=sources),))
    else:
        cells += [EMPTY, EMPTY]
    cells.append((Number(float(values.mean()), decimals, f"mean {first}-{last}", shows=sources),))
    cells.append(_mean_share(inequality, key, share))
    return Row(name, (label,), (tuple(cells),))


def _mean_share(inequality: Inequality, key: Key, share: str | None) -> Cell:
    if share is None:
        return EMPTY
    own = Key(share, key.group, key.other, key.component)
    values = inequality.over_years(own)
    if values is None:
        return EMPTY
    return (Number(100 * float(np.mean(values)), 2, "mean", shows=inequality.sources(own)),)
