"""A panel of any number of made-up counties: a study's sample, with what each estimator and index needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from nianjian import storage

COUNTIES, YEARS = 280, range(2000, 2025)
"""Of the panel once; ten times as many are the counties of the country."""
CONTROLS = ["x1", "x2", "x3", "x4"]
INPUTS, DESIRABLE, UNDESIRABLE = ["labour", "capital"], ["output"], ["pollution"]
PARTS = ["part_a", "part_b", "part_c"]
REGIONS = ["central", "east", "northeast", "west"]


def places(count: int) -> pd.DataFrame:
    """Made-up counties with codes and seats: ``city, name_zh, lon, lat``, as ``cities.csv`` has them."""
    rng = np.random.default_rng(20261128)
    return pd.DataFrame(
        {
            "city": 100001 + np.arange(count),
            "name_zh": [f"县{number}" for number in range(1, count + 1)],
            "lon": rng.uniform(98, 122, count),
            "lat": rng.uniform(22, 45, count),
        }
    )


def sample(count: int) -> pd.DataFrame:
    """A balanced panel with a staggered policy, controls, inputs and outputs, and a score of three parts."""
    rng = np.random.default_rng(7)
    city, year = np.repeat(np.arange(count), len(YEARS)), np.tile(np.array(YEARS), count)
    n = len(city)
    first = np.where(rng.random(count) < 0.5, rng.integers(2008, 2018, count).astype(float), np.nan)
    frame = pd.DataFrame({"city": (100001 + city).astype("int32"), "year": year.astype("int32")})
    frame.insert(1, "city_name", [f"县{number + 1}" for number in city])
    frame["region"] = np.array(REGIONS)[rng.integers(0, len(REGIONS), count)[city]]
    frame["policy"] = (year >= np.nan_to_num(first, nan=9999)[city]).astype(float)
    frame["first_treated_year"] = first[city]
    for name in CONTROLS:
        frame[name] = rng.normal(size=n)
    frame["y"] = (
        0.3 * frame["policy"]
        + frame[CONTROLS].sum(axis=1)
        + rng.normal(size=count)[city]
        + rng.normal(size=n)
    )
    size = 0.9 * rng.normal(size=count)[city] + 0.03 * (year - 2000)
    waste = (0.4 * np.abs(rng.normal(size=count)))[city] + 0.1 * np.abs(rng.normal(size=n))
    for name in (*INPUTS, *DESIRABLE, *UNDESIRABLE):
        sign = {**dict.fromkeys(DESIRABLE, -1), **dict.fromkeys(UNDESIRABLE, 1)}.get(name, 0)
        frame[name] = np.exp(
            size + sign * waste + 0.35 * rng.normal(size=count)[city] + 0.12 * rng.normal(size=n)
        )
    for name in PARTS:
        frame[name] = np.exp(0.4 * rng.normal(size=n))
    return frame.assign(score=frame[PARTS].sum(axis=1))


def write(folder: Path, count: int) -> None:
    """Write ``sample.parquet`` and ``cities.csv`` as jobs read them."""
    storage.write_wide(sample(count), folder / "sample.parquet", ["city", "year"])
    places(count).to_csv(folder / "cities.csv", index=False)
