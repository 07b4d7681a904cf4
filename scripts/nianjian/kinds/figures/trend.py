"""Means by year: of all cities, with their growth rates, or one line a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.kinds import base
from nianjian.kinds.base import Column, Groups
from nianjian.publish.figures.params import FigureParams

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Panel(base.Params):
    """One panel of a trend figure."""

    values: Column = Field(description="what is averaged")
    by: Groups | None = Field(None, description="attribute: one line a group")
    style: Literal["bars", "lines"] = Field("lines", description="how means of all cities are drawn")
    growth: bool = Field(False, description="yearly growth rates on a second axis")


class Params(FigureParams):
    """Keys of a trend figure."""

    panels: list[Panel] = Field(min_length=1, description="side by side")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.trend.build`."""
    from nianjian.publish.figures import trend

    return trend.build(params, data, context)
