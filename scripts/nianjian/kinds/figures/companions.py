"""Event studies of a specification and of its companions, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.kinds.base import Spec
from nianjian.publish.figures.params import FigureParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(FigureParams):
    """Keys of a figure of companions."""

    spec: Spec = Field(description="specification with companions")
    columns: list[Spec] = Field(
        [],
        description="specs in the order of the legend; left out: those of it and its companions that have event times",
    )


def complete(params: Params, study: Study) -> Params:
    """The companions by name; a regression without event times has none to show."""
    study.check_known("spec", params.spec, study.specs, "spec")
    if params.columns:
        return params.model_copy(update={"columns": study.matching("columns", params.columns)})
    found = study.companions("spec", params.spec)
    own = [params.spec] if study.specs[params.spec].kind.option("PRE_TRENDS", False) else []
    return params.model_copy(update={"columns": [*own, *found]})


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.companions.build`."""
    from nianjian.publish.figures import companions as builder

    return builder.build(params, data, context)
