"""Means by year: one series as points with its growth rates, or one line a group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nianjian.publish.figures import canvas
from nianjian.publish.figures.inputs import Inputs
from nianjian.publish.text import Text

YEAR = Text("Year", "年份")
GROWTH = Text("Growth rate (%)", "增长率（%）")
MEAN = Text("Mean", "均值")


def draw(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    """Draw the panels of a trend figure side by side.

    Parameters
    ----------
    declaration : ``panels``, a list of ``{values, by, style, growth}``
    """
    panels = declaration["panels"]
    wide = len(panels) > 1
    figure, axes = canvas.new("double" if wide else "single", 66, ncols=len(panels), squeeze=False)
    for axis, panel in zip(axes[0], panels, strict=True):
        _panel(axis, panel, inputs, language)
    if wide:
        canvas.letter(axes[0])
    return figure


def _panel(axis: Axes, panel: Mapping[str, Any], inputs: Inputs, language: str) -> None:
    values, by = panel["values"], panel.get("by")
    column = inputs.column(values)
    frame = inputs.given("sample")
    canvas.dropped(inputs.place, values, int(column.isna().sum()))
    if by is None:
        means = frame.groupby("year")[values].mean().dropna()
        _series(axis, means.index.to_numpy(), means.to_numpy(), panel, language)
    else:
        inputs.column(by)
        for i, (value, text) in enumerate(inputs.present(by, frame[by].unique()).items()):
            means = frame[frame[by] == value].groupby("year")[values].mean().dropna()
            axis.plot(means.index, means, label=text[language], **canvas.line_style(i))
    canvas.years_axis(axis, frame["year"].unique())
    axis.set_ylabel(inputs.axis(values, language))
    axis.set_xlabel(YEAR[language])
    canvas.legend_below(axis, _handles(axis), gap=30)


def _handles(axis: Axes) -> list[Any]:
    found = axis.get_legend_handles_labels()[0]
    twins = [
        other for other in axis.figure.axes if other is not axis and other.bbox.bounds == axis.bbox.bounds
    ]
    for twin in twins:
        found += twin.get_legend_handles_labels()[0]
    return found


def _series(
    axis: Axes, years: np.ndarray, means: np.ndarray, panel: Mapping[str, Any], language: str
) -> None:
    if panel.get("style") == "bars":
        axis.bar(years, means, width=0.65, color=canvas.GROUPS[4], edgecolor="none", label=MEAN[language])
        axis.set_ylim(0, means.max() * 1.25 if means.min() >= 0 else None)
    else:
        axis.plot(years, means, label=MEAN[language], **canvas.line_style(0))
    if not panel.get("growth") or len(means) < 2:
        return
    rates = 100 * (means[1:] / means[:-1] - 1)
    other = axis.twinx()
    other.spines["right"].set_visible(True)
    other.plot(years[1:], rates, label=GROWTH[language], **canvas.line_style(5))
    other.set_ylabel(GROWTH[language])
    span = max(np.ptp(rates), 1.0)
    other.set_ylim(rates.min() - 0.9 * span, rates.max() + 0.35 * span)
    top = int(np.argmax(rates))
    other.annotate(
        f"{canvas.number(rates[top], 1)}%",
        (years[1:][top], rates[top]),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=canvas.SMALL,
        color=canvas.ACCENT,
    )
