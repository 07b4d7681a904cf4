"""Composite indices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.measure import gap, line, seconds
from nianjian.indices.composite import composite_index

N, K = 4155, 12


def bench_composite() -> None:
    """Entropy and CRITIC weights with scores, checks and sub-scores; the bare formulas in pandas."""
    rng = np.random.default_rng(20261121)
    names = [f"indicator {j + 1}" for j in range(K)]
    common = rng.normal(size=(N, 1))
    frame = pd.DataFrame(np.exp(0.5 * common + rng.normal(size=(N, K))), columns=names)
    signs = np.where(np.arange(K) % 4 == 3, -1, 1)
    dimensions = [f"dimension {1 + j // 4}" for j in range(K)]

    def ours() -> list[np.ndarray]:
        found = [
            composite_index(
                frame.to_numpy(), indicators=names, signs=signs, dimensions=dimensions, method=method
            )
            for method in ("entropy", "critic")
        ]
        return [part for index in found for part in (index.weights, index.scores)]

    def plain() -> list[np.ndarray]:
        scaled = (frame - frame.min()) / (frame.max() - frame.min())
        scaled.loc[:, signs < 0] = 1 - scaled.loc[:, signs < 0]
        share = scaled / scaled.sum()
        redundancy = 1 + (share * np.log(share.where(share > 0, 1.0))).sum() / np.log(len(scaled))
        information = scaled.std(ddof=0) * (1 - scaled.corr()).sum()
        found = []
        for power in (redundancy, information):
            weights = power / power.sum()
            scores = (scaled * weights).sum(axis=1)
            found += [weights.to_numpy(), scores.to_numpy()]
        return found

    difference = max(gap(one, other) for one, other in zip(ours(), plain(), strict=True))
    line(
        f"entropy and CRITIC indices, {N:,} × {K}", seconds(ours, 15),
        "pandas", seconds(plain, 15), difference=difference,
    )  # fmt: skip
