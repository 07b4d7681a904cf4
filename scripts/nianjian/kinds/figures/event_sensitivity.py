"""An event study, and below it what it says if trends are not parallel: HonestDiD and the power of the pre-test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from nianjian.kinds.base import Spec
from nianjian.publish.figures.params import FigureParams, drawn_spec

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a figure of an event study and its sensitivity."""

    spec: Spec = Field(description="specification of estimator event_study")
    honest: Annotated[list[Spec], Field(min_length=1)] = Field(
        description="specifications of estimator honest_did, such as one a restriction"
    )
    power: Spec | None = Field(
        None,
        description="specification of estimator pretrends_power, whose linear trend is drawn: that of its largest power",
    )


def complete(params: Params, study: Study) -> Params:
    """The specifications must be of the estimators that are drawn."""
    drawn_spec(study, params.spec, "event_study", "event_study")
    for spec in params.honest:
        drawn_spec(study, spec, "honest_did", "honest_did")
    if params.power is not None:
        drawn_spec(study, params.power, "event_sensitivity", "pretrends_power")
    return params


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.event_sensitivity.build`."""
    from nianjian.publish.figures import event_sensitivity

    return event_sensitivity.build(params, data, context)
