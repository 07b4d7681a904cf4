"""What several stages read of ``config/``: the dictionary of items, the words of reading, the spellings of units."""

from __future__ import annotations

from pathlib import Path

from nianjian import formulas
from nianjian.declarations.columns import RESERVED
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.headlines import HeadlineFile, Headlines
from nianjian.declarations.models.items import Item, Items
from nianjian.declarations.models.reading import Reading, UnitSpellings
from nianjian.declarations.models.resources import Resources
from nianjian.declarations.reading import validate
from nianjian.errors import DeclarationError


def read_items(layers: Layers | str | Path) -> dict[str, Item]:
    """The dictionary as models: the project's with a workspace's additions.

    Raises
    ------
    DeclarationError
        If ``items.yaml`` is not as declared, or gives an item a name that formulas use otherwise.
    """
    layers = Layers.given(layers)
    shown = layers.shown("items.yaml")
    items: dict[str, Item] = validate(Items, layers.merged("items.yaml"), shown)
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


def read_words(layers: Layers | str | Path) -> Reading:
    """The words by which pages, headers and labels are read: the project's with a workspace's over them.

    Raises
    ------
    DeclarationError
        If ``reading.yaml`` lacks a key, has an unknown one, or a pattern is no regular expression.
    """
    layers = Layers.given(layers)
    words: Reading = validate(Reading, layers.merged("reading.yaml"), layers.shown("reading.yaml"))
    return words


def read_resources(layers: Layers | str | Path) -> Resources:
    """What jobs ask of a cluster: the project's with a workspace's over it.

    Raises
    ------
    DeclarationError
        If ``resources.yaml`` lacks a key or has an unknown one.
    """
    layers, name = Layers.given(layers), "resources.yaml"
    found: Resources = validate(Resources, layers.merged(name), layers.shown(name))
    return found


def read_headlines(layers: Layers | str | Path) -> dict[str, Headlines]:
    """The headline findings by paper: the project's with a workspace's over them; none where no file is there.

    Raises
    ------
    DeclarationError
        If ``published/headlines.yaml`` lacks a key, has an unknown one, or a claim has neither condition nor reason.
    """
    layers, name = Layers.given(layers), "published/headlines.yaml"
    if not layers.all(name):
        return {}
    found: dict[str, Headlines] = validate(HeadlineFile, layers.merged(name), layers.shown(name))
    return found


def read_units(layers: Layers | str | Path) -> UnitSpellings:
    """The printed spellings of units.

    Raises
    ------
    DeclarationError
        If ``reference/units.yaml`` lacks a section or has an unknown one.
    """
    layers, name = Layers.given(layers), "reference/units.yaml"
    spellings: UnitSpellings = validate(UnitSpellings, layers.yaml(name), layers.shown(name))
    return spellings
