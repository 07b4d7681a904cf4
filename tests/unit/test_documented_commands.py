"""Commands that the documents show: the launcher knows them and their options, Snakemake's targets stand before its settings."""

import re
import shlex
from pathlib import Path

import pytest

from documented import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(?:sh|text)?\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")


def commands(page: Path, program: str) -> list[list[str]]:
    """Calls of a program in blocks and in lines, without comments."""
    text = page.read_text(encoding="utf8")
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    lines += INLINE.findall(BLOCK.sub("", text))
    found = []
    for line in lines:
        line = re.sub(r"^(\$ )?", "", line.strip())
        if re.match(rf"{program} \S", line) and "…" not in line and "<" not in line:
            found.append(shlex.split(line, comments=True))
    return found


CALLS = {page.relative_to(ROOT).as_posix(): commands(page, "nianjian") for page in PAGES}


@pytest.mark.parametrize("page", [name for name, calls in CALLS.items() if calls])
def test_the_launcher_knows_what_a_page_types(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    launcher = pytest.importorskip("nianjian.launcher")
    for call in CALLS[page]:
        assert call[1] in launcher.known(), shlex.join(call)
        if len(call) == 2:  # the command's name, as prose has it
            continue
        try:
            launcher.parser().parse_args(call[1:])
        except SystemExit:
            pytest.fail(f"{shlex.join(call)}: {capsys.readouterr().err}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_targets_stand_before_settings(page: Path) -> None:
    for call in commands(page, "snakemake"):
        if "--config" in call:
            settings = call[call.index("--config") + 1 :]
            settings = settings[: next((i for i, each in enumerate(settings) if each.startswith("-")), None)]
            assert all("=" in each for each in settings), shlex.join(call)


def test_most_pages_for_users_show_the_launcher() -> None:
    assert {"README.md", "docs/quickstart.md", "docs/stata.md", "docs/install.md"} <= {
        page for page, calls in CALLS.items() if calls
    }
