"""From a frame to the rows, codes and weights that a regression uses, checked before a number is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import fixed_effects
from nianjian.errors import EstimationError
from nianjian.kinds.base import ROBUST
from nianjian.numerics import Array, Codes
from nianjian.numerics.absorb import FixedEffect, Trends, levels_of, subset, without_singletons
from nianjian.numerics.columns import relabel
from nianjian.sample_columns import check_present, not_numeric


@dataclass(frozen=True)
class Sample:
    """The n rows that a specification uses, in the order of the key, checked and numbered.

    Attributes
    ----------
    frame : DataFrame of n rows
    position : (n,) array, where each row stood in the frame given
    singletons : rows left out because they were alone in a level of a fixed effect
    absorb : (n,) codes from 0, one array a fixed effect, or trends
        Trends in several columns of the same groups are one effect, and the groups' own levels are in it.
    clusters : cluster variable to (n,) codes from 0; ``robust`` to as many as there are rows
    weights : (n,) array with mean one
    """

    frame: pd.DataFrame
    position: NDArray[np.intp]
    singletons: int
    absorb: Sequence[FixedEffect]
    clusters: Mapping[str, Codes]
    weights: Array


def prepare(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    absorb: Sequence[str],
    cluster: str | Sequence[str] | None,
    weights: str | None = None,
    treatment: str | None = None,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
) -> Sample:
    """Check a sample, sort it, drop its singletons and number its fixed effects and clusters.

    Parameters are those of :func:`nianjian.estimators.twfe.fit`.

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does, before anything is estimated.
    """
    context = context_of(spec)
    clusterings = [cluster] if isinstance(cluster, str) else list(cluster or ())
    robust = clusterings == [ROBUST]
    if robust:
        clusterings = []
    if ROBUST in clusterings:
        raise EstimationError(f"{context}cluster {clusterings}: {ROBUST} stands alone, or name columns only")
    if len(clusterings) > 2:
        raise EstimationError(f"{context}cluster {clusterings}: errors can be clustered in one or two ways")
    numeric = [outcome, *regressors, *([weights] if weights else [])]
    check_present(frame, _used(numeric, absorb, clusterings, key), context)
    _check_names(outcome, regressors, numeric, treatment, context)
    _check_numeric(frame, outcome, weights, numeric, absorb, context)
    _check_missing(frame, numeric, absorb, clusterings, key, context)
    _check_rows(frame, weights, key, context)

    frame, position = in_key_order(frame, key)
    effects = _fixed_effects(frame, absorb)
    kept = without_singletons([levels_of(effect) for effect in effects], len(frame))
    if not kept.any():
        raise EstimationError(
            f"{context}all {len(frame)} observations are alone in one of the effects {list(absorb)}; leave out "
            "an effect, or widen the sample's years, cities or `where`"
        )
    frame, position = frame[kept], position[kept]
    effects = [subset(effect, kept) for effect in effects]
    clusters = {name: codes_of(frame, name) for name in clusterings}
    for name, codes in clusters.items():
        if codes.max() == 0:
            raise EstimationError(
                f"{context}{name!r} has one cluster only; clustered standard errors need several: name a column "
                "with more levels under `cluster`, or write `cluster: null`"
            )
    if robust:
        # Each row is a cluster of its own: with reghdfe's factors that is HC1.
        clusters = {ROBUST: np.arange(len(frame))}
    w = np.ones(len(frame)) if weights is None else numbers(frame, [weights])[:, 0]
    return Sample(frame, position, int((~kept).sum()), effects, clusters, w / w.mean())


def context_of(spec: str) -> str:
    """What stands before a message about a specification."""
    return f"spec {spec!r}: " if spec else ""


def in_key_order(frame: pd.DataFrame, key: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """The rows sorted by key, and where each stood.

    Sums then run in one order whatever the order of rows, so results are the same to the last bit.
    """
    position = np.arange(len(frame))
    if key:
        position = np.lexsort([codes_of(frame, name) for name in reversed(key)])
        frame = frame.iloc[position]
    return frame, position


def codes_of(frame: pd.DataFrame, name: str) -> Codes:
    """Integers from 0 for the levels of a column, or of several joined by ``#``, in sorted order."""
    codes = np.zeros(len(frame), dtype=np.intp)
    for column in name.split("#"):
        levels, uniques = pd.factorize(frame[column], sort=True)
        codes = codes * max(len(uniques), 1) + levels
    return relabel(codes)


def numbers(frame: pd.DataFrame, columns: Sequence[str]) -> Array:
    """Columns as floats, (n, k)."""
    values: Array = frame[list(columns)].to_numpy(dtype=float)
    return values


def _fixed_effects(frame: pd.DataFrame, names: Sequence[str]) -> list[FixedEffect]:
    """Fixed effects by name; trends of the same groups become one, which holds the groups' levels too."""
    slopes: dict[str, list[str]] = {}
    for name in names:
        levels, slope = fixed_effects.parts(name)
        slopes.setdefault("#".join(levels), []).extend([slope] if slope else [])
    return [
        Trends(codes_of(frame, group), numbers(frame, list(dict.fromkeys(own))))
        if own
        else codes_of(frame, group)
        for group, own in slopes.items()
    ]


def _slopes(absorb: Sequence[str]) -> list[str]:
    return [slope for name in absorb if (slope := fixed_effects.parts(name)[1])]


def _used(
    numeric: Sequence[str], absorb: Sequence[str], clusterings: Sequence[str], key: Sequence[str]
) -> list[str]:
    """Every column that is used, each once: key, levels, clusters, slopes, numbers."""
    levels = [column for name in absorb for column in fixed_effects.parts(name)[0]]
    clusters = [column for name in clusterings for column in name.split("#")]
    return list(dict.fromkeys([*key, *levels, *clusters, *_slopes(absorb), *numeric]))


def _check_names(
    outcome: str, regressors: Sequence[str], numeric: Sequence[str], treatment: str | None, context: str
) -> None:
    if not regressors:
        raise EstimationError(f"{context}there is no regressor; declare a treatment or controls")
    repeated = sorted({name for name in numeric[1:] if numeric.count(name) > 1} | {outcome} & set(regressors))
    if repeated:
        raise EstimationError(
            f"{context}{', '.join(repeated)} is named more than once among outcome and regressors"
        )
    if treatment is not None and treatment not in regressors:
        raise EstimationError(
            f"{context}treatment {treatment!r} is not among the regressors {list(regressors)}"
        )


def _check_numeric(
    frame: pd.DataFrame,
    outcome: str,
    weights: str | None,
    numeric: Sequence[str],
    absorb: Sequence[str],
    context: str,
) -> None:
    text = not_numeric(frame, numeric)
    for role, name in (("outcome", outcome), ("column of weights", weights)):
        if name in text:
            raise EstimationError(f"{context}{role} {name!r} is not numeric; name a column of numbers")
    if text:
        raise EstimationError(
            f"{context}{', '.join(text)} is not numeric; make dummy variables of it or absorb it as an effect"
        )
    text = not_numeric(frame, _slopes(absorb))
    if text:
        raise EstimationError(
            f"{context}{', '.join(text)} is not numeric and has no slope; for levels of both write `a#b`"
        )


def _check_missing(
    frame: pd.DataFrame,
    numeric: Sequence[str],
    absorb: Sequence[str],
    clusterings: Sequence[str],
    key: Sequence[str],
    context: str,
) -> None:
    used = _used(numeric, absorb, clusterings, key)
    missing = {name: int(frame[name].isna().sum()) for name in used}
    advice = "fill them in the sample or declare `missing: drop`"
    for name in dict.fromkeys([*numeric, *_slopes(absorb)]):
        infinite = np.isinf(frame[name].to_numpy(dtype=float, na_value=np.nan))
        missing[name] += int(infinite.sum())
        if infinite.any():
            first = f", first {frame.loc[infinite, list(key)].iloc[0].to_dict()}" if key else ""
            advice = (
                f"{name} is infinite{first}, like the logarithm of zero: correct its formula, or leave these "
                "rows out with `where`"
            )
    if any(missing.values()):
        what = ", ".join(f"{name} {count}" for name, count in missing.items() if count)
        raise EstimationError(
            f"{context}missing or infinite cells among {len(frame)} observations: {what}; {advice}"
        )


def _check_rows(frame: pd.DataFrame, weights: str | None, key: Sequence[str], context: str) -> None:
    duplicated = frame.duplicated(list(key)) if key else pd.Series(False)
    if duplicated.any():
        example = frame.loc[duplicated.to_numpy(), list(key)].iloc[0].to_dict()
        raise EstimationError(
            f"{context}{int(duplicated.sum())} rows repeat a key, first {example}; "
            f"{' and '.join(key)} must identify a row"
        )
    unweighted = int((frame[weights] <= 0).sum()) if weights else 0
    if unweighted:
        raise EstimationError(
            f"{context}{unweighted} weights in {weights!r} are not positive; leave these rows out with `where`"
        )
