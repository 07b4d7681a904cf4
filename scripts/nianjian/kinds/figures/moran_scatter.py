"""Moran's scatter plot: a city's value and that of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.publish.figures.params import LocalMoranParams

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(LocalMoranParams):
    """Keys of a scatter plot."""


def complete(params: Params, study: Study) -> Params:
    """The specification must be of the estimator that is drawn, and have the year."""
    return params.completed(study, "moran_scatter")


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.local_moran.build`."""
    from nianjian.publish.figures import local_moran

    return local_moran.build(params, data, context)
