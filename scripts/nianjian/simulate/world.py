"""The simulated world while it is drawn: its cities and years, what sets cities apart, and the values so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import simulate
from nianjian.errors import DeclarationError
from nianjian.simulate import draws, facts, policies

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEVEL_YEARS = (2003, 2007, 2011, 2015, 2019, 2023)
START = 2002  # a year before the first printed one, for growth rates and averages
BOUNDED = ("flow", "stock", "count", "rate", "price")
"""Kinds of items that are held below the dictionary's upper bound."""


def logit(p: Array) -> Array:
    """ln(p / (1 - p)), of shares held within (0, 1)."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    made: Array = np.log(p / (1 - p))
    return made


def logistic(x: Array) -> Array:
    """Inverse of :func:`logit`."""
    made: Array = 1 / (1 + np.exp(-x))
    return made


def listed(value: str | Sequence[str]) -> list[str]:
    """A lone name stands for a list of one."""
    return [value] if isinstance(value, str) else list(value)


@dataclass(frozen=True)
class PlantedEffect:
    """One effect on one item, as it was planted.

    Attributes
    ----------
    effect : id in process.yaml
    kind : log (of the value) or points (added to it)
    size : the full effect
    exposure : (cities, years) share of the full effect
    before : scope to (cities, years) values before
    """

    effect: str
    item: str
    kind: str
    size: float
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
    settings : process.yaml
    cities : rows of cities.csv by code
    codes : (n,) their codes
    years : 2002 and the data years of all editions
    values : item to scope to array, in the item's unit
    units : of all items
    planted : one entry an effect and item
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = Path(folder)
        self.settings = simulate.settings(self.folder)
        self.seed = seed
        cities = pd.DataFrame(facts.read(self.folder, "cities.csv"), dtype="object")
        for name in ("city", "province"):
            cities[name] = cities[name].astype("int64")
        cities["from_year"] = pd.to_numeric(cities["from_year"]).fillna(0).astype("int64")
        cities["to_year"] = pd.to_numeric(cities["to_year"]).fillna(9999).astype("int64")
        self.cities = cities.sort_values("city", ignore_index=True)
        self.codes = self.cities["city"].to_numpy()
        self.attributes = policies.read_attributes(self.folder)
        self.members = policies.read_members(self.folder)
        self.years = np.arange(START, simulate.editions(self.folder.parent)[-1])
        self.values: dict[str, dict[str, Array]] = {}
        self.planted: list[PlantedEffect] = []
        known = facts.items(self.folder)
        self.units = {item: described.unit for item, described in known.items()}
        self.bounds = {
            item: described.upper
            for item, described in known.items()
            if described.upper is not None and described.kind in BOUNDED
        }
        for section in ("quantities", "derived"):
            for item, declared in self.settings[section].items():
                if "unit" in declared:
                    self.units.setdefault(item, declared["unit"])
        self._first_years: dict[str, Array] = {}
        self.linked: dict[str, Array] = {}

    # -- cities ------------------------------------------------------------------------------------

    def rank(self, name: str) -> Mask:
        """(cities,) which of them have the rank."""
        return np.isin(self.codes, self.settings["ranks"][name])

    def region(self, name: str) -> Mask:
        """(cities,) which of them lie in the region."""
        return np.isin(self.cities["province"], self.settings["regions"][name])

    def alive(self) -> Mask:
        """(cities, years) when each is a city of prefecture level, from 2003 on."""
        years = self.years[None, :]
        first, last = (self.cities[name].to_numpy()[:, None] for name in ("from_year", "to_year"))
        made: Mask = (years >= first) & (years <= last) & (years > START)
        return made

    def sample(self, exist: Sequence[int], years: Sequence[int]) -> tuple[Mask, Mask]:
        """Cities that exist from the first to the last of ``exist``, and which of ``years`` are meant."""
        alive = (self.cities["from_year"] <= exist[0]) & (self.cities["to_year"] >= exist[1])
        return alive.to_numpy(), (self.years >= years[0]) & (self.years <= years[1])

    def first_years(self, declared: Mapping[str, Any]) -> Array:
        """(cities,) first treated years of a declared policy, NaN for never."""
        names = ("policy", "coding", "starts", "where", "cities")
        key = repr([(name, declared.get(name)) for name in names])
        if key not in self._first_years:
            self._first_years[key] = policies.first_years(self.members, self.attributes, declared, self.codes)
        return self._first_years[key]

    def group(self, declared: Mapping[str, Any]) -> Mask:
        """(cities,) those that a policy ever reaches, or that have declared attributes, or both."""
        if "policy" in declared:
            return np.isfinite(self.first_years(declared))
        return policies.chosen(self.attributes, declared["cities"], self.codes)

    def coordinates(self) -> tuple[Array, Array]:
        """(cities,) longitudes and latitudes in degrees."""
        lon, lat = (self.cities[axis].astype("float64").to_numpy() for axis in ("lon", "lat"))
        return lon, lat

    def spatial_field(self, name: str, declared: Mapping[str, float]) -> Array:
        """(cities,) standard normal, partly shared by neighbours."""
        near = draws.spatial(self.seed, name, *self.coordinates(), declared["range"])
        own = draws.normals(self.seed, f"{name} own", self.codes)
        made: Array = np.sqrt(declared["spatial"]) * near + np.sqrt(1 - declared["spatial"]) * own
        return made

    # -- what sets cities apart --------------------------------------------------------------------

    @cached_property
    def whole(self) -> Mask:
        """Cities without counties, where both scopes are the same."""
        return np.isin(self.codes, self.settings["no_counties"])

    @cached_property
    def drawn_size(self) -> Array:
        """(cities,) logarithm of the size that a city is drawn with."""
        declared = self.settings["factors"]["size"]
        shifts = declared["municipality"] * self.rank("municipality") + declared["leading"] * self.rank(
            "leading"
        )
        sparse = np.isin(self.cities["province"], self.settings["sparse"])
        size = declared["sd"] * self.spatial_field("size", declared) + shifts + declared["sparse"] * sparse
        # No city passes the largest by much, whatever is added up here.
        knee, room = declared["limit"]
        made: Array = np.where(size > knee, knee + room * -np.expm1(-(size - knee) / room), size)
        return made

    @cached_property
    def drawn_wealth(self) -> Array:
        """(cities,) logarithm of the wealth that a city is drawn with."""
        declared = self.settings["factors"]["wealth"]
        wealth: Array = declared["sd"] * self.spatial_field("wealth", declared)
        for name in ("municipality", "leading"):
            wealth = wealth + declared[name] * self.rank(name)
        for name in ("east", "northeast"):
            wealth = wealth + declared[name] * self.region(name)
        return wealth

    @cached_property
    def urban(self) -> Array:
        """(cities, years) share of the districts in the registered population."""
        declared = self.settings["factors"]["urban"]
        start = declared["mean"] + declared["sd"] * self.spatial_field("urban", declared)
        start = start + declared["leading"] * self.rank("leading")
        share = logistic(start[:, None] + declared["yearly"] * (self.years - 2012)[None, :])
        return np.where(self.whole[:, None], 1.0, np.minimum(share, 0.95))

    @cached_property
    def size(self) -> dict[str, Array]:
        """Logarithm of the registered population less its median, by scope."""
        population = self.values["pop_hukou"]
        return {scope: _deviation(np.log(value)) for scope, value in population.items()}

    @cached_property
    def wealth(self) -> Array:
        """Wealth less its median; differences between cities shrink."""
        declared = self.settings["factors"]["wealth"]
        path = self.drawn_wealth[:, None] * (1 - declared["convergence"] * (self.years - 2003)[None, :])
        return _deviation(path)

    # -- values ------------------------------------------------------------------------------------

    def put(self, scope: str, item: str, value: Array) -> None:
        """Set the values of an item in one scope."""
        self.values.setdefault(item, {})[scope] = value

    def scale(self, items: Sequence[str], factor: Array) -> None:
        """Multiply items in all their scopes; percentages stay below 100, counts whole."""
        for item in items:
            spec = self.settings["quantities"].get(item, {})
            for scope, value in self.values[item].items():
                scaled = value * factor
                if "percent" in spec:
                    scaled = np.minimum(scaled, 99.99)
                self.values[item][scope] = np.rint(scaled) if spec.get("round") else scaled

    def within(self, item: str, value: Array, knee: float = 0.5) -> Array:
        """Bend what comes near the dictionary's upper bound so that it stays below it.

        ``knee`` is the share of the bound from which on values are bent; 15 % are left for planted effects.
        """
        bound = self.bounds.get(item, np.inf)
        if not np.isfinite(bound):
            return value
        low, room = knee * bound, max(0.85 - knee, 0.1) * bound
        return np.where(value > low, low + room * -np.expm1(-(value - low) / room), value)

    def quotient(self, declared: Mapping[str, Any]) -> Array:
        """(cities, years) ``of`` / ``per`` * ``times``: a variable as a study computes it from items."""
        scope = declared.get("scope", "city")
        above = sum(self.values[item][scope] for item in listed(declared["of"]))
        if "per" in declared:
            above = above / self.values[declared["per"]][scope]
        made: Array = above * declared.get("times", 1.0)
        return made

    # -- courses by year ---------------------------------------------------------------------------

    def levels(
        self,
        values: Sequence[float] | Mapping[int, float],
        link: Callable[[Array], Array] = np.log,
    ) -> Array:
        """(years,) a path through the declared years, straight on the scale of ``link``, back to 2002.

        Parameters
        ----------
        values : one value for each of LEVEL_YEARS, or a mapping of years to values
        """
        if not isinstance(values, Mapping):
            values = dict(zip(LEVEL_YEARS, values, strict=True))
        known = np.array(sorted(values))
        nodes = link(np.array([values[year] for year in known.tolist()], dtype=float))
        path = np.interp(self.years, known, nodes)
        early = self.years < known[0]
        slope = (nodes[1] - nodes[0]) / (known[1] - known[0]) if len(known) > 1 else 0.0
        path[early] = nodes[0] + slope * (self.years[early] - known[0])
        return path

    def course(self, item: str, key: str, declared: float | Mapping[int, float]) -> Array:
        """(years,) a factor or shift: one number, or numbers of some years with straight lines between."""
        if not isinstance(declared, Mapping):
            return np.full(len(self.years), float(declared))
        if not declared or not all(isinstance(year, int) for year in declared):
            raise DeclarationError(
                f"{simulate.shown(simulate.PROCESS)}: quantities.{item}.{key}: write a number, or years and numbers "
                f"({{2009: 1.0, 2023: 0.8}}); found {dict(declared)!r}"
            )
        known = sorted(declared)
        return np.interp(self.years, known, [float(declared[year]) for year in known])


def _deviation(log: Array) -> Array:
    made: Array = log - np.median(log, axis=0)
    return made
