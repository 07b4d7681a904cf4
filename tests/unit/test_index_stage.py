"""Index stage: what the rules' scripts write from a declaration."""

import numpy as np
import pandas as pd
import pytest

from compute_efficiency import compute_efficiency
from compute_index import compute_index
from compute_productivity import compute_productivity
from nianjian import seeds, storage
from nianjian.errors import SampleError
from nianjian.indices.composite import composite_index
from nianjian.indices.efficiency import efficiency
from nianjian.indices.normalise import min_max
from nianjian.indices.productivity import malmquist_luenberger
from nianjian.indices.weights import critic_weights, topsis

NAMES = ["a", "b", "c"]
DIMENSIONS = {
    "first": [{"indicator": "a", "sign": "+"}, {"indicator": "b", "sign": "-"}],
    "second": [{"indicator": "c", "sign": "+"}],
}


@pytest.fixture
def sample(tmp_path):
    """Twelve cities in four years."""
    rng = np.random.default_rng(3)
    n = 48
    frame = pd.DataFrame(rng.lognormal(size=(n, 3)), columns=NAMES)
    frame.insert(0, "city", np.repeat(np.arange(101, 113), 4))
    frame.insert(1, "city_name", [f"城{city}" for city in frame["city"]])
    frame.insert(2, "year", np.tile(np.arange(2001, 2005), 12))
    storage.write_wide(frame, tmp_path / "sample.parquet", ["city", "year"])
    return frame


def run(tmp_path, **changes):
    spec = {"method": "critic", "dimensions": DIMENSIONS, "sensitivity": {"bootstrap": 20}, **changes}
    paths = [tmp_path / name for name in ("scores", "weights", "sensitivity")]
    compute_index(tmp_path / "sample.parquet", "idx", spec, *paths, study="demo", seed=7)
    return [storage.read_table(path) for path in paths]


def test_scores_are_those_of_the_library_and_dimensions_add_up(sample, tmp_path):
    scores, weights, _ = run(tmp_path, scale=100)
    expected = composite_index(
        sample[NAMES], indicators=NAMES, signs=[1, -1, 1], method="critic", scale=100
    ).scores
    np.testing.assert_allclose(scores["idx"], expected, rtol=1e-13)
    assert (scores["idx_first"] + scores["idx_second"]).tolist() == scores["idx"].tolist()
    assert weights.set_index("indicator")["weight"].sum() == pytest.approx(1)


def test_bootstrap_draws_whole_cities_and_is_seeded_by_name(sample, tmp_path):
    _, weights, rows = run(tmp_path)
    _, again, _ = run(tmp_path)
    pd.testing.assert_frame_equal(weights, again)
    assert (weights["conf_low"] < weights["conf_high"]).all()
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    rng = seeds.generator(7, "demo", "idx", "bootstrap")
    drawn = []
    cities = sample["city"].to_numpy()
    for _ in range(20):
        chosen = rng.choice(np.arange(12), size=12)
        own = np.concatenate([np.flatnonzero(cities == 101 + city) for city in chosen])
        drawn.append(critic_weights(scaled[own]))
    low = np.quantile(drawn, 0.025, axis=0)
    np.testing.assert_allclose(weights.set_index("indicator").loc[NAMES, "conf_low"], low)
    assert set(rows["choice"]) == {"leave_one_out", "bootstrap"}


def test_yearly_weights_are_each_year_s_own(sample, tmp_path):
    scores, weights, rows = run(tmp_path, weights_from="year")
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    by_year = {}
    for year in range(2001, 2005):
        own = (sample["year"] == year).to_numpy()
        by_year[year] = critic_weights(scaled[own])
        np.testing.assert_allclose(scores.loc[own, "idx"], scaled[own] @ by_year[year])
    stored = rows[rows["choice"] == "year"].pivot(index="name", columns="indicator", values="value")
    np.testing.assert_allclose(stored.loc["2003", NAMES], by_year[2003])
    mean = np.mean(list(by_year.values()), axis=0)
    np.testing.assert_allclose(weights.set_index("indicator").loc[NAMES, "weight"], mean)


def test_base_period_weights_do_not_see_later_years(sample, tmp_path):
    _, first, _ = run(
        tmp_path, weights_from=[2001, 2002], normalise="bounds", bounds={key: [0, 1e3] for key in NAMES}
    )
    late = sample["year"] > 2002
    sample.loc[late, NAMES] = sample.loc[late, NAMES] * [3, 1, 0.5]
    storage.write_wide(sample, tmp_path / "sample.parquet", ["city", "year"])
    _, second, _ = run(
        tmp_path, weights_from=[2001, 2002], normalise="bounds", bounds={key: [0, 1e3] for key in NAMES}
    )
    assert first["weight"].tolist() == second["weight"].tolist()
    with pytest.raises(SampleError, match="no year of the base period 1990 to 1995"):
        run(tmp_path, weights_from=[1990, 1995])


def test_given_weights_are_taken_as_given(sample, tmp_path):
    scores, weights, rows = run(tmp_path, method="given", given={"a": 2, "b": 1, "c": 1})
    assert weights.set_index("indicator")["weight"].to_dict() == {"a": 0.5, "b": 0.25, "c": 0.25}
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    np.testing.assert_allclose(scores["idx"], scaled @ [0.5, 0.25, 0.25])
    assert weights["conf_low"].isna().all() and "bootstrap" not in set(rows["choice"])


def test_topsis_has_no_dimensions(sample, tmp_path):
    scores, _, _ = run(tmp_path, aggregate="topsis")
    scaled = min_max(sample[NAMES].to_numpy(), [1, -1, 1]).scaled
    np.testing.assert_allclose(scores["idx"], topsis(scaled, critic_weights(scaled)))
    assert list(scores) == ["city", "year", "idx"]
    with pytest.raises(ValueError, match="topsis needs one set of weights"):
        run(tmp_path, aggregate="topsis", weights_from="year")


def test_winsorising_and_rescaling(sample, tmp_path):
    scores, weights, _ = run(tmp_path, winsorise=[0.1, 0.9], rescale=[0.01, 1])
    assert scores["idx"].min() == pytest.approx(0.01) and scores["idx"].max() == pytest.approx(1)
    assert list(scores) == ["city", "year", "idx"]
    assert weights.set_index("indicator").loc["a", "max"] == pytest.approx(sample["a"].quantile(0.9))


@pytest.mark.parametrize(
    ("normalise", "extra"),
    [
        ("by_year", {}),
        ("rank", {}),
        ("quantiles", {"quantiles": [0.05, 0.95]}),
        ("z_score", {"method": "sd"}),
    ],
)
def test_every_normaliser_can_be_declared(sample, tmp_path, normalise, extra):
    scores, _, rows = run(tmp_path, normalise=normalise, **extra)
    assert scores["idx"].notna().all() and scores["idx"].std() > 0
    assert rows["value"].notna().all()


def test_alternatives_are_compared_by_rank(sample, tmp_path):
    _, _, rows = run(
        tmp_path, sensitivity={"leave_one_out": False, "alternatives": ["critic", "equal", "pca"]}
    )
    assert set(rows["name"]) == {"equal", "pca"}  # the index's own is no alternative
    rho = rows[rows["statistic"] == "rank_correlation"].set_index("name")["value"]
    assert rho.between(-1, 1).all()


INPUTS = {"inputs": ["a"], "desirable": ["b"], "undesirable": ["c"], "returns": "crs"}


def test_efficiency_writes_scores_slacks_and_peers(sample, tmp_path):
    spec = INPUTS | {"model": "two_stage", "frontier": "pooled", "window": None}
    paths = [tmp_path / name for name in ("scores", "slacks", "peers")]
    compute_efficiency(tmp_path / "sample.parquet", [], "eff", spec, *paths)
    scores, slacks, peers = (storage.read_table(path) for path in paths)
    found = efficiency(sample[["a"]], sample[["b"]], sample[["c"]])
    np.testing.assert_array_equal(scores["eff"], found.score)
    assert set(scores["eff_status"]) == {"optimal"}
    assert len(slacks) == 3 * len(sample) and (slacks["slack"] >= 0).all()
    one = slacks[(slacks["city"] == 101) & (slacks["year"] == 2001)].set_index("variable")
    np.testing.assert_allclose(one.loc["a", "share"], one.loc["a", "slack"] / sample["a"].iloc[0])
    assert (peers["intensity"] > 0).all() and set(peers["peer_city"]) <= set(sample["city"])


def test_productivity_levels_are_products_of_changes(sample, tmp_path):
    compute_productivity(tmp_path / "sample.parquet", [], "gml", INPUTS, tmp_path / "scores")
    scores = storage.read_table(tmp_path / "scores")
    found = malmquist_luenberger(
        sample[["a"]], sample[["b"]], sample[["c"]], units=sample["city"].tolist(), periods=sample["year"]
    )
    np.testing.assert_array_equal(scores["gml"], found.index)
    first = scores[scores["city"] == 101]
    assert first["gml"].isna().tolist() == [True, False, False, False]
    np.testing.assert_allclose(first["gml_level"], np.r_[1, np.cumprod(first["gml"].iloc[1:])])
    np.testing.assert_allclose(first["gml_ec"] * first["gml_tc"], first["gml"])


def test_a_zero_output_names_city_and_year(sample, tmp_path):
    sample.loc[5, "b"] = 0.0
    storage.write_wide(sample, tmp_path / "sample.parquet", ["city", "year"])
    with pytest.raises(SampleError, match=r"efficiency 'eff'.*b.*城102 2002"):
        spec = INPUTS | {"model": "sbm", "frontier": "yearly", "window": None}
        compute_efficiency(tmp_path / "sample.parquet", [], "eff", spec, *(tmp_path / x for x in "abc"))


def test_a_column_that_nobody_declares_is_named(sample, tmp_path):
    with pytest.raises(SampleError, match="no column d; declare it"):
        spec = INPUTS | {"inputs": ["d"]}
        compute_productivity(tmp_path / "sample.parquet", [], "gml", spec, tmp_path / "scores")
