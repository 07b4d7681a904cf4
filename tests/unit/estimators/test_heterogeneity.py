"""Differences between groups: subsamples, known differences, errors."""

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian import estimates
from nianjian.errors import EstimationError
from nianjian.estimators import heterogeneity, twfe

MODEL = {"outcome": "y", "treatment": "policy", "controls": ["x"], "by": "region", "spec": "groups"}


def simulate(cities=60, years=8, seed=0, effects=(0.5, 1.0, 0.2), present=0.95):
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    start = np.where(rng.random(cities) < 0.6, rng.integers(2, years, size=cities), years)
    frame = pd.DataFrame({"city": city, "year": 2003 + year, "policy": (year >= start[city]).astype(int)})
    group = city % 3
    frame["region"] = np.array(["centre", "east", "west"])[group]
    frame["x"] = rng.normal(size=len(frame)) + 0.2 * year * group
    frame["y"] = np.array(effects)[group] * frame["policy"] + (1 + group) * frame["x"] + year * group
    frame["y"] += rng.normal(size=cities)[city] + 0.4 * rng.normal(size=len(frame))
    frame["treated"] = start[city] < years
    return frame[rng.random(len(frame)) < present].reset_index(drop=True)


@pytest.fixture(scope="module")
def panel():
    return simulate()


@pytest.fixture(scope="module")
def fit(panel):
    return heterogeneity.fit(panel, **MODEL)


def test_recovers_known_differences():
    fit = heterogeneity.fit(simulate(cities=285, years=15, seed=1), **MODEL)
    rows = addressed(fit.tidy("s", "groups"))
    for group, effect in (("centre", 0.5), ("east", 1.0), ("west", 0.2)):
        row = rows.loc[("effect", f"effect[{group}]")]
        assert abs(row["estimate"] - effect) < 4 * row["std_error"] < 0.3
    assert rows.loc[("test", "difference"), "p_value"] < 1e-4
    assert rows.loc[("test", "difference[centre|east]"), "estimate"] == pytest.approx(0.5, abs=0.15)


def test_the_test_is_silent_as_often_as_it_says():
    rejected = 0
    for seed in range(60):
        panel = simulate(seed=100 + seed, effects=(0.5, 0.5, 0.5))
        table = heterogeneity.fit(panel, **MODEL).tidy("s", "x")
        rejected += addressed(table).loc[("test", "difference"), "p_value"] < 0.05
    assert rejected <= 8  # 3 are expected


@pytest.mark.parametrize("cluster", ["city", ["city", "year"]])
def test_estimates_are_those_of_the_subsamples(panel, cluster):
    fit = heterogeneity.fit(panel, **MODEL, cluster=cluster)
    for j, group in enumerate(fit.groups):
        part = panel[panel["region"] == group]
        alone = twfe.fit(
            part, outcome="y", regressors=["policy", "x"], absorb=["city", "year"], cluster=cluster
        )
        assert fit.params[j] == pytest.approx(alone.params[0], rel=1e-10)
        at = fit.regression.names.index(f"x[{group}]")
        assert fit.regression.params[at] == pytest.approx(alone.params[1], rel=1e-10)
        assert fit.sizes[group]["nobs"] == alone.nobs and fit.sizes[group]["units"] == 20
        if cluster == "city":
            # The same sandwich but for the factor.
            factors = []
            for regression, k in ((fit.regression, 6), (alone, 2)):
                n, g = regression.nobs, regression.clusters["city"]
                factors.append((n - 1) / (n - k - regression.df_absorbed - 1) * g / (g - 1))
            known = alone.vcov[0, 0] * factors[0] / factors[1]
            assert fit.vcov[j, j] == pytest.approx(known, rel=1e-10)


def test_cities_of_different_groups_are_uncorrelated_and_the_error_adds_up(fit):
    off = fit.vcov[~np.eye(3, dtype=bool)]
    np.testing.assert_allclose(off, 0, atol=1e-15)
    estimate, variance = fit.difference(0, 2)
    assert estimate == pytest.approx(fit.params[2] - fit.params[0])
    assert variance == pytest.approx(fit.vcov[0, 0] + fit.vcov[2, 2])


def test_two_groups_give_the_interaction_of_one_regression(panel):
    two = panel.assign(east=panel["region"] == "east")
    fit = heterogeneity.fit(two, **{**MODEL, "by": "east"})
    assert fit.groups == ("False", "True")
    frame = two.assign(policy_east=two["policy"] * two["east"], x_east=two["x"] * two["east"])
    known = twfe.fit(
        frame,
        outcome="y",
        regressors=["policy", "policy_east", "x", "x_east"],
        absorb=["city", "east#year"],
        cluster="city",
    )
    row = addressed(fit.tidy("s", "x")).loc[("test", "difference")]
    assert row["estimate"] == pytest.approx(known.params[1], rel=1e-9)
    assert row["std_error"] == pytest.approx(known.std_errors[1], rel=1e-9)
    assert row["p_value"] == pytest.approx(known.p_values[1], rel=1e-8)
    assert fit.joint()[0] == pytest.approx(known.t[1] ** 2, rel=1e-8)


def test_the_joint_test_does_not_depend_on_the_order(panel, fit):
    other = heterogeneity.fit(panel, **MODEL, groups=["west", "centre", "east"])
    assert other.groups == ("west", "centre", "east")
    assert other.joint()[0] == pytest.approx(fit.joint()[0], rel=1e-9)
    assert other.difference(1, 2)[0] == pytest.approx(fit.difference(0, 1)[0])


def test_some_groups_only_leaves_the_others_out(panel):
    fit = heterogeneity.fit(panel, **MODEL, groups=["east", "west"])
    assert fit.regression.nobs == (panel["region"] != "centre").sum()


def test_groups_that_share_the_untreated_are_regressions_on_both(panel):
    kinds = panel.assign(region=panel["region"].where(panel["treated"]))
    fit = heterogeneity.fit(kinds, **MODEL, shared=True)
    for j, group in enumerate(fit.groups):
        part = kinds[(kinds["region"] == group) | kinds["region"].isna()]
        alone = twfe.fit(
            part, outcome="y", regressors=["policy", "x"], absorb=["city", "year"], cluster="city"
        )
        assert fit.params[j] == pytest.approx(alone.params[0], rel=1e-10)
    assert fit.regression.clusters["city"] == panel["city"].nunique()
    # The same controls stand behind all, so the estimates move together.
    correlation = fit.vcov[0, 1] / np.sqrt(fit.vcov[0, 0] * fit.vcov[1, 1])
    assert 0.05 < correlation < 0.95


def test_order_of_rows_and_relabelling_change_nothing(panel, fit):
    other = heterogeneity.fit(panel.sample(frac=1, random_state=3).assign(city=panel["city"] * -7), **MODEL)
    np.testing.assert_allclose(other.params, fit.params, rtol=1e-10)
    np.testing.assert_allclose(other.vcov, fit.vcov, rtol=1e-9, atol=1e-14)


def test_a_control_without_variation_in_a_group_is_dropped_there(panel):
    frame = panel.assign(x=panel["x"].where(panel["region"] != "west", 3.0))
    fit = heterogeneity.fit(frame, **MODEL)
    assert set(fit.regression.dropped) == {"x[west]"}
    row = addressed(fit.tidy("s", "groups")).loc[("fit", "dropped[x|absorbed|west]")]
    assert (row["variable"], row["group"], row["other"], row["estimate"]) == ("x", "absorbed", "west", 0)


def test_tidy_has_the_schema_of_estimates(panel, fit, tmp_path):
    table = fit.tidy("s", "groups")
    estimates.write(table, tmp_path / "e.parquet")
    rows = addressed(table)
    joint = rows.loc[("test", "difference")]
    assert joint["statistic"] == fit.joint()[0] and joint["df"] == 59 and 0 < joint["p_value"] < 1
    assert rows.loc[("fit", "difference_terms"), "estimate"] == 2
    treated = panel[panel["policy"] == 1].groupby("region")["city"].nunique()
    assert rows.loc[("fit", "treated_units[east]"), "estimate"] == treated["east"]
    coefficient = rows.loc[("coefficient", "policy[east]")]
    assert coefficient["variable"] == "policy" and coefficient["group"] == "east"
    pair = rows.loc[("test", "difference[centre|east]")]
    assert (pair["variable"], pair["group"], pair["other"]) == ("policy", "centre", "east")


def test_one_treated_city_in_a_group_is_flagged(panel, caplog):
    city = panel.loc[(panel["region"] == "east") & panel["treated"], "city"].iloc[0]
    one = panel.assign(policy=panel["policy"].where((panel["region"] != "east") | (panel["city"] == city), 0))
    fit = heterogeneity.fit(one, **MODEL)
    assert fit.sizes["east"]["treated_units"] == 1
    assert "group east: only one city is treated" in caplog.text


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f, {"by": "area"}, "no column area"),
        (lambda f: f.assign(region="east"), {}, "'region' has one group"),
        (lambda f: f, {"groups": ["east", "north"]}, "no row of the sample has region north; it has centre"),
        (
            lambda f: f.assign(region=f["region"].where(f["city"] > 0)),
            {},
            r"\d rows have no group 'region'",
        ),
        (lambda f: f.assign(policy=f["policy"] * (f["region"] != "west")), {}, "group west: .* never holds"),
        (
            lambda f: f.assign(policy=f["policy"].where(f["region"] != "west", 1)),
            {},
            "group west: .* always holds",
        ),
        (
            lambda f: f.assign(policy=f["policy"].where(f["region"] != "west", f["city"] % 2)),
            {},
            "group west: .* is absorbed by",
        ),
        (lambda f: f.assign(x="high"), {}, "x is not numeric"),
        (lambda f: f.assign(x=f["x"].where(f["year"] > 2006)), {}, "missing or infinite"),
        (lambda f: pd.concat([f, f.head(2)]), {}, "2 rows repeat a key"),
        (lambda f: f.assign(**{"x[east]": 1}), {}, r"the sample has columns x\[east\]; rename"),
        (lambda f: f.head(0), {}, "the sample is empty; check"),
    ],
)
def test_errors_say_what_is_wrong(panel, change, options, message):
    with pytest.raises(EstimationError, match=f"spec 'groups': .*{message}"):
        heterogeneity.fit(change(panel), **{**MODEL, **options})
