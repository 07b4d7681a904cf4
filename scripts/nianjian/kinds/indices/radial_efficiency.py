"""Radial efficiency of city-years (Farrell): one over what outputs could grow by, or the share of inputs that would do.

Columns: the efficiency, one on the frontier and below it elsewhere. Its second stage is the estimator ``truncated_regression``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.indices.params import UNDESIRABLE, FrontierParams, Orientation, check_roles
from nianjian.kinds.base import Column

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.kinds.data import Data
    from nianjian.kinds.outputs import Output

complete = check_roles


class Params(FrontierParams):
    """Efficiency along a ray."""

    undesirable: list[Column] = Field([], description=UNDESIRABLE)
    orientation: Orientation = Field(
        "output", description="what is measured: by how much outputs could grow, or inputs shrink"
    )
    returns: Literal["crs", "vrs"] = Field("vrs", description="constant or variable returns to scale")


def build(params: Params, data: Data, context: Context) -> dict[str, Output]:
    """Efficiencies.

    Raises
    ------
    SampleError
        If a value is missing, zero or negative; the message names city and year.
    """
    import logging

    from nianjian.indices.simar_wilson import distances
    from nianjian.indices.solver import evaluation_groups
    from nianjian.kinds.outputs import Output

    given = params.read(data)
    inputs, outputs = given.two_sides(str(context))
    periods = given.frame["year"].to_numpy()
    groups = evaluation_groups(len(inputs), params.frontier, periods, params.window, context=str(context))
    found = 1 / distances(inputs, outputs, groups, orientation=params.orientation, returns=params.returns)
    name = context.name
    logging.info("%s: mean %.4f, %d on the frontier", name, found.mean(), int((found == 1).sum()))
    return {"": Output(given.frame[["city", "year"]].assign(**{name: found}), ("city", "year"))}
