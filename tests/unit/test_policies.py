"""Treatment coding: small hand-made policies, and the list of urban agglomerations."""

from pathlib import Path

import pandas as pd
import pytest

from nianjian.errors import SampleError
from nianjian.sample.policies import treatment
from small_books import city_book

REPOSITORY = Path(__file__).parents[2]
REFERENCE = REPOSITORY / "config" / "reference"
SHARED_LIST = REPOSITORY.parent / "shared" / "reference" / "urban_agglomerations.csv"


@pytest.fixture(scope="module")
def agglomerations() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "policies" / "urban_agglomerations.csv")


@pytest.fixture(scope="module")
def sample_285() -> pd.Series:
    """Cities of 2004 that still exist in 2020: 287 less 巢湖 and 莱芜."""
    book = city_book()
    early, late = book.cities(2004)["city"], book.cities(2020)["city"]
    return early[early.isin(late)]


def policy(**columns) -> pd.DataFrame:
    rows = {
        "city": [110000, 120000, 120000, 130100],
        "approval_date": ["2015-04-30", "2017-01-20", "2016-05-22", "2019-02-18"],
        "official": [True, True, True, True],
        "narrow": ["true", "true", "false", "false"],
    }
    return pd.DataFrame(rows | columns)


def test_treatment_switches_on_in_the_approval_year_and_stays_on():
    coded = treatment(policy(), [110000], range(2013, 2018), starts="approval_year", coding="official")
    assert coded["treated"].tolist() == [0, 0, 1, 1, 1]
    assert coded["first_year"].unique().tolist() == [2015]


def test_year_after_shifts_every_entry_by_one_year():
    cities, years = [110000, 120000, 130100, 140100], range(2010, 2022)
    approval = treatment(policy(), cities, years, starts="approval_year", coding="official")
    after = treatment(policy(), cities, years, starts="year_after", coding="official")
    assert (after["first_year"] - approval["first_year"]).dropna().unique().tolist() == [1]
    assert approval["treated"].sum() - after["treated"].sum() == 3  # one year for each of three members


@pytest.mark.parametrize(("first_by", "first"), [("earliest", 2016), ("latest", 2017)])
def test_a_city_in_two_lists_enters_by_the_declared_one(first_by, first):
    coded = treatment(
        policy(), [120000], [2016], starts="approval_year", coding="official", first_by=first_by
    )
    assert coded["first_year"].tolist() == [first]


def test_coding_chooses_the_rows():
    coded = treatment(policy(), [110000, 120000, 130100], [2020], starts="approval_year", coding="narrow")
    assert coded["first_year"].fillna(0).tolist() == [2015, 2017, 0]
    assert coded["ever"].tolist() == [True, True, False]


def test_cities_outside_the_policy_have_no_first_year_and_late_ones_are_untreated_but_ever():
    coded = treatment(policy(), [130100, 659001], [2018], starts="approval_year", coding="official")
    assert coded["treated"].tolist() == [0, 0]
    assert coded["first_year"].isna().tolist() == [False, True]
    assert coded["ever"].tolist() == [True, False]


def test_the_panel_is_balanced_sorted_and_does_not_depend_on_the_order_of_the_sample():
    options = {"starts": "approval_year", "coding": "official"}
    one = treatment(policy(), [130100, 110000], [2016, 2015], **options)
    other = treatment(policy()[::-1], [110000, 130100], [2015, 2016], **options)
    assert list(zip(one["city"], one["year"], strict=True)) == [
        (110000, 2015),
        (110000, 2016),
        (130100, 2015),
        (130100, 2016),
    ]
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("change", "sample", "options", "message"),
    [
        ({}, [110000], {"coding": "offical"}, "no column 'offical'"),
        ({}, [110000], {"starts": "next_year"}, "approval_year, year_after"),
        ({}, [110000, 110000], {}, "110000 stands twice"),
        ({"approval_date": ["2015-04-30", "2017", "2016-05-22", "2019-02-18"]}, [110000], {}, "'2017'"),
        ({"official": [True, "yes", True, True]}, [110000], {}, "holds 'yes'"),
    ],
)
def test_errors_name_the_column_or_value(change, sample, options, message):
    with pytest.raises(SampleError, match=message):
        treatment(
            policy(**change), sample, [2015], **({"starts": "approval_year", "coding": "official"} | options)
        )


def test_s1_coding_yields_147_cities_and_727_city_years(agglomerations, sample_285):
    assert len(sample_285) == 285
    coded = treatment(agglomerations, sample_285, range(2003, 2021), starts="approval_year", coding="s1")
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
    cities = city_book().cities(2019).set_index("city")["name_zh"]
    assert agglomerations["city_name"].tolist() == cities.loc[agglomerations["city"]].tolist()
    assert agglomerations.groupby("agglomeration")["approval_date"].nunique().eq(1).all()
    assert not agglomerations.duplicated(["agglomeration", "city"]).any()
    assert not (agglomerations["s1"] & ~agglomerations["official"]).any()


def test_rows_of_two_dates_are_told_apart_by_their_coding():
    belt = pd.read_csv(REFERENCE / "policies" / "yangtze_river_economic_belt.csv")
    starts = {
        coding: treatment(belt, [420100], [2020], starts="approval_year", coding=coding)["first_year"][0]
        for coding in ("guideline", "outline")
    }
    assert starts == {"guideline": 2014, "outline": 2016}


def test_a_city_with_several_units_is_treated_from_the_first():
    parks = pd.read_csv(REFERENCE / "policies" / "eco_industrial_parks.csv")
    suzhou = parks[(parks["city"] == 320500) & parks["s3"]]
    assert len(suzhou) == 5
    options = {"starts": "approval_year", "coding": "s3"}
    assert treatment(parks, [320500], [2023], **options)["first_year"].tolist() == [2008]
    last = treatment(parks, [320500], [2023], **options, first_by="latest")
    assert last["first_year"].tolist() == [2014]


def test_units_below_a_prefecture_count_only_in_their_own_coding():
    smart = pd.read_csv(REFERENCE / "policies" / "smart_city.csv")
    whole = treatment(smart, [310000], [2020], starts="approval_year", coding="prefecture")
    parts = treatment(smart, [310000], [2020], starts="approval_year", coding="any")
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
