"""What calamine leaves out of an .xlsx, read from its XML: errors, formulas without a value, what is hidden, what formats show."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from nianjian.addresses import cell_name
from nianjian.extract.extents import number_of
from nianjian.extract.number_formats import BUILT_IN, Shown, is_plain, show, spelt_alike
from nianjian.extract.zips import holds

SHOWN_CELLS = 3
"""How many cells a note names."""
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_TRUE = ("1", "true")


@dataclass
class Missing:
    """What calamine leaves out of one sheet.

    Attributes
    ----------
    put : (row, column, value) of cells that show something else than calamine reads, 0-based
    merges : merged ranges, where calamine reads none
    notes : what is to be said of the sheet
    """

    put: list[tuple[int, int, str | float]] = field(default_factory=list)
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Facts:
    """What is worth saying of single cells and of rows and columns, gathered while a sheet is read."""

    told: dict[str, list[str]] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)

    def tell(self, what: str, row: int, col: int, detail: str) -> None:
        """Note something of a cell."""
        self.told.setdefault(what, []).append(f"{cell_name(row, col)} {detail}".strip())

    def number(self, missing: Missing, row: int, col: int, stored: str, shown: Shown) -> None:
        """Note what a format makes of a number."""
        if shown.same:
            if shown.why:
                # calamine makes a day of it.
                missing.put.append((row, col, float(stored)))
                self.tell(
                    "cells are read as stored, not as their formats show them",
                    row,
                    col,
                    f"{shown.text} {shown.why}",
                )
            return
        missing.put.append((row, col, shown.text))
        self.differs(row, col, stored, shown.why, shown.text)

    def differs(self, row: int, col: int, stored: str, why: str, text: str) -> None:
        """Note a cell that shows another number than it holds."""
        self.tell(
            "cells show another number than they hold, and what is shown is taken",
            row,
            col,
            f"holds {stored}, {why}: {text!r}",
        )

    def unsaved(self, row: int, col: int, formula: str) -> None:
        """Note a formula without a value."""
        self.tell(
            "formulas have no stored value (open the file in Excel or WPS and save it)",
            row,
            col,
            formula[:40],
        )

    def notes(self) -> list[str]:
        """All that is to be said, in a sentence each."""
        found = []
        for what, cells in self.told.items():
            more = ", …" if len(cells) > SHOWN_CELLS else ""
            found.append(f"{len(cells)} {what}: {', '.join(cells[:SHOWN_CELLS])}{more}")
        if self.hidden_rows:
            found.append(f"hidden rows are read too: {spans(self.hidden_rows)}")
        if self.hidden_columns:
            found.append(f"hidden columns are read too: {spans(self.hidden_columns)}")
        return found


def spans(numbers: Iterable[int]) -> str:
    """5–7, 12: runs of rows or columns, counted from 1."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [str(a) if a == b else f"{a}–{b}" for a, b in runs[:5]]
    return ", ".join(shown) + (", …" if len(runs) > 5 else "")


def parsed(content: bytes, start: Callable[[str, dict[str, str]], None], **others: Any) -> None:
    """Run through XML with a function for each element's start; names come without their prefix.

    Raises
    ------
    ValueError
        If it is no XML, or declares entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def entity(*_: Any) -> None:
        raise ValueError("declares XML entities, which no workbook has")

    parser.EntityDeclHandler = entity
    parser.StartElementHandler = lambda tag, own: start(tag.rpartition(":")[2], own)
    if "end" in others:
        parser.EndElementHandler = lambda tag: others["end"](tag.rpartition(":")[2])
    if "text" in others:
        parser.CharacterDataHandler = others["text"]
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error


@dataclass
class Styles:
    """Number formats of a workbook's cells: the code of each style that may show another number than is stored."""

    codes: dict[int, str] = field(default_factory=dict)
    epoch_1904: bool = False

    @classmethod
    def of(cls, content: bytes) -> Styles:
        """Read ``xl/styles.xml``."""
        return cls(dict(_codes(content)))


@lru_cache(maxsize=16)
def _codes(content: bytes) -> Mapping[int, str]:
    """Format codes of ``xl/styles.xml`` that may show another number than is stored, by style."""
    custom: dict[int, str] = {}
    used: list[int] = []
    within = [False]

    def start(tag: str, own: dict[str, str]) -> None:
        if tag == "numFmt":
            custom[int(own.get("numFmtId", 0))] = own.get("formatCode", "")
        elif tag in ("cellXfs", "cellStyleXfs", "dxfs"):
            within[0] = tag == "cellXfs"
        elif tag == "xf" and within[0]:
            used.append(int(own.get("numFmtId", 0)))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            within[0] = False

    parsed(content, start, end=end)
    codes = {at: custom.get(number, BUILT_IN.get(number, "")) for at, number in enumerate(used)}
    return {at: code for at, code in codes.items() if not is_plain(code)}


class Workbook:
    """Parts of an .xlsx by what they are.

    Parameters
    ----------
    parts : content by name
    """

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.parts = parts
        self.sheets: dict[str, str] = {}
        """Part of each sheet, by the sheet's name."""
        self.epoch_1904 = self.recalculated = False
        self._read()

    def _read(self) -> None:
        targets: dict[str, str] = {}
        folder, file = "xl", "workbook.xml"

        def relation(tag: str, own: dict[str, str]) -> None:
            if tag == "Relationship":
                target = own.get("Target", "")
                path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                targets[own.get("Id", "")] = posixpath.normpath(path)

        def book(tag: str, own: dict[str, str]) -> None:
            if tag == "workbookPr":
                self.epoch_1904 = own.get("date1904", "").lower() in _TRUE
            elif tag == "calcPr":
                self.recalculated = own.get("fullCalcOnLoad", "").lower() in _TRUE
            elif tag == "sheet":
                link = next((own[key] for key in own if key.rpartition(":")[2] == "id"), "")
                self.sheets[own.get("name", "")] = targets.get(link, "")

        relations = f"{folder}/_rels/{file}.rels"
        if relations in self.parts and f"{folder}/{file}" in self.parts:
            parsed(self.parts[relations], relation)
            parsed(self.parts[f"{folder}/{file}"], book)

    def styles(self) -> Styles:
        """Its number formats."""
        content = self.parts.get("xl/styles.xml")
        styles = Styles() if content is None else Styles.of(content)
        styles.epoch_1904 = self.epoch_1904
        return styles


class _Cells:
    """Reads a sheet's XML from top to bottom."""

    def __init__(self, styles: Styles, recalculated: bool) -> None:
        self.styles, self.recalculated = styles, recalculated
        self.missing, self.facts = Missing(), Facts()
        self.row, self.col = 0, 0
        self.own: dict[str, str] = {}
        self.inside, self.value, self.formula, self.has_formula = "", "", "", False

    def start(self, tag: str, own: dict[str, str]) -> None:
        if tag == "c":
            self._cell(own)
        elif tag in ("v", "f"):
            self.inside = tag
            self.has_formula |= tag == "f"
        elif tag == "row":
            self.row = int(own["r"]) - 1 if own.get("r", "").isdigit() else self.row
            self.col = 0
            if own.get("hidden") in _TRUE:
                self.facts.hidden_rows.append(self.row + 1)
        elif tag == "col" and own.get("hidden") in _TRUE:
            first, last = int(own.get("min", 1)), int(own.get("max", 1))
            # A hidden tail up to the sheet's last column holds nothing.
            if last < 16384:
                self.facts.hidden_columns += range(first, last + 1)

    def _cell(self, own: dict[str, str]) -> None:
        found = _REFERENCE.fullmatch(own.get("r", ""))
        if found:
            self.row, self.col = int(found[2]) - 1, number_of(found[1]) - 1
        self.own, self.value, self.formula, self.has_formula = own, "", "", False

    def text(self, text: str) -> None:
        if self.inside == "v":
            self.value += text
        elif self.inside == "f":
            self.formula += text

    def end(self, tag: str) -> None:
        if tag in ("v", "f"):
            self.inside = ""
        elif tag == "c":
            self._take()
            self.col += 1
        elif tag == "row":
            self.row += 1

    def _take(self) -> None:
        kind, value = self.own.get("t", "n"), self.value.strip()
        place = (self.row, self.col)
        if kind == "e":
            self.missing.put.append((*place, value))
        elif self.has_formula and kind != "str" and not value:
            self.facts.unsaved(*place, f"={self.formula}")
        elif self.has_formula and self.recalculated and value in ("0", "0.0"):
            # Writers that compute nothing store 0 and ask for a computation when the file is opened.
            self.missing.put.append((*place, ""))
            self.facts.unsaved(*place, f"={self.formula}")
        elif kind == "n" and value:
            style = self.own.get("s", "0")
            code = self.styles.codes.get(int(style)) if style.isdigit() else None
            if code is not None and not spelt_alike(value, code):
                self.facts.number(self.missing, *place, value, show(value, code, self.styles.epoch_1904))


def read(content: bytes, styles: Styles, recalculated: bool) -> Missing:
    """What calamine leaves out of a sheet.

    Parameters
    ----------
    content : the sheet's XML
    styles : of the workbook
    recalculated : whether the workbook asks to be computed when it is opened

    Raises
    ------
    ValueError
        If the part is no XML or an attribute is none.
    """
    cells = _Cells(styles, recalculated)
    parsed(content, cells.start, end=cells.end, text=cells.text)
    cells.missing.notes = cells.facts.notes()
    return cells.missing


def missing(
    parts: dict[str, bytes], told: Mapping[str, str], unusual: Collection[str], formats: bool = True
) -> dict[str, Missing]:
    """What calamine leaves out of an .xlsx, by sheet; raised digits within texts are made such characters in ``parts``.

    Parameters
    ----------
    parts : the workbook's, by name
    told : what is to be said of a part
    unusual : parts that are written as few programs write them
    formats : whether a number is taken as its format shows it
    """
    for name, content in parts.items():
        if b"vertAlign" in content and name != "xl/styles.xml":
            parts[name] = raised(content)
    looked = _looked(parts, unusual, formats)
    if not looked and not any(told.values()):
        return {}
    book = Workbook(parts)
    styles, found = book.styles() if formats else Styles(), {}
    for sheet, part in book.sheets.items():
        own = Missing()
        if part in looked:
            known = looked[part]
            own = read(parts[part], styles, book.recalculated) if known is None else _formatted(known, styles)
        if told.get(part):
            own.notes.append(told[part])
        if own.put or own.notes:
            found[sheet] = own
    return found


def _looked(
    parts: Mapping[str, bytes], unusual: Collection[str], formats: bool
) -> dict[str, list[re.Match[bytes]] | None]:
    """Sheets that hold something to look at; where that is nothing but formatted cells, these cells."""
    used = _used_formats(parts.get("xl/styles.xml", b"")) if formats else []
    some, cells = _formatted_cells(used)
    looked: dict[str, list[re.Match[bytes]] | None] = {}
    for name, content in parts.items():
        if b"worksheet" not in content[:_HEAD]:
            continue
        if name in unusual or b'"e"' in content or any(holds(content, *mark) for mark in _MARKS):
            looked[name] = None
        elif used and some.search(content) and (formatted := list(cells.finditer(content))):
            looked[name] = formatted
    return looked


def _used_formats(styles: bytes) -> list[bytes]:
    """Places, in the list of cell styles, of those whose format may show another number; none to look at is the rule."""
    within = styles[styles.find(b"cellXfs") : styles.rfind(b"cellXfs")]
    used = _PLAIN_XF.findall(within)
    if len(used) < within.count(b"<xf") or b":xf" in within:
        used = [(found[1] if (found := _FORMAT.search(tag)) else b"0") for tag in _XF.findall(within)]
    places = [at for at, number in enumerate(used) if number not in (b"0", b"49")]
    if places:
        try:
            codes = Styles.of(styles).codes
        except ValueError:
            pass  # a cell that has one of them tells what is wrong
        else:
            places = [at for at in places if at in codes]
    return [str(at).encode() for at in places]


def _formatted_cells(used: list[bytes]) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """What a sheet with cells of these styles holds at least, and the cells that hold a number, as common programs write them."""
    own = b"|".join(used)
    return re.compile(rb'\ss="(?:%s)"[^<>]*><v>' % own), re.compile(
        rb'<c r="([A-Z]{1,3})([0-9]{1,7})"((?:\s[^<>]*?)?)\ss="(%s)"([^<>]*)><v>([^<]*)</v>' % own
    )


def _formatted(cells: list[re.Match[bytes]], styles: Styles) -> Missing:
    """What the formats of cells show."""
    missing, facts = Missing(), Facts()
    for cell in cells:
        others, stored = cell[3] + cell[5], cell[6].decode().strip()
        code = styles.codes.get(int(cell[4]))
        if code is None or (b' t="' in others and b' t="n"' not in others) or spelt_alike(stored, code):
            continue
        facts.number(
            missing,
            int(cell[2]) - 1,
            number_of(cell[1].decode()) - 1,
            stored,
            show(stored, code, styles.epoch_1904),
        )
    missing.notes = facts.notes()
    return missing


_HEAD = 4096
_XF = re.compile(rb"<(?:\w{1,32}:)?xf(?=[\s/>])[^<>]*>")
_PLAIN_XF = re.compile(rb'<xf numFmtId="([0-9]+)"')
_FORMAT = re.compile(rb"""\snumFmtId\s*=\s*["']\s*(\d+)""")
_MARKS = ((b"='", 1), (b"hidden", 0), (b"<f", 1))
"""What stands in an ordinary sheet that may hold formulas, or hidden rows and columns, each with the place of its rare byte;
beside errors."""
_RUN_END = re.compile(rb"(</(?:\w{1,32}:)?r>)")
_TEXT = re.compile(rb"(<(?:\w{1,32}:)?t(?:\s[^<>]*)?>)([^<]*)")
_ALIGN = re.compile(rb"vertAlign\s[^<>]*[\"'](super|sub)script")
RAISED = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def raised(content: bytes) -> bytes:
    """XML in which digits that stand raised or lowered within a text are such characters: 10.5 with a raised 1 is 10.5¹."""
    pieces = _RUN_END.split(content)
    for at, piece in enumerate(pieces):
        # A run ends where its text does; what stands before its begin belongs to others.
        aligned = _ALIGN.search(piece)
        if aligned is None:
            continue
        letters = RAISED if aligned[1] == b"super" else LOWERED
        head, tail = piece[: aligned.end()], piece[aligned.end() :]
        pieces[at] = head + _TEXT.sub(
            lambda text, letters=letters: text[1] + text[2].decode().translate(letters).encode(),
            tail,
            count=1,
        )
    return b"".join(pieces)
