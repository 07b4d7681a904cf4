"""The code digest changes with code that a script imports, and with nothing else."""

from __future__ import annotations

import pytest

from nianjian import codes


@pytest.fixture
def tree(tmp_path, monkeypatch):
    package = tmp_path / "nianjian"
    (package / "deep").mkdir(parents=True)
    for file, text in {
        "nianjian/__init__.py": "",
        "nianjian/deep/__init__.py": "",
        "nianjian/deep/used.py": "X = 1\n",
        "nianjian/middle.py": "from nianjian.deep.used import X\n",
        "nianjian/other.py": "Y = 1\n",
        "job.py": "import json\nfrom nianjian import middle\nprint(middle.X)\n",
    }.items():
        (tmp_path / file).write_text(text)
    monkeypatch.setattr(codes, "SCRIPTS", tmp_path)

    def digest():
        codes._parsed.cache_clear()
        codes.code_digest.cache_clear()
        return codes.code_digest("job.py")

    return tmp_path, digest


def test_a_change_two_imports_away_counts(tree):
    root, digest = tree
    before = digest()
    (root / "nianjian/deep/used.py").write_text("X = 2\n")
    assert digest() != before


@pytest.mark.parametrize("text", ["# a comment\nX = 1\n", '"""A docstring."""\n\nX   =   1\n'])
def test_comments_formatting_and_docstrings_do_not_count(tree, text):
    root, digest = tree
    before = digest()
    (root / "nianjian/deep/used.py").write_text(text)
    assert digest() == before


def test_a_module_that_is_not_imported_does_not_count(tree):
    root, digest = tree
    before = digest()
    (root / "nianjian/other.py").write_text("Y = 2\n")
    assert digest() == before


def test_every_script_has_a_digest_and_no_two_share_one():
    scripts = sorted(path.name for path in codes.SCRIPTS.glob("*.py"))
    digests = [codes.code_digest(name) for name in scripts]
    assert len(set(digests)) == len(scripts) > 5
