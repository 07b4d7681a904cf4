"""The builder of each kind of figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.figure import Figure

from nianjian.errors import DeclarationError
from nianjian.publish import declared
from nianjian.publish.figures import (
    density,
    estimates,
    inequality,
    matrices,
    moran,
    ranking,
    trend,
    weights,
)
from nianjian.publish.figures.inputs import Inputs

Builder = Callable[[Mapping[str, Any], Inputs, str], Figure]


# Maps read boundaries and need shapely; other figures should not wait for them.
def _group_map(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    from nianjian.publish.figures import maps

    return maps.draw_groups(declaration, inputs, language)


def _value_map(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    from nianjian.publish.figures import maps

    return maps.draw_values(declaration, inputs, language)


def _link_map(declaration: Mapping[str, Any], inputs: Inputs, language: str) -> Figure:
    from nianjian.publish.figures import links

    return links.draw_map(declaration, inputs, language)


KINDS: dict[str, Builder] = {
    "trend": trend.draw,
    "group_map": _group_map,
    "value_map": _value_map,
    "inequality": inequality.draw,
    "density": density.draw,
    "ranking": ranking.draw,
    "weights": weights.draw,
    "event_study": estimates.draw_event_study,
    "placebo": estimates.draw_placebo,
    "balance": estimates.draw_balance,
    "moran_scatter": moran.draw_scatter,
    "cluster_map": moran.draw_clusters,
    "weight_choice": moran.draw_weight_choice,
    "link_map": _link_map,
    "matrix": matrices.draw,
}
"""Kind to builder."""


def builder(kind: str, place: str) -> Builder:
    """The builder of a kind.

    Raises
    ------
    DeclarationError
        If there is none.
    """
    if kind not in KINDS:
        raise DeclarationError(
            f"{place}.kind: '{kind}' is no kind of figure{declared.suggestion(kind, KINDS)}"
        )
    return KINDS[kind]
