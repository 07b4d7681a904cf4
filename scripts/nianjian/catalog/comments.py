"""What the catalogue's tables and columns hold, as their comments say it.

A comment has one line a language, ``en: …`` and ``zh: …``, and below it lines that programs can take apart: ``unit:``,
``formula:``, ``data:``. They always stand in this order, and a line that has nothing to say is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nianjian.catalog.writing import Described
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.models.chain import Chain
from nianjian.declarations.models.items import Item
from nianjian.declarations.roles import FILLED
from nianjian.kinds.labels import Label, read_labels
from nianjian.language import Text, languages
from nianjian.publish.origin import BANNER, Origin
from nianjian.text import has, word


def lines(text: Text, **facts: str) -> str:
    """A comment: a line a language, then a line a fact."""
    said = [f"{language}: {' '.join(text[language].split())}" for language in languages()]
    return "\n".join([*said, *(f"{name}: {' '.join(own.split())}" for name, own in facts.items() if own)])


@dataclass(frozen=True)
class StudyWords:
    """What is known of a study's columns.

    Attributes
    ----------
    title : of the study
    labels : by column, index and matrix
    chain : how its numbers hang together
    origin : what it is made from
    """

    title: Text
    labels: Mapping[str, Label]
    chain: Chain
    origin: str

    @classmethod
    def read(cls, name: str, plain: Mapping[str, Any]) -> StudyWords:
        """From ``title``, ``labels``, ``chain`` and ``origin``."""
        return cls(
            Text.read(plain["title"], name),
            read_labels(plain["labels"], name),
            Chain.model_validate(plain["chain"]),
            plain["origin"],
        )


@dataclass(frozen=True)
class Commented:
    """Comments of all tables and columns.

    Attributes
    ----------
    items : the dictionary
    studies : by name
    origin : of the books
    """

    items: Mapping[str, Item]
    studies: Mapping[str, StudyWords]
    origin: str

    def table(self, table: Described) -> str:
        """What a table holds, and what it is made from where that is simulated."""
        study = self.studies.get(table.study)
        says: dict[str, object] = {**table.says, "study": study.title if study else ""}
        if study:
            says |= {name: own.text for name, own in _labelled(table, study).items()}
        found = next((key for key in (table.about, _general(table)) if has(f"catalog.{key}")), "other")
        text = word(f"catalog.{found}", **{"name": table.name, **says})
        origin = study.origin if study else self.origin
        return lines(text, data=BANNER if Origin.parse(origin).simulated else origin)

    def column(self, table: Described, name: str) -> str:
        """What a column holds, with its unit and formula where it has them."""
        own = f"catalog.{table.about}.{name}"
        if has(own):
            return lines(word(own))
        study = self.studies.get(table.study)
        if study and (name in study.labels or name.endswith(FILLED)):
            return self._of_study(study, name)
        if table.about in WIDE and name.removesuffix(DISTRICTS) in self.items:
            return self._of_item(name)
        score = f"catalog.{table.about}.{name.removeprefix(table.says.get('index', '') + '_')}"
        known = (key for key in (score, f"catalog.of_{name}") if has(key))
        return lines(word(next(known, "catalog.unknown"), name=name))

    def _of_study(self, study: StudyWords, name: str) -> str:
        stem = name.removesuffix(FILLED)
        label = study.labels.get(stem)
        if stem != name:
            return lines(word("export.filled", label=label.text if label else stem))
        assert label is not None
        formula = study.chain.formula(name)
        return lines(
            label.text,
            unit=_said(label.unit),
            formula=formula.expr if formula else "",
            note=(formula.note or "") if formula else "",
        )

    def _of_item(self, name: str) -> str:
        item = name.removesuffix(DISTRICTS)
        own = self.items[item]
        text = Text.of(en=own.en, zh=own.zh)
        return lines(
            word("export.districts", label=text) if item != name else text,
            unit="" if own.unit == "1" else own.unit,
            note=own.notes or "",
        )


WIDE = ("panel", "county_cities", "provinces", "own")
"""Tables with a column an item and scope."""


def _general(table: Described) -> str:
    """What stands for a table that has no words of its own."""
    return "index_part" if "part" in table.says and "index" in table.says else "other"


def _labelled(table: Described, study: StudyWords) -> dict[str, Label]:
    """Words for what a table's words call by the name of an index or matrix."""
    named = {name: own for name, own in table.says.items() if name in ("index", "matrix")}
    return {name: study.labels[own] for name, own in named.items() if own in study.labels}


def _said(unit: Text | None) -> str:
    """A unit in all languages, once where they are alike."""
    return " / ".join(dict.fromkeys(unit[language] for language in languages())) if unit else ""
