"""Classes are what the legend says."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from nianjian.errors import SampleError
from nianjian.publish.figures import classes


@pytest.mark.parametrize("seed", range(6))
def test_natural_breaks_are_the_best_of_all_cuts(seed):
    x = np.sort(np.random.default_rng(seed).lognormal(size=12).round(1))
    points = np.unique(x)

    def cost(ends):
        edges = [-np.inf, *ends, np.inf]
        groups = [x[(x > a) & (x <= b)] for a, b in pairwise(edges)]
        return sum(((g - g.mean()) ** 2).sum() for g in groups)

    best = min(cost(ends) for ends in combinations(points[:-1], 3))
    assert cost(classes.natural_breaks(x, 4)) == pytest.approx(best)


def test_classes_hold_their_limits():
    made = classes.classify(np.arange(100.0), 5, "equal")
    assert made.of([0, 20, 20.1, 99, np.nan]).tolist() == [0, 0, 1, 4, -1]
    given = classes.declared_classes([0.5, 0.6])
    assert given.labels == ("≤ 0.5", "(0.5, 0.6]", "> 0.6") and given.of([0.5, 0.51]).tolist() == [0, 1]


def test_more_classes_than_values_are_refused():
    with pytest.raises(SampleError, match=r"here\.classes: 3 classes of 2 distinct values; ask for fewer"):
        classes.classify([1.0, 2.0, 2.0], 3, "natural", "here")
    with pytest.raises(SampleError, match=r"here\.scheme: quantiles puts two limits"):
        classes.classify([1.0] * 20 + [2.0, 3.0, 4.0], 4, "quantiles", "here")
