"""Kinds are found by their place."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from fresh import printed_by
from nianjian import codes
from nianjian.errors import DeclarationError
from nianjian.kinds.registry import BUILT_IN, FAMILIES, Kinds, kinds, load

TOY = '''"""Doubles a number.

And says no more.
"""

from typing import ClassVar

from pydantic import Field

from nianjian.kinds.base import Column, Groups, Params as Base

FORMERLY = ("twice",)
PARTS = ("weights",)


class Params(Base):
    """What it says."""

    formerly: ClassVar = {"outcome": "values"}

    values: Column = Field(description="a column")
    factor: float = Field(2.0, gt=0, description="a number")
    by: Groups | None = Field(None, description="an attribute")


def build(params, data, context):
    return params.factor * data
'''


@pytest.fixture
def workspace(tmp_path):
    """A workspace's folder of kinds; its modules are forgotten afterwards."""
    folder = tmp_path / "kinds"

    def write(text: str, place: str = "estimators/toy.py") -> Kinds:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf8")
        return kinds([folder])

    yield write
    for name in [name for name in sys.modules if name.startswith("nianjian_workspace_")]:
        del sys.modules[name]


@pytest.mark.parametrize("family", FAMILIES)
def test_built_in_kinds_are_the_modules_of_their_folder(family):
    modules = {path.stem for path in (BUILT_IN / family).glob("*.py")} - {"__init__"}
    found = kinds().family(family)
    assert modules and set(found) >= modules
    for name, kind in found.items():
        assert (kind.family, kind.name) == (family, name)
        assert callable(kind.module.build) and kind.params.__doc__


def shared() -> list[Path]:
    """Modules that serve all kinds."""
    package = BUILT_IN.parent
    folders = [path for name in ("declarations", "plan", "trace") for path in (package / name).rglob("*.py")]
    return sorted(
        [*folders, *BUILT_IN.glob("*.py"), package / "reuse.py", package / "publish" / "batches.py"]
    )


@pytest.mark.parametrize("path", shared(), ids=lambda path: path.relative_to(BUILT_IN.parent).as_posix())
def test_no_kind_is_named_in_shared_code(path):
    """The walls: what serves all kinds lists none of them, nor asks for one by its name."""
    families = ("estimators", "tables", "figures")
    # Words that mean more than a kind.
    plain = {
        "balance",
        "groups",
        "indicators",
        "inequality",
        "matrices",
        "matrix",
        "means",
        "sensitivity",
        "stacked",
    }
    plain |= {"multiverse", "tests", "trend", "weights"}
    known = {name for family in families for name in kinds().family(family)} - plain
    assert len(known) > 20
    tree = ast.parse(path.read_text(encoding="utf8"))
    named = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not named & known


def test_a_module_of_a_workspace_is_a_kind(workspace):
    found = workspace(TOY).get("estimators", "toy")
    params = found.read({"values": "x", "by": "region"}, "demo.yaml", "specs.a")
    assert found.build(params, 21, None) == 42.0
    assert found.summary == "Doubles a number."
    assert found.columns(params) == ["x"], "gaps in what splits the sample are allowed"
    assert [(each.what, each.name) for each in found.references(params)] == [
        ("column", "x"),
        ("groups", "region"),
    ]
    assert found.option("PARTS", ()) == ("weights",) and found.option("OTHER", 3) == 3
    assert found.complete(params, None) is params  # type: ignore[arg-type]


def test_a_package_of_a_workspace_is_a_kind(workspace):
    found = workspace(TOY, "tables/own/__init__.py").family("tables")
    assert found["own"].file.name == "__init__.py" and "regression" in found
    assert "own" not in kinds().family("tables")


def test_a_kind_of_a_workspace_hides_a_built_in_one(workspace):
    own = workspace(TOY, "estimators/twfe.py")
    assert own.get("estimators", "twfe").summary == "Doubles a number."
    assert kinds().get("estimators", "twfe").summary != "Doubles a number."


def test_of_two_folders_the_first_counts(tmp_path, workspace):
    first = workspace(TOY).folders[0]
    second = tmp_path / "below"
    (second / "estimators").mkdir(parents=True)
    for name in ("toy", "other"):
        (second / "estimators" / f"{name}.py").write_text(TOY.replace("Doubles", "Triples"), encoding="utf8")
    found = kinds([first, second, tmp_path / "nowhere"])
    assert found.folders == (first, second)
    assert found.get("estimators", "toy").file.is_relative_to(first)
    assert found.get("estimators", "other").file.is_relative_to(second)


def test_a_job_loads_a_kind_by_family_and_name(workspace):
    folder = workspace(TOY).folders[0]
    assert load([str(folder)], "estimators", "toy").name == "toy"
    with pytest.raises(
        DeclarationError, match=r"^estimators/tooy: 'tooy' is no estimator; did you mean 'toy'\?"
    ):
        load([str(folder)], "estimators", "tooy")


def test_a_name_that_is_no_kind_is_told_what_is_near_or_there():
    with pytest.raises(DeclarationError) as error:
        kinds().get("tables", "regresion", "config/studies/a.yaml, tables.1.kind")
    assert str(error.value) == (
        "config/studies/a.yaml, tables.1.kind: 'regresion' is no kind of table; did you mean 'regression'?"
    )
    with pytest.raises(DeclarationError, match=r"'zzz' is no type of source; there is city_yearbook, panel$"):
        kinds().get("sources", "zzz")


def test_a_former_name_says_the_new_one(workspace):
    with pytest.raises(DeclarationError, match=r"^here: 'twice' is now called 'toy'; write that"):
        workspace(TOY).get("estimators", "twice", "here")
    with pytest.raises(
        DeclarationError, match=r"'spatial_association' is now called 'global_autocorrelation'"
    ):
        kinds().get("estimators", "spatial_association")


def test_a_former_key_says_the_new_one(workspace):
    found = workspace(TOY).get("estimators", "toy")
    with pytest.raises(DeclarationError) as error:
        found.read({"outcome": "x"}, "demo.yaml", "specs.a")
    assert str(error.value) == "demo.yaml, specs.a: key 'outcome' is now called 'values'; write that"


def test_a_wrong_key_of_a_declaration_is_named(workspace):
    found = workspace(TOY).get("estimators", "toy")
    with pytest.raises(DeclarationError, match=r"demo\.yaml, specs\.a\.factor: expected more than 0, got -1"):
        found.read({"values": "x", "factor": -1}, "demo.yaml", "specs.a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_at_all\n", r"^kinds/estimators/toy\.py: ModuleNotFoundError: No module named 'nothing_at_all'; mend"),
        ("def build(:\n", r"^kinds/estimators/toy\.py: SyntaxError: "),
        ("1 / 0\n", r"^kinds/estimators/toy\.py: ZeroDivisionError: division by zero; mend the module"),
        ("x = 1\n", r"^kinds/estimators/toy\.py: there is no Params; a kind has Params and build"),
        ("class Params:\n    pass\n", r"^kinds/estimators/toy\.py: Params is no nianjian\.kinds\.base\.Params; derive it from there"),
    ],
)  # fmt: skip
def test_a_module_that_is_no_kind_says_why(workspace, text, message):
    found = workspace(text).get("estimators", "toy")
    with pytest.raises(DeclarationError, match=message):
        found.read({}, "demo.yaml", "specs.a")
    with pytest.raises(DeclarationError, match=message):
        found.read({}, "demo.yaml", "specs.a")


def test_a_kind_without_build_says_so(workspace):
    text = TOY.replace("def build(", "def make(")
    found = workspace(text).get("estimators", "toy")
    params = found.read({"values": "x"})
    with pytest.raises(DeclarationError, match=r"toy\.py: there is no build; a kind has Params and build"):
        found.build(params, None, None)


def test_a_broken_kind_stops_only_who_uses_it(workspace):
    found = workspace("1 / 0\n")
    assert found.get("estimators", "twfe").name == "twfe"


def test_a_kinds_digest_is_that_of_its_own_code(workspace):
    before = workspace(TOY).get("estimators", "toy").digest
    other = workspace(TOY.replace("2.0", "3.0"), "estimators/other.py").get("estimators", "other").digest
    assert before != other
    codes._parsed.cache_clear()
    codes.imported_files.cache_clear()
    codes.code_digest.cache_clear()
    commented = workspace("# a comment\n" + TOY).get("estimators", "toy").digest
    assert commented == before
    codes._parsed.cache_clear()
    codes.imported_files.cache_clear()
    codes.code_digest.cache_clear()
    assert workspace(TOY.replace("2.0", "4.0")).get("estimators", "toy").digest != before


def test_built_in_kinds_have_digests_of_their_own():
    found = [kind.digest for family in FAMILIES for kind in kinds().family(family).values()]
    assert len(set(found)) == len(found)


def test_modules_of_kinds_import_nothing_heavy():
    heavy = {"pandas", "numpy", "scipy", "matplotlib", "pyarrow", "pint"}
    told = (
        "import sys; from nianjian.kinds.registry import FAMILIES, kinds; known = kinds()\n"
        "for family in FAMILIES:\n    for kind in known.family(family).values():\n        kind.params\n"
        f"print(*({heavy!r} & set(sys.modules)))"
    )
    assert printed_by(told) == ""


def test_a_key_that_went_says_what_to_do():
    regression = kinds().get("tables", "regression")
    with pytest.raises(DeclarationError) as error:
        regression.read({"published": "S0/1", "columns": ["a"]}, "demo.yaml", "tables.1")
    assert str(error.value) == (
        "demo.yaml, tables.1: key 'published' is gone: the paper's numbers stand in config/published/<paper>.csv, "
        "a row each; leave the key out"
    )
