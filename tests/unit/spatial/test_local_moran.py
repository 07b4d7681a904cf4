"""Local Moran's I: hand values, permutations, properties, rows."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from nianjian.estimates import ESTIMATE_KEY, ESTIMATES, by_address
from nianjian.spatial import weights as w
from nianjian.spatial.geographic import inverse_distance, k_nearest
from nianjian.spatial.global_autocorrelation import morans_i
from nianjian.spatial.local_moran import (
    ISLAND,
    NOT_SIGNIFICANT,
    QUADRANTS,
    _conditional_lags,
    local_by_year,
    local_morans_i,
    tidy,
)
from nianjian.spatial.permutations import Orders
from unit.spatial.made_up import N, cross_section, drawn, panel, seats


@pytest.fixture(scope="module")
def near():
    return k_nearest(seats(), 4)


def test_conditional_moments_are_those_of_all_orders_of_the_others():
    where = seats(6, seed=4)
    x = np.array([1.0, 2.0, 2.5, 4.0, 7.0, 12.0])
    made = inverse_distance(where)
    found = local_morans_i(x, made)
    matrix = made.matrix.toarray()
    for i in range(6):
        others = np.array(list(permutations(np.delete(found.z, i))))
        local = found.z[i] * others @ np.delete(matrix[i], i)
        assert found.expectation[i] == pytest.approx(local.mean(), rel=1e-12)
        assert found.variance[i] == pytest.approx(local.var(), rel=1e-10)


def test_conditional_permutation_holds_the_own_value_and_spreads_the_others():
    """The exchange that puts i's value back leaves every order of the others equally often."""
    n = 5
    everything = Orders(np.array(list(permutations(range(n)))).T)
    z = np.array([1.0, 10.0, 100.0, 1000.0, 10000.0])
    made = w.from_matrix(range(n), np.triu(np.full((n, n), 1.0), 1) + np.tril(np.full((n, n), 2.0), -1))
    made = w.from_matrix(range(n), made.raw.toarray() * np.arange(1, n + 1), standardise=False)
    lags = _conditional_lags(z, made, everything)
    matrix = made.matrix.toarray()
    for i in range(n):
        others = [np.insert(order, i, 0) @ matrix[i] for order in permutations(np.delete(z, i))]
        np.testing.assert_allclose(np.sort(lags[i]), np.sort(np.repeat(others, n)), rtol=1e-12)


def test_local_p_values_near_those_of_a_plain_loop(near):
    x = cross_section(near, rho=0.8)
    found = local_morans_i(x, near, orders=drawn(N, draws=4999))
    rng, matrix = np.random.default_rng(8), near.matrix.toarray()
    for i in range(0, N, 8):
        others = np.array([rng.permutation(np.delete(found.z, i)) for _ in range(4999)])
        local = found.z[i] * others @ np.delete(matrix[i], i)
        tails = [(1 + (local >= found.local[i]).sum()) / 5000, (1 + (local <= found.local[i]).sum()) / 5000]
        assert found.p_value[i] == pytest.approx(min(1, 2 * min(tails)), abs=0.04)


def test_the_scatter_plot_has_slope_i_and_local_values_add_up(near):
    x = cross_section(near)
    found, moran = local_morans_i(x, near), morans_i(x, near)
    assert np.polyfit(found.z, found.lag_z, 1)[0] == pytest.approx(moran.estimate, rel=1e-12)
    assert found.local.sum() == pytest.approx(N * moran.estimate, rel=1e-12)
    labels = {(1, 1): "HH", (0, 1): "LH", (0, 0): "LL", (1, 0): "HL"}
    assert list(found.quadrant) == [labels[a, b] for a, b in zip(found.z > 0, found.lag_z > 0, strict=True)]


def test_clusters_are_the_significant_quadrants_and_fewer_under_false_discovery(near):
    x = cross_section(near, rho=0.9)
    plain = local_morans_i(x, near, orders=drawn(N, 9999))
    strict = local_morans_i(x, near, orders=drawn(N, 9999), false_discovery=True)
    for found, p in ((plain, plain.p_value), (strict, strict.p_value)):
        inside = np.array(found.cluster) != NOT_SIGNIFICANT
        assert np.array(found.cluster)[inside].tolist() == np.array(found.quadrant)[inside].tolist()
        assert not inside.any() or p[inside].max() <= 0.05
    ordered = np.sort(plain.p_value)
    passed = [k for k in range(1, N + 1) if ordered[k - 1] <= 0.05 * k / N]
    kept, all_of_them = (sum(c != NOT_SIGNIFICANT for c in f.cluster) for f in (strict, plain))
    assert kept == max(passed, default=0) and 0 < kept < all_of_them


def test_islands_have_no_p_value_and_their_own_cluster():
    made = inverse_distance(seats(), cutoff_km=150, islands="keep")
    assert 0 < len(made.islands) < N
    for orders in (None, drawn(N, 99)):
        found = local_morans_i(cross_section(made), made, orders=orders)
        lonely = np.isin(made.cities, made.islands)
        assert np.isnan(found.p_value[lonely]).all() and np.isfinite(found.p_value[~lonely]).all()
        assert {c for c, alone in zip(found.cluster, lonely, strict=True) if alone} == {ISLAND}


def test_local_table_has_a_row_per_city_and_year(near):
    frame = panel(near)
    found = local_by_year(frame, "y", near, draws=99, rng=np.random.default_rng(1))
    assert list(found) == ["city", "year", "z", "lag_z", "local", "p_value", "quadrant", "cluster"]
    assert len(found) == 3 * N and not found.duplicated(["city", "year"]).any()
    only = local_by_year(frame, "y", near, years=[2008], draws=99, rng=np.random.default_rng(1))
    pd.testing.assert_frame_equal(only, found[found["year"] == 2008].reset_index(drop=True))
    np.testing.assert_allclose(only["lag_z"], near.matrix @ only["z"].to_numpy(), rtol=1e-12)


def test_rows_say_city_and_year(near):
    found = local_by_year(panel(near), "y", near, years=[2006, 2008], draws=99, rng=np.random.default_rng(1))
    rows = tidy(found, "parks", "lisa", draws=99, alpha=0.05, islands=0)
    assert list(rows) == list(ESTIMATES) and not rows.duplicated(list(ESTIMATE_KEY)).any()
    named = by_address(rows)
    for row in found.itertuples():
        place = f"[{row.city}|{row.year}]"
        assert named["lisa", "effect", f"z{place}"]["estimate"] == row.z
        assert named["lisa", "effect", f"lag_z{place}"]["estimate"] == row.lag_z
        local = named["lisa", "effect", f"local{place}"]
        assert (local["estimate"], local["p_value"]) == (row.local, row.p_value)
        inside = named["lisa", "effect", f"cluster{place}"]["estimate"]
        assert inside == (row.cluster in QUADRANTS.values())
    for year in (2006, 2008):
        own = found[found["year"] == year]
        slope = named["lisa", "fit", f"slope[{year}]"]["estimate"]
        assert slope == pytest.approx(np.polyfit(own["z"], own["lag_z"], 1)[0], rel=1e-10)
        inside = own["cluster"].isin(list(QUADRANTS.values())).sum()
        assert named["lisa", "fit", f"clusters[{year}]"]["estimate"] == inside
    fits = {name: named["lisa", "fit", name]["estimate"] for name in ("units", "draws", "alpha", "islands")}
    assert fits == {"units": N, "draws": 99, "alpha": 0.05, "islands": 0}
    assert len(rows) == 2 * N * 4 + 2 * 2 + 4
