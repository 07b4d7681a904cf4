"""The specification curve of a study's multiverse: estimates in order, and the choices behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.publish.figures.params import FigureParams
from nianjian.publish.multiverse import words

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a figure of a multiverse."""

    order: list[str] = Field([], description="filled in: the choices as they are declared")
    choices: words.Choices = Field({}, description="filled in: the choices in words")


def complete(params: Params, study: Study) -> Params:
    """The study's choices in words."""
    order, choices = words.choices(study)
    return params.model_copy(update={"order": order, "choices": choices})


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Tables of the multiverse."""
    return words.inputs(study)


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.multiverse.figure.build`."""
    from nianjian.publish.multiverse import figure

    return figure.build(params, data, context)
