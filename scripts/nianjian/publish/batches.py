"""All tables, or all figures, of a study in one job."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from nianjian.declarations.models.appearance import Appearance
from nianjian.declarations.models.style import Style
from nianjian.errors import NianjianError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts, PlainEntry, PlainFacts
from nianjian.kinds.registry import Kinds
from nianjian.reuse import Made, facts_of

Make = Callable[[Entry, Data, PublishContext, Mapping[str, Path]], None]
"""Writes one entry to each of its files, called by ``<language>.<format>``; the last one is the record of its sources."""


class Item(TypedDict):
    """One table or figure.

    Keys
    ----
    inputs : files by name
    specs : specifications that it shows
    shown : what their estimators say of the tables and figures that show them
    code : digests
    style : of a table
    """

    entry: PlainEntry
    inputs: dict[str, list[str]]
    specs: list[str]
    shown: dict[str, list[Any]]
    code: list[str]
    style: NotRequired[dict[str, Any]]


class Batch(TypedDict):
    """What a job is told: the study, and its tables or figures by name."""

    study: str
    folder: str
    languages: list[str]
    formats: NotRequired[list[str]]
    facts: PlainFacts
    variant: dict[str, str] | None
    items: dict[str, Item]
    appearance: NotRequired[dict[str, Any]]


def make_all(
    declared: Batch,
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
            item.get("style"),
            *([declared["appearance"]] if "appearance" in declared else []),
        ]
        inputs = [path for paths in item["inputs"].values() for path in paths]

        def build(
            name: str = name,
            item: Item = item,
            facts: PlainFacts = facts,
            files: Mapping[str, Path] = files,
        ) -> None:
            entry = Entry.read(kinds, section, name, item["entry"])
            known = Facts.read(facts, kinds)
            context = _context(declared, section, entry, item, known, origin)
            make(entry, Data(item["inputs"], declared["folder"], str(context)), context, files)

        try:
            written += made.make(name, content, inputs, list(files.values()), build)
        except NianjianError as error:
            failed.append(str(error))
    if failed:
        raise NianjianError("\n".join(failed))
    made.finish(everything)
    logging.info("%s: %d made, %d left as they are", section, written, len(declared["items"]) - written)


def _context(
    declared: Batch, section: str, entry: Entry, item: Item, facts: Facts, origin: str
) -> PublishContext:
    """What the builder of one table or figure is told beside its parameters."""
    looks = Appearance.model_validate(declared.get("appearance", {}))
    return PublishContext(
        declared["study"],
        section,
        entry.name,
        facts=facts,
        origin=origin,
        appearance=looks.reviewed(getattr(entry.params, "review_number", None)),
        style=Style.model_validate(item["style"]) if "style" in item else None,
    )
