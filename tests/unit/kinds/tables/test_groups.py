"""Groups of cities are listed with their provinces."""

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import DeclarationError, SampleError
from sampled import REGION, Results, records, sources

PROVINCES = pd.DataFrame(
    {
        "province": [110000, 150000],
        "province_zh": ["北京市", "内蒙古自治区"],
        "province_en": ["Beijing", "Inner Mongolia"],
    }
)


@pytest.fixture
def build(tmp_path):
    def made(provinces=PROVINCES, region=REGION):
        cities = np.arange(110100, 110130)
        sample = pd.MultiIndex.from_product([cities, [2001, 2002]], names=["city", "year"]).to_frame(
            index=False
        )
        sample["region"] = np.where(sample["city"] < 110112, "east", "west")
        sample["province"] = np.where(sample["region"] == "east", 110000, 150000)
        results = Results(tmp_path, {"region": region}, sample)
        provinces.to_csv(results.reference("regions.csv"), index=False)
        return results.build("groups", "2", groups="region")

    return made


def test_groups_are_listed_with_their_provinces(build):
    table = build()
    found = records(table)
    assert found["east", "n_cities", "n_cities"]["value"] == "12.0"
    assert found["west", "provinces", "provinces"]["value"] == "Inner Mongolia"
    assert found["total", "n_cities", "n_cities"]["value"] == "30.0"
    assert records(table, "zh")["west", "provinces", "provinces"]["printed"] == "内蒙古"


def test_counts_and_names_say_of_which_cities_they_are(build):
    table = build()
    (count,) = sources(table, "east", "n_cities")
    assert count == {
        "file": "sample.parquet", "field": "city", "how": "distinct", "column": "region", "level": "east",
    }  # fmt: skip
    (names,) = sources(table, "west", "provinces")
    assert (names["field"], names["level"]) == ("province", "west")


def test_what_has_no_name_is_an_error(build):
    with pytest.raises(SampleError, match="no province 150000"):
        build(PROVINCES[:1])
    with pytest.raises(SampleError, match="west has no label"):
        build(region=REGION | {"values": REGION["values"][:1]})
    with pytest.raises(DeclarationError, match=r"declare attributes\.region\.values"):
        build(region={"en": "Region", "zh": "地区"})
