"""A stranger's first hour: a new study is written, checked, run by the launcher, asked for single tables, traced."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from faults.space import write_table
from workflow.conftest import ENVIRONMENT, ROOT

# Editions in which the project corrects none of these items: its corrections are of the real books.
EDITIONS = range(2013, 2018)
TABLES = {
    "2-1_人口": ("年末户籍人口(万人)", {"全市": 600.0, "市辖区": 300.0}),
    "2-13_地区生产总值": ("地区生产总值(当年价格)(万元)", {"全市": 3e7, "市辖区": 1.8e7}),
    "2-14_人均地区生产总值": ("人均地区生产总值(元)", {"全市": 5e4, "市辖区": 6e4}),
    "2-20_地方财政收支": ("地方财政一般预算内支出(万元)", {"全市": 4e6, "市辖区": 2e6}),
    "2-35_工业二氧化硫排放量": ("工业二氧化硫排放量(吨)", {"全市": 5e4}),
}
"""What a study of items as it is written needs: file to the head of its columns, and a scope's level."""

WORDS = ("--years", "2012-2016", "--language", "zh", "--policy", "smart_city", "--coding", "any")
"""What the study is of."""


def nianjian(folder: Path, *words: str, check: bool = True) -> str:
    """The launcher, from a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "nianjian", *words],
        cwd=folder, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT / "scripts")}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    text = done.stdout + done.stderr
    assert (done.returncode == 0) is check and "Traceback" not in text, text[-5000:]
    return text


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small books and a new study that has run on them; both have blanks and Chinese names."""
    made = tmp_path_factory.mktemp("home") / "我的 work"
    for edition in EDITIONS:
        place = made / f"books 年鉴/中国城市统计年鉴{edition}（excel）/二、地级及以上城市统计资料"
        place.mkdir(parents=True)
        for name, (head, levels) in TABLES.items():
            write_table(place / f"{name}.xlsx", name, head, levels, edition)
    nianjian(made, "new-study", "试点 study", *WORDS, "--name", "pilots")
    own = made / "试点 study"
    (own / "config/config.yaml").write_text("languages: [zh]\n", encoding="utf8")
    nianjian(own, "run", "--cores", "2", "--raw-root", "../books 年鉴")
    return made


def test_a_new_study_runs_as_it_is(home: Path) -> None:
    folder = home / "试点 study/results/real/studies/pilots"
    made = {path.name for path in (folder / "tables").glob("*.zh.html")}
    assert made == {f"{number}.zh.html" for number in (1, 2, 3, 4)}
    assert (folder / "figures/1.zh.pdf").stat().st_size > 1000
    rows = pd.read_parquet(folder / "estimates/baseline.parquet").set_index("term")
    assert rows.loc["did", "std_error"] > 0 and rows.loc["nobs", "estimate"] > 500


def test_a_single_table_is_made_from_anywhere(home: Path) -> None:
    own = home / "试点 study"
    table = own / "results/real/studies/pilots/tables/2.zh.html"
    table.unlink()
    below = own / "config/studies"
    told = nianjian(below, "run", "--dry-run", "table", "2", "--books", "real")
    assert re.search(r"^ +1  make_tables ", told, re.MULTILINE) and "estimate_specs" not in told
    assert not table.exists()
    nianjian(below, "run", "table", "2", "--books", "real")
    assert table.is_file()
    nothing = nianjian(
        home, "run", "--workspace", str(own), "table", "2", "--books", "real", "--", "--quiet", "all"
    )
    assert "make_tables" not in nothing


def test_numbers_are_traced_and_items_counted(home: Path) -> None:
    own = home / "试点 study"
    question = (
        "--books",
        "real",
        "--study",
        "pilots",
        "--table",
        "2",
        "--row",
        "did",
        "--column",
        "baseline",
    )
    assert "smart_city" in nianjian(own, "trace", *question)
    told = nianjian(own, "items", "工业二氧化硫排放量")
    assert re.search(r"real books: 全市 2012–2016, \d+ to \d+ cities a year", told)


def test_the_script_writes_the_same(home: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts/new_study.py"), "again", *WORDS]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    told = subprocess.run(
        command, cwd=home, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    one, other = (home / "试点 study/config/studies/pilots.yaml", home / "again/config/studies/again.yaml")
    assert [line for line in one.read_text("utf8").splitlines() if "pilots" not in line] == [
        line for line in other.read_text("utf8").splitlines() if "again" not in line
    ]
