"""Mediation: known paths, the identity, exact resampling, errors."""

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian import estimates
from nianjian.errors import EstimationError
from nianjian.estimators import draws, mediation, twfe
from nianjian.numerics import resampling

MODEL = {
    "outcome": "y",
    "mediators": ["m1", "m2"],
    "treatment": "policy",
    "controls": ["x"],
    "draws": 40,
    "study": "s",
    "spec": "paths",
}


def simulate(cities=60, years=8, seed=0, present=0.95, a=0.8, b=0.5, direct=0.3):
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    start = np.where(np.arange(cities) % 2, rng.integers(2, years, size=cities), years)
    frame = pd.DataFrame({"city": city, "year": 2003 + year, "policy": (year >= start[city]).astype(int)})
    level = rng.normal(size=cities)[city]
    frame["x"] = level + rng.normal(size=len(frame))
    frame["m1"] = a * frame["policy"] + 0.4 * frame["x"] + level + 0.5 * rng.normal(size=len(frame))
    frame["m2"] = rng.normal(size=len(frame)) + year
    frame["y"] = direct * frame["policy"] + b * frame["m1"] + frame["x"] + level + year
    frame["y"] += 0.5 * rng.normal(size=len(frame))
    frame["province"] = city % 12
    frame["w"] = 0.5 + rng.random(len(frame))
    return frame[rng.random(len(frame)) < present].reset_index(drop=True)


@pytest.fixture(scope="module")
def panel():
    return simulate()


@pytest.fixture(scope="module")
def fit(panel):
    return mediation.fit(panel, **MODEL)


def rows_of(fit):
    return addressed(fit.tidy("s", "paths"))


def test_recovers_known_paths():
    fit = mediation.fit(simulate(cities=285, years=15, seed=4), **{**MODEL, "draws": 200})
    rows = rows_of(fit).loc["effect"]
    truth = {"a[m1]": 0.8, "b[m1]": 0.5, "direct[m1]": 0.3, "total": 0.7, "indirect[m1]": 0.4}
    for term, value in truth.items():
        assert abs(rows.loc[term, "estimate"] - value) < 4 * rows.loc[term, "std_error"] < 0.2
    assert rows.loc["indirect[m1]", "conf_low"] < 0.4 < rows.loc["indirect[m1]", "conf_high"]
    assert rows.loc["share[m1]", "estimate"] == pytest.approx(0.4 / 0.7, abs=0.1)
    assert rows.loc["indirect[m1]", "p_value"] == pytest.approx(2 / 201)
    # The second mediator is noise: its indirect effect's interval holds zero.
    assert rows.loc["indirect[m2]", "conf_low"] < 0 < rows.loc["indirect[m2]", "conf_high"]


def test_total_is_direct_plus_indirect_exactly(fit):
    for path in fit.paths.values():
        total = fit.total.params[0]
        assert path.direct + path.a * path.b == pytest.approx(total, rel=1e-12)
        assert path.indirect == path.a * path.b
        assert path.share == pytest.approx(path.indirect / total)
    assert rows_of(fit).loc[("fit", "identity_gap"), "estimate"] < 1e-12


def test_sobel_error_is_the_delta_method_and_near_the_resampled_one():
    path = mediation.fit(simulate(seed=2), **{**MODEL, "draws": 300}).paths["m1"]
    errors = [path.first.std_errors[0], path.second.std_errors[path.second.names.index("m1")]]
    assert path.sobel == pytest.approx(np.hypot(path.a * errors[1], path.b * errors[0]))
    assert np.std(path.indirect_draws) == pytest.approx(path.sobel, rel=0.25)


def brute_force(panel, counts, unit, options):
    """Each draw as a data set in which a cluster drawn twice has two sets of cities."""
    codes = pd.factorize(panel[unit], sort=True)[0]
    draws = []
    for count in counts:
        parts = [
            panel[codes == g].assign(city=lambda f, c=copy: f["city"] * 100 + c)
            for g in range(counts.shape[1])
            for copy in range(int(count[g]))
        ]
        drawn = pd.concat(parts, ignore_index=True)
        base = ["policy", "x"]
        first = twfe.fit(drawn, outcome="m1", regressors=base, **options)
        second = twfe.fit(drawn, outcome="y", regressors=[*base, "m1"], **options)
        total = twfe.fit(drawn, outcome="y", regressors=base, **options)
        indirect = first.params[0] * second.params[second.names.index("m1")]
        draws.append((indirect, indirect / total.params[0]))
    return np.array(draws).T


@pytest.mark.parametrize(
    ("unit", "absorb", "weights"),
    [
        ("city", ["city", "year"], None),
        ("city", ["city", "year"], "w"),
        ("province", ["city", "year"], None),
        ("city", ["city", "province#year"], None),
        ("city", ["year"], None),
    ],
)
def test_resampling_equals_estimating_each_draw_anew(panel, unit, absorb, weights):
    model = {**MODEL, "mediators": ["m1"], "draws": 4}
    fit = mediation.fit(panel, **{**model, "cluster": unit, "absorb": absorb, "weights": weights})
    codes = pd.factorize(panel[unit], sort=True)[0]
    generators = [draws.generator("s", "paths", draw) for draw in range(4)]
    counts = resampling.resampled_counts(codes, generators)
    options = {"absorb": absorb, "cluster": None, "weights": weights}
    known = brute_force(panel, counts, unit, options)
    np.testing.assert_allclose(fit.paths["m1"].indirect_draws, known[0], rtol=1e-9)
    np.testing.assert_allclose(fit.paths["m1"].share_draws, known[1], rtol=1e-9)


def test_both_ways_to_resample_agree(panel, monkeypatch):
    fast = mediation.fit(panel, **MODEL).paths["m1"].indirect_draws
    monkeypatch.setattr(resampling, "MOST_DUMMIES", 0)
    slow = mediation.fit(panel, **MODEL).paths["m1"].indirect_draws
    np.testing.assert_allclose(fast, slow, rtol=1e-9)


def test_draws_depend_on_names_and_number_only(panel, fit):
    more = mediation.fit(panel.sample(frac=1, random_state=0), **{**MODEL, "draws": 60})
    np.testing.assert_array_equal(more.paths["m1"].indirect_draws[:40], fit.paths["m1"].indirect_draws)
    other = mediation.fit(panel, **{**MODEL, "spec": "other"})
    assert not np.isclose(other.paths["m1"].indirect_draws, fit.paths["m1"].indirect_draws).any()


def test_scaling_a_mediator_leaves_the_indirect_effect_alone(panel, fit):
    scaled = mediation.fit(panel.assign(m1=panel["m1"] * 1e9, x=panel["x"] * 1e-8), **MODEL)
    np.testing.assert_allclose(scaled.paths["m1"].indirect_draws, fit.paths["m1"].indirect_draws, rtol=1e-8)
    assert scaled.paths["m1"].share == pytest.approx(fit.paths["m1"].share)


def test_a_missing_mediator_makes_one_common_sample(panel, caplog):
    gaps = panel.assign(m2=panel["m2"].where(panel.index % 10 > 0))
    fit = mediation.fit(gaps, **MODEL)
    known = mediation.fit(gaps[gaps["m2"].notna()], **MODEL)
    rows = rows_of(fit)
    assert rows.loc[("fit", "nobs_without_mediator"), "estimate"] == gaps["m2"].isna().sum() > 0
    assert rows.loc[("effect", "total"), "estimate"] == known.total.params[0]
    assert rows.loc[("fit", "nobs"), "estimate"] == gaps["m2"].notna().sum()
    assert "lack a mediator (m1 0, m2" in caplog.text


def test_one_treated_cluster_is_flagged(panel, caplog):
    one = panel.assign(policy=(panel["city"] == 7) & (panel["year"] > 2006))
    fit = mediation.fit(one, **MODEL)
    assert rows_of(fit).loc[("fit", "treated_clusters"), "estimate"] == 1
    assert "only one city is treated" in caplog.text
    # A third of the resamples leave it out and cannot be estimated.
    used = rows_of(fit).loc[("fit", "draws_used[m1]"), "estimate"]
    assert 20 <= used < 40


def test_tidy_has_the_schema_of_estimates(fit, tmp_path):
    estimates.write(fit.tidy("s", "paths"), tmp_path / "e.parquet")
    rows = rows_of(fit)
    assert rows.loc[("effect", "a[m1]"), "df"] == fit.total.df_resid
    assert rows.loc[("test", "sobel[m1]"), "statistic"] == pytest.approx(
        fit.paths["m1"].indirect / fit.paths["m1"].sobel
    )
    assert rows.loc[("coefficient", "y|m1:m1"), "estimate"] == fit.paths["m1"].b
    assert rows.loc[("coefficient", "y:x"), "estimate"] == fit.total.params[1]
    assert rows.loc[("fit", "draws_used[m1]"), "estimate"] == 40
    path = fit.paths["m1"]
    assert rows.loc[("fit", "r2[m1]"), "estimate"] == path.first.r2
    assert rows.loc[("fit", "dep_mean[m1]"), "estimate"] == path.first.dep_mean
    assert rows.loc[("fit", "r2_within[y|m1]"), "estimate"] == path.second.r2_within
    assert rows.loc[("fit", "r2"), "estimate"] == fit.total.r2
    row = rows.loc[("coefficient", "y|m1:policy")]
    assert (row["variable"], row["equation"], row["other"]) == ("policy", "y", "m1")
    assert row["estimate"] == rows.loc[("effect", "direct[m1]"), "estimate"] == path.direct
    assert pd.isna(rows.loc[("coefficient", "m1:_cons"), "variable"])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f, {"mediators": ["m3"]}, "no column m3"),
        (lambda f: f.assign(policy=0), {}, "'policy' never holds"),
        (lambda f: f.assign(policy=1), {}, "'policy' always holds"),
        (lambda f: f.assign(m1=2 * f["policy"] - f["x"]), {}, "'m1' is collinear with policy, x"),
        (lambda f: f.assign(m1=f["city"] / 3), {}, "outcome 'm1' does not vary within"),
        (lambda f: f.assign(m1=np.nan), {}, "no row has a value of all mediators m1, m2"),
        (lambda f: f.assign(x=f["x"].where(f["year"] > 2006)), {}, r"missing .* x \d+"),
        (lambda f: pd.concat([f, f.head(1)]), {}, "1 rows repeat a key"),
        (lambda f: f.head(0), {}, "the sample is empty"),
        (
            # Without the first or the second of three cities the treatment is not identified.
            lambda f: f[f["city"] < 3].assign(
                policy=(f["city"] == 1) & (f["year"] > 2006), x=(f["city"] == 2) & (f["year"] > 2006)
            ),
            {"draws": 400},
            r"only \d+ of 400 draws can be estimated",
        ),
    ],
)
def test_errors_say_what_is_wrong(panel, change, options, message):
    with pytest.raises(EstimationError, match=f"spec 'paths': .*{message}"):
        mediation.fit(change(panel), **{**MODEL, **options})


def test_a_gap_in_the_identity_stops(panel, fit):
    path = fit.paths["m1"]
    other = twfe.fit(panel, outcome="m2", regressors=["policy", "x"], absorb=["city"], cluster=None)
    nothing = np.zeros(2)
    with pytest.raises(EstimationError, match="controls are nearly collinear"):
        mediation._path(fit.total, other, path.second, "policy", "m1", nothing, nothing, "")


def test_the_sensitivity_is_resampled_with_the_indirect_effect():
    frame = simulate(seed=3)
    options = MODEL | {"mediators": ["m1"], "draws": 60, "study": "s", "spec": "one"}
    fit, plain = mediation.fit(frame, **options, step=0.25), mediation.fit(frame, **options)
    assert plain.paths["m1"].sensitivity is None
    rows = addressed(fit.tidy("s", "one"))
    middle, indirect = rows.loc[("effect", "acme[m1|0]")], rows.loc[("effect", "indirect[m1]")]
    for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
        assert middle[name] == pytest.approx(indirect[name], rel=1e-9)
    zero = rows.loc[("effect", "rho_at_zero[m1]")]
    assert zero["conf_low"] < zero["estimate"] < zero["conf_high"]
    assert rows.loc[("fit", "r2_star_at_zero[m1]"), "estimate"] == pytest.approx(zero["estimate"] ** 2)
    effects = [
        rows.loc[("effect", f"acme[m1|{rho}]"), "estimate"] for rho in ("-0.75", "-0.5", "0.5", "0.75")
    ]
    assert effects == sorted(effects, reverse=True) or effects == sorted(effects)
    assert not any(address.startswith("acme") for _, address in addressed(plain.tidy("s", "one")).index)
