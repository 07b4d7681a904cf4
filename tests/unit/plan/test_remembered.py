"""A plan is remembered until anything that it depends on changes; what is wrong never is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import openpyxl
import pytest

from nianjian import plan
from nianjian.errors import NianjianError
from nianjian.plan import planning, remembered
from planned import UNITS, own_source

ITEM = "own_parks: {zh: 自有公园, en: own parks, unit: count, scopes: [city], kind: stock, headers: [自有公园]}\n"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a declaration of its own and a folder of books beside it."""
    here = tmp_path / "work"
    (here / "config").mkdir(parents=True)
    (here / "config" / "config.yaml").write_text("studies: []\n", encoding="utf8")
    for year in (2013, 2014):
        book = openpyxl.Workbook()
        book.active.append(["城市", "年末总人口"])
        folder = tmp_path / "books" / f"中国城市统计年鉴{year}" / "二、地级及以上城市统计资料"
        folder.mkdir(parents=True)
        book.save(folder / "2-1_人口.xlsx")
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was planned anew."""
    plans: list[object] = []
    load = planning.load

    def counted(*given: object, **named: object) -> object:
        found = load(*given, **named)  # type: ignore[arg-type]
        plans.append(found)
        return found

    monkeypatch.setattr(planning, "load", counted)
    return plans


REAL = {"raw_root": "../books"}


@pytest.mark.parametrize("config", [{}, REAL, {"city": "济南", "year": 2011}])
def test_what_is_remembered_is_the_plan(workspace, made, config):
    first = plan.for_rules(config)
    again = plan.for_rules(config)
    assert len(made) == 1
    assert asdict(again) == asdict(first)
    assert first.everything == made[0].everything and first.one("panel") == made[0].reading.panel
    assert first.asked == {key: str(value) for key, value in config.items() if key != "raw_root"}
    assert first.books == ("real" if "raw_root" in config else "simulated")


def test_what_trace_asks_is_no_other_plan(workspace, made):
    assert plan.for_rules({}).asked == {}
    assert plan.for_rules({"city": "济南", "year": 2011}).asked == {"city": "济南", "year": "2011"}
    assert plan.for_rules({"city": "北京"}).asked == {"city": "北京"}
    assert len(made) == 1 and len(list((workspace / remembered.MEMORY).iterdir())) == 1


def test_other_words_on_the_command_line_are_another_plan(workspace, made):
    assert plan.for_rules({}).seed != plan.for_rules({"seed": 7}).seed == 7
    plan.for_rules({})
    assert len(made) == 2


def test_a_set_that_is_known_by_name_is_remembered_too(workspace, made):
    given = plan.for_rules(REAL)
    named = plan.for_rules({"books": "real"})
    assert asdict(plan.for_rules({"books": "real"})) == asdict(named) == asdict(given)
    assert len(made) == 2


def edit_config(workspace: Path) -> None:
    (workspace / "config" / "items.yaml").write_text(ITEM, encoding="utf8")


def lose_what_a_job_is_told(workspace: Path) -> None:
    for path in (workspace / "results" / "real" / "declared").glob("panel-*.json"):
        path.unlink()


def add_an_edition(workspace: Path) -> None:
    books = workspace.parent / "books"
    shutil.copytree(books / "中国城市统计年鉴2014", books / "中国城市统计年鉴2015")


def print_a_book_anew(workspace: Path) -> None:
    (path,) = (workspace.parent / "books").glob("*2014/*/*.xlsx")
    path.write_bytes(path.read_bytes() + b" ")


def put_panels_beside(workspace: Path) -> None:
    (workspace.parent / "panels").mkdir()


def damage_the_memory(workspace: Path) -> None:
    (path,) = (workspace / remembered.MEMORY).glob("*.json")
    path.write_text("{", encoding="utf8")


@pytest.mark.parametrize(
    "change",
    [
        edit_config,
        lose_what_a_job_is_told,
        add_an_edition,
        print_a_book_anew,
        put_panels_beside,
        damage_the_memory,
    ],
)
def test_a_change_is_planned_anew(workspace, made, change: Callable[[Path], None]):
    plan.for_rules(REAL)
    change(workspace)
    after = plan.for_rules(REAL)
    assert len(made) == 2
    assert all((workspace / path).is_file() for path in made[1].kept())
    assert asdict(after) == asdict(plan.for_rules(REAL))
    assert len(made) == 2


def test_code_that_changes_is_planned_anew(workspace, made, monkeypatch):
    plan.for_rules({})
    monkeypatch.setattr(remembered, "package_version", lambda package: "0")
    plan.for_rules({})
    assert len(made) == 2


def test_what_is_wrong_is_said_each_time(workspace, made):
    plan.for_rules({})
    (workspace / "config" / "items.yaml").write_text("own_parks: {unit: parks}\n", encoding="utf8")
    for _ in range(2):
        with pytest.raises(NianjianError, match=r"config/items.yaml, own_parks"):
            plan.for_rules({})


def test_a_folder_that_cannot_be_written_to_is_planned_anew(workspace, made, monkeypatch):
    def full(path: Path) -> None:
        raise remembered.StorageError(f"{path}: disk full")

    monkeypatch.setattr(remembered, "replacing", full)
    assert plan.for_rules({}).books == plan.for_rules({}).books == "simulated"
    assert len(made) == 2


@pytest.mark.parametrize("folder", ["", 'FOLDER = "workspace"\n'])
def test_files_that_only_a_kind_knows_are_looked_for_each_time(workspace, made, folder):
    own_source(workspace, UNITS + folder)
    before = plan.for_rules({})
    (workspace / "mine1.csv").write_text("", encoding="utf8")
    after = plan.for_rules({})
    assert len(made) == 2
    assert {job.name for job in after.jobs["extracts"]} - {job.name for job in before.jobs["extracts"]} == {
        "mine_mine1"
    }
