"""What an index's weights and ranking depend on, as rows of one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.indices.composite import WEIGHTS, CompositeIndex
from nianjian.indices.weights import (
    RankSensitivity,
    alternative_weights,
    bootstrap_weights,
    leave_one_out,
)
from nianjian.schemas import SENSITIVITY

Array = NDArray[np.float64]


def sensitivity_rows(
    index: CompositeIndex,
    *,
    method: str,
    own: Callable[[Array], Array],
    asked: Mapping[str, Any],
    blocks: Array,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Leave-one-out, alternative weights, bootstrap intervals and yearly weights of an index.

    Rankings are those of the weighted sum over all city-years with pooled weights, whatever the index's own
    aggregation, so that only one thing changes at a time.

    Parameters
    ----------
    index : the index as computed
    method : its weighting's name
    own : its weighting
    asked : ``leave_one_out`` (bool), ``alternatives`` (names), ``bootstrap`` (draws)
    blocks : (n,) labels of cities, drawn whole
    rng : seeded generator

    Returns
    -------
    DataFrame
        Columns of ``SENSITIVITY``.

    Raises
    ------
    ValueError
        If a weighting does not apply to indicators that are not on [0, 1].
    """
    scaled, names = index.scaled, list(index.indicators)
    rows: list[tuple[str, str, str, str, float]] = []
    if asked.get("leave_one_out", True) and len(names) > 1:
        given = index.weights if method == "given" else None
        rows += _ranked("leave_one_out", leave_one_out(scaled, own, indicators=names, given=given), names)
    bounded = bool(((scaled >= 0) & (scaled <= 1)).all())
    others = [name for name in asked.get("alternatives") or [] if name != method]
    others = [name for name in others if bounded or name not in ("entropy", "cv")]
    if others:
        chosen = {name: WEIGHTS[name] for name in others}
        rows += _ranked("alternative", alternative_weights(scaled, own, chosen), names)
    draws = int(asked.get("bootstrap", 0))
    if draws and method not in ("given", "equal"):  # which no draw moves
        drawn = bootstrap_weights(scaled, own, rng=rng, draws=draws, blocks=blocks)
        for j, name in enumerate(names):
            for statistic, values in (
                ("weight", drawn.estimate),
                ("conf_low", drawn.low),
                ("conf_high", drawn.high),
                ("std_error", drawn.std_error),
            ):
                rows.append(("bootstrap", str(draws), name, statistic, float(values[j])))
    if len(index.group_weights.groups) > 1:
        for label, weights in zip(index.group_weights.groups, index.group_weights.weights, strict=True):
            rows += [
                ("year", str(label), name, "weight", float(w)) for name, w in zip(names, weights, strict=True)
            ]
    return pd.DataFrame(rows, columns=list(SENSITIVITY))


def _ranked(choice: str, found: RankSensitivity, names: list[str]) -> list[tuple[str, str, str, str, float]]:
    rows = []
    for c, name in enumerate(found.choices):
        rows.append((choice, name, "", "rank_correlation", float(found.correlations[c])))
        rows.append((choice, name, "", "largest_move", float(found.largest_move[c])))
        rows += [
            (choice, name, indicator, "weight", float(w))
            for indicator, w in zip(names, found.weights[c], strict=True)
        ]
    return rows
