"""Factors of sparse weights against the dense route: determinants, traces, whole models, to ten digits."""

import numpy as np
import pytest
from scipy import sparse

from montecarlo.spatial import NAMES, neighbours, simulate
from nianjian.spatial import prepared_weights
from nianjian.spatial.diagnostics import hausman, lm_tests
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.factors import FEW, FactorLogDet, FactorMultiplier, interval, spectrum
from nianjian.spatial.geographic import k_nearest
from nianjian.spatial.impacts import spatial_impacts
from nianjian.spatial.logdet import log_determinant
from nianjian.spatial.prepared_weights import prepare
from unit.spatial.made_up import seats

N, YEARS = 150, 6
DIGITS = 1e-10


def directed(n=N):
    """Six nearest, not mutual: complex eigenvalues."""
    return k_nearest(seats(n), 6).matrix.toarray()


@pytest.fixture(params=[neighbours, directed], ids=["mutual", "directed"])
def weights(request):
    return request.param(N)


@pytest.fixture
def both(weights, monkeypatch):
    """The matrix prepared either way."""
    dense = prepare(weights)
    monkeypatch.setattr(prepared_weights, "DENSE_CITIES", 100)
    factors = prepare(sparse.csr_array(weights))
    assert isinstance(factors.logdet, FactorLogDet) and not isinstance(dense.logdet, FactorLogDet)
    return dense, factors


def test_determinants_and_slopes_agree_one_by_one_and_interpolated(both):
    dense, factors = (one.logdet for one in both)
    assert (factors.low, factors.high) == pytest.approx((dense.low, dense.high), abs=DIGITS)
    few, many = np.linspace(-0.8, 0.95, 7), np.random.default_rng(2).normal(0.5, 0.02, 40 * FEW)
    for rho in (few, many, 0.3):
        np.testing.assert_allclose(factors.value(rho), dense.value(rho), rtol=DIGITS)
        np.testing.assert_allclose(factors.slope(rho), dense.slope(rho), rtol=DIGITS)
    assert len(factors._known) < len(few) + 2 * FEW + 2
    # Up to the singular end no polynomial settles: each value is factorised.
    wide = np.linspace(0, 1 - 1e-5, 3 * FEW)
    np.testing.assert_allclose(factors.slope(wide), dense.slope(wide), rtol=1e-9, atol=1e-10)


def test_traces_of_multipliers_never_written_out(both):
    dense, factors = both
    for rho, other in ((0.4, 0.4), (0.6, -0.3)):
        g, h = dense.multiplier(rho), dense.multiplier(other)
        g_factors, h_factors = factors.multiplier(rho), factors.multiplier(other)
        assert isinstance(g_factors, FactorMultiplier)
        assert g_factors.traces(h_factors) == pytest.approx(g.traces(h), rel=DIGITS)
        for name in ("trace", "row_sum", "total"):
            assert getattr(g_factors, name)() == pytest.approx(getattr(g, name)(), rel=DIGITS)
        np.testing.assert_allclose(g_factors.column_sums(), g.column_sums(), rtol=DIGITS)
        np.testing.assert_allclose(g_factors.array(), g.array(), atol=DIGITS)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("sdm", {}),
        ("sar", {"errors": "cluster"}),
        ("sem", {"lee_yu": "transform"}),
        ("sac", {"lee_yu": "correct"}),
        ("sdem", {"absorb": ("year",), "random": True}),
    ],
)
def test_models_agree(both, weights, model, options):
    y, x = simulate(weights, YEARS, np.random.default_rng(1), rho=0.4, theta=(0.3, 0.2))
    fits = [fit_model(y, x, one, model=model, regressors=NAMES, **options) for one in both]
    for name in ("params", "loglik", "r2_within", "r2_overall"):
        np.testing.assert_allclose(*(getattr(one, name) for one in fits), rtol=DIGITS, atol=DIGITS)
    # Errors follow from differences of scores, which keep fewer digits.
    np.testing.assert_allclose(*(one.vcov for one in fits), rtol=1e-7, atol=DIGITS)
    if "rho" in fits[0].names:
        impacts = [spatial_impacts(one, draws=200) for one in fits]
        for name in ("estimates", "simulated", "delta"):
            np.testing.assert_allclose(*(getattr(one, name) for one in impacts), rtol=1e-6)


def test_tests_agree(both, weights):
    y, x = simulate(weights, YEARS, np.random.default_rng(3), rho=0.3)
    found = [
        [*lm_tests(y, x, one, absorb=("city", "year")), hausman(y, x, one, model="sar", regressors=NAMES)]
        for one in both
    ]
    for one, other in zip(*found, strict=True):
        assert other.statistic == pytest.approx(one.statistic, rel=1e-6)


def test_islands_keep_their_rows_of_zeros(monkeypatch):
    weights = np.pad(neighbours(N), (0, 1))
    monkeypatch.setattr(prepared_weights, "DENSE_CITIES", 100)
    y, x = simulate(weights, YEARS, np.random.default_rng(1), rho=0.4)
    fits = [
        fit_model(y, x, one, model="sar", regressors=NAMES, absorb=("city",), islands="keep")
        for one in (weights, sparse.csr_array(weights))
    ]
    np.testing.assert_allclose(fits[0].params, fits[1].params, rtol=DIGITS)
    totals = [spatial_impacts(one, draws=200).estimates for one in fits]
    np.testing.assert_allclose(*totals, rtol=1e-8)


def test_ends_of_the_spectrum(weights):
    matrix = sparse.csr_array(weights)
    values = np.linalg.eigvals(weights)
    assert spectrum(matrix) == pytest.approx((values.real.min(), 1.0, np.abs(values.imag).max()), abs=1e-9)
    known = log_determinant(weights)
    assert interval(matrix) == pytest.approx((known.low, known.high), abs=DIGITS)


def test_matrices_that_fill_up_keep_their_eigenvalues(monkeypatch, weights):
    monkeypatch.setattr(prepared_weights, "DENSE_CITIES", 100)
    monkeypatch.setattr(prepared_weights, "FILL", 7)
    assert not prepared_weights.by_factors(sparse.csr_array(weights))
    assert not isinstance(prepare(sparse.csr_array(weights)).logdet, FactorLogDet)
