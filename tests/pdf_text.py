"""What a PDF of a figure holds, read without a renderer: its fonts, their maps to Unicode, and the text that these give."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont

_STRING = rb"\((?:[^()\\]|\\.)*\)"
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_LIST = re.compile(r"(\d+) begin(bfchar|bfrange)\n(.*?)\nend\2", re.DOTALL)


def inflated(content: bytes, number: bytes) -> bytes:
    """The stream of an object."""
    start = re.search(rb"\n%s 0 obj\n.*?stream\r?\n" % number, content, re.DOTALL)
    assert start, number
    head, body = start[0], content[start.end() :]
    # A deflated stream knows its own end.
    if b"FlateDecode" in head:
        return zlib.decompressobj().decompress(body)
    return body[: body.index(b"endstream")]


def referred(path: Path, key: bytes) -> Iterator[bytes]:
    """Streams that dictionaries name under a key."""
    content = path.read_bytes()
    for number in re.findall(rb"/%s (\d+) 0 R" % key, content):
        yield inflated(content, number)


def embedded(path: Path) -> list[TTFont]:
    """Fonts within a PDF, which are files of their own."""
    assert b"/FontFile3" not in path.read_bytes()
    found = [TTFont(BytesIO(content)) for content in referred(path, b"FontFile2")]
    assert found
    return found


def names(path: Path) -> set[str]:
    """Fonts that a PDF embeds, without their subsets' marks."""
    found = set(re.findall(rb"/BaseFont /[A-Z]{6}\+([A-Za-z0-9-]+)", path.read_bytes()))
    return {name.decode() for name in found}


@dataclass(frozen=True)
class Lists:
    """A map to Unicode as it is written: characters by code, of pairs and of ranges (first and last code)."""

    pairs: dict[int, str]
    ranges: dict[tuple[int, int], str]

    @property
    def characters(self) -> dict[int, str]:
        """Characters by code."""
        found = dict(self.pairs)
        for (first, last), shown in self.ranges.items():
            found.update({code: chr(ord(shown) + code - first) for code in range(first, last + 1)})
        return found


def lists(cmap: bytes) -> Lists:
    """Read a map; each list has as many entries as it says, at most 100, and no arrays."""
    made = Lists({}, {})
    for count, kind, body in _LIST.findall(cmap.decode("ascii")):
        entries = body.split("\n")
        assert len(entries) == int(count) <= 100
        for entry in entries:
            assert re.fullmatch(r"(<[0-9a-f]{4}> ){1,2}<([0-9a-f]{4})+>", entry), entry
            *codes, shown = re.findall(r"<([0-9a-f]+)>", entry)
            said = bytes.fromhex(shown).decode("utf-16-be")
            if kind == "bfchar":
                (code,) = codes
                assert made.pairs.setdefault(int(code, 16), said) == said
            else:
                first, last = (int(code, 16) for code in codes)
                made.ranges[first, last] = said
    assert made.pairs or made.ranges
    return made


def maps(path: Path) -> list[Lists]:
    """Maps of a PDF's fonts."""
    return [lists(each) for each in referred(path, b"ToUnicode")]


def extracted(path: Path) -> set[str]:
    """All characters that a reader can copy out of a PDF."""
    return {shown for each in maps(path) for shown in each.characters.values()}


@dataclass(frozen=True)
class Font:
    """A font as a page names it: characters and outlines by code."""

    characters: dict[int, str]
    glyphs: dict[int, str]
    file: TTFont


def fonts_of(path: Path) -> dict[bytes, Font]:
    """Fonts by the names that pages call them."""
    content = path.read_bytes()
    found = {}
    for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", content):
        font = _dictionary(content, number)
        (below,) = re.findall(rb"/DescendantFonts \[\s*(\d+) 0 R", font)
        own = _dictionary(content, below)
        places = inflated(content, _named(own, b"CIDToGIDMap"))
        file = TTFont(
            BytesIO(
                inflated(content, _named(_dictionary(content, _named(own, b"FontDescriptor")), b"FontFile2"))
            )
        )
        order = file.getGlyphOrder()
        at = {i: int.from_bytes(places[2 * i : 2 * i + 2]) for i in range(len(places) // 2)}
        found[name] = Font(
            lists(inflated(content, _named(font, b"ToUnicode"))).characters,
            {code: order[place] for code, place in at.items() if place},
            file,
        )
    return found


def _dictionary(content: bytes, number: bytes) -> bytes:
    found = re.search(rb"\n%s 0 obj\n(.*?)\nendobj" % number, content, re.DOTALL)
    assert found, number
    return found[1]


def _named(dictionary: bytes, key: bytes) -> bytes:
    found = re.search(rb"/%s (\d+) 0 R" % key, dictionary)
    assert found, key
    return found[1]


def shown(path: Path) -> list[tuple[Font, list[int]]]:
    """Each text of the page: its font and its codes."""
    fonts, font, found = fonts_of(path), None, []
    (number,) = re.findall(rb"/Contents (\d+) 0 R", path.read_bytes())
    page = inflated(path.read_bytes(), number)
    strings: list[bytes] = []
    for name, string in re.findall(rb"/(F\d+)\s+[\d.]+\s+Tf|(%s)|\]\s*TJ" % _STRING, page, re.DOTALL):
        if name:
            font = fonts[name]
        elif string:
            strings.append(_plain(string[1:-1]))
        else:
            assert font
            joined = b"".join(strings)
            found.append((font, [int.from_bytes(joined[i : i + 2]) for i in range(0, len(joined), 2)]))
            strings = []
    return found


def _plain(string: bytes) -> bytes:
    def meant(match: re.Match[bytes]) -> bytes:
        return _ESCAPED.get(match[1], match[1])

    return re.sub(rb"\\(.)", meant, string, flags=re.DOTALL)


def text(path: Path) -> str:
    """All text of the page in the order in which it was drawn."""
    return "".join(font.characters[code] for font, codes in shown(path) for code in codes)
