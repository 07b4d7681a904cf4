"""Kernel densities over cities, by year or by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from nianjian.errors import DeclarationError
from nianjian.indices.densities import kernel_densities
from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text

DENSITY = Text("Density", "核密度")


def draw(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Draw Gaussian densities with Silverman's bandwidth.

    Parameters
    ----------
    declaration : ``values``; ``years`` (all if left out), or ``by`` with ``year`` (the last if left out)
    """
    values, by = declaration["values"], declaration.get("by")
    column = inputs.column(values)
    canvas.dropped(inputs.place, values, int(column.isna().sum()))
    frame = inputs.given("sample").dropna(subset=[values])
    if by is None:
        years = declaration.get("years") or sorted(frame["year"].unique())
        for year in years:
            inputs.year(int(year))
        frame = frame[frame["year"].isin(years)]
        keys = frame["year"]
        words = {year: Text(str(year), str(year)) for year in years}
    else:
        frame = frame[frame["year"] == (declaration.get("year") or frame["year"].max())]
        keys, words = frame[by], inputs.present(by, frame[by].unique())
    if frame.empty:
        raise DeclarationError(f"{inputs.place}: '{values}' has no value in these years")
    found = kernel_densities(frame[values].to_numpy(dtype=float), keys.to_numpy(), context=inputs.place)
    place = {label: i for i, label in enumerate(found.years)}
    figure, axis = canvas.new("single", 66)
    for i, (key, text) in enumerate(words.items()):
        style = canvas.line_style(i) | {"marker": None}
        axis.plot(found.grid, found.density[place[key]], label=text[language], **style)
    axis.set_ylim(bottom=0)
    axis.set_xlabel(inputs.axis(values, language))
    axis.set_ylabel(DENSITY[language])
    canvas.legend_below(axis, gap=30)
    return figure
