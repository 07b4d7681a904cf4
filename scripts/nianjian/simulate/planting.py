"""What is done to a quantity once it is drawn: published moments, parallel trends, links, planted effects.

An effect reaches the cities of a policy, those of them that a condition names, or, as a spillover, their
neighbours by declared spatial weights.
"""

from __future__ import annotations

import numpy as np

from nianjian.simulate import calibrate, facts, neighbours, policies, trends
from nianjian.simulate.declared.planted import (
    Balance,
    Change,
    Composite,
    Indicator,
    Link,
    Moment,
    PlantedEffect,
)
from nianjian.simulate.world import Array, Planted, World


def match(world: World, moment: Moment) -> None:
    """Adjust a quantity so that a study's variable gets its published moments."""
    forward, backward = calibrate.TRANSFORMS[moment.transform]
    before = world.quotient(moment)
    cities, years = world.sample(moment.exist, moment.years)
    with np.errstate(divide="ignore"):
        written = forward(before)
    fitted = calibrate.match_moments(written[np.ix_(cities, years)].ravel(), moment)
    after = backward(fitted(written))
    if moment.transform == "level" and moment.min:
        # A ratio stays above zero: below the published minimum it falls towards zero without reaching it.
        after = np.where(after < moment.min, moment.min * np.exp(after / moment.min - 1), after)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(before > 0, after / before, 1.0)
    if moment.per in moment.adjust:
        factor = 1 / factor
    for item in moment.adjust:
        value = world.values[item][moment.scope]
        bent = world.within(item, value * factor, knee=0.85)
        world.scale([item], np.divide(bent, value, out=np.ones_like(value), where=value > 0))


def balance(world: World, declared: Balance, indicator: Indicator) -> None:
    """Give a policy's cities, or each of the parts declared, the trend of those that it does not reach."""
    first, last = declared.years
    cities, _ = world.sample(declared.exist, declared.years)
    reached = world.first_years(declared) <= last
    quotient = world.quotient(indicator)
    factor = np.ones_like(quotient)
    for part in declared.by_part():
        treated = world.first_years(part) <= last
        compared = cities & (treated | ~reached)
        factor[treated] = trends.common_trend(
            quotient, treated, compared, world.years, (first, last), declared.degree, indicator.relative
        )
    world.scale(indicator.of, factor)


def balance_index(world: World, declared: Balance, item: str) -> None:
    """Take the groups' trends in an entropy index out of it, through one of its indicators."""
    first, last = declared.years
    cities, years = world.sample(declared.exist, declared.years)
    groups = np.column_stack([world.group(group) for group in declared.groups])
    signs = [indicator.sign for indicator in declared.index.values()]
    # The index is not quite linear in the indicator, whose range and weight change with it.
    for _ in range(3):
        found = [world.quotient(indicator)[np.ix_(cities, years)] for indicator in declared.index.values()]
        index, slopes = trends.entropy_index(found, signs)
        paths = trends.group_trends(index, groups[cities], world.years, (first, last), declared.degree)
        shift = -(groups @ paths) / slopes[list(declared.index).index(item)]
        for scope, value in world.values[item].items():
            moved = np.clip(value + shift, 0.6 * value, 1.6 * value)
            world.values[item][scope] = world.within(item, moved, knee=0.85)


def follow(world: World, link: Link) -> None:
    """Let a quantity follow another one: what this deviates from its city's and year's means."""
    cities, years = world.sample(link.exist, link.years)
    written, _ = calibrate.TRANSFORMS[link.transform]
    cause = written(world.quotient(link))
    by_city = cause[:, years].mean(axis=1, keepdims=True)
    by_year = cause[cities].mean(axis=0)
    deviation = cause - by_city - by_year + cause[np.ix_(cities, years)].mean()
    change(world, link.item, link.change, deviation)


def change(world: World, item: str, declared: Change, share: Array) -> None:
    """Add the declared size times ``share`` to an item or its logarithm."""
    if declared.kind == "log":
        world.scale([item], np.exp(declared.size * share))
    else:
        for scope, value in world.values[item].items():
            world.values[item][scope] = value + declared.size * share


def linked(world: World, name: str) -> Array:
    """Declared spatial weights, (cities, cities): row-standardised among those of the sample, zero for the others."""
    if name not in world.linked:
        declared = world.process.weights[name]
        cities, _ = world.sample(declared.exist, declared.exist)
        lon, lat = (degrees[cities] for degrees in world.coordinates)
        if isinstance(declared, Composite):
            _, years = world.sample(declared.exist, declared.years)
            values = world.quotient(declared)[:, years].mean(axis=1)[cities]
            made = neighbours.composite(values, declared.share, declared.floor_quantile, lon, lat)
        else:
            borders = facts.read(world.folder, "borders.csv")
            pairs = np.array([(int(row["city"]), int(row["neighbour"])) for row in borders])
            made = neighbours.contiguous(pairs, world.codes[cities], lon, lat)
        world.linked[name] = np.zeros((len(world.codes), len(world.codes)))
        world.linked[name][np.ix_(cities, cities)] = neighbours.row_standardised(made)
    return world.linked[name]


def plant(world: World, effect: PlantedEffect, item: str) -> None:
    """Plant one declared effect in one of its items, and keep it on record."""
    share = policies.exposure(world.first_years(effect), world.years, effect.path)
    if effect.neighbours:
        share = linked(world, effect.neighbours) @ share
    before = {scope: value.copy() for scope, value in world.values[item].items()}
    change(world, item, effect.items[item], share)
    world.planted.append(Planted(effect.id, item, effect.items[item], share, before))


def plant_all(world: World, item: str) -> None:
    """Plant every declared effect on an item."""
    for effect in world.process.planted_effects:
        if item in effect.items:
            plant(world, effect, item)


def settle(world: World, item: str) -> None:
    """After an item is drawn: its moments, its trends, what it follows, then its effects."""
    for moment in world.process.moments:
        if moment.adjust[-1:] == [item]:
            match(world, moment)
    for declared in world.process.balance:
        for indicator in declared.indicators:
            if indicator.of[-1] == item:
                balance(world, declared, indicator)
        if declared.through == item:
            balance_index(world, declared, item)
    for link in world.process.links:
        if link.item == item:
            follow(world, link)
    plant_all(world, item)
