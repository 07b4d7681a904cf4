"""Standardised bias of covariates before and after matching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.kinds.base import Spec
from nianjian.publish.figures.params import FigureParams, drawn_spec

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a figure of balance."""

    spec: Spec = Field(description="specification of estimator psm_did")
    by: Literal["year"] | None = Field(
        None,
        description="year: lines over the years, of specifications that match city-years; null: points over all units",
    )


def complete(params: Params, study: Study) -> Params:
    """The specification must be of the estimator that is drawn."""
    own = drawn_spec(study, params.spec, "balance", "psm_did")
    if params.by == "year" and own.unit != "city_year":
        raise study.fail(
            "by", f"year is for specifications with unit: city_year, which '{params.spec}' has not"
        )
    return params


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.balance.build`."""
    from nianjian.publish.figures import balance

    return (balance.by_year if params.by == "year" else balance.build)(params, data, context)
