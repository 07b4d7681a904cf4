"""The files of ``config/`` beside the studies: dictionary, sources, corrections, checks, ignored columns.

Apart from :mod:`nianjian.declarations.registry`, so that the panel stage, which needs no more, does not run again for a
new kind of table.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nianjian import formulas
from nianjian.declarations.columns import RESERVED
from nianjian.declarations.models.corrections import CorrectionFile
from nianjian.declarations.models.items import Checks, Item, Items
from nianjian.declarations.models.sources import Ignore, Panel, Source
from nianjian.declarations.reading import read_yaml, suggestion, validate
from nianjian.errors import DeclarationError

CONFIG = Path(__file__).resolve().parents[3] / "config"


def read_items(config_dir: Path) -> dict[str, Item]:
    """The dictionary as models."""
    shown = f"{config_dir.name}/items.yaml"
    items: dict[str, Item] = validate(Items, read_yaml(config_dir / "items.yaml", shown), shown)
    for name, item in items.items():
        if name in formulas.FUNCTIONS or name in RESERVED:
            raise DeclarationError(
                f"{shown}, {name}: formulas use this name for something else; choose another"
            )
        if item.default_scope and item.default_scope not in item.scopes:
            raise DeclarationError(
                f"{shown}, {name}.default_scope: '{item.default_scope}' is none of its scopes"
            )
    return items


def load_items(config_dir: str | Path = CONFIG) -> dict[str, dict[str, Any]]:
    """The dictionary, checked.

    Raises
    ------
    DeclarationError
        If ``items.yaml`` is not as declared, or gives an item a name that formulas use otherwise.
    """
    return {name: item.plain() for name, item in read_items(Path(config_dir)).items()}


def _check_item(name: str, items: Iterable[str], where: str) -> None:
    if name not in (items := list(items)):
        raise DeclarationError(f"{where}: no item '{name}'{suggestion(name, items)}")


def load_sources(config_dir: str | Path = CONFIG) -> dict[str, dict[str, Any]]:
    """All sources by id; the items of panels are checked against the dictionary.

    Raises
    ------
    DeclarationError
    """
    config_dir, found = Path(config_dir), {}
    items: dict[str, Item] | None = None
    for path in sorted((config_dir / "sources").glob("*.yaml")):
        shown = f"{config_dir.name}/sources/{path.name}"
        source = validate(Source, read_yaml(path, shown), shown)
        if isinstance(source, Panel):
            items = items if items is not None else read_items(config_dir)
            for column, value in source.values.items():
                _check_item(value.item, items, f"{shown}, values.{column}.item")
                if value.scope not in items[value.item].scopes:
                    raise DeclarationError(
                        f"{shown}, values.{column}.scope: item '{value.item}' has no scope '{value.scope}'"
                    )
        found[path.stem] = source.plain()
    return found


def load_corrections(config_dir: str | Path, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Corrections and misprint patterns of the named files in config/corrections.

    Returns
    -------
    ``patterns`` and ``corrections``; a correction for several cities is one entry a city, keys without a
    value are left out.

    Raises
    ------
    DeclarationError
    """
    config_dir = Path(config_dir)
    items = read_items(config_dir)
    found: dict[str, list[dict[str, Any]]] = {"patterns": [], "corrections": []}
    for name in names:
        shown = f"{config_dir.name}/corrections/{name}"
        file: CorrectionFile = validate(
            CorrectionFile, read_yaml(config_dir / "corrections" / name, shown), shown
        )
        found["patterns"] += [pattern.plain() for pattern in file.patterns]
        for position, each in enumerate(file.corrections):
            if each.item is not None:
                _check_item(each.item, items, f"{shown}, corrections[{position}].item")
            plain = each.model_dump(mode="json", exclude_none=True)
            low, high = plain["expect"].pop("between", (None, None))
            plain["expect"] |= {"gt": low, "lt": high} if low is not None else {}
            cities = plain.get("city")
            found["corrections"] += (
                [plain | {"city": city} for city in cities] if isinstance(cities, list) else [plain]
            )
    return found


def load_checks(config_dir: str | Path = CONFIG) -> dict[str, Any]:
    """Identities between items (``checks.yaml``): ``shares``, ``share_tolerance``, ``sums``.

    Raises
    ------
    DeclarationError
    """
    config_dir = Path(config_dir)
    shown, items = f"{config_dir.name}/checks.yaml", read_items(config_dir)
    checks: Checks = validate(Checks, read_yaml(config_dir / "checks.yaml", shown), shown)
    for position, shares in enumerate(checks.shares):
        for name in shares:
            _check_item(name, items, f"{shown}, shares[{position}]")
    for position, each in enumerate(checks.sums):
        for name in (each.total, *each.parts):
            _check_item(name, items, f"{shown}, sums[{position}]")
    return checks.plain()


def load_ignored(config_dir: str | Path = CONFIG) -> list[dict[str, Any]]:
    """Printed columns that are left out on purpose (``ignored.yaml``).

    Raises
    ------
    DeclarationError
    """
    config_dir = Path(config_dir)
    shown = f"{config_dir.name}/ignored.yaml"
    return [entry.plain() for entry in validate(Ignore, read_yaml(config_dir / "ignored.yaml", shown), shown)]
