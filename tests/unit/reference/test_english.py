"""English names: no two cities share one, in any year and wherever names are shown; and each is understood again."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

import build_catalog
from nianjian.declarations.layers import CONFIG, Layers
from nianjian.export.study import places
from nianjian.panel.reference import CityTables
from nianjian.plan import naming
from nianjian.reference import cities
from nianjian.reference.english import names_of, unambiguous

FILE = CONFIG / "reference" / "cities.csv"
TABLE = pd.read_csv(FILE)


def of_pages() -> dict[int, str]:
    return {
        code: en
        for code, _, en in naming.regions(CityTables.of(Layers()))["regions"]
        if code in set(TABLE["city"])
    }


def of_exports() -> dict[int, str]:
    return {int(code): text["en"] for code, text in places(FILE)["city"].items()}


def of_the_catalogue() -> dict[int, str]:
    frame = build_catalog._cities(FILE)
    return dict(zip(frame["city"], frame["name_en"], strict=True))


@pytest.mark.parametrize(
    "names",
    [of_pages, of_exports, of_the_catalogue, lambda: unambiguous(TABLE)],
    ids=["pages", "exports", "catalogue", "figures"],
)
def test_no_two_cities_of_any_year_have_the_same_name(names):
    found = names()
    assert set(found) == set(TABLE["city"]), "cities that were abolished are among them"
    assert [name for name, count in Counter(map(str.casefold, found.values())).items() if count > 1] == []
    assert found == unambiguous(TABLE), "the same name everywhere"


def test_names_that_are_shared_have_their_province_and_no_others():
    shared = TABLE[TABLE["name_en"].duplicated(keep=False)]
    assert set(shared["name_en"]) == {"Yichun", "Suzhou", "Taizhou", "Fuzhou", "Yulin"}
    found = unambiguous(TABLE)
    for row in TABLE.itertuples():
        wanted = f"{row.name_en} ({row.province_en})" if row.city in set(shared["city"]) else row.name_en
        assert found[row.city] == wanted


def test_a_name_as_it_is_printed_is_understood():
    known = cities.load(Layers())
    for code, text in names_of(TABLE).items():
        assert known.code(text["en"]) == code
        assert known.code(text["zh"]) == code
    with pytest.raises(cities.UnknownCity, match="name of several cities"):
        known.code("Yichun")


def test_a_province_is_not_called_as_a_city_of_another_code():
    english = {code: en for code, _, en in naming.regions(CityTables.of(Layers()))["regions"] if en}
    assert (english[220000], english[220200]) == ("Jilin Province", "Jilin")
    assert [name for name, count in Counter(english.values()).items() if count > 1] == []


def test_a_table_without_provinces_tells_shared_names_apart_by_code():
    frame = pd.DataFrame({"city": [1, 2], "name_zh": ["甲", "乙"], "name_en": ["A", "A"]})
    assert len(set(unambiguous(frame).values())) == 2
