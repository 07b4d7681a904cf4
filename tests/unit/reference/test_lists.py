"""Policy lists and city attributes: official counts, codes that exist, and columns that the reader needs."""

import pandas as pd
import pytest

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.reference import cities, policies
from nianjian.sample.treatment import treatment

REFERENCE = CONFIG / "reference"
FIXED = ["city", "city_name", "unit", "level", "batch", "approval_date", "precision", "document"]
CODINGS = {
    "belt_and_road": ["provinces", "nodes", "s1"],
    "broadband_china": ["prefecture", "any", "s4"],
    "county_to_district": ["since2000", "s1"],
    "eco_industrial_parks": ["until_2017", "all", "s3"],
    "ecommerce_cities": ["notice", "published", "s1"],
    "innovative_cities": ["listed", "listed_cities", "first_known"],
    "innovative_clusters": ["until_2017", "all", "s4"],
    "low_carbon": ["city_pilot", "listed", "with_provinces", "s4"],
    "rural_ecommerce": ["partial"],
    "smart_city": ["prefecture", "any", "s1", "s4"],
    "yangtze_river_economic_belt": ["guideline", "outline", "s1"],
}


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "policies" / f"{name}.csv", keep_default_na=False)


def cities_of(name: str, coding: str) -> set[int]:
    frame = read(name)
    return set(frame.loc[frame[coding], "city"])


@pytest.fixture(scope="module")
def known() -> pd.Series:
    return pd.read_csv(REFERENCE / "cities.csv").set_index("city")["name_zh"]


@pytest.fixture(scope="module")
def cities_2020() -> list[int]:
    book = cities.load(Layers()).by_code.values()
    return [city.code for city in book if (city.from_year or 0) <= 2020 <= (city.to_year or 9999)]


@pytest.fixture(scope="module")
def attributes() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "attributes.csv", keep_default_na=False)


# -- every list ------------------------------------------------------------------------------------


def test_every_policy_file_is_described_here():
    files = {path.stem for path in (REFERENCE / "policies").glob("*.csv")}
    assert files == {*CODINGS, "urban_agglomerations"}


@pytest.mark.parametrize("name", CODINGS)
def test_rows_name_known_cities_dates_and_a_source(name, known):
    frame = read(name)
    assert list(frame) == [*FIXED, *CODINGS[name], "source", "confidence"]
    assert frame["city_name"].tolist() == known.loc[frame["city"]].tolist()
    dates = pd.to_datetime(frame["approval_date"], format="%Y-%m-%d")
    assert set(frame["precision"]) <= {"day", "month", "year"}
    assert frame.loc[frame["precision"] == "year", "approval_date"].str.endswith("-01-01").all()
    assert dates[frame["precision"] == "month"].dt.day.eq(1).all()
    assert set(frame["level"]) <= {"province", "city", "part"} | {"county"}
    assert set(frame["confidence"]) <= {"verified", "unverified"}
    assert frame["source"].ne("").all()
    assert not frame.duplicated(["city", "unit", "approval_date", "level", "batch"]).any()
    assert frame["approval_date"].is_monotonic_increasing


@pytest.mark.parametrize(("name", "coding"), [(n, c) for n, codings in CODINGS.items() for c in codings])
def test_the_reader_codes_every_list(name, coding, cities_2020):
    members = policies.listed(Layers(), cities.load(Layers()), name, coding, "x").members
    coded = treatment(members, cities_2020, range(2000, 2024), starts="approval_year")
    reached = set(coded.loc[coded["ever"], "city"])
    assert reached == cities_of(name, coding) & set(cities_2020)
    assert len(reached) >= 5
    assert coded.groupby("city")["treated"].apply(lambda path: path.is_monotonic_increasing).all()


# -- counts ----------------------------------------------------------------------------------------


def test_yangtze_belt_has_110_cities_in_eleven_provinces(cities_2020):
    frame = read("yangtze_river_economic_belt")
    assert frame["unit"].nunique() == 11
    assert len(cities_of("yangtze_river_economic_belt", "guideline") & set(cities_2020)) == 110
    years = frame.groupby("batch")["approval_date"].agg(lambda dates: set(dates.str[:4]))
    assert years.to_dict() == {"guideline": {"2014"}, "outline": {"2016"}}


def test_belt_and_road_has_18_provinces_and_26_nodes():
    frame = read("belt_and_road")
    assert frame.loc[frame["provinces"], "unit"].nunique() == 18
    assert len(cities_of("belt_and_road", "nodes")) == 26


def test_ecommerce_cities_fall_short_in_the_later_batches():
    frame = read("ecommerce_cities")
    published = frame[frame["published"]].groupby("approval_date").size().to_dict()
    # Published codings have 23, 29 and 16 prefecture-level cities.
    assert published == {"2011-11-11": 23, "2014-03-25": 22, "2017-01-12": 1}


def test_smart_cities_by_batch():
    frame = read("smart_city")
    # Of 90, 103 and 97 units; four of each of the first two lie in no prefecture-level city, two of the
    # second and most of the third are missing.
    assert frame.groupby("batch").size().to_dict() == {1: 86, 2: 97, 3: 20}
    assert frame[frame["prefecture"]].groupby("batch").size().to_dict() == {1: 35, 2: 41, 3: 9}
    assert (frame["prefecture"] == frame["level"].eq("city")).all()
    # The provincial report names three cities and three counties of 安徽.
    third = frame[(frame["batch"] == 3) & (frame["city"] // 10000 == 34)]
    assert third["level"].value_counts().to_dict() == {"city": 3, "part": 3}
    assert not (frame["prefecture"] & ~frame["any"]).any()


def test_low_carbon_pilots_are_81_less_seven_outside_cities():
    frame = read("low_carbon")
    listed = frame[frame["listed"]]
    assert listed.groupby("batch").size().to_dict() == {1: 8, 2: 26, 3: 40}  # of 8, 28 and 45
    provinces = frame[frame["level"] == "province"].groupby("unit").size()
    assert provinces.drop("海南省").to_dict() == {
        "广东省": 21,
        "云南省": 8,
        "湖北省": 12,
        "辽宁省": 14,
        "陕西省": 10,
    }
    assert cities_of("low_carbon", "city_pilot") < cities_of("low_carbon", "with_provinces")


def test_broadband_china_has_39_units_a_year_of_which_four_are_no_cities():
    frame = read("broadband_china")
    units = frame.drop_duplicates(["batch", "unit"]).groupby("batch").size().to_dict()
    assert units == {1: 36, 2: 39, 3: 38}  # without 延边, 阿坝 and 阿拉尔; without 文山


def test_county_to_district_counts_from_the_year_of_approval():
    frame = read("county_to_district")
    assert frame["batch"].between(2000, 2021).all()
    assert frame["batch"].eq(frame["approval_date"].str[:4].astype(int)).all()
    assert (frame["s1"] == frame["batch"].between(2003, 2020)).all()
    assert len(frame) == 166 and len(frame.drop_duplicates(["city", "batch"])) == 162
    assert frame["confidence"].value_counts().to_dict() == {"verified": 164, "unverified": 2}
    first = frame[frame["s1"]].groupby("city")["batch"].min()
    # 青岛 from 2012 (胶南), not 即墨; 成都 from 双流, 郫都 (approved in November 2016) comes later.
    known = {
        "杭州市": 2014,
        "南京市": 2013,
        "济南市": 2016,
        "苏州市": 2012,
        "佛山市": None,
        "成都市": 2015,
        "青岛市": 2012,
        "烟台市": 2020,
        "石嘴山市": 2003,
        "三明市": None,
    }
    names = frame.drop_duplicates("city").set_index("city_name")["city"]
    for city, year in known.items():
        assert first.get(names.get(city)) == year, city


def test_county_to_district_names_each_approval_once():
    frame = read("county_to_district")
    published = frame[frame["batch"] <= 2020]
    assert (published["precision"] == "day").all()
    year = published["document"].str.extract(r"^国函〔(\d{4})〕\d+号$", expand=False)
    assert year.astype(float).eq(published["batch"]).all()
    assert published["document"].is_unique
    sides = frame["unit"].str.split(" → ", regex=False)
    assert sides.str.len().eq(2).all()
    counties = sides.str[0].str.split().explode()
    assert counties.str.match(r".+[县市]$").all()
    assert sides.str[1].str.split().explode().str.endswith("区").all()
    # A county is abolished once.
    assert (
        not frame.assign(county=sides.str[0].str.split())
        .explode("county")
        .duplicated(["city", "county"])
        .any()
    )
    pidu = frame[frame["unit"] == "郫县 → 郫都区"].iloc[0]
    assert (pidu["approval_date"], pidu["document"]) == ("2016-11-24", "国函〔2016〕186号")


def test_48_parks_were_named_by_mid_2017_in_29_cities():
    frame = read("eco_industrial_parks")
    parks = frame[frame["until_2017"]]
    assert len(parks) == 48 and not parks["unit"].duplicated().any()
    assert parks["city"].nunique() == 29
    assert frame[frame["all"]].groupby("batch").size().loc[[2019, 2020]].tolist() == [4, 9]
    # The two early parks are no pilots of the programme: Guigang is absent, Lubei never counts.
    assert "贵港市" not in set(frame["city_name"])
    assert not frame.loc[frame["unit"].str.contains("鲁北"), CODINGS["eco_industrial_parks"]].any(axis=None)


def test_innovative_clusters_reach_55_cities():
    frame = read("innovative_clusters")
    assert frame[frame["s4"]].groupby("batch")["city"].nunique().to_dict() == {1: 10, 2: 19, 3: 26}
    assert frame["city"].is_unique and len(cities_of("innovative_clusters", "s4")) == 55


def test_innovative_cities_are_78_less_two_outside_cities():
    frame = read("innovative_cities")
    assert frame[frame["listed"]].groupby("batch").size().to_dict() == {"list of 2016": 59, "new in 2018": 17}
    assert len(cities_of("innovative_cities", "first_known")) == 34


def test_rural_ecommerce_is_a_fragment_and_offers_no_study_coding():
    frame = read("rural_ecommerce")
    assert frame.groupby("batch").size().to_dict() == {2015: 6, 2017: 8}  # of 200 and 260
    assert not {"s1", "s4"} & set(frame)


# -- attributes ------------------------------------------------------------------------------------


def test_attributes_have_one_row_per_city_since_1999(attributes, known):
    cities = pd.read_csv(REFERENCE / "cities.csv").set_index("city")
    since = known[cities["to_year"].fillna(9999) >= 1999]
    assert attributes["city"].tolist() == since.index.tolist()
    assert attributes["city_name"].tolist() == since.tolist()
    numeric = attributes.select_dtypes("number").drop(columns="city")
    assert numeric.isin([0, 1]).all(axis=None)


def test_attribute_counts(attributes):
    assert attributes.select_dtypes("number").drop(columns="city").sum().to_dict() == {
        "municipality": 4,
        "capital": 27,
        "capital_without_lhasa": 26,
        "capital_or_municipality": 30,
        "sub_provincial": 15,
        "megacity": 6,
        "central": 36,
        "resource_based": 116,  # of 126 units: ten are prefectures
        "key_environmental": 113,
        "old_industrial": 95,
        "yangtze_belt": 111,
        "agglomeration_member": 159,
        "east_of_hu_line": 263,
    }


def test_resource_types_add_up(attributes):
    # Officially 20, 66, 24 and 16 units with the ten prefectures.
    assert attributes["resource_type"].value_counts().to_dict() == {
        "none": len(attributes) - 116,
        "mature": 63,
        "declining": 23,
        "growing": 15,
        "regenerating": 15,
    }
    assert (attributes["resource_type"].ne("none") == attributes["resource_based"].eq(1)).all()


def test_ranks_of_cities_overlap_as_they_should(attributes):
    by_name = attributes.set_index("city_name")
    both = by_name[(by_name["capital"] == 1) & (by_name["sub_provincial"] == 1)]
    assert len(both) == 10
    assert set(by_name.index[by_name["sub_provincial"] == 1]) - set(both.index) == {
        "大连市",
        "青岛市",
        "宁波市",
        "厦门市",
        "深圳市",
    }
    central = by_name[["municipality", "capital", "sub_provincial"]].max(axis=1)
    assert (central == by_name["central"]).all()
    assert (by_name["capital_or_municipality"] >= by_name["municipality"]).all()
    assert by_name.loc["拉萨市", "capital_without_lhasa"] == 0


def test_agglomerations_are_those_of_the_policy_list(attributes):
    members = pd.read_csv(REFERENCE / "policies" / "urban_agglomerations.csv")
    coded = attributes[attributes["agglomeration"] != "none"]
    s1 = members[members["s1"]].set_index("city")
    assert set(coded["city"]) == set(s1.index)
    for column, other in (("agglomeration", "agglomeration_en"), ("agglomeration_grade", "grade")):
        assert coded.set_index("city")[column].to_dict() == s1[other].to_dict()
    assert coded["agglomeration_grade"].value_counts().to_dict() == {
        "medium": 83,
        "super_large": 36,
        "new": 28,
    }


def test_hu_line_separates_known_cities(attributes):
    east = attributes.set_index("city_name")["east_of_hu_line"]
    assert east[["北京市", "成都市", "西安市", "昆明市", "哈尔滨市"]].eq(1).all()
    assert east[["拉萨市", "乌鲁木齐市", "兰州市", "银川市", "呼和浩特市"]].eq(0).all()


@pytest.mark.parametrize(
    ("scheme", "sizes"),
    [
        ("region4", {"east": 10, "centre": 6, "west": 12, "northeast": 3}),
        ("region3_10", {"east": 10, "centre": 9, "west": 12}),
        ("region3_11", {"east": 11, "centre": 8, "west": 12}),
        ("region3_12", {"east": 12, "centre": 9, "west": 10}),
    ],
)
def test_region_schemes_have_their_sizes(scheme, sizes):
    regions = pd.read_csv(REFERENCE / "regions.csv")
    assert regions[scheme].value_counts().to_dict() == sizes
