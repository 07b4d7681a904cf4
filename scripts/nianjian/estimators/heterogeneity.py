"""Does an effect differ between groups of cities? One regression for all, and a test of the difference.

Two significant stars and one missing are no test. Here treatment, controls and effects are all interacted
with the group, so each group's estimate is that of its subsample, and the covariance of the estimates gives
the error of their difference.

References
----------
Gelman, A. & Stern, H. (2006). The difference between "significant" and "not significant" is not itself
statistically significant. The American Statistician 60.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators import twfe
from nianjian.estimators.twfe import Array, Rows, TwfeFit

GROUP = "_group"


@dataclass(frozen=True)
class HeterogeneityFit:
    """Effects in k groups.

    Attributes
    ----------
    groups : k names, in the order declared, else sorted
    params, vcov : (k,) and (k, k) arrays
    sizes : ``nobs[g]``, ``units[g]`` and, with a binary treatment, ``treated_units[g]``
    regression : the interacted regression; its regressors are ``x[g]``
    """

    groups: tuple[str, ...]
    params: Array
    vcov: Array
    sizes: Mapping[str, float]
    regression: TwfeFit

    def difference(self, first: int, second: int) -> tuple[float, float]:
        """Effect of the second group less that of the first, and its variance."""
        contrast = np.zeros(len(self.groups))
        contrast[[first, second]] = -1, 1
        return float(contrast @ self.params), float(contrast @ self.vcov @ contrast)

    def joint_f(self) -> float:
        """F statistic that all groups have the same effect; NaN if there are too few clusters."""
        k = len(self.groups)
        contrasts = np.column_stack([-np.ones(k - 1), np.eye(k - 1)])
        return twfe.wald(contrasts @ self.params, contrasts @ self.vcov @ contrasts.T) / (k - 1)

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema.

        ``effect``: ``effect[g]``. ``test``: with two groups ``difference``, the second's effect less the
        first's with its error; with more, ``difference`` is the joint F (df the denominator's, ``fit`` row
        ``difference_terms`` the numerator's) and ``difference[g|h]``, h less g, the pairs, whose p-values
        are not adjusted for their number. ``coefficient`` and ``fit``: those of the interacted regression,
        ``nobs[g]``, ``units[g]``, ``treated_units[g]``.
        """
        rows = Rows(study, spec)
        df = self.regression.df_resid
        for j, group in enumerate(self.groups):
            rows.add_estimate("effect", f"effect[{group}]", self.params[j], self.vcov[j, j], df)
        if len(self.groups) == 2:
            rows.add_estimate("test", "difference", *self.difference(0, 1), df)
        else:
            rows.add_f("difference", self.joint_f(), len(self.groups) - 1, df)
            for first, second in combinations(range(len(self.groups)), 2):
                term = f"difference[{self.groups[first]}|{self.groups[second]}]"
                rows.add_estimate("test", term, *self.difference(first, second), df)
        rows.add("fit", "difference_terms", len(self.groups) - 1)
        for term, value in self.sizes.items():
            rows.add("fit", term, value)
        return pd.concat([rows.table(), self.regression.tidy(study, spec)], ignore_index=True)


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    by: str,
    controls: Sequence[str] = (),
    effects: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    groups: Sequence[Any] | None = None,
    shared: bool = False,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
) -> HeterogeneityFit:
    """Estimate the effect of ``treatment`` in each group of ``by`` and what tells them apart.

    Parameters
    ----------
    frame : one row a city-year, complete in every column used
    by : boolean, text or whole-number column; it may change within a city
    groups : its values, in the order wanted; others are left out. Left out: all, sorted
    shared : rows without a group belong to every group, such as the cities that are never treated beside
        each kind of treated ones; their errors are correlated across groups and the clusters account for that. If not, a
        missing group is an error.
    outcome, treatment, controls, effects, cluster, weights, key, spec : as
        :func:`nianjian.estimators.twfe.fit`

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if there are fewer than two groups, a group is empty or
        missing, or the treatment does not vary, or has no clustered error, in a group.

    Notes
    -----
    Estimates equal those of the subsamples. Errors differ by the small-sample factor only, which here counts
    all regressors and clusters at once.
    """
    where = f"spec {spec!r}: " if spec else ""
    absent = [name for name in (by, treatment, *controls) if name not in frame]
    if absent:
        raise EstimationError(
            f"{where}the sample has no column {', '.join(absent)}; declare it under variables or groups, or correct "
            "the name"
        )
    text = [name for name in (treatment, *controls) if frame[name].dtype.kind not in "iufb"]
    if text:
        raise EstimationError(f"{where}{', '.join(text)} is not numeric; make dummy variables of it")
    if by in (treatment, outcome):
        raise EstimationError(f"{where}groups {by!r} are the {'treatment' if by == treatment else 'outcome'}")
    if shared and not cluster:
        raise EstimationError(f"{where}groups share rows, so errors must be clustered, by city at least")
    missing = frame[by].isna()
    if missing.any() and not shared:
        raise EstimationError(
            f"{where}{int(missing.sum())} rows have no group {by!r}; fill it, leave them out with `where`, "
            "or declare that groups share them"
        )
    found = sorted(pd.unique(frame.loc[~missing, by]).tolist())
    values = list(found if groups is None else groups)
    empty = [str(value) for value in values if value not in found]
    if empty:
        seen = ", ".join(map(str, found)) or "none"
        raise EstimationError(f"{where}no row of the sample has {by} {', '.join(empty)}; it has {seen}")
    if len(set(values)) < 2:
        raise EstimationError(
            f"{where}{by!r} has one group, {values}; a difference needs two: name another column under `by`, or "
            "widen `where`"
        )
    names = tuple(str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in values)

    parts = []
    for name, value in zip(names, values, strict=True):
        inside = frame[by] == value
        parts.append(frame[(inside | missing).to_numpy(dtype=bool)].assign(**{GROUP: name}))
    stacked = pd.concat(parts, ignore_index=True)
    regressors = {
        f"{x}[{name}]": stacked[x].astype(float).where(stacked[GROUP] == name, 0)
        for x in (treatment, *controls)
        for name in names
    }
    clash = sorted(set(regressors) & set(frame.columns))
    if clash:
        raise EstimationError(f"{where}the sample has columns {', '.join(clash)}; rename them")
    sizes = _sizes(parts, names, treatment, key, where)
    regression = twfe.fit(
        pd.concat([stacked, pd.DataFrame(regressors)], axis=1),
        outcome=outcome,
        regressors=list(regressors),
        effects=[f"{GROUP}#{effect}" for effect in effects] or [GROUP],
        cluster=cluster,
        weights=weights,
        key=(*key, GROUP) if key else (),
        spec=spec,
    )
    wanted = [f"{treatment}[{name}]" for name in names]
    for name, term in zip(names, wanted, strict=True):
        if term in regression.dropped:
            raise EstimationError(
                f"{where}group {name}: treatment {treatment!r} is {regression.dropped[term]} and has no "
                "variation of its own; its effect cannot be estimated: leave the group out with `groups`, or "
                "take coarser ones"
            )
        if term in regression.without_error:
            raise EstimationError(f"{where}group {name}: {twfe.no_error(treatment, regression.clusters)}")
    at = [regression.names.index(term) for term in wanted]
    return HeterogeneityFit(names, regression.params[at], regression.vcov[np.ix_(at, at)], sizes, regression)


def _sizes(
    parts: Sequence[pd.DataFrame], names: Sequence[str], treatment: str, key: Sequence[str], where: str
) -> dict[str, float]:
    """Rows and cities a group; stops where the treatment is the same in all rows of a group."""
    sizes: dict[str, float] = {}
    for name, part in zip(names, parts, strict=True):
        values = part[treatment].to_numpy(dtype=float, na_value=np.nan)
        if np.ptp(values) == 0:
            state = {0.0: "never holds", 1.0: "always holds"}.get(values[0], f"is always {values[0]:g}")
            raise EstimationError(
                f"{where}group {name}: treatment {treatment!r} {state} in its {len(part)} rows; its effect "
                "cannot be estimated: leave the group out with `groups`, or take coarser ones"
            )
        sizes[f"nobs[{name}]"] = len(part)
        if not key:
            continue
        sizes[f"units[{name}]"] = part[key[0]].nunique()
        if np.isin(values, (0, 1)).all():
            treated = part.loc[values == 1, key[0]].nunique()
            sizes[f"treated_units[{name}]"] = treated
            if treated == 1:
                logging.warning(
                    "%sgroup %s: only one %s is treated; its clustered error means nothing",
                    where,
                    name,
                    key[0],
                )
    return sizes
