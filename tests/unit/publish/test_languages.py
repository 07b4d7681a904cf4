"""A new language is a new folder of messages, and nothing else."""

import shutil

import pytest

from nianjian import language, text
from nianjian.publish import making
from nianjian.publish.sources import Source
from nianjian.publish.tables import Column, Number, Panel, Row, Table
from nianjian.text import BLANK, Text


@pytest.fixture
def french(tmp_path, monkeypatch):
    """The catalogue with a third language that says only a little."""
    shutil.copytree(language.MESSAGES, tmp_path / "messages")
    own = tmp_path / "messages" / "fr"
    own.mkdir()
    (own / "tables.yaml").write_text(
        'caption: "Tableau {id} – {title}"\nnotes: "Notes : {notes}"\n', encoding="utf8"
    )
    (own / "language.yaml").write_text("html: fr\nword: fr-FR\n", encoding="utf8")
    (own / "punctuation.yaml").write_text('thousands: "\\u00a0"\n', encoding="utf8")
    monkeypatch.setattr(language, "MESSAGES", tmp_path / "messages")
    caches = (language.languages, text.catalogue)
    for each in caches:
        each.cache_clear()
    yield "fr"
    for each in caches:
        each.cache_clear()


def test_every_format_is_written_in_a_new_language(french):
    shows = (Source.row("sample.parquet", "gdp", "count"),)
    count = Number(5130, 0, "N", grouped=True, brackets="()", shows=shows)
    table = Table(
        study="demo",
        id="3",
        title=Text.of(en="Results", fr="Résultats"),
        stubs=(BLANK,),
        columns=(Column("(1)", (Text.same("N"),)),),
        panels=(Panel((Row("gdp", (Text.of(en="GDP", zh="地区生产总值"),), (((count,),),)),)),),
        origin="simulated",
        notes=(Text.of(en="One note.", fr="Une note."), Text.of(en="Another.", zh="另注。")),
    )
    page = making.render(table, "html", french).decode()
    assert '<html lang="fr">' in page and "Tableau 3 – Résultats" in page
    assert "Notes : Une note. Another." in page
    assert "GDP" in page and "(5\N{NO-BREAK SPACE}130)" in page
    assert "SIMULATED DATA" in page
    for form in ("csv", "tex", "docx", "xlsx"):
        assert len(making.render(table, form, french)) > 100
