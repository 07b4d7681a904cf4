"""The rows that every estimator writes: one a coefficient, effect, test, draw or fit statistic, structure in columns.

:class:`Rows` is the one place that makes them, :func:`address` the one place that names them: a table's declaration and a
researcher at the keyboard say ``event[-4]`` or ``W*did``, and find the row under the address that its columns have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict, get_args

import numpy as np
import pandas as pd

from nianjian import storage
from nianjian.storage import Schema

Kind = Literal["coefficient", "effect", "test", "fit", "draw"]
"""What a row is: a coefficient of the regression; a quantity made from coefficients (an impact, an indirect effect, an effect
in a group); a test; a number that describes the fit; one random draw."""

NumberName = Literal["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df"]
NUMBERS: tuple[NumberName, ...] = get_args(NumberName)
OF: dict[str, str] = {
    "variable": "string",  # regressor, mediator, covariate, instrument
    "event_time": "int32",  # years since the treatment
    "group": "string",  # group of cities, sample of a balance test, reason
    "other": "string",  # the second of two: group that another is compared with, mediator in an equation
    "equation": "string",  # the equation's dependent variable, where a specification has several
    "matrix": "string",  # spatial weight matrix
    "city": "int32",
    "year": "int32",
    "draw": "int32",
}
"""Columns that say what a term is of, each null where it does not apply."""

ESTIMATES: Schema = {
    "study": "string",
    "spec": "string",
    "kind": "string",
    "term": "string",
    **OF,
    **dict.fromkeys(NUMBERS, "float64"),
}
ESTIMATE_KEY = ("study", "spec", "kind", "term", *OF)


class Estimate(TypedDict):
    """A row of the schema ``ESTIMATES``; what is missing or does not apply is null, see :func:`pandas.isna`."""

    study: str
    spec: str
    kind: Kind
    term: str
    variable: str
    event_time: int
    group: str
    other: str
    equation: str
    matrix: str
    city: int
    year: int
    draw: int
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    df: float


LEVEL = 0.95
"""Of every interval."""

CONSTANT = "_cons"
"""Term of the constant, which has no variable."""
LAG = "lag"
"""Term of the coefficient of a spatially lagged regressor Wx."""
EVENTS = {"event": "", "event_until": "<=", "event_from": ">="}
"""Terms of event times: one of them, an end bin of all before it, one of all after it."""
LEAD = "lead"
"""Term of a placebo that adopts so many years ahead: its event time is negative, its address counts the years."""
OF_THE_TREATMENT = frozenset({"effect", "difference", "draw"})
"""Terms whose variable, the treatment, goes without saying in an address."""


def inference(estimate: float, variance: float, df: float) -> tuple[float, float, float, float, float, float]:
    """Estimate, error, t, two-sided p-value and both ends of the 95 % interval from t(df)."""
    from scipy.special import stdtr, stdtrit

    error = float(np.sqrt(variance))
    t = estimate / error if error > 0 else np.nan
    half = float(stdtrit(df, (1 + LEVEL) / 2)) * error
    return float(estimate), error, float(t), float(2 * stdtr(df, -abs(t))), estimate - half, estimate + half


class Rows:
    """Rows of the schema ``ESTIMATES``, added one by one.

    Parameters
    ----------
    study, spec : what the rows are filed under
    """

    def __init__(self, study: str, spec: str) -> None:
        self._place = {"study": study, "spec": spec}
        self._rows: list[dict[str, object]] = []

    def add(self, kind: Kind, term: str, *numbers: float, **of: str | int | None) -> None:
        """One row; numbers come in the order of ``NUMBERS``, those left out are missing; ``of`` are columns of ``OF``."""
        if unknown := sorted(set(of) - set(OF)):
            raise ValueError(f"estimates have no column {', '.join(unknown)}; there is {', '.join(OF)}")
        if kind not in get_args(Kind):
            raise ValueError(f"kind {kind!r}; there is {', '.join(get_args(Kind))}")
        padded = [*map(float, numbers), *[np.nan] * (len(NUMBERS) - len(numbers))]
        self._rows.append(
            {**self._place, "kind": kind, "term": term, **of, **dict(zip(NUMBERS, padded, strict=True))}
        )

    def add_estimate(
        self, kind: Kind, term: str, estimate: float, variance: float, df: float, **of: str | int | None
    ) -> None:
        """An estimate with its error, t, p-value and 95 % interval from t(df)."""
        self.add(kind, term, *inference(estimate, variance, df), df, **of)

    def add_normal(
        self, kind: Kind, term: str, estimate: float, std_error: float, **of: str | int | None
    ) -> None:
        """An estimate with its error, z, p-value and 95 % interval from the normal distribution."""
        from scipy.special import ndtr, ndtri

        half = float(ndtri((1 + LEVEL) / 2)) * std_error
        z = estimate / std_error
        self.add(
            kind, term, estimate, std_error, z, 2 * ndtr(-abs(z)), estimate - half, estimate + half, **of
        )

    def add_f(self, term: str, f: float, df_numerator: float, df: float, **of: str | int | None) -> None:
        """A test row with an F statistic; ``df`` is the denominator's."""
        from scipy.special import fdtrc

        self.add("test", term, f, np.nan, f, fdtrc(df_numerator, df, f), np.nan, np.nan, df, **of)

    def add_fits(self, values: Mapping[str, float], **of: str | int | None) -> None:
        """A fit row for each of several statistics by name."""
        for term, value in values.items():
            self.add("fit", term, value, **of)

    def table(self) -> pd.DataFrame:
        """All rows, with the schema's columns and types."""
        return typed(pd.DataFrame(self._rows, columns=list(ESTIMATES)))


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of estimates with all columns of the schema, whole numbers as nullable integers."""
    return storage.typed(frame, ESTIMATES)


def read(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Estimates of several specifications as one frame, in the order of the paths."""
    parts = [typed(storage.read_table(path)) for path in paths]
    return pd.concat(parts, ignore_index=True) if parts else typed(pd.DataFrame())


def write(rows: pd.DataFrame, path: str | Path) -> None:
    """Write the rows of one specification; see :func:`nianjian.storage.write_table`."""
    storage.write_table(typed(rows), path, ESTIMATES, ESTIMATE_KEY)


def address(row: Mapping[str, Any]) -> str:
    """What a row is called in a table's declaration and on the command line.

    ``did``, ``W*did``, ``event[-4]``, ``event[<=-5]``, ``lead[3]``, ``direct[did]``, ``effect[east]``,
    ``moran[2005]``, ``first_stage[did|relief]``, ``did[east]`` (a coefficient in a group), ``tfp:did`` (one of the
    equation of ``tfp``).

    Parameters
    ----------
    row : columns of ``ESTIMATES`` by name

    Examples
    --------
    >>> address({"kind": "coefficient", "term": "lag", "variable": "did", "matrix": "queen"})
    'W*did'
    >>> address({"kind": "effect", "term": "effect", "variable": "did", "group": "east"})
    'effect[east]'
    """
    of: dict[str, Any] = {}
    for name, type_ in OF.items():
        value = row.get(name)
        if not (value is None or pd.isna(value)):
            of[name] = value if type_ == "string" else int(value)
    term = str(row["term"])
    if term == LAG and "variable" in of:
        return f"W*{of['variable']}"
    if term in EVENTS and "event_time" in of:
        cohort = f"cohort[{of['group']}]:" if "group" in of else ""
        return f"{cohort}event[{EVENTS[term]}{of['event_time']}]"
    if term == LEAD and "event_time" in of:
        return f"{term}[{-of['event_time']}]"
    equation = of.pop("equation", None)
    if row["kind"] == "coefficient":
        named = "|".join(str(each) for each in (equation, of.get("other")) if each is not None)
        own = f"{term}[{of['group']}]" if "group" in of else term
        return f"{named}:{own}" if named else own
    if term in OF_THE_TREATMENT or of.get("variable") == term:
        of.pop("variable", None)
    inside = [str(equation)] if equation is not None else []
    inside += [str(value) for value in of.values()]
    return f"{term}[{'|'.join(inside)}]" if inside else term


def by_address(frame: pd.DataFrame) -> dict[tuple[str, str, str], Estimate]:
    """Rows by (spec, kind, address)."""
    records: list[Estimate] = frame.to_dict("records")
    return {(row["spec"], row["kind"], address(row)): row for row in records}
