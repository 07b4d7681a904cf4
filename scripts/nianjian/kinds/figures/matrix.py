"""Heat maps of weight matrices, cities by code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Matrix
from nianjian.publish.figures.params import FigureParams

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of heat maps."""

    matrices: list[Matrix] = Field(min_length=1, description="of spatial_weights, one square each")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.matrices.build`."""
    from nianjian.publish.figures import matrices

    return matrices.build(params, data, context)
