"""Words that a study declares, as cells that say where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.errors import DeclarationError, study_file
from nianjian.publish.sources import Source
from nianjian.publish.tables import Cell, Word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext


def declared(key: str, context: PublishContext) -> Source:
    """Link to a key of the study's file."""
    return Source.declared(study_file(context.study), key)


def unit(name: str, context: PublishContext) -> Cell:
    """What a variable is measured in.

    Raises
    ------
    DeclarationError
        If nothing says it.
    """
    text = context.study_facts.unit(name, str(context))
    if text is None:
        raise DeclarationError(f"{context}: '{name}' has no unit to print; declare its unit_label")
    return (Word(text, "unit", shows=(declared(f"variables.{name}.unit", context),)),)
