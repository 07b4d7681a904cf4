"""What a regression uses of a frame: order, codes, singletons, weights."""

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import EstimationError
from nianjian.estimators.adoption import adoption_years, check_one_year
from nianjian.estimators.prepare import codes_of, context_of, in_key_order, numbers, prepare
from nianjian.numerics.absorb import Trends

OPTIONS = {"outcome": "y", "regressors": ["x"], "absorb": ["city", "year"], "cluster": "city"}


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"city": np.repeat([3, 1, 2], 4), "year": np.tile([2004, 2003, 2006, 2005], 3)})
    made["province"] = np.where(made["city"] == 2, "b", "a")
    return made.assign(x=rng.normal(size=12), y=rng.normal(size=12), w=np.arange(1.0, 13))


def test_rows_stand_in_the_order_of_the_key(frame):
    ordered, position = in_key_order(frame, ("city", "year"))
    assert ordered[["city", "year"]].to_numpy().tolist() == sorted(
        frame[["city", "year"]].to_numpy().tolist()
    )
    pd.testing.assert_frame_equal(frame.iloc[position], ordered)
    same, position = in_key_order(frame, ())
    assert same is frame and position.tolist() == list(range(12))


def test_codes_are_those_of_sorted_levels(frame):
    assert codes_of(frame, "city").tolist() == [2] * 4 + [0] * 4 + [1] * 4
    crossed = codes_of(frame, "province#year")
    assert crossed.max() == 7 and len(set(zip(frame["province"], frame["year"], crossed, strict=True))) == 8


def test_a_sample_is_numbered_and_weighted(frame):
    sample = prepare(frame.assign(b=frame["x"] > 0), **OPTIONS | {"regressors": ["b"]}, weights="w")
    assert sample.singletons == 0 and sample.weights.mean() == pytest.approx(1)
    np.testing.assert_allclose(
        sample.weights / sample.weights[0], sample.frame["w"].to_numpy() / sample.frame["w"].iloc[0]
    )
    assert sample.clusters["city"].tolist() == np.repeat([0, 1, 2], 4).tolist()
    assert numbers(sample.frame, ["b"]).dtype == float and set(numbers(sample.frame, ["b"]).ravel()) == {0, 1}


def test_trends_of_the_same_groups_are_one_effect(frame):
    frame = frame.assign(square=frame["year"] ** 2.0)
    sample = prepare(frame, **OPTIONS | {"absorb": ["city", "city[year]", "city[square]", "year"]})
    trends, years = sample.absorb
    assert isinstance(trends, Trends) and trends.values.shape == (12, 2)
    assert years.tolist() == np.tile([0, 1, 2, 3], 3).tolist()


def test_singletons_are_counted_and_left_out(frame):
    extra = frame.head(1).assign(city=9)
    sample = prepare(pd.concat([frame, extra], ignore_index=True), **OPTIONS)
    assert sample.singletons == 1 and 9 not in set(sample.frame["city"]) and len(sample.position) == 12


def test_messages_name_the_specification():
    assert context_of("") == "" and context_of("one") == "spec 'one': "


def test_a_frame_keeps_its_order(frame):
    before = frame.copy()
    prepare(frame, **OPTIONS)
    pd.testing.assert_frame_equal(frame, before)


def test_adoption_years_are_by_city_and_within_the_sample(frame):
    first = frame.assign(first=frame["city"].map({1: 2004.0, 2: 2030.0}))
    assert adoption_years(first, "first", ("city", "year")).tolist() == [2004, np.inf, np.inf]
    check_one_year(first, "first", "city", "")


@pytest.mark.parametrize("second", [2005.0, np.nan])
def test_a_city_adopts_once(frame, second):
    first = frame.assign(first=2004.0)
    first.loc[5, "first"] = second
    with pytest.raises(
        EstimationError, match=r"^spec 'one': city 1 has several values of 'first'; a city adopts"
    ):
        check_one_year(first, "first", "city", "spec 'one': ")
