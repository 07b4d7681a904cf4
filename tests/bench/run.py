"""Speed as ratios against a peer in the same run: `make bench`.

Each line times our function and an independent way to the same numbers, three times each, and prints the
medians and their ratio. Nothing here is a test: machines differ.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nianjian.estimators import twfe
from nianjian.extract.grid import read_grid
from nianjian.extract.workbooks import read_sheets


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """Median wall time."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def line(what: str, ours: float, peer: str, theirs: float) -> None:
    """One comparison."""
    print(f"{what:<58}{ours:9.3f} s   {peer:<34}{theirs:9.3f} s   ratio {theirs / ours:6.1f}")


def bench_reading(folder: Path) -> None:
    """A prefecture table with addresses and header paths, against pandas with openpyxl without either."""
    path = folder / "2-13.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["2-13 地区生产总值"],
        ["城市", "地区生产总值(万元)", None, "人均地区生产总值(元)"],
        [None, "全市", "市辖区", "全市", "市辖区"],
    ):
        sheet.append(row)
    for number in range(3000):
        sheet.append([f"城{number}市", number * 1.5, number, number + 1, number + 2])
    book.save(path)

    def ours() -> None:
        for one in read_sheets(path):
            read_grid(one)

    line(
        "read a sheet of 12,000 numbers with header paths", seconds(ours),
        "pandas.read_excel (openpyxl)", seconds(lambda: pd.read_excel(path, header=None, engine="openpyxl")),
    )  # fmt: skip


def bench_twfe() -> None:
    """Two-way fixed effects with clustered errors, against dummy variables."""
    rng = np.random.default_rng(1)
    cities, years, k = 285, 18, 7
    frame = pd.DataFrame(rng.normal(size=(cities * years, k)), columns=[f"x{i}" for i in range(k)])
    frame["city"] = np.repeat(np.arange(cities), years)
    frame["year"] = np.tile(np.arange(years), cities)
    frame["y"] = frame[[f"x{i}" for i in range(k)]].sum(axis=1) + rng.normal(size=len(frame))
    regressors = [f"x{i}" for i in range(k)]

    def ours() -> twfe.TwfeFit:
        return twfe.fit(frame, outcome="y", regressors=regressors, effects=["city", "year"], cluster="city")

    def dummies() -> np.ndarray:
        effects = [
            pd.get_dummies(frame[name], drop_first=True, dtype=float).to_numpy() for name in ("city", "year")
        ]
        design = np.column_stack([frame[regressors].to_numpy(), np.ones(len(frame)), *effects])
        inverse = np.linalg.inv(design.T @ design)
        beta = inverse @ (design.T @ frame["y"].to_numpy())
        score = design * (frame["y"].to_numpy() - design @ beta)[:, None]
        sums = np.add.reduceat(score, np.arange(0, len(frame), years))
        return np.sqrt(np.diag(inverse @ (sums.T @ sums) @ inverse))[:k]

    def panel_ols() -> None:
        from linearmodels.panel import PanelOLS

        data = frame.set_index(["city", "year"])
        PanelOLS(data["y"], data[regressors], entity_effects=True, time_effects=True).fit(
            cov_type="clustered", cluster_entity=True
        )

    ours()
    line(
        "two-way fixed effects, 285 × 18, clustered by city",
        seconds(ours),
        "dummy variables (numpy)",
        seconds(dummies),
    )
    line(
        "two-way fixed effects, 285 × 18, clustered by city",
        seconds(ours),
        "linearmodels PanelOLS",
        seconds(panel_ols),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        bench_reading(Path(name))
    bench_twfe()
