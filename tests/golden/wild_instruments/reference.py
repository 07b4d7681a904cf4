"""The wild bootstrap of instruments by its definition, one draw after another; ``python reference.py`` writes ``expected.csv``.

Shares no code with ``nianjian.numerics.instrumented``. Every fixed effect is a dummy, every one of the 2^G vectors of signs is taken
once, and each draw makes data anew and estimates both stages anew. Nothing is partialled out, and no sum is used twice.

Notes
-----
Restricted efficient bootstrap (Davidson & MacKinnon 2010, section 3; Roodman, Nielsen, MacKinnon & Webb 2019, section 4.3), for y = x b + c g + u
and x = z p + c d + v, with c the controls and dummies, under the hypothesis b = r:

1. u: residuals of y - x r on c.
2. v: x - z p - c d, with p and d of the regression of x on z, c **and u**.
3. A draw with the sign s of each cluster: x* = z p + c d + s v, y* = x* r + c g + s u.
4. t* = (b* - r) / se*, of two-stage least squares of y* on x* and c with standard errors by clusters.

Anderson and Rubin: z is tested in the regression of y - x r on z and c, by the ordinary wild bootstrap with residuals of the
regression on c alone, and with the Wald statistic by clusters of each draw.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
TIE = 1e-9
WAGES = [0.0, 0.1188, 0.2, 0.205, 0.2769, 0.5, 1.79, 1.793, 2.21]


class Case(NamedTuple):
    """One equation: outcome, endogenous regressor, instruments, controls with dummies, clusters."""

    y: np.ndarray
    x: np.ndarray
    z: np.ndarray
    c: np.ndarray
    clusters: np.ndarray


def wages() -> Case:
    """``ivregress 2sls wage ttl_exp collgrad (tenure = union), cluster(industry)``."""
    frame = pd.read_csv(HERE / "nlsw88.csv")
    c = np.column_stack([np.ones(len(frame)), frame["ttl_exp"], frame["collgrad"]])
    return _case(frame, "wage", "tenure", ["union"], c, "industry")


def cities(instruments: list[str], weights: str | None) -> Case:
    """The panel of ``tests/golden/iv_panel`` with effects of cities and years, clustered by six provinces."""
    frame = pd.read_csv(HERE.parent / "iv_panel" / "panel.csv")
    dummies = pd.get_dummies(frame["year"], drop_first=True)
    c = np.column_stack([frame["c1"], pd.get_dummies(frame["city"]), dummies]).astype(float)
    root = np.sqrt(frame[weights]) if weights else np.ones(len(frame))
    names = ["y", "x", *instruments]
    scaled = frame.assign(**{name: frame[name] * root for name in names})
    return _case(scaled, "y", "x", instruments, c * np.asarray(root)[:, None], "province")


def _case(frame: pd.DataFrame, y: str, x: str, z: list[str], c: np.ndarray, clusters: str) -> Case:
    codes = pd.factorize(frame[clusters], sort=True)[0]
    return Case(frame[y].to_numpy(float), frame[x].to_numpy(float), frame[z].to_numpy(float), c, codes)


CASES = {
    "wages": wages,
    "cities, one instrument": lambda: cities(["z1"], None),
    "cities, two instruments": lambda: cities(["z1", "z2"], None),
    "cities, two instruments, weights": lambda: cities(["z1", "z2"], "w"),
}


def least_squares(columns: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(columns, outcome, rcond=None)[0]


def sandwich(bread: np.ndarray, scores: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Covariance by clusters without a small-sample factor."""
    meat = np.zeros_like(bread)
    for g in range(clusters.max() + 1):
        total = scores[clusters == g].sum(axis=0)
        meat += np.outer(total, total)
    return bread @ meat @ bread


def two_stage(y: np.ndarray, x: np.ndarray, case: Case) -> tuple[float, float]:
    """Estimate and error of x's coefficient."""
    first = np.column_stack([case.z, case.c])
    fitted = np.column_stack([first @ least_squares(first, x), case.c])
    # Dummies are not collinear: the inverse is there.
    bread = np.linalg.inv(fitted.T @ fitted)
    slopes = bread @ (fitted.T @ y)
    residuals = y - np.column_stack([x, case.c]) @ slopes
    return slopes[0], float(np.sqrt(sandwich(bread, fitted * residuals[:, None], case.clusters)[0, 0]))


def signs(case: Case) -> itertools.product:
    """All vectors of signs of the clusters."""
    return itertools.product([-1.0, 1.0], repeat=int(case.clusters.max()) + 1)


def restricted_efficient(case: Case, r: float) -> tuple[float, np.ndarray]:
    """t of the hypothesis that the coefficient is r, and t* of every draw."""
    estimate, error = two_stage(case.y, case.x, case)
    own = case.y - case.x * r
    g = least_squares(case.c, own)
    u = own - case.c @ g
    stage = least_squares(np.column_stack([case.z, case.c, u]), case.x)[:-1]
    explained = np.column_stack([case.z, case.c]) @ stage
    v = case.x - explained
    drawn = []
    for sign in signs(case):
        s = np.array(sign)[case.clusters]
        x = explained + s * v
        b, se = two_stage(x * r + case.c @ g + s * u, x, case)
        drawn.append((b - r) / se)
    return (estimate - r) / error, np.array(drawn)


def wald(y: np.ndarray, case: Case) -> float:
    """That no instrument explains y."""
    k, columns = case.z.shape[1], np.column_stack([case.z, case.c])
    bread = np.linalg.inv(columns.T @ columns)
    slopes = bread @ (columns.T @ y)
    covariance = sandwich(bread, columns * (y - columns @ slopes)[:, None], case.clusters)[:k, :k]
    return float(slopes[:k] @ np.linalg.inv(covariance) @ slopes[:k])


def anderson_rubin(case: Case, r: float) -> tuple[float, np.ndarray]:
    """The Wald statistic of the hypothesis that the coefficient is r, and that of every draw."""
    own = case.y - case.x * r
    fitted = case.c @ least_squares(case.c, own)
    drawn = [wald(fitted + np.array(sign)[case.clusters] * (own - fitted), case) for sign in signs(case)]
    return wald(own, case), np.array(drawn)


def shares(observed: float, drawn: np.ndarray, *, sided: bool) -> dict[str, float]:
    """Mean size of the draws, and p-values: larger in size, ties counted too, and of t on each side."""
    near = TIE * abs(observed)
    sides = {"p_upper": (drawn > observed + near).mean(), "p_lower": (drawn < observed - near).mean()}
    return {
        "mean_size": float(np.abs(drawn).mean()),
        "p": float((np.abs(drawn) > abs(observed) + near).mean()),
        "p_ties": float((np.abs(drawn) >= abs(observed) - near).mean()),
        **{side: float(share) if sided else np.nan for side, share in sides.items()},
    }


METHODS = {"wre": restricted_efficient, "anderson_rubin": anderson_rubin}


def rows(name: str, nulls: list[float]) -> list[dict[str, object]]:
    """p-values of one case by both methods."""
    made, case = [], CASES[name]()
    for method, run in METHODS.items():
        for r in nulls:
            observed, drawn = run(case, r)
            made.append(
                {"case": name, "method": method, "null": r, "statistic": observed, "draws": len(drawn)}
                | shares(observed, drawn, sided=method == "wre")
            )
            print(made[-1], file=sys.stderr, flush=True)
    return made


def expected() -> pd.DataFrame:
    """All cases; among the nulls of wages are the ends that WildBootTests.jl prints."""
    cases = {name: [0.0, 0.5, 1.5] for name in CASES} | {"wages": WAGES}
    return pd.DataFrame([row for name, nulls in cases.items() for row in rows(name, nulls)])


if __name__ == "__main__":
    expected().to_csv(HERE / "expected.csv", index=False, float_format="%.15g")
