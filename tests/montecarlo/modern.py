"""Covariates of staggered adoption, cohorts of synthetic controls, spillovers, families of outcomes, and instruments that are nearly excluded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from montecarlo import panels
from montecarlo.inference import Found
from nianjian.estimates import inference as interval_of
from nianjian.estimators import family, iv, rings, twfe
from nianjian.estimators.adoption import FIRST
from nianjian.estimators.staggered import fits
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.conley import conley_meat
from nianjian.numerics.honest_did import EventStudy, interval
from nianjian.numerics.plausibly_exogenous import Prior
from nianjian.numerics.pretrends import slope_for_power
from nianjian.numerics.synthetic_did import cohorts, jackknife_error

NAN = float("nan")


def covariates(rng: np.random.Generator, truth: float) -> list[Found]:
    """Callaway and Sant'Anna where adoption depends on a property that bends the path of the outcome, three ways to compare."""
    rows, frame = [], panels.selected(rng, effect=truth)
    for method, controls in (("dr", ["size"]), ("reg", ["size"]), ("ipw", ["size"]), ("none", [])):
        setting = fits.Setting(outcome="y", first_year=FIRST, controls=controls, bands="pointwise")
        how = "dr" if method == "none" else method
        one = fits.callaway_santanna(frame, setting, control="never", method=how)  # type: ignore[arg-type]
        (estimate, variance), df = one.overall["att"], np.inf if one.df is None else float(one.df)
        low, high = interval_of(estimate, variance, df)[4:6]
        p_null = interval_of(estimate - truth, variance, df)[3]
        rows.append(Found(f"callaway-sant'anna, on size, {method}", truth, estimate, low, high, p_null))
    return rows


def several_cohorts(rng: np.random.Generator, truth: float) -> list[Found]:
    """Synthetic difference-in-differences with three cohorts and loadings that differ, errors by the jackknife."""
    controls, treated, periods = 40, 18, 14
    loads = np.vstack([rng.normal(size=(controls, 2)), rng.normal(0.5, 0.7, size=(treated, 2))])
    y = loads @ rng.normal(size=(2, periods)).cumsum(axis=1) + 0.5 * rng.normal(
        size=(controls + treated, periods)
    )
    first = np.concatenate([np.full(controls, periods), np.repeat([8, 10, 12], treated // 3)])
    null = y.copy()
    y[np.arange(periods) >= first[:, None]] += truth
    rows = []
    pair = [(outcome, cohorts(outcome, first, exact=True)) for outcome in (y, null)]
    numbers = [
        interval_of(own.estimate, jackknife_error(data, first, own) ** 2, np.inf) for data, own in pair
    ]
    rows.append(Found("synthetic did, three cohorts", truth, numbers[0][0], *numbers[0][4:6], numbers[1][3]))
    return rows


def spillovers(rng: np.random.Generator, truth: float) -> list[Found]:
    """Effects on treated cities and on neighbours within 300 km, with the ring and without it."""
    n, years = 100, 8
    spots = rng.uniform(0, 2000, size=(n, 2))
    distances = np.linalg.norm(spots[:, None] - spots, axis=2)
    frame = panels.staggered(rng, path=lambda time, cohort: np.zeros_like(time), cities=n, years=years,
                             chance=np.where(np.arange(n) < 15, 1.0, 0.0))  # fmt: skip
    ring = rings.exposures(frame, "policy", range(n), distances, [(0, 300)])[:, 0]
    frame = frame.assign(ring=ring)
    spilled = truth / 2
    made = frame.assign(y=frame["y"] + truth * frame["policy"] + spilled * ring)
    options = {"outcome": "y", "absorb": ["city", "year"], "cluster": "city"}
    rows = []
    with_ring, null = (
        twfe.fit(data, regressors=["policy", "ring", "x"], **options) for data in (made, frame)
    )
    for j, (name, true) in enumerate({"treated": truth, "ring": spilled}.items()):
        ends = with_ring.params[j], with_ring.conf_low[j], with_ring.conf_high[j]
        rows.append(Found(f"rings, {name}", true, *ends, null.p_values[j]))
    without = twfe.fit(made, regressors=["policy", "x"], **options)
    rows.append(
        Found("rings, left out", truth, without.params[0], without.conf_low[0], without.conf_high[0], NAN)
    )
    return rows


def families(rng: np.random.Generator) -> list[Found]:
    """Five outcomes on which nothing has an effect: whether any is rejected, by itself and adjusted."""
    frame = panels.staggered(rng, path=lambda time, cohort: np.zeros_like(time), cities=40, years=8)
    shared = panels.autocorrelated(rng, 40, 8).ravel()
    names = [f"y{j}" for j in range(5)]
    own = {name: shared + panels.autocorrelated(rng, 40, 8).ravel() for name in names}
    table = family.fit(
        frame.assign(**own), outcomes=names, treatment="policy", controls=[], draws=199, weights="rademacher",
        options={"absorb": ["city", "year"], "cluster": "city", "weights": None}, rng=rng,
    )  # fmt: skip
    tests = table[table["kind"] == "test"].groupby("term")["p_value"].min()
    return [
        Found(f"five outcomes, {name}", NAN, NAN, NAN, NAN, float(tests[term]))
        for name, term in (("each by itself", "wild_bootstrap"), ("romano-wolf", "romano_wolf"))
    ]


def nearly_excluded(rng: np.random.Generator) -> list[Found]:
    """An instrument with a direct effect that is normal, mean 0.1; the coefficient is one, or zero."""
    direct = rng.normal(0.1, 0.05)
    prior = Prior(ranges=((0.0, 0.2),), points=3, mean=(0.1,), variance=(0.05**2,))
    made = []
    for effect in (1.0, 0.0):
        frame = panels.instrumented(rng, effect=effect, strength=0.5, cities=60, years=8)
        frame = frame.assign(y=frame["y"] + direct * frame["z"])
        fit = iv.fit(frame, outcome="y", endogenous=["d"], instruments=["z"], controls=["x"], prior=prior)
        made.append(fit.tidy("montecarlo", "prior"))
    rows = []
    ways = {
        "ignored": ("coefficient", "d"), "range": ("test", "plausible_union"), "prior": ("effect", "local_to_zero"),
    }  # fmt: skip
    for name, at in ways.items():
        one, nil = (_ends(table, *at) for table in made)
        rows.append(Found(f"iv, direct effect, {name}", 1.0, *one, 0.0 if not nil[1] <= 0 <= nil[2] else 1.0))
    return rows


def _ends(table: pd.DataFrame, kind: str, term: str) -> tuple[float, float, float]:
    own = table[(table["kind"] == kind) & (table["term"] == term)].iloc[0]
    return float(own["estimate"]), float(own["conf_low"]), float(own["conf_high"])


def in_space_and_time(rng: np.random.Generator, truth: float) -> list[Found]:
    """Errors and policy correlated in space and over years: which pairs Conley's errors have to count."""
    n, years = 100, 10
    spots = rng.uniform(0, 2000, size=(n, 2))
    distances = np.linalg.norm(spots[:, None] - spots, axis=2)
    root = np.linalg.cholesky(np.exp(-distances / 150) + 1e-9 * np.eye(n))
    policy = (root @ panels.autocorrelated(rng, n, years) > 0).astype(float)
    noise = root @ panels.autocorrelated(rng, n, years)
    city, year = np.repeat(np.arange(n), years), np.tile(np.arange(years), n)
    rows = []
    ways = (
        ("uniform", "year"),
        ("uniform", "year_or_place"),
        ("bartlett", "year_or_place"),
        ("uniform", "all"),
    )
    within = [
        partial_out(np.column_stack([(effect * policy + noise).ravel(), policy.ravel()]), [city, year])
        for effect in (truth, 0.0)
    ]
    for kernel, pairs in ways:
        found = []
        for y, x in (own.T for own in within):
            b = float(x @ y / (x @ x))
            scores = (x * (y - b * x))[:, None]
            meat = conley_meat(scores, city, distances, 400.0, kernel=kernel, pairs=pairs, years=year)
            df = len(y) - n - years
            found.append(interval_of(b, float(meat[0, 0]) / (x @ x) ** 2 * len(y) / df, df))
        name = f"errors in space and time, {kernel}, {pairs.replace('_', ' ')}"
        rows.append(Found(name, truth, found[0][0], *found[0][4:6], found[1][3]))
    return rows


def bounded_curvature(rng: np.random.Generator, truth: float) -> list[Found]:
    """Linear trends that differ, which second differences of zero allow; and how often a pre-test finds its slope of 50 %."""
    times = np.array([-4, -3, -2, 0, 1, 2]) + 1.0
    sigma = 0.01 * (0.5 + 0.5 * np.eye(6))
    slope = slope_for_power(sigma, 3, times, 0.5)
    trend = slope * times
    beta = rng.multivariate_normal(trend + np.r_[np.zeros(3), np.full(3, truth)], sigma)
    study = EventStudy(beta, sigma, 3, np.full(3, 1 / 3))
    made = interval(study, "sd", 0.0)
    found = np.abs(beta[:3]).max() > 1.96 * 0.1
    return [
        Found("linear trends differ, honest, M = 0", truth, NAN, made.low, made.high, NAN),
        Found(
            "linear trends differ, pre-test at its slope of 50 %", NAN, NAN, NAN, NAN, 0.0 if found else 1.0
        ),
    ]
