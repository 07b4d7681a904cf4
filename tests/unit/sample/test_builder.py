"""Samples: city rules, flags, and what stops a study."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian import storage
from nianjian.errors import FormulaError, SampleError
from nianjian.sample import builder
from nianjian.sample.declaration import SampleDeclaration

NAN = float("nan")
YEARS = list(range(2001, 2011))
CODES = {110000: "北京市", 120000: "天津市", 310000: "上海市", 341400: "巢湖市", 520500: "毕节市"}


# -- a small study


def variable(name: str, expr: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "expr": expr, "unit": None, "on_zero": "error", "required": True} | more


def study(*variables: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A declaration's plain values."""
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
        "rules": {
            "min_coverage": 0.0, "max_missing": 1.0, "exist": [None, None], "boundary": "keep", "drop": [],
        },
        "missing": {"method": "linear"},
        "suspects": "keep",
        "balance": False,
        "variables": list(variables)
        or [variable("gdp_pc", "gdp / pop", unit="yuan/person"), variable("lnso2", "ln(so2)")],
        "units": units | {"province": "1"},
        "items": list(units),
    }  # fmt: skip
    return plain | more


@pytest.fixture
def cities() -> list[tuple[Any, ...]]:
    provinces = [110000, 120000, 310000, 340000, 520000]
    spans = [(None, None), (None, None), (None, None), (None, 2007), (2011, None)]
    return [
        (code, name, province, *span)
        for (code, name), province, span in zip(CODES.items(), provinces, spans, strict=True)
    ]


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


NO_SUSPECTS = pd.DataFrame({"city": [], "year": [], "item": [], "scope": [], "rule": []}).astype(
    {"city": "int32", "year": "int32"}
)


def lose(panel: pd.DataFrame, item: str, city: int, *years: int) -> pd.DataFrame:
    panel = panel.copy()
    panel.loc[(panel["city"] == city) & panel["year"].isin(years), item] = NAN
    return panel


def series(sample: builder.Sample, column: str, city: int = 110000) -> list[Any]:
    return sample.frame.loc[sample.frame["city"] == city, column].tolist()


def build(
    panel: pd.DataFrame,
    plain: dict[str, Any],
    cities: list[tuple[Any, ...]],
    suspects: pd.DataFrame = NO_SUSPECTS,
    corrected: pd.DataFrame | None = None,
) -> builder.Sample:
    declaration = SampleDeclaration.model_validate_json(json.dumps(plain | {"book": cities}))
    return builder.build(panel, suspects, declaration, corrected)


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
    plain["missing"]["edges"] = 1
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


def test_a_series_may_be_carried_by_other_years_than_the_others(panel, cities):
    damaged = lose(panel, "so2", 110000, 2001, 2002, 2003, 2004, 2008, 2009, 2010)
    plain = study()
    plain["missing"]["edges_of"] = {"so2": 2}
    sample = build(damaged, plain, cities)
    assert series(sample, "lnso2__filled") == [True, True, False, False, False, True]
    plain["missing"] |= {"edges": 2, "edges_of": {"so2": 0}}
    assert np.isnan(series(build(damaged, plain, cities), "lnso2")).tolist() == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


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


def test_values_that_break_a_listed_rule_count_as_missing(panel, cities):
    suspects = pd.DataFrame(
        {
            "city": [110000, 110000],
            "year": [2005, 2006],
            "item": "gdp",
            "scope": "city",
            "rule": ["jump", "contested"],
        }
    )
    sample = build(panel, study(suspects=("jump", "bounds")), cities, suspects=suspects)
    assert series(sample, "gdp_pc__filled") == [False, False, True, False, False, False]
    told = build(panel, study(suspects="misprints"), cities, suspects=suspects)
    assert series(told, "gdp_pc__filled") == [False, False, True, False, False, False]
    both = build(panel, study(suspects="missing"), cities, suspects=suspects)
    assert series(both, "gdp_pc__filled") == [False, False, True, True, False, False]


def test_suspects_count_as_missing_if_the_study_says_so(panel, cities):
    suspects = pd.DataFrame(
        {
            "city": [110000, 110000],
            "year": [2005, 2006],
            "item": ["gdp", "gdp"],
            "scope": ["city", "districts"],
            "rule": "jump",
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
    plain["rules"]["exist"] = None
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
    plain["rules"]["exist"] = [2004, 2007]
    assert reasons(build(panel, plain, cities))["巢湖市"] == ""


def test_coverage_is_the_share_of_required_cells_that_is_printed(panel, cities):
    damaged = lose(lose(panel, "gdp", 120000, 2003, 2004, 2005), "so2", 120000, 2006)
    plain = study()
    plain["rules"]["min_coverage"] = 8 / 12
    sample = build(damaged, plain, cities)
    assert sample.cities.set_index("city").loc[120000, "coverage"] == pytest.approx(8 / 12)
    assert sample.cities["kept"].all()
    plain["rules"]["min_coverage"] = 0.67
    assert reasons(build(damaged, plain, cities))["天津市"] == "coverage 0.667 is below 0.67"
    plain["variables"][0]["required"] = False
    assert build(damaged, plain, cities).cities["kept"].all()


def test_one_variable_may_not_be_missing_too_often(panel, cities):
    plain = study()
    plain["rules"]["max_missing"] = 0.5
    sample = build(lose(panel, "so2", 120000, 2003, 2004, 2005, 2006), plain, cities)
    assert reasons(sample)["天津市"] == "lnso2 is missing in 67% of the years"


def test_cities_are_left_out_with_the_reason(panel, cities):
    plain = study()
    plain["rules"]["drop"] = [{"cities": [310000], "where": None, "reason": "a municipality"}]
    assert reasons(build(panel, plain, cities))["上海市"] == "left out: a municipality"


@pytest.mark.parametrize("by", ["city", "province"])
def test_cities_are_left_out_by_attributes(panel, cities, by):
    regions = ["east", "east", "east", "centre", "west"]
    values = [
        [city[0] if by == "city" else city[2], region] for city, region in zip(cities, regions, strict=True)
    ]
    plain = study(attributes=[{"name": "region", "by": by, "unit": "text", "values": values}])
    plain["rules"]["drop"] = [{"cities": [], "where": "region != 'east'", "reason": "inland"}]
    sample = build(panel, plain, cities)
    assert sample.cities["kept"].tolist() == [True] * 3 + [False] * 2
    assert set(sample.frame["region"]) == {"east"}


def test_attributes_in_numbers_are_missing_where_the_file_has_none(panel, cities):
    attribute = {"name": "stations", "by": "city", "unit": "1", "values": [[110000, 3.0], [120000, 0.5]]}
    plain = study(variable("dose", "stations * gdp", required=False), attributes=[attribute])
    plain["units"] |= {"stations": "1"}
    sample = build(panel, plain, cities)
    assert series(sample, "stations") == [3.0] * 6
    assert series(sample, "dose")[0] == 9.0
    assert np.isnan(series(sample, "stations", 310000)).all()


def test_cities_with_a_boundary_change_inside_the_years_are_left_out(panel, cities):
    plain = study(events=[[110000, 2005, "gain"]])
    plain["rules"]["boundary"] = "drop"
    sample = build(panel, plain, cities)
    assert reasons(sample)["北京市"] == "boundary change in 2005: gain"
    assert sample.cities["kept"].tolist() == [False, True, True, True, True]


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
    sample = build(panel, study(), [city for city in cities if city[0] != 310000])
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
    plain["rules"]["exist"] = None
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
    plain["rules"]["min_coverage"] = 0.9
    with pytest.raises(
        SampleError, match=r"no city is left \(5 cities: coverage # is below #\); least printed are lnso2 50%"
    ):
        build(panel.assign(so2=panel["so2"].where(panel["year"] > 2005)), plain, cities)


# -- treatment, groups, report


def test_treatment_columns_carry_the_declared_name(panel, cities):
    entry = {
        "name": "rip",
        "policy": "p",
        "coding": "official",
        "starts": "approval_year",
        "first_by": "earliest",
        "main": True,
        "members": [[110000, 2005], [310000, 2012]],
    }
    plain = study(
        variable("dose", "rip * gdp"),
        policies=[entry, entry | {"name": "later", "starts": "year_after", "main": False}],
    )
    plain["units"] |= {"rip": "1", "later": "1", "first_treated_year": "1"}
    sample = build(panel, plain, cities)
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


def flagged(*rows: tuple[int, int, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["city", "year", "item", "scope", "rule"])


def marks_of(sample: builder.Sample) -> dict[str, list[int]]:
    own = sample.gaps.set_index("variable")[["values", "filled", "suspect", "corrected"]]
    return {str(name): row.tolist() for name, row in own.iterrows()}


def test_filled_suspect_and_corrected_values_are_counted_by_what_variables_are_made_of(panel, cities):
    panel = lose(panel, "so2", 110000, 2004)
    doubtful = flagged(
        (110000, 2003, "so2", "city", "bounds"),
        (110000, 2004, "so2", "city", "bounds"),  # filled: counted as that
        (110000, 2003, "gdp", "districts", "bounds"),  # another scope
        (120000, 2005, "pop", "city", "jump"),
        (120000, 2005, "gdp", "city", "jump"),  # both parts of gdp_pc, one value
        (110000, 1990, "so2", "city", "bounds"),  # before the sample
    )
    mended = flagged((120000, 2006, "gdp", "city", ""))
    found = marks_of(build(panel, study(), cities, doubtful, mended))
    assert found == {"gdp_pc": [30, 0, 1, 1], "lnso2": [30, 1, 1, 0]}
    taken_out = marks_of(build(panel, study(suspects="missing"), cities, doubtful, mended))
    assert taken_out["lnso2"] == [30, 2, 0, 0]


def test_the_script_writes_four_tables(panel, cities, tmp_path):
    from build_sample import build_sample

    declaration = SampleDeclaration.model_validate_json(json.dumps(study() | {"book": cities}))
    (tmp_path / "sample.json").write_text(declaration.to_json(), encoding="utf8")
    storage.write_wide(panel, tmp_path / "panel.parquet", ["city", "year"])
    storage.write_wide(NO_SUSPECTS, tmp_path / "suspects.parquet", ["city", "year", "item"])
    paths = [tmp_path / f"{name}.parquet" for name in ("sample", "cities", "gaps", "boundaries")]
    doubtful = [tmp_path / "suspects.parquet"]
    inputs = ([tmp_path / "panel.parquet"], doubtful, doubtful, tmp_path / "sample.json")
    build_sample(*inputs, *paths)
    first = [path.read_bytes() for path in paths]
    build_sample(*inputs, *paths)
    assert [path.read_bytes() for path in paths] == first
    assert len(storage.read_table(paths[0])) == 30


def test_a_panel_that_repeats_a_key_is_named_with_city_and_year(panel, cities):
    with pytest.raises(SampleError) as caught:
        build(pd.concat([panel, panel.head(1)]), study(), cities)
    text = str(caught.value)
    assert text.startswith("config/studies/x.yaml: the panel repeats a city and year, first {'city': 110000")
    assert text.endswith("build it again")


def test_county_level_cities_keep_their_id_whatever_their_code_was():
    from nianjian.sample.wide import by_unit

    wide = pd.DataFrame(
        {"city": [339007, 330782, 330783], "year": [1989, 1990, 1990], "unit": [330782, 330782, 330783], "gdp": [1.0, 2.0, 3.0]}
    )  # fmt: skip
    suspects = pd.DataFrame({"city": [339007, 330100], "year": [1989, 1989], "item": "gdp", "scope": "city"})
    panel, doubtful = by_unit(wide, suspects)
    assert panel.to_dict("list") == {
        "city": [330782, 330782, 330783],
        "year": [1989, 1990, 1990],
        "gdp": [1.0, 2.0, 3.0],
    }
    assert doubtful[["city", "year"]].to_numpy().tolist() == [[330782, 1989]]
    plain = wide.drop(columns="unit")
    assert by_unit(plain, suspects) == (plain, suspects)
