"""What tests of tables of samples and indices need: files in a folder of results, a study that says what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nianjian import storage
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.labels import read_labels
from nianjian.kinds.registry import kinds
from nianjian.publish import cells, tables

KINDS = kinds()
REGION = {
    "en": "Region",
    "zh": "地区",
    "values": [
        {"value": "east", "en": "Eastern", "zh": "东部"},
        {"value": "west", "en": "Western", "zh": "西部"},
    ],
}
"""Label of an attribute of two values."""


def two_regions() -> pd.DataFrame:
    """Thirty cities over three years in two regions, with a score of two parts, ``p`` and ``q``."""
    rng = np.random.default_rng(5)
    keys = pd.MultiIndex.from_product([range(110100, 110130), range(2001, 2004)], names=["city", "year"])
    rows = keys.to_frame(index=False)
    rows["region"] = np.where(rows["city"] < 110112, "east", "west")
    rows["p"], rows["q"] = rng.lognormal(size=len(rows)), rng.lognormal(-1, 1, size=len(rows))
    return rows.assign(score=rows["p"] + rows["q"])


class Results:
    """A study with its folder of results.

    Parameters
    ----------
    folder : of results
    labels : as ``Study.labels`` gives them
    sample : written as ``sample.parquet``
    treatment : its column
    indices : name to ``{kind: ..., **keys}``
    matrices : names of the weight matrices
    """

    def __init__(
        self,
        folder: Path,
        labels: Mapping[str, Any],
        sample: pd.DataFrame | None = None,
        *,
        treatment: str | None = None,
        indices: Mapping[str, Mapping[str, Any]] | None = None,
        matrices: Iterable[str] = (),
    ) -> None:
        self.folder, self.labels, self.treatment = folder.as_posix(), labels, treatment
        self.indices = {name: _index(name, **own) for name, own in (indices or {}).items()}
        self.matrices = dict.fromkeys(matrices)
        self.sample_file = f"{self.folder}/sample.parquet"
        self.gaps_file = f"{self.folder}/sample_gaps.parquet"
        self.columns = list(sample) if sample is not None else []
        self.held: dict[str, str] = {}
        self.formulas: dict[str, Any] = {}
        if sample is not None:
            storage.write_wide(sample, self.sample_file, ["city", "year"])
        self.mark(pd.DataFrame({"none": [1.0]}) if sample is None else sample)

    # -- what kinds ask of a study

    def fail(self, key: str, what: str) -> DeclarationError:
        return DeclarationError(f"demo.yaml, tables.1{f'.{key}' if key else ''}: {what}")

    def check_known(self, key: str, name: str, known: Iterable[str], what: str) -> None:
        if name not in (known := list(known)):
            raise self.fail(key, f"'{name}' is no {what}{suggestion(name, known)}")

    def part(self, index: str, part: str = "") -> str:
        return f"{self.folder}/indices/{index}{f'.{part}' if part else ''}.parquet"

    def index_files(self, columns: Iterable[str]) -> list[str]:
        return sorted({self.held[column] for column in columns if column in self.held})

    def matrix_summaries(self, names: Iterable[str]) -> list[str]:
        return [f"{self.folder}/spatial_weights/{name}.summary.parquet" for name in names]

    def reference(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def files(self, references: Iterable[Any]) -> dict[str, list[str]]:
        columns = [column for each in references for column in each.columns]
        return {"sample": [self.sample_file], "indices": self.index_files(columns)}

    # -- what a test puts there

    def score(self, name: str, frame: pd.DataFrame) -> None:
        """Writes an index by city and year."""
        storage.write_wide(frame, self.part(name), ["city", "year"])
        added = [column for column in frame if column not in ("city", "year")]
        self.held |= dict.fromkeys(added, self.part(name))
        self.columns += added

    def mark(self, sample: pd.DataFrame, **marks: Mapping[str, int]) -> None:
        """Writes how many values of each variable are filled in, and of some how many are suspect or corrected."""
        names = [str(name) for name in sample if not str(name).endswith("__filled")]
        frame = pd.DataFrame(
            {"variable": names, "values": [int(sample[name].notna().sum()) for name in names]}
        )
        frame["filled"] = [
            int(sample[f"{name}__filled"].sum()) if f"{name}__filled" in sample else 0 for name in names
        ]
        for mark in ("suspect", "corrected", "suspect_min", "suspect_max"):
            frame[mark] = [marks.get(mark, {}).get(name, 0) for name in names]
        storage.write_wide(frame, self.gaps_file, ["variable"])

    def write(self, path: str, frame: pd.DataFrame, schema: Mapping[str, str], key: Iterable[str]) -> None:
        """Writes any other table."""
        storage.write_table(frame, path, schema, tuple(key))

    def build(self, kind: str, /, name: str = "1", **declared: Any) -> tables.Table:
        """The table that a declaration makes, checked and completed as in a run."""
        own = KINDS.get("tables", kind)
        title = {"title": {"en": "Title", "zh": "标题"}}
        params = own.complete(own.read(title | declared, "demo.yaml", f"tables.{name}"), self)  # type: ignore[arg-type]
        facts = Facts("demo", read_labels(self.labels, "demo"), self.treatment, (2001, 2008), {})
        facts.__dict__["indices"] = self.indices
        context = PublishContext("demo", "tables", name, facts=facts)
        data = Data(own.inputs(params, self), self.folder, str(context))  # type: ignore[arg-type]
        table: tables.Table = own.build(params, data, context)
        return table


def _index(name: str, kind: str = "composite", **keys: Any) -> Entry:
    own = KINDS.get("indices", kind)
    return Entry(name, own, own.read(keys, "demo.yaml", f"indices.{name}"))


def records(table: tables.Table, language: str = "en") -> dict[tuple[str, str, str], dict[str, Any]]:
    """(row, column, statistic) to what the CSV says."""
    return {(r["row"], r["column"], r["statistic"]): r for r in tables.records(table, language)}


def sources(table: tables.Table, row: str, column: str, statistic: str | None = None) -> list[dict[str, Any]]:
    """Sources of one cell, each with the columns that it has."""
    own = cells.cells(table)
    own = own[(own["row_key"] == row) & (own["column_key"] == column)]
    if statistic is not None:
        own = own[own["statistic"] == statistic]
    named = own.loc[:, "source":].drop(columns="source")
    return [
        {name: value for name, value in source.items() if not pd.isna(value)}
        for source in named.to_dict("records")
    ]
