"""Statistics on weak instruments: another algebra, shapes of the Anderson-Rubin set, printed critical values."""

import numpy as np
import pytest
from scipy.stats import ncx2

from nianjian.numerics.weak_instruments import anderson_rubin_set, effective_f_critical, rank_statistic


def rk_by_minimising(x, z, codes, restricted):
    """Kleibergen and Paap's statistic as a minimum-distance problem: the nearest matrix of lower rank.

    With the covariance of vec(Pi) it is the smallest distance to Pi b = 0 over directions b at which the
    covariance is evaluated in their own coordinates; here b is the one direction that the canonical
    decomposition picks, found through a generalised eigenvalue problem rather than a singular value one.
    """
    from scipy.linalg import eigh

    zz, xx, zx = z.T @ z, x.T @ x, z.T @ x
    _, vectors = eigh(zx.T @ np.linalg.solve(zz, zx), xx)
    b = vectors[:, 0]  # the combination of x that z explains least
    p, k = x.shape[1], z.shape[1]
    used = x if restricted else x - z @ np.linalg.solve(zz, zx)
    # Instruments' directions at right angles to those that explain the other combinations.
    others = np.linalg.solve(zz, zx @ vectors[:, 1:])
    basis = np.linalg.svd((zz @ others).T)[2][p - 1 :].T if p > 1 else np.eye(k)
    moments = (z @ basis) * (used @ b)[:, None]
    sums = np.zeros((codes.max() + 1, basis.shape[1]))
    np.add.at(sums, codes, moments)
    score = basis.T @ zx @ b
    return score @ np.linalg.solve(sums.T @ sums, score)


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("endogenous", [1, 2])
def test_rank_statistic_matches_another_algebra(endogenous, restricted):
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(50), 8)
    z = rng.normal(size=(400, 3))
    common = rng.normal(size=400) + rng.normal(size=50)[codes]
    x = np.column_stack([z @ [0.5, 0.25, 0.25] + common, z @ [0.0, 0.5, -0.5] - common])
    x = (x + rng.normal(size=x.shape))[:, :endogenous]
    statistic, _ = rank_statistic(x, z, [codes], restricted=restricted)
    assert statistic == pytest.approx(rk_by_minimising(x, z, codes, restricted), rel=1e-8)


def test_anderson_rubin_sets_of_every_shape():
    eye = np.eye(2)  # one instrument, independent coefficients with variance one
    assert anderson_rubin_set(np.array([0.5]), np.array([0.5]), eye, 3.84) == ((-np.inf, np.inf),)
    ((low, high),) = anderson_rubin_set(np.array([3.0]), np.array([5.0]), eye, 3.84)
    assert low < 0.6 < high
    # (3 - b)^2 / (1 + b^2) <= 3.84 with a first stage of 1: outside of two roots.
    first, second = anderson_rubin_set(np.array([3.0]), np.array([1.0]), eye, 3.84)
    roots = np.sort(np.roots([1 - 3.84, -6, 9 - 3.84]))
    assert first == (-np.inf, pytest.approx(roots[0])) and second == (pytest.approx(roots[1]), np.inf)
    # Two precise instruments that disagree.
    apart = anderson_rubin_set(np.array([10.0, -10.0]), np.array([10.0, 10.0]), np.eye(4), 5.99)
    assert apart == ()
    assert anderson_rubin_set(np.ones(2), np.ones(2), np.ones((4, 4)), 5.99) is None


def test_effective_f_critical_values():
    # Equal strength in all directions: K_eff is K, as in Montiel Olea & Pflueger's table.
    for k in (1, 2, 5):
        assert effective_f_critical(np.eye(k)) == pytest.approx(ncx2.ppf(0.95, k, 10 * k) / k, rel=1e-8)
    assert effective_f_critical(np.eye(1), tau=0.05) == pytest.approx(37.418, abs=1e-3)
    assert effective_f_critical(np.eye(1), tau=0.2) == pytest.approx(15.062, abs=1e-3)
    assert effective_f_critical(np.eye(1), tau=1 / 3.33) == pytest.approx(12.039, abs=1e-3)
    # These are the values that Stata's weakivtest prints, the last for a rounded 1 / tau.
    # One direction with all the noise is one instrument; between, between.
    assert effective_f_critical(np.diag([1.0, 1e-9])) == pytest.approx(23.1085, abs=1e-3)
    assert ncx2.ppf(0.95, 2, 20) / 2 < effective_f_critical(np.diag([1.0, 0.3])) < 23.1085
