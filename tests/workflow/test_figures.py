"""Every figure of the built-in studies: PDFs that strict readers take, words that neither overlap nor are cut off."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FIGURES = "results/simulated/studies/*/figures"
MAP_KB = 600
MARK = {"en": "SIMULATED DATA", "zh": "模拟数据"}


def pictures(project: Path, form: str) -> list[Path]:
    found = sorted(project.glob(f"{FIGURES}/*.{form}"))
    assert len(found) >= 90
    return found


def ghostscript(device: str, files: list[Path], *more: str) -> str:
    command = ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", f"-sDEVICE={device}", *more]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(
    shutil.which("gs") is None, reason="Ghostscript, which reads PDFs strictly, is not installed"
)
def test_ghostscript_renders_every_pdf_without_a_warning(project: Path) -> None:
    assert not ghostscript("png16m", pictures(project, "pdf"), "-r40", "-o", "/dev/null").strip()


@pytest.mark.skipif(
    shutil.which("gs") is None, reason="Ghostscript, which reads PDFs strictly, is not installed"
)
def test_words_can_be_copied_out_of_every_pdf(project: Path, tmp_path: Path) -> None:
    files = pictures(project, "pdf")
    ghostscript("txtwrite", files, "-o", str(tmp_path / "%d.txt"))
    for number, file in enumerate(files, start=1):
        check_words(file, (tmp_path / f"{number}.txt").read_text(encoding="utf8", errors="replace"))


def check_words(file: Path, text: str) -> None:
    """What a reader gives back has the mark of simulated data, and words."""
    words = re.sub(r"\s", "", text)
    assert MARK[file.name.split(".")[1]].replace(" ", "") in words, file
    assert len(words) > 60, file


@pytest.mark.skipif(importlib.util.find_spec("pymupdf") is None, reason="PyMuPDF is not installed")
def test_mupdf_renders_every_pdf_without_a_warning_and_gives_its_words(project: Path) -> None:
    pymupdf = importlib.import_module("pymupdf")
    for file in pictures(project, "pdf"):
        with pymupdf.open(file) as opened:
            opened[0].get_pixmap(dpi=40)
            check_words(file, opened[0].get_text())
        assert not pymupdf.TOOLS.mupdf_warnings(), file


def test_no_words_overlap_or_are_cut_off(project: Path) -> None:
    """What could not be mended stands in the log."""
    logs = list(project.glob("logs/simulated/make_figures/*.log"))
    assert len(logs) == 5
    for log in logs:
        assert not re.findall(r"overlap$|beyond the page$", log.read_text(encoding="utf8"), re.MULTILINE), log


def test_maps_are_small_and_say_what_they_show(project: Path) -> None:
    for file in pictures(project, "svg"):
        text = file.read_text(encoding="utf8")
        assert "<title>" in text and "<desc>" in text, file
        if 'id="map-' in text:
            assert len(text.encode()) < 1000 * MAP_KB, file
            # A label in two lines breaks at a blank.
            words = re.sub(r"\s", "", "".join(re.findall(r"<!-- (.*?) -->", text, re.DOTALL)))
            assert "SouthChinaSeaIslands" in words or "南海诸岛" in words, file


def test_every_figure_has_its_caption(project: Path) -> None:
    for file in pictures(project, "caption.md"):
        number, note, alt = file.read_text(encoding="utf8").strip().split("\n\n")
        assert number.startswith("**") and alt.startswith("> ") and note.startswith(("Note: ", "注："))
        assert MARK[file.name.split(".")[1]] in note
