"""Rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from fresh import printed_by
from nianjian import assumptions
from unit import conftest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("new_study",)
"""Scripts that somebody types, and no rule runs."""
SCRIPTS = sorted(path for path in (ROOT / "scripts").glob("*.py") if path.stem not in COMMANDS)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_list_of_judgement_calls_is_up_to_date():
    assert assumptions.PAGE.read_text(encoding="utf8") == assumptions.page(), (
        "run python -m nianjian.assumptions"
    )
    assert len(assumptions.assumptions()) > 10


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_rule_its_script_log_and_benchmark_share_a_stem(script):
    rules = "\n".join(path.read_text(encoding="utf8") for path in sorted((ROOT / "rules").glob("*.smk")))
    # A rule for each job of a loop has no name of its own in the file: the job's is added to the stem.
    head = rf"(?:rule {script.stem}:|    rule:\n        name:\n            f\"{script.stem}_\{{)"
    block = re.search(rf"^{head}(.*?)(?=^(?:rule|for) |\Z)", rules, flags=re.MULTILINE | re.DOTALL)
    assert block, f"no rule is called {script.stem}"
    assert f'"../scripts/{script.name}"' in block[1]
    assert f'f"logs/{{PLAN.books}}/{script.stem}' in block[1]
    if script.stem != "trace":
        assert f'f"benchmarks/{{PLAN.books}}/{script.stem}' in block[1]
        plans = sorted((ROOT / "scripts" / "nianjian" / "plan").glob("*.py"))
        planned = block[1] + "\n".join(path.read_text(encoding="utf8") for path in plans)
        # A job's code is in its params: by name, or, for kinds, with the digests of theirs.
        assert f'code_digest("{script.name}")' in planned or f'"{script.name}"' in planned


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_snakemake_appears_only_in_a_scripts_last_block(script):
    tree = ast.parse(script.read_text(encoding="utf8"))
    used = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "snakemake"]
    last = tree.body[-1]
    assert isinstance(last, ast.If) and used and min(used) > last.lineno
    # Snakemake puts its own lines above the script's.
    assert not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    assert ast.get_docstring(tree)


def test_nothing_tracked_is_large_or_an_output():
    for path in tracked():
        assert path.stat().st_size < 2_000_000, path
        assert path.relative_to(ROOT).parts[0] not in ("results", "logs", "benchmarks"), path


def test_the_lock_file_has_hashes_and_names_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf8")
    packages = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, flags=re.MULTILINE)
    assert len(packages) > 50
    assert lock.count("--hash=sha256:") >= len(packages)
    assert "://" not in lock


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("estimate_specs, nianjian.estimators.report, nianjian.estimators.event_study", "scipy.sparse, scipy.stats, linearmodels, matplotlib"),
        ("compute_index", "scipy.stats, matplotlib"),
        ("make_tables, nianjian.kinds.tables.regression", "matplotlib, scipy.stats, linearmodels"),
        ("nianjian.declarations.registry", "pandas, numpy, pint"),
        ("nianjian.running, nianjian.running.screen", "pandas, numpy, pydantic, yaml, snakemake"),
    ],
)  # fmt: skip
def test_jobs_do_not_load_what_they_do_not_need(modules, unwanted):
    # Every job starts an interpreter: what they import is a good part of a run.
    told = f"import sys, {modules}; print(*(set('{unwanted}'.split(', ')) & set(sys.modules)))"
    assert printed_by(told) == ""


LONGEST_FUNCTION, LONGEST_MODULE = 60, 500
# A reference program is one calculation from top to bottom, to be read beside the paper. Modules of tests may be long.
REFERENCE_PROGRAMS = ROOT / "tests" / "golden"


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    documented = function.body[0]
    return lines - (documented.end_lineno - documented.lineno + 1)


def long_functions(path: Path, text: str) -> list[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, functions)]
    long = [node for node in found if lines_of_code(node) > LONGEST_FUNCTION]
    return [f"{path.relative_to(ROOT)}: {node.name} has {lines_of_code(node)} lines" for node in long]


def test_functions_and_modules_are_short():
    found = []
    for path in sorted([*(ROOT / "scripts").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]):
        text = path.read_text(encoding="utf8")
        if not path.is_relative_to(REFERENCE_PROGRAMS):
            found += long_functions(path, text)
        lines = text.count("\n")
        if path.is_relative_to(ROOT / "scripts") and lines > LONGEST_MODULE:
            found.append(f"{path.relative_to(ROOT)} has {lines} lines")
    assert found == []


def test_a_long_function_is_found_and_its_docstring_does_not_count():
    documented = '    """' + "\n" * 80 + '    """\n'
    body = "    x = 1\n"
    at = ROOT / "scripts" / "made_up.py"
    assert long_functions(at, "def short():\n" + documented + body * 59) == []
    assert long_functions(at, "def long():\n" + documented + body * 60) == [
        "scripts/made_up.py: long has 61 lines"
    ]


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))


def normal(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_all_that_is_imported_is_declared():
    declared = {normal(re.match(r"[\w.-]+", each)[0]) for each in project()["project"]["dependencies"]}
    providers = metadata.packages_distributions()
    imported: dict[str, str] = {}
    for path in (ROOT / "scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Import):
                imported.update((alias.name.split(".")[0], path.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported[node.module.split(".")[0]] = path.name
    ours = {"nianjian", *COMMANDS, *(path.stem for path in SCRIPTS)}
    # The last two are parts of pydantic.
    others = set(imported) - ours - set(sys.stdlib_module_names) - {"pydantic_core", "annotated_types"}
    assert {"pandas", "statsmodels", "fontTools"} <= others
    missing = {
        name: imported[name]
        for name in others
        if not declared & {normal(each) for each in providers.get(name, [name])}
    }
    assert missing == {}


def test_an_installed_package_has_its_data():
    patterns = project()["tool"]["setuptools"]["package-data"]["nianjian"]
    package = ROOT / "scripts" / "nianjian"
    data = [path for path in tracked() if path.is_relative_to(package) and path.suffix != ".py"]
    kept = {path for pattern in patterns for path in package.glob(pattern)}
    assert {"py.typed", "page.html.j2"} <= {path.name for path in data}
    assert sorted(set(data) - kept) == []
    folders = {path.parent for path in package.rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_the_places_of_slow_tests_are_there():
    assert [name for name in conftest.SLOW if not (conftest.HERE / name).exists()] == []


def test_every_marker_is_on_some_test():
    markers = [each.partition(":")[0] for each in project()["tool"]["pytest"]["ini_options"]["markers"]]
    tests = "\n".join(path.read_text(encoding="utf8") for path in (ROOT / "tests").rglob("*.py"))
    assert markers and [name for name in markers if f"pytest.mark.{name}" not in tests] == []


def test_no_test_compares_a_thing_with_itself_or_asserts_nothing():
    """A test that cannot fail is none."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Assert)
                and isinstance(node.test, ast.Compare)
                and len(node.test.ops) == 1
            ):
                # A call may give something else the second time: that is what such a test asks.
                sides = [ast.dump(node.test.left), ast.dump(node.test.comparators[0])]
                called = any(isinstance(each, ast.Call) for each in ast.walk(node.test))
                assert called or sides[0] != sides[1], f"{path}, line {node.lineno}"
            if isinstance(node, ast.Call) and "assert" in ast.unparse(node.func) and len(node.args) > 1:
                assert ast.dump(node.args[0]) != ast.dump(node.args[1]), f"{path}, line {node.lineno}"
