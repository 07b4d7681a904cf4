"""Blocks of the projection, the jackknife and bias-reduced errors against refits and dense algebra."""

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.numerics import by_cluster as module
from nianjian.numerics.absorb import Trends, partial_out
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.cluster_jackknife import jackknife
from nianjian.numerics.columns import relabel
from nianjian.numerics.cr2 import bias_reduced


def made_up(seed=0, units=24, periods=6, share=0.85):
    """An unbalanced panel in 6 clusters of units, with weights."""
    rng = np.random.default_rng(seed)
    keep = rng.random(units * periods) < share
    unit = np.repeat(np.arange(units), periods)[keep]
    period = np.tile(np.arange(periods), units)[keep]
    unit, period = relabel(unit), relabel(period)
    x = rng.normal(size=(len(unit), 3))
    x[:, 0] = period >= 3 + unit % 4
    y = x @ [0.5, 1, -1] + rng.normal(size=len(unit)) + 0.3 * unit
    return y, x, unit, period, unit % 6, rng.uniform(0.5, 2, size=len(unit))


def absorbed(y, x, effects, clusters, weights):
    within = partial_out(np.column_stack([y, x]), effects, weights)
    return by_cluster(within[:, 0], within[:, 1:], effects, clusters, weights)


def dense(effects):
    columns = [np.eye(int(codes.max()) + 1)[codes] for codes in effects]
    return np.column_stack(columns) if columns else None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("which", ["nested", "none nested", "two nested"])
def test_the_jackknife_is_what_leaving_clusters_out_gives(weighted, which):
    y, x, unit, period, clusters, weights = made_up()
    if not weighted:
        weights = np.ones(len(y))
    effects = {
        "nested": [unit, period],
        "none nested": [period],
        "two nested": [unit, relabel(clusters * 2 + period % 2), period],
    }[which]
    found = jackknife(absorbed(y, x, effects, clusters, weights))
    columns = np.column_stack([x, dense(effects)])
    for g in range(6):
        rows = clusters != g
        root = np.sqrt(weights[rows])[:, None]
        known = np.linalg.lstsq(columns[rows] * root, y[rows] * root[:, 0], rcond=None)[0][:3]
        np.testing.assert_allclose(found.without[g], known, atol=1e-9)
    moved = found.without - found.slopes
    np.testing.assert_allclose(found.vcov, 5 / 6 * moved.T @ moved, rtol=1e-12)
    rank = np.linalg.matrix_rank(columns)
    assert found.leverage.sum() == pytest.approx(rank)
    np.testing.assert_allclose(found.partial_leverage.sum(axis=0), 1)


def test_a_cluster_that_alone_identifies_a_regressor_cannot_be_left_out():
    y, x, unit, period, clusters, weights = made_up()
    x[:, 2] = np.where(clusters == 4, x[:, 2], 0)
    found = jackknife(absorbed(y, x, [unit, period], clusters, weights))
    assert np.flatnonzero(np.isnan(found.without).any(axis=1)).tolist() == [4]
    assert np.isfinite(found.vcov[:2, :2]).all() and np.isnan(found.vcov[2, 2])


def test_cr2_and_its_degrees_of_freedom_are_those_of_dense_matrices():
    y, x, unit, period, clusters, _ = made_up(seed=3)
    data = absorbed(y, x, [unit, period], clusters, np.ones(len(y)))
    found = bias_reduced(data)
    columns = np.column_stack([x, dense([unit, period])])
    pseudo = np.linalg.pinv(columns)
    hat = columns @ pseudo
    residual = y - hat @ y
    left = np.eye(len(y)) - hat
    vcov, loads = np.zeros((3, 3)), []
    for g in range(6):
        rows = clusters == g
        values, vectors = np.linalg.eigh(left[np.ix_(rows, rows)])
        solid = values > 1e-10
        adjust = (vectors[:, solid] / np.sqrt(values[solid])) @ vectors[:, solid].T
        score = pseudo[:3, rows] @ adjust @ residual[rows]
        vcov += np.outer(score, score)
        loads.append(left[:, rows] @ adjust @ pseudo[0, rows])
    np.testing.assert_allclose(found.vcov, vcov, rtol=1e-9)
    gram = np.array(loads) @ np.array(loads).T
    assert found.df[0] == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum(), rel=1e-9)
    # Unbiased where errors are white: the expected covariance is that of least squares.
    assert np.trace(gram) == pytest.approx((pseudo @ pseudo.T)[0, 0], rel=1e-9)


def test_one_row_a_cluster_gives_hc2():
    y, x, _, _, _, _ = made_up()
    one = np.zeros(len(y), dtype=np.intp)
    found = bias_reduced(absorbed(y, x, [one], np.arange(len(y)), np.ones(len(y))))
    columns = np.column_stack([x, np.ones(len(y))])
    pseudo = np.linalg.pinv(columns)
    leverage = np.einsum("ij,ji->i", columns, pseudo)
    residual = y - columns @ (pseudo @ y)
    known = (pseudo * (residual**2 / (1 - leverage))) @ pseudo.T
    np.testing.assert_allclose(found.vcov, known[:3, :3], rtol=1e-9)


def test_trends_nested_in_clusters_drop_out():
    y, x, unit, period, clusters, weights = made_up(share=1)
    trends = Trends(unit, period[:, None].astype(float))
    data = absorbed(y, x, [trends, period], clusters, weights)
    assert data.others.shape[1] == 4  # six periods less a level and a slope
    assert data.nested.tolist() == [8] * 6


def test_weights_of_one_size_change_nothing():
    y, x, unit, period, clusters, weights = made_up()
    one = bias_reduced(absorbed(y, x, [unit, period], clusters, weights))
    other = bias_reduced(absorbed(y, x, [unit, period], clusters, 7 * weights))
    np.testing.assert_allclose(one.vcov, other.vcov, rtol=1e-9)
    np.testing.assert_allclose(one.df, other.df, rtol=1e-9)


def test_stata_factor_needs_the_number_of_parameters():
    y, x, unit, period, clusters, weights = made_up()
    data = absorbed(y, x, [unit, period], clusters, weights)
    with pytest.raises(ValueError, match="parameters"):
        bias_reduced(data, "cr1s")


def test_too_many_levels_outside_the_clusters_are_refused(monkeypatch):
    y, x, unit, period, clusters, weights = made_up()
    monkeypatch.setattr(module, "MOST_CELLS", 10)
    with pytest.raises(EstimationError, match=r"spec 'm': the fixed effects that are not nested .* 6 levels"):
        by_cluster(y, x, [unit, period], clusters, weights, "spec 'm': ")
