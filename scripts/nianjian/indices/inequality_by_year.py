"""Every measure of inequality of one score, by year, as rows of one table.

The measures themselves are in :mod:`nianjian.indices.gini`, :mod:`~nianjian.indices.theil` and
:mod:`~nianjian.indices.convergence`; here they meet a panel of cities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from nianjian import storage
from nianjian.errors import SampleError
from nianjian.indices.between_permutation import permute_between
from nianjian.indices.convergence import beta_convergence
from nianjian.indices.gini import GiniCells, dagum, gini_cells
from nianjian.indices.rows import bootstrap as resampled
from nianjian.indices.theil import theil
from nianjian.schemas import INEQUALITY

Array = NDArray[np.float64]
Key = tuple[str, str, str, str]
"""Measure, group, other group, component."""


def measure(
    frame: pd.DataFrame,
    *,
    of: str,
    groups: str | None = None,
    order: Sequence[str] | None = None,
    components: Sequence[str] = (),
    bootstrap: int = 0,
    permutations: int = 0,
    rng: Callable[[int, str], np.random.Generator],
    context: str = "inequality",
) -> pd.DataFrame:
    """Gini coefficients and their decompositions, Theil indices, dispersion and convergence.

    Parameters
    ----------
    frame : one row a city-year: ``city``, ``year``, ``of``, and the columns named below
    of : the score, zero or more
    groups : column of labels, the regions
    order : the labels in the order wanted; a city with another label is an error
    components : columns that add up to ``of``
    bootstrap : resamples of the cities of each group, for standard errors and 95 % intervals; 0 for none
    permutations : shuffles of labels, for the between share; 0 for none
    rng : generator of a year's draws of one kind (``bootstrap``, ``permutation``)
    context : what messages begin with

    Returns
    -------
    DataFrame
        Columns of ``INEQUALITY``. Measures by year:

        ``gini``; with groups ``gini_within``, ``gini_between`` (gross), ``gini_own`` of each group,
        ``gini_cell`` of each pair of groups (a group with itself is within), of each component, and of both
        at once; ``share_within``, ``share_between`` (its p-value against shuffled labels) and
        ``share_benchmark``, what meaningless labels would give; ``share_cell``, cells over the Gini
        coefficient; ``dagum_within``, ``dagum_net_between``, ``dagum_transvariation``, ``dagum_pair``;
        ``theil`` with ``theil_within`` and ``theil_between`` where all values are positive; ``cv`` and
        ``sd_log``; ``mean`` of all and of each group, and of each component.

        Over all years (``year`` empty): ``beta`` of absolute beta-convergence with its standard error and
        p-value (first to last year, all cities and each group), ``beta_speed``, and the mean yearly rate of
        change in percent, ``gini_growth``.

    Raises
    ------
    SampleError
        If a value or label is missing, a label is not in ``order``, or components do not add up.
    """
    one = Inequality.of(frame, of=of, groups=groups, order=order, components=components, context=context)
    yearly = [
        one.in_year(year, bootstrap=bootstrap, permutations=permutations, rng=rng) for year in one.years
    ]
    return one.over_years(pd.concat(yearly, ignore_index=True))


@dataclass(frozen=True)
class Inequality:
    """A score whose years can be measured one by one; attributes as :func:`measure` takes them, ``order`` complete."""

    frame: pd.DataFrame
    score: str
    groups: str | None
    order: Sequence[str]
    components: Sequence[str]
    context: str

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        *,
        of: str,
        groups: str | None = None,
        order: Sequence[str] | None = None,
        components: Sequence[str] = (),
        context: str = "inequality",
    ) -> Inequality:
        """Check the city-years; errors as :func:`measure`."""
        known: list[str] = []
        if groups is not None:
            _check_groups(frame, groups, order, context)
            known = list(order) if order else sorted(frame[groups].unique())
            known = [label for label in known if (frame[groups] == label).any()]
        _check_sum(frame, of, list(components) or [of], context)
        return cls(frame, of, groups, known, components, context)

    @property
    def years(self) -> list[int]:
        """Years of the city-years."""
        return sorted(int(year) for year in self.frame["year"].unique())

    def in_year(
        self, year: int, *, bootstrap: int, permutations: int, rng: Callable[[int, str], np.random.Generator]
    ) -> pd.DataFrame:
        """Rows of one year, which depend on no other; none where it is not among the years."""
        own = self.frame[self.frame["year"] == year]
        if own.empty:
            return _table([])
        known = list(self.order) or ["all"]
        values = own[list(self.components) or [self.score]].to_numpy(dtype=float)
        labels = own[self.groups].to_numpy() if self.groups is not None else np.full(len(own), "all")
        statistics = partial(
            _statistics,
            components=list(self.components),
            order=known,
            grouped=self.groups is not None,
            context=f"{self.context}, {year}",
        )
        found = statistics(values, labels)
        errors = _bootstrapped(statistics, values, labels, list(found), rng(year, "bootstrap"), bootstrap)
        p_values: dict[Key, float] = {}
        if permutations and len(known) > 1:
            shuffled = permute_between(
                values.sum(axis=1),
                labels,
                rng=rng(year, "permutation"),
                draws=permutations,
                context=f"{self.context}, {year}",
            )
            p_values["share_between", "", "", ""] = shuffled.p_value
        gaps = (np.nan, np.nan, np.nan)
        return _table(
            [
                _row(year, key, estimate, *errors.get(key, gaps), p_values.get(key, np.nan))
                for key, estimate in found.items()
            ]
        )

    def over_years(self, yearly: pd.DataFrame) -> pd.DataFrame:
        """Rows of all years, and those of what happened between them."""
        gini = yearly.loc[yearly["measure"] == "gini", "estimate"].to_numpy(dtype=float)
        rows = _over_time(self.frame, self.score, self.groups, self.order, self.years, gini, self.context)
        return pd.concat([storage.typed(yearly, INEQUALITY), _table(rows)], ignore_index=True)


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Columns of ``INEQUALITY``."""
    return storage.typed(pd.DataFrame(rows, columns=list(INEQUALITY)), INEQUALITY)


def _bootstrapped(
    statistics: Callable[[Array, NDArray[np.object_]], dict[Key, float]],
    values: Array,
    labels: NDArray[np.object_],
    keys: Sequence[Key],
    rng: np.random.Generator,
    draws: int,
) -> dict[Key, tuple[float, float, float]]:
    """Standard error and interval of each measure over resampled cities; nothing without draws."""
    if not draws:
        return {}
    drawn = resampled(
        lambda v, c: _ordered(statistics(v, c), keys), values, labels, rng=rng, draws=draws, strata=labels
    )
    return {
        key: (drawn.std_error[j], drawn.low[j], drawn.high[j])
        for j, key in enumerate(keys)
        if key[0] != "share_benchmark"
    }


def _ordered(found: Mapping[Key, float], keys: Sequence[Key]) -> list[float]:
    # A resample without any inequality has no shares.
    return [found.get(key, np.nan) for key in keys]


def _row(
    year: int | None, key: Key, estimate: float, error: float = np.nan, low: float = np.nan,
    high: float = np.nan, p_value: float = np.nan,
) -> dict[str, object]:  # fmt: skip
    names = dict(zip(("measure", "group", "other", "component"), key, strict=True))
    numbers = {"std_error": error, "conf_low": low, "conf_high": high, "p_value": p_value}
    return {"year": year, **names, "estimate": float(estimate), **numbers}


def _check_groups(frame: pd.DataFrame, groups: str, order: Sequence[str] | None, context: str) -> None:
    blank = frame[groups].isna()
    if blank.any():
        cities = frame.loc[blank, "city"].unique()
        raise SampleError(
            f"{context}: {len(cities)} cities have no {groups}, first {cities[0]}; give them one or drop them"
        )
    odd = sorted(set(frame[groups]) - set(order or frame[groups]))
    if odd:
        raise SampleError(
            f"{context}: {groups} {', '.join(map(str, odd))} has no label; add it to the attribute's values"
        )


def _check_sum(frame: pd.DataFrame, of: str, parts: Sequence[str], context: str) -> None:
    blank = frame[[of, *parts]].isna().any(axis=1)
    if blank.any():
        first = frame[blank].iloc[0]
        raise SampleError(
            f"{context}: {of} is missing in {int(blank.sum())} city-years, first {first['city']} {first['year']}; "
            "balance the sample or fill the gaps"
        )
    gap = (frame[list(parts)].sum(axis=1) - frame[of]).abs()
    if (gap > 1e-9 * frame[of].abs().max()).any():
        raise SampleError(f"{context}: {', '.join(parts)} do not add up to {of}")


def _statistics(
    values: Array,
    labels: NDArray[np.object_],
    components: Sequence[str],
    order: Sequence[str],
    *,
    grouped: bool,
    context: str,
) -> dict[Key, float]:
    """All measures of one year's cities."""
    totals = values.sum(axis=1)
    cells = gini_cells(values, labels, components=components or None, order=order, context=context)
    found: dict[Key, float] = {("gini", "", "", ""): cells.gini}
    for m, component in enumerate(components):
        found["gini_cell", "", "", component] = cells.by_component[m]
    if grouped:
        found |= _by_group(cells, components)
        found |= _dagum(totals, labels, order, context)
    if cells.gini > 0:
        found |= _shares(found, cells, grouped=grouped)
    found |= _means(values, labels, components, order if grouped else ())
    found["cv", "", "", ""] = totals.std(ddof=1) / totals.mean()
    if (totals > 0).all():
        found |= _theil(totals, labels if grouped else None, order if grouped else None, context)
        found["sd_log", "", "", ""] = np.log(totals).std(ddof=1)
    return found


def _dagum(
    totals: Array, labels: NDArray[np.object_], order: Sequence[str], context: str
) -> dict[Key, float]:
    parts = dagum(totals, labels, order=order, context=context)
    found: dict[Key, float] = {
        (f"dagum_{part}", "", "", ""): getattr(parts, part)
        for part in ("within", "net_between", "transvariation")
    }
    for j, group in enumerate(parts.groups):
        for h in range(j + 1, len(parts.groups)):
            found["dagum_pair", str(group), str(parts.groups[h]), ""] = parts.pair_gini[j, h]
    return found


def _shares(found: Mapping[Key, float], cells: GiniCells, *, grouped: bool) -> dict[Key, float]:
    """Parts over the Gini coefficient, and the between share of meaningless labels."""
    shares = {
        (key[0].replace("gini", "share"), *key[1:]): value / cells.gini
        for key, value in found.items()
        if key[0] in ("gini_within", "gini_between", "gini_cell")
    }
    return shares | ({("share_benchmark", "", "", ""): cells.benchmark} if grouped else {})


def _means(
    values: Array, labels: NDArray[np.object_], components: Sequence[str], groups: Sequence[str]
) -> dict[Key, float]:
    totals = values.sum(axis=1)
    found: dict[Key, float] = {("mean", "", "", ""): totals.mean()}
    for m, component in enumerate(components):
        found["mean", "", "", component] = values[:, m].mean()
    for group in groups:
        found["mean", str(group), "", ""] = totals[labels == group].mean()
    return found


def _theil(
    totals: Array, labels: NDArray[np.object_] | None, order: Sequence[str] | None, context: str
) -> dict[Key, float]:
    parts = theil(totals, labels, order=order, context=context)
    found: dict[Key, float] = {("theil", "", "", ""): parts.total}
    if labels is not None:
        found["theil_within", "", "", ""] = parts.within
        found["theil_between", "", "", ""] = parts.between
    return found


def _by_group(cells: GiniCells, components: Sequence[str]) -> dict[Key, float]:
    found: dict[Key, float] = {
        ("gini_within", "", "", ""): cells.within,
        ("gini_between", "", "", ""): cells.between,
    }
    for j, group in enumerate(cells.groups):
        found["gini_own", str(group), "", ""] = cells.own[j]
    for p, (one, other) in enumerate(cells.pairs):
        found["gini_cell", str(one), str(other), ""] = cells.by_pair[p]
        for m, component in enumerate(components):
            found["gini_cell", str(one), str(other), component] = cells.cells[m, p]
    return found


def _over_time(
    frame: pd.DataFrame,
    of: str,
    groups: str | None,
    order: Sequence[str],
    years: Sequence[int],
    gini: Array,
    context: str,
) -> list[dict[str, object]]:
    """Convergence from the first to the last year, and the Gini coefficient's mean yearly rate of change."""
    if len(years) < 2:
        return []
    found = []
    if (gini[:-1] > 0).all():
        found.append(_row(None, ("gini_growth", "", "", ""), 100 * float(np.mean(gini[1:] / gini[:-1] - 1))))
    wide = frame.pivot(index="city", columns="year", values=of)[[years[0], years[-1]]].dropna()
    wide = wide[(wide > 0).all(axis=1)]
    regions = frame.drop_duplicates("city").set_index("city")[groups].reindex(wide.index) if groups else None
    for group in ["", *order]:
        own = wide if regions is None or not group else wide[(regions == group).to_numpy()]
        # A line through two points has no error, and one through equal starts no slope.
        if len(own) < 3 or np.ptp(own[years[0]]) == 0:
            continue
        beta = beta_convergence(
            own[years[0]].to_numpy(), own[years[-1]].to_numpy(), float(years[-1] - years[0]), context=context
        )
        margin = stdtrit(beta.n - 2, 0.975) * beta.std_error
        found.append(
            _row(
                None, ("beta", group, "", ""), beta.beta, beta.std_error, beta.beta - margin,
                beta.beta + margin, beta.p_value,
            )
        )  # fmt: skip
        if np.isfinite(beta.speed):
            found.append(_row(None, ("beta_speed", group, "", ""), beta.speed))
    return found
