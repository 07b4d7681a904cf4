"""The wild cluster bootstrap against refits of every draw, and properties of its intervals."""

import itertools

import numpy as np
import pytest

from nianjian.numerics.wild_bootstrap import DISTRIBUTIONS, cluster_weights, wild_bootstrap
from unit.numerics.test_by_cluster import absorbed, dense, made_up


def refitted(y, x, effects, clusters, *, null, restricted, variance="cv1", weights=None):
    """p by refitting every Rademacher draw with dummies for all effects."""
    columns = np.column_stack([x, dense(effects)])
    if weights is not None:
        root = np.sqrt(weights)
        y, x, columns = y * root, x * root[:, None], columns * root[:, None]
    pseudo = np.linalg.pinv(columns)
    groups = int(clusters.max()) + 1

    def t(outcome, centre):
        b = pseudo @ outcome
        residual = outcome - columns @ b
        scores = np.stack([pseudo[0, clusters == g] @ residual[clusters == g] for g in range(groups)])
        if variance == "cv3":
            without = []
            for g in range(groups):
                rows = clusters != g
                without.append(np.linalg.lstsq(columns[rows], outcome[rows], rcond=None)[0][0] - b[0])
            scores = np.array(without) * np.sqrt((groups - 1) / groups)
        return (b[0] - centre) / np.linalg.norm(scores)

    if restricted:
        others = columns[:, 1:]
        fitted = x[:, 0] * null + others @ (np.linalg.pinv(others) @ (y - x[:, 0] * null))
        centre = null
    else:
        fitted, centre = columns @ (pseudo @ y), (pseudo @ y)[0]
    drawn = [
        abs(t(fitted + np.array(signs)[clusters] * (y - fitted), centre))
        for signs in itertools.product([-1, 1], repeat=groups)
    ]
    observed = abs(t(y, null))
    return np.mean(np.array(drawn) > observed * (1 + 1e-9)), observed


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("null", [0.0, 0.8])
@pytest.mark.parametrize("effects", ["both", "period"])
def test_p_values_are_those_of_refits(restricted, null, effects):
    y, x, unit, period, clusters, _ = made_up(seed=5)
    own = [unit, period] if effects == "both" else [period]
    data = absorbed(y, x, own, clusters, np.ones(len(y)))
    found = wild_bootstrap(data, 0, np.random.default_rng(0), null=null, restricted=restricted)
    p, t = refitted(y, x, own, clusters, null=null, restricted=restricted)
    assert found.enumerated and found.draws == 64
    assert found.p_value == p
    assert abs(found.t) == pytest.approx(t, rel=1e-9)


def test_jackknife_variance_of_each_draw_is_that_of_refits():
    y, x, unit, period, clusters, _ = made_up(seed=6)
    data = absorbed(y, x, [unit, period], clusters, np.ones(len(y)))
    found = wild_bootstrap(data, 0, np.random.default_rng(0), cv3=True)
    p, t = refitted(y, x, [unit, period], clusters, null=0.0, restricted=True, variance="cv3")
    assert found.p_value == p
    assert abs(found.t) == pytest.approx(t, rel=1e-9)


def test_weighted_regressions_are_bootstrapped_as_they_are_estimated():
    y, x, unit, period, clusters, weights = made_up(seed=12)
    data = absorbed(y, x, [unit, period], clusters, weights)
    found = wild_bootstrap(data, 0, np.random.default_rng(0), null=0.4)
    p, t = refitted(y, x, [unit, period], clusters, null=0.4, restricted=True, weights=weights)
    assert found.p_value == p and abs(found.t) == pytest.approx(t, rel=1e-9)


@pytest.mark.parametrize("options", [{}, {"restricted": False}, {"cv3": True}, {"jackknife_scores": True}])
def test_p_at_the_ends_of_the_interval_is_five_percent(options):
    y, x, unit, period, clusters, weights = made_up(seed=7, units=40)
    data = absorbed(y, x, [unit, period], clusters * 4 + unit % 4, weights)

    def made(null):
        return wild_bootstrap(data, 1, np.random.default_rng(3), null=null, draws=999, **options)

    found = made(0.0)
    assert found.conf_low < found.estimate < found.conf_high
    gap = 1e-6 * found.std_error
    for end, outwards in ((found.conf_low, -1), (found.conf_high, 1)):
        assert made(end + outwards * gap).p_value <= 0.05 < made(end - outwards * gap).p_value + 1e-3


def test_the_scale_of_outcome_and_regressor_does_not_matter():
    y, x, unit, period, clusters, weights = made_up(seed=8)
    one = wild_bootstrap(absorbed(y, x, [unit, period], clusters, weights), 0, np.random.default_rng(1))
    scaled = x * [1e-6, 1e5, 1]
    other = wild_bootstrap(
        absorbed(1e8 * y, scaled, [unit, period], clusters, 3 * weights), 0, np.random.default_rng(1)
    )
    assert one.p_value == other.p_value
    assert other.conf_low == pytest.approx(one.conf_low * 1e14, rel=1e-6)


def test_ties_are_counted_apart():
    y, x, unit, period, clusters, weights = made_up(seed=9)
    found = wild_bootstrap(absorbed(y, x, [unit, period], clusters, weights), 0, np.random.default_rng(1))
    # All weights plus one, or all minus one, give the observed t.
    assert found.p_value_ties == pytest.approx(found.p_value + 2 / 64)


def test_with_three_clusters_nothing_is_rejected_and_the_interval_has_no_ends():
    y, x, unit, period, clusters, weights = made_up(seed=10)
    data = absorbed(y, x, [unit, period], clusters % 3, weights)
    found = wild_bootstrap(data, 0, np.random.default_rng(1), restricted=False)
    assert found.draws == 8 and found.p_value >= 0
    assert found.conf_low < found.estimate < found.conf_high


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_weights_have_mean_zero_and_variance_one(name):
    values, chance = DISTRIBUTIONS[name]
    assert chance.sum() == pytest.approx(1)
    assert values @ chance == pytest.approx(0, abs=1e-12)
    assert values**2 @ chance == pytest.approx(1)
    vectors, probability, enumerated = cluster_weights(3, np.random.default_rng(0), 999, name)
    assert enumerated and vectors.shape == (3, len(values) ** 3)
    assert probability.sum() == pytest.approx(1)
    np.testing.assert_allclose(vectors @ probability, 0, atol=1e-12)
    drawn, share, enumerated = cluster_weights(40, np.random.default_rng(0), 999, name)
    assert not enumerated and drawn.shape == (40, 999) and share[0] == 1 / 999
    assert abs(drawn.mean()) < 0.03


def test_shared_vectors_are_taken_as_they_are():
    y, x, unit, period, clusters, weights = made_up(seed=11)
    data = absorbed(y, x, [unit, period], clusters, weights)
    vectors, _, _ = cluster_weights(6, np.random.default_rng(0), 9999, "rademacher")
    given = wild_bootstrap(data, 0, np.random.default_rng(5), vectors=vectors)
    own = wild_bootstrap(data, 0, np.random.default_rng(6))
    np.testing.assert_allclose(given.drawn, own.drawn)
