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


def test_a_file_of_ones_own_gives_morans_i_of_spdep(tmp_path, monkeypatch):
    """``usaww.csv`` as R writes it, through ``spatial_weights: {kind: file}`` and the estimator: R spdep's I of unemployment."""
    from nianjian.kinds.context import EstimatorContext
    from nianjian.kinds.entries import Entry
    from nianjian.kinds.registry import kinds
    from nianjian.spatial import building, weights

    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/usaww.csv").write_bytes((FOLDER / "usaww.csv").read_bytes())
    panel = pd.read_csv(FOLDER / "munnell_produc.csv")
    states = sorted(panel["state"].unique(), reverse=True)
    panel = panel.assign(city=panel["state"].map(states.index) + 1, city_name=panel["state"])
    kind = kinds().get("matrices", "file")
    params = kind.read({"file": "data/usaww.csv", "standardise": "none"})
    made = building.matrix_data({"usa": Entry("usa", kind, params)}, panel, pd.DataFrame()).part("usa")
    given = pd.read_csv(FOLDER / "usaww.csv", index_col=0).loc[states, states]
    np.testing.assert_array_equal(made.matrix.toarray(), given.to_numpy())
    weights.write(made, tmp_path / "usa.parquet")
    own = kinds().get("estimators", "global_autocorrelation")
    context = EstimatorContext("s", "specs", "moran", seed=1, matrices={"usa": tmp_path / "usa.parquet"})
    found = own.build(own.read({"outcome": "unemp", "matrix": "usa", "permutations": 0}), panel, context)
    known = pd.read_csv(FOLDER / "moran_geary_munnell_unemp.csv").set_index("year")
    for term, column in (("moran", "I"), ("geary", "C")):
        rows = found[found["term"].str.contains(term) & found["year"].notna()]
        rows = rows.dropna(subset=["estimate"]).groupby("year")["estimate"].first()
        np.testing.assert_allclose(rows.reindex(known.index), known[column], atol=1e-12)
    fit = fit_frame(
        panel.assign(**{name: np.log(panel[name]) for name in ("gsp", "pcap", "pc", "emp")}),
        outcome="gsp", regressors=REGRESSORS, weights=made.matrix, cities=made.cities, model="sar", absorb=["city", "year"],
    )  # fmt: skip
    exact = json.loads((FOLDER / "exact_two_way_ml.json").read_text())["sar"]
    assert fit.loglik == pytest.approx(exact["loglik"], abs=1e-8)
