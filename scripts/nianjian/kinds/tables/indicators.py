"""The indicators of an index: dimension, unit, sign, weight, and how much of each was printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Index
from nianjian.publish.params import TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of indicators says."""

    index: Index = Field(description="a composite index")


def complete(params: Params, study: Study) -> Params:
    """The index must have indicators."""
    study.check_known("index", params.index, study.indices, "index")
    if not hasattr(study.indices[params.index].params, "dimensions"):
        raise study.fail("index", f"'{params.index}' has no indicators; name a composite index")
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The sample, of which coverage is counted, and the index's weights."""
    return {"sample": [study.sample_file], "weights": [study.part(params.index, "weights")]}


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row an indicator; where there are several dimensions, their weights follow."""
    from nianjian.publish.indicators import indicators_table

    return indicators_table(params, data, context)
