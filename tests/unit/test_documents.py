"""Documents: what is generated is as it would be generated, and what they name is there."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian import formulas
from nianjian.declarations import reference_pages, schemas
from nianjian.declarations.layers import CONFIG
from nianjian.declarations.loading import read_items
from nianjian.kinds import drawn
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.registry import FAMILIES, kinds
from nianjian.launcher import items

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "config").rglob("*.md")],
    key=lambda path: path.as_posix(),
)
WRITTEN = [path for path in DOCUMENTS if path.parent.name != "reference" or path.parts[-3] == "config"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
MODULE = re.compile(
    r"(?:scripts/)?nianjian/[\w/]+(?:\.py)?|(?:config|rules|docs|tests|profiles|scripts)/[\w./-]+"
)
UNKNOWN = re.compile(r"[*{<…]|results/|\b(mine|thesis)\.")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference_pages.pages(kinds())


def anchors(text: str) -> list[str]:
    """Anchors of headings, as hosts of Markdown make them."""
    heads = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads]


def test_the_reference_is_that_of_models_and_kinds(pages: dict[str, str]) -> None:
    stored = {path.name: path.read_text(encoding="utf8") for path in reference_pages.FOLDER.glob("*.md")}
    assert set(stored) == {*pages, items.PAGE.name}
    drifted = [name for name, text in pages.items() if stored[name] != text]
    assert not drifted, f"run python -m nianjian.declarations docs: {drifted}"


def test_the_list_of_items_is_that_of_the_dictionary() -> None:
    text = items.PAGE.read_text(encoding="utf8")
    assert text == items.page(), "run python -m nianjian.launcher.items"
    assert len(text.encode()) < 1_000_000
    for name in read_items(CONFIG):
        assert f"\n| `{name}` | " in text


def test_the_reference_is_the_same_each_time(pages: dict[str, str]) -> None:
    assert reference_pages.pages(kinds()) == pages


@pytest.mark.parametrize("family", FAMILIES)
def test_every_kind_stands_there_with_its_keys(family: str, pages: dict[str, str]) -> None:
    text = pages[f"{family}.md"]
    for name, kind in kinds().family(family).items():
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert kind.summary in section
        for key, field in kind.params.model_fields.items():
            (line,) = [
                each for each in section.splitlines() if each.startswith(f"| `{field.alias or key}` |")
            ]
            assert str(field.description).replace("|", "\\|") in line
        for former in kind.option("FORMERLY", ()):
            assert f"Formerly `{former}`" in section


def test_every_function_of_formulas_stands_there(pages: dict[str, str]) -> None:
    for name in formulas.FUNCTIONS:
        assert f"| `{name}(" in pages["formulas.md"]


def test_headings_of_a_page_are_told_apart(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        found = anchors(text)
        assert len(found) == len(set(found)), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf8")
    for link in LINK.findall(text):
        if link.startswith(("http:", "https:")):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf8")), link


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_are_named_are_there(path: Path) -> None:
    """Paths in code marks, of the project itself; patterns and examples of one's own stand with a blank or a star."""
    lacking = []
    for code in CODE.findall(path.read_text(encoding="utf8")):
        if UNKNOWN.search(code) or not MODULE.fullmatch(code):
            continue
        places = [ROOT / code, ROOT / "scripts" / code, path.parent / code]
        if not any(each.exists() for each in places):
            lacking.append(code)
    assert not lacking


TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
HEADS = ("| what |", "| 内容 |")


@pytest.mark.parametrize("page", ["agreement.md", "zh/agreement.md"])
def test_tests_that_show_agreement_are_there(page: str) -> None:
    """Each row of the tables of comparisons names one."""
    text = (ROOT / "docs" / page).read_text(encoding="utf8")
    named = TEST.findall(text)
    assert len(named) > 40 and len(set(named)) == len(named)
    for file, name in named:
        source = (ROOT / file).read_text(encoding="utf8")
        assert re.search(rf"^def {name}\(", source, flags=re.MULTILINE), f"{file}::{name}"
    compared = [line for line in text.splitlines() if line.startswith("|") and line.count("|") == 5]
    heads = [line for line in compared if line.startswith("|---")]
    assert len(heads) >= 7
    assert all(TEST.search(line) for line in compared if line not in heads and not line.startswith(HEADS))


METHODS = {"agreement.md": "## Methods and what tests them", "zh/agreement.md": "## 方法与检验它们的测试"}


def method_rows(page: str) -> list[list[str]]:
    """Cells of the table of methods by the tests of each."""
    section = (ROOT / "docs" / page).read_text(encoding="utf8").split(METHODS[page])[1].split("\n## ")[0]
    lines = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line] for line in lines[1:]]


@pytest.mark.parametrize("page", METHODS)
def test_tests_and_experiments_of_the_methods_are_there(page: str) -> None:
    """Every method has a test of a property and one of a refusal; what is counted on simulated panels is an experiment."""
    from montecarlo.run import EXPERIMENTS

    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf8"), flags=re.MULTILINE)
    }
    rows = method_rows(page)
    assert len(rows) > 30
    for method, compared, properties, refusals, counted in rows:
        assert method and compared
        for cell in (properties, refusals):
            assert CODE.findall(cell) and set(CODE.findall(cell)) <= defined, method
        assert set(CODE.findall(counted)) <= set(EXPERIMENTS) and (CODE.findall(counted) or counted == "–"), (
            method
        )


def test_both_pages_name_the_same_tests_of_the_methods() -> None:
    one, other = ([row[2:] for row in method_rows(page)] for page in METHODS)
    assert one == other


def test_the_glossary_names_what_is_there() -> None:
    """Files and names of its last column, which stand below scripts/nianjian."""
    package = ROOT / "scripts" / "nianjian"
    code = "\n".join(path.read_text(encoding="utf8") for path in package.rglob("*.py"))
    named = []
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf8").splitlines():
        cells = line.split(" | ")
        named += CODE.findall(cells[-1]) if len(cells) == 4 else []
    assert len(named) > 70
    for name in named:
        if "/" in name or name.endswith(".py"):
            assert (package / name).exists(), name
        else:
            own = name.split(".")[-1]
            assert re.search(rf"^\s*(class |def )?{own}\b\s*[:=(]", code, flags=re.MULTILINE), name


GUIDE = ROOT / "docs" / "guide.md"


def blocks(language: str) -> list[str]:
    """Examples of the guide."""
    text = GUIDE.read_text(encoding="utf8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_the_estimator_of_the_guide_is_one(tmp_path: Path) -> None:
    source = blocks("python")[0]
    (tmp_path / "estimators").mkdir()
    (tmp_path / "estimators" / "mean_gap.py").write_text(source, encoding="utf8")
    kind = kinds([tmp_path]).get("estimators", "mean_gap")
    params = kind.read({"outcome": "y", "treatment": "did", "shift": 0.5})
    data = pd.DataFrame({"y": [1.0, 2.0, 4.0, 6.0], "did": [0, 0, 1, 1]})
    rows = kind.build(params, data, EstimatorContext("mine", "specs", "gap")).set_index("term")
    assert np.isclose(rows.loc["gap", "estimate"], 5.0 - 1.5 + 0.5)
    assert np.isclose(rows.loc["gap", "std_error"], np.sqrt(2.0 / 2 + 0.5 / 2))
    assert rows.loc["nobs", "estimate"] == 4
    assert set(kind.columns(params)) >= {"y", "did"}
    assert "estimators.mean_gap" in json.loads(dict(schemas.texts(kinds([tmp_path])))["study.json"])["$defs"]


def test_the_estimator_of_the_guide_that_is_split_is_one(tmp_path: Path) -> None:
    source = blocks("python")[1]
    (tmp_path / "estimators").mkdir()
    (tmp_path / "estimators" / "spread.py").write_text(source, encoding="utf8")
    kind = kinds([tmp_path]).get("estimators", "spread")
    params = kind.read({"outcome": "y", "draws": 120, "chunks": 9})
    assert kind.chunks(params) == [range(0, 50), range(50, 100), range(100, 120)]
    data, context = pd.DataFrame({"y": np.arange(40.0)}), EstimatorContext("mine", "specs", "spread")
    rows = drawn.built(kind, params, data, context).set_index("term")
    assert rows.loc["mean", "estimate"] == 19.5
    assert np.isclose(rows.loc["mean", "std_error"], data["y"].std(ddof=0) / np.sqrt(40), rtol=0.25)
