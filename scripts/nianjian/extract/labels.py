"""What is left of a printed region label when it is compared with names."""

from __future__ import annotations

import re
import unicodedata

from nianjian.declarations.models.reading import Regions
from nianjian.extract.text import folding

_CJK = "\u3400-\u9fff"
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_ENGLISH_TAIL = re.compile(rf"(?<=[{_CJK}])[^{_CJK}]*[A-Za-z][^{_CJK}]*$")
_ENGLISH_HEAD = re.compile(rf"^[A-Za-z][A-Za-z'’.,-]{{2,}}(?=[{_CJK}])")
_SIGNS = re.compile(rf"[^{_CJK}]+")


def letters(english: str) -> str:
    """The letters of an English name, in lower case."""
    return re.sub(r"[^a-z]", "", english.lower())


def one_off(label: str, name: str) -> bool:
    """Whether one character differs, or the last one of a long name is lost."""
    if len(label) == len(name) >= 2:
        return sum(a != b for a, b in zip(label, name, strict=True)) == 1
    return len(name) >= 5 and label == name[:-1]


class LabelReader:
    """Reads region labels by declared words: section ``regions`` of config/reading.yaml.

    Attributes
    ----------
    total_name : under which totals of other names are reported
    shared_name : the name that a province and a city in it share
    """

    def __init__(self, words: Regions) -> None:
        self.total_name = words.total_name
        self.shared_name = words.shared_name
        self.province_endings = tuple(words.province_endings)
        self.city_ending = words.city_ending
        self._districts_ending = words.districts_ending
        # 巿 (U+5DFF) looks like 市 but is no compatibility variant of it: NFKC keeps it.
        self._twins = folding(words.twins)
        self._total = re.compile(words.total)
        self._no_region = re.compile(words.no_region)
        self._province_suffix = re.compile(words.province_suffix)

    def normalise(self, label: object) -> str:
        """The Chinese core of a printed label: no width variants, padding, English, notes or stray signs.

        ``"  石 家 庄 巿\\nShijiazhuang"`` becomes 石家庄市.
        """
        text = re.sub(r"(?<=.)\(.*?\)", "", self._compact(label))
        bare = re.sub(r"^\d+|\d+$", "", re.sub(r"[\W_]+", "", text))
        return bare.removesuffix(self._districts_ending) if len(bare) > 4 else bare

    def blurred(self, label: object) -> str:
        """The label with every run of signs that are not Chinese as one unknown character: 厦fJ市 is 厦?市."""
        return _SIGNS.sub("?", self._compact(label))

    def is_total(self, core: str) -> bool:
        """Whether a label's core names a sum over cities."""
        return self._total.fullmatch(core) is not None

    def is_no_region(self, label: object) -> bool:
        """Whether a label is a note, a heading or a page mark."""
        return self._no_region.match(self._compact(label)) is not None

    def without_city_ending(self, name: str) -> str | None:
        """A city's name without its final 市, None if it has none."""
        return name[: -len(self.city_ending)] if name.endswith(self.city_ending) else None

    def alias_key(self, core: str) -> str:
        """Aliases hold with and without the final 市."""
        return (self.without_city_ending(core) or core) if len(core) > 2 else core

    def short_province(self, name: str) -> str:
        """A province's name without 省 or 自治区."""
        return self._province_suffix.sub("", name)

    def _compact(self, label: object) -> str:
        text = unicodedata.normalize("NFKC", label) if isinstance(label, str) else ""
        text = _BLANKS.sub("", text).translate(self._twins)
        return _ENGLISH_TAIL.sub("", _ENGLISH_HEAD.sub("", text))
