"""The workflow as its user runs it: from simulated books to tables, incremental, interrupted, switched."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from small_books import BODY, HEADER

ROOT = Path(__file__).resolve().parents[2]
STUDY = "results/studies/resilience_integration"
PANEL = ("results/panel/city_year.parquet", "results/panel/coverage.html", "results/panel/check.txt")
PARTS = ("Snakefile", "rules", "scripts", "config", "profiles")


def copy_project(target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / part)
    return target


def snakemake(project: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    if check:
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-6000:]
    return run


def planned(run: subprocess.CompletedProcess) -> set[str]:
    """Rules that a dry run would execute."""
    table = re.search(
        r"Job stats:\njob +count\n[- ]+\n(.*?)\ntotal", run.stdout + run.stderr, flags=re.DOTALL
    )
    return {line.split()[0] for line in table[1].splitlines()} if table else set()


def digests(folder: Path, pattern: str = "**/*.parquet") -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob(pattern))
    }


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """A copy of the project after a full run on simulated books."""
    made = copy_project(tmp_path_factory.mktemp("project") / "nianjian")
    snakemake(made)
    return made


def test_a_run_makes_panel_tables_scorecard_and_catalog(project):
    for name in (
        "panel/observations.parquet",
        "panel/city_year.parquet",
        "panel/coverage.html",
        "nianjian.duckdb",
    ):
        assert (project / "results" / name).stat().st_size > 1000
    for table in "123":
        for suffix in ("csv", "tex", "html", "docx", "xlsx"):
            for language in ("en", "zh"):
                assert (project / STUDY / "tables" / f"{table}.{language}.{suffix}").stat().st_size > 300
    assert (project / STUDY / "scorecard.en.html").stat().st_size > 1000


def test_what_comes_from_simulated_data_says_so(project):
    for path in [*(project / STUDY / "tables").glob("*.html"), project / "results/panel/coverage.html"]:
        assert "SIMULATED DATA" in path.read_text(encoding="utf8"), path
    for path in (project / STUDY / "tables").glob("*.tex"):
        assert re.search("SIMULATED DATA|模拟数据", path.read_text(encoding="utf8")), path
    book = openpyxl.load_workbook(project / STUDY / "tables/3.zh.xlsx")
    assert any("模拟数据" in str(cell.value) for row in book.active.iter_rows() for cell in row)


def test_a_second_run_has_nothing_to_do(project):
    run = snakemake(project)
    assert "Nothing to be done" in run.stdout + run.stderr


def test_the_panel_gives_back_the_simulated_truth(project):
    """Through the real reading path, every number equals the truth but for rounding and planted misprints."""
    truth = pd.read_parquet(project / "results/simulated/truth/truth.parquet")
    seen = pd.read_parquet(project / "results/panel/observations.parquet")
    key = ["city", "year", "item", "scope"]
    both = seen.merge(truth[[*key, "value"]], on=key, suffixes=("", "_true"))
    assert len(both) > 0.95 * len(seen)
    both = both[both["status"] != "corrected"]
    number = pd.to_numeric(both["raw"].map(lambda text: unicodedata.normalize("NFKC", text)), errors="coerce")
    plain = number.notna() & (number != 0)
    both, number = both[plain], number[plain]
    assert plain.mean() > 0.9
    decimals = both["raw"].str.extract(r"[.．](\d+)", expand=False).str.len().fillna(0)
    half_unit = 0.501 * 10.0**-decimals * (both["value"] / number).abs()
    wrong = (both["value"] - both["value_true"]).abs() > half_unit + 1e-9 * both["value_true"].abs()
    assert wrong.mean() < 1e-4
    # What is wrong was planted, in these cells.
    planted = pd.concat(
        [pd.read_parquet(p) for p in (project / "results/simulated/truth/misprints").glob("*.parquet")]
    )
    cells = set(zip(planted["file"], planted["sheet"], planted["cell"], strict=True))
    explained = [
        place in cells for place in zip(*(both.loc[wrong, c] for c in ("file", "sheet", "cell")), strict=True)
    ]
    assert sum(explained) >= 0.9 * len(explained)


def test_the_planted_effect_is_found(project):
    estimates = pd.read_parquet(project / STUDY / "estimates/baseline.parquet").set_index("term")
    effect = estimates.loc["integration"]
    assert effect["estimate"] > 0 and effect["p_value"] < 0.05
    assert estimates.loc["nobs", "estimate"] > 4500


def test_the_catalog_answers_queries(project, monkeypatch):
    monkeypatch.chdir(project)
    with duckdb.connect("results/nianjian.duckdb", read_only=True) as connection:
        ((cities,),) = connection.sql(
            "SELECT count(DISTINCT city) FROM observations WHERE item = 'gdp' AND year = 2012"
        ).fetchall()
        joined = connection.sql(
            "SELECT i.zh, o.value, o.cell FROM observations o JOIN items i USING (item) "
            "WHERE o.city_name = '济南市' AND o.year = 2012 AND o.item = 'gdp' AND o.scope = 'city'"
        ).fetchall()
        ((books,),) = connection.sql("SELECT books FROM books").fetchall()
        ((coefficients,),) = connection.sql(
            "SELECT count(*) FROM estimates WHERE term = 'integration'"
        ).fetchall()
        local = connection.sql(
            "SELECT l.cluster, avg(s.gdp) FROM icr_ecopark.local_association l "
            "JOIN panel s USING (city, year) GROUP BY l.cluster"
        ).fetchall()
    assert cities > 270
    assert len(joined) == 1 and joined[0][0] == "地区生产总值"
    assert {"HH", "LL", "ns"} <= {name for name, _ in local} <= {"HH", "LL", "HL", "LH", "ns"}
    assert books == "simulated"
    assert coefficients >= 7


def test_the_report_opens_offline_and_lists_all_by_study_and_language(project, tmp_path):
    snakemake(project, "--report", str(tmp_path / "report.zip"))
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        names = archive.namelist()
        page = archive.read("report/report.html").decode("utf8")
    assert not re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']https?:""", page)
    labels = [json.loads(each) for each in re.findall(r'"labels": (\{[^{}]*\})', page)]
    listed = Counter((each.get("language"), "table" in each, "figure" in each) for each in labels)
    tables = len(list(project.glob("results/studies/*/tables/*.en.html")))
    figures = len(list(project.glob("results/studies/*/figures/*.en.svg")))
    pages = 2 * len(list(project.glob("results/studies/*/scorecard.en.html")))  # and a sample each
    for language in ("en", "zh"):
        assert listed[language, True, False] == tables + pages
        assert listed[language, False, True] == figures
    assert {"figure": "8", "title": "Placebo test / 安慰剂检验", "language": "zh"} in labels
    assert sum(name.endswith(".svg") for name in names) == 2 * figures


def test_a_number_is_traced_to_its_cell_and_the_cell_holds_it(project):
    command = [sys.executable, "scripts/trace.py", "济南", "2012", "gdp"]
    shown = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"^  (\w+)\s{2,}(.+)$", shown, flags=re.MULTILINE))
    file = found["file"].split(", edition")[0]
    book = openpyxl.load_workbook(project / "results/simulated/books/yearbooks" / file)
    assert str(book[found["sheet"]][found["cell"]].value).strip() == found["printed"]
    wrong = subprocess.run([*command[:2], "济南", "2012", "gpd"], cwd=project, capture_output=True, text=True)
    assert wrong.returncode != 0 and "did you mean gdp" in wrong.stderr


def edited(project: Path, module: str, old: str, new: str) -> set[str]:
    """Rules that would rerun after an edit, which is then taken back."""
    path = project / "scripts" / module
    before, times = path.read_text(encoding="utf8"), path.stat()
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf8")
    try:
        return planned(snakemake(project, "--dry-run"))
    finally:
        path.write_text(before, encoding="utf8")
        os.utime(path, (times.st_atime, times.st_mtime))


def test_editing_a_module_reruns_what_imports_it_and_nothing_else(project):
    published = {"make_table", "make_figure", "make_scorecard", "build_catalog", "all"}
    below = published | {
        "compute_index", "compute_efficiency", "compute_productivity", "measure_inequality", "estimate_spec",
    }  # fmt: skip
    assert edited(project, "nianjian/indices/entropy.py", "def ", "_UNUSED = 1\n\n\ndef ") == below
    # One estimator: not the indices, and no estimate of another kind.
    only = edited(project, "nianjian/estimators/placebo.py", "def ", "_UNUSED = 1\n\n\ndef ")
    assert only == published | {"estimate_spec"}
    assert edited(project, "nianjian/panel/coverage_page.py", "def ", "_UNUSED = 1\n\n\ndef ") == {
        "report_coverage",
        "all",
    }
    assert edited(project, "nianjian/indices/entropy.py", "def ", "# a comment\ndef ") == set()
    # What may stand in a study reaches jobs as params, not as code.
    assert (
        edited(project, "nianjian/declarations/models/sources.py", "class ", "_UNUSED = 1\n\n\nclass ")
        == set()
    )


def test_changing_one_specification_reruns_only_its_jobs(project):
    path = project / "config/studies/resilience_integration.yaml"
    before, times = path.read_text(encoding="utf8"), path.stat()
    path.write_text(before.replace("    cluster: city\n", "    cluster: province\n", 1), encoding="utf8")
    try:
        assert planned(snakemake(project, "--dry-run")) == {
            "estimate_spec", "make_table", "make_figure", "make_scorecard", "build_catalog", "all",
        }  # fmt: skip
    finally:
        path.write_text(before, encoding="utf8")
        os.utime(path, (times.st_atime, times.st_mtime))


def test_an_unknown_key_stops_before_any_job_and_names_itself(project):
    path = project / "config/studies/resilience_integration.yaml"
    before, times = path.read_text(encoding="utf8"), path.stat()
    path.write_text(before.replace("    cluster: city\n", "    clutser: city\n", 1), encoding="utf8")
    try:
        run = snakemake(project, "--dry-run", check=False)
    finally:
        path.write_text(before, encoding="utf8")
        os.utime(path, (times.st_atime, times.st_mtime))
    assert run.returncode != 0
    assert "unknown key 'clutser'" in run.stdout + run.stderr
    assert "did you mean 'cluster'" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_a_killed_run_completes_to_the_same_bytes(project, tmp_path):
    """Kill everything in the middle of the panel stage; the rerun gives what an undisturbed run gives."""
    panel = project / "results/panel"
    before = digests(panel)
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    run = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "snakemake",
            "--cores",
            "2",
            "--forcerun",
            "build_panel",
            "--",
            *PANEL,
        ],
        cwd=project,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in run.stderr:
        if "Mapping every cell" in line:
            break
    time.sleep(4)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stderr.close()
    assert digests(panel) != before
    snakemake(project, "--unlock")
    snakemake(project, "--", *PANEL)
    assert digests(panel) == before
    assert not [path for path in panel.iterdir() if path.suffix == ".part"]


def test_one_core_gives_the_same_bytes_as_two(project, tmp_path):
    """Same books, same seed: extracts, panel, samples and estimates do not depend on the number of jobs."""
    other = copy_project(tmp_path / "one")
    shutil.copytree(project / "results/simulated", other / "results/simulated")
    targets = ["results/extracts/city_yearbook/2012.parquet", "results/extracts/city_yearbook/2019.parquet"]
    snakemake(other, "--cores", "1", "--allowed-rules", "extract_edition", "--", *targets)
    for target in targets:
        assert (other / target).read_bytes() == (project / target).read_bytes()


def test_switching_to_real_books_and_back_mixes_nothing(project, tmp_path):
    """A run on another folder first removes what the simulated books made; its outputs say which books they are."""
    mine = copy_project(tmp_path / "switch")
    (mine / "results").mkdir()
    for name in ("panel", "extracts", "studies"):
        shutil.copytree(project / "results" / name, mine / "results" / name)
    shutil.copy(project / "results/books.json", mine / "results/books.json")
    folder = tmp_path / "books/中国城市统计年鉴2013（excel）/二、地级及以上城市统计资料"
    folder.mkdir(parents=True)
    book = openpyxl.Workbook()
    for row in HEADER + BODY:
        book.active.append([None if value == "" else value for value in row])
    book.save(folder / "2-13_地区生产总值.xlsx")
    snakemake(
        mine, "--config", f"raw_root={tmp_path / 'books'}", "studies=[]", "--", "results/panel/coverage.html"
    )
    seen = pd.read_parquet(mine / "results/panel/observations.parquet")
    assert set(seen["year"]) == {2012} and seen["city"].nunique() == 4
    assert not (mine / "results/studies").exists()
    assert [p.name for p in (mine / "results/extracts").rglob("*.parquet")] == [
        "2013.parquet",
        "2013.sheets.parquet",
    ]
    page = (mine / "results/panel/coverage.html").read_text(encoding="utf8")
    assert "SIMULATED" not in page and "China City Statistical Yearbook, editions 2013" in page


@pytest.mark.parametrize(
    ("root", "message"),
    [("nowhere", "does not exist"), ("file.txt", "is a file"), ("empty", "no edition found")],
)
def test_a_wrong_raw_root_is_named_without_a_traceback(tmp_path, root, message):
    mine = copy_project(tmp_path / "wrong")
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    run = snakemake(mine, "--dry-run", "--config", f"raw_root={tmp_path / root}", check=False)
    assert run.returncode != 0
    assert message in run.stdout + run.stderr and str(tmp_path / root) in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
