"""The simulated world while it is drawn: its cities and years, what sets cities apart, and the values so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.simulate import draws, facts, policies, reading
from nianjian.simulate.declared.planted import Change, PolicyGroup, Ratio
from nianjian.simulate.declared.process import FIRST_YEAR, Course, Levels, SpatialSpread

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEVEL_YEARS = (2003, 2007, 2011, 2015, 2019, 2023)
BOUNDED = ("flow", "stock", "count", "rate", "price")
"""Kinds of items that are held below the dictionary's upper bound."""


def logit(p: Array) -> Array:
    """ln(p / (1 - p)), of shares held within (0, 1)."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def logistic(x: Array) -> Array:
    """Inverse of :func:`logit`."""
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Planted:
    """One effect on one item, as it was planted.

    Attributes
    ----------
    effect : id in process.yaml
    change : the full effect
    exposure : (cities, years) share of the full effect
    before : scope to (cities, years) values before
    """

    effect: str
    item: str
    change: Change
    exposure: Array
    before: Mapping[str, Array]


class World:
    """All quantities of all cities, as (cities, years) arrays by item and scope.

    Parameters
    ----------
    folder : ``config/simulation``
    seed : of all draws

    Attributes
    ----------
    process : process.yaml
    cities : rows of cities.csv by code
    codes : (n,) their codes
    years : 2002 and the data years of all editions
    values : item to scope to array, in the item's unit
    units : of all items
    planted : one entry an effect and item
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = Path(folder)
        self.process = reading.process(self.folder)
        self.seed = seed
        cities = pd.DataFrame(facts.read(self.folder, "cities.csv"), dtype="object")
        for name in ("city", "province"):
            cities[name] = cities[name].astype("int64")
        cities["from_year"] = pd.to_numeric(cities["from_year"]).fillna(0).astype("int64")
        cities["to_year"] = pd.to_numeric(cities["to_year"]).fillna(9999).astype("int64")
        self.cities = cities.sort_values("city", ignore_index=True)
        self.codes = self.cities["city"].to_numpy()
        self.years = np.arange(FIRST_YEAR, self.process.covers[-1])
        self.values: dict[str, dict[str, Array]] = {}
        self.planted: list[Planted] = []
        known = facts.items(self.folder)
        self.units = {item: own.unit for item, own in self.process.described.items() if own.unit}
        self.units |= {item: described.unit for item, described in known.items()}
        self.bounds = {
            item: described.upper
            for item, described in known.items()
            if described.upper is not None and described.kind in BOUNDED
        }
        self.attributes = facts.by_city(self.folder, "attributes.csv")
        self._first_years: dict[str, Array] = {}
        self.linked: dict[str, Array] = {}

    # -- cities ------------------------------------------------------------------------------------

    def rank(self, name: str) -> Mask:
        """(cities,) which of them have the rank."""
        return np.isin(self.codes, getattr(self.process.ranks, name))

    def region(self, name: str) -> Mask:
        """(cities,) which of them lie in the region."""
        return np.isin(self.cities["province"], self.process.regions[name])

    def alive(self) -> Mask:
        """(cities, years) when each is a city of prefecture level, from 2003 on."""
        years = self.years[None, :]
        first, last = (self.cities[name].to_numpy()[:, None] for name in ("from_year", "to_year"))
        return (years >= first) & (years <= last) & (years > FIRST_YEAR)

    def sample(self, exist: Sequence[int], years: Sequence[int]) -> tuple[Mask, Mask]:
        """Cities that exist from the first to the last of ``exist``, and which of ``years`` are meant."""
        alive = (self.cities["from_year"] <= exist[0]) & (self.cities["to_year"] >= exist[1])
        return alive.to_numpy(), (self.years >= years[0]) & (self.years <= years[1])

    def first_years(self, group: PolicyGroup) -> Array:
        """(cities,) first treated years by a declared policy, NaN for never."""
        key = repr([getattr(group, name) for name in PolicyGroup.model_fields])
        if key not in self._first_years:
            members = facts.read(self.folder, "policies.csv")
            self._first_years[key] = policies.first_years(members, self.attributes, group, self.codes)
        return self._first_years[key]

    def group(self, group: PolicyGroup) -> Mask:
        """(cities,) those that a policy ever reaches, or that have declared attributes, or both."""
        if group.policy:
            return np.isfinite(self.first_years(group))
        return policies.chosen(self.attributes, group.cities, self.codes)

    @cached_property
    def coordinates(self) -> tuple[Array, Array]:
        """(cities,) longitudes and latitudes in degrees."""
        lon, lat = (self.cities[axis].astype("float64").to_numpy() for axis in ("lon", "lat"))
        return lon, lat

    def spatial_field(self, name: str, spread: SpatialSpread) -> Array:
        """(cities,) standard normal, partly shared by neighbours."""
        near = draws.spatial(self.seed, name, *self.coordinates, spread.range)
        own = draws.normals(self.seed, f"{name} own", self.codes)
        return np.sqrt(spread.spatial) * near + np.sqrt(1 - spread.spatial) * own

    # -- what sets cities apart --------------------------------------------------------------------

    @cached_property
    def whole(self) -> Mask:
        """Cities without counties, where both scopes are the same."""
        return np.isin(self.codes, self.process.no_counties)

    @cached_property
    def drawn_size(self) -> Array:
        """(cities,) logarithm of the size that a city is drawn with."""
        declared = self.process.factors.size
        shifts = declared.municipality * self.rank("municipality") + declared.leading * self.rank("leading")
        sparse = np.isin(self.cities["province"], self.process.sparse)
        size = declared.sd * self.spatial_field("size", declared) + shifts + declared.sparse * sparse
        # No city passes the largest by much, whatever is added up here.
        knee, room = declared.limit
        return np.where(size > knee, knee + room * -np.expm1(-(size - knee) / room), size)

    @cached_property
    def drawn_wealth(self) -> Array:
        """(cities,) logarithm of the wealth that a city is drawn with."""
        declared = self.process.factors.wealth
        wealth: Array = declared.sd * self.spatial_field("wealth", declared)
        wealth = wealth + declared.municipality * self.rank("municipality")
        wealth = wealth + declared.leading * self.rank("leading")
        wealth = wealth + declared.east * self.region("east")
        return wealth + declared.northeast * self.region("northeast")

    @cached_property
    def urban(self) -> Array:
        """(cities, years) share of the districts in the registered population."""
        declared = self.process.factors.urban
        start = declared.mean + declared.sd * self.spatial_field("urban", declared)
        start = start + declared.leading * self.rank("leading")
        share = logistic(start[:, None] + declared.yearly * (self.years - 2012)[None, :])
        return np.where(self.whole[:, None], 1.0, np.minimum(share, 0.95))

    @cached_property
    def size(self) -> dict[str, Array]:
        """Logarithm of the registered population less its median, by scope."""
        population = self.values["pop_hukou"]
        return {scope: _deviation(np.log(value)) for scope, value in population.items()}

    @cached_property
    def wealth(self) -> Array:
        """Wealth less its median; differences between cities shrink."""
        fading = self.process.factors.wealth.convergence * (self.years - 2003)
        return _deviation(self.drawn_wealth[:, None] * (1 - fading[None, :]))

    # -- values ------------------------------------------------------------------------------------

    def put(self, scope: str, item: str, value: Array) -> None:
        """Set the values of an item in one scope."""
        self.values.setdefault(item, {})[scope] = value

    def total(self, scope: str, items: Iterable[str]) -> Array:
        """Sum of items in one scope."""
        return sum(self.values[item][scope] for item in items)  # type: ignore[return-value]

    def scale(self, items: Sequence[str], factor: Array) -> None:
        """Multiply items in all their scopes; percentages stay below 100, counts whole."""
        for item in items:
            spec = self.process.quantities.get(item)
            for scope, value in self.values[item].items():
                scaled = value * factor
                if spec and spec.percent:
                    scaled = np.minimum(scaled, 99.99)
                self.values[item][scope] = np.rint(scaled) if spec and spec.round else scaled

    def within(self, item: str, value: Array, knee: float = 0.5) -> Array:
        """Bend what comes near the dictionary's upper bound so that it stays below it.

        ``knee`` is the share of the bound from which on values are bent; 15 % are left for planted effects.
        """
        bound = self.bounds.get(item)
        if bound is None:
            return value
        low, room = knee * bound, max(0.85 - knee, 0.1) * bound
        return np.where(value > low, low + room * -np.expm1(-(value - low) / room), value)

    def quotient(self, ratio: Ratio) -> Array:
        """(cities, years) ``of`` / ``per`` * ``times``: a variable as a study computes it from items."""
        above = self.total(ratio.scope, ratio.of)
        if ratio.per:
            above = above / self.values[ratio.per][ratio.scope]
        return above * ratio.times

    # -- courses by year ---------------------------------------------------------------------------

    def levels(self, values: Levels, link: Callable[[Array], Array] = np.log) -> Array:
        """(years,) a path through the declared years, straight on the scale of ``link``, back to 2002.

        Parameters
        ----------
        values : one value for each of LEVEL_YEARS, or a mapping of years to values
        """
        if isinstance(values, list):
            values = dict(zip(LEVEL_YEARS, values, strict=True))
        known = np.array(sorted(values))
        nodes = link(np.array([values[year] for year in known.tolist()], dtype=float))
        path = np.interp(self.years, known, nodes)
        early = self.years < known[0]
        slope = (nodes[1] - nodes[0]) / (known[1] - known[0]) if len(known) > 1 else 0.0
        path[early] = nodes[0] + slope * (self.years[early] - known[0])
        return path

    def course(self, declared: Course) -> Array:
        """(years,) a factor or shift: one number, or numbers of some years with straight lines between."""
        if not isinstance(declared, dict):
            return np.full(len(self.years), declared)
        known = sorted(declared)
        return np.interp(self.years, known, [declared[year] for year in known])


def _deviation(log: Array) -> Array:
    return log - np.median(log, axis=0)
