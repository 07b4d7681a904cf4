"""Rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nianjian import assumptions

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))
PACKAGE = ROOT / "scripts" / "nianjian"


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
    assert re.search(rf'f"logs/{{PLAN\.books\.name}}/{script.stem}[./]', block[1])
    if script.stem != "trace":
        assert re.search(rf'f"benchmarks/{{PLAN\.books\.name}}/{script.stem}[./]', block[1])
        # The code stands among the params: in the rule itself, or in its jobs, which the plan makes.
        plan = "\n".join(path.read_text(encoding="utf8") for path in (PACKAGE / "plan").glob("*.py"))
        digests = rf'(?:code_digest|_digest|_entry_params|_batch_of_outputs)\([^()]*"{script.name}"'
        assert f'code=plan.code_digest("{script.name}")' in block[1] or re.search(digests, plan)


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
        ("make_tables, nianjian.kinds.tables.regression", "matplotlib, linearmodels, statsmodels"),
        ("nianjian.declarations.registry", "pandas, numpy, pint"),
    ],
)  # fmt: skip
def test_jobs_do_not_load_what_they_do_not_need(modules, unwanted):
    # Hundreds of jobs start an interpreter each: what they import is most of a run.
    told = f"import sys, {modules}; print(*(set('{unwanted}'.split(', ')) & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT / "scripts", capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""
