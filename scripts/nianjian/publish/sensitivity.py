"""Table of an index's sensitivity to its choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError
from nianjian.publish import marked
from nianjian.publish.sources import Source
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.sensitivity import Params

CHOICES = ("leave_one_out", "alternative")
COLUMNS = ("rank_correlation", "largest_move")


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """How the ranking of city-years changes with each indicator left out and with other weights.

    Raises
    ------
    DeclarationError
        If the index's sensitivity is switched off, or an indicator has no label.
    """
    found, file = data.frame("sensitivity"), data.file("sensitivity")
    ranked = found[found["indicator"] == ""]
    panels = []
    for choice in CHOICES:
        rows = _rows(ranked[ranked["choice"] == choice], choice, file, params.decimals, context)
        if rows:
            panels.append(Panel(rows, word(f"sensitivity.{choice}")))
    if not panels:
        raise DeclarationError(
            f"{context}: the index's sensitivity is switched off; switch it on or drop the table"
        )
    return Table.of(
        params,
        context,
        stubs=(word("sensitivity.choice"),),
        columns=(Column(name, (word(f"sensitivity.{name}"),), align="right") for name in COLUMNS),
        panels=panels,
        notes=(
            word("sensitivity.note"),
            *marked.total(context.study_facts, marked.read(data), [params.index]),
        ),
    )


def _rows(
    own: pd.DataFrame, choice: str, file: str, decimals: int, context: PublishContext
) -> tuple[Row, ...]:
    """One row a choice: rank correlation with the index as declared, and the largest change of rank."""
    wide = own.pivot(index="name", columns="statistic", values="value")

    def cell(name: str, column: str, decimals: int) -> Cell:
        value = float(wide.loc[name, column])
        source = Source.row(file, "value", choice=choice, name=name, property=column)
        return (Number(value, decimals, column, shows=(source,)),) if np.isfinite(value) else EMPTY

    return tuple(
        Row(
            f"{choice}[{name}]",
            (_label(name, choice, context),),
            ((cell(name, "rank_correlation", decimals), cell(name, "largest_move", 0)),),
        )
        for name in dict.fromkeys(own["name"])
    )


def _label(name: str, choice: str, context: PublishContext) -> Text:
    if choice == "alternative":
        return word(f"sensitivity.method_{name}")
    return context.label(name)
