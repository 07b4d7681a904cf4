"""The declarations of the simulated world, checked and summed up when the Snakefile is read.

Only the Snakefile imports this package: jobs read the same files as plain values, so that a change of the schema
prints no book anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian.declarations.reading import validate
from nianjian.simulate import CONFIG, FOLDER, PROCESS, TABLES, facts, settings, shown, tables
from nianjian.simulate.declared import checks
from nianjian.simulate.declared.layouts import Tables
from nianjian.simulate.declared.process import Process

IN_ORDER = frozenset({"quantities", "index", "columns", "cells", "regions"})
"""Mappings whose order counts: it is that in which the process draws, adds up or prints."""

_PRINTED = ("quirks", "planted_misprints")
_NOT_TRUE = (*_PRINTED, "panels", "courses")
READS: Mapping[str, tuple[str, ...]] = {
    "truth": ("items.csv", "cities.csv", "attributes.csv", "policies.csv", "borders.csv"),
    "editions": ("items.csv", "units.csv", "cities.csv", "city_names.csv"),
    "panels": ("items.csv", "cities.csv"),
}
"""Facts that each kind of job reads."""


def check(config_dir: str | Path = CONFIG) -> None:
    """Check process.yaml and tables.yaml against their schemas, each other and the facts.

    Raises
    ------
    DeclarationError
        Naming file and key, what was expected and what stands there.
    """
    folder = Path(config_dir) / FOLDER.name
    process, layouts = settings(folder), tables(folder)
    validate(Process, process, shown(PROCESS))
    validate(Tables, layouts, shown(TABLES))
    checks.check_references(process, layouts, folder)


def digests(config_dir: str | Path = CONFIG) -> dict[str, str]:
    """Digest of what each kind of job reads: ``truth``, ``editions``, ``panels``.

    Comments and the order of keys do not count, but where the process follows it (:data:`IN_ORDER`).
    """
    folder = Path(config_dir) / FOLDER.name
    process, layouts = settings(folder), tables(folder)
    declared: dict[str, Any] = {
        "truth": {key: value for key, value in process.items() if key not in _NOT_TRUE},
        "editions": [{key: process[key] for key in _PRINTED}, layouts],
        "panels": [{key: process[key] for key in ("editions", "quantities", "derived", "panels")}, layouts],
    }
    return {
        kind: _digest([_canonical(declared[kind]), *(facts.read(folder, name) for name in names)])
        for kind, names in READS.items()
    }


def _canonical(value: Any, ordered: bool = False) -> Any:
    """Plain values with sorted keys; mappings in which order counts become lists of pairs."""
    if isinstance(value, Mapping):
        pairs = [[str(key), _canonical(each, key in IN_ORDER)] for key, each in value.items()]
        return pairs if ordered else sorted(pairs, key=lambda pair: pair[0])
    return [_canonical(each) for each in value] if isinstance(value, list | tuple) else value


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


def chunks(editions: Sequence[int], number: int = 4) -> dict[str, list[int]]:
    """Consecutive editions in at most ``number`` chunks of nearly equal length, named by their ends."""
    number = min(number, len(editions))
    size, rest = divmod(len(editions), number)
    found, start = {}, 0
    for position in range(number):
        end = start + size + (position < rest)
        part = list(editions[start:end])
        found[f"{part[0]}_{part[-1]}"] = part
        start = end
    return found
