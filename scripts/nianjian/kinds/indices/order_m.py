"""Order-m efficiency of city-years: against the expected best of m others that use no more, or make no less.

Columns: the efficiency, above one for a city-year that does better than that; ``<name>_compared``, the number of city-years that
it is compared with, itself among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from nianjian.indices.params import UNDESIRABLE, Orientation, ReferenceParams, check_roles
from nianjian.kinds.base import Column

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.kinds.data import Data
    from nianjian.kinds.outputs import Output

complete = check_roles


class Params(ReferenceParams):
    """Efficiency that single extreme city-years hardly touch."""

    undesirable: list[Column] = Field([], description=UNDESIRABLE)
    m: int = Field(
        ge=1,
        description="city-years of which the best is expected; the more, the nearer to the free disposal hull",
    )
    orientation: Orientation = Field("output", description="whether outputs or inputs are measured")


def build(params: Params, data: Data, context: Context) -> dict[str, Output]:
    """Efficiencies.

    Raises
    ------
    SampleError
        If a value is missing, zero or negative; the message names city and year.
    """
    import logging

    from nianjian.indices.order_m import order_m
    from nianjian.indices.solver import evaluation_groups
    from nianjian.kinds.outputs import Output

    given = params.read(data)
    inputs, outputs = given.two_sides(str(context))
    periods = given.frame["year"].to_numpy()
    groups = evaluation_groups(len(inputs), params.frontier, periods, params.window, context=str(context))
    found, counts = order_m(inputs, outputs, groups, m=params.m, orientation=params.orientation)
    name = context.name
    logging.info(
        "%s: mean %.4f, %d above 1, %d compared with none but themselves",
        *(name, found.mean(), int((found > 1).sum()), int((counts == 1).sum())),
    )
    columns = {name: found, f"{name}_compared": counts.astype("int32")}
    return {"": Output(given.frame[["city", "year"]].assign(**columns), ("city", "year"))}
