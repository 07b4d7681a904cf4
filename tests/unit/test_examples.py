"""Examples of the documents: every block of YAML is as its schema says, those of the pages for Stata users are one study."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import yaml
from jsonschema import Draft7Validator

from nianjian.declarations.layers import Layers
from nianjian.declarations.registry import Registry, read_config
from nianjian.kinds.registry import kinds

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "config" / "schemas"
HEAD = re.compile(r"^# (\S+)\n")
FOREIGN = "~/.config/snakemake/"
"""Files of Snakemake's own, which it checks."""
LISTS = {"corrections": "corrections"}
"""Files whose example is a part of the list that stands below this key."""
ADDED = {"items": "config/items.yaml", "resources": "config/resources.yaml"}
"""Files that are laid over the project's: an example may say some keys only."""


class Example(NamedTuple):
    """A block of YAML of a page."""

    page: str
    number: int
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.number}"

    @property
    def file(self) -> str:
        """Where it is to stand, if its first line says so."""
        head = HEAD.match(self.text)
        return head[1] if head else ""

    @property
    def content(self) -> Any:
        return plain(yaml.safe_load(self.text))


def plain(value: Any) -> Any:
    """With keys as JSON has them."""
    if isinstance(value, dict):
        return {str(key): plain(own) for key, own in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def examples(page: Path) -> list[Example]:
    text = page.read_text(encoding="utf8")
    found = re.findall(r"^```ya?ml\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    name = page.relative_to(ROOT).as_posix()
    return [Example(name, number, block) for number, block in enumerate(found, start=1)]


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "config").rglob("*.md")])
OTHERS = ("CONTRIBUTING.md",)
"""Its study has an estimator of its own; tests/unit/test_contributing.py reads both."""
EXAMPLES = [each for page in PAGES if page.name not in OTHERS for each in examples(page)]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf8"))
    return found


def over(first: Any, second: Any) -> Any:
    """The second laid over the first, as a workspace's file over the project's."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **{key: over(first.get(key), own) for key, own in second.items()}}
    return second


def mistakes(content: Any, known: dict[str, Any]) -> list[str]:
    found = Draft7Validator(known).iter_errors(content)
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in found]


def wrong(example: Example) -> list[str]:
    """What its schema finds; the schema is told by the file's name or by the keys."""
    content, place = example.content, example.file
    if place.startswith("config/studies/"):
        return mistakes(content, schema("study"))
    if place.startswith("config/sources/"):
        return mistakes(content, schema("source"))
    if place.startswith("config/corrections/"):
        return mistakes({LISTS["corrections"]: content}, schema("corrections"))
    for name in ("config", "items", "resources"):
        if place == f"config/{name}.yaml":
            base = yaml.safe_load((ROOT / ADDED[name]).read_text(encoding="utf8")) if name in ADDED else {}
            return mistakes(over(plain(base), content), schema(name))
    if all(re.fullmatch(r"S\d", key) for key in content):
        return mistakes(content, schema("headlines"))
    study = schema("study")
    unknown = [key for key in content if key not in study["properties"]]
    found = [
        f"{key}.{each}"
        for key in content
        if key not in unknown
        for each in mistakes(content[key], {**study["properties"][key], "$defs": study["$defs"]})
    ]
    return [*(f"{key}: no section of a study; name the file in a first line" for key in unknown), *found]


OWN_FILE = pytest.mark.xfail(strict=True, reason="samples from an own file")
OWN_ITEMS = pytest.mark.xfail(strict=True, reason="sources with items of their own")
AWAITED = {
    "docs/quickstart.md:1": OWN_FILE,
    "docs/zh/quickstart.md:1": OWN_FILE,
    "docs/stata.md:10": OWN_ITEMS,
    "docs/zh/stata.md:10": OWN_ITEMS,
}
"""What the schemas do not know yet; an entry that is no longer needed fails."""


@pytest.mark.parametrize(
    "example", [pytest.param(each, id=each.name, marks=AWAITED.get(each.name, ())) for each in EXAMPLES]
)
def test_an_example_is_as_its_schema(example: Example) -> None:
    if not example.file.startswith(FOREIGN):
        assert not wrong(example)


def test_a_mistake_in_an_example_is_found() -> None:
    assert wrong(Example("x", 1, "specs:\n  a: {estimator: twfe, outcome: y, clutser: city}\n"))
    assert wrong(Example("x", 1, "specks: {}\n"))
    assert wrong(Example("x", 1, "# config/config.yaml\nstudy: [a]\n"))
    assert not wrong(Example("x", 1, "specs:\n  a: {estimator: twfe, outcome: y, cluster: city}\n"))


# -- the study of the pages for Stata users

COLUMNS = ["debt", "gdp", "pop", "fdi", "region", "did", "province", "fiscal", "first", "stations", "patents"]
COLUMNS += ["so2", "labour", "capital", "weight"]
"""Of the file that these pages speak of, beside city and year."""
CITIES = ("济南", "青岛", "南京", "无锡")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with the study of the quickstart and a file as it is described there."""
    rows = [(city, year) for city in CITIES for year in range(2008, 2021)]
    data = pd.DataFrame(rows, columns=["city", "year"])
    for number, name in enumerate(COLUMNS):
        data[name] = 1.0 + number + data.index % 7
    data["did"] = ((data["city"] == CITIES[0]) & (data["year"] > 2014)).astype(float)
    for folder in ("config/studies", "data"):
        (tmp_path / folder).mkdir(parents=True)
    data.to_stata(tmp_path / "data" / "thesis.dta", write_index=False, version=118)
    (tmp_path / "config" / "config.yaml").write_text("studies: [thesis]\n", encoding="utf8")
    return tmp_path


def thesis(*added: Any) -> dict[str, Any]:
    found = examples(ROOT / "docs" / "quickstart.md")[0].content
    for each in added:
        found = over(found, each)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("page", ["quickstart", "stata"])
@OWN_FILE
def test_examples_for_stata_users_are_one_study(page: str, workspace: Path) -> None:
    """Names that an example uses are there, keys fit one another, as `nianjian check` would find."""
    added = [each.content for each in examples(ROOT / "docs" / f"{page}.md") if not each.file]
    declared = thesis(*added)
    (workspace / "config" / "studies" / "thesis.yaml").write_text(
        yaml.safe_dump(declared, allow_unicode=True, sort_keys=False), encoding="utf8"
    )
    layers = Layers.of(workspace)
    registry = Registry.load(layers, read_config(layers, {}), known=kinds(layers.kinds))
    study = registry.study("thesis")
    assert set(study.tables) == set(declared["tables"])
    assert {name for name in declared["specs"] if "stepwise" not in declared["specs"][name]} <= set(
        study.specs
    )


@pytest.mark.parametrize("page", ["quickstart", "stata"])
def test_the_examples_of_both_languages_declare_the_same(page: str) -> None:
    pair = [
        [each.content for each in examples(ROOT / "docs" / f"{folder}{page}.md")] for folder in ("", "zh/")
    ]
    assert pair[0] == pair[1] and pair[0]
