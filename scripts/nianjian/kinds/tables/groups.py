"""Groups of cities with the provinces that they lie in and the number of cities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Groups
from nianjian.publish.params import TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of groups says."""

    groups: Groups = Field(description="attribute whose values are the groups")


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample, and the names of the provinces."""
    return {"sample": [study.sample_file], "provinces": [study.reference("regions.csv")]}


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row a group, then all cities."""
    from nianjian.publish import groups

    return groups.table(params, data, context)
