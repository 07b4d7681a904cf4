"""Every attempt is harmless or gets one message, and the page lists exactly these."""

from __future__ import annotations

import re

import pytest

from unit.security import from_books, from_declarations, in_outputs
from unit.security.attempts import ATTEMPTS, PAGE, ROOT, written

assert from_books and from_declarations and in_outputs


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=[f"{each.area}: {each.what}"[:90] for each in ATTEMPTS])
def test_an_attempt_gets_what_the_page_says(attempt, tmp_path):
    told = attempt.run(tmp_path)
    assert (attempt.says in told and attempt.says != "") or (attempt.gets and not told)
    assert not list(tmp_path.rglob("*.part"))


def test_the_page_lists_the_attempts():
    page = PAGE.read_text(encoding="utf8")
    assert written(page) == page, "run PYTHONPATH=scripts:tests python -m unit.security"
    assert len({(each.area, each.what) for each in ATTEMPTS}) == len(ATTEMPTS) > 80


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-cluster.lock", "requirements-bench.lock"]
)
def test_every_requirement_is_pinned_by_hash_and_no_lock_names_an_index(name):
    text = (ROOT / name).read_text(encoding="utf8")
    # No address, and no option but the hashes: that is where an index would be named.
    assert "://" not in text and set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", text)) == {"--hash"}
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text))[1:]
    assert len(entries) > (2 if "cluster" in name else 50)
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(?:\[[^]]+\])?==\S+", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:80]


def test_environments_are_made_of_pinned_hashes_only():
    made = [
        line
        for line in (ROOT / "Makefile").read_text(encoding="utf8").replace("\\\n", " ").splitlines()
        if "pip install" in line
    ]
    (own,) = [line for line in made if "--editable ." in line]
    assert all(option in own for option in ("--no-index", "--no-deps", "--no-build-isolation")), "no network"
    others = [line for line in made if line != own]
    assert len(others) == 3 and all("--require-hashes" in line for line in others)
