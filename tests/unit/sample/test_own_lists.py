"""Own policies that end or have doses, attributes by year, groups of listed cities, in a sample."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.reading import validate
from nianjian.errors import DeclarationError
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import kinds
from nianjian.sample import builder
from nianjian.sample.declaration import Policy, SampleDeclaration, Spell
from nianjian.sample.grid import Grid
from nianjian.sample.treatment import dummy
from unit.sample.test_builder import NO_SUSPECTS, cities, panel, study, variable  # noqa: F401
from unit.sample.test_declared import SmallStudy, make  # noqa: F401

CITIES, YEARS = [110000, 120000, 310000], list(range(2008, 2016))


def grid() -> Grid:
    return Grid(np.array(CITIES), np.array(YEARS), pd.Series([True] * len(CITIES) * len(YEARS)))


def coded(
    *spells: tuple[int, int, int | None, float], **more: Any
) -> tuple[dict[int, list[float]], dict[int, Any]]:
    """Dummy and first treated year by city."""
    plain = {
        "name": "did",
        "main": True,
        "policy": "own",
        "coding": None,
        "starts": "approval_year",
        "first_by": "earliest",
        "members": (),
    }
    policy = Policy(**plain | {"spells": tuple(Spell(*each) for each in spells)} | more)
    treated, first = dummy(policy, grid())
    keys = grid().index().get_level_values("city")
    return (
        {int(city): own.tolist() for city, own in treated.groupby(keys)},
        {int(city): own.iloc[0] for city, own in first.groupby(keys)},
    )


def test_a_policy_falls_back_where_it_ends_and_may_come_again():
    treated, first = coded((110000, 2009, 2010, 1.0), (110000, 2013, None, 1.0), (120000, 2014, None, 1.0))
    assert treated[110000] == [0, 1, 1, 0, 0, 1, 1, 1] and treated[120000] == [0, 0, 0, 0, 0, 0, 1, 1]
    assert treated[310000] == [0] * 8
    assert first[110000] == 2009 and first[120000] == 2014 and pd.isna(first[310000])


def test_its_first_and_last_years_are_as_declared():
    treated, first = coded((110000, 2009, 2012, 1.0), starts="year_after", ends="year_before")
    assert treated[110000] == [0, 0, 1, 1, 0, 0, 0, 0] and first[110000] == 2010
    treated, first = coded((110000, 2009, 2009, 1.0), starts="year_after")
    assert treated[110000] == [0] * 8 and pd.isna(first[110000])


def test_doses_stand_in_place_of_one():
    treated, _ = coded((110000, 2009, 2011, 2.5), (110000, 2012, None, 4.0))
    assert treated[110000] == [0, 2.5, 2.5, 2.5, 4, 4, 4, 4]


def declare(make: Any, change: Any = None, **files: str) -> SampleDeclaration:  # noqa: F811
    return make(change, **files)


def test_a_study_declares_columns_waves_and_ends(make):  # noqa: F811
    def change(raw):
        raw["policies"]["pilot"] = {
            "policy": "own",
            "city": "地",
            "date": "从",
            "end_date": "到",
            "waves": [1],
        }

    own = "地,从,到,批次\n保定,2010,2012,1\n石家庄,2011,,1\n唐山,2012,,2\n"
    policy = declare(make, change, policies__own=own).policies[1]
    assert policy.members == ((130100, 2011), (130600, 2010)) and policy.ends == "end_year"
    assert [tuple(each) for each in policy.spells] == [(130100, 2011, None, 1.0), (130600, 2010, 2012, 1.0)]


def test_latest_means_one_start(make):  # noqa: F811
    def change(raw):
        raw["policies"]["pilot"] = {"policy": "own", "first_by": "latest"}

    with pytest.raises(
        DeclarationError, match=r"policies\.pilot\.first_by: the policy has ends \(config/policies/own\.csv\)"
    ):
        declare(make, change, policies__own="city,year,end\n保定,2010,2012\n")


@pytest.mark.parametrize("estimator", ["event_study", "psm_did", "placebo", "twfe"])
def test_estimators_by_the_year_of_the_start_refuse_a_policy_that_ends(tmp_path, estimator):
    from nianjian.declarations.layers import CONFIG, Layers
    from nianjian.sample.declared import declared
    from unit.sample.test_declared import STUDY

    path = tmp_path / "config/policies/own.csv"
    path.parent.mkdir(parents=True)
    path.write_text("city,year,end\n保定,2010,2012\n", encoding="utf8")
    raw = {**STUDY, "treatment": {"policy": "own"}, "policies": {}}
    own = SmallStudy(raw, Layers((tmp_path / "config", CONFIG)))
    own.specs = {"main": Entry("main", kinds().get("estimators", estimator), None)}  # type: ignore[arg-type]
    own.conditions = tuple  # type: ignore[method-assign, assignment]
    if estimator == "twfe":
        found = declared(own).treatment  # type: ignore[arg-type]
        assert found is not None and found.spells[0].end == 2012
        return
    with pytest.raises(DeclarationError) as caught:
        declared(own)  # type: ignore[arg-type]
    assert str(caught.value).startswith(
        f"config/studies/demo.yaml, treatment.policy: the policy has ends (config/policies/own.csv); main ({estimator}) need one"
    )


def test_groups_of_listed_cities(make):  # noqa: F811
    def change(raw):
        raw["groups"] |= {
            "core": {"cities": ["北京", 310000, "Xi'an"]},
            "listed": {"file": "data/core.csv", "label": {"en": "Core", "zh": "核心"}},
        }

    found = {
        each.name: each.expr
        for each in declare(make, change, **{"../data/core": "城市\n襄樊\n上海\n"}).groups
    }
    assert (
        found["core"] == "city in [110000, 310000, 610100]" and found["listed"] == "city in [310000, 420600]"
    )
    assert found["eastern"] == "region == 'east'"


def test_unknown_cities_of_a_group_are_all_named(make):  # noqa: F811
    def change(raw):
        raw["groups"]["core"] = {"cities": ["北亰", "苏洲"]}

    with pytest.raises(DeclarationError) as caught:
        declare(make, change)
    text = str(caught.value)
    assert (
        text.startswith("config/studies/demo.yaml, groups.core.cities: ")
        and "'北亰'" in text
        and "'苏州市'" in text
    )


@pytest.mark.parametrize(
    "group", [{}, {"expr": "gdp > 1", "cities": ["北京"]}, {"cities": ["北京"], "city": "城市"}]
)
def test_a_group_says_one_thing(group):
    from unit.sample.test_declared import STUDY

    with pytest.raises(
        DeclarationError, match=r"one of expr, cities and file|city and sheet only beside file"
    ):
        validate(StudyFile, {**STUDY, "groups": {"core": group}}, "config/studies/demo.yaml")


def test_a_list_of_cities_is_a_column_of_the_sample(panel, cities):  # noqa: F811
    declaration = study(
        book=cities,
        groups=[{"name": "core", "expr": "city in [110000, 310000]"}],
        attributes=[
            {"name": "rain", "by": "city_year", "unit": "1", "values": (), "dated": ((110000, 2003, 5.0), (110000, 2004, 6.0))},
            {"name": "oil", "by": "year", "unit": "1", "values": (), "dated": tuple((0, year, year / 10) for year in range(2001, 2011))},
        ],
    )  # fmt: skip
    declaration["variables"] = [*declaration["variables"], variable("shift", "rain * oil", required=False)]
    declaration["units"] |= {"rain": "1", "oil": "1"}
    made = builder.build(panel, NO_SUSPECTS, SampleDeclaration.model_validate_json(json.dumps(declaration)))
    frame = made.frame.set_index(["city", "year"])
    assert frame.groupby("city")["core"].first().to_dict()[110000] == 1
    assert frame.loc[(120000, 2003), "core"] == 0 and np.isnan(frame.loc[(120000, 2003), "rain"])
    assert frame.loc[(110000, 2004), "shift"] == pytest.approx(6 * 200.4)
    assert frame.loc[(120000, 2008), "oil"] == pytest.approx(200.8)


def test_cities_without_a_property_are_named_in_the_log(panel, cities, caplog):  # noqa: F811
    caplog.set_level(logging.WARNING)
    declaration = study(
        book=cities,
        attributes=[
            {"name": "stations", "by": "city", "unit": "1", "values": ((110000, 3.0), (120000, 1.0))}
        ],
    )
    builder.build(panel, NO_SUSPECTS, SampleDeclaration.model_validate_json(json.dumps(declaration)))
    assert "attribute stations: 3 of 5 cities have no value: 上海市, 巢湖市, 毕节市" in caplog.text


def test_panels_apart_stand_beside_the_panel_of_all():
    from nianjian.sample.wide import beside

    first = pd.DataFrame({"city": [1, 1], "year": [2001, 2002], "gdp": [1.0, 2.0]})
    own = pd.DataFrame({"city": [1, 2], "year": [2002, 2002], "mine": [5.0, 6.0]})
    found = beside([first, own])
    assert found[["city", "year"]].to_numpy().tolist() == [[1, 2001], [1, 2002], [2, 2002]]
    assert found["mine"].fillna(-1).tolist() == [-1, 5, 6] and found["gdp"].fillna(-1).tolist() == [1, 2, -1]
    assert beside([first]) is first


def test_an_attribute_in_numbers_says_its_unit(make):  # noqa: F811
    def change(raw):
        raw["attributes"]["stations"] = {"file": "data/own.csv", "city": "城市", "column": "站数"}

    files = {"../data/own": "城市,站数\n北京,3\n"}
    with pytest.raises(
        DeclarationError,
        match=r"attributes\.stations\.column: data/own\.csv, column '站数' holds numbers; say in which unit",
    ):
        declare(make, change, **files)

    def said(raw):
        change(raw)
        raw["attributes"]["stations"]["unit"] = "1"

    (found,) = [each for each in declare(make, said, **files).attributes if each.name == "stations"]
    assert found.values == ((110000, 3.0),)


@pytest.mark.parametrize(("key", "value"), [("year", "年份"), ("by", "decade")])
def test_a_year_needs_values_by_year(key, value):
    from unit.sample.test_declared import STUDY

    own = {"file": "data/own.csv", key: value}
    with pytest.raises(DeclarationError, match=r"attributes\.own"):
        validate(StudyFile, {**STUDY, "attributes": {"own": own}}, "config/studies/demo.yaml")
