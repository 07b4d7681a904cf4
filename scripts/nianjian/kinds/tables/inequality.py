"""An inequality between cities: what groups and components contribute by year, all measures, or a summary of the years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Year
from nianjian.kinds.base import Index
from nianjian.publish.params import Decimals, TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of an inequality says."""

    inequality: Index = Field(description="an index of kind inequality")
    show: Literal["groups", "components", "cells", "measures", "summary"] = Field(
        description="groups, components: shares in percent by year; cells: both at once in chosen years; "
        "measures: Gini, Dagum, Theil and convergence by year; summary: first and last year, change, mean"
    )
    years: list[Year] | None = Field(None, description="with cells: which years stand side by side")
    decimals: Decimals | None = Field(  # type: ignore[assignment]
        None, description="digits after the point; left out: 2 for shares, 4 for levels"
    )

    @model_validator(mode="after")
    def _cells(self) -> Self:
        if (self.show == "cells") != (self.years is not None):
            what = "key 'years' with show cells, and only then"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def complete(params: Params, study: Study) -> Params:
    """The inequality must have the groups and components that are shown."""
    study.check_known("inequality", params.inequality, study.indices, "inequality")
    declared: Any = study.indices[params.inequality].params
    if not hasattr(declared, "of"):
        raise study.fail("inequality", f"'{params.inequality}' is no inequality; name an index of that kind")
    if params.show in ("groups", "cells") and declared.groups is None:
        raise study.fail("show", f"'{params.inequality}' has no groups")
    if params.show in ("components", "cells") and not declared.components:
        raise study.fail("show", f"'{params.inequality}' has no components")
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """The inequality's rows."""
    return {"inequality": [study.part(params.inequality)], "gaps": [study.gaps_file]}


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """The form that ``show`` names."""
    from nianjian.publish.inequality.table import table

    return table(params, data, context)
