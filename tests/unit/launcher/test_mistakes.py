"""Every mistake in a declaration is said once, with file and line or key, and what to do; several are said at once."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

import small_workspace
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_items
from nianjian.declarations.models.config import Config
from nianjian.declarations.registry import Registry
from nianjian.kinds.registry import Kinds, kinds
from nianjian.plan import mistakes
from small_workspace import ATTRIBUTES, CONFIG, FILES, POLICY, STUDY
from unit.launcher.mistakes_made import MISTAKES

OF_STUDIES = (STUDY, POLICY, ATTRIBUTES)
"""Files whose mistakes are those of a study, for which the dictionary need not be read anew."""


@pytest.fixture(scope="module")
def known() -> Kinds:
    return kinds()


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory):
    return read_items(Layers.of(small_workspace.write(tmp_path_factory.mktemp("items"))))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return small_workspace.write(tmp_path)


def of_study(workspace: Path, items, known: Kinds) -> list[str]:
    """Mistakes of the workspace's study."""
    registry, found = (
        Registry.load(Layers.of(workspace), Config(), items=items, known=known),
        mistakes.Found(),
    )
    mistakes.look(registry, "mine", found)
    return found.found


def find(workspace: Path) -> list[str]:
    """All mistakes."""
    with contextlib.chdir(workspace):
        return mistakes.find({})[0]


def change(workspace: Path, file: str, old: str | None, new: str | None, encoding: str = "utf8") -> None:
    """Make a mistake."""
    text = FILES[file]
    if old is not None:
        assert old in text, "the workspace no longer says this"
        text = text.replace(old, str(new), 1)
    elif new is not None:
        text = new
    (workspace / file).write_bytes(text.encode(encoding))


def test_the_workspace_has_no_mistakes(workspace: Path, items, known: Kinds) -> None:
    assert of_study(workspace, items, known) == [] and find(workspace) == []
    assert sorted(path.name for path in workspace.iterdir()) == ["config"], "a check writes nothing"


@pytest.mark.parametrize(
    ("file", "old", "new", "encoding", "place", "remedy"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)  # fmt: skip
def test_a_mistake_is_named(
    workspace: Path, items, known: Kinds, file: str, old: str | None, new: str | None, encoding: str, place: str, remedy: str
) -> None:  # fmt: skip
    change(workspace, file, old, new, encoding)
    found = of_study(workspace, items, known) if file in OF_STUDIES else find(workspace)
    assert found and place in found[0] and remedy in found[0], "\n".join(found)
    assert "Traceback" not in found[0] and len(found) == len(set(found))


def test_mistakes_are_many_and_each_has_a_name() -> None:
    assert len(MISTAKES) > 120 and len({case[0] for case in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(
    ("file", "old", "new", "encoding"),
    [
        (STUDY, None, None, "utf-8-sig"),
        (POLICY, None, None, "gb18030"),
        (POLICY, None, None, "utf-8-sig"),
        (ATTRIBUTES, None, None, "gb18030"),
        (CONFIG, None, "studies: mine\n", "utf8"),
        (STUDY, "title: Sample", "title: “Sample”：样本", "utf8"),
    ],
    ids=[
        "bom",
        "policy in GBK",
        "policy with BOM",
        "attributes in GBK",
        "a lone study",
        "Chinese marks in a title",
    ],
)
def test_what_is_no_mistake_is_read(
    workspace: Path, file: str, old: str | None, new: str | None, encoding: str
) -> None:
    change(workspace, file, old, new, encoding)
    assert find(workspace) == []


def test_several_mistakes_are_said_at_once(workspace: Path, items, known: Kinds) -> None:
    text = FILES[STUDY]
    for old, new in (
        ("ln(gdp_pc)", "ln(gdppc)"),
        ("estimator: event_study", "estimator: evnt_study"),
        ("matrix: near,", "matrx: near,"),
        ("{kind: descriptive", "{kind: descriptve"),
        ("k: 4}", "kk: 4}"),
    ):
        assert old in text
        text = text.replace(old, new)
    (workspace / STUDY).write_text(text, encoding="utf8")
    found = "\n".join(of_study(workspace, items, known))
    for word in ("gdppc", "evnt_study", "matrx", "descriptve", "kk"):
        assert f"'{word}'" in found
    # A table that shows a specification with a mistake does not repeat it.
    assert "tables.3" not in found and "figures.1" not in found


def test_mistakes_of_several_files_are_said_at_once(workspace: Path) -> None:
    change(workspace, STUDY, "policy: pilots", "policy: pilot")
    change(workspace, CONFIG, "languages", "langages")
    change(workspace, "config/sources/mine.yaml", "item: my_index", "item: my_indx")
    (workspace / "config/studies/other.yaml").write_text(
        FILES[STUDY].replace("outcome: lnso2", "outcome: lnso"), encoding="utf8"
    )
    found = "\n".join(find(workspace))
    for word in (
        "'langages'",
        "pilot.csv",
        "'my_indx'",
        "config/studies/other.yaml, specs.baseline.outcome: 'lnso'",
    ):
        assert word in found


@pytest.mark.parametrize("name", ["我的.yaml", "my-study.yaml", "other.yml", "other.yaml.txt"])
def test_a_study_file_with_a_wrong_name_is_named(workspace: Path, name: str) -> None:
    (workspace / "config/studies" / name).write_text(FILES[STUDY], encoding="utf8")
    (found,) = find(workspace)
    assert f"config/studies/{name}" in found and "rename" in found


def test_a_kind_of_ones_own_that_does_not_import_is_named(workspace: Path, items) -> None:
    change(workspace, STUDY, "estimator: twfe", "estimator: broken")
    (workspace / "kinds/estimators").mkdir(parents=True)
    (workspace / "kinds/estimators/broken.py").write_text("import nothing_there\n", encoding="utf8")
    found = of_study(workspace, items, kinds(Layers.of(workspace).kinds))
    assert "kinds/estimators/broken.py" in found[0] and "nothing_there" in found[0]


def test_a_workspace_runs_its_own_studies(workspace: Path, items, known: Kinds) -> None:
    (workspace / "config/studies/other.yaml").write_text(FILES[STUDY], encoding="utf8")
    layers = Layers.of(workspace)

    def names(**config: object) -> list[str]:
        return Registry.load(layers, Config(**config), items=items, known=known).names()  # type: ignore[arg-type]

    assert names() == ["mine", "other"] and names(studies="other") == ["other"]
    assert {"mine", "other", "uer_integration"} < set(names(studies="all"))
    for path in (workspace / "config/studies").iterdir():
        path.unlink()
    assert "uer_integration" in names() and "mine" not in names()
