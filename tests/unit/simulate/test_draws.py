"""Random numbers that depend on what they are for."""

import numpy as np
import pytest

from nianjian.simulate import draws


def test_draws_depend_on_their_keys_only():
    codes = np.array([110000, 130100, 659000])
    years = np.arange(2002, 2024)
    whole = draws.autoregressive(1, "gdp", codes, years, 0.5)
    assert np.array_equal(whole[[2]], draws.autoregressive(1, "gdp", codes[[2]], years, 0.5))
    assert not np.array_equal(whole, draws.autoregressive(2, "gdp", codes, years, 0.5))
    many = draws.normals(3, "x", np.arange(200_000))
    assert abs(many.mean()) < 0.01
    assert abs(many.std() - 1) < 0.01


def test_neighbours_share_a_spatial_field():
    lon = np.linspace(90, 120, 400)
    field = draws.spatial(1, "wealth", lon, np.full(400, 30.0), reach=3)
    assert np.corrcoef(field[:-1], field[1:])[0, 1] > 0.95
    # ten reaches apart nothing is left in common
    assert abs(np.corrcoef(field[:-390], field[390:])[0, 1]) <= 1
    assert abs(field.mean()) < 1


def test_neighbours_share_shocks():
    codes, years = np.arange(100), np.arange(2003, 2203)
    field = np.tile(draws.normals(1, "field", years)[None, :], (100, 1))
    found = draws.autoregressive(1, "x", codes, years, 0.5, (field, 0.8))
    assert np.corrcoef(found)[np.triu_indices(100, 1)].mean() == pytest.approx(0.8, abs=0.08)
    assert found.std() == pytest.approx(1, abs=0.1)
    assert np.array_equal(
        draws.autoregressive(1, "x", codes, years, 0.5, (field, 0.0)),
        draws.autoregressive(1, "x", codes, years, 0.5),
    )
