"""What a study declares of its sample: complete, checked, and the same whatever does not matter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fresh import printed_by
from nianjian.declarations import variables
from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.models.items import Items
from nianjian.declarations.models.study import MOVED, StudyFile
from nianjian.declarations.names import StudyNames
from nianjian.declarations.reading import read_yaml, validate
from nianjian.declarations.study import Study
from nianjian.errors import DeclarationError, Mistakes
from nianjian.sample import declaration
from nianjian.sample import parsed as sample_formulas
from nianjian.sample.declaration import SampleDeclaration
from nianjian.sample.declared import declared

WHERE = "config/studies/demo.yaml"
ITEMS = {
    "gdp": {"zh": "地区生产总值", "en": "GDP", "unit": "10^4 yuan", "kind": "flow"},
    "pop": {"zh": "人口", "en": "Population", "unit": "10^4 person", "kind": "stock"},
    "fai": {"zh": "投资", "en": "Investment", "unit": "10^4 yuan", "scopes": ["city"], "kind": "flow"},
    "fai_growth": {"zh": "增长", "en": "Growth", "unit": "percent", "scopes": ["city"], "kind": "rate"},
}
STUDY: dict[str, Any] = {
    "title": "A demonstration",
    "sample": {
        "years": [2009, 2020],
        "suspects": "missing",
        "missing": {"method": "linear", "edges": "nearest:2", "chain": {"item": "fai", "growth": "fai_growth"}},
        "cities": {"drop": [{"city": [310000, "苏州", "Hangzhou"], "reason": "a test"}, {"where": "region == 'west'", "reason": "b"}]},
    },
    "attributes": {
        "region": {"file": "regions.csv", "by": "province", "column": "region3_11",
                   "values": {"east": "Eastern", "centre": "Central", "west": "Western"}},
        "capital": {"file": "attributes.csv", "unit": "1"},
    },
    "variables": {"lngdp": "ln(gdp)", "urban": "pop__districts", "inland": "(region != 'east') * capital"},
    "treatment": {"name": "rip", "policy": "urban_agglomerations", "coding": "official"},
    "policies": {"pilot": {"policy": "own", "starts": "year_after"}},
    "groups": {"eastern": "region == 'east'"},
}  # fmt: skip
OWN = "city,approval_date\n保定,2010年7月\n130600,2012\n"

Change = Callable[[dict[str, Any]], Any]


class SmallStudy(StudyNames):
    """A study without entries of kinds."""

    conditions = Study.conditions

    def __init__(self, raw: dict[str, Any], layers: Layers, items: Any = None, shown: str = WHERE) -> None:
        model = validate(StudyFile, raw, shown)
        super().__init__(
            model, shown, items if items is not None else validate(Items, ITEMS, "config/items.yaml")
        )
        self.name, self.layers = "demo", layers
        self.formulas = variables.parse_formulas(self, Mistakes())
        self.specs: dict[str, Any] = {}
        self.tables: dict[str, Any] = {}
        self.figures: dict[str, Any] = {}


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., SampleDeclaration]:
    """The declaration of the small study, changed as asked, with files of a workspace."""

    def declare(change: Change | None = None, **files: str) -> SampleDeclaration:
        for name, content in (
            {"policies/own.csv": OWN} | {key.replace("__", "/") + ".csv": text for key, text in files.items()}
        ).items():
            path = tmp_path / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf8")
        raw = copy.deepcopy(STUDY)
        if change is not None:
            change(raw)
        return declared(SmallStudy(raw, Layers((tmp_path / "config", CONFIG))))  # type: ignore[arg-type]

    return declare


def test_a_declaration_holds_all_that_the_sample_depends_on(make):
    found = make()
    assert (found.study, found.file, found.years) == ("demo", WHERE, (2009, 2020))
    assert found.items == ("fai", "fai_growth", "gdp", "pop__districts")
    assert found.units == {
        "gdp": "10^4 yuan", "pop__districts": "10^4 person", "fai": "10^4 yuan", "fai_growth": "percent",
        "region": "text", "capital": "1",
    }  # fmt: skip
    assert [each.name for each in found.variables] == ["lngdp", "urban", "inland"]
    assert found.variables[1].expr == "pop__districts"
    assert [each.name for each in found.attributes] == ["capital", "region"]
    assert dict(found.attributes[1].values)[110000] == "east"
    assert dict(found.attributes[0].values)[130100] == 1.0
    assert found.missing.edges == 2 and found.missing.chain[0].item == "fai"
    assert found.rules.drop[0].cities == (310000, 320500, 330100)
    assert (
        found.treatment is not None and found.treatment.name == "rip" and len(found.treatment.members) == 162
    )
    assert found.policies[1].members == ((130600, 2010), (130600, 2012))
    assert found.policies[1].coding is None
    assert len(found.book) == 304 and found.events == ()


def test_harmonised_boundaries_name_mergers_breaks_and_parts(make):
    def change(raw):
        raw["sample"].update(boundary="harmonised")
        raw["sample"]["cities"]["boundary"] = "drop"

    found = make(change)
    boundary = found.boundary
    assert boundary is not None and make().boundary is None
    assert [tuple(each) for each in boundary.mergers] == [(371200, "莱芜市", 370100, "济南市", 2019)]
    assert boundary.additive == ("fai", "gdp", "pop__districts") and boundary.ratios == ()
    # The split of 巢湖市 stays a break; what the sum undoes is none, nor a reason to drop the city.
    broken = {(each.city, each.year) for each in boundary.breaks}
    assert {(340100, 2011), (340200, 2011), (340500, 2011), (341400, 2011)} <= broken
    assert (370100, 2019) not in broken
    assert 370100 not in {each.city for each in found.events} and 340100 in {
        each.city for each in found.events
    }


def test_units_of_variables_follow_from_the_items(make):
    found = make(
        lambda raw: raw["variables"].update(density="pop / gdp", share={"expr": "gdp/fai", "unit": "percent"})
    )
    parsed = sample_formulas.parse(found, ["region", "capital"])
    assert (parsed.units["lngdp"], parsed.units["density"], parsed.units["share"]) == (
        "1",
        "person/yuan",
        "percent",
    )
    assert parsed.variables[-1].factor == 100.0


def test_a_declaration_comes_back_from_its_file(make, tmp_path):
    found = make()
    (tmp_path / "sample.json").write_text(found.to_json(), encoding="utf8")
    again = declaration.read(tmp_path / "sample.json")
    assert again == found and again.to_json() == found.to_json()
    assert isinstance(again.book[0], declaration.City) and isinstance(again.policies[0].members[0], tuple)


@pytest.mark.parametrize(
    ("change", "files"),
    [
        (lambda raw: raw.update(attributes=dict(reversed(raw["attributes"].items()))), {}),
        (lambda raw: raw["treatment"].update(label="Pilot", note="x"), {}),
        (lambda raw: raw["variables"].update(lngdp={"expr": "ln(gdp)", "label": "GDP"}), {}),
        (lambda raw: raw["attributes"]["region"].update(label="Region", values={"west": "W"}), {}),
        (lambda raw: raw.update(note="only a note"), {}),
        (None, {"policies__own": "city,city_name,approval_date,note\n130600,保定市,2012-05-01,\n130600,,2010-07-19,pilot\n"}),
        (None, {"policies__other": "city,approval_date\n110000,2010\n"}),
    ],
)  # fmt: skip
def test_what_does_not_matter_changes_nothing(make, change, files):
    assert make(change, **files).to_json() == make(policies__own=OWN).to_json()


@pytest.mark.parametrize(
    ("change", "files"),
    [
        (lambda raw: raw["policies"]["pilot"].update(starts="approval_year"), {}),
        (lambda raw: raw["sample"]["cities"].update(boundary="drop"), {}),
        (lambda raw: raw["groups"].update(eastern="region == 'centre'"), {}),
        (None, {"policies__own": OWN.replace("2012", "2013")}),
    ],
)
def test_what_matters_changes_it(make, change, files):
    assert make(change, **files).to_json() != make(policies__own=OWN).to_json()


def test_rows_that_a_coding_leaves_out_are_no_part_of_it(make):
    rows = "city,approval_date,first\n保定,2010,true\n南昌,2012,false\n"
    code = lambda raw: raw["policies"]["pilot"].update(coding="first")  # noqa: E731
    assert make(code, policies__own=rows) == make(code, policies__own=rows.replace("2012", "2013"))


def test_events_of_the_years_are_part_of_it(make):
    found = make(lambda raw: raw["sample"]["cities"].update(boundary="drop"))
    assert found.events and all(2009 < event.year <= 2020 for event in found.events)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw["treatment"].update(policy="urban_agglomeration"),
         "treatment.policy: there is no config/reference/policies/urban_agglomeration.csv; did you mean 'urban_agglomerations'?"),
        (lambda raw: raw["treatment"].update(coding="offical"),
         "treatment.coding: config/reference/policies/urban_agglomerations.csv has no column 'offical'; did you mean 'official'?; it has agglomeration"),
        (lambda raw: raw["policies"]["pilot"].update(policy="lowcarbon"),
         "policies.pilot.policy: there is no config/reference/policies/lowcarbon.csv; did you mean 'low_carbon'?"),
        (lambda raw: raw["attributes"]["region"].update(file="region.csv"),
         "attributes.region.file: there is no config/reference/region.csv; did you mean 'regions.csv'?"),
        (lambda raw: raw["attributes"]["capital"].update(column="capitals"),
         "attributes.capital.column: config/reference/attributes.csv has no column 'capitals'; did you mean 'capital'?"),
        (lambda raw: raw["attributes"]["region"]["values"].update(eastern="Eastern"),
         "attributes.region.values: no province has the value 'eastern'; did you mean 'east'?"),
        (lambda raw: raw["sample"]["cities"]["drop"][0].update(city="上海是"),
         "sample.cities.drop[0].city: no prefecture-level city is called '上海是'; did you mean '上海市'?"),
        (lambda raw: raw["sample"]["cities"]["drop"][0].update(city=[310000, 310001]),
         "sample.cities.drop[0].city: no city has the code '310001'; did you mean '310000' (上海市)?"),
        (lambda raw: raw["sample"]["cities"]["drop"][0].update(city="Suzhou"),
         "sample.cities.drop[0].city: 'Suzhou' is the name of several cities (320500 苏州市, 341300 宿州市); give the code"),
        (lambda raw: raw["sample"]["cities"]["drop"][1].update(where="region == 'western'"),
         "sample.cities.drop[1].where: no city has the region 'western' in `region == 'western'`; did you mean 'west'?"),
        (lambda raw: raw["groups"].update(eastern="region == 'eastern'"),
         "groups.eastern: no city has the region 'eastern' in `region == 'eastern'`; did you mean 'east'?"),
        (lambda raw: raw["groups"].update(eastern="province == 310001"),
         "groups.eastern: there is no province 310001 in `province == 310001`; did you mean '310000'?"),
        (lambda raw: raw["variables"].update(inland="1 * (region in ['inland'])"),
         "variables.inland: no city has the region 'inland' in `1 * (region in ['inland'])`; it is one of 'centre', 'east', 'west'"),
    ],
)  # fmt: skip
def test_what_a_study_names_must_be_there(make, change, message):
    with pytest.raises(DeclarationError) as caught:
        make(change)
    assert str(caught.value).startswith(f"{WHERE}, {message}")


@pytest.mark.parametrize("city", [310000, "上海市", "Shanghai", "上海", [310000, "Shanghai"]])
def test_cities_are_left_out_by_name_or_code(make, city):
    found = make(lambda raw: raw["sample"]["cities"]["drop"][0].update(city=city))
    assert set(found.rules.drop[0].cities) == {310000}


@pytest.mark.parametrize(("main", "key"), [(True, "treatment"), (False, "policies.pilot")])
def test_a_policy_that_cannot_be_coded_names_key_file_and_line(make, main, key):
    change = (lambda raw: raw["treatment"].update(policy="own", coding=None)) if main else None
    with pytest.raises(DeclarationError) as caught:
        make(change, policies__own="city,approval_date\n110000,May 2012\n")
    text = str(caught.value)
    assert text.startswith(
        f"{WHERE}, {key}.policy: config/policies/own.csv, line 2: approval_date 'May 2012'"
    )
    assert text.endswith("write 2013, 2013-01 or 2013-01-29")


def test_the_projects_studies_name_only_what_is_there():
    items = validate(Items, read_yaml(CONFIG / "items.yaml"), "config/items.yaml")
    for path in sorted((CONFIG / "studies").glob("*.yaml")):
        raw = {key: value for key, value in read_yaml(path).items() if key not in MOVED}
        found = declared(SmallStudy(raw, Layers(), items, f"config/studies/{path.name}"))  # type: ignore[arg-type]
        assert len(found.book) == 304 and found.items, path


def test_reading_a_study_imports_nothing_heavy():
    code = (
        "import sys, nianjian.sample.declared, nianjian.reference.policies\n"
        "print([name for name in ('pandas', 'numpy', 'pint', 'scipy', 'pyarrow') if name in sys.modules])"
    )
    assert printed_by(code) == "[]"


def test_conditions_of_specifications_are_checked_too():
    class WithSpec(SmallStudy):
        def conditions(self) -> Any:
            yield "region == 'eastern'", f"{WHERE}, specs.a.where"

    raw = copy.deepcopy(STUDY) | {"policies": {}}
    with pytest.raises(DeclarationError) as caught:
        declared(WithSpec(raw, Layers()))  # type: ignore[arg-type]
    assert str(caught.value) == (
        f"{WHERE}, specs.a.where: no city has the region 'eastern' in `region == 'eastern'`; did you mean 'east'?"
    )
