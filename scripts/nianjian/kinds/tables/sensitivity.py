"""How the ranking of city-years changes with each indicator left out and with other weights."""

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
    """What a table of an index's sensitivity says."""

    index: Index = Field(description="a composite index")


def complete(params: Params, study: Study) -> Params:
    """The index must have a sensitivity."""
    study.check_known("index", params.index, study.indices, "index")
    if not hasattr(study.indices[params.index].params, "sensitivity"):
        raise study.fail("index", f"'{params.index}' has no sensitivity; name a composite index")
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """What the index's ranking depends on."""
    return {"sensitivity": [study.part(params.index, "sensitivity")], "gaps": [study.gaps_file]}


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row a choice: rank correlation with the index, and the largest move."""
    from nianjian.publish import sensitivity

    return sensitivity.table(params, data, context)
