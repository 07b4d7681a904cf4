"""Made-up cities and a panel with spatial autocorrelation, for the tests of statistics."""

import numpy as np
import pandas as pd

from nianjian.spatial.permutations import random_orders
from nianjian.spatial.seats import place

N, YEARS = 40, (2006, 2007, 2008)


def seats(n=N, seed=0):
    rng = np.random.default_rng(seed)
    return place(range(100, 100 + n), rng.uniform(100, 120, n), rng.uniform(20, 45, n))


def panel(weights, rho=0.6, seed=1):
    """Values with spatial autocorrelation, exp so that they are positive."""
    rng = np.random.default_rng(seed)
    spread = np.linalg.inv(np.eye(weights.n) - rho * weights.matrix.toarray())
    frames = [
        pd.DataFrame({"city": weights.cities, "year": year, "y": np.exp(spread @ rng.normal(size=weights.n))})
        for year in YEARS
    ]
    return pd.concat(frames, ignore_index=True)


def cross_section(weights, **options):
    return panel(weights, **options)["y"].to_numpy()[: weights.n]


def drawn(n, draws=999, seed=0):
    return random_orders(n, draws, np.random.default_rng(seed))
