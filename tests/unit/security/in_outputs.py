"""Attempts by words that end in outputs: pages, tables, figures, logs, messages."""

from __future__ import annotations

import csv
import html
import io
import logging
import random
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
from docx import Document

from nianjian.catalog.comments import Commented
from nianjian.catalog.writing import Part, Stored, View, build_catalog
from nianjian.errors import NianjianError
from nianjian.plan.quoting import unfilled
from nianjian.printable import Formatter
from nianjian.publish import coverage_page, excel, latex, spreadsheet, word
from nianjian.publish.figures import canvas
from nianjian.publish.panel_names import Names
from nianjian.publish.sources import Source
from nianjian.publish.tables import Column, Number, Panel, Row, Table, Word, to_csv
from nianjian.publish.web import table_page
from nianjian.text import BLANK, Text
from nianjian.trace.showing import lines
from nianjian.trace.steps import Step
from unit.security.attempts import harmless

PAGES, PRINT, SHEETS, FIGURES, TERMINAL = (
    "Words in pages",
    "Words in LaTeX and Word",
    "Words in CSV, Excel and DuckDB",
    "Words in figures",
    "Words in logs, messages and reports",
)
DECLARED = (Source.declared("demo", "tables.3"),)
HTML = '</title><script>alert(1)</script><img src=x onerror="alert(1)">" onmouseover="alert(1)'
CALL = "=cmd|' /C calc'!A0"


def table(label: str) -> Table:
    """A table in which everything that can be worded says this."""
    words = Text.same(label)
    shown = Word(words, "flag", label, shows=DECLARED)
    number = Number(-0.123, 3, "coef", stars="***", shows=DECLARED)
    return Table(
        study="demo", id="3", title=words, stubs=(BLANK,), columns=(Column("a", (words,)), Column("b", (words,))),
        panels=(Panel((Row("x", (words,), (((number,), (shown,)),)),), label=words),), origin="simulated", notes=(words,),
    )  # fmt: skip


class Tags(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, name) for name, _ in attrs] or [(tag, "")]


@harmless(
    PAGES,
    '`<script>`, `onerror=`, `" onmouseover=`, `</title>` in titles, labels, notes',
    "printed letter by letter: the page has the elements that it has without",
)
def _page(folder: Path) -> None:
    assert Tags(table_page(table(HTML), "en")).found == Tags(table_page(table("plain"), "en")).found
    assert html.escape("<script>alert(1)</script>") in table_page(table(HTML), "en")


@harmless(
    PAGES,
    "the same in cells, file names and headers of the books, on the page of coverage",
    "printed letter by letter",
)
def _coverage(folder: Path) -> None:
    page, plain = (_coverage_page(words) for words in (HTML, "plain"))
    assert Tags(page).found == Tags(plain).found
    assert html.escape("<script>alert(1)</script>") in page


def _coverage_page(words: str) -> str:
    names = {
        "items": [[words, words, words, words, 0]],
        "topics": [{"en": words}],
        "regions": [[2013, words, words]],
        "seats": [],
    }
    return coverage_page.render(_reports(words), Names.read(names), f"real: {words}", "en")


def _reports(words: str) -> dict[str, pd.DataFrame]:
    """The panel stage's reports, one row each, in which every text says this."""
    numbers = {
        *(
            "edition",
            "year",
            "numeric_cells",
            "other_cells",
            "extracted",
            "mapped",
            "ignored",
            "unmapped",
            "mapped_by_position",
        ),
        *(
            "unmatched_cells",
            "unreadable",
            "printed",
            "compiled",
            "suspect",
            "corrected",
            "cities",
            "cells",
            "log10_ratio",
            "value",
        ),
    }
    columns = {
        "by_table": "edition title numeric_cells other_cells extracted mapped ignored unmapped mapped_by_position unmatched_cells cities unreadable",
        "by_item": "level scope item zh year printed compiled cities suspect corrected",
        "by_column": "item scope unit unit_source how edition table title header cells first_cell problem",
        "by_label": "edition label kind city_name how problem file sheet first_cell",
        "breaks": "item year what_en what_zh",
        "suspects": "rule item city year scope value raw detail edition file sheet cell",
        "conflicts": "item city year scope value kept source edition file sheet cell",
        "contested": "item city year scope value other relation source edition file sheet cell",
        "corrections": "correction cells status reason reference",
        "units": "edition item scope decision log10_ratio reference cells",
        "unreadable": "item scope city_name year raw edition file sheet cell",
        "checksums": "agrees item scope year province printed cities edition file sheet cell",
        "sheets": "status edition title numeric_cells file sheet reason",
    }
    fixed = {"level": "city", "scope": "city", "kind": "unknown", "status": "failed", "agrees": False}
    return {
        name: pd.DataFrame(
            [{each: fixed.get(each, 2013 if each in numbers else words) for each in held.split()}]
        ).assign(**({"item": "", "how": "resemblance"} if name == "by_column" else {}))
        for name, held in columns.items()
    }


PLAIN_LATEX = re.compile(
    r"(?:[^\\{}$&#%_^~\n]|\\[&%$#_{}]|~"
    r"|\\(?:textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|quad|textdegree|textperthousand|ldots)\{\}"
    r"|\\text(?:super|sub)script\{(?:[0-9+]|\$-\$)\}|\$-\$|\$\\[A-Za-z]+\$|\{\})*"
)  # fmt: skip


@harmless(
    PRINT,
    r"`\input{/etc/passwd}`, `\write18{id}`, `%`, `$`, `^^41`, unclosed brackets, line ends; and 2,000 words of such signs",
    "every sign that LaTeX obeys is written as one that it prints",
)
def _latex(folder: Path) -> None:
    draw = random.Random(20180101)
    signs = [
        *list("\\{}$&#%_^~[]*\n\r\t\"'`-|<>a1 "),
        "^^",
        "\\input",
        "\u2028",
        "\x1b",
        "中",
        "α",
        "\x00",
        "%\n",
        "−",
    ]
    words = [
        "\\input{/etc/passwd}",
        "\\write18{id}",
        "100%",
        "$\\frac{",
        "^^41^^42",
        "}\\end{table}",
        "a\n\nb",
        " [2pt]",
        "*",
    ]
    words += ["".join(draw.choices(signs, k=draw.randrange(1, 12))) for _ in range(2000)]
    for each in words:
        escaped = latex.escape(each)
        assert PLAIN_LATEX.fullmatch(escaped), (each, escaped)
        assert not escaped.lstrip().startswith(("[", "*")), each


@harmless(PRINT, "NUL, ESC and what else XML cannot hold, in a Word table", "left out; the document opens")
def _word(folder: Path) -> None:
    for label in (HTML, "a\x00b\x1bc\u202ed\ufffe", "]]>&lt;", "{ MACROBUTTON x }"):
        document = Document(io.BytesIO(word.document(table(label), "en")))
        held = "".join(cell.text for cell in document.tables[0]._cells)
        assert label.translate({0: None, 0x1B: None, 0x202E: None, 0xFFFE: None}) in held


@harmless(
    SHEETS,
    "`=cmd|' /C calc'!A0`, `@SUM(1)`, `-2+3+cmd|…` in words of a CSV",
    "an apostrophe in front; numbers, stars and signs stay as they are",
)
def _csv(folder: Path) -> None:
    for label in (CALL, "@SUM(1)", "-2+3+cmd|' /C calc'!A0", "\t=1", " =1", "＝1"):
        rows = list(csv.DictReader(io.StringIO(to_csv(table(label), "en").decode("utf-8-sig"))))
        assert {row["panel"] for row in rows} == {f"'{label}"}
        assert next(row["value"] for row in rows) == "-0.123" and rows[0]["printed"] == "-0.123***"
    for words in (
        "-0.123***",
        "-1.2e-05",
        "+",
        "-",
        "-5 %",
        "-1,234",
        "+ province FE",
        "-0.12 (0.03)",
        "",
        "2010",
    ):
        assert spreadsheet.plain(words) == words


@harmless(
    SHEETS, "the same in an Excel table", "stored as text, never as a formula or link; numbers stay numbers"
)
def _excel(folder: Path) -> None:
    for label in (CALL, "@SUM(1)", "http://x.invalid", "a\x00b\x1bc"):
        book = openpyxl.load_workbook(io.BytesIO(excel.workbook(table(label), "en")))
        cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s", "n"} and not any(cell.hyperlink for cell in cells)
        assert [cell.value for cell in cells if cell.data_type == "n"] == [-0.123]


@harmless(
    SHEETS,
    "quotation marks and SQL in names of views and paths of the catalog",
    "one name; nothing else is run",
)
def _duckdb(folder: Path) -> None:
    pd.DataFrame({"x": [1]}).to_parquet(folder / "it's; DROP VIEW kept.parquet")
    name = 'a"; DROP VIEW kept; --'
    files = [Part([str(folder / "it's; DROP VIEW kept.parquet")], {name: name})]
    stored = [Stored(each, each, says={"name": name}, parts=files) for each in ("held", name)]
    views = [View("kept", name, query="SELECT * FROM held")]
    words = Commented({}, {}, f"real: {name}")
    build_catalog(folder / "c.duckdb", stored, {"t": pd.DataFrame({name: [2]})}, views, words)
    with duckdb.connect(str(folder / "c.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        rows = connection.execute("SELECT * FROM kept").fetchall()
    assert found == [("kept",)] and sorted(each for (each,) in tables) == sorted(["held", "t", name])
    assert rows == [(name, 1)]


@harmless(
    FIGURES,
    "`$\\frac{$`, `$a_b$`, `<script>`, `--` in labels",
    "`$` is printed as a dollar sign; the SVG is well-formed and has no script",
)
def _figure(folder: Path) -> None:
    from xml.etree import ElementTree

    labels = ["$\\frac{$", "$a_b$", "<script>alert(1)</script>", "a--b-->", "\\input{x} $"]
    with canvas.style("en"):
        figure, axes = canvas.new("single", 60)
        for number, label in enumerate(labels):
            axes.plot([1, 2], [number, number], label=label)
        axes.set_ylabel(labels[0])
        legend = canvas.legend_below(axes)
        assert [text.get_text() for text in legend.get_texts()] == labels
        assert not any(text.get_parse_math() for text in legend.get_texts())
        for form in ("svg", "pdf", "png"):
            canvas.save(figure, folder / f"figure.{form}")
    drawn = ElementTree.parse(folder / "figure.svg")
    assert not [node for node in drawn.iter() if node.tag.endswith("script")]


@harmless(
    TERMINAL,
    "controls of the terminal in a message (from a cell, a key, a file's name)",
    r"shown as `\x1b`, not obeyed; a message has at most 60 lines",
)
def _message(folder: Path) -> None:
    assert str(NianjianError("a\x1b[31mb\u202ec\x07")) == r"a\x1b[31mb\u202ec\x07"
    assert len(str(NianjianError("x\n" * 5000)).splitlines()) == 61
    assert len(str(NianjianError("x" * 10_000))) < 2100


@harmless(
    TERMINAL,
    "a line end in a cell's text that would forge a line of a log",
    "further lines of a record are set in",
)
def _log(folder: Path) -> None:
    record = logging.LogRecord(
        "x", logging.INFO, "", 0, "label %s", ("a\n2026-01-01 INFO all is well\x1b",), None
    )
    assert Formatter("%(message)s").format(record) == "label a\n    2026-01-01 INFO all is well\\x1b"


@harmless(TERMINAL, "controls and line ends in what `trace` prints", "shown, not obeyed")
def _trace(folder: Path) -> None:
    told = list(lines(Step("observation", "a\nb\x1b", {"raw": "1\x1b[2J\n2"}, problem="\x07")))
    assert all("\x1b" not in line and "\n" not in line and "\x07" not in line for line in told)


@harmless(
    TERMINAL,
    "`{input}`, `{x}` in a title, where Snakemake's report fills in names",
    "printed with its brackets",
)
def _report(folder: Path) -> None:
    from snakemake.io import apply_wildcards

    assert apply_wildcards(unfilled("a {input} {x} {"), {}) == unfilled("a {input} {x} {")
