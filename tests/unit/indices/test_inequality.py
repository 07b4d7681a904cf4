"""Gini, its decompositions, Theil, resampling, convergence and densities."""

import numpy as np
import pytest
from scipy import stats

from nianjian.errors import SampleError
from nianjian.indices.between_permutation import permute_between
from nianjian.indices.convergence import beta_convergence
from nianjian.indices.densities import kernel_densities, silverman
from nianjian.indices.gini import between_benchmark, dagum, gini, gini_cells
from nianjian.indices.rows import TIE, bootstrap, group_codes, resample
from nianjian.indices.theil import theil

# The worked example of the studies' notation, M3: five cities, two components, two groups; the totals
# 0.40 and 0.45 are tied across and within groups.
PARTS = np.array([[0.3, 0.1], [0.25, 0.2], [0.1, 0.15], [0.4, 0.05], [0.2, 0.2]])
LABELS = list("AABBB")


def sample(seed, n=60, k=4, q=3, ties=True):
    rng = np.random.default_rng(seed)
    parts = rng.lognormal(size=(n, q))
    if ties:
        parts = np.round(parts * 2) / 4  # exact in binary, so totals tie exactly
    return parts, np.r_[np.arange(k), rng.integers(0, k, n - k)]


def brute_cells(parts, labels):
    """Equation (13) by its double sum, with the two ways to break a tie averaged."""
    totals, n = parts.sum(axis=1), len(parts)
    groups = sorted(set(labels))
    cells = np.zeros((len(groups), len(groups), parts.shape[1]))
    for i in range(n):
        for r in range(n):
            smaller = parts[i] if totals[i] < totals[r] else parts[r]
            if totals[i] == totals[r]:
                smaller = (parts[i] + parts[r]) / 2
            j, h = sorted((groups.index(labels[i]), groups.index(labels[r])))
            cells[j, h] += (parts[i] + parts[r] - 2 * smaller) / (2 * totals.mean() * n**2)
    pairs = [(j, j) for j in range(len(groups))]
    pairs += [(j, h) for j in range(len(groups)) for h in range(j + 1, len(groups))]
    return np.array([cells[pair] for pair in pairs]).T


def brute_gini(values):
    return np.abs(values[:, None] - values).sum() / (2 * values.mean() * len(values) ** 2)


def test_cells_match_the_worked_example():
    result = gini_cells(PARTS, LABELS, components=["1", "2"])
    assert result.pairs == (("A", "A"), ("B", "B"), ("A", "B"))
    expected = [[-0.005128, 0.061538, 0.051282], [0.010256, -0.020513, -0.005128]]
    np.testing.assert_allclose(result.cells, expected, atol=1e-6)
    np.testing.assert_allclose(result.by_component, [0.107692, -0.015385], atol=1e-6)
    assert result.gini == pytest.approx(0.092308, abs=1e-6)
    assert result.cells.sum() == pytest.approx(result.gini, abs=1e-15)
    assert result.shares.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cells_match_the_double_sum(seed, ties):
    parts, labels = sample(seed, ties=ties)
    result = gini_cells(parts, labels)
    np.testing.assert_allclose(result.cells, brute_cells(parts, labels), rtol=1e-10, atol=1e-15)
    assert result.gini == pytest.approx(brute_gini(parts.sum(axis=1)), rel=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_cells_add_up_and_meet_dagum(seed):
    parts, labels = sample(seed, n=400, k=5, ties=seed % 2)
    cells, parted = gini_cells(parts, labels), dagum(parts.sum(axis=1), labels)
    for total in (
        cells.cells.sum(),
        cells.by_component.sum(),
        cells.by_pair.sum(),
        cells.within + cells.between,
        parted.within + parted.net_between + parted.transvariation,
    ):
        assert total == pytest.approx(cells.gini, abs=5e-15)
    assert parted.gini == cells.gini and parted.benchmark == cells.benchmark
    assert parted.within == pytest.approx(cells.within, abs=1e-15)
    assert (cells.by_pair >= 0).all()
    np.testing.assert_allclose(parted.own, cells.own, rtol=1e-12)
    np.testing.assert_allclose(np.diagonal(parted.pair_gini), parted.own, rtol=1e-12)


def test_own_ginis_are_those_of_the_groups_alone():
    parts, labels = sample(7)
    totals = parts.sum(axis=1)
    own = [brute_gini(totals[labels == j]) for j in range(4)]
    np.testing.assert_allclose(gini_cells(parts, labels).own, own, rtol=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_dagum_matches_its_definition(seed):
    parts, labels = sample(seed)
    x, result = parts.sum(axis=1), dagum(parts.sum(axis=1), labels)
    n, net, trans = len(x), 0.0, 0.0
    for j in range(4):
        for h in range(4):
            high, low = sorted((x[labels == j], x[labels == h]), key=np.mean, reverse=True)
            difference = high[:, None] - low
            d, p = np.maximum(difference, 0).mean(), np.maximum(-difference, 0).mean()
            between = (d + p) / (high.mean() + low.mean())
            assert result.pair_gini[j, h] == pytest.approx(between, rel=1e-12)
            if j > h:
                assert result.affluence[j, h] == pytest.approx((d - p) / (d + p), rel=1e-11)
                shares = [(part.size / n, part.sum() / x.sum()) for part in (high, low)]
                weight = shares[0][0] * shares[1][1] + shares[1][0] * shares[0][1]
                net += between * weight * (d - p) / (d + p)
                trans += between * weight * 2 * p / (d + p)
    assert result.net_between == pytest.approx(net, rel=1e-11)
    assert result.transvariation == pytest.approx(trans, rel=1e-11)


def test_groups_that_do_not_overlap_have_no_transvariation():
    result = dagum([1, 2, 3, 10, 11, 12], list("aaabbb"))
    assert result.transvariation == 0 and result.affluence[0, 1] == 1
    equal_means = dagum([1, 3, 0, 4], list("aabb"))
    assert equal_means.net_between == 0 and equal_means.transvariation > 0


def test_equal_cities_have_no_inequality():
    assert gini(np.full(7, 0.1)) == 0
    cells = gini_cells(np.full((6, 2), 0.1), list("aabbbc"))
    assert cells.gini == 0 and not cells.cells.any() and np.isnan(cells.shares).all()
    assert theil(np.full(6, 0.3), list("aabbbc")).total == pytest.approx(0, abs=1e-15)
    result = dagum(np.full(6, 0.1), list("aabbbc"))
    assert (result.within, result.net_between, result.transvariation) == (0, 0, 0)


def test_one_city_with_everything_is_the_most_unequal():
    assert gini([0, 0, 0, 0, 5]) == pytest.approx(1 - 1 / 5)
    assert theil([0, 0, 0, 0, 5]).total == pytest.approx(np.log(5))


def test_units_replication_and_names_do_not_matter():
    parts, labels = sample(11, ties=False)
    base = gini_cells(parts, labels)
    twice = gini_cells(np.r_[parts, parts], np.r_[labels, labels])
    np.testing.assert_allclose(twice.cells, base.cells, rtol=1e-9, atol=1e-16)
    np.testing.assert_allclose(gini_cells(1e9 * parts, labels).cells, base.cells, rtol=1e-9, atol=1e-16)
    named = np.array(["west", "east", "centre", "north"])[labels]
    other = gini_cells(parts, named, order=["west", "east", "centre", "north"])
    assert other.groups == ("west", "east", "centre", "north") and (other.cells == base.cells).all()
    rows = np.random.default_rng(0).permutation(len(parts))
    np.testing.assert_allclose(gini_cells(parts[rows], labels[rows]).cells, base.cells, rtol=1e-9, atol=1e-16)
    for kind in ("T", "L"):
        totals = parts.sum(axis=1)
        a, b = theil(totals, labels, kind=kind), theil(np.tile(7 * totals, 3), np.tile(labels, 3), kind=kind)
        assert (a.within, a.between) == pytest.approx((b.within, b.between), rel=1e-12)


def test_totals_that_differ_by_rounding_are_tied():
    # 0.1 + 0.2 + 0 exceeds 0.3 + 0 + 0 in floating point; without a tie the components would get +-0.3.
    parts = np.array([[0.1, 0.2, 0.0], [0.3, 0.0, 0.0], [0.0, 0.0, 0.3]])
    assert np.ptp(parts.sum(axis=1)) > 0
    assert not gini_cells(parts, list("abb")).cells.any()


def test_groups_of_one_and_one_group_only():
    result = gini_cells(PARTS, list("ABCDE"))
    assert result.within == 0 and (result.own == 0).all() and result.benchmark == 1
    assert result.between == pytest.approx(result.gini, abs=1e-16)
    whole = gini_cells(PARTS, ["x"] * 5)
    assert whole.between == 0 and whole.benchmark == 0
    assert whole.own[0] == pytest.approx(whole.gini, rel=1e-14)
    assert np.isnan(dagum([3.0], ["x"]).benchmark) and gini([3.0]) == 0


def test_random_labels_are_the_benchmark():
    assert between_benchmark([83, 80, 80, 34]) == pytest.approx(0.7310, abs=5e-5)
    rng = np.random.default_rng(5)
    values, labels = rng.lognormal(size=30), np.repeat([0, 1, 2], [15, 10, 5])
    shares = [
        (lambda cells: cells.between / cells.gini)(gini_cells(values[:, None], rng.permutation(labels)))
        for _ in range(800)
    ]
    assert np.mean(shares) == pytest.approx(between_benchmark([15, 10, 5]), abs=0.005)
    for sizes in ([1], [0, 3], [[1, 2]]):
        with pytest.raises(ValueError, match="sizes"):
            between_benchmark(sizes)


def test_negative_and_zero_values():
    values = np.array([-1.0, 2, 3, 0])
    assert gini(values) == pytest.approx(brute_gini(values))
    for bad in ([-3.0, 1, 1], [0, 0], [-1, 1]):
        with pytest.raises(SampleError, match=r"score: mean .*positive mean"):
            gini(bad, context="score")
        with pytest.raises(SampleError, match="positive mean"):
            gini_cells(np.array(bad)[:, None], [0] * len(bad))
    for function in (dagum, lambda x, g: gini_cells(np.array(x)[:, None], g)):
        with pytest.raises(SampleError, match="group west has mean 0"):
            function([1, 2, 0, 0], ["east", "east", "west", "west"])
    with pytest.raises(SampleError, match="score: 1 of 3 values are negative, which Theil's T"):
        theil([1, -1, 3], context="score")
    with pytest.raises(SampleError, match="2 of 3 values are zero or negative, which Theil's L"):
        theil([0, -1, 3], kind="L")
    with pytest.raises(SampleError, match="all 2 values are zero"):
        theil([0, 0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_values_and_labels_are_errors(bad):
    with pytest.raises(SampleError, match="score: 1 missing or infinite of 2"):
        gini([1, bad], context="score")
    for function in (dagum, theil, kernel_densities):
        with pytest.raises(SampleError, match="1 missing"):
            function([1, bad], [0, 1])
    with pytest.raises(SampleError, match="1 missing"):
        gini_cells([[1, 2], [bad, 1]], [0, 1])
    for labels in (["a", None, "b"], [1.0, np.nan, 2.0], ["a", np.nan, "b"]):
        with pytest.raises(SampleError, match="1 of 3 units have no group"):
            dagum([1, 2, 3], labels)


def test_labels_and_shapes_are_checked():
    with pytest.raises(SampleError, match="north not among the groups east, west"):
        group_codes(["east", "north"], 2, order=["east", "west"])
    with pytest.raises(SampleError, match="no unit in west"):
        group_codes(["east", "east"], 2, order=["east", "west"])
    with pytest.raises(ValueError, match="twice in east, east"):
        group_codes(["east", "east"], 2, order=["east", "east"])
    with pytest.raises(ValueError, match="labels"):
        dagum([1, 2, 3], [0, 1])
    with pytest.raises(ValueError, match="3 component names for 2"):
        gini_cells(PARTS, LABELS, components=["a", "b", "c"])
    for values in ([], [[1, 2]]):
        with pytest.raises(ValueError, match="expected 1 dimension"):
            gini(values)
    with pytest.raises(ValueError, match="kind"):
        theil([1, 2], kind="G")


@pytest.mark.parametrize("kind", ["T", "L"])
def test_theil_parts_add_up_to_its_definition(kind):
    values, labels = np.random.default_rng(3).lognormal(size=50), np.arange(50) % 4
    ratio = values / values.mean()
    result = theil(values, labels, kind=kind)
    assert result.total == pytest.approx(np.mean(ratio * np.log(ratio) if kind == "T" else -np.log(ratio)))
    assert result.weight.sum() == pytest.approx(1)
    alone = [theil(values[labels == j], kind=kind).total for j in range(4)]
    np.testing.assert_allclose(result.own, alone, rtol=1e-12)
    np.testing.assert_allclose(result.within, result.weight @ alone, rtol=1e-12)


def test_theil_takes_a_group_of_zeros():
    result = theil([0, 0, 1, 3], list("aabb"))
    assert result.own[0] == 0 and result.weight[0] == 0
    assert result.total == pytest.approx(np.mean([0, 0, np.log(1), 3 * np.log(3)]))


def test_bootstrap_is_seeded_and_covers():
    values = np.random.default_rng(1).lognormal(size=200)
    first, again = (bootstrap(gini, values, rng=np.random.default_rng(8), draws=200) for _ in range(2))
    assert first.low == again.low and first.high == again.high
    assert first.low < first.estimate < first.high
    assert first.estimate == gini(values)
    # sd of ln is 1: the population's Gini is erf(1/2).
    assert first.low < 0.5205 < first.high
    labels = np.repeat(["a", "b", "c"], [197, 2, 1])
    cells = bootstrap(
        lambda x, g: gini_cells(x, g).by_pair,
        values[:, None],
        labels,
        rng=np.random.default_rng(2),
        draws=50,
        strata=labels,
    )
    assert cells.low.shape == (6,) and cells.std_error.shape == (6,)


def test_blocks_are_drawn_whole_and_strata_keep_their_size():
    cities = np.array([3, 1, 2, 1, 3, 2, 4, 4])
    rng = np.random.default_rng(1)
    for _ in range(20):
        rows = resample(rng, 8, blocks=cities)
        assert rows.size == 8
        counts = np.bincount(rows, minlength=8)
        assert all(np.ptp(counts[cities == city]) == 0 for city in set(cities.tolist()))
        strata = np.isin(cities, [1, 2]).astype(int)
        assert strata[resample(rng, 8, strata=strata)].sum() == 4
        assert strata[resample(rng, 8, strata=strata, blocks=cities)].sum() == 4
    with pytest.raises(ValueError, match="two strata"):
        resample(rng, 8, strata=np.arange(8) % 2, blocks=np.zeros(8, dtype=int))


def test_bootstrap_checks_its_arguments():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="one length"):
        bootstrap(gini, [1, 2], [1], rng=rng)
    with pytest.raises(ValueError, match="draws"):
        bootstrap(gini, [1, 2], rng=rng, draws=1)
    with pytest.raises(ValueError, match="level"):
        bootstrap(gini, [1, 2], rng=rng, level=95)


@pytest.mark.parametrize("share", ["gross", "net"])
def test_permutation_finds_groups_that_matter(share):
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1, 2], 20)
    values = rng.lognormal(sigma=0.3, size=60)
    result = permute_between(values * (1 + labels), labels, rng=rng, draws=199, share=share)
    assert result.p_value == 1 / 200 and result.observed > result.high
    parted = dagum(values * (1 + labels), labels)
    net = parted.net_between + (parted.transvariation if share == "gross" else 0)
    assert result.observed == pytest.approx(net / parted.gini, rel=1e-12)
    if share == "gross":
        assert result.mean == pytest.approx(result.benchmark, abs=0.01)
    else:
        assert np.isnan(result.benchmark)


def test_permutation_of_meaningless_labels_is_not_significant():
    rng = np.random.default_rng(6)
    p = [
        permute_between(rng.lognormal(size=30), np.arange(30) % 3, rng=rng, draws=49).p_value
        for _ in range(100)
    ]
    assert 0.4 < np.mean(p) < 0.6


def test_permutation_keeps_blocks_together():
    rng = np.random.default_rng(7)
    cities = np.repeat(np.arange(12), 15)
    values = np.repeat(rng.lognormal(size=12), 15) * rng.uniform(0.99, 1.01, 180)
    labels = cities % 3
    blocked = permute_between(values, labels, rng=rng, draws=199, blocks=cities)
    assert blocked.p_value > 0.02  # 12 cities, not 180 observations
    with pytest.raises(ValueError, match="two groups"):
        permute_between(values, np.arange(180) % 3, rng=rng, draws=9, blocks=cities)
    with pytest.raises(SampleError, match="no inequality"):
        permute_between(np.full(4, 0.1), [0, 0, 1, 1], rng=rng)
    with pytest.raises(ValueError, match="share"):
        permute_between(values, labels, rng=rng, share="all")


def test_beta_convergence_recovers_a_known_speed():
    rng = np.random.default_rng(9)
    initial, span, beta = rng.lognormal(size=400), 10.0, -0.04
    growth = 0.05 + beta * np.log(initial) + rng.normal(0, 0.005, 400)
    result = beta_convergence(initial, initial * np.exp(span * growth), span)
    fit = stats.linregress(np.log(initial), growth)
    assert (result.beta, result.alpha) == pytest.approx((fit.slope, fit.intercept), rel=1e-10)
    assert result.r2 == pytest.approx(fit.rvalue**2) and result.n == 400
    assert result.std_error == pytest.approx(fit.stderr, rel=0.2)
    assert result.beta == pytest.approx(beta, abs=0.001) and result.p_value < 1e-10
    assert result.speed == pytest.approx(-np.log(1 - 0.4) / 10, rel=0.03)
    assert result.half_life == pytest.approx(np.log(2) / result.speed)
    away = beta_convergence([1, 2, 4], [1, 3, 9], 1)
    assert away.beta > 0 and np.isnan(away.half_life)
    assert np.isnan(beta_convergence([1, 2, 4], [16, 4, 1], 1).speed)
    with pytest.raises(SampleError, match="same level"):
        beta_convergence([2, 2, 2], [1, 2, 3], 1)
    with pytest.raises(SampleError, match="the logarithm"):
        beta_convergence([0, 2, 2], [1, 2, 3], 1)
    with pytest.raises(ValueError, match="three or more"):
        beta_convergence([1, 2], [1, 2, 3], 1)


def test_densities_match_scipy_and_share_a_grid():
    rng = np.random.default_rng(10)
    values, years = np.r_[rng.normal(0, 1, 300), rng.normal(1, 0.5, 300)], np.repeat([2001, 2002], 300)
    result = kernel_densities(values, years, points=400)
    assert result.years == (2001, 2002) and result.density.shape == (2, 400)
    for row, year in enumerate(result.years):
        own = values[years == year]
        kde = stats.gaussian_kde(own, bw_method=result.bandwidth[row] / own.std(ddof=1))
        np.testing.assert_allclose(result.density[row], kde(result.grid), rtol=1e-9, atol=1e-300)
        assert np.trapezoid(result.density[row], result.grid) == pytest.approx(1, abs=0.005)
    assert silverman(values[:300]) == pytest.approx(0.9 * 300**-0.2, rel=0.1)
    assert silverman([0, 0, 0, 0, 0, 1]) == pytest.approx(0.9 * np.std([0, 0, 0, 0, 0, 1], ddof=1) * 6**-0.2)
    with pytest.raises(SampleError, match="score, 2: 2 equal"):
        kernel_densities([1, 2, 3, 3], [1, 1, 2, 2], context="score")


def test_results_are_frozen():
    with pytest.raises(AttributeError):
        gini_cells(PARTS, LABELS).gini = 0
    assert TIE < 1e-9
