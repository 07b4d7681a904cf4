"""Treatment coding: small hand-made policies, and the lists of config/reference."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.errors import SampleError
from nianjian.reference import cities, policies
from nianjian.sample.treatment import treatment

REFERENCE = CONFIG / "reference"
SHARED_LIST = CONFIG.parents[1] / "shared" / "reference" / "urban_agglomerations.csv"


@pytest.fixture(scope="module")
def agglomerations() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "policies" / "urban_agglomerations.csv")


def existing(year: int) -> dict[int, str]:
    """Cities at the end of a year, with the names now in force."""
    book = cities.load(Layers()).by_code.values()
    return {city.code: city.name for city in book if (city.from_year or 0) <= year <= (city.to_year or 9999)}


@pytest.fixture(scope="module")
def sample_285() -> list[int]:
    """Cities of 2004 that still exist in 2020: 287 less 巢湖 and 莱芜."""
    return [city for city in existing(2004) if city in existing(2020)]


def listed(policy: str, coding: str) -> policies.Members:
    return policies.listed(Layers(), cities.load(Layers()), policy, coding, "x").members


MEMBERS = ((110000, 2015), (120000, 2016), (120000, 2017), (130100, 2019))


def test_treatment_switches_on_in_the_approval_year_and_stays_on():
    coded = treatment(MEMBERS, [110000], range(2013, 2018), starts="approval_year")
    assert coded["treated"].tolist() == [0, 0, 1, 1, 1]
    assert coded["first_year"].unique().tolist() == [2015]


def test_year_after_shifts_every_entry_by_one_year():
    cities, years = [110000, 120000, 130100, 140100], range(2010, 2022)
    approval = treatment(MEMBERS, cities, years, starts="approval_year")
    after = treatment(MEMBERS, cities, years, starts="year_after")
    assert (after["first_year"] - approval["first_year"]).dropna().unique().tolist() == [1]
    assert approval["treated"].sum() - after["treated"].sum() == 3  # one year for each of three members


@pytest.mark.parametrize(("first_by", "first"), [("earliest", 2016), ("latest", 2017)])
def test_a_city_in_two_lists_enters_by_the_declared_one(first_by, first):
    coded = treatment(MEMBERS, [120000], [2016], starts="approval_year", first_by=first_by)
    assert coded["first_year"].tolist() == [first]


def test_cities_outside_the_policy_have_no_first_year_and_late_ones_are_untreated_but_ever():
    coded = treatment(MEMBERS, [130100, 659001], [2018], starts="approval_year")
    assert coded["treated"].tolist() == [0, 0]
    assert coded["first_year"].isna().tolist() == [False, True]
    assert coded["ever"].tolist() == [True, False]


def test_the_panel_is_balanced_sorted_and_does_not_depend_on_the_order_of_the_sample():
    one = treatment(MEMBERS, [130100, 110000], [2016, 2015], starts="approval_year")
    other = treatment(MEMBERS[::-1], [110000, 130100], [2015, 2016], starts="approval_year")
    assert list(zip(one["city"], one["year"], strict=True)) == [
        (110000, 2015),
        (110000, 2016),
        (130100, 2015),
        (130100, 2016),
    ]
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("sample", "options", "message"),
    [
        ([110000], {"starts": "next_year"}, "approval_year, year_after"),
        ([110000], {"first_by": "last"}, "earliest, latest"),
        ([110000, 110000], {}, "110000 stands twice"),
    ],
)
def test_errors_name_the_option_or_value(sample, options, message):
    with pytest.raises(SampleError, match=message):
        treatment(MEMBERS, sample, [2015], **({"starts": "approval_year"} | options))


def test_s1_coding_yields_147_cities_and_727_city_years(sample_285):
    assert len(sample_285) == 285
    coded = treatment(
        listed("urban_agglomerations", "s1"), sample_285, range(2003, 2021), starts="approval_year"
    )
    assert len(coded) == 5130
    assert coded.loc[coded["ever"], "city"].nunique() == 147
    assert coded["treated"].sum() == 727
    entries = coded.drop_duplicates("city")["first_year"].value_counts().to_dict()
    assert entries == {2015: 38, 2016: 81, 2017: 10, 2018: 18}


def test_s1_coding_puts_every_city_in_one_agglomeration(agglomerations):
    members = agglomerations[agglomerations["s1"]]
    assert not members["city"].duplicated().any()
    sizes = members.groupby("agglomeration_en").size().to_dict()
    assert sizes == {
        "Beijing-Tianjin-Hebei": 10,
        "Beibu Gulf": 10,
        "Central Plains": 29,
        "Chengdu-Chongqing": 16,
        "Guanzhong Plain": 10,
        "Harbin-Changchun": 10,
        "Hohhot-Baotou-Ordos-Yulin": 4,
        "Lanzhou-Xining": 4,
        "Middle Reaches of the Yangtze River": 28,
        "Yangtze River Delta": 26,
    }
    grades = members.groupby("grade").size().to_dict()
    assert grades == {"super_large": 36, "medium": 83, "new": 28}


def test_agglomerations_name_known_cities_and_one_date_each(agglomerations):
    names = existing(2019)
    assert agglomerations["city_name"].tolist() == [names[city] for city in agglomerations["city"]]
    assert agglomerations.groupby("agglomeration")["approval_date"].nunique().eq(1).all()
    assert not agglomerations.duplicated(["agglomeration", "city"]).any()
    assert not (agglomerations["s1"] & ~agglomerations["official"]).any()


def test_rows_of_two_dates_are_told_apart_by_their_coding():
    belt = "yangtze_river_economic_belt"
    starts = {
        coding: treatment(listed(belt, coding), [420100], [2020], starts="approval_year")["first_year"][0]
        for coding in ("guideline", "outline")
    }
    assert starts == {"guideline": 2014, "outline": 2016}


def test_a_city_with_several_units_is_treated_from_the_first():
    parks = pd.read_csv(REFERENCE / "policies" / "eco_industrial_parks.csv")
    suzhou = parks[(parks["city"] == 320500) & parks["s3"]]
    assert len(suzhou) == 5
    members = listed("eco_industrial_parks", "s3")
    first = treatment(members, [320500], [2023], starts="approval_year")
    assert first["first_year"].tolist() == [2008]
    last = treatment(members, [320500], [2023], starts="approval_year", first_by="latest")
    assert last["first_year"].tolist() == [2014]


def test_units_below_a_prefecture_count_only_in_their_own_coding():
    whole = treatment(listed("smart_city", "prefecture"), [310000], [2020], starts="approval_year")
    parts = treatment(listed("smart_city", "any"), [310000], [2020], starts="approval_year")
    assert whole["ever"].tolist() == [False] and parts["first_year"].tolist() == [2013]


@pytest.mark.real
@pytest.mark.skipif(not SHARED_LIST.exists(), reason="needs the reference lists beside the repository")
def test_members_agree_with_the_reference_list(agglomerations):
    listed = pd.read_csv(SHARED_LIST)
    names = set(agglomerations["city_name"].str.removesuffix("市"))
    listed = listed[listed["city"].isin(names)]  # leaves out county-level cities and autonomous prefectures
    theirs = set(zip(listed["agglomeration"], listed["city"], strict=True))
    ours = set(
        zip(agglomerations["agglomeration"], agglomerations["city_name"].str.removesuffix("市"), strict=True)
    )
    assert theirs <= ours
    extra = {city for group, city in ours - theirs if group != "粤港澳大湾区"}
    assert extra == {
        "邯郸",
        "邢台",
        "衡水",
    }  # the list has the ten cities "2+8" of the paper, the plan all thirteen
