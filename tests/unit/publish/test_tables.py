"""A table says the same in every format: what is written is read back."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import openpyxl
import pytest
from docx import Document
from docx.oxml.ns import qn

from nianjian import storage
from nianjian.errors import DeclarationError
from nianjian.estimates import Rows, inference
from nianjian.kinds.context import PublishContext
from nianjian.publish import cells, excel, latex, making, tables
from nianjian.publish.estimated import Estimated
from nianjian.publish.excel import number_format
from nianjian.publish.origin import BANNER, Origin
from nianjian.publish.sources import Source
from nianjian.publish.tables import EMPTY, Column, Number, Panel, Row, Table, Word
from nianjian.text import BLANK, Text, has_han
from small_tables import outputs_of

FORMATS = ("csv", "tex", "html", "docx", "xlsx")
LANGUAGES = ("en", "zh")


def said(en: str, zh: str) -> Text:
    return Text.of(en=en, zh=zh)


ESTIMATE = (
    Source.row("estimates/baseline.parquet", "estimate", spec="baseline", kind="coefficient", term="x"),
)
ERROR = (
    Source.row("estimates/baseline.parquet", "std_error", spec="baseline", kind="coefficient", term="x"),
)
NOBS = (Source.row("estimates/baseline.parquet", "estimate", spec="baseline", kind="fit", term="nobs"),)
YES = Word(said("Yes", "控制"), "flag", "Yes", shows=(Source.declared("demo", "specs.baseline.absorb"),))


def coef(value: float, stars: str = "") -> Number:
    return Number(value, 4, "coef", stars=stars, interval=(value - 0.2, value + 0.2), shows=ESTIMATE)


def se(value: float) -> Number:
    return Number(value, 4, "se", brackets="()", shows=ERROR)


def count(value: int) -> Number:
    return Number(value, 0, "N", grouped=True, shows=NOBS)


@pytest.fixture
def table() -> Table:
    """Two columns under one head, a coefficient per line, awkward letters, a missing term."""
    return Table(
        study="demo",
        id="3",
        title=said("Baseline & checks, 100% of R_t", "基准回归结果"),
        stubs=(BLANK,),
        columns=(
            Column("(1)", (said("All cities", "全样本"), said("(1)", "（1）")), spec="step1"),
            Column("(2)", (said("All cities", "全样本"), said("(2)", "（2）")), spec="baseline"),
        ),
        panels=(
            Panel(
                (
                    Row(
                        "integration",
                        (said("Regional integration", "区域一体化"),),
                        (((coef(0.3431, "***"),), (coef(-0.0054),)), ((se(0.0816),), (se(0.018),))),
                    ),
                    Row(
                        "so2_km2",
                        (said("SO₂ per km² <10‰>", "每平方公里SO₂"),),
                        ((EMPTY, (coef(-31.409, "*"),)), (EMPTY, (se(5.624),))),
                    ),
                ),
            ),
            Panel(
                (
                    Row("absorb:city", (said("City fixed effects", "城市固定效应"),), (((YES,), (YES,)),)),
                    Row("nobs", (said("N", "N"),), (((count(5130),),) * 2,)),
                )
            ),
        ),
        origin="simulated",
        notes=(said("Standard errors in parentheses.", "括号内为标准误。"),),
    )


class _Page(HTMLParser):
    """Cells of an HTML table, each as (tag, text, attributes), and everything else as text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, str, dict[str, str | None]]]] = []
        self.text, self.open, self.attributes = "", [], {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in ("meta", "br"):
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append((tag, "", dict(attrs)))
        if tag in ("html", "table"):
            self.attributes[tag] = dict(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"<{tag}> is not nested"

    def handle_data(self, data):
        if "td" in self.open or "th" in self.open:
            tag, text, attributes = self.rows[-1][-1]
            self.rows[-1][-1] = (tag, text + data, attributes)
        elif "style" not in self.open:
            self.text += data


def rendered_text(table: Table, form: str, language: str) -> str:
    """All that a reader of the file sees."""
    content = making.render(table, form, language)
    if form == "docx":
        document = Document(io.BytesIO(content))
        cells = [cell.text for grid in document.tables for row in grid.rows for cell in row.cells]
        return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        return "\n".join(
            str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None
        )
    return content.decode("utf-8-sig" if form == "csv" else "utf8")


# -- every format ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
def test_simulated_tables_say_so_in_every_format(table, form, language):
    text = rendered_text(table, form, language)
    # The English fragment must compile with pdfLaTeX, which has no Chinese letters.
    expected = "SIMULATED DATA --- not for citation" if form == "tex" else BANNER
    assert expected in text
    if (form, language) == ("tex", "zh"):
        assert "模拟数据，不得引用" in text


@pytest.mark.parametrize("form", FORMATS)
def test_tables_of_real_books_name_them_and_carry_no_banner(table, form):
    text = rendered_text(replace(table, origin="real: CCSY 2004–2021"), form, "en")
    assert "SIMULATED" not in text
    assert "CCSY 2004" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
def test_the_same_table_gives_the_same_bytes(table, form, language, monkeypatch):
    first = making.render(table, form, language)
    # A later clock must not show: python-docx and xlsxwriter stamp what they write.
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    assert making.render(table, form, language) == first


@pytest.mark.parametrize("form", ("docx", "xlsx"))
def test_archives_have_one_fixed_time(table, form):
    with zipfile.ZipFile(io.BytesIO(making.render(table, form, "zh"))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_write_makes_every_format_and_the_cells(table, tmp_path):
    outputs = outputs_of(tmp_path / "tables", "3", LANGUAGES, FORMATS)
    making.write(table, outputs)
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == sorted(
        [*(f"3.{language}.{form}" for language in LANGUAGES for form in FORMATS), "3.cells.parquet"]
    )
    assert outputs["zh.html"].read_bytes() == making.render(table, "html", "zh")
    stored = storage.read_table(outputs["cells"])
    assert len(stored) == len(cells.cells(table)) == len(tables.records(table, "en"))


def test_an_unknown_format_is_an_error_before_anything_is_written(table, tmp_path):
    with pytest.raises(DeclarationError, match="pdf"):
        making.write(table, {"en.html": tmp_path / "3.en.html", "en.pdf": tmp_path / "3.en.pdf"})
    assert not list(tmp_path.iterdir())


# -- the model -------------------------------------------------------------------------------------


def test_an_unknown_origin_is_an_error(table):
    for origin in ("", "real", "real: ", "Simulated"):
        with pytest.raises(DeclarationError, match="simulated"):
            replace(table, origin=origin)
    assert Origin.parse("real: CCSY").mark == "real: CCSY"


def test_each_language_names_real_books_in_its_own_words():
    origin = Origin.parse("real: Yearbook, editions 2013 / 《年鉴》2013年版")
    assert origin.note == Text.of(en="Data: Yearbook, editions 2013.", zh="数据来源：《年鉴》2013年版。")
    assert origin.mark == "real: Yearbook, editions 2013 / 《年鉴》2013年版", "a row of a data file says both"
    assert Origin.parse("real: CCSY").note["zh"] == "数据来源：CCSY。"


def test_numbers_that_are_none_cannot_be_printed():
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="coef"):
            Number(value, 4, "coef")


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        (coef(-0.8522, "***"), "−0.8522***", "−0.8522***"),
        (se(0.0816), "(0.0816)", "（0.0816）"),
        (Number(5130, 0, "N", grouped=True), "5,130", "5\N{NO-BREAK SPACE}130"),
        (Number(16.38, 2, "critical", brackets="[]"), "[16.38]", "[16.38]"),
        (Number(1, 3, "max"), "1.000", "1.000"),
    ],
)
def test_numbers_are_printed_as_each_language_does(number, english, chinese):
    assert (number.printed("en"), number.printed("zh")) == (english, chinese)


@pytest.mark.parametrize("value", [8.7275, 2.675, 1.005, -0.0006, 0.12345, 0, 123456.5])
def test_halves_are_rounded_as_excel_displays_them(value):
    """Excel rounds the 15 decimal digits away from zero; Word and LaTeX must show the same digits."""
    printed = Number(value, 3, "coef").digits("en").replace("−", "-").replace(",", "")
    scaled = f"{abs(value) * 1000:.9f}"
    expected = int(float(scaled) + 0.5) / 1000
    assert abs(float(printed)) == pytest.approx(expected, abs=1e-12)


def test_columns_and_rows_must_fit(table):
    with pytest.raises(ValueError, match="does not fit"):
        replace(table, columns=table.columns[:1])
    with pytest.raises(ValueError, match="share a key"):
        replace(table, columns=(table.columns[0], table.columns[0]))


def test_equal_heads_and_labels_are_printed_once(table):
    assert [(head.text, head.span) for head in table.levels("en")[0]] == [("All cities", 2)]
    rows = tuple(
        Row(name, (said(group, group), said(name, name)), ((EMPTY, EMPTY),))
        for group, name in (("economic", "a"), ("economic", "b"), ("social", "c"))
    )
    nested = replace(table, stubs=(BLANK, BLANK), panels=(Panel(rows),), merged=1)
    covers = [[cover for _, cover in labels] for labels in nested.printed_labels(nested.panels[0], "en")]
    assert covers == [[2, 1], [0, 1], [1, 1]]


# -- cells -----------------------------------------------------------------------------------------


def test_numbers_and_words_without_a_source_are_refused(table):
    for part in (Number(1.0, 2, "coef"), Word(said("Yes", "是"), "flag", "Yes")):
        row = Row("x", (BLANK,), ((EMPTY, (part,)),))
        with pytest.raises(ValueError, match=r"row 'x', column '\(2\)'"):
            replace(table, panels=(Panel((row,)),))


def test_cells_are_the_numbers_and_words_with_their_sources_and_no_language(table):
    found = cells.cells(table)
    assert tuple(found) == tuple(cells.CELLS)
    first = found.iloc[0]
    assert tuple(first[["panel", "row", "line", "cell", "part", "source"]]) == (0, 0, 0, 0, 0, 0)
    assert (first["row_key"], first["column_key"], first["statistic"]) == ("integration", "(1)", "coef")
    assert (first["value"], first["stars"], first["decimals"]) == (0.3431, "***", 4)
    assert (first["conf_low"], first["conf_high"]) == (0.3431 - 0.2, 0.3431 + 0.2)
    assert (first["file"], first["field"], first["how"]) == (
        "estimates/baseline.parquet",
        "estimate",
        "value",
    )
    assert (first["spec"], first["kind"], first["term"]) == ("baseline", "coefficient", "x")
    flag = found[found["row_key"] == "absorb:city"].iloc[0]
    assert (flag["panel"], flag["row"]) == (1, 2)  # rows are counted through the panels
    assert (flag["word"], flag["how"], flag["field"]) == ("Yes", "declared", "specs.baseline.absorb")
    assert not found.apply(lambda column: column.astype(str).str.contains("[\u4e00-\u9fff]")).any(axis=None)


def test_a_part_made_from_several_rows_has_a_row_a_source(table):
    part = Number(1.0, 2, "sum", shows=(*ESTIMATE, *NOBS))
    made = replace(table, panels=(Panel((Row("x", (BLANK,), ((EMPTY, (part,)),)),)),))
    assert list(cells.cells(made)["source"]) == [0, 1]
    assert list(cells.cells(made)["term"]) == ["x", "nobs"]


# -- CSV -------------------------------------------------------------------------------------------


def test_csv_holds_every_number_at_full_precision(table):
    exact = replace(table, panels=(Panel((Row("x", (BLANK,), (((coef(1 / 3, "**"),), EMPTY),)),)),))
    content = making.render(exact, "csv", "en")
    assert content.startswith(b"\xef\xbb\xbf")  # Excel on Chinese Windows needs it
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert float(row["value"]) == 1 / 3
    assert (row["printed"], row["stars"], row["spec"], row["data"]) == ("0.3333**", "**", "step1", BANNER)
    assert float(row["conf_low"]) == 1 / 3 - 0.2


def test_csv_has_one_row_a_number_and_none_for_empty_cells(table):
    rows = list(csv.DictReader(io.StringIO(making.render(table, "csv", "zh").decode("utf-8-sig"))))
    assert tuple(rows[0]) == tables.RECORD_COLUMNS
    assert len(rows) == 4 + 2 + 2 + 2
    flag = next(row for row in rows if row["row"] == "absorb:city")
    assert (flag["value"], flag["printed"], flag["head"]) == ("Yes", "控制", "全样本 / （1）")
    assert {row["data"] for row in rows} == {BANNER}


# -- HTML ------------------------------------------------------------------------------------------


def test_html_is_accessible_and_needs_nothing_beside_it(table):
    content = making.render(table, "html", "zh").decode()
    page = _Page(content)
    assert page.attributes["html"]["lang"] == "zh-Hans"
    assert page.attributes["table"]["aria-describedby"] == "notes"
    assert not re.search(r"src=|url\(|<link", content)
    links = re.findall(r'href="([^"]*)"', content)
    # Each number leads to its place on the page that says where it comes from.
    assert links[:2] == [f"../trace.zh.html#t{table.id}-0-0-0-0", f"../trace.zh.html#t{table.id}-0-0-1-0"]
    assert len(links) == len(set(links)) == sum(1 for _, part in table.parts() if part.shows)
    heads = [cell for cell in page.rows[0] if cell[0] == "th"]
    assert [head[2]["scope"] for head in heads] == ["col", "colgroup"]
    assert heads[1][2]["colspan"] == "2"
    first = page.rows[2]
    assert (first[0][1], first[0][2]["scope"], first[0][2]["rowspan"]) == ("区域一体化", "row", "2")
    assert [cell[1] for cell in first[1:]] == ["0.3431***", "−0.0054"]
    assert [cell[1] for cell in page.rows[3]] == ["（0.0816）", "（0.0180）"]


def test_html_escapes_labels(table):
    content = making.render(table, "html", "en").decode()
    assert "SO₂ per km² &lt;10‰&gt;" in content
    assert "Baseline &amp; checks" in content


# -- LaTeX -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50% & more_x #1", r"50\% \& more\_x \#1"),
        ("m² t³ SO₂ 10⁻⁴", r"m\textsuperscript{2} t\textsuperscript{3} SO\textsubscript{2} "
         r"10\textsuperscript{$-$}\textsuperscript{4}"),
        ("10‰ {a}~^\\", r"10\textperthousand{} \{a\}\textasciitilde{}\textasciicircum{}\textbackslash{}"),
        ("ρ ≤ −1 — “x”", r"$\rho$ $\leq$ $-$1 --- ``x''"),
        ("“城市”—年份", "“城市”—年份"),
        ("[16.38]", "{}[16.38]"),
        ("*** p", "{}*** p"),
    ],
)  # fmt: skip
def test_latex_escapes(text, expected):
    assert latex.escape(text) == expected


def test_latex_rows_have_as_many_cells_as_the_table_has_columns(table):
    lines = latex.fragment(table, "en").splitlines()
    body = lines[lines.index(r"\midrule[0.75pt]") : lines.index(r"\bottomrule[1.5pt]")]
    rows = [line for line in body if line.endswith(r"\\")]
    assert len(rows) == 6
    assert all(len(re.findall(r"(?<!\\)&", row)) == 2 for row in rows)
    assert rows[0] == r"Regional integration & 0.3431{$^{***}$} & -0.0054 \\"
    assert rows[1] == r" & {(}0.0816{)} & {(}0.0180{)} \\"
    assert rows[3] == r" &  & {(}5.6240{)} \\"
    assert r"\multicolumn{2}{c}{All cities}" in latex.fragment(table, "en")
    assert r"\cmidrule[0.5pt](lr){2-3}" in lines
    assert all(lines.index(rule) for rule in (r"\toprule[1.5pt]", r"\midrule[0.5pt]"))
    assert r"N & {5\,130} & {5\,130} \\" in latex.fragment(table, "zh")


ENGINES = {"en": ("pdflatex", "xelatex", "tectonic"), "zh": ("xelatex", "tectonic")}


def latex_document(table: Table, language: str) -> str:
    """A document that holds nothing but the table."""
    content = latex.fragment(table, language)
    # An English table may name Chinese books.
    han = {
        "en": [r"\usepackage[scheme=plain]{ctex}"] if has_han(content) else [],
        "zh": [r"\usepackage{ctex}"],
    }
    lines = [r"\documentclass{article}", r"\usepackage[a4paper,margin=2.5cm]{geometry}", *han[language]]
    lines += [rf"\usepackage{{{','.join(latex.PACKAGES)}}}", r"\begin{document}", content + r"\end{document}"]
    return "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_latex_compiles_with_every_letter_that_is_escaped(table, language, tmp_path):
    letters = " ".join(letter for letter in latex._ESCAPES if letter != "\N{IDEOGRAPHIC SPACE}")
    table = replace(table, notes=(said(letters, f"{letters} “城市”"),))
    engine = next((name for name in ENGINES[language] if shutil.which(name)), None)
    if engine is None:
        pytest.skip("no TeX engine")
    if engine != "tectonic" and language == "zh":
        found = subprocess.run(["kpsewhich", "ctex.sty"], capture_output=True, text=True, check=False)
        if not found.stdout.strip():
            pytest.skip("no ctex")
    source = tmp_path / "document.tex"
    source.write_text(latex_document(table, language), encoding="utf8")
    options = [] if engine == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    run = subprocess.run(
        [engine, *options, source.name], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]
    assert (tmp_path / "document.pdf").stat().st_size > 1000


# -- Word ------------------------------------------------------------------------------------------


def borders(cell) -> dict[str, int]:
    found = cell.find(qn("w:tcPr")).find(qn("w:tcBorders")) if cell.find(qn("w:tcPr")) is not None else None
    return {} if found is None else {edge.tag.split("}")[1]: int(edge.get(qn("w:sz"))) for edge in found}


def test_docx_is_a_three_line_table(table):
    grid = Document(io.BytesIO(making.render(table, "docx", "zh"))).tables[0]
    rows = [row._tr.tc_lst for row in grid.rows]
    assert all(borders(cell)["top"] == 12 for cell in rows[0])
    assert all(borders(cell)["bottom"] == 6 for cell in rows[1])
    assert all(borders(cell)["bottom"] == 12 for cell in rows[-1])
    # A thin line stands above the statistics, as in the other formats.
    opens = 6
    assert all(borders(cell)["top"] == 4 for cell in rows[opens])
    assert not any(borders(cell) for row in (*rows[2:opens], *rows[opens + 1 : -1]) for cell in row)
    assert grid.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def many(rows: int, panels: int) -> Table:
    """A long table with headed panels, labels that wrap, and a long note."""
    made = [
        Panel(
            tuple(
                Row(
                    f"r{panel}_{row}",
                    (said(f"A label of some length that wraps, {panel} {row}", f"第{panel}{row}行"),),
                    (((coef(0.1),), (coef(0.2),)), ((se(0.1),), (se(0.1),))),
                )
                for row in range(rows)
            ),
            said(f"Panel {panel}", f"第{panel}组"),
        )
        for panel in range(panels)
    ]
    columns = tuple(Column(f"({i})", (said(f"({i})", f"（{i}）"),)) for i in (1, 2))
    return Table(
        "demo", "9", said("Long", "长表"), (BLANK,), columns, tuple(made), "simulated", (said("Long note. " * 40, "长注。" * 40),)
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_long_latex_table_is_continued_on_further_pages(language):
    text = latex.fragment(many(12, 6), language)
    parts = text.split(r"\begin{table}")[1:]
    assert len(parts) == 3
    assert all("ef{tab:demo-9}" in part for part in parts[1:]) and "caption{" in parts[0]
    assert ["tablenotes" in part for part in parts] == [False, False, True]
    # All rows, each once and in order, and the heading again over what is left of a panel.
    assert text.count("0.1000") == 3 * 72
    headings = [re.findall(r"textit\{(?:Panel |第)(\d)", part) for part in parts]
    assert headings[0][-1] == headings[1][0] or headings[0][-1] < headings[1][0]
    assert sorted({each for own in headings for each in own}) == ["0", "1", "2", "3", "4", "5"]
    assert len(latex.fragment(many(3, 2), language).split(r"\begin{table}")) == 2


def test_a_wrapped_label_stands_beside_the_lines_of_its_row(table):
    panel = table.panels[0]
    long = said(" ".join(["word"] * 30), "长" * 60)
    rows = (replace(panel.rows[0], labels=(long,)),)
    wide = replace(table, panels=(Panel(rows), table.panels[1]))
    columns = tuple(Column(f"({i})", (BLANK, said(f"({i})", f"({i})"))) for i in range(8))
    line = [tuple((coef(0.3431, "***"),) for _ in columns), tuple((se(0.0816),) for _ in columns)]
    wide = replace(wide, columns=columns, panels=(Panel((replace(rows[0], lines=tuple(line)),)),))
    text = latex.fragment(wide, "en")
    first, second = [each for each in text.splitlines() if "0.3431" in each or "0.0816" in each][:2]
    assert first.startswith("word word") and "tabular" not in first
    assert second.startswith((r"\quad", r"\begin{tabular}[t]"))


def test_latex_prints_accents_and_signs_that_its_fonts_lack():
    assert latex.escape("M̄ ▸ ∞ R̃") == r"\={M} $\triangleright$ $\infty$ \~{R}"


def test_every_sign_of_the_catalogue_is_known_to_latex():
    from nianjian.text import catalogue

    letters = {letter for words in catalogue().values() for letter in words["en"] if ord(letter) >= 0x250}
    unknown = {each for each in letters - set("–—‘’“”") if latex.escape(f"R{each}") == f"R{each}"}
    # What pages alone print.
    assert {each for each in unknown if not has_han(each)} <= {"✓", "✗"}


def test_docx_cells_and_fonts(table):
    document = Document(io.BytesIO(making.render(table, "docx", "zh")))
    grid = document.tables[0]
    assert [cell.text for cell in grid.rows[2].cells] == ["区域一体化", "0.3431***", "−0.0054"]
    assert [cell.text for cell in grid.rows[3].cells][1:] == ["（0.0816）", "（0.0180）"]
    assert grid.cell(2, 0)._tc is grid.cell(3, 0)._tc  # one label over both lines
    stars = grid.cell(2, 1).paragraphs[0].runs[1]
    assert (stars.text, stars.font.superscript) == ("***", True)
    runs = [run for row in grid.rows for cell in row.cells for p in cell.paragraphs for run in p.runs]
    assert {run._element.rPr.rFonts.get(qn("w:eastAsia")) for run in runs} == {"宋体"}
    assert {run.font.name for run in runs} == {"Times New Roman"}
    assert document.core_properties.comments == BANNER
    assert [p.text for p in document.paragraphs if p.text][1:] == [
        "表\N{NO-BREAK SPACE}3　基准回归结果",
        "注：括号内为标准误。",
    ]


def test_wide_docx_tables_lie_on_their_side(table):
    columns = tuple(Column(f"({i})", (said(f"A long head, {i}", f"很长的表头{i}"),)) for i in range(12))
    row = Row("x", (BLANK,), (((coef(0.1, "***"),),) * 12,))
    section = Document(
        io.BytesIO(making.render(replace(table, columns=columns, panels=(Panel((row,)),)), "docx", "en"))
    ).sections[0]
    assert section.page_width > section.page_height


# -- Excel -----------------------------------------------------------------------------------------


def test_xlsx_numbers_are_numbers_with_formats(table):
    sheet = openpyxl.load_workbook(io.BytesIO(making.render(table, "xlsx", "zh"))).active
    cells = {
        (cell.row, cell.column): cell for row in sheet.iter_rows() for cell in row if cell.value is not None
    }
    numbers = [cell for cell in cells.values() if isinstance(cell.value, int | float)]
    assert [cell.value for cell in numbers] == [0.3431, -0.0054, 0.0816, 0.018, -31.409, 5.624, 5130, 5130]
    # Blanks as wide as a missing bracket or star keep the points under each other.
    assert numbers[0].number_format == '0.0000"***"_）'
    assert numbers[1].number_format == '0.0000_）_*;"−"0.0000_）_*'
    assert numbers[2].number_format == '"（"0.0000"）"_*_*_*;"（""−"0.0000"）"_*_*_*'
    assert numbers[6].number_format == r"#\ ##0"
    assert sheet.sheet_view.showGridLines is False
    assert all(cell.data_type != "f" for cell in cells.values())
    texts = [cell.value for cell in cells.values() if isinstance(cell.value, str)]
    assert (texts[0], texts[-1]) == (BANNER, "注：括号内为标准误。")


def test_xlsx_labels_are_never_formulas(table):
    row = Row("x", (said("=1+1", "=1+1"),), (((coef(1.0),), EMPTY),))
    content = making.render(replace(table, panels=(Panel((row,)),)), "xlsx", "en")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert b"=1+1" in archive.read("xl/sharedStrings.xml")


def test_xlsx_puts_numbers_beside_each_other_in_columns_of_their_own(table):
    row = Row("x", (BLANK,), (((coef(0.5, "**"), se(0.1)), EMPTY),))
    whole = Row("nobs", (said("N", "N"),), (((count(5130),), EMPTY),))
    beside = replace(table, panels=(Panel((row, whole)),))
    sheet = openpyxl.load_workbook(io.BytesIO(making.render(beside, "xlsx", "en"))).active
    (line,) = [[cell.value for cell in row] for row in sheet.iter_rows() if row[1].value == 0.5]
    assert line[1:3] == [0.5, 0.1]
    (merged,) = [
        area for area in sheet.merged_cells.ranges if sheet.cell(area.min_row, area.min_col).value == 5130
    ]
    assert (merged.min_col, merged.max_col) == (2, 3)


@pytest.mark.parametrize(
    ("number", "language", "expected"),
    [
        (Number(5130, 0, "N", grouped=True), "en", "#,##0"),
        (Number(5130, 0, "N", grouped=True), "zh", r"#\ ##0"),
        (Number(1234567.5, 1, "mean"), "zh", r"#\ ###\ ##0.0"),
        (Number(-0.25, 2, "coef"), "en", '0.00;"−"0.00'),
        (Number(0.3, 3, "R2"), "en", "0.000"),
        (Number(16.38, 2, "critical", brackets="[]"), "zh", '"["0.00"]";"[""−"0.00"]"'),
    ],
)
def test_excel_number_formats(number, language, expected):
    assert excel.number_format(number, language) == expected


@pytest.mark.parametrize(
    ("value", "decimals", "statistic", "printed"),
    [
        (0.00003, 4, "coef", "0.000030"),
        (-0.0000464, 4, "coef", "−0.000046"),
        (0.0000043, 4, "se", "0.0000043"),
        (0.00005, 4, "coef", "0.0001"),
        (5e-18, 8, "identity_gap", "<\u00a00.00000001"),
        (-5e-18, 3, "coef", ">\u00a0−0.00000001"),
        (2e-20, 3, "p_value", "<\u00a00.001"),
        (0.0004, 3, "p_value", "<\u00a00.001"),
        (0.0005, 3, "p_value", "0.001"),
        (0.0, 4, "min", "0.0000"),
        (0.3, 0, "n_cities", "0"),
    ],
)
def test_what_is_not_zero_is_not_printed_as_zero(value, decimals, statistic, printed):
    number = Number(value, decimals, statistic, brackets="[]")
    assert number.digits("en") == f"[{printed}]"
    assert (number_format(number, "en") == f'"[{printed}]"') == (printed[0] in "<>")


def test_an_estimate_and_its_error_have_as_many_decimals():
    """0.0123 above (0.0000043) would not tell which digit the error is of."""
    rows = Rows("study", "tiny")
    rows.add("coefficient", "x", *inference(0.0123456, 0.0000043**2, 100), variable="x")
    source = Estimated(PublishContext("study", "tables", "1"), rows.table(), ("tiny",), ((0.01, "***"),))
    (value,), (error,) = source.with_error(source.get("tiny", "coefficient", "x"), "coef", "se", None)
    assert (value.printed("en"), error.printed("en")) == ("0.0123456***", "(0.0000043)")
