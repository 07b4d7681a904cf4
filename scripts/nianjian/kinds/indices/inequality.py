"""Inequality of a score between cities by year, and what it is made of.

Rows: see :func:`nianjian.indices.inequality_by_year.measure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from nianjian.declarations.models.base import Years
from nianjian.kinds.base import Chunks, Column, Groups, Labelled

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.indices.inequality_by_year import Inequality
    from nianjian.kinds.context import Context
    from nianjian.kinds.data import Data
    from nianjian.kinds.outputs import Output

BY_CITY_YEAR = False


class Params(Labelled):
    """Gini coefficients with their decompositions, Theil indices, dispersion, convergence."""

    of: Column = Field(description="an index, or a variable, of zero or more")
    groups: Groups | None = Field(None, description="attribute whose values are the groups")
    order: list[str | int] = Field(
        [], description="values of the groups' attribute in the order wanted; left out: as it declares them"
    )
    components: bool | list[Column] = Field(
        True, description="columns that add up to the score; true: the index's dimensions, if it is their sum"
    )
    bootstrap: int = Field(
        200, ge=0, description="resamples of cities within groups for the intervals; 0 for none"
    )
    permutations: int = Field(
        999, ge=0, description="shuffles of group labels for the between share; 0 for none"
    )
    years: Years | None = Field(None, description="first and last year; left out: the sample's")
    chunks: Chunks = 1


def complete(params: Params, study: Study) -> Params:
    """The groups in order, the columns of the components, and the years."""
    first, last = params.years or study.years
    if first < study.years[0] or last > study.years[1]:
        raise study.fail(
            "years",
            f"{first} to {last} are not within the sample's years {study.years[0]} to {study.years[1]}; choose some of "
            "these",
        )
    study.check_known("of", params.of, [*study.model.variables, *study.score_columns], "index or variable")
    update: dict[str, object] = {"years": [first, last]}
    if params.groups is not None:
        study.check_groups("groups", params.groups)
        known = list(study.model.attributes[params.groups].values)
        for position, value in enumerate(params.order):
            study.check_known(f"order[{position}]", str(value), map(str, known), f"value of {params.groups}")
        update["order"] = params.order or known
    if isinstance(params.components, bool):
        parts: list[str] = []
        if params.components and params.of in study.indices:
            entry = study.indices[params.of]
            own = entry.kind.option("components", None)
            parts = list(own(entry.params, entry.name)) if own is not None else []
        update["components"] = parts
    return params.model_copy(update=update)


def pieces(params: Params) -> int:
    """Years: each has draws of its own."""
    first, last = params.years or (0, -1)
    return last - first + 1


def drawer(params: Params, data: Data, context: Context) -> Callable[[range], pd.DataFrame]:
    """Measures some of the years."""
    import pandas as pd

    one, (first, _) = _inequality(params, data, context), params.years or (0, 0)

    def draw(piece: range) -> pd.DataFrame:
        made = [
            one.in_year(
                first + number,
                bootstrap=params.bootstrap,
                permutations=params.permutations,
                rng=lambda year, what: context.rng(what, year),
            )
            for number in piece
        ]
        return pd.concat(made, ignore_index=True)

    return draw


def build(params: Params, data: Data, context: Context, drawn: pd.DataFrame) -> dict[str, Output]:
    """Every measure by year, with intervals.

    Raises
    ------
    SampleError
        If a city has no value or no group, or a group has no label.
    """
    import logging

    from nianjian.kinds.outputs import Output
    from nianjian.schemas import INEQUALITY, INEQUALITY_KEY

    table = _inequality(params, data, context).over_years(drawn)
    gini = table[table["measure"] == "gini"].sort_values("year")
    logging.info(
        "%s: Gini %.4f in %d, %.4f in %d",
        *(context.name, gini["estimate"].iloc[0], gini["year"].iloc[0]),
        *(gini["estimate"].iloc[-1], gini["year"].iloc[-1]),
    )
    return {"": Output(table, INEQUALITY_KEY, INEQUALITY)}


def _inequality(params: Params, data: Data, context: Context) -> Inequality:
    """The score in the city-years of its years."""
    from nianjian.indices.inequality_by_year import Inequality

    components = params.components if isinstance(params.components, list) else []
    groups = [params.groups] if params.groups else []
    order: Any = params.order or None
    frame = data.sample([params.of, *components, *groups])
    if params.years:
        frame = frame[frame["year"].between(*params.years)]
    return Inequality.of(
        frame, of=params.of, groups=params.groups, order=order, components=components, context=str(context)
    )
