"""Panels with few clusters, with errors that are correlated in space, and with factors; and what is found in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from montecarlo.panels import START, autocorrelated
from nianjian.estimates import inference as interval_of
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.cluster_jackknife import jackknife
from nianjian.numerics.conley import conley_meat
from nianjian.numerics.covariance import clustered_meat
from nianjian.numerics.cr2 import bias_reduced
from nianjian.numerics.honest_did import EventStudy, interval
from nianjian.numerics.synthetic_did import cohorts, jackknife_error, placebo_error
from nianjian.numerics.wild_bootstrap import wild_bootstrap

PROVINCES, CITIES, YEARS = 12, 10, 10
TREATED = 3
"""Provinces that are treated, all their cities at once."""


class Found(NamedTuple):
    """An estimate with its 95 % interval, and the p-value of a true null."""

    name: str
    truth: float
    estimate: float
    low: float
    high: float
    p_null: float


def provinces(rng: np.random.Generator, effect: float) -> pd.DataFrame:
    """Cities in provinces that share shocks; a policy of three provinces."""
    n = PROVINCES * CITIES
    province = np.repeat(np.arange(PROVINCES), CITIES)
    start = np.full(PROVINCES, YEARS)
    start[:TREATED] = 3 + np.arange(TREATED) * 2
    shocks = autocorrelated(rng, PROVINCES, YEARS)[province] + autocorrelated(rng, n, YEARS)
    policy = np.arange(YEARS) >= start[province][:, None]
    y = effect * policy + shocks + rng.normal(size=(n, 1))
    city, time = np.repeat(np.arange(n), YEARS), np.tile(np.arange(YEARS), n)
    columns = {"city": city, "year": START + time, "province": province[city]}
    return pd.DataFrame({**columns, "policy": policy.ravel().astype(float), "y": y.ravel()})


def few_clusters(rng: np.random.Generator, truth: float) -> list[Found]:
    """Four ways to make errors with twelve clusters, three of them treated."""
    rows = []
    made = [_by_province(provinces(rng, effect)) for effect in (truth, 0.0)]
    for name in ("clustered", "cr2", "cv3"):
        (estimate, _, _, _, low, high), null = (_errors(data, name) for data in made)
        rows.append(Found(f"12 clusters, {name}", truth, estimate, low, high, null[3]))
    found, null = (wild_bootstrap(data, 0, rng, draws=4096) for data in made)
    rows.append(
        Found(
            "12 clusters, wild bootstrap",
            truth,
            found.estimate,
            found.conf_low,
            found.conf_high,
            null.p_value,
        )
    )
    return rows


def _by_province(frame: pd.DataFrame):
    effects = [frame["city"].to_numpy(), (frame["year"] - START).to_numpy()]
    within = partial_out(frame[["y", "policy"]].to_numpy(dtype=float), effects)
    clusters = frame["province"].to_numpy()
    return by_cluster(within[:, 0], within[:, 1:], effects, clusters, np.ones(len(frame)))


def _errors(data, name: str) -> tuple[float, float, float, float, float, float]:
    if name == "clustered":
        meat = clustered_meat(data.x * data.residuals[:, None], [data.codes])
        variance, df = (
            (data.bread @ meat @ data.bread)[0, 0] * data.groups / (data.groups - 1),
            data.groups - 1,
        )
    elif name == "cr2":
        found = bias_reduced(data)
        variance, df = found.vcov[0, 0], found.df[0]
    else:
        found = jackknife(data)
        variance, df = found.vcov[0, 0], found.df
    return interval_of(float(data.slopes[0]), float(variance), float(df))


def in_space(rng: np.random.Generator, truth: float) -> list[Found]:
    """Errors and policy that are correlated in space, errors within years only."""
    n = 150
    spots = rng.uniform(0, 2000, size=(n, 2))
    distances = np.linalg.norm(spots[:, None] - spots, axis=2)
    root = np.linalg.cholesky(np.exp(-distances / 150) + 1e-9 * np.eye(n))
    policy = np.stack([(root @ rng.normal(size=n)) > 0 for _ in range(YEARS)]).astype(float)
    noise = np.stack([root @ rng.normal(size=n) for _ in range(YEARS)])
    year, city = np.repeat(np.arange(YEARS), n), np.tile(np.arange(n), YEARS)
    rows = []
    for name, cutoff in (("spatial errors, clustered", 1e-9), ("spatial errors, conley", 400.0)):
        found = []
        for effect in (truth, 0.0):
            columns = np.column_stack([(effect * policy + noise).ravel(), policy.ravel()])
            within = partial_out(columns, [city, year])
            x, y = within[:, 1], within[:, 0]
            b = float(x @ y / (x @ x))
            scores = (x * (y - b * x))[:, None]
            pairs = "all" if cutoff < 1 else "year"
            meat = conley_meat(scores, city, distances, cutoff, pairs=pairs, years=year)
            df = len(y) - n - YEARS
            found.append(interval_of(b, float(meat[0, 0]) / (x @ x) ** 2 * len(y) / df, df))
        rows.append(Found(name, truth, found[0][0], *found[0][4:], found[1][3]))
    return rows


def synthetic(rng: np.random.Generator, truth: float) -> list[Found]:
    """A factor model in which treated units have other loadings."""
    controls, treated, periods, start = 30, 6, 14, 10
    loads = np.vstack([rng.normal(size=(controls, 2)), rng.normal(0.7, 0.7, size=(treated, 2))])
    y = loads @ rng.normal(size=(2, periods)).cumsum(axis=1) + 0.5 * rng.normal(
        size=(controls + treated, periods)
    )
    first = np.where(np.arange(controls + treated) < controls, periods, start)
    null = y.copy()
    y[controls:, start:] += truth
    found = cohorts(y, first, exact=True)
    rows = []
    rngs = [np.random.default_rng(rng.integers(2**32)) for _ in range(50)]
    for name, error in (
        ("synthetic did, jackknife", jackknife_error(y, first, found)),
        ("synthetic did, placebo", placebo_error(y, first, rngs)),
    ):
        estimate, _, _, _, low, high = interval_of(found.estimate, error**2, np.inf)
        p_null = interval_of(cohorts(null, first, exact=True).estimate, error**2, np.inf)[3]
        rows.append(Found(name, truth, estimate, low, high, p_null))
    same = cohorts(y, first, "did")
    estimate, _, _, _, low, high = interval_of(same.estimate, jackknife_error(y, first, same) ** 2, np.inf)
    rows.append(Found("synthetic did, equal weights", truth, estimate, low, high, np.nan))
    return rows


def not_parallel(rng: np.random.Generator, truth: float) -> list[Found]:
    """Trends that differ by one step before the treatment and go on as far as Mbar = 1 lets them."""
    trend = np.array([-0.1, -0.2, -0.1, 0.1, 0.2, 0.3])
    sigma = 0.01 * (0.5 + 0.5 * np.eye(6))
    beta = rng.multivariate_normal(trend + np.r_[np.zeros(3), np.full(3, truth)], sigma)
    study = EventStudy(beta, sigma, 3, np.full(3, 1 / 3))
    half = 1.96 * study.std_error
    parallel = Found(
        "trends differ, parallel", truth, study.estimate, study.estimate - half, study.estimate + half, np.nan
    )
    made = interval(study, "rm", 1.0)
    return [parallel, Found("trends differ, honest, Mbar = 1", truth, np.nan, made.low, made.high, np.nan)]
