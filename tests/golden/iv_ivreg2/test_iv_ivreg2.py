"""Statistics on instruments against Stata ivreg2; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian.estimators import iv

HERE = Path(__file__).parent
ONE = {"endogenous": ["endo1"], "instruments": ["z1", "z2"], "controls": ["x1"]}
TWO = {"endogenous": ["endo1", "endo2"], "instruments": ["z1", "z2", "z3", "z4"], "controls": ["x1", "x2"]}
SPECS = {
    "cluster": ("sim_cluster", "cluster_id", ONE),
    "robust": ("sim_cluster", "row", ONE),
    "plain": ("sim_cluster", None, ONE),
    "two_endogenous": ("sim_multi_endo", "row", TWO),
    "two_endogenous_plain": ("sim_multi_endo", None, TWO),
    "two_way": ("sim_twoway", ["firm_id", "year_id"], ONE),
}


@pytest.mark.parametrize("spec", SPECS)
def test_matches_ivreg2(spec):
    name, cluster, model = SPECS[spec]
    data = pd.read_csv(HERE / f"{name}.csv")
    data["row"] = np.arange(len(data))
    expected = pd.read_csv(HERE / "expected.csv").query("spec == @spec").set_index(["kind", "term"])
    fit = iv.fit(data, outcome="y", absorb=[], cluster=cluster, key=("row",), **model)
    rows = addressed(fit.tidy("golden", spec)).loc[expected.index]
    # The largest relative difference measured is 1.4e-7, as the data have eight digits.
    np.testing.assert_allclose(rows["estimate"], expected["estimate"], rtol=1e-6)
    errors = expected["std_error"].notna()
    np.testing.assert_allclose(rows["std_error"][errors], expected["std_error"][errors], rtol=1e-6)
    tested = expected["p_value"].notna()
    np.testing.assert_allclose(rows["p_value"][tested], expected["p_value"][tested], rtol=1e-4)
    assert len(expected) >= 8
