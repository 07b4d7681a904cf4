"""Maps of a value in one or more years, classified alike."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Year
from nianjian.kinds.base import Column, references
from nianjian.publish.figures.params import MapParams, map_inputs

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


def _rising(limits: list[float]) -> list[float]:
    if any(later <= earlier for earlier, later in pairwise(limits)):
        what = "limits that ascend: each once, the smallest first"
        raise PydanticCustomError("pattern", "{what}", {"what": what})
    return limits


class Params(MapParams):
    """Keys of maps of a value."""

    values: Column = Field(description="a column of numbers")
    years: list[Year] = Field(min_length=1, description="one map each")
    classes: int = Field(5, ge=2, le=9, description="how many")
    scheme: Literal["equal", "quantiles", "natural"] = Field(
        "natural",
        description="limits of the classes: equal widths, equal counts, or least squares within (natural breaks)",
    )
    breaks: Annotated[list[float], Field(min_length=1), AfterValidator(_rising)] | None = Field(
        None, description="upper limits of the classes but the last, instead of classes and scheme"
    )


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample with the index drawn, and what every map needs."""
    return map_inputs(study, study.files(references(params)))


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.value_map.build`."""
    from nianjian.publish.figures import value_map

    return value_map.build(params, data, context)
