"""The words by which a page is read, compiled: section ``sheets`` of config/reading.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from nianjian.declarations.models.reading import Sheets
from nianjian.extract.text import fold


@dataclass(frozen=True)
class SheetWords:
    """Patterns by which a page is read; each is tried on folded text unless said otherwise.

    Attributes
    ----------
    title : start of a title; groups are chapter and number
    continued : in the title, as printed, of a page that goes on with the table before it
    label_header : what stands above the column of region names
    scope_header : a header cell that names nothing but a scope
    note, unit_note, footnote : start of a line about the page, of one that gives its unit, of one below the table
    bare_unit : the whole of a header cell that is a unit
    year : year that heads a column of a compiled panel
    """

    title: re.Pattern[str]
    continued: re.Pattern[str]
    label_header: re.Pattern[str]
    scope_header: re.Pattern[str]
    note: re.Pattern[str]
    unit_note: re.Pattern[str]
    bare_unit: re.Pattern[str]
    footnote: re.Pattern[str]
    year: re.Pattern[str]

    @classmethod
    def of(cls, declared: Sheets) -> SheetWords:
        """Compile the words as declared."""
        multiples = re.escape(declared.bare_unit_multiples)
        units, signs = _one_of(declared.bare_units), _one_of(declared.bare_unit_signs)
        return cls(
            title=re.compile(declared.title),
            continued=re.compile(declared.continued),
            label_header=re.compile(f"^(?:{_one_of(declared.label_headers)})$", re.IGNORECASE),
            scope_header=re.compile(declared.scope_header),
            note=re.compile(declared.note),
            unit_note=re.compile(declared.unit_note),
            bare_unit=re.compile(f"[{multiples}]{{0,2}}(?:{units})|{signs}"),
            footnote=re.compile(declared.footnote),
            year=re.compile(declared.year),
        )

    def table_number(self, text: str) -> str:
        """The table number that a title or file name starts with, hyphenated, or ""."""
        match = self.title.match(fold(text))
        return f"{int(match[1])}-{int(match[2])}" if match else ""

    @cached_property
    def numbers_are_titles(self) -> bool:
        """Whether a cell that holds nothing but a number may be the title of a table."""
        digits = ("1", "12", "123", "1234")
        return any(
            self.table_number(text)
            for whole in digits
            for text in (whole, f"-{whole}", *(f"{whole}.{part}" for part in digits), f"{whole}e-05")
        )

    def is_label_header(self, text: str) -> bool:
        """Whether a cell stands above the column of region names."""
        return self.label_header.match(fold(text)) is not None


def _one_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in words)
