"""Where a number comes from: the chain from a table's cell back to file, sheet and cell."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import formulas, storage
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
        raise TraceError(
            f"city {city!r} is not in the panel" + (f"; did you mean {', '.join(near)}?" if near else "")
        )
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
        raise TraceError(
            f"item {item!r} is not in the panel" + (f"; did you mean {', '.join(near)}?" if near else "")
        )
    series = observations[(observations["city"] == code) & (observations["item"] == item)]
    found = series[(series["year"] == year) & (series["scope"] == scope)]
    if found.empty:
        scopes = ", ".join(f"{s}: {_spans(g['year'])}" for s, g in series.groupby("scope"))
        raise TraceError(
            f"{city}, {year}, {item}, scope {scope} is not printed; there is {scopes or 'nothing for this city'}"
        )
    row = found.iloc[0]
    header = note = label = table = title = ""
    for path in sorted((results / "extracts").glob("*/*.parquet")):
        if path.name.endswith(".sheets.parquet") or (
            pd.notna(row["edition"]) and path.stem != str(int(row["edition"]))
        ):
            continue
        cells = storage.read_table(path)
        hit = cells[
            (cells["file"] == row["file"]) & (cells["sheet"] == row["sheet"]) & (cells["cell"] == row["cell"])
        ]
        if len(hit):
            header, note, label, table, title = hit.iloc[0][
                ["header", "note", "label", "table", "title"]
            ].fillna("")
            break

    def same(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[
            (frame["city"] == code)
            & (frame["year"] == year)
            & (frame["item"] == item)
            & (frame["scope"] == scope)
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


# -- from a table of a study down to the books -----------------------------------------------------


def trace_table(results: Path, registry: Any, study: str, table: str, row: str, column: str) -> str:
    """The chain from a number in a study's table: estimate, sample, formulas, and the printed cells behind.

    Parameters
    ----------
    results : folder of results
    registry : the declarations, :class:`nianjian.declarations.registry.Registry`
    study, table : ids
    row : a variable or coefficient
    column : of a regression table, a specification or the column's number; of a descriptive one, a statistic
        (``mean``, ``min``, ``max``, ...); of the indicators, anything

    Raises
    ------
    TraceError
        If the table has no such row or column.
    """
    declared = registry.table(study, table)
    folder = results / "studies" / study
    sample = storage.read_table(folder / "sample.parquet")
    lines = [f"{study}, table {table}, row {row}, column {column}"]
    if declared["kind"] == "regression":
        columns = declared["columns"]
        if column.strip("()").isdigit() and 1 <= int(column.strip("()")) <= len(columns):
            column = columns[int(column.strip("()")) - 1]
        if column not in columns:
            raise TraceError(
                f"table {table} of {study} has no column {column!r}; its columns are {', '.join(columns)}"
            )
        lines += _of_estimate(folder, registry.spec(study, column), column, row)
        spec = registry.spec(study, column)
        names = [spec["outcome"], *([spec["treatment"]] if spec["treatment"] else []), *spec["controls"]]
    else:
        names = [row]
    lines.append(
        f"  sample     {sample['city'].nunique()} cities, {sample['year'].min()}–{sample['year'].max()}, "
        f"{len(sample):,} city-years ({folder / 'sample.parquet'})"
    )
    columns_of_indices = {index: registry.index(study, index) for index in registry.indices(study)}
    for name in names:
        lines += _of_variable(
            results, registry, study, sample, columns_of_indices, name, column if len(names) == 1 else ""
        )
    return "\n".join(lines)


def _of_estimate(folder: Path, spec: Mapping[str, Any], column: str, row: str) -> list[str]:
    estimates = storage.read_table(folder / "estimates" / f"{column}.parquet").set_index("term")
    term = "_cons" if row == "cons" else row
    if term not in estimates.index:
        raise TraceError(
            f"specification {column} has no {row!r}; it has {', '.join(map(str, estimates.index))}"
        )
    found = estimates.loc[term]
    effects = ", ".join(spec["effects"]) or "none"
    return [
        f"  estimate   {found['estimate']:.6g}, standard error {found['std_error']:.6g}, p {found['p_value']:.4g}, "
        f"95 % interval {found['conf_low']:.6g} to {found['conf_high']:.6g}",
        f"  file       {folder / 'estimates' / f'{column}.parquet'}, term {term}",
        f"  spec       {spec['estimator']}: {spec['outcome']} on "
        f"{', '.join([*([spec['treatment']] if spec['treatment'] else []), *spec['controls']])}; "
        f"effects {effects}; clustered by {spec['cluster']}",
    ]


def _of_variable(
    results: Path,
    registry: Any,
    study: str,
    sample: pd.DataFrame,
    indices: Mapping[str, Any],
    name: str,
    statistic: str,
) -> list[str]:
    variables = {variable["name"]: variable for variable in registry.sample(study)["variables"]}
    if name in variables:
        return _of_formula(results, variables[name], sample, statistic)
    for index, declared in indices.items():
        if name == index or name.startswith(f"{index}_"):
            terms = [term for dimension in declared["dimensions"].values() for term in dimension]
            listed = ", ".join(f"{term['sign']}{term['indicator']}" for term in terms)
            return [f"  {name}: index by {declared['method']} of {listed}"]
    policies = {policy["name"]: policy for policy in registry.sample(study)["policies"]}
    if name in policies:
        policy = policies[name]
        treated = sample.loc[sample[name] == 1, "city"].nunique() if name in sample else 0
        return [
            f"  {name}: config/reference/policies/{policy['policy']}.csv, {treated} cities treated in the sample"
        ]
    raise TraceError(
        f"{study} has no variable {name!r}; it has {', '.join([*variables, *indices, *policies])}"
    )


def _of_formula(
    results: Path, variable: Mapping[str, Any], sample: pd.DataFrame, statistic: str
) -> list[str]:
    name = variable["name"]
    used = sorted(formulas.parse(variable["expr"], name).names)
    lines = [f"  {name} = {variable['expr']}"]
    filled = f"{name}__filled"
    if filled in sample:
        lines[0] += (
            f"   ({int(sample[filled].sum()):,} of {len(sample):,} values filled between printed years)"
        )
    at = {"min": sample[name].idxmin, "max": sample[name].idxmax}.get(statistic)
    if at is not None:
        row = sample.loc[at()]
        lines.append(f"    {statistic} {row[name]:.6g} is {row['city_name']} {row['year']}:")
        for item in used:
            base, scope = (
                item.removesuffix("__districts"),
                "districts" if item.endswith("__districts") else "city",
            )
            try:
                text = describe(trace(results, str(row["city"]), int(row["year"]), base, scope))
            except TraceError as error:
                text = f"{error}; the value is filled" if row.get(filled, False) else str(error)
            lines += [f"      {line}" for line in text.splitlines()]
        return lines
    observations = storage.read_table(
        results / "panel" / "observations.parquet", ["city", "year", "item", "scope", "edition"]
    )
    for item in used:
        base, scope = (
            item.removesuffix("__districts"),
            "districts" if item.endswith("__districts") else "city",
        )
        rows = observations[
            (observations["item"] == base)
            & (observations["scope"] == scope)
            & observations["city"].isin(sample["city"])
            & observations["year"].isin(sample["year"])
        ]
        editions = _spans(rows["edition"].dropna().astype(int).unique()) if len(rows) else "no edition"
        lines.append(
            f"    {base}, {scope}: {len(rows):,} printed values of these city-years, editions {editions}"
        )
    return lines
