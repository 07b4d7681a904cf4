"""Balance of the covariates before and after matching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Spec
from nianjian.publish.params import Decimals, TableParams, needs

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """Balance of covariates."""

    spec: Spec = Field(description="one that matches on covariates")
    decimals: Decimals = Field(3, description="digits after the point of means")


def complete(params: Params, study: Study) -> Params:
    """The specification matches on covariates."""
    needs(study, "spec", [params.spec], "covariates")
    return params


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.balance.table`."""
    from nianjian.publish import balance
    from nianjian.publish.estimated import Estimated

    return balance.table(params, Estimated.read(params, [params.spec], data, context))
