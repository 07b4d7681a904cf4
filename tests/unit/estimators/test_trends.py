"""Fixed effects beyond levels: trends of cities, provinces by year, in every estimator that absorbs effects."""

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import EstimationError
from nianjian.estimators import heterogeneity, iv, mediation, placebo, twfe
from nianjian.estimators.assignment import assign
from nianjian.estimators.prepare import numbers, prepare
from nianjian.numerics import resampling
from nianjian.numerics.absorb import partial_out
from small_specs import run

TRENDS = ["year", "city[year]"]
OPTIONS = {"outcome": "y", "absorb": TRENDS, "cluster": "city"}


def simulate(cities=30, years=10, effect=0.5, seed=0, present=0.9):
    """An unbalanced panel whose cities grow at their own rates, the faster ones more likely to be treated."""
    rng = np.random.default_rng(seed)
    city, time = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    growth = rng.normal(size=cities)
    start = np.where(growth + rng.normal(size=cities) > 0, rng.integers(3, years - 2, size=cities), years)
    frame = pd.DataFrame({"city": 110000 + 100 * city, "year": 2003 + time, "province": city % 5})
    frame["policy"] = (time >= start[city]).astype(float)
    frame["first_treated_year"] = np.where(start < years, 2003.0 + start, np.nan)[city]
    frame["x"] = 0.3 * growth[city] * time + rng.normal(size=len(frame))
    frame["m"] = 0.6 * frame["policy"] + 0.2 * growth[city] * time + rng.normal(size=len(frame))
    frame["z"] = rng.normal(size=len(frame))
    frame["d"] = frame["z"] + rng.normal(size=len(frame))
    noise = 0.5 * rng.normal(size=len(frame))
    frame["y"] = effect * frame["policy"] + frame["x"] + 0.4 * frame["m"] + growth[city] * (3 + time) + noise
    frame["w"] = rng.uniform(0.5, 2, size=len(frame))
    return frame[rng.random(len(frame)) < present].reset_index(drop=True)


@pytest.fixture(scope="module")
def panel():
    return simulate()


def test_recovers_an_effect_that_goes_with_the_cities_growth():
    frame = simulate(cities=200, seed=4)
    options = {"outcome": "y", "regressors": ["policy", "x", "m"], "cluster": "city"}
    fit = twfe.fit(frame, absorb=TRENDS, **options)
    assert (np.abs(fit.params[:3] - [0.5, 1, 0.4]) < 3 * fit.std_errors[:3]).all()
    levels = twfe.fit(frame, absorb=["city", "year"], **options)
    assert levels.params[0] - 0.5 > 5 * levels.std_errors[0]


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("shape", ["balanced", "unbalanced"])
def test_partialled_out_columns_are_orthogonal_to_every_dummy_and_trend(weights, shape):
    frame = simulate(present=1.0 if shape == "balanced" else 0.8, seed=2)
    names = ["city[year]", "city[x]", "province#year"]
    sample = prepare(frame, outcome="y", regressors=["policy"], absorb=names, cluster=None, weights=weights)
    frame, w = sample.frame, sample.weights
    values = numbers(frame, ["y", "policy", "z"])
    dummies = pd.get_dummies(frame["city"]).to_numpy(float)
    span = [dummies, dummies * (frame[["year"]].to_numpy() - 2008), dummies * frame[["x"]].to_numpy()]
    crossed = frame["province"].astype(str) + "#" + frame["year"].astype(str)
    span = np.hstack([*span, pd.get_dummies(crossed).to_numpy(float)])
    within = partial_out(values, sample.absorb, w)
    root = np.sqrt(w)[:, None]
    np.testing.assert_allclose(span.T @ (w[:, None] * within), 0, atol=1e-10)
    known = values - span @ np.linalg.lstsq(span * root, values * root, rcond=None)[0]
    np.testing.assert_allclose(within, known, atol=1e-11)
    np.testing.assert_allclose(partial_out(within, sample.absorb, w), within, atol=1e-13)


def test_a_trend_holds_the_level_and_does_not_care_where_years_start(panel):
    options = {**OPTIONS, "regressors": ["policy", "x"]}
    fit = twfe.fit(panel, **options)
    beside = twfe.fit(panel, **{**options, "absorb": ["city", "city[year]", "year"]})
    assert (beside.vcov == fit.vcov).all() and beside.df_absorbed == fit.df_absorbed
    moved = twfe.fit(panel.assign(t=1e-3 * panel["year"] - 7), **{**options, "absorb": ["year", "city[t]"]})
    np.testing.assert_allclose(moved.params, fit.params, rtol=1e-9)
    np.testing.assert_allclose(moved.std_errors, fit.std_errors, rtol=1e-9)
    grown = panel.assign(y=panel["y"] + (panel["city"] - 110000) * (panel["year"] - 2000) / 100)
    again = twfe.fit(grown, **options)
    np.testing.assert_allclose(again.params[:2], fit.params[:2], rtol=1e-9)
    np.testing.assert_allclose(again.std_errors[:2], fit.std_errors[:2], rtol=1e-8)


def test_two_slopes_of_the_same_groups_are_one_effect(panel):
    frame = panel.assign(square=(panel["year"] - 2008.0) ** 2)
    fit = twfe.fit(
        frame, **{**OPTIONS, "absorb": ["year", "city[year]", "city[square]"]}, regressors=["policy"]
    )
    y, x = (
        np.concatenate(
            [
                rows[name] - np.polyval(np.polyfit(rows["year"] - 2008, rows[name], 2), rows["year"] - 2008)
                for _, rows in frame.groupby("city")
            ]
        )
        for name in ("y", "policy")
    )
    years = pd.get_dummies(frame["year"]).to_numpy(float)
    years = np.concatenate(
        [
            block - np.stack([np.polyval(np.polyfit(t, column, 2), t) for column in block.T]).T
            for _, rows in frame.groupby("city")
            for block, t in [(years[rows.index], rows["year"].to_numpy() - 2008)]
        ]
    )
    known = np.linalg.lstsq(np.column_stack([x, years]), y, rcond=1e-10)[0][0]
    assert fit.params[0] == pytest.approx(known, rel=1e-8)
    cities, periods = frame["city"].nunique(), frame["year"].nunique()
    assert fit.df_absorbed == periods - 1 + 2 * cities


def test_levels_are_nested_in_clusters_and_slopes_are_counted(panel):
    # As DoF.mata of reghdfe 6 has it: nesting is looked for among levels.
    cities, years = panel["city"].nunique(), panel["year"].nunique()
    clustered = twfe.fit(panel, **OPTIONS, regressors=["policy"])
    assert clustered.df_absorbed == years - 1 + cities and clustered.df_resid == cities - 1
    plain = twfe.fit(panel, **{**OPTIONS, "cluster": None}, regressors=["policy"])
    assert plain.df_resid == len(panel) - 1 - (cities + years - 1) - cities
    constant = panel.assign(t=panel["year"].where(panel["city"] != 110000, 2005))
    fit = twfe.fit(constant, **{**OPTIONS, "absorb": ["year", "city[t]"]}, regressors=["policy"])
    assert fit.df_absorbed == years - 1 + cities - 1


def test_what_a_trend_absorbs_is_dropped_by_name(panel):
    frame = panel.assign(grows=panel["city"] / 1e5 * panel["year"])
    fit = twfe.fit(frame, **OPTIONS, regressors=["policy", "grows"])
    assert fit.dropped == {"grows": "absorbed by year and city[year]"}


@pytest.mark.parametrize(
    ("names", "change", "message"),
    [
        (["city[yaer]"], {}, "no column yaer;"),
        (["city[year"], {}, r"no column city\[year;"),
        (["city[name]"], {"name": "Beijing"}, "name is not numeric and has no slope; .* write `a#b`"),
        (["city[t]"], {"t": np.nan}, r"missing or infinite .* t \d+;"),
        (["city[t]"], {"t": np.inf}, r"missing or infinite .* t \d+;"),
    ],
)
def test_errors_name_the_column(panel, names, change, message):
    with pytest.raises(EstimationError, match=f"spec 'one': .*{message}"):
        twfe.fit(panel.assign(**change), **{**OPTIONS, "absorb": names}, regressors=["policy"], spec="one")
    with pytest.raises(EstimationError, match=r"no column city\[year\];"):
        twfe.fit(panel, **{**OPTIONS, "cluster": "city[year]"}, regressors=["policy"])


def without_trends(frame, columns):
    """Columns without year effects and city trends, by the dense way."""
    dummies = pd.get_dummies(frame["city"]).to_numpy(float)
    years = pd.get_dummies(frame["year"]).to_numpy(float)
    span = np.hstack([dummies, dummies * (frame[["year"]].to_numpy() - 2008), years])
    values = frame[columns].to_numpy(float)
    return frame[["city", "year"]].assign(
        **dict(zip(columns, (values - span @ np.linalg.lstsq(span, values, rcond=None)[0]).T, strict=True))
    )


def test_instruments_and_trends(panel):
    fit = iv.fit(panel, **OPTIONS, endogenous=["d"], instruments=["z"], controls=["x"])
    known = iv.fit(
        without_trends(panel, ["y", "d", "z", "x"]),
        **{**OPTIONS, "absorb": []},
        endogenous=["d"],
        instruments=["z"],
        controls=["x"],
    )
    np.testing.assert_allclose(fit.params, known.params, rtol=1e-8)
    n, cities, years = len(panel), panel["city"].nunique(), panel["year"].nunique()
    ratio = (n - 2 - 1) / (n - 2 - (years - 1) - cities - 1)
    np.testing.assert_allclose(fit.vcov, known.vcov * ratio, rtol=1e-8)


def test_groups_and_trends(panel):
    frame = panel.assign(large=panel["city"] % 200 == 0)
    fit = heterogeneity.fit(frame, **OPTIONS, treatment="policy", by="large", controls=["x"])
    for value, estimate in zip((False, True), fit.params, strict=True):
        own = twfe.fit(frame[frame["large"] == value], **OPTIONS, regressors=["policy", "x"])
        assert estimate == pytest.approx(own.params[0], rel=1e-9)


def test_mediation_and_trends_by_both_ways(panel, monkeypatch):
    options = {**OPTIONS, "mediators": ["m"], "treatment": "policy", "controls": ["x"], "draws": 40}
    quick = mediation.fit(panel, **options)
    path = quick.paths["m"]
    assert abs(path.gap) < 1e-12 and np.isfinite(path.indirect_draws).all()
    monkeypatch.setattr(resampling, "MOST_DUMMIES", 0)
    slow = mediation.fit(panel, **options).paths["m"]
    np.testing.assert_allclose(path.indirect_draws, slow.indirect_draws, rtol=1e-8)
    monkeypatch.undo()
    # Slopes of provinces are not the cities' own: they are eliminated in each draw.
    options["absorb"] = ["city", "year", "province[year]"]
    path = mediation.fit(panel, **options).paths["m"]
    monkeypatch.setattr(resampling, "MOST_DUMMIES", 0)
    slow = mediation.fit(panel, **options).paths["m"]
    np.testing.assert_allclose(path.indirect_draws, slow.indirect_draws, rtol=1e-8)


def test_placebo_and_trends(panel):
    drawn = placebo.run(panel, **OPTIONS, treatment="policy", controls=["x"], scheme="permute", draws=3)
    first = panel.groupby("city")["first_treated_year"].first().fillna(np.inf).to_numpy()
    adoption = assign(first, draws=range(3))
    cities = np.sort(panel["city"].unique())
    for draw in range(3):
        start = dict(zip(cities, adoption[:, draw], strict=True))
        made = panel.assign(policy=(panel["year"] >= panel["city"].map(start)).astype(float))
        one = twfe.fit(made, **OPTIONS, regressors=["policy", "x"])
        assert drawn.estimates[draw] == pytest.approx(one.params[0], rel=1e-9)
        assert drawn.std_errors[draw] == pytest.approx(one.std_errors[0], rel=1e-9)


@pytest.mark.parametrize("names", [["city", "province#year"], ["year", "city[year]"]])
def test_a_specification_may_name_them(panel, names):
    own = {"estimator": "twfe", "outcome": "y", "treatment": "policy", "controls": ["x"], "absorb": names}
    rows = run(panel, own | {"cluster": "city", "missing": "drop"})
    known = twfe.fit(panel, **{**OPTIONS, "absorb": names}, regressors=["policy", "x"])
    assert rows.loc[("coefficient", "policy"), "estimate"] == pytest.approx(known.params[0], rel=1e-12)
    assert rows.loc[("fit", "df_absorbed"), "estimate"] == known.df_absorbed
