"""The two-stage bootstrap: what it finds, on what it rests, and where it stops."""

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.indices.simar_wilson import distances, two_stage
from nianjian.numerics import truncated
from unit.indices.test_radial import pooled

BETA, SIGMA = np.array([1.3, 0.4, 0.0]), 0.4


def units(n=120, seed=0):
    """Two inputs, one output, true distances explained by the first regressor."""
    rng = np.random.default_rng(seed)
    z = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    delta = truncated.draw(z @ BETA, SIGMA, rng)
    x = rng.lognormal(size=(n, 2))
    return x, (x**0.35).prod(axis=1, keepdims=True) / delta[:, None], z, delta


@pytest.fixture(scope="module")
def found():
    x, y, z, _ = units()
    return two_stage(x, y, z, pooled(120), frontiers=100, draws=400, rng=np.random.default_rng(1))


def test_the_bias_of_distances_is_taken_off(found):
    _, _, _, delta = units()
    assert (found.corrected >= found.distance - 0.02).all()  # the frontier found lies inside the true one
    before, after = (np.abs(each - delta).mean() for each in (found.distance, found.corrected))
    assert after < 0.7 * before
    assert np.mean((found.low <= delta) & (delta <= found.high)) > 0.6
    assert (found.low <= found.corrected + 1e-12).all() and (found.corrected <= found.high + 1e-12).all()


def test_what_explains_distances_is_found(found):
    assert found.params[1] == pytest.approx(0.4, abs=0.15) and found.params[2] == pytest.approx(0, abs=0.15)
    low, high = np.quantile(found.reflected, [0.025, 0.975], axis=0)
    assert low[1] > 0 and low[2] < 0 < high[2]
    assert found.failed == 0 and found.draws.shape == (400, 4)
    # The bootstrap's errors are the likelihood's, where these hold.
    np.testing.assert_allclose(found.draws.std(axis=0), np.sqrt(np.diag(found.fit.vcov)), rtol=0.3)


def test_algorithm_1_leaves_distances_and_explains_those_off_the_frontier():
    x, y, z, _ = units()
    first = two_stage(x, y, z, pooled(120), algorithm=1, draws=200, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(first.corrected, distances(x, y, pooled(120)))
    off = first.distance > 1
    np.testing.assert_allclose(first.params, truncated.fit(first.distance[off], z[off]).params, rtol=1e-9)
    assert 0 < (~first.used).sum() < 30 and np.isnan(first.low).all()


def test_the_same_seed_gives_the_same_and_units_do_not_matter(found):
    x, y, z, _ = units()
    again = two_stage(
        x * [1e3, 1e-2], 5 * y, z, pooled(120), frontiers=100, draws=400, rng=np.random.default_rng(1)
    )
    np.testing.assert_allclose(again.draws, found.draws, rtol=1e-4, atol=1e-6)


def test_input_distances_are_corrected_too():
    x, y, z, _ = units()
    other = two_stage(
        x,
        y,
        z,
        pooled(120),
        orientation="input",
        returns="crs",
        frontiers=50,
        draws=100,
        rng=np.random.default_rng(1),
    )
    same = two_stage(
        x, y, z, pooled(120), returns="crs", frontiers=50, draws=100, rng=np.random.default_rng(1)
    )
    # Under constant returns the two distances are one number, whichever side is drawn.
    np.testing.assert_allclose(other.corrected, same.corrected, rtol=1e-5)


def test_too_few_units_off_the_frontier():
    x, y, z, _ = units(9)
    with pytest.raises(
        EstimationError, match=r"spec one: \d of 9 city-years lie off the frontier, too few for 3"
    ):
        two_stage(x, y, z, pooled(9), rng=np.random.default_rng(0), context="spec one: ")
