"""What pages call the panel's items and regions: names in every language, units, topics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from nianjian.text import Text, has, word

SUFFIX = {"city": "", "districts": "__districts"}
"""What a scope adds to an item in the panel's columns."""


_PART = re.compile(r"(?P<square>k?m)\^2|m\^3|10\^(?P<power>\d) ?|(?P<name>[A-Za-z_]+)")


def measured(expression: str, language: str) -> str:
    """A unit as readers write it; a part that nothing is known of stands as it is.

    Examples
    --------
    >>> measured("10^4 yuan", "zh"), measured("10^4 yuan", "en"), measured("person/km^2", "zh")
    ('万元', '10,000 yuan', '人/平方公里')
    """

    def said(match: re.Match[str]) -> str:
        if match["power"]:
            name = f"p{match['power']}"
        elif match["square"]:
            name = f"sq_{match['square']}"
        else:
            name = match["name"] or "cu_m"
        key = f"measures.{name}"
        return word(key)[language] if has(key) else match[0]

    return _PART.sub(said, expression)


@dataclass(frozen=True)
class NamedItem:
    """An item as pages name it.

    Attributes
    ----------
    topic : number of its topic; -1 of an item that stands under none
    """

    text: Text
    unit: str
    topic: int


@dataclass(frozen=True)
class Names:
    """Items and regions of a panel by what tables call them.

    Attributes
    ----------
    items : in the order of the dictionary
    topics : in the same order
    regions : cities, county-level cities and provinces by code
    seats : longitude and latitude of cities
    """

    items: Mapping[str, NamedItem]
    topics: Sequence[Text]
    regions: Mapping[int, Text]
    seats: Mapping[int, tuple[float, float]]

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Names:
        """From plain values, as jobs have them: see ``nianjian.plan.naming``."""
        return cls(
            items={
                item: NamedItem(Text.of(en=en, zh=zh), unit, topic)
                for item, zh, en, unit, topic in plain["items"]
            },
            topics=[Text.read(each, "topic") for each in plain["topics"]],
            regions={code: Text.of(zh=zh, en=en or zh) for code, zh, en in plain["regions"]},
            seats={code: (lon, lat) for code, lon, lat in plain["seats"]},
        )

    def item(self, item: str, language: str) -> str:
        """Name of an item; what is not known by its id."""
        return self.items[item].text[language] if item in self.items else item

    def unit(self, item: str, language: str) -> str:
        """Unit of an item."""
        return measured(self.items[item].unit, language) if item in self.items else ""

    def topic(self, item: str) -> int:
        """Number of an item's topic."""
        return self.items[item].topic if item in self.items else -1

    def region(self, code: Any, language: str) -> str:
        """Name of a region by its code; a code that is none as it is."""
        if pd.isna(code):
            return ""
        number = int(code)
        return self.regions[number][language] if number in self.regions else str(number)

    def city(self, code: Any, printed: str, language: str) -> str:
        """Name of a city of a sample; a unit of a user's own file, whose number is no code, as the file calls it."""
        own = self.regions.get(int(code))
        return own[language] if own is not None and own["zh"] == printed else printed

    @cached_property
    def _by_name(self) -> Mapping[str, Text]:
        return {text["zh"]: text for text in self.regions.values()}

    def called(self, name: str, language: str) -> str:
        """A region that is given by its Chinese name."""
        return self._by_name[name][language] if name in self._by_name else name
