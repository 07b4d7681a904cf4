"""The specification curve of a study's multiverse in numbers, as a whole and by choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Spec
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
    of: Spec | None = Field(None, description="filled in: the specification whose effect is looked at")


def complete(params: Params, study: Study) -> Params:
    """The study's choices in words."""
    order, choices = words.choices(study)
    own = study.model.multiverse
    spec = None if own is None else own.spec
    return params.model_copy(update={"order": order, "choices": choices, "of": spec})


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Tables of the multiverse, and what became of the sample's values."""
    return {**words.inputs(study), "gaps": [study.gaps_file]}


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.multiverse.table.table`."""
    from nianjian.publish.multiverse import table

    return table.table(params, data, context)
