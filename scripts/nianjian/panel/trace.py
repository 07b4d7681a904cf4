"""Where a number comes from: the chain from a table's cell back to file, sheet and cell."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nianjian import storage
from nianjian.errors import NianjianError


class TraceError(NianjianError):
    """The number asked for does not exist; the message says what does."""


@dataclass(frozen=True)
class Trace:
    """One observation with all that is known of it."""

    observation: pd.Series
    header: str
    note: str
    label: str
    table: str
    title: str
    suspects: pd.DataFrame
    conflicts: pd.DataFrame


def _city(observations: pd.DataFrame, city: str) -> int:
    if city.isdigit() and int(city) in set(observations["city"]):
        return int(city)
    names = observations[["city", "city_name"]].drop_duplicates()
    hit = names[(names["city_name"] == city) | (names["city_name"] == f"{city}市")]
    if hit.empty:
        near = difflib.get_close_matches(city, names["city_name"].unique(), n=3, cutoff=0.3)
        raise TraceError(f"city {city!r} is not in the panel" + (f"; did you mean {', '.join(near)}?" if near else ""))
    return int(hit["city"].iloc[0])


def trace(results: Path, city: str, year: int, item: str, scope: str = "city") -> Trace:
    """Follow one observation back to its printed cell.

    Parameters
    ----------
    results : folder of results
    city : name, with or without 市, or six-digit code
    year : data year
    item, scope : id in config/items.yaml; ``city`` or ``districts``

    Raises
    ------
    TraceError
        If there is no such observation; the message says what is there instead.
    """
    observations = storage.read_table(results / "panel" / "observations.parquet")
    code = _city(observations, city)
    if item not in set(observations["item"]):
        near = difflib.get_close_matches(item, observations["item"].unique(), n=3)
        raise TraceError(f"item {item!r} is not in the panel" + (f"; did you mean {', '.join(near)}?" if near else ""))
    series = observations[(observations["city"] == code) & (observations["item"] == item)]
    found = series[(series["year"] == year) & (series["scope"] == scope)]
    if found.empty:
        scopes = ", ".join(f"{s}: {_spans(g['year'])}" for s, g in series.groupby("scope"))
        raise TraceError(f"{city}, {year}, {item}, scope {scope} is not printed; there is {scopes or 'nothing for this city'}")
    row = found.iloc[0]
    header = note = label = table = title = ""
    for path in sorted((results / "extracts").glob("*/*.parquet")):
        if path.name.endswith(".sheets.parquet") or (pd.notna(row["edition"]) and path.stem != str(int(row["edition"]))):
            continue
        cells = storage.read_table(path)
        hit = cells[(cells["file"] == row["file"]) & (cells["sheet"] == row["sheet"]) & (cells["cell"] == row["cell"])]
        if len(hit):
            header, note, label, table, title = hit.iloc[0][["header", "note", "label", "table", "title"]].fillna("")
            break
    def same(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[
            (frame["city"] == code) & (frame["year"] == year) & (frame["item"] == item) & (frame["scope"] == scope)
        ]

    return Trace(
        row, header, note, label, table, title,
        same(storage.read_table(results / "panel" / "suspects.parquet")),
        same(storage.read_table(results / "panel" / "conflicts.parquet")),
    )  # fmt: skip


def _spans(years: pd.Series) -> str:
    spans, start, last = [], None, None
    for year in sorted(years):
        if last is None or year != last + 1:
            if start is not None:
                spans.append((start, last))
            start = year
        last = year
    spans.append((start, last))
    return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in spans)


def describe(found: Trace) -> str:
    """The chain as text, from the panel's value down to the printed cell."""
    row = found.observation
    edition = "" if pd.isna(row["edition"]) else f", edition {int(row['edition'])}"
    scope = {"city": "whole city 全市", "districts": "districts 市辖区"}[row["scope"]]
    lines = [
        f"{row['city_name']} {row['city']}, {row['year']}, {row['item']}, {scope}",
        f"  value      {row['value']:.10g} {row['unit']}   ({row['status']})",
        f"  printed    {row['raw']}",
        f"  file       {row['file']}{edition}",
        f"  sheet      {row['sheet']}",
        f"  cell       {row['cell']}",
        f"  table      {found.title or found.table}",
        f"  row        {found.label}",
        f"  column     {found.header}",
    ]
    if found.note:
        lines.append(f"  note       {found.note}")
    lines += [f"  suspect    {s.rule}: {s.detail}" for s in found.suspects.itertuples()]
    lines += [
        f"  {'kept' if c.kept else 'not kept'}   {c.raw} in {c.file}, sheet {c.sheet}, cell {c.cell}"
        for c in found.conflicts.itertuples()
    ]
    return "\n".join(lines)
