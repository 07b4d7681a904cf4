"""The truth behind the simulated yearbooks: a process for real cities with planted effects.

Each quantity is a trend, elasticities to a city's size and wealth, a level of the city's own that neighbours
partly share, and yearly shocks. On top come the moments that the papers print, parallel trends between
treated and other cities, and the effects. What must add up is computed, not drawn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from nianjian.simulate import accounts, calibrate, planting, quantities
from nianjian.simulate.world import World
from nianjian.storage import Schema

TRUTH: Schema = {
    "city": "int32",
    "year": "int32",
    "item": "string",
    "scope": "string",
    "value": "float64",  # in the item's unit, before rounding
    "unit": "string",
}
TRUTH_KEY = ("year", "item", "scope", "city")  # the year first: an edition reads one year
PLANTED: Schema = {
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
PLANTED_KEY = ("effect", "item", "scope", "city", "year")
CALIBRATION: Schema = {
    "study": "string",
    "row": "string",
    "statistic": "string",
    "published": "float64",
    "simulated": "float64",
    "adjusted": "bool",  # whether a quantity was adjusted to it, or it is only compared
}
CALIBRATION_KEY = ("study", "row", "statistic")


def draw(world: World) -> World:
    """Draw everything in the order of process.yaml."""
    accounts.draw_population(world)
    last_part = {parts[-1]: total for total, parts in accounts.PARTS.items()}
    for item in world.process.quantities:
        if item in accounts.SECTOR_OF or item in accounts.SHARES or item in world.values:
            continue
        quantities.generate(world, item)
        if item not in accounts.TOTAL_OF:
            planting.settle(world, item)
        if item == "gdp_pc":
            accounts.compute_output(world)
        elif item == "emp_total":
            accounts.compute_employment(world)
        elif item in last_part:
            accounts.split(world, last_part[item])
    accounts.compute_ratios(world)
    return world


def build(folder: str | Path, seed: int) -> World:
    """The truth of all cities and years.

    Parameters
    ----------
    folder : ``config/simulation``
    seed : of all draws
    """
    return draw(World(Path(folder), seed))


def true_values(world: World) -> pd.DataFrame:
    """Rows of the TRUTH schema: every city in its years as a prefecture-level city."""
    at, when = np.nonzero(world.alive())
    internal = {item for item, spec in world.process.quantities.items() if spec.internal}
    printed = sorted(item for item in world.values if item not in internal)
    keys = [(item, scope) for item in printed for scope in sorted(world.values[item])]
    names = {
        "item": [item for item, _ in keys],
        "scope": [scope for _, scope in keys],
        "unit": [world.units[item] for item, _ in keys],
    }
    # Millions of texts, of which few differ.
    texts = {}
    for column, values in names.items():
        categories, codes = np.unique(values, return_inverse=True)
        texts[column] = pd.Categorical.from_codes(np.repeat(codes, len(at)), categories)
    return pd.DataFrame(
        {
            "city": np.tile(world.codes[at], len(keys)).astype("int32"),
            "year": np.tile(world.years[when], len(keys)).astype("int32"),
            "value": np.concatenate([world.values[item][scope][at, when] for item, scope in keys]),
            **texts,
        }
    )


def planted_changes(world: World) -> pd.DataFrame:
    """Rows of the PLANTED schema: what each planted effect changed."""
    frames = []
    for planted in world.planted:
        at, when = np.nonzero((planted.exposure > 0) & world.alive())
        for scope, before in planted.before.items():
            change = planted.change.size * planted.exposure
            if planted.change.kind == "log":
                change = before * np.expm1(change)
            frames.append(
                pd.DataFrame(
                    {
                        "effect": planted.effect,
                        "city": world.codes[at],
                        "year": world.years[when],
                        "item": planted.item,
                        "scope": scope,
                        "exposure": planted.exposure[at, when],
                        "size": planted.change.size,
                        "kind": planted.change.kind,
                        "change": change[at, when],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(PLANTED))


def calibration(world: World) -> pd.DataFrame:
    """Rows of the CALIBRATION schema: published moments beside those of the truth."""
    found = []
    for declared in world.process.moments:
        cities, years = world.sample(declared.exist, declared.years)
        forward, _ = calibrate.TRANSFORMS[declared.transform]
        with np.errstate(divide="ignore"):
            written = forward(world.quotient(declared))[np.ix_(cities, years)].ravel()
        for statistic, simulated in calibrate.moments(written).items():
            if (published := getattr(declared, statistic)) is not None:
                adjusted = bool(declared.adjust)
                found.append((declared.study, declared.row, statistic, published, simulated, adjusted))
    return pd.DataFrame(found, columns=list(CALIBRATION))
