"""The code digest changes with code that a script imports, and with nothing else."""

from __future__ import annotations

import json
import sys

import pytest

from nianjian import codes


def forget() -> None:
    """Each edit is read anew, as by a new process."""
    for each in (
        codes.module_file,
        codes._parsed,
        codes.imported_files,
        codes.code_digest,
        codes.package_version,
    ):
        each.cache_clear()


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A script with modules that it imports; and a function that gives its digest."""
    (tmp_path / "nianjian" / "deep" / "words").mkdir(parents=True)
    for file, text in {
        "nianjian/__init__.py": "",
        "nianjian/deep/__init__.py": "",
        "nianjian/deep/used.py": 'READS = ("words/*.yaml",)\nX = 1\n',
        "nianjian/deep/words/en.yaml": "a: 1\n",
        "nianjian/deep/words/notes.txt": "a\n",
        "nianjian/middle.py": "from nianjian.deep.used import X\n",
        "nianjian/other.py": "Y = 1\n",
        "nianjian/heavy.py": "Y = 1\n",
        "nianjian/typed.py": "Y = 1\n",
        "job.py": (
            "import json\nfrom typing import TYPE_CHECKING\nfrom nianjian import middle\n"
            "if TYPE_CHECKING:\n    from nianjian import typed\n"
            "def run():\n    import pandas\n    from nianjian.heavy import Y\n    print(middle.X, Y)\n"
        ),
    }.items():
        (tmp_path / file).write_text(text)
    monkeypatch.setattr(codes, "SCRIPTS", tmp_path)

    def digest(script="job.py"):
        forget()
        return codes.code_digest(script)

    yield tmp_path, digest
    forget()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("nianjian/deep/used.py", 'READS = ("words/*.yaml",)\nX = 2\n'),
        ("nianjian/deep/__init__.py", "Z = 1\n"),
        ("nianjian/__init__.py", "Z = 1\n"),
        ("nianjian/heavy.py", "Y = 2\n"),
        ("nianjian/deep/words/en.yaml", "a: 2\n"),
        ("nianjian/deep/words/zh.yaml", "a: 1\n"),
        ("job.py", "from nianjian import middle\n"),
    ],
)
def test_a_change_of_what_is_imported_or_read_counts(tree, file, text):
    root, digest = tree
    before = digest()
    assert digest() == before
    (root / file).write_text(text)
    assert digest() != before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("nianjian/deep/used.py", '# a comment\nREADS = ("words/*.yaml",)\nX = 1\n'),
        ("nianjian/deep/used.py", '"""A docstring."""\n\nREADS   =   ("words/*.yaml",)\nX = 1\n'),
        ("nianjian/other.py", "Y = 2\n"),
        ("nianjian/typed.py", "Y = 2\n"),
        ("nianjian/deep/words/notes.txt", "b\n"),
        ("nianjian/new.py", "Y = 2\n"),
    ],
)
def test_comments_docstrings_and_what_is_not_imported_do_not_count(tree, file, text):
    root, digest = tree
    before = digest()
    (root / file).write_text(text)
    assert digest() == before


def test_an_upgraded_package_counts_where_it_is_imported(tree, monkeypatch):
    root, digest = tree
    (root / "light.py").write_text("import json\n")
    before, light = digest(), digest("light.py")
    versions = {"pandas": "99.0", "numpy": "99.0"}
    monkeypatch.setattr(codes, "version", lambda package: versions.get(package, "1"))
    assert digest("light.py") == light
    changed = digest()
    assert changed != before
    versions["numpy"] = "100.0"
    assert digest() == changed, "nothing here imports numpy"


def test_a_package_that_is_not_installed_has_no_version():
    forget()
    assert codes.package_version("no-such-package-at-all") == "none"
    assert codes.package_version("pandas") != "none"


def test_a_module_of_a_workspace_counts_by_its_name(tree, tmp_path_factory):
    _, digest = tree
    first, second = (tmp_path_factory.mktemp("workspace") / "toy.py" for _ in range(2))
    for path in (first, second):
        path.write_text("from nianjian.heavy import Y\n")
    assert digest(first) == digest(second)
    second.write_text("from nianjian.heavy import Y as Z\n")
    assert digest(first) != digest(second)


def test_files_that_were_taken_apart_before_give_the_same_digest(tree, tmp_path, monkeypatch):
    root, digest = tree
    memory = codes._Remembered()
    monkeypatch.setattr(codes, "REMEMBERED", memory)
    memory.use(tmp_path / "codes.json")
    before = digest()
    memory.save()
    again = codes._Remembered()
    again.use(tmp_path / "codes.json")
    monkeypatch.setattr(codes, "REMEMBERED", again)
    monkeypatch.setattr(codes, "_take_apart", lambda *_: pytest.fail("it is known already"))
    assert digest() == before and not again.changed
    assert str(root) not in (tmp_path / "codes.json").read_text()


def test_what_one_workspace_took_apart_another_knows(tree, tmp_path, monkeypatch):
    _, digest = tree
    memory = codes._Remembered()
    monkeypatch.setattr(codes, "REMEMBERED", memory)
    memory.use(tmp_path / "one" / "codes.json", tmp_path / "shared.json")
    before = digest()
    memory.save()
    other = codes._Remembered()
    other.use(tmp_path / "other" / "codes.json", tmp_path / "shared.json")
    monkeypatch.setattr(codes, "REMEMBERED", other)
    monkeypatch.setattr(codes, "_take_apart", lambda *_: pytest.fail("it is known already"))
    assert digest() == before


def test_what_is_shared_lies_beside_the_compiled_modules_and_nowhere_without_them(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (place,) = codes.shared()
    assert place.parent.name == "__pycache__" and place.suffix == ".json"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert not codes.shared()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}'])
def test_a_memory_that_cannot_be_read_is_as_good_as_none(tree, tmp_path, monkeypatch, text):
    _, digest = tree
    before = digest()
    (tmp_path / "codes.json").write_text(text)
    memory = codes._Remembered()
    memory.use(tmp_path / "codes.json")
    monkeypatch.setattr(codes, "REMEMBERED", memory)
    assert digest() == before
    memory.save()
    assert json.loads((tmp_path / "codes.json").read_text())


def test_every_script_has_a_digest_and_no_two_share_one():
    forget()
    scripts = sorted(path.name for path in codes.SCRIPTS.glob("*.py"))
    digests = [codes.code_digest(name) for name in scripts]
    assert len(set(digests)) == len(scripts) > 5
