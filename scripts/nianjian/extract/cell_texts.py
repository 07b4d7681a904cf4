"""What the cells of a sheet print, as arrays: a text is looked at once, and a cell is the code of its text."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nianjian.extract.text import fold, holds_chinese, holds_note, holds_number, parse_number, tidy
from nianjian.extract.words import SheetWords
from nianjian.extract.workbooks import printed

NUMBER, CHINESE, LABEL_HEADER, SCOPE, BREAK, DIGIT, FILLED, NOTE = (1 << bit for bit in range(8))
"""Marks of a text: it is a number, well printed or badly; holds Chinese; stands above region names; names nothing but a scope;
has several lines; holds a digit as it is stored; is not blank; is a number with the mark of a note."""

BLANK = 0
"""Code of the empty text."""
_TYPED, _STORED = NUMBER | DIGIT | FILLED, NUMBER | FILLED

# A number as most are typed, behind it the end of a text. None is a word by which pages are read.
_PLAIN = pc.MatchSubstringOptions(r"^ *-?[0-9]+(\.[0-9]+)? *\x00$")
# One with commas between its thousands.
_GROUPED = re.compile(r" *(-?[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,9})?) *")
_LONGEST = 32
"""Characters of such a number: its value is finite."""
_DIGIT = re.compile(r"\d")
_FEW = 64
"""Cells of a sheet that are looked at one by one."""
_DIGITS = 16
"""Characters of a number from which on a spreadsheet may show less than is stored."""
_WHOLE, _LARGE, _SMALL = 1e15, 1e9, 1e-4
"""Whole numbers below the first, and others between the last two, are spelt by Arrow as by Python."""


class Known(dict[str, int]):
    """Code of each text of an edition as it is stored; one that is new gets the next code.

    Parameters
    ----------
    words : by which pages are read

    Attributes
    ----------
    texts, tidied : by code, as printed and in one line
    """

    def __init__(self, words: SheetWords) -> None:
        super().__init__()
        self.words = words
        self.texts: list[str] = []
        self.tidied: list[str] = []
        self._numbers = array("d")
        self._marks = bytearray()
        self._seen = (np.zeros(0), np.zeros(0, np.uint8))
        self._titles: dict[int, str] = {}
        self._phrases: dict[str, int] = {}
        self[""] = self._append("", "", math.nan, 0)

    def __missing__(self, text: str) -> int:
        if grouped := _GROUPED.fullmatch(text):
            code = self._append(text, grouped[1], float(grouped[1].replace(",", "")), _TYPED)
        else:
            code = self.add(printed(text), DIGIT if _DIGIT.search(text) else 0)
        self[text] = code
        return code

    def add(self, text: str, marks: int = 0) -> int:
        """Code of a text as it is printed."""
        number = None
        if text:
            words, folded = self.words, fold(text)
            marks |= FILLED
            marks |= CHINESE if holds_chinese(text) else 0
            marks |= BREAK if "\n" in text else 0
            marks |= LABEL_HEADER if words.label_header.match(folded) else 0
            marks |= SCOPE if words.scope_header.match(folded) else 0
            if (_DIGIT.search(folded) or "#" in folded) and holds_number(text):
                number = parse_number(text)
                marks |= NUMBER | (NOTE if number is not None and holds_note(tidy(text)) else 0)
        return self._append(text, tidy(text), math.nan if number is None else number, marks)

    def phrase(self, text: str) -> int:
        """Code of a text that is put together of what cells print, such as a header path; it has no marks."""
        if text not in self._phrases:
            self._phrases[text] = self._append(text, text, math.nan, 0)
        return self._phrases[text]

    def _append(self, text: str, tidied: str, number: float, marks: int) -> int:
        self.texts.append(text)
        self.tidied.append(tidied)
        self._numbers.append(number)
        self._marks.append(marks)
        return len(self.texts) - 1

    def _arrays(self) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        if len(self._seen[1]) < len(self._marks):
            self._seen = np.array(self._numbers), np.frombuffer(bytes(self._marks), np.uint8)
        return self._seen

    @property
    def numbers(self) -> NDArray[np.float64]:
        """By code, what a text is as a number; NaN if it is none."""
        return self._arrays()[0]

    @property
    def marks(self) -> NDArray[np.uint8]:
        """By code, the marks of a text."""
        return self._arrays()[1]

    def table_number(self, code: int) -> str:
        """The table's number with which a text begins, or ""."""
        if code not in self._titles:
            self._titles[code] = self.words.table_number(self.texts[code])
        return self._titles[code]


class SheetTexts:
    """Texts of a sheet.

    Attributes
    ----------
    known : the texts of the edition that are more than a number
    pool : texts of the sheet that are plain numbers
    codes : (rows, columns) array: codes of ``known``, or below 0 the places in ``pool``, counted from -1 down
    marks : (rows, columns) array of the texts' marks
    stored_marks : the same, as the sheet was before texts were put in
    """

    def __init__(self, rows: Sequence[Sequence[Any]], known: Known) -> None:
        width = max(map(len, rows), default=0)
        self.known, self.shape = known, (len(rows), width)
        if any(len(row) != width for row in rows):
            rows = [[*row, *[""] * (width - len(row))] for row in rows]
        flat = list(chain.from_iterable(rows))
        self.pool, self._pool_numbers = pa.array([], pa.string()), np.zeros(0)
        if len(flat) < _FEW:
            own = [known[each] if isinstance(each, str) else known.add(printed(each)) for each in flat]
            codes = np.array(own, np.int32)
            marks = known.marks[codes]
        else:
            codes, marks = self._coded(flat)
        self.codes = codes.reshape(self.shape)
        self.marks = self.stored_marks = marks.reshape(self.shape)

    def _coded(self, flat: Sequence[Any]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Codes and marks of all cells."""
        kinds = set(map(type, flat))
        strings: Sequence[Any] = flat
        if kinds != {str}:
            # Dates, spans of time and truth are None too, and looked at later.
            strings = [each if type(each) is str else None for each in flat]
        place = dict.fromkeys(strings)
        different = list(place)
        place = dict(zip(different, range(len(different)), strict=True))
        index = np.fromiter(map(place.__getitem__, strings), np.int32, len(strings))
        code_of, mark_of = self._looked_at(["" if each is None else each for each in different])
        codes, marks = code_of[index], mark_of[index]
        if kinds != {str}:
            at = np.flatnonzero(index == place[None])
            others = [flat[each] for each in at.tolist()]
            codes[at], marks[at] = self._others(others)
        return codes, marks

    def _looked_at(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Codes and marks of different texts."""
        known = self.known
        found = _terminated(texts)
        plain = np.asarray(pc.call_function("match_substring_regex", [found], _PLAIN))
        plain &= np.asarray(pc.binary_length(found)) <= _LONGEST
        numbers = pc.ascii_trim(found.filter(pa.array(plain)), " \0")
        self.pool, self._pool_numbers = numbers, np.asarray(pc.cast(numbers, pa.float64()))
        codes, marks = np.empty(len(texts), np.int32), np.full(len(texts), _TYPED, np.uint8)
        codes[plain] = ~np.arange(len(numbers), dtype=np.int32)
        others = np.flatnonzero(~plain)
        own = np.fromiter(
            map(known.__getitem__, [texts[at] for at in others.tolist()]), np.int32, len(others)
        )
        codes[others], marks[others] = own, known.marks[own]
        return codes, marks

    def _others(self, values: Sequence[Any]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Codes and marks of cells that are no text."""
        known, floats = self.known, [each for each in values if type(each) is float]
        shown, numbers = stored_numbers(np.array(floats))
        first = len(self.pool)
        self.pool = pa.concat_arrays([self.pool, shown])
        self._pool_numbers = np.concatenate([self._pool_numbers, numbers])
        codes = ~np.arange(first, first + len(values), dtype=np.int32)
        marks = np.full(len(values), _STORED, np.uint8)
        if len(floats) < len(values):
            is_float = np.array([type(each) is float for each in values])
            own = [known.add(printed(each)) for each in values if type(each) is not float]
            codes[is_float], codes[~is_float] = codes[: len(floats)].copy(), own
            marks[~is_float] = known.marks[own]
        return codes, marks

    def numbers(self, codes: NDArray[np.int32]) -> NDArray[np.float64]:
        """What texts are as numbers; NaN for none."""
        found: NDArray[np.float64] = self.known.numbers[np.maximum(codes, 0)]
        plain = codes < 0
        found[plain] = self._pool_numbers[~codes[plain]]
        return found

    def text(self, row: int, col: int) -> str:
        """What a cell prints, of a number without the blanks around."""
        code = int(self.codes[row, col])
        return self.known.texts[code] if code >= 0 else str(self.pool[~code])

    def code(self, row: int, col: int) -> int:
        """Code of what a cell prints among the known texts, also if it is a plain number."""
        code = int(self.codes[row, col])
        return code if code >= 0 else self.known.add(self.text(row, col))

    def line(self, row: int) -> list[str]:
        """Texts of a row."""
        texts, own = self.known.texts, self.codes[row].tolist()
        return [texts[code] if code >= 0 else str(self.pool[~code]) for code in own]

    def holds_number(self, row: int, col: int) -> bool:
        """Whether a cell prints a number."""
        return bool(self.marks[row, col] & NUMBER)

    def put(self, row: int, col: int, text: str) -> None:
        """Let a cell print another text."""
        if self.marks is self.stored_marks:
            self.marks = self.marks.copy()
        code = self.known.add(text) if text else BLANK
        self.codes[row, col] = code
        self.marks[row, col] = self.known.marks[code]


def _terminated(texts: Sequence[str]) -> pa.StringArray:
    """Texts as an Arrow array, each with a zero behind it: this is how they are put together fastest.

    A zero or half a character within a text, which no number has, stands as a question mark.
    """
    joined = "\0".join(texts) + "\0"
    if joined.count("\0") != len(texts):
        joined = "\0".join(text.replace("\0", "?") for text in texts) + "\0"
    data = joined.encode("utf-8", "replace")
    ends = np.zeros(len(texts) + 1, np.int32)
    ends[1:] = np.flatnonzero(np.frombuffer(data, np.uint8) == 0) + 1
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(data))


def stored_numbers(values: NDArray[np.float64]) -> tuple[pa.Array, NDArray[np.float64]]:
    """What cells that are stored as numbers print, and that as numbers: the same as ``printed`` and ``parse_number``."""
    sizes = np.abs(values)
    whole = (sizes < _WHOLE) & (np.trunc(values) == values)
    usual = whole | ((sizes >= _SMALL) & (sizes < _LARGE))
    shown = pc.if_else(
        pa.array(whole),
        pc.cast(pa.array(np.where(whole, values, 0).astype(np.int64)), pa.string()),
        pc.cast(pa.array(values), pa.string()),
    )
    usual &= np.asarray(pc.binary_length(shown)) <= _DIGITS
    numbers = values + 0.0  # -0 is printed as 0
    if usual.all():
        return shown, numbers
    odd = np.flatnonzero(~usual)
    others = [printed(float(values[at])) for at in odd]
    parsed = [parse_number(text) for text in others]
    numbers[odd] = [np.nan if each is None else each for each in parsed]
    chosen = np.arange(len(values))
    chosen[odd] = len(values) + np.arange(len(odd))
    return pa.concat_arrays([shown, pa.array(others, pa.string())]).take(pa.array(chosen)), numbers
