"""Draw one declared quantity: a trend, elasticities, a level of the city's own, and yearly shocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nianjian.errors import DeclarationError
from nianjian.simulate import PROCESS, draws, shown
from nianjian.simulate.world import Array, World, logistic, logit


@dataclass(frozen=True)
class _Link:
    """How a quantity hangs together with what stands behind it: values = forward(latent)."""

    forward: Callable[[Array], Array]
    backward: Callable[[Array], Array]
    middle: Array


def _link(world: World, spec: Mapping[str, Any]) -> _Link:
    """The link that a quantity's declaration asks for, and the median city's path on its scale, (years,)."""
    if "top" in spec:
        bottom, room = float(spec.get("bottom", 0.0)), float(spec["top"]) - float(spec.get("bottom", 0.0))

        def below(x: Array) -> Array:
            return logit((x - bottom) / room)

        return _Link(lambda x: bottom + room * logistic(x), below, world.levels(spec["level"], link=below))
    if "level" in spec:
        return _Link(np.exp, np.log, world.levels(spec["level"]))
    if "amount" in spec:

        def same(x: Array) -> Array:
            return x

        return _Link(same, same, world.levels(spec["amount"], link=same))

    def share(x: Array) -> Array:
        return logit(x / 100)

    percent = spec["percent"] if "percent" in spec else spec["share"]
    middle = world.levels(percent, link=lambda x: share(np.clip(x, 0.05, 99.9)))
    return _Link(lambda x: 100 * logistic(x), share, middle)


def _own_level(world: World, item: str, spec: Mapping[str, Any]) -> Array:
    """A city's own level of a quantity; a few cities stand far above the others."""
    declared = {**world.settings["factors"]["city"], **spec.get("own", {})}
    bent = np.sinh(declared["tail"] * np.arcsinh(world.spatial_field(item, declared)) + declared["skew"])
    made: Array = np.clip(bent - np.sinh(declared["skew"]), -declared["limit"], declared["limit"])
    return made


def _shared_shocks(world: World, item: str, spec: Mapping[str, Any]) -> tuple[Array, float] | None:
    """What neighbours have in common of a quantity's yearly shocks, and its share of their variance."""
    declared = spec.get("shock_shared")
    if declared is None:
        return None
    lon, lat = world.coordinates()
    fields = [
        draws.spatial(world.seed, f"{item} shock {year}", lon, lat, declared["range"])
        for year in world.years.tolist()
    ]
    return np.stack(fields, axis=1), declared["spatial"]


def _latent(world: World, item: str, spec: Mapping[str, Any], middle: Array) -> Array:
    """What stands behind a quantity before its link: trend, factors, region, city and shocks."""
    scope = spec.get("scope", "city")
    apart = spec.get("size", 0.0) * world.size[scope] + spec.get("wealth", 0.0) * world.wealth
    apart = apart + spec.get("city", 0.0) * _own_level(world, item, spec)[:, None]
    if spec.get("shock"):
        rho = spec.get("rho", world.settings["factors"]["shock"]["rho"])
        apart = apart + spec["shock"] * draws.autoregressive(
            world.seed, item, world.codes, world.years, rho, _shared_shocks(world, item, spec)
        )
    latent: Array = middle[None, :] + world.course(item, "spread", spec.get("spread", 1.0))[None, :] * apart
    for name, shift in spec.get("regions", {}).items():
        if name not in world.settings["regions"]:
            raise DeclarationError(
                f"{shown(PROCESS)}: quantities.{item}.regions: no region {name!r}; "
                f"expected one of {', '.join(world.settings['regions'])}"
            )
        latent = latent + np.outer(world.region(name), world.course(item, f"regions.{name}", shift))
    for group in spec.get("members", []):
        latent = latent + np.outer(world.group(group), world.course(item, "members.shift", group["shift"]))
    return latent


def _where_present(world: World, item: str, share: float, value: Array) -> Array:
    """Zero for the cities that do not have it at all."""
    # Larger and richer cities are likelier to have it.
    leaning = (world.drawn_size + world.drawn_wealth) / np.std(world.drawn_size + world.drawn_wealth)
    score = leaning + draws.normals(world.seed, f"{item} present", world.codes)
    return np.where((score > np.quantile(score, 1 - share))[:, None], value, 0.0)


def _noise(world: World, item: str) -> Array:
    """What sets the districts of a city apart, standard normal, zero where there is nothing else."""
    return np.where(world.whole, 0.0, draws.normals(world.seed, f"{item} districts", world.codes))[:, None]


def districts_share(world: World, item: str, a: float, sd: float) -> Array:
    """(cities, years) share of the districts in an additive quantity.

    Parameters
    ----------
    a : logit of that share less the logit of the population's
    sd : over cities
    """
    share = logistic(logit(world.urban) + a + sd * _noise(world, item))
    return np.where(world.whole[:, None], 1.0, share)


def _districts(world: World, item: str, spec: Mapping[str, Any], value: Array, link: _Link) -> Array | None:
    """Values of the districts, where they are declared beside those of the city."""
    if "districts" in spec:
        below = value * districts_share(world, item, *spec["districts"])
        if parent := spec.get("of"):
            # The part of a part stays within both.
            ceiling = np.maximum(value / np.maximum(world.values[parent]["city"], 1e-300), 0.97)
            below = np.minimum(below, ceiling * world.values[parent]["districts"])
        return below
    if "gap" in spec:
        gap, sd = spec["gap"]
        moved = link.forward(
            link.backward(value) + np.where(world.whole[:, None], 0.0, gap + sd * _noise(world, item))
        )
        return np.where(world.whole[:, None], value, moved)
    return None


def generate(world: World, item: str, spec: Mapping[str, Any]) -> None:
    """Draw one declared quantity in its scopes into ``world.values``.

    Parameters
    ----------
    spec : an entry of ``quantities`` in process.yaml
    """
    scope = spec.get("scope", "city")
    link = _link(world, spec)
    value = link.forward(_latent(world, item, spec, link.middle))
    if parent := spec.get("of"):
        value = value / 100 * world.values[parent][scope]
    if "present" in spec:
        value = _where_present(world, item, spec["present"], value)
    value = world.within(item, value)
    scopes = {scope: value}
    below = _districts(world, item, spec, value, link)
    if below is not None:
        scopes["districts"] = below
    if spec.get("round"):
        scopes = {name: np.rint(array) for name, array in scopes.items()}
    world.values[item] = scopes
