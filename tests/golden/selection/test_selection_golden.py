"""Matching within years and entropy balancing against R's MatchIt and ebal, and against plain loops; see README.md."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian.errors import EstimationError
from nianjian.estimators import matching

HERE = Path(__file__).parent
COVARIATES = ["income", "density", "relief"]
FEW = ["density", "relief"]
DID = {"outcome": "y", "treatment": "policy", "controls": ["income"]}
YEARS = {"covariates": COVARIATES, "unit": "city_year", "within": "year"}
POOLED = {**YEARS, "propensity": "pooled"}
PAIRS = {"method": "nearest", "replacement": False, "common_support": "none"}
NEAREST = {"method": "nearest", "neighbours": 2, "caliper": 0.05, "caliper_in_sd": True}
ENTROPY = {"covariates": FEW, "method": "entropy"}
CASES = {
    "within_without": {**YEARS, **PAIRS},
    "pooled_without": {**POOLED, **PAIRS},
    "within_kernel": YEARS,
    "pooled_kernel": POOLED,
    "within_nearest": {**YEARS, **NEAREST},
    "entropy_means": ENTROPY,
    "entropy_variances": {**ENTROPY, "unit": "city_year", "moments": "variances"},
    "entropy_skewness": {**ENTROPY, "unit": "city_year", "moments": "skewness"},
    "entropy_within": {**ENTROPY, "unit": "city_year", "within": "year"},
}


@cache
def panel() -> pd.DataFrame:
    return pd.read_csv(HERE.parent / "matching_r" / "panel.csv", dtype={"first_treated_year": "Int32"})


@cache
def fitted(case: str) -> matching.MatchingFit:
    return matching.fit(panel(), **DID, **CASES[case])


@pytest.mark.parametrize("case", CASES)
def test_weights(case):
    expected = pd.read_csv(HERE / "weights.csv").set_index(["city", "year"])[case]
    fit = fitted(case)
    known = expected.groupby("city").first() if fit.units.nlevels == 1 else expected
    assert list(known.index) == list(fit.units)
    # The largest difference measured is 2e-11, of entropy balancing; 3e-13 elsewhere.
    tolerance = 1e-9 if case.startswith("entropy") else 1e-10
    np.testing.assert_allclose(fit.matches.weights, known, atol=tolerance)
    assert fit.without_support == {}


@pytest.mark.parametrize(
    ("case", "column"), [("within_kernel", "score_within"), ("pooled_kernel", "score_pooled")]
)
def test_scores(case, column):
    expected = pd.read_csv(HERE / "weights.csv").set_index(["city", "year"])[column]
    found = fitted(case).logits
    if None in found:
        np.testing.assert_allclose(found[None].scores, expected, rtol=1e-9)
        return
    for year, model in found.items():
        np.testing.assert_allclose(model.scores, expected.xs(year, level="year"), rtol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_regressions(case):
    known = pd.read_csv(HERE / "numbers.csv").set_index("term").loc[case]
    did = fitted(case).did
    assert did.nobs == known["nobs"]
    assert did.params[0] == pytest.approx(known["value"], rel=1e-8)
    assert did.std_errors[0] == pytest.approx(known["std_error"], rel=1e-8)


def test_balance_by_year():
    rows = addressed(fitted("within_kernel").tidy("golden", "psm")).loc["test"]
    for known in pd.read_csv(HERE / "balance.csv").to_dict("records"):
        for when in ("before", "after"):
            own = rows.loc[f"bias[{known['variable']}|{when}|{known['year']}]"]
            assert own["estimate"] == pytest.approx(known[when], rel=1e-8)


def test_what_ebal_cannot_reach_is_named():
    with pytest.raises(EstimationError, match="income cannot be balanced"):
        matching.fit(panel(), **DID, covariates=COVARIATES, method="entropy")
