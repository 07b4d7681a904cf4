"""Table of an inequality: the form that its declaration names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nianjian.publish.inequality.cells import cells
from nianjian.publish.inequality.components import components
from nianjian.publish.inequality.groups import groups
from nianjian.publish.inequality.measures import measures
from nianjian.publish.inequality.rows import Form, Inequality
from nianjian.publish.inequality.summary import summary
from nianjian.publish.params import said
from nianjian.publish.statistics import labelled
from nianjian.publish.tables import Table
from nianjian.text import BLANK, Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.inequality import Params

FORMS: dict[str, tuple[Callable[[Inequality, int], Form], int]] = {
    "groups": (groups, 2),
    "components": (components, 2),
    "measures": (measures, 4),
    "summary": (summary, 4),
}
"""Forms by the name of ``show``, with their usual decimals; ``cells`` is told its years as well."""
CELL_DECIMALS = 4


def inequality_table(params: Params, data: Data, context: PublishContext) -> Table:
    """A decomposition of inequality by group, by component, by both, or all measures by year.

    Raises
    ------
    DeclarationError, SampleError
        If a label or a year is missing.
    """
    inequality = read(params, data, context)
    if params.show == "cells":
        decimals = CELL_DECIMALS if params.decimals is None else params.decimals
        form = cells(inequality, decimals, params.years or [])
    else:
        build, usual = FORMS[params.show]
        form = build(inequality, usual if params.decimals is None else params.decimals)
    return Table(
        study=context.study,
        id=context.name,
        title=said(params.title),
        stubs=(form.stub,),
        columns=form.columns,
        panels=form.panels,
        origin=context.origin,
        notes=(*(_numbers(inequality) if form.numbered else ()), *form.notes, *params.own_notes),
    )


def read(params: Params, data: Data, context: PublishContext) -> Inequality:
    """The inequality's rows with the labels of its groups and components."""
    facts, frame = context.study_facts, data.frame("inequality")
    declared = facts.indices[params.inequality].params
    named: dict[str, Text] = {}
    if declared.groups is not None:
        found = frame.loc[frame["measure"] == "gini_own", "group"].unique()
        named = labelled(facts.values(declared.groups, str(context)), found, str(context))
    parts = {name: facts.label(name, str(context)) for name in declared.components}
    return Inequality(frame, data.relative(data.path("inequality")), named, parts, str(context))


def _numbers(inequality: Inequality) -> tuple[Text, ...]:
    """Which group is called by which number."""
    listed = BLANK
    for number, label in enumerate(inequality.groups.values(), start=1):
        mark = word("inequality.between_numbers") if number > 1 else BLANK
        listed = listed + mark + word("inequality.numbered", number=number, label=label)
    return (word("inequality.numbers", numbers=listed),)
