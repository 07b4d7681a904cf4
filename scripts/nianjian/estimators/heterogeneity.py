"""Does an effect differ between groups of cities? One regression for all, and a test of the difference.

Two significant stars and one missing are no test. Here treatment, controls and fixed effects are all interacted
with the group, so each group's estimate is that of its subsample, and the covariance of the estimates gives
the standard error of their difference.

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
from nianjian.estimates import Rows
from nianjian.estimators import twfe
from nianjian.estimators.prepare import codes_of, context_of
from nianjian.estimators.twfe import Inferred, Numbers, TwfeFit
from nianjian.kinds.base import ROBUST, names
from nianjian.numerics import Array
from nianjian.sample_columns import check_numeric, check_present

GROUP = "_group"


@dataclass(frozen=True)
class HeterogeneityFit:
    """Effects in k groups.

    Attributes
    ----------
    treatment : its name
    groups : k names, in the order declared, else sorted
    params, vcov : (k,) and (k, k) arrays
    sizes : group to ``nobs``, ``units`` and, with a binary treatment, ``treated_units`` and ``treated_clusters``
    regression : the interacted regression; its regressors are ``x[g]``
    regressors : names of these to variable and group
    """

    treatment: str
    groups: tuple[str, ...]
    params: Array
    vcov: Array
    sizes: Mapping[str, Mapping[str, float]]
    regression: TwfeFit
    regressors: Mapping[str, tuple[str, str]]

    def difference(self, first: int, second: int) -> tuple[float, float]:
        """Effect of the second group less that of the first, and its variance."""
        contrast = np.zeros(len(self.groups))
        contrast[[first, second]] = -1, 1
        return float(contrast @ self.params), float(contrast @ self.vcov @ contrast)

    def _contrast(self, first: int, second: int) -> Array:
        names = [f"{self.treatment}[{self.groups[j]}]" for j in (first, second)]
        return self.regression.contrast(dict(zip(names, (-1.0, 1.0), strict=True)))

    def difference_numbers(self, first: int, second: int) -> Numbers:
        """The difference with its inference, however the regression's is made."""
        name = f"{self.groups[second]} - {self.groups[first]}"
        return self.regression.combined(self._contrast(first, second), name)

    def joint(self) -> tuple[float, float, float]:
        """F that all groups have the same effect, degrees of freedom of its denominator, p-value; NaN if there are too few clusters."""
        contrasts = [self._contrast(0, second) for second in range(1, len(self.groups))]
        return self.regression.joint(np.stack(contrasts))

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        ``effect``: the effect in each group. ``test``: with two groups ``difference``, the second's effect less
        the first's with its standard error; with more, ``difference`` is the joint F (df the denominator's, ``fit``
        row ``difference_terms`` the numerator's) and those with a group and another, the other's less the group's,
        are the pairs, whose p-values are not adjusted for their number. ``coefficient`` and ``fit``: those of the
        interacted regression by group, ``nobs``, ``units``, ``treated_units``, ``treated_clusters`` of each group.
        """
        rows = Rows(study, spec)
        for group in self.groups:
            of = {"variable": self.treatment, "group": group}
            rows.add("effect", "effect", *self.regression.numbers(f"{self.treatment}[{group}]"), **of)
        if len(self.groups) == 2:
            rows.add("test", "difference", *self.difference_numbers(0, 1), variable=self.treatment)
        else:
            f, df, p_value = self.joint()
            nan, own = np.nan, {"variable": self.treatment}
            rows.add("test", "difference", f, nan, f, p_value, nan, nan, df, **own)
            for first, second in combinations(range(len(self.groups)), 2):
                of = {"variable": self.treatment, "group": self.groups[first], "other": self.groups[second]}
                rows.add("test", "difference", *self.difference_numbers(first, second), **of)
        rows.add("fit", "difference_terms", len(self.groups) - 1)
        for group, sizes in self.sizes.items():
            rows.add_fits(sizes, group=group)
        table = self.regression.tidy(study, spec, in_groups=self.regressors)
        return pd.concat([rows.table(), table], ignore_index=True)


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    by: str,
    controls: Sequence[str] = (),
    absorb: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    groups: Sequence[Any] | None = None,
    shared: bool = False,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
    inference: Inferred | None = None,
) -> HeterogeneityFit:
    """Estimate the effect of ``treatment`` in each group of ``by`` and what tells them apart.

    Parameters
    ----------
    frame : one row a city-year, complete in every column used
    by : boolean, text or whole-number column, neither outcome nor treatment; it may change within a city
    groups : its values, in the order wanted; others are left out. Left out: all, sorted
    shared : rows without a group belong to every group, such as the cities that are never treated beside
        each kind of treated ones; their errors are correlated across groups and the clusters account for that. If not, a
        missing group is an error.
    outcome, treatment, controls, absorb, cluster, weights, key, spec, inference : as
        :func:`nianjian.estimators.twfe.fit`

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if there are fewer than two groups, a group is empty or
        missing, or the treatment does not vary, or has no clustered standard error, in a group.

    Notes
    -----
    Estimates equal those of the subsamples. Errors differ by the small-sample factor only, which here counts
    all regressors and clusters at once.
    """
    context = context_of(spec)
    variables = (treatment, *controls)
    check_present(frame, (by, *variables), context, "variables or groups")
    check_numeric(frame, variables, context)
    values = _values(frame, by, groups, shared, context)
    parts = {
        _name(value): frame[((frame[by] == value) | frame[by].isna()).to_numpy(dtype=bool)]
        for value in values
    }
    stacked = pd.concat([part.assign(**{GROUP: name}) for name, part in parts.items()], ignore_index=True)
    regressors = {f"{x}[{name}]": (x, name) for x in variables for name in parts}
    clash = sorted(set(regressors) & set(frame.columns))
    if clash:
        raise EstimationError(f"{context}the sample has columns {', '.join(clash)}; rename them")
    columns = {
        own: stacked[x].astype(float).where(stacked[GROUP] == name, 0)
        for own, (x, name) in regressors.items()
    }
    clusters = [column for column in names(cluster) if column != ROBUST]  # type: ignore[arg-type]
    sizes = {name: _sizes(name, part, treatment, clusters, key, context) for name, part in parts.items()}
    regression = twfe.fit(
        pd.concat([stacked, pd.DataFrame(columns)], axis=1),
        outcome=outcome,
        regressors=list(regressors),
        absorb=[f"{GROUP}#{effect}" for effect in absorb] or [GROUP],
        cluster=cluster,
        weights=weights,
        key=(*key, GROUP) if key else (),
        spec=spec,
        inference=inference,
    )
    _check_effects(regression, treatment, list(parts), context)
    at = [regression.names.index(f"{treatment}[{name}]") for name in parts]
    return HeterogeneityFit(
        treatment=treatment,
        groups=tuple(parts),
        params=regression.params[at],
        vcov=regression.vcov[np.ix_(at, at)],
        sizes=sizes,
        regression=regression,
        regressors=regressors,
    )


def _name(value: Any) -> str:
    """A group as text; whole numbers without a decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _values(
    frame: pd.DataFrame, by: str, groups: Sequence[Any] | None, shared: bool, context: str
) -> list[Any]:
    """Values of the groups, in the order wanted."""
    missing = frame[by].isna()
    if missing.any() and not shared:
        raise EstimationError(
            f"{context}{int(missing.sum())} rows have no group {by!r}; fill it, leave them out with `where`, "
            "or declare that groups share them"
        )
    found = sorted(pd.unique(frame.loc[~missing, by]).tolist())
    values = list(found if groups is None else groups)
    empty = [str(value) for value in values if value not in found]
    if empty:
        seen = ", ".join(map(str, found)) or "none"
        raise EstimationError(f"{context}no row of the sample has {by} {', '.join(empty)}; it has {seen}")
    if len(set(values)) < 2:
        raise EstimationError(
            f"{context}{by!r} has one group, {values}; a difference needs two: name another column under `by`, or "
            "widen `where`"
        )
    return values


def _check_effects(regression: TwfeFit, treatment: str, groups: Sequence[str], context: str) -> None:
    """Stop where the effect in a group, or its standard error, is lost."""
    for name in groups:
        term = f"{treatment}[{name}]"
        if term in regression.dropped:
            raise EstimationError(
                f"{context}group {name}: treatment {treatment!r} is {regression.dropped[term]} and has no "
                "variation of its own; its effect cannot be estimated: leave the group out with `groups`, or "
                "take coarser ones"
            )
        if term in regression.without_std_error:
            raise EstimationError(
                f"{context}group {name}: {twfe.no_std_error(treatment, regression.clusters)}"
            )


def _sizes(
    name: str,
    part: pd.DataFrame,
    treatment: str,
    clusters: Sequence[str],
    key: Sequence[str],
    context: str,
) -> dict[str, float]:
    """Rows, cities and treated clusters of a group; stops where the treatment is the same in all its rows."""
    values = part[treatment].to_numpy(dtype=float, na_value=np.nan)
    if np.ptp(values) == 0:
        state = {0.0: "never holds", 1.0: "always holds"}.get(values[0], f"is always {values[0]:g}")
        raise EstimationError(
            f"{context}group {name}: treatment {treatment!r} {state} in its {len(part)} rows; its effect "
            "cannot be estimated: leave the group out with `groups`, or take coarser ones"
        )
    sizes: dict[str, float] = {"nobs": len(part)}
    binary = bool(np.isin(values, (0, 1)).all())
    if binary and clusters:
        there = [name for column in clusters for name in column.split("#")]
        check_present(part, there, context, "clusters")
        treated_rows = part[values == 1]
        sizes["treated_clusters"] = min(len(np.unique(codes_of(treated_rows, column))) for column in clusters)
    if not key:
        return sizes
    sizes["units"] = part[key[0]].nunique()
    if binary:
        treated = part.loc[values == 1, key[0]].nunique()
        sizes["treated_units"] = treated
        if treated == 1:
            logging.warning(
                "%sgroup %s: only one %s is treated; its clustered standard error means nothing",
                *(context, name, key[0]),
            )
    return sizes
