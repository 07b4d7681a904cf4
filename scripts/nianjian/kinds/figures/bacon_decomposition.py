"""Comparisons of cohorts behind a two-way fixed effects estimate, by weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Spec
from nianjian.publish.figures.params import FigureParams, drawn_spec

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a figure of Goodman-Bacon's decomposition."""

    spec: Spec = Field(description="specification of estimator bacon_decomposition")


def complete(params: Params, study: Study) -> Params:
    """The specification must be of the estimator that is drawn."""
    drawn_spec(study, params.spec, "bacon_decomposition", "bacon_decomposition")
    return params


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.bacon_decomposition.build`."""
    from nianjian.publish.figures import bacon_decomposition

    return bacon_decomposition.build(params, data, context)
