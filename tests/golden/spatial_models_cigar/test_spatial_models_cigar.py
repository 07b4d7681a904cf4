"""Spatial panel models against R splm and spatialreg; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.spatial.spatial_panel import fit_frame

HERE = Path(__file__).parent
EFFECTS = {"city": ["city"], "year": ["year"], "both": ["city", "year"], "random": []}
TOLERANCE = {"sem_both": 2e-5}
"""Elsewhere 1e-6, relative; 1e-8 is typical, the optimisers' tolerance."""


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(HERE / "expected.csv").set_index(["spec", "term"])


@pytest.fixture(scope="module")
def fitted():
    panel = pd.read_csv(HERE / "panel.csv").rename(columns={"state": "city"})
    states = sorted(panel["city"].unique())
    links = pd.read_csv(HERE / "weights.csv")
    weights = np.zeros((len(states), len(states)))
    weights[np.searchsorted(states, links["state"]), np.searchsorted(states, links["neighbour"])] = 1
    weights /= weights.sum(axis=1, keepdims=True)

    def fit(spec, tests=()):
        model, effects = spec.split("_")
        return fit_frame(
            panel,
            outcome="logc",
            regressors=["logp", "logy"],
            weights=weights,
            cities=states,
            model=model,
            absorb=EFFECTS[effects],
            random=effects == "random",
            tests=tests,
            spec=spec,
        )

    return fit


@pytest.mark.parametrize(
    "spec",
    [
        "sar_city",
        "sem_city",
        "sac_city",
        "sar_random",
        "sem_random",
        "sar_year",
        "sar_both",
        "sdm_both",
        "sem_both",
    ],
)
def test_matches_r(fitted, expected, spec):
    known, fit = expected.loc[spec], fitted(spec)
    values = dict(zip(fit.names, fit.params, strict=True)) | {"loglik": fit.loglik, "phi": fit.phi}
    errors = dict(zip(fit.names, fit.std_errors, strict=True))
    assert set(fit.names) - {"sigma2"} - {"lambda"} <= set(known.index)
    for term, row in known.iterrows():
        tolerance = TOLERANCE.get(spec, 1e-6)
        assert values[term] == pytest.approx(row["estimate"], rel=tolerance, abs=1e-8), term
        if np.isfinite(row["std_error"]) and spec != "sar_random":
            assert errors[term] == pytest.approx(row["std_error"], rel=TOLERANCE.get(spec, 1e-6)), term


def test_likelihood_is_no_lower_than_that_of_r(fitted, expected):
    for spec in ("sar_year", "sar_both", "sdm_both", "sem_both", "sar_city"):
        assert fitted(spec).loglik > expected.loc[(spec, "loglik"), "estimate"] - 1e-7, spec


def test_lagrange_multipliers_match_splm(fitted, expected):
    for test in fitted("ols_city", tests=["lm"]).tests:
        assert test.statistic == pytest.approx(expected.loc[("ols_city", test.name), "estimate"], rel=1e-9)
