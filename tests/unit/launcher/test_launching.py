"""The launcher: which workspace, which files, which call of Snakemake; what its commands print."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import small_workspace
from fresh import SCRIPTS
from nianjian import formulas, launcher
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_items
from nianjian.errors import DeclarationError
from nianjian.formulas.examples import EXAMPLES, OPERATORS
from nianjian.launcher import items, places, starting, targets
from nianjian.plan.jobs import Job
from nianjian.plan.remembered import RunPlan

ROOT = SCRIPTS.parent


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with a blank and Chinese characters in its name."""
    return small_workspace.write(tmp_path / "my 研究")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Calls of Snakemake, which are not made."""
    calls: list[list[str]] = []

    def note(call: list[str], workspace: Path) -> int:
        calls.append([*call])
        return 0

    monkeypatch.setattr(starting, "start", note)
    return calls


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints."""
    assert launcher.main(arguments) == code
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return printed.out + printed.err


# -- the workspace


def test_the_workspace_is_the_nearest_folder_with_declarations(workspace: Path, tmp_path: Path) -> None:
    below = workspace / "results" / "simulated"
    below.mkdir(parents=True)
    for start in (workspace, below):
        assert places.workspace(None, start) == workspace
    (tmp_path / "other" / "config").mkdir(parents=True)  # some other program's
    with pytest.raises(DeclarationError, match="new-study"):
        places.workspace(None, tmp_path / "other")
    assert places.workspace(str(tmp_path / "other")) == tmp_path / "other"
    with pytest.raises(DeclarationError, match="there is no such folder"):
        places.workspace(str(tmp_path / "nowhere"))
    assert places.workspace(None, ROOT / "scripts") == ROOT and places.snakefile() == ROOT / "Snakefile"


# -- the call


def test_a_run_is_a_call_of_snakemake(
    workspace: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace / "config")
    books = ["--books", "mine", "--raw-root", "../books"]
    assert launcher.main(["run", "-n", "-c", "3", *books, "build_panel", "--", "--quiet", "all"]) == 0
    (call,) = started
    head = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--directory",
        str(workspace),
    ]
    assert call[: len(head)] == head
    rest = ["--cores", "3", "--dry-run", "--quiet", "all", "--config", "books=mine"]
    # What is typed is relative to where it is typed, and stands behind all options.
    assert call[len(head) :] == [*rest, f"raw_root={workspace / 'books'}", "--", "build_panel"]
    assert launcher.main(["unlock"]) == 0 and started[-1][len(head) :] == ["--cores", "1", "--unlock"]
    assert launcher.main(["run"]) == 0 and started[-1][len(head) :] == ["--cores", str(starting.cores())]
    assert 1 <= starting.cores() <= starting.MOST_CORES


def test_a_table_is_its_files(workspace: Path, started: list[list[str]]) -> None:
    where = ["--workspace", str(workspace)]
    assert launcher.main(["run", *where, "table", "2", "figure", "1"]) == 0
    files = started[-1][started[-1].index("--") + 1 :]
    stem = "results/simulated/studies/mine"
    assert f"{stem}/tables/2.en.html" in files and f"{stem}/figures/1.en.svg" in files
    assert {Path(path).name.partition(".")[0] for path in files} == {"1", "2"}
    # A study of the project that the workspace does not run is run alone.
    assert launcher.main(["run", *where, "study", "uer_integration"]) == 0
    assert "studies=[uer_integration]" in started[-1]
    assert any(path.endswith("uer_integration/tables/3.en.html") for path in started[-1])


def test_exports_are_those_of_a_study_or_of_all(workspace: Path, started: list[list[str]]) -> None:
    where = ["--workspace", str(workspace)]
    assert launcher.main(["export", *where, "mine", "-n"]) == 0
    files = started[-1][started[-1].index("--") + 1 :]
    assert "results/simulated/studies/mine/export/sample.dta" in files and "--dry-run" in started[-1]
    assert all(path.startswith("results/simulated/studies/mine/export/") for path in files)
    assert launcher.main(["export", *where]) == 0
    assert started[-1][-2:] == ["--", "export"]
    assert launcher.main(["export", *where, "uer_integration"]) == 0
    assert "studies=[uer_integration]" in started[-1]


def test_packages_are_those_of_the_scripts(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--workspace", str(workspace))
    told = said(capsys, "package", *where, "mine", str(workspace.parent / "package"), code=1)
    assert "mine: " in told and "outputs are not there" in told
    told = said(capsys, "package", *where, "mine", str(workspace), code=1)
    assert "not empty; name a new folder" in told
    told = said(capsys, "verify", str(workspace), code=1)
    assert "so it is no replication package" in told


def plan(**studies: list[str]) -> RunPlan:
    """A plan of studies with tables."""

    def job(study: str, stage: str, names: list[str]) -> Job:
        outputs = {name: [f"results/{study}/{stage}/{name}.html"] for name in names}
        return Job(study, study, {}, outputs, {}, tuple(names))

    jobs: dict[str, list[Job]] = {
        stage: [] for stage in (*targets.STAGES, "panel", "coverage", "panel_check")
    }
    for study, tables in studies.items():
        jobs["tables"].append(job(study, "tables", tables))
        jobs["samples"].append(job(study, "samples", ["sample"]))
    jobs["panel"].append(job("panel", "panel", ["observations"]))
    return RunPlan(
        "simulated", True, "results/simulated", 1, jobs, [], {}, {}, {"gone": "no source prints it"}
    )


@pytest.mark.parametrize(
    ("words", "study", "expected"),
    [
        ("table 1", "a", ["results/a/tables/1.html"]),
        ("table 7", None, ["results/b/tables/7.html"]),
        ("table 1 2", "a", ["results/a/tables/1.html", "results/a/tables/2.html"]),
        (
            "study b",
            None,
            ["results/b/samples/sample.html", "results/b/tables/1.html", "results/b/tables/7.html"],
        ),
        ("", "a", ["results/a/samples/sample.html", "results/a/tables/1.html", "results/a/tables/2.html"]),
        ("panel", None, ["results/panel/panel/observations.html"]),
        ("results/x/y.parquet", None, ["results/x/y.parquet"]),
        ("table 1 results/x.csv", "b", ["results/b/tables/1.html", "results/x.csv"]),
    ],
)
def test_words_mean_files(words: str, study: str | None, expected: list[str]) -> None:
    found = targets.files(targets.read(words.split()), plan(a=["1", "2"], b=["1", "7"]), study)
    assert sorted(found) == sorted(expected)


def test_a_table_of_a_study_stands_for_itself_beside_its_variants() -> None:
    mine = plan(**{"a": ["1"], "a-real": ["1"]})  # type: ignore[arg-type]
    assert targets.files(targets.read(["table", "1"]), mine) == ["results/a/tables/1.html"]


@pytest.mark.parametrize(
    ("words", "study", "expected"),
    [
        ("table 1", None, "table 1 is in several studies: say which with --study a or --study b"),
        ("table 9", "a", "no table '9' in a; there is table 1, 2"),
        ("figure 1", None, "no figure '1' in any study of this run; there is no figure"),
        ("study c", None, "no study 'c' in this run"),
        ("study gone", None, "study gone is left out of this run: no source prints it"),
        ("table", None, "behind 'table' stands its number"),
        ("study", None, "behind 'study' stands its name"),
        ("tabel 1", None, "did you mean 'table'?"),
        ("build_pannel", None, "did you mean 'build_panel'?"),
    ],
)
def test_what_is_not_there_is_said(words: str, study: str | None, expected: str) -> None:
    with pytest.raises(DeclarationError) as error:
        targets.files(targets.read(words.split()), plan(a=["1", "2"], b=["1", "7"]), study)
    assert expected in str(error.value)


# -- the commands


def test_check_says_all_mistakes(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("check", "--workspace", str(workspace))
    assert "No mistakes in the declarations; studies: mine" in said(capsys, *where)
    text = small_workspace.FILES[small_workspace.STUDY].replace("policy: pilots", "policy: pilot")
    (workspace / small_workspace.STUDY).write_text(text, encoding="utf8")
    (workspace / small_workspace.CONFIG).write_text("seed: a\n", encoding="utf8")
    told = said(capsys, *where, code=1)
    assert "did you mean 'pilots'?" in told and "config/config.yaml, seed" in told and "2 mistakes" in told


def test_trace_is_that_of_the_script(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "trace", "--workspace", str(workspace), "济南", "2011", "gdp", code=1)
    assert "observations.parquet is not there" in told


def test_functions_are_those_of_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "functions")
    assert all(f"{own.signature}\n" in told for own in formulas.catalogue())
    assert "winsor(x, lo, hi)" in said(capsys, "functions", "winsor")
    assert "did you mean 'winsor'?" in said(capsys, "functions", "winsorr", code=1)


def test_every_example_of_a_formula_is_one() -> None:
    known = read_items(Layers())
    units = {name: item.unit for name, item in known.items()}
    units |= {f"{name}__districts": item.unit for name, item in known.items() if "districts" in item.scopes}
    units |= {"province": "1"}
    assert set(EXAMPLES) == set(formulas.FUNCTIONS)
    for name, text in EXAMPLES.items():
        parsed = formulas.parse(text, name, known=units)
        assert f"{name}(" in text and parsed.unit(units) is not None
    for text, _ in OPERATORS.values():
        assert formulas.parse(text, text, known=units).unit(units) is not None


def test_items_are_found_by_chinese_and_english_words(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--workspace", str(workspace))
    told = said(capsys, "items", *where, "工业二氧化硫")
    assert (
        told.startswith("ind_so2  ")
        and "unit t; flow; 全市 ind_so2" in told
        and "data years 2003–2023" in told
    )
    assert said(capsys, "items", *where, "industrial", "sulphur", "EMISSIONS").startswith("ind_so2  ")
    assert said(capsys, "items", *where, "gdppc").startswith("gdp_pc  "), "what is near"
    assert "my_index  指数  Index" in said(capsys, "items", *where, "my_index")
    told = said(capsys, "items", *where, "qqqqqq", code=1)
    assert "no item is called 'qqqqqq'" in told


def test_items_say_what_the_panel_at_hand_has(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [
        {"item": "ind_so2", "level": "city", "scope": "city", "year": year, "cities": 286, "printed": printed}
        for year, printed in ((2003, 280), (2004, 282), (2006, 0), (2007, 284))
    ]
    panel = workspace / "results/real/panel"
    panel.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), panel / "coverage_items.parquet")
    told = said(capsys, "items", "--workspace", str(workspace), "ind_so2")
    assert "real books: 全市 2003–2004, 2007, 280 to 284 cities a year" in told


def test_years_are_runs() -> None:
    assert items.years_of([2003, 2004, 2006, 2010, 2009]) == "2003–2004, 2006, 2009–2010"


def test_every_command_has_a_summary_and_its_own_module() -> None:
    found = launcher.known()
    assert set(found) >= {
        *("check", "export", "functions", "items", "new-study", "package"),
        *("run", "trace", "unlock", "verify"),
    }
    for module in found.values():
        assert len(launcher.summary(module)) > 20 and callable(module.run) and callable(module.arguments)


def test_it_is_installed_as_a_command_and_runs_as_a_module(workspace: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    assert project["scripts"] == {"nianjian": "nianjian.launcher:main"}
    told = subprocess.run(
        [sys.executable, "-m", "nianjian", "check"],
        cwd=workspace, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0 and "studies: mine" in told.stdout, told.stderr


def test_a_check_loads_no_frames() -> None:
    code = (
        "import sys; from nianjian.plan import mistakes; found = mistakes.find({}, '..')[0]; "
        "print(found, *({'pandas', 'matplotlib', 'pyarrow', 'snakemake'} & set(sys.modules)))"
    )
    with contextlib.chdir(SCRIPTS):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
