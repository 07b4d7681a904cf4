"""Do spatial panel models recover the parameters that made the data? ``python tests/montecarlo/spatial.py 500``.

Simulated panels of 100 cities and 8 years; bias and coverage of 95 % intervals by treatment of the fixed effects.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.impacts import spatial_impacts
from nianjian.spatial.prepared_weights import PreparedWeights, prepare

Array = NDArray[np.float64]
NAMES = ("a", "b")


def neighbours(cities: int, seed: int = 0, count: int = 5) -> Array:
    """Row-standardised matrix of cities on a unit square that are among each other's nearest."""
    place = np.random.default_rng(seed).uniform(size=(cities, 2))
    distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    near = distance <= np.sort(distance, axis=1)[:, [count - 1]]
    linked = (near | near.T).astype(float)
    return linked / linked.sum(axis=1, keepdims=True)


def simulate(
    weights: Array,
    years: int,
    rng: np.random.Generator,
    *,
    rho: float = 0.0,
    lambda_: float = 0.0,
    beta: tuple[float, ...] = (1.0, -0.5),
    theta: tuple[float, ...] = (0.0, 0.0),
    correlated: float = 0.7,
    serial: float = 0.0,
) -> tuple[Array, Array]:
    """y (n, T) and x (n, T, k) with city and year effects; ``correlated`` ties city effects to x."""
    n, k = len(weights), len(beta)
    x = rng.normal(size=(n, years, k))
    city = correlated * x.mean(axis=(1, 2))[:, None] * np.sqrt(years) + rng.normal(size=(n, 1))
    noise = rng.normal(size=(n, years))
    if serial:
        # Autocorrelation and a variance that differs by city: clustered standard errors are for this.
        for t in range(1, years):
            noise[:, t] = serial * noise[:, t - 1] + np.sqrt(1 - serial**2) * noise[:, t]
        noise = noise * (0.5 + 1.5 * rng.random((n, 1)))
    error = np.linalg.solve(np.eye(n) - lambda_ * weights, noise)
    lagged = np.einsum("ij,jtk->itk", weights, x)
    mean = x @ np.array(beta) + lagged @ np.array(theta) + city + rng.normal(size=years)
    return np.linalg.solve(np.eye(n) - rho * weights, mean + error), x


def simulate_dynamic(
    weights: Array,
    years: int,
    rng: np.random.Generator,
    *,
    tau: float = 0.4,
    eta: float = -0.1,
    rho: float = 0.3,
    beta: tuple[float, ...] = (1.0, -0.5),
    theta: tuple[float, ...] = (0.3, 0.2),
    heavy: bool = False,
) -> tuple[Array, Array]:
    """y (n, T + 1) and x (n, T + 1, k) of a dynamic model that has run for 50 years; ``heavy``: errors are t(5)."""
    n, k, before = len(weights), len(beta), 50
    total = before + years + 1
    city = rng.normal(size=n)
    x = rng.normal(size=(n, total, k)) + 0.5 * city[:, None, None]
    error = rng.standard_t(5, size=(n, total)) * np.sqrt(3 / 5) if heavy else rng.normal(size=(n, total))
    mean = x @ np.array(beta) + np.einsum("ij,jtk->itk", weights, x) @ np.array(theta)
    mean += city[:, None] + rng.normal(size=total) + error
    multiplier = np.linalg.inv(np.eye(n) - rho * weights)
    y = np.zeros((n, total))
    for t in range(1, total):
        y[:, t] = multiplier @ (tau * y[:, t - 1] + eta * weights @ y[:, t - 1] + mean[:, t])
    return y[:, before:], x[:, before:]


def true_values(
    weights: Array, rho: float, beta: tuple[float, ...], theta: tuple[float, ...]
) -> dict[str, float]:
    """Parameters and impacts of the process."""
    cities = len(weights)
    inverse = np.linalg.inv(np.eye(cities) - rho * weights)
    truth = {"a": beta[0], "b": beta[1], "W*a": theta[0], "W*b": theta[1], "rho": rho}
    for name, own, lagged in zip(NAMES, beta, theta, strict=True):
        multiplier = inverse @ (own * np.eye(cities) + lagged * weights)
        truth[f"direct[{name}]"] = multiplier.trace() / cities
        truth[f"total[{name}]"] = multiplier.sum() / cities
        truth[f"indirect[{name}]"] = truth[f"total[{name}]"] - truth[f"direct[{name}]"]
    return truth


RHO, BETA, THETA = 0.4, (1.0, -0.5), (0.3, 0.2)
CASES = {
    "none": {"lee_yu": "none"},
    "sigma2": {"lee_yu": "sigma2"},
    "correct": {"lee_yu": "correct"},
    "transform": {"lee_yu": "transform"},
    "transform, clustered": {"lee_yu": "transform", "errors": "cluster"},
    "serial, transform": {"lee_yu": "transform"},
    "serial, clustered": {"lee_yu": "transform", "errors": "cluster"},
}
"""Options of the model by name; the errors of those that begin with ``serial`` are correlated over years."""


class Found(NamedTuple):
    """One parameter or impact in one replication."""

    case: str
    term: str
    truth: float
    value: float
    error: float
    low: float
    high: float


@lru_cache(maxsize=1)
def given(cities: int) -> tuple[Array, PreparedWeights, dict[str, float]]:
    """Weights, and the true values under them."""
    weights = neighbours(cities)
    return weights, prepare(weights), true_values(weights, RHO, BETA, THETA)


def replication(
    seed: int, draw: int, cases: Sequence[str] = tuple(CASES), cities: int = 100, years: int = 8
) -> list[Found]:
    """Estimate an SDM on one simulated panel, and on one with serial correlation."""
    weights, prepared, truth = given(cities)
    found = []
    for case in cases:
        serial = 0.6 if case.startswith("serial") else 0.0
        rng = np.random.default_rng([seed, draw])
        y, x = simulate(weights, years, rng, rho=RHO, beta=BETA, theta=THETA, serial=serial)
        fit = fit_model(y, x, prepared, model="sdm", regressors=NAMES, **CASES[case])
        impacts = spatial_impacts(fit, draws=500, seed=draw)
        values = {
            name: (value, error, value - 1.96 * error, value + 1.96 * error)
            for name, value, error in zip(fit.names, fit.params, fit.std_errors, strict=True)
        }
        for one in impacts.rows():
            if one.errors == impacts.primary:
                name = f"{one.term}[{one.variable}]"
                values[name] = (one.estimate, one.std_error, one.conf_low, one.conf_high)
        found += [Found(case, term, true, *values[term]) for term, true in truth.items()]
    return found


def run(replications: int = 500, seed: int = 1) -> pd.DataFrame:
    """Print and return bias, standard deviation, mean error and coverage of an SDM's parameters and impacts."""
    table = pd.DataFrame([row for draw in range(replications) for row in replication(seed, draw)])
    table["bias"] = table["value"] - table["truth"]
    table["covered"] = table["truth"].between(table["low"], table["high"])
    grouped = table.groupby(["case", "term"], sort=False)
    result = pd.DataFrame(
        {
            "bias": grouped["bias"].mean(),
            "sd": grouped["bias"].std(),
            "mean_error": grouped["error"].mean(),
            "coverage": grouped["covered"].mean(),
        }
    )
    print(result.round(4).to_string())
    return result


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
