"""Declarations of the panel stage: read once, checked against each other, handed on as content."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
import yaml

from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_items
from nianjian.declarations.models.ignored import Ignored
from nianjian.declarations.reading import read_yaml
from nianjian.errors import DeclarationError
from nianjian.kinds.sources import panel
from nianjian.panel import reference
from nianjian.panel.declared import PanelDeclarations
from small_books import CONFIG, declared_sources

FILES = ("items.yaml", "ignored.yaml", "checks.yaml", "reading.yaml")
TABLES = (*reference.FILES, "former_codes.csv", "units.yaml")
FIX = {
    "item": "gdp",
    "city": 130100,
    "years": [2011],
    "action": "scale",
    "factor": 0.1,
    "expect": {"gt": 500},
    "reason": "a digit too many",
    "reference": "the page",
}


@pytest.fixture
def folder(tmp_path):
    """A copy of the declarations that the panel stage reads, with one file of corrections."""
    config = tmp_path / "config"
    for name in (*FILES, *(f"reference/{table}" for table in TABLES)):
        (config / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONFIG / name, config / name)
    (config / "corrections").mkdir()
    return config


@pytest.fixture
def corrected(folder):
    """Load with these corrections."""

    def load(*corrections: dict, **more) -> PanelDeclarations:
        text = yaml.safe_dump({"corrections": list(corrections), **more}, allow_unicode=True)
        (folder / "corrections" / "a.yaml").write_text(text, encoding="utf8")
        return PanelDeclarations.load(folder, ["a.yaml"])

    return load


def edit(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf8")


def panels() -> dict:
    return {name: panel.values(params) for name, params in declared_sources("panel").items()}


@pytest.mark.parametrize("name", ["city_yearbook.yaml", "simulated.yaml"])
def test_the_projects_own_declarations_pass_and_survive_json(name, tmp_path):
    declared = PanelDeclarations.load(CONFIG, [name], panels())
    path = tmp_path / "declared.json"
    path.write_text(declared.to_json(), encoding="utf8")
    again = PanelDeclarations.from_json(path)
    assert again == declared and again.to_json() == declared.to_json()
    assert list(again.items) == list(read_items(CONFIG))
    assert declared.items == read_items(CONFIG)
    written = read_yaml(CONFIG / "corrections" / name)
    cities = [each.get("city") for each in written["corrections"]]
    assert len(declared.corrections) == sum(len(each) if isinstance(each, list) else 1 for each in cities)
    assert [each.pattern for each in declared.patterns] == [
        each["pattern"] for each in written.get("patterns", [])
    ]


def test_comments_and_the_order_of_keys_and_rows_do_not_count(folder):
    before = PanelDeclarations.load(folder).to_json()
    for name in FILES:
        path = folder / name
        path.write_text("# another comment\n" + path.read_text(encoding="utf8"), encoding="utf8")
    for name in reference.FILES:
        head, *rows = (folder / "reference" / name).read_text(encoding="utf8").splitlines()
        text = "\n".join([head, *reversed(rows)]) + "\n"
        (folder / "reference" / name).write_text(text, encoding="utf8")
    edit(folder / "items.yaml", "  zh: 年末户籍人口\n  en: Registered population, year end\n",
         "  en: Registered population, year end\n  zh: 年末户籍人口\n")  # fmt: skip
    assert PanelDeclarations.load(folder).to_json() == before
    edit(folder / "items.yaml", "bounds: [0.01, 4500]", "bounds: [0.01, 4501]")
    assert PanelDeclarations.load(folder).to_json() != before


def test_of_a_panel_only_what_its_columns_hold_counts():
    (name, source), *_ = declared_sources("panel").items()
    moved = source.model_validate(
        source.plain() | {"file": "elsewhere.xlsx", "title": {"en": "x", "zh": "x"}}
    )
    assert moved != source
    one, other = (PanelDeclarations.load(CONFIG, panels={name: panel.values(s)}) for s in (source, moved))
    assert one.to_json() == other.to_json() and one.panels[name] == source.values


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"item": "gpd"}, r"config/corrections/a\.yaml, corrections\[0\]\.item: no item 'gpd'; did you mean 'gdp'\?; add it to items\.yaml or correct"),
        ({"expect": {"same_as": "gpd"}}, r"corrections\[0\]\.expect\.same_as: no item 'gpd'"),
        ({"city": 130199}, r"corrections\[0\]\.city: no city 130199 in reference/city_names\.csv; did you mean"),
        ({"city": [130100, 139900]}, r"corrections\[0\]\.city: no city 139900"),
        ({"city": 341400, "years": [2015]}, r"corrections\[0\]\.years: 巢湖市 \(341400\) was no city in 2015"),
        ({"cell": "12F"}, r"corrections\[0\]\.cell: '12F' is no address of a cell; write one such as F12"),
        ({"cell": "F0"}, r"corrections\[0\]\.cell: 'F0' is no address"),
        ({"table": "2.13"}, r"corrections\[0\]\.table: '2\.13' is no table's number; write one such as 2-13"),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_meant_is_refused_when_it_is_read(corrected, changes, message):
    with pytest.raises(DeclarationError, match=message):
        corrected({**FIX, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factor": None, "value": 3}, r"corrections\[0\]: expected key 'factor' with action scale"),
        ({"action": "drop"}, r"corrections\[0\]: expected no key 'factor' with action drop"),
        ({"expect": {}}, r"corrections\[0\]\.expect: expected one of gt, lt, eq"),
        ({"expect": {"between": [9, 5]}}, r"corrections\[0\]\.expect\.between: expected the smaller number first"),
        ({"item": "gpd"}, r"corrections\[0\]\.item: no item 'gpd'"),
        ({"city": [37010]}, r"corrections\[0\]\.city\[0\]: expected at least 110000, got 37010"),
        ({"reason": ""}, r"corrections\[0\]\.reason: expected text that is not empty"),
        ({"reason": None}, r"corrections\[0\]\.reason: expected text, got nothing"),
        ({"item": None}, r"corrections\[0\]: expected item or cell, to say which values are meant"),
        ({"city": None, "action": "add", "factor": None, "value": 3}, r"corrections\[0\]: expected key 'city' with action add"),
        ({"factr": 1}, r"unknown key 'factr' in config/corrections/a\.yaml, corrections\[0\]; did you mean 'factor'"),
    ],
)  # fmt: skip
def test_corrections_without_guard_or_reason_are_refused(corrected, changes, message):
    with pytest.raises(DeclarationError, match=message):
        corrected({**FIX, **changes})


def test_a_correction_without_a_reason_is_refused(corrected):
    with pytest.raises(DeclarationError, match=r"a\.yaml, corrections\[0\]: key 'reason' is missing"):
        corrected({key: value for key, value in FIX.items() if key != "reason"})


def test_a_pattern_must_be_a_regular_expression(corrected):
    pattern = {"pattern": r"((\d)\.O(\d)", "replace": r"\1.0\2", "reason": "a letter O for a zero"}
    with pytest.raises(DeclarationError, match=r"patterns\[0\]\.pattern: expected a regular expression"):
        corrected(FIX, patterns=[pattern])
    found = corrected(FIX, patterns=[{**pattern, "pattern": r"(\d)\.O(\d)"}])
    assert found.patterns[0].replace == r"\1.0\2"


def test_a_guard_between_two_numbers_is_two_guards(corrected):
    found = corrected({**FIX, "expect": {"between": [500000, 900000]}}).corrections[0]
    assert found.expect.limits == (500000.0, 900000.0) and found.scope is None
    assert corrected({**FIX, "expect": {"gt": 500}}).corrections[0].expect.limits == (500.0, None)


def test_checks_and_ignored_columns_have_their_defaults(folder):
    (folder / "checks.yaml").write_text(
        "sums: [{total: gdp, parts: [fai, gdp], tolerance: 0.01}]", encoding="utf8"
    )
    (folder / "ignored.yaml").write_text("[{header: 序号, reason: a counter}]", encoding="utf8")
    found = PanelDeclarations.load(folder)
    assert found.checks.sums[0].slack == 0 and found.checks.shares == []
    assert found.ignored == [Ignored(header="序号", table="", reason="a counter")]
    (folder / "checks.yaml").write_text("shares: [[gdp, gpd]]", encoding="utf8")
    with pytest.raises(DeclarationError, match=r"config/checks\.yaml, shares\[0\]: no item 'gpd'"):
        PanelDeclarations.load(folder)


def test_a_city_may_be_corrected_in_the_year_beside_its_life(corrected):
    assert corrected({**FIX, "city": 341400, "years": [2011]}).corrections[0].city == 341400


def test_a_correction_of_several_cities_is_one_entry_a_city(corrected):
    found = corrected({**FIX, "city": [130100, 130200]}).corrections
    assert [each.city for each in found] == [130100, 130200]
    assert all(each.value is None and each.number == 0.1 for each in found)


def test_a_repeated_correction_is_refused_and_names_the_first(corrected):
    with pytest.raises(
        DeclarationError,
        match=r"corrections\[1\]: is for the same cells as .*a\.yaml, corrections\[0\]; keep",
    ):
        corrected(FIX, {**FIX, "years": [2010, 2011], "factor": 0.01})
    with pytest.raises(DeclarationError, match=r"corrections\[1\]: is for the same cells"):
        corrected({**FIX, "years": None, "edition": 2012}, {**FIX, "edition": 2012})


@pytest.mark.parametrize(
    "other", [{"years": [2012]}, {"scope": "districts"}, {"cell": "B7"}, {"city": 130200}]
)
def test_corrections_of_other_cells_are_no_repetition(corrected, other):
    assert len(corrected(FIX, {**FIX, **other}).corrections) == 2


def test_a_pattern_whose_replacement_names_no_group_is_refused(corrected):
    pattern = {"pattern": r"\d+[(C]", "replace": r"\1", "reason": "a mark"}
    with pytest.raises(DeclarationError, match=r"patterns\[0\]\.replace: '\\1' does not fit the pattern"):
        corrected(patterns=[pattern])


CLAIM = """
another_gdp:
  zh: 另一个
  en: Another
  unit: {unit}
  scopes: [city]
  kind: flow
  bounds: [0, 1]
  headers: [{header}]
"""


@pytest.mark.parametrize(
    ("unit", "header", "refused"),
    [
        ("10^4 yuan", "地区生产总值", True),
        ("yuan", "地区 生产总值 (亿元) Gross", True),
        ("10^4 yuan", "{text: 地区生产总值, table: 财政}", False),
        ("10^4 yuan", "{text: 地区生产总值, years: [2011, 2012]}", False),
        ("percent", "地区生产总值", False),
    ],
)
def test_a_header_that_two_items_claim_alike_is_refused(folder, unit, header, refused):
    with open(folder / "items.yaml", "a", encoding="utf8") as stream:
        stream.write(CLAIM.format(unit=unit, header=header))
    if refused:
        with pytest.raises(
            DeclarationError,
            match=r"config/items\.yaml, another_gdp\.headers: .*is a header of gdp too.*`table`, `years` or `after`",
        ):
            PanelDeclarations.load(folder)
    else:
        assert "another_gdp" in PanelDeclarations.load(folder).items


def test_an_ignored_column_that_is_an_items_is_refused(folder):
    (folder / "ignored.yaml").write_text(
        "- {header: 序号, reason: a counter}\n- {header: 年末总人口, reason: r}\n", encoding="utf8"
    )
    with pytest.raises(
        DeclarationError,
        match=r"config/ignored\.yaml, \[1\]\.header: '年末总人口' is a header of item 'pop_hukou'; remove",
    ):
        PanelDeclarations.load(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("checks.yaml", "[va1_share,", "[va1_shar,", r"config/checks\.yaml, shares\[0\]: no item 'va1_shar'; did you mean 'va1_share'"),
        ("checks.yaml", "total: ind_output,", "total: ind_outputs,", r"checks\.yaml, sums\[1\]: no item 'ind_outputs'"),
        ("items.yaml", "unit: 10^4 person", "unit: 10^4 preson", r"items\.yaml, pop_hukou\.unit: unknown unit 'preson'"),
        ("items.yaml", "\npop_hukou:", "\nshare:", r"items\.yaml, share: formulas use this name"),
        ("reference/units.yaml", "  万元: 10^4 yuan", "  万元: 10^4 yaun", r"reference/units\.yaml, chinese\.万元: unknown unit 'yaun'"),
        ("reference/units.yaml", "  万元: 10^4 yuan", "  万元: 10^4 yuan\n  万 元: yuan", r"chinese\.万 元: is spelt twice, with different units"),
        ("reference/units.yaml", "\nmisprints:", "\nmisprint:", r"unknown key 'misprint' in config/reference/units\.yaml; did you mean 'misprints'\?"),
        ("reference/city_aliases.csv", "三业市,三亚市", "三业市,三业市", "三业市 stands for 三业市, which is no city, province or total"),
        ("reference/city_names.csv", "130100,石家庄市", "139100,石家庄市", "city 130100 stands in only one of cities.csv and city_names.csv"),
        ("reference/cities.csv", "130100,石家庄市,", "13O100,石家庄市,", r"reference/cities\.csv, line 4, city: expected a number, got '13O100'"),
        ("reading.yaml", "city_ending: 市", "city_endings: 市", "unknown key 'city_endings' in config/reading.yaml, regions"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_named_with_file_and_key(folder, file, old, new, message):
    edit(folder / file, old, new)
    with pytest.raises(DeclarationError, match=message):
        PanelDeclarations.load(folder)


def test_a_panel_of_an_unknown_item_or_scope_is_refused():
    items = read_items(CONFIG)
    name, column, value = next(
        (name, column, value)
        for name, values in panels().items()
        for column, value in values.items()
        if "districts" not in items[value.item].scopes
    )
    for change, message in (
        ({"item": "gpd"}, rf"sources/{name}\.yaml, values\.{column}\.item: no item 'gpd'"),
        ({"scope": "districts"}, rf"values\.{column}\.scope: item '{value.item}' has no scope 'districts'"),
    ):
        with pytest.raises(DeclarationError, match=message):
            PanelDeclarations.load(CONFIG, panels={name: {column: value.model_copy(update=change)}})


def test_loading_imports_neither_pandas_nor_pint():
    told = (
        "import sys; from nianjian.panel.declared import PanelDeclarations\n"
        f"PanelDeclarations.load({str(CONFIG)!r}, ['city_yearbook.yaml'])\n"
        "print(*({'pandas', 'numpy', 'pint'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", told],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.split() == []


def test_a_workspaces_cities_hide_the_projects(tmp_path):
    own = tmp_path / "config" / "reference"
    own.mkdir(parents=True)
    shutil.copy(CONFIG / "reference" / "city_aliases.csv", own)
    (own / "cities.csv").write_text(
        "city,name_zh,name_en,province,province_zh,province_en,from_year,to_year\n"
        "130102,长安县,Changan,130000,河北省,Hebei,,\n",
        encoding="utf8",
    )
    layers = Layers.of(tmp_path)
    with pytest.raises(
        DeclarationError, match=r"city 110000 stands in only one of cities\.csv and city_names\.csv"
    ):
        PanelDeclarations.load(layers)
    (own / "city_names.csv").write_text("city,name_zh,from_year,to_year\n130102,长安县,,\n", encoding="utf8")
    with pytest.raises(DeclarationError, match="which is no city, province or total"):
        PanelDeclarations.load(layers)
    (own / "city_aliases.csv").write_text("label,name_zh,from_edition,to_edition,kind\n", encoding="utf8")
    # The project's corrections are of other books: those of cities that there are not here do not count.
    declared = PanelDeclarations.load(layers, ["city_yearbook.yaml"])
    assert [city.name_zh for city in declared.cities.cities] == ["长安县"]
    assert all(each.city is None for each in declared.corrections)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("order: [own, later]", "order: [own, latter]", r"checks\.yaml, sources\.order\[1\]: no source 'latter'; did you mean 'later'\?"),
        ("order: [own, later]", "order: [own, own]", r"sources\.order\[1\]: 'own' is named twice; keep one place"),
        ("tolerance: 0.01", "tolerance: 1.5", r"sources\.tolerance"),
        ("{item: gdp_pc, numerator: gdp}", "{item: gdp_pc, numerator: gdpp}", r"ratios\[0\]: no item 'gdpp'; did you mean 'gdp"),
        ("{item: gdp_pc, numerator: gdp}", "{item: gdp, numerator: gdp}", r"ratios\[0\]\.item: 'gdp' is a flow, which adds up"),
        ("{item: gdp_pc, numerator: gdp}", "{item: gdp_pc, numerator: gdp_growth}", r"'gdp_growth' is a rate and does not add up"),
        ("{item: gdp_pc, numerator: gdp}", "{item: gdp_pc}", "either numerator or denominator"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_sources_and_ratios_is_said(folder, old, new, said):
    edit(folder / "checks.yaml", old, new)
    with pytest.raises(DeclarationError, match=said):
        PanelDeclarations.load(folder)
