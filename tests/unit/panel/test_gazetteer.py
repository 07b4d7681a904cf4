"""Single labels by name, year and level: which code is in force, and whose name it is."""

import pytest

from nianjian.extract.labels import LabelReader
from nianjian.panel.gazetteer import Gazetteer
from nianjian.panel.reference import CityTables
from small_books import READING, REFERENCE

CITY, COUNTY, BOTH = {"city"}, {"county_city"}, {"city", "county_city"}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(CityTables.read(REFERENCE), LabelReader(READING.regions))


@pytest.mark.parametrize(
    ("label", "year", "code", "kind", "name"),
    [
        ("金华", 1984, 332401, "county_city", "金华市"),
        ("金华市", 1985, 330700, "city", "金华市"),
        ("兰 溪", 1985, 330719, "county_city", "兰溪市"),
        ("兰溪", 1988, 339003, "county_city", "兰溪市"),
        ("兰溪市", 2000, 330781, "county_city", "兰溪市"),
        ("莱芜", 1991, 370981, "county_city", "莱芜市"),
        ("莱芜", 1992, 371200, "city", "莱芜市"),
        ("六盘水", 1984, 520200, "city", "六盘水市"),
        ("黄山", 1986, 340901, "county_city", "黄山市"),
        ("黄山", 1987, 341000, "city", "黄山市"),
        ("巢湖", 1990, 342601, "county_city", "巢湖市"),
        ("巢湖", 2005, 341400, "city", "巢湖市"),
        ("巢湖", 2015, 340181, "county_city", "巢湖市"),
        ("海口", 1985, 442101, "county_city", "海口市"),
        ("海口", 1987, 460100, "city", "海口市"),
        ("三亚", 1995, 460200, "city", "三亚市"),
        ("重庆", 1984, 500000, "city", "重庆市"),
        ("渡口", 1985, 510400, "city", "攀枝花市"),
        ("浑江", 1990, 220600, "city", "白山市"),
        ("锦西", 1988, 219003, "county_city", "锦西市"),
        ("锦西", 1990, 211400, "city", "葫芦岛市"),
        ("大庸", 1986, 433102, "county_city", "大庸市"),
        ("荆沙", 1995, 421000, "city", "荆州市"),
        ("沙市", 1990, 420400, "city", "沙市市"),
        ("万县", 1991, 512201, "county_city", "万县市"),
        ("万县市", 1995, 511200, "city", "万县市"),
        ("涪陵", 1994, 512301, "county_city", "涪陵市"),
        ("涪陵", 1996, 517000, "city", "涪陵市"),
        ("石河子", 1984, 650300, "city", "石河子市"),
        ("石河子", 1986, 659001, "county_city", "石河子市"),
        ("通什", 1986, 442202, "county_city", "通什市"),
        ("通什", 1988, 460001, "county_city", "通什市"),
        ("蒲圻", 1997, 422302, "county_city", "蒲圻市"),
        ("通什", 2003, 469001, "county_city", "五指山市"),  # its old name, still printed
        ("淮安", 1990, 320882, "county_city", "淮安市"),
        ("淮安", 2005, 320800, "city", "淮安市"),
        ("四川省永川市", 1995, 510281, "county_city", "永川市"),
        ("永川", 2000, 500383, "county_city", "永川市"),
    ],
)
def test_level_and_code_are_those_of_the_year(gazetteer, label, year, code, kind, name):
    found = gazetteer.read_name(label, year, BOTH)
    assert (found.code, found.kind, found.name, found.problem) == (code, kind, name, "")


def test_a_name_of_two_levels_is_read_as_the_one_that_the_table_lists(gazetteer):
    """宿州 was raised at the end of 1998; books about 1998 and 1999 may list it on either side."""
    assert gazetteer.read_name("宿州", 1998, CITY).code == 341300
    assert gazetteer.read_name("宿州", 1998, COUNTY).code == 342201
    assert gazetteer.read_name("宿州", 1998, BOTH).code == 341300
    assert gazetteer.read_name("宿州", 1996, BOTH).code == 342201


def test_a_county_level_name_means_nothing_in_a_table_of_prefecture_level_cities(gazetteer):
    assert gazetteer.read_name("宜城市", 2006).doubtful
    assert gazetteer.read_name("宜城市", 2006, COUNTY).code == 420684


def test_a_city_of_the_other_level_is_read_but_flagged(gazetteer):
    found = gazetteer.read_name("石家庄", 2006, COUNTY)
    assert (found.code, found.kind) == (130100, "city")
    assert found.problem == "石家庄市 was a prefecture-level city in 2006, and the table lists none"
    gone = gazetteer.read_name("增城市", 2016, COUNTY)
    assert (gone.code, gone.problem) == (440183, "增城市 was not a county-level city in 2016")


@pytest.mark.parametrize(
    ("label", "year", "told"),
    [
        ("辛集", 1990, "county_city"),
        ("石家庄", 1990, "city"),
        ("宿州", 1998, ""),
        ("河北", 1990, ""),
        ("吉林", 1990, ""),
    ],
)
def test_what_a_label_tells_of_its_table(gazetteer, label, year, told):
    assert gazetteer.tells(label, year) == told


@pytest.mark.parametrize(
    ("code", "year", "listed"),
    [
        (500000, 1996, 510200),
        (500000, 1997, 500000),
        (460100, 1987, 441000),
        (460100, 1988, 460100),
        (130100, 1990, 130100),
    ],
)
def test_a_city_is_listed_by_the_code_and_in_the_province_of_the_year(gazetteer, code, year, listed):
    region = next(each for each in gazetteer.alive(year) if each.code == code)
    assert gazetteer.listed(region, year) == listed


def test_a_city_may_stand_in_the_province_of_the_year_beside(gazetteer):
    assert gazetteer.provinces("重庆市", "city", 1990) == {51}
    assert gazetteer.provinces("重庆市", "city", 1996) == {51, 50}
    assert gazetteer.provinces("永川市", "county_city", 1997) == {51, 50}
