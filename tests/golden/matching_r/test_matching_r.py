"""Propensity-score matching against R's Matching and MatchIt, and against plain loops."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators import logit, matching
from nianjian.numerics.matches import match

HERE = Path(__file__).parent
COVARIATES = ["income", "density", "relief"]
NEAREST = {"method": "nearest", "common_support": "none"}
ALONE = {**NEAREST, "replacement": False}
SCHEMES = {
    "matching_1": NEAREST,
    "matching_4": {**NEAREST, "neighbours": 4},
    "matching_tied_1": {**NEAREST, "ties": True},
    "matching_tied_3": {**NEAREST, "ties": True, "neighbours": 3},
    "matching_caliper": {**NEAREST, "caliper": 0.02, "caliper_in_sd": True},
    "matching_without": ALONE,
    "matching_without_caliper": {**ALONE, "caliper": 0.1, "caliper_in_sd": True},
    "matchit_without": ALONE,
    "loop_without_2": {**ALONE, "neighbours": 2, "caliper": 0.1},
    "epanechnikov": {},
    "epanechnikov_narrow": {"bandwidth": 0.005, "common_support": "none"},
    "gaussian": {"kernel": "gaussian", "common_support": "none"},
}
DID = {
    "outcome": "y",
    "treatment": "policy",
    "controls": ["income"],
    "covariates": COVARIATES,
}


@pytest.fixture(scope="module")
def units():
    return pd.read_csv(HERE / "units.csv")


@pytest.fixture(scope="module")
def panel():
    return pd.read_csv(HERE / "panel.csv", dtype={"first_treated_year": "Int32"})


@pytest.fixture(scope="module")
def numbers():
    return pd.read_csv(HERE / "numbers.csv").set_index("term")


def test_logit_matches_glm(units, numbers):
    fit = logit.fit(units["treated"].to_numpy(float), units[COVARIATES].to_numpy(), COVARIATES)
    known = numbers.loc[list(fit.names)]
    np.testing.assert_allclose(fit.params, known["value"], rtol=1e-10)
    np.testing.assert_allclose(fit.std_errors, known["std_error"], rtol=1e-8)
    np.testing.assert_allclose(fit.scores, units["score"], rtol=1e-10)
    assert fit.pseudo_r2 == pytest.approx(numbers.loc["pseudo_r2", "value"], rel=1e-10)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_weights_match(units, scheme):
    known = pd.read_csv(HERE / "weights.csv")[scheme]
    treated = units["treated"].to_numpy() == 1
    distance = units["rounded" if "tied" in scheme else "score"].to_numpy()
    found = match(distance, treated, **SCHEMES[scheme])
    np.testing.assert_allclose(found.weights, known, atol=1e-12)
    assert ((found.weights > 0) == found.support)[treated].all() and found.support[~treated].all()


@pytest.mark.parametrize(
    ("term", "options"),
    [
        ("did_weighted", {}),
        ("did_matched", {"regression": "matched"}),
        ("did_common_support", {"regression": "common_support"}),
        ("did_nearest_4", {**NEAREST, "neighbours": 4}),
    ],
)
def test_differences_in_differences_match_dummy_variables(panel, numbers, term, options):
    did = matching.fit(panel, **DID, **options).did
    assert did.params[0] == pytest.approx(numbers.loc[term, "value"], rel=1e-8)
    assert did.std_errors[0] == pytest.approx(numbers.loc[term, "std_error"], rel=1e-8)


def test_balance_matches(panel, numbers):
    fit = matching.fit(panel, **DID)
    for when, balance in (("before", fit.before), ("after", fit.after)):
        for what in ("bias", "t"):
            known = numbers.loc[[f"{what}_{when}_{name}" for name in COVARIATES], "value"]
            np.testing.assert_allclose(getattr(balance, what), known, rtol=1e-7)
