"""Resampled cross products against repeating the rows, percentile intervals and p-values."""

import numpy as np
import pytest

from nianjian.numerics import resampling
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.resampling import (
    percentile_p_value,
    percentiles,
    resampled_counts,
    resampler,
)


def generators(count):
    return (np.random.default_rng(seed) for seed in range(count))


def test_counts_add_up_and_depend_on_the_generator_only():
    clusters = np.repeat(np.arange(9), 3)
    counts = resampled_counts(clusters, generators(20))
    assert counts.shape == (20, 9) and (counts.sum(axis=1) == 9).all()
    assert (resampled_counts(clusters, generators(5)) == counts[:5]).all()
    assert len(np.unique(counts, axis=0)) > 15


@pytest.mark.parametrize("dummies", [resampling.MOST_DUMMIES, 0])
def test_products_are_those_of_the_repeated_rows(monkeypatch, dummies):
    monkeypatch.setattr(resampling, "MOST_DUMMIES", dummies)
    rng = np.random.default_rng(0)
    city, year = np.repeat(np.arange(12), 5), np.tile(np.arange(5), 12)
    columns, w = rng.normal(size=(60, 4)), rng.uniform(0.5, 2, size=60)
    counts = resampled_counts(city, generators(3))
    found = resampler(columns, 1, [city, year], city, w)(counts)
    for draw, count in enumerate(counts.astype(int)):
        rows = np.concatenate([np.flatnonzero(city == g) for g in range(12) for _ in range(count[g])])
        copies = np.repeat(np.arange(12), 5)[: len(rows)]  # a city drawn twice is two cities
        within = partial_out(columns[rows], [copies, year[rows]], w[rows])
        root = np.sqrt(w[rows])[:, None]
        control, others = within[:, :1] * root, within[:, 1:] * root
        others = others - control @ np.linalg.lstsq(control, others, rcond=None)[0]
        np.testing.assert_allclose(found[draw], others.T @ others, rtol=1e-9, atol=1e-10)


def test_percentiles_leave_out_what_cannot_be_estimated():
    draws = np.append(np.arange(1.0, 1001), np.nan)
    assert percentiles(draws) == (pytest.approx(25.975), pytest.approx(975.025))
    assert percentile_p_value(draws) == pytest.approx(2 / 1001)
    assert percentile_p_value(-draws) == pytest.approx(2 / 1001)
    assert percentile_p_value(np.array([-1.0, 1.0, 2.0])) == 1.0
    assert percentile_p_value(np.zeros(9)) == 1.0
