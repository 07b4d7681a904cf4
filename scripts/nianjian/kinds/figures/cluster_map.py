"""Map of local clusters: high among high, low among low, and the exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.publish.figures.params import LocalMoranParams, MapParams, map_inputs

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.publish.figures.drawing import Drawing


class Params(LocalMoranParams, MapParams):
    """Keys of a map of clusters."""


def complete(params: Params, study: Study) -> Params:
    """The specification must be of the estimator that is drawn, and have the year."""
    return params.completed(study, "cluster_map")


def inputs(params: Params, study: Study) -> dict[str, list[str]]:
    """Estimates, the sample for the cities that they leave out, and what every map needs."""
    return map_inputs(
        study, {"estimates": study.estimates([params.spec]), "sample": [study.sample_file]}
    )  # fmt: skip


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """See :func:`nianjian.publish.figures.cluster_map.build`."""
    from nianjian.publish.figures import cluster_map

    return cluster_map.build(params, data, context)
