"""Table of the inputs and outputs of an efficiency or productivity index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.indices.params import ROLES, roles
from nianjian.publish import marked
from nianjian.publish.sources import Source
from nianjian.publish.statistics import sign, values_of
from nianjian.publish.tables import Cell, Column, Panel, Row, Table, Word
from nianjian.text import BLANK, enumerated, in_sentence, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.inputs_outputs import Params


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """List the inputs and outputs of an efficiency index, with what composites are made of.

    Raises
    ------
    DeclarationError, SampleError
        If a label or a column is missing.
    """
    sample, index = data.sample(), context.study_facts.indices[params.efficiency]
    rows = []
    for role, names in roles(index.params).items():
        for name in names:
            values = values_of(sample, name, data, str(context))
            text, better = sign(ROLES[role] == "+")
            source = Source.declared(context.study, f"indices.{params.efficiency}.{role}.{name}")
            cells: tuple[Cell, ...] = (
                _measure(name, params.parts.get(name, []), context),
                (Word(text, "sign", better, shows=(source,)),),
                values.number("mean", params.decimals),
                values.number("sd", params.decimals),
            )
            labels = (word(f"inputs_outputs.{role}"), context.label(name))
            rows.append(Row(name, labels, (cells,)))
    return Table.of(
        params,
        context,
        stubs=(word("inputs_outputs.type"), word("inputs_outputs.indicator")),
        columns=(
            Column("measure", (word("inputs_outputs.measure"),), align="left"),
            Column("sign", (word("heads.sign"),)),
            Column("mean", (word("heads.mean"),), align="right"),
            Column("sd", (word("heads.sd"),), align="right"),
        ),
        panels=(Panel(tuple(rows)),),
        notes=marked.total(context.study_facts, marked.read(data), (row.key for row in rows)),
        merged=1,
    )


def _measure(name: str, made_of: list[str], context: PublishContext) -> Cell:
    """The unit of a variable, or the parts of a composite index."""
    if made_of:
        parts = enumerated(context.label(part).map(in_sentence) for part in made_of)
        text = word("inputs_outputs.composite", parts=parts)
        source = Source.declared(context.study, f"indices.{name}.dimensions")
    else:
        text = context.unit(name) or BLANK
        source = Source.declared(context.study, f"variables.{name}.unit")
    return (Word(text, "measure", text["en"], shows=(source,)),)
