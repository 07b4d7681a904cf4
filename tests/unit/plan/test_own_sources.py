"""Columns of the user's own beside the yearbook's: what is planned for them, and what is not planned anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from nianjian.declarations import store
from nianjian.errors import DeclarationError, InputError
from planned import Planned, changed, plan_in

SOURCE = """type: panel
title: {zh: 数字经济, en: Digital economy}
file: data/mine.csv
city: 城市
year: 年份
values:
  数字经济指数: {item: digital_index, unit: "1", label: {zh: 数字经济指数, en: Digital economy index}}
source: own work
"""
STUDY = """title: {en: Mine, zh: 我的}
sample: {years: [2006, 2015], suspects: keep}
variables:
  lngdp: {expr: ln(gdp_pc)}
  digital: {expr: digital_index}
specs:
  base: {estimator: twfe, outcome: lngdp, controls: [digital], missing: drop}
tables:
  1: {kind: regression, title: {en: Levels, zh: 水平}, columns: [base]}
"""
OTHER = STUDY.replace("digital_index", "wage_avg")


def workspace(folder: Path, source: str | None = SOURCE, **more: str) -> Path:
    files = {
        "config/studies/mine.yaml": STUDY,
        "config/studies/other.yaml": OTHER,
        "data/mine.csv": "城市,年份,数字经济指数\n北京,2010,1.5\n",
        **more,
    }
    if source is not None:
        files["config/sources/mine.yaml"] = source
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    return folder


def job(planned: Planned, stage: str, name: str):
    (found,) = [each for each in planned.stages[stage] if each.name == name]
    return found


def test_an_own_column_is_read_with_simulated_books_and_costs_no_other_study(tmp_path):
    before = plan_in(workspace(tmp_path / "w", None), studies=["other"])
    (tmp_path / "w/config/sources").mkdir()
    (tmp_path / "w/config/sources/mine.yaml").write_text(SOURCE, encoding="utf8")
    after = plan_in(tmp_path / "w", studies=["other"])
    # The file is read, its panel made; of all else the catalogue and the page on what was read alone are told of it.
    assert changed(before, after) == {
        "extracts": {"mine_panel"},
        "own_panels": {"mine"},
        "coverage": {"coverage"},
        "catalog": {"catalog"},
    }
    inputs = {(stage, each.name): each.inputs for stage, jobs in before.stages.items() for each in jobs}
    for told in (("catalog", "catalog"), ("coverage", "coverage")):
        inputs.pop(told)
    assert inputs == {
        (stage, each.name): each.inputs
        for stage, jobs in after.stages.items()
        for each in jobs
        if (stage, each.name) in inputs
    }


def test_a_study_that_uses_it_reads_both_panels_and_says_so(tmp_path):
    planned = plan_in(workspace(tmp_path / "w"), studies=["mine", "other"])
    own = "results/simulated/panel/own/mine"
    sample = job(planned, "samples", "mine").inputs
    assert sample["panel"] == ["results/simulated/panel/city_year.parquet", f"{own}/city_year.parquet"]
    assert sample["suspects"][1:] == [f"{own}/suspects.parquet"]
    assert job(planned, "samples", "other").inputs["panel"] == ["results/simulated/panel/city_year.parquet"]
    assert job(planned, "extracts", "mine_panel").inputs == {"books": ["data/mine.csv"]}
    origins = {name: job(planned, "tables", name).params["origin"] for name in ("mine", "other")}
    assert origins == {"mine": "simulated | own: mine.csv", "other": "simulated"}
    assert job(planned, "source_check", "sources").inputs["observations"][1:] == [
        f"{own}/observations.parquet"
    ]
    told = store.read(planned.workspace / job(planned, "own_panels", "mine").params["declared"])
    assert [name for name, _ in told["items"]] == ["digital_index"] and told["corrections"] == []
    assert planned.plan.reading.items["digital_index"].zh == "数字经济指数"


def test_with_an_item_of_the_dictionary_it_stands_in_the_panel_of_all(tmp_path):
    both = SOURCE.replace("source: own", "  人均GDP: {item: gdp_pc, unit: yuan}\nsource: own")
    planned = plan_in(workspace(tmp_path / "w", both), studies=["mine", "other"])
    assert planned.stages["own_panels"] == [] and "mine" in planned.plan.reading.declarations.panels
    assert "digital_index" in planned.plan.reading.declarations.items
    assert job(planned, "samples", "mine").inputs["panel"] == ["results/simulated/panel/city_year.parquet"]
    # Both studies use GDP per head, which may come from the file now.
    assert job(planned, "tables", "other").params["origin"] == "simulated | own: mine.csv"


def test_the_key_names_the_item_where_nothing_else_does(tmp_path):
    source = SOURCE.replace("数字经济指数: {item: digital_index,", "digital_index: {column: 数字经济指数,")
    planned = plan_in(workspace(tmp_path / "w", source), studies=["mine"])
    assert planned.plan.reading.panels["mine"]["digital_index"].item == "digital_index"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("item: digital_index, ", "", "key 'item' in '数字经济指数'"),
        ("item: digital_index", "item: gdp", "values.数字经济指数.label: 'gdp' is an item of config/items.yaml"),
        ("item: digital_index", "item: lag", "formulas use 'lag' for something else"),
        ('unit: "1"', "unit: 亿圆", "unit of 'digital_index'"),
        (", label: {zh: 数字经济指数, en: Digital economy index}", "", "no item 'digital_index'"),
        ("label: {zh: 数字经济指数, en: Digital economy index}", "kind: index", "key 'label' beside 'kind'"),
        ("data/mine.csv", "data/mein.csv", "the workspace has no data/mein.csv; did you mean 'data/mine.csv'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_source_names_its_key(tmp_path, old, new, message):
    assert old in SOURCE
    with pytest.raises((DeclarationError, InputError)) as caught:
        plan_in(workspace(tmp_path / "w", SOURCE.replace(old, new, 1)), studies=["mine"])
    assert "config/sources/mine.yaml" in str(caught.value) and message in str(caught.value)


def test_two_sources_may_not_declare_one_item(tmp_path):
    with pytest.raises(
        DeclarationError, match=r"item 'digital_index' is declared in config/sources/mine\.yaml too"
    ):
        plan_in(workspace(tmp_path / "w", **{"config/sources/twice.yaml": SOURCE}), studies=["mine"])


def test_a_source_of_other_books_is_said_and_so_is_a_panel_root_that_is_not_read(tmp_path):
    source = SOURCE.replace("data/mine.csv", "mine.csv")
    planned = plan_in(workspace(tmp_path / "w", source), studies=["other"], panel_root=str(tmp_path))
    assert planned.plan.left_out == {
        "panel mine": "it is read with real books; put its file into data/ of the workspace to have it with any",
        "panel_root": "the simulated books have panels of their own; put a file of yours into data/ of the workspace",
    }


def test_printed_spellings_of_units_are_units(tmp_path):
    source = SOURCE.replace('unit: "1"', "unit: 亿元, kind: flow")
    item = plan_in(workspace(tmp_path / "w", source), studies=["mine"]).plan.reading.items["digital_index"]
    assert (item.unit, item.kind) == ("10^8 yuan", "flow")
