"""The names that a study may use: the dictionary's, its own, and those of its indices."""

from __future__ import annotations

import fnmatch
from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from nianjian import formulas
from nianjian.declarations.columns import DISTRICTS, FIRST, RESERVED
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.sample import Policy
from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError

if TYPE_CHECKING:
    from nianjian.kinds.entries import Entry
    from nianjian.own.facts import Own


_UNITS: deque[tuple[Mapping[str, Item], dict[str, str]]] = deque(maxlen=8)
"""Units by dictionary, of the last few: hundreds of altered studies share one."""


def units_of(items: Mapping[str, Item]) -> dict[str, str]:
    """Unit of every column of a panel with these items."""
    for known, units in _UNITS:
        if known is items:
            return units
    units = {}
    for name, item in items.items():
        if "city" in item.scopes:
            units[name] = item.unit
        if "districts" in item.scopes:
            units[name + DISTRICTS] = item.unit
    _UNITS.append((items, units))
    return units


class StudyNames:
    """Which columns a study has and in what units, and what a message says of a name that is none of them.

    Attributes
    ----------
    model : the study as declared
    shown : how messages call its file
    items : the dictionary
    own : its own file, if it has one; its columns of numbers are the items
    indices : its indices by name, once they are read
    """

    def __init__(
        self, model: StudyFile, shown: str, items: Mapping[str, Item], own: Own | None = None
    ) -> None:
        self.model, self.shown, self.items, self.own = model, shown, items, own
        self.indices: dict[str, Entry] = {}
        self._scores: tuple[tuple[Entry, ...], dict[str, str]] | None = None

    def fail(self, key: str, what: str) -> DeclarationError:
        """The error for a key of the study's file."""
        return DeclarationError(f"{self.shown}, {key}: {what}")

    def check_known(self, key: str, name: str, known: Iterable[str], what: str) -> None:
        """``name``, which stands under ``key``, must be one of ``known``."""
        if name not in (known := known if isinstance(known, list | dict) else list(known)):
            hint = suggestion(name, known) or (self.own.hint(name) if self.own else "")
            raise self.fail(key, f"'{name}' is no {what}{hint}")

    def check_groups(self, key: str, name: str) -> None:
        """``name`` must be an attribute in words, with labels for its values."""
        texts = [each for each, entry in self.model.attributes.items() if entry.unit == formulas.TEXT]
        self.check_known(key, name, texts, "attribute in words")
        if not self.model.attributes[name].values:
            raise self.fail(
                f"attributes.{name}", f"key 'values' is missing: {key} needs the labels and their order"
            )

    def check_names(self) -> None:
        """No two declarations share a name."""
        model = self.model
        taken: dict[str, str] = dict.fromkeys(RESERVED, "a built-in name")
        # Names of an own file's columns are not the study's choice.
        taken |= dict.fromkeys(set(formulas.FUNCTIONS) - self.items.keys(), "a function")
        sections: dict[str, Iterable[str]] = {
            "attributes": model.attributes,
            "variables": model.variables,
            "treatment": [model.treatment.name] if model.treatment else [],
            "policies": model.policies,
            "groups": model.groups,
            "indices": [*self.indices, *(each for each in self.score_columns if each not in self.indices)],
            "spatial_weights": model.spatial_weights,
        }
        for section, names in sections.items():
            for name in names:
                if name in taken:
                    raise self.fail(
                        f"{section}.{name}",
                        f"the name '{name}' is taken, it is {taken[name]}; choose another",
                    )
                taken[name] = f"declared under {section}"

    @property
    def treatment(self) -> str | None:
        """The treatment's column."""
        return self.model.treatment.name if self.model.treatment else None

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of the sample."""
        years = self.model.sample.years
        assert years is not None, "a sample without a file says its years, and a file has some"
        return years[0], years[1]

    @cached_property
    def policies(self) -> dict[str, Policy]:
        """Every dummy by its column, the treatment first."""
        own = {self.model.treatment.name: self.model.treatment} if self.model.treatment else {}
        return {**own, **self.model.policies}

    @cached_property
    def item_units(self) -> dict[str, str]:
        """Unit of every column of the panel."""
        return units_of(self.items)

    @cached_property
    def fixed_units(self) -> dict[str, str]:
        """Units of attributes and dummies."""
        dummies = dict.fromkeys([*self.policies, *([FIRST] if self.model.treatment else [])], "1")
        texts = dict.fromkeys(self.own.texts, formulas.TEXT) if self.own else {}
        return {
            **{name: each.unit for name, each in self.model.attributes.items()},
            **({"province": "1"} if self.own is None or self.own.has_province else {}),
            **dummies,
            **texts,
        }

    @property
    def score_columns(self) -> dict[str, str]:
        """Every column that the index stage adds to the sample, to the index that holds it."""
        entries = tuple(self.indices.values())
        # Made anew where an index was read or completed. The entries are kept: a new one could have the old one's identity.
        if self._scores is None or list(map(id, self._scores[0])) != list(map(id, entries)):
            held = {column: name for name, entry in self.indices.items() for column in scores(entry)}
            self._scores = (entries, held)
        return self._scores[1]

    @property
    def columns(self) -> list[str]:
        """What a specification may use: the sample's and the indices' columns."""
        return [*self._own_columns, *self.score_columns]

    @cached_property
    def _own_columns(self) -> list[str]:
        model = self.model
        own = [*model.variables, *(name for name in self.fixed_units if name != "province"), *model.groups]
        return ["city", "year", *(["province"] if "province" in self.fixed_units else []), *own]

    def indices_of(self, columns: Iterable[str]) -> list[str]:
        """Indices that hold these columns; columns of the sample have none."""
        held = self.score_columns
        return sorted({held[column] for column in columns if column in held})


def scores(entry: Entry) -> list[str]:
    """Columns that an index adds to the sample: its own name, unless its kind says otherwise."""
    if not entry.kind.option("BY_CITY_YEAR", True):
        return []
    own = entry.kind.option("scores", None)
    return [entry.name] if own is None else list(own(entry.params, entry.name))


def matching(names: Iterable[str], pattern: str) -> list[str]:
    """Names that a pattern such as ``step*`` means, in natural order."""
    return sorted(fnmatch.filter(list(names), pattern), key=formulas.natural)
