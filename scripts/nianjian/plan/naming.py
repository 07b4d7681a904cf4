"""What pages about the panel are told of its items and regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nianjian.declarations.layers import Layers
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.topics import Topic, Topics
from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import DeclarationError
from nianjian.panel.reference import CityTables
from nianjian.reference.called import city_names

FILE = "topics.yaml"


def read_topics(layers: Layers, items: Mapping[str, Item]) -> list[Topic]:
    """Topics of the dictionary, in its order.

    Raises
    ------
    DeclarationError
        If one begins with what is no item, or they do not stand in the order of the items.
    """
    shown, order = layers.shown(FILE), {item: at for at, item in enumerate(items)}
    topics: list[Topic] = validate(Topics, layers.yaml(FILE), shown)
    last = -1
    for position, topic in enumerate(topics):
        if topic.first not in order:
            raise DeclarationError(
                f"{shown}[{position}].first: no item '{topic.first}'{suggestion(topic.first, order)}"
            )
        if order[topic.first] <= last:
            raise DeclarationError(
                f"{shown}[{position}].first: '{topic.first}' stands above the topic before in items.yaml; order the topics so"
            )
        last = order[topic.first]
    return topics


def items_of_dictionary(layers: Layers, items: Mapping[str, Item]) -> dict[str, Any]:
    """Names, units and topics of all items, as plain values.

    Parameters
    ----------
    items : the dictionary with what sources declare themselves
    """
    project = Layers((layers.project,)).merged("items.yaml")
    # Items of a workspace or a source stand behind the dictionary's: they belong to none of its topics.
    own = [item for item in items if item in project]
    topics = read_topics(layers, {item: items[item] for item in own})
    begins = {topic.first: number for number, topic in enumerate(topics)}
    number, of = -1, {}
    for item in own:
        number = begins.get(item, number)
        of[item] = number
    return {
        "items": [[item, each.zh, each.en, each.unit, of.get(item, -1)] for item, each in items.items()],
        "topics": [topic.label.plain() for topic in topics],
    }


def of_items(items: Mapping[str, Item], used: Iterable[str]) -> dict[str, Any]:
    """The same of some items, without their topics: a study is told of no item that it does not use."""
    wanted = set(used)
    return {
        "items": [[item, each.zh, each.en, each.unit, -1] for item, each in items.items() if item in wanted],
        "topics": [],
    }


def regions(cities: CityTables) -> dict[str, Any]:
    """Names and seats of regions, as plain values."""
    rows = [
        (each.city, each.name_zh, each.name_en, each.province_zh, each.province_en) for each in cities.cities
    ]
    named = city_names(rows)
    english = {text["en"]: code for code, text in named.items()}
    # Jilin is a city and its province; a municipality is both under one code.
    found = {
        each.province: (
            each.province_zh,
            each.province_en
            if english.get(each.province_en, each.province) == each.province
            else f"{each.province_en} Province",
        )
        for each in cities.cities
    }
    found |= {each.code: (each.name_zh, "") for each in cities.counties}
    found |= {code: (text["zh"], text["en"]) for code, text in named.items()}
    return {
        "regions": [[code, *own] for code, own in sorted(found.items())],
        "seats": [
            [each.city, each.lon, each.lat]
            for each in cities.cities
            if each.lon is not None and each.lat is not None
        ],
    }
