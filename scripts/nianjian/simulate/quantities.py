"""Draw one declared quantity: a trend, elasticities, a level of the city's own, and yearly shocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nianjian.simulate import calibrate, draws
from nianjian.simulate.declared.process import Quantity
from nianjian.simulate.world import Array, World, logistic, logit


@dataclass(frozen=True)
class _Link:
    """How a quantity hangs together with what stands behind it: values = forward(latent)."""

    forward: Callable[[Array], Array]
    backward: Callable[[Array], Array]
    middle: Array


def _same(x: Array) -> Array:
    return x


def _link(world: World, spec: Quantity) -> _Link:
    """The link that a quantity's declaration asks for, and the median city's path on its scale, (years,)."""
    if spec.top is not None:
        bottom, room = spec.bottom, spec.top - spec.bottom

        def below(x: Array) -> Array:
            return logit((x - bottom) / room)

        return _Link(lambda x: bottom + room * logistic(x), below, world.levels(spec.path, link=below))
    if spec.level:
        return _Link(np.exp, np.log, world.levels(spec.path))
    if spec.amount:
        return _Link(_same, _same, world.levels(spec.path, link=_same))

    def share(x: Array) -> Array:
        return logit(x / 100)

    middle = world.levels(spec.path, link=lambda x: share(np.clip(x, 0.05, 99.9)))
    return _Link(lambda x: 100 * logistic(x), share, middle)


def _own_level(world: World, item: str, spec: Quantity) -> Array:
    """A city's own level of a quantity; a few cities stand far above the others."""
    declared = world.process.factors.city
    if spec.own:
        declared = declared.model_copy(update=spec.own.model_dump(exclude_none=True))
    bent = calibrate.bend(world.spatial_field(item, declared), declared.skew, declared.tail)
    return np.clip(bent - np.sinh(declared.skew), -declared.limit, declared.limit)


def _shared_shocks(world: World, item: str, spec: Quantity) -> tuple[Array, float] | None:
    """What neighbours have in common of a quantity's yearly shocks, and its share of their variance."""
    declared = spec.shock_shared
    if declared is None:
        return None
    fields = [
        draws.spatial(world.seed, f"{item} shock {year}", *world.coordinates, declared.range)
        for year in world.years.tolist()
    ]
    return np.stack(fields, axis=1), declared.spatial


def _latent(world: World, item: str, spec: Quantity, middle: Array) -> Array:
    """What stands behind a quantity before its link: trend, factors, region, city and shocks."""
    apart = spec.size * world.size[spec.scope] + spec.wealth * world.wealth
    apart = apart + spec.city * _own_level(world, item, spec)[:, None]
    if spec.shock:
        rho = world.process.factors.shock.rho if spec.rho is None else spec.rho
        apart = apart + spec.shock * draws.autoregressive(
            world.seed, item, world.codes, world.years, rho, _shared_shocks(world, item, spec)
        )
    latent: Array = middle[None, :] + world.course(spec.spread)[None, :] * apart
    for name, shift in spec.regions.items():
        latent = latent + np.outer(world.region(name), world.course(shift))
    for group in spec.members:
        latent = latent + np.outer(world.group(group), world.course(group.shift))
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


def _districts(world: World, item: str, spec: Quantity, value: Array, link: _Link) -> Array | None:
    """Values of the districts, where they are declared beside those of the city."""
    if spec.districts:
        below = value * districts_share(world, item, *spec.districts)
        if spec.of:
            # The part of a part stays within both.
            ceiling = np.maximum(value / np.maximum(world.values[spec.of]["city"], 1e-300), 0.97)
            below = np.minimum(below, ceiling * world.values[spec.of]["districts"])
        return below
    if spec.gap:
        gap, sd = spec.gap
        moved = link.forward(
            link.backward(value) + np.where(world.whole[:, None], 0.0, gap + sd * _noise(world, item))
        )
        return np.where(world.whole[:, None], value, moved)
    return None


def generate(world: World, item: str) -> None:
    """Draw one declared quantity in its scopes into ``world.values``."""
    spec = world.process.quantities[item]
    link = _link(world, spec)
    value = link.forward(_latent(world, item, spec, link.middle))
    if spec.of:
        value = value / 100 * world.values[spec.of][spec.scope]
    if spec.present:
        value = _where_present(world, item, spec.present, value)
    value = world.within(item, value)
    scopes: dict[str, Array] = {spec.scope: value}
    below = _districts(world, item, spec, value, link)
    if below is not None:
        scopes["districts"] = below
    if spec.round:
        scopes = {name: np.rint(array) for name, array in scopes.items()}
    world.values[item] = scopes
