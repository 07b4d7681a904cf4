"""Items that a source declares itself, with a label, beside those of the dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nianjian import formulas
from nianjian.declarations.columns import RESERVED
from nianjian.declarations.models.items import Item, PanelValue
from nianjian.errors import DeclarationError
from nianjian.language import FIRST, Text


def own_items(
    values: Mapping[str, PanelValue],
    shown: str,
    dictionary: Iterable[str],
    spelled: Callable[[str], str | None],
) -> dict[str, Item]:
    """Items of a source's own by name.

    Parameters
    ----------
    values : column to what it holds
    shown : how messages call the source's file
    dictionary : names of the items of ``items.yaml``
    spelled : unit expression of a printed spelling (亿元), None of what is no such spelling

    Raises
    ------
    DeclarationError
        If the dictionary, a formula or another value uses the name for something else.
    """
    dictionary = frozenset(dictionary)
    found: dict[str, Item] = {}
    for key, value in values.items():
        if value.label is None:
            continue
        where = f"{shown}, values.{key}"
        if value.item in dictionary:
            raise DeclarationError(
                f"{where}.label: '{value.item}' is an item of config/items.yaml, which has a label; take this one out, or give "
                "your item another name with `item`"
            )
        if value.item in formulas.FUNCTIONS or value.item in RESERVED:
            raise DeclarationError(
                f"{where}: formulas use '{value.item}' for something else; give your item another name with `item`"
            )
        item = _item(value, spelled)
        known = found.get(value.item)
        if known is not None:
            if value.scope in known.scopes or item.zh != known.zh or item.en != known.en:
                raise DeclarationError(
                    f"{where}: '{value.item}' is declared twice; give each column an item of its own, or one label and another "
                    "scope"
                )
            item = known.model_copy(update={"scopes": [*known.scopes, value.scope]})
        found[value.item] = item
    return found


def _item(value: PanelValue, spelled: Callable[[str], str | None]) -> Item:
    assert value.label is not None
    label = Text.of(**value.label.plain())
    # ASSUME: an own column that says no kind is an index: two areas' values are not added up, nothing is assumed of its size.
    return Item(
        zh=label["zh"] or label[FIRST],
        en=label[FIRST],
        unit=spelled(value.unit) or value.unit,
        scopes=[value.scope],
        kind=value.kind or "index",
    )
