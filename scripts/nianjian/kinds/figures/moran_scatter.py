"""Moran's scatter plot: a city's value and that of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.declarations.models.base import Year
from nianjian.kinds.base import Spec
from nianjian.publish.figures.params import FigureParams, drawn_spec, drawn_year

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing

ESTIMATOR = "local_moran"
"""Whose results are drawn."""


class Params(FigureParams):
    """Keys of a scatter plot."""

    spec: Spec = Field(description="specification of estimator local_moran")
    year: Year | None = Field(None, description="one of the specification's years; left out: the last")


def complete(params: Params, study: Study) -> Params:
    """The specification must be of the estimator that is drawn, and have the year."""
    years = drawn_spec(study, params.spec, "moran_scatter", ESTIMATOR).years
    return params.model_copy(update={"year": drawn_year(study, params.spec, params.year, years)})


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.local_moran.build`."""
    from nianjian.publish.figures import local_moran

    return local_moran.build(params, data, context)
