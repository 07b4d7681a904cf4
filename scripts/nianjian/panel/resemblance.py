"""What a header means that no spelling fits, where its words and its title's are those of one item and of no other.

Books put a quantity's words into header and title as they like: 全民所有制单位 below 全部职工工资总额, 职工工资总额 above
全民所有制职工. So the words of both together are compared with those of an item's spellings and label. What differs must
be without meaning (section ``headers.resemblance`` of config/reading.yaml), and words that exclude each other, such as
全民 and 集体, must be the same on both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from nianjian.declarations.models.items import Item
from nianjian.extract.text import fold
from nianjian.panel.dictionary import Dictionary, Spelling
from nianjian.panel.headers import Exclusive
from nianjian.schemas import HEADER_SEPARATOR

TITLE = 0.75
"""Share of the title's words that table words and spelling must hold, where the item's label is not in the header."""

_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Candidate:
    """A spelling and its item's label, both without weak words.

    Attributes
    ----------
    key, table, label : what is left of the spelling's words, its table's and the item's label
    pairs : pairs of neighbouring characters of all three
    meant : for each class the alternatives it means
    own : those that stand in the spelling itself
    """

    spelling: Spelling
    key: str
    table: str
    label: str
    pairs: frozenset[str]
    meant: tuple[frozenset[int], ...]
    own: tuple[frozenset[int], ...]


@dataclass(frozen=True)
class _Printed:
    """Words of a column.

    Attributes
    ----------
    header, title : without weak words
    said : for each class the alternatives that the header names, or else the title; None where the title names several
    named : those that either names
    """

    header: str
    title: str
    said: tuple[frozenset[int] | None, ...]
    named: tuple[frozenset[int], ...]


def _pairs(words: str) -> frozenset[str]:
    return frozenset(words[i : i + 2] for i in range(len(words) - 1)) or frozenset({words} - {""})


def _covered(words: str, pairs: Collection[str]) -> float:
    """Share of the characters that stand in one of these pairs; 1 of no words."""
    if len(words) < 2:
        return float(not words or any(words in pair for pair in pairs))
    found = [words[i : i + 2] in pairs for i in range(len(words) - 1)]
    return sum(a or b for a, b in zip([False, *found], [*found, False], strict=True)) / len(words)


class Resemblance:
    """Compares columns with the items of a dictionary by words that exclude each other, and by all words.

    Parameters
    ----------
    dictionary : spellings of all items
    items : the dictionary's declarations, for labels and units
    """

    def __init__(self, dictionary: Dictionary, items: Mapping[str, Item]) -> None:
        self.headers, self._units, self._items = dictionary.headers, dictionary.units, items
        self._words = dictionary.headers.resembling
        self._label = {name: self.headers.table_key(item.zh) for name, item in items.items()}
        self._spellings = list(dictionary.spellings())
        self._meant = lru_cache(maxsize=None)(self._meanings)
        self._spelled = [(i, words) for i, words in enumerate(self._words.classes) if words.spelled]
        self._in_header = lru_cache(maxsize=1 << 15)(self._named_in_header)
        self._above = lru_cache(maxsize=1 << 12)(self._named_above)
        self._printed = lru_cache(maxsize=1 << 15)(self._read)
        self._best = lru_cache(maxsize=1 << 15)(self._find)

    @cached_property
    def _candidates(self) -> list[_Candidate]:
        return [self._candidate(spelling) for spelling in self._spellings]

    @cached_property
    def _by_pair(self) -> dict[str, list[int]]:
        """Numbers of the candidates that hold a pair of characters."""
        by_pair: dict[str, list[int]] = defaultdict(list)
        for number, candidate in enumerate(self._candidates):
            for pair in candidate.pairs:
                by_pair[pair].append(number)
        return by_pair

    @cached_property
    def _afters(self) -> list[str]:
        return sorted({spelling.after for spelling in self._spellings} - {""})

    def contradicts(self, spelling: Spelling, header: str, title: str, note: str) -> str | None:
        """What a column says that the item of its spelling does not mean: 1980年不变价格 of a value at current prices."""
        here, there = self._in_header(header), self._above(title, note)
        if not any(here) and not any(there):
            return None
        meant = self._meant(spelling)[0]
        for number, words in self._spelled:
            says = here[number] or there[number]
            # A column of several (全民和集体) is of no single one.
            if (
                len(says) == 1
                and not says & meant[number]
                and words.forbids(meant[number], self._label[spelling.item])
            ):
                return words.alternatives[min(says)]
        return None

    def find(
        self, header: str, title: str, note: str, edition: int, before: Sequence[str] = ()
    ) -> Spelling | None:
        """The spelling of the one item whose words are those of the column, None where there is none or are several.

        Parameters
        ----------
        header, title, note : as printed
        edition : of the yearbook
        before : whole paths (lookup keys) of the columns to its left
        """
        afters = tuple(after for after in self._afters if any(after in words for words in before))
        return self._best(header, title, note, edition, afters)

    def _candidate(self, spelling: Spelling) -> _Candidate:
        key, table = self._strip(spelling.key), self._strip(spelling.table)
        label = self._strip(self._label[spelling.item])
        meant, own = self._meanings(spelling)
        return _Candidate(
            spelling, key, table, label, _pairs(key) | _pairs(table) | _pairs(label), meant, own
        )

    def _strip(self, words: str) -> str:
        # Neutral words are read next to weak ones (当年 in 当年价格), and leave others behind.
        weak = self._words.weak
        return weak.sub("", self.headers.loose_key(weak.sub("", words)))

    def _meanings(self, spelling: Spelling) -> tuple[tuple[frozenset[int], ...], tuple[frozenset[int], ...]]:
        """Alternatives of each class that an item means, and those that stand in the spelling and its table words."""
        label = self._label[spelling.item] + spelling.key
        in_label, in_key, in_table = (
            self._named(label),
            self._named(spelling.key),
            self._named(spelling.table),
        )
        meant = tuple(a or (t if len(t) == 1 else _NONE) for a, t in zip(in_label, in_table, strict=True))
        return meant, tuple(key | table for key, table in zip(in_key, in_table, strict=True))

    def _named(self, words: str) -> tuple[frozenset[int], ...]:
        """For each class the alternatives that a text names."""
        return tuple(each.named(words) for each in self._words.classes)

    def _named_in_header(self, header: str) -> tuple[frozenset[int], ...]:
        return self._named(self.headers.folded(fold(header).replace(fold(HEADER_SEPARATOR), "")))

    def _named_above(self, title: str, note: str) -> tuple[frozenset[int], ...]:
        return self._named(self.headers.title_words(title) + self.headers.table_key(note))

    def _read(self, header: str, title: str, note: str) -> _Printed:
        parts = self.headers.take_apart(header)
        pairs = list(zip(self._in_header(header), self._above(title, note), strict=True))
        return _Printed(
            self._strip(self.headers.folded("".join(parts.levels))),
            self._strip(self.headers.title_words(title)),
            tuple(here or (there if len(there) <= 1 else None) for here, there in pairs),
            tuple(here | there for here, there in pairs),
        )

    def _find(
        self, header: str, title: str, note: str, edition: int, afters: tuple[str, ...]
    ) -> Spelling | None:
        printed = self._printed(header, title, note)
        if not self.headers.take_apart(header).levels:
            return None
        fits = self._unit_fits(header, title, note)
        best: dict[str, tuple[tuple[float, ...], Spelling]] = {}
        for candidate in self._near(printed.header or printed.title):
            spelling = candidate.spelling
            in_force = spelling.years[0] <= edition <= spelling.years[1]
            if not in_force or (spelling.after and spelling.after not in afters):
                continue
            rank = _likeness(candidate, printed)
            if rank is None or not _agree(candidate, printed, self._words.classes) or not fits(spelling):
                continue
            if spelling.item not in best or rank > best[spelling.item][0]:
                best[spelling.item] = (rank, spelling)
        ordered = sorted(best.values(), key=lambda ranked: ranked[0], reverse=True)
        if not ordered or (len(ordered) > 1 and ordered[0][0] == ordered[1][0]):
            return None
        return ordered[0][1]

    def _near(self, words: str) -> list[_Candidate]:
        """Candidates that share a pair of characters with these words, in the order of the dictionary."""
        numbers = {number for pair in _pairs(words) for number in self._by_pair.get(pair, ())}
        return [self._candidates[number] for number in sorted(numbers)]

    def _unit_fits(self, header: str, title: str, note: str) -> Callable[[Spelling], bool]:
        """Whether an item may be measured in what is printed: a test of its spelling."""
        per = self._units.implied_per(header) or self._units.implied_per(title)
        printed = self._units.parse(header).chinese or (self._units.parse(note).chinese if note else None)
        medium = self._units.medium(header)
        rated = per is not None or "/" in (printed or "") or self._words.rates.search(header) is not None

        def fits(spelling: Spelling) -> bool:
            unit = self._items[spelling.item].unit
            if ("/" in unit and not rated) or ("/" not in unit and per is not None):
                return False
            if printed is None or spelling.unit is not None:
                return True
            return self._units.factor_or_none(printed, unit, per=per, medium=medium) is not None

        return fits


def _likeness(candidate: _Candidate, printed: _Printed) -> tuple[float, ...] | None:
    """How well the words of both fit, None where one side has words that the other lacks."""
    of_header = _pairs(printed.header)
    of_both = of_header | _pairs(printed.title)
    if _covered(printed.header, candidate.pairs) < 1:
        return None
    in_title = _covered(printed.title, candidate.pairs)
    by_label = _covered(candidate.label, of_both) == 1
    by_key = (
        _covered(candidate.key, of_both) == 1
        and _covered(candidate.table, _pairs(printed.title)) == 1
        and in_title >= TITLE
    )
    if not printed.header:  # a total of what the title says
        by_key = by_key and not candidate.key and in_title == 1
        by_label = by_label and _covered(printed.title, _pairs(candidate.label)) == 1
    if not (by_label or by_key):
        return None
    return (in_title, float(candidate.key == printed.header), float(by_label and by_key))


def _agree(candidate: _Candidate, printed: _Printed, classes: Sequence[Exclusive]) -> bool:
    """Whether both sides say the same of each class of words that exclude each other."""
    return all(
        meant <= named | own
        if said is None
        else bool(said & meant)
        if said and meant
        else words.optional or not (said or meant)
        for words, said, named, meant, own in zip(
            classes, printed.said, printed.named, candidate.meant, candidate.own, strict=True
        )
    )
