"""Examples of the documents: every block of YAML is as its schema says, those of the pages for Stata users are one study."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from documented import ROOT, Example, data, examples, over, plain, thesis, write
from nianjian.declarations.layers import Layers
from nianjian.declarations.registry import Registry, read_config
from nianjian.kinds.registry import kinds

FOREIGN = "~/.config/snakemake/"
"""Files of Snakemake's own, which it checks."""
OTHERS = ("CONTRIBUTING.md",)
"""Its study has an estimator of its own; tests/unit/test_contributing.py reads both."""
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "config").rglob("*.md")])
EXAMPLES = [each for page in PAGES if page.name not in OTHERS for each in examples(page)]


def schema(name: str) -> dict[str, Any]:
    text = (ROOT / "config" / "schemas" / f"{name}.json").read_text(encoding="utf8")
    found: dict[str, Any] = json.loads(text)
    return found


def mistakes(content: Any, known: dict[str, Any]) -> list[str]:
    found = Draft7Validator(known).iter_errors(content)
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in found]


def wrong(example: Example) -> list[str]:
    """What its schema finds; which one that is follows from the file's name or from the keys.

    An example of a file of the project's may say some keys only.
    """
    content, place = example.content, example.file
    if place.startswith("config/corrections/"):
        return mistakes({"corrections": content}, schema("corrections"))
    kind = re.match(r"config/(studies|sources|styles)/|config/(\w+)\.yaml$", place)
    if kind is not None:
        own = ROOT / place
        whole = (
            over(plain(yaml.safe_load(own.read_text(encoding="utf8"))), content) if own.is_file() else content
        )
        return mistakes(
            whole, schema({"studies": "study", "sources": "source", "styles": "style"}.get(kind[1], kind[2]))
        )
    if all(re.fullmatch(r"S\d", key) for key in content):
        return mistakes(content, schema("headlines"))
    return sections(content)


def sections(content: dict[str, Any]) -> list[str]:
    """What is wrong with parts of a study."""
    study = schema("study")
    known = study["properties"]
    found = [
        f"{key}: no section of a study; a first line says of which file"
        for key in content
        if key not in known
    ]
    for key in content.keys() & known.keys():
        found += mistakes({key: content[key]}, {"properties": {key: known[key]}, "$defs": study["$defs"]})
    return found


@pytest.mark.parametrize("example", [pytest.param(each, id=each.name) for each in EXAMPLES])
def test_an_example_is_as_its_schema(example: Example) -> None:
    if not example.file.startswith(FOREIGN):
        assert not wrong(example)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("specs:\n  a: {estimator: twfe, outcome: y, clutser: city}\n", "clutser"),
        ("specks: {}\n", "no section"),
        ("# config/config.yaml\nstudy: [a]\n", "study"),
        ("# config/items.yaml\ngdp: {unit: []}\n", "unit"),
        ("# config/studies/a.yaml\ntitle: A\n", "required"),
    ],
)
def test_a_mistake_in_an_example_is_found(text: str, message: str) -> None:
    assert message in " ".join(wrong(Example("x", 1, text)))


def test_an_example_without_mistake_passes() -> None:
    assert not wrong(Example("x", 1, "specs:\n  a: {estimator: twfe, outcome: y, cluster: city}\n"))


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param(["quickstart"], id="quickstart"),
        pytest.param(["quickstart", "stata"], id="both"),
    ],
)
def test_examples_for_stata_users_are_one_study(pages: list[str], tmp_path: Path) -> None:
    """Names that an example uses are there and keys fit one another."""
    declared = thesis(*pages)
    layers = Layers.of(write(tmp_path, declared))
    registry = Registry.load(layers, read_config(layers, {}), known=kinds(layers.kinds))
    study = registry.study("thesis")
    assert set(study.tables) == set(declared["tables"]) and set(study.figures) == set(declared["figures"])
    assert {name for name, own in declared["specs"].items() if "stepwise" not in own} <= set(study.specs)


@pytest.mark.parametrize("page", ["quickstart", "stata"])
def test_the_file_has_the_columns_that_a_page_names(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf8")
    (listed,) = re.findall(r"`((?:\w+, ){6,}\w+)`", text)
    assert set(listed.split(", ")) <= set(data().columns)
