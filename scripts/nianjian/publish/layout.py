"""How a table fits a page: heads wrap before type shrinks, type shrinks to the style's smallest, what is wider still is
continued; and where the decimal points of a column stand.

Widths are in digits, half as wide as the font is high: a Chinese letter takes two, an i half of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from nianjian.language import has_han
from nianjian.language import width as text_width
from nianjian.publish.parts import Cell, Number
from nianjian.publish.tables import Panel, Row, Table

STAR = 0.6
"""Width of a raised star, in digits as all below."""
BESIDE = 2.5
"""Room between numbers that stand beside each other."""
NARROWEST_STUB, NARROWEST_HEAD = 14.0, 6.0
"""Widths that labels and heads of Chinese letters are left at least."""
ALIGNED = ("min", "max", "median", "p25", "p75")
"""Statistics that stand under the decimal points of their column also where they have no decimals."""
_EMS = {
    letter: width / 1000
    for width, letters in (
        (180, "'"), (200, "|"), (250, " ,.\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"), (278, "/:;ijlt\\"),
        (333, "!()[]-`Ifr"), (389, "Js"), (444, "?acez"), (500, "0123456789#$*_bdghknopquvxy–"), (556, "FPS"),
        (564, "+<=>\N{MINUS SIGN}×±≤≥"), (611, "ELTZ"), (667, "BCR"), (722, "ADGHKNOQUVXYw"), (778, "&m"), (833, "%"),
        (889, "M"), (921, "@"), (944, "W"), (1000, "—"),
    )
    for letter in letters
}  # fmt: skip
"""Widths of Times, in its height; those of other serif fonts are close."""


def ems(text: str) -> float:
    """Width of a text in a font such as Times, in its height."""
    return sum(_EMS.get(letter, text_width(letter) / 2) for letter in text)


def digits_wide(text: str) -> float:
    """Width of a text in digits."""
    return 2 * ems(text)


# -- columns that stand under each other -----------------------------------------------------------


@dataclass(frozen=True)
class Alignment:
    """What numbers of a column look like left and right of their decimal points.

    Attributes
    ----------
    lefts : before the point, each once
    rights : from the point on, with stars
    """

    lefts: tuple[str, ...]
    rights: tuple[tuple[str, str], ...]

    @property
    def printed(self) -> float:
        """Room of all numbers under each other, in digits."""
        left = max(digits_wide(each) for each in self.lefts)
        return left + max(digits_wide(each) + STAR * len(stars) for each, stars in self.rights)

    @property
    def left(self) -> float:
        """Widest before the point, in Latin letters."""
        return max(text_width(each) for each in self.lefts)

    @property
    def right(self) -> float:
        """Widest from the point on."""
        return max(text_width(each) + STAR * len(stars) for each, stars in self.rights)


def parts_of(table: Table) -> list[int]:
    """How many numbers stand beside each other in each column."""
    return [
        max((len(line[index]) for row in table.rows() for line in row.lines), default=1) or 1
        for index in range(len(table.columns))
    ]


def stands_alone(cell: Cell, parts: int) -> bool:
    """Whether what a cell holds stands in the middle of columns that others share."""
    return len(cell) < parts


def is_aligned(number: Number, has_decimals: bool) -> bool:
    """Whether a number stands under the points of its column; counts below coefficients stand in the middle."""
    return number.places > 0 or not has_decimals or number.statistic in ALIGNED


def alignments(table: Table, language: str) -> dict[tuple[int, int], tuple[Alignment, bool]]:
    """By column and place within its cells: the alignment, and whether any number has decimals."""
    found: dict[tuple[int, int], list[Number]] = {}
    parts = parts_of(table)
    for row in table.rows():
        for line in row.lines:
            for index, cell in enumerate(line):
                if not stands_alone(cell, parts[index]):
                    for place, part in enumerate(cell):
                        if isinstance(part, Number):
                            found.setdefault((index, place), []).append(part)
    made = {}
    for key, numbers in found.items():
        has_decimals = any(number.places > 0 for number in numbers)
        shown = [
            number.pieces(language, table.style) for number in numbers if is_aligned(number, has_decimals)
        ]
        lefts = dict.fromkeys(each.left for each in shown)
        rights = dict.fromkeys((each.right, each.stars) for each in shown)
        made[key] = (Alignment(tuple(lefts), tuple(rights)), has_decimals)
    return made


# -- widths ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Widths:
    """Widths of the columns of a table, label columns first.

    Attributes
    ----------
    stubs : number of label columns
    natural : nothing wraps
    narrow : heads and labels wrap at every blank
    """

    stubs: int
    natural: tuple[float, ...]
    narrow: tuple[float, ...]

    def within(self, room: float) -> tuple[float, ...] | None:
        """Widths that together take at most ``room``, heads wrapped before labels; None where they cannot."""
        if sum(self.narrow) > room:
            return None
        stubs = self.natural[: self.stubs]
        heads = room - sum(stubs)
        if heads >= sum(self.narrow[self.stubs :]):
            return (*stubs, *_shrunk(self.natural[self.stubs :], self.narrow[self.stubs :], heads))
        narrow = self.narrow[self.stubs :]
        return (*_shrunk(stubs, self.narrow[: self.stubs], room - sum(narrow)), *narrow)


def _shrunk(natural: Sequence[float], narrow: Sequence[float], room: float) -> Iterator[float]:
    """Widths between the two that take at most ``room``: the widest give way first."""
    if sum(natural) <= room:
        yield from natural
        return
    low, high = 0.0, max(natural)
    for _ in range(40):
        middle = (low + high) / 2
        taken = sum(max(least, min(most, middle)) for most, least in zip(natural, narrow, strict=True))
        low, high = (middle, high) if taken <= room else (low, middle)
    yield from (max(least, min(most, low)) for most, least in zip(natural, narrow, strict=True))


def widths(table: Table, language: str) -> Widths:
    """Widths that a table needs."""
    natural: list[float] = []
    narrow: list[float] = []
    for index, head in enumerate(table.stub_heads(language)):
        labels = [head, *(table.says(row.labels[index], language) for row in table.rows())]
        widest = max(digits_wide(label) for label in labels)
        natural.append(widest)
        narrow.append(min(widest, max(NARROWEST_STUB, *(_longest_word(label) for label in labels))))
    levels = table.levels(language)
    aligned = alignments(table, language)
    for index in range(len(table.columns)):
        heads = [each.text for level in levels for each in level if each.start == index and each.span == 1]
        cells, least = _cells(table, index, language, aligned)
        natural.append(max([cells, *(digits_wide(head) for head in heads)]))
        narrow.append(max([least, *(_longest_word(head) for head in heads)]))
    return Widths(len(table.stubs), tuple(natural), tuple(narrow))


def _cells(
    table: Table, index: int, language: str, aligned: dict[tuple[int, int], tuple[Alignment, bool]]
) -> tuple[float, float]:
    """Width of a column's cells, and the least that they can do with: words wrap, numbers do not."""
    blocks = [own for (column, _), (own, _) in aligned.items() if column == index]
    numbers = sum(own.printed for own in blocks) + BESIDE * max(len(blocks) - 1, 0)
    natural = least = numbers
    for row in table.rows():
        for line in row.lines:
            cell = line[index]
            taken = sum(_part(part.printed(language, table.style), part) for part in cell)
            taken += BESIDE * max(len(cell) - 1, 0)
            natural = max(natural, taken)
            words = not any(isinstance(part, Number) for part in cell)
            longest = max((_longest_word(part.printed(language, table.style)) for part in cell), default=0.0)
            least = max(least, min(taken, max(NARROWEST_STUB, longest)) if words else taken)
    return natural, least


def _part(printed: str, part: object) -> float:
    stars = len(part.stars) if isinstance(part, Number) else 0
    return digits_wide(printed) - (1 - STAR) * stars


_AFTER = r"(?<=[-–/])(?![\d.])"
"""Where a line may end behind a mark; not behind the sign of a number."""


def _longest_word(text: str) -> float:
    """Of words that a line may end behind; Chinese lines end behind any letter."""
    if has_han(text):
        latin = [digits_wide(each) for each in re.findall(r"[!-~\u00a0-\u024f]+", text)]
        return min(digits_wide(text), max([NARROWEST_HEAD, *latin]))
    return max((digits_wide(each) for each in re.split(rf"[ ]|{_AFTER}", text)), default=0.0)


def wrapped(text: str, room: float) -> list[str]:
    """Lines of at most ``room`` digits, as far as words allow."""
    lines: list[str] = [""]
    for piece in _pieces(text):
        line = lines[-1] + piece
        if lines[-1] and digits_wide(line.rstrip()) > room + 0.01:
            lines.append(piece.lstrip(" "))
        else:
            lines[-1] = line
    return [line.strip(" ") for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """Pieces behind which a line may end."""
    if not has_han(text):
        yield from (piece for piece in re.split(rf"(?<=[ ])|{_AFTER}", text) if piece)
        return
    yield from re.findall(r"[（《“]*(?:[!-~\u00a0-\u024f]+ ?|.)[，。、；：）”》%]*", text)


# -- pages -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of a table that fits the page, with the widths of its columns in Latin letters."""

    table: Table
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Fit:
    """How a table stands on its page.

    Attributes
    ----------
    turned : the page lies on its side
    size : of the type, in points
    parts : one, or several that continue each other
    """

    turned: bool
    size: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Page:
    """A page on which a table may stand.

    Attributes
    ----------
    room : its width
    letter : width of a digit for a point of type size
    gap : width that each column takes beside its letters
    """

    room: float
    letter: float
    gap: float
    turned: bool = False

    def letters(self, columns: int, size: float) -> float:
        """Letters that so many columns may have together."""
        return (self.room - columns * self.gap) / (self.letter * size)


def fitted(table: Table, language: str, pages: Sequence[Page]) -> Fit:
    """The first way in which a table fits: upright before turned, wrapped before small, small before continued."""
    fonts, own = table.style.fonts, widths(table, language)
    sizes = sorted({fonts.size, min(fonts.size, fonts.smallest)}, reverse=True)
    ways = [
        (page, size) for turned in (False, True) for size in sizes for page in pages if page.turned is turned
    ]
    for page, size in ways:
        found = own.within(page.letters(len(own.natural), size))
        if found is not None:
            return Fit(page.turned, size, (Part(table, found),))
    page = [each for each in pages if not each.turned][-1]
    split = [(size, _split(table, language, page, size)) for size in sizes]
    size, groups = min(split, key=lambda way: (len(way[1]), -way[0]))
    return Fit(page.turned, size, tuple(_part_of(table, language, page, size, group) for group in groups))


def _part_of(table: Table, language: str, page: Page, size: float, columns: Sequence[int]) -> Part:
    part = table.restricted(columns)
    own = widths(part, language)
    found = own.within(page.letters(len(own.natural), size))
    return Part(part, found or own.narrow)


def _split(table: Table, language: str, page: Page, size: float) -> list[list[int]]:
    """Columns of each part: as few parts as can be, about equally wide, heads over several columns kept whole."""
    own, stubs = widths(table, language), len(table.stubs)
    whole = list(_together(table, language))

    def cost(columns: Iterable[int]) -> float:
        return sum(own.narrow[stubs + each] * page.letter * size + page.gap for each in columns)

    labels = sum(own.narrow[each] * page.letter * size + page.gap for each in range(stubs))
    blocks: list[list[int]] = []
    for block in whole:
        blocks += [block] if labels + cost(block) <= page.room else [[each] for each in block]

    def packed(room: float) -> list[list[int]]:
        groups: list[list[int]] = [[]]
        for block in blocks:
            if groups[-1] and labels + cost([*groups[-1], *block]) > room:
                groups.append([])
            groups[-1].extend(block)
        return groups

    best = packed(page.room)
    for percent in range(95, 40, -5):
        narrower = packed(page.room * percent / 100)
        if len(narrower) > len(best):
            break
        best = narrower
    return best


def _together(table: Table, language: str) -> Iterator[list[int]]:
    """Neighbouring columns under one head of the topmost level."""
    for head in table.levels(language)[0]:
        yield list(range(head.start, head.start + head.span))


# -- tables longer than a page ---------------------------------------------------------------------

Block = tuple[Panel, Row, float]
"""A row with its panel, and how high it is."""


def row_lines(part: Part, language: str) -> list[float]:
    """Lines of type that each row takes, where labels and words wrap."""
    table, stubs = part.table, len(part.table.stubs)
    heights = []
    for row in table.rows():
        labels = max(
            len(wrapped(table.says(label, language), width))
            for label, width in zip(row.labels, part.widths[:stubs], strict=True)
        )
        lines = 0
        for line in row.lines:
            cells = zip(line, part.widths[stubs:], strict=True)
            own = [
                len(wrapped(each.printed(language, table.style), width))
                for cell, width in cells
                for each in cell
                if not isinstance(each, Number)
            ]
            lines += max([1, *own])
        heights.append(float(max(labels, lines)))
    return heights


def by_height(part: Part, heights: Sequence[float], room: float, below: float) -> list[Part]:
    """Parts that each are at most so high, rows kept whole; a heading is repeated over what is left of its panel.

    Parameters
    ----------
    heights : of rows, in lines
    room : for rows and headings
    below : what the last part has below it, the notes
    """
    rows = ((panel, row) for panel in part.table.panels for row in panel.rows)
    blocks: list[Block] = [(*each, height) for each, height in zip(rows, heights, strict=True)]
    groups: list[list[Block]] = [[]]
    for block in blocks:
        if groups[-1] and _height([*groups[-1], block]) > room:
            groups.append([])
        groups[-1].append(block)
    last = groups[-1]
    carried: list[Block] = []
    while len(last) > 1 and _height(last) + below > room:
        carried.insert(0, last.pop())
        if _height(carried) + below > room:
            last.append(carried.pop(0))
            break
    groups += [carried] if carried else []
    if len(groups) == 1:
        return [part]
    return [Part(replace(part.table, panels=tuple(_panels(group))), part.widths) for group in groups]


def _height(blocks: Sequence[Block]) -> float:
    """Of rows, with a line for each heading and half a one for each rule between panels."""
    before = [None, *(panel for panel, _, _ in blocks)]
    opened = [
        panel.label is not None
        for above, (panel, _, _) in zip(before, blocks, strict=False)
        if above is not panel
    ]
    return sum(block[2] for block in blocks) + sum(1.4 if headed else 0.5 for headed in opened)


def _panels(blocks: Sequence[Block]) -> Iterator[Panel]:
    """Panels of neighbouring rows."""
    for _, own in groupby(blocks, key=lambda block: id(block[0])):
        found = list(own)
        yield Panel(tuple(row for _, row, _ in found), found[0][0].label)
