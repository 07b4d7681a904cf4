"""Each shipped style prints a table of regressions as it says, in every format and both languages."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from nianjian.declarations import styles
from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.models.style import Style
from nianjian.declarations.reading import read_yaml
from nianjian.errors import DeclarationError
from nianjian.publish import latex, making
from nianjian.publish.parts import PLAIN, Number, prose
from nianjian.text import worded
from styled import SEEN, SHIPPED, shipped, table

LANGUAGES = ("en", "zh")
FORMATS = tuple(SEEN)
NB = "\N{NO-BREAK SPACE}"
STARS_EN = f"***{NB}p{NB}<{NB}0.01, **{NB}p{NB}<{NB}0.05, *{NB}p{NB}<{NB}0.1."
OUTCOME = {"en": "Dependent variable: SO₂ per {t} yuan.", "zh": "被解释变量为每万元SO₂排放。"}
CUT = {
    "en": f"W is cut at −0.5 and {{t}} km; p{NB}<{NB}0.1 is a hint. See Table{NB}A3.",
    "zh": "W在−0.5与{t}公里处截断。见表A3。",
}
CLUSTERED = {
    "en": "Standard errors, clustered by city, in parentheses.",
    "zh": "括号内为聚类到城市层面的稳健标准误。",
}
FOUR = ("−0.0523***", "12.3456**", "(0.0157)", "(5.4321)")
THREE = ("−0.052", "12.346", "(0.016)", "(5.432)")
HAN_STARS = "***、**和*分别表示在1%、5%和10%显著性水平下显著；"
# Caption, the first column's four numbers, the large error, N, and the note; {t} is ten thousand.
EXPECTED: dict[str, dict[str, dict[str, Any]]] = {
    "default": {
        "en": {"caption": "Table 3. Effect of the pilot", "cells": FOUR, "large": "(2,345.6789)", "n": "15,130",
               "note": f"Notes: {OUTCOME['en']} {CLUSTERED['en']} {STARS_EN} {CUT['en']}", "t": "10,000"},
        "zh": {"caption": f"表{NB}3　试点的影响", "cells": ("−0.0523***", "12.3456**", "（0.0157）", "（5.4321）"),
               "large": f"（2{NB}345.6789）", "n": f"15{NB}130",
               "note": f"注：{OUTCOME['zh']}{HAN_STARS}{CLUSTERED['zh']}{CUT['zh']}", "t": f"10{NB}000"},
    },
    "three_line_full": {
        "en": {"caption": "Table 3. Effect of the pilot", "cells": FOUR, "large": f"(2{NB}345.6789)", "n": f"15{NB}130",
               "note": f"Notes: {OUTCOME['en']} {CLUSTERED['en']} {STARS_EN} {CUT['en']}", "t": f"10{NB}000"},
        "zh": {"caption": f"表{NB}3　试点的影响", "cells": ("−0.0523***", "12.3456**", "（0.0157）", "（5.4321）"),
               "large": f"（2{NB}345.6789）", "n": f"15{NB}130", "second": "Table 3. Effect of the pilot",
               "note": f"注：{OUTCOME['zh']}{HAN_STARS}{CLUSTERED['zh']}{CUT['zh']}", "t": f"10{NB}000"},
    },
    "three_line_half": {
        "en": {"caption": "Table 3. Effect of the pilot", "cells": FOUR, "large": "(2345.6789)", "n": "15130",
               "note": f"Notes: {OUTCOME['en']} {CLUSTERED['en']} {STARS_EN} {CUT['en']}", "t": "10000"},
        "zh": {"caption": f"表{NB}3　试点的影响", "cells": FOUR, "large": "(2345.6789)", "n": "15130",
               "second": "Table 3. Effect of the pilot",
               "note": f"注：{OUTCOME['zh']}{HAN_STARS}{CLUSTERED['zh']}{CUT['zh']}", "t": "10000"},
    },
    "jingji_yanjiu": {
        "en": {"caption": "Table 3  Effect of the pilot", "cells": FOUR, "large": "(2345.6789)", "n": "15130",
               "note": f"Notes: {OUTCOME['en']} Standard errors clustered by city in parentheses. {STARS_EN} {CUT['en']}",
               "t": "10000"},
        "zh": {"caption": "表3　　试点的影响", "cells": FOUR, "large": "(2345.6789)", "n": "15130",
               "note": f"注：{OUTCOME['zh']}***、**和*分别表示1%、5%和10%的显著性水平；括号内为城市层面的聚类稳健标准误。{CUT['zh']}",
               "t": "10000"},
    },
    "zhongguo_gongye_jingji": {
        "en": {"caption": "Table 3  Effect of the pilot", "cells": FOUR, "large": "(2345.6789)", "n": "15130",
               "note": f"Notes: {OUTCOME['en']} {CLUSTERED['en']} {STARS_EN} {CUT['en']}", "t": "10000"},
        "zh": {"caption": "表3　试点的影响", "cells": FOUR, "large": "(2345.6789)", "n": "15130",
               "note": f"注：{OUTCOME['zh']}***、**和*分别表示在1%、5%和10%的水平上显著；{CLUSTERED['zh']}{CUT['zh']}",
               "t": "10000"},
    },
    "economics_letters": {
        "en": {"caption": "Table 3\nEffect of the pilot.", "cells": ("−0.0523***", "12.346**", "(0.0157)", "(5.432)"),
               "large": "(2345.679)", "n": "15,130",
               "note": f"Notes: {OUTCOME['en']} {CLUSTERED['en']} {STARS_EN} {CUT['en']}", "t": "10,000"},
        "zh": {"caption": "表3\n试点的影响", "cells": ("−0.0523***", "12.346**", "(0.0157)", "(5.432)"),
               "large": "(2345.679)", "n": "15,130",
               "note": f"注：{OUTCOME['zh']}{HAN_STARS}{CLUSTERED['zh']}{CUT['zh']}", "t": "10,000"},
    },
    "scientific_reports": {
        "en": {"caption": "Table 3. Effect of the pilot.", "cells": ("−0.052", "12.346", "(0.001)", "(0.023)"),
               "large": "(0.600)", "n": "15,130",
               "note": f"{OUTCOME['en']} p-values in parentheses, standard errors clustered by city. {CUT['en']}",
               "t": "10,000"},
        "zh": {"caption": "表3　试点的影响", "cells": ("−0.052", "12.346", "(0.001)", "(0.023)"), "large": "(0.600)",
               "n": "15,130", "note": f"{OUTCOME['zh']}括号内为p值，标准误聚类到城市层面。{CUT['zh']}", "t": "10,000"},
    },
    "aer": {
        "en": {"caption": "Table 3—Effect of the pilot", "cells": THREE, "large": "(2,345.679)", "n": "15,130",
               "note": f"Notes: {OUTCOME['en']} {CLUSTERED['en']} {CUT['en']}", "t": "10,000"},
        "zh": {"caption": "表3—试点的影响", "cells": THREE, "large": "(2,345.679)", "n": "15,130",
               "note": f"注：{OUTCOME['zh']}{CLUSTERED['zh']}{CUT['zh']}", "t": "10,000"},
    },
}  # fmt: skip


def test_every_shipped_style_is_expected() -> None:
    assert set(EXPECTED) == set(SHIPPED)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED)
def test_a_style_prints_the_same_in_every_format(name: str, language: str, form: str) -> None:
    expected = EXPECTED[name][language]
    found = SEEN[form](making.render(table(shipped(name)), form, language))
    cells, large = expected["cells"], expected["large"]
    if form == "csv":  # for other programs: a plain minus and blanks
        cells, large = ([each.replace("−", "-") for each in cells], large.replace(NB, " "))
    if form == "tex":  # siunitx sets thousands apart as it is told above the table
        large = large.replace(",", "").replace(NB, "")
    assert {*cells, large} <= set(found)
    if form == "csv":
        return
    assert expected["n"] in found
    assert expected["note"].format(t=expected["t"]) in found
    # The class of a LaTeX document says what stands around the title of a caption.
    first = {"tex": "试点的影响" if language == "zh" else "Effect of the pilot"}
    caption = first.get(form, expected["caption"])
    parts = [caption] if form in ("docx", "typ") else caption.split("\n")
    if form == "html" and "\n" in caption:
        parts = [caption.replace("\n", "")]
    if form == "typ":
        parts = [r" \ ".join([*caption.split("\n"), *([expected["second"]] if "second" in expected else [])])]
        parts = [part.replace(r" \ ", "  ") for part in parts]
        assert any(parts[0].replace("  ", "") in each.replace("  ", "").replace(" \\ ", "") for each in found)
        return
    text = "\n".join(found)
    assert all(part in text for part in parts)
    if "second" in expected:
        assert expected["second"] in text


@pytest.mark.parametrize("form", ("html", "docx", "tex"))
def test_a_caption_may_stand_below(form: str) -> None:
    below = table(shipped("scientific_reports"))
    content = making.render(below, form, "en")
    if form == "html":
        assert b"caption-side: bottom" in content
    elif form == "tex":
        assert content.index(rb"\caption{") > content.index(rb"\end{tabular}")
    else:
        import io

        from docx import Document

        names = [each.tag.rpartition("}")[2] for each in Document(io.BytesIO(content)).element.body]
        assert names.index("tbl") == 1  # behind the banner


def test_the_written_out_default_is_the_project_s_own_look() -> None:
    own = shipped("default")
    assert own.model_copy(update={"label": None}) == PLAIN == Style()
    assert set(read_yaml(CONFIG / "styles/default.yaml")) == set(Style.model_fields) - {"note", "extends"}


def test_what_a_table_says_itself_comes_first() -> None:
    made = table(shipped("aer"), stars={0.05: "+"}, decimals=2, brackets="t", errors="beside")
    (line,) = next(made.rows()).lines
    assert [[part.printed("en", made.style) for part in cell] for cell in line] == [
        ["−0.05+", "(−3.34)"],
        ["12.35+", "(2.27)"],
    ]


@pytest.mark.parametrize(
    ("numbers", "value", "printed"),
    [
        ({"thousands": "thin"}, 1234567.0, "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567"),
        ({"thousands": "none", "minus": "hyphen"}, -12345.0, "-12345"),
        ({"thousands": "comma", "grouped_from": 5}, 5130.0, "5130"),
        ({"thousands": "comma", "grouped_from": 5}, 51300.0, "51,300"),
    ],
)
def test_numbers_of_a_style(numbers: dict[str, Any], value: float, printed: str) -> None:
    style = Style.model_validate({"numbers": numbers})
    assert Number(value, 0, "N").printed("zh", style) == printed
    # In words as in cells.
    assert prose(f"{value:,.0f}", "zh", style) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("5,130 cities, 10 000 yuan", "5,130 cities, 10,000 yuan"),
        ("2001–2009, 2011–2015 and 530600", "2001–2009, 2011–2015 and 530600"),
        ("a fall of -0.5, not x-1 or 2004-2019", "a fall of −0.5, not x-1 or 2004-2019"),
        ("SO2 and CO2, not SO2x or ind_SO2", "SO₂ and CO₂, not SO2x or ind_SO2"),
        ("p < 0.1", f"p{NB}<{NB}0.1"),
    ],
)
def test_words_have_the_numbers_of_their_cells(text: str, printed: str) -> None:
    assert prose(text, "en", PLAIN) == printed


# -- what may be wrong -----------------------------------------------------------------------------


def own(tmp_path: Any, text: str, name: str = "mine") -> Layers:
    folder = tmp_path / "config" / "styles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf8")
    return Layers.of(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nubmers: {}", "unknown key 'nubmers' in config/styles/mine.yaml; did you mean 'numbers'?"),
        ("numbers: {minus: dash}", "numbers.minus: expected one of sign, hyphen"),
        ("extends: aerr", "config/styles/mine.yaml, extends: no style 'aerr'; did you mean 'aer'?"),
        ("extends: mine", "'mine' extends this style itself"),
        ("words: {regression.std_eror: x}", "words: no 'regression.std_eror'; did you mean 'regression.std_error'?"),
        ("words: {tables.notes: '{note}'}", "nothing fills in {note}; did you mean 'notes'?"),
        ("caption: {form: 'Table {id}'}", "caption.form: must hold {id} and {title}"),
        ("coefficients: {stars: {2: '*'}}", "levels between 0 and 1"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(tmp_path: Any, text: str, message: str) -> None:
    with pytest.raises(DeclarationError) as error:
        styles.read_style(own(tmp_path, text), "mine", "config/config.yaml, style")
    assert message in str(error.value)


def test_a_style_that_is_not_there(tmp_path: Any) -> None:
    with pytest.raises(
        DeclarationError, match=r"config/config.yaml, style: no style 'aerr'; did you mean 'aer'\?"
    ):
        styles.read_style(Layers(), "aerr", "config/config.yaml, style")


def test_a_workspace_s_style_lies_over_the_project_s(tmp_path: Any) -> None:
    mine = styles.read_style(own(tmp_path, "extends: aer\ncoefficients: {decimals: 2}"), "mine", "test")
    assert (mine.coefficients.decimals, mine.coefficients.stars) == (2, {})
    assert (
        styles.read_style(own(tmp_path, "numbers: {thousands: none}", "aer"), "aer", "x").coefficients.stars
        is None
    )


# -- compiled --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_style_compiles_in_latex(language: str, tmp_path: Any) -> None:
    if shutil.which("xelatex") is None:
        pytest.skip("no xelatex")
    for package in ("siunitx", "ctex", "threeparttable", "adjustbox"):
        if not subprocess.run(["kpsewhich", f"{package}.sty"], capture_output=True, check=False).stdout:
            pytest.skip(f"no {package}")
    made = [replace(table(shipped(name)), id=str(at)) for at, name in enumerate(SHIPPED)]
    body = "\n".join(making.render(each, "tex", language).decode() for each in made)
    lines = [r"\documentclass{article}", r"\usepackage[scheme=plain]{ctex}"]
    lines += [rf"\usepackage{{{','.join(latex.PACKAGES)}}}", r"\begin{document}", body, r"\end{document}"]
    (tmp_path / "all.tex").write_text("\n".join(lines), encoding="utf8")
    run = subprocess.run(
        ["xelatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_style_compiles_in_typst(language: str, tmp_path: Any) -> None:
    typst = pytest.importorskip("typst", reason="the package typst, which compiles Typst, is not installed")
    for name in SHIPPED:
        source = tmp_path / f"{name}.typ"
        source.write_bytes(making.render(table(shipped(name)), "typ", language))
        assert typst.compile(str(source)).startswith(b"%PDF")


def test_wording_ends_with_the_style() -> None:
    style = shipped("jingji_yanjiu")
    with worded(making.wording(style)):
        assert table(style).footnote("zh").startswith("注：")
    from nianjian.text import word

    assert word("tables.yes")["zh"] == "控制"


RULES = {"top": 2.25, "mid": 1.0, "thin": 0.25, "bottom": 0.0}


def ruled() -> Style:
    """A style with lines of its own."""
    own = shipped("default")
    return own.model_copy(update={"rules": own.rules.model_copy(update=RULES)})


def test_every_format_draws_lines_of_the_style_s_widths() -> None:
    import io

    import openpyxl
    from docx import Document
    from docx.oxml.ns import qn

    made = table(ruled(), column_groups=[{"label": {"en": "All", "zh": "全部"}, "span": 2}])
    tex = making.render(made, "tex", "en").decode().splitlines()
    assert [line for line in tex if "rule[" in line] == [
        r"\toprule[2.25pt]", r"\cmidrule[0.25pt](lr){2-3}", r"\midrule[1pt]", r"\midrule[0.25pt]", r"\bottomrule[0pt]",
    ]  # fmt: skip
    typ = making.render(made, "typ", "en").decode()
    strokes = [part.split(")")[0] for part in typ.split("table.hline(")[1:]]
    assert [each.rpartition("stroke: ")[2] for each in strokes] == [
        "2.25pt",
        "0.25pt",
        "1pt",
        "0.25pt",
        "none",
    ]
    html = making.render(made, "html", "en").decode()
    assert "border-top: 2.25pt solid" in html and "border-bottom: 0.0pt solid" in html
    assert "thead th.over { border-bottom: 0.25pt" in html and "border-top: 1.0pt solid" in html
    grid = Document(io.BytesIO(making.render(made, "docx", "en"))).tables[0]
    edges = [
        {
            (edge.tag.split("}")[1], edge.get(qn("w:sz")), edge.get(qn("w:val")))
            for cell in line._tr.tc_lst
            for edge in (cell.tcPr.find(qn("w:tcBorders")) if cell.tcPr.find(qn("w:tcBorders")) is not None else ())
        }
        for line in grid.rows
    ]  # fmt: skip
    assert edges[0] == {("top", "18", "single"), ("bottom", "2", "single")}
    assert edges[1] == {("bottom", "8", "single")}
    assert edges[-1] == {("bottom", "0", "nil")} and {("top", "2", "single")} in edges
    sheet = openpyxl.load_workbook(io.BytesIO(making.render(made, "xlsx", "en"))).active
    drawn = [cell.border for line in sheet.iter_rows(min_row=3) for cell in line]  # below banner and caption
    assert {border.top.style for border in drawn} == {None, "thick", "hair"}
    assert {border.bottom.style for border in drawn} == {None, "thin", "hair"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_zero_before_a_point_can_be_left_out(language: str, form: str) -> None:
    own = shipped("aer")
    style = own.model_copy(update={"numbers": own.numbers.model_copy(update={"leading_zero": False})})
    found = SEEN[form](making.render(table(style), form, language))
    minus = "-" if form == "csv" else "−"
    assert {f"{minus}.052", "(.016)", "12.346", ".457"} <= set(found)
    if form != "csv":
        note = next(each for each in found if "cut at" in each or "截断" in each)
        assert "−.5" in note and "0.5" not in note
    # Of a style that says nothing else, the zero stands.
    assert "(0.016)" in SEEN[form](making.render(table(own), form, language))


def test_prose_leaves_other_zeros_alone() -> None:
    own = shipped("aer")
    style = own.model_copy(update={"numbers": own.numbers.model_copy(update={"leading_zero": False})})
    said = "p < 0.1, 10.05, 3.0.12, v0.5, 100 and 0"
    assert prose(said, "en", style) == f"p{NB}<{NB}.1, 10.05, 3.0.12, v0.5, 100 and 0"


@pytest.mark.skipif(shutil.which("xelatex") is None, reason="no LaTeX here")
def test_latex_prints_numbers_without_the_zero(tmp_path) -> None:
    own = shipped("aer")
    style = own.model_copy(update={"numbers": own.numbers.model_copy(update={"leading_zero": False})})
    content = latex.fragment(table(style), "en").replace(r"\ref{tab:demo-A3}", "A3")
    packages = "".join(rf"\usepackage{{{each}}}" for each in latex.PACKAGES)
    text = rf"\documentclass{{article}}{packages}\begin{{document}}{content}\end{{document}}"
    (tmp_path / "a.tex").write_text(text, encoding="utf8")
    subprocess.run(["xelatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=tmp_path, check=True, capture_output=True)  # fmt: skip
    if shutil.which("pdftotext") is None:
        return
    shown = subprocess.run(
        ["pdftotext", "a.pdf", "-"], cwd=tmp_path, check=True, capture_output=True
    ).stdout.decode()
    assert "0.052" not in shown and ".052" in shown
