"""Spatial panel models on Munnell's states: exact two-way likelihood, and R splm."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.spatial.spatial_panel import fit_frame

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "replication" / "munnell"
REGRESSORS = ["pcap", "pc", "emp", "unemp"]
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the replication folder is not beside the repository"
)


@pytest.fixture(scope="module")
def fitted():
    panel = pd.read_csv(FOLDER / "munnell_produc.csv").rename(columns={"state": "city"})
    panel[["gsp", "pcap", "pc", "emp"]] = np.log(panel[["gsp", "pcap", "pc", "emp"]])
    weights = pd.read_csv(FOLDER / "usaww.csv", index_col=0)

    def fit(model, absorb):
        return fit_frame(
            panel,
            outcome="gsp",
            regressors=REGRESSORS,
            weights=weights.to_numpy(),
            cities=list(weights.index),
            model=model,
            absorb=absorb,
        )

    return fit


@pytest.mark.parametrize("model, parameter", [("sar", "rho"), ("sem", "lam")])
def test_matches_the_exact_two_way_likelihood(fitted, model, parameter):
    known = json.loads((FOLDER / "exact_two_way_ml.json").read_text())[model]
    fit = fitted(model, ["city", "year"])
    np.testing.assert_allclose(fit.beta, known["beta"], atol=1e-8)
    assert fit.params[-2] == pytest.approx(known[parameter], abs=1e-7)
    assert fit.loglik == pytest.approx(known["loglik"], abs=1e-9)


@pytest.mark.parametrize("model", ["sar", "sem"])
def test_matches_splm_with_state_effects(fitted, model):
    known = pd.read_csv(FOLDER / "splm_1.6-5.csv")
    known = known[known["spec"] == f"splm_{model}_individual"]
    fit = fitted(model, ["city"])
    order = [4, 0, 1, 2, 3]  # splm prints the spatial parameter first
    np.testing.assert_allclose(fit.params[order], known["estimate"], rtol=1e-7)
    np.testing.assert_allclose(fit.std_errors[order], known["std_error"], rtol=1e-7)
    if model == "sar":  # splm's error log-likelihood is on another scale
        assert fit.loglik == pytest.approx(known["loglik"].iloc[0], abs=1e-8)


@pytest.mark.parametrize("model", ["sar", "sem"])
def test_is_near_splm_with_two_way_effects(fitted, model):
    """splm's two-way fit does not demean Wy again: close, and with the lower likelihood."""
    known = pd.read_csv(FOLDER / "splm_1.6-5.csv")
    known = known[known["spec"] == f"splm_{model}_twoways"]
    fit = fitted(model, ["city", "year"])
    gap = np.abs(fit.params[[4, 0, 1, 2, 3]] - known["estimate"].to_numpy()) / known["std_error"].to_numpy()
    assert 1e-4 < gap.max() < 0.15
    if model == "sar":
        assert 0 < fit.loglik - known["loglik"].iloc[0] < 0.1
