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


def complete(params: Params, study: Study) -> Params:
    """The index must have weights."""
    study.check_known("index", params.index, study.indices, "index")
    kind = study.indices[params.index].kind
    if PART not in kind.option("PARTS", ()):
        raise study.fail("index", f"'{params.index}' is of kind {kind.name}, which has no weights")
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The index's weights."""
    return {"weights": [study.part(params.index, PART)]}


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.weights.build`."""
    from nianjian.publish.figures import weights

    return weights.build(params, data, context)
