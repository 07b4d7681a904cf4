"""Table of an inequality: the form that its declaration names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nianjian.publish import marked
from nianjian.publish.inequality import forms
from nianjian.publish.inequality.rows import Form, Inequality
from nianjian.publish.inequality.summary import summary
from nianjian.publish.tables import Table
from nianjian.text import Text, enumerated, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.inequality import Params

FORMS: dict[str, tuple[Callable[[Inequality, int], Form], int]] = {
    "groups": (forms.groups, 2),
    "components": (forms.components, 2),
    "measures": (forms.measures, 4),
    "summary": (summary, 4),
}
"""Forms by the name of ``show``, with their usual decimals; ``cells`` is told its years as well."""
CELL_DECIMALS = 4


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """A decomposition of inequality by group, by component, by both, or all measures by year.

    Raises
    ------
    DeclarationError, SampleError
        If a label or a year is missing.
    """
    inequality = Inequality.of(params.inequality, data, context)
    if params.show == "cells":
        decimals = CELL_DECIMALS if params.decimals is None else params.decimals
        form = forms.cells(inequality, decimals, params.years or [])
    else:
        build, usual = FORMS[params.show]
        form = build(inequality, usual if params.decimals is None else params.decimals)
    return Table.of(
        params,
        context,
        stubs=(form.stub,),
        columns=form.columns,
        panels=form.panels,
        notes=(
            *(_numbers(inequality) if form.numbered else ()),
            *form.notes,
            *marked.total(context.study_facts, marked.read(data), [params.inequality]),
        ),
    )


def _numbers(inequality: Inequality) -> tuple[Text, ...]:
    """Which group is called by which number."""
    numbered = (
        word("inequality.numbered", number=number, label=label)
        for number, label in enumerate(inequality.groups.values(), start=1)
    )
    return (word("inequality.numbers", numbers=enumerated(numbered, "inequality.between_numbers")),)
