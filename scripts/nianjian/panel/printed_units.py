"""Units as the books print them: their spellings, where they stand in a header, and what they convert to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from nianjian import units
from nianjian.declarations.models.reading import Units, UnitSpellings
from nianjian.errors import DeclarationError

_LANGUAGES = {"symbols": "both", "chinese": "chinese", "english": "english"}
_BRACKETS = str.maketrans("[]{}【】〔〕〖〗﹙﹚", "()()()()()()")
_SPACE = re.compile(r"\s+")
_SEGMENT = re.compile(r"\(([^()]*)(\)|(?=\()|$)")
_TAIL = re.compile(r"[_/]\s*([^\s_()›]+)\s*$")
_LEVEL = "›"
_LEVELS = re.compile(rf"[^{_LEVEL}]+")
_LONGEST = 40  # characters of a spelling; a longer text is none


def normal_spelling(text: str) -> str:
    """NFKC, lower case, no spaces, no level marks; ``μ`` (Greek) and ``µ`` (micro) become one."""
    text = unicodedata.normalize("NFKC", text).translate(_BRACKETS).replace(_LEVEL, "")
    return _SPACE.sub("", text).replace("，", ",").replace("\u00b5", "\u03bc").lower().strip("·.:。")


class HeaderUnits(NamedTuple):
    """Units that a header prints.

    Attributes
    ----------
    chinese, english : unit expressions of the Chinese and of the English spelling, None where there is none
    text : the header (NFKC, single spaces) without them
    """

    chinese: str | None
    english: str | None
    text: str


class PrintedUnits:
    """The printed spellings of units, and where headers print them; what was read is remembered.

    Parameters
    ----------
    spellings : config/reference/units.yaml
    words : section ``units`` of config/reading.yaml

    Attributes
    ----------
    parse : :class:`HeaderUnits` of a header path (levels joined by ``›`` or spaces) or of a line such as 单位：万元. Of
        several units the last stands: it belongs to the lowest level. Brackets that hold no unit (当年价格,
        法人数) stay. ASSUME: where the two languages disagree, callers take the Chinese one.
    """

    parse: Callable[[str], HeaderUnits]

    def __init__(self, spellings: UnitSpellings, words: Units) -> None:
        self._sections: dict[str, dict[str, str]] = {
            section: {normal_spelling(spelling): unit for spelling, unit in table.items()}
            for section, table in spellings
        }
        self._note = re.compile(words.note)
        self._per = [(re.compile(entry.pattern), entry.unit) for entry in words.per]
        self._media: dict[str, list[str]] = dict(words.media)
        self._look_up = lru_cache(maxsize=65536)(self._looked_up)
        self.parse = lru_cache(maxsize=65536)(self._parsed)

    def spelled(self, text: str) -> str | None:
        """Unit expression of a printed spelling (``万元``, ``10 000 yuan``), None if it is not known."""
        found = self._look_up(text)
        return found[1] if found else None

    def factor(self, source: str, unit: str, *, per: str | None = None, medium: str | None = None) -> float:
        """What to multiply a number in ``source`` with to get it in ``unit``: ``factor("亿元", "10^4 yuan")`` is 10000.

        Parameters
        ----------
        source : a printed spelling (万元, ``10 000 yuan``) or a unit expression
        unit : unit expression of the item
        per, medium : as :func:`nianjian.units.factor` takes them

        Raises
        ------
        DeclarationError
            If one of the two is no unit or they measure different things.
        """
        return units.factor(self.spelled(source) or source, unit, per=per, medium=medium, printed=source)

    def factor_or_none(
        self, source: str, unit: str, *, per: str | None = None, medium: str | None = None
    ) -> float | None:
        """:meth:`factor`, or None where it would raise."""
        try:
            return self.factor(source, unit, per=per, medium=medium)
        except DeclarationError:
            return None

    def implied_per(self, header: str) -> str | None:
        """What a header says that its number is per, though its unit does not: 人均 -> ``person``."""
        text = unicodedata.normalize("NFKC", header)
        return next((unit for pattern, unit in self._per if pattern.search(text)), None)

    def medium(self, header: str) -> str | None:
        """What a header says that is weighed or measured: ``water``, or None."""
        return next(
            (medium for medium, words in self._media.items() if any(word in header for word in words)), None
        )

    def _looked_up(self, text: str) -> tuple[str, str] | None:
        """(language, unit expression) of a spelling, ``both`` for symbols that stand in either language."""
        key = normal_spelling(text)
        if not key or len(key) > _LONGEST:
            return None
        # OCR writes l0 OOO for 10 000; only tried where the spelling as printed is unknown.
        zeros = re.sub(r"(?<=\d)o+", lambda run: "0" * len(run[0]), re.sub(r"^[li](?=[0o])", "1", key))
        for spelling in (key, zeros):
            for section, language in _LANGUAGES.items():
                if spelling in self._sections[section]:
                    return language, self._sections[section][spelling]
            if spelling in self._sections["misprints"]:
                language = "english" if spelling.isascii() else "chinese"
                return language, self._sections["misprints"][spelling]
        return None

    def _parsed(self, header: str) -> HeaderUnits:
        text = unicodedata.normalize("NFKC", header).translate(_BRACKETS)
        found = _Found(self._look_up)
        for note in self._note.finditer(text):
            found.take(note.start(), note.end(), note[1])
        found.take_brackets(text)
        found.take_bare_levels(text)
        return HeaderUnits(*found.units(), found.rest(text))


@dataclass
class _Found:
    """Units found in one header: (position, language, expression), and the spans that they fill."""

    look_up: Callable[[str], tuple[str, str] | None]
    hits: list[tuple[int, str, str]] = field(default_factory=list)
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def take(self, start: int, end: int, printed: str) -> bool:
        """Note the unit that a span prints; False if it prints none."""
        found = self.look_up(printed)
        if found is None:
            return False
        self.hits.append((start, *found))
        self.cuts.append((start, end))
        return True

    def take_brackets(self, text: str) -> None:
        """Units in brackets; one that is never closed ends with its level."""
        for segment in _SEGMENT.finditer(text):
            if any(start <= segment.start() < end for start, end in self.cuts):
                continue
            if not self.take(segment.start(), segment.end(), segment[1]) and not segment[2]:
                head, mark, _ = segment[1].partition(_LEVEL)
                if mark:
                    self.take(segment.start(), segment.start() + 1 + len(head), head)

    def take_bare_levels(self, text: str) -> None:
        """Levels that are nothing but a unit, and units behind a stroke at a level's end."""
        for start, bare in _bare_levels(text):
            end = start + len(bare)
            if any(a < end and start < b for a, b in self.cuts):
                continue
            # One sign alone could be a label, unless a bracket is left of it.
            inner = bare.strip("() ")
            could_be_one = len(inner) > 1 or inner in "%‰" or inner != bare
            if could_be_one and self.take(start, end, inner):
                continue
            tail = _TAIL.search(bare)
            if tail and not tail[1].isascii():
                self.take(start + tail.start(), start + tail.end(), tail[1])

    def units(self) -> tuple[str | None, str | None]:
        """The last Chinese and the last English unit."""
        hits = sorted(self.hits)
        chinese = [unit for _, language, unit in hits if language in ("chinese", "both")]
        english = [unit for _, language, unit in hits if language in ("english", "both")]
        if sum(language == "both" for _, language, _ in hits) == len(english) == 1:
            english = []  # one lone symbol is the Chinese header's
        return chinese[-1] if chinese else None, english[-1] if english else None

    def rest(self, text: str) -> str:
        """The header without its units."""
        for start, end in sorted(self.cuts, reverse=True):
            text = f"{text[:start]} {text[end:]}"
        text = re.sub(rf"(?:\s*{_LEVEL}\s*)+", f" {_LEVEL} ", text).strip(f" {_LEVEL}")
        return _SPACE.sub(" ", text).strip()


def _bare_levels(text: str) -> Iterator[tuple[int, str]]:
    """Position and text of each level of a header path, without blanks around."""
    for level in _LEVELS.finditer(text):
        bare = level[0].strip()
        if bare:
            yield level.start() + level[0].index(bare), bare
