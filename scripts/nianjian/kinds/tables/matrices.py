"""Spatial weight matrices: links, neighbours, islands, range of eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Matrix
from nianjian.publish.params import TableParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.tables import Table


class Params(TableParams):
    """What a table of weight matrices says."""

    matrices: list[Matrix] | None = Field(None, description="of spatial_weights; left out: all")


def complete(params: Params, study: Study) -> Params:
    """All matrices of the study, where none is named."""
    named = params.matrices or list(study.matrices)
    if not named:
        raise study.fail("", "a table of kind matrices needs key 'spatial_weights' of the study")
    return params.model_copy(update={"matrices": named})


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """What there is to say of each matrix."""
    return {"summaries": study.matrix_summaries(params.matrices or [])}


def build(params: Params, data: Data, context: PublishContext) -> Table:
    """One row a matrix."""
    from nianjian.publish import matrices

    return matrices.table(params, data, context)
