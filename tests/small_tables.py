"""What tests of tables need: specifications without their estimators, estimates row by row, a place to build in."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from nianjian import estimates
from nianjian.errors import DeclarationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.labels import read_labels
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import star_rule
from nianjian.publish.tables import Number, Table, Word
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
    specs: Iterable[Entry],
    labels: Mapping[str, Any],
    study: str = "demo",
    name: str = "3",
    matrices: Iterable[Entry] = (),
) -> PublishContext:
    """A table's place in a study with these specifications and weight matrices."""
    facts = Facts(study, read_labels(labels, study), None, (2001, 2008), {})
    facts.__dict__["specs"] = {each.name: each for each in specs}
    facts.__dict__["matrices"] = {each.name: each for each in matrices}
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
    significant = getattr(params, "significant", None)
    made = Estimated(context, frame(rows), tuple(columns), rule, params.decimals, significant)
    made.check_columns()
    return made


def outputs_of(folder: Path, table: str, languages: Iterable[str], formats: Iterable[str]) -> dict[str, Path]:
    """Files of a table in a folder, as a job names them."""
    keys = [f"{language}.{form}" for language in languages for form in formats]
    return {
        **{key: folder / f"{table}.{key}" for key in keys},
        "cells": folder / f"{table}.cells.parquet",
    }


def printed(table: Table, language: str = "en") -> dict[str, list[list[str]]]:
    """Row key to its lines, each cell as printed."""
    return {
        row.key: [[" ".join(part.printed(language) for part in cell) for cell in line] for line in row.lines]
        for row in table.rows()
    }


def labels_of(table: Table, language: str = "en") -> dict[str, str]:
    """Row key to its label."""
    return {row.key: " / ".join(label[language] for label in row.labels) for row in table.rows()}


def parts(table: Table) -> dict[tuple[str, str, str], Number | Word]:
    """(row, column, statistic) to number or word."""
    return {
        (row.key, column.key, part.statistic): part
        for row in table.rows()
        for line in row.lines
        for column, cell in zip(table.columns, line, strict=True)
        for part in cell
    }


class SomeStudy:
    """What a table asks of its study while declarations are read."""

    def __init__(self, *specs: Entry) -> None:
        self.specs = {each.name: each for each in specs}
        self.matrices: dict[str, Entry] = {}

    def fail(self, key: str, what: str) -> DeclarationError:
        return DeclarationError(f"demo.yaml, tables.3.{key}: {what}")

    def check_known(self, key: str, name: str, known: Iterable[str], what: str) -> None:
        if name not in list(known):
            raise self.fail(key, f"'{name}' is no {what}")

    def matching(self, key: str, patterns: Iterable[str]) -> list[str]:
        found = [[name for name in self.specs if fnmatch.fnmatch(name, pattern)] for pattern in patterns]
        if not all(found):
            raise self.fail(key, "no such spec")
        return [name for each in found for name in each]
