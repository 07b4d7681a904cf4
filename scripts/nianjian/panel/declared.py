"""All that the panel stage is told, as one value: read and checked once, handed to jobs as content.

``PanelDeclarations.load`` reads the files of ``config/`` where the Snakefile starts; it imports neither pandas nor pint.
Jobs get what ``to_json`` wrote: a comment, the order of keys or of rows in a CSV file reruns nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from nianjian import units
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_items, read_units, read_words
from nianjian.declarations.models.base import Declared
from nianjian.declarations.models.corrections import CityCorrection, CorrectionFile, Misprint
from nianjian.declarations.models.ignored import Ignore, Ignored
from nianjian.declarations.models.items import ADDITIVE, LATER, OWN, Checks, Item, PanelUse, PanelValue
from nianjian.declarations.models.reading import Headers, Reading, Regions, Units, UnitSpellings
from nianjian.declarations.reading import read_yaml, suggestion, validate
from nianjian.errors import DeclarationError
from nianjian.extract.labels import LabelReader
from nianjian.panel import checking
from nianjian.panel.gazetteer import Gazetteer
from nianjian.panel.headers import HeaderReader
from nianjian.panel.printed_units import normal_spelling
from nianjian.panel.reference import FILES, CityTables
from nianjian.panel.region_codes import FormerCode, read_former_codes

if TYPE_CHECKING:
    from nianjian.panel.second_sources import Ranking


@dataclass(frozen=True)
class PanelDeclarations:
    """Declarations of the panel stage, checked against each other.

    Attributes
    ----------
    items : the dictionary: declaration by item, in the order of the panel's columns
    ignored : printed columns that are left out on purpose
    checks : identities between items
    patterns : how cells that hold digits but are no number are read
    corrections : known errors of the books at hand, one a city, in the order in which they are applied
    cities : tables of the cities, their names and aliases
    units : printed spellings of units
    headers, unit_words, regions : words by which headers, the units in them and region labels are read
    panels : for each compiled panel at hand, what each of its columns holds
    former_codes : codes of prefectures that are no longer in force, or of no city
    uses : what the values of each compiled panel at hand are for
    """

    items: Mapping[str, Item]
    ignored: Sequence[Ignored]
    checks: Checks
    patterns: Sequence[Misprint]
    corrections: Sequence[CityCorrection]
    cities: CityTables
    units: UnitSpellings
    headers: Headers
    unit_words: Units
    regions: Regions
    panels: Mapping[str, Mapping[str, PanelValue]]
    former_codes: Mapping[int, FormerCode] = field(default_factory=dict)
    uses: Mapping[str, PanelUse] = field(default_factory=dict)

    @property
    def ranking(self) -> Ranking:
        """Which source stands before which."""
        from nianjian.panel.second_sources import Ranking  # loads pandas, which the Snakefile does without

        return Ranking(self.checks.sources, self.uses)

    @classmethod
    def load(
        cls,
        layers: Layers | str | Path,
        corrections: Iterable[str] = (),
        panels: Mapping[str, Mapping[str, PanelValue]] | None = None,
        words: Reading | None = None,
        uses: Mapping[str, PanelUse] | None = None,
        own: Mapping[str, Item] | None = None,
    ) -> PanelDeclarations:
        """Read and check the files.

        Parameters
        ----------
        layers : folders of declarations, or one
        corrections : names of the files in config/corrections that apply to the books at hand
        panels : what each column of the compiled panels at hand holds, by source
        words : those of ``reading.yaml``, if they are known already
        uses : what the values of those panels are for
        own : items that those panels declare themselves

        Raises
        ------
        DeclarationError
            If a file is not as its model says; a correction, check or panel names an unknown item; a correction
            names a city that was none in its years, a table or cell that cannot be one, or repeats another; two items
            claim one header; an ignored column is an item's; a name or alias leads to no city or to two; a unit
            is none.
        """
        layers = Layers.given(layers)
        words = words or read_words(layers)
        items = _items(layers) | dict(own or {})
        headers = HeaderReader(words.headers)
        cities = CityTables.of(layers)
        Gazetteer(cities, LabelReader(words.regions))  # raises where a name or alias leads astray
        checking.check_spellings(items, headers, layers.shown("items.yaml"))
        patterns, corrected = _corrections(layers, corrections, items, cities)
        panels = panels or {}
        check_panels(layers, panels, items)
        return cls(
            items=items,
            ignored=_ignored(layers, items, headers),
            checks=_checks(layers, items),
            patterns=patterns,
            corrections=corrected,
            cities=cities,
            units=_units(layers),
            headers=words.headers,
            unit_words=words.units,
            regions=words.regions,
            panels=panels,
            former_codes=read_former_codes(layers),
            uses=uses or {},
        )

    def alone(
        self, source: str, values: Mapping[str, PanelValue], own: Mapping[str, Item]
    ) -> PanelDeclarations:
        """What a panel is told of that nobody else prints the items of: nothing that holds of the yearbook or of others."""
        return replace(
            self,
            items=dict(own),
            ignored=[],
            checks=Checks(),
            patterns=[],
            corrections=[],
            panels={source: values},
            uses={source: PanelUse()},
        )

    def to_json(self) -> str:
        """The declarations as one line of JSON: equal declarations give equal text."""
        # The order of items is that of the panel's columns: as a list it outlives a sorting of keys.
        content = {**vars(self), "items": list(self.items.items())}
        text = json.dumps(content, default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text + "\n"

    @classmethod
    def from_json(cls, path: str | Path) -> PanelDeclarations:
        """What :meth:`to_json` wrote into a file."""
        content = json.loads(Path(path).read_text(encoding="utf8"))
        content["items"] = dict(content["items"])
        return TypeAdapter(cls).validate_python(content)


def _plain(declared: Declared | CityTables | FormerCode) -> dict[str, Any]:
    return declared.plain() if isinstance(declared, Declared) else asdict(declared)


def _items(layers: Layers) -> dict[str, Item]:
    items = read_items(layers)
    for name, item in items.items():
        check_unit(item.unit, f"{layers.shown('items.yaml')}, {name}.unit")
    return items


def check_unit(expression: str, where: str) -> None:
    """Raise a DeclarationError that opens with ``where`` if a unit expression is none."""
    try:
        units.check_unit(expression)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from None


def _ignored(layers: Layers, items: Mapping[str, Item], headers: HeaderReader) -> list[Ignored]:
    shown = layers.shown("ignored.yaml")
    ignored: list[Ignored] = validate(Ignore, layers.yaml("ignored.yaml"), shown)
    checking.check_ignored(ignored, items, headers, shown)
    return ignored


def _checks(layers: Layers, items: Mapping[str, Item]) -> Checks:
    shown = layers.shown("checks.yaml")
    checks: Checks = validate(Checks, layers.yaml("checks.yaml"), shown)
    named: dict[str, list[tuple[str, ...]]] = {
        "shares": [tuple(shares) for shares in checks.shares],
        "sums": [(each.total, *each.parts) for each in checks.sums],
        "ratios": [(each.item, each.part) for each in checks.ratios],
        "products": [(each.product, *each.factors) for each in checks.products],
        "growths": [(each.value, each.rate) for each in checks.growths],
    }
    for section, lists in named.items():
        for position, names in enumerate(lists):
            for name in names:
                checking.check_item(name, items, f"{shown}, {section}[{position}]")
    for position, ratio in enumerate(checks.ratios):
        where = f"{shown}, ratios[{position}]"
        if items[ratio.item].kind in ADDITIVE:
            raise DeclarationError(
                f"{where}.item: '{ratio.item}' is a {items[ratio.item].kind}, which adds up; remove it"
            )
        if items[ratio.part].kind not in ADDITIVE:
            raise DeclarationError(
                f"{where}: '{ratio.part}' is a {items[ratio.part].kind} and does not add up; name a flow, stock or count"
            )
    _check_order(checks.sources.order, layers.ids("sources"), f"{shown}, sources.order")
    return checks


def _check_order(order: Sequence[str], sources: Iterable[str], where: str) -> None:
    """Refuse an order of sources that names what is no source, or one twice."""
    known = [OWN, LATER, *sources]
    for position, name in enumerate(order):
        if name not in known:
            raise DeclarationError(
                f"{where}[{position}]: no source '{name}'{suggestion(name, known)}; name files of config/sources, own or later"
            )
        if name in order[:position]:
            raise DeclarationError(f"{where}[{position}]: '{name}' is named twice; keep one place")


def _corrections(
    layers: Layers, names: Iterable[str], items: Mapping[str, Item], cities: CityTables
) -> tuple[list[Misprint], list[CityCorrection]]:
    """Patterns, and corrections, one a city."""
    patterns: list[Misprint] = []
    corrections: list[CityCorrection] = []
    checker = checking.CorrectionChecker(items, cities)
    found = [
        (path, layers.shown(f"corrections/{name}"))
        for name in names
        for path in layers.all(f"corrections/{name}")
    ]
    # With cities of a workspace's own, the project's corrections are of books about others.
    own_cities = layers.find(f"reference/{FILES[0]}") != layers.project / "reference" / FILES[0]
    known = cities.canonical_names()
    for path, shown in found:
        elsewhere = own_cities and path.is_relative_to(layers.project)
        file: CorrectionFile = validate(CorrectionFile, read_yaml(path, shown), shown)
        for position, pattern in enumerate(file.patterns):
            checking.check_pattern(pattern, f"{shown}, patterns[{position}].replace")
        for position, listed in enumerate(file.corrections):
            for each in listed.by_city():
                if elsewhere and each.city is not None and each.city not in known:
                    continue
                checker.check(each, f"{shown}, corrections[{position}]")
                corrections.append(each)
        patterns += file.patterns
    return patterns, corrections


def _units(layers: Layers) -> UnitSpellings:
    spellings, shown = read_units(layers), layers.shown("reference/units.yaml")
    for section, table in spellings:
        seen: dict[str, str] = {}
        for spelling, expression in table.items():
            where = f"{shown}, {section}.{spelling}"
            check_unit(expression, where)
            if seen.setdefault(normal_spelling(spelling), expression) != expression:
                raise DeclarationError(f"{where}: is spelt twice, with different units; keep one of them")
    return spellings


def check_panels(
    layers: Layers, panels: Mapping[str, Mapping[str, PanelValue]], items: Mapping[str, Item]
) -> None:
    for source, values in panels.items():
        for column, value in values.items():
            where = f"{layers.shown(f'sources/{source}.yaml')}, values.{column}"
            checking.check_item(value.item, items, f"{where}.item")
            if value.scope not in items[value.item].scopes:
                raise DeclarationError(f"{where}.scope: item '{value.item}' has no scope '{value.scope}'")
