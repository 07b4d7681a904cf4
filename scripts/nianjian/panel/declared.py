"""All that the panel stage is told, as one value: read and checked once, handed to jobs as content.

``PanelDeclarations.load`` reads the files of ``config/`` where the Snakefile starts; it imports neither pandas nor pint.
Jobs get what ``to_json`` wrote: a comment, the order of keys or of rows in a CSV file reruns nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian import formulas, units
from nianjian.declarations.columns import RESERVED
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.corrections import CorrectionFile
from nianjian.declarations.models.ignored import Ignore
from nianjian.declarations.models.items import Checks, Item, Items
from nianjian.declarations.reading import read_yaml, sorted_keys, validate
from nianjian.errors import DeclarationError
from nianjian.extract.declared import load_reading
from nianjian.panel import checking
from nianjian.panel.gazetteer import Gazetteer
from nianjian.panel.headers import HeaderReader
from nianjian.panel.labels import LabelReader
from nianjian.panel.printed_units import SECTIONS, normal_spelling
from nianjian.panel.reference import CityTables

Plain = dict[str, Any]
MERGED = ("items.yaml",)
"""Files of which a workspace's adds to the project's instead of hiding it."""


@dataclass(frozen=True)
class PanelDeclarations:
    """Declarations of the panel stage as plain values, checked against each other.

    Attributes
    ----------
    items : the dictionary: declaration by item, in the order of the panel's columns
    ignored : printed columns that are left out on purpose
    checks : identities between items
    patterns : how cells that hold digits but are no number are read
    corrections : known errors of the books at hand, one entry a city, in the order in which they are applied
    cities : tables of the cities, their names and aliases
    units : printed spelling to unit expression, by section
    reading : words by which headers, printed units and region labels are read, by section
    panels : for each compiled panel at hand, what each of its columns holds
    """

    items: Mapping[str, Plain]
    ignored: Sequence[Plain]
    checks: Plain
    patterns: Sequence[Plain]
    corrections: Sequence[Plain]
    cities: CityTables
    units: Mapping[str, Mapping[str, str]]
    reading: Mapping[str, Plain]
    panels: Mapping[str, Mapping[str, Plain]]

    @classmethod
    def load(
        cls,
        layers: Layers | str | Path,
        corrections: Iterable[str] = (),
        panels: Mapping[str, Mapping[str, Any]] | None = None,
        reading: Mapping[str, Plain] | None = None,
    ) -> PanelDeclarations:
        """Read and check the files.

        Parameters
        ----------
        layers : folders of declarations, or one
        corrections : names of the files in config/corrections that apply to the books at hand
        panels : declarations of the compiled panels at hand, by source
        reading : what :func:`nianjian.extract.declared.load_reading` gave, if it is known already

        Raises
        ------
        DeclarationError
            If a file is not as its model says; a correction, check or panel names an unknown item; a correction
            names a city that was none in its years, a table or cell that cannot be one, or repeats another; two items
            claim one header; an ignored column is an item's; a name or alias leads to no city or to two; a unit
            is none.
        """
        layers = Layers.given(layers)
        reading = load_reading(layers) if reading is None else reading
        items = _items(layers)
        headers = HeaderReader(reading["headers"])
        cities = CityTables.read(layers.project / "reference")
        Gazetteer(cities, LabelReader(reading["regions"]))  # raises where a name or alias leads astray
        checking.check_spellings(items, headers, layers.shown("items.yaml"))
        patterns, corrected = _corrections(layers, corrections, items, cities)
        return cls(
            items=items,
            ignored=_ignored(layers, items, headers),
            checks=_checks(layers, items),
            patterns=patterns,
            corrections=corrected,
            cities=cities,
            units=_units(layers),
            reading={section: reading[section] for section in ("headers", "units", "regions")},
            panels=_panels(layers, panels or {}, items),
        )

    def to_json(self) -> str:
        """The declarations as one line of JSON: equal declarations give equal text."""
        # The order of items is that of the panel's columns: as a list it outlives a sorting of keys.
        plain = {
            "items": [[name, declared] for name, declared in self.items.items()],
            "cities": self.cities.plain(),
            **{
                name: getattr(self, name)
                for name in (
                    "ignored", "checks", "patterns", "corrections", "units", "reading", "panels",
                )
            },
        }  # fmt: skip
        return json.dumps(sorted_keys(plain), ensure_ascii=False, separators=(",", ":")) + "\n"

    @classmethod
    def from_json(cls, path: str | Path) -> PanelDeclarations:
        """What :meth:`to_json` wrote into a file."""
        plain = json.loads(Path(path).read_text(encoding="utf8"))
        plain["items"] = dict(plain["items"])
        plain["cities"] = CityTables.of(plain["cities"])
        return cls(**plain)


def _read(layers: Layers, name: str, kind: Any) -> tuple[Any, str]:
    """One file as its model, and how messages call it."""
    shown = layers.shown(name)
    data = layers.merged(name) if name in MERGED else layers.yaml(name)
    return validate(kind, data, shown), shown


def _items(layers: Layers) -> dict[str, Plain]:
    models: dict[str, Item]
    models, shown = _read(layers, "items.yaml", Items)
    items = {name: item.plain() for name, item in models.items()}
    for name, item in items.items():
        if name in formulas.FUNCTIONS or name in RESERVED:
            raise DeclarationError(
                f"{shown}, {name}: formulas use this name for something else; choose another"
            )
        if item["default_scope"] and item["default_scope"] not in item["scopes"]:
            raise DeclarationError(
                f"{shown}, {name}.default_scope: '{item['default_scope']}' is none of its scopes"
            )
        _check_unit(item["unit"], f"{shown}, {name}.unit")
    return items


def _check_unit(expression: str, where: str) -> None:
    try:
        units.check_unit(expression)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from None


def _ignored(layers: Layers, items: Mapping[str, Plain], headers: HeaderReader) -> list[Plain]:
    entries, shown = _read(layers, "ignored.yaml", Ignore)
    ignored = [entry.plain() for entry in entries]
    checking.check_ignored(ignored, items, headers, shown)
    return ignored


def _checks(layers: Layers, items: Mapping[str, Plain]) -> Plain:
    checks: Checks
    checks, shown = _read(layers, "checks.yaml", Checks)
    for position, shares in enumerate(checks.shares):
        for name in shares:
            checking.check_item(name, items, f"{shown}, shares[{position}]")
    for position, each in enumerate(checks.sums):
        for name in (each.total, *each.parts):
            checking.check_item(name, items, f"{shown}, sums[{position}]")
    return checks.plain()


def _corrections(
    layers: Layers, names: Iterable[str], items: Mapping[str, Plain], cities: CityTables
) -> tuple[list[Plain], list[Plain]]:
    """Patterns, and corrections with one entry a city and without keys that have no value."""
    patterns: list[Plain] = []
    corrections: list[Plain] = []
    checker = checking.CorrectionChecker(items, cities)
    found = [
        (path, layers.shown(f"corrections/{name}"))
        for name in names
        for path in layers.all(f"corrections/{name}")
    ]
    for path, shown in found:
        file: CorrectionFile = validate(CorrectionFile, read_yaml(path, shown), shown)
        for position, pattern in enumerate(file.patterns):
            checking.check_pattern(pattern.pattern, pattern.replace, f"{shown}, patterns[{position}].replace")
            patterns.append(pattern.plain())
        for position, each in enumerate(file.corrections):
            plain = each.model_dump(mode="json", exclude_none=True)
            low, high = plain["expect"].pop("between", (None, None))
            plain["expect"] |= {"gt": low, "lt": high} if low is not None else {}
            listed = plain.get("city")
            for city in listed if isinstance(listed, list) else [listed]:
                entry = plain if city is None else plain | {"city": city}
                checker.check(entry, f"{shown}, corrections[{position}]")
                corrections.append(entry)
    return patterns, corrections


def _units(layers: Layers) -> dict[str, dict[str, str]]:
    shown = layers.shown("reference/units.yaml")
    kind = dict[str, dict[str, str]]
    sections: dict[str, dict[str, str]] = validate(kind, layers.yaml("reference/units.yaml"), shown)
    if missing := sorted(set(SECTIONS) ^ set(sections)):
        raise DeclarationError(
            f"{shown}, {missing[0]}: the sections must be {', '.join(SECTIONS)}; correct its name or add it"
        )
    for section, table in sections.items():
        seen: dict[str, str] = {}
        for spelling, expression in table.items():
            where = f"{shown}, {section}.{spelling}"
            _check_unit(expression, where)
            if seen.setdefault(normal_spelling(spelling), expression) != expression:
                raise DeclarationError(f"{where}: is spelt twice, with different units; keep one of them")
    return sections


def _panels(
    layers: Layers, panels: Mapping[str, Mapping[str, Any]], items: Mapping[str, Plain]
) -> dict[str, dict[str, Plain]]:
    found: dict[str, dict[str, Plain]] = {}
    for source, declared in panels.items():
        where = layers.shown(f"sources/{source}.yaml")
        for column, value in declared["values"].items():
            checking.check_item(value["item"], items, f"{where}, values.{column}.item")
            if value["scope"] not in items[value["item"]]["scopes"]:
                raise DeclarationError(
                    f"{where}, values.{column}.scope: item '{value['item']}' has no scope '{value['scope']}'"
                )
        found[source] = {column: dict(value) for column, value in declared["values"].items()}
    return found
