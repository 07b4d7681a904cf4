"""An information criterion over the mixing share of two weight matrices, with the others beside."""

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

FORMERLY = ("weight_choice",)


class Params(FigureParams):
    """Keys of a comparison of matrices."""

    spec: Spec = Field(description="specification of estimator compare_matrices")
    criterion: Literal["aic", "bic"] = Field("aic", description="the less the better")


def complete(params: Params, study: Study) -> Params:
    """The specification must be of the estimator that is drawn, and mix two matrices."""
    if not drawn_spec(study, params.spec, "compare_matrices", "compare_matrices").grid:
        raise study.fail("spec", f"'{params.spec}' mixes no matrices; give it key 'grid'")
    return params


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.compare_matrices.build`."""
    from nianjian.publish.figures import compare_matrices

    return compare_matrices.build(params, data, context)
