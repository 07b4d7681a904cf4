"""Means by year of variables and indices, over all cities and by group, with their mean yearly growth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from nianjian.declarations.models.base import short
from nianjian.kinds.base import Column, Groups
from nianjian.kinds.base import Params as Declared
from nianjian.publish import marked
from nianjian.publish.params import Decimals, TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Series(Declared):
    """Means by year of one score, over all cities or in each group."""

    values: Column = Field(description="variable, index or index_dimension")
    by: Groups | None = Field(None, description="attribute: one column a group")


class Params(TableParams):
    """What a table of means says."""

    columns: list[Annotated[Series, short("values")]] = Field(
        min_length=1, description="scores; a lone name stands for {values: name}"
    )
    growth: bool = Field(True, description="last row: mean of the yearly growth rates")
    decimals: Decimals = Field(3, description="digits after the point")


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """What it names, and what became of the sample's values."""
    return marked.inputs(params, study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row a year."""
    from nianjian.publish import means

    return means.table(params, data, context)
