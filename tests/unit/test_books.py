"""Sets of books: recognised by what they hold, remembered, and never removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nianjian import books
from nianjian.books import BOOKS, MANIFEST, Finder, Sets, YearbookSet, differences, spans
from nianjian.declarations.models.config import Config
from nianjian.errors import InputError
from nianjian.extract.editions import edition_files, find_editions

PATTERNS = [r"年鉴\D*((?:19|20)\d{2})"]


def editions(root: Path) -> dict[int, str]:
    return {each.year: each.folder for each in find_editions(root, PATTERNS)}


def write_books(root: Path, **texts: str) -> Path:
    """Write editions with one file each: ``y2013="text"``."""
    for year, text in texts.items():
        folder = root / f"中国城市统计年鉴{year.removeprefix('y')}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "2-1.csv").write_text(text, encoding="utf8")
    return root


class Workspace:
    """A workspace in which runs start and end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def run(self, **config) -> str:
        """A run: chooses its books and remembers them; the name of its set."""
        sets = Sets(self.folder, Finder(editions, edition_files))
        name, root = sets.choose(Config(**config))
        if root is not None:
            place = Path("results") / name / BOOKS
            sets.remember(YearbookSet(name, place, editions(self.folder / place), None, "年鉴"))
            (self.folder / "results" / name / "made.txt").write_text(name, encoding="utf8")
        return name

    def refused(self, **config) -> str:
        before = snapshot(self.folder)
        with pytest.raises(InputError) as error:
            self.run(**config)
        assert snapshot(self.folder) == before, "a refusal changes nothing"
        return str(error.value)

    def link(self, name: str) -> Path:
        return self.folder / "results" / name / BOOKS


def snapshot(folder: Path) -> dict[str, object]:
    """Every file below a folder with its content, every link with where it leads; links are not followed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = path.readlink()
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def root(tmp_path) -> Path:
    return write_books(tmp_path / "raw", y2013="a", y2014="b")


def test_without_a_folder_the_simulated_books_are_read(workspace):
    assert workspace.run() == "simulated" == workspace.run(books="simulated")
    assert snapshot(workspace.folder) == {}


def test_a_folder_is_the_set_real_unless_it_has_a_name(workspace, root, tmp_path):
    assert workspace.run(raw_root=str(root)) == "real"
    other = write_books(tmp_path / "other", y2013="x")
    assert workspace.run(raw_root=str(other), books="mine") == "mine"
    assert (workspace.folder / "results/real/made.txt").read_text() == "real"
    assert workspace.link("mine").resolve() == other.resolve()


def test_the_folder_need_be_named_once(workspace, root):
    workspace.run(raw_root=str(root))
    assert workspace.run(books="real") == "real"
    assert workspace.link("real").resolve() == root.resolve()


def test_relative_and_absolute_spelling_are_one_set(workspace, root, monkeypatch):
    workspace.run(raw_root=str(root), books="mine")
    before = snapshot(workspace.folder)
    monkeypatch.chdir(workspace.folder)
    for spelt in ("../raw", f"{root}/", f"{root}/../raw", str(root)):
        assert workspace.run(raw_root=spelt) == "mine", spelt
    assert snapshot(workspace.folder) == before


def test_a_linked_folder_is_the_same_set(workspace, root, tmp_path):
    workspace.run(raw_root=str(root), books="mine")
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    assert workspace.run(raw_root=str(tmp_path / "link")) == "mine"


def test_a_moved_folder_is_recognised_by_what_it_holds_and_linked_anew(workspace, root, tmp_path):
    workspace.run(raw_root=str(root), books="mine")
    moved = root.rename(tmp_path / "moved")
    text = workspace.refused(books="mine")
    assert (
        f"books=mine: its folder {root} is gone" in text and "--config books=mine raw_root=<folder>" in text
    )
    assert workspace.run(raw_root=str(moved)) == "mine"
    assert workspace.link("mine").resolve() == moved.resolve()
    assert workspace.run(books="mine") == "mine"
    assert (workspace.folder / "results/mine/made.txt").is_file()


def test_a_copy_elsewhere_is_the_same_set(workspace, root, tmp_path):
    workspace.run(raw_root=str(root))
    shutil.copytree(root, tmp_path / "copy")
    assert workspace.run(raw_root=str(tmp_path / "copy")) == "real"


def test_other_books_under_one_name_are_refused_with_what_differs(workspace, root, tmp_path):
    workspace.run(raw_root=str(root))
    other = write_books(tmp_path / "other", y2013="x", y2015="c")
    text = workspace.refused(raw_root=str(other), books="real")
    assert text == (
        f"raw_root {other}: results/real was made from other books: edition 2013 differs in 2-1.csv; "
        "edition 2014 is not there. Nothing was changed. Give this set a name of its own: "
        f"--config books=<name> raw_root={other}"
    )
    assert "was made from other books" in workspace.refused(raw_root=str(other)), "its name would be real too"
    assert workspace.run(raw_root=str(other), books="other") == "other"
    assert workspace.run(raw_root=str(root)) == "real"


def test_many_differences_are_counted(workspace, tmp_path):
    first = write_books(tmp_path / "a", **{f"y{year}": "a" for year in range(2001, 2011)})
    workspace.run(raw_root=str(first))
    other = write_books(tmp_path / "b", y2001="b")
    text = workspace.refused(raw_root=str(other))
    assert "edition 2001 differs in 2-1.csv; edition 2002 is not there" in text and "and 6 more" in text


def test_an_edition_more_is_the_same_set(workspace, root, tmp_path):
    workspace.run(raw_root=str(root))
    more = shutil.copytree(root, tmp_path / "more")
    write_books(more, y2015="c")
    assert workspace.run(raw_root=str(more)) == "real"
    held = json.loads((workspace.folder / "results/real" / MANIFEST).read_text(encoding="utf8"))
    assert sorted(held["editions"]) == ["2013", "2014", "2015"]


def test_an_edition_that_comes_into_the_folder_is_remembered(workspace, root):
    workspace.run(raw_root=str(root))
    write_books(root, y2016="d")
    assert workspace.run(books="real") == "real"
    held = json.loads((workspace.folder / "results/real" / MANIFEST).read_text(encoding="utf8"))
    assert "2016" in held["editions"]


def test_one_edition_s_folder_is_not_the_set(workspace, root):
    workspace.run(raw_root=str(root))
    one = root / "中国城市统计年鉴2013"
    text = workspace.refused(raw_root=str(one))
    assert str(one) in text
    assert workspace.run(books="real") == "real"


def test_an_edition_s_folder_in_which_the_edition_is_found_again_is_not_the_set(workspace, root):
    inner = root / "中国城市统计年鉴2013" / "中国城市统计年鉴2013"
    inner.mkdir()
    (inner.parent / "2-1.csv").rename(inner / "2-1.csv")
    workspace.run(raw_root=str(root))
    text = workspace.refused(raw_root=str(inner.parent))
    assert "results/real was made from other books" in text and "edition 2014 is not there" in text


def test_a_name_that_no_set_has_is_told_what_there_is(workspace, root):
    workspace.run(raw_root=str(root), books="mine")
    text = workspace.refused(books="yours")
    assert text == (
        "books=yours: no such set of books here (there is simulated, mine); name its folder once: "
        "--config books=yours raw_root=<folder>"
    )


def test_the_name_of_the_simulated_books_is_not_for_real_ones(workspace, root):
    text = workspace.refused(raw_root=str(root), books="simulated")
    assert "books=simulated names the simulated books" in text and "--config books=real" in text


def test_a_folder_that_is_none_or_holds_no_edition_is_refused(workspace, tmp_path):
    assert "nowhere" in workspace.refused(raw_root=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    assert "empty" in workspace.refused(raw_root=str(tmp_path / "empty"))


def test_no_stored_file_holds_an_absolute_path(workspace, root):
    workspace.run(raw_root=str(root))
    for name, content in snapshot(workspace.folder).items():
        if isinstance(content, bytes):
            assert str(root).encode() not in content and str(workspace.folder).encode() not in content, name


def test_books_within_the_workspace_move_with_it(workspace, tmp_path):
    write_books(workspace.folder / "raw", y2013="a")
    workspace.run(raw_root=str(workspace.folder / "raw"))
    assert not workspace.link("real").readlink().is_absolute()
    moved = Workspace.__new__(Workspace)
    moved.folder = workspace.folder.rename(tmp_path / "elsewhere")
    assert moved.run(books="real") == "real"
    assert moved.link("real").resolve() == (moved.folder / "raw").resolve()


def test_a_record_that_was_lost_is_not_taken_for_agreement(workspace, root, tmp_path):
    workspace.run(raw_root=str(root))
    (workspace.folder / "results/real" / MANIFEST).unlink()
    other = write_books(tmp_path / "other", y2013="x")
    assert "nothing is known of what it held" in workspace.refused(raw_root=str(other), books="real")
    assert workspace.run(raw_root=str(root)) == "real", "the folder itself is known by the link"


def test_results_of_a_set_stay_whatever_another_run_reads(workspace, root, tmp_path):
    workspace.run(raw_root=str(root))
    (workspace.folder / "results/simulated/panel").mkdir(parents=True)
    (workspace.folder / "results/simulated/panel/a.parquet").write_bytes(b"1")
    before = snapshot(workspace.folder)
    other = write_books(tmp_path / "other", y2001="x")
    for config in ({}, {"books": "real"}, {"raw_root": str(other), "books": "other"}, {"books": "simulated"}):
        workspace.run(**config)
        after = snapshot(workspace.folder)
        assert {name: after.get(name) for name in before} == before


# -- panels


def panels(workspace: Workspace, name: str, root: Path | None = None, **config) -> Path | None:
    sets = Sets(workspace.folder, Finder(editions, edition_files))
    return books.panel_root(sets, name, Config(**config), root)


def test_panels_beside_the_books_are_found_and_remembered(workspace, root):
    workspace.run(raw_root=str(root))
    assert panels(workspace, "real", root) is None
    (root.parent / "panels").mkdir()
    assert panels(workspace, "real", root) == Path("results/real/panels")
    assert panels(workspace, "real") == Path("results/real/panels")
    assert (workspace.folder / "results/real/panels").resolve() == (root.parent / "panels").resolve()


def test_a_folder_of_panels_that_is_named_counts(workspace, root, tmp_path):
    workspace.run(raw_root=str(root))
    (root.parent / "panels").mkdir()
    (tmp_path / "own").mkdir()
    found = panels(workspace, "real", root, panel_root=str(tmp_path / "own"))
    assert found == Path("results/real/panels")
    assert (workspace.folder / found).resolve() == (tmp_path / "own").resolve()
    assert panels(workspace, "real", root) == found
    assert (workspace.folder / found).resolve() == (tmp_path / "own").resolve(), "it is remembered"
    with pytest.raises(InputError, match="nowhere: is no folder"):
        panels(workspace, "real", root, panel_root=str(tmp_path / "nowhere"))


def test_the_simulated_panels_lie_with_the_simulated_books(workspace):
    assert panels(workspace, "simulated") == Path("results/simulated/books/panels")


# -- what a set says of itself


def test_what_is_simulated_says_so():
    own = YearbookSet("simulated", Path("x"), {2013: "a"}, None, "年鉴")
    assert own.simulated and own.origin == own.kind == "simulated"
    real = YearbookSet("mine", Path("x"), {2013: "a"}, None, "Yearbook / 年鉴")
    assert (real.kind, real.origin) == ("real", "real: Yearbook / 年鉴")
    assert real.folder == Path("results/mine")


@pytest.mark.parametrize(
    ("years", "shown"),
    [([], ""), ([2013], "2013"), ([2001, 2002], "2001–2002"), ([2001, 2003, 2004], "2001, 2003–2004")],
)
def test_runs_of_years_are_joined(years, shown):
    assert spans(years) == shown


def test_only_what_a_set_held_before_can_differ():
    before = {"2013": {"a": "1", "b": "2"}}
    assert differences(before, {"2013": {"a": "1", "b": "2", "c": "3"}, "2014": {}}) == []
    assert differences(before, {"2013": {"a": "1"}}) == ["edition 2013 differs in b"]
    assert differences(before, {}) == ["edition 2013 is not there"]
    assert differences({}, before) == ["nothing is known of what it held"]
