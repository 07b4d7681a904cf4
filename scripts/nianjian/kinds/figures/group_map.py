"""Map of the sample's cities by category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.declarations.models.base import Words, Year
from nianjian.kinds.base import Column, references
from nianjian.publish.figures.params import MapParams, map_inputs

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(MapParams):
    """Keys of a map of categories."""

    values: Column = Field(description="attribute in words, group or dummy")
    year: Year | None = Field(
        None, description="left out: the last one of a dummy, each city's last known word of an attribute"
    )
    others: Words | None = Field(None, description="what cities without a value are; left out: no data")
    rest: str | None = Field(None, description="the value that stands for the rest, painted pale")


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample, and what every map needs."""
    return map_inputs(study, study.files(references(params)))


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.group_map.build`."""
    from nianjian.publish.figures import group_map

    return group_map.build(params, data, context)
