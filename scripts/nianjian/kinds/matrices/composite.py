"""Weights are a mixture of two matrices: a·first + (1 - a)·second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.declarations.models.base import Share
from nianjian.kinds.base import Labelled, Matrix
from nianjian.spatial.params import check_parts

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.spatial.building import MatrixData
    from nianjian.spatial.weights import SpatialWeights


class Params(Labelled):
    """A mixture."""

    first: Matrix = Field(description="the geographic matrix")
    second: Matrix = Field(description="the economic matrix")
    share: Share = Field(description="a in a·first + (1 - a)·second")


complete = check_parts


def build(params: Params, data: MatrixData, context: Context) -> SpatialWeights:
    """See :func:`nianjian.spatial.combined.composite`."""
    from nianjian.spatial.combined import composite

    return composite(data.part(params.first), data.part(params.second), params.share, name=context.name)
