"""Indirect effects as errors of mediator and outcome go together more and more."""

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
    """Keys of a figure of the sensitivity of mediation."""

    spec: Spec = Field(description="specification of estimator mediation with a sensitivity")
    mediators: list[str] | None = Field(None, description="a panel each; left out: all of the specification")


def complete(params: Params, study: Study) -> Params:
    """The specification must have what is drawn."""
    own = drawn_spec(study, params.spec, "mediation_sensitivity", "mediation")
    if own.sensitivity is None:
        raise study.fail("spec", f"'{params.spec}' has no `sensitivity`; write it there, such as 0.1")
    for name in params.mediators or []:
        study.check_known("mediators", name, own.mediators, "mediator")
    return params.model_copy(update={"mediators": params.mediators or list(own.mediators)})


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.mediation_sensitivity.build`."""
    from nianjian.publish.figures import mediation_sensitivity

    return mediation_sensitivity.build(params, data, context)
