"""Sets of books: each keeps its results, and every command says which one answers."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from small_books import BODY, HEADER
from workflow.conftest import ENVIRONMENT, ROOT, copy_project, snakemake

COVERAGE = "results/real/panel/coverage.en.html"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one small edition, with a blank in its name."""
    return write_edition(tmp_path / "my books", 2013)


def write_edition(root: Path, year: int, change: str = "") -> Path:
    """One edition of one table; ``change`` stands in its first number."""
    place = root / f"中国城市统计年鉴{year}（excel）/二、地级及以上城市统计资料"
    place.mkdir(parents=True)
    book = openpyxl.Workbook()
    for row in HEADER + BODY:
        book.active.append([None if value == "" else value for value in row])
    if change:
        book.active.cell(len(HEADER) + 1, 2).value = change
    book.save(place / "2-13_地区生产总值.xlsx")
    return root


def content(folder: Path) -> dict[str, str]:
    """Digest of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_real_books_leave_the_simulated_results_alone(started: Callable[[str], Path], folder: Path) -> None:
    mine = started("both")
    before = content(mine / "results/simulated")
    snakemake(mine, "--config", f"raw_root={folder}", "studies=[]", "--", COVERAGE)
    assert content(mine / "results/simulated") == before
    seen = pd.read_parquet(mine / "results/real/panel/observations.parquet")
    assert set(seen["year"]) == {2012}
    assert seen.groupby("level")["city"].nunique().to_dict() == {"city": 4, "province": 1}
    page = (mine / COVERAGE).read_text(encoding="utf8")
    assert "SIMULATED" not in page and "China City Statistical Yearbook, editions 2013" in page
    # The name alone is enough afterwards, however the folder was spelt.
    for given in ("books=real", f"raw_root={Path('..') / folder.name}"):
        link = mine.parent / folder.name
        if not link.exists():
            link.symlink_to(folder)
        run = snakemake(mine, "--dry-run", "--config", given, "studies=[]", "--", COVERAGE)
        assert "Nothing to be done" in run.stdout + run.stderr, given
    # And the simulated ones have nothing to do either.
    run = snakemake(
        mine, "--dry-run", "--config", "studies=[]", "--", "results/simulated/panel/coverage.en.html"
    )
    assert "Nothing to be done" in run.stdout + run.stderr


def test_other_books_under_the_same_name_are_refused_with_the_way_out(tmp_path: Path, folder: Path) -> None:
    mine = copy_project(tmp_path / "mine")
    arguments = ("studies=[]", "--", COVERAGE)
    snakemake(mine, "--config", f"raw_root={folder}", *arguments)
    before = content(mine / "results/real")
    other = write_edition(tmp_path / "others", 2013, "1234567")
    run = snakemake(mine, "--config", f"raw_root={other}", *arguments, check=False)
    text = run.stdout + run.stderr
    assert run.returncode != 0 and "Traceback" not in text
    assert "edition 2013 differs" in text and "--config books=" in text and str(other) in text
    assert content(mine / "results/real") == before
    named = (
        "--config",
        "books=others",
        f"raw_root={other}",
        "studies=[]",
        "--",
        "results/others/panel/city_year.parquet",
    )
    snakemake(mine, *named)
    assert content(mine / "results/real") == before
    # The same books elsewhere are the same set, and one edition more still is.
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    write_edition(moved, 2014)
    run = snakemake(mine, "--dry-run", "--config", f"raw_root={moved}", *arguments)
    assert re.search(r"^ +1  extract_source .*: city_yearbook_2014$", run.stdout + run.stderr, re.MULTILINE)
    # A folder that lacks what the set had is another one.
    alone = write_edition(tmp_path / "alone", 2015)
    run = snakemake(mine, "--dry-run", "--config", f"raw_root={alone}", *arguments, check=False)
    assert run.returncode != 0 and "edition 2013 is not there" in run.stdout + run.stderr


WRONG = """corrections:
  - item: gdp
    city: 110000
    years: [2012]
    action: scale
    factor: 0.1
    expect: {gt: 1000000000000}
    reason: misplaced decimal point
    reference: none
"""


def test_a_run_that_is_stopped_or_fails_says_why_once_and_how_to_go_on(tmp_path: Path, folder: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "config/corrections").mkdir(parents=True)
    corrections = mine / "config/corrections/city_yearbook.yaml"
    corrections.write_text("corrections: []\n", encoding="utf8")
    arguments = ["--snakefile", str(ROOT / "Snakefile"), "--config", f"raw_root={folder}", "studies=[]"]
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments, "--", COVERAGE]
    # Started by a shell in the background, the tests would ignore what the run is to be stopped by.
    run = subprocess.Popen(
        command, cwd=mine, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert run.stderr is not None
    before = next(line for line in run.stderr if "Reading city_yearbook_2013" in line)
    os.killpg(run.pid, signal.SIGINT)
    text = before + run.stderr.read()
    run.stderr.close()
    assert run.wait() != 0
    assert "\nStopping; 1 job at work end now\n" in text and "\nStopped after " in text
    assert "run the same command again: only what is missing runs" in text and "failed" not in text
    # The same command again, with a correction that does not fit what is printed.
    corrections.write_text(WRONG, encoding="utf8")
    run = snakemake(mine, *arguments, "--", COVERAGE, check=False)
    text = run.stdout + run.stderr
    assert run.returncode != 0
    assert text.count("expected {'gt': 1000000000000.0}") == 1 and text.count("failed: build_panel") == 1
    assert "  log: logs/real/build_panel.log\n" in text and (mine / "logs/real/build_panel.log").is_file()
    # Whether the extract was finished before the first run ended is a matter of chance.
    ending = r"^1 job failed \(see above\): build_panel, and 1 that needs it did not run; [01] of [23] jobs are done, "
    assert re.search(ending, text, flags=re.MULTILINE)
    assert "mend what failed, then run the same command again" in text
    for word in ("Traceback", "RuleException", "WorkflowError", "message: None"):
        assert word not in text


@pytest.mark.parametrize(
    ("root", "message"),
    [("nowhere", "does not exist"), ("file.txt", "is a file"), ("empty", "no edition found")],
)
def test_a_wrong_raw_root_is_named_without_a_traceback(tmp_path: Path, root: str, message: str) -> None:
    mine = copy_project(tmp_path / "wrong")
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    run = snakemake(mine, "--dry-run", "--config", f"raw_root={tmp_path / root}", check=False)
    text = run.stdout + run.stderr
    assert run.returncode != 0
    assert message in text and str(tmp_path / root) in text
    assert "Traceback" not in text and text.count(message) == 1


def test_an_unknown_set_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    mine = copy_project(tmp_path / "unknown")
    run = snakemake(mine, "--dry-run", "--config", "books=mine", check=False)
    text = run.stdout + run.stderr
    assert run.returncode != 0 and "no such set of books" in text and "simulated" in text


def commands() -> list[str]:
    """Commands of the README that a reader types, in order, without those that make the environment or run tests."""
    text = (ROOT / "README.md").read_text(encoding="utf8")
    blocks = re.findall(r"^```(?:sh|bash|text|console)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    lines = [
        line.split("  #")[0].strip().removeprefix("$ ") for block in blocks for line in block.splitlines()
    ]
    return [line for line in lines if line.startswith(("snakemake ", "python scripts/trace.py"))]


def test_every_command_of_the_readme_answers_rightly_in_one_clone(project: Path, tmp_path: Path) -> None:
    """In order, simulated and real mixed as they stand there; no command takes away what another made."""
    found = commands()
    assert len(found) >= 5 and any("raw_root=" in each for each in found)
    # An edition without corrections: those of real cells do not fit simulated ones.
    books = tmp_path / "yearbooks"
    edition = "中国城市统计年鉴2023（excel）"
    shutil.copytree(project / "results/simulated/books/yearbooks" / edition, books / edition)
    made = project / "results/simulated"
    before = content(made / "panel") | content(made / "studies")
    places = {"/path/to/yearbooks": str(books), "<folder>": str(books)}
    try:
        for command in found:
            line = command
            for name, place in places.items():
                line = line.replace(name, place)
            answer(project, line, command)
        assert content(made / "panel") | content(made / "studies") == before
        assert (project / "results/real/panel/observations.parquet").is_file()
    finally:
        shutil.rmtree(project / "results/real", ignore_errors=True)


def answer(project: Path, line: str, command: str) -> None:
    """Run one command; a trace on simulated books says so."""
    words = shlex.split(line)
    if words[0] == "snakemake":
        words = [sys.executable, "-m", "snakemake", *words[1:]]
        if "raw_root=" in line:
            # The panel alone: what studies make of it is tested elsewhere.
            words += (
                ["studies=[]"] if words[-1].startswith(("raw_root", "books")) or "--config" in words else []
            )
    else:
        words[0] = sys.executable
    run = subprocess.run(words, cwd=project, env=ENVIRONMENT, capture_output=True, text=True, timeout=1500)
    text = run.stdout + run.stderr
    assert run.returncode == 0, f"{command}\n{text[-3000:]}"
    assert "Traceback" not in text
    if "trace" in command:
        real = "books=real" in command or "--books real" in command or "raw_root" in command
        assert ("SIMULATED" in text) is not real, f"{command}\n{text[:600]}"
        if real and "json" not in command:
            # In one language, as the README shows it.
            assert re.search(
                r"^ *books +real: China City Statistical Yearbook, editions 2023$", text, re.MULTILINE
            )
