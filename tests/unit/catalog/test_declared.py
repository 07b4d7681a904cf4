"""Tables of what is declared, and the words of a study's columns."""

import json

import pytest

import build_catalog as script
from nianjian import plan
from nianjian.catalog.comments import Commented, StudyWords
from nianjian.catalog.declared import COLUMNS, frames
from nianjian.catalog.writing import Described, Stored
from nianjian.declarations import store
from nianjian.declarations.models.items import Item


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the job of the catalogue is told of two studies."""
    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        found = plan.load({"studies": ["uer_integration", "icr_ecopark"]}, folder)
        return store.read(found.endings.catalog.params["declared"])


@pytest.fixture(scope="module")
def read(told):
    items = {name: Item.model_validate(own) for name, own in told["items"]}
    return items, {name: StudyWords.read(name, told["studies"][name]) for name in told["order"]}


@pytest.fixture(scope="module")
def made(told, read):
    return frames(told, *read)


def row(frame, **key):
    for name, value in key.items():
        frame = frame[frame[name] == value]
    (found,) = frame.to_dict("records")
    return found


def test_every_table_has_its_columns_also_without_rows(told, made):
    empty = frames({**told, "studies": {}, "sources": {}}, {}, {})
    for name, columns in COLUMNS.items():
        assert (
            list(made[name]) == list(columns) == list(empty[name])
            and len(made[name])
            and not len(empty[name])
        )
        assert made[name].dtypes.tolist() == empty[name].dtypes.tolist()


def test_a_variable_has_its_label_unit_formula_and_role(made):
    found = row(made["variables"], study="icr_ecopark", variable="mfg")
    assert found["formula"] == "emp_mfg / emp_total" and found["role"] == "variable"
    assert (
        found["zh"] == "制造业就业占比" and found["unit_zh"] == "%" and found["items"] == "emp_mfg emp_total"
    )
    assert row(made["variables"], study="icr_ecopark", variable="did")["role"] == "treatment"
    assert row(made["variables"], study="icr_ecopark", variable="icr_growth")["role"] == "index"


def test_a_policys_cities_are_those_of_its_list(told, made):
    found = row(made["policies"], study="icr_ecopark", policy="did")
    assert found["is_treatment"] and found["file"].endswith("eco_industrial_parks.csv")
    cities = made["policy_cities"].query("study == 'icr_ecopark' and policy == 'did'")
    assert cities.query("city == 110000")["year"].tolist() == [2011]
    assert len(cities) == len(told["studies"]["icr_ecopark"]["policies"]["did"]) == 44
    assert cities["city"].between(110000, 659999).all()


def test_items_specifications_and_outputs_say_what_they_are(made):
    assert row(made["items"], item="gdp")["zh"] == "地区生产总值" and row(made["items"], item="gdp")["unit"]
    spec = row(made["specifications"], study="icr_ecopark", spec="baseline")
    assert spec["estimator"] == "twfe" and spec["outcome"] == "icr"
    assert json.loads(spec["params"])["absorb"] == ["city", "year"]
    table = row(made["outputs"], study="icr_ecopark", kind="table", name="1")
    assert table["zh"] == "描述性统计" and table["file"].endswith("/tables/1.en.html")
    source = row(made["sources"], source="co2_inventory")
    assert source["type"] == "panel" and source["zh"] == "中国城市碳排放清单" and "Shan" in source["citation"]
    assert "中国统计出版社" in row(made["sources"], source="city_yearbook")["cite"]


def test_a_column_says_what_it_is_in_both_languages_with_unit_and_formula(read):
    words = Commented(*read, "simulated")
    sample = Described("icr_ecopark.sample", "sample", "icr_ecopark")
    assert words.column(sample, "mfg").split("\n") == [
        "en: Employment in manufacturing",
        "zh: 制造业就业占比",
        "unit: %",
        "formula: emp_mfg / emp_total",
    ]
    assert words.column(sample, "mfg__filled").startswith("en: Employment in manufacturing: filled\nzh: ")
    panel = Described("panel", "panel")
    assert "unit: 10^4 yuan" in words.column(panel, "gdp") and "zh: 地区生产总值" in words.column(
        panel, "gdp"
    )
    assert "市辖区" in words.column(panel, "gdp__districts") and words.column(panel, "gdp") != ""
    assert words.column(Described("scorecard", "scorecard"), "row") != words.column(panel, "row")


def test_tables_of_studies_are_called_as_what_they_hold(told, read):
    names = {each["name"] for each in told["tables"]}
    assert {"icr_ecopark.weights_queen", "icr_ecopark.icr", "icr_ecopark.icr_weights", "table_cells"} <= names
    assert "icr_ecopark.queen" not in names and len(names) == len(told["tables"])
    words = Commented(*read, "real: books")
    weights = next(each for each in told["tables"] if each["name"] == "icr_ecopark.weights_queen")
    said = words.table(Stored(weights["name"], weights["about"], weights["study"], weights["says"]))
    assert said.startswith("en: Spatial weights") and "data: SIMULATED" in said
    assert words.table(Described("books", "books")).endswith("data: real: books")


def test_views_over_the_parts_of_indices_name_each_once(told):
    views = {each.name: each for each in script._views(told)}
    assert "icr_ecopark.local_moran" in views and "'local'" in views["icr_ecopark.local_moran"].query
    assert views["index_weights"].query.count("SELECT") == sum(
        each["about"] == "index_weights" for each in told["tables"]
    )
