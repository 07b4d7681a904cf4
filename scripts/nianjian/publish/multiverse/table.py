"""The curve of a multiverse in numbers: as a whole, and by choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.publish import marked
from nianjian.publish.multiverse.words import Curve, of_dimension, of_option, of_summary
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table, where_finite
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.multiverse import Params

COLUMNS = ("points", "median", "minimum", "maximum", "share", "alone", "explained")
PERCENT_DECIMALS = 1
P_DECIMALS = 3
OWN = "▸ "
"""In front of the study's own choice."""


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """The whole curve with its joint test, then each option of each choice."""
    curve = Curve.read(params, data)
    return Table.of(
        params,
        context,
        stubs=(word("multiverse.choice"),),
        columns=(Column(name, (word(f"multiverse.{name}"),), align="right") for name in COLUMNS),
        panels=(
            Panel(tuple(_whole(params, curve))),
            *(
                Panel(tuple(_options(params, curve, dimension)), _heading(curve, dimension))
                for dimension in curve.shown
            ),
        ),
        notes=(
            *_notes(curve),
            *marked.of_specs(context.study_facts, marked.read(data), [params.of] if params.of else []),
        ),
    )


def _percent(value: float, statistic: str, source: object) -> Cell:
    return where_finite(100 * value, PERCENT_DECIMALS, statistic, (source,))  # type: ignore[arg-type]


def _count(value: float, source: object) -> Cell:
    return where_finite(value, 0, "N", (source,), grouped=True)  # type: ignore[arg-type]


def _p(curve: Curve, name: str) -> Cell:
    value = curve.number(name, "p_value")
    if pd.isna(value):
        return EMPTY
    return (Number(value, P_DECIMALS, "p_value", brackets="[]", shows=(of_summary(name, "p_value"),)),)


def _whole(params: Params, curve: Curve) -> Iterator[Row]:
    """All points, with p-values of the joint test below; Stouffer's Z, which has no unit."""

    def plain(name: str, statistic: str) -> Cell:
        return where_finite(curve.number(name), params.decimals, statistic, (of_summary(name),))

    first = (
        _count(curve.number("points"), of_summary("points")),
        plain("median", "median"),
        plain("minimum", "min"),
        plain("maximum", "max"),
        _percent(curve.number("share"), "share", of_summary("share")),
        plain("own", "coef"),
        EMPTY,
    )
    tested = (EMPTY, _p(curve, "median"), EMPTY, EMPTY, _p(curve, "share"), EMPTY, EMPTY)
    yield Row("all", (word("multiverse.all"),), (first, tested) if any(tested) else (first,))
    z = where_finite(curve.number("stouffer"), 2, "stouffer", (of_summary("stouffer"),))
    lines = [(EMPTY, z, *[EMPTY] * 5), (EMPTY, _p(curve, "stouffer"), *[EMPTY] * 5)]
    yield Row("stouffer", (word("multiverse.stouffer"),), tuple(lines if any(lines[1]) else lines[:1]))


def _heading(curve: Curve, dimension: str) -> Text:
    return curve.label(dimension)


def _options(params: Params, curve: Curve, dimension: str) -> Iterator[Row]:
    points = curve.taken[curve.taken["dimension"] == dimension].merge(curve.points, on="name")
    points = points[points["drawn"]]
    explained = curve.dimensions.set_index("dimension")["explained"]
    for place, option in enumerate(curve.options_of(dimension)):
        own = curve.option(dimension, option)
        of = points[points["choice"] == option]

        def number(value: float, statistic: str, field: str, option: str = option) -> Cell:
            return where_finite(
                float(value), params.decimals, statistic, (of_option(dimension, option, field),)
            )

        first = explained.get(dimension, float("nan")) if place == 0 else float("nan")
        label = curve.label(dimension, option)
        yield Row(
            f"{dimension}:{option}",
            (Text.same(OWN) + label if own["own"] else label,),
            (
                (
                    _count(own["points"], of_option(dimension, option, "points")),
                    number(own["median"], "median", "median"),
                    number(own["minimum"], "min", "minimum") if len(of) else EMPTY,
                    number(own["maximum"], "max", "maximum") if len(of) else EMPTY,
                    _percent(own["share"], "share", of_option(dimension, option, "share")),
                    number(own["alone"], "coef", "alone"),
                    _percent(first, "explained", of_dimension(dimension, "explained")),
                ),
            ),
        )


def _notes(curve: Curve) -> Iterator[Text]:
    points, grid = curve.number("points"), curve.number("grid")
    yield word(
        "multiverse.drawn" if points < grid else "multiverse.every",
        points=f"{points:,.0f}",
        grid=f"{grid:,.0f}",
        samples=f"{curve.number('samples'):.0f}",
    )
    scaled = (curve.points["shown"] != curve.points["estimate"]).any()
    yield word("multiverse.in_sd" if scaled else "multiverse.in_units")
    yield word("multiverse.what")
    draws = curve.number("permutations")
    if draws:
        tested = curve.number("tested")
        yield word("multiverse.joint", draws=f"{draws:,.0f}")
        if tested < points:
            yield word("multiverse.some", tested=f"{tested:,.0f}", points=f"{points:,.0f}")
    else:
        yield word("multiverse.no_test")
    for dimension in curve.shown:
        silence = curve.silence(dimension)
        if silence is not None:
            yield word("multiverse.silence", choice=curve.label(dimension), silence=silence)
    yield from _conflicts(curve)


def _conflicts(curve: Curve) -> Iterator[Text]:
    """What does not go together, in words."""
    told = []
    for choices, _ in curve.conflicts():
        known = {name: option for name, option in choices.items() if name in curve.params.choices}
        parts = [
            curve.label(name, option)
            for name, option in known.items()
            if option in curve.params.choices[name].options
        ]
        if parts:
            told.append(_joined(parts, "multiverse.with"))
    if told:
        yield word("multiverse.left_out", choices=_joined(told, "multiverse.semicolon"))
    lost = sum(points for _, points in curve.conflicts())
    if lost:
        yield word("multiverse.lost", points=lost)


def _joined(parts: Sequence[Text], between: str) -> Text:
    """Texts with a mark of the catalogue between them."""
    found = parts[0]
    for part in parts[1:]:
        found = found + word(between) + part
    return found
