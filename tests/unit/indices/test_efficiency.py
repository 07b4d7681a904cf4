"""Efficiency: worked examples, an independent solver, properties and errors."""

import numpy as np
import pytest
from scipy.optimize import linprog

from nianjian.errors import SampleError
from nianjian.indices import solver
from nianjian.indices.efficiency import efficiency
from nianjian.indices.productivity import malmquist_luenberger

# Five units computed by hand-written programs and two solvers when the method was specified.
INPUTS = np.array([[2.0, 3], [4, 2], [5, 5], [3, 6], [6, 4]])
DESIRABLE = np.array([[3.0], [4], [4], [5], [3]])
UNDESIRABLE = np.array([[1.0], [2], [3], [2], [4]])
GOLDEN = {
    "crs": {
        "sbm": [1.0, 1.0, 0.514286, 1.0, 0.333333],
        "super_sbm": [1.090909, 1.333333, 1.0, 1.052632, 1.0],
        "two_stage": [1.090909, 1.333333, 0.514286, 1.052632, 0.333333],
    },
    "vrs": {
        "sbm": [1.0, 1.0, 0.514286, 1.0, 0.393939],
        "super_sbm": [2.875, 1.428571, 1.0, 1.176471, 1.0],
        "two_stage": [2.875, 1.428571, 0.514286, 1.176471, 0.393939],
    },
}
PERIODS = np.repeat([2019, 2020, 2021, 2022], 12)
UNITS = [f"city {i}" for i in range(12)] * 4


def sample(n=48, m=3, s1=3, s2=1, seed=7):
    """Units of very different size and no common mix."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=(n, 1))
    x, y, b = (np.exp(size + 0.5 * rng.normal(size=(n, k))) for k in (m, s1, s2))
    return x, y * np.exp(-0.4 * np.abs(rng.normal(size=(n, 1)))), b


def reference_score(x, y, b, unit, reference, *, returns, above):
    """SBM or super-SBM (``above``) in its published form, in data units; NaN if infeasible.

    Variables: t, T * lambda of the reference, S-, Sg, Sb.
    """
    m, s1, s2 = x.shape[1], y.shape[1], b.shape[1]
    r, s = len(reference), s1 + s2
    x0, y0, b0 = x[unit], y[unit], b[unit]
    sign = 1.0 if above else -1.0
    cost = np.concatenate([[1.0], np.zeros(r), sign / (m * x0), np.zeros(s)])
    outputs = np.concatenate([np.zeros(r + m), 1 / (s * y0), 1 / (s * b0)])
    equal, right = [np.concatenate([[1.0], -sign * outputs])], [1.0]
    data = np.hstack([x, y, b])[reference].T
    # SBM: x l + s- = t x0, y l - sg = t y0, b l + sb = t b0; super: x l - s- <= t x0, and so on.
    slack = np.diag(np.repeat([1.0, -1.0, 1.0], [m, s1, s2])) * (-sign)
    rows = np.hstack([-np.concatenate([x0, y0, b0])[:, None], data, slack])
    less, bound = [], []
    if above:
        less += [*rows[:m], *-rows[m : m + s1], *rows[m + s1 :]]
        cap = np.zeros((s1, len(cost)))
        cap[:, 0] = -y0
        cap[range(s1), range(1 + r + m, 1 + r + m + s1)] = 1.0
        less += [*cap]
        bound = [0.0] * len(less)
    else:
        equal += [*rows]
        right += [0.0] * len(rows)
    if returns == "vrs":
        equal.append(np.concatenate([[-1.0], np.ones(r), np.zeros(m + s)]))
        right.append(0.0)
    found = linprog(cost, A_ub=less or None, b_ub=bound or None, A_eq=equal, b_eq=right, method="highs-ds")
    assert found.status in (0, 2)
    return found.fun if found.status == 0 else np.nan


def reference_distance(x, y, b, unit, reference, *, returns):
    cost = np.zeros(len(reference) + 1)
    cost[-1] = -1.0
    less = [
        *np.column_stack([x[reference].T, np.zeros(x.shape[1])]),
        *np.column_stack([-y[reference].T, y[unit]]),
    ]
    equal, right = [*np.column_stack([b[reference].T, b[unit]])], [*b[unit]]
    if returns == "vrs":
        equal.append(1.0 + cost)
        right.append(1.0)
    found = linprog(cost, A_ub=less, b_ub=[*x[unit], *-y[unit]], A_eq=equal, b_eq=right, method="highs-ds")
    assert found.status == 0
    return -found.fun


@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize("model", ["sbm", "super_sbm", "two_stage"])
def test_efficiency_matches_the_worked_example(model, returns):
    found = efficiency(INPUTS, DESIRABLE, UNDESIRABLE, model=model, returns=returns)
    np.testing.assert_allclose(found.score, GOLDEN[returns][model], atol=6e-7)
    assert found.status == ("optimal",) * 5


@pytest.mark.parametrize("returns", ["crs", "vrs"])
@pytest.mark.parametrize("size", [(48, 3, 3, 1), (48, 2, 1, 2), (40, 1, 2, 0)])
def test_efficiency_matches_another_solver_over_the_whole_reference_set(size, returns, monkeypatch):
    monkeypatch.setattr(solver, "JOIN", 2)  # so that column generation takes many rounds
    x, y, b = sample(*size)
    sbm = efficiency(x, y, b, model="sbm", returns=returns)
    above = efficiency(x, y, b, model="super_sbm", returns=returns)
    for unit in range(len(x)):
        everyone = np.arange(len(x))
        others = np.delete(everyone, unit)
        expected = reference_score(x, y, b, unit, everyone, returns=returns, above=False)
        assert sbm.score[unit] == pytest.approx(expected, abs=1e-7)
        expected = reference_score(x, y, b, unit, others, returns=returns, above=True)
        assert above.score[unit] == pytest.approx(expected, abs=1e-7, nan_ok=True)
        assert above.status[unit] == ("infeasible" if np.isnan(expected) else "optimal")


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_two_stages_join_sbm_and_super_sbm(returns):
    x, y, b = sample()
    found = efficiency(x, y, b, returns=returns)
    above = efficiency(x, y, b, returns=returns, model="super_sbm")
    efficient = found.sbm == 1
    assert 0 < efficient.sum() < len(x)
    np.testing.assert_array_equal(found.score[~efficient], found.sbm[~efficient])
    np.testing.assert_allclose(found.score[efficient], above.score[efficient], atol=1e-8)
    np.testing.assert_allclose(above.score[~efficient], 1.0, atol=1e-8)
    assert np.isnan(found.super_sbm[~efficient]).all()


def test_super_efficiency_needs_units_that_the_removed_unit_dominated():
    """Unit 1 is inefficient, yet it alone decides how far unit 0 stands out."""
    x, y, b = np.array([[1.0], [1.1], [4]]), np.ones((3, 1)), np.array([[1.0], [1.1], [4]])
    found = efficiency(x, y, b)
    assert found.sbm[1] < 1
    assert found.score[0] == pytest.approx(reference_score(x, y, b, 0, [1, 2], returns="crs", above=True))
    assert found.score[0] < reference_score(x, y, b, 0, [2], returns="crs", above=True) - 0.1
    assert found.peers[0].tolist() == [1]


@pytest.mark.parametrize("model", ["sbm", "super_sbm"])
@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_slacks_and_peers_reproduce_units_and_scores(model, returns):
    x, y, b = sample()
    found = efficiency(x, y, b, model=model, returns=returns)
    sign = 1 if model == "super_sbm" else -1
    for i in np.flatnonzero(np.array(found.status) == "optimal"):
        weights, peers = found.intensities[i], found.peers[i]
        assert (np.diff(peers) > 0).all() and (weights > 0).all()
        assert i not in peers or model == "sbm"
        if returns == "vrs":
            assert weights.sum() == pytest.approx(1, abs=1e-7)
        target = x[i] + sign * found.input_slacks[i]
        short = y[i] - sign * found.desirable_slacks[i]
        bad = b[i] + sign * found.undesirable_slacks[i]
        if model == "sbm":
            np.testing.assert_allclose(weights @ x[peers], target, rtol=1e-6)
            np.testing.assert_allclose(weights @ y[peers], short, rtol=1e-6)
            np.testing.assert_allclose(weights @ b[peers], bad, rtol=1e-6)
        else:
            assert (weights @ x[peers] <= target * (1 + 1e-6)).all()
            assert (weights @ y[peers] >= short - 1e-6 * y[i]).all()
            assert (weights @ b[peers] <= bad * (1 + 1e-6)).all()
        outputs = (found.desirable_slacks[i] / y[i]).sum() + (found.undesirable_slacks[i] / b[i]).sum()
        rho = (1 + sign * (found.input_slacks[i] / x[i]).mean()) / (
            1 - sign * outputs / (y.shape[1] + b.shape[1])
        )
        assert rho == pytest.approx(found.score[i], abs=1e-7)


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_units_of_measurement_do_not_matter(returns):
    x, y, b = sample()
    a = efficiency(x, y, b, returns=returns)
    c = efficiency(x * [1e-6, 1, 1e9], y * [1e4, 1e-8, 3], b * 1e7, returns=returns)
    np.testing.assert_allclose(c.score, a.score, atol=1e-8)
    np.testing.assert_allclose(c.input_slacks[:, 2], 1e9 * a.input_slacks[:, 2], rtol=1e-5, atol=1)


def test_scale_does_not_matter_under_constant_returns():
    x, y, b = sample()
    factor = np.exp(np.random.default_rng(3).normal(size=(len(x), 1)) * 4)
    a, c = efficiency(x, y, b), efficiency(x * factor, y * factor, b * factor)
    np.testing.assert_allclose(c.score, a.score, atol=1e-7)


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_a_dominated_unit_changes_no_other_sbm_score(returns):
    x, y, b = sample()
    before = efficiency(x, y, b, model="sbm", returns=returns)
    more = [np.vstack([part, factor * part[5]]) for part, factor in ((x, 1.2), (y, 0.9), (b, 1.3))]
    after = efficiency(*more, model="sbm", returns=returns)
    np.testing.assert_allclose(after.score[:-1], before.score, atol=1e-8)
    assert after.score[-1] < 1


@pytest.mark.parametrize("part", [0, 1, 2])
def test_doing_better_never_lowers_the_score(part):
    data = sample()
    before = efficiency(*data).score
    for unit in range(0, 48, 6):
        better = [values.copy() for values in data]
        better[part][unit, 0] *= 1.1 if part == 1 else 0.9
        after = efficiency(*better).score
        assert after[unit] >= before[unit] - 1e-8
        others = np.delete(np.arange(48), unit)
        assert (after[others] <= before[others] + 1e-8).all()


def test_super_efficiency_without_a_solution_is_reported_and_not_scored():
    """Unit 0 pollutes a tenth of the next: no weights that sum to one come near it."""
    b = np.array([[1.0], [20], [30], [20], [40]])
    found = efficiency(INPUTS, DESIRABLE, b, returns="vrs")
    assert found.status == ("infeasible",) + ("optimal",) * 4
    assert np.isnan(found.score[0]) and np.isnan(found.input_slacks[0]).all()
    assert found.sbm[0] == 1 and not len(found.peers[0])
    assert not np.isnan(found.score[1:]).any()
    constant = efficiency(INPUTS, DESIRABLE, b)
    assert constant.status == ("optimal",) * 5
    assert constant.score.max() <= 2  # (s1 + s2) / s2


@pytest.mark.parametrize("factor", [1e-9, 1e-12, 1e-15])
def test_a_score_that_cannot_be_told_from_zero_is_reported_and_not_scored(factor):
    y = DESIRABLE.copy()
    y[2] *= factor
    found = efficiency(INPUTS, y, UNDESIRABLE)
    assert found.status[2] == "failed"
    assert np.isnan(found.score[2]) and np.isnan(found.desirable_slacks[2]).all()
    np.testing.assert_allclose(np.delete(found.score, 2), np.delete(GOLDEN["crs"]["two_stage"], 2), atol=6e-7)


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_column_generation_finds_what_whole_programs_find(returns, monkeypatch):
    x, y, b = sample(400)
    few = [efficiency(x, y, b, model=model, returns=returns) for model in ("sbm", "super_sbm")]
    monkeypatch.setattr(solver, "_start", lambda data, reference: np.arange(len(reference)))
    whole = [efficiency(x, y, b, model=model, returns=returns) for model in ("sbm", "super_sbm")]
    for a, c in zip(few, whole, strict=True):
        np.testing.assert_allclose(a.score, c.score, atol=1e-8)
        assert a.status == c.status


@pytest.mark.parametrize("frontier, window", [("yearly", None), ("window", 2)])
def test_a_frontier_is_made_from_its_periods(frontier, window):
    x, y, b = sample()
    shuffled = np.random.default_rng(5).permutation(48)
    x, y, b, periods = x[shuffled], y[shuffled], b[shuffled], PERIODS[shuffled]
    found = efficiency(x, y, b, frontier=frontier, periods=periods, window=window)
    for year in (2019, 2020, 2021, 2022):
        first = year if window is None else max(year - window + 1, 2019)
        rows = np.flatnonzero((periods >= first) & (periods <= max(year, first + (window or 1) - 1)))
        alone = efficiency(x[rows], y[rows], b[rows])
        now = periods[rows] == year
        np.testing.assert_allclose(found.score[rows[now]], alone.score[now], atol=1e-8)
        for row in rows[now]:
            assert np.isin(found.peers[row], rows).all()


def test_a_window_of_all_periods_is_the_pooled_frontier():
    x, y, b = sample()
    pooled = efficiency(x, y, b)
    window = efficiency(x, y, b, frontier="window", window=4, periods=PERIODS)
    yearly = efficiency(x, y, b, model="sbm", frontier="yearly", periods=PERIODS)
    np.testing.assert_allclose(window.score, pooled.score, atol=1e-8)
    assert (yearly.score >= pooled.sbm - 1e-8).all()


def test_chunks_change_no_score(monkeypatch):
    x, y, b = sample(120)
    whole = efficiency(x, y, b).score
    monkeypatch.setattr(solver, "CHUNK", 1)
    np.testing.assert_allclose(efficiency(x, y, b).score, whole, atol=1e-8)


@pytest.mark.parametrize("returns", ["crs", "vrs"])
def test_distances_match_another_solver(returns):
    x, y, b = sample()
    found = malmquist_luenberger(x, y, b, units=UNITS, periods=PERIODS, returns=returns)
    assert found.status == ("optimal",) * 48
    for unit in range(48):
        own = np.flatnonzero(PERIODS[unit] == PERIODS)
        expected = reference_distance(x, y, b, unit, np.arange(48), returns=returns)
        assert found.global_distance[unit] == pytest.approx(expected, abs=1e-7)
        assert found.own_distance[unit] == pytest.approx(
            reference_distance(x, y, b, unit, own, returns=returns), abs=1e-7
        )
    assert (found.own_distance <= found.global_distance + 1e-8).all()


def test_productivity_is_the_product_of_its_parts_and_chains():
    x, y, b = sample()
    found = malmquist_luenberger(x, y, b, units=UNITS, periods=PERIODS)
    assert np.isnan(found.index[:12]).all() and (found.previous[:12] == -1).all()
    np.testing.assert_array_equal(found.previous[12:], np.arange(36))
    np.testing.assert_array_equal(found.index, found.efficiency_change * found.technical_change)
    ratio = (1 + found.global_distance[:-12]) / (1 + found.global_distance[12:])
    np.testing.assert_allclose(found.index[12:], ratio, rtol=1e-14)
    # Circular: the changes from year to year multiply to the change from the first to the last.
    chained = found.index[12:].reshape(3, 12).prod(axis=0)
    np.testing.assert_allclose(chained, (1 + found.global_distance[:12]) / (1 + found.global_distance[36:]))


def test_productivity_by_hand():
    """One input and one good at a constant ratio of good to bad: beta is the gap to the best."""
    x = np.ones((4, 1))
    y, b = np.array([[1.0], [2], [1.6], [2]]), np.array([[1.0], [1], [1], [1]])
    # Against y <= 2 x at b = x: 1 + beta <= 2 (1 - beta) for city A in 2020, so beta = 1/3;
    # in 2021 1.6 (1 + beta) <= 2 (1 - beta), beta = 1/9. City B is the frontier.
    found = malmquist_luenberger(x, y, b, units=["A", "B", "A", "B"], periods=[2020, 2020, 2021, 2021])
    np.testing.assert_allclose(found.global_distance, [1 / 3, 0, 1 / 9, 0], atol=1e-9)
    np.testing.assert_allclose(found.index[2:], [1.2, 1.0], atol=1e-9)
    np.testing.assert_allclose(found.efficiency_change[2:], [1.2, 1.0], atol=1e-9)
    np.testing.assert_allclose(found.technical_change[2:], [1.0, 1.0], atol=1e-9)


def test_productivity_starts_anew_after_a_gap():
    x, y, b = sample()
    keep = np.ones(48, dtype=bool)
    keep[12] = False  # city 0 in 2020
    units = [unit for unit, kept in zip(UNITS, keep, strict=True) if kept]
    found = malmquist_luenberger(x[keep], y[keep], b[keep], units=units, periods=PERIODS[keep])
    first = [i for i, unit in enumerate(units) if unit == "city 0"]
    assert np.isnan(found.index[first]).tolist() == [True, True, False]


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_values_that_cannot_be_divided_by_are_named(value):
    x, y, b = sample(4, 1, 1, 1)
    y[2, 0] = value
    names = ["capital", "patents", "so2"]
    with pytest.raises(SampleError, match=r"uer_m4: patents of 济南 2011 is .*positive"):
        labels = ["北京 2011", "天津 2011", "济南 2011", "青岛 2011"]
        efficiency(x, y, b, indicators=names, labels=labels, context="uer_m4")
    with pytest.raises(SampleError, match="patents of C 2020"):
        malmquist_luenberger(x, y, b, units="ABCD", periods=[2020] * 4, indicators=names)
    with pytest.raises(SampleError, match="desirable output 1 of row 2"):
        efficiency(x, y, b)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"model": "bar"}, "model must be one of two_stage, sbm, super_sbm, not 'bar'"),
        ({"returns": "nirs"}, "returns must be one of crs, vrs"),
        ({"frontier": "global"}, "frontier must be one of"),
        ({"frontier": "yearly"}, "needs one period"),
        ({"frontier": "window", "periods": PERIODS, "window": 5}, "from 1 to 4 periods, not 5"),
        ({"frontier": "window", "periods": PERIODS}, "not None"),
        ({"indicators": ["a"]}, "1 names for 7 indicators"),
        ({"labels": ["a"]}, "1 labels for 48 units"),
    ],
)
def test_unknown_options_and_shapes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        efficiency(*sample(), **options)


def test_a_unit_alone_in_its_period_is_refused():
    x, y, b = sample(5)
    with pytest.raises(SampleError, match="a single unit in period 2021"):
        efficiency(x, y, b, frontier="yearly", periods=[2020] * 4 + [2021])


def test_a_unit_twice_in_a_period_is_refused():
    x, y, b = sample(4)
    with pytest.raises(SampleError, match=r"A 2020 occurs twice \(rows 0 and 1\)"):
        malmquist_luenberger(x, y, b, units="AABB", periods=[2020, 2020, 2020, 2021])
