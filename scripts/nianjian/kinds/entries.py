"""What a study declares, as jobs get it: entries of kinds, labels, the treatment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NotRequired, TypedDict

from nianjian.errors import DeclarationError
from nianjian.kinds.base import Params
from nianjian.kinds.labels import Label, read_labels
from nianjian.kinds.registry import Kind, Kinds
from nianjian.language import Text


class PlainEntry(TypedDict):
    """An entry as plain values, for params of rules; each kind has parameters of its own."""

    kind: str
    params: dict[str, Any]
    label: NotRequired[dict[str, str]]


class PlainFacts(TypedDict):
    """What ``Study.facts`` gives, as jobs read it."""

    study: str
    labels: dict[str, dict[str, Any]]
    treatment: str | None
    assigned_by: NotRequired[str | None]
    years: list[int]
    specs: dict[str, PlainEntry]
    indices: dict[str, PlainEntry]
    matrices: dict[str, PlainEntry]


@dataclass(frozen=True)
class Entry:
    """One declared specification, table, figure, index, weight matrix or source.

    Attributes
    ----------
    name : as declared
    kind, params : what it is and what it says, complete
    label : what readers call it; None where nothing is said
    """

    name: str
    kind: Kind
    params: Any
    label: Text | None = None

    def plain(self) -> PlainEntry:
        """As plain values."""
        found = PlainEntry(kind=self.kind.name, params=self.params.plain())
        if self.label:
            found["label"] = self.label.plain()
        return found

    @classmethod
    def read(cls, kinds: Kinds, family: str, name: str, plain: PlainEntry) -> Entry:
        """From plain values; they were checked where the declaration was read."""
        kind = kinds.get(family, plain["kind"], name)
        params: Params = kind.params.model_validate(plain["params"], strict=False)
        label = Text.of(**plain["label"]) if plain.get("label") else None
        return cls(name, kind, params, label)


@dataclass(frozen=True)
class Facts:
    """What builders of tables and figures know of their study.

    Attributes
    ----------
    study : its id
    labels : what columns, indices and matrices are called
    treatment : the treatment's column; None if there is none
    years : first and last
    assigned_by : column of the level at which the policy is assigned; None where nothing says it
    plain : ``specs``, ``indices``, ``matrices``: name to plain entry
    """

    study: str
    labels: Mapping[str, Label]
    treatment: str | None
    years: tuple[int, int]
    plain: Mapping[str, Mapping[str, PlainEntry]]
    kinds: Kinds = field(default_factory=Kinds)
    assigned_by: str | None = None

    @classmethod
    def read(cls, plain: PlainFacts, kinds: Kinds) -> Facts:
        """From the plain values that ``Study.facts`` gives."""
        return cls(
            study=plain["study"],
            labels=read_labels(plain["labels"], plain["study"]),
            treatment=plain["treatment"],
            years=(plain["years"][0], plain["years"][1]),
            plain={
                "specs": plain["specs"],
                "indices": plain["indices"],
                "matrices": plain["matrices"],
            },
            kinds=kinds,
            assigned_by=plain.get("assigned_by"),
        )

    def _entries(self, group: str, family: str) -> dict[str, Entry]:
        return {name: Entry.read(self.kinds, family, name, own) for name, own in self.plain[group].items()}

    @cached_property
    def specs(self) -> dict[str, Entry]:
        """Specifications by name."""
        return self._entries("specs", "estimators")

    @cached_property
    def indices(self) -> dict[str, Entry]:
        """Indices by name."""
        return self._entries("indices", "indices")

    @cached_property
    def matrices(self) -> dict[str, Entry]:
        """Spatial weight matrices by name."""
        return self._entries("matrices", "matrices")

    def label(self, name: str, context: str) -> Text:
        """What a column, index or matrix is called.

        Raises
        ------
        DeclarationError
            If nothing says it; the message opens with ``context``.
        """
        if name not in self.labels:
            from nianjian.declarations.reading import suggestion

            raise DeclarationError(f"{context}: '{name}' has no label{suggestion(name, self.labels)}")
        return self.labels[name].text

    def unit(self, name: str) -> Text | None:
        """What a column is measured in; None where it has no unit."""
        return self.labels[name].unit if name in self.labels else None

    def values(self, name: str, context: str) -> Mapping[str, Text]:
        """What the values of an attribute are called, in their declared order.

        Raises
        ------
        DeclarationError
            If they have no labels.
        """
        if name not in self.labels or not self.labels[name].values:
            raise DeclarationError(
                f"{context}: the values of '{name}' have no labels; declare attributes.{name}.values"
            )
        return self.labels[name].values
