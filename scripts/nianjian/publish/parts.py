"""Numbers and words of a table's cells, and how they are written: one convention a style, whatever the format."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from nianjian.declarations.models.style import Style
from nianjian.publish.sources import Sources
from nianjian.text import FIRST, Text, word

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
THOUSANDS = {"comma": ",", "space": NO_BREAK_SPACE, "thin": THIN_SPACE, "none": ""}
FULL = ("\N{FULLWIDTH LEFT PARENTHESIS}", "\N{FULLWIDTH RIGHT PARENTHESIS}")
PLAIN = Style()
"""The project's own look."""

Brackets = Literal["", "()", "[]", "<>"]


def _rounded(value: float, decimals: int) -> Decimal:
    """Round as Excel displays numbers, halves away from zero, so that all formats print the same digits.

    Python rounds the binary number: 8.7275, stored as 8.72749..., would give 8.727 here and 8.728 in Excel.
    """
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


P_VALUE = "p_value"
SIGNIFICANT, MOST_DECIMALS = 2, 8
"""Digits that a number keeps which the declared decimals would print as zero, and how far behind the point."""


def _is_lost(value: float, decimals: int) -> bool:
    """Whether a number that is not zero would be printed as one."""
    return decimals > 0 and value != 0 and not _rounded(value, decimals)


class Pieces(NamedTuple):
    """A printed number: ``(``, ``−1,234``, ``.0816``, ``)`` and stars, each perhaps empty."""

    before: str
    whole: str
    decimals: str
    after: str
    stars: str

    @property
    def left(self) -> str:
        """What stands left of the point."""
        return self.before + self.whole

    @property
    def right(self) -> str:
        """What stands from the point on, without stars."""
        return self.decimals + self.after


def thousands(language: str, style: Style) -> str:
    """How thousands are set apart: as the style says, or, of a language that it does not name, as the catalogue does."""
    own = style.numbers.thousands.get(language)
    return own or next(
        (key for key, mark in THOUSANDS.items() if mark == word("punctuation.thousands")[language]), "comma"
    )


def separator(language: str, style: Style) -> str:
    """What sets thousands apart."""
    return THOUSANDS[thousands(language, style)]


def has_full_brackets(language: str, style: Style) -> bool:
    """Whether round brackets are full-width."""
    own = style.numbers.brackets.get(language)
    return own == "full" if own else word("punctuation.brackets")[language].startswith(FULL[0])


def apart(whole: str, language: str, style: Style) -> str:
    """Digits before the point with thousands set apart, from as many digits on as the style says."""
    digits = whole.lstrip("-")
    if len(digits) < style.numbers.grouped_from:
        return whole
    return f"{int(whole):,}".replace(",", separator(language, style))


def signed(text: str, style: Style) -> str:
    """With the style's minus."""
    return text.replace("-", MINUS) if style.numbers.minus == "sign" else text


_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:([ ,\u00a0\u202f])\d{3})(?:\1\d{3})*(?![\d]|,\d)")
_MINUS = re.compile(r"(?<![A-Za-z0-9_\u2013.)\]-])[-\u2212](?=\.?\d)")
_ZERO = re.compile(r"(?<![\w.,])0(?=\.\d)")
_RELATION = re.compile(r"(?<![A-Za-z])([A-Za-zρλβ]{1,2}) ([<>=≤≥]) (?=[\d.−-])")
_GAS = re.compile(r"(?<![A-Za-z_])(SO2|CO2|NO2)(?![A-Za-z0-9_])")


def prose(text: str, language: str, style: Style) -> str:
    """Words with the numbers in them written as those of the cells are.

    Thousands set apart in whatever way are set apart in the style's; a hyphen before a number is its minus; the zero before a
    point stands or not, as in the style; ``p < 0.1`` stays on one line; ``SO2`` has its subscript.
    """

    def regrouped(found: re.Match[str]) -> str:
        return apart(re.sub(r"\D", "", found[0]), language, style)

    text = _GROUPS.sub(regrouped, text)
    text = _MINUS.sub(MINUS if style.numbers.minus == "sign" else "-", text)
    if not style.numbers.leading_zero:
        text = _ZERO.sub("", text)
    text = _RELATION.sub(rf"\1{NO_BREAK_SPACE}\2{NO_BREAK_SPACE}", text)
    return _GAS.sub(lambda found: found[1][:2] + "₂", text)


@dataclass(frozen=True)
class Number:
    """A number of a cell: what it is, and how it is printed.

    What is not zero is never printed as zero: a p-value is said to lie below the last digit, anything else gets as many
    decimals as two significant digits need.

    Attributes
    ----------
    decimals : digits after the point that are asked for
    statistic : name as in ``config/published``: ``coef``, ``se``, ``N``, ``R2``, ``mean``, ...
    interval : 95 % confidence interval of an estimate; not printed, kept for the scorecard
    grouped : thousands are set apart, as the style does; not those of a year
    shows : where it comes from; a table takes no number without
    """

    value: float
    decimals: int
    statistic: str
    stars: str = ""
    brackets: Brackets = ""
    grouped: bool = True
    interval: tuple[float, float] | None = None
    shows: Sources = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.statistic} is {self.value}: a table prints finite numbers")

    @property
    def places(self) -> int:
        """Digits after the point as it is printed."""
        if self.statistic == P_VALUE or not _is_lost(self.value, self.decimals):
            return self.decimals
        return min(SIGNIFICANT - 1 - math.floor(math.log10(abs(self.value))), MOST_DECIMALS)

    @property
    def beyond(self) -> str:
        """``<`` or ``>`` where the number lies between zero and the last digit that is printed; else empty."""
        # No draw beyond the estimate, or one too far out for the computer's numbers: a p-value is never zero.
        p_of_zero = self.statistic == P_VALUE and self.value == 0 and self.places > 0
        if not (p_of_zero or _is_lost(self.value, self.places)):
            return ""
        return "<" if self.value >= 0 else ">"

    def marks(self, language: str, style: Style = PLAIN) -> tuple[str, str]:
        """What stands before and after the digits; round brackets are those of the style."""
        if not self.brackets:
            return "", ""
        if self.brackets == "()" and has_full_brackets(language, style):
            return FULL
        return self.brackets[0], self.brackets[1]

    def pieces(self, language: str, style: Style = PLAIN) -> Pieces:
        """What is printed, taken apart where columns are aligned."""
        value = _rounded(self.value, self.places)
        if self.beyond:
            value = Decimal(1).scaleb(-self.places).copy_sign(Decimal(self.value))
        whole, point, decimals = f"{value:f}".partition(".")
        if self.grouped:
            whole = apart(whole, language, style)
        if point and not style.numbers.leading_zero and whole in ("0", "-0"):
            whole = whole[:-1]
        before, after = self.marks(language, style)
        before += self.beyond and self.beyond + NO_BREAK_SPACE
        return Pieces(before, signed(whole, style), point + decimals, after, self.stars)

    def digits(self, language: str, style: Style = PLAIN) -> str:
        """The number with its brackets and without its stars."""
        return "".join(self.pieces(language, style)[:-1])

    def printed(self, language: str, style: Style = PLAIN) -> str:
        """The number with brackets and stars."""
        return "".join(self.pieces(language, style))


def told(value: float, decimals: int) -> str:
    """A number in a sentence: no zero that is none; :func:`prose` writes it as the style has it."""
    return Number(value, decimals, "told").digits(FIRST)


@dataclass(frozen=True)
class Word:
    """A cell that is no number: yes or no, a sign, a unit, a term that was dropped.

    ``value`` is the same in all languages (``Yes``, ``+``); empty where only the text says it. ``shows`` says where it comes
    from; a table takes no word without.
    """

    text: Text
    statistic: str
    value: str = ""
    shows: Sources = ()

    def printed(self, language: str, style: Style = PLAIN) -> str:
        """The word, its numbers written as all others."""
        return prose(self.text[language], language, style)


Part = Number | Word
Cell = tuple[Part, ...]
"""What stands beside each other in one cell: a coefficient, or a coefficient and its standard error."""

EMPTY: Cell = ()


def where_finite(
    value: float,
    decimals: int,
    statistic: str,
    shows: Sources,
    *,
    stars: str = "",
    grouped: bool = True,
    interval: tuple[float, float] | None = None,
) -> Cell:
    """A number as a cell, which is empty where there is none: one observation has no standard deviation."""
    if not math.isfinite(value):
        return EMPTY
    number = Number(
        float(value), decimals, statistic, stars=stars, grouped=grouped, interval=interval, shows=shows
    )
    return (number,)


def lines_of(values: Iterable[Cell], errors: Iterable[Cell], *, beside: bool) -> tuple[tuple[Cell, ...], ...]:
    """Lines of a row: what stands in brackets each beside its value, or all in a line below, where there is any."""
    errors = tuple(errors)
    if beside or not any(errors):
        return (tuple(value + error for value, error in zip(values, errors, strict=True)),)
    return (tuple(values), tuple(errors))
