"""The specification curve of a study's multiverse in numbers, as a whole and by choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.publish.multiverse import words
from nianjian.publish.params import Decimals, TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of a multiverse says."""

    decimals: Decimals = Field(3, description="digits after the point")
    order: list[str] = Field([], description="filled in: the choices as they are declared")
    choices: words.Choices = Field({}, description="filled in: the choices in words")


def complete(params: Params, study: Study) -> Params:
    """The study's choices in words."""
    order, choices = words.choices(study)
    return params.model_copy(update={"order": order, "choices": choices})


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Tables of the multiverse."""
    return words.inputs(study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.multiverse.table.table`."""
    from nianjian.publish.multiverse import table

    return table.table(params, data, context)
