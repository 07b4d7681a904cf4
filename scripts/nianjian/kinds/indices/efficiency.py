"""Efficiency of city-years in turning inputs into outputs: SBM, super-SBM or both.

A program without a solution leaves the score empty and says so in the column ``<name>_status``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.indices.params import FrontierParams, check_roles

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.indices.efficiency import Efficiency
    from nianjian.indices.inputs_outputs import InputsOutputs
    from nianjian.kinds.context import Context
    from nianjian.kinds.data import Data
    from nianjian.kinds.outputs import Output

PARTS = ("slacks", "peers")
ROLES = {"inputs": "input", "desirable": "desirable", "undesirable": "undesirable"}
"""What the table of slacks calls the roles."""

complete = check_roles


class Params(FrontierParams):
    """Efficiency by slacks."""

    model: Literal["two_stage", "sbm", "super_sbm"] = Field(
        "two_stage",
        description="sbm: ends at 1; super_sbm: begins there; two_stage: sbm below 1 and super_sbm elsewhere",
    )


def build(params: Params, data: Data, context: Context) -> dict[str, Output]:
    """Scores, slacks of each column, and the city-years that each is measured against.

    Raises
    ------
    SampleError
        If a value is missing, zero or negative; the message names city and year.
    """
    import logging

    import numpy as np

    from nianjian.indices.efficiency import efficiency
    from nianjian.indices.inputs_outputs import log_status
    from nianjian.kinds.outputs import Output
    from nianjian.schemas import PEERS, SLACKS

    given = params.read(data)
    frame, parts = given.frame, given.arrays
    found = efficiency(
        parts["inputs"],
        parts["desirable"],
        parts["undesirable"] if params.undesirable else None,
        model=params.model,
        returns=params.returns,
        frontier=params.frontier,
        periods=frame["year"].to_numpy(),
        window=params.window,
        indicators=given.names,
        labels=[f"{city} {year}" for city, year in zip(frame["city_name"], frame["year"], strict=True)],
        context=str(context),
    )
    name = context.name
    scores = frame[["city", "year"]].assign(**{name: found.score, f"{name}_status": list(found.status)})
    log_status(name, found.status)
    logging.info(
        "%s: mean %.4f, %d at 1 or above", name, np.nanmean(found.score), int((found.score >= 1).sum())
    )
    return {
        "": Output(scores, ("city", "year")),
        "slacks": Output(_slacks(given, found), ("city", "year", "variable"), SLACKS),
        "peers": Output(_peers(frame, found), ("city", "year", "peer_city", "peer_year"), PEERS),
    }


def _slacks(given: InputsOutputs, found: Efficiency) -> pd.DataFrame:
    """One row a city-year and column: its value, slack, and slack as a share of the value."""
    import pandas as pd

    keys = given.frame[["city", "year"]]
    own = {
        "inputs": found.input_slacks,
        "desirable": found.desirable_slacks,
        "undesirable": found.undesirable_slacks,
    }
    rows = []
    for key, role in ROLES.items():
        for j, column in enumerate(given.columns[key]):
            value, slack = given.arrays[key][:, j], own[key][:, j]
            rows.append(
                keys.assign(variable=column, role=role, value=value, slack=slack, share=slack / value)
            )
    return pd.concat(rows, ignore_index=True)


def _peers(frame: pd.DataFrame, found: Efficiency) -> pd.DataFrame:
    """One row a city-year and peer, with the peer's intensity."""
    import numpy as np
    import pandas as pd

    counts = [len(each) for each in found.peers]
    at = np.concatenate([*found.peers, np.empty(0, dtype=np.intp)]).astype(np.intp)
    city, year = frame["city"].to_numpy(), frame["year"].to_numpy()
    return pd.DataFrame(
        {
            "city": np.repeat(city, counts),
            "year": np.repeat(year, counts),
            "peer_city": city[at],
            "peer_year": year[at],
            "intensity": np.concatenate([*found.intensities, np.empty(0)]),
        }
    )
