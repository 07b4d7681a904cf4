"""Panels with few clusters, with errors that are correlated in space, and with factors; and what is found in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from montecarlo.panels import START, autocorrelated, staggered
from nianjian.estimates import inference as interval_of
from nianjian.estimators import heterogeneity, iv
from nianjian.estimators.adoption import FIRST
from nianjian.estimators.inference import inferred
from nianjian.estimators.inference_params import Inference
from nianjian.estimators.iv_inference import inferred_iv
from nianjian.estimators.randomised import randomised
from nianjian.estimators.staggered import fits
from nianjian.kinds.context import EstimatorContext
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.cluster_jackknife import jackknife
from nianjian.numerics.conley import conley_meat
from nianjian.numerics.covariance import clustered_meat
from nianjian.numerics.cr2 import bias_reduced
from nianjian.numerics.honest_did import EventStudy, interval
from nianjian.numerics.synthetic_did import cohorts, jackknife_error, placebo_error
from nianjian.numerics.wild_bootstrap import wild_bootstrap

PROVINCES, CITIES, YEARS = 12, 6, 8
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
    """Five ways to make errors with twelve clusters, three of them treated, and errors by the cities within them."""
    rows = []
    frames = [provinces(rng, effect) for effect in (truth, 0.0)]
    made = [_by(frame, "province") for frame in frames]
    of_cities = [_by(frame, "city") for frame in frames]
    for label, name, pair in (
        ("cities, not provinces", "clustered", of_cities),
        *((name, name, made) for name in ("clustered", "cr2", "cv3")),
    ):
        (estimate, _, _, _, low, high), null = (_errors(data, name) for data in pair)
        rows.append(Found(f"12 clusters, {label}", truth, estimate, low, high, null[3]))
    for name, weights, draws in (
        ("wild bootstrap", "rademacher", 4096),
        ("wild bootstrap, webb", "webb", 999),
    ):
        found, null = (
            wild_bootstrap(data, 0, rng, draws=draws, weights=weights)  # type: ignore[arg-type]
            for data in made
        )
        ends = found.estimate, found.conf_low, found.conf_high
        rows.append(Found(f"12 clusters, {name}", truth, *ends, null.p_value))
    return rows


def _by(frame: pd.DataFrame, clusters: str):
    effects = [frame["city"].to_numpy(), (frame["year"] - START).to_numpy()]
    within = partial_out(frame[["y", "policy"]].to_numpy(dtype=float), effects)
    codes = frame[clusters].to_numpy()
    return by_cluster(within[:, 0], within[:, 1:], effects, codes, np.ones(len(frame)))


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


WILD = Inference(method="wild_cluster", draws=499)
METHODS = {"clustered": None, "wild bootstrap": WILD, "cv3": Inference(method="cv3")}
OF_SUMS = {name: METHODS[name] for name in ("clustered", "wild bootstrap")}


def _context(seed: int) -> EstimatorContext:
    return EstimatorContext("montecarlo", "specs", "few", seed=seed)


def instruments(rng: np.random.Generator, truth: float) -> list[Found]:
    """Two-stage least squares with twelve clusters that share shocks; one instrument, which moves by province and city."""
    frame = provinces(rng, 0.0).drop(columns="policy")
    city, province = frame["city"].to_numpy(), frame["province"].to_numpy()
    time = frame["year"].to_numpy() - START
    by_province = autocorrelated(rng, PROVINCES, YEARS)[province, time]
    z = by_province + autocorrelated(rng, PROVINCES * CITIES, YEARS)[city, time]
    shared = autocorrelated(rng, PROVINCES, YEARS)[province, time]
    x = 0.5 * z + shared + rng.normal(size=len(frame))
    made = [frame.assign(z=z, x=x, y=frame["y"] + b * x + shared) for b in (truth, 0.0)]
    options = {"outcome": "y", "endogenous": ["x"], "instruments": ["z"], "cluster": "province"}
    context, rows = _context(int(rng.integers(2**31))), []
    for name, own in METHODS.items():
        found, null = (iv.fit(data, **options, inference=inferred_iv(own, context)) for data in made)
        pair = [
            interval_of(fit.params[0], fit.vcov[0, 0], fit.df_resid) if fit.inferred is None else fit.inferred.numbers[0]
            for fit in (found, null)
        ]  # fmt: skip
        rows.append(Found(f"iv, 12 clusters, {name}", truth, pair[0][0], pair[0][4], pair[0][5], pair[1][3]))
        if own is WILD:
            (_, low, high), (p_null, _, _) = found.inferred.anderson_rubin, null.inferred.anderson_rubin
            rows.append(
                Found("iv, 12 clusters, Anderson-Rubin, wild", truth, found.params[0], low, high, p_null)
            )
    return rows


def sums_of_coefficients(rng: np.random.Generator, truth: float) -> list[Found]:
    """A difference of two groups, and an average over cohorts, with twelve clusters."""
    made = [provinces(rng, effect) for effect in (0.0, truth)]
    null, context, rows = (
        made[0].assign(odd=lambda own: own["city"] % 2),
        _context(int(rng.integers(2**31))),
        [],
    )
    apart = null.assign(y=null["y"] + truth * null["policy"] * null["odd"])
    for name, own in OF_SUMS.items():
        options = {"outcome": "y", "treatment": "policy", "by": "odd", "cluster": "province"}
        pair = [
            heterogeneity.fit(data, **options, inference=inferred(own, context)).difference_numbers(0, 1)
            for data in (apart, null)
        ]
        rows.append(
            Found(f"difference, 12 clusters, {name}", truth, pair[0][0], pair[0][4], pair[0][5], pair[1][3])
        )
    return rows + _averages(rng, truth, context)


def _averages(rng: np.random.Generator, truth: float, context: EstimatorContext) -> list[Found]:
    """The average effect over cohorts whose cities lie in twelve provinces that share shocks."""
    frame = staggered(rng, path=lambda time, cohort: np.zeros_like(time), cities=60, years=10)
    province = frame["city"].to_numpy() % PROVINCES
    shocks = autocorrelated(rng, PROVINCES, 10)[province, frame["year"].to_numpy() - START]
    frame = frame.assign(province=province, y=frame["y"] + shocks)
    made = [frame.assign(y=frame["y"] + b * frame["policy"]) for b in (truth, 0.0)]
    rows = []
    for name, own in OF_SUMS.items():
        setting = fits.Setting(
            outcome="y", first_year=FIRST, cluster="province", bands="pointwise", window=(-1, 0),
            inference=inferred(own, context),
        )  # fmt: skip
        pair = [fits.sun_abraham(data, setting) for data in made]
        numbers = [
            fit.numbers["att"] if fit.numbers else interval_of(*fit.att, float(fit.df or np.inf))
            for fit in pair
        ]
        (estimate, _, _, _, low, high, *_), null = numbers
        rows.append(Found(f"sun-abraham, 12 clusters, {name}", truth, estimate, low, high, null[3]))
    return rows


def assigned(rng: np.random.Generator, truth: float) -> list[Found]:
    """Randomisation inference on t with thirty cities, of which six are treated."""
    chance = np.where(np.arange(30) < 6, 1.0, 0.0)
    frame = staggered(rng, path=lambda time, cohort: np.zeros_like(time), cities=30, chance=chance)
    made = [frame.assign(y=frame["y"] + b * frame["policy"]) for b in (truth, 0.0)]
    options = {"outcome": "y", "treatment": "policy", "controls": ["x"], "draws": 499}
    found, null = (
        randomised(data, **options, seed=int(rng.integers(2**31)), study="montecarlo", spec="t").fit.numbers("policy")
        for data in made
    )  # fmt: skip
    return [Found("30 cities, randomisation of t", truth, found[0], found[4], found[5], null[3])]


def in_space(rng: np.random.Generator, truth: float) -> list[Found]:
    """Errors and policy that are correlated in space, errors within years only; the same density of places in both areas."""
    rows = _in_area(rng, truth, 100, 2000, {"clustered": 1e-9, "conley": 400.0})
    return rows + _in_area(rng, truth, 300, 2000 * 3**0.5, {"conley, three times the area": 400.0})


def _in_area(
    rng: np.random.Generator, truth: float, n: int, side: float, cutoffs: dict[str, float]
) -> list[Found]:
    years = 10
    spots = rng.uniform(0, side, size=(n, 2))
    distances = np.linalg.norm(spots[:, None] - spots, axis=2)
    root = np.linalg.cholesky(np.exp(-distances / 150) + 1e-9 * np.eye(n))
    policy = np.stack([(root @ rng.normal(size=n)) > 0 for _ in range(years)]).astype(float)
    noise = np.stack([root @ rng.normal(size=n) for _ in range(years)])
    year, city = np.repeat(np.arange(years), n), np.tile(np.arange(n), years)
    within = [
        partial_out(np.column_stack([(effect * policy + noise).ravel(), policy.ravel()]), [city, year])
        for effect in (truth, 0.0)
    ]
    rows = []
    for name, cutoff in cutoffs.items():
        found = []
        for y, x in (own.T for own in within):
            b = float(x @ y / (x @ x))
            scores = (x * (y - b * x))[:, None]
            pairs = "all" if cutoff < 1 else "year"
            meat = conley_meat(scores, city, distances, cutoff, pairs=pairs, years=year)
            df = len(y) - n - years
            found.append(interval_of(b, float(meat[0, 0]) / (x @ x) ** 2 * len(y) / df, df))
        rows.append(Found(f"spatial errors, {name}", truth, found[0][0], *found[0][4:], found[1][3]))
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
    rngs = [np.random.default_rng(rng.integers(2**32)) for _ in range(30)]
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
