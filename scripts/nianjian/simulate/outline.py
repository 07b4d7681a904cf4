"""What the Snakefile asks of the simulated world: which books and panels are printed, and what each job reads.

The declarations are checked before anything is answered. No job imports this module.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from nianjian.simulate import CONFIG, FOLDER, facts

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
    digests : of what each kind of job reads: ``truth``, ``editions``, ``panels``; comments and the order of an entry's keys
        do not count, the order of entries does: in it the process draws, adds up or prints
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
    from nianjian.simulate import checks

    folder = config_dir / FOLDER.name
    process, tables = checks.check(folder)
    layouts = tables.model_dump_json()
    printed = {"quirks", "planted_misprints"}
    declared = {
        "truth": process.model_dump_json(exclude={*printed, "panels", "courses"}),
        "editions": process.model_dump_json(include=printed) + layouts,
        "panels": process.model_dump_json(include={"editions", "quantities", "derived", "panels"}) + layouts,
    }
    digests = {}
    for kind, names in READS.items():
        told = json.dumps([declared[kind], *(facts.read(folder, name) for name in names)], ensure_ascii=False)
        digests[kind] = hashlib.sha256(told.encode()).hexdigest()[:16]
    return Outline(list(process.covers), [panel.file for panel in process.panels.values()], digests)


def chunks(editions: Sequence[int], number: int = 4) -> dict[str, list[int]]:
    """Consecutive editions in at most ``number`` chunks of nearly equal length, named by their ends."""
    number = min(number, len(editions))
    size, rest = divmod(len(editions), number)
    left = iter(editions)
    parts = [list(islice(left, size + (position < rest))) for position in range(number)]
    return {f"{part[0]}_{part[-1]}": part for part in parts}
