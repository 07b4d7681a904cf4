"""Sandwiches by explicit loops, small-sample factors, positive semidefinite covariances, Wald statistics."""

import numpy as np
import pytest

from nianjian.numerics.covariance import (
    cancelled,
    clustered_meat,
    fewest_clusters,
    mend_two_way,
    positive_semidefinite,
    score_covariance,
    small_sample,
    wald,
)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    one, other = np.arange(40) % 8, np.arange(40) // 10
    return rng.normal(size=(40, 3)), one, other


def loop(scores, labels):
    meat = np.zeros((scores.shape[1],) * 2)
    for label in set(labels):
        total = scores[[each == label for each in labels]].sum(axis=0)
        meat += np.outer(total, total)
    return meat


def test_meat_of_one_and_two_ways_is_that_of_a_loop(data):
    scores, one, other = data
    np.testing.assert_allclose(clustered_meat(scores, [one]), loop(scores, list(one)), rtol=1e-12)
    both = list(zip(one, other, strict=True))
    known = loop(scores, list(one)) + loop(scores, list(other)) - loop(scores, both)
    np.testing.assert_allclose(clustered_meat(scores, [one, other]), known, rtol=1e-10)
    assert fewest_clusters([one, other]) == 4 and fewest_clusters([]) == 0


def test_covariance_of_scores_of_several_equations(data):
    z, one, _ = data
    errors = np.random.default_rng(1).normal(size=(40, 2))
    scores = np.array([np.kron(e, row) for e, row in zip(errors, z, strict=True)])
    np.testing.assert_allclose(score_covariance(z, errors, [one]), loop(scores, list(one)), rtol=1e-12)
    plain = score_covariance(z, errors, [])
    np.testing.assert_allclose(plain[:3, 3:], (errors[:, 0] @ errors[:, 1]) / 40 * z.T @ z, rtol=1e-12)


def test_reghdfes_factor_and_degrees_of_freedom():
    clusters = [np.arange(100) % 20]
    assert small_sample(100, 3, 9, 20, clusters) == (99 / (100 - 3 - 9 - 1) * 20 / 19, 19)
    assert small_sample(100, 3, 9, 0, clusters) == (99 / (100 - 3 - 9) * 20 / 19, 19)
    assert small_sample(100, 3, 28, 0, []) == (100 / 69, 69)
    assert small_sample(30, 3, 20, 0, [np.arange(30) % 20])[1] == 7


def test_negative_eigenvalues_become_zero():
    matrix = np.array([[1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_allclose(np.linalg.eigvalsh(positive_semidefinite(matrix)), [0, 3], atol=1e-12)
    whole = np.eye(3)
    assert positive_semidefinite(whole) is whole


def test_the_constants_negative_variance_leaves_the_slopes_alone():
    vcov = np.diag([2.0, 1.0, -0.5])
    vcov[0, 2] = vcov[2, 0] = 0.1
    mended = mend_two_way(vcov)
    assert (mended[:2, :2] == vcov[:2, :2]).all() and mended[2, 2] >= 0


def test_errors_that_cancel_are_found():
    x = np.random.default_rng(2).normal(size=(50, 2))
    assert cancelled(x, np.ones(50), np.array([0.1, 1e-12]), 1.0).tolist() == [False, True]
    assert cancelled(x, np.ones(50), np.array([np.nan, 0.1]), 1.0).tolist() == [True, False]


def test_wald_statistics():
    b, v = np.array([1.0, -2.0]), np.array([[2.0, 0.3], [0.3, 1.0]])
    assert wald(b, v) == pytest.approx(b @ np.linalg.inv(v) @ b)
    scale = np.array([1e9, 1e-9])
    assert wald(b * scale, v * np.outer(scale, scale)) == pytest.approx(wald(b, v))
    assert np.isnan(wald(b, np.ones((2, 2)))) and np.isnan(wald(b, np.diag([1.0, 0.0])))
