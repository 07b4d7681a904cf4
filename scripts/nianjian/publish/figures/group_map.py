"""Map of the sample's cities by category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError, SampleError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_map import (
    CityValues,
    category_layers,
    category_page,
    count_point,
    map_notes,
)
from nianjian.publish.figures.city_years import CityYears
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.mapping import HATCHES, REST_COLOUR, Layer, uncounted
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.group_map import Params

Known = dict[Any, Text]
Styles = dict[Any, tuple[str, str]]


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Map of categories; the legend counts their cities.

    A column of 0 and 1 is drawn as in ``year`` (left out: the last). Of a text attribute without ``year`` each city's
    last known value is drawn; cities without one are "No data", unless ``others`` says what they are, and the value
    ``rest`` is painted as they are.

    Raises
    ------
    DeclarationError, SampleError
        If the column or year is not there, or a category has no label.
    """
    sample, name = CityYears(data, context), params.values
    numeric = pd.api.types.is_numeric_dtype(sample.column(name))
    year: int | Literal["last"] | None = params.year or ("last" if numeric else None)
    found = CityValues.of(sample, name, year)
    categories = found.values.map(int, na_action="ignore") if numeric else found.values
    known, styles = _dummy(found, context) if numeric else _words(found, context)
    _paint_rest(params, styles, context)
    others = Text.of(**params.others.plain()) if params.others else None
    layers = category_layers(categories, known, styles, others)
    shown = int(sample.frame["year"].max()) if year == "last" else year
    page = category_page(layers, context.label(name), known.values(), data, context, shown)
    notes = (*(() if shown else (word("captions.note_last_known"),)), *map_notes(context))
    about = About(
        word("captions.group_map"),
        notes,
        words={category: layer.text.map(uncounted) for category, layer in layers.items()},
        untold=frozenset({"cities"}),
    )
    return Drawing(tuple(_points(found, layers, sample, year)), page.draw, about)


def _dummy(found: CityValues, context: PublishContext) -> tuple[Known, Styles]:
    """Words and colours of 1 and 0."""
    if odd := sorted(set(found.values.dropna()) - {0, 1}):
        raise SampleError(
            f"{context}.values: '{found.name}' holds {odd[0]:g}; a group_map draws text or 0 and 1, "
            "a value_map draws numbers"
        )
    styles = {1: (canvas.GROUPS[0], ""), 0: (REST_COLOUR, "")}
    own = context.study_facts.labels.get(found.name)
    if own is not None and set(own.values) == {"0", "1"}:
        return {1: own.values["1"], 0: own.values["0"]}, styles
    return {1: context.label(found.name), 0: word("figures.others")}, styles


def _words(found: CityValues, context: PublishContext) -> tuple[Known, Styles]:
    """Words and colours of an attribute's values that occur; colours go by their declared order."""
    known: Known = dict(context.present(found.name, found.values.dropna().unique()))
    limit = len(canvas.GROUPS) * len(HATCHES)
    if len(known) > limit:
        raise DeclarationError(f"{context}.values: '{found.name}' has {len(known)} values; at most {limit}")
    return known, {
        value: (canvas.GROUPS[i % len(canvas.GROUPS)], HATCHES[i // len(canvas.GROUPS)])
        for i, value in enumerate(context.values(found.name))
        if value in known
    }


def _paint_rest(params: Params, styles: Styles, context: PublishContext) -> None:
    """Give the value that stands for the rest its pale colour."""
    rest = params.rest
    if rest is None:
        return
    known = context.values(params.values)
    if rest not in known:
        raise DeclarationError(
            f"{context}.rest: '{rest}' is no value of {params.values}{suggestion(rest, known)}"
        )
    if rest in styles:
        styles[rest] = (REST_COLOUR, "")


def _points(
    found: CityValues, layers: dict[str, Layer], sample: CityYears, year: int | Literal["last"] | None
) -> list[Point]:
    """Cities, and how many of them the legend counts in each category."""
    words = {int(city): category for category, layer in layers.items() for city in layer.cities}
    last = int(sample.frame["year"].max()) if year == "last" else year
    counts = []
    for category, layer in layers.items():
        rows = sample.frame[sample.frame[found.name] == category]
        if (rows if last is None else rows[rows["year"] == last])["city"].nunique() == len(layer.cities) > 0:
            shows = sample.source("city", "distinct", year=last, column=found.name, level=category)
        else:
            shows = sample.source(found.name, "computed", year=last)
        counts.append(count_point(category, len(layer.cities), (shows,)))
    return [*found.points(words), *counts]
