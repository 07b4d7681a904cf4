"""One table of regressions in any style, and what a reader of each format sees of it."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import openpyxl
from docx import Document

from nianjian.declarations import styles
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.style import Style
from nianjian.kinds.context import PublishContext
from nianjian.kinds.tables import regression as kind
from nianjian.publish import making, regression
from nianjian.publish.parts import THIN_SPACE
from nianjian.publish.tables import Table
from nianjian.text import worded
from small_tables import entry, estimated, place, row

SHIPPED = Layers().ids(styles.FOLDER)
LABELS = {
    "y": {"en": "SO2 per 10 000 yuan", "zh": "每万元SO2排放"},
    "did": {"en": "Pilot", "zh": "试点政策"},
    "density": {"en": "Density", "zh": "人口密度"},
}
SPECS: dict[str, dict[str, Any]] = {
    name: {"outcome": "y", "treatment": "did", "controls": own, "absorb": ["city"], "cluster": "city"}
    for name, own in (("one", []), ("two", ["density"]))
}


def _coefficient(spec: str, term: str, estimate: float, error: float, p: float) -> dict[str, Any]:
    ends = (estimate - 1.97 * error, estimate + 1.97 * error)
    return row(spec, "coefficient", term, estimate, error, estimate / error, p, *ends, 284.0, variable=term)


ROWS = [
    _coefficient("one", "did", -0.05234, 0.01567, 0.0009),
    _coefficient("two", "did", 12.3456, 5.4321, 0.0234),
    _coefficient("two", "density", 1234.5678, 2345.6789, 0.6),
    *(
        row(spec, "fit", term, value)
        for spec in SPECS
        for term, value in (("nobs", 15130), ("clusters", 285), ("r2", 0.4567))
    ),
]


def shipped(name: str) -> Style:
    """A style of the project."""
    return styles.read_style(Layers(), name, "test")


def table(style: Style, **changes: Any) -> Table:
    """Two columns: small and large coefficients, a count above ten thousand, a note with numbers and a reference."""
    declared = {
        "title": {"en": "Effect of the pilot", "zh": "试点的影响"},
        "columns": ["one", "two"],
        "statistics": ["nobs", "r2"],
        "notes": {
            "en": "W is cut at -0.5 and 10 000 km; p < 0.1 is a hint. See {table:A3}.",
            "zh": "W在-0.5与10 000公里处截断。见{table:A3}。",
        },
        **changes,
    }
    params = styles.applied(kind.Params.model_validate(declared), style)
    entries = [entry(name, **spec) for name, spec in SPECS.items()]
    plain = place(entries, LABELS)
    context = PublishContext(plain.study, plain.section, plain.name, facts=plain.facts, style=style)
    with worded(making.wording(style)):
        return regression.table(params, estimated(params, params.columns, ROWS, context))


class _Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.open: list[str] = []
        self.feed(re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("td", "th", "p", "caption", "title"):
            self.cells.append("")
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.cells[-1] += data


def _html(content: bytes) -> list[str]:
    return _Seen(content.decode()).cells


def _docx(content: bytes) -> list[str]:
    document = Document(io.BytesIO(content))
    cells = [cell.text for grid in document.tables for row in grid.rows for cell in row.cells]
    return [*(paragraph.text for paragraph in document.paragraphs), *cells]


def _xlsx(content: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [as_shown(cell) for line in sheet.iter_rows() for cell in line if cell.value is not None]


def as_shown(cell: Any) -> str:
    """A cell as Excel displays it: only what our number formats hold is understood."""
    if isinstance(cell.value, str):
        return cell.value
    sections = cell.number_format.split(";")
    form = sections[1] if cell.value < 0 and len(sections) > 1 else sections[0]
    form = re.sub(r"_.", "", form)
    thin = f'"{THIN_SPACE}"' in form
    before, digits, after = re.fullmatch(
        r'((?:"[^"]*")*)([^"]*)((?:"[^"]*")*)', form.replace(f'"{THIN_SPACE}"', "")
    ).groups()
    decimals = len(digits.partition(".")[2])
    mark = THIN_SPACE if thin else "," if "," in digits else "\N{NO-BREAK SPACE}" if "\\ " in digits else ""
    text = f"{abs(cell.value):,.{decimals}f}".replace(",", mark)
    if digits.startswith("#.") and text.startswith("0."):
        text = text[1:]
    return before.replace('"', "") + text + after.replace('"', "")


def _csv(content: bytes) -> list[str]:
    return [line["printed"] for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]


_LATEX = (
    (r"\\num(?=\{)", ""), (r"\$\^\{(\*+)\}\$", r"\1"), (r"\\textsubscript\{2\}", "₂"), (r"\\textsuperscript\{2\}", "²"),
    (r"\$-\$", "−"), (r"\\textless\{\}", "<"), (r"\\ref\{tab:demo-(\w+)\}", r"\1"), (r"\\%", "%"),
    (r"\\,|~", "\N{NO-BREAK SPACE}"), (r"---", "—"),
)  # fmt: skip


def _tex(content: bytes) -> list[str]:
    text = content.decode()
    for pattern, plain in _LATEX:
        text = re.sub(pattern, plain, text)
    found = []
    for line in text.splitlines():
        for cell in line.removesuffix(r" \\").split(" & "):
            cell = re.sub(r"\\(?:multicolumn\{\d\}\{\w\}|caption|item ?)", "", cell)
            # What siunitx prints of a bare number.
            cell = re.sub(r"^(\{[^}]*\})?-(?=\.?\d)", r"\1−", cell)
            found.append(re.sub(r"[{}]", "", cell).strip())
    return found


_TYPST = (
    (r"#super\[((?:\\\*)+)\]", r"\1"), (r"#c\d+p\d+\[([^\]]*)\]\[([^\]]*)\]", r"\1\2"),
    (r"#context if query.*? else \[([^\]]*)\]", r"\1"), (r"#metadata\(none\)<[^>]*>", ""),
)  # fmt: skip


def _typ(content: bytes) -> list[str]:
    # The helpers measure halves of numbers, which are printed nowhere.
    text = re.sub(r"(?m)^#let .*$", "", content.decode()).replace("\\[", "⟦").replace("\\]", "⟧")
    for pattern, plain in _TYPST:
        text = re.sub(pattern, plain, text)
    found = re.findall(r"\[([^\[\]]*)\]", text)
    plain = [re.sub(r"\\(.)", r"\1", each).replace("⟦", "[").replace("⟧", "]") for each in found]
    return plain


SEEN = {"html": _html, "docx": _docx, "xlsx": _xlsx, "csv": _csv, "tex": _tex, "typ": _typ}


def seen(made: Table, form: str, language: str) -> list[str]:
    """Texts of cells, captions and notes."""
    return SEEN[form](making.render(made, form, language))
