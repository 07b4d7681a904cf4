"""Samples: gap filling, city rules, flags, and what stops a study."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian import storage
from nianjian.errors import FormulaError, SampleError
from nianjian.sample import builder, gaps

NAN = float("nan")
YEARS = list(range(2001, 2011))
CODES = {110000: "北京市", 120000: "天津市", 310000: "上海市", 341400: "巢湖市", 520500: "毕节市"}


def row(*values: float) -> np.ndarray:
    return np.array([values], dtype=float)


# -- filling


def test_interpolation_draws_straight_lines():
    filled = gaps.interpolate(row(1, NAN, NAN, 4, 5, NAN, 9))
    assert filled.tolist() == [[1, 2, 3, 4, 5, 7, 9]]


def test_interpolation_never_goes_beyond_the_edges():
    rng = np.random.default_rng(5)
    values = np.where(rng.random((200, 12)) < 0.5, NAN, rng.normal(size=(200, 12)))
    filled = gaps.interpolate(values)
    printed = ~np.isnan(values)
    np.testing.assert_array_equal(filled[printed], values[printed])
    for before, after in zip(values, filled, strict=True):
        held = np.flatnonzero(~np.isnan(before))
        inside = np.zeros(12, bool)
        if held.size:
            inside[held[0] : held[-1] + 1] = True
            assert after[inside].min() >= before[held].min()
            assert after[inside].max() <= before[held].max()
        assert np.isnan(after[~inside]).all()
        assert not np.isnan(after[inside]).any()


def test_interpolation_commutes_with_the_order_of_cities():
    rng = np.random.default_rng(6)
    values = np.where(rng.random((20, 9)) < 0.4, NAN, rng.normal(size=(20, 9)))
    order = rng.permutation(20)
    np.testing.assert_array_equal(gaps.interpolate(values)[order], gaps.interpolate(values[order]))


def test_gaps_longer_than_the_limit_are_left_whole():
    values = row(1, NAN, NAN, 4, NAN, 6)
    np.testing.assert_array_equal(gaps.interpolate(values, max_gap=1), row(1, NAN, NAN, 4, 5, 6))
    np.testing.assert_array_equal(gaps.interpolate(values, max_gap=2), row(1, 2, 3, 4, 5, 6))


def test_extension_carries_values_outwards_for_the_declared_years_only():
    np.testing.assert_array_equal(
        gaps.extend(row(NAN, NAN, 3, NAN, 5, NAN, NAN), years=1), row(NAN, 3, 3, NAN, 5, 5, NAN)
    )
    np.testing.assert_array_equal(gaps.extend(row(NAN, NAN), years=1), row(NAN, NAN))


def test_chains_go_on_after_the_last_printed_year_until_a_rate_is_missing():
    values, growth = row(100, NAN, 200, NAN, NAN, NAN), row(0.5, 0.5, 0.5, 0.1, NAN, 0.1)
    np.testing.assert_array_equal(
        gaps.chain(values, growth), row(100, NAN, 200, 220.00000000000003, NAN, NAN)
    )
    np.testing.assert_array_equal(gaps.chain(row(NAN, NAN), row(0.1, 0.1)), row(NAN, NAN))


# -- a small study


def variable(name: str, expr: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "expr": expr, "unit": None, "on_zero": "error", "required": True} | more


def study(*variables: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What ``Registry.sample`` hands over."""
    units = {
        "gdp": "10^4 yuan",
        "pop": "10^4 person",
        "so2": "t",
        "gdp__districts": "10^4 yuan",
        "growth_rate": "percent",
    }
    plain = {
        "study": "x",
        "file": "config/studies/x.yaml",
        "years": [2003, 2008],
        "cities": {
            "min_coverage": 0.0, "max_missing": 1.0, "exist": [None, None], "boundary": "keep", "drop": [],
        },
        "missing": {"method": "linear", "fill": "items", "edges": "none", "max_gap": None, "chain": []},
        "suspects": "keep",
        "balance": False,
        "published": None,
        "variables": list(variables)
        or [variable("gdp_pc", "gdp / pop", unit="yuan/person"), variable("lnso2", "ln(so2)")],
        "groups": [],
        "attributes": {},
        "policies": [],
        "units": units | {"province": "1"},
        "items": list(units),
    }  # fmt: skip
    return plain | more


@pytest.fixture
def cities() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": list(CODES),
            "name_zh": list(CODES.values()),
            "name_en": ["Beijing", "Tianjin", "Shanghai", "Chaohu", "Bijie"],
            "province": [110000, 120000, 310000, 340000, 520000],
            "from_year": [NAN, NAN, NAN, NAN, 2011],
            "to_year": [NAN, NAN, NAN, 2007, NAN],
            "region": ["east", "east", "east", "centre", "west"],
        }
    )


@pytest.fixture
def panel() -> pd.DataFrame:
    frame = pd.MultiIndex.from_product([list(CODES), YEARS], names=["city", "year"]).to_frame(index=False)
    rank = frame["city"].rank(method="dense")
    frame["gdp"] = rank * (frame["year"] - 2000.0)
    frame["pop"] = rank
    frame["so2"] = 10.0 * (frame["year"] - 2000)
    frame["gdp__districts"] = frame["gdp"] / 2
    frame["growth_rate"] = 10.0
    return frame


NO_SUSPECTS = pd.DataFrame({"city": [], "year": [], "item": [], "scope": []}).astype(
    {"city": "int32", "year": "int32"}
)


def lose(panel: pd.DataFrame, item: str, city: int, *years: int) -> pd.DataFrame:
    panel = panel.copy()
    panel.loc[(panel["city"] == city) & panel["year"].isin(years), item] = NAN
    return panel


def series(sample: builder.Sample, column: str, city: int = 110000) -> list[Any]:
    return sample.frame.loc[sample.frame["city"] == city, column].tolist()


def build(panel: pd.DataFrame, plain: dict[str, Any], cities: pd.DataFrame, **more: Any) -> builder.Sample:
    return builder.build(panel, more.pop("suspects", NO_SUSPECTS), plain, cities, **more)


def reasons(sample: builder.Sample) -> dict[str, str]:
    return dict(zip(sample.cities["city_name"], sample.cities["reason"], strict=True))


def test_a_sample_has_its_columns_its_key_and_its_years(panel, cities, tmp_path):
    sample = build(panel, study(), cities)
    assert list(sample.frame) == [
        "city",
        "city_name",
        "year",
        "province",
        "gdp_pc",
        "lnso2",
        "gdp_pc__filled",
        "lnso2__filled",
    ]
    assert not sample.frame.duplicated(["city", "year"]).any()
    assert sorted(set(sample.frame["year"])) == list(range(2003, 2009))
    storage.write_wide(sample.frame, tmp_path / "sample.parquet", ["city", "year"])
    storage.write_wide(sample.cities, tmp_path / "cities.parquet", ["city"])
    storage.write_wide(sample.gaps, tmp_path / "gaps.parquet", ["variable"])
    pd.testing.assert_frame_equal(
        storage.read_table(tmp_path / "sample.parquet"), sample.frame, check_dtype=False
    )


def test_declared_units_convert(panel, cities):
    plain = study(
        variable("a", "gdp / pop"),
        variable("b", "gdp / pop", unit="10^4 yuan/person"),
        variable("c", "growth(gdp)", unit="percent"),
    )
    sample = build(panel, plain, cities)
    assert series(sample, "a")[0] == 3.0
    assert series(sample, "b")[0] == pytest.approx(3e-4)
    assert series(sample, "c")[0] == pytest.approx(50)


def test_later_variables_see_earlier_ones_in_their_declared_unit(panel, cities):
    plain = study(variable("a", "gdp / pop", unit="10^4 yuan/person"), variable("b", "ln(a)"))
    assert series(build(panel, plain, cities), "b")[0] == pytest.approx(np.log(3e-4))


def test_filled_cells_are_flagged_and_printed_ones_are_not(panel, cities):
    sample = build(lose(panel, "gdp", 110000, 2005, 2006), study(), cities)
    assert series(sample, "gdp_pc") == [3, 4, 5, 6, 7, 8]
    assert series(sample, "gdp_pc__filled") == [False, False, True, True, False, False]
    assert not sample.frame["lnso2__filled"].any()
    assert not any(series(sample, "gdp_pc__filled", 120000))


def test_filling_never_extrapolates_unless_it_is_declared(panel, cities):
    damaged = lose(panel, "so2", 110000, 2001, 2002, 2003, 2004, 2008, 2009, 2010)
    sample = build(damaged, study(), cities)
    assert np.isnan(series(sample, "lnso2")).tolist() == [True, True, False, False, False, True]
    plain = study()
    plain["missing"]["edges"] = "nearest:1"
    sample = build(damaged, plain, cities)
    assert np.isnan(series(sample, "lnso2")).tolist() == [True, False, False, False, False, False]
    assert series(sample, "lnso2__filled") == [False, True, False, False, False, True]
    counts = sample.gaps.set_index("variable").loc["lnso2"]
    assert (
        counts["missing_before"],
        counts["filled_inside"],
        counts["extrapolated"],
        counts["missing_after"],
    ) == (3, 0, 2, 1)


def test_gaps_at_the_samples_ends_are_filled_from_years_just_outside(panel, cities):
    sample = build(lose(panel, "gdp", 110000, 2003, 2008), study(), cities)
    assert series(sample, "gdp_pc") == [3, 4, 5, 6, 7, 8]
    assert sum(series(sample, "gdp_pc__filled")) == 2


def test_items_are_filled_before_the_logarithm_and_variables_after_it(panel, cities):
    damaged = lose(panel, "so2", 110000, 2005)
    assert series(build(damaged, study(), cities), "lnso2")[2] == pytest.approx(np.log(50))
    plain = study()
    plain["missing"]["fill"] = "variables"
    assert series(build(damaged, plain, cities), "lnso2")[2] == pytest.approx((np.log(40) + np.log(60)) / 2)
    assert series(build(damaged, plain, cities), "lnso2__filled")[2] is True


def test_nothing_is_filled_unless_it_is_declared(panel, cities):
    plain = study()
    plain["missing"]["method"] = "none"
    sample = build(lose(panel, "gdp", 110000, 2005), plain, cities)
    assert np.isnan(series(sample, "gdp_pc")[2])
    assert not any(column.endswith("__filled") for column in sample.frame)


def test_chains_continue_an_item_by_its_growth_and_are_flagged(panel, cities):
    plain = study(variable("lngdp", "ln(gdp)"))
    plain["missing"] |= {"method": "growth_chain", "chain": [{"item": "gdp", "growth": "growth_rate"}]}
    sample = build(lose(panel, "gdp", 110000, 2007, 2008, 2009, 2010), plain, cities)
    assert series(sample, "lngdp")[-2:] == [pytest.approx(np.log(6.6)), pytest.approx(np.log(7.26))]
    assert series(sample, "lngdp__filled") == [False] * 4 + [True] * 2
    assert sample.gaps.loc[0, ["chained", "filled_inside", "extrapolated"]].tolist() == [2, 0, 0]


def test_suspects_count_as_missing_if_the_study_says_so(panel, cities):
    suspects = pd.DataFrame(
        {
            "city": [110000, 110000],
            "year": [2005, 2006],
            "item": ["gdp", "gdp"],
            "scope": ["city", "districts"],
        }
    )
    kept = build(panel, study(), cities, suspects=suspects)
    assert not kept.frame["gdp_pc__filled"].any()
    sample = build(panel, study(suspects="missing"), cities, suspects=suspects)
    assert series(sample, "gdp_pc__filled") == [False, False, True, False, False, False]
    plain = study(variable("d", "gdp__districts"), suspects="missing")
    assert series(build(panel, plain, cities, suspects=suspects), "d__filled") == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]


def test_lags_reach_back_before_the_first_year_and_means_do_not(panel, cities):
    plain = study(
        variable("before", "lag(gdp)"),
        variable("mean", "mean_by(gdp, city)"),
        variable("base", "at(gdp, 2001)"),
    )
    sample = build(panel, plain, cities)
    assert series(sample, "before") == [2, 3, 4, 5, 6, 7]
    assert series(sample, "mean") == [5.5] * 6
    assert series(sample, "base") == [1] * 6


# -- which cities


def test_every_city_of_the_panel_is_listed_with_its_reason(panel, cities):
    plain = study()
    plain["cities"]["exist"] = None
    sample = build(panel, plain, cities)
    assert reasons(sample) == {
        "北京市": "",
        "天津市": "",
        "上海市": "",
        "巢湖市": "a city only until 2007",
        "毕节市": "a city only since 2011",
    }
    assert sample.cities["kept"].tolist() == [True] * 3 + [False] * 2
    assert set(sample.frame["city"]) == {110000, 120000, 310000}


def test_years_of_existence_may_be_declared(panel, cities):
    plain = study()
    plain["cities"]["exist"] = [2004, 2007]
    assert reasons(build(panel, plain, cities))["巢湖市"] == ""


def test_coverage_is_the_share_of_required_cells_that_is_printed(panel, cities):
    damaged = lose(lose(panel, "gdp", 120000, 2003, 2004, 2005), "so2", 120000, 2006)
    plain = study()
    plain["cities"]["min_coverage"] = 8 / 12
    sample = build(damaged, plain, cities)
    assert sample.cities.set_index("city").loc[120000, "coverage"] == pytest.approx(8 / 12)
    assert sample.cities["kept"].all()
    plain["cities"]["min_coverage"] = 0.67
    assert reasons(build(damaged, plain, cities))["天津市"] == "coverage 0.667 is below 0.67"
    plain["variables"][0]["required"] = False
    assert build(damaged, plain, cities).cities["kept"].all()


def test_one_variable_may_not_be_missing_too_often(panel, cities):
    plain = study()
    plain["cities"]["max_missing"] = 0.5
    sample = build(lose(panel, "so2", 120000, 2003, 2004, 2005, 2006), plain, cities)
    assert reasons(sample)["天津市"] == "lnso2 is missing in 67% of the years"


@pytest.mark.parametrize("city", [310000, "上海市", "Shanghai", [310000, "Shanghai"]])
def test_cities_are_left_out_by_name_or_code_with_the_reason(panel, cities, city):
    plain = study()
    plain["cities"]["drop"] = [{"city": city, "where": None, "reason": "a municipality"}]
    assert reasons(build(panel, plain, cities))["上海市"] == "left out: a municipality"


def test_cities_are_left_out_by_attributes(panel, cities):
    attributes = {"region": {"file": "cities.csv", "column": "region", "by": "city", "unit": "text"}}
    plain = study(attributes=attributes)
    plain["cities"]["drop"] = [{"city": None, "where": "region != 'east'", "reason": "inland"}]
    sample = build(panel, plain, cities)
    assert sample.cities["kept"].tolist() == [True] * 3 + [False] * 2
    assert set(sample.frame["region"]) == {"east"}


def test_an_unknown_city_is_an_error_with_a_suggestion(panel, cities):
    plain = study()
    plain["cities"]["drop"] = [{"city": "上海", "where": None, "reason": "a municipality"}]
    with pytest.raises(
        SampleError, match=r"sample.cities.drop\[0\].city: .* no city '上海'; did you mean '上海市'"
    ):
        build(panel, plain, cities)


def test_cities_with_a_boundary_change_inside_the_years_are_left_out(panel, cities):
    events = pd.DataFrame(
        {
            "year": [2005, 2003, 2006, 2012],
            "data_year": [NAN, NAN, NAN, NAN],
            "city": [110000, 120000, 310000, 341400],
            "event": ["gain", "loss", "rename", "gain"],
        }
    )
    plain = study()
    plain["cities"]["boundary"] = "drop"
    sample = build(panel, plain, cities, events=events)
    assert reasons(sample)["北京市"] == "boundary change in 2005: gain"
    assert sample.cities["kept"].tolist() == [False, True, True, True, True]
    with pytest.raises(SampleError, match="city_events"):
        build(panel, plain, cities)


def test_balance_drops_cities_with_remaining_gaps_and_lists_them(panel, cities):
    damaged = lose(panel, "so2", 120000, *range(2001, 2005))
    open_ = build(damaged, study(), cities)
    assert open_.cities.set_index("city").loc[120000, "missing_after"] == 2
    assert open_.frame["lnso2"].isna().sum() == 2
    sample = build(damaged, study(balance=True), cities)
    assert reasons(sample)["天津市"] == "2 gaps are left, first lnso2 2003"
    assert not sample.frame[["gdp_pc", "lnso2"]].isna().any().any()
    assert sample.frame.groupby("city").size().eq(6).all()


def test_cities_that_the_reference_does_not_know_are_left_out(panel, cities):
    sample = build(panel, study(), cities[cities["city"] != 310000])
    assert (
        sample.cities.loc[sample.cities["city"] == 310000, "reason"].item()
        == "not in config/reference/cities.csv"
    )


def test_relabelling_cities_changes_nothing_but_labels(panel, cities):
    swap = {110000: 120000, 120000: 110000}
    plain = study(variable("a", "winsor(gdp, 0.1, 0.9) / mean(gdp)"), variable("b", "share(gdp, year)"))
    before = build(panel, plain, cities).frame.set_index(["city", "year"])[["a", "b"]]
    after = build(panel.assign(city=panel["city"].replace(swap)), plain, cities).frame
    after = after.assign(city=after["city"].replace(swap)).set_index(["city", "year"])[["a", "b"]]
    pd.testing.assert_frame_equal(after.sort_index(), before.sort_index())


# -- what stops a study


def test_division_by_zero_names_the_city_years(panel, cities):
    panel = panel.copy()
    panel.loc[(panel["city"] == 110000) & (panel["year"] == 2004), "pop"] = 0
    with pytest.raises(SampleError) as error:
        build(panel, study(), cities)
    text = str(error.value)
    assert text.startswith("config/studies/x.yaml, variables.gdp_pc: `gdp / pop` divides by zero")
    assert "北京市 2004" in text
    assert "on_zero: missing" in text


def test_on_zero_missing_leaves_the_cell_empty_and_reports_it(panel, cities, caplog):
    panel = panel.copy()
    panel.loc[(panel["city"] == 110000) & (panel["year"] == 2004), "so2"] = 0
    plain = study(variable("lnso2", "ln(so2)", on_zero="missing"))
    with caplog.at_level(logging.WARNING):
        sample = build(panel, plain, cities)
    assert np.isnan(series(sample, "lnso2")[1])
    assert "北京市 2004" in caplog.text


def test_zeros_of_cities_that_are_left_out_do_not_stop_the_study(panel, cities):
    panel = panel.copy()
    panel.loc[(panel["city"] == 341400) & (panel["year"] == 2004), "pop"] = 0
    plain = study()
    plain["cities"]["exist"] = None
    assert build(panel, plain, cities).cities["kept"].sum() == 3


def test_adding_unlike_units_stops_the_study(panel, cities):
    with pytest.raises(
        FormulaError, match=r"config/studies/x.yaml, variables.v: adds 't' to '10\^4 yuan' in `gdp \+ so2`"
    ):
        build(panel, study(variable("v", "gdp + so2")), cities)


def test_a_variable_without_any_value_is_a_missing_source(panel, cities):
    with pytest.raises(SampleError, match="variables: lnso2 has no value in any city-year"):
        build(panel.assign(so2=NAN), study(), cities)
    with pytest.raises(SampleError, match="the panel has no column so2"):
        build(panel.drop(columns="so2"), study(), cities)


def test_a_sample_without_cities_says_why(panel, cities):
    plain = study()
    plain["cities"]["min_coverage"] = 0.9
    with pytest.raises(
        SampleError, match=r"no city is left \(5 cities: coverage # is below #\); least printed are lnso2 50%"
    ):
        build(panel.assign(so2=panel["so2"].where(panel["year"] > 2005)), plain, cities)


# -- treatment, groups, report


@pytest.fixture
def policy() -> pd.DataFrame:
    return pd.DataFrame(
        {"city": [110000, 310000], "approval_date": ["2005-05-01", "2012-01-01"], "official": [True, True]}
    )


def test_treatment_columns_carry_the_declared_name(panel, cities, policy):
    entry = {
        "name": "rip",
        "policy": "p",
        "coding": "official",
        "starts": "approval_year",
        "first_by": "earliest",
        "main": True,
    }
    plain = study(
        variable("dose", "rip * gdp"),
        policies=[entry, entry | {"name": "later", "starts": "year_after", "main": False}],
    )
    plain["units"] |= {"rip": "1", "later": "1", "first_treated_year": "1"}
    sample = build(panel, plain, cities, policies={"p": policy})
    assert series(sample, "rip") == [0, 0, 1, 1, 1, 1]
    assert series(sample, "later") == [0, 0, 0, 1, 1, 1]
    assert series(sample, "dose") == [0, 0, 5, 6, 7, 8]
    assert series(sample, "first_treated_year") == [2005] * 6
    assert series(sample, "first_treated_year", 310000) == [2012] * 6
    assert sample.frame.loc[sample.frame["city"] == 120000, "first_treated_year"].isna().all()


def test_groups_are_conditions_on_the_samples_own_numbers(panel, cities):
    groups = [{"name": "developed", "expr": "mean_by(gdp, city) > median(mean_by(gdp, city))"}]
    plain = study(groups=groups)
    sample = build(panel, plain, cities)
    assert sample.frame.groupby("city")["developed"].first().tolist() == [0, 0, 0, 1, 1]


def test_the_number_of_cities_reached_is_reported_beside_the_papers(panel, cities, caplog):
    with caplog.at_level(logging.INFO):
        build(panel, study(published={"cities": 285, "observations": None, "treated": None}), cities)
    assert "5 of 5 cities, 2003 to 2008, 30 city-years; the paper reports 285 cities" in caplog.text


def test_the_script_writes_three_tables(panel, cities, tmp_path):
    from build_sample import build_sample

    reference = tmp_path / "config" / "reference"
    reference.mkdir(parents=True)
    cities.to_csv(reference / "cities.csv", index=False)
    storage.write_wide(panel, tmp_path / "panel.parquet", ["city", "year"])
    storage.write_wide(NO_SUSPECTS, tmp_path / "suspects.parquet", ["city", "year", "item"])
    paths = [tmp_path / f"{name}.parquet" for name in ("sample", "cities", "gaps")]
    build_sample(
        tmp_path / "panel.parquet", tmp_path / "suspects.parquet", tmp_path / "config", study(), *paths
    )
    first = [path.read_bytes() for path in paths]
    build_sample(
        tmp_path / "panel.parquet", tmp_path / "suspects.parquet", tmp_path / "config", study(), *paths
    )
    assert [path.read_bytes() for path in paths] == first
    assert len(storage.read_table(paths[0])) == 30
