"""Whether what the declarations of the simulated world name is there: items, cities, policies, tables, units."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import DeclarationError
from nianjian.simulate import PROCESS, TABLES, facts, layouts, reading, shown
from nianjian.simulate.declared.base import Conditions
from nianjian.simulate.declared.layouts import Tables
from nianjian.simulate.declared.planted import Composite, Ratio
from nianjian.simulate.declared.process import FIRST_YEAR, Process
from nianjian.simulate.printing import printed_factor

COMPUTED = ("pop_hukou", "gdp")
"""Items that are computed before the quantities that may be parts of them."""
AGAIN = "run python -m nianjian.simulate if config/{} has it"


def _know(name: Any, known: Collection[Any], what: str, where: str, advice: str = "") -> None:
    if name not in known:
        hint = suggestion(name, known) if isinstance(name, str) else ""
        raise DeclarationError(f"{shown(PROCESS)}, {where}: no {what} {name!r}{hint or advice}")


def _ratios(process: Process) -> Iterator[tuple[str, Ratio]]:
    """Every ``of`` / ``per`` with its place."""
    for position, moment in enumerate(process.moments):
        yield f"moments[{position}]", moment
    for position, link in enumerate(process.links):
        yield f"links[{position}]", link
    for position, balance in enumerate(process.balance):
        for number, indicator in enumerate(balance.indicators):
            yield f"balance[{position}].indicators[{number}]", indicator
        for name, signed in balance.index.items():
            yield f"balance[{position}].index.{name}", signed
    for name, weights in process.weights.items():
        if isinstance(weights, Composite):
            yield f"weights.{name}", weights


def _quantities(process: Process, items: Mapping[str, facts.Item]) -> None:
    head = process.quantities.get("gdp_pc")
    if head is None or head.districts_output is None:
        raise DeclarationError(
            f"{shown(PROCESS)}, quantities.gdp_pc.districts_output: is missing; output of the districts follows from it"
        )
    before = [*COMPUTED]
    for item, spec in process.quantities.items():
        where = f"quantities.{item}"
        if item not in items and not (spec.internal or (spec.unit and spec.zh and spec.en)):
            raise DeclarationError(
                f"{shown(PROCESS)}, {where}: no item {item!r} in {shown('items.csv')}{suggestion(item, items)}; give "
                f"unit, zh and en of what no yearbook prints, or {AGAIN.format('items.yaml')}"
            )
        if spec.of:
            _know(spec.of, before, "quantity declared before", f"{where}.of")
        for name in spec.regions:
            _know(name, process.regions, "region", f"{where}.regions")
        before.append(item)


def _items(process: Process, known: Collection[str]) -> None:
    for where, ratio in _ratios(process):
        named = {
            "of": ratio.of,
            "per": [ratio.per] if ratio.per else [],
            "adjust": getattr(ratio, "adjust", []),
        }
        for key, items in named.items():
            for item in items:
                _know(item, known, "item", f"{where}.{key}")
    for where, item, _ in process.panel_columns():
        _know(item, known, "item", where)


def _changes(process: Process) -> None:
    """Whether links, effects and balanced indices change what is drawn."""
    drawn = [*process.quantities, "gdp"]
    for position, link in enumerate(process.links):
        _know(link.item, drawn, "quantity", f"links[{position}].item")
    for position, effect in enumerate(process.planted_effects):
        where = f"planted_effects[{position}]"
        for item in effect.items:
            _know(item, drawn, "quantity", f"{where}.items")
        if effect.neighbours:
            _know(effect.neighbours, process.weights, "weights", f"{where}.neighbours")
    for position, balance in enumerate(process.balance):
        if balance.through:
            _know(balance.through, balance.index, "indicator of the index", f"balance[{position}].through")


def _values(where: str, conditions: Conditions, rows: tuple[dict[str, str], ...], file: str) -> None:
    """Values that columns of some facts must have."""
    advice = f" in {shown(file)}; {AGAIN.format('reference')}"
    for column, wanted in conditions.items():
        _know(column, [name for name in rows[0] if name != "city"], "column", where, advice)
        for value in wanted:
            _know(value, {row[column] for row in rows} - {""}, column, f"{where}.{column}", advice)


def _memberships(process: Process, folder: Path) -> None:
    members, attributes = facts.read(folder, "policies.csv"), facts.read(folder, "attributes.csv")
    advice = f" in {shown('policies.csv')}; {AGAIN.format('reference')}"
    for where, group in process.groups():
        _values(f"{where}.cities", group.cities, attributes, "attributes.csv")
        if group.policy:
            mine = tuple(row for row in members if row["policy"] == group.policy)
            _know(group.policy, {row["policy"] for row in members}, "policy", f"{where}.policy", advice)
            _know(group.coding, {row["coding"] for row in mine}, "coding", f"{where}.coding", advice)
            _values(f"{where}.where", group.where, mine, "policies.csv")


def _places(process: Process, tables: Tables, folder: Path) -> None:
    codes, advice = facts.by_city(folder, "cities.csv"), f" in {shown('cities.csv')}"
    for position, misprint in enumerate(process.planted_misprints):
        where = f"planted_misprints[{position}]"
        _know(misprint.table, tables.tables, "table", f"{where}.table")
        _know(misprint.item, tables.headers, "printed item", f"{where}.item")
        _know(misprint.city, codes, "city", f"{where}.city", advice)
    for position, event in enumerate(process.quirks.events):
        where = f"quirks.events[{position}]"
        _know(event.table, tables.tables, "table", f"{where}.table")
        if event.kind == "twice":
            _know(event.city, codes, "city", f"{where}.city", advice)
    for where, _, column in process.panel_columns():
        for city in column.lacks:
            _know(city, codes, "city", f"{where}.lacks", advice)


def _units(tables: Tables, items: Mapping[str, facts.Item], folder: Path) -> None:
    """Whether each header's unit is known and measures what its item is stored in."""
    known = facts.units(folder)
    for item, by_edition in tables.headers.items():
        if item not in items:
            raise DeclarationError(
                f"{shown(TABLES)}, headers.{item}: no item {item!r} in {shown('items.csv')}{suggestion(item, items)}"
                f"; {AGAIN.format('items.yaml')}"
            )
        for edition, header in by_edition.items():
            if header.factor is not None:
                continue
            where = f"{shown(TABLES)}, headers.{item}[{edition}]"
            if header.unit not in known:
                raise DeclarationError(
                    f"{where}: no unit {header.unit!r} in {shown('units.csv')}{suggestion(header.unit, known)}; "
                    f"{AGAIN.format('reference/units.yaml')}"
                )
            try:
                printed_factor(known[header.unit], items[item].unit)
            except DeclarationError:
                raise DeclarationError(
                    f"{where}: {header.unit!r} does not measure what is stored in {items[item].unit!r}"
                ) from None


def check(folder: Path) -> tuple[Process, Tables]:
    """Check process.yaml and tables.yaml against their schemas, each other and the facts.

    Raises
    ------
    DeclarationError
        Naming file and key, what was expected and what stands there.
    """
    process: Process = validate(Process, reading.read_yaml(folder / PROCESS), shown(PROCESS))
    tables: Tables = validate(Tables, reading.read_yaml(folder / TABLES), shown(TABLES))
    items = facts.items(folder)
    years = process.covers[-1] - FIRST_YEAR
    if len(process.exchange_rate) != years:
        raise DeclarationError(
            f"{shown(PROCESS)}, exchange_rate: expected {years} rates, {FIRST_YEAR} to {process.covers[-1] - 1}, "
            f"got {len(process.exchange_rate)}"
        )
    _quantities(process, items)
    _items(process, {*items, *process.described})
    _changes(process)
    _memberships(process, folder)
    _places(process, tables, folder)
    _units(tables, items, folder)
    for edition in process.covers:
        layouts.plan(tables, edition)
    return process, tables
