"""Inputs and outputs of a study's city-years, as programs of efficiency and productivity read them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.sample.loading import KEY, load_sample

ROLES = ("inputs", "desirable", "undesirable")


@dataclass(frozen=True)
class InputsOutputs:
    """City-years with the columns that stand in each role.

    Attributes
    ----------
    frame : rows of the sample with the columns of its indices, sorted by city and year
    columns : names of columns by role
    arrays : (n, k) array by role, in the order of ``frame`` and ``columns``; k may be 0
    """

    frame: pd.DataFrame
    columns: Mapping[str, Sequence[str]]
    arrays: Mapping[str, NDArray[np.float64]]

    @property
    def names(self) -> list[str]:
        """All columns: inputs, then desirable, then undesirable outputs."""
        return [column for own in self.columns.values() for column in own]


def inputs_outputs(
    sample: str | Path, indices: Sequence[str | Path], spec: Mapping[str, Any], where: str
) -> InputsOutputs:
    """Read what a declaration names under inputs, desirable and undesirable.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    indices : index Parquets whose columns are used as well
    spec : resolved declaration of an efficiency or productivity
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a column is missing.
    """
    columns = {role: list(spec.get(role) or []) for role in ROLES}
    needed = [column for own in columns.values() for column in own]
    frame = load_sample(sample, indices, where, needed=needed).sort_values(KEY, ignore_index=True)
    arrays = {role: frame[own].to_numpy(dtype=float) for role, own in columns.items()}
    return InputsOutputs(frame, columns, arrays)


def log_status(name: str, status: Sequence[str]) -> None:
    """Log how many programs of an index ended how; any end but an optimal one is a warning."""
    for each, count in sorted(Counter(status).items()):
        (logging.info if each == "optimal" else logging.warning)(
            "%s: %d of %d %s", name, count, len(status), each
        )
