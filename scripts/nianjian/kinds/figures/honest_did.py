"""Intervals of an effect as trends may differ more and more."""

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
    """Keys of a figure of HonestDiD."""

    spec: Spec = Field(description="specification of estimator honest_did")


def complete(params: Params, study: Study) -> Params:
    """The specification must be of the estimator that is drawn."""
    drawn_spec(study, params.spec, "honest_did", "honest_did")
    return params


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.honest_did.build`."""
    from nianjian.publish.figures import honest_did

    return honest_did.build(params, data, context)
