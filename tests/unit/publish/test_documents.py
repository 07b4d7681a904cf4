"""One document of a study: numbers are fields, notes refer to what is there, and the same study gives the same bytes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nianjian.declarations.references import plain
from nianjian.publish import documents, making
from nianjian.publish.documents import Picture, Whole
from nianjian.publish.origin import BANNER, Origin
from nianjian.text import Text, word
from styled import shipped, table

LANGUAGES = ("en", "zh")
NB = "\N{NO-BREAK SPACE}"


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """Tables 3, 4 and A3, of which the first refers to the last, and a figure that refers to a table."""
    pyplot = pytest.importorskip("matplotlib.figure")
    (tmp_path / "figures").mkdir()
    (tmp_path / "tables").mkdir()
    for language in LANGUAGES:
        for form in ("png", "svg", "pdf"):
            figure = pyplot.Figure(figsize=(4, 3))
            figure.subplots().plot([1, 2])
            figure.savefig(tmp_path / "figures" / f"1.{language}.{form}")
        own = plain({"en": "As in {table:4}.", "zh": "同{table:4}。"}[language], language)
        head = word("captions.note")[language]
        (tmp_path / "figures" / f"1.{language}.caption.md").write_text(
            f"**1** x\n\n{head}{own} Bars: 95%.\n\n> A line that falls.\n", encoding="utf8"
        )
    style = shipped("default")
    first = table(style)
    tables = (first, replace(first, id="4", notes=()), replace(first, id="A3", notes=()))
    for each in tables:
        for language in LANGUAGES:
            for form in ("tex", "typ"):
                content = making.render(each, form, language)
                (tmp_path / "tables" / f"{each.id}.{language}.{form}").write_bytes(content)
    picture = Picture(
        "1",
        Text.of(en="Trend", zh="趋势"),
        Text.of(en="As in {table:4}.", zh="同{table:4}。"),
        tmp_path / "figures",
    )
    return Whole(
        "demo", Text.of(en="A study", zh="研究"), tables, (picture,), style, Origin.parse("simulated")
    )


def xml(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml").decode()


@pytest.mark.parametrize(("language", "name", "figure"), [("en", "Table", "Figure"), ("zh", "表", "图")])
def test_numbers_are_fields_and_notes_refer_to_bookmarks(
    whole: Whole, language: str, name: str, figure: str
) -> None:
    text = xml(documents.rendered(whole, "docx", language))
    codes = [each.strip() for each in re.findall(r"<w:instrText[^>]*>([^<]*)<", text)]
    assert codes == [
        f"SEQ {name} \\* ARABIC \\r 3",  # the first table of this study is number 3
        "REF table_A3 \\h",
        f"SEQ {name} \\* ARABIC",
        f"SEQ {name}_A \\* ARABIC \\r 3",
        f"SEQ {figure} \\* ARABIC",
        "REF table_4 \\h",
    ]
    named = re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]*)"', text)
    assert named == ["table_3", "table_4", "table_A3", "figure_1"]
    ids = re.findall(r'<w:bookmark(?:Start|End) w:id="(\d+)"', text)
    assert len(ids) == 8 and len(set(ids)) == 4
    shown = re.sub(r"<w:instrText[^>]*>[^<]*</w:instrText>", "", text)
    assert f"{name}{NB}A3" in re.sub(r"<[^>]*>", "", shown)
    assert text.count('w:fldCharType="begin"') == text.count('w:fldCharType="end"') == len(codes)


@pytest.mark.parametrize("form", ("docx", "tex", "typ"))
def test_a_figure_has_the_note_and_the_description_of_the_file_beside_it(whole: Whole, form: str) -> None:
    content = documents.rendered(whole, form, "en")
    text = xml(content) if form == "docx" else content.decode()
    assert re.search(r"Bars: 95\\?%\.", text) and "Note:" not in text
    assert ("A line that falls." in text) is (form != "tex"), "a PDF of LaTeX holds no descriptions"
    reference = {"docx": r"REF table_4 \h", "tex": r"\ref{tab:demo-4}", "typ": "link(<tab"}[form]
    assert reference in text


def test_a_table_alone_has_its_number_in_words(whole: Whole) -> None:
    text = xml(making.render(whole.tables[0], "docx", "en"))
    assert "instrText" not in text and f"Table{NB}A3" in text


@pytest.mark.parametrize("form", ("docx", "tex", "typ"))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_study_gives_the_same_bytes(
    whole: Whole, form: str, language: str, monkeypatch: Any
) -> None:
    first = documents.rendered(whole, form, language)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert documents.rendered(whole, form, language) == first
    said = xml(first) if form == "docx" else first.decode()
    assert (BANNER if form == "docx" else "SIMULATED DATA") in re.sub(r"<[^>]*>", "", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_compiles_in_latex_with_every_reference_found(whole: Whole, language: str, tmp_path: Path) -> None:
    if shutil.which("xelatex") is None:
        pytest.skip("no xelatex")
    for package in ("siunitx", "ctex", "threeparttable", "adjustbox", "caption"):
        if not subprocess.run(["kpsewhich", f"{package}.sty"], capture_output=True, check=False).stdout:
            pytest.skip(f"no {package}")
    (tmp_path / "document.tex").write_bytes(documents.rendered(whole, "tex", language))
    for _ in range(2):
        run = subprocess.run(
            ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout[-2000:]
    assert "undefined" not in run.stdout
    labels = (tmp_path / "document.aux").read_text(encoding="utf8")
    assert r"\newlabel{tab:demo-A3}{{A3}" in labels and r"\newlabel{fig:demo-1}{{1}" in labels


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_compiles_in_typst(whole: Whole, language: str, tmp_path: Path) -> None:
    typst = pytest.importorskip("typst", reason="the package typst, which compiles Typst, is not installed")
    source = tmp_path / "document.typ"
    source.write_bytes(documents.rendered(whole, "typ", language))
    assert typst.compile(str(source)).startswith(b"%PDF")
    assert len(typst.query(str(source), "<tab-demo-A3>")) > 2


def test_references_are_links_in_pages(whole: Whole) -> None:
    page = making.render(whole.tables[0], "html", "en").decode()
    assert f'<a href="A3.en.html">Table{NB}A3</a>' in page
    assert r"See Table~\ref{tab:demo-A3}." in making.render(whole.tables[0], "tex", "en").decode()
