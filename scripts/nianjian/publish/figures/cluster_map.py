"""Map of local clusters: high among high, low among low, and the exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.city_map import category_layers, category_page, count_point, map_notes
from nianjian.publish.figures.city_years import CityYears
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.local_moran import CLUSTER, category_sources, count_source, local_results
from nianjian.text import in_sentence, word

if TYPE_CHECKING:
    from nianjian.kinds.figures.cluster_map import Params

COLOURS = {"HH": "#ca0020", "HL": "#f4a582", "LH": "#92c5de", "LL": "#0571b0", "ns": "#fbf3d5"}
"""Those that GeoDa made usual: red among high, blue among low. All five stand in the legend, since an empty category is
a result."""


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Map of the local clusters of one year; cities of the sample that the specification leaves out are "No data".

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        If the variable has no label, or the estimates or the sample have no such year.
    """
    estimates, year = data.estimates(), int(params.year or 0)
    found = local_results(estimates, year, str(context))
    sample = CityYears(data, context)
    cities = np.sort(sample.year(year)["city"].unique())
    categories = found.set_index("city")[CLUSTER].reindex(cities)
    known = {category: word(f"figures.{category}") for category in COLOURS}
    layers = category_layers(
        categories, known, {each: (colour, "") for each, colour in COLOURS.items()}, None
    )
    outcome = context.label(context.study_facts.specs[params.spec].params.outcome)
    title = word("figures.clusters_of", name=outcome.map(in_sentence))
    page = category_page(layers, title, known.values(), data, context, year)

    shown = category_sources(estimates, year)
    words = {int(city): category for category, layer in layers.items() for city in layer.cities}
    points = [
        Point(
            "cities",
            shown.get(int(city)) or (sample.source("city", city=int(city), year=year),),
            x_word=str(city),
            word=words[int(city)],
        )
        for city in cities
    ]
    counts = count_source(str(estimates["spec"].iloc[0]), year)
    points += [count_point(category, len(layer.cities), (counts,)) for category, layer in layers.items()]
    about = About(
        word("captions.cluster_map"),
        (word("captions.note_clusters"), *map_notes(context)),
        words=known,
        untold=frozenset({"cities"}),
    )
    return Drawing(tuple(points), page.draw, about)
