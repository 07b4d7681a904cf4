"""One document of a study: all of its tables and figures with captions, numbers and references that hold together.

In Word numbers are fields and notes refer to bookmarks; LaTeX and Typst take in the tables' own files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from nianjian.declarations import references
from nianjian.declarations.models.style import Style
from nianjian.files import replacing
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.registry import Kinds
from nianjian.publish.batches import Batch
from nianjian.publish.formats import CAPTION
from nianjian.publish.making import built, wording
from nianjian.publish.origin import Origin
from nianjian.publish.tables import Table
from nianjian.reuse import facts_of
from nianjian.text import Text, word, worded


class FigureWords(TypedDict):
    """What a document says of a figure."""

    id: str
    title: dict[str, str]
    notes: dict[str, str] | None


class Declared(TypedDict):
    """What the job is told beside the tables' batch; tables and figures in the order of the declaration."""

    study: str
    title: dict[str, str]
    formats: list[str]
    tables: list[str]
    figures: list[FigureWords]
    style: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure of the study.

    Attributes
    ----------
    id : as declared
    title, notes : words by language, as declared
    folder : that holds its files
    """

    id: str
    title: Text
    notes: Text | None
    folder: Path

    def note(self, language: str) -> str:
        """The whole note of the file beside the picture; what it declares keeps its references."""
        whole = self._beside(language)[1].removeprefix(word("captions.note")[language])
        if self.notes is None:
            return whole
        own = self.notes[language]
        return whole.replace(references.plain(own, language), own, 1)

    def described(self, language: str) -> str:
        """For those who do not see it."""
        return self._beside(language)[2].removeprefix("> ")

    def _beside(self, language: str) -> tuple[str, str, str]:
        """Title, note and description of the file beside the picture; the note may be empty."""
        parts = self.file(language, CAPTION).read_text(encoding="utf8").strip().split("\n\n")
        return parts[0], parts[1] if len(parts) > 2 else "", parts[-1]

    def file(self, language: str, form: str) -> Path:
        """The figure in one language and format."""
        return self.folder / f"{self.id}.{language}.{form}"

    def caption(self, language: str) -> str:
        """``Figure 2. Title``."""
        return word("tables.figure", id=self.id, title=self.title)[language]


@dataclass(frozen=True)
class Whole:
    """All that a study's document holds.

    Attributes
    ----------
    study : its id
    style : of its captions and figures; tables have their own
    origin : what it is made from
    """

    study: str
    title: Text
    tables: tuple[Table, ...]
    pictures: tuple[Picture, ...]
    style: Style
    origin: Origin


def make_documents(
    batch: Batch | None,
    declared: Declared,
    outputs: Mapping[str, list[str]],
    *,
    kinds: Kinds,
    origin: str,
) -> None:
    """Write the document in each language and format.

    Parameters
    ----------
    batch : what the job of the study's tables is told; None where it has none
    outputs : files by format, named ``document.<language>.<format>``
    origin : ``simulated`` or ``real: <books>``
    """
    style = Style.model_validate(declared["style"])
    tables = tuple(_tables(batch, declared["tables"], kinds, origin)) if batch else ()
    for form, paths in outputs.items():
        for path in map(Path, paths):
            language = path.name.split(".")[-2]
            pictures = tuple(
                Picture(
                    own["id"],
                    Text.of(**own["title"]),
                    Text.of(**own["notes"]) if own["notes"] else None,
                    path.parent / "figures",
                )
                for own in declared["figures"]
            )
            whole = Whole(
                declared["study"],
                Text.of(**declared["title"]),
                tables,
                pictures,
                style,
                Origin.parse(origin),
            )
            with worded(wording(style)):
                content = rendered(whole, form, language)
            with replacing(path) as part:
                part.write_bytes(content)
    logging.info("document: %d tables, %d figures", len(tables), len(declared["figures"]))


def _tables(batch: Batch, names: list[str], kinds: Kinds, origin: str) -> Iterator[Table]:
    """The study's tables in the order of its declaration."""
    for name in names:
        item = batch["items"][name]
        entry = Entry.read(kinds, "tables", name, item["entry"])
        facts = Facts.read(facts_of(batch["facts"], item["specs"]), kinds)
        style = Style.model_validate(item["style"])
        context = PublishContext(batch["study"], "tables", name, facts=facts, origin=origin, style=style)
        yield built(entry, Data(item["inputs"], batch["folder"], str(context)), context)


def rendered(whole: Whole, form: str, language: str) -> bytes:
    """The document as ``docx``, ``tex`` or ``typ``."""
    if form == "docx":
        from nianjian.publish import document_word

        return document_word.document(whole, language)
    if form == "tex":
        from nianjian.publish import document_latex

        return document_latex.document(whole, language).encode()
    from nianjian.publish import document_typst

    return document_typst.document(whole, language).encode()
