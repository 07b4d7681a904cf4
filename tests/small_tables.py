"""What tests of tables need: specifications without their estimators, estimates row by row, a place to build in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pandas as pd

from nianjian import estimates
from nianjian.kinds.context import PublishContext
from nianjian.kinds.entries import Entry, Facts
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import star_rule
from nianjian.publish.tables import Table
from nianjian.text import Text


def both(en: str, zh: str) -> Text:
    """Words in both languages."""
    return Text.of(en=en, zh=zh)


@dataclass(frozen=True)
class SomeKind:
    """An estimator that says no more than its name and, as the case may be, constants of its module."""

    name: str = "twfe"
    constants: Mapping[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        return self.constants.get(name, default)


def entry(name: str, label: Text | None = None, kind: SomeKind | None = None, **params: Any) -> Entry:
    """A specification with these keys."""
    return Entry(name, kind or SomeKind(), SimpleNamespace(**params), label)  # type: ignore[arg-type]


def place(
    specs: Iterable[Entry], labels: Mapping[str, Any], study: str = "demo", name: str = "3"
) -> PublishContext:
    """A table's place in a study with these specifications."""
    facts = Facts(study, labels, None, (2001, 2008), {})
    facts.__dict__["specs"] = {each.name: each for each in specs}
    return PublishContext(study, "tables", name, facts=facts)


def row(spec: str, kind: str, term: str, *numbers: float, study: str = "demo", **of: Any) -> dict[str, Any]:
    """A row of the schema ``ESTIMATES``; numbers come in the order of its columns."""
    named = dict(zip(estimates.NUMBERS, numbers, strict=False))
    return {"study": study, "spec": spec, "kind": kind, "term": term, **of, **named}


def frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame of the schema ``ESTIMATES``."""
    return estimates.typed(pd.DataFrame([dict(each) for each in rows]))


def estimated(
    params: Any, columns: Iterable[str], rows: Iterable[Mapping[str, Any]], context: PublishContext
):
    """What a builder gets to see."""
    rule = star_rule(getattr(params, "stars", {}))
    made = Estimated(context, frame(rows), tuple(columns), rule, params.decimals)
    made.check_columns()
    return made


def printed(table: Table, language: str = "en") -> dict[str, list[list[str]]]:
    """Row key to its lines, each cell as printed."""
    return {
        row.key: [[" ".join(part.printed(language) for part in cell) for cell in line] for line in row.lines]
        for row in table.rows()
    }


def labels_of(table: Table, language: str = "en") -> dict[str, str]:
    """Row key to its label."""
    return {row.key: " / ".join(label[language] for label in row.labels) for row in table.rows()}
