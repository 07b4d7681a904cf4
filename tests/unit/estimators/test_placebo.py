"""Placebo tests: equal to refitting, known effects, properties of the draws, errors."""

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian import estimates
from nianjian.errors import EstimationError
from nianjian.estimators import placebo, placebo_draws, twfe
from nianjian.estimators.assignment import assign

SPEC = {"outcome": "y", "treatment": "policy", "controls": ["a", "b"], "study": "s", "spec": "placebo"}


def simulate(cities=40, years=10, effect=0.5, seed=0, present=1.0, share=0.5):
    """A panel with staggered adoption in three years, autocorrelated errors and two controls."""
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(2010, 2010 + years), cities)
    start = 2010 + rng.choice([years // 2, years // 2 + 1, years - 2], size=cities)
    ever = np.arange(cities) < share * cities
    frame = pd.DataFrame({"city": 110000 + 100 * city, "year": year})
    frame["first_treated_year"] = pd.array(np.where(ever, start, 0)[city], dtype="Int32")
    frame.loc[~ever[city], "first_treated_year"] = pd.NA
    frame["policy"] = (ever[city] & (year >= start[city])).astype("int8")
    frame["a"], frame["b"] = rng.normal(size=(2, len(frame)))
    noise = 0.3 * rng.normal(size=(cities, years)).cumsum(axis=1).ravel()
    frame["y"] = effect * frame["policy"] + frame["a"] + rng.normal(size=cities)[city] + noise
    frame["weight"] = rng.uniform(0.5, 2, size=len(frame))
    frame["province"] = city % 7
    return frame[rng.random(len(frame)) < present].reset_index(drop=True)


@pytest.fixture(scope="module")
def panel():
    return simulate()


def adoption_of(frame):
    """First treated years by city, inf for never."""
    first = frame.groupby("city")["first_treated_year"].first().to_numpy(dtype=float, na_value=np.inf)
    return np.where(first <= frame["year"].max(), first, np.inf)


@pytest.mark.parametrize("present", [1.0, 0.85])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weights": "weight"},
        {"cluster": "province"},
        {"cluster": None},
        {"cluster": None, "weights": "weight"},
        {"absorb": ["year", "city"]},
        {"absorb": ["city", "province#year"], "weights": "weight"},
        {"absorb": ["city"]},
        {"absorb": []},
        {"controls": []},
        {"scheme": "simple", "treated": 9},
    ],
    ids=str,
)
def test_draws_are_what_refitting_gives(present, options):
    frame = simulate(cities=28, years=7, present=present, seed=3)
    options = {"absorb": ["city", "year"], "cluster": "city"} | SPEC | options
    result = placebo.run(frame, **options, draws=6, seed=4)
    drawn = {name: options[name] for name in ("study", "spec", "scheme", "treated") if name in options}
    adoption = assign(adoption_of(frame), draws=range(6), seed=4, **drawn)
    city = np.unique(frame["city"], return_inverse=True)[1]
    for d in range(6):
        moved = frame.assign(policy=(frame["year"].to_numpy() >= adoption[city, d]).astype(int))
        fit = twfe.fit(
            moved,
            outcome="y",
            regressors=["policy", *options["controls"]],
            **{name: options.get(name) for name in ("absorb", "cluster", "weights")},
        )
        assert result.estimates[d] == pytest.approx(fit.params[0], abs=1e-10)
        assert result.std_errors[d] == pytest.approx(fit.std_errors[0], abs=1e-10)
        assert result.p_values[d] == pytest.approx(fit.p_values[0], abs=1e-10)
        assert result.df == fit.df_resid


def test_a_control_that_the_effects_absorb_is_left_out_of_the_draws_too(panel):
    wider = panel.assign(area=panel["city"] * 1.0, twice=2 * panel["a"])
    result = placebo.run(wider, **SPEC | {"controls": ["a", "b", "area", "twice"]}, draws=5)
    assert set(result.fit.dropped) == {"area", "twice"}
    known = placebo.run(panel, **SPEC, draws=5)
    np.testing.assert_allclose(result.estimates, known.estimates, rtol=1e-10)
    np.testing.assert_allclose(result.std_errors, known.std_errors, rtol=1e-10)


def test_an_effect_stands_out_of_the_draws():
    result = placebo.run(simulate(cities=120, effect=1.0, seed=1), **SPEC, draws=199)
    assert result.p_two_sided == result.p_t == result.p_upper == 1 / 200
    assert abs(result.estimates.mean()) < 4 * result.estimates.std() / np.sqrt(199)
    below = placebo.run(simulate(cities=120, effect=-1.0, seed=1), **SPEC, draws=199)
    assert below.p_two_sided == 1 / 200 and below.p_upper == 1


def test_without_an_effect_one_in_ten_p_values_is_below_a_tenth():
    small = SPEC | {"controls": []}
    results = [
        placebo.run(simulate(cities=16, years=6, effect=0, seed=s), **small, draws=39) for s in range(80)
    ]
    for name in ("p_two_sided", "p_t", "p_upper"):
        rejected = np.mean([getattr(result, name) <= 0.1 for result in results])
        assert 0.02 <= rejected <= 0.2, name  # .1 plus or minus three errors


def test_one_treated_city_is_ranked_among_all():
    frame = simulate(cities=9, years=8, share=1 / 9, seed=5)
    result = placebo.run(frame, **SPEC, draws=400)
    values = np.unique(result.estimates.round(10))
    assert len(values) == 9  # each city once treated
    rank = (np.abs(values) >= abs(result.fit.params[0]) - 1e-9).mean()
    assert result.p_two_sided == pytest.approx(rank, abs=0.08)


def test_the_true_assignment_counts_as_as_large():
    """All draws equal the estimate where every city adopts alike but for one pair that cannot differ."""
    result = placebo.run(simulate(cities=2, years=8, share=0.5, seed=2), **SPEC | {"controls": []}, draws=20)
    # Two cities: treating the other one only turns the sign.
    np.testing.assert_allclose(np.abs(result.estimates), abs(result.fit.params[0]), rtol=1e-10)
    assert result.p_two_sided == 1


def test_neither_the_order_of_rows_nor_blocks_change_a_result(panel, monkeypatch):
    known = placebo.run(panel, **SPEC, draws=30)
    shuffled = placebo.run(panel.sample(frac=1, random_state=1), **SPEC, draws=30)
    assert (known.estimates == shuffled.estimates).all() and (known.t == shuffled.t).all()
    monkeypatch.setattr(placebo_draws, "BLOCK", 7 * len(panel))
    monkeypatch.setattr(placebo_draws, "NARROW", 1)
    blocked = placebo.run(panel, **SPEC, draws=30)
    np.testing.assert_allclose(blocked.t, known.t, rtol=1e-10)


def test_a_city_that_adopts_after_the_sample_is_never_treated(panel):
    never = panel.loc[panel["first_treated_year"].isna(), "city"].iloc[0]
    late = panel.assign(first_treated_year=panel["first_treated_year"].mask(panel["city"] == never, 2030))
    known, result = placebo.run(panel, **SPEC, draws=10), placebo.run(late, **SPEC, draws=10)
    assert (known.estimates == result.estimates).all()


def test_in_time_moves_adoption_ahead_and_leaves_treated_years_out(panel):
    result = placebo.run(panel, **SPEC, scheme="in_time", leads=[1, 3])
    early = panel[panel["policy"] == 0]
    for lead, fitted in zip(result.leads, result.fits, strict=True):
        moved = (early["year"] >= early["first_treated_year"] - lead).fillna(False).astype(int)
        known = twfe.fit(
            early.assign(policy=moved),
            outcome="y",
            regressors=["policy", "a", "b"],
            absorb=["city", "year"],
            cluster="city",
        )
        assert (fitted.params == known.params).all() and fitted.nobs == len(early)
        assert abs(fitted.t[0]) < 3.5


def test_in_time_sees_an_effect_that_came_early():
    frame = simulate(cities=150, seed=6)
    ahead = (frame["year"] >= frame["first_treated_year"] - 2).fillna(False)
    frame["y"] += 1.0 * (ahead & (frame["policy"] == 0))
    result = placebo.run(frame, **SPEC, scheme="in_time", leads=[2])
    assert abs(result.fits[0].params[0] - 1) < 4 * result.fits[0].std_errors[0]
    assert result.fits[0].t[0] > 5


def test_tidy_rows_fit_the_schema(panel, tmp_path):
    result = placebo.run(panel, **SPEC, draws=12)
    rows = result.tidy("s", "placebo")
    estimates.write(rows, tmp_path / "e.parquet")
    by = addressed(rows)
    assert by.loc[("draw", "draw[12]"), "estimate"] == result.estimates[11]
    assert list(by.loc["draw", "draw"]) == list(range(1, 13)) and set(by.loc["draw", "variable"]) == {
        "policy"
    }
    assert by.loc[("coefficient", "policy"), "estimate"] == result.fit.params[0]
    assert by.loc[("test", "randomisation"), "p_value"] == result.p_two_sided
    assert by.loc[("test", "randomisation_t"), "estimate"] == result.fit.t[0]
    assert by.loc[("test", "randomisation_upper"), "p_value"] == result.p_upper
    assert by.loc[("fit", "draws"), "estimate"] == 12
    adopted = panel.drop_duplicates("city")["first_treated_year"].notna()
    assert by.loc[("fit", "pseudo_treated"), "estimate"] == adopted.sum()
    assert by.loc[("fit", "pseudo_controls"), "estimate"] == (~adopted).sum()
    assert by.loc[("fit", "sd_draw"), "estimate"] == pytest.approx(result.estimates.std(ddof=1))
    assert by.loc[("fit", "mean_draw"), "estimate"] == pytest.approx(result.estimates.mean())
    assert by.loc[("fit", "share_significant_5"), "estimate"] == (result.p_values < 0.05).mean()

    rows = placebo.run(panel, **SPEC, scheme="in_time", leads=[2]).tidy("s", "placebo")
    estimates.write(rows, tmp_path / "t.parquet")
    lead = addressed(rows).loc[("coefficient", "lead[2]")]
    assert lead["conf_low"] < lead["estimate"] < lead["conf_high"]
    assert lead["event_time"] == -2 and lead["variable"] == "policy"
    assert addressed(rows).loc[("fit", "nobs[-2]"), "estimate"] == (panel["policy"] == 0).sum()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheme": "simple", "treated": 41}, "treated is 41, but the sample has 40 cities"),
        ({"scheme": "in_time", "leads": [30]}, "adoption moved ahead by 30 years: treatment 'policy'"),
        ({"cluster": ["city", "year"]}, "clustered by one column"),
        ({"first_year": "start"}, "no column 'start'"),
        ({"outcome": "z"}, "no column z"),
    ],
    ids=str,
)
def test_options_that_do_not_fit_the_sample_are_refused(panel, options, message):
    with pytest.raises(EstimationError, match=message) as caught:
        placebo.run(panel, **SPEC | options)
    assert str(caught.value).startswith("spec 'placebo': ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(policy=0), "never holds"),
        (lambda f: f.assign(policy=1), "always holds"),
        (lambda f: pd.concat([f, f.iloc[[0]]]), "repeat a key"),
        (lambda f: f.assign(first_treated_year=f["year"]), "city 110000 has several values"),
        (lambda f: f.assign(policy=1 - f["policy"]), "disagree in 400 rows, first {'city': 110000"),
        (lambda f: f.assign(policy=f["policy"] * 0.5), "the treatment must be 1 exactly from"),
    ],
)
def test_samples_that_hold_no_placebo_are_refused(panel, change, message):
    with pytest.raises(EstimationError, match=message):
        placebo.run(change(panel), **SPEC, draws=5)


def test_a_draw_without_variation_is_refused():
    frame = simulate(cities=4, years=6, seed=1)
    frame["first_treated_year"] = frame["first_treated_year"].where(frame["first_treated_year"].isna(), 2013)
    frame["policy"] = (frame["year"] >= frame["first_treated_year"]).fillna(False).astype(int)
    with pytest.raises(EstimationError, match="the treatment of draw 1 has no variation of its own"):
        placebo.run(frame, **SPEC | {"controls": []}, scheme="simple", treated=4, draws=3)
