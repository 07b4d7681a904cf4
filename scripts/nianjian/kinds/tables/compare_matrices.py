"""One spatial model under several weight matrices, compared by their likelihood."""

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

FORMERLY = ("weight_choice",)


class Params(TableParams):
    """Weight matrices compared."""

    spec: Spec = Field(description="one that compares matrices")
    decimals: Decimals = Field(3, description="digits after the point")


def complete(params: Params, study: Study) -> Params:
    """The specification compares matrices."""
    needs(study, "spec", [params.spec], "matrices")
    return params


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """See :func:`nianjian.publish.compare_matrices.table`."""
    from nianjian.publish import compare_matrices
    from nianjian.publish.estimated import Estimated

    return compare_matrices.table(params, Estimated.read(params, [params.spec], data, context))
