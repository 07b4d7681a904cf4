"""What the Snakefile asks of the simulated world: which books and panels are printed, and what each job reads.

The declarations are checked before anything is answered. Checking them takes longer than all else of a dry run, so the
answer is remembered by the bytes of ``config/simulation`` and by the code that checks. No job imports this module.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from nianjian.simulate import CONFIG, FOLDER, PROCESS, TABLES, facts

IN_ORDER = frozenset({"quantities", "index", "columns", "regions"})
"""Mappings whose order counts: it is that in which the process draws, adds up or prints."""
_PRINTED = ("quirks", "planted_misprints")
_NOT_TRUE = (*_PRINTED, "panels", "courses")
READS: Mapping[str, tuple[str, ...]] = {
    "truth": ("items.csv", "cities.csv", "attributes.csv", "policies.csv", "borders.csv"),
    "editions": ("items.csv", "units.csv", "cities.csv", "city_names.csv"),
    "panels": ("items.csv", "cities.csv"),
}
"""Facts that each kind of job reads."""


@dataclass(frozen=True)
class Outline:
    """What is printed.

    Attributes
    ----------
    editions : years on the covers of the yearbooks
    panels : files of the compiled panels
    digests : of what each kind of job reads: ``truth``, ``editions``, ``panels``; comments and the order of keys do not
        count, but where the process follows it (:data:`IN_ORDER`)
    """

    editions: list[int]
    panels: list[str]
    digests: dict[str, str]


@cache
def outline(config_dir: Path = CONFIG) -> Outline:
    """What the declarations in the folder ``simulation`` of ``config_dir`` print.

    Raises
    ------
    DeclarationError
        If they are wrong, naming file and key, what was expected and what stands there.
    """
    folder = config_dir / FOLDER.name
    from nianjian.simulate import checks, reading

    checked = checks.check(folder)
    process, tables = reading.read_yaml(folder / PROCESS), reading.read_yaml(folder / TABLES)
    declared: dict[str, Any] = {
        "truth": {name: value for name, value in process.items() if name not in _NOT_TRUE},
        "editions": [{name: process[name] for name in _PRINTED}, tables],
        "panels": [{name: process[name] for name in ("editions", "quantities", "derived", "panels")}, tables],
    }
    digests = {
        kind: _digest([_canonical(declared[kind]), *(facts.read(folder, name) for name in names)])
        for kind, names in READS.items()
    }
    return Outline(list(checked.covers), [panel.file for panel in checked.panels.values()], digests)


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
    left = iter(editions)
    parts = [list(islice(left, size + (position < rest))) for position in range(number)]
    return {f"{part[0]}_{part[-1]}": part for part in parts}
