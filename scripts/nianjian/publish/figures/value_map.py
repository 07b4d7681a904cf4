"""Maps of a value in one or more years, classified alike."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nianjian.errors import SampleError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_map import CityValues, count_point, map_notes, remainder
from nianjian.publish.figures.city_years import CityYears, axis
from nianjian.publish.figures.classes import Classes, classify, declared_classes
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.mapping import HATCHES, Layer, Page, counted
from nianjian.publish.sources import Source, Sources
from nianjian.text import BLANK, Text, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.value_map import Params


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """One panel a year, with the same classes in all.

    The classes are made from the values of all drawn years together, by ``scheme`` and ``classes``, or given as
    ``breaks``.

    Raises
    ------
    SampleError
        If the column or a year is not there, the column is not numeric, or has too few values to classify.
    """
    sample, name, years = CityYears(data, context), params.values, params.years
    if not pd.api.types.is_numeric_dtype(sample.column(name)):
        raise SampleError(f"{context}.values: '{name}' is not numeric; a group_map draws categories")
    found = [CityValues.of(sample, name, year) for year in years]
    classes = _classes(params, found, context)
    colours = canvas.sequential(len(classes.labels))
    panels = [_layers(each.values.astype(float), classes, colours) for each in found]
    missing = [len(panel[-1].cities) for panel in panels]
    absent = [Layer(_no_data(missing), canvas.NO_DATA, hatch=HATCHES[1])] if any(missing) else []
    legend = [*panels[0][:-1], *absent, *remainder(list(found[0].values.index), data, context)]
    names = [word("figures.panel", year=year) for year in years]
    number = context.appearance.map.review_number or ""
    page = Page(panels, legend, axis(context, name), names, data.path("shapes"), number)

    of_years = tuple(sample.source(name, "computed", year=year) for year in years)
    points = _class_points(params, classes, of_years, context)
    for i, (each, year) in enumerate(zip(found, years, strict=True)):
        words = {
            int(city): classes.labels[place]
            for city, place in zip(each.values.index, classes.of(each.values.astype(float)), strict=True)
            if place >= 0
        }
        points += each.points(words, i)
        if missing[i]:
            points.append(
                count_point("no_data", missing[i], (sample.source(name, "computed", year=year),), i)
            )
    scheme = word(f"captions.scheme_{'breaks' if params.breaks else params.scheme}")
    notes = (word("captions.note_classes", scheme=scheme), *map_notes(context))
    return Drawing(
        tuple(points),
        page.draw,
        About(
            word("captions.value_map"),
            notes,
            words={"cities": axis(context, name)},
            untold=frozenset({"classes"}),
            panels=tuple(names),
        ),
    )


def _classes(params: Params, found: Sequence[CityValues], context: PublishContext) -> Classes:
    pooled = np.concatenate([each.values.astype(float).to_numpy() for each in found])
    if np.isinf(pooled).any():
        raise SampleError(f"{context}.values: '{params.values}' is infinite somewhere; a map needs numbers")
    if np.isnan(pooled).all():
        shown = ", ".join(map(str, params.years))
        raise SampleError(f"{context}.values: '{params.values}' has no value in {shown}")
    if params.breaks:
        return declared_classes(params.breaks)
    return classify(pooled[~np.isnan(pooled)], params.classes, params.scheme, str(context))


def _layers(values: pd.Series, classes: Classes, colours: Sequence[str]) -> list[Layer]:
    """A layer a class, and one of the cities without a value."""
    places = classes.of(values)
    layers = [
        Layer(Text.same(label), colours[i], frozenset(values.index[places == i]))
        for i, label in enumerate(classes.labels)
    ]
    return [*layers, Layer(BLANK, canvas.NO_DATA, frozenset(values.index[places < 0]), HATCHES[1])]


def _no_data(missing: Sequence[int]) -> Text:
    """The legend's line of cities without a value: their number, or that of each panel."""
    if len(set(missing)) == 1:
        return counted(word("figures.no_data"), missing[0])
    which = ", ".join(f"{ascii_lowercase[i]} {count}" for i, count in enumerate(missing) if count)
    return word("figures.no_data") + f" ({which})"


def _class_points(
    params: Params, classes: Classes, of_years: Sources, context: PublishContext
) -> list[Point]:
    """A point a class: its limits, made from all values of the drawn years or declared."""
    declared = (Source.declared(context.study, f"figures.{context.name}.breaks"),)
    limits = [np.nan, *classes.breaks, np.nan]
    return [
        Point(
            "classes",
            declared if params.breaks else of_years,
            low=float(limits[i]),
            high=float(limits[i + 1]),
            word=label,
        )
        for i, label in enumerate(classes.labels)
    ]
