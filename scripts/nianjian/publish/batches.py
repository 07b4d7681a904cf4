"""All tables, or all figures, of a study in one job."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nianjian.errors import NianjianError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.registry import Kinds
from nianjian.reuse import Made, facts_of

Make = Callable[[Entry, Data, PublishContext, Mapping[str, Path]], None]
"""Writes one entry to each of its files, called by ``<language>.<format>``; the last one is the record of its sources."""


def make_all(
    declared: Mapping[str, Any],
    section: str,
    formats: tuple[str, ...],
    record: str,
    make: Make,
    *,
    kinds: Kinds,
    origin: str,
) -> None:
    """Make every entry that changed; all others are left as they are.

    Parameters
    ----------
    declared : ``study, folder, languages, facts, variant`` and ``items``: name to ``entry, inputs, specs, code``
    section : ``tables`` or ``figures``
    formats : suffixes, one file a language each
    record : name of the file with the sources: ``cells`` or ``points``
    make : writes one entry
    origin : ``simulated`` or ``real: <books>``

    Raises
    ------
    NianjianError
        After all that can be made is made: every entry that cannot, with the reason.
    """
    folder = Path(declared["folder"]) / section
    made, failed, written = Made.read(folder / "made.json"), [], 0
    everything: list[Path] = []
    for name, item in declared["items"].items():
        files = {
            f"{language}.{form}": folder / f"{name}.{language}.{form}"
            for language in declared["languages"]
            for form in formats
        }
        files[record] = folder / f"{name}.{record}.parquet"
        everything += files.values()
        facts = facts_of(declared["facts"], item["specs"])
        content = [
            item["entry"],
            facts,
            item["shown"],
            item["code"],
            origin,
            declared["languages"],
            declared["variant"],
        ]
        inputs = [path for paths in item["inputs"].values() for path in paths]

        def build(
            name: str = name,
            item: Mapping[str, Any] = item,
            facts: Mapping[str, Any] = facts,
            files: Mapping[str, Path] = files,
        ) -> None:
            entry = Entry.read(kinds, section, name, item["entry"])
            context = PublishContext(
                declared["study"], section, name, facts=Facts.read(facts, kinds), origin=origin
            )
            make(entry, Data(item["inputs"], declared["folder"], str(context)), context, files)

        try:
            written += made.make(name, content, inputs, list(files.values()), build)
        except NianjianError as error:
            failed.append(str(error))
    if failed:
        raise NianjianError("\n".join(failed))
    made.finish(everything)
    logging.info("%s: %d made, %d left as they are", section, written, len(declared["items"]) - written)
