"""Small spatial samples: six cities with their seats, twelve cities in a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.registry import kinds
from nianjian.spatial import weights

SEATS = {
    110000: ("北京市", 116.40, 39.90),
    120000: ("天津市", 117.19, 39.08),
    130100: ("石家庄市", 114.51, 38.04),
    130200: ("唐山市", 118.18, 39.63),
    140100: ("太原市", 112.55, 37.87),
    310000: ("上海市", 121.47, 31.23),
}
"""Name, longitude and latitude."""
N, YEARS = 12, 6
FIRST_CITY = 110000


def sample(cities: Sequence[int] = tuple(SEATS), years: Sequence[int] = (2005, 2006, 2007)) -> pd.DataFrame:
    """GDP of the six cities."""
    keys = [(city, year) for city in cities for year in years]
    frame = pd.DataFrame(keys, columns=["city", "year"])
    return frame.assign(gdp=np.random.default_rng(0).gamma(3, size=len(frame)))


def line(n: int = N) -> np.ndarray:
    """Each city on a line is linked with the next one."""
    return np.eye(n, k=1) + np.eye(n, k=-1)


def distances(n: int = N) -> np.ndarray:
    """Inverse squared distances on the line."""
    apart = np.abs(np.arange(n)[:, None] - np.arange(n))
    return np.divide(1.0, apart**2, out=np.zeros((n, n)), where=apart > 0)


def island(n: int = N) -> np.ndarray:
    """The last city is alone."""
    matrix = line(n)
    matrix[-1] = matrix[:, -1] = 0
    return matrix


def line_panel() -> pd.DataFrame:
    """A panel of the cities on a line whose outcome spills over to the next ones."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame([(i, 2005 + t) for i in range(N) for t in range(YEARS)], columns=["city", "year"])
    frame["x"], frame["policy"], error = rng.normal(size=(3, len(frame)))
    multiplier = np.linalg.inv(np.eye(N) - 0.4 * line() / line().sum(axis=1, keepdims=True))
    mean = (0.8 * frame["x"] + 0.5 * frame["policy"] + error).to_numpy().reshape(N, YEARS)
    return frame.assign(y=(multiplier @ mean).ravel(), word="much")


def local_moran(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cities on a line, high at one end, one of them low among high, and the rows that local_moran writes of them."""
    cities, path = tuple(range(FIRST_CITY, FIRST_CITY + N)), folder / "line.parquet"
    weights.write(weights.from_matrix(cities, line(), name="line"), path)
    values = [9.0, 9.5, 1.0, 9.2, 8.8, 5.0, 4.0, 1.2, 1.1, 0.9, 1.0, 1.05]
    frame = pd.DataFrame({"city": cities, "year": 2023, "icr": values})
    own = {"outcome": "icr", "matrix": "line", "years": [2023], "permutations": 499, "alpha": 0.2}
    kind = kinds().get("estimators", "local_moran")
    context = EstimatorContext("s", "specs", "local", seed=1, matrices={"line": path})
    return frame, kind.build(kind.read(own), frame, context)
