"""Whether what the declarations of the simulated world name is there: items, cities, policies, tables, units."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.simulate import PROCESS, TABLES, facts, layouts, shown
from nianjian.simulate.printing import printed_factor

Declarations = Mapping[str, Any]
FIRST_YEAR = 2002  # of the process, a year before the first printed one
COMPUTED = ("pop_hukou", "gdp")
"""Items that are computed before the quantities that may be parts of them."""


def _know(name: Any, known: Collection[Any], what: str, where: str, advice: str = "") -> None:
    if name not in known:
        hint = suggestion(name, known) if isinstance(name, str) else ""
        raise DeclarationError(f"{shown(PROCESS)}, {where}: no {what} {name!r}{hint or advice}")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _ratios(process: Declarations) -> Iterator[tuple[str, Declarations]]:
    """Every ``of`` / ``per`` with its place."""
    for section in ("moments", "links"):
        for position, declared in enumerate(process[section]):
            yield f"{section}[{position}]", declared
    for position, declared in enumerate(process["balance"]):
        for number, indicator in enumerate(declared.get("indicators", [])):
            yield f"balance[{position}].indicators[{number}]", indicator
        for name, indicator in declared.get("index", {}).items():
            yield f"balance[{position}].index.{name}", indicator
    for name, declared in process["weights"].items():
        if "of" in declared:
            yield f"weights.{name}", declared


def _groups(process: Declarations) -> Iterator[tuple[str, Declarations]]:
    """Every group of cities with its place."""
    for position, declared in enumerate(process["planted_effects"]):
        yield f"planted_effects[{position}]", declared
    for position, declared in enumerate(process["balance"]):
        yield f"balance[{position}]", declared
        for number, group in enumerate(declared.get("groups", [])):
            yield f"balance[{position}].groups[{number}]", group
        for number, where in enumerate(declared.get("parts", [])):
            yield f"balance[{position}].parts[{number}]", {**declared, "where": where}
    for item, spec in process["quantities"].items():
        for number, group in enumerate(spec.get("members", [])):
            yield f"quantities.{item}.members[{number}]", group


def _quantities(process: Declarations, items: Mapping[str, facts.Item]) -> None:
    before: list[str] = list(COMPUTED)
    for item, spec in process["quantities"].items():
        where = f"quantities.{item}"
        labelled = spec.get("internal") or {"unit", "zh", "en"} <= set(spec)
        if item not in items and not labelled:
            raise DeclarationError(
                f"{shown(PROCESS)}, {where}: no item {item!r} in {shown('items.csv')}{suggestion(item, items)}; give "
                "unit, zh and en of what no yearbook prints, or run python -m nianjian.simulate if config/items.yaml "
                "has it"
            )
        if "of" in spec:
            _know(spec["of"], before, "quantity declared before", f"{where}.of")
        for name in spec.get("regions", {}):
            _know(name, process["regions"], "region", f"{where}.regions")
        before.append(item)


def _items(process: Declarations, known: Collection[str]) -> None:
    for where, ratio in _ratios(process):
        for key in ("of", "per", "adjust"):
            for item in _listed(ratio.get(key, [])):
                _know(item, known, "item", f"{where}.{key}")
    for panel, declared in process["panels"].items():
        for name, column in declared["columns"].items():
            _know(column.get("item", name), known, "item", f"panels.{panel}.columns.{name}")


def _changes(process: Declarations) -> None:
    """Whether links, effects and balanced indices change what is drawn."""
    drawn = [*process["quantities"], "gdp"]
    for position, declared in enumerate(process["links"]):
        _know(declared["item"], drawn, "quantity", f"links[{position}].item")
    for position, declared in enumerate(process["planted_effects"]):
        for item in declared["items"]:
            _know(item, drawn, "quantity", f"planted_effects[{position}].items")
        if "neighbours" in declared:
            _know(
                declared["neighbours"],
                process["weights"],
                "weights",
                f"planted_effects[{position}].neighbours",
            )
    for position, declared in enumerate(process["balance"]):
        if "index" in declared:
            _know(
                declared["through"],
                declared["index"],
                "indicator of the index",
                f"balance[{position}].through",
            )


def _values(where: str, conditions: Declarations, rows: tuple[dict[str, str], ...], file: str) -> None:
    """Values that columns of some facts must have."""
    advice = f" in {shown(file)}; run python -m nianjian.simulate if config/reference has it"
    for column, wanted in conditions.items():
        _know(column, [name for name in rows[0] if name != "city"], "column", where, advice)
        for value in _listed(wanted):
            _know(str(value), {row[column] for row in rows} - {""}, f"{column}", f"{where}.{column}", advice)


def _memberships(process: Declarations, folder: Path) -> None:
    members, attributes = facts.read(folder, "policies.csv"), facts.read(folder, "attributes.csv")
    for where, group in _groups(process):
        _values(f"{where}.cities", group.get("cities", {}), attributes, "attributes.csv")
        if "policy" not in group:
            continue
        mine = tuple(row for row in members if row["policy"] == group["policy"])
        advice = f" in {shown('policies.csv')}; run python -m nianjian.simulate if config/reference has it"
        _know(group["policy"], {row["policy"] for row in members}, "policy", f"{where}.policy", advice)
        _know(group["coding"], {row["coding"] for row in mine}, "coding", f"{where}.coding", advice)
        _values(f"{where}.where", group.get("where", {}), mine, "policies.csv")


def _places(process: Declarations, tables: Declarations, folder: Path) -> None:
    codes, advice = facts.codes(folder), f" in {shown('cities.csv')}"
    for position, declared in enumerate(process["planted_misprints"]):
        _know(declared["table"], tables["tables"], "table", f"planted_misprints[{position}].table")
        _know(declared["item"], tables["headers"], "printed item", f"planted_misprints[{position}].item")
        _know(declared["city"], codes, "city", f"planted_misprints[{position}].city", advice)
    for position, event in enumerate(process["quirks"]["events"]):
        _know(event["table"], tables["tables"], "table", f"quirks.events[{position}].table")
        if "city" in event:
            _know(event["city"], codes, "city", f"quirks.events[{position}].city", advice)
    for panel, declared in process["panels"].items():
        for name, column in declared["columns"].items():
            for city in column.get("lacks", []):
                _know(city, codes, "city", f"panels.{panel}.columns.{name}.lacks", advice)


def _units(tables: Declarations, items: Mapping[str, facts.Item], folder: Path) -> None:
    """Whether each header's unit is known and measures what its item is stored in."""
    known = facts.units(folder)
    for item, by_edition in tables["headers"].items():
        if item not in items:
            raise DeclarationError(
                f"{shown(TABLES)}, headers.{item}: no item {item!r} in {shown('items.csv')}{suggestion(item, items)}"
                "; run python -m nianjian.simulate if config/items.yaml has it"
            )
        for edition, text in by_edition.items():
            printed, factor, _ = layouts.fields(text)[1].partition("=")
            if factor:
                continue
            where = f"{shown(TABLES)}, headers.{item}[{edition}]"
            if printed not in known:
                raise DeclarationError(
                    f"{where}: no unit {printed!r} in {shown('units.csv')}{suggestion(printed, known)}; run "
                    "python -m nianjian.simulate if config/reference/units.yaml has it"
                )
            try:
                printed_factor(known[printed], items[item].unit)
            except DeclarationError:
                raise DeclarationError(
                    f"{where}: {printed!r} does not measure what is stored in {items[item].unit!r}"
                ) from None


def check_references(process: Declarations, tables: Declarations, folder: Path) -> None:
    """Check every name in the two declarations against what it should name.

    Parameters
    ----------
    process, tables : as the YAML files say, already of the right form
    folder : ``config/simulation``

    Raises
    ------
    DeclarationError
    """
    items = facts.items(folder)
    first, last = process["editions"]
    years = last - FIRST_YEAR
    if len(process["exchange_rate"]) != years:
        raise DeclarationError(
            f"{shown(PROCESS)}, exchange_rate: expected {years} rates, {FIRST_YEAR} to {last - 1}, "
            f"got {len(process['exchange_rate'])}"
        )
    _quantities(process, items)
    _items(process, {*items, *process["quantities"], *process["derived"]})
    _changes(process)
    _memberships(process, folder)
    _places(process, tables, folder)
    _units(tables, items, folder)
    for edition in range(first, last + 1):
        layouts.plan(tables, edition)
