"""All tables and figures of a study as one LaTeX file, which takes in the files beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.declarations import references
from nianjian.language import has_han
from nianjian.publish import latex
from nianjian.publish.latex import escape, label
from nianjian.publish.origin import SIMULATED
from nianjian.text import FIRST, word

if TYPE_CHECKING:
    from nianjian.publish.documents import Picture, Whole

PACKAGES = (*latex.PACKAGES, "graphicx", "caption", "hyperref")
NAMES = {"table": "tables.caption", "figure": "tables.figure"}
MARKS = {".": "period", ":": "colon", "\n": "newline", "　": "quad"}
"""What stands between number and title, as the package caption calls it."""


def document(whole: Whole, language: str) -> str:
    r"""A document that compiles by itself in its folder; numbers are those of the study, so that ``\ref`` prints them."""
    fragments = [latex.fragment(table, language) for table in whole.tables]
    lines = [
        r"\documentclass[11pt]{article}",
        r"\usepackage[a4paper,margin=2.5cm]{geometry}",
    ]
    if packages := word("language.latex_packages")[language]:
        lines.append(rf"\usepackage[scheme=plain]{{{packages}}} % XeLaTeX or LuaLaTeX")
    elif has_han("".join(fragments)):
        lines.append(
            r"\usepackage[scheme=plain]{ctex} % XeLaTeX or LuaLaTeX: the notes name Chinese files or books"
        )
    lines += [rf"\usepackage{{{','.join(PACKAGES)}}}", r"\hypersetup{hidelinks}", *_captions(whole, language)]
    # A number holds within its braces: {...} around each table.
    lines += [r"\newcommand{\numbered}[2]{\expandafter\renewcommand\csname the#1\endcsname{#2}}"]
    lines += [r"\begin{document}", rf"\begin{{center}}\Large {escape(whole.title[language])}\end{{center}}"]
    if whole.origin.simulated:
        banner = " / ".join(dict.fromkeys(escape(SIMULATED[each]) for each in (FIRST, language)))
        lines.append(rf"\begin{{center}}\fbox{{\textbf{{{banner}}}}}\end{{center}}")
    for table in whole.tables:
        lines.append(
            rf"{{\numbered{{table}}{{{escape(table.id)}}}\input{{tables/{table.id}.{language}.tex}}}}"
        )
        lines.append(r"\clearpage")
    for picture in whole.pictures:
        lines += [*_figure(whole, picture, language), r"\clearpage"]
    return "\n".join([*lines, r"\end{document}", ""])


def _captions(whole: Whole, language: str) -> list[str]:
    """Words and look of captions."""
    own = whole.style.caption
    form = own.form.plain().get(language) or own.form.plain()[FIRST] if own.form is not None else None
    shown = form or word("tables.caption", id="{id}", title="{title}")[language]
    name, _, rest = shown.partition("{id}")
    between = rest.partition("{title}")[0]
    mark = next((MARKS[letter] for letter in between if letter in MARKS), None)
    lines = []
    if mark is None and between.strip():
        lines.append(rf"\DeclareCaptionLabelSeparator{{own}}{{{escape(between)}}}")
        mark = "own"
    place = "raggedright,singlelinecheck=false" if own.align == "left" else "centering"
    weight = "" if own.weight == "normal" else ",labelfont=bf,textfont=bf"
    lines.append(rf"\captionsetup{{labelsep={mark or 'quad'},justification={place}{weight}}}")
    figure = word("tables.figure", id="{id}", title="")[language].partition("{id}")[0]
    # Packages name them when the document begins.
    lines.append(
        rf"\AtBeginDocument{{\renewcommand{{\tablename}}{{{escape(name.strip())}}}"
        rf"\renewcommand{{\figurename}}{{{escape(figure.strip())}}}}}"
    )
    return lines


def _figure(whole: Whole, picture: Picture, language: str) -> list[str]:
    at = label("fig", whole.study, picture.id)
    lines = [rf"{{\numbered{{figure}}{{{escape(picture.id)}}}", r"\begin{figure}[htbp]", r"\centering"]
    lines.append(
        rf"\includegraphics[width=\linewidth,height=.8\textheight,keepaspectratio]{{figures/{picture.id}.{language}.pdf}}"
    )
    lines += [rf"\caption{{{escape(picture.title[language])}}}", rf"\label{{{at}}}"]
    if note := picture.note(language):
        said = []
        for each in references.split(note):
            said.append(escape(each) if isinstance(each, str) else latex.linked(each, whole.study, language))
        lines.append(rf"\par\footnotesize {''.join(said)}")
    return [*lines, r"\end{figure}}"]
