"""Write the panel and the weights of the golden values: 45 made-up cities, 3 years, seeded."""

from pathlib import Path

import numpy as np
import pandas as pd

from nianjian.spatial import weights as w
from nianjian.spatial.geographic import inverse_distance, k_nearest
from nianjian.spatial.seats import Seats, place

HERE = Path(__file__).parent
N, YEARS, SEED = 45, (2006, 2007, 2008), 20261121


def seats() -> Seats:
    rng = np.random.default_rng(SEED)
    codes = tuple(110000 + 100 * np.arange(N))
    return place(codes, np.round(rng.uniform(100, 120, N), 3), np.round(rng.uniform(24, 42, N), 3))


def panel(where: Seats) -> pd.DataFrame:
    """Positive, skewed values that are alike among neighbours in the first two years."""
    rng = np.random.default_rng(SEED + 1)
    near = k_nearest(where, 4).matrix
    frames = []
    for year, rho in zip(YEARS, (0.7, 0.4, 0.0), strict=True):
        value = np.exp(np.linalg.solve(np.eye(N) - rho * near.toarray(), rng.normal(size=N)))
        frames.append(pd.DataFrame({"city": where.cities, "year": year, "value": np.round(value, 6)}))
    return pd.concat(frames, ignore_index=True)


def all_weights(where: Seats) -> dict[str, w.SpatialWeights]:
    """One of each kind that the statistics meet: asymmetric, dense, sparse with islands, binary."""
    return {
        "k_nearest": k_nearest(where, 4),
        "inverse_square": inverse_distance(where, power=2),
        "islands": inverse_distance(where, cutoff_km=200, islands="keep"),
        "binary": k_nearest(where, 3, standardise=False),
    }


if __name__ == "__main__":
    where = seats()
    panel(where).to_csv(HERE / "panel.csv", index=False)
    frames = [w.to_frame(made).assign(name=name) for name, made in all_weights(where).items()]
    stacked = pd.concat(frames)[["name", "city", "neighbour", "weight"]]
    stacked.to_csv(HERE / "weights.csv", index=False, float_format="%.17g")
