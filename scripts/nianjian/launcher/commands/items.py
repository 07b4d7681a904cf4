"""Which items there are: nianjian items 二氧化硫, items wage, items gdp_pc.

Searches ids, labels and spellings of headers; says unit, scopes, kind, years, and how many cities the panel at hand has.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.launcher import items, places

MOST = 40
"""Items that are printed; a longer list is no answer."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """A word, in Chinese or English."""
    parser.add_argument("word", nargs="+", help="in Chinese or English; all words must fit")
    parser.add_argument("--books", help="name of the set of books; left out: all that are at hand")


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Print what fits."""
    try:
        workspace = places.workspace(given.workspace)
    except DeclarationError:
        if given.workspace is not None:
            raise
        workspace = places.PROJECT  # the dictionary can be asked from anywhere
    word = " ".join(given.word)
    found = items.search(items.listed(Layers.of(workspace)), word)
    if not found:
        raise DeclarationError(
            f"no item is called '{word}' or nearly so; try another word, or declare it in config/items.yaml; "
            "all items: docs/reference/items.md"
        )
    printed = coverage(workspace, given.books, [own.name for own in found[:MOST]])
    for own in found[:MOST]:
        sys.stdout.write("\n".join(described(own, printed.get(own.name, []))) + "\n")
    if len(found) > MOST:
        sys.stdout.write(f"… and {len(found) - MOST} more; say another word beside '{word}'\n")
    return 0


def described(own: items.Listed, printed: Sequence[str]) -> list[str]:
    """Lines on an item."""
    item = own.item
    scopes = ", ".join(
        f"{items.SCOPES[scope]} {own.name}{'' if scope == 'city' else '__districts'}" for scope in item.scopes
    )
    lines = [f"{own.name}  {item.zh}  {item.en}", f"    unit {item.unit}; {item.kind}; {scopes}"]
    if own.years:
        lines.append(f"    data years {own.years}")
    if own.panels:
        lines.append(f"    panels {', '.join(own.panels)}")
    if item.notes:
        lines.append(f"    note {' '.join(item.notes.split())}")
    lines += [f"    from {each.year} {each.what.plain()['en']}" for each in item.breaks]
    return [*lines, *(f"    {line}" for line in printed)]


def coverage(workspace: Path, books: str | None, names: Sequence[str]) -> dict[str, list[str]]:
    """What the panels at hand have of each item: years, and the fewest and most cities of one."""
    found: dict[str, list[str]] = {}
    for path in sorted((workspace / "results").glob(f"{books or '*'}/panel/coverage_items.parquet")):
        import pyarrow.parquet as pq  # takes long to import, and most workspaces have no panel yet

        rows = pq.read_table(path, filters=[("item", "in", list(names)), ("level", "=", "city")]).to_pylist()
        for item in names:
            for scope, shown in items.SCOPES.items():
                counted = {
                    row["year"]: row["printed"] + row.get("compiled", 0)
                    for row in rows
                    if row["item"] == item and row["scope"] == scope
                }
                own = {year: count for year, count in counted.items() if count}
                if own:
                    counts = list(own.values())
                    years = items.years_of(own)
                    found.setdefault(item, []).append(
                        f"{path.parts[-3]} books: {shown} {years}, {min(counts)} to {max(counts)} cities a year"
                    )
    return found
