"""The simulator and the pipeline know nothing of each other."""

import ast
from pathlib import Path

import pytest

from nianjian import codes

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "scripts"
PACKAGE = SCRIPTS / "nianjian" / "simulate"
JOBS = sorted(path.name for path in SCRIPTS.glob("simulate_*.py"))

# The plan asks what is printed, and so does the list of items; the command for editors writes the schemas.
MAY_IMPORT_IT = {
    "nianjian/plan/printing.py",
    "nianjian/plan/reading.py",
    "nianjian/declarations/schemas.py",
    "nianjian/launcher/items.py",
    *JOBS,
}
LEAVES = {f"nianjian{name}" for name in ("", ".addresses", ".errors", ".files", ".seeds", ".storage")}
# The models rest on the same base as all others. No job imports the rest: declarations are checked when the Snakefile is
# read, the facts are made by a command.
BASE = "nianjian.declarations.models.base"
BESIDE = {
    "declared": {BASE},
    "checks.py": {"nianjian.declarations.reading"},
    "freeze.py": {
        "nianjian.declarations.loading",
        "nianjian.panel.printed_units",
        "nianjian.spatial.boundaries",
    },
}


def is_module(name: str) -> bool:
    stem = SCRIPTS.joinpath(*name.split("."))
    return stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file()


def imported(path: Path) -> set[str]:
    """Modules of the project that a file imports, functions' own imports too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if is_module(name) else node.module for name in names}
    return {name for name in found if name.split(".")[0] == "nianjian"}


def inside(name: str) -> bool:
    return name == "nianjian.simulate" or name.startswith("nianjian.simulate.")


def test_nothing_of_the_pipeline_imports_the_simulator():
    files = [path for path in sorted(SCRIPTS.rglob("*.py")) if PACKAGE not in path.parents]
    importing = {
        path.relative_to(SCRIPTS).as_posix() for path in files if any(inside(n) for n in imported(path))
    }
    assert importing == MAY_IMPORT_IT
    rules = {
        p.name for p in (ROOT / "rules").glob("*.smk") if "import simulate" in p.read_text(encoding="utf8")
    }
    assert not rules


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix()
)
def test_the_simulator_imports_leaves_only(path):
    within = path.relative_to(PACKAGE)
    more = BESIDE.get(within.as_posix(), set()) | BESIDE.get(within.parts[0], set())
    assert {name for name in imported(path) if not inside(name)} <= LEAVES | more


@pytest.mark.parametrize("script", JOBS)
def test_a_job_depends_on_the_simulator_and_leaves_only(script):
    files = {path.relative_to(SCRIPTS).as_posix() for path in codes.imported_files(script)}
    own = {name for name in files if name.startswith("nianjian/simulate/")}
    bare = "__init__", "addresses", "errors", "files", "jobs", "language", "printable", "runs", "storage"
    leaves = {f"nianjian/{name}.py" for name in bare} | {
        f"nianjian/declarations/{name}.py" for name in ("__init__", "models/__init__", "models/base")
    }
    assert files - own - {script} <= leaves
    assert "nianjian/simulate/__init__.py" in own
    for name in ("checks.py", "outline.py", "freeze.py", "__main__.py"):
        assert f"nianjian/simulate/{name}" not in own


def test_no_rule_of_the_simulator_reads_config():
    rules = (ROOT / "rules" / "simulate.smk").read_text(encoding="utf8")
    code = "\n".join(line for line in rules.splitlines() if not line.lstrip().startswith("#"))
    assert "config/" not in code
    assert "CONFIG" not in code.split("rule simulate_truth:")[1]
