"""The truth behind the simulated yearbooks: a process for real cities with planted effects.

Each quantity is a trend, elasticities to a city's size and wealth, a level of the city's own that neighbours
partly share, and yearly shocks. On top come the moments that the papers print, parallel trends between
treated and other cities, and the effects. What must add up is computed, not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import simulate
from nianjian.errors import DeclarationError
from nianjian.simulate import calibrate, draws, effects
from nianjian.storage import Schema

Array = NDArray[np.float64]

TRUTH: Schema = {
    "city": "int32",
    "year": "int32",
    "item": "string",
    "scope": "string",
    "value": "float64",  # in the item's unit, before rounding
    "unit": "string",
}
TRUTH_KEY = ("year", "item", "scope", "city")  # the year first: an edition reads one year
EFFECTS: Schema = {
    "effect": "string",
    "city": "int32",
    "year": "int32",
    "item": "string",
    "scope": "string",
    "exposure": "float64",  # share of the full effect
    "size": "float64",  # full effect as declared: a logarithm or an amount
    "kind": "string",  # log, points
    "change": "float64",  # value less value without this effect, in the item's unit
}
EFFECT_KEY = ("effect", "item", "scope", "city", "year")
CALIBRATION: Schema = {
    "study": "string",
    "row": "string",
    "statistic": "string",
    "published": "float64",
    "simulated": "float64",
    "adjusted": "bool",  # whether a quantity was adjusted to it, or it is only compared
}

LEVEL_YEARS = (2003, 2007, 2011, 2015, 2019, 2023)
START = 2002  # a year before the first printed one, for growth rates and averages

SECTORS = {
    "primary": ("emp_agri",),
    "secondary": ("emp_mining", "emp_mfg", "emp_utilities", "emp_construction"),
    "tertiary": (
        *("emp_transport", "emp_it", "emp_trade", "emp_catering", "emp_finance", "emp_realestate"),
        *("emp_leasing", "emp_sci", "emp_env", "emp_residents", "emp_education", "emp_health"),
        *("emp_culture", "emp_public"),
    ),
}
_SECTOR_OF = {item: stratum for stratum, items in SECTORS.items() for item in items}
_SPLITS = {
    "n_ind_firms": ("n_ind_firms_domestic", "n_ind_firms_hmt", "n_ind_firms_foreign"),
    "ind_output": ("ind_output_domestic", "ind_output_hmt", "ind_output_foreign"),
}
_SPLIT_PART = {part: total for total, parts in _SPLITS.items() for part in parts}
_SPLIT_LAST = {parts[-1]: total for total, parts in _SPLITS.items()}
_SHARES = ("va1_share", "va2_share", "va3_share")


def _logit(p: Array) -> Array:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def _logistic(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


class World:
    """All quantities of all cities, as (cities, years) arrays by item and scope.

    Attributes
    ----------
    cities : rows of config/reference/cities.csv by code
    years : 2002 and the data years of all editions
    values : item to scope to array, in the item's unit
    planted : one entry an effect and item: effect, item, kind, size, exposure, values before
    """

    def __init__(self, config_dir: Path, seed: int) -> None:
        self.config_dir = config_dir
        self.settings = simulate.settings(config_dir)
        self.seed = seed
        cities = pd.read_csv(config_dir / "reference" / "cities.csv", dtype=str, keep_default_na=False)
        for name in ("city", "province"):
            cities[name] = cities[name].astype("int64")
        cities["from_year"] = pd.to_numeric(cities["from_year"]).fillna(0).astype("int64")
        cities["to_year"] = pd.to_numeric(cities["to_year"]).fillna(9999).astype("int64")
        self.cities = cities.sort_values("city", ignore_index=True)
        self.codes = self.cities["city"].to_numpy()
        self.years = np.arange(START, simulate.editions(config_dir)[-1])
        self.values: dict[str, dict[str, Array]] = {}
        self.planted: list[dict[str, Any]] = []
        self.units: dict[str, str] = {}
        self.bounds: dict[str, float] = {}
        self._entries: dict[str, Array] = {}
        self._neighbours: dict[str, Array] = {}
        self._read_dictionary()

    def _read_dictionary(self) -> None:
        # The dictionary is checked where it is used; only its units and upper bounds are needed here.
        items = simulate.read_yaml(self.config_dir / "items.yaml")
        self.units = {item: declared["unit"] for item, declared in items.items()}
        self.bounds = {
            item: float(declared["bounds"][1])
            for item, declared in items.items()
            if declared.get("bounds") and declared["kind"] in ("flow", "stock", "count", "rate", "price")
        }
        for section in ("quantities", "derived"):
            for item, declared in self.settings[section].items():
                if "unit" in declared:
                    self.units.setdefault(item, declared["unit"])

    # -- cities ------------------------------------------------------------------------------------

    def _rank(self, name: str) -> NDArray[np.bool_]:
        return np.isin(self.codes, self.settings["ranks"][name])

    def _region(self, name: str) -> NDArray[np.bool_]:
        return np.isin(self.cities["province"], self.settings["regions"][name])

    def _field(self, name: str, declared: Mapping[str, float]) -> Array:
        """A standard normal over cities, partly shared by neighbours."""
        lon, lat = (self.cities[axis].astype("float64").to_numpy() for axis in ("lon", "lat"))
        near = draws.spatial(self.seed, name, lon, lat, declared["range"])
        own = draws.normals(self.seed, f"{name} own", self.codes)
        return np.sqrt(declared["spatial"]) * near + np.sqrt(1 - declared["spatial"]) * own

    def _own_level(self, item: str, spec: Mapping[str, Any]) -> Array:
        """A city's own level of a quantity; a few cities stand far above the others."""
        declared = {**self.settings["factors"]["city"], **spec.get("own", {})}
        bent = np.sinh(declared["tail"] * np.arcsinh(self._field(item, declared)) + declared["skew"])
        return np.clip(bent - np.sinh(declared["skew"]), -declared["limit"], declared["limit"])

    def _within(self, item: str, value: Array, knee: float = 0.5) -> Array:
        """Bend what comes near the dictionary's upper bound so that it stays below it.

        ``knee`` is the share of the bound from which on values are bent; 15 % are left for planted effects.
        """
        bound = self.bounds.get(item, np.inf)
        if not np.isfinite(bound):
            return value
        low, room = knee * bound, max(0.85 - knee, 0.1) * bound
        return np.where(value > low, low + room * -np.expm1(-(value - low) / room), value)

    @cached_property
    def _size(self) -> Array:
        declared = self.settings["factors"]["size"]
        shifts = declared["municipality"] * self._rank("municipality") + declared["leading"] * self._rank(
            "leading"
        )
        sparse = np.isin(self.cities["province"], self.settings["sparse"])
        size = declared["sd"] * self._field("size", declared) + shifts + declared["sparse"] * sparse
        # No city passes the largest by much, whatever is added up here.
        knee, room = declared["limit"]
        return np.where(size > knee, knee + room * -np.expm1(-(size - knee) / room), size)

    @cached_property
    def _wealth(self) -> Array:
        declared = self.settings["factors"]["wealth"]
        wealth = declared["sd"] * self._field("wealth", declared)
        for name in ("municipality", "leading"):
            wealth = wealth + declared[name] * self._rank(name)
        for name in ("east", "northeast"):
            wealth = wealth + declared[name] * self._region(name)
        return wealth

    @cached_property
    def whole(self) -> NDArray[np.bool_]:
        """Cities without counties, where both scopes are the same."""
        return np.isin(self.codes, self.settings["no_counties"])

    @cached_property
    def urban(self) -> Array:
        """Share of the districts in the registered population."""
        declared = self.settings["factors"]["urban"]
        start = declared["mean"] + declared["sd"] * self._field("urban", declared)
        start = start + declared["leading"] * self._rank("leading")
        share = _logistic(start[:, None] + declared["yearly"] * (self.years - 2012)[None, :])
        return np.where(self.whole[:, None], 1.0, np.minimum(share, 0.95))

    def _deviation(self, log: Array) -> Array:
        return log - np.median(log, axis=0)

    @cached_property
    def size(self) -> dict[str, Array]:
        """Logarithm of the registered population less its median, by scope."""
        population = self.values["pop_hukou"]
        return {scope: self._deviation(np.log(value)) for scope, value in population.items()}

    @cached_property
    def wealth(self) -> Array:
        """Wealth less its median; differences between cities shrink."""
        declared = self.settings["factors"]["wealth"]
        path = self._wealth[:, None] * (1 - declared["convergence"] * (self.years - 2003)[None, :])
        return self._deviation(path)

    # -- quantities --------------------------------------------------------------------------------

    def levels(
        self,
        values: Sequence[float] | Mapping[int, float],
        link: Callable[[Array], Array] = np.log,
    ) -> Array:
        """A path through the declared years, straight on the scale of ``link``, back to 2002.

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

    def _course(self, item: str, key: str, declared: float | Mapping[int, float]) -> Array:
        """A factor or shift by year: one number, or numbers of some years with straight lines between."""
        if not isinstance(declared, Mapping):
            return np.full(len(self.years), float(declared))
        if not declared or not all(isinstance(year, int) for year in declared):
            raise DeclarationError(
                f"simulation.yaml: quantities.{item}.{key}: write a number, or years and numbers "
                f"({{2009: 1.0, 2023: 0.8}}); found {dict(declared)!r}"
            )
        known = sorted(declared)
        return np.interp(self.years, known, [float(declared[year]) for year in known])

    def _latent(self, item: str, spec: Mapping[str, Any], middle: Array) -> Array:
        """What stands behind a quantity before its link: trend, factors, region, city and shocks."""
        factors = self.settings["factors"]
        scope = spec.get("scope", "city")
        apart = spec.get("size", 0.0) * self.size[scope] + spec.get("wealth", 0.0) * self.wealth
        apart = apart + spec.get("city", 0.0) * self._own_level(item, spec)[:, None]
        if spec.get("shock"):
            rho = spec.get("rho", factors["shock"]["rho"])
            apart = apart + spec["shock"] * draws.autoregressive(
                self.seed, item, self.codes, self.years, rho, self._shared(item, spec)
            )
        latent = middle[None, :] + self._course(item, "spread", spec.get("spread", 1.0))[None, :] * apart
        for name, shift in spec.get("regions", {}).items():
            if name not in self.settings["regions"]:
                raise DeclarationError(
                    f"simulation.yaml: quantities.{item}.regions: no region {name!r}; "
                    f"expected one of {', '.join(self.settings['regions'])}"
                )
            latent = latent + np.outer(self._region(name), self._course(item, f"regions.{name}", shift))
        for group in spec.get("members", []):
            course = self._course(item, "members.shift", group["shift"])
            latent = latent + np.outer(self._group(group), course)
        return latent

    def _shared(self, item: str, spec: Mapping[str, Any]) -> tuple[Array, float] | None:
        """What neighbours have in common of a quantity's yearly shocks, and its share of their variance."""
        declared = spec.get("shock_shared")
        if declared is None:
            return None
        lon, lat = (self.cities[axis].astype("float64").to_numpy() for axis in ("lon", "lat"))
        fields = [
            draws.spatial(self.seed, f"{item} shock {year}", lon, lat, declared["range"])
            for year in self.years.tolist()
        ]
        return np.stack(fields, axis=1), declared["spatial"]

    def _noise(self, item: str) -> Array:
        """What sets the districts of a city apart, standard normal, zero where there is nothing else."""
        return np.where(self.whole, 0.0, draws.normals(self.seed, f"{item} districts", self.codes))[:, None]

    def districts_share(self, item: str, a: float, sd: float) -> Array:
        """Share of the districts in an additive quantity."""
        share = _logistic(_logit(self.urban) + a + sd * self._noise(item))
        return np.where(self.whole[:, None], 1.0, share)

    def generate(self, item: str, spec: Mapping[str, Any]) -> None:
        """Draw one declared quantity in its scopes."""
        scope = spec.get("scope", "city")
        parent = spec.get("of")
        if "top" in spec:
            bottom, room = float(spec.get("bottom", 0.0)), float(spec["top"]) - float(spec.get("bottom", 0.0))
            forward = lambda x: bottom + room * _logistic(x)  # noqa: E731
            backward = lambda x: _logit((x - bottom) / room)  # noqa: E731
            latent = self._latent(item, spec, self.levels(spec["level"], link=backward))
        elif "level" in spec:
            forward, backward = np.exp, np.log
            latent = self._latent(item, spec, self.levels(spec["level"]))
        elif "amount" in spec:
            forward = backward = lambda x: x
            latent = self._latent(item, spec, self.levels(spec["amount"], link=lambda x: x))
        else:
            percent = spec["percent"] if "percent" in spec else spec["share"]
            forward, backward = lambda x: 100 * _logistic(x), lambda x: _logit(x / 100)
            latent = self._latent(
                item, spec, self.levels(percent, link=lambda x: backward(np.clip(x, 0.05, 99.9)))
            )
        value = forward(latent)
        if parent:
            value = value / 100 * self.values[parent][scope]
        if "present" in spec:
            # Larger and richer cities are likelier to have it.
            leaning = (self._size + self._wealth) / np.std(self._size + self._wealth)
            score = leaning + draws.normals(self.seed, f"{item} present", self.codes)
            value = np.where((score > np.quantile(score, 1 - spec["present"]))[:, None], value, 0.0)
        value = self._within(item, value)
        scopes = {scope: value}
        if "districts" in spec:
            below = value * self.districts_share(item, *spec["districts"])
            if parent:
                # The part of a part stays within both.
                ceiling = np.maximum(value / np.maximum(self.values[parent]["city"], 1e-300), 0.97)
                below = np.minimum(below, ceiling * self.values[parent]["districts"])
            scopes["districts"] = below
        elif "gap" in spec:
            gap, sd = spec["gap"]
            moved = forward(
                backward(value) + np.where(self.whole[:, None], 0.0, gap + sd * self._noise(item))
            )
            scopes["districts"] = np.where(self.whole[:, None], value, moved)
        if spec.get("round"):
            scopes = {name: np.rint(array) for name, array in scopes.items()}
        self.values[item] = scopes

    def _scale(self, items: Sequence[str], factor: Array) -> None:
        for item in items:
            spec = self.settings["quantities"].get(item, {})
            for scope, value in self.values[item].items():
                scaled = value * factor
                if "percent" in spec:
                    scaled = np.minimum(scaled, 99.99)
                self.values[item][scope] = np.rint(scaled) if spec.get("round") else scaled

    # -- moments, trends, effects --------------------------------------------------------------------

    def sample(
        self, exist: Sequence[int], years: Sequence[int]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Cities that exist from the first to the last of ``exist``, and which of ``years`` are meant."""
        alive = (self.cities["from_year"] <= exist[0]) & (self.cities["to_year"] >= exist[1])
        return alive.to_numpy(), (self.years >= years[0]) & (self.years <= years[1])

    def _quotient(self, declared: Mapping[str, Any]) -> Array:
        scope = declared.get("scope", "city")
        above = sum(self.values[item][scope] for item in _listed(declared["of"]))
        if "per" in declared:
            above = above / self.values[declared["per"]][scope]
        return above * declared.get("times", 1.0)

    def match(self, declared: Mapping[str, Any]) -> None:
        """Adjust a quantity so that a study's variable gets its published moments."""
        forward, backward = calibrate.TRANSFORMS[declared["transform"]]
        before = self._quotient(declared)
        cities, years = self.sample(declared["exist"], declared["years"])
        with np.errstate(divide="ignore"):
            written = forward(before)
        fitted = calibrate.match_moments(written[np.ix_(cities, years)].ravel(), declared)
        after = backward(fitted(written))
        if declared["transform"] == "level" and declared.get("min"):
            # A ratio stays above zero: below the published minimum it falls towards zero without reaching it.
            after = np.where(
                after < declared["min"], declared["min"] * np.exp(after / declared["min"] - 1), after
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(before > 0, after / before, 1.0)
        adjusted = _listed(declared["adjust"])
        if declared.get("per") in adjusted:
            factor = 1 / factor
        for item in adjusted:
            scope = declared.get("scope", "city")
            value = self.values[item][scope]
            bent = self._within(item, value * factor, knee=0.85)
            self._scale([item], np.divide(bent, value, out=np.ones_like(value), where=value > 0))

    def _first_years(self, declared: Mapping[str, Any]) -> Array:
        names = ("policy", "coding", "starts", "where", "cities")
        key = repr([(name, declared.get(name)) for name in names])
        if key not in self._entries:
            self._entries[key] = effects.first_years(self.config_dir, declared, self.codes, self.years)
        return self._entries[key]

    def _group(self, declared: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Cities that a policy ever reaches, or that have declared attributes, or both."""
        if "policy" in declared:
            return np.isfinite(self._first_years(declared))
        return effects.chosen(self.config_dir, declared["cities"], self.codes)

    def _balance(self, declared: Mapping[str, Any], indicator: Mapping[str, Any]) -> None:
        """Give a policy's cities, or each of the parts declared, the trend of those that it does not reach."""
        cities, _ = self.sample(declared["exist"], declared["years"])
        reached = self._first_years(declared) <= declared["years"][1]
        parts = [{**declared, "where": where} for where in declared.get("parts", [])] or [declared]
        quotient = self._quotient(indicator)
        factor = np.ones_like(quotient)
        for part in parts:
            treated = self._first_years(part) <= declared["years"][1]
            course = effects.common_trend(
                quotient,
                treated,
                cities & (treated | ~reached),
                self.years,
                tuple(declared["years"]),
                declared["degree"],
                indicator.get("relative", False),
            )
            factor[treated] = course
        self._scale(_listed(indicator["of"]), factor)

    def _balance_index(self, declared: Mapping[str, Any]) -> None:
        """Take the groups' trends in an entropy index out of it, through one of its indicators."""
        cities, years = self.sample(declared["exist"], declared["years"])
        names = list(declared["index"])
        item = declared["through"]
        if item not in names:
            raise DeclarationError(
                f"simulation.yaml: balance: an index without {item!r} cannot be balanced through it; "
                f"expected one of {', '.join(names)}"
            )
        groups = np.column_stack([self._group(group) for group in declared["groups"]])
        signs = [indicator.get("sign", 1) for indicator in declared["index"].values()]
        # The index is not quite linear in the indicator, whose range and weight change with it.
        for _ in range(3):
            found = [
                self._quotient(indicator)[np.ix_(cities, years)] for indicator in declared["index"].values()
            ]
            index, slopes = effects.entropy_index(found, signs)
            trends = effects.group_trends(
                index, groups[cities], self.years, tuple(declared["years"]), declared["degree"]
            )
            shift = -(groups @ trends) / slopes[names.index(item)]
            for scope, value in self.values[item].items():
                moved = np.clip(value + shift, 0.6 * value, 1.6 * value)
                self.values[item][scope] = self._within(item, moved, knee=0.85)

    def _link(self, declared: Mapping[str, Any]) -> None:
        """Let a quantity follow another one: what this deviates from its city's and year's means."""
        cities, years = self.sample(declared["exist"], declared["years"])
        written, _ = calibrate.TRANSFORMS[declared.get("transform", "level")]
        cause = written(self._quotient(declared))
        by_city = cause[:, years].mean(axis=1, keepdims=True)
        by_year = cause[cities].mean(axis=0)
        deviation = cause - by_city - by_year + cause[np.ix_(cities, years)].mean()
        self._change(declared["item"], declared["change"], deviation, f"links.{declared['id']}")

    def _change(
        self, item: str, declared: Mapping[str, float], share: Array, where: str
    ) -> tuple[str, float]:
        """Add the declared size times ``share`` to an item or its logarithm; which of them, and the size."""
        (kind, size), *rest = declared.items()
        if rest or kind not in ("log", "points"):
            raise DeclarationError(f"simulation.yaml: {where}: write {{log: …}} or {{points: …}}")
        if kind == "log":
            self._scale([item], np.exp(size * share))
        else:
            for scope, value in self.values[item].items():
                self.values[item][scope] = value + size * share
        return kind, size

    def _weights(self, name: str) -> Array:
        """Declared spatial weights, (cities, cities)."""
        if name not in self.settings["weights"]:
            raise DeclarationError(
                f"simulation.yaml: no weights {name!r}; expected one of {', '.join(self.settings['weights'])}"
            )
        if name not in self._neighbours:
            declared = self.settings["weights"][name]
            cities, years = self.sample(declared["exist"], declared.get("years", self.years[[0, -1]]))
            values = self._quotient(declared)[:, years].mean(axis=1) if "of" in declared else None
            self._neighbours[name] = effects.neighbours(declared, self.cities, cities, values, name)
        return self._neighbours[name]

    def _plant(self, declared: Mapping[str, Any], item: str) -> None:
        first = self._first_years(declared)
        share = effects.exposure(first, self.years, declared["path"])
        if "neighbours" in declared:
            share = self._weights(declared["neighbours"]) @ share
        before = {scope: value.copy() for scope, value in self.values[item].items()}
        where = f"effects.{declared['id']}.{item}"
        kind, size = self._change(item, declared["items"][item], share, where)
        self.planted.append(
            {
                "effect": declared["id"],
                "item": item,
                "kind": kind,
                "size": size,
                "exposure": share,
                "before": before,
            }
        )

    def settle(self, item: str) -> None:
        """After an item is drawn: its moments, its trends, what it follows, then its effects."""
        for declared in self.settings["moments"]:
            if declared.get("adjust") and declared.get("after", _listed(declared["adjust"])[-1]) == item:
                self.match(declared)
        for declared in self.settings["balance"]:
            for indicator in declared.get("indicators", []):
                if indicator.get("after", _listed(indicator["of"])[-1]) == item:
                    self._balance(declared, indicator)
            if declared.get("through") == item:
                self._balance_index(declared)
        for declared in self.settings["links"]:
            if declared["item"] == item:
                self._link(declared)
        for declared in self.settings["effects"]:
            if item in declared["items"]:
                self._plant(declared, item)

    # -- the whole ---------------------------------------------------------------------------------

    def build(self) -> World:
        """Draw everything in the order of simulation.yaml."""
        self._population()
        for item, spec in self.settings["quantities"].items():
            if item in _SECTOR_OF or item in _SHARES or item in self.values:
                continue
            self.generate(item, spec)
            if item == "gdp_pc":
                self.settle(item)
                self._output()
            elif item == "emp_total":
                self.settle(item)
                self._employment()
            elif item not in _SPLIT_PART:
                self.settle(item)
            if item in _SPLIT_LAST:
                self._split(_SPLIT_LAST[item])
        self._identities()
        return self

    def _population(self) -> None:
        declared = self.settings["population"]
        mean, sd, by_wealth = declared["growth"]
        growth = (
            mean + sd * draws.normals(self.seed, "population growth", self.codes) + by_wealth * self._wealth
        )
        log = self.levels(declared["level"])[None, :] + (self._size - np.median(self._size))[:, None]
        city = np.exp(log + growth[:, None] * (self.years - 2012)[None, :])
        self.values["pop_hukou"] = {"city": city, "districts": city * self.urban}
        self.generate("area_admin", self.settings["quantities"]["area_admin"])
        self.settle("area_admin")

    def _output(self) -> None:
        """Output from output per head, its growth rate, and its composition."""
        residents = self.values["pop_resident"]
        output = self._within("gdp", self.values["gdp_pc"]["city"] * residents["city"])
        self.values["gdp_pc"]["city"] = output / residents["city"]
        share = self.districts_share("gdp", *self.settings["quantities"]["gdp_pc"]["districts_output"])
        self.values["gdp"] = {"city": output, "districts": output * share}
        self.values["gdp_pc"]["districts"] = self.values["gdp"]["districts"] / residents["districts"]
        declared = self.settings["gdp_growth"]
        real = self.levels(declared["level"], link=lambda x: x)
        growth = {}
        for scope, value in self.values["gdp"].items():
            nominal = np.diff(np.log(value), axis=1, prepend=np.nan)
            nominal[:, 0] = nominal[:, 1]
            deflator = np.median(np.diff(np.log(output), axis=1, prepend=np.nan)[:, 1:], axis=0)
            deflator = np.concatenate([deflator[:1], deflator]) - np.log1p(real / 100)
            rate = 100 * np.expm1(nominal - deflator[None, :])
            reported = draws.normals(self.seed, "growth reported", self.codes[:, None], self.years[None, :])
            growth[scope] = rate + declared["noise"] * reported
        gap = declared["gap"] * draws.normals(
            self.seed, "growth districts", self.codes[:, None], self.years[None, :]
        )
        growth["districts"] = np.where(self.whole[:, None], growth["city"], growth["districts"] + gap)
        self.values["gdp_growth"] = growth
        for item in _SHARES:
            self.generate(item, self.settings["quantities"][item])
        for scope in ("city", "districts"):
            total = sum(self.values[item][scope] for item in _SHARES)
            for item in _SHARES:
                self.values[item][scope] = 100 * self.values[item][scope] / total
        for item in (*_SHARES, "gdp"):
            self.settle(item)
        for scope in ("city", "districts"):
            for item in _SHARES:
                self.values[item][scope] = np.maximum(self.values[item][scope], 0.03)
            total = sum(self.values[item][scope] for item in _SHARES)
            for item in _SHARES:
                self.values[item][scope] = 100 * self.values[item][scope] / total

    def _employment(self) -> None:
        """Employment by sector, which adds up to the total."""
        quantities = self.settings["quantities"]
        for item in _SECTOR_OF:
            self.generate(item, quantities[item])
        total = self.values["emp_total"]["city"]
        drawn = sum(self.values[item]["city"] for item in _SECTOR_OF)
        self._scale(list(_SECTOR_OF), total / drawn)
        for declared in self.settings["moments"]:
            item = declared.get("adjust")
            if isinstance(item, str) and item in _SECTOR_OF:
                self.match(declared)
                others = [other for other in _SECTOR_OF if other != item]
                rest = sum(self.values[other]["city"] for other in others)
                self._scale(others, (total - self.values[item]["city"]) / rest)
        self._within_sectors(total)
        for item in _SECTOR_OF:
            for declared in self.settings["effects"]:
                if item in declared["items"]:
                    self._plant(declared, item)
        for scope in ("city", "districts"):
            for stratum, items in SECTORS.items():
                sector = sum(self.values[item][scope] for item in items)
                self.values.setdefault(f"emp_{stratum}", {})[scope] = sector
            self.values["emp_total"][scope] = sum(self.values[f"emp_{stratum}"][scope] for stratum in SECTORS)
            for stratum in SECTORS:
                share = 100 * self.values[f"emp_{stratum}"][scope] / self.values["emp_total"][scope]
                self.values.setdefault(f"emp_{stratum}_share", {})[scope] = share

    def _within_sectors(self, total: Array) -> None:
        """Hold every sector below its bound; the others take what it gives up."""
        held = {item: self._within(item, self.values[item]["city"], knee=0.85) for item in _SECTOR_OF}
        near = {item: self.values[item]["city"] > 0.85 * self.bounds.get(item, np.inf) for item in _SECTOR_OF}
        fixed = sum(np.where(near[item], held[item], 0.0) for item in _SECTOR_OF)
        free = sum(np.where(near[item], 0.0, held[item]) for item in _SECTOR_OF)
        for item in _SECTOR_OF:
            factor = np.where(near[item], held[item] / self.values[item]["city"], (total - fixed) / free)
            self._scale([item], factor)

    def _split(self, total: str) -> None:
        """Make the parts of a total add up to it; the districts' total is the sum of its parts."""
        parts = _SPLITS[total]
        rounded = self.settings["quantities"][total].get("round", False)
        city = self.values[total]["city"]
        drawn = {part: self.values[part]["city"] for part in parts}
        everything = sum(drawn.values())
        below = {part: self.values[part]["districts"] / np.maximum(drawn[part], 1e-12) for part in parts}
        for part in parts[1:]:
            share = city * drawn[part] / everything
            self.values[part]["city"] = np.rint(share) if rounded else share
        self.values[parts[0]]["city"] = city - sum(self.values[part]["city"] for part in parts[1:])
        for part in parts:
            inner = self.values[part]["city"] * np.minimum(below[part], 1.0)
            self.values[part]["districts"] = np.floor(inner) if rounded else inner
            whole = self.whole[:, None]
            self.values[part]["districts"] = np.where(
                whole, self.values[part]["city"], self.values[part]["districts"]
            )
        self.values[total]["districts"] = sum(self.values[part]["districts"] for part in parts)

    def _identities(self) -> None:
        """What the books compute from other numbers."""
        v = self.values
        fx = np.asarray(self.settings["exchange_rate"], dtype=float)[None, :] * np.ones((len(self.codes), 1))
        v["fx"] = {"city": fx}
        for item in ("imports", "exports"):
            v[f"{item}_usd"] = {"city": v[item]["city"] / fx}
        v["trade"] = {"city": v["imports_usd"]["city"] + v["exports_usd"]["city"]}
        v["gas_nat_res"]["districts"] = np.minimum(v["gas_nat_res"]["districts"], v["gas_nat"]["districts"])
        # Students live where the universities are, but not in any number beside the other inhabitants.
        inner = np.minimum(v["uni_students"]["districts"], 4000 * v["pop_hukou"]["districts"])
        v["uni_students"]["districts"] = np.where(self.whole[:, None], v["uni_students"]["city"], inner)
        for scope in ("city", "districts"):
            self._at(scope, "pop_avg", _average(v["pop_hukou"][scope]))
            births = v["birth_rate"][scope] * v["pop_avg"][scope] * 10
            deaths = v["death_rate"][scope] * v["pop_avg"][scope] * 10
            if scope == "districts":
                births = np.minimum(births, 0.98 * v["pop_births"]["city"])
                deaths = np.minimum(deaths, 0.98 * v["pop_deaths"]["city"])
                births = np.where(self.whole[:, None], v["pop_births"]["city"], births)
                deaths = np.where(self.whole[:, None], v["pop_deaths"]["city"], deaths)
            self._at(scope, "pop_births", births)
            self._at(scope, "pop_deaths", deaths)
            self._at(scope, "pop_natgrowth", (births - deaths) / v["pop_avg"][scope] / 10)
            self._at(scope, "pop_density", 1e4 * v["pop_hukou"][scope] / v["area_admin"][scope])
            urban = v["urban_rate"][scope] / 100 * v["pop_resident"][scope]
            wages = v["staff_avg"][scope] * v["wage_avg"][scope]
            if scope == "districts":
                urban = np.where(
                    self.whole[:, None], urban, np.minimum(urban, 0.99 * v["pop_urban_res"]["city"])
                )
                wages = np.where(self.whole[:, None], wages, np.minimum(wages, 0.99 * v["wage_bill"]["city"]))
                self._at(scope, "urban_rate", 100 * urban / v["pop_resident"][scope])
                self._at(scope, "wage_avg", wages / v["staff_avg"][scope])
            self._at(scope, "pop_urban_res", urban)
            self._at(scope, "wage_bill", wages)
            self._at(
                scope,
                "ind_profit_tax",
                sum(v[i][scope] for i in ("ind_profit", "ind_vat", "ind_tax_surcharge")),
            )
            self._at(scope, "lib_books_per100", 10 * v["lib_books"][scope] / v["pop_hukou"][scope])
            self._at(scope, "uni_students_per10k", v["uni_students"][scope] / v["pop_avg"][scope])
            self._at(scope, "students_senior_per10k", v["students_senior"][scope] / v["pop_avg"][scope])
            self._at(scope, "voc_students_per10k", v["students_vocational"][scope] / v["pop_avg"][scope])
        for crop in ("veg", "fruit", "meat", "milk", "aquatic"):
            self._at("city", f"agri_{crop}_pc", v[f"agri_{crop}"]["city"] / v["pop_avg"]["city"] / 10)
        self._at("city", "cultivated_pc", 1.5 * v["cultivated_area"]["city"] / v["pop_hukou"]["city"])
        modes = ("rail", "road", "water", "air")
        self._at("city", "pass_total", sum(v[f"pass_{mode}"]["city"] for mode in modes))
        tonnes = {mode: v[f"freight_{mode}"]["city"] / (1e4 if mode == "air" else 1) for mode in modes}
        self._at("city", "freight_total", sum(tonnes.values()))
        self._at("city", "pass_road_water", v["pass_road"]["city"] + v["pass_water"]["city"])
        self._at("city", "freight_road_water", v["freight_road"]["city"] + v["freight_water"]["city"])
        self._at(
            "city", "ind_wastewater_std", v["ind_wastewater"]["city"] * v["wastewater_std_rate"]["city"] / 100
        )
        for gas in ("so2", "dust"):
            made = v[f"ind_{gas}"]["city"] + v[f"ind_{gas}_removed"]["city"]
            self._at("city", f"ind_{gas}_generated", made)
        growth = 100 * (v["fai"]["city"][:, 1:] / v["fai"]["city"][:, :-1] - 1)
        self._at("city", "fai_growth", np.concatenate([growth[:, :1], growth], axis=1))
        people = v["pop_hukou"]["districts"]
        self._at(
            "districts",
            "construction_share",
            100 * v["area_construction"]["districts"] / v["area_admin"]["districts"],
        )
        self._at(
            "districts",
            "green_cover_area",
            v["green_cover_rate"]["districts"] * v["area_builtup"]["districts"],
        )
        self._at("districts", "green_area_pc", v["green_area"]["districts"] / people)
        self._at("districts", "road_area_pc", v["road_area"]["districts"] / people)
        self._at("districts", "buses_per10k", v["buses"]["districts"] / people)
        self._at("districts", "water_res_pc", v["water_res"]["districts"] / people)
        self._at("districts", "elec_res_pc", v["elec_res"]["districts"] / people)
        built = v["area_builtup"]["districts"]
        self._at("districts", "drain_pipe_density", v["drain_pipe_len"]["districts"] / built)
        self._at("districts", "area_district", self._within("area_district", v["area_admin"]["districts"]))
        self._at(
            "districts",
            "pop_density_urban",
            1e4 * v["pop_urban_area"]["districts"] / v["area_urban"]["districts"],
        )

    def _at(self, scope: str, item: str, value: Array) -> None:
        self.values.setdefault(item, {})[scope] = value

    # -- tables ------------------------------------------------------------------------------------

    def _alive(self) -> NDArray[np.bool_]:
        years = self.years[None, :]
        first, last = (self.cities[name].to_numpy()[:, None] for name in ("from_year", "to_year"))
        return (years >= first) & (years <= last) & (years > START)

    def _printed(self) -> list[str]:
        internal = {item for item, spec in self.settings["quantities"].items() if spec.get("internal")}
        return sorted(item for item in self.values if item not in internal)

    def truth(self) -> pd.DataFrame:
        """Rows of the TRUTH schema: every city in its years as a prefecture-level city."""
        at, when = np.nonzero(self._alive())
        keys = [(item, scope) for item in self._printed() for scope in sorted(self.values[item])]
        names = pd.Categorical.from_codes(
            np.repeat(np.arange(len(keys)), len(at)), categories=[f"{item} {scope}" for item, scope in keys]
        )
        codes = names.codes
        items, scopes = (np.array([key[i] for key in keys], dtype=object) for i in (0, 1))
        units = np.array([self.units[item] for item, _ in keys], dtype=object)
        return pd.DataFrame(
            {
                "city": np.tile(self.codes[at], len(keys)).astype("int32"),
                "year": np.tile(self.years[when], len(keys)).astype("int32"),
                "item": items[codes],
                "scope": scopes[codes],
                "value": np.concatenate([self.values[item][scope][at, when] for item, scope in keys]),
                "unit": units[codes],
            }
        )

    def effect_rows(self) -> pd.DataFrame:
        """Rows of the EFFECTS schema: what each planted effect changed."""
        frames = []
        for planted in self.planted:
            at, when = np.nonzero((planted["exposure"] > 0) & self._alive())
            for scope, before in planted["before"].items():
                if planted["kind"] == "log":
                    change = before * np.expm1(planted["size"] * planted["exposure"])
                else:
                    change = planted["size"] * planted["exposure"]
                frames.append(
                    pd.DataFrame(
                        {
                            "effect": planted["effect"],
                            "city": self.codes[at],
                            "year": self.years[when],
                            "item": planted["item"],
                            "scope": scope,
                            "exposure": planted["exposure"][at, when],
                            "size": float(planted["size"]),
                            "kind": planted["kind"],
                            "change": change[at, when],
                        }
                    )
                )
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(EFFECTS))

    def calibration(self) -> pd.DataFrame:
        """Rows of the CALIBRATION schema: published moments beside those of the truth."""
        found = []
        for declared in self.settings["moments"]:
            cities, years = self.sample(declared["exist"], declared["years"])
            forward, _ = calibrate.TRANSFORMS[declared["transform"]]
            with np.errstate(divide="ignore"):
                written = forward(self._quotient(declared))[np.ix_(cities, years)].ravel()
            for statistic, simulated in calibrate.moments(written).items():
                if declared.get(statistic) is None:
                    continue
                about = {"study": declared["study"], "row": declared["row"], "statistic": statistic}
                adjusted = bool(declared.get("adjust"))
                published = float(declared[statistic])
                found.append(about | {"published": published, "simulated": simulated, "adjusted": adjusted})
        return pd.DataFrame(found, columns=list(CALIBRATION))


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _average(stock: Array) -> Array:
    """Mean of a stock at the beginning and the end of the year."""
    before = np.concatenate([stock[:, :1], stock[:, :-1]], axis=1)
    return (stock + before) / 2


def build(config_dir: str | Path, seed: int) -> World:
    """The truth of all cities and years."""
    return World(Path(config_dir), seed).build()
