"""Balance of the covariates before and after matching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.kinds.base import Spec
from nianjian.publish import marked
from nianjian.publish.params import Decimals, TableParams, needs

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """Balance of covariates."""

    spec: Spec = Field(description="one that matches on covariates")
    by: Literal["year"] | None = Field(
        None,
        description="year: standardised biases of each year, of specifications that match city-years; null: over all units",
    )
    decimals: Decimals = Field(3, description="digits after the point of means")


def complete(params: Params, study: Study) -> Params:
    """The specification matches on covariates."""
    needs(study, "spec", [params.spec], "covariates")
    if params.by == "year" and getattr(study.specs[params.spec].params, "unit", None) != "city_year":
        raise study.fail(
            "by", f"year is for specifications with unit: city_year, which '{params.spec}' has not"
        )
    return params


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """What it names, and what became of the sample's values."""
    return marked.inputs(params, study)


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.balance.table` and :func:`nianjian.publish.balance.by_year`."""
    from nianjian.publish import balance
    from nianjian.publish.estimated import Estimated

    made = balance.by_year if params.by == "year" else balance.table
    return made(params, Estimated.read(params, [params.spec], data, context))
