"""Event studies against dummy variables in R; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian.estimators import event_study

HERE = Path(__file__).parent
SPECS = {
    "bin": {},
    "omit": {"outside": "omit"},
    "cohorts": {"method": "interaction_weighted"},
    "last_cohort": {"method": "interaction_weighted"},
}


@pytest.mark.parametrize("spec", SPECS)
def test_matches_dummy_variables(spec):
    panel = pd.read_csv(HERE / "panel.csv")
    if spec == "last_cohort":
        panel = panel[panel["first"].notna()]
    expected = pd.read_csv(HERE / "expected.csv").query("spec == @spec").set_index("term")
    fit = event_study.fit(
        panel, outcome="y", first_year="first", window=[-3, 3], controls=["a"], spec=spec, **SPECS[spec]
    )
    rows = addressed(fit.tidy("golden", spec))
    rows = rows.loc[["effect", "test"]].droplevel("kind").loc[expected.index]
    # The largest relative difference measured is 1e-11, where an estimate is near zero.
    np.testing.assert_allclose(rows["estimate"], expected["estimate"], rtol=1e-9)
    errors = expected["std_error"].notna()
    np.testing.assert_allclose(rows["std_error"][errors], expected["std_error"][errors], rtol=1e-9)
    assert set(fit.names) == {term for term in expected.index if term.startswith("event")}
