"""Weights of an index's indicators, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Index
from nianjian.publish.figures.params import FigureParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing

PART = "weights"
"""File beside an index's scores that holds its weights."""


class Params(FigureParams):
    """Keys of a figure of weights."""

    index: Index = Field(description="a composite index")
    dimensions: list[str] = Field([], description="in their order; left out: as the index declares them")


def complete(params: Params, study: Study) -> Params:
    """The index must have weights; its dimensions in order."""
    study.check_known("index", params.index, study.indices, "index")
    entry = study.indices[params.index]
    if PART not in entry.kind.option("PARTS", ()):
        raise study.fail("index", f"'{params.index}' is of kind {entry.kind.name}, which has no weights")
    known = list(getattr(entry.params, "dimensions", ()))
    for position, name in enumerate(params.dimensions):
        study.check_known(f"dimensions[{position}]", name, known, f"dimension of {params.index}")
    return params.model_copy(update={"dimensions": params.dimensions or known})


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The index's weights."""
    return {"weights": [study.part(params.index, PART)]}


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.weights.build`."""
    from nianjian.publish.figures import weights

    return weights.build(params, data, context)
