"""Cities in order of a score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Year
from nianjian.kinds.base import Column, references
from nianjian.publish.figures.params import FigureParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a ranking."""

    values: Column = Field(description="the score")
    year: Year = Field(description="of the scores")
    top: int = Field(20, ge=0, description="how many cities from above")
    bottom: int = Field(0, ge=0, description="how many cities from below")
    contributions: bool | list[Column] = Field(
        True,
        description="columns that add up to the score, by which bars are split; true: the index's dimensions",
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.top + self.bottom < 1:
            what = "some cities: top and bottom are both 0"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def complete(params: Params, study: Study) -> Params:
    """The columns that add up to the score."""
    if not isinstance(params.contributions, bool):
        return params
    parts: list[str] = []
    if params.contributions and params.values in study.indices:
        entry = study.indices[params.values]
        own = entry.kind.option("components", None)
        parts = list(own(entry.params, entry.name)) if own is not None else []
    return params.model_copy(update={"contributions": parts})


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample with the index, and the names of the cities."""
    return {**study.files(references(params)), "cities": [study.reference("cities.csv")]}


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.ranking.build`."""
    from nianjian.publish.figures import ranking

    return ranking.build(params, data, context)
