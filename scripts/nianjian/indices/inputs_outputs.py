"""Inputs and outputs of a study's city-years, as programs of efficiency and productivity read them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.indices.programs import checked_data

KEY = ["city", "year"]


@dataclass(frozen=True)
class InputsOutputs:
    """City-years with the columns that stand in each role.

    Attributes
    ----------
    frame : rows of the sample with the columns of its indices, sorted by city and year
    columns : names of columns by role: inputs, desirable and undesirable outputs
    arrays : (n, k) array by role, in the order of ``frame`` and ``columns``; k may be 0
    """

    frame: pd.DataFrame
    columns: Mapping[str, Sequence[str]]
    arrays: Mapping[str, NDArray[np.float64]]

    @property
    def names(self) -> list[str]:
        """All columns: inputs, then desirable, then undesirable outputs."""
        return [column for own in self.columns.values() for column in own]

    @property
    def labels(self) -> list[str]:
        """City and year of each row, for messages."""
        names = self.frame["city_name" if "city_name" in self.frame else "city"]
        return [f"{city} {year}" for city, year in zip(names, self.frame["year"], strict=True)]

    def of(self, rows: NDArray[np.intp]) -> InputsOutputs:
        """Some of the rows."""
        arrays = {role: own[rows] for role, own in self.arrays.items()}
        return InputsOutputs(self.frame.iloc[rows].reset_index(drop=True), self.columns, arrays)

    def two_sides(self, context: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, m) inputs with undesirable outputs among them and (n, s) desirable outputs, each over its geometric mean.

        Raises
        ------
        SampleError
            If a value is missing, zero or negative; the message names city and year.
        """
        desirable, undesirable = self.arrays["desirable"], self.arrays["undesirable"]
        data = checked_data(
            self.arrays["inputs"],
            desirable,
            undesirable,
            indicators=self.names,
            labels=self.labels,
            context=context,
        )
        inputs, outputs, bad = np.split(data.values, [data.m, data.m + data.s1], axis=1)
        return np.hstack([inputs, bad]), outputs


def inputs_outputs(sample: pd.DataFrame, columns: Mapping[str, Sequence[str]]) -> InputsOutputs:
    """Arrays of the columns of each role.

    Parameters
    ----------
    sample : one row a city-year
    columns : names of columns by role
    """
    frame = sample.sort_values(KEY, ignore_index=True)
    arrays = {role: frame[list(own)].to_numpy(dtype=float) for role, own in columns.items()}
    return InputsOutputs(frame, columns, arrays)


def log_status(name: str, status: Sequence[str]) -> None:
    """Log how many programs of an index ended how; any end but an optimal one is a warning."""
    for each, count in sorted(Counter(status).items()):
        (logging.info if each == "optimal" else logging.warning)(
            "%s: %d of %d %s", name, count, len(status), each
        )
