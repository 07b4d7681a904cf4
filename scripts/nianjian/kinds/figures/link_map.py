"""Maps of the links of weight matrices, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Matrix, references
from nianjian.publish.figures.params import MapParams, map_inputs

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(MapParams):
    """Keys of maps of links."""

    matrices: list[Matrix] = Field(min_length=1, description="of spatial_weights, one map each")
    strongest: int = Field(3, ge=1, description="how many links of each city are drawn, the heaviest first")


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The matrices, and what every map needs."""
    return map_inputs(study, study.files(references(params)))


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.links.build`."""
    from nianjian.publish.figures import links

    return links.build(params, data, context)
