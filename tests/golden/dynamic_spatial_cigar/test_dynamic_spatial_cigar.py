"""Dynamic spatial panel models against R SDPDmod; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.spatial import dynamic
from nianjian.spatial.panels import panel_arrays

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
