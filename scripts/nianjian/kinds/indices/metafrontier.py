"""Technology gap of groups of cities: efficiency against all cities over efficiency within the group.

Columns: the technology gap ratio, one at most; ``<name>_meta``, efficiency against all; ``<name>_group``, efficiency within the
group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.indices.params import FrontierParams, called, check_roles
from nianjian.kinds.base import Groups
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.indices.inputs_outputs import InputsOutputs
    from nianjian.indices.programs import Array
    from nianjian.indices.solver import Index
    from nianjian.kinds.context import Context
    from nianjian.kinds.data import Data
    from nianjian.kinds.outputs import Output


class Params(FrontierParams):
    """Efficiency against the frontier of all and of the own group."""

    groups: Groups = Field(description="attribute whose values are the groups, such as the region")
    model: Literal["sbm", "output", "input"] = Field(
        "sbm",
        description="sbm: by slacks; output, input: radial, where undesirable outputs count as inputs",
    )


def complete(params: Params, study: Study) -> Params:
    """Columns and groups are declared."""
    study.check_groups("groups", params.groups)
    check_roles(params, study)
    return params


def scores(params: Params, name: str) -> dict[str, Text]:
    """The ratio and both efficiencies, in words."""
    label = called(params, name)
    return {
        name: label,
        f"{name}_meta": word("indices.meta_score", name=label),
        f"{name}_group": word("indices.group_score", name=label),
    }


def build(params: Params, data: Data, context: Context) -> dict[str, Output]:
    """Ratios and efficiencies.

    Raises
    ------
    SampleError
        If a value is missing, zero or negative, a city has no group, or a group has a single city-year on its frontier.
    """
    import logging

    from nianjian.errors import SampleError
    from nianjian.indices.inputs_outputs import inputs_outputs
    from nianjian.indices.metafrontier import metafrontier
    from nianjian.kinds.outputs import Output

    given = inputs_outputs(
        data.sample([*(name for own in params.columns.values() for name in own), params.groups]),
        params.columns,
    )
    frame, name = given.frame, context.name
    if (missing := frame[params.groups].isna()).any():
        first = frame.loc[missing, ["city_name", "year"]].iloc[0]
        raise SampleError(
            f"{context}: {first['city_name']} {first['year']} has no {params.groups} ({int(missing.sum())} city-years have none); "
            "complete the attribute, or drop the cities"
        )
    found = metafrontier(
        lambda rows, shown: _scored(params, given, rows, shown), frame[params.groups].tolist(), str(context)
    )
    means = frame.assign(ratio=found.ratio).groupby(params.groups)["ratio"].mean()
    logging.info("%s: mean ratios %s", name, ", ".join(f"{key} {value:.4f}" for key, value in means.items()))
    columns = {name: found.ratio, f"{name}_meta": found.meta, f"{name}_group": found.group}
    return {"": Output(frame[["city", "year"]].assign(**columns), ("city", "year"))}


def _scored(params: Params, given: InputsOutputs, rows: Index, context: str) -> Array:
    """Efficiency of some city-years against each other."""
    from nianjian.indices.efficiency import efficiency
    from nianjian.indices.simar_wilson import distances
    from nianjian.indices.solver import evaluation_groups

    periods = given.frame["year"].to_numpy()[rows]
    own = given.of(rows)
    if params.model == "sbm":
        parts = own.arrays
        return efficiency(
            parts["inputs"],
            parts["desirable"],
            parts["undesirable"] if params.undesirable else None,
            model="sbm",
            returns=params.returns,
            frontier=params.frontier,
            periods=periods,
            window=params.window,
            indicators=given.names,
            labels=own.labels,
            context=context,
        ).score
    inputs, outputs = own.two_sides(context)
    groups = evaluation_groups(len(rows), params.frontier, periods, params.window, context=context)
    return 1 / distances(inputs, outputs, groups, orientation=params.model, returns=params.returns)
