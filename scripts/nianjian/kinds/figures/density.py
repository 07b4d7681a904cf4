"""Kernel densities over cities, by year or by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.declarations.models.base import Year
from nianjian.kinds.base import Column, Groups
from nianjian.publish.figures.params import FigureParams

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a figure of densities."""

    values: Column = Field(description="a column of numbers")
    years: list[Year] | None = Field(None, description="one curve each; left out: all")
    by: Groups | None = Field(None, description="attribute: one curve a group, of a single year")
    year: Year | None = Field(None, description="with by; left out: the last")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.density.build`."""
    from nianjian.publish.figures import density

    return density.build(params, data, context)
