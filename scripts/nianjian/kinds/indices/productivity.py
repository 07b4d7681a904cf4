"""Change of productivity from year to year: the global Malmquist-Luenberger index.

Columns: the change; ``<name>_ec`` and ``<name>_tc``, its factors; ``<name>_level``, its product since the first year;
``<name>_status``. A city's first year has no change and level 1; a gap or a program without a solution leaves all later
levels empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.indices.params import InputsOutputsParams, called, check_roles
from nianjian.kinds.base import Column
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import Context
    from nianjian.kinds.data import Data
    from nianjian.kinds.outputs import Output

FACTORS = {"_ec": "efficiency_change", "_tc": "technical_change", "_level": "cumulated"}
"""Columns beside the change, and the words for them."""

complete = check_roles


class Params(InputsOutputsParams):
    """Productivity with undesirable outputs."""

    undesirable: list[Column] = Field(min_length=1, description="undesirable outputs: variables or indices")
    returns: Literal["crs", "vrs"] = Field("crs", description="constant or variable returns to scale")


def scores(params: Params, name: str) -> dict[str, Text]:
    """The change, its factors and its level, in words."""
    label = called(params, name)
    factors = {f"{name}{suffix}": word(f"indices.{key}", name=label) for suffix, key in FACTORS.items()}
    return {name: label, **factors}


def build(params: Params, data: Data, context: Context) -> dict[str, Output]:
    """Changes, factors and levels.

    Raises
    ------
    SampleError
        If a value is missing, zero or negative; the message names city and year.
    """
    import logging

    import numpy as np
    import pandas as pd

    from nianjian.indices.inputs_outputs import log_status
    from nianjian.indices.productivity import malmquist_luenberger
    from nianjian.kinds.outputs import Output

    given = params.read(data)
    frame, name = given.frame, context.name
    found = malmquist_luenberger(
        *given.arrays.values(),
        units=frame["city_name"].tolist(),
        periods=frame["year"].to_numpy(),
        returns=params.returns,
        indicators=given.names,
        context=str(context),
    )
    change = pd.Series(np.where(~frame["city"].duplicated(), 1.0, found.index))
    level = change.groupby(frame["city"]).transform(lambda own: own.cumprod(skipna=False))
    columns = {
        name: found.index,
        f"{name}_ec": found.efficiency_change,
        f"{name}_tc": found.technical_change,
        f"{name}_level": level,
        f"{name}_status": list(found.status),
    }
    log_status(name, found.status)
    logging.info("%s: mean yearly change %.4f", name, np.nanmean(found.index))
    return {"": Output(frame[["city", "year"]].assign(**columns), ("city", "year"))}
