"""Moran's I, Geary's C, Getis and Ord's G: hand values, permutations, properties, errors."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from nianjian import storage
from nianjian.errors import EstimationError
from nianjian.estimates import ESTIMATE_KEY, ESTIMATES, by_address
from nianjian.spatial import weights as w
from nianjian.spatial.geographic import contiguity, inverse_distance, k_nearest
from nianjian.spatial.global_autocorrelation import by_year, gearys_c, getis_ord_g, morans_i, tidy
from nianjian.spatial.local_moran import local_by_year, local_morans_i
from nianjian.spatial.permutations import Orders
from unit.spatial.made_up import N, cross_section, drawn, panel, seats

FUNCTIONS = {"moran": morans_i, "geary": gearys_c, "getis_ord": getis_ord_g}


@pytest.fixture(scope="module")
def near():
    return k_nearest(seats(), 4)


@pytest.fixture(scope="module")
def dense():
    return inverse_distance(seats())


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


def test_a_chessboard_and_two_halves():
    side = 4
    index = np.arange(side**2).reshape(side, side)
    pairs = [*zip(index[:, :-1].ravel(), index[:, 1:].ravel(), strict=True)]
    pairs += [*zip(index[:-1].ravel(), index[1:].ravel(), strict=True)]
    made = contiguity(seats(side**2), pairs=pairs, standardise=False)
    chessboard = (np.indices((side, side)).sum(axis=0) % 2).ravel()
    halves = (index % side >= side / 2).ravel().astype(float)
    assert morans_i(chessboard, made).estimate == pytest.approx(-1)
    # 20 of 24 links join equals, 4 do not.
    assert morans_i(halves, made).estimate == pytest.approx(16 / 24)
    assert gearys_c(halves, made).estimate == pytest.approx(15 * 8 / (2 * 48 * 4))
    assert set(local_morans_i(chessboard, made).quadrant) == {"HL", "LH"}
    assert set(local_morans_i(halves, made, alpha=1).cluster) >= {"HH", "LL"}


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
    everything = Orders(np.array(list(permutations(range(7)))).T)
    island = contiguity(where, pairs=[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)], islands="keep")
    for made in (k_nearest(where, 2), inverse_distance(where), island):
        found = FUNCTIONS[statistic](x, made, orders=everything)
        values = found.permutation.values
        assert found.expectation == pytest.approx(values.mean(), rel=1e-12)
        assert found.variance_randomisation == pytest.approx(values.var(), rel=1e-10)


def test_variance_under_normality_is_that_of_normal_draws(near):
    draws = np.random.default_rng(5).normal(size=(4000, near.n))
    for name in ("moran", "geary"):
        values = [FUNCTIONS[name](x, near).estimate for x in draws[:1500]]
        known = FUNCTIONS[name](draws[0], near).variance_normality
        assert np.var(values) == pytest.approx(known, rel=0.12)


def test_autocorrelated_values_are_found_and_independent_ones_are_not(near):
    alike = by_year(panel(near, rho=0.8), "y", near, rng=np.random.default_rng(0))
    moran, geary = (alike[alike["statistic"] == name] for name in ("moran", "geary"))
    assert (moran["p_randomisation"] < 0.01).all() and (moran["p_permutation"] < 0.02).all()
    assert (geary["estimate"] < 1).all() and (geary["z_randomisation"] < 0).all()
    rng = np.random.default_rng(6)
    orders = drawn(N, draws=199)
    p = np.array([morans_i(rng.normal(size=N), near, orders=orders).permutation.p_value for _ in range(400)])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.03)


def test_permutations_agree_with_the_moments(near, dense):
    for made in (near, dense):
        x = cross_section(made)
        found = morans_i(x, made, orders=drawn(N, draws=9999))
        p, sd = found.permutation, np.sqrt(found.variance_randomisation)
        assert p.mean == pytest.approx(-1 / (N - 1), abs=4 * sd / np.sqrt(p.draws))
        assert p.sd == pytest.approx(sd, rel=0.03)
        assert p.p_greater + p.p_less == pytest.approx(1, abs=1e-3)


def test_draws_are_seeded_and_more_of_them_begin_alike(near):
    first, again, more = drawn(N, 50), drawn(N, 50), drawn(N, 99)
    np.testing.assert_array_equal(first.order, again.order)
    np.testing.assert_array_equal(first.order, more.order[:, :50])
    assert (np.sort(first.order, axis=0) == np.arange(N)[:, None]).all()
    frame = panel(near)
    tables = [by_year(frame, "y", near, draws=99, rng=np.random.default_rng(1)) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)
    one = by_year(frame[frame["year"] == 2007], "y", near, draws=99, rng=np.random.default_rng(1))
    pd.testing.assert_frame_equal(one, tables[0].query("year == 2007").reset_index(drop=True))


def test_draws_equal_to_the_estimate_count_on_both_sides():
    made = contiguity(seats(4), pairs=[(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)])
    found = morans_i([1.0, 2.0, 0.1, 0.7], made, orders=drawn(4, 99))  # -1/3 in every order
    assert found.permutation.p_greater == found.permutation.p_less == found.permutation.p_value == 1


def test_relabelling_the_cities_changes_nothing(near):
    x, order = cross_section(near), np.random.default_rng(9).permutation(N)
    shuffled = near.aligned([near.cities[i] for i in order])
    for function in FUNCTIONS.values():
        first, second = function(x, near), function(x[order], shuffled)
        for name in ("estimate", "variance_randomisation", "variance_normality"):
            assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-11, nan_ok=True)
    local = [local_morans_i(x, near), local_morans_i(x[order], shuffled)]
    np.testing.assert_allclose(local[0].p_value[order], local[1].p_value, rtol=1e-9)
    frame = panel(near)
    tables = [
        by_year(part, "y", near, draws=99, rng=np.random.default_rng(1))
        for part in (frame, frame.sample(frac=1, random_state=0))
    ]
    pd.testing.assert_frame_equal(*tables)


def test_units_of_measurement_change_nothing(near):
    x = cross_section(near)
    for function in (morans_i, gearys_c):
        assert function(1e6 * x + 5, near).z() == pytest.approx(function(x, near).z(), rel=1e-8)
    assert getis_ord_g(1e6 * x, near).z() == pytest.approx(getis_ord_g(x, near).z(), rel=1e-9)


def test_one_sided_p_values_add_up(near):
    found = morans_i(cross_section(near), near)
    one, other = found.p_value(alternative="greater"), found.p_value(alternative="less")
    assert one + other == pytest.approx(1)
    assert found.p_value() == pytest.approx(2 * min(one, other))


def test_tidy_rows_fit_the_schema(near, tmp_path):
    options = {"statistics": ("moran", "geary", "getis_ord"), "draws": 99}
    found = by_year(panel(near), "y", near, rng=np.random.default_rng(1), **options)
    rows = tidy(found, "parks", "moran", islands=3)
    storage.write_table(rows, tmp_path / "rows.parquet", ESTIMATES, ESTIMATE_KEY)
    assert set(rows["year"].dropna()) == {2006, 2007, 2008} and rows["city"].isna().all()
    rows = pd.DataFrame({term: row for (_, _, term), row in by_address(rows).items()}).T
    first = found.iloc[0]
    assert rows.loc["moran[2006]", "estimate"] == first["estimate"]
    assert rows.loc["moran[2006]", "std_error"] == first["sd_randomisation"]
    assert rows.loc["moran[2006]", "statistic"] == first["z_randomisation"]
    assert rows.loc["moran_permutation[2006]", "p_value"] == first["p_permutation"]
    assert rows.loc["moran_normality[2006]", "std_error"] == first["sd_normality"]
    assert rows.loc["moran_expectation[2006]", "estimate"] == pytest.approx(-1 / (N - 1))
    assert rows.loc["units", "estimate"] == N and rows.loc["draws", "estimate"] == 99
    assert rows.loc["islands", "estimate"] == 3
    assert "getis_ord_normality[2006]" not in rows.index and "geary[2008]" in rows.index
    assert len(tidy(by_year(panel(near), "y", near, draws=0), "s", "t")) == 2 * 3 * 3 + 2


@pytest.mark.parametrize("function", [*FUNCTIONS.values(), local_morans_i])
@pytest.mark.parametrize("level", [0.0, 0.3, 1e9])
def test_a_constant_is_refused(near, function, level):
    with pytest.raises(EstimationError, match="do not vary"):
        function(np.full(N, level), near)


def test_missing_values_and_wrong_lengths_are_refused(near):
    x = cross_section(near).copy()
    x[3] = np.nan
    with pytest.raises(EstimationError, match="no value for 103; fill the gaps"):
        morans_i(x, near)
    with pytest.raises(EstimationError, match=r"are for 40 cities, the values are \(39,\)"):
        morans_i(x[:-1], near)
    small = w.from_matrix([1, 2, 3], sparse.csr_array(np.ones((3, 3)) - np.eye(3)))
    with pytest.raises(EstimationError, match=r"3 cities; .* at least 4"):
        morans_i([1, 2, 3], small)


def test_negative_values_have_no_g(near):
    with pytest.raises(EstimationError, match="for positive values"):
        getis_ord_g(cross_section(near) - 10, near)


def test_panels_of_other_cities_name_the_year_and_the_cities(near):
    frame = panel(near)
    with pytest.raises(
        EstimationError, match=r"y, 2007: weights k_nearest are for other cities: the sample lacks 105;"
    ):
        by_year(frame[(frame["year"] != 2007) | (frame["city"] != 105)], "y", near, draws=0)
    more = pd.concat([frame, pd.DataFrame({"city": [7], "year": [2008], "y": [1.0]})])
    with pytest.raises(EstimationError, match=r"y, 2008: .* the weights lack 7;"):
        by_year(more, "y", near, draws=0)
    with pytest.raises(EstimationError, match="city 100 stands twice in 2006"):
        by_year(pd.concat([frame, frame[:1]]), "y", near, draws=0)
    with pytest.raises(EstimationError, match="y, 2006: no value for 101"):
        by_year(frame.assign(y=frame["y"].where(frame.index != 1)), "y", near, draws=0)
    with pytest.raises(EstimationError, match="y, 2006: no value for 101"):
        local_by_year(frame.assign(y=frame["y"].where(frame.index != 1)), "y", near, draws=0)
    with pytest.raises(EstimationError, match="no column 'x' in the sample"):
        by_year(frame, "x", near, draws=0)
    with pytest.raises(EstimationError, match="y: the sample has no 2023"):
        local_by_year(frame, "y", near, years=[2023], draws=0)


def test_settings_out_of_range_are_refused(near):
    x = cross_section(near)
    with pytest.raises(ValueError, match="999 draws without rng"):
        by_year(panel(near), "y", near)
    with pytest.raises(ValueError, match="0 draws; expected at least 1"):
        drawn(N, 0)
    with pytest.raises(ValueError, match="orders of 5 cities for 40"):
        morans_i(x, near, orders=drawn(5, 9))
    with pytest.raises(ValueError, match="alternative 'both'"):
        morans_i(x, near).p_value(alternative="both")
    with pytest.raises(ValueError, match="statistic 'join'"):
        by_year(panel(near), "y", near, statistics=("join",), draws=0)
