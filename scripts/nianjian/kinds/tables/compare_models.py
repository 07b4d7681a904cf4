"""Spatial models under several weight matrices, compared by likelihood and posterior probability."""

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
    """Spatial models compared."""

    spec: Spec = Field(description="one that compares models")
    decimals: Decimals = Field(3, description="digits after the point")


def complete(params: Params, study: Study) -> Params:
    """The specification compares models."""
    needs(study, "spec", [params.spec], "models")
    return params


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.compare_models.table`."""
    from nianjian.publish import compare_models
    from nianjian.publish.estimated import Estimated

    return compare_models.table(params, Estimated.read(params, [params.spec], data, context))
