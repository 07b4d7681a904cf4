"""JSON schemas of the declarations: as written, true of every shipped file, and telling an editor a kind's own keys."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from nianjian.declarations import schemas
from nianjian.declarations.layers import CONFIG
from nianjian.declarations.reading import read_yaml
from nianjian.kinds.registry import kinds

SHIPPED = {
    "checks": "checks.yaml",
    "config": "config.yaml",
    "corrections": "corrections/*.yaml",
    "headlines": "published/headlines.yaml",
    "ignored": "ignored.yaml",
    "items": "items.yaml",
    "reading": "reading.yaml",
    "simulation_process": "simulation/process.yaml",
    "simulation_tables": "simulation/tables.yaml",
    "source": "sources/*.yaml",
    "study": "studies/*.yaml",
    "resources": "resources.yaml",
    "style": "styles/*.yaml",
    "topics": "topics.yaml",
}
FILES = [(name, path) for name, pattern in SHIPPED.items() for path in sorted(CONFIG.glob(pattern))]
HEAD = "# yaml-language-server: $schema="


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return dict(schemas.texts(kinds()))


def schema(name: str) -> dict[str, Any]:
    return json.loads((CONFIG / "schemas" / f"{name}.json").read_text(encoding="utf8"))


def as_json(value: Any) -> Any:
    """As an editor sees YAML: every key is text."""
    if isinstance(value, dict):
        return {str(key): as_json(own) for key, own in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value


def problems(name: str, value: Any) -> list[str]:
    found = Draft7Validator(schema(name)).iter_errors(as_json(value))
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in found]


def test_they_are_those_of_models_and_kinds(written: dict[str, str]) -> None:
    stored = {path.name: path.read_text(encoding="utf8") for path in (CONFIG / "schemas").glob("*.json")}
    assert set(stored) == set(written)
    drifted = [name for name, text in written.items() if stored[name] != text]
    assert not drifted, f"run python -m nianjian.declarations: {drifted}"


def test_every_schema_is_one(written: dict[str, str]) -> None:
    for text in written.values():
        Draft7Validator.check_schema(json.loads(text))


@pytest.mark.parametrize(("name", "path"), FILES, ids=[path.stem for _, path in FILES])
def test_shipped_files_fit(name: str, path: Path) -> None:
    assert problems(name, read_yaml(path)) == []


@pytest.mark.parametrize(("name", "path"), FILES, ids=[path.stem for _, path in FILES])
def test_shipped_files_name_their_schema(name: str, path: Path) -> None:
    lines = path.read_text(encoding="utf8").splitlines()
    (head,) = [line for line in lines if line.startswith(HEAD)]
    assert lines[0] == head
    assert (path.parent / head.removeprefix(HEAD)).resolve() == CONFIG / "schemas" / f"{name}.json"


def test_no_file_is_left_out() -> None:
    assert {path for _, path in FILES} == set(CONFIG.rglob("*.yaml")) - {CONFIG / "reference" / "units.yaml"}


def study(**sections: Any) -> dict[str, Any]:
    return {
        "title": "T",
        "sample": {"years": [2003, 2004], "suspects": "keep"},
        "variables": {"y": "gdp"},
        **sections,
    }


def spec(**keys: Any) -> dict[str, Any]:
    return study(specs={"base": {"estimator": "twfe", "outcome": "y"}, "own": keys})


def test_an_unknown_key_of_an_estimator_is_refused() -> None:
    assert problems("study", spec(estimator="twfe", outcome="y", cluster="city")) == []
    (found,) = problems("study", spec(estimator="twfe", outcome="y", clutser="city"))
    assert found.startswith("specs.own:")
    assert "'clutser' was unexpected" in found


def test_a_key_of_another_estimator_is_refused() -> None:
    window = {"outcome": "y", "window": [-3, 3]}
    assert problems("study", spec(estimator="event_study", treatment="did", **window)) == []
    (found,) = problems("study", spec(estimator="twfe", **window))
    assert "'window' was unexpected" in found


def test_what_a_specification_inherits_need_not_be_said_and_may_be_taken_back() -> None:
    assert problems("study", spec(extends="base", add_controls=["x"], cluster=None)) == []
    assert problems("study", spec(extends="base", estimator="event_study", window=[-3, 3])) == []
    assert problems("study", spec(extends="base", estimator="local_moran", controls=None, years=[2003])) == []
    assert problems("study", spec(extends="base", estimator="local_moran", controls=["x"], years=[2003]))
    assert problems("study", spec(extends="base", windw=[-3, 3]))
    assert problems("study", spec(outcome="y"))


def test_stepwise_stands_alone() -> None:
    assert problems("study", spec(stepwise={"base": "base", "add": "controls"})) == []
    assert problems("study", spec(stepwise={"base": "base"}, outcome="y"))


def test_values_of_an_enumeration_are_listed() -> None:
    keys = schema("study")["$defs"]["estimators.event_study"]["properties"]
    assert keys["outside"]["enum"] == ["omit", "bin"]
    assert keys["outside"]["description"]
    (found,) = problems("study", spec(estimator="event_study", outcome="y", window=[-3, 3], outside="both"))
    assert found == "specs.own.outside: 'both' is not one of ['omit', 'bin']"


@pytest.mark.parametrize(
    ("section", "family", "key"),
    [
        ("specs", "estimators", "estimator"),
        ("tables", "tables", "kind"),
        ("figures", "figures", "kind"),
        ("indices", "indices", "kind"),
        ("spatial_weights", "matrices", "kind"),
    ],
)
def test_every_kind_stands_in_its_section(section: str, family: str, key: str) -> None:
    whole, known = schema("study"), kinds().family(family)
    entry = whole["$defs"][section]["properties"][key]
    assert whole["properties"][section]["additionalProperties"] == {"$ref": f"#/$defs/{section}"}
    assert entry["enum"] == list(known)
    assert entry["enumDescriptions"] == [kind.summary for kind in known.values()]
    for name, kind in known.items():
        own = whole["$defs"][f"{family}.{name}"]
        assert own["description"] == kind.summary
        assert set(kind.params.model_fields) <= set(own["properties"])


def test_every_key_of_a_kind_has_a_description() -> None:
    for name, own in schema("study")["$defs"].items():
        if "." in name and not name.endswith((".extending", "specs.stepwise")):
            lacking = [
                key for key, value in own.get("properties", {}).items() if not value.get("description")
            ]
            assert not lacking, name


def test_an_index_that_names_no_kind_is_a_composite() -> None:
    own = {"method": "entropy", "dimensions": {"d": {"indicators": ["-y"]}}}
    assert problems("study", study(indices={"index": own})) == []
    assert problems("study", study(indices={"index": own | {"kind": "efficiency"}}))
    assert problems("study", study(indices={"index": own | {"metod": "entropy"}}))


def test_a_source_shows_the_keys_of_its_type() -> None:
    panel = {"type": "panel", "title": "T", "file": "*.xlsx", "city": "c", "year": "y", "source": "S"}
    panel["values"] = {"v": {"item": "gdp", "unit": "yuan"}}
    assert problems("source", panel) == []
    assert problems("source", panel | {"folders": ["(\\d{4})"]})
    assert problems("source", panel | {"type": "scan"})


def test_a_kind_of_a_workspace_stands_there_too(tmp_path: Path) -> None:
    folder = tmp_path / "estimators"
    folder.mkdir()
    (folder / "toy.py").write_text(
        '"""A toy."""\nfrom pydantic import Field\nfrom nianjian.kinds.base import Params as Base\n\n\n'
        'class Params(Base):\n    """A toy."""\n\n    speed: int = Field(1, description="how fast")\n',
        encoding="utf8",
    )
    found = json.loads(dict(schemas.texts(kinds([tmp_path])))["study.json"])
    assert found["$defs"]["estimators.toy"]["properties"]["speed"]["description"] == "how fast"
    assert "toy" in found["$defs"]["specs"]["properties"]["estimator"]["enum"]
