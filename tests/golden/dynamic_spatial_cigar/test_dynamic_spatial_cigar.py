"""Dynamic spatial panel models against R SDPDmod; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.spatial import dynamic
from nianjian.spatial.estimation import with_lags
from nianjian.spatial.likelihood import likelihood
from nianjian.spatial.marginal import marginal
from nianjian.spatial.models import MODELS
from nianjian.spatial.panels import panel_arrays
from nianjian.spatial.prepared_weights import prepare

HERE = Path(__file__).parent
GIVEN = HERE.parent / "spatial_models_cigar"
EFFECTS = {"twoways": ("city", "year"), "individual": ("city",)}
REGRESSORS = ["logp", "logy"]


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(HERE / "expected.csv").set_index(["spec", "term"])


@pytest.fixture(scope="module")
def given():
    panel = pd.read_csv(GIVEN / "panel.csv").rename(columns={"state": "city"})
    panel[["logc", *REGRESSORS]] *= 30
    states = sorted(panel["city"].unique())
    links = pd.read_csv(GIVEN / "weights.csv")
    weights = np.zeros((len(states), len(states)))
    weights[np.searchsorted(states, links["state"]), np.searchsorted(states, links["neighbour"])] = 1
    weights /= weights.sum(axis=1, keepdims=True)
    y, x, _ = panel_arrays(panel, outcome="logc", regressors=REGRESSORS, cities=states)
    return y, x, weights


@pytest.mark.filterwarnings("ignore:the outcome's dynamics")
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("model", ["sar", "sdm"])
def test_estimates_before_and_after_the_correction(expected, given, model, effect):
    y, x, weights = given
    options = {"regressors": REGRESSORS, "model": model, "absorb": EFFECTS[effect]}
    found = dynamic.fit(y, x, weights, errors="ml", **options)
    exact = expected.loc[f"exact_{model}_{effect}"]
    names = list(found.names)
    before = exact.loc[[f"uncorrected:{name}" for name in names], "estimate"]
    np.testing.assert_allclose(found.uncorrected, before, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.params, exact.loc[names, "estimate"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.std_errors, exact.loc[names, "std_error"], rtol=1e-6)
    asis = expected.loc[f"asis_{model}_{effect}"]
    np.testing.assert_allclose(found.params, asis.loc[names, "estimate"], atol=6e-3)
    if effect == "individual":
        qml = dynamic.fit(y, x, weights, errors="qml", **options)
        np.testing.assert_allclose(
            qml.std_errors, exact.loc[[f"qml:{name}" for name in names], "std_error"], rtol=1e-6
        )


@pytest.mark.parametrize("model", ["ols", "slx", "sar", "sem", "sdm", "sdem"])
def test_parts_of_marginal_likelihoods(expected, given, model):
    y, x, weights = given
    prepared, form = prepare(weights), MODELS[model]
    z = with_lags(x, prepared, REGRESSORS, REGRESSORS if form.durbin else ())
    problem = likelihood(y, z, prepared, lag=form.lag, error=form.error, absorb=("city",), random=False)
    found = marginal(problem, len(y), "flat")
    a = (y.size - len(y) - z.shape[2]) / 2
    told = found.constant + found.peak - (a - 1) * np.log(2)
    if form.lag or form.error:
        told -= found.integral
    value = expected.loc[("marginal_individual", model), "estimate"]
    assert told == pytest.approx(value, abs=3e-4 if form.lag or form.error else 1e-8)
