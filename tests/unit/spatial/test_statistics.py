"""Moran's I, Geary's C, Getis and Ord's G and local Moran: hand values, permutations, properties, errors."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from nianjian import storage
from nianjian.errors import EstimationError
from nianjian.schemas import ESTIMATE_KEY, ESTIMATES
from nianjian.spatial import statistics as st
from nianjian.spatial import weights as w
from nianjian.spatial.geographic import contiguity, inverse_distance, k_nearest
from nianjian.spatial.seats import place

N, YEARS = 40, (2006, 2007, 2008)
FUNCTIONS = {"moran": st.morans_i, "geary": st.gearys_c, "getis_ord": st.getis_ord_g}


def seats(n=N, seed=0):
    rng = np.random.default_rng(seed)
    return place(range(100, 100 + n), rng.uniform(100, 120, n), rng.uniform(20, 45, n))


@pytest.fixture(scope="module")
def near():
    return k_nearest(seats(), 4)


@pytest.fixture(scope="module")
def dense():
    return inverse_distance(seats())


def panel(weights, rho=0.6, seed=1):
    """Values with spatial autocorrelation, exp so that they are positive."""
    rng = np.random.default_rng(seed)
    spread = np.linalg.inv(np.eye(weights.n) - rho * weights.matrix.toarray())
    frames = [
        pd.DataFrame({"city": weights.cities, "year": year, "y": np.exp(spread @ rng.normal(size=weights.n))})
        for year in YEARS
    ]
    return pd.concat(frames, ignore_index=True)


def cross_section(weights, **options):
    return panel(weights, **options)["y"].to_numpy()[: weights.n]


def drawn(n, draws=999, seed=0):
    return st.random_orders(n, draws, np.random.default_rng(seed))


def brute(statistic, x, weights):
    """The statistics by their double sums."""
    matrix, n, z = weights.matrix.toarray(), len(x), x - x.mean()
    pairs = [(i, j) for i in range(n) for j in range(n)]
    if statistic == "moran":
        return n / matrix.sum() * sum(matrix[i, j] * z[i] * z[j] for i, j in pairs) / (z**2).sum()
    if statistic == "geary":
        cross = sum(matrix[i, j] * (x[i] - x[j]) ** 2 for i, j in pairs)
        return (n - 1) * cross / (2 * matrix.sum() * (z**2).sum())
    return sum(matrix[i, j] * x[i] * x[j] for i, j in pairs) / sum(x[i] * x[j] for i, j in pairs if i != j)


# Known values


def test_a_chessboard_and_two_halves():
    side = 4
    index = np.arange(side**2).reshape(side, side)
    pairs = [*zip(index[:, :-1].ravel(), index[:, 1:].ravel(), strict=True)]
    pairs += [*zip(index[:-1].ravel(), index[1:].ravel(), strict=True)]
    made = contiguity(seats(side**2), pairs=pairs, standardise=False)
    chessboard = (np.indices((side, side)).sum(axis=0) % 2).ravel()
    halves = (index % side >= side / 2).ravel().astype(float)
    assert st.morans_i(chessboard, made).estimate == pytest.approx(-1)
    # 20 of 24 links join equals, 4 do not.
    assert st.morans_i(halves, made).estimate == pytest.approx(16 / 24)
    assert st.gearys_c(halves, made).estimate == pytest.approx(15 * 8 / (2 * 48 * 4))
    assert set(st.local_morans_i(chessboard, made).quadrant) == {"HL", "LH"}
    assert set(st.local_morans_i(halves, made, alpha=1).cluster) >= {"HH", "LL"}


@pytest.mark.parametrize("statistic", FUNCTIONS)
def test_matches_the_double_sum(near, dense, statistic):
    for made in (near, dense):
        x = cross_section(made)
        assert FUNCTIONS[statistic](x, made).estimate == pytest.approx(brute(statistic, x, made), rel=1e-12)


@pytest.mark.parametrize("statistic", FUNCTIONS)
def test_moments_under_randomisation_are_those_of_all_orders(statistic):
    """5,040 orders of 7 values: mean and variance without any formula; an island keeps its place in n."""
    where = seats(7, seed=3)
    x = np.array([1.0, 2.0, 2.5, 4.0, 7.0, 7.5, 12.0])
    everything = st.Orders(np.array(list(permutations(range(7)))).T)
    island = contiguity(where, pairs=[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)], islands="keep")
    for made in (k_nearest(where, 2), inverse_distance(where), island):
        found = FUNCTIONS[statistic](x, made, orders=everything)
        values = found.permutation.values
        assert found.expectation == pytest.approx(values.mean(), rel=1e-12)
        assert found.variance_randomisation == pytest.approx(values.var(), rel=1e-10)


def test_conditional_moments_are_those_of_all_orders_of_the_others():
    where = seats(6, seed=4)
    x = np.array([1.0, 2.0, 2.5, 4.0, 7.0, 12.0])
    made = inverse_distance(where)
    found = st.local_morans_i(x, made)
    matrix = made.matrix.toarray()
    for i in range(6):
        others = np.array(list(permutations(np.delete(found.z, i))))
        local = found.z[i] * others @ np.delete(matrix[i], i)
        assert found.expectation[i] == pytest.approx(local.mean(), rel=1e-12)
        assert found.variance[i] == pytest.approx(local.var(), rel=1e-10)


def test_variance_under_normality_is_that_of_normal_draws(near):
    draws = np.random.default_rng(5).normal(size=(4000, near.n))
    for name in ("moran", "geary"):
        values = [FUNCTIONS[name](x, near).estimate for x in draws[:1500]]
        known = FUNCTIONS[name](draws[0], near).variance_normality
        assert np.var(values) == pytest.approx(known, rel=0.12)


def test_autocorrelated_values_are_found_and_independent_ones_are_not(near):
    alike = st.by_year(panel(near, rho=0.8), "y", near, rng=np.random.default_rng(0))
    moran, geary = (alike[alike["statistic"] == name] for name in ("moran", "geary"))
    assert (moran["p_randomisation"] < 0.01).all() and (moran["p_permutation"] < 0.02).all()
    assert (geary["estimate"] < 1).all() and (geary["z_randomisation"] < 0).all()
    rng = np.random.default_rng(6)
    orders = drawn(N, draws=199)
    p = np.array(
        [st.morans_i(rng.normal(size=N), near, orders=orders).permutation.p_value for _ in range(400)]
    )
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.03)


# Permutations


def test_permutations_agree_with_the_moments(near, dense):
    for made in (near, dense):
        x = cross_section(made)
        found = st.morans_i(x, made, orders=drawn(N, draws=9999))
        p, sd = found.permutation, np.sqrt(found.variance_randomisation)
        assert p.mean == pytest.approx(-1 / (N - 1), abs=4 * sd / np.sqrt(p.draws))
        assert p.sd == pytest.approx(sd, rel=0.03)
        assert p.p_greater + p.p_less == pytest.approx(1, abs=1e-3)


def test_conditional_permutation_holds_the_own_value_and_spreads_the_others():
    """The exchange that puts i's value back leaves every order of the others equally often."""
    n = 5
    everything = st.Orders(np.array(list(permutations(range(n)))).T)
    z = np.array([1.0, 10.0, 100.0, 1000.0, 10000.0])
    made = w.from_matrix(range(n), np.triu(np.full((n, n), 1.0), 1) + np.tril(np.full((n, n), 2.0), -1))
    made = w.from_matrix(range(n), made.raw.toarray() * np.arange(1, n + 1), standardise=False)
    lags = st._conditional_lags(z, made, everything)
    matrix = made.matrix.toarray()
    for i in range(n):
        others = [np.insert(order, i, 0) @ matrix[i] for order in permutations(np.delete(z, i))]
        np.testing.assert_allclose(np.sort(lags[i]), np.sort(np.repeat(others, n)), rtol=1e-12)


def test_local_p_values_near_those_of_a_plain_loop(near):
    x = cross_section(near, rho=0.8)
    found = st.local_morans_i(x, near, orders=drawn(N, draws=4999))
    rng, matrix = np.random.default_rng(8), near.matrix.toarray()
    for i in range(0, N, 8):
        others = np.array([rng.permutation(np.delete(found.z, i)) for _ in range(4999)])
        local = found.z[i] * others @ np.delete(matrix[i], i)
        tails = [(1 + (local >= found.local[i]).sum()) / 5000, (1 + (local <= found.local[i]).sum()) / 5000]
        assert found.p_value[i] == pytest.approx(min(1, 2 * min(tails)), abs=0.04)


def test_draws_are_seeded_and_more_of_them_begin_alike(near):
    first, again, more = drawn(N, 50), drawn(N, 50), drawn(N, 99)
    np.testing.assert_array_equal(first.order, again.order)
    np.testing.assert_array_equal(first.order, more.order[:, :50])
    assert (np.sort(first.order, axis=0) == np.arange(N)[:, None]).all()
    frame = panel(near)
    tables = [st.by_year(frame, "y", near, draws=99, rng=np.random.default_rng(1)) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)
    one = st.by_year(frame[frame["year"] == 2007], "y", near, draws=99, rng=np.random.default_rng(1))
    pd.testing.assert_frame_equal(one, tables[0].query("year == 2007").reset_index(drop=True))


def test_draws_equal_to_the_estimate_count_on_both_sides():
    made = contiguity(seats(4), pairs=[(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)])
    found = st.morans_i([1.0, 2.0, 0.1, 0.7], made, orders=drawn(4, 99))  # -1/3 in every order
    assert found.permutation.p_greater == found.permutation.p_less == found.permutation.p_value == 1


# Properties


def test_relabelling_the_cities_changes_nothing(near):
    x, order = cross_section(near), np.random.default_rng(9).permutation(N)
    shuffled = near.aligned([near.cities[i] for i in order])
    for function in FUNCTIONS.values():
        first, second = function(x, near), function(x[order], shuffled)
        for name in ("estimate", "variance_randomisation", "variance_normality"):
            assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-11, nan_ok=True)
    local = [st.local_morans_i(x, near), st.local_morans_i(x[order], shuffled)]
    np.testing.assert_allclose(local[0].p_value[order], local[1].p_value, rtol=1e-9)
    frame = panel(near)
    tables = [
        st.by_year(part, "y", near, draws=99, rng=np.random.default_rng(1))
        for part in (frame, frame.sample(frac=1, random_state=0))
    ]
    pd.testing.assert_frame_equal(*tables)


def test_units_of_measurement_change_nothing(near):
    x = cross_section(near)
    for function in (st.morans_i, st.gearys_c):
        assert function(1e6 * x + 5, near).z() == pytest.approx(function(x, near).z(), rel=1e-8)
    assert st.getis_ord_g(1e6 * x, near).z() == pytest.approx(st.getis_ord_g(x, near).z(), rel=1e-9)


def test_the_scatter_plot_has_slope_i_and_local_values_add_up(near):
    x = cross_section(near)
    found, moran = st.local_morans_i(x, near), st.morans_i(x, near)
    assert np.polyfit(found.z, found.lag, 1)[0] == pytest.approx(moran.estimate, rel=1e-12)
    assert found.local.sum() == pytest.approx(N * moran.estimate, rel=1e-12)
    labels = {(1, 1): "HH", (0, 1): "LH", (0, 0): "LL", (1, 0): "HL"}
    assert list(found.quadrant) == [labels[a, b] for a, b in zip(found.z > 0, found.lag > 0, strict=True)]


def test_one_sided_p_values_add_up(near):
    found = st.morans_i(cross_section(near), near)
    one, other = found.p_value(alternative="greater"), found.p_value(alternative="less")
    assert one + other == pytest.approx(1)
    assert found.p_value() == pytest.approx(2 * min(one, other))


def test_clusters_are_the_significant_quadrants_and_fewer_under_false_discovery(near):
    x = cross_section(near, rho=0.9)
    plain = st.local_morans_i(x, near, orders=drawn(N, 9999))
    strict = st.local_morans_i(x, near, orders=drawn(N, 9999), false_discovery=True)
    for found, p in ((plain, plain.p_value), (strict, strict.p_value)):
        inside = np.array(found.cluster) != st.NOT_SIGNIFICANT
        assert np.array(found.cluster)[inside].tolist() == np.array(found.quadrant)[inside].tolist()
        assert not inside.any() or p[inside].max() <= 0.05
    ordered = np.sort(plain.p_value)
    passed = [k for k in range(1, N + 1) if ordered[k - 1] <= 0.05 * k / N]
    kept, all_of_them = (sum(c != st.NOT_SIGNIFICANT for c in f.cluster) for f in (strict, plain))
    assert kept == max(passed, default=0) and 0 < kept < all_of_them


def test_islands_have_no_p_value_and_their_own_cluster():
    made = inverse_distance(seats(), cutoff_km=150, islands="keep")
    assert 0 < len(made.islands) < N
    for orders in (None, drawn(N, 99)):
        found = st.local_morans_i(cross_section(made), made, orders=orders)
        lonely = np.isin(made.cities, made.islands)
        assert np.isnan(found.p_value[lonely]).all() and np.isfinite(found.p_value[~lonely]).all()
        assert {c for c, alone in zip(found.cluster, lonely, strict=True) if alone} == {st.ISLAND}


# Tables


def test_tidy_rows_fit_the_schema(near, tmp_path):
    options = {"statistics": ("moran", "geary", "getis_ord"), "draws": 99}
    found = st.by_year(panel(near), "y", near, rng=np.random.default_rng(1), **options)
    rows = st.tidy(found, "parks", "moran")
    storage.write_table(rows, tmp_path / "rows.parquet", ESTIMATES, ESTIMATE_KEY)
    rows = rows.set_index("term")
    first = found.iloc[0]
    assert rows.loc["moran[2006]", "estimate"] == first["estimate"]
    assert rows.loc["moran[2006]", "std_error"] == first["sd_randomisation"]
    assert rows.loc["moran[2006]", "statistic"] == first["z_randomisation"]
    assert rows.loc["moran_permutation[2006]", "p_value"] == first["p_permutation"]
    assert rows.loc["moran_normality[2006]", "std_error"] == first["sd_normality"]
    assert rows.loc["moran_expectation[2006]", "estimate"] == pytest.approx(-1 / (N - 1))
    assert rows.loc["units", "estimate"] == N and rows.loc["draws", "estimate"] == 99
    assert "getis_ord_normality[2006]" not in rows.index and "geary[2008]" in rows.index
    assert len(st.tidy(st.by_year(panel(near), "y", near, draws=0), "s", "t")) == 2 * 3 * 3 + 2


def test_local_table_has_a_row_per_city_and_year(near):
    frame = panel(near)
    found = st.local_by_year(frame, "y", near, draws=99, rng=np.random.default_rng(1))
    assert list(found) == ["city", "year", "value", "lag", "local", "p_value", "quadrant", "cluster"]
    assert len(found) == 3 * N and not found.duplicated(["city", "year"]).any()
    only = st.local_by_year(frame, "y", near, years=[2008], draws=99, rng=np.random.default_rng(1))
    pd.testing.assert_frame_equal(only, found[found["year"] == 2008].reset_index(drop=True))
    np.testing.assert_allclose(only["lag"], near.matrix @ only["value"].to_numpy(), rtol=1e-12)


# Errors


@pytest.mark.parametrize("function", [*FUNCTIONS.values(), st.local_morans_i])
@pytest.mark.parametrize("level", [0.0, 0.3, 1e9])
def test_a_constant_is_refused(near, function, level):
    with pytest.raises(EstimationError, match="do not vary"):
        function(np.full(N, level), near)


def test_missing_values_and_wrong_lengths_are_refused(near):
    x = cross_section(near).copy()
    x[3] = np.nan
    with pytest.raises(EstimationError, match="no value for 103; fill the gaps"):
        st.morans_i(x, near)
    with pytest.raises(EstimationError, match=r"are for 40 cities, the values are \(39,\)"):
        st.morans_i(x[:-1], near)
    small = w.from_matrix([1, 2, 3], sparse.csr_array(np.ones((3, 3)) - np.eye(3)))
    with pytest.raises(EstimationError, match=r"3 cities; .* at least 4"):
        st.morans_i([1, 2, 3], small)


def test_negative_values_have_no_g(near):
    with pytest.raises(EstimationError, match="for positive values"):
        st.getis_ord_g(cross_section(near) - 10, near)


def test_panels_of_other_cities_name_the_year_and_the_cities(near):
    frame = panel(near)
    with pytest.raises(
        EstimationError, match=r"y, 2007: weights k_nearest are for other cities: the sample lacks 105;"
    ):
        st.by_year(frame[(frame["year"] != 2007) | (frame["city"] != 105)], "y", near, draws=0)
    more = pd.concat([frame, pd.DataFrame({"city": [7], "year": [2008], "y": [1.0]})])
    with pytest.raises(EstimationError, match=r"y, 2008: .* the weights lack 7;"):
        st.by_year(more, "y", near, draws=0)
    with pytest.raises(EstimationError, match="city 100 stands twice in 2006"):
        st.by_year(pd.concat([frame, frame[:1]]), "y", near, draws=0)
    with pytest.raises(EstimationError, match="y, 2006: no value for 101"):
        st.by_year(frame.assign(y=frame["y"].where(frame.index != 1)), "y", near, draws=0)
    with pytest.raises(EstimationError, match="y, 2006: no value for 101"):
        st.local_by_year(frame.assign(y=frame["y"].where(frame.index != 1)), "y", near, draws=0)
    with pytest.raises(EstimationError, match="no column 'x' in the sample"):
        st.by_year(frame, "x", near, draws=0)
    with pytest.raises(EstimationError, match="y: the sample has no 2023"):
        st.local_by_year(frame, "y", near, years=[2023], draws=0)


def test_settings_out_of_range_are_refused(near):
    x = cross_section(near)
    with pytest.raises(ValueError, match="999 draws without rng"):
        st.by_year(panel(near), "y", near)
    with pytest.raises(ValueError, match="0 draws; expected at least 1"):
        drawn(N, 0)
    with pytest.raises(ValueError, match="orders of 5 cities for 40"):
        st.morans_i(x, near, orders=drawn(5, 9))
    with pytest.raises(ValueError, match="alternative 'both'"):
        st.morans_i(x, near).p_value(alternative="both")
    with pytest.raises(ValueError, match="statistic 'join'"):
        st.by_year(panel(near), "y", near, statistics=("join",), draws=0)
