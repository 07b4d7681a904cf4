"""Tables as LaTeX, for booktabs and threeparttable."""

from __future__ import annotations

import re
import unicodedata

from nianjian import printable
from nianjian.publish.origin import SIMULATED
from nianjian.publish.tables import Cell, Number, Table, natural_widths
from nianjian.text import FIRST, has_han, word

PACKAGES = ("booktabs", "threeparttable", "adjustbox")

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "\N{NO-BREAK SPACE}": "~",
    "\N{IDEOGRAPHIC SPACE}": r"\quad{}",
    "\N{MINUS SIGN}": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\rightarrow$",
    "°": r"\textdegree{}",
    "‰": r"\textperthousand{}",
    "℃": r"\textdegree{}C",
    "…": r"\ldots{}",
}
_ESCAPES |= {letter: rf"\textsuperscript{{{digit}}}" for digit, letter in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_ESCAPES |= {letter: rf"\textsubscript{{{digit}}}" for digit, letter in enumerate("₀₁₂₃₄₅₆₇₈₉")}
_ESCAPES |= {"⁻": "\\textsuperscript{$-$}", "⁺": "\\textsuperscript{+}"}
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
)
_ESCAPES |= {
    unicodedata.lookup(
        f"GREEK {case} LETTER {'LAMDA' if name == 'lambda' else name.upper()}"
    ): rf"${command}$"
    for name in _GREEK.split()
    for case, command in (("SMALL", rf"\{name}"), ("CAPITAL", rf"\{name.capitalize()}"))
    # Capitals that look like Latin ones have no command of their own.
    if case == "SMALL"
    or name in {"gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "phi", "psi", "omega"}
}
_LATIN_ONLY = {"–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''"}
TEXT_WIDTH_PT = 455.0
_BREAKS = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_ALIGN = {"left": "l", "center": "c", "right": "r"}


def escape(text: str) -> str:
    """Write ``text`` so that LaTeX prints it letter by letter.

    Dashes and quotation marks become ligatures in Latin text and stay as they are in Chinese, where they
    are full-width.
    """
    # A line that ends, or two, would end the argument in which the text stands.
    text = _BREAKS.sub(" ", printable.without_controls(_BREAKS.sub(" ", text)))
    escapes = _ESCAPES if has_han(text) else _ESCAPES | _LATIN_ONLY
    escaped = "".join(escapes.get(letter, letter) for letter in text)
    # After `\\` or `\item`, a bracket or a star would be read as an argument, blanks in front of it or not.
    return "{}" + escaped if escaped.lstrip().startswith(("[", "*")) else escaped


def _cell(cell: Cell, language: str) -> str:
    parts = []
    for part in cell:
        if isinstance(part, Number):
            # `\,` rather than `~`: 5 130 is set with a thin space.
            digits = escape(part.digits(language)).replace("~", r"\,")
            parts.append(digits + (f"$^{{{part.stars}}}$" if part.stars else ""))
        else:
            parts.append(escape(part.printed(language)))
    return "~".join(parts)


def _line(cells: list[str]) -> str:
    return " & ".join(cells).rstrip() + r" \\"


def _heads(table: Table, language: str) -> list[str]:
    lines, stubs = [], len(table.stubs)
    levels = table.levels(language)
    for depth, level in enumerate(levels):
        lowest = depth == len(levels) - 1
        cells = [escape(stub[language]) if lowest else "" for stub in table.stubs]
        for head in level:
            text = escape(head.text)
            centred = head.span > 1 or table.columns[head.start].align == "right"
            cells.append(rf"\multicolumn{{{head.span}}}{{c}}{{{text}}}" if centred and text else text)
        lines.append(_line(cells))
        rules = [
            rf"\cmidrule(lr){{{stubs + h.start + 1}-{stubs + h.start + h.span}}}" for h in level if h.span > 1
        ]
        lines += ["".join(rules)] if rules else []
    return lines


def _size(table: Table, language: str) -> list[str]:
    """The largest size in which the table fits on a page 16 cm wide; adjustbox serves those wider still."""
    widths = natural_widths(table, language)
    sizes = [
        (size, points, gap)
        for size, points in (("small", 9), ("footnotesize", 8), ("scriptsize", 7))
        for gap in (6, 4, 3)
    ]
    fitting = (
        each for each in sizes if sum(widths) * each[1] * 0.52 + 2 * each[2] * len(widths) <= TEXT_WIDTH_PT
    )
    size, _, gap = next(fitting, sizes[-1])
    return [rf"\{size}"] + ([rf"\setlength{{\tabcolsep}}{{{gap}pt}}"] if gap != 6 else [])


def _body(table: Table, language: str) -> list[str]:
    width = len(table.stubs) + len(table.columns)
    body: list[str] = []
    for index, panel in enumerate(table.panels):
        if index and panel.label is None:
            body.append(r"\midrule")
        if panel.label is not None:
            body += [r"\addlinespace"] if index else []
            body.append(rf"\multicolumn{{{width}}}{{l}}{{\textit{{{escape(panel.label[language])}}}}} \\")
        for row, labels in zip(panel.rows, table.printed_labels(panel, language), strict=True):
            for number, line in enumerate(row.lines):
                names = [escape(text) if covers and not number else "" for text, covers in labels]
                body.append(_line([*names, *(_cell(cell, language) for cell in line)]))
    return body


def fragment(table: Table, language: str) -> str:
    r"""Render a ``table`` environment for ``\input``.

    The English fragment compiles with pdfLaTeX, so its banner is in English alone; one in a language that needs packages of
    its own, such as ctex for Chinese, needs XeLaTeX or LuaLaTeX.
    """
    alignment = "l" * len(table.stubs) + "".join(_ALIGN[column.align] for column in table.columns)
    lines = [rf"% \usepackage{{{','.join(PACKAGES)}}}"]
    if packages := word("language.latex_packages")[language]:
        lines.append(rf"% \usepackage{{{packages}}}, XeLaTeX or LuaLaTeX")
    lines += [r"\begin{table}[htbp]", r"\centering", rf"\caption{{{escape(table.title[language])}}}"]
    # article.cls leaves no space between a caption and the table below it.
    lines += [rf"\label{{tab:{table.study}-{table.id}}}", r"\par\smallskip"]
    if table.source.simulated:
        banner = " / ".join(dict.fromkeys(escape(SIMULATED[each]) for each in (FIRST, language)))
        lines.append(rf"\fbox{{\textbf{{{banner}}}}}\par\medskip")
    lines += _size(table, language)
    lines += [r"\begin{adjustbox}{max width=\linewidth}", r"\begin{threeparttable}"]
    lines += [
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        *_heads(table, language),
        r"\midrule",
        *_body(table, language),
    ]
    lines += [r"\bottomrule", r"\end{tabular}"]
    note = table.footnote(language)
    if note:
        lines += [
            r"\begin{tablenotes}[flushleft]",
            r"\footnotesize",
            r"\setlength{\labelsep}{0pt}",
            rf"\item {escape(note)}",
        ]
        lines.append(r"\end{tablenotes}")
    lines += [r"\end{threeparttable}", r"\end{adjustbox}", r"\end{table}", ""]
    return "\n".join(lines)
