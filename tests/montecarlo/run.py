"""Do estimators find what made the data? ``make montecarlo``.

For each estimator over simulated panels of 120 cities and 12 years: bias, root mean squared error, coverage of
95 % intervals, and how often a 5 % test rejects a null that is true. The ``Snakefile`` beside splits the replications over
jobs; a replication's numbers depend on its number only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from montecarlo import inference as few_and_far
from montecarlo import modern, panels, spatial, staggered
from nianjian.estimates import inference
from nianjian.estimators import event_study, heterogeneity, iv, matching, mediation, placebo, twfe
from nianjian.indices.simar_wilson import two_stage
from nianjian.numerics import truncated
from nianjian.numerics.resampling import percentile_p_value, percentiles
from nianjian.spatial import dynamic, dynamic_effects
from nianjian.spatial.compare_models import compare_models
from nianjian.spatial.estimation import fit as fit_spatial
from nianjian.spatial.impacts import spatial_impacts
from nianjian.spatial.prepared_weights import prepare

NOMINAL, SIZE = 0.95, 0.05
EFFECT = 0.5
SLACK = 2.6
"""Standard errors by which a rate may miss its nominal value by chance."""
DRAWS = 199
"""Resamples of mediation and assignments of the placebo: 200 times a level of 5 % is a whole number."""
SPATIAL_CASES = ("none", "transform", "serial, transform", "serial, clustered")
SPATIAL_TERMS = ("rho", "a", "W*a", "direct[a]", "indirect[a]")
"""Of :func:`montecarlo.spatial.replication`."""


class Draw(NamedTuple):
    """One replication of one row: the truth, what was found, and the p-value of a true null in a panel of its own.

    ``covered`` and ``rejected`` are NaN where a row has no interval or no test.
    """

    row: str
    truth: float
    estimate: float
    covered: float
    rejected: float


REMARKS = {
    "twfe, errors not clustered": "errors are correlated over years: clusters are needed",
    "twfe, cities grow apart": "who grows faster adopts more often: biased, city trends are needed",
    "twfe, 10 clusters": "12 cities each; t(9)",
    "twfe, cohorts differ": "treated cities serve as controls: not the average effect; sun-abraham, att is",
    "event study, cohorts differ": "other cohorts' effects leak into each event time (Sun and Abraham 2021)",
    "event study, band": "the whole path lies inside the band",
    "psm-did, weighted": "errors take the estimated weights as given",
    "psm-did, nearest": "errors take the matches as given",
    "twfe, on psm's panel": "selection on a property that bends the path: biased without matching",
    "12 clusters, cities": "the policy is assigned by province: errors by city are too small",
    "12 clusters, clustered": "three of them treated: clustered errors are too small",
    "spatial errors, clustered": "neighbours' errors go together: Conley's are right",
    "spatial errors, conley, three": "three times as many places",
    "spatial errors, conley": "somewhat narrow: few areas are as wide as the cutoff",
    "12 clusters, cv3": "three of them treated: t(11) has too thin tails",
    "callaway-sant'anna, band": "late event times rest on cohorts of some 20 cities; the band is as narrow as R did's",
    "synthetic did, jackknife": "six treated units, and a normal quantile",
    "synthetic did, placebo": "treated units are unlike the controls on which placebos are drawn",
    "synthetic did, equal weights": "other loadings on the factors: the weights are for that",
    "callaway-sant'anna, on size, none": "adoption depends on what bends the path: covariates are needed",
    "callaway-sant'anna, on size": "cohorts of some 20 cities, of which a logit is estimated; normal quantiles, as R did's",
    "rings, treated": "15 treated cities",
    "imputation, band": "late event times rest on cohorts of some 20 cities",
    "two-stage, att": "a little wide",
    "12 clusters, cr2": "conservative where three clusters are treated",
    "12 clusters, wild": "conservative where three clusters are treated",
    "iv, direct effect, prior": "60 cities",
    "rings, left out": "controls near the treated are moved too: biased by a share of the spillover",
    "five outcomes, each by itself": "chance that any of five true nulls is rejected",
    "five outcomes, romano-wolf": "the same, adjusted",
    "iv, direct effect, ignored": "the instrument has an effect of its own",
    "iv, direct effect, range": "conservative: the union over the range that holds 95 % of the direct effects",
    "errors in space and time, uniform, year or place": "these pairs hold most of what goes together; few areas",
    "errors in space and time, uniform, year": "pairs of one year only, errors are correlated over years too",
    "errors in space and time, uniform, all": "neighbours in all years: noise, with some 25 areas as wide as the cutoff",
    "linear trends differ, pre-test": "it is to find half of them, by the definition of the slope",
    "trends differ, parallel": "trends go on after the treatment: the interval takes none into account",
    "trends differ, honest": "conservative: the bound is attained by one step before only",
    "iv, weak instrument": "t is wrong with a weak instrument, the Anderson-Rubin test is not",
    "iv, weak: Anderson-Rubin": "right whatever the strength",
    "psm-did, within years": "a covariate that stays has the same weights in each year as in all",
    "psm-did, entropy": "errors take the estimated weights as given",
    "iv, weak: tF": "right whatever the strength; wider than the Anderson-Rubin set",
    "mediation, omitted cause": "something moves mediator and outcome: biased without its correlation",
    "mediation, at its correlation": "the same panels with the errors' correlation known",
    "mediation, sobel": "normal theory for a product",
    "mediation, a = b = 0": "both paths are nil: every test of a product is conservative",
    "sdm, transform, rho = 0": "a panel without spillovers",
    "sdm, none: rho": "xsmle's direct likelihood: year effects pull rho down with 100 cities (Lee and Yu 2010)",
    "sdm, none: W*a": "the other side of rho's bias; the indirect effect hardly suffers",
    "dynamic sdm, not corrected": "city means of last year's outcome hold the errors: a bias of order 1/T (Nickell 1981)",
    "two-stage efficiency, 2: distance": "less its bias, which is estimated from frontiers that lie inside the true one too",
    "models compared": "share of panels in which the true model and matrix have the largest posterior probability",
    "sdm, serial, transform: rho": "the likelihood's errors take no account of correlation over years",
}
"""Why a row is not what one would hope for, or what it shows."""


def _draw(row: str, truth: float, estimate: float, low: float, high: float, p_null: float = np.nan) -> Draw:
    covered = np.nan if np.isnan(low) else float(low <= truth <= high)
    return Draw(row, truth, estimate, covered, np.nan if np.isnan(p_null) else float(p_null < SIZE))


def _row(fit: twfe.TwfeFit, name: str = "policy") -> tuple[float, float, float, float]:
    j = fit.names.index(name)
    return fit.params[j], fit.conf_low[j], fit.conf_high[j], fit.p_values[j]


def _pair(row: str, truth: float, fit: twfe.TwfeFit, null: twfe.TwfeFit) -> Draw:
    """A regression on a panel with the effect, and the test of it on one without."""
    return _draw(row, truth, *_row(fit)[:3], _row(null)[3])


def _constant(effect: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda time, cohort: np.full_like(time, effect)


TWFE = {"outcome": "y", "regressors": ["policy", "x"], "absorb": ["city", "year"], "cluster": "city"}


def run_twfe(seed: int, draw: int) -> list[Draw]:
    def rng(kind: int) -> np.random.Generator:
        return np.random.default_rng([seed, draw, 1, kind])

    found, null = (panels.staggered(rng(0), path=_constant(effect)) for effect in (EFFECT, 0.0))
    plain, nil = (frame.assign(block=frame["city"] % 10) for frame in (found, null))
    apart = panels.staggered(rng(2), path=lambda time, cohort: 0.2 * (1 + time) * (2 - cohort))
    average = float(apart.loc[apart["policy"] == 1, "effect"].mean())
    grown, ungrown = (panels.growing(rng(1), effect=effect) for effect in (EFFECT, 0.0))
    return [
        _pair("twfe", EFFECT, twfe.fit(found, **TWFE), twfe.fit(null, **TWFE)),
        _pair(
            "twfe, errors not clustered",
            EFFECT,
            *(twfe.fit(frame, **TWFE | {"cluster": None}) for frame in (found, null)),
        ),
        _pair(
            "twfe, 10 clusters",
            EFFECT,
            *(twfe.fit(frame, **TWFE | {"cluster": "block"}) for frame in (plain, nil)),
        ),
        _draw("twfe, cohorts differ", average, *_row(twfe.fit(apart, **TWFE))[:3]),
        _pair("twfe, cities grow apart", EFFECT, *(twfe.fit(frame, **TWFE) for frame in (grown, ungrown))),
        _pair(
            "twfe, with city[year]",
            EFFECT,
            *(twfe.fit(frame, **TWFE | {"absorb": ["year", "city[year]"]}) for frame in (grown, ungrown)),
        ),
    ]


def run_event_study(seed: int, draw: int) -> list[Draw]:
    def panel(path: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> pd.DataFrame:
        return panels.staggered(np.random.default_rng([seed, draw, 2]), path=path)

    options = {
        "outcome": "y",
        "first_year": "first_treated_year",
        "window": (-4, 3),
        "controls": ["x"],
        "study": "montecarlo",
        "spec": str(draw),
        "seed": seed,
    }
    same = panel(lambda time, cohort: 0.1 * (1 + time))
    apart = panel(lambda time, cohort: 0.2 * (1 + time) * (2 - cohort))
    null = panel(_constant(0.0))
    rows = []

    def at(fit: event_study.EventStudyFit, k: int) -> tuple[float, float, float, float]:
        j = list(fit.times).index(k)
        estimate, _, _, p_value, low, high = inference(fit.params[j], fit.vcov[j, j], fit.df_resid)
        return estimate, low, high, p_value

    def pretrend(fit: event_study.EventStudyFit) -> float:
        table = fit.tidy("", "")
        return float(table.loc[table["term"] == "pretrend", "p_value"].iloc[0])

    for method, name in (("twfe", "event study"), ("interaction_weighted", "sun-abraham")):
        fit, nil, different = (
            event_study.fit(frame, method=method, **options) for frame in (same, null, apart)
        )
        rows.append(_draw(f"{name}, k = 2", 0.3, *at(fit, 2)[:3], at(nil, 2)[3]))
        rows.append(_draw(f"{name}, k = -3", 0.0, *at(fit, -3)))
        rows.append(Draw(f"{name}, joint pretrend", np.nan, np.nan, np.nan, float(pretrend(fit) < SIZE)))
        k2 = apart["since"] == 2
        true = float(apart.loc[k2, "effect"].mean())  # by the cohorts' shares in this panel
        rows.append(_draw(f"{name}, cohorts differ", true, *at(different, 2)[:3]))
        if method == "twfe":
            # The end bin k >= 3 averages later years, so its truth is no single number.
            inner = fit.times < 3
            truth = np.where(fit.times >= 0, 0.1 * (1 + fit.times), 0.0)[inner]
            gap = np.abs(fit.params[inner] - truth) / fit.std_errors[inner]
            nil_gap = np.abs(nil.params) / nil.std_errors
            rows.append(
                Draw(
                    "event study, band",
                    np.nan,
                    np.nan,
                    float((gap <= fit.critical).all()),
                    float((nil_gap > nil.critical).any()),
                )
            )
        else:
            estimate, variance = different.att
            true = float(apart.loc[apart["policy"] == 1, "effect"].mean())
            numbers = inference(estimate, variance, different.df_resid)
            zero = inference(*nil.att, nil.df_resid)
            rows.append(_draw("sun-abraham, att", true, estimate, *numbers[4:], zero[3]))
    return rows


def run_psm_did(seed: int, draw: int) -> list[Draw]:
    found, null = (
        panels.selected(np.random.default_rng([seed, draw, 3]), effect=effect) for effect in (EFFECT, 0.0)
    )
    options = {"outcome": "y", "treatment": "policy", "covariates": ["size"], "controls": ["x"]}
    near = {"method": "nearest", "neighbours": 1}
    fits = {
        name: [matching.fit(frame, **options, **how).did for frame in (found, null)]
        for name, how in (
            ("weighted", {}),
            ("nearest", near),
            ("within years", {"unit": "city_year", "within": "year"}),
            ("entropy", {"method": "entropy"}),
        )
    }
    return [
        _pair("twfe, on psm's panel", EFFECT, *(twfe.fit(frame, **TWFE) for frame in (found, null))),
        *(_pair(f"psm-did, {name}", EFFECT, *pair) for name, pair in fits.items()),
    ]


def run_iv(seed: int, draw: int) -> list[Draw]:
    rows = []
    options = {"outcome": "y", "endogenous": ["d"], "instruments": ["z"], "controls": ["x"]}
    for row, strength in (("iv", 0.5), ("iv, weak instrument", 0.03)):
        found, null = (
            panels.instrumented(np.random.default_rng([seed, draw, 4]), effect=effect, strength=strength)
            for effect in (1.0, 0.0)
        )
        fit, nil = (iv.fit(frame, **options, with_tf=True) for frame in (found, null))
        estimate, _, _, _, low, high = inference(fit.params[0], fit.vcov[0, 0], fit.df_resid)
        p_value = inference(nil.params[0], nil.vcov[0, 0], nil.df_resid)[3]
        if strength > 0.1:
            rows.append(_draw(row, 1.0, estimate, low, high, p_value))
            test = "iv: Anderson-Rubin"
        else:
            # With one instrument two-stage least squares has no mean: neither bias nor RMSE says anything.
            rows.append(
                _draw(row, np.nan, np.nan, low, high, p_value)._replace(covered=float(low <= 1 <= high))
            )
            test = "iv, weak: Anderson-Rubin"
        tf, tf_nil = fit.tf[95], nil.tf[95]
        rows.append(
            Draw(
                f"{test.partition(':')[0]}: tF",
                np.nan,
                np.nan,
                float(tf.low <= 1 <= tf.high),
                float(not tf_nil.low <= 0 <= tf_nil.high),
            )
        )
        inside = any(low <= 1.0 <= high for low, high in fit.interval)
        rejected = float(nil.tests["anderson_rubin"].p_value < SIZE)
        rows.append(Draw(test, np.nan, np.nan, float(inside), rejected))
    return rows


def run_mediation(seed: int, draw: int) -> list[Draw]:
    def path(a: float, b: float, rho: float = 0.0) -> mediation.Path:
        frame = panels.mediated(np.random.default_rng([seed, draw, 5]), a=a, b=b, rho=rho)
        options = {"outcome": "y", "treatment": "policy", "mediators": ["m"], "controls": ["x"]}
        names = {"study": "montecarlo", "spec": str(draw), "seed": seed}
        return mediation.fit(frame, **options, draws=DRAWS, **names, step=0.5).paths["m"]

    found, half, none = path(0.4, 0.5), path(0.0, 0.5), path(0.0, 0.0)
    interval = percentiles(found.indirect_draws)
    sobel = (found.indirect - 1.96 * found.sobel, found.indirect + 1.96 * found.sobel)
    p_value = percentile_p_value
    both, no_b = path(0.4, 0.5, 0.5), path(0.4, 0.0, 0.5)
    at_rho, at_rho_null = both.sensitivity.effects[:, 2], no_b.sensitivity.effects[1:, 2]
    half_sobel = 2 * stdtr(1e9, -abs(half.indirect / half.sobel))
    return [
        _draw("mediation, indirect", 0.2, found.indirect, *interval, p_value(half.indirect_draws)),
        _draw("mediation, sobel", 0.2, found.indirect, *sobel, half_sobel),
        _draw(
            "mediation, a = b = 0",
            0.0,
            none.indirect,
            *percentiles(none.indirect_draws),
            p_value(none.indirect_draws),
        ),
        _draw(
            "mediation, omitted cause",
            0.2,
            both.indirect,
            *percentiles(both.indirect_draws),
            p_value(no_b.indirect_draws),
        ),
        _draw(
            "mediation, at its correlation",
            0.2,
            at_rho[0],
            *percentiles(at_rho[1:]),
            p_value(at_rho_null),
        ),
    ]


def run_heterogeneity(seed: int, draw: int) -> list[Draw]:
    def difference(size: float) -> tuple[float, ...]:
        frame = panels.grouped(np.random.default_rng([seed, draw, 6]), difference=size)
        fit = heterogeneity.fit(frame, outcome="y", treatment="policy", by="odd", controls=["x"])
        return inference(*fit.difference(0, 1), fit.regression.df_resid)

    found, null = difference(0.4), difference(0.0)
    return [_draw("heterogeneity, difference", 0.4, found[0], *found[4:], null[3])]


def run_placebo(seed: int, draw: int) -> list[Draw]:
    frame = panels.staggered(np.random.default_rng([seed, draw, 7]), path=_constant(0.0))
    options = {"outcome": "y", "treatment": "policy", "controls": ["x"], "draws": DRAWS}
    run = placebo.run(frame, **options, study="montecarlo", spec=str(draw), seed=seed)
    return [
        Draw(f"placebo, {name}", np.nan, np.nan, np.nan, float(p_value <= SIZE))
        for name, p_value in (("coefficient", run.p_two_sided), ("t", run.p_t))
    ]


def run_spatial_null(seed: int, draw: int) -> list[Draw]:
    """How often spillovers are found where there are none; :mod:`montecarlo.spatial` has panels with them."""
    weights, prepared, _ = spatial.given(100)
    y, x = spatial.simulate(weights, 8, np.random.default_rng([seed, draw, 8]), rho=0.0)
    fit = fit_spatial(y, x, prepared, model="sdm", regressors=spatial.NAMES, lee_yu="transform")
    z = fit.params / fit.std_errors
    p_value = dict(zip(fit.names, 2 * stdtr(1e9, -np.abs(z)), strict=True))
    rows = [
        Draw(f"sdm, transform, rho = 0: {name}", np.nan, np.nan, np.nan, float(p_value[name] < SIZE))
        for name in ("rho", "W*a")
    ]
    for one in spatial_impacts(fit, draws=500, seed=draw).rows():
        if (one.term, one.variable, one.errors) == ("indirect", "a", "simulated"):
            covered = one.conf_low <= 0 <= one.conf_high
            name = "sdm, transform, rho = 0: indirect[a]"
            rows.append(Draw(name, 0.0, one.estimate, float(covered), float(not covered)))
    return rows


def run_spillovers(seed: int, draw: int) -> list[Draw]:
    """Spatial Durbin models of panels with spillovers."""
    found = {(one.case, one.term): one for one in spatial.replication(seed, draw, SPATIAL_CASES)}
    chosen = [found[case, term] for case in SPATIAL_CASES for term in SPATIAL_TERMS]
    return [_draw(f"sdm, {one.case}: {one.term}", one.truth, one.value, one.low, one.high) for one in chosen]


def run_staggered(seed: int, draw: int) -> list[Draw]:
    """Estimators of staggered adoption where cohorts differ."""
    rows = []
    for one in staggered.replication(seed, draw):
        if np.isnan(one.truth):  # a band: it holds all, or not
            rows.append(Draw(one.row, np.nan, np.nan, float(one.high >= 0), float(one.p_null < SIZE)))
        else:
            rows.append(_draw(*one))
    return rows


def run_dynamic(seed: int, draw: int) -> list[Draw]:
    """Dynamic spatial Durbin models of 100 cities and 12 years, with and without the correction of their bias."""
    weights, prepared, _ = spatial.given(100)
    y, x = spatial.simulate_dynamic(weights, 12, np.random.default_rng([seed, draw, 9]), heavy=True)
    settled = np.linalg.inv(0.6 * np.eye(100) - 0.2 * weights) @ (np.eye(100) + 0.3 * weights)
    direct = settled.trace() / 100
    truth = {"tau": 0.4, "eta": -0.1, "rho": 0.3, "a": 1.0, "W*a": 0.3}
    rows = []
    for case, corrected in (("dynamic sdm", True), ("dynamic sdm, not corrected", False)):
        fit = dynamic.fit(y, x, prepared, regressors=spatial.NAMES, corrected=corrected)
        for name, value, error in zip(fit.names, fit.params, fit.std_errors, strict=True):
            if name in truth:
                rows.append(
                    _draw(f"{case}: {name}", truth[name], value, value - 1.96 * error, value + 1.96 * error)
                )
        long = dynamic_effects.effects(fit, draws=500, seed=draw)["long_run"]
        for one in long.rows():
            if one.errors == "simulated" and one.variable == "a" and one.term != "total":
                true = direct if one.term == "direct" else settled.sum() / 100 - direct
                name = f"{case}: long-run {one.term}[a]"
                rows.append(_draw(name, true, one.estimate, one.conf_low, one.conf_high))
    return rows


def run_models(seed: int, draw: int) -> list[Draw]:
    """How often the model and the matrix that made a panel have the largest posterior probability."""
    weights, prepared, _ = spatial.given(100)
    other = prepare(spatial.neighbours(100, seed=3))
    rows = []
    made = {
        "sar": {"rho": 0.4},
        "sem": {"lambda_": 0.4},
        "sdm": {"rho": 0.4, "theta": (0.4, 0.3)},
        "slx": {"theta": (0.4, 0.3)},
    }
    for model, how in made.items():
        y, x = spatial.simulate(weights, 8, np.random.default_rng([seed, draw, 10]), **how)
        found = compare_models(
            y, x, {"own": prepared, "other": other}, regressors=spatial.NAMES, lee_yu="transform"
        )
        best = found.table.iloc[int(np.argmax(found.probabilities))]
        right = float((best["matrix"], best["model"]) == ("own", model))
        rows.append(Draw(f"models compared: {model}", np.nan, np.nan, right, np.nan))
    return rows


def run_efficiency(seed: int, draw: int) -> list[Draw]:
    """What explains the efficiency of 100 units, by both algorithms of Simar and Wilson; the second regressor does not."""
    rng = np.random.default_rng([seed, draw, 11])
    z = np.column_stack([np.ones(100), rng.normal(size=(100, 2))])
    distance = truncated.draw(z @ [1.3, 0.3, 0.0], 0.4, rng)
    x = rng.lognormal(size=(100, 2))
    y = (x**0.35).prod(axis=1, keepdims=True) / distance[:, None]
    groups, rows = [(np.arange(100), np.arange(100))], []
    for algorithm in (1, 2):
        found = two_stage(
            x,
            y,
            z,
            groups,
            algorithm=algorithm,
            frontiers=50,
            draws=DRAWS,
            rng=np.random.default_rng([seed, draw, 12]),
        )
        for j, (name, truth) in enumerate({"x": 0.3, "nothing": 0.0}.items(), start=1):
            interval, p_value = percentiles(found.reflected[:, j]), percentile_p_value(found.reflected[:, j])
            null = p_value if truth == 0 else np.nan
            rows.append(
                _draw(f"two-stage efficiency, {algorithm}: {name}", truth, found.params[j], *interval, null)
            )
        if algorithm == 2:
            low, high = found.low[0], found.high[0]
            rows.append(
                _draw("two-stage efficiency, 2: distance of one", distance[0], found.corrected[0], low, high)
            )
    return rows


def run_inference(seed: int, draw: int) -> list[Draw]:
    """Few clusters or treated cities, errors in space, factors, and trends that are not parallel."""
    rng = np.random.default_rng([seed, draw, 10])
    made = [
        *few_and_far.few_clusters(rng, EFFECT),
        *few_and_far.assigned(rng, EFFECT),
        *few_and_far.in_space(rng, EFFECT),
        *few_and_far.synthetic(rng, EFFECT),
        *few_and_far.not_parallel(rng, EFFECT),
    ]
    return [_draw(*one) for one in made]


def run_few_clusters(seed: int, draw: int) -> list[Draw]:
    """Instruments and sums of coefficients where clusters are few."""
    rng = np.random.default_rng([seed, draw, 13])
    made = [
        *few_and_far.instruments(rng, EFFECT),
        *few_and_far.sums_of_coefficients(rng, EFFECT),
    ]
    return [_draw(*one) for one in made]


def run_modern(seed: int, draw: int) -> list[Draw]:
    """Covariates, cohorts of synthetic controls, rings, families, nearly excluded instruments, and errors in space and time."""
    rng = np.random.default_rng([seed, draw, 14])
    made = [
        *modern.covariates(rng, EFFECT),
        *modern.several_cohorts(rng, EFFECT),
        *modern.spillovers(rng, EFFECT),
        *modern.families(rng),
        *modern.nearly_excluded(rng),
        *modern.in_space_and_time(rng, EFFECT),
        *modern.bounded_curvature(rng, EFFECT),
    ]
    return [_draw(*one) for one in made]


EXPERIMENTS: dict[str, Callable[[int, int], list[Draw]]] = {
    "twfe": run_twfe,
    "event_study": run_event_study,
    "psm_did": run_psm_did,
    "iv": run_iv,
    "mediation": run_mediation,
    "heterogeneity": run_heterogeneity,
    "placebo": run_placebo,
    "staggered": run_staggered,
    "inference": run_inference,
    "few_clusters": run_few_clusters,
    "modern": run_modern,
    "sdm_null": run_spatial_null,
    "sdm": run_spillovers,
    "dynamic": run_dynamic,
    "models": run_models,
    "efficiency": run_efficiency,
}


PANELS = {"staggered": 8, "inference": 8, "modern": 8, "dynamic": 8, "iv": 8, "models": 1}
"""Panels of an experiment in each replication, two where it is not named: 100 replications are 800 panels of what an interval
rests on, whose coverage of 95 % is then known to 1.5 points (two standard errors)."""


def summary(draws: pd.DataFrame | Sequence[Draw]) -> pd.DataFrame:
    """One row a parameter: truth (mean over panels), bias, RMSE, coverage, rejections, number of panels."""
    table = pd.DataFrame(draws).assign(error=lambda own: own["estimate"] - own["truth"])
    grouped = table.groupby("row", sort=False)
    return pd.DataFrame(
        {
            "truth": grouped["truth"].mean(),
            "bias": grouped["error"].mean(),
            "rmse": grouped["error"].agg(lambda error: np.sqrt((error**2).mean())),
            "coverage": grouped["covered"].mean(),
            "rejects": grouped["rejected"].mean(),
            "panels": grouped.size(),
        }
    )


def draws_of(experiment: str, first: int, last: int, seed: int = 1) -> list[Draw]:
    """Replications ``first`` to ``last`` (not included) of one experiment."""
    return [row for draw in range(first, last) for row in EXPERIMENTS[experiment](seed, draw)]


def draw_all(first: int, last: int, experiments: Sequence[str] = tuple(EXPERIMENTS)) -> pd.DataFrame:
    """Replications ``first`` to ``last`` (not included) of several experiments, one after another."""
    rows: list[Draw] = []
    for draw in range(first, last):
        for name in experiments:
            times = PANELS.get(name, 2)
            rows += draws_of(name, draw * times, (draw + 1) * times)
    return pd.DataFrame(rows, columns=Draw._fields)


def printed(table: pd.DataFrame, replications: int) -> str:
    """The table with a mark and a remark where a number is not nominal."""

    def mark(value: float, nominal: float, panels: float) -> str:
        if np.isnan(value):
            return "      -"
        far = abs(value - nominal) > SLACK * np.sqrt(nominal * (1 - nominal) / panels)
        return f"{100 * value:6.1f}{'*' if far else ' '}"

    width = max(map(len, table.index))
    lines = [f"{'':{width}}    truth     bias     rmse  covers  rejects  panels"]
    for name, row in table.iterrows():
        numbers = "".join(
            f"{'-':>9}" if np.isnan(row[column]) else f"{row[column]:9.3f}"
            for column in ("truth", "bias", "rmse")
        )
        remark = next((text for start, text in REMARKS.items() if str(name).startswith(start)), "")
        rates = " ".join(
            mark(row[column], nominal, row["panels"])
            for column, nominal in (("coverage", NOMINAL), ("rejects", SIZE))
        )
        lines.append(f"{name:{width}}{numbers} {rates} {row['panels']:7.0f}  {remark}".rstrip())
    lines += [
        f"{replications} replications. covers: 95 % intervals that hold the truth, in per cent; rejects: 5 % tests "
        "that reject a true null,",
        f"in per cent. * further from nominal than chance explains ({SLACK} standard errors of so many panels).",
    ]
    return "\n".join(lines)
