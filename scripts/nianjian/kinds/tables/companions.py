"""Overall effects of a specification and of its companions, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.declarations.models.style import STARS, Decimals, InBrackets, Stars
from nianjian.kinds.base import Spec
from nianjian.publish import marked
from nianjian.publish.params import TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """A specification beside estimators of staggered adoption."""

    spec: Spec = Field(description="specification with companions")
    columns: list[Spec] = Field(
        [], description="specs in the order of the rows; left out: it and its companions"
    )
    brackets: InBrackets = Field(
        "std_error", description="what stands in brackets: standard errors, t statistics or p-values"
    )
    stars: Stars = Field(STARS, description="stars by the level that a p-value lies below")
    decimals: Decimals = Field(4, description="digits after the point")


def complete(params: Params, study: Study) -> Params:
    """The companions by name."""
    study.check_known("spec", params.spec, study.specs, "spec")
    if params.columns:
        return params.model_copy(update={"columns": study.matching("columns", params.columns)})
    found = study.companions("spec", params.spec)
    return params.model_copy(update={"columns": [params.spec, *found]})


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """What it names, and what became of the sample's values."""
    return marked.inputs(params, study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.companions.table`."""
    from nianjian.publish import companions as builder
    from nianjian.publish.estimated import Estimated

    return builder.table(params, Estimated.read(params, params.columns, data, context))
