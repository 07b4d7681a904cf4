"""Long pages work from a folder without a network: search, filters and contents; and no page asks for anything."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nianjian.publish import coverage_page, pages, web
from unit.publish.test_coverage_page import NAMES, tables

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
REQUESTS = re.compile(r"https?://|\bsrc=|url\(|@import|<link\b|\bfetch\(|XMLHttpRequest|<iframe|<img")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "coverage.en.html"
    path.write_text(coverage_page.render(tables(), NAMES, "real: a book", "en"), encoding="utf8")
    return path


def shown_by_a_browser(page: Path, asked: str, folder: Path) -> str:
    """The page as a browser without a network has it after its script ran."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    told = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--proxy-server=127.0.0.1:9", f"--user-data-dir={folder}",
            "--virtual-time-budget=2000", "--dump-dom", f"{page.as_uri()}{asked}",
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if "<html" not in told.stdout:
        pytest.skip(f"{browser} shows no page here: {told.stderr[-200:]}")
    return told.stdout


def visible(dom: str) -> list[str]:
    """First cells of the rows of all bodies that are not hidden, without those of the grids and counts."""
    bodies = re.findall(
        r'<section data-group="" id="([^"]+)"( hidden="")?>(.*?)</section>', dom, flags=re.DOTALL
    )
    return [part for part, hidden, body in bodies if not hidden and "<tr" in body]


def test_search_and_filters_work_from_a_folder(page: Path, tmp_path: Path) -> None:
    everything = shown_by_a_browser(page, "", tmp_path / "a")
    assert 'data-shown="' not in everything and '<form class="find" role="search"' in everything
    assert set(visible(everything)) >= {"suspects", "conflicts", "breaks", "no-table"}
    by_word = shown_by_a_browser(page, "#q=yichun%20JUMP", tmp_path / "b")
    assert 'data-shown="1"' in by_word and visible(by_word) == ["suspects"]
    assert ">1 rows shown</output>" in by_word
    by_choice = shown_by_a_browser(page, "#topic=0&edition=2013", tmp_path / "c")
    assert 'data-shown="2"' in by_choice and visible(by_choice) == ["suspects", "conflicts"]
    nothing = shown_by_a_browser(page, "#q=atlantis", tmp_path / "d")
    assert (
        'data-shown="0"' in nothing
        and ">no row has these words</output>" in nothing
        and visible(nothing) == []
    )


def test_no_page_asks_for_anything() -> None:
    for path in sorted(web.TEMPLATES.iterdir()):
        found = REQUESTS.findall(path.read_text(encoding="utf8"))
        assert not found, (path.name, found)


def test_a_page_allows_its_own_script_and_no_other(page: Path) -> None:
    text = page.read_text(encoding="utf8")
    (script,) = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in text
    assert not re.search(r"\son\w+=", text), "handlers within the page would be refused"


def test_the_same_tables_give_the_same_bytes(page: Path) -> None:
    again = coverage_page.render(tables(), NAMES, "real: a book", "en")
    assert page.read_bytes() == again.encode()


def test_pages_lead_to_those_in_other_languages() -> None:
    files = ["a/sample.en.html", "a/sample.zh.html"]
    assert pages.siblings(files[0], files) == [("zh-Hans", "中文", "sample.zh.html")]
    assert pages.siblings("a/sample.en.html", ["a/sample.en.html"]) == []
    assert pages.language_of("S1.zh.html") == "zh"
