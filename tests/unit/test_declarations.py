"""Declarations: what is accepted, what every mistake says, and what rules are handed."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nianjian.declarations import __main__ as schemas
from nianjian.declarations import loading
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.specs import ESTIMATORS, SpecEntry
from nianjian.declarations.models.study import Study
from nianjian.declarations.reading import read_yaml, validate
from nianjian.declarations.registry import Registry
from nianjian.errors import DeclarationError, FormulaError

CONFIG = Path(__file__).resolve().parents[2] / "config"
WHERE = "config/studies/uer.yaml"

ITEMS = """
gdp: {zh: 地区生产总值, en: GDP, unit: 10^4 yuan, kind: flow, bounds: [1, null]}
pop_hukou: {zh: 户籍人口, en: Registered population, unit: 10^4 person, kind: stock}
ind_so2: {zh: 二氧化硫, en: SO2, unit: t, scopes: [city], kind: flow, headers: [工业二氧化硫排放量]}
green_area: {zh: 绿地面积, en: Green area, unit: hectare, scopes: [districts], kind: stock}
fai: {zh: 投资, en: Investment, unit: 10^4 yuan, scopes: [city], kind: flow}
fai_growth: {zh: 投资增长, en: Growth of investment, unit: percent, scopes: [city], kind: rate}
"""
STUDY: dict[str, Any] = {
    "title": {"en": "Regional integration", "zh": "区域一体化"},
    "paper": "S0",
    "sample": {"years": [2003, 2020], "suspects": "missing"},
    "variables": {
        "so2_intensity": "ind_so2 / gdp",
        "lngdp": {"expr": "ln(gdp)", "label": {"en": "Output", "zh": "产出"}},
        "lnpop": {"expr": "ln(pop_hukou)", "only_in": "CUCSY"},
        "green": "green_area__districts / pop_hukou__districts",
    },
    "treatment": {"name": "rip", "policy": "urban_agglomerations", "coding": "official"},
    "groups": {"eastern": "province == 310000"},
    "indices": {
        "uer": {
            "method": "entropy",
            "dimensions": {"resist": {"indicators": ["-so2_intensity"]}, "adapt": {"indicators": ["green", "lnpop"]}},
        }
    },
    "specs": {
        "baseline": {"estimator": "twfe", "outcome": "uer", "controls": ["lngdp", "lnpop"]},
        "eastern_only": {"extends": "baseline", "where": "eastern"},
        "step": {"ladder": {"base": "baseline", "add": "controls"}},
    },
    "tables": {
        "1": {"kind": "indicators", "index": "uer", "title": "Indicators"},
        "2": {"kind": "descriptive", "title": "Sample", "rows": ["uer", {"label": "Controls", "rows": ["lngdp", "lnpop"]}]},
        "3": {"kind": "regression", "title": {"en": "Baseline", "zh": "基准"}, "columns": ["step*", "baseline"]},
    },
    "variants": {"books": {"label": {"en": "books only", "zh": "仅年鉴"}, "drop_only_in": ["CUCSY"]}},
}  # fmt: skip


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Registry]:
    """Write a small ``config/`` with one study, changed as asked, and load it."""

    def write(
        change: Callable[[dict[str, Any]], Any] | None = None,
        *,
        text: str | None = None,
        items: str = ITEMS,
        **config: Any,
    ) -> Registry:
        folder = tmp_path / "config"
        for name in ("studies", "sources", "corrections", "published"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        study = copy.deepcopy(STUDY)
        if change:
            change(study)
        written = text if text is not None else yaml.safe_dump(study, allow_unicode=True, sort_keys=False)
        (folder / "studies" / "uer.yaml").write_text(written, encoding="utf8")
        (folder / "items.yaml").write_text(items, encoding="utf8")
        (folder / "config.yaml").write_text(yaml.safe_dump({"studies": ["uer"]} | config), encoding="utf8")
        return Registry.load(folder)

    return write


def message(
    load: Callable[..., Any], change: Callable[[dict[str, Any]], Any] | None = None, **more: Any
) -> str:
    with pytest.raises(DeclarationError) as error:
        load(change, **more)
    return str(error.value)


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(study: dict[str, Any]) -> None:
        place: Any = study
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(study: dict[str, Any]) -> None:
        place = study
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return change


# -- unknown keys and wrong types


@pytest.mark.parametrize(
    ("path", "suggested", "place"),
    [
        (("specs", "baseline", "clutser"), "cluster", "specs.baseline"),
        (("sample", "yaers"), "years", "sample"),
        (("variables", "lngdp", "lable"), "label", "variables.lngdp"),
        (("indices", "uer", "methode"), "method", "indices.uer"),
        (("indices", "uer", "dimensions", "resist", "indicator"), "indicators", "indices.uer.dimensions.resist"),
        (("tables", "3", "colums"), "columns", "tables.3"),
        (("treatment", "start"), "starts", "treatment"),
        (("varaibles",), "variables", None),
    ],
)  # fmt: skip
def test_unknown_keys_are_rejected_with_a_suggestion(load, path, suggested, place):
    where = f"{WHERE}, {place}" if place else WHERE
    assert (
        message(load, put(*path, value="x"))
        == f"unknown key '{path[-1]}' in {where}; did you mean '{suggested}'?"
    )


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("sample", "years"), 2003, "sample.years: expected a list, got 2003"),
        (("sample", "years"), [2003], "sample.years: expected at least 2 entries, got 1"),
        (("sample", "years"), [2020, 2003], "sample.years: expected the smaller number first"),
        (("sample", "years"), [2003, "2020"], "sample.years[1]: expected a whole number, got '2020'"),
        (("sample", "years"), [2003.5, 2020], "sample.years[0]: expected a whole number, got 2003.5"),
        (("sample", "cities"), {"min_coverage": 80}, "sample.cities.min_coverage: expected at most 1, got 80"),
        (("sample", "cities"), {"min_coverage": True}, "sample.cities.min_coverage: expected a number, got true"),
        (("sample", "balance"), "no", "sample.balance: expected true or false, got 'no'"),
        (("sample", "suspects"), "keeep", "sample.suspects: expected one of keep, missing, got 'keeep'; did you mean 'keep'?"),
        (("sample", "missing"), {"method": "liner"}, "did you mean 'linear'?"),
        (("sample", "missing"), {"edges": "nearest"}, "sample.missing.edges: expected none, or nearest:1"),
        (("title",), True, "title: expected a mapping, got true"),
        (("title", "zh"), 3, "title.zh: expected text, got 3; put it in quotes"),
        (("paper",), 1, "paper: expected text, got 1; put it in quotes"),
        (("variables", "lngdp"), 3, "variables.lngdp: expected a mapping, got 3"),
        (("variables", "lngdp", "expr"), ["gdp"], "variables.lngdp.expr: expected text, got a list of 1"),
        (("variables", "LnGDP"), "gdp", "variables.LnGDP: expected a name of small letters"),
        (("specs", "baseline", "controls"), "lngdp", "specs.baseline.controls: expected a list, got 'lngdp'"),
        (("specs", "baseline", "estimator"), "twfee", "specs.baseline.estimator: expected one of twfe"),
        (("tables", "3", "kind"), "regresion", "tables.3.kind: expected one of indicators, descriptive, regression"),
        (("tables", "3", "stars"), {"1": "*"}, "tables.3.stars: expected levels between 0 and 1"),
        (("tables", "3", "decimals"), -1, "tables.3.decimals: expected at least 0, got -1"),
        (("indices", "uer", "dimensions", "adapt", "indicators"), ["+green"], "expected a variable, with - in front"),
    ],
)  # fmt: skip
def test_wrong_types_name_file_key_and_what_was_expected(load, path, value, expected):
    text = message(load, put(*path, value=value))
    assert text.startswith(f"{WHERE}, ")
    assert expected in text


def test_missing_keys_are_named(load):
    assert message(load, without("sample")) == f"{WHERE}: key 'sample' is missing"
    assert message(load, without("sample", "suspects")) == f"{WHERE}, sample: key 'suspects' is missing"
    assert message(load, without("tables", "3", "kind")) == f"{WHERE}, tables.3: key 'kind' is missing"
    assert "specs.baseline: key 'estimator' is missing" in message(
        load, without("specs", "baseline", "estimator")
    )
    assert (
        message(load, without("specs", "baseline", "outcome"))
        == f"{WHERE}, specs.baseline: key 'outcome' is missing"
    )


def test_all_mistakes_of_a_file_are_told_at_once(load):
    def change(study):
        study["sample"]["yaers"] = 1
        study["specs"]["baseline"]["clutser"] = "city"
        del study["title"]

    assert len(message(load, change).splitlines()) == 3


# -- YAML itself


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("title: a\ntitle: b\n", "config/studies/uer.yaml, line 2, column 1: duplicate key 'title'"),
        ("title: {en: a, zh: b, en: c}\n", "duplicate key 'en'"),
        ("title: [a\n", "config/studies/uer.yaml, line 2"),
        ("title:\n\t- a\n", "line 2"),
        ("", "config/studies/uer.yaml is empty"),
        ("# nothing\n", "config/studies/uer.yaml is empty"),
        ("- a\n", "expected a mapping, got a list of 1"),
        ("title: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
    ],
)
def test_files_that_are_not_good_yaml_say_where(load, text, what):
    assert what in message(load, text=text)


def test_yaml_words_stay_words(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "no: on\nyes: off\nt: true\nn: 1e-3\ncode: 010\ntime: 1:30\nday: 2015-04-30\nnone: null\n"
    )
    assert read_yaml(path) == {
        "no": "on", "yes": "off", "t": True, "n": 0.001, "code": 10, "time": "1:30", "day": "2015-04-30", "none": None,
    }  # fmt: skip


def test_files_of_other_encodings_are_refused_and_byte_order_marks_are_not(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("标题: 甲".encode("gb18030"))
    with pytest.raises(DeclarationError, match="not UTF-8"):
        read_yaml(path)
    path.write_bytes("标题: 甲".encode("utf-8-sig"))
    assert read_yaml(path) == {"标题": "甲"}


# -- names that point nowhere


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("variables", "lngdp", "expr"), "ln(gpd)", "variables.lngdp: unknown name 'gpd' in `ln(gpd)`; did you mean 'gdp'?"),
        (("variables", "green"), "green_area / pop_hukou", "unknown name 'green_area' in `green_area / pop_hukou`; did you mean 'green_area__districts'?"),
        (("variables", "gdp"), "ind_so2", "variables.gdp: 'gdp' is an item and may not be redefined"),
        (("variables", "gdpp"), None, "variables.gdpp: no item 'gdpp'; did you mean 'gdp'?"),
        (("variables", "so2_intensity"), "ind_so2 / lngdp", "variables.so2_intensity: 'lngdp' is declared further down"),
        (("variables", "so2_intensity"), "__import__('os')", "unknown function '__import__'"),
        (("variables", "year"), "gdp", "variables.year: the name 'year' is taken"),
        (("groups", "lngdp"), "gdp > 1", "groups.lngdp: the name 'lngdp' is taken, it is declared under variables"),
        (("specs", "baseline", "outcome"), "uerr", "specs.baseline.outcome: 'uerr' is no variable, index or treatment; did you mean 'uer'?"),
        (("specs", "baseline", "controls"), ["lngpd"], "specs.baseline.controls: 'lngpd' is no variable; did you mean 'lngdp'?"),
        (("specs", "baseline", "controls"), ["lngdp", "lngdp"], "'lngdp' stands there twice"),
        (("specs", "baseline", "controls"), ["uer"], "'uer' is the outcome"),
        (("specs", "baseline", "cluster"), "citty", "specs.baseline.cluster: 'citty' is no column; did you mean 'city'?"),
        (("specs", "baseline", "effects"), ["city", "province#yaer"], "'yaer' is no column; did you mean 'year'?"),
        (("specs", "baseline", "effects"), ["city[yaer]"], "specs.baseline.effects: 'yaer' is no column; did you mean 'year'?"),
        (("specs", "baseline", "effects"), ["city[year"], "'city[year' is no column"),
        (("specs", "baseline", "effects"), ["city[province]"], "'city[province]': a slope needs a column of numbers"),
        (("specs", "baseline", "cluster"), "city[year]", "specs.baseline.cluster: 'city[year]' is no column"),
        (("specs", "eastern_only", "where"), "estern", "specs.eastern_only.where: unknown name 'estern'"),
        (("specs", "eastern_only", "extends"), "baselin", "specs.eastern_only.extends: 'baselin' is no spec; did you mean 'baseline'?"),
        (("specs", "step", "ladder", "base"), "baselin", "specs.step.ladder.base: 'baselin' is no spec"),
        (("specs", "step2"), {"extends": "baseline"}, "the ladder makes 'step2', which stands there already"),
        (("specs", "baseline", "window"), [-4, 5], "specs.baseline: estimator twfe has no key 'window'"),
        (("tables", "3", "columns"), ["baselin"], "tables.3.columns: 'baselin' is no spec; did you mean 'baseline'?"),
        (("tables", "3", "rows"), ["rip", "lngpd"], "tables.3.rows: 'lngpd' is no regressor of these columns; did you mean 'lngdp'?"),
        (("tables", "3", "column_labels"), ["a"], "tables.3.column_labels: covers 1 columns, the table has 3"),
        (("tables", "2", "rows"), ["lngpd"], "tables.2.rows: 'lngpd' is no variable"),
        (("tables", "1", "index"), "euer", "tables.1.index: 'euer' is no index; did you mean 'uer'?"),
        (("indices", "uer", "dimensions", "adapt", "indicators"), ["gren"], "indices.uer: 'gren' is no variable; did you mean 'green'?"),
        (("indices", "uer", "dimensions", "adapt", "indicators"), ["-so2_intensity"], "'so2_intensity' stands there twice"),
        (("figures",), {"1": {"kind": "event_study", "spec": "baseline", "title": "a"}}, "needs estimator event_study"),
        (("sample", "missing"), {"method": "linear", "chain": {"item": "fia", "growth": "fai_growth"}}, "'fia' is no item; did you mean 'fai'?"),
    ],
)  # fmt: skip
def test_names_that_point_nowhere_are_named(load, path, value, expected):
    text = message(load, put(*path, value=value))
    assert text.startswith(f"{WHERE}, ")
    assert expected in text


def test_cyclic_extends_shows_the_cycle(load):
    def change(study):
        study["specs"] = {
            "a": {"extends": "b", "estimator": "twfe"},
            "b": {"extends": "c"},
            "c": {"extends": "a"},
        }
        study["tables"] = {}

    assert "specs extend each other in a circle: a → b → c → a" in message(load, change)


def test_a_spec_that_extends_itself_is_a_cycle(load):
    assert "circle: baseline → baseline" in message(
        load, put("specs", "baseline", "extends", value="baseline")
    )


def test_unlike_units_are_found_when_units_are_checked(load):
    study = load(put("variables", "so2_intensity", value="ind_so2 + gdp")).study("uer")
    with pytest.raises(FormulaError) as error:
        study.check_units()
    assert str(error.value) == f"{WHERE}, variables.so2_intensity: adds '10^4 yuan' to 't' in `ind_so2 + gdp`"
    study = load(put("variables", "lngdp", "unit", value="t")).study("uer")
    with pytest.raises(DeclarationError, match=r"variables\.lngdp\.unit: '1' cannot be converted to 't'"):
        study.check_units()


def test_units_of_variables_follow_from_the_items(load):
    assert load().study("uer").check_units()["so2_intensity"] == "10^-4 t/yuan"


# -- config.yaml and items.yaml


def test_studies_that_do_not_exist_are_named(load):
    text = message(load, studies=["uer_"])
    assert text == "config/config.yaml, studies: no study 'uer_'; did you mean 'uer'?"
    assert "has no variant 'bookss'; did you mean 'books'?" in message(load, studies=["uer-bookss"])
    assert "stands there twice" in message(load, studies=["uer", "uer"])
    assert "unknown key 'study_'" in message(load, study_=["uer"])


def test_snakemakes_configuration_may_hold_what_trace_asks(load):
    load()
    folder = load().config_dir
    registry = Registry.load(folder, {"studies": ["uer"], "city": "济南", "year": 2011, "item": "gdp"})
    assert registry.names() == ["uer"]
    assert registry.config.languages == ["en", "zh"]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("gdp: {zh: a, en: b, unit: yuan, kind: flows}", "config/items.yaml, gdp.kind: expected one of flow"),
        ("gdp__x: {zh: a, en: b, unit: yuan, kind: flow}", "config/items.yaml, gdp__x: expected a name"),
        ("lag: {zh: a, en: b, unit: yuan, kind: flow}", "config/items.yaml, lag: formulas use this name"),
        ("gdp: {zh: a, en: b, kind: flow}", "config/items.yaml, gdp: key 'unit' is missing"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, header: [c]}", "did you mean 'headers'"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, headers: [{txt: c}]}", "unknown key 'txt' in config/items.yaml, gdp.headers[0]; did you mean 'text'?"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, headers: [3]}", "config/items.yaml, gdp.headers[0]: expected"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, scopes: [city], default_scope: districts}", "none of its scopes"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, bounds: [5, 1]}", "the smaller number first"),
    ],
)  # fmt: skip
def test_items_are_checked(load, items, expected):
    assert expected in message(load, items=items)


# -- sources, corrections, checks


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf8")


def test_sources_of_both_types_are_read(load):
    folder = load().config_dir
    yearbook = "type: city_yearbook\ntitle: 年鉴\nfolders: ['(\\d{4})']\nchapters: [{from: null, to: 2004, chapter: 3}]"
    write(folder, "sources/books.yaml", yearbook)
    panel = "type: panel\ntitle: FDI\nfile: '*FDI*.xlsx'\ncity: 地级市\nyear: year\nsource: bureaus\nvalues: {外商: {item: fai, unit: 万元}}"
    write(folder, "sources/fdi.yaml", panel)
    sources = loading.load_sources(folder)
    assert sources["books"]["chapters"] == [{"from": None, "to": 2004, "chapter": 3}]
    assert sources["fdi"]["values"] == {"外商": {"item": "fai", "unit": "万元", "scope": "city"}}
    assert sources["fdi"]["books"] == "real"
    for old, new, what in (
        ("year: year\n", "", "expected key 'year' with layout long"),
        ("item: fai", "item: fia", "values.外商.item: no item 'fia'; did you mean 'fai'?"),
        ("unit: 万元", "unit: 万元, scope: districts", "item 'fai' has no scope 'districts'"),
        (
            "type: panel",
            "type: pannel",
            "sources/fdi.yaml.type: expected one of city_yearbook, panel, got 'pannel'",
        ),
        ("title: FDI", "layout: wide\ntitle: FDI", "no key 'year', with layout wide"),
    ):
        write(folder, "sources/fdi.yaml", panel.replace(old, new))
        with pytest.raises(DeclarationError) as error:
            loading.load_sources(folder)
        assert what.replace("sources/fdi.yaml.type", "type") in str(error.value)
    write(folder, "sources/fdi.yaml", panel)
    write(folder, "sources/books.yaml", yearbook.replace("(\\d{4})", "\\d{4}"))
    with pytest.raises(DeclarationError, match=r"folders\[0\]: expected a regular expression with a group"):
        loading.load_sources(folder)


CORRECTION = """
corrections:
  - item: ind_so2
    city: [370100, 370200]
    years: [2011]
    action: scale
    factor: 0.1
    expect: {between: [500000, 900000]}
    reason: misplaced decimal point
    reference: Shandong Statistical Yearbook 2012, table 8-12
patterns:
  - {pattern: '(\\d)\\.O(\\d)', replace: '\\1.0\\2', reason: a letter O for a zero}
"""


def test_corrections_come_one_a_city_with_their_guard(load):
    folder = load().config_dir
    write(folder, "corrections/a.yaml", CORRECTION)
    found = loading.load_corrections(folder, ["a.yaml"])
    assert [each["city"] for each in found["corrections"]] == [370100, 370200]
    assert found["corrections"][0]["expect"] == {"gt": 500000.0, "lt": 900000.0}
    assert "scope" not in found["corrections"][0]
    assert found["patterns"][0]["replace"] == "\\1.0\\2"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("factor: 0.1", "value: 3", "corrections[0]: expected key 'factor' with action scale"),
        ("action: scale", "action: drop", "corrections[0]: expected no key 'factor' with action drop"),
        (
            "expect: {between: [500000, 900000]}",
            "expect: {}",
            "corrections[0].expect: expected one of gt, lt, eq",
        ),
        ("item: ind_so2", "item: ind_s02", "corrections[0].item: no item 'ind_s02'; did you mean 'ind_so2'?"),
        ("370100", "37010", "corrections[0].city[0]: expected at least 110000, got 37010"),
        ("    reason: misplaced decimal point\n", "", "corrections[0]: key 'reason' is missing"),
        ("pattern: '(", "pattern: '((", "patterns[0].pattern: expected a regular expression"),
    ],
)
def test_corrections_without_guard_or_reason_are_refused(load, old, new, what):
    folder = load().config_dir
    write(folder, "corrections/a.yaml", CORRECTION.replace(old, new))
    with pytest.raises(DeclarationError) as error:
        loading.load_corrections(folder, ["a.yaml"])
    assert f"config/corrections/a.yaml, {what}" in str(error.value)


def test_checks_and_ignored_columns_are_read(load):
    folder = load().config_dir
    write(folder, "checks.yaml", "sums: [{total: gdp, parts: [fai, gdp], tolerance: 0.01}]")
    assert loading.load_checks(folder)["sums"][0]["slack"] == 0
    write(folder, "checks.yaml", "shares: [[gdp, gpd]]")
    with pytest.raises(DeclarationError, match=r"shares\[0\]: no item 'gpd'"):
        loading.load_checks(folder)
    write(folder, "ignored.yaml", "[{header: 序号, reason: a counter}]")
    assert loading.load_ignored(folder) == [{"header": "序号", "table": "", "reason": "a counter"}]


# -- what rules get


def is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return (
            list(value) == sorted(value)
            and all(isinstance(k, str) for k in value)
            and all(map(is_plain, value.values()))
        )
    return (
        all(map(is_plain, value))
        if isinstance(value, list)
        else value is None or isinstance(value, bool | int | float | str)
    )


def test_rules_get_plain_values_with_sorted_keys(load):
    registry = load()
    values = [registry.sample("uer"), registry.labels("uer"), registry.index("uer", "uer")]
    values += [registry.spec("uer", spec) for spec in registry.specs("uer")]
    values += [registry.table("uer", table) for table in registry.tables("uer")]
    assert all(map(is_plain, values))
    json.dumps(values)


def test_resolving_fills_defaults_and_inherits(load):
    registry = load()
    assert registry.spec("uer", "eastern_only") == {
        "cluster": "city",
        "controls": ["lngdp", "lnpop"],
        "effects": ["city", "year"],
        "estimator": "twfe",
        "missing": "error",
        "outcome": "uer",
        "treatment": "rip",
        "weights": None,
        "where": "eastern",
    }


def test_effects_may_be_joined_or_trends(load):
    effects = ["year", "city[year]", "province#year", "province#eastern[lngdp]"]
    registry = load(lambda study: study["specs"]["baseline"].update(effects=effects))
    assert registry.spec("uer", "baseline")["effects"] == effects


def test_the_order_of_keys_does_not_change_a_spec(load):
    before = load().spec("uer", "eastern_only")
    after = load(
        lambda study: study["specs"].update(baseline=dict(reversed(study["specs"]["baseline"].items())))
    )
    assert json.dumps(after.spec("uer", "eastern_only")) == json.dumps(before)


def test_a_label_does_not_change_what_the_sample_or_a_spec_depends_on(load):
    before = load()
    sample, spec = before.sample("uer"), before.spec("uer", "baseline")

    def change(study):
        study["variables"]["lngdp"]["label"] = {"en": "Wealth", "zh": "财富"}
        study["specs"]["baseline"]["label"] = "Main"

    after = load(change)
    assert after.sample("uer") == sample
    assert after.spec("uer", "baseline") == spec
    assert after.labels("uer")["lngdp"] == {"en": "Wealth", "zh": "财富"}


def test_null_takes_an_inherited_key_away_and_add_appends(load):
    def change(study):
        study["specs"]["half"] = {"extends": "eastern_only", "where": None, "controls": ["lngdp"]}
        study["specs"]["more"] = {
            "extends": "half",
            "add_controls": ["lnpop"],
            "add_effects": ["province#year"],
            "cluster": None,
        }

    registry = load(change)
    assert registry.spec("uer", "half")["where"] is None
    more = registry.spec("uer", "more")
    assert more["controls"] == ["lngdp", "lnpop"]
    assert more["effects"] == ["city", "year", "province#year"]
    assert more["cluster"] is None


def test_a_ladder_adds_one_control_a_step(load):
    registry = load()
    assert registry.specs("uer") == ["baseline", "eastern_only", "step1", "step2"]
    assert [registry.spec("uer", f"step{i}")["controls"] for i in (1, 2)] == [[], ["lngdp"]]


def test_a_table_unfolds_patterns_and_lists_its_rows(load):
    table = load().table("uer", "3")
    assert table["columns"] == ["step1", "step2", "baseline"]
    assert [row["term"] for row in table["rows"]] == ["rip", "lngdp", "lnpop", "_cons"]
    assert load().table_specs("uer", "3") == ["step1", "step2", "baseline"]


def test_ladders_of_more_than_nine_steps_keep_their_order(load):
    def change(study):
        for number in range(12):
            study["variables"][f"x{number}"] = f"gdp * {number}"
        study["specs"]["baseline"]["controls"] = [f"x{number}" for number in range(12)]

    assert load(change).table_specs("uer", "3") == [*(f"step{i}" for i in range(1, 13)), "baseline"]


def test_tables_know_the_indices_that_they_print(load):
    registry = load()
    assert [registry.table_indices("uer", table) for table in ("1", "2", "3")] == [["uer"], ["uer"], []]
    rows = registry.table("uer", "1")["rows"]
    assert [[row["term"] for row in group["rows"]] for group in rows] == [
        ["so2_intensity"],
        ["green", "lnpop"],
    ]


def test_specs_know_the_indices_that_they_read(load):
    def change(study):
        study["specs"]["dimension"] = {"extends": "baseline", "outcome": "uer_adapt"}
        study["specs"]["plain"] = {"extends": "baseline", "outcome": "lngdp", "controls": []}
        study["specs"]["condition"] = {"extends": "plain", "where": "uer > 0.1"}

    registry = load(change)
    assert [registry.spec_indices("uer", spec) for spec in ("baseline", "dimension", "plain", "condition")] == [
        ["uer"], ["uer"], [], ["uer"],
    ]  # fmt: skip


def test_an_index_hands_over_signs_and_dimensions(load):
    assert load().index("uer", "uer")["dimensions"] == {
        "adapt": [{"indicator": "green", "sign": "+"}, {"indicator": "lnpop", "sign": "+"}],
        "resist": [{"indicator": "so2_intensity", "sign": "-"}],
    }


def test_the_sample_names_only_the_items_that_it_uses(load):
    sample = load().sample("uer")
    assert sample["items"] == ["gdp", "green_area__districts", "ind_so2", "pop_hukou", "pop_hukou__districts"]
    assert sample["units"]["green_area__districts"] == "hectare"
    assert [each["name"] for each in sample["variables"]] == ["so2_intensity", "lngdp", "lnpop", "green"]
    assert load().reference_files("uer") == [
        "config/reference/cities.csv",
        "config/reference/policies/urban_agglomerations.csv",
    ]


def test_a_variant_leaves_out_what_only_one_book_prints(load):
    registry = load(studies=["uer", "uer-books"])
    assert registry.names() == ["uer", "uer-books"]
    assert [each["name"] for each in registry.sample("uer-books")["variables"]] == [
        "so2_intensity",
        "lngdp",
        "green",
    ]
    assert registry.index("uer-books", "uer")["dimensions"]["adapt"] == [{"indicator": "green", "sign": "+"}]
    assert registry.spec("uer-books", "baseline")["controls"] == ["lngdp"]
    assert registry.specs("uer-books") == ["baseline", "eastern_only", "step1"]
    assert registry.title("uer-books")["en"] == "Regional integration (books only)"
    assert registry.table("uer-books", "3")["title"]["zh"] == "基准 (仅年鉴)"
    assert registry.sample("uer") == load().sample("uer")


def test_a_variant_sets_and_takes_away_keys(load):
    def change(study):
        study["sample"]["published"] = {"cities": 276}
        study["variants"]["short"] = {
            "label": "short",
            "drop": ["green"],
            "set": {"sample": {"years": [2010, 2020], "published": None}},
        }

    sample = load(change, studies=["uer-short"]).sample("uer-short")
    assert sample["years"] == [2010, 2020]
    assert sample["published"] is None
    assert "green" not in [each["name"] for each in sample["variables"]]
    text = message(load, put("variants", "books", "drop", value=["gren"]), studies=["uer-books"])
    assert "variants.books.drop: 'gren' is no variable; did you mean 'green'?" in text
    text = message(load, put("variants", "books", "drop_only_in", value=["CUSCY"]), studies=["uer-books"])
    assert "did you mean 'CUCSY'" in text


def test_a_variant_changes_tables_whether_their_ids_are_text_or_numbers(load):
    def change(study):
        study["variants"]["books"]["set"] = {
            "tables": {3: {"decimals": 2}, "2": None}
        }

    registry = load(change, studies=["uer-books"])
    assert registry.tables("uer-books") == ["1", "3"]
    assert registry.table("uer-books", "3")["decimals"] == 2


def test_labels_fall_back_on_the_dictionary(load):
    labels = load(put("variables", "gdp", value=None)).labels("uer")
    assert labels["gdp"] == {"en": "GDP", "zh": "地区生产总值", "unit": "10^4 yuan"}
    assert labels["green"] == {"en": "green", "zh": "green"}


def test_table_ids_may_be_numbers(load):
    assert load(lambda study: study.update(tables={3: study["tables"]["3"]})).tables("uer") == ["3"]


# -- the models themselves


def test_every_key_of_every_estimator_can_be_written_in_a_spec():
    for estimator, model in ESTIMATORS.items():
        assert set(model.model_fields) <= set(SpecEntry.model_fields), estimator


def test_json_schemas_are_up_to_date():
    written = {path.name: path.read_text(encoding="utf8") for path in (CONFIG / "schemas").glob("*.json")}
    assert dict(schemas.schema_texts()) == written, "run: cd scripts && python -m nianjian.declarations"


def test_schemas_reject_unknown_keys():
    for model in (Config, Study):
        assert model.model_json_schema()["additionalProperties"] is False


def test_importing_declarations_costs_neither_pandas_nor_pint():
    script = (
        "import sys, time; start = time.perf_counter(); import pydantic.main, yaml; middle = time.perf_counter();"
        "import nianjian.declarations; end = time.perf_counter();"
        "print(sorted({'pandas', 'numpy', 'pint', 'pyarrow'} & set(sys.modules)), end - middle, middle - start)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    loaded, own, pydantic = done.stdout.rsplit(maxsplit=2)
    assert loaded == "[]"
    # Measured against pydantic's own import, so that a busy machine does not fail the test.
    assert float(own) < 0.05 + 1.5 * float(pydantic)


# -- the real config/


def test_the_declared_studies_are_sound():
    """Loads config/ as the Snakefile does, and checks every formula's units."""
    if not (CONFIG / "items.yaml").is_file():
        pytest.skip("config/items.yaml is not there yet")
    switches = read_yaml(CONFIG / "config.yaml")
    bases = [path.stem for path in sorted((CONFIG / "studies").glob("*.yaml"))]
    variants = {base: read_yaml(CONFIG / "studies" / f"{base}.yaml").get("variants") or {} for base in bases}
    switches["studies"] = [*bases, *(f"{base}-{variant}" for base in bases for variant in variants[base])]
    registry = Registry.load(CONFIG, switches)
    for study in registry.names():
        registry.study(study).check_units()
        for file in registry.reference_files(study):
            assert (CONFIG.parent / file).is_file(), file


def test_resilience_has_the_papers_indicators_and_ladder():
    study = validate(
        Study,
        read_yaml(CONFIG / "studies" / "resilience_integration.yaml"),
        "resilience_integration.yaml",
    )
    dimensions = study.indices["resilience"].dimensions
    signed = [
        name for each in dimensions.values() for part in each.components.values() for name in part.indicators
    ]
    assert len(signed) == len(set(signed)) == 26
    assert sum(name.startswith("-") for name in signed) == 6
    assert {name: sum(len(part.indicators) for part in each.components.values()) for name, each in dimensions.items()} == {
        "economic": 6, "social": 8, "ecological": 6, "engineering": 6,
    }  # fmt: skip
    assert sum(len(each.components) for each in dimensions.values()) == 10
    assert len(study.specs["baseline"].controls) == 6
    assert all(variable.label for variable in study.variables.values())
    assert len(CONFIG.joinpath("config.yaml").read_text(encoding="utf8").splitlines()) < 40


# -- index stage, weights, figures


INDEXED: dict[str, Any] = {
    "attributes": {
        "region": {
            "file": "regions.csv", "by": "province", "column": "region4",
            "values": {"east": {"en": "Eastern", "zh": "东部"}, "west": {"en": "Western", "zh": "西部"}},
        },
        "plain": {"file": "regions.csv", "by": "province", "column": "region3_10"},
    },
    "efficiency": {"gie": {"inputs": ["so2_intensity"], "desirable": ["green"], "undesirable": ["uer"]}},
    "productivity": {"gml": {"inputs": ["so2_intensity"], "desirable": ["green"], "undesirable": ["lnpop"]}},
    "inequality": {"gaps": {"of": "uer", "groups": "region"}},
    "spatial_weights": {
        "near": {"kind": "inverse_distance"},
        "alike": {"kind": "economic", "variable": "lngdp", "years": [2003, 2005], "floor": 0.01},
        "mixed": {"kind": "composite", "first": "near", "second": "alike", "share": 0.3},
    },
}  # fmt: skip


def indexed(*path: str | int, value: Any = None) -> Callable[[dict[str, Any]], None]:
    """A study with an index stage of every kind, then changed."""

    def change(study: dict[str, Any]) -> None:
        study.update(copy.deepcopy(INDEXED))
        if path:
            put(*path, value=value)(study)

    return change


def test_scores_are_columns_and_say_what_they_need(load):
    registry = load(indexed())
    resolved = registry.study("uer")
    assert {"gie", "gml", "gml_ec", "gml_tc", "gml_level", "uer_adapt"} <= set(resolved.columns)
    assert registry.score_indices("uer", "gie") == ["uer"]
    assert registry.score_indices("uer", "gaps") == ["uer"]
    assert registry.inequality("uer", "gaps")["components"] == ["uer_resist", "uer_adapt"]
    assert registry.inequality("uer", "gaps")["order"] == ["east", "west"]
    assert registry.matrix("uer", "mixed")["parts"]["alike"]["variable"] == "lngdp"
    values = registry.labels("uer")["region"]["values"]
    assert [entry["value"] for entry in values] == ["east", "west"]


def test_specs_read_scores_and_matrices(load):
    def change(study):
        indexed()(study)
        study["specs"]["durbin"] = {
            "estimator": "spatial_panel", "outcome": "gie", "controls": ["lngdp"], "matrix": "mixed",
        }  # fmt: skip
        study["specs"]["choice"] = {
            "estimator": "weight_choice", "outcome": "gml_level", "controls": ["lngdp"], "matrices": ["near", "alike"],
            "grid": ["near", "alike"],
        }  # fmt: skip

    registry = load(change)
    assert registry.spec_matrices("uer", "durbin") == ["mixed"]
    assert registry.spec_matrices("uer", "choice") == ["alike", "near"]
    assert registry.spec_indices("uer", "durbin") == ["gie"]
    assert registry.spec_indices("uer", "choice") == ["gml"]
    assert registry.spec("uer", "durbin")["cluster"] is None


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("efficiency", "gie", "inputs"), ["gren"], "efficiency.gie.inputs: 'gren' is no variable or index; did you mean 'green'?"),
        (("efficiency", "gie", "inputs"), ["green"], "efficiency.gie.desirable: 'green' stands there twice"),
        (("efficiency", "gie", "window"), 3, "key 'window' with frontier window, and only then"),
        (("inequality", "gaps", "of"), "eur", "inequality.gaps.of: 'eur' is no index or variable; did you mean 'uer'?"),
        (("inequality", "gaps", "groups"), "plain", "attributes.plain: key 'values' is missing"),
        (("inequality", "gaps", "groups"), "regoin", "inequality.gaps.groups: 'regoin' is no attribute in words; did you mean 'region'?"),
        (("spatial_weights", "mixed", "first"), "neer", "spatial_weights.mixed.first: 'neer' is no matrix; did you mean 'near'?"),
        (("spatial_weights", "mixed", "share"), None, "key 'share' with kind composite"),
        (("spatial_weights", "near", "k"), 3, "no key 'k' with kind inverse_distance"),
        (("spatial_weights", "alike", "variable"), "lngpd", "spatial_weights.alike.variable: 'lngpd' is no variable"),
        (("spatial_weights", "lngdp"), {"kind": "contiguity"}, "the name 'lngdp' is taken"),
        (("indices", "uer", "method"), "given", "key 'given' with method given"),
        (("indices", "uer", "given"), {"green": 1}, "no key 'given' with method entropy"),
        (("indices", "uer", "bounds"), {"green": [0, 1]}, "no key 'bounds' with normalise pooled"),
        (("indices", "uer", "quantiles"), [0.1, 0.9], "no key 'quantiles' with normalise pooled"),
        (("indices", "uer", "weights_from"), [1999, 2004], "indices.uer.weights_from: the base period [1999, 2004] lies outside"),
        (("indices", "uer", "normalise"), "z_score", "another normalise with method entropy"),
        (("tables", "4"), {"kind": "groups", "title": "a", "groups": "plain"}, "attributes.plain: key 'values' is missing"),
        (("tables", "4"), {"kind": "means", "title": "a", "columns": ["eur"]}, "tables.4.columns: 'eur' is no variable or index; did you mean 'uer'?"),
        (("tables", "4"), {"kind": "inequality", "title": "a", "inequality": "gap", "show": "groups"}, "'gap' is no inequality; did you mean 'gaps'?"),
        (("tables", "4"), {"kind": "inequality", "title": "a", "inequality": "gaps", "show": "cells"}, "key 'years' with show cells, and only then"),
        (("tables", "4"), {"kind": "sensitivity", "title": "a", "index": "gie"}, "tables.4.index: 'gie' is no index"),
        (("figures",), {"1": {"kind": "trend", "title": "a", "panels": [{"values": "eur"}]}}, "'eur' is no variable, attribute or index; did you mean 'uer'?"),
        (("figures",), {"1": {"kind": "trend", "title": "a", "panels": [{"values": "uer", "by": "plain"}]}}, "attributes.plain: key 'values' is missing"),
        (("figures",), {"1": {"kind": "inequality", "title": "a", "inequality": "gap", "show": "total"}}, "'gap' is no inequality"),
        (("figures",), {"1": {"kind": "balance", "title": "a", "spec": "baseline"}}, "needs estimator psm_did, 'baseline' has twfe"),
        (("specs", "baseline"), {"estimator": "placebo", "outcome": "uer", "treatment": "lngdp"}, "estimator placebo needs the study's treatment, not 'lngdp'"),
        (("specs", "baseline"), {"estimator": "spatial_panel", "outcome": "uer", "matrix": "neer"}, "'neer' is no matrix of spatial_weights; did you mean 'near'?"),
        (("specs", "baseline"), {"estimator": "spatial_panel", "outcome": "uer", "matrix": "near", "lagged": ["lngdp"]}, "'lngdp' is no regressor of this spec"),
        (("specs", "baseline"), {"estimator": "mediation", "outcome": "uer", "mediators": "gren"}, "specs.baseline.mediators: 'gren' is no variable; did you mean 'green'?"),
        (("specs", "baseline"), {"estimator": "weight_choice", "outcome": "uer", "matrices": ["near", "alike"], "grid": ["near", "mixed"]}, "'mixed' is no entry of matrices"),
        (("tables", "4"), {"kind": "matrices", "title": "a", "matrices": ["neer"]}, "tables.4.matrices: 'neer' is no matrix of spatial_weights; did you mean 'near'?"),
        (("figures",), {"1": {"kind": "link_map", "title": "a", "matrices": ["neer"]}}, "figures.1.matrices: 'neer' is no matrix of spatial_weights; did you mean 'near'?"),
        (("figures",), {"1": {"kind": "matrix", "title": "a", "matrices": []}}, "figures.1.matrices"),
        (("specs", "baseline"), {"estimator": "psm_did", "outcome": "uer", "weights": "lnpop"}, "specs.baseline.weights: expected nothing, got 'lnpop'"),
        (("specs", "baseline"), {"estimator": "spatial_panel", "outcome": "uer", "matrix": "near", "tests": ["lmm"]}, "specs.baseline.tests[0]: expected one of lm, lr, wald, hausman, got 'lmm'; did you mean 'lm'?"),
        (("specs", "baseline"), {"estimator": "iv", "outcome": "uer", "endogenous": ["green", "lnpop"], "instruments": ["so2_intensity"]}, "specs.baseline: expected at least as many instruments as endogenous variables (2)"),
        (("specs", "baseline"), {"estimator": "weight_choice", "outcome": "uer", "matrices": ["near", "near"]}, "'near' stands in matrices twice"),
        (("spatial_weights", "near", "cutoff_km"), -3, "spatial_weights.near.cutoff_km: expected more than 0, got -3"),
        (("spatial_weights", "near", "floor"), 3, "no key 'floor' with kind inverse_distance: it belongs to economic"),
        (("spatial_weights", "alike", "islands"), "keep", "no key 'islands' with kind economic: it belongs to contiguity or inverse_distance or product"),
        (("spatial_weights", "near", "islands"), "nearest", "'nearest' belongs to kind contiguity"),
    ],
)  # fmt: skip
def test_mistakes_of_the_index_stage_are_named(load, path, value, expected):
    text = message(load, indexed(*path, value=value))
    assert text.startswith(f"{WHERE}, ")
    assert expected in text


def test_a_table_of_matrices_shows_all_where_it_names_none(load):
    def change(study):
        indexed("tables", "4", value={"kind": "matrices", "title": "a"})(study)
        study["figures"] = {"1": {"kind": "link_map", "title": "a", "matrices": ["near"]}}

    registry = load(change)
    assert registry.table("uer", "4")["matrices"] == ["near", "alike", "mixed"]
    assert registry.figure_inputs("uer", "1") == {"matrices": ["near"], "shapes": True}
    assert registry.figure("uer", "1")["strongest"] == 3
    text = message(load, put("tables", "4", value={"kind": "matrices", "title": "a"}))
    assert "tables.4.matrices" in text and "no matrix of spatial_weights" in text


def test_an_index_without_a_sum_has_no_dimensions(load):
    registry = load(indexed("indices", "uer", "rescale", value=[0.01, 1]))
    assert "uer_adapt" not in registry.study("uer").columns
    assert registry.inequality("uer", "gaps")["components"] == []
    text = message(
        load,
        lambda study: (
            indexed("indices", "uer", "aggregate", value="topsis")(study),
            put(
                "tables",
                "4",
                value={"kind": "inequality", "title": "a", "inequality": "gaps", "show": "components"},
            )(study),
        ),
    )
    assert "tables.4.show: 'gaps' has no components" in text


def test_a_dropped_variable_leaves_inputs_and_given_weights(load):
    def change(study):
        indexed()(study)
        study["indices"]["uer"] |= {"method": "given", "given": {"so2_intensity": 1, "green": 2, "lnpop": 3}}
        study["productivity"]["gml"]["undesirable"] = ["uer"]
        study["efficiency"]["gie"]["inputs"] = ["so2_intensity", "lnpop"]

    registry = load(change, studies=["uer-books"])
    assert registry.index("uer-books", "uer")["given"] == {"so2_intensity": 1, "green": 2}
    assert registry.efficiency("uer-books", "gie")["inputs"] == ["so2_intensity"]


def test_a_variant_may_be_meant_for_one_set_of_books(load):
    registry = load(put("variants", "books", "books", value="real"), studies=["uer", "uer-books"])
    assert (registry.books("uer"), registry.books("uer-books")) == (None, "real")
    assert "variants.books.books: expected one of" in message(
        load, put("variants", "books", "books", value="rael")
    )
