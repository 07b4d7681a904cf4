"""Inputs and outputs of an efficiency are listed with what they are made of."""

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import DeclarationError
from sampled import Results, records, sources

LABELS = {
    "labour": {"en": "Labour", "zh": "劳动", "unit": {"en": "persons", "zh": "人"}},
    "gdp": {"en": "GDP", "zh": "地区生产总值", "unit": {"en": "yuan", "zh": "元"}},
    "water": {"en": "Water supply", "zh": "供水总量"},
    "lpg": {"en": "LPG supply", "zh": "液化石油气供应量"},
    "resources": {"en": "Resources", "zh": "资源投入"},
    "so2": {"en": "SO2", "zh": "二氧化硫", "unit": {"en": "t", "zh": "吨"}},
}
INDICES = {
    "resources": {
        "method": "entropy",
        "rescale": [1, 2],
        "dimensions": {"all": {"indicators": ["water", "lpg"]}},
    },
    "efficiency": {
        "kind": "efficiency",
        "inputs": ["labour", "resources"],
        "desirable": ["gdp"],
        "undesirable": ["so2"],
    },
}


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(1)
    names = ["labour", "gdp", "so2"]
    sample = pd.DataFrame({"city": 110100 + np.arange(6), "year": 2001, **{n: rng.random(6) for n in names}})
    results = Results(tmp_path, LABELS, sample, indices=INDICES)
    results.score("resources", sample[["city", "year"]].assign(resources=1.5))
    return results.build("inputs_outputs", efficiency="efficiency")


def test_measure_sign_mean_and_deviation_are_printed(table):
    found = records(table)
    assert [row.key for row in table.rows()] == ["labour", "resources", "gdp", "so2"]
    assert found["labour", "measure", "measure"]["printed"] == "persons"
    measure = found["resources", "measure", "measure"]["printed"]
    assert measure == "Composite index of water supply, LPG supply"
    chinese = records(table, "zh")["resources", "measure", "measure"]["printed"]
    assert chinese == "由供水总量、液化石油气供应量合成的指数"
    assert (found["gdp", "sign", "sign"]["value"], found["so2", "sign", "sign"]["value"]) == ("+", "-")
    assert found["so2", "sign", "sign"]["label"] == "Undesirable output / SO2"
    assert float(found["resources", "mean", "mean"]["value"]) == 1.5


def test_a_note_counts_the_values_that_it_is_made_from(table):
    (note,) = table.notes
    assert (
        note["en"]
        == "Values of the variables used (3) in the sample: 18, none of them filled in, doubtful or corrected."
    )


def test_their_statistics_say_where_the_values_stand(table):
    assert sources(table, "labour", "mean")[0]["file"] == "sample.parquet"
    assert sources(table, "resources", "sd") == [
        {"file": "indices/resources.parquet", "field": "resources", "how": "sd"}
    ]
    assert sources(table, "so2", "sign")[0]["field"] == "indices.efficiency.undesirable.so2"
    assert sources(table, "resources", "measure")[0]["field"] == "indices.resources.dimensions"


def test_an_index_without_inputs_is_refused(tmp_path):
    results = Results(tmp_path, LABELS, indices=INDICES)
    with pytest.raises(DeclarationError, match="'resources' has no inputs and outputs"):
        results.build("inputs_outputs", efficiency="resources")


def test_parts_of_composites_may_be_chosen(tmp_path):
    sample = pd.DataFrame({"city": [1, 2], "year": 2001, "labour": [1.0, 2.0], "gdp": 1.0, "so2": 1.0})
    results = Results(tmp_path, LABELS, sample, indices=INDICES)
    results.score("resources", sample[["city", "year"]].assign(resources=1.5))
    table = results.build("inputs_outputs", efficiency="efficiency", parts={"resources": ["lpg", "water"]})
    assert records(table)["resources", "measure", "measure"]["printed"].endswith("LPG supply, water supply")
    with pytest.raises(DeclarationError, match="'labour' is no index among the inputs and outputs"):
        results.build("inputs_outputs", efficiency="efficiency", parts={"labour": ["lpg"]})
