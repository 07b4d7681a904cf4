"""A decomposition of inequality over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.kinds.base import Index
from nianjian.publish.figures.params import FigureParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing

INDEX = "inequality"
"""Kind of the index that is drawn."""


class Params(FigureParams):
    """Keys of a figure of inequality."""

    inequality: Index = Field(description="an index of kind inequality")
    show: Literal["total", "groups", "within_between", "components", "pairs", "dagum", "theil"] = Field(
        description="the Gini coefficient, those of the groups or between pairs of them, its parts within and between "
        "groups, by dimension of the index or after Dagum; or the Theil index and its parts"
    )
    style: Literal["bars", "lines", "area"] | None = Field(
        None, description="left out: bars for total, area for dagum, lines for the rest"
    )
    benchmark: bool = Field(False, description="within_between: the share that random labels would have")


def complete(params: Params, study: Study) -> Params:
    """What is drawn must be an inequality."""
    study.check_known("inequality", params.inequality, study.indices, "index")
    kind = study.indices[params.inequality].kind.name
    if kind != INDEX:
        raise study.fail("inequality", f"an index of kind {INDEX} is needed, '{params.inequality}' is {kind}")
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The index's rows."""
    return {"inequality": [study.part(params.inequality)]}


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.inequality.build`."""
    from nianjian.publish.figures import inequality

    return inequality.build(params, data, context)
