"""What is done to a quantity once it is drawn: published moments, parallel trends, links, planted effects.

An effect reaches the cities of a policy, those of them that a condition names, or, as a spillover, their
neighbours by declared spatial weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nianjian.errors import DeclarationError
from nianjian.simulate import PROCESS, calibrate, facts, neighbours, policies, shown, trends
from nianjian.simulate.world import Array, PlantedEffect, World, listed


def match(world: World, declared: Mapping[str, Any]) -> None:
    """Adjust a quantity so that a study's variable gets its published moments."""
    forward, backward = calibrate.TRANSFORMS[declared["transform"]]
    before = world.quotient(declared)
    cities, years = world.sample(declared["exist"], declared["years"])
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
    adjusted = listed(declared["adjust"])
    if declared.get("per") in adjusted:
        factor = 1 / factor
    for item in adjusted:
        scope = declared.get("scope", "city")
        value = world.values[item][scope]
        bent = world.within(item, value * factor, knee=0.85)
        world.scale([item], np.divide(bent, value, out=np.ones_like(value), where=value > 0))


def balance(world: World, declared: Mapping[str, Any], indicator: Mapping[str, Any]) -> None:
    """Give a policy's cities, or each of the parts declared, the trend of those that it does not reach."""
    cities, _ = world.sample(declared["exist"], declared["years"])
    reached = world.first_years(declared) <= declared["years"][1]
    parts = [{**declared, "where": where} for where in declared.get("parts", [])] or [dict(declared)]
    quotient = world.quotient(indicator)
    factor = np.ones_like(quotient)
    for part in parts:
        treated = world.first_years(part) <= declared["years"][1]
        course = trends.common_trend(
            quotient,
            treated,
            cities & (treated | ~reached),
            world.years,
            tuple(declared["years"]),
            declared["degree"],
            indicator.get("relative", False),
        )
        factor[treated] = course
    world.scale(listed(indicator["of"]), factor)


def balance_index(world: World, declared: Mapping[str, Any]) -> None:
    """Take the groups' trends in an entropy index out of it, through one of its indicators."""
    cities, years = world.sample(declared["exist"], declared["years"])
    names = list(declared["index"])
    item = declared["through"]
    if item not in names:
        raise DeclarationError(
            f"{shown(PROCESS)}: balance: an index without {item!r} cannot be balanced through it; "
            f"expected one of {', '.join(names)}"
        )
    groups = np.column_stack([world.group(group) for group in declared["groups"]])
    signs = [indicator.get("sign", 1) for indicator in declared["index"].values()]
    # The index is not quite linear in the indicator, whose range and weight change with it.
    for _ in range(3):
        found = [world.quotient(indicator)[np.ix_(cities, years)] for indicator in declared["index"].values()]
        index, slopes = trends.entropy_index(found, signs)
        paths = trends.group_trends(
            index, groups[cities], world.years, tuple(declared["years"]), declared["degree"]
        )
        shift = -(groups @ paths) / slopes[names.index(item)]
        for scope, value in world.values[item].items():
            moved = np.clip(value + shift, 0.6 * value, 1.6 * value)
            world.values[item][scope] = world.within(item, moved, knee=0.85)


def follow(world: World, declared: Mapping[str, Any]) -> None:
    """Let a quantity follow another one: what this deviates from its city's and year's means."""
    cities, years = world.sample(declared["exist"], declared["years"])
    written, _ = calibrate.TRANSFORMS[declared.get("transform", "level")]
    cause = written(world.quotient(declared))
    by_city = cause[:, years].mean(axis=1, keepdims=True)
    by_year = cause[cities].mean(axis=0)
    deviation = cause - by_city - by_year + cause[np.ix_(cities, years)].mean()
    change(world, declared["item"], declared["change"], deviation, f"links.{declared['id']}")


def change(
    world: World, item: str, declared: Mapping[str, float], share: Array, where: str
) -> tuple[str, float]:
    """Add the declared size times ``share`` to an item or its logarithm; which of them, and the size."""
    (kind, size), *rest = declared.items()
    if rest or kind not in ("log", "points"):
        raise DeclarationError(f"{shown(PROCESS)}: {where}: write {{log: …}} or {{points: …}}")
    if kind == "log":
        world.scale([item], np.exp(size * share))
    else:
        for scope, value in world.values[item].items():
            world.values[item][scope] = value + size * share
    return kind, size


def linked(world: World, name: str) -> Array:
    """Declared spatial weights, (cities, cities)."""
    if name not in world.settings["weights"]:
        raise DeclarationError(
            f"{shown(PROCESS)}: no weights {name!r}; expected one of {', '.join(world.settings['weights'])}"
        )
    if name not in world.linked:
        declared = world.settings["weights"][name]
        cities, years = world.sample(declared["exist"], declared.get("years", world.years[[0, -1]]))
        values = world.quotient(declared)[:, years].mean(axis=1) if "of" in declared else None
        borders = np.array(
            [(int(row["city"]), int(row["neighbour"])) for row in facts.read(world.folder, "borders.csv")]
        )
        world.linked[name] = neighbours.linked(declared, world.cities, cities, borders, values, name)
    return world.linked[name]


def plant(world: World, declared: Mapping[str, Any], item: str) -> None:
    """Plant one declared effect in one of its items, and keep it on record."""
    share = policies.exposure(world.first_years(declared), world.years, declared["path"])
    if "neighbours" in declared:
        share = linked(world, declared["neighbours"]) @ share
    before = {scope: value.copy() for scope, value in world.values[item].items()}
    where = f"planted_effects.{declared['id']}.{item}"
    kind, size = change(world, item, declared["items"][item], share, where)
    world.planted.append(PlantedEffect(declared["id"], item, kind, size, share, before))


def plant_all(world: World, item: str) -> None:
    """Plant every declared effect on an item."""
    for declared in world.settings["planted_effects"]:
        if item in declared["items"]:
            plant(world, declared, item)


def settle(world: World, item: str) -> None:
    """After an item is drawn: its moments, its trends, what it follows, then its effects."""
    for declared in world.settings["moments"]:
        if declared.get("adjust") and listed(declared["adjust"])[-1] == item:
            match(world, declared)
    for declared in world.settings["balance"]:
        for indicator in declared.get("indicators", []):
            if listed(indicator["of"])[-1] == item:
                balance(world, declared, indicator)
        if declared.get("through") == item:
            balance_index(world, declared)
    for declared in world.settings["links"]:
        if declared["item"] == item:
            follow(world, declared)
    plant_all(world, item)
