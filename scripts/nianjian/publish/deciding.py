"""Whether a condition holds of the results of a study, and the numbers that say so."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nianjian import estimates, storage
from nianjian.estimates import EVENTS, Estimate
from nianjian.headlines.conditions import COMPARED, FIRST, JOINED, LAST, Call, Condition
from nianjian.publish.params import p_text
from nianjian.publish.sources import Source
from nianjian.text import Text, word

HOLDS, FAILS, UNTOLD = "holds", "does not hold", "cannot be told"
VERDICTS = (HOLDS, FAILS, UNTOLD)
KINDS = ("coefficient", "effect", "test", "fit")
"""Where two rows have one address, that of the first kind counts."""
CELL = ("group", "other", "component")


def with_p(value: float, p_value: float | None) -> str:
    """``0.0143 (p = 0.002)``."""
    return f"{value:.4g}" if p_value is None else f"{value:.4g} ({p_text(p_value)})"


@dataclass(frozen=True)
class Reading:
    """A number that a condition was decided on.

    Attributes
    ----------
    label : what it is: ``baseline: did``
    value, p_value : of it; the latter None of what has none
    source : where it stands
    """

    label: str
    value: float
    p_value: float | None
    source: Source

    def text(self) -> str:
        """``baseline: did = 0.0143 (p = 0.002)``."""
        return f"{self.label} = {with_p(self.value, self.p_value)}"


@dataclass(frozen=True)
class Decision:
    """A verdict, with why nothing can be told, and the numbers that were read."""

    verdict: str
    reasons: tuple[Text, ...] = ()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Results:
    """Results of a study, or of a variant.

    Attributes
    ----------
    specs, indices : files of its specifications' estimates and of its indices, by name; what it does not have is not there
    years : first and last
    """

    specs: Mapping[str, str]
    indices: Mapping[str, str]
    years: tuple[int, int]
    _estimates: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _measures: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def estimates(self, spec: str) -> pd.DataFrame:
        """Rows of a specification."""
        if spec not in self.specs:
            raise Untold(word("headlines.no_spec", spec=spec))
        if spec not in self._estimates:
            self._estimates[spec] = estimates.read([self.specs[spec]])
        return self._estimates[spec]

    def measures(self, index: str) -> pd.DataFrame:
        """Rows of an index of inequality."""
        if index not in self.indices:
            raise Untold(word("headlines.no_index", index=index))
        if index not in self._measures:
            frame = storage.read_table(self.indices[index])
            self._measures[index] = frame.fillna({"group": "", "other": "", "component": ""})
        return self._measures[index]

    def year(self, given: Any) -> int:
        """A year of the condition as a number."""
        first, last = self.years
        year = {FIRST: first, LAST: last}.get(given, given)
        if not first <= int(year) <= last:
            raise Untold(word("headlines.no_year", year=int(year), first=first, last=last))
        return int(year)


class Untold(Exception):
    """There is no answer; ``args[0]`` says why."""


def events_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the periods of an event study, in order of time, from its estimates."""
    own = frame[frame["term"].isin(EVENTS) & frame["group"].isna()]
    # An estimator that averages over cohorts has effects alone.
    kind = "coefficient" if (own["kind"] == "coefficient").any() else "effect"
    return own[own["kind"] == kind].sort_values("event_time", kind="stable")


def decide(condition: Condition, results: Results) -> Decision:
    """Whether a condition holds.

    What is unknown decides nothing: ``a and b`` fails if a fails, whatever b is, and cannot be told if one of them cannot
    and the other holds.
    """
    decider = _Decider(condition, results)
    found = decider.truth(condition.tree)
    readings = tuple(dict.fromkeys(decider.readings))
    if found is None:
        return Decision(UNTOLD, tuple(dict.fromkeys(decider.reasons)), readings)
    return Decision(HOLDS if found else FAILS, (), readings)


class _Decider:
    """Walks a condition's tree over some results."""

    def __init__(self, condition: Condition, results: Results) -> None:
        self.condition, self.results = condition, results
        self.readings: list[Reading] = []
        self.reasons: list[Text] = []

    def truth(self, node: ast.expr) -> bool | None:
        """Whether it is so; None if it cannot be told."""
        if isinstance(node, ast.BoolOp):
            found = [self.truth(each) for each in node.values]
            decisive = isinstance(node.op, ast.Or)
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        if isinstance(node, ast.UnaryOp):
            own = self.truth(node.operand)
            return None if own is None else not own
        try:
            return self._compared(node) if isinstance(node, ast.Compare) else bool(self._asked(node))
        except Untold as untold:
            self.reasons.append(untold.args[0])
            return None

    def _compared(self, node: ast.Compare) -> bool:
        numbers = [self._number(each) for each in (node.left, *node.comparators)]
        pairs = zip(node.ops, numbers, numbers[1:], strict=False)
        return all(COMPARED[type(op)](a, b) for op, a, b in pairs)

    def _number(self, node: ast.expr) -> float:
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]  # the parser saw a number
        if isinstance(node, ast.UnaryOp):
            return (
                -self._number(node.operand) if isinstance(node.op, ast.USub) else self._number(node.operand)
            )
        if isinstance(node, ast.BinOp):
            left, right = self._number(node.left), self._number(node.right)
            if isinstance(node.op, ast.Div) and right == 0:
                raise Untold(word("headlines.by_zero"))
            return JOINED[type(node.op)](left, right)
        return float(self._asked(node))

    def _asked(self, node: ast.expr) -> float | bool:
        assert isinstance(node, ast.Call)
        call = self.condition.calls[node]
        return ANSWERS[call.question.name](self, call)

    # -- estimates

    def row(self, call: Call) -> Estimate:
        """The row that a specification and a term name."""
        spec, term = call.text("spec"), call.text("term")
        rows = estimates.by_address(self.results.estimates(spec))
        for kind in KINDS:
            if (spec, kind, term) in rows:
                return rows[spec, kind, term]
        raise Untold(word("headlines.no_term", spec=spec, term=term))

    def read(self, row: Estimate, name: str = "estimate") -> float:
        """A number of a row, noted."""
        value = float(row[name])  # type: ignore[literal-required]
        if pd.isna(value):
            raise Untold(word("headlines.missing", spec=row["spec"], term=estimates.address(row), field=name))
        label = f"{row['spec']}: {estimates.address(row)}"
        shown = row["estimate"] if name == "p_value" else value
        source = Source.estimate(row, "estimate" if name == "p_value" else name)  # type: ignore[arg-type]
        own = label if name in ("estimate", "p_value") else f"{label}, {name}"
        self.readings.append(Reading(own, float(shown), _p(row), source))
        return value

    def tested(self, row: Estimate) -> tuple[float, float]:
        """Estimate and p-value of a row, noted."""
        value = self.read(row)
        if pd.isna(row["p_value"]):
            raise Untold(
                word("headlines.missing", spec=row["spec"], term=estimates.address(row), field="p_value")
            )
        return value, float(row["p_value"])

    def events(self, call: Call, *, after: bool) -> list[Estimate]:
        """Periods of an event study before its base, or from the treatment on, in order of time."""
        own = events_of(self.results.estimates(call.text("spec")))
        own = own[(own["event_time"] >= 0) == after]
        if own.empty:
            raise Untold(word("headlines.no_events", spec=call.text("spec")))
        rows: list[Any] = own.to_dict("records")
        return rows

    def years(self, call: Call) -> list[Estimate]:
        """Rows of a term by year."""
        spec, term = call.text("spec"), call.text("term")
        frame = self.results.estimates(spec)
        own = frame[(frame["term"] == term) & frame["year"].notna()].sort_values("year", kind="stable")
        if own.empty:
            raise Untold(word("headlines.no_term", spec=spec, term=term))
        rows: list[Any] = own.to_dict("records")
        return rows

    # -- measures

    def of_year(self, call: Call) -> pd.DataFrame:
        """Rows of a measure in a year."""
        frame, year = self.results.measures(call.text("index")), self.results.year(call.given["year"])
        return frame[(frame["measure"] == call.text("measure")) & (frame["year"] == year)]

    def cell(self, call: Call, rows: pd.DataFrame) -> pd.DataFrame:
        """Those of the group, pair and component that are asked for."""
        own = rows[(rows[list(CELL)] == [call.text(name) for name in CELL]).all(axis=1)]
        if own.empty:
            named = ", ".join(call.text(name) for name in ("measure", *CELL) if call.given[name])
            raise Untold(word("headlines.no_measure", index=call.text("index"), measure=named))
        return own

    def note(self, call: Call, row: Mapping[str, Any]) -> float:
        """The number of a measure's row, noted."""
        key = {"measure": row["measure"], "year": int(row["year"])}
        key |= {name: row[name] for name in CELL if row[name]}
        named = ", ".join(str(value) for value in key.values())
        source = Source.row(f"indices/{call.text('index')}.parquet", "estimate", **key)
        reading = Reading(f"{call.text('index')}: {named}", float(row["estimate"]), _p(row), source)
        self.readings.append(reading)
        return reading.value


def _p(row: Any) -> float | None:
    return None if pd.isna(row["p_value"]) else float(row["p_value"])


def _positive(decider: _Decider, call: Call) -> bool:
    value, p = decider.tested(decider.row(call))
    return value > 0 and p <= call.level


def _negative(decider: _Decider, call: Call) -> bool:
    value, p = decider.tested(decider.row(call))
    return value < 0 and p <= call.level


def _significant(decider: _Decider, call: Call) -> bool:
    return decider.tested(decider.row(call))[1] <= call.level


def _insignificant(decider: _Decider, call: Call) -> bool:
    return decider.tested(decider.row(call))[1] > call.level


def _each_year(decider: _Decider, call: Call) -> bool:
    found = [decider.tested(row) for row in decider.years(call)]
    return all(value > 0 and p <= call.level for value, p in found)


def _leads_insignificant(decider: _Decider, call: Call) -> bool:
    found = [decider.tested(row) for row in decider.events(call, after=False)]
    return all(p > call.level for _, p in found)


def _lags_positive(decider: _Decider, call: Call) -> float:
    values = [decider.read(row) for row in decider.events(call, after=True)]
    return sum(value > 0 for value in values) / len(values)


def _lags_rising(decider: _Decider, call: Call) -> float:
    values = [decider.read(row) for row in decider.events(call, after=True)]
    if len(values) == 1:
        raise Untold(word("headlines.one_period", spec=call.text("spec")))
    return sum(b > a for a, b in itertools.pairwise(values)) / (len(values) - 1)


def _measure(decider: _Decider, call: Call) -> float:
    return decider.note(call, decider.cell(call, decider.of_year(call)).iloc[0].to_dict())


def _rank(decider: _Decider, call: Call) -> float:
    rows = decider.of_year(call)
    own = decider.cell(call, rows).iloc[0]
    # Those of its kind have a group, a pair, a component where it has one.
    alike = rows[((rows[list(CELL)] != "") == [call.given[name] != "" for name in CELL]).all(axis=1)]
    order = alike.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)
    decider.note(call, own.to_dict())
    if order.loc[0, "estimate"] > own["estimate"]:
        decider.note(call, order.iloc[0].to_dict())
    return float((order["estimate"] > own["estimate"]).sum() + 1)


def _peak(decider: _Decider, call: Call) -> float:
    frame = decider.results.measures(call.text("index"))
    rows = frame[(frame["measure"] == call.text("measure")) & frame["year"].notna()]
    own = decider.cell(call, rows)
    largest = own.loc[own["estimate"].idxmax()].to_dict()
    decider.note(call, largest)
    return float(largest["year"])


ANSWERS: dict[str, Callable[[_Decider, Call], float | bool]] = {
    "estimate": lambda decider, call: decider.read(decider.row(call)),
    "std_error": lambda decider, call: decider.read(decider.row(call), "std_error"),
    "p_value": lambda decider, call: decider.read(decider.row(call), "p_value"),
    "positive": _positive,
    "negative": _negative,
    "significant": _significant,
    "insignificant": _insignificant,
    "positive_each_year": _each_year,
    "leads_insignificant": _leads_insignificant,
    "lags_positive": _lags_positive,
    "lags_rising": _lags_rising,
    "measure": _measure,
    "rank": _rank,
    "peak": _peak,
}
