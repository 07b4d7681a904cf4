"""What the cells of a sheet print, as arrays: each text of an edition is looked at once, and a cell is the text's number."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nianjian.extract.text import fold, holds_chinese, holds_note, holds_number, parse_number, tidy
from nianjian.extract.words import SheetWords
from nianjian.extract.workbooks import printed

NUMBER, CHINESE, LABEL_HEADER, SCOPE, BREAK, DIGIT, FILLED, NOTE = (1 << bit for bit in range(8))
"""Marks of a text: it is a number, well printed or badly; holds Chinese; stands above region names; names nothing but a scope;
has several lines; holds a digit as it is stored; is not blank; is a number with the mark of a note."""

_TYPED = NUMBER | DIGIT | FILLED

BLANK, STORED = 0, 1
"""Codes of the empty text, and of every cell that is stored as a number: its value tells what it prints."""

# As most numbers are typed. None of them is a word by which pages are read.
_PLAIN = re.compile(r" *(-?[0-9]{1,15}(?:\.[0-9]{1,15})?) *")
_DIGIT = re.compile(r"\d")


class Known(dict[str, int]):
    """Code of each text as it is stored; one that is new gets the next code.

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
        self._append("", "", math.nan, NUMBER | FILLED)

    def __missing__(self, text: str) -> int:
        plain = _PLAIN.fullmatch(text)
        if plain is None:
            code = self.add(printed(text), DIGIT if _DIGIT.search(text) else 0)
        else:
            bare = plain[1]
            code = len(self.texts)
            self.texts.append(text)
            self.tidied.append(bare)
            self._numbers.append(float(bare))
            self._marks.append(_TYPED)
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
            if holds_number(text):
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
    known : the texts of the edition
    codes : (rows, columns) array of the texts' codes
    values : (rows, columns) array of the cells that are stored as numbers
    marks : (rows, columns) array of the texts' marks
    stored_marks : the same, as the sheet was before texts were put in
    """

    def __init__(self, rows: Sequence[Sequence[Any]], known: Known) -> None:
        width = max(map(len, rows), default=0)
        self.known, self.shape = known, (len(rows), width)
        if any(len(row) != width for row in rows):
            rows = [[*row, *[""] * (width - len(row))] for row in rows]
        flat = list(chain.from_iterable(rows))
        kinds = set(map(type, flat))
        if kinds <= {str}:
            codes, values = list(map(known.__getitem__, flat)), None
        else:
            codes, values = self._coded(flat, kinds - {str, float})
        self.codes = np.fromiter(codes, np.int32, len(flat)).reshape(self.shape)
        self.values = np.zeros(self.shape)
        if values:
            self.values[self.codes == STORED] = values
        self.marks = self.stored_marks = known.marks[self.codes]

    def _coded(self, flat: Sequence[Any], others: set[type]) -> tuple[list[int], list[float]]:
        code: Callable[[str], int] = self.known.__getitem__
        if not others:
            return (
                [STORED if type(value) is float else code(value) for value in flat],
                [value for value in flat if type(value) is float],
            )
        # Dates, spans of time and truth count as what they print.
        add = self.known.add
        return (
            [
                STORED
                if type(value) is float
                else code(value)
                if isinstance(value, str)
                else add(printed(value))
                for value in flat
            ],
            [value for value in flat if type(value) is float],
        )

    def text(self, row: int, col: int) -> str:
        """What a cell prints."""
        code = self.codes[row, col]
        return printed(float(self.values[row, col])) if code == STORED else self.known.texts[code]

    def code(self, row: int, col: int) -> int:
        """Code of what a cell prints, also if it is stored as a number."""
        code = int(self.codes[row, col])
        return self.known.add(self.text(row, col)) if code == STORED else code

    def line(self, row: int) -> list[str]:
        """Texts of a row."""
        texts, own = self.known.texts, self.codes[row].tolist()
        return [self.text(row, col) if code == STORED else texts[code] for col, code in enumerate(own)]

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
