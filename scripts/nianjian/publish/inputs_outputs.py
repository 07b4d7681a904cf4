"""Table of the inputs and outputs of an efficiency or productivity index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.indices.params import ROLES, roles
from nianjian.publish.declared_words import declared
from nianjian.publish.params import said
from nianjian.publish.statistics import sign, values_of
from nianjian.publish.tables import Cell, Column, Panel, Row, Table, Word
from nianjian.text import BLANK, Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.inputs_outputs import Params


def inputs_outputs_table(params: Params, data: Data, context: PublishContext) -> Table:
    """List the inputs and outputs of an efficiency index, with what composites are made of.

    Raises
    ------
    DeclarationError, SampleError
        If a label or a column is missing.
    """
    facts, sample = context.study_facts, data.sample()
    rows = []
    for role, names in roles(facts.indices[params.efficiency].params).items():
        for name in names:
            values = values_of(sample, name, data, str(context))
            text, better = sign(ROLES[role] == "+")
            source = declared(f"indices.{params.efficiency}.{role}.{name}", context)
            cells: tuple[Cell, ...] = (
                _measure(name, params.parts.get(name, []), context),
                (Word(text, "sign", better, shows=(source,)),),
                values.number("mean", params.decimals, grouped=True),
                values.number("sd", params.decimals, grouped=True),
            )
            labels = (word(f"inputs_outputs.{role}"), facts.label(name, str(context)))
            rows.append(Row(name, labels, (cells,)))
    return Table(
        study=context.study,
        id=context.name,
        title=said(params.title),
        stubs=(word("inputs_outputs.type"), word("inputs_outputs.indicator")),
        columns=(
            Column("measure", (word("inputs_outputs.measure"),), align="left"),
            Column("sign", (word("heads.sign"),)),
            Column("mean", (word("heads.mean"),), align="right"),
            Column("sd", (word("heads.sd"),), align="right"),
        ),
        panels=(Panel(tuple(rows)),),
        origin=context.origin,
        notes=params.own_notes,
        merged=1,
    )


def _measure(name: str, made_of: list[str], context: PublishContext) -> Cell:
    """The unit of a variable, or the parts of a composite index."""
    facts = context.study_facts
    if made_of:
        parts = [facts.label(part, str(context)).map(_within_sentence) for part in made_of]
        text = word("inputs_outputs.composite", parts=_enumerated(parts))
        source = declared(f"indices.{name}.dimensions", context)
    else:
        text = facts.unit(name, str(context)) or BLANK
        source = declared(f"variables.{name}.unit", context)
    return (Word(text, "measure", text["en"], shows=(source,)),)


def _enumerated(parts: list[Text]) -> Text:
    """One after the other, with the language's comma throughout."""
    found = parts[0]
    for part in parts[1:]:
        found = found + word("punctuation.comma") + part
    return found


def _within_sentence(words: str, language: str) -> str:
    """Words as they stand within a sentence: LPG keeps its capitals."""
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] in ("", " ") else words
