"""From a printed header path to the words that name its quantity, its scope and its year.

Matching is by concept: a path is reduced to the Chinese words that name the quantity. Which words and characters
come and go without another meaning stands in section ``headers`` of config/reading.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from nianjian.declarations.models.reading import Headers, ScopePatterns
from nianjian.declarations.models.reading import Resemblance as DeclaredResemblance
from nianjian.extract.text import fold, folding
from nianjian.schemas import HEADER_SEPARATOR

_BRACKETS = re.compile(r"\(([^()]*)\)?|\[[^\[\]]*\]?")
_BRACKET_SIGNS = {ord(sign): None for sign in "()[]"}
_NOT_CHINESE = re.compile(r"[^㐀-鿿]")
_NOT_LETTERS = re.compile(r"[^a-z]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’‘`&\-.,/;:*#%\s]*")
_PUNCTUATION = re.compile(r"[^0-9A-Za-z㐀-鿿]")
# Private characters stand for abbreviations while other Latin letters are taken away.
_PRIVATE = 0xE000


_NO_ALTERNATIVE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Exclusive:
    """Words of which one excludes the others: 全民 and 集体.

    Attributes
    ----------
    alternatives : as declared
    spelled : held against headers that a spelling fits too: ``required`` of the item, or no other of them (``excluded``)
    optional : may be left unsaid on either side
    exempt : in the label of an item to which they do not matter
    """

    alternatives: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    spelled: str | None
    optional: bool
    exempt: re.Pattern[str] | None = None
    any_of: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """One pattern for all: most texts name none."""
        joined = "|".join(f"(?:{pattern.pattern})" for pattern in self.patterns)
        object.__setattr__(self, "any_of", re.compile(joined))

    def named(self, words: str) -> frozenset[int]:
        """Numbers of the alternatives that a text names."""
        if self.any_of.search(words) is None:
            return _NO_ALTERNATIVE
        return frozenset([i for i, pattern in enumerate(self.patterns) if pattern.search(words)])

    def forbids(self, meant: frozenset[int], label: str) -> bool:
        """Whether a spelled header that names another alternative is not of an item that means these."""
        if self.exempt is not None and self.exempt.search(label):
            return False
        return self.spelled == "required" or (self.spelled == "excluded" and bool(meant))


@dataclass(frozen=True)
class Resembling:
    """Words by which headers are compared that no spelling fits: section ``headers.resemblance`` of config/reading.yaml."""

    weak: re.Pattern[str]
    rates: re.Pattern[str]
    classes: tuple[Exclusive, ...]


@dataclass(frozen=True)
class HeaderParts:
    """A header path taken apart.

    Attributes
    ----------
    levels : words that name the quantity, top level first
    scope : ``city``, ``districts`` or None where the header does not say
    year : data year where the header names one (the 2001 edition prints 1999 beside 2000)
    lookup_keys : keys for the dictionary, most specific first: the whole path with the words of its scope, without
        them, then without its top levels
    """

    levels: tuple[str, ...]
    scope: str | None
    year: int | None
    lookup_keys: tuple[str, ...]


class HeaderReader:
    """Reads header paths and table titles by declared words; what it has read it remembers.

    Parameters
    ----------
    declared : section ``headers`` of config/reading.yaml

    Attributes
    ----------
    words : the Chinese words of a header, without English, units, notes in brackets, and marks
    spelling_key : what two spellings of one header share: words with confusable characters folded
    take_apart : words of a header path's levels, its scope and year
    title_words : a table's title without its number, counters and scope, as a spelling key
    resembling : words by which headers are compared that no spelling fits
    """

    words: Callable[[str], str]
    spelling_key: Callable[[str], str]
    take_apart: Callable[[str], HeaderParts]
    title_words: Callable[[str], str]

    def __init__(self, declared: Headers) -> None:
        self._scope_of = {word: scope for scope, words in declared.scopes for word in words}
        self._scopes_english = _by_scope(declared.scopes_english)
        self._scopes_at_end = _by_scope(declared.scopes_at_end)
        self._scopes_in_title = _by_scope(declared.scopes_in_title)
        self._english_starts = tuple(declared.scopes_english_start)
        self._remains = {"", *declared.scopes_remains}
        self._twins = folding(declared.twins)
        self._confusable = folding(declared.confusable)
        self._county_files = re.compile(declared.county_files)
        self._year = re.compile(declared.year)
        kept = "|".join(declared.abbreviations)
        self._abbreviations = re.compile(rf"(?<![A-Za-z])(?:{kept})(?![A-Za-z])", re.IGNORECASE)
        self._prefix = re.compile(declared.prefix)
        self._kept_brackets = tuple(declared.kept_brackets)
        self._title_number = re.compile(declared.title_number)
        self._title_tail = re.compile(declared.title_tail)
        self._neutral = [
            (re.compile(entry.pattern), entry.replace.translate(self._confusable))
            for entry in declared.neutral
        ]
        self.resembling = self._resembling(declared.resemblance)
        self.words = lru_cache(maxsize=1 << 15)(self._words)
        self.spelling_key = lru_cache(maxsize=1 << 15)(self._spelling_key)
        self.take_apart = lru_cache(maxsize=1 << 15)(self._take_apart)
        self.title_words = lru_cache(maxsize=1 << 12)(self._title_words)

    def folded(self, words: str) -> str:
        """Words with confusable characters folded."""
        return words.translate(self._confusable)

    def _resembling(self, declared: DeclaredResemblance) -> Resembling:
        def compiled(pattern: str) -> re.Pattern[str]:
            return re.compile(self.folded(pattern))

        classes = tuple(
            Exclusive(
                tuple(each.words),
                tuple(map(compiled, each.words)),
                each.spelled,
                each.optional,
                compiled(each.exempt) if each.exempt else None,
            )
            for each in declared.classes
        )
        return Resembling(compiled(declared.weak), re.compile(declared.rates), classes)

    def loose_key(self, key: str) -> str:
        """A spelling key without neutral words: 年末户籍人口 and 户籍人口数 are one."""
        for pattern, instead in self._neutral:
            key = pattern.sub(instead, key)
        return key

    def title_scope(self, *lines: str) -> str | None:
        """Scope that a table's title, or else the lines above a header, state for all columns: 财政(市辖区).

        The first line that states one decides. A line that states both (the titles of two tables) states none.
        """
        for folded in map(fold, lines):
            found = [scope for scope, pattern in self._scopes_in_title if pattern.search(folded)]
            if len(found) == 1:
                return found[0]
        return None

    def file_scope(self, file: str) -> str | None:
        """``city`` for a file whose rows are cities at county level, which have no districts; else None."""
        return "city" if self._county_files.search(file) else None

    def _words(self, text: str) -> str:
        folded = self._prefix.sub("", fold(text))
        folded = _BRACKETS.sub(lambda found: self._bracket(found[1] or ""), folded)
        kept: list[str] = []

        def protect(found: re.Match[str]) -> str:
            kept.append(found[0].upper())
            return chr(_PRIVATE + len(kept) - 1)

        folded = _LATIN.sub("", self._abbreviations.sub(protect, folded))
        for index, word in enumerate(kept):
            folded = folded.replace(chr(_PRIVATE + index), word)
        return _PUNCTUATION.sub("", folded)

    def _bracket(self, inside: str) -> str:
        """What a bracket adds to the name: nothing for units, prices and notes; its words otherwise."""
        return inside if any(kept in inside for kept in self._kept_brackets) else ""

    def _spelling_key(self, text: str) -> str:
        return self.words(text).translate(self._confusable)

    def _take_apart(self, header: str) -> HeaderParts:
        levels: list[str] = []
        printed: list[str] = []
        scope: str | None = None
        year: int | None = None
        for level in header.split(HEADER_SEPARATOR):
            folded = fold(level)
            if named := self._scope_level(folded):
                scope = named
                printed.append(self.words(level))
                continue
            for at_end, pattern in self._scopes_at_end:
                if found := pattern.search(folded):
                    scope, folded = at_end, folded[: found.start()]
                    level = folded
                    break
            scope = scope or self.title_scope(folded)
            if found := self._year.fullmatch(folded):
                year = int(found[1])
            elif text := self.words(level):
                levels.append(text)
                printed.append(text)
        paths = [printed, *(levels[i:] for i in range(len(levels)))] if levels else []
        keys = ("".join(path).translate(self._confusable) for path in paths)
        return HeaderParts(tuple(levels), scope, year, tuple(dict.fromkeys(keys)))

    def _scope_level(self, folded: str) -> str | None:
        """Scope of a level that says nothing else: 全市 Total City, also with a bad scan's marks and letters."""
        chinese = _NOT_CHINESE.sub("", self._prefix.sub("", folded)).translate(self._twins)
        latin = _NOT_LETTERS.sub("", folded.lower().replace("1", "l"))
        if chinese in self._scope_of and (len(latin) <= 2 or latin.startswith(self._english_starts)):
            return self._scope_of[chinese]
        if chinese in self._remains:
            return next((scope for scope, pattern in self._scopes_english if pattern.match(latin)), None)
        return None

    def _title_words(self, title: str) -> str:
        return self.table_key(self._title_tail.sub("", self._title_number.sub("", fold(title))))

    def table_key(self, words: str) -> str:
        """Words of a title as a spelling key, with those in brackets: prices (按1980年不变价格计算) stand there."""
        return self.spelling_key(fold(words).translate(_BRACKET_SIGNS))


def _by_scope(declared: ScopePatterns) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((scope, re.compile(pattern)) for scope, pattern in declared)
