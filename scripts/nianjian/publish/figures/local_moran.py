"""Local Moran's I: the scatter plot of a city's value and that of its neighbours, and the map of local clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.errors import EstimationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.data import Data
from nianjian.publish.figures import canvas
from nianjian.publish.figures.captions import About
from nianjian.publish.figures.drawing import Drawing, Point
from nianjian.publish.figures.estimated import rows_of, shows
from nianjian.publish.sources import Source
from nianjian.text import word

if TYPE_CHECKING:
    from nianjian.kinds.figures.moran_scatter import Params

OWN, LAG, LOCAL, CLUSTER, SLOPE = "z", "lag_z", "local", "cluster", "slope"
"""Terms: a city's standardised value, the mean of its neighbours', its local statistic, whether it lies in a significant
cluster, and the slope of the scatter plot, which is the global Moran's I."""
CLUSTERS = {
    "HH": ("#ca0020", "o"),
    "HL": ("#E69F00", "s"),
    "LH": ("#56B4E9", "^"),
    "LL": ("#0571b0", "D"),
    "ns": ("#9a9a9a", "."),
}
"""Colour and marker of each category: high or low among high or low, and not significant."""
QUADRANTS = {(True, True): "HH", (False, True): "LH", (False, False): "LL", (True, False): "HL"}
"""As :mod:`nianjian.spatial.local_moran` has them, whose import would slow every figure."""


def local_results(estimates: pd.DataFrame, year: int, context: str) -> pd.DataFrame:
    """Local Moran's I of one year from the rows of a specification.

    Returns
    -------
    DataFrame, one row a city: ``city, z, lag_z, local, p_value, cluster`` with cluster HH, HL, LH, LL or ns

    Raises
    ------
    EstimationError
        If the estimates have no such year.
    """
    rows = rows_of(estimates, "effect", OWN, LAG, LOCAL, CLUSTER)
    own = rows[rows["year"] == year]
    if own.empty:
        known = ", ".join(str(each) for each in sorted(rows["year"].dropna().unique())) or "none"
        raise EstimationError(
            f"{context}: the specification has no local results of {year}; there is {known}"
        )
    own = own.assign(city=own["city"].astype("int64"))
    found = own.pivot(index="city", columns="term", values="estimate")
    found["p_value"] = own[own["term"] == LOCAL].set_index("city")["p_value"]
    quadrant = [
        QUADRANTS[bool(high), bool(near)] for high, near in zip(found[OWN] > 0, found[LAG] > 0, strict=True)
    ]
    found[CLUSTER] = np.where(found[CLUSTER] == 1, quadrant, "ns")
    return found.reset_index()[["city", OWN, LAG, LOCAL, "p_value", CLUSTER]]


def category_sources(estimates: pd.DataFrame, year: int) -> dict[int, tuple[Source, ...]]:
    """What each city's category of a year is made from: two values, and whether it is significant."""
    rows = rows_of(estimates, "effect", OWN, LAG, CLUSTER)
    found: dict[int, tuple[Source, ...]] = {}
    for row in rows[rows["year"] == year].to_dict("records"):
        city = int(row["city"])
        found[city] = (*found.get(city, ()), *shows(row))
    return found


def build(params: Params, data: Data, context: PublishContext) -> Drawing:
    """Moran's scatter plot of one year: each city's value against that of its neighbours, both standardised.

    The slope of the line is Moran's I. Cities in a significant local cluster are coloured by quadrant.

    Raises
    ------
    DeclarationError, EstimationError
        If the variable has no label, or the estimates have no such year.
    """
    estimates, year = data.estimates(), int(params.year or 0)
    found = local_results(estimates, year, str(context))
    slopes = rows_of(estimates, "fit", SLOPE)
    slopes = slopes[slopes["year"] == year]
    if slopes.empty:
        raise EstimationError(f"{context}: the specification has no fit '{SLOPE}[{year}]'")
    slope = slopes.iloc[0].to_dict()
    outcome = context.study_facts.specs[params.spec].params.outcome
    shown = category_sources(estimates, year)
    points = [
        Point(
            "cities",
            shown[int(row["city"])],
            x=float(row[OWN]),
            x_word=str(row["city"]),
            y=float(row[LAG]),
            word=str(row[CLUSTER]),
        )
        for row in found.to_dict("records")
    ]
    points += _counts(found, str(slope["spec"]), year)
    points.append(Point("slope", shows(slope), y=float(slope["estimate"])))

    def draw(language: str) -> Figure:
        figure, axes = canvas.new("single", 84)
        handles = _scatter(axes, found, language)
        _line(axes, float(slope["estimate"]), found, language)
        axes.set_xlabel(word("figures.standardised", name=context.label(outcome))[language])
        axes.set_ylabel(word("figures.spatial_lag")[language])
        canvas.legend_below(axes, handles)
        return figure

    about = About(
        word("captions.moran_scatter"),
        (word("captions.note_slope"),),
        words={
            "slope": word("figures.moran"),
            "cities": word("figures.spatial_lag"),
            **{category: word(f"figures.{category}") for category in CLUSTERS},
        },
    )
    return Drawing(tuple(points), draw, about)


def count_source(spec: str, year: int) -> Source:
    """What the numbers of cities by category are counted from."""
    file = f"estimates/{spec}.parquet"
    return Source.row(file, "estimate", "computed", spec=spec, kind="effect", term=CLUSTER, year=year)


def _counts(found: pd.DataFrame, spec: str, year: int) -> list[Point]:
    """How many cities the legend counts in each category."""
    counts = found[CLUSTER].value_counts()
    return [
        Point("cities_counted", (count_source(spec, year),), y=float(counts.get(category, 0)), word=category)
        for category in CLUSTERS
    ]


def _scatter(axes: Axes, found: pd.DataFrame, language: str) -> list[Any]:
    """Cities by category, those of no cluster first; returns what the legend shows."""
    axes.axhline(0, color=canvas.GRID, linewidth=0.6, zorder=0)
    axes.axvline(0, color=canvas.GRID, linewidth=0.6, zorder=0)
    handles = []
    for category in ("ns", "HH", "HL", "LH", "LL"):
        colour, marker = CLUSTERS[category]
        own, none = found[found[CLUSTER] == category], category == "ns"
        words = word(f"figures.{category}") + word("punctuation.between_brackets", inside=len(own))
        handles.append(
            axes.scatter(
                own[OWN],
                own[LAG],
                s=12 if none else 9,
                color=colour,
                marker=marker,
                linewidths=0.2,
                edgecolors="none" if none else "white",
                label=words[language],
                zorder=2 if none else 3,
            )
        )
    return handles


def _line(axes: Axes, slope: float, found: pd.DataFrame, language: str) -> None:
    """The line through the origin with its slope in words, and the limits of both axes."""
    reach = 1.1 * float(np.abs(found[OWN]).max())
    ends = np.array([-reach, reach])
    axes.plot(ends, slope * ends, color=canvas.INK, linewidth=1.0, zorder=4)
    for column, share, limit in ((OWN, 0.06, axes.set_xlim), (LAG, 0.08, axes.set_ylim)):
        low, high = float(found[column].min()), float(found[column].max())
        pad = share * (high - low)
        limit(low - pad, high + pad)
    words = f"{word('figures.moran')[language]} = {canvas.number(slope, 3)}"
    axes.set_title(words, loc="left", fontsize=canvas.SMALL)
