"""What maps of a sample's cities share: each city's value, the lines of the legend for what has none, the points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas, geography
from nianjian.publish.figures.city_years import CityYears, city_names
from nianjian.publish.figures.drawing import Point
from nianjian.publish.figures.mapping import HATCHES, OUTSIDE_COLOUR, REST_COLOUR, Layer, Page, counted
from nianjian.publish.sources import Source, Sources
from nianjian.text import BLANK, Text, enumerated, word


@dataclass(frozen=True)
class CityValues:
    """A variable's value in every city of the sample.

    Attributes
    ----------
    name : of the variable
    values : by city, ascending; NaN where it is unknown
    sources : city to what its value is
    """

    name: str
    values: pd.Series
    sources: Mapping[int, Source]

    @classmethod
    def of(cls, sample: CityYears, name: str, year: int | Literal["last"] | None) -> CityValues:
        """Values of one year, or of the last; None: each city's last known value."""
        frame = sample.frame
        cities = pd.Index(np.sort(frame["city"].unique()), name="city")
        if year is None:
            ordered = frame.sort_values("year")
            values = ordered.groupby("city")[name].last().reindex(cities)
            years = ordered.dropna(subset=[name]).groupby("city")["year"].last()
        else:
            own = sample.year(int(frame["year"].max()) if year == "last" else year).set_index("city")
            values, years = own[name].reindex(cities), own["year"]
        # A city without a row in the year, or without a value in any, is shown by all its rows.
        sources = {
            int(city): sample.source(name, city=int(city), year=int(years[city]))
            if city in years.index
            else sample.source(name, "computed", city=int(city))
            for city in cities
        }
        return cls(name, values, sources)

    def points(self, words: Mapping[int, str], panel: int = 0) -> list[Point]:
        """A point a city; ``words`` is the category that each is painted as."""
        numeric = pd.api.types.is_numeric_dtype(self.values)
        return [
            Point(
                "cities",
                (self.sources[int(city)],),
                x_word=str(city),
                y=float(value) if numeric and pd.notna(value) else np.nan,
                word=words.get(int(city)),
                panel=panel,
            )
            for city, value in self.values.items()
        ]


def count_point(category: str, count: int, shows: Sources, panel: int = 0) -> Point:
    """The number of cities that the legend counts in a category."""
    return Point("cities_counted", shows, y=float(count), word=category, panel=panel)


def category_layers(
    categories: pd.Series,
    known: Mapping[Any, Text],
    styles: Mapping[Any, tuple[str, str]],
    others: Text | None,
) -> dict[str, Layer]:
    """A layer a category by its name, and one of the cities without a category.

    Parameters
    ----------
    categories : by city
    known : categories in the legend's order with their words
    styles : colour and hatch of each
    others : what cities without a category are; None: no data
    """
    layers = {}
    for value, text in known.items():
        cities = frozenset(categories.index[(categories == value).fillna(False).astype(bool)])
        colour, hatch = styles[value]
        layers[str(value)] = Layer(counted(text, len(cities)), colour, cities, hatch)
    unknown = frozenset(categories.index[categories.isna()])
    if unknown and others:
        layers["others"] = Layer(counted(others, len(unknown)), REST_COLOUR, unknown)
    elif unknown:
        text = counted(word("figures.no_data"), len(unknown))
        layers["no_data"] = Layer(text, canvas.NO_DATA, unknown, HATCHES[1])
    return layers


def category_page(
    layers: Mapping[str, Layer],
    title: Text,
    known: Iterable[Text],
    data: Data,
    context: PublishContext,
    year: int | None = None,
) -> Page:
    """One map of categories.

    Parameters
    ----------
    year : that it shows; None: none in particular
    title : above the legend, unless one of the categories is called so already
    known : what the categories are called
    """
    cities = sorted(city for layer in layers.values() for city in layer.cities)
    called = list(known)

    def unless_called_so(words: str, language: str) -> str:
        return "" if any(text[language] == words for text in called) else words

    return Page(
        [list(layers.values())],
        [*layers.values(), *remainder(cities, data, context)],
        title.map(unless_called_so),
        [BLANK if year is None else word("figures.panel", year=year)],
        data.path("shapes"),
        context.appearance.map.review_number or "",
    )


def map_notes(context: PublishContext) -> tuple[Text, ...]:
    """What the caption of every map says: where its boundaries come from."""
    own = context.appearance.map
    named = word("captions.source_own", file=own.base) if own.base else word("captions.source_amap")
    source = Text.same(own.source) if own.source else named
    number = own.review_number
    return (
        word("captions.note_boundaries", source=source),
        *([word("captions.review_number", number=number)] if number else []),
    )


def remainder(cities: Sequence[int], data: Data, context: PublishContext) -> list[Layer]:
    """Legend of what has no category: areas outside the sample, and cities that have no shape.

    Raises
    ------
    DeclarationError
        If the user's own map has no shape of cities that there are today.
    """
    layers = [Layer(word("figures.outside"), OUTSIDE_COLOUR)]
    absent = geography.without_boundary(cities, data.path("shapes"))
    base = context.appearance.map.base
    if absent and base:
        from nianjian.publish.figures import base_map

        if said := base_map.lacking(base, absent, data.csv("cities")):
            raise DeclarationError(f"{context}: {said}")
    if absent:
        known = data.csv("cities").drop_duplicates("city").set_index("city")["name_zh"]
        names = city_names(data, {city: str(known.get(city, city)) for city in absent})
        listed = enumerated(names.values())
        layers.append(Layer(word("figures.no_boundary") + word("punctuation.colon") + listed, ""))
    return layers
