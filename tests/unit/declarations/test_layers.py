"""A workspace's declarations over the project's."""

from __future__ import annotations

from pathlib import Path

import pytest

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.errors import DeclarationError


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf8")


@pytest.fixture
def layers(tmp_path) -> Layers:
    """A workspace beside a project."""
    own, project = tmp_path / "workspace" / "config", tmp_path / "project" / "config"
    write(project, "items.yaml", "gdp: {unit: yuan, kind: flow}\nfai: {unit: yuan}\n")
    write(own, "items.yaml", "gdp: {unit: 10^4 yuan}\nmine: {unit: t}\nfai: null\n")
    write(project, "studies/a.yaml", "title: a\n")
    write(project, "studies/b.yaml", "title: b\n")
    write(own, "studies/b.yaml", "title: own b\n")
    write(own, "studies/c.yaml", "title: c\n")
    write(project, "reference/policies/low_carbon.csv", "city\n")
    write(own, "policies/own.csv", "city\n")
    write(project, "checks.yaml", "sums: []\n")
    return Layers.of(tmp_path / "workspace", project)


def test_a_workspaces_file_hides_the_projects(layers):
    assert layers.yaml("studies/a.yaml") == {"title": "a"}
    assert layers.yaml("studies/b.yaml") == {"title": "own b"}
    assert layers.names("studies") == ["a", "b", "c"]
    assert layers.all("studies/b.yaml") == [
        layers.folders[1] / "studies/b.yaml",
        layers.folders[0] / "studies/b.yaml",
    ]
    assert layers.project == layers.folders[1]


def test_what_is_merged_has_the_workspaces_keys_over_the_projects(layers):
    assert layers.merged("items.yaml") == {
        "gdp": {"unit": "10^4 yuan", "kind": "flow"},
        "mine": {"unit": "t"},
    }
    assert layers.merged("checks.yaml") == {"sums": []}


def test_policies_may_stand_at_the_top_of_a_workspace(layers):
    assert layers.find("reference/policies/own.csv") == layers.folders[0] / "policies/own.csv"
    assert (
        layers.find("reference/policies/low_carbon.csv")
        == layers.folders[1] / "reference/policies/low_carbon.csv"
    )
    assert layers.names("reference/policies", ".csv") == ["low_carbon", "own"]


def test_what_is_nowhere_is_named_with_who_wants_it(layers):
    assert layers.find("studies/d.yaml") is None and layers.all("studies/d.yaml") == []
    with pytest.raises(DeclarationError) as error:
        layers.file("reference/x.csv", "config/studies/a.yaml, attributes.x")
    assert str(error.value) == (
        "config/studies/a.yaml, attributes.x: config/reference/x.csv does not exist; write it, or name another"
    )
    with pytest.raises(DeclarationError, match=r"^config/nothing\.yaml does not exist"):
        layers.merged("nothing.yaml")
    write(layers.folders[0], "list.yaml", "- a\n")
    with pytest.raises(DeclarationError, match=r"^config/list\.yaml: expected a mapping"):
        layers.merged("list.yaml")


def test_the_project_is_a_workspace_itself(tmp_path):
    assert Layers.of(CONFIG.parent).folders == (CONFIG,)
    assert Layers.of(tmp_path).folders == (CONFIG,), "a folder without config has the project's declarations"


def test_kinds_lie_beside_config_or_within_it(layers):
    places = [path.relative_to(layers.project.parents[1]).as_posix() for path in layers.kinds]
    assert places == ["workspace/config/kinds", "workspace/kinds", "project/config/kinds", "project/kinds"]


def test_a_lone_folder_stands_for_itself(tmp_path, layers):
    assert Layers.given(layers) is layers
    assert Layers.given(tmp_path) == Layers((tmp_path,)) == Layers.given(str(tmp_path))
