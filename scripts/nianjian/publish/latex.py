"""Tables as LaTeX, for booktabs, threeparttable and siunitx, whose S columns align decimal points."""

from __future__ import annotations

import math
import re
import unicodedata

from nianjian import printable
from nianjian.declarations import references
from nianjian.declarations.references import Reference
from nianjian.language import width as text_width
from nianjian.publish.layout import (
    Alignment,
    Fit,
    Page,
    Part,
    alignments,
    by_height,
    digits_wide,
    fitted,
    is_aligned,
    parts_of,
    row_lines,
    stands_alone,
    wrapped,
)
from nianjian.publish.origin import SIMULATED
from nianjian.publish.parts import MINUS, Cell, Number, thousands
from nianjian.publish.parts import Part as Said
from nianjian.publish.tables import Table
from nianjian.text import FIRST, has_han, word

PACKAGES = ("booktabs", "threeparttable", "adjustbox", "siunitx")

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
    "\N{NARROW NO-BREAK SPACE}": r"\,",
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
_ESCAPES |= {
    "†": r"\textdagger{}",
    "▸": r"$\triangleright$",
    "∞": r"$\infty$",
    "′": "$'$",
    "√": r"$\surd$",
    "←": r"$\leftarrow$",
    "↔": r"$\leftrightarrow$",
}
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
_ACCENTS = {"\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0307": "."}
"""Accents that stand behind their letter, such as the bar of M̄, and the commands for them."""
_LATIN_ONLY = {"–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''"}
TEXT_WIDTH_PT = 455.0
PAGES = (Page(TEXT_WIDTH_PT, 0.54, 12), Page(TEXT_WIDTH_PT, 0.54, 7))
"""16 cm, with columns 12 points apart or, where that is too wide, 7."""
TEXT_HEIGHT_PT, AROUND_PT = 690.0, 90.0
"""24 cm, of which caption, banner and rules take some."""
LEADING = 1.2
ZEROLESS = (
    r"\ExplSyntaxOn\keys_if_exist:nnTF{siunitx}{print-zero-integer}"
    r"{\sisetup{print-zero-integer=false}}{\sisetup{add-integer-zero=false}}\ExplSyntaxOff"
)
"""By which siunitx, version 3 or 2, leaves out the zero before a point."""
SEPARATORS = {"comma": "{,}", "space": r"\,", "thin": r"\,", "none": ""}
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
    for accent, command in _ACCENTS.items():
        escaped = re.sub(rf"(\w){accent}", rf"\\{command}{{\1}}", escaped)
    # After `\\` or `\item`, a bracket or a star would be read as an argument, blanks in front of it or not.
    return "{}" + escaped if escaped.lstrip().startswith(("[", "*")) else escaped


def label(what: str, study: str, name: str) -> str:
    """What references call a table (``tab``) or figure (``fig``)."""
    return f"{what}:{study}-{name}"


def sentence(text: str, table: Table, language: str) -> str:
    """A note with its references as ``\\ref``."""
    said = []
    for each in references.split(text):
        said.append(escape(each) if isinstance(each, str) else linked(each, table.study, language))
    return "".join(said)


def linked(reference: Reference, study: str, language: str) -> str:
    """``Table~\\ref{tab:study-A3}``."""
    before, _, after = _around(reference, language)
    at = label("tab" if reference.what == "table" else "fig", study, reference.id)
    return rf"{escape(before)}\ref{{{at}}}{escape(after)}"


def _around(reference: Reference, language: str) -> tuple[str, str, str]:
    """``Table ``, number, and what stands behind it."""
    return Reference(reference.what, "\0").printed(language).partition("\0")


class _Writer:
    """One part of a table."""

    def __init__(self, part: Part, size: float, language: str) -> None:
        self.table, self.language = part.table, language
        self.size, self.widths = size, part.widths
        self.parts = parts_of(part.table)
        self.aligned = alignments(part.table, language)
        self.stubs = len(part.table.stubs)

    def start(self, column: int) -> int:
        """First LaTeX column of one of the table's, counted from 1."""
        return self.stubs + 1 + sum(self.parts[:column])

    def has_points(self, column: int, place: int) -> bool:
        """Whether a column's numbers are aligned at their points."""
        own = self.aligned.get((column, place))
        return own is not None and own[1] and self.table.columns[column].align != "left"

    def preamble(self) -> str:
        """The columns."""
        found = "l" * self.stubs
        for index, column in enumerate(self.table.columns):
            for place in range(self.parts[index]):
                if self.has_points(index, place):
                    found += self._decimal(self.aligned[index, place][0])
                else:
                    found += _ALIGN[column.align]
        return found

    def _decimal(self, own: Alignment) -> str:
        wholes = [re.sub(r"\D", "", each) for each in own.lefts]
        decimals = max(len(re.sub(r"\D", "", right)) for right, _ in own.rights)
        minus = self.table.style.numbers.minus == "sign" and any(MINUS in each for each in own.lefts)
        before = max((re.split(rf"[\d{MINUS}]", each)[0] for each in own.lefts), key=text_width)
        after = max(
            ((re.sub(r"[\d.]", "", right), stars) for right, stars in own.rights),
            key=lambda each: text_width(each[0]) + 0.6 * len(each[1]),
        )
        options = [f"table-format={'-' if minus else ''}{max(map(len, wholes))}.{decimals}"]
        if before:
            options.append(f"table-space-text-pre={{{escape(before)}}}")
        if any(after):
            options.append(f"table-space-text-post={{{escape(after[0])}{_raised(after[1])}}}")
        return f"S[{','.join(options)}]"

    def cell(self, cell: Cell, column: int) -> str:
        """A cell, or several where the column prints numbers beside each other."""
        parts = self.parts[column]
        if stands_alone(cell, parts) or not cell:
            text = "~".join(self._wrapped(part, column) for part in cell)
            if parts == 1:
                return f"{{{text}}}" if text and self.has_points(column, 0) else text
            return rf"\multicolumn{{{parts}}}{{c}}{{{text}}}"
        return " & ".join(self._part(part, column, place) for place, part in enumerate(cell))

    def _part(self, part: Said, column: int, place: int) -> str:
        if not self.has_points(column, place):
            return self._wrapped(part, column)
        if not (isinstance(part, Number) and is_aligned(part, self.aligned[column, place][1])):
            return f"{{{self._wrapped(part, column)}}}"
        own = part.pieces(self.language, self.table.style)
        whole = own.whole.replace(MINUS, "-")
        before = own.before
        if self.table.style.numbers.minus == "hyphen" and whole.startswith("-"):
            before, whole = f"{before}-", whole[1:]
        digits = re.sub(r"[^\d-]", "", whole) + own.decimals
        after = escape(own.after) + _raised(own.stars)
        return (f"{{{escape(before)}}}" if before else "") + digits + (f"{{{after}}}" if after else "")

    def _wrapped(self, part: Said, column: int) -> str:
        """A number, or words on as many lines as their column needs."""
        if isinstance(part, Number):
            return self._alone(part)
        printed = part.printed(self.language, self.table.style)
        lines = [escape(line) for line in wrapped(printed, self.widths[self.stubs + column])]
        return (
            lines[0] if len(lines) == 1 else _stacked(lines, _ALIGN[self.table.columns[column].align], at="t")
        )

    def _alone(self, part: Said) -> str:
        if not isinstance(part, Number):
            return escape(part.printed(self.language, self.table.style))
        return escape(part.digits(self.language, self.table.style)).replace("~", r"\,") + _raised(part.stars)

    def heads(self) -> list[str]:
        """The head's lines, with a rule below each head over several columns."""
        lines = []
        levels = self.table.levels(self.language)
        stubs = self.table.stub_heads(self.language)
        for depth, level in enumerate(levels):
            lowest = depth == len(levels) - 1
            cells = [self.stub(stub, at) if lowest else "" for at, stub in enumerate(stubs)]
            rules = ""
            for head in level:
                columns = range(head.start, head.start + head.span)
                span = sum(self.parts[each] for each in columns)
                room = sum(self.widths[self.stubs + each] for each in columns) + 2 * (len(columns) - 1)
                cells.append(self._head(head.text, span, room, self.table.columns[head.start].align))
                if head.span > 1:
                    first = self.start(head.start)
                    rules += (
                        rf"\cmidrule[{self.table.style.rules.thin:g}pt](lr){{{first}-{first + span - 1}}}"
                    )
            lines.append(_line(cells))
            lines += [rules] if rules else []
        return lines

    def _head(self, text: str, span: int, room: float, align: str) -> str:
        if not text:
            return rf"\multicolumn{{{span}}}{{c}}{{}}" if span > 1 else ""
        place = "l" if align == "left" and span == 1 else "c"
        lines = [escape(line) for line in wrapped(text, room)]
        said = lines[0] if len(lines) == 1 else _stacked(lines, place)
        return rf"\multicolumn{{{span}}}{{{place}}}{{{said}}}"

    def stub(self, text: str, at: int) -> str:
        """A label, on several lines where its column is narrower."""
        lines = wrapped(text, self.widths[at])
        if len(lines) == 1:
            return escape(text)
        inner = [escape(lines[0]), *(rf"\quad {escape(line)}" for line in lines[1:])]
        return _stacked(inner, "l", at="t")

    def _beside(self, label: tuple[str, int], at: int, lines: int) -> list[str]:
        """A label beside the lines of its row: where it wraps, so that an error stays close below its estimate."""
        text, covers = label
        if not covers:
            return [""] * lines
        own = wrapped(text, self.widths[at])
        if lines == 1 or len(own) == 1:
            return [self.stub(text, at), *[""] * (lines - 1)]
        first, *more = [escape(own[0]), *(rf"\quad {escape(line)}" for line in own[1:])]
        rest = more[lines - 2 :]
        found = [
            first,
            *more[: lines - 2],
            *([rest[0] if len(rest) == 1 else _stacked(rest, "l", at="t")] if rest else []),
        ]
        return [*found, *[""] * (lines - len(found))]

    def body(self) -> list[str]:
        """The panels' lines."""
        body: list[str] = []
        width = self.stubs + sum(self.parts)
        for index, panel in enumerate(self.table.panels):
            if index and panel.label is None:
                body.append(_rule("mid", self.table.style.rules.thin))
            if panel.label is not None:
                body += [r"\addlinespace"] if index else []
                said = escape(self.table.says(panel.label, self.language))
                body.append(rf"\multicolumn{{{width}}}{{l}}{{\textit{{{said}}}}} \\")
            printed = zip(panel.rows, self.table.printed_labels(panel, self.language), strict=True)
            for row, labels in printed:
                stubs = [self._beside(own, at, len(row.lines)) for at, own in enumerate(labels)]
                for number, line in enumerate(row.lines):
                    names = [own[number] for own in stubs]
                    cells = [self.cell(cell, column) for column, cell in enumerate(line)]
                    body.append(_line([*names, *cells]))
        return body


def _type(size: float) -> str:
    """Type of a size in points: what commands such as small mean depends on the document."""
    return rf"\fontsize{{{size:g}}}{{{size * LEADING:.3g}}}\selectfont"


def _note_size(fit: Fit, table: Table) -> float:
    """Of the notes: a point less, but not below the smallest of the style."""
    fonts = table.style.fonts
    return max(fit.size - 1, min(fonts.smallest, fit.size))


def _pages(part: Part, fit: Fit, language: str, note: str) -> list[Part]:
    """Parts of a part that each fit a page."""
    line, own = fit.size * LEADING, _note_size(fit, part.table)
    writer = _Writer(part, fit.size, language)
    head = sum(each.count(r"\\") for each in writer.heads())
    room = (TEXT_HEIGHT_PT - AROUND_PT) / line - head
    below = math.ceil(digits_wide(note) * own / 2 / TEXT_WIDTH_PT) * own * LEADING / line if note else 0.0
    return by_height(part, row_lines(part, language), room, below)


def _rule(which: str, points: float) -> str:
    """A line across the table; one of no width takes its room all the same."""
    return rf"\{which}rule[{points:g}pt]"


def _raised(stars: str) -> str:
    return f"$^{{{stars}}}$" if stars else ""


def _stacked(lines: list[str], place: str, at: str = "b") -> str:
    inner = r"\\".join(lines)
    return rf"\begin{{tabular}}[{at}]{{@{{}}{place}@{{}}}}{inner}\end{{tabular}}"


def _line(cells: list[str]) -> str:
    return " & ".join(cells).rstrip() + r" \\"


def _settings(table: Table, fit: Fit, language: str, gap: float) -> list[str]:
    """Type size, distance of columns, and how numbers are written."""
    lines = [_type(fit.size)]
    if gap != PAGES[0].gap:
        lines.append(rf"\setlength{{\tabcolsep}}{{{gap / 2:g}pt}}")
    mark = SEPARATORS[thousands(language, table.style)]
    grouping = (
        f"group-digits=integer,group-separator={{{mark}}},group-minimum-digits={table.style.numbers.grouped_from}"
        if mark
        else "group-digits=none"
    )
    if not table.style.numbers.leading_zero:
        lines.append(ZEROLESS)
    lines.append(rf"\sisetup{{table-align-text-after=false,table-align-text-before=false,{grouping}}}")
    return lines


def _caption(table: Table, language: str, number: int) -> list[str]:
    """The caption; above a later part, that it continues."""
    if number:
        before, _, after = table.continued(language).partition(table.id)
        at = label("tab", table.study, table.id)
        apart = "" if before == before.rstrip() else "~"
        return [rf"{escape(before.rstrip())}{apart}\ref{{{at}}}{escape(after)}", r"\par\smallskip"]
    own = table.says(table.title, language)
    lines = [rf"\caption{{{escape(own)}}}", rf"\label{{{label('tab', table.study, table.id)}}}"]
    if len(captions := table.captions(language)) > 1:
        lines.append(rf"\par {escape(captions[1].replace(chr(10), ' '))}")
    # article.cls leaves no space between a caption and the table below it.
    return [*lines, r"\par\smallskip"]


def fragment(table: Table, language: str) -> str:
    r"""Render a ``table`` environment for ``\input``; several where a table is too wide or too long for one.

    The English fragment compiles with pdfLaTeX, so its banner is in English alone; one in a language that needs packages of
    its own, such as ctex for Chinese, needs XeLaTeX or LuaLaTeX.
    """
    lines = [rf"% \usepackage{{{','.join(PACKAGES)}}}"]
    if packages := word("language.latex_packages")[language]:
        lines.append(rf"% \usepackage{{{packages}}}, XeLaTeX or LuaLaTeX")
    fit = fitted(table, language, PAGES)
    note = table.footnote(language)
    last = len(fit.parts) - 1
    pages = [
        page
        for at, part in enumerate(fit.parts)
        for page in _pages(part, fit, language, note if at == last else "")
    ]
    for number, page in enumerate(pages):
        lines += _environment(page, fit, language, number, note if number == len(pages) - 1 else "")
    return "\n".join([*lines, ""])


def _environment(part: Part, fit: Fit, language: str, number: int, note: str) -> list[str]:
    table = part.table
    writer = _Writer(part, fit.size, language)
    room = sum(part.widths) * PAGES[0].letter * fit.size + len(part.widths) * PAGES[0].gap
    gap = PAGES[0].gap if room <= TEXT_WIDTH_PT else PAGES[-1].gap
    caption, below = _caption(table, language, number), table.style.caption.place == "below"
    lines = [r"\begin{table}[htbp]", r"\centering"]
    if table.source.simulated:
        banner = " / ".join(dict.fromkeys(escape(SIMULATED[each]) for each in (FIRST, language)))
        box = rf"\fbox{{\textbf{{{banner}}}}}\par\medskip"
    else:
        box = ""
    lines += ([] if below else caption) + ([box] if box else [])
    lines += _settings(table, fit, language, gap)
    lines += [r"\begin{adjustbox}{max width=\linewidth}", r"\begin{threeparttable}"]
    rules = table.style.rules
    lines += [rf"\begin{{tabular}}{{{writer.preamble()}}}", _rule("top", rules.top)]
    lines += [*writer.heads(), _rule("mid", rules.mid)]
    lines += [*writer.body(), _rule("bottom", rules.bottom), r"\end{tabular}"]
    if note:
        lines += [
            r"\begin{tablenotes}[flushleft]",
            _type(_note_size(fit, table)),
            r"\setlength{\labelsep}{0pt}",
            rf"\item {sentence(note, table, language)}",
        ]
        lines.append(r"\end{tablenotes}")
    lines += [r"\end{threeparttable}", r"\end{adjustbox}"]
    return [*lines, *(caption if below else []), r"\end{table}"]
