"""The wild bootstrap of two-stage least squares and of Anderson and Rubin's test with all sign vectors; see README.md."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators.prepare import codes_of
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.instrumented import (
    instrumented,
    wild_anderson_rubin,
    wild_instrumented,
)

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv")
CASES = {
    "cities, one instrument": (["z1"], None),
    "cities, two instruments": (["z1", "z2"], None),
    "cities, two instruments, weights": (["z1", "z2"], "w"),
}
PRINTED = 5e-5
"""WildBootTests.jl prints four digits after the point."""


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("wild_instruments_reference", HERE / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def columns(case):
    """Outcome, endogenous regressor, controls and instruments as the estimator has them, and clusters, effects, weights."""
    if case == "wages":
        frame, effects, clusters, weights = pd.read_csv(HERE / "nlsw88.csv"), [], "industry", None
        names = ["wage", "tenure", "ttl_exp", "collgrad", "union"]
    else:
        frame = pd.read_csv(HERE.parent / "iv_panel" / "panel.csv")
        instruments, weights = CASES[case]
        effects, clusters, names = ["city", "year"], "province", ["y", "x", "c1", *instruments]
    codes = [codes_of(frame, name) for name in effects]
    own = frame[weights].to_numpy() if weights else np.ones(len(frame))
    values = frame[names].to_numpy(dtype=float)
    within = partial_out(values, codes, own)
    controls = 2 if case == "wages" else 1
    return within, controls, (codes, codes_of(frame, clusters), own)


def bootstrapped(case, r, **options):
    """Test of the coefficient r: the same equation for y - r x, whose coefficient is zero."""
    within, controls, rest = columns(case)
    y, x = within[:, 0] - r * within[:, 1], within[:, 1:]
    q = 1 + controls
    data = instrumented(by_cluster(y, x, *rest), q, list(range(1, q)))
    one = data.without_controls([0], list(range(1, q)))
    return wild_instrumented(one, 0, np.random.default_rng(0), **options)


def anderson_rubin(case, r):
    """The same, by the reduced form."""
    within, controls, (codes, clusters, own) = columns(case)
    y, x, z = within[:, 0] - r * within[:, 1], within[:, 1], within[:, 2 + controls :]
    reduced = by_cluster(y, np.column_stack([z, within[:, 2 : 2 + controls]]), codes, clusters, own)
    return wild_anderson_rubin(
        reduced, x[reduced.rows], z.shape[1], 0.0, 1.0, lambda: np.random.default_rng(0)
    )


def rows(method):
    found = EXPECTED[EXPECTED["method"] == method]
    return [pytest.param(row, id=f"{row.case}, {row.null:g}") for row in found.itertuples()]


@pytest.mark.parametrize("row", rows("wre"))
def test_restricted_efficient_bootstrap(row):
    found = bootstrapped(row.case, row.null, with_interval=False)
    assert found.enumerated and found.draws == row.draws
    assert found.t == pytest.approx(row.statistic, rel=1e-9)
    assert found.drawn.mean() == pytest.approx(row.mean_size, rel=1e-9)
    np.testing.assert_allclose([found.p_value, found.p_value_ties], [row.p, row.p_ties], rtol=0, atol=1e-10)


@pytest.mark.parametrize("row", rows("anderson_rubin"))
def test_anderson_rubin(row):
    found = anderson_rubin(row.case, row.null)
    assert found.wald == pytest.approx(row.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(row.p, rel=0, abs=1e-10)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("r", [0.0, 1.2])
def test_every_draw_is_that_of_the_definition(case, r, reference):
    t, drawn = reference.restricted_efficient(reference.CASES[case](), r)
    found = bootstrapped(case, r, with_interval=False)
    assert found.t == pytest.approx(t, rel=1e-9)
    np.testing.assert_allclose(found.drawn, np.abs(drawn), rtol=1e-8)


def test_the_interval_ends_where_the_reference_rejects():
    """Each end lies between two hypotheses that are neighbours in the table, of which one is rejected."""
    found = bootstrapped("wages", 0.0)
    table = EXPECTED.query("case == 'wages' and method == 'wre'").sort_values("null")
    nulls, kept = table["null"].to_numpy(), table["p"].to_numpy() > 0.05
    low, high = nulls[kept].min(), nulls[kept].max()
    assert nulls[nulls < low].max() <= found.conf_low <= low
    assert high <= found.conf_high <= nulls[nulls > high].min()


def printed(null, method="wre"):
    found = EXPECTED.query("case == 'wages' and method == @method and null == @null")
    assert len(found) == 1
    return found.iloc[0]


def test_the_reference_is_what_wildboottests_prints():
    """``boottest tenure`` after ``ivregress 2sls wage ttl_exp collgrad (tenure = union), cluster(industry)``, all 4,096 draws."""
    zero = printed(0.0)
    assert zero["statistic"] == pytest.approx(2.6040, abs=PRINTED)
    assert zero["p_upper"] == pytest.approx(0.0222, abs=PRINTED)
    assert 2 * min(zero["p_upper"], zero["p_lower"]) == pytest.approx(0.0444, abs=PRINTED)
    # Its intervals end where p, interpolated between two steps, is 5 %.
    two_draws = 2 / 4096
    assert printed(0.2769)["p_upper"] == pytest.approx(0.05, abs=two_draws)
    assert printed(0.1188)["p_upper"] == pytest.approx(0.025, abs=two_draws)
    assert printed(2.21)["p_lower"] == pytest.approx(0.025, abs=two_draws)


def test_the_anderson_rubin_test_is_what_wildboottests_prints():
    """``boottest, ar`` with 999 random draws: z, and p within three errors of so many draws."""
    zero = printed(0.0, "anderson_rubin")
    assert np.sqrt(zero["statistic"]) == pytest.approx(2.4454, abs=PRINTED)
    assert zero["p"] == pytest.approx(0.0370, abs=3 * np.sqrt(0.037 * 0.963 / 999))
